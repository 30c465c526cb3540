-- Made from periods.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  period,
  CAST(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS customers,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(amount) AS DOUBLE PRECISION) AS amount,
  CAST(SUM(SUM(orders)) OVER so_far AS BIGINT) AS orders_so_far,
  CAST(SUM(SUM(amount)) OVER so_far AS DOUBLE PRECISION) AS amount_so_far,
  CAST(SUM(SUM(own_margin)) OVER so_far AS DOUBLE PRECISION) AS own_margin_so_far,
  CAST(SUM(SUM(uncosted_amount)) OVER so_far AS DOUBLE PRECISION) AS uncosted_so_far
FROM (
  SELECT
    customer_id,
    period,
    SUM(orders) AS orders,
    SUM(amount) AS amount,
    SUM(own_margin) AS own_margin,
    SUM(uncosted_amount) AS uncosted_amount
  FROM (
    SELECT
      *,
      (
        CAST(EXTRACT(YEAR FROM day) AS INT) * 12 + CAST(EXTRACT(MONTH FROM day) AS INT) - 1
      ) / :months AS period
    FROM customer_days
    WHERE
      day <= :as_of
  ) AS days
  GROUP BY
    customer_id,
    period
) AS customer_periods
GROUP BY
  period
WINDOW so_far AS (ORDER BY period rows BETWEEN UNBOUNDED preceding AND CURRENT ROW)
ORDER BY
  period
