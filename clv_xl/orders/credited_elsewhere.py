"""Credit notes that name an order of another file of the same run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.orders.credited import PLAIN_ID
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["credit_other_files"]

_NEARLY_ALL: Final = 0.9
_ROUNDED: Final = 0.02


def credit_other_files(connection: duckdb.DuckDBPyConnection, read: Sequence[ReadSource]) -> list[ReadSource]:
    """Make credit notes of the rows of ``parsed`` that name an order of another file, and tell of it.

    The order must be of the same customer. Where a column names no order of its own file, nearly all its values must
    be such orders, and nearly all amounts no larger than theirs.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    read : Sequence of ReadSource
        The files, in the order of their numbers.

    Returns
    -------
    list of ReadSource
        The same, with what is told of them.
    """
    if len(read) == 1:
        return list(read)
    return [
        _credited(connection, source, number)
        if source.meaning.names_elsewhere or "credited_order" in source.meaning.roles
        else source
        for number, source in enumerate(read, start=1)
    ]


def _credited(connection: duckdb.DuckDBPyConnection, source: ReadSource, number: int) -> ReadSource:
    names, orders = PLAIN_ID.format("credited_order"), PLAIN_ID.format("order_id")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE credited AS
        WITH notes AS (
            SELECT row_number, file_row, customer_id, {names} AS name, credited_order, abs(source_amount) AS amount
            FROM parsed WHERE file_number = {number} AND credited_order IS NOT NULL AND NOT wrong_columns
                AND {names} IS DISTINCT FROM {orders}
        ), orders AS (
            SELECT {orders} AS name, customer_id, file_number, min(order_id) AS order_id, sum(source_amount) AS amount
            FROM parsed WHERE order_id IS NOT NULL AND source_amount > 0 AND NOT wrong_columns
                AND {orders} IN (SELECT name FROM notes)
            GROUP BY ALL
        )
        SELECT notes.*, max(orders.order_id) AS undone, max(orders.amount) AS of_order,
            coalesce(bool_or(orders.file_number = {number}), false) AS is_here
        FROM notes LEFT JOIN orders ON orders.name = notes.name AND orders.customer_id = notes.customer_id
        GROUP BY ALL
    """)  # noqa: S608  (our own names and a number)
    filled, known, fits, elsewhere, row, order = connection.execute(f"""
        SELECT count(*), count(undone), count(*) FILTER (amount <= of_order + {_ROUNDED}),
            count(undone) FILTER (NOT is_here), min(file_row) FILTER (undone IS NOT NULL),
            min_by(credited_order, file_row) FILTER (undone IS NOT NULL)
        FROM credited
    """).fetchone() or (0, 0, 0, 0, 0, "")  # noqa: S608  (a number)
    is_sure = "credited_order" in source.meaning.roles or min(known, fits) >= _NEARLY_ALL * filled
    if not elsewhere or not is_sure:
        return source
    connection.execute(f"""
        UPDATE parsed SET source_amount = -abs(source_amount), order_id = undone, rounding = NULL FROM credited
        WHERE parsed.row_number = credited.row_number AND undone IS NOT NULL
            AND (NOT is_here OR {source.meaning.names_elsewhere})
    """)  # noqa: S608  (our own words)
    header = source.resolution.headers[source.resolution.extra["credited_order"][0]]
    told = counted(
        elsewhere,
        '{where}: "{header}" names an order of another file on {number} row: row {row} names "{order}". It is read as a'
        " credit note: its amount is taken off, with or without a minus sign. If that is wrong, rename the column.",
        '{where}: "{header}" names orders of other files on {number} rows, first row {row}, which names "{order}". They'
        " are read as credit notes: their amounts are taken off, with or without a minus sign. If that is wrong, rename"
        " the column.",
        where=source.where,
        header=header,
        row=figured(row, 0),
        order=order,
    )
    notes = [
        note
        for note in source.notes
        if not (note.code == "no_refunded_amounts" and f'"{header}"' in note.text)
    ]
    unused = tuple(name for name in source.file.unused_columns if name != header)
    return replace(
        source,
        notes=(*notes, Warning_("credit_notes_by_order", told, elsewhere)),
        file=replace(source.file, unused_columns=unused),
    )
