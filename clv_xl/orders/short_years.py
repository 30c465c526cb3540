"""Dates with years of two digits: which number is the year, as all dates of a column tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

__all__ = ["only_iso", "short_orders", "short_years_told"]

_PARTS: Final = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{2})"
_MANY_DAYS: Final = 6
_LATE_DAY: Final = 27
_DAYS_APART: Final = 12
_TIMES_AS_MANY: Final = 2.5


class _Part(NamedTuple):
    """One of the three numbers: its least, its largest, and how many there are."""

    least: int
    largest: int
    several: int

    def is_day_beside(self, year: _Part) -> bool:
        """Tell whether the values are those of days, where the other number would have few days of a month."""
        spread = self.largest >= _LATE_DAY and self.largest - self.least >= _DAYS_APART
        return spread and self.several >= max(_MANY_DAYS, _TIMES_AS_MANY * year.several)


def short_orders(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, shape: str
) -> tuple[str, list[str]]:
    """Return a date of a column, and the forms that it may have; what the values rule out is left out.

    Numbers above 12 or 31 rule forms out, and so does a number that takes nearly all values of days beside one that
    takes only a few: read the other way the file would have orders of thirty years, and all on a few days of a month.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    table, column : str
        Column with trimmed texts.
    shape : str
        The pattern of dates with years of two digits.
    """
    found = ", ".join(
        f"min({part}), max({part}), count(DISTINCT {part})"
        for part in (f"CAST(regexp_extract({column}, '{_PARTS}', {group}) AS INTEGER)" for group in (1, 2, 3))
    )
    text, *values = connection.execute(
        f"SELECT min({column}), {found} FROM {table} WHERE regexp_full_match({column}, '{shape}')"  # noqa: S608
    ).fetchone() or ("", *(0,) * 9)
    first, second, last = (_Part(*values[at : at + 3]) for at in (0, 3, 6))
    mark = next(sign for sign in text if sign in "-/.")
    orders = {
        "dd mm yy": first.largest <= 31 and second.largest <= 12 and not last.is_day_beside(first),
        "mm dd yy": first.largest <= 12
        and second.largest <= 31
        and mark != "."
        and not last.is_day_beside(first),
        "yy mm dd": second.largest <= 12 and last.largest <= 31 and not first.is_day_beside(last),
    }
    return text, [order.replace(" ", mark) for order, fits in orders.items() if fits]


def short_years_told(where: str, header: str, form: str, given: str | None) -> Iterator[Warning_]:
    """Tell of dates whose years have two digits, where nobody said how they are written.

    Parameters
    ----------
    where, header : str
        The file, and the column of the dates.
    form : str
        As they are read, such as ``dd.mm.yy``.
    given : str or None
        What the user said.
    """
    if given is not None or form.count("y") != 2:
        return
    other = "yy mm dd" if form.startswith("dd") else "dd mm yy"
    text = say(
        '{where}: the years in "{header}" have two digits. The dates are read as {form}, as the numbers that occur'
        " tell. If they are written otherwise: --date-format {other}.",
        where=where,
        header=header,
        form=form,
        other=other.replace(" ", form[2]),
    )
    yield Warning_("short_years", text, 0)


def only_iso(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> list[tuple[Any, ...]]:
    """Return what counting the shapes of all dates gives where there is only yyyy-mm-dd; else nothing.

    The first text of another length ends the look: most files have one shape, and to tell all apart takes far longer.
    There are few different days, so the look is at each of these once.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    table, column : str
        Column with trimmed texts.

    Returns
    -------
    list of tuple
        Shape, rows, the first text, and nothing that is told of other shapes.
    """
    other = f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL AND strlen({column}) <> {len('yyyy-mm-dd')} LIMIT 1"  # noqa: S608  (our own names)
    if connection.execute(other).fetchone() is not None:
        return []
    rows, text, every = connection.execute(f"""
        SELECT sum(rows)::BIGINT, min(text), bool_and(regexp_full_match(text, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'))
        FROM (SELECT {column} AS text, count(*) AS rows FROM {table} WHERE {column} IS NOT NULL GROUP BY ALL)
    """).fetchone() or (0, "", False)  # noqa: S608  (our own names)
    return [("yyyy-mm-dd", rows, text, 0, 0, None, None, None, 0)] if every else []
