-- The texts that stand in the column of statuses.
select distinct status from given_rows where status is not null order by status
