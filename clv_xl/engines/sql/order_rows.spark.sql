-- Made from order_rows.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  row_number,
  1 AS file_number,
  customer_id,
  COALESCE(order_id, '(row ' || CAST(row_number AS STRING) || ')') AS order_id,
  CASE WHEN day > :last_day THEN :last_day ELSE day END AS day,
  amount,
  amount AS source_amount,
  cost,
  quantity,
  channel,
  product,
  country,
  amount < 0 AS is_refund
FROM (
  SELECT
    *,
    CAST(ROW_NUMBER() OVER (
      PARTITION BY customer_id
      ORDER BY day NULLS LAST, order_id NULLS LAST, amount NULLS LAST, channel NULLS LAST, country NULLS LAST, product NULLS LAST, cost NULLS LAST, quantity NULLS LAST
    ) AS BIGINT) AS row_number
  FROM settled
  WHERE
    reason IS NULL
) AS numbered
