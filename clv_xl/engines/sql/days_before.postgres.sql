-- Made from days_before.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  MAX(day) AS day
FROM settled
WHERE
  reason IS NULL AND amount >= 0 AND day < :newest
