-- The purchase occasions up to $as_of: one row a customer and day with an order.
select customer_id, day
from customer_days
where orders > 0 and day <= $as_of
order by customer_id, day
