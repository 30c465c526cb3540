"""Orders that stand in several files, because exports overlap: each counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["mark_copies"]


def mark_copies(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> tuple[Warning_, ...]:
    """Mark in ``parsed`` what stands in another file too, and return what to tell of it.

    Of an export with whole orders (one row an order, or all rows of an order together) the newest file counts: it
    knows of later refunds and cancellations. Of other files a row is a copy where order, customer, day, amount and all
    else that is read are the same in an earlier file.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    """
    if sum("order_id" in source.file.columns for source in sources) < 2:  # a copy takes two
        return ()
    kinds: dict[str, list[int]] = {}
    for number, source in enumerate(sources, start=1):
        if source.meaning.one_place:
            kinds.setdefault(source.file.read_as.name, []).append(number)
    notes: list[Warning_] = []
    for numbers in kinds.values():
        if len(numbers) > 1:
            notes += _older(
                connection, numbers, ", ".join(sources[number - 1].file.name for number in numbers)
            )
            if sources[numbers[0] - 1].meaning.rows == "first":
                _continued(connection, numbers)
    notes += _same(connection, sources)
    return tuple(notes)


def _continued(connection: duckdb.DuckDBPyConnection, numbers: Sequence[int]) -> None:
    """Let product rows join an order whose first row is the last of another file: long exports come in pieces."""
    listed = ", ".join(map(str, numbers))
    connection.execute(f"""
        UPDATE parsed SET apart = 'order_line'
        WHERE file_number IN ({listed}) AND amount_text IS NULL AND apart IS NULL AND order_id IN (
            SELECT order_id FROM parsed
            WHERE file_number IN ({listed}) AND amount_text IS NOT NULL AND order_id IS NOT NULL)
    """)  # noqa: S608  (numbers)


def _older(connection: duckdb.DuckDBPyConnection, numbers: Sequence[int], names: str) -> Iterator[Warning_]:
    listed = ", ".join(map(str, numbers))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE copies AS
        WITH newest AS (
            SELECT file_number, max(day) AS newest FROM parsed WHERE file_number IN ({listed}) GROUP BY file_number
        ), orders AS (
            SELECT file_number, order_id, min(day) AS day, min(customer_id) AS customer_id,
                count(*) AS rows, sum(hash(source_amount, source_refunded, meaning)) AS content
            FROM parsed WHERE file_number IN ({listed}) AND order_id IS NOT NULL AND NOT wrong_columns
            GROUP BY file_number, order_id HAVING count(source_amount) > 0
        ), several AS (
            SELECT order_id, day, customer_id, max_by(file_number, (newest, file_number)) AS kept,
                min(content) <> max(content) AS changed
            FROM orders JOIN newest USING (file_number)
            GROUP BY order_id, day, customer_id HAVING count(*) > 1
        )
        SELECT orders.file_number, order_id, changed FROM several JOIN orders USING (order_id, day, customer_id)
        WHERE orders.file_number <> kept
    """)  # noqa: S608  (numbers)
    row = connection.execute(
        "SELECT count(*), count(*) FILTER (changed), min(order_id) FROM copies"
    ).fetchone()
    orders, changed, example = row or (0, 0, "")
    if orders:
        connection.execute("""
            UPDATE parsed SET apart = 'copy' FROM copies
            WHERE parsed.file_number = copies.file_number AND parsed.order_id = copies.order_id
        """)
        text = f'{orders:,} orders stand in several of {names}, such as "{example}". Each counts once.'
        if changed:
            text += f" {changed:,} of them differ: they count as in the file with the newest order."
        yield Warning_("copies", text, orders)
    connection.execute("DROP TABLE copies")


def _same(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> Iterator[Warning_]:
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE copies AS
        WITH contents AS (
            SELECT row_number, file_number, order_id,
                hash(customer_id, day, source_amount, amount_text IS NULL, source_refunded, source_cost, quantity,
                    product, status, currency) AS content
            FROM parsed WHERE order_id IS NOT NULL AND day IS NOT NULL AND NOT wrong_columns AND apart IS NULL
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY file_number, order_id, content ORDER BY row_number) AS nth
            FROM contents
        )
        SELECT row_number, order_id, file_number, row_number() OVER (
            PARTITION BY order_id, content, nth ORDER BY row_number) AS place
        FROM numbered
        QUALIFY place > 1
    """)
    row = connection.execute(
        "SELECT count(*), count(DISTINCT order_id), min(order_id), list(DISTINCT file_number) FROM copies"
    ).fetchone()
    rows, orders, example, files = row or (0, 0, "", [])
    if rows:
        connection.execute(
            "UPDATE parsed SET apart = 'copy' FROM copies WHERE parsed.row_number = copies.row_number"
        )
        names = ", ".join(sources[number - 1].file.name for number in sorted(files))
        text = (
            f"{names}: {rows:,} rows of {orders:,} orders stand in an earlier file with the same content, such as order"
            f' "{example}". They count once.'
        )
        yield Warning_("copies", text, rows)
    connection.execute("DROP TABLE copies")
