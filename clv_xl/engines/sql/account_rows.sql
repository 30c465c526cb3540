-- How many rows ended in each way, and their amounts: the account. Sums are texts, as
-- no type here holds them all.
select
    coalesce(reason, case when amount < 0 then 'refund' else '' end) as reason,
    cast(count(*) as bigint) as row_count,
    cast(count(amount) as bigint) as with_amount,
    cast(cast(coalesce(sum(amount), 0) as decimal(38, 4)) as varchar) as amount
from settled
group by coalesce(reason, case when amount < 0 then 'refund' else '' end)
order by reason
