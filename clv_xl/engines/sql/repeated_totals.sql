-- Orders with several counted rows of the same amount: each may be the total of the order, or an amount of its own.
select cast(count(*) as bigint) as orders, min(order_id) as example
from (
    select order_id
    from settled
    where reason is null and amount > 0 and order_id is not null
    group by customer_id, order_id
    having count(*) > 1 and min(amount) = max(amount)
) as repeated
