"""Returns that only their quantity tells: below 0, beside an amount without a minus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.numbers import value_sql
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.formats.record import RowsOf

__all__ = ["ReturnedPieces", "returned_pieces"]

# lists of stock have a minus before what was sold: there most quantities are below 0
_MOST: Final = 0.5


class ReturnedPieces(NamedTuple):
    """Whether amounts are taken off where the quantity is below 0, and what to tell."""

    taken_off: bool = False
    notes: tuple[Warning_, ...] = ()


def returned_pieces(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    marks: Mapping[str, str],
    *,
    rows: RowsOf,
    where: str,
    number_cells: bool,
) -> ReturnedPieces:
    """Look for rows of ``text_rows`` with a quantity below 0 and an amount above 0.

    Of a known export it is known how it writes returns; an amount that is quantity x price has the sign of the
    quantity already; and a total that stands on each row of an order is not that of the row.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns.
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    rows : str
        What a row is.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    special = resolution.match is not None and not resolution.match.format.general
    if special or rows == "product" or not {"quantity", "amount"} <= marks.keys():
        return ReturnedPieces()
    quantity, amount = (
        value_sql(f"{name}_body", marks[name], number_cells=number_cells) for name in ("quantity", "amount")
    )
    # a number below 0 has a minus sign, and few have one: only where any row is found all are counted
    some = f"contains(quantity_body, '-') AND {quantity} < 0 AND {amount} > 0"
    if connection.execute(f"SELECT 1 FROM text_rows WHERE {some} LIMIT 1").fetchone() is None:  # noqa: S608  (our own)
        return ReturnedPieces()
    both, signed, found, row, text = connection.execute(f"""
        SELECT count(*) FILTER (pieces <> 0 AND money <> 0), count(*) FILTER (pieces < 0),
            count(*) FILTER (pieces < 0 AND money > 0), min(file_row) FILTER (pieces < 0 AND money > 0),
            min_by(quantity, record) FILTER (pieces < 0 AND money > 0)
        FROM (SELECT record, file_row, quantity, {quantity} AS pieces, {amount} AS money FROM text_rows)
    """).fetchone() or (0, 0, 0, 0, "")  # noqa: S608  (our own names and expressions)
    if not found:
        return ReturnedPieces()
    values = {
        "where": where,
        "header": resolution.headers[resolution.positions["quantity"]],
        "row": figured(row, 0),
        "text": text,
    }
    if rows != "order":
        told = counted(
            found,
            '{where}: "{header}" is below 0 ("{text}") in row {row}, but the amount there is the total of the order:'
            " it counts as it stands. If it is a return: write a minus before the amount.",
            '{where}: "{header}" is below 0 on {number} rows, the first is row {row} ("{text}"), but the amounts there'
            " are totals of orders: they count as they stand. If they are returns: write a minus before the amounts.",
            **values,
        )
        return ReturnedPieces(notes=(Warning_("negative_quantity", told, found),))
    if signed > _MOST * both:
        told = counted(
            found,
            '{where}: "{header}" is below 0 on most rows, as in lists of stock, so that it is not taken for a return:'
            ' {number} row, row {row} ("{text}"), has an amount above 0 and counts as a sale. If it is a return: write'
            " a minus before the amount.",
            '{where}: "{header}" is below 0 on most rows, as in lists of stock, so that it is not taken for returns:'
            ' {number} rows, the first is row {row} ("{text}"), have an amount above 0 and count as sales. If they are'
            " returns: write a minus before the amounts.",
            **values,
        )
        return ReturnedPieces(notes=(Warning_("negative_quantity", told, found),))
    told = counted(
        found,
        '{where}: {number} row has a "{header}" below 0 and an amount above 0: row {row} ("{text}"). It is taken for a'
        " refund, and its amount is taken off. If it is a sale: --column quantity=-.",
        '{where}: {number} rows have a "{header}" below 0 and an amount above 0, the first is row {row} ("{text}").'
        " They are taken for refunds, and their amounts are taken off. If they are sales: --column quantity=-.",
        **values,
    )
    return ReturnedPieces(taken_off=True, notes=(Warning_("refunds_by_quantity", told, found),))
