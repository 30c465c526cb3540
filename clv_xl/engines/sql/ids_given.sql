-- How many ids are whole numbers that became fractions on their way, such as 1001.0, and how many are not; the same
-- of the orders.
select
    cast(coalesce(sum(case when customer_is_whole then 1 else 0 end), 0) as bigint) as customers,
    cast(coalesce(sum(case when customer_is_whole then 0 else 1 end), 0) as bigint) as other_customers,
    cast(coalesce(sum(case when order_is_whole then 1 else 0 end), 0) as bigint) as orders,
    cast(coalesce(sum(case when order_is_whole then 0 else 1 end), 0) as bigint) as other_orders
from (
    select
        customer_text like '_%.0'
        and translate(substr(customer_text, 1, greatest(length(customer_text) - 2, 0)), '0123456789', '') = ''
            as customer_is_whole,
        coalesce(order_text, '1.0') like '_%.0'
        and translate(substr(order_text, 1, greatest(length(order_text) - 2, 0)), '0123456789', '') = ''
            as order_is_whole
    from given_rows
    where customer_text is not null
) as ids
