-- Made from since_first.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_group,
  cohort,
  period - cohort AS age,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(amount) AS DOUBLE) AS amount,
  CAST(SUM(own_margin) AS DOUBLE) AS own_margin,
  CAST(SUM(uncosted_amount) AS DOUBLE) AS uncosted_amount,
  CAST(SUM(CASE WHEN in_year THEN orders ELSE 0 END) AS BIGINT) AS year_orders,
  CAST(SUM(CASE WHEN in_year THEN amount ELSE 0 END) AS DOUBLE) AS year_amount,
  CAST(SUM(CASE WHEN in_year THEN own_margin ELSE 0 END) AS DOUBLE) AS year_own_margin,
  CAST(SUM(CASE WHEN in_year THEN uncosted_amount ELSE 0 END) AS DOUBLE) AS year_uncosted_amount
FROM (
  SELECT
    customer_days.*,
    customer_group,
    YEAR(first_day) * 12 + MONTH(first_day) - 1 AS cohort,
    YEAR(day) * 12 + MONTH(day) - 1 AS period,
    first_day <= :year_ago AND day < first_day + INTERVAL '1' YEAR AS in_year
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
  customer_group NULLS LAST,
  cohort NULLS LAST,
  age NULLS LAST
