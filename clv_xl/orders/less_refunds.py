"""Amounts that refunds are off already, as the amount before them in a column beside shows."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.numbers import decimal_mark, value_sql
from clv_xl.orders.said import QuestionError
from clv_xl.orders.understood import held_in
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.options import ReadOptions

__all__ = ["settle_less_refunds"]

_NEARLY_ALL: Final = 0.9
_ROUNDED: Final = 0.02
_PARTS: Final = ("before_discount", "before_freight", "tax")


class _Settled(NamedTuple):
    resolution: Resolution
    notes: tuple[Warning_, ...] = ()


def settle_less_refunds(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    options: ReadOptions,
    kinds: tuple[str, ...],
    where: str,
    number_cells: bool,  # as the others, what was found of the file
) -> _Settled:
    """Leave the refunded amounts of ``text_rows`` alone where the amounts are those after refunds.

    Reports of sales have *Gross sales*, *Discounts*, *Returns* and *Net sales*, which is the first less the others:
    to take the returns off once more would count them twice. Freight and tax may have been added to what is left.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns, with ``before_refunds`` where there may be such an amount.
    options : ReadOptions
        What the user said; a refunded column that is named is never left out.
    kinds : tuple of str
        What the columns of a table with types hold.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    if "before_refunds" not in resolution.extra:
        return _Settled(resolution)
    idle = {"before_refunds", "before_discount", "before_freight"}
    plain = replace(resolution, extra={role: at for role, at in resolution.extra.items() if role not in idle})
    if "refunded" not in resolution.positions:
        return _Settled(plain)
    places = {name: resolution.positions[name] for name in ("amount", "refunded")}
    places |= {
        role: resolution.extra[role][0] for role in ("before_refunds", *_PARTS) if role in resolution.extra
    }
    headers = {name: resolution.headers[at] for name, at in places.items()}
    typed = held_in(resolution, kinds)
    values: dict[str, str] = {}
    for name, header in headers.items():
        given = "." if typed.get(name) == "number" else options.decimal
        try:
            mark = decimal_mark(
                connection,
                "text_rows",
                f"{name}_body",
                where=where,
                header=header,
                given=given,
                number_cells=number_cells,
            )
        except QuestionError:
            # the decimal mark is asked first; the next run settles this
            return _Settled(plain)
        values[name] = value_sql(f"{name}_body", mark, number_cells=number_cells)
    rows, row, off_already = _rows_after_refunds(connection, values)
    if not off_already:
        return _Settled(plain)
    positions = {name: at for name, at in plain.positions.items() if name != "refunded"}
    settled = replace(plain, positions=positions, beside_settled=True)
    text = counted(
        rows,
        '{where}: "{amount}" is what is left of "{before}" after "{refunded}" on {number} row, row {row}. The refund is'
        ' off already, and nothing more is taken off. If that is wrong: --column refunded="{refunded}".',
        '{where}: "{amount}" is what is left of "{before}" after "{refunded}" on {number} rows, first row {row}. The'
        ' refunds are off already, and nothing more is taken off. If that is wrong: --column refunded="{refunded}".',
        where=where,
        amount=headers["amount"],
        before=headers["before_refunds"],
        refunded=headers["refunded"],
        row=figured(row, 0),
    )
    return _Settled(settled, (Warning_("refunds_off_already", text, rows),))


def _rows_after_refunds(
    connection: duckdb.DuckDBPyConnection, values: Mapping[str, str]
) -> tuple[int, int, bool]:
    """Count the refunded rows whose amount is what is left, the first of them, and whether nearly all are so."""
    parts = {name: f"coalesce({values[name]}, 0)" for name in _PARTS if name in values}
    # a discount has any sign and is off; freight and tax are in an amount or not
    signs = {
        "before_discount": ("", "- abs({0})"),
        "before_freight": ("", "+ {0}"),
        "tax": ("", "+ {0}", "- {0}"),
    }
    whole = [
        f"whole {' '.join(sign.format(name) for sign, name in zip(chosen, parts, strict=True))}"
        for chosen in product(*(signs[name] for name in parts))
    ]
    # with tax taken out of the total a refund of just the tax looks alike: that is no amount after refunds
    after = " OR ".join(
        f"abs({text} - abs(back) - amount) <= {_ROUNDED}" for text in whole if "- tax" not in text
    )
    before = " OR ".join(f"abs({text} - amount) <= {_ROUNDED}" for text in whole)
    named = "".join(f", {sql} AS {name}" for name, sql in parts.items())
    refunded, fits, whole_fits, row = connection.execute(f"""
        SELECT count(*), count(*) FILTER ({after}), count(*) FILTER ({before}), min(file_row) FILTER ({after})
        FROM (SELECT file_row, {values["amount"]} AS amount, {values["refunded"]} AS back,
            {values["before_refunds"]} AS whole{named} FROM text_rows)
        WHERE back <> 0 AND amount IS NOT NULL AND whole IS NOT NULL
    """).fetchone() or (0, 0, 0, 0)  # noqa: S608  (our own names and expressions)
    return fits, row, bool(refunded and fits >= _NEARLY_ALL * refunded and whole_fits < fits)
