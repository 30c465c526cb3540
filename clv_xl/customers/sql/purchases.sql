-- The purchase occasions up to $as_of with their amounts, by customer and day: one row a customer and day with an order.
-- A refund is taken off the latest occasion on or before its day; whoever has none by then is left out.
-- customer counts from 0 in the order of the customer summary.
select
    cast(dense_rank() over (order by customer_id) - 1 as bigint) as customer,
    cast(occasion - date '1970-01-01' as bigint) as day,
    amount
from (
    select
        customer_id,
        occasion,
        cast(sum(amount) as double) as amount
    from (
        select
            customer_id,
            amount,
            max(case when orders > 0 then day end) over (partition by customer_id order by day) as occasion
        from customer_days
        where day <= $as_of
    ) as days
    where occasion is not null
    group by customer_id, occasion
) as occasions
order by customer, day
