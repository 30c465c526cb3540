-- The first and the last day with a sale.
select min(day) as first_day, max(day) as last_day
from settled
where reason is null and amount >= 0
