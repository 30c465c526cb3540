-- How many rows count: when that no longer changes, the rows are settled.
select cast(count(*) as bigint) as row_count from settled where reason is null
