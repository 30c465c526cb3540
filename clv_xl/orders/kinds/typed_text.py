"""Columns with types as texts that lose nothing: dates year first, numbers with a point, moments in one zone.

Columns whose texts can be made at any time stay as they are until somebody needs them as texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "WHOLE_KEPT",
    "column_kind",
    "day_sql",
    "exact_sql",
    "handed_over",
    "quoted",
    "text_sql",
    "texts_sql",
]

_WHOLE: Final = frozenset(
    (
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
    )
)
_ZONED: Final = "TIMESTAMP WITH TIME ZONE"
_DAYS: Final = frozenset(("DATE", "TIMESTAMP", "TIMESTAMP_NS"))
# Parquet has no larger ones, and writes those as rounded numbers.
WHOLE_KEPT: Final = _WHOLE - {"HUGEINT", "UHUGEINT"}
"""Types of whole numbers that are handed over as they are."""

_KEPT: Final = _DAYS | WHOLE_KEPT


def quoted(name: str) -> str:
    """Return a name as SQL writes it.

    Examples
    --------
    >>> quoted('the "best" shop')
    '"the ""best"" shop"'
    """
    return '"' + name.replace('"', '""') + '"'


def column_kind(type_name: str) -> str:
    """Return ``number``, ``date``, ``moment`` (it carries a zone) or ``text`` for a type of DuckDB.

    Examples
    --------
    >>> [column_kind(name) for name in ("DECIMAL(18,4)", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "VARCHAR")]
    ['number', 'date', 'moment', 'text']
    """
    bare = re.sub(r"\(.*", "", type_name)
    if type_name.startswith(_ZONED):
        return "moment"
    if bare in _WHOLE or bare in {"DECIMAL", "FLOAT", "DOUBLE"}:
        return "number"
    if bare == "DATE" or bare.startswith("TIMESTAMP"):
        return "date"
    return "text"


def text_sql(column: str, type_name: str, zone: str) -> str:
    """Return SQL of type VARCHAR for a column of DuckDB, NULL where it is blank.

    Parameters
    ----------
    column : str
        SQL of the column.
    type_name : str
        Its type, as DuckDB calls it.
    zone : str
        Where the business is: it says which day a moment with a zone is of.

    Examples
    --------
    >>> text_sql("paid", "DATE", "UTC")
    'CAST(paid AS VARCHAR)'
    """
    if type_name in {"FLOAT", "DOUBLE"}:
        # through its shortest text: a FLOAT of 0.1 is not 0.100000001
        value = f"CAST(CAST({column} AS VARCHAR) AS DOUBLE)" if type_name == "FLOAT" else column
        # 0 may be -0
        return f"""CASE WHEN {_is_whole_sql(value)} AND {value} <> 0 THEN CAST(TRY_CAST({value} AS BIGINT) AS VARCHAR)
            WHEN {_has_few_decimals_sql(value)} AND {value} <> 0 THEN CAST({value} AS VARCHAR)
            WHEN NOT isnan({value}) THEN rtrim(rtrim(printf('%.9f', {value}), '0'), '.') END"""
    if type_name == _ZONED:
        return f"CAST(timezone('{zone}', {column}) AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"


def _is_whole_sql(value: str) -> str:
    """Return SQL for whether a DOUBLE is a whole number that a BIGINT holds exactly."""
    return f"({value} = trunc({value}) AND abs({value}) < 1e15)"


def _has_few_decimals_sql(value: str) -> str:
    """Return SQL for whether a DOUBLE is the nearest one to a number of up to four decimals, its shortest text."""
    return f"(abs({value}) < 1e6 AND round({value} * 1e4) / 1e4 = {value})"


def handed_over(column: str, type_name: str, zone: str) -> tuple[str, str]:
    """Return SQL for a column as it is handed over, and its type then; no type where that is a text.

    Parameters
    ----------
    column, type_name, zone
        As for :func:`text_sql`.

    Examples
    --------
    >>> handed_over("paid", "DATE", "UTC"), handed_over("paid", "HUGEINT", "UTC")
    (('paid', 'DATE'), ('CAST(paid AS VARCHAR)', ''))
    """
    if type_name in _KEPT or type_name.startswith("DECIMAL("):
        return column, type_name
    if type_name == _ZONED:
        return f"timezone('{zone}', {column})", "TIMESTAMP"
    if type_name in {"FLOAT", "DOUBLE"}:
        return (column if type_name == "DOUBLE" else f"CAST(CAST({column} AS VARCHAR) AS DOUBLE)"), "DOUBLE"
    return text_sql(column, type_name, zone), ""


def texts_sql(table: str, types: Sequence[str]) -> str:
    """Return SQL for what was handed over with all columns as texts, and those with types again as ``t0``, ``t1``...

    Parameters
    ----------
    table : str
        Where record, c0, c1, ... are.
    types : Sequence of str
        Of each column, from :func:`handed_over`; empty where all are texts.
    """
    if not any(types):
        return table
    listed = ", ".join(
        f"{text_sql(f'c{at}', kept, 'UTC')} AS c{at}, c{at} AS t{at}" if kept else f"c{at}"
        for at, kept in enumerate(types)
    )
    return f"(SELECT record, {listed} FROM {table})"  # noqa: S608  (our own names)


def exact_sql(value: str, kept: str) -> str:
    """Return SQL for the DECIMAL(18, 4) that the text of a column of numbers is; none for other columns.

    Parameters
    ----------
    value : str
        SQL for the column.
    kept : str
        Its type.
    """
    if kept != "DOUBLE":
        return f"TRY_CAST({value} AS DECIMAL(18, 4))" if kept and kept not in _DAYS else ""
    return f"""CASE WHEN {_is_whole_sql(value)} THEN TRY_CAST(TRY_CAST({value} AS BIGINT) AS DECIMAL(18, 4))
        WHEN {_has_few_decimals_sql(value)} THEN TRY_CAST({value} AS DECIMAL(18, 4))
        ELSE TRY_CAST({text_sql(value, kept, "UTC")} AS DECIMAL(18, 4)) END"""


def day_sql(value: str, text: str, kept: str) -> str:
    """Return SQL for the day that the text of a column of dates begins with; none for other columns.

    Parameters
    ----------
    value, text : str
        SQL for the column and for its text.
    kept : str
        Its type, or no type where the text is all that there is.
    """
    # A year of other than four digits is none of an order; neither is "infinity".
    if kept:
        text = text_sql(value, kept, "UTC")
    of_text = f"CASE WHEN {text}[5] = '-' THEN TRY_CAST({text}[1:10] AS DATE) END"
    if kept not in _DAYS:
        return of_text
    usual = f"{value} >= DATE '0001-01-01' AND {value} < DATE '9999-12-31'"
    if kept == "TIMESTAMP_NS":
        # a cast rounds to microseconds, which may be the next day
        usual = f"isfinite({value}) AND epoch_ns({value}) % 1000 = 0"
    return f"CASE WHEN {usual} THEN TRY_CAST({value} AS DATE) ELSE {of_text} END"
