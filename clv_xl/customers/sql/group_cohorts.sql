-- One row a group of customer_groups, month of the first order and age in months, both months counted from January of
-- year 0. customers are those with an order in that month; age 0 holds the whole cohort.
select
    customer_group,
    cohort,
    period - cohort as age,
    cast(sum(case when orders > 0 then 1 else 0 end) as bigint) as customers,
    cast(sum(orders) as bigint) as orders,
    cast(sum(amount) as double) as amount,
    cast(sum(own_margin) as double) as own_margin,
    cast(sum(uncosted_amount) as double) as uncosted_amount
from (
    select
        customer_id,
        period,
        min(min(case when orders > 0 then period end)) over (partition by customer_id) as cohort,
        sum(orders) as orders,
        sum(amount) as amount,
        sum(own_margin) as own_margin,
        sum(uncosted_amount) as uncosted_amount
    from (
        select *, year(day) * 12 + month(day) - 1 as period
        from customer_days
        where day <= $as_of
    ) as days
    group by customer_id, period
) as customer_periods
inner join customer_groups using (customer_id)
group by customer_group, cohort, period
order by customer_group, cohort, age
