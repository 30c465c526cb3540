-- Made from months.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  month,
  CAST(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS customers,
  CAST(SUM(CASE WHEN orders > 0 AND month = first_month THEN 1 ELSE 0 END) AS BIGINT) AS new_customers,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(amount) AS DOUBLE PRECISION) AS amount,
  CAST(SUM(CASE WHEN month = first_month THEN amount ELSE 0 END) AS DOUBLE PRECISION) AS new_amount,
  CAST(SUM(own_margin) AS DOUBLE PRECISION) AS own_margin,
  CAST(SUM(uncosted_amount) AS DOUBLE PRECISION) AS uncosted_amount,
  CAST(SUM(SUM(orders)) OVER so_far AS BIGINT) AS orders_so_far,
  CAST(SUM(SUM(amount)) OVER so_far AS DOUBLE PRECISION) AS amount_so_far,
  CAST(SUM(SUM(own_margin)) OVER so_far AS DOUBLE PRECISION) AS own_margin_so_far,
  CAST(SUM(SUM(uncosted_amount)) OVER so_far AS DOUBLE PRECISION) AS uncosted_so_far
FROM (
  SELECT
    customer_id,
    month,
    MIN(MIN(CASE WHEN orders > 0 THEN month END)) OVER (PARTITION BY customer_id) AS first_month,
    SUM(orders) AS orders,
    SUM(amount) AS amount,
    SUM(own_margin) AS own_margin,
    SUM(uncosted_amount) AS uncosted_amount
  FROM (
    SELECT
      *,
      CAST(DATE_TRUNC('MONTH', day) AS DATE) AS month
    FROM customer_days
    WHERE
      day <= :as_of
  ) AS days
  GROUP BY
    customer_id,
    month
) AS customer_months
GROUP BY
  month
WINDOW so_far AS (ORDER BY month rows BETWEEN UNBOUNDED preceding AND CURRENT ROW)
ORDER BY
  month
