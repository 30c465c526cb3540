-- One row a period of $months calendar months, counted from January of year 0, with an order or a refund:
-- who ordered in it, what it came to, and what everything up to its end came to.
select
    period,
    cast(sum(case when orders > 0 then 1 else 0 end) as bigint) as customers,
    cast(sum(orders) as bigint) as orders,
    cast(sum(amount) as double) as amount,
    cast(sum(sum(orders)) over so_far as bigint) as orders_so_far,
    cast(sum(sum(amount)) over so_far as double) as amount_so_far,
    cast(sum(sum(own_margin)) over so_far as double) as own_margin_so_far,
    cast(sum(sum(uncosted_amount)) over so_far as double) as uncosted_so_far
from (
    select
        customer_id,
        period,
        sum(orders) as orders,
        sum(amount) as amount,
        sum(own_margin) as own_margin,
        sum(uncosted_amount) as uncosted_amount
    from (
        select *, (year(day) * 12 + month(day) - 1) // $months as period
        from customer_days
        where day <= $as_of
    ) as days
    group by customer_id, period
) as customer_periods
group by period
window so_far as (order by period rows between unbounded preceding and current row)
order by period
