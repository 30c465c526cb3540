-- Made from order_rows.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  row_number,
  1 AS file_number,
  customer_id,
  COALESCE(order_id, '(row ' || CAST(row_number AS TEXT) || ')') AS order_id,
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
      ORDER BY day, order_id, amount, channel, country, product, cost, quantity
    ) AS BIGINT) AS row_number
  FROM settled
  WHERE
    reason IS NULL
) AS numbered
