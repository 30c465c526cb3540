-- Made from totals.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  CAST(COALESCE(SUM(orders), 0) AS BIGINT) AS orders,
  CAST(COALESCE(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS occasions,
  CAST(COALESCE(SUM(amount), 0) AS DOUBLE) AS amount,
  CAST(COALESCE(SUM(own_margin), 0) AS DOUBLE) AS own_margin,
  CAST(COALESCE(SUM(uncosted_amount), 0) AS DOUBLE) AS uncosted_amount
FROM customer_days
WHERE
  day > :after AND day <= :as_of
