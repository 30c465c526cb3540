-- Made from statuses_given.sql by tests/dialects.py: change that file, then run make docs.
SELECT DISTINCT
  status
FROM given_rows
WHERE
  NOT status IS NULL
ORDER BY
  status
