-- How many customers had come again by the end of $day.
select cast(count(*) as bigint) as customers
from (
    select customer_id
    from customer_days
    where orders > 0 and day <= $day
    group by customer_id
    having count(*) > 1
) as again
