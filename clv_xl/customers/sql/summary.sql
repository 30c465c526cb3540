-- One row a customer as things stood at the end of $as_of.
select
    customer_id,
    min(case when orders > 0 then day end) as first_day,
    max(case when orders > 0 then day end) as last_day,
    cast(sum(orders) as bigint) as orders,
    cast(sum(case when orders > 0 then 1 else 0 end) as bigint) as occasions,
    cast(sum(amount) as double) as amount,
    cast(sum(sales) as double) as sales,
    cast(sum(refunds) as double) as refunds,
    cast(sum(own_margin) as double) as own_margin,
    cast(sum(uncosted_amount) as double) as uncosted_amount
from customer_days
where day <= $as_of
group by customer_id
having sum(orders) > 0
order by customer_id
