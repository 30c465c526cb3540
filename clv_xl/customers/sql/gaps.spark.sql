-- Made from gaps.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  CAST(COUNT(gap) AS BIGINT) AS gaps,
  CAST(PERCENTILE_DISC(:share) WITHIN GROUP (ORDER BY
    gap NULLS LAST) AS BIGINT) AS days
FROM (
  SELECT
    DATEDIFF(DAY, LAG(day) OVER (PARTITION BY customer_id ORDER BY day NULLS LAST), day) AS gap
  FROM customer_days
  WHERE
    orders > 0 AND day <= :as_of
) AS between_orders
