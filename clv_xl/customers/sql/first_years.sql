-- One row a customer whose first order came after $after and up to $until: what the twelve months from that
-- order on came to.
select
    customer_id,
    cast(sum(orders) as bigint) as orders,
    cast(sum(amount) as double) as amount,
    cast(sum(own_margin) as double) as own_margin,
    cast(sum(uncosted_amount) as double) as uncosted_amount
from (
    select *, min(case when orders > 0 then day end) over (partition by customer_id) as first_day
    from customer_days
) as days
where first_day > $after and first_day <= $until and day < first_day + interval 1 year
group by customer_id
order by customer_id
