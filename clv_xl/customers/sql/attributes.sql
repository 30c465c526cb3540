-- The first known channel, country and product of each customer, by day and then by place in the file.
select
    customer_id,
    arg_min(channel, sequence) as channel,
    arg_min(country, sequence) as country,
    arg_min(product, sequence) as product
from (
    select
        customer_id,
        channel,
        country,
        product,
        date_diff('day', date '1900-01-01', day) * 10000000000 + row_number as sequence
    from order_rows
    where not is_refund
) as sales
group by customer_id
order by customer_id
