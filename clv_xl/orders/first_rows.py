"""The first row of each reason for which rows were set aside, so that a person knows where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import FirstRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["BLAMED", "first_rows"]

BLAMED = {
    "wrong_columns": "",
    "missing_customer": "customer_id",
    "cancelled": "status",
    "not_completed": "status",
}
BLAMED |= dict.fromkeys(("not_an_order", "test_order", "copy"), "status")
BLAMED |= dict.fromkeys(("header_again", "bad_date", "date_out_of_range", "after_as_of"), "order_date")
"""Which column a reason is about; all others are about the amount."""


def first_rows(connection: duckdb.DuckDBPyConnection, read: Sequence[ReadSource]) -> dict[str, FirstRow]:
    """Find the first row that was set aside for each reason, and what stands in the column that it is about."""
    found = connection.execute(
        "SELECT reason, file_number, file_row, order_date, amount, line FROM set_aside"
        " QUALIFY row_number() OVER (PARTITION BY reason ORDER BY row_number) = 1 ORDER BY row_number"
    ).fetchall()
    first: dict[str, FirstRow] = {}
    for reason, number, row, date, amount, line in found:
        source, column = read[number - 1], BLAMED.get(reason, "amount")
        place = source.place(row, column)
        place = place if source.rows is not None and "!" in place else f"row {row:,}"
        value = {"order_date": date, "amount": amount, "": line and line[:60]}.get(column)
        if column == "customer_id":
            # who bought is not known: the day and the amount tell which order it is
            shown = [
                (source.file.columns.get(name, ""), text)
                for name, text in (("order_date", date), ("amount", amount))
                if text
            ]
            (header, value), *others = shown or [("", "")]
            beside = "".join(f', {name} "{text}"' for name, text in others)
            first[reason] = FirstRow(source.file.name, row, place, header, value, beside)
            continue
        header = source.file.columns.get(column, "") if value else ""
        first[reason] = FirstRow(source.file.name, row, place, header, value or "")
    return first
