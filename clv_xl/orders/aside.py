"""The rows that were set aside, one by one, as a person finds them in the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clv_xl.orders.account import REASONS
from clv_xl.said import figured, say

if TYPE_CHECKING:
    from decimal import Decimal

    import duckdb

    from clv_xl.orders.account import Intake
    from clv_xl.said import Said

__all__ = ["RowSetAside", "rows_set_aside"]


class RowSetAside(NamedTuple):
    """One row that counts nowhere, with the texts as they stand in the file.

    ``row`` counts as Excel does, the header being 1; ``line`` is the start of a row with the wrong number of
    columns, else None; ``number`` is the amount where its text is a number; ``counted_in`` is the file and the row that
    hold the order that a copy is of, else empty.
    """

    file: str
    row: int
    reason: str
    explanation: str
    customer_id: str | None
    order_date: str | None
    amount: str | None
    line: str | None
    number: Decimal | None
    counted_in: Said | str


def rows_set_aside(
    connection: duckdb.DuckDBPyConnection, intake: Intake, most: int | None = None
) -> tuple[RowSetAside, ...]:
    """Return the rows set aside by :func:`~clv_xl.orders.load_orders`, in the order of the files.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The connection that holds the loaded orders.
    intake : Intake
        What loading them returned.
    most : int, optional
        Return at most this many; None for all.
    """
    found = connection.execute(
        "select file_number, file_row, reason, customer_id, order_date, amount, line, source_amount, "
        "counted_file, counted_row "
        "from set_aside "
        "order by row_number limit $most",
        {"most": most},
    ).fetchall()
    names = [file.name for file in intake.files]
    return tuple(
        RowSetAside(
            names[number - 1],
            row,
            reason,
            REASONS[reason],
            customer,
            day,
            amount,
            line,
            value,
            _place(names, *kept),
        )
        for number, row, reason, customer, day, amount, line, value, *kept in found
    )


def _place(names: list[str], file: int | None, row: int | None) -> Said | str:
    if file is None or row is None:
        return ""
    return say("{file}, row {row}", file=names[file - 1], row=figured(row, 0))
