-- One row a customer and day: the purchase occasions, and all that the reports add up.
-- orders counts each order once, on its first day; a refund counts on the day it was made. The cost of a
-- refunded row is that of goods that came back, whatever its sign in the file: it is taken off the loss.
-- An amount and a cost together may need more than the 18 digits of either.
select
    customer_id,
    day,
    sum(orders) as orders,
    sum(amount) as amount,
    sum(sales) as sales,
    sum(refunds) as refunds,
    sum(own_margin) as own_margin,
    sum(uncosted_amount) as uncosted_amount
from (
    select
        customer_id,
        min(day) as day,
        1 as orders,
        cast(0 as decimal(18, 4)) as amount,
        cast(0 as decimal(18, 4)) as sales,
        cast(0 as decimal(18, 4)) as refunds,
        cast(0 as decimal(18, 4)) as own_margin,
        cast(0 as decimal(18, 4)) as uncosted_amount
    from order_rows
    where not is_refund
    group by customer_id, order_id
    union all
    select
        customer_id,
        day,
        0 as orders,
        amount,
        case when is_refund then cast(0 as decimal(18, 4)) else amount end as sales,
        case when is_refund then amount else cast(0 as decimal(18, 4)) end as refunds,
        case
            when cost is null then cast(0 as decimal(18, 4))
            when is_refund then cast(amount as decimal(38, 4)) + abs(cost)
            else cast(amount as decimal(38, 4)) - cost
        end as own_margin,
        case when cost is null then amount else cast(0 as decimal(18, 4)) end as uncosted_amount
    from order_rows
) as parts
group by customer_id, day
