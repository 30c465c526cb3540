-- The days between one purchase occasion and the customer's next, up to $as_of: how often each number of days occurred
-- in each period of $months calendar months, counted from January of year 0, by the later of the two occasions.
select period, gap, cast(count(*) as bigint) as times
from (
    select
        (year(day) * 12 + month(day) - 1) // $months as period,
        date_diff('day', lag(day) over (partition by customer_id order by day), day) as gap
    from customer_days
    where orders > 0 and day <= $as_of
) as between_orders
where gap is not null
group by period, gap
order by period, gap
