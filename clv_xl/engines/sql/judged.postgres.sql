-- Made from judged.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  customer_text,
  CASE
    WHEN :whole_customers
    THEN SUBSTRING(customer_id FROM 1 FOR GREATEST(LENGTH(customer_id) - 2, 0))
    ELSE customer_id
  END AS customer_id,
  CASE
    WHEN :whole_orders
    THEN SUBSTRING(order_text FROM 1 FOR GREATEST(LENGTH(order_text) - 2, 0))
    ELSE order_text
  END AS order_id,
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
    WHEN meaning = 'test'
    THEN 'test_order'
    WHEN customer_id IS NULL
    THEN 'missing_customer'
    WHEN day IS NULL
    THEN 'bad_date'
    WHEN day < CAST('1900-03-01' AS DATE) OR day > CAST('9999-12-31' AS DATE)
    THEN 'date_out_of_range'
    WHEN amount_fault <> ''
    THEN amount_fault
    WHEN meaning = 'cancelled'
    THEN 'cancelled'
    WHEN meaning = 'not completed'
    THEN 'not_completed'
    WHEN meaning = 'credit note' AND amount > 0
    THEN 'credit_note'
    WHEN day > :last_day
    THEN 'after_as_of'
    WHEN :ignores_refunds AND amount < 0
    THEN 'refunds_ignored'
  END AS reason
FROM (
  SELECT
    customer_text,
    customer_id,
    order_text,
    date_text,
    day,
    amount_text,
    CASE WHEN COALESCE(taken_off, FALSE) THEN -ABS(amount) ELSE amount END AS amount,
    amount_fault,
    cost,
    quantity,
    channel,
    product,
    country,
    given_rows.status,
    COALESCE(meaning, CASE WHEN given_rows.status IS NULL THEN 'completed' ELSE 'unknown' END) AS meaning
  FROM given_rows
  LEFT JOIN status_meanings
    ON status_meanings.status = given_rows.status
) AS told
