"""Whether refunded amounts of a column hold tax that the amounts beside them have not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.header_words import vat_in_header
from clv_xl.orders.numbers import value_sql
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution

__all__ = ["RefundTax", "is_net", "may_hold_refund_tax", "refund_tax"]

RefundTax = Literal["", "in the total", "beside the total"]
"""Where the tax in refunded amounts is to be found: in the total of the order, which it is taken out of too, or beside
a total without it; nowhere where refunded amounts count as they stand."""


class _Told(NamedTuple):
    tax: RefundTax
    notes: tuple[Warning_, ...] = ()


def is_net(resolution: Resolution) -> bool:
    """Return whether the amounts are without tax by their header, by their export, or by what stands beside them."""
    format_ = resolution.match.format if resolution.match else None
    return (
        bool(resolution.total_beside)
        or bool(format_ and format_.net_of_tax)
        or vat_in_header(resolution.headers[resolution.positions["amount"]]) == "excluded"
    )


def may_hold_refund_tax(resolution: Resolution) -> bool:
    """Return whether a column of tax is needed for refunded amounts alone."""
    return (
        "tax" in resolution.extra
        and "refunded" in resolution.positions
        and resolution.rows != "product"
        and is_net(resolution)
    )


def refund_tax(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    marks: Mapping[str, str],
    *,
    taken_out: bool,
    where: str,
    number_cells: bool,
) -> _Told:
    """Settle what of the refunded amounts in ``text_rows`` is tax that does not count.

    The header says it, or the export; else the orders that were refunded whole: their refund is the amount with or
    without the tax. Where there is none, refunded amounts are taken to be as the amounts in the file are.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns.
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    taken_out : bool
        Whether the tax of the column is taken out of the amounts.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    if "refunded" not in marks:
        return _Told("")
    headers, positions = resolution.headers, resolution.positions
    header, total = headers[positions["refunded"]], headers[positions["amount"]]
    if "tax" not in marks or not (taken_out or may_hold_refund_tax(resolution)):
        return _by_headers(total, header, where)
    format_ = resolution.match.format if resolution.match else None
    own = format_ is not None and not format_.by_words
    says = "included" if format_ and format_.refunded_with_tax else "" if own else vat_in_header(header)
    with_tax, without_tax, filled = _whole_refunds(
        connection, marks, taken_out=taken_out, number_cells=number_cells
    )
    if not filled:
        return _Told("")
    if taken_out:
        is_bare = says == "excluded" or (not says and without_tax > 0 and with_tax == 0)
        return _Told("" if is_bare else "in the total")
    if says == "included" or (not says and with_tax > 0 and without_tax == 0):
        tax = headers[resolution.extra["tax"][0]]
        text = say(
            '{where}: "{total}" is without tax and "{header}" includes it: by the column "{tax}" only the part without'
            " tax is subtracted.",
            where=where,
            total=total,
            header=header,
            tax=tax,
        )
        return _Told("beside the total", (Warning_("refund_tax", text, filled),))
    text = say(
        '{where}: "{total}" is without tax, and nothing says whether "{header}" includes it. It is subtracted as it'
        ' stands. If it includes tax, say so in its header, such as "Refunded incl. VAT".',
        where=where,
        total=total,
        header=header,
    )
    return _Told("", () if says or without_tax else (Warning_("refund_tax_unknown", text, filled),))


def _by_headers(total: str, header: str, where: str) -> _Told:
    """Tell of two headers that say different things of VAT, where no column says how much it is."""
    says = {vat_in_header(total), vat_in_header(header)}
    if says != {"included", "excluded"}:
        return _Told("")
    text = say(
        '{where}: of "{total}" and "{header}" one includes VAT and the other does not, and no column says how much it'
        " is. Both count as if they were alike, so that what is left of refunded orders is wrong. Give both with VAT,"
        " or both without.",
        where=where,
        total=total,
        header=header,
    )
    return _Told("", (Warning_("refund_tax_differs", text, 0),))


def _whole_refunds(
    connection: duckdb.DuckDBPyConnection, marks: Mapping[str, str], *, taken_out: bool, number_cells: bool
) -> tuple[int, int, int]:
    """Count the refunds of whole orders with and without their tax, and all refunds."""
    amount, tax, refunded = (
        f"abs({value_sql(f'{name}_body', marks[name], number_cells=number_cells)})"
        for name in ("amount", "tax", "refunded")
    )
    gross, net = ("amount", "amount - tax") if taken_out else ("amount + tax", "amount")
    row = connection.execute(f"""
        SELECT count(*) FILTER (tax > 0.02 AND refunded > {net} + 0.01 AND refunded <= {gross} + 0.01),
            count(*) FILTER (tax > 0.02 AND abs(refunded - ({net})) <= 0.01), count(*) FILTER (refunded > 0)
        FROM (SELECT {amount} AS amount, {tax} AS tax, {refunded} AS refunded FROM text_rows WHERE refunded IS NOT NULL)
    """).fetchone()  # noqa: S608  (our own names and expressions)
    return row or (0, 0, 0)
