-- The purchase occasions up to $as_of with their amounts: one row a customer and day with an order, sorted so, and
-- between them the days on which something was booked without an order, such as a refund.
-- customer counts from 0 in the order of the customer summary; whoever has no order by then is left out. Of $step
-- customers the first is told, the others are left out.
with numbered as (
    select customer_id, row_number() over (order by customer_id) - 1 as customer
    from (
        select customer_id
        from customer_days
        where day <= $as_of
        group by customer_id
        having sum(orders) > 0
    ) as customers
)
select
    cast(customer as integer) as customer,
    cast(date_diff('day', date '1970-01-01', day) as integer) as day,
    cast(amount as double) as amount,
    orders > 0 as ordered
from customer_days
join numbered using (customer_id)
where day <= $as_of and (orders > 0 or amount <> 0) and customer % $step = 0
order by customer, day
