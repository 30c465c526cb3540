-- What was ordered after $after and up to $as_of, in one row.
select
    cast(coalesce(sum(orders), 0) as bigint) as orders,
    cast(coalesce(sum(case when orders > 0 then 1 else 0 end), 0) as bigint) as occasions,
    cast(coalesce(sum(amount), 0) as double) as amount,
    cast(coalesce(sum(own_margin), 0) as double) as own_margin,
    cast(coalesce(sum(uncosted_amount), 0) as double) as uncosted_amount
from customer_days
where day > $after and day <= $as_of
