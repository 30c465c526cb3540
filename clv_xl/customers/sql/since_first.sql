-- One row a group of customer_groups, month of the first order and age in months, both months counted from January of
-- year 0: what came in that month of all of them, and of it (year_...) what came within twelve months of the first
-- order, of those who came up to $year_ago.
select
    customer_group,
    cohort,
    period - cohort as age,
    cast(sum(orders) as bigint) as orders,
    cast(sum(amount) as double) as amount,
    cast(sum(own_margin) as double) as own_margin,
    cast(sum(uncosted_amount) as double) as uncosted_amount,
    cast(sum(case when in_year then orders else 0 end) as bigint) as year_orders,
    cast(sum(case when in_year then amount else 0 end) as double) as year_amount,
    cast(sum(case when in_year then own_margin else 0 end) as double) as year_own_margin,
    cast(sum(case when in_year then uncosted_amount else 0 end) as double) as year_uncosted_amount
from (
    select
        customer_days.*,
        customer_group,
        year(first_day) * 12 + month(first_day) - 1 as cohort,
        year(day) * 12 + month(day) - 1 as period,
        first_day <= $year_ago and day < first_day + interval 1 year as in_year
    from customer_days
    inner join customer_groups using (customer_id)
    where day <= $as_of
) as days
group by customer_group, cohort, period
order by customer_group, cohort, age
