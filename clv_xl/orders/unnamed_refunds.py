"""Refunds that name an order but no customer: they are taken off the customer of that order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.orders.people import known_customer_sql
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    import duckdb

__all__ = ["name_customers"]

_ROWS = "order_id IS NOT NULL AND day IS NOT NULL AND NOT wrong_columns AND apart IS NULL"


def name_customers(connection: duckdb.DuckDBPyConnection) -> tuple[Warning_, ...]:
    """Give refunds of ``parsed`` without a customer that of their order, and tell of it.

    It is the nearest order of that id that is no later, first of the same file; in another file, where the number may
    have been used again, the refund must be no larger than it. Of two customers alike in that, it is neither's.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE unnamed AS
        SELECT row_number, file_number, order_id, day, source_amount AS amount FROM parsed
        WHERE {_ROWS} AND source_amount < 0 AND NOT {known_customer_sql()}
    """)  # noqa: S608  (our own expressions)
    if connection.execute("SELECT 1 FROM unnamed LIMIT 1").fetchone() is None:
        connection.execute("DROP TABLE unnamed")
        return ()
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE owners AS
        WITH sales AS (
            SELECT order_id, customer_id, file_number, min(day) AS day, sum(source_amount) AS amount
            FROM parsed SEMI JOIN unnamed USING (order_id)
            WHERE {_ROWS} AND source_amount >= 0 AND {known_customer_sql()} GROUP BY ALL
        ), found AS (
            SELECT unnamed.row_number, sales.customer_id, unnamed.order_id, unnamed.amount, rank() OVER (
                PARTITION BY unnamed.row_number
                ORDER BY sales.file_number <> unnamed.file_number, sales.day DESC) AS place
            FROM unnamed JOIN sales ON sales.order_id = unnamed.order_id AND sales.day <= unnamed.day
            WHERE sales.file_number = unnamed.file_number OR unnamed.amount + sales.amount >= 0
        )
        SELECT row_number, min(customer_id) AS owner, min(order_id) AS order_id, min(amount) AS amount
        FROM found WHERE place = 1 GROUP BY row_number HAVING min(customer_id) = max(customer_id)
    """)  # noqa: S608  (our own expressions)
    connection.execute("""
        UPDATE parsed SET customer_id = owner FROM owners WHERE parsed.row_number = owners.row_number
    """)
    rows, amount, order = connection.execute(
        "SELECT count(*), -sum(amount), min_by(order_id, row_number) FROM owners"
    ).fetchone() or (0, 0, "")
    for table in ("unnamed", "owners"):
        connection.execute(f"DROP TABLE {table}")
    if not rows:
        return ()
    text = counted(
        rows,
        '{number} refund, {amount}, names an order and no customer: "{order}". It is taken off the customer of that'
        " order.",
        '{number} refunds, {amount} in all, name an order and no customer, such as "{order}". They are taken off the'
        " customers of those orders.",
        amount=figured(amount, 2),
        order=order,
    )
    return (Warning_("refunds_without_customer", text, rows),)
