-- Made from cohorts.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  cohort,
  period - cohort AS age,
  CAST(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS customers,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(amount) AS DOUBLE) AS amount,
  CAST(SUM(own_margin) AS DOUBLE) AS own_margin,
  CAST(SUM(uncosted_amount) AS DOUBLE) AS uncosted_amount
FROM (
  SELECT
    customer_id,
    period,
    MIN(MIN(CASE WHEN orders > 0 THEN period END)) OVER (PARTITION BY customer_id) AS cohort,
    SUM(orders) AS orders,
    SUM(amount) AS amount,
    SUM(own_margin) AS own_margin,
    SUM(uncosted_amount) AS uncosted_amount
  FROM (
    SELECT
      *,
      (
        YEAR(day) * 12 + MONTH(day) - 1
      ) DIV :months AS period
    FROM customer_days
    WHERE
      day <= :as_of
  ) AS days
  GROUP BY
    customer_id,
    period
) AS customer_periods
GROUP BY
  cohort,
  period
ORDER BY
  cohort NULLS LAST,
  age NULLS LAST
