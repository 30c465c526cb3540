-- The last day with a sale before $newest.
select max(day) as day from settled where reason is null and amount >= 0 and day < $newest
