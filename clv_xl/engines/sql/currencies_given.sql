-- The currencies of readable amounts, most rows first; no text where the row names none.
select coalesce(upper(trim(currency)), '') as currency, cast(count(*) as bigint) as row_count
from given_rows
where amount is not null
group by coalesce(upper(trim(currency)), '')
order by row_count desc, currency
