-- How customers stood at the end of each period in period_ends (period, end_day, before_day: the last day of the period
-- and of the one before, since 1970-01-01; active_days: the active window then): how long they had been active, and
-- whether that was over; whether they had ordered by the end of the period before, and were active then and now by
-- the window $kept_days. Periods are of $months calendar months, counted from January of year 0; all that come before
-- the first one in period_ends are the period $earlier. Orders up to $as_of count.
with stays as (
    select customer_id, period, min(day) as first_day, max(day) as last_day
    from (
        select
            customer_id,
            greatest((year(day) * 12 + month(day) - 1) // $months, $earlier) as period,
            date_diff('day', date '1970-01-01', day) as day
        from customer_days
        where orders > 0 and day <= $as_of
    ) as occasions
    group by customer_id, period
),
told as (
    select
        period,
        last_day,
        min(first_day) over (partition by customer_id) as first_day,
        lag(last_day) over (partition by customer_id order by period) as last_before,
        lead(period) over (partition by customer_id order by period) as next_period
    from stays
),
at_ends as (
    select
        period_ends.period,
        end_day,
        before_day,
        active_days,
        first_day,
        last_day,
        case when period_ends.period = told.period then last_before else last_day end as last_then
    from told
    join period_ends
        on period_ends.period >= told.period
        and (told.next_period is null or period_ends.period < told.next_period)
)
select period, lived, ended, was_known, was_active, is_active, cast(count(*) as bigint) as customers
from (
    select
        cast(period as bigint) as period,
        cast(last_day - first_day + least(end_day - last_day, active_days) as bigint) as lived,
        end_day - last_day > active_days as ended,
        last_then is not null as was_known,
        coalesce(before_day - last_then <= $kept_days, false) as was_active,
        end_day - last_day <= $kept_days as is_active
    from at_ends
) as standings
group by period, lived, ended, was_known, was_active, is_active
order by period, lived, ended, was_known, was_active, is_active
