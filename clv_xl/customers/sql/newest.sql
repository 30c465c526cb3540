-- The newest day with an order or a refund that counts.
select max(day) as day from order_rows
