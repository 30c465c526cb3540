-- What the orders of each customer's first day say of the customer; of several texts the first by alphabet, so that the
-- order of the rows does not matter. A later order may tell more, but was not known when the customer came.
select
    order_rows.customer_id as customer_id,
    min(channel) as channel,
    min(country) as country,
    min(product) as product
from order_rows
join (
    select customer_id, min(day) as first_day
    from customer_days
    where orders > 0 and day <= $as_of
    group by customer_id
) as firsts
    on order_rows.customer_id = firsts.customer_id and order_rows.day = firsts.first_day
where not is_refund
group by order_rows.customer_id
order by order_rows.customer_id
