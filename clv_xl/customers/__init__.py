"""From canonical orders to customers, months and cohorts: the only place that groups orders."""
