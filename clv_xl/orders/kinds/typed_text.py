"""Columns with types as texts that lose nothing: dates year first, numbers with a point, moments in one zone."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["column_kind", "quoted", "text_sql"]

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
        return f"CASE WHEN NOT isnan({value}) THEN rtrim(rtrim(printf('%.9f', {value}), '0'), '.') END"
    if type_name == _ZONED:
        return f"CAST(timezone('{zone}', {column}) AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"
