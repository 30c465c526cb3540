-- Made from aside_rows.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  reason,
  customer_text,
  date_text,
  amount_text,
  CAST(amount AS STRING) AS amount
FROM settled
WHERE
  NOT reason IS NULL
ORDER BY
  reason NULLS LAST,
  customer_text NULLS LAST,
  date_text NULLS LAST,
  amount_text NULLS LAST
LIMIT :most
