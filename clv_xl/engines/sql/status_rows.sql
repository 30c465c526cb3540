-- What each status was read as, and what became of its rows.
select
    coalesce(status, '') as status,
    min(meaning) as meaning,
    cast(count(*) as bigint) as row_count,
    cast(cast(coalesce(sum(amount), 0) as decimal(38, 4)) as varchar) as amount,
    cast(sum(case when reason is null and amount >= 0 then 1 else 0 end) as bigint) as sales,
    cast(sum(case when reason is null and amount < 0 then 1 else 0 end) as bigint) as refunds,
    cast(sum(case when reason is null then 0 else 1 end) as bigint) as set_aside
from settled
group by coalesce(status, '')
order by row_count desc, status
