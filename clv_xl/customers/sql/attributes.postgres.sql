-- Made from attributes.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_id,
  (
    ARRAY_AGG(channel ORDER BY sequence) FILTER(WHERE
      NOT channel IS NULL)
  )[1] AS channel,
  (
    ARRAY_AGG(country ORDER BY sequence) FILTER(WHERE
      NOT country IS NULL)
  )[1] AS country,
  (
    ARRAY_AGG(product ORDER BY sequence) FILTER(WHERE
      NOT product IS NULL)
  )[1] AS product
FROM (
  SELECT
    customer_id,
    channel,
    country,
    product,
    (
      day - CAST('1900-01-01' AS DATE)
    ) * 10000000000 + row_number AS sequence
  FROM order_rows
  WHERE
    NOT is_refund
) AS sales
GROUP BY
  customer_id
ORDER BY
  customer_id
