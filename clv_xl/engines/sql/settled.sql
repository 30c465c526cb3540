-- The rows of judged once refunds and the orders that they undo have found each other, as where orders are read from
-- files: a refund of an order that is set aside takes nothing off, nor does one before its customer's first sale; and
-- an order that its status calls refunded does not count, unless a refund undoes it. What this sets aside may have been
-- what another row stood on: it is asked again until nothing changes.
select
    customer_text,
    customer_id,
    order_id,
    date_text,
    day,
    amount_text,
    amount,
    cost,
    quantity,
    channel,
    product,
    country,
    status,
    meaning,
    case
        when reason is not null then reason
        when amount < 0 and order_id is not null and kept_sales = 0 and aside_sales > 0
            then 'refund_of_order_set_aside'
        when amount < 0 and (first_sale is null or day < first_sale) then 'refund_without_order'
        when amount > 0 and meaning = 'refunded' and (order_id is null or refunds = 0) then 'refunded_by_status'
    end as reason
from (
    select
        *,
        min(case when reason is null and amount >= 0 then day end) over (partition by customer_id) as first_sale,
        sum(case when reason is null and amount >= 0 then 1 else 0 end)
            over (partition by customer_id, order_id) as kept_sales,
        sum(case when reason in ('cancelled', 'not_completed') and amount >= 0 then 1 else 0 end)
            over (partition by customer_id, order_id) as aside_sales,
        sum(case when (reason is null or reason = 'refunds_ignored') and amount < 0 then 1 else 0 end)
            over (partition by customer_id, order_id) as refunds
    from judged
) as seen
