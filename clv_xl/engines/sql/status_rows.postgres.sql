-- Made from status_rows.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  COALESCE(status, '') AS status,
  MIN(meaning) AS meaning,
  CAST(COUNT(*) AS BIGINT) AS row_count,
  CAST(CAST(COALESCE(SUM(amount), 0) AS DECIMAL(38, 4)) AS TEXT) AS amount,
  CAST(SUM(CASE WHEN reason IS NULL AND amount >= 0 THEN 1 ELSE 0 END) AS BIGINT) AS sales,
  CAST(SUM(CASE WHEN reason IS NULL AND amount < 0 THEN 1 ELSE 0 END) AS BIGINT) AS refunds,
  CAST(SUM(CASE WHEN reason IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS set_aside
FROM settled
GROUP BY
  COALESCE(status, '')
ORDER BY
  row_count DESC NULLS LAST,
  status
