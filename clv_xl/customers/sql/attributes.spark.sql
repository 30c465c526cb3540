-- Made from attributes.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_id,
  MIN_BY(channel, sequence) FILTER(WHERE
    NOT channel IS NULL) AS channel,
  MIN_BY(country, sequence) FILTER(WHERE
    NOT country IS NULL) AS country,
  MIN_BY(product, sequence) FILTER(WHERE
    NOT product IS NULL) AS product
FROM (
  SELECT
    customer_id,
    channel,
    country,
    product,
    DATEDIFF(DAY, CAST('1900-01-01' AS DATE), day) * 10000000000 + row_number AS sequence
  FROM order_rows
  WHERE
    NOT is_refund
) AS sales
GROUP BY
  customer_id
ORDER BY
  customer_id NULLS LAST
