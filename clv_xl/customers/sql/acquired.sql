-- One row a group of customer_groups and month of the first order: who came, what they have brought by the end of
-- $as_of, and what came within twelve months of the first order, of those who came up to $year_ago.
select
    customer_group,
    cast(date_trunc('month', first_day) as date) as month,
    cast(count(*) as bigint) as customers,
    cast(sum(orders) as bigint) as orders,
    cast(sum(amount) as double) as amount,
    cast(sum(own_margin) as double) as own_margin,
    cast(sum(uncosted_amount) as double) as uncosted_amount,
    cast(sum(case when first_day <= $year_ago then 1 else 0 end) as bigint) as year_customers,
    cast(sum(year_orders) as bigint) as year_orders,
    cast(sum(year_amount) as double) as year_amount,
    cast(sum(year_own_margin) as double) as year_own_margin,
    cast(sum(year_uncosted_amount) as double) as year_uncosted_amount
from (
    select
        customer_id,
        min(first_day) as first_day,
        sum(orders) as orders,
        sum(amount) as amount,
        sum(own_margin) as own_margin,
        sum(uncosted_amount) as uncosted_amount,
        sum(case when in_year then orders else 0 end) as year_orders,
        sum(case when in_year then amount else 0 end) as year_amount,
        sum(case when in_year then own_margin else 0 end) as year_own_margin,
        sum(case when in_year then uncosted_amount else 0 end) as year_uncosted_amount
    from (
        select *, first_day <= $year_ago and day < first_day + interval 1 year as in_year
        from (
            select *, min(case when orders > 0 then day end) over (partition by customer_id) as first_day
            from customer_days
            where day <= $as_of
        ) as days
    ) as years
    group by customer_id
    having sum(orders) > 0
) as people
inner join customer_groups using (customer_id)
group by customer_group, month
order by customer_group, month
