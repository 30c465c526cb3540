-- Made from settled.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_text,
  customer_id,
  order_id,
  date_text,
  day,
  amount_text,
  amount,
  cost,
  quantity,
  channel,
  product,
  country,
  status,
  meaning,
  CASE
    WHEN NOT reason IS NULL
    THEN reason
    WHEN amount < 0 AND NOT order_id IS NULL AND kept_sales = 0 AND aside_sales > 0
    THEN 'refund_of_order_set_aside'
    WHEN amount < 0 AND (
      first_sale IS NULL OR day < first_sale
    )
    THEN 'refund_without_order'
    WHEN amount > 0 AND meaning = 'refunded' AND (
      order_id IS NULL OR refunds = 0
    )
    THEN 'refunded_by_status'
  END AS reason
FROM (
  SELECT
    *,
    MIN(CASE WHEN reason IS NULL AND amount >= 0 THEN day END) OVER (PARTITION BY customer_id) AS first_sale,
    SUM(CASE WHEN reason IS NULL AND amount >= 0 THEN 1 ELSE 0 END) OVER (PARTITION BY customer_id, order_id) AS kept_sales,
    SUM(
      CASE WHEN reason IN ('cancelled', 'not_completed') AND amount >= 0 THEN 1 ELSE 0 END
    ) OVER (PARTITION BY customer_id, order_id) AS aside_sales,
    SUM(
      CASE
        WHEN (
          reason IS NULL OR reason = 'refunds_ignored'
        ) AND amount < 0
        THEN 1
        ELSE 0
      END
    ) OVER (PARTITION BY customer_id, order_id) AS refunds
  FROM judged
) AS seen
