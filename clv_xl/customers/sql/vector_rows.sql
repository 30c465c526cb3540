-- Columns of cells as the canonical order_rows: one row for each that counts, amounts exact to 1/10000.
-- A refund counts only on or after its customer's first order, as where orders are read from files.
select
    row_number,
    1 as file_number,
    customer_id,
    coalesce(order_id, '(row ' || row_number || ')') as order_id,
    day,
    amount,
    amount as source_amount,
    cast(null as decimal(18, 4)) as cost,
    cast(null as double) as quantity,
    channel,
    cast(null as varchar) as product,
    cast(null as varchar) as country,
    amount < 0 as is_refund
from (
    select
        *,
        min(case when amount >= 0 then day end) over (partition by customer_id) as first_day
    from (
        select
            row_number,
            customers.text as customer_id,
            orders.text as order_id,
            groups.text as channel,
            date '1970-01-01' + vector_cells.day as day,
            cast(cast(units as decimal(18, 0)) * 0.0001 as decimal(18, 4)) as amount
        from vector_cells
        inner join vector_customers as customers on customers.code = vector_cells.customer
        left join vector_orders as orders on orders.code = vector_cells.order_code
        left join vector_groups as groups on groups.code = vector_cells.group_code
    ) as typed
) as dated
where amount >= 0 or day >= first_day
order by row_number
