"""What a file itself says of VAT: amounts with and without it side by side, a column of tax beside the total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.header_words import TIERS, vat_in_header, without_vat_words
from clv_xl.orders.numbers import value_sql
from clv_xl.said import figured, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.formats.record import RowsOf

__all__ = ["VatSettled", "may_hold_vat", "vat_of_file"]

VatSettled = Literal["", "column", "header"]
"""How a file settles that its amounts count without VAT: by its own column of tax, or as the header says so."""

_AMOUNTS: Final = frozenset({""}).union(*TIERS["amount"])
_MOST_TAX: Final = 0.5
_FEW_RATES: Final = 6
_OFTEN_FILLED: Final = 0.5


class _Vat(NamedTuple):
    settled: VatSettled
    notes: tuple[Warning_, ...] = ()


def may_hold_vat(resolution: Resolution) -> bool:
    """Return whether a column of tax may tell what VAT is in the amounts.

    Parameters
    ----------
    resolution : Resolution
        The columns.
    """
    format_ = resolution.match.format if resolution.match else None
    if (
        "tax" not in resolution.extra
        or resolution.total_beside
        or (format_ and (format_.net_of_tax or format_.kinds))
    ):
        return False
    return (
        resolution.rows != "product"
        and vat_in_header(resolution.headers[resolution.positions["amount"]]) != "excluded"
    )


def vat_of_file(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    marks: Mapping[str, str],
    *,
    rows: RowsOf,
    taken_out: bool,
    without: tuple[str, ...],
    where: str,
    number_cells: bool,
) -> _Vat:
    """Settle whether VAT must still be taken out of the amounts of ``text_rows``, and what to tell of it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns.
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    rows : RowsOf
        What a row is.
    taken_out : bool
        Whether amounts include VAT that is to be taken out, as the user said.
    without : tuple of str
        What is taken out of the amounts anyway.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    amount_at = resolution.positions["amount"]
    header = resolution.headers[amount_at]
    own = resolution.match is not None and not resolution.match.format.by_words
    said = "" if own else vat_in_header(header)
    beside = [
        name
        for at, name in enumerate(resolution.headers)
        if at != amount_at
        and (vat := vat_in_header(name))
        and vat != said
        and without_vat_words(name) in _AMOUNTS
    ]
    if beside and not own and not resolution.beside_settled:
        return _beside(header, said, beside[0], taken_out=taken_out, where=where)
    if not may_hold_vat(resolution) or "tax" in without:
        return _Vat("header" if taken_out and resolution.total_beside else "")
    tax = resolution.headers[resolution.extra["tax"][0]]
    if not taken_out:
        if own or said:
            return _Vat("")
        text = say(
            '{where}: a column "{tax}" stands beside "{header}", and no header says whether "{header}" includes it.'
            " The amounts count as they stand. If they include it, take it out by that column:"
            " --set amounts_include_vat=true.",
            where=where,
            tax=tax,
            header=header,
        )
        return _Vat("", (Warning_("tax_beside", text, 0),))
    doubt = _doubt(connection, marks, rows=rows, own=own, number_cells=number_cells)
    if doubt:
        text = say(
            '{where}: VAT is taken out by its rate, not by the column "{tax}": {doubt}.',
            where=where,
            tax=tax,
            doubt=doubt,
        )
        return _Vat("", (Warning_("tax_not_used", text, 0),))
    text = say(
        '{where}: VAT is taken out of "{header}" by the column "{tax}" of the file itself, not by the rate; refunded'
        " amounts by the share of their order. Rows without tax there count as they stand.",
        where=where,
        header=header,
        tax=tax,
    )
    return _Vat("column", (Warning_("tax_by_column", text, 0),))


def _beside(header: str, said: str, other: str, *, taken_out: bool, where: str) -> _Vat:
    """Tell of two amounts; the one that is without VAT needs no rate."""
    text = say(
        '{where}: "{header}" is read as the amount, and not "{other}" beside it.',
        where=where,
        header=header,
        other=other,
    )
    if said == "excluded":
        text += say(" Its amounts are without VAT, as all figures should be.")
        if taken_out:
            text += say(" Nothing more is taken out of them.")
    text += say(' To use the other: --column amount="{other}".', other=other)
    note = Warning_("vat_beside", text, 0)
    return _Vat("header" if taken_out and said == "excluded" else "", (note,))


def _doubt(
    connection: duckdb.DuckDBPyConnection,
    marks: Mapping[str, str],
    *,
    rows: RowsOf,
    own: bool,
    number_cells: bool,
) -> str:
    """Say why a column of tax does not hold the tax of each amount; nothing where it does."""
    amount, tax = (
        value_sql(f"{name}_body", marks[name], number_cells=number_cells) for name in ("amount", "tax")
    )
    several = (
        "count(DISTINCT order_id || ' ' || tax) > count(DISTINCT order_id)" if rows == "repeated" else "false"
    )
    priced, filled, above, distinct, amounts, differs = connection.execute(f"""
        WITH found AS (SELECT {amount} AS amount, {tax} AS tax, order_id FROM text_rows)
        SELECT count(amount), count(tax) FILTER (amount IS NOT NULL),
            count(*) FILTER (abs(tax) > {_MOST_TAX} * abs(amount) AND tax <> 0),
            count(DISTINCT tax) FILTER (tax <> 0), count(DISTINCT amount) FILTER (tax <> 0), {several}
        FROM found
    """).fetchone() or (0, 0, 0, 0, 0, False)  # noqa: S608  (our own names and numbers)
    if filled < _OFTEN_FILLED * priced:
        return say(
            "only {filled} of {priced} amounts have a number there",
            filled=figured(filled, 0),
            priced=figured(priced, 0),
        )
    if not distinct:
        return say("it is 0 on all rows")
    if differs and not own:
        return say("it differs between the rows of an order, whose total stands on each of them")
    if above or (distinct <= _FEW_RATES and amounts > 3 * distinct):
        return say("its numbers look like rates, not like the tax of each amount")
    return ""
