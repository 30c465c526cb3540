-- Made from first_years.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_id,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(amount) AS DOUBLE PRECISION) AS amount,
  CAST(SUM(own_margin) AS DOUBLE PRECISION) AS own_margin,
  CAST(SUM(uncosted_amount) AS DOUBLE PRECISION) AS uncosted_amount
FROM (
  SELECT
    *,
    MIN(CASE WHEN orders > 0 THEN day END) OVER (PARTITION BY customer_id) AS first_day
  FROM customer_days
) AS days
WHERE
  first_day > :after
  AND first_day <= :until
  AND day < first_day + INTERVAL '1 YEAR'
GROUP BY
  customer_id
ORDER BY
  customer_id
