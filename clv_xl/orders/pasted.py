"""Rows that stand a second time in one file, one after the other: an export that was pasted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["NO_ACCIDENT", "mark_pasted"]

NO_ACCIDENT: Final = 10
"""So many rows alike, one after the other, are no accident."""
_CANDIDATES: Final = 5
_ORDERS_OF_A_SMALL_FILE: Final = 3


def mark_pasted(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> tuple[Warning_, ...]:
    """Mark in ``parsed`` the blocks of rows with order ids that repeat an earlier block of their file; tell of them.

    Equal rows of one order may be equal products. Of a block, each row equals in every column the row a fixed number of
    rows above, without a gap, and the rows are of several orders: an export has the rows of an order together, so a
    second group of them, in the sequence of the first, was pasted. It takes ten rows, or all of a file of three orders.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    """
    return tuple(
        note
        for number, source in enumerate(sources, start=1)
        if "order_id" in source.file.columns and not source.each_once
        for note in _blocks(connection, number, source.file.name)
    )


def _blocks(connection: duckdb.DuckDBPyConnection, number: int, name: str) -> Iterator[Warning_]:
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE pasted AS
        WITH rows AS (SELECT * FROM parsed WHERE file_number = $file AND NOT wrong_columns AND line_hash IS NOT NULL),
        -- equal rows have equal order ids: one whose id no other has need not be compared
        mates AS (SELECT row_number, file_row, line_hash, order_id FROM rows WHERE again OR order_id IS NULL),
        repeated AS (SELECT line_hash FROM mates GROUP BY line_hash HAVING count(*) > 1)
        FROM mates SEMI JOIN repeated USING (line_hash)
        """,
        {"file": number},
    )
    # three rows in sequence tell a block from the equal rows within an order
    steps = connection.execute(f"""
        WITH threes AS (
            SELECT row_number, hash(line_hash, lead(line_hash, 1) OVER places, lead(line_hash, 2) OVER places) AS three
            FROM pasted WINDOW places AS (ORDER BY row_number)
            QUALIFY lead(row_number, 2) OVER places = row_number + 2
        ), found AS (
            SELECT row_number - lag(row_number) OVER (PARTITION BY three ORDER BY row_number) AS step FROM threes
        )
        SELECT step FROM found WHERE step IS NOT NULL GROUP BY step
        ORDER BY count(*) DESC, step DESC LIMIT {_CANDIDATES}
    """).fetchall()  # noqa: S608  (a number)
    for (step,) in steps:
        yield from _repeats(connection, number, step, name)
    connection.execute("DROP TABLE pasted")


def _repeats(connection: duckdb.DuckDBPyConnection, number: int, step: int, name: str) -> Iterator[Warning_]:
    blocks = connection.execute(f"""
        WITH whole AS (
            SELECT min(row_number) AS first, max(row_number) AS last FROM parsed WHERE file_number = {number}
        ), alike AS (
            SELECT later.row_number AS row_number, later.file_row AS file_row, later.order_id AS order_id,
                later.row_number - row_number() OVER (ORDER BY later.row_number) AS block
            FROM pasted AS later JOIN pasted AS earlier
                ON earlier.row_number = later.row_number - {step} AND earlier.line_hash = later.line_hash
        )
        SELECT min(row_number), max(row_number), min(file_row), max(file_row)
        FROM alike CROSS JOIN whole GROUP BY block, first, last
        HAVING count(DISTINCT order_id) > 1 AND (count(*) >= {NO_ACCIDENT} OR (
            count(DISTINCT order_id) >= {_ORDERS_OF_A_SMALL_FILE} AND min(row_number) = first + {step}
            AND max(row_number) = last AND (last - first + 1) % {step} = 0))
        ORDER BY min(row_number)
    """).fetchall()  # noqa: S608  (numbers)
    for first, last, first_row, last_row in blocks:
        block = f"FROM parsed WHERE row_number BETWEEN {first} AND {last} AND apart IS NULL"
        rows, orders, amount = connection.execute(
            f"SELECT count(*), count(DISTINCT order_id), coalesce(sum(source_amount), 0) {block}"
        ).fetchone() or (0, 0, 0)
        if not rows:
            continue
        connection.execute(
            f"UPDATE parsed SET apart = 'copy' WHERE row_number IN (SELECT row_number {block})"  # noqa: S608
        )
        text = counted(
            orders,
            "{name}: the rows {first_row} to {last_row} repeat in every column and in the same sequence the rows {step}"
            " rows above, {amount} in all. They were pasted twice: {number} order counts once, and the second time is"
            " set aside.",
            "{name}: the rows {first_row} to {last_row} repeat in every column and in the same sequence the rows {step}"
            " rows above, {amount} in all. They were pasted twice: {number} orders count once, and the second time is"
            " set aside.",
            name=name,
            first_row=figured(first_row, 0),
            last_row=figured(last_row, 0),
            step=figured(step, 0),
            amount=figured(amount, 2),
        )
        yield Warning_("copies", text, rows)
