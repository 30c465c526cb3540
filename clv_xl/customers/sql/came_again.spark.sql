-- Made from came_again.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  CAST(COUNT(*) AS BIGINT) AS customers
FROM (
  SELECT
    customer_id
  FROM customer_days
  WHERE
    orders > 0 AND day <= :day
  GROUP BY
    customer_id
  HAVING
    COUNT(*) > 1
) AS again
