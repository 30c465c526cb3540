-- Made from gap_counts.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  period,
  gap,
  CAST(COUNT(*) AS BIGINT) AS times
FROM (
  SELECT
    (
      YEAR(day) * 12 + MONTH(day) - 1
    ) DIV :months AS period,
    DATEDIFF(DAY, LAG(day) OVER (PARTITION BY customer_id ORDER BY day NULLS LAST), day) AS gap
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
  period NULLS LAST,
  gap NULLS LAST
