"""Refunds that two systems tell of the same orders: they come off once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.said import counted, figured, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

__all__ = ["refunds_once"]


def refunds_once(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Warning_]:
    """Settle the refunds of orders that are paired, before those of one system are set aside.

    A refund is the same where customer and amount are, or where all refunds of the customer are as much in both. What
    only the system that is set aside tells comes off the order that counts.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``parsed``, ``paired`` and ``system_orders`` are.
    names : Sequence[str]
        The files.

    Yields
    ------
    Warning_
        What may come off twice.
    """
    _list_refunds(connection)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE same_refunds AS
        WITH sums AS (
            SELECT person FROM told_refunds GROUP BY person
            HAVING sum(amount) FILTER (is_kept) = sum(amount) FILTER (NOT is_kept)
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY is_kept, person, amount ORDER BY row_number) AS nth
            FROM told_refunds
        )
        SELECT row_number FROM told_refunds SEMI JOIN sums USING (person)
        UNION
        SELECT unnest([two.row_number, one.row_number]) FROM numbered AS one JOIN numbered AS two
            USING (person, amount, nth) WHERE one.is_kept AND NOT two.is_kept
    """)
    connection.execute("""
        UPDATE parsed SET apart = 'copy' FROM told_refunds AS told
        WHERE parsed.row_number = told.row_number AND NOT told.is_kept AND NOT told.in_column
            AND parsed.apart IS NULL AND told.row_number IN (SELECT row_number FROM same_refunds)
    """)
    yield from _told_twice(connection, names)
    # what only the other system tells is a refund of the order that counts
    connection.execute("""
        WITH kept AS (
            SELECT paired.file_number, paired.order_id, paired.customer_id, kept_order,
                min(orders.customer_id) AS kept_customer
            FROM paired JOIN system_orders AS orders
                ON orders.file_number = kept_file AND orders.order_id = kept_order GROUP BY ALL
        )
        UPDATE parsed SET order_id = kept.kept_order, customer_id = kept.kept_customer
        FROM kept, told_refunds AS told WHERE parsed.row_number = told.row_number AND NOT told.in_column
            AND parsed.apart IS NULL AND parsed.file_number = kept.file_number
            AND parsed.order_id = kept.order_id AND parsed.customer_id = kept.customer_id
    """)
    # a refund that stands in a column goes with its row: it is taken over by the order that counts
    connection.execute("""
        WITH missing AS (
            SELECT kept_file, kept_order, sum(told.amount) AS refunded
            FROM told_refunds AS told JOIN paired USING (file_number, order_id)
            WHERE NOT is_kept AND in_column AND told.row_number NOT IN (SELECT row_number FROM same_refunds)
                AND told.person NOT IN (SELECT person FROM told_refunds WHERE is_kept)
            GROUP BY ALL
        ), rows AS (
            SELECT min(row_number) AS row_number, min(refunded) AS refunded
            FROM parsed JOIN missing ON file_number = kept_file AND order_id = kept_order
            WHERE apart IS NULL AND source_amount > 0 GROUP BY kept_file, kept_order
        )
        UPDATE parsed SET source_refunded = rows.refunded, has_refunded = true
        FROM rows WHERE parsed.row_number = rows.row_number
    """)
    for table in ("told_refunds", "same_refunds"):
        connection.execute(f"DROP TABLE {table}")


def _list_refunds(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``told_refunds``: of the customers who are paired, every refund, be it a row or in a column."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE told_refunds AS
        WITH people AS (
            SELECT DISTINCT file_number IN (SELECT kept_file FROM paired) AS is_kept, person,
                coalesce(kept_person, person) AS known
            FROM (SELECT DISTINCT file_number, person FROM system_orders)
                LEFT JOIN (SELECT DISTINCT person, kept_person FROM paired) USING (person)
            WHERE file_number IN (SELECT file_number FROM paired UNION SELECT kept_file FROM paired)
        ), addresses AS (
            SELECT customer_id, min(lower(email)) AS address FROM parsed WHERE email IS NOT NULL GROUP BY customer_id
        ), first_days AS (
            SELECT file_number, order_id, customer_id, min(day) AS first_day FROM system_orders GROUP BY ALL
        ), rows AS (
            SELECT row_number, file_number, order_id, customer_id, source_amount, source_refunded,
                file_number IN (SELECT kept_file FROM paired) AS is_kept,
                coalesce(lower(email), address, lower(customer_id)) AS person,
                source_amount < 0 AND day IS DISTINCT FROM first_day AS is_row
            FROM parsed LEFT JOIN addresses USING (customer_id)
                LEFT JOIN first_days USING (file_number, order_id, customer_id)
            WHERE apart IS NULL AND NOT wrong_columns
                AND file_number IN (SELECT file_number FROM paired UNION SELECT kept_file FROM paired)
        )
        SELECT row_number, file_number, order_id, is_kept, known AS person, NOT is_row AS in_column,
            CASE WHEN is_row THEN -source_amount ELSE abs(source_refunded) END AS amount
        FROM rows JOIN people USING (is_kept, person) WHERE is_row OR (source_amount > 0 AND source_refunded <> 0)
    """)


def _told_twice(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Warning_]:
    found = connection.execute("""
        WITH others AS (
            SELECT * FROM told_refunds WHERE row_number NOT IN (SELECT row_number FROM same_refunds)
        )
        SELECT count(*), sum(amount), list_sort(list(DISTINCT file_number)),
            (SELECT list_sort(list(DISTINCT file_number)) FROM others WHERE is_kept)
        FROM others WHERE NOT is_kept AND NOT in_column AND person IN (SELECT person FROM others WHERE is_kept)
    """).fetchone()
    if not found or not found[0]:
        return
    rows, amount, others, kept = found
    text = counted(
        rows,
        "{other} tells of {number} refund, {amount} in all, to a customer whom {kept} paid back another amount: both"
        " come off. If they are the same refund, read {kept} without {other}.",
        "{other} tells of {number} refunds, {amount} in all, to customers whom {kept} paid back other amounts: both"
        " come off. If they are the same refunds, read {kept} without {other}.",
        other=joined(", ", [names[number - 1] for number in others]),
        kept=joined(", ", [names[number - 1] for number in kept]),
        amount=figured(amount, 2),
    )
    yield Warning_("overlapping_rows", text, rows)
