-- One row a channel and day of the first order, for the customers who began there then, as things stood at the
-- end of $as_of; amount is that of the whole channel, added up exactly.
select
    channel,
    first_day,
    cast(count(*) as bigint) as customers,
    max(last_day) as last_day,
    cast(sum(orders) as bigint) as orders,
    cast(sum(sum(amount)) over (partition by channel) as double) as amount
from (
    select
        coalesce(min(attributes.channel), '') as channel,
        min(case when orders > 0 then day end) as first_day,
        max(case when orders > 0 then day end) as last_day,
        sum(orders) as orders,
        sum(amount) as amount
    from customer_days
    left join attributes on attributes.customer_id = customer_days.customer_id
    where day <= $as_of
    group by customer_days.customer_id
    having sum(orders) > 0
) as people
group by channel, first_day
order by channel, first_day
