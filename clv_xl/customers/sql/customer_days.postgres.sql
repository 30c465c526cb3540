-- Made from customer_days.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_id,
  day,
  SUM(orders) AS orders,
  SUM(amount) AS amount,
  SUM(sales) AS sales,
  SUM(refunds) AS refunds,
  SUM(own_margin) AS own_margin,
  SUM(uncosted_amount) AS uncosted_amount
FROM (
  SELECT
    customer_id,
    MIN(day) AS day,
    1 AS orders,
    CAST(0 AS DECIMAL(18, 4)) AS amount,
    CAST(0 AS DECIMAL(18, 4)) AS sales,
    CAST(0 AS DECIMAL(18, 4)) AS refunds,
    CAST(0 AS DECIMAL(18, 4)) AS own_margin,
    CAST(0 AS DECIMAL(18, 4)) AS uncosted_amount
  FROM order_rows
  WHERE
    NOT is_refund
  GROUP BY
    customer_id,
    order_id
  UNION ALL
  SELECT
    customer_id,
    day,
    0 AS orders,
    amount,
    CASE WHEN is_refund THEN CAST(0 AS DECIMAL(18, 4)) ELSE amount END AS sales,
    CASE WHEN is_refund THEN amount ELSE CAST(0 AS DECIMAL(18, 4)) END AS refunds,
    CASE
      WHEN cost IS NULL
      THEN CAST(0 AS DECIMAL(18, 4))
      WHEN is_refund
      THEN CAST(amount AS DECIMAL(38, 4)) + ABS(cost)
      ELSE CAST(amount AS DECIMAL(38, 4)) - cost
    END AS own_margin,
    CASE WHEN cost IS NULL THEN amount ELSE CAST(0 AS DECIMAL(18, 4)) END AS uncosted_amount
  FROM order_rows
) AS parts
GROUP BY
  customer_id,
  day
