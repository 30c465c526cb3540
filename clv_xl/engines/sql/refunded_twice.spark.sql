-- Made from refunded_twice.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  CAST(COUNT(*) AS BIGINT) AS sales,
  MIN(sale.status) AS status,
  MIN(sale.customer_id) AS customer
FROM settled AS sale
INNER JOIN settled AS note
  ON note.customer_id = sale.customer_id AND note.amount = -sale.amount
WHERE
  sale.reason = 'refunded_by_status'
  AND note.reason IS NULL
  AND note.day >= sale.day
