"""Numbers that were split at their decimal comma, as the comma parts the columns too and nothing is quoted."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.orders.account import Warning_
from clv_xl.orders.text_file import SEPARATOR
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    import duckdb

__all__ = ["split_numbers"]

_LOOKED_AT: Final = 500
_NEARLY_ALL: Final = 0.9
_TOO_MANY: Final = 0.1
_WHOLE: Final = re.compile(r"[-+\u2212]?\s*\d+")
_FRACTION: Final = re.compile(r"\d{1,2}")


def split_numbers(
    connection: duckdb.DuckDBPyConnection, where: str, width: int, delimiter: str, rows: int
) -> tuple[Warning_, ...]:
    """Refuse a file many of whose rows have more columns than the header because of decimal commas; tell of a few.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``text_rows`` is.
    where : str
        The file, for messages.
    width : int
        Columns of the header.
    delimiter : str
        What parts the columns; empty for cells.
    rows : int
        Rows of the file.

    Raises
    ------
    InputError
        With the number that was split, and the ways out.
    """
    if delimiter != ",":
        return ()
    found = connection.execute(
        "SELECT file_row, line, count(*) OVER () FROM text_rows WHERE wrong_columns ORDER BY record LIMIT ?",
        [_LOOKED_AT],
    ).fetchall()
    split = [(row, number) for row, line, _ in found if (number := _split(line or "", width))]
    if not split or len(split) < _NEARLY_ALL * len(found):
        return ()
    wrong = found[0][2]
    row, number = split[0]
    # of a file of two rows, one shows nothing of the other
    if wrong <= _TOO_MANY * rows or 1 == wrong < rows:
        text = counted(
            wrong,
            '{where}: {number} row has more columns than the header: in row {row} the number "{text}" is split at its'
            " decimal comma. It is set aside. Export the orders with semicolons between the columns, or with numbers in"
            " quotation marks.",
            '{where}: {number} rows have more columns than the header: in row {row} the number "{text}" is split at'
            " its decimal comma. They are set aside. Export the orders with semicolons between the columns, or with"
            " numbers in quotation marks.",
            where=where,
            row=figured(row, 0),
            text=number,
        )
        return (Warning_("split_numbers", text, wrong),)
    raise InputError(
        f"{where}: {wrong:,} of {rows:,} rows have more columns than the header: a comma stands between the columns and"
        f' in the numbers too, so that "{number}" in row {row} is split at its decimal comma. Export the orders with'
        " semicolons between the columns, with a decimal point, or with numbers in quotation marks."
    )


def _split(line: str, width: int) -> str:
    """Return the last number of a row that is split in two; empty where that does not explain its columns.

    Examples
    --------
    >>> _split("1001,2024-01-05,a@b.no,123,45", 4), _split("1001,2024-01-05,a@b.no,Berg,Anna", 4)
    ('123,45', '')
    """
    fields = [field.strip() for field in line.split(SEPARATOR if SEPARATOR in line else ",")]
    pairs = [
        f"{whole},{rest}"
        for whole, rest in pairwise(fields)
        if _WHOLE.fullmatch(whole) and _FRACTION.fullmatch(rest)
    ]
    return pairs[-1] if 0 < len(fields) - width <= len(pairs) else ""
