-- The canonical orders. Rows of a table have no order: those of one customer are numbered by what stands in them, and
-- a refund booked after the last day that counts has that day.
select
    row_number,
    1 as file_number,
    customer_id,
    coalesce(order_id, '(row ' || cast(row_number as varchar) || ')') as order_id,
    case when day > $last_day then $last_day else day end as day,
    amount,
    amount as source_amount,
    cost,
    quantity,
    channel,
    product,
    country,
    amount < 0 as is_refund
from (
    select
        *,
        cast(row_number() over (
            partition by customer_id
            order by day, order_id, amount, channel, country, product, cost, quantity
        ) as bigint) as row_number
    from settled
    where reason is null
) as numbered
