-- Made from currencies_given.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  COALESCE(UPPER(TRIM(currency)), '') AS currency,
  CAST(COUNT(*) AS BIGINT) AS row_count
FROM given_rows
WHERE
  NOT amount IS NULL
GROUP BY
  COALESCE(UPPER(TRIM(currency)), '')
ORDER BY
  row_count DESC NULLS LAST,
  currency
