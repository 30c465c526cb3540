-- Made from counted_rows.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  CAST(COUNT(*) AS BIGINT) AS row_count
FROM settled
WHERE
  reason IS NULL
