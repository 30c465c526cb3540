-- Made from repeated_totals.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  CAST(COUNT(*) AS BIGINT) AS orders,
  MIN(order_id) AS example
FROM (
  SELECT
    order_id
  FROM settled
  WHERE
    reason IS NULL AND amount > 0 AND NOT order_id IS NULL
  GROUP BY
    customer_id,
    order_id
  HAVING
    COUNT(*) > 1 AND MIN(amount) = MAX(amount)
) AS repeated
