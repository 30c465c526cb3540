-- Made from standings.sql by tests/dialects.py: change that file, then run make docs.
WITH stays AS (
  SELECT
    customer_id,
    period,
    MIN(day) AS first_day,
    MAX(day) AS last_day
  FROM (
    SELECT
      customer_id,
      GREATEST(
        (
          CAST(EXTRACT(YEAR FROM day) AS INT) * 12 + CAST(EXTRACT(MONTH FROM day) AS INT) - 1
        ) / :months,
        :earlier
      ) AS period,
      (
        day - CAST('1970-01-01' AS DATE)
      ) AS day
    FROM customer_days
    WHERE
      orders > 0 AND day <= :as_of
  ) AS occasions
  GROUP BY
    customer_id,
    period
), told AS (
  SELECT
    period,
    last_day,
    MIN(first_day) OVER (PARTITION BY customer_id) AS first_day,
    LAG(last_day) OVER (PARTITION BY customer_id ORDER BY period) AS last_before,
    LEAD(period) OVER (PARTITION BY customer_id ORDER BY period) AS next_period
  FROM stays
), at_ends AS (
  SELECT
    period_ends.period,
    end_day,
    before_day,
    active_days,
    first_day,
    last_day,
    CASE WHEN period_ends.period = told.period THEN last_before ELSE last_day END AS last_then
  FROM told
  JOIN period_ends
    ON period_ends.period >= told.period
    AND (
      told.next_period IS NULL OR period_ends.period < told.next_period
    )
)
SELECT
  period,
  lived,
  ended,
  was_known,
  was_active,
  is_active,
  CAST(COUNT(*) AS BIGINT) AS customers
FROM (
  SELECT
    CAST(period AS BIGINT) AS period,
    CAST(last_day - first_day + LEAST(end_day - last_day, active_days) AS BIGINT) AS lived,
    end_day - last_day > active_days AS ended,
    NOT last_then IS NULL AS was_known,
    COALESCE(before_day - last_then <= :kept_days, FALSE) AS was_active,
    end_day - last_day <= :kept_days AS is_active
  FROM at_ends
) AS standings
GROUP BY
  period,
  lived,
  ended,
  was_known,
  was_active,
  is_active
ORDER BY
  period,
  lived,
  ended,
  was_known,
  was_active,
  is_active
