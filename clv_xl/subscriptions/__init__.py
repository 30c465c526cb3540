"""The report on subscriptions as a job, and the command that runs it."""
