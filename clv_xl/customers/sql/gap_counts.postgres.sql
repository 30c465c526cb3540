-- Made from gap_counts.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  period,
  gap,
  CAST(COUNT(*) AS BIGINT) AS times
FROM (
  SELECT
    (
      CAST(EXTRACT(YEAR FROM day) AS INT) * 12 + CAST(EXTRACT(MONTH FROM day) AS INT) - 1
    ) / :months AS period,
    (
      day - LAG(day) OVER (PARTITION BY customer_id ORDER BY day)
    ) AS gap
  FROM customer_days
  WHERE
    orders > 0 AND day <= :as_of
) AS between_orders
WHERE
  NOT gap IS NULL
GROUP BY
  period,
  gap
ORDER BY
  period,
  gap
