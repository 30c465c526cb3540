-- Made from acquired.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  order_rows.customer_id AS customer_id,
  MIN(channel) AS channel,
  MIN(country) AS country,
  MIN(product) AS product
FROM order_rows
JOIN (
  SELECT
    customer_id,
    MIN(day) AS first_day
  FROM customer_days
  WHERE
    orders > 0 AND day <= :as_of
  GROUP BY
    customer_id
) AS firsts
  ON order_rows.customer_id = firsts.customer_id AND order_rows.day = firsts.first_day
WHERE
  NOT is_refund
GROUP BY
  order_rows.customer_id
ORDER BY
  order_rows.customer_id
