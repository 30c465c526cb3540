-- Made from ids_given.sql by tests/dialects.py: change that file, then run make docs.
SELECT
  CAST(COALESCE(SUM(CASE WHEN customer_is_whole THEN 1 ELSE 0 END), 0) AS BIGINT) AS customers,
  CAST(COALESCE(SUM(CASE WHEN customer_is_whole THEN 0 ELSE 1 END), 0) AS BIGINT) AS other_customers,
  CAST(COALESCE(SUM(CASE WHEN order_is_whole THEN 1 ELSE 0 END), 0) AS BIGINT) AS orders,
  CAST(COALESCE(SUM(CASE WHEN order_is_whole THEN 0 ELSE 1 END), 0) AS BIGINT) AS other_orders
FROM (
  SELECT
    customer_text LIKE '_%.0'
    AND TRANSLATE(
      SUBSTRING(customer_text, 1, GREATEST(LENGTH(customer_text) - 2, 0)),
      '0123456789',
      ''
    ) = '' AS customer_is_whole,
    COALESCE(order_text, '1.0') LIKE '_%.0'
    AND TRANSLATE(SUBSTRING(order_text, 1, GREATEST(LENGTH(order_text) - 2, 0)), '0123456789', '') = '' AS order_is_whole
  FROM given_rows
  WHERE
    NOT customer_text IS NULL
) AS ids
