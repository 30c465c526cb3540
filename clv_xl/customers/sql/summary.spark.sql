-- Made from summary.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_id,
  MIN(CASE WHEN orders > 0 THEN day END) AS first_day,
  MAX(CASE WHEN orders > 0 THEN day END) AS last_day,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS occasions,
  CAST(SUM(amount) AS DOUBLE) AS amount,
  CAST(SUM(sales) AS DOUBLE) AS sales,
  CAST(SUM(refunds) AS DOUBLE) AS refunds,
  CAST(SUM(own_margin) AS DOUBLE) AS own_margin,
  CAST(SUM(uncosted_amount) AS DOUBLE) AS uncosted_amount
FROM customer_days
WHERE
  day <= :as_of
GROUP BY
  customer_id
HAVING
  SUM(orders) > 0
ORDER BY
  customer_id NULLS LAST
