-- The days between one purchase occasion and the customer's next: how many there are, and the day within
-- which the share $share of them came.
select
    cast(count(gap) as bigint) as gaps,
    cast(quantile_disc(gap, $share) as bigint) as days
from (
    select date_diff('day', lag(day) over (partition by customer_id order by day), day) as gap
    from customer_days
    where orders > 0 and day <= $as_of
) as between_orders
