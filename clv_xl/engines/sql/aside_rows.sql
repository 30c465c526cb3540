-- The first $most of the rows set aside, in an order that depends on nothing but what stands in them.
select
    reason,
    customer_text,
    date_text,
    amount_text,
    cast(amount as varchar) as amount
from settled
where reason is not null
order by reason, customer_text, date_text, amount_text
limit $most
