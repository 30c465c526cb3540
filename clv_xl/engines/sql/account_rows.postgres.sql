-- Made from account_rows.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  COALESCE(reason, CASE WHEN amount < 0 THEN 'refund' ELSE '' END) AS reason,
  CAST(COUNT(*) AS BIGINT) AS row_count,
  CAST(COUNT(amount) AS BIGINT) AS with_amount,
  CAST(CAST(COALESCE(SUM(amount), 0) AS DECIMAL(38, 4)) AS TEXT) AS amount
FROM settled
GROUP BY
  COALESCE(reason, CASE WHEN amount < 0 THEN 'refund' ELSE '' END)
ORDER BY
  reason
