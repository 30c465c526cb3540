-- Made from groups.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  channel,
  first_day,
  CAST(COUNT(*) AS BIGINT) AS customers,
  MAX(last_day) AS last_day,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(SUM(amount)) OVER (PARTITION BY channel) AS DOUBLE PRECISION) AS amount
FROM (
  SELECT
    COALESCE(MIN(attributes.channel), '') AS channel,
    MIN(CASE WHEN orders > 0 THEN day END) AS first_day,
    MAX(CASE WHEN orders > 0 THEN day END) AS last_day,
    SUM(orders) AS orders,
    SUM(amount) AS amount
  FROM customer_days
  LEFT JOIN attributes
    ON attributes.customer_id = customer_days.customer_id
  WHERE
    day <= :as_of
  GROUP BY
    customer_days.customer_id
  HAVING
    SUM(orders) > 0
) AS people
GROUP BY
  channel,
  first_day
ORDER BY
  channel,
  first_day
