-- The purchase occasions up to $as_of with their amounts: one row a customer and day with an order, sorted so.
-- A refund is taken off the latest occasion on or before its day; whoever has none by then is left out.
-- customer counts from 0 in the order of the customer summary.
with numbered as (
    select customer_id, row_number() over (order by customer_id) - 1 as customer
    from (
        select customer_id
        from customer_days
        where day <= $as_of
        group by customer_id
        having sum(orders) > 0
    ) as customers
),
later as (
    select booked.customer_id, sale.day, sum(booked.amount) as amount
    from (select customer_id, day, amount from customer_days where orders = 0 and day <= $as_of) as booked
    asof join (select customer_id, day from customer_days where orders > 0) as sale
        on booked.customer_id = sale.customer_id and booked.day >= sale.day
    group by booked.customer_id, sale.day
)
select
    customer,
    cast(sale.day - date '1970-01-01' as bigint) as day,
    cast(sale.amount + coalesce(later.amount, 0) as double) as amount
from customer_days as sale
join numbered using (customer_id)
left join later on later.customer_id = sale.customer_id and later.day = sale.day
where sale.orders > 0 and sale.day <= $as_of
order by customer, sale.day
