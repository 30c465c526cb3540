-- Made from aside_rows.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  reason,
  customer_text,
  date_text,
  amount_text,
  CAST(amount AS TEXT) AS amount
FROM settled
WHERE
  NOT reason IS NULL
ORDER BY
  reason,
  customer_text,
  date_text,
  amount_text
LIMIT :most
