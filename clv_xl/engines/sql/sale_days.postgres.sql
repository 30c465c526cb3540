-- Made from sale_days.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  MIN(day) AS first_day,
  MAX(day) AS last_day
FROM settled
WHERE
  reason IS NULL AND amount >= 0
