-- Made from purchases.sql by tests/dialects.py: change that file, then run make docs.
WITH numbered AS (
  SELECT
    customer_id,
    ROW_NUMBER() OVER (ORDER BY customer_id) - 1 AS customer
  FROM (
    SELECT
      customer_id
    FROM customer_days
    WHERE
      day <= :as_of
    GROUP BY
      customer_id
    HAVING
      SUM(orders) > 0
  ) AS customers
)
SELECT
  CAST(customer AS INT) AS customer,
  CAST((
    day - CAST('1970-01-01' AS DATE)
  ) AS INT) AS day,
  CAST(amount AS DOUBLE PRECISION) AS amount,
  orders > 0 AS ordered
FROM customer_days
JOIN numbered
  USING (customer_id)
WHERE
  day <= :as_of AND (
    orders > 0 OR amount <> 0
  ) AND customer % :step = 0
ORDER BY
  customer,
  day
