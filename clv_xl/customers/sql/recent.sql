-- What each customer did after $after and up to $upto, of those who had ordered by $as_of, in order of customer id:
-- the days with an order, and what was booked.
select
    cast(sum(case when orders > 0 and day > $after and day <= $upto then 1 else 0 end) as bigint) as occasions,
    cast(sum(case when day > $after and day <= $upto then amount else cast(0 as decimal(18, 4)) end) as double) as amount
from customer_days
where day <= $as_of
group by customer_id
having sum(orders) > 0
order by customer_id
