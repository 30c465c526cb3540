-- Sales that their status calls refunded, and whose customer has a refund of their amount under another number: the
-- same refund, told twice.
select cast(count(*) as bigint) as sales, min(sale.status) as status, min(sale.customer_id) as customer
from settled as sale
inner join settled as note on note.customer_id = sale.customer_id and note.amount = -sale.amount
where sale.reason = 'refunded_by_status' and note.reason is null and note.day >= sale.day
