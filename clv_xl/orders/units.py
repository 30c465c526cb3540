"""Amounts in öre, cents or thousands, and refunds in percent: as the headers say, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.header_units import header_unit, is_percent
from clv_xl.orders.numbers import value_sql
from clv_xl.said import figured, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution

__all__ = ["RefundedIn", "Units", "in_units_sql", "percent_of_sql", "units"]

RefundedIn = Literal["", "percent", "share"]
"""What refunds beside the amount are written in: money; percent of the amount; a share of it."""

_MONEY: Final = (
    "amount",
    "cost",
    "refunded",
    "shipping",
    "tax",
    "total_beside",
    "freight_beside",
    "before_refunds",
    "before_discount",
    "before_freight",
)
_HOW: Final = {
    "percent": say("in percent"),
    "share": say("as a share, so that 0.1 is 10 percent"),
}


class Units(NamedTuple):
    """Column of numbers -> what its numbers are multiplied by; how refunds are written; and what to tell."""

    times: Mapping[str, str]
    refunded_in: RefundedIn
    notes: tuple[Warning_, ...]


def units(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    marks: Mapping[str, str],
    *,
    where: str,
    number_cells: bool,
) -> Units:
    """Find the units that the headers of ``text_rows`` name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns.
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    match = resolution.match
    if match is not None and not (match.format.general or match.format.by_words):
        return Units({}, "", ())
    places = {role: at[0] for role, at in resolution.extra.items()} | resolution.positions
    headers = {name: resolution.headers[places[name]] for name in _MONEY if name in marks}
    times = {name: unit.times for name, header in headers.items() if (unit := header_unit(header))}
    notes = [*_told(connection, {name: headers[name] for name in times}, where)]
    refunded_in: RefundedIn = ""
    if "refunded" in headers and is_percent(headers["refunded"]):
        value = value_sql("refunded_body", marks["refunded"], number_cells=number_cells)
        rows, row, text, share = connection.execute(f"""
            SELECT count(*), min(file_row), min_by(refunded, record),
                coalesce(bool_and(off <= 1) AND bool_or(off > 0 AND off < 1), false)
            FROM (SELECT record, file_row, refunded, {value} AS off FROM text_rows) WHERE off <> 0
        """).fetchone() or (0, 0, "", False)  # noqa: S608  (our own names and expressions)
        refunded_in = "share" if share else "percent"
        if rows:
            told = say(
                '{where}: "{header}" is taken off the amount {how}, as the header says: row {row} ("{text}"). To leave'
                " it out: --column refunded=-.",
                where=where,
                header=headers["refunded"],
                how=_HOW[refunded_in],
                row=figured(row, 0),
                text=text,
            )
            notes.append(Warning_("refunded_in_percent", told, rows))
    return Units(times, refunded_in, tuple(notes))


def _told(
    connection: duckdb.DuckDBPyConnection, headers: Mapping[str, str], where: str
) -> Iterator[Warning_]:
    """Tell of the units of the columns that count."""
    for name, header in headers.items():
        unit = header_unit(header)
        if unit is None or name not in {"amount", "cost", "refunded"}:
            continue
        rows, row, text = connection.execute(
            f"SELECT count({name}), min(file_row) FILTER ({name} IS NOT NULL),"  # noqa: S608  (our own names)
            f" min_by({name}, record) FILTER ({name} IS NOT NULL) FROM text_rows"
        ).fetchone() or (0, 0, "")
        values = {
            "where": where,
            "header": header,
            "unit": unit.word,
            "row": figured(row or 0, 0),
            "text": text,
        }
        told = (
            say(
                '{where}: "{header}" is in {unit}, as the header says, and its numbers are divided by 100, such as'
                ' "{text}" in row {row}. If they are whole already, rename the column.',
                **values,
            )
            if unit.times == "0.01"
            else say(
                '{where}: "{header}" is in {unit}, as the header says, and its numbers are multiplied by {times}, such'
                ' as "{text}" in row {row}. If they are whole already, rename the column.',
                times=figured(int(unit.times), 0),
                **values,
            )
        )
        if rows:
            yield Warning_("unit_of_header", told, rows)


def in_units_sql(value: str, times: str) -> str:
    """Return SQL for a number x what its header says, rounded half away from zero; NULL where it is too large.

    Examples
    --------
    >>> import duckdb
    >>> str(duckdb.sql("SELECT " + in_units_sql("CAST(19950 AS DECIMAL(18, 4))", "0.01")).fetchall()[0][0])
    '199.5000'
    """
    return f"TRY_CAST(CAST({value} AS DECIMAL(30, 4)) * {times} AS DECIMAL(18, 4))"


def percent_of_sql(amount: str, off: str, refunded_in: RefundedIn) -> str:
    """Return SQL for so many percent of an amount; NULL where they are none from 0 to 100.

    Examples
    --------
    >>> import duckdb
    >>> half = percent_of_sql("CAST(1000 AS DECIMAL(18, 4))", "CAST(50 AS DECIMAL(18, 4))", "percent")
    >>> str(duckdb.sql("SELECT " + half).fetchall()[0][0])
    '500.0000'
    """
    times, most = ("1", "1") if refunded_in == "share" else ("0.01", "100")
    part = f"TRY_CAST(CAST(abs({amount}) AS DECIMAL(30, 4)) * {off} * {times} AS DECIMAL(18, 4))"
    return f"CASE WHEN {off} BETWEEN 0 AND {most} THEN {part} END"
