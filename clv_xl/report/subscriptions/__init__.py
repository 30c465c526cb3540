"""The report on subscriptions: recurring revenue, plans, months and cohorts."""
