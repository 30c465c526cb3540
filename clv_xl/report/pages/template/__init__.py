"""The pages of the template: where a reader begins, what is filled in, and the report's pages while still empty."""
