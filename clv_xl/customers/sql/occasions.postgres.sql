-- Made from occasions.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_id,
  day
FROM customer_days
WHERE
  orders > 0 AND day <= :as_of
ORDER BY
  customer_id,
  day
