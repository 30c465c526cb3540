-- Made from since_first.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_group,
  cohort,
  period - cohort AS age,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(amount) AS DOUBLE PRECISION) AS amount,
  CAST(SUM(own_margin) AS DOUBLE PRECISION) AS own_margin,
  CAST(SUM(uncosted_amount) AS DOUBLE PRECISION) AS uncosted_amount,
  CAST(SUM(CASE WHEN in_year THEN orders ELSE 0 END) AS BIGINT) AS year_orders,
  CAST(SUM(CASE WHEN in_year THEN amount ELSE 0 END) AS DOUBLE PRECISION) AS year_amount,
  CAST(SUM(CASE WHEN in_year THEN own_margin ELSE 0 END) AS DOUBLE PRECISION) AS year_own_margin,
  CAST(SUM(CASE WHEN in_year THEN uncosted_amount ELSE 0 END) AS DOUBLE PRECISION) AS year_uncosted_amount
FROM (
  SELECT
    customer_days.*,
    customer_group,
    CAST(EXTRACT(YEAR FROM first_day) AS INT) * 12 + CAST(EXTRACT(MONTH FROM first_day) AS INT) - 1 AS cohort,
    CAST(EXTRACT(YEAR FROM day) AS INT) * 12 + CAST(EXTRACT(MONTH FROM day) AS INT) - 1 AS period,
    first_day <= :year_ago AND day < first_day + INTERVAL '1 YEAR' AS in_year
  FROM customer_days
  INNER JOIN customer_groups
    USING (customer_id)
  WHERE
    day <= :as_of
) AS days
GROUP BY
  customer_group,
  cohort,
  period
ORDER BY
  customer_group,
  cohort,
  age
