-- One row a calendar month: who ordered, how many of them for the first time, and what it came to.
-- An amount is "new" when it falls in its customer's first month, refunds included.
select
    month,
    cast(sum(case when orders > 0 then 1 else 0 end) as bigint) as customers,
    cast(sum(case when orders > 0 and month = first_month then 1 else 0 end) as bigint) as new_customers,
    cast(sum(orders) as bigint) as orders,
    cast(sum(amount) as double) as amount,
    cast(sum(case when month = first_month then amount else 0 end) as double) as new_amount,
    cast(sum(own_margin) as double) as own_margin,
    cast(sum(uncosted_amount) as double) as uncosted_amount,
    cast(sum(sum(orders)) over so_far as bigint) as orders_so_far,
    cast(sum(sum(amount)) over so_far as double) as amount_so_far,
    cast(sum(sum(own_margin)) over so_far as double) as own_margin_so_far,
    cast(sum(sum(uncosted_amount)) over so_far as double) as uncosted_so_far
from (
    select
        customer_id,
        month,
        min(min(case when orders > 0 then month end)) over (partition by customer_id) as first_month,
        sum(orders) as orders,
        sum(amount) as amount,
        sum(own_margin) as own_margin,
        sum(uncosted_amount) as uncosted_amount
    from (
        select *, cast(date_trunc('month', day) as date) as month
        from customer_days
        where day <= $as_of
    ) as days
    group by customer_id, month
) as customer_months
group by month
window so_far as (order by month rows between unbounded preceding and current row)
order by month
