-- Made from recent.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  CAST(SUM(CASE WHEN orders > 0 AND day > :after AND day <= :upto THEN 1 ELSE 0 END) AS BIGINT) AS occasions,
  CAST(SUM(
    CASE
      WHEN day > :after AND day <= :upto
      THEN amount
      ELSE CAST(0 AS DECIMAL(18, 4))
    END
  ) AS DOUBLE PRECISION) AS amount
FROM customer_days
WHERE
  day <= :as_of
GROUP BY
  customer_id
HAVING
  SUM(orders) > 0
ORDER BY
  customer_id
