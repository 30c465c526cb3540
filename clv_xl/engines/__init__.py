"""Engines beside DuckDB that group orders where they are: PostgreSQL and Spark, by the same SQL."""
