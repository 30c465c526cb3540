"""How dates in no known form may be written: a format that fits them, to be passed on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

__all__ = ["date_way_out"]

_TEXTS: Final = 1_000
_OFFERED: Final = 2
_TOGETHER: Final = {
    6: ("%d%m%y", "%y%m%d"), 8: ("%d%m%Y", "%m%d%Y"), 12: ("%Y%m%d%H%M",), 14: ("%Y%m%d%H%M%S",),
}  # fmt: skip
_TIME: Final = ("%H", "%M", "%S")


def date_way_out(connection: duckdb.DuckDBPyConnection, file_number: int, header: str) -> str:
    """Return a sentence with the first date of ``judged`` that could not be read, and what can be done about it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    file_number : int
        Of the file.
    header : str
        Of the column.
    """
    texts = [
        text
        for (text,) in connection.execute(
            f"SELECT date_text FROM judged WHERE reason = 'bad_date' AND file_number = {file_number}"  # noqa: S608
            f" AND date_text IS NOT NULL ORDER BY row_number LIMIT {_TEXTS}"
        ).fetchall()
    ]
    if not texts:
        return (
            f' The column "{header}" has no date in these rows. Say which column has it:'
            ' --column order_date="the header in your file".'
        )
    fitting = list(_fitting(connection, texts))
    if fitting:
        ways = " or ".join(f'--date-format "{form}" ("{texts[0]}" is then {day})' for form, day in fitting)
        return f' Say how the dates in "{header}" are written: {ways}.'
    return (
        f' "{texts[0]}" in the column "{header}" is no date in any known form. Say how it is written, such as'
        ' --date-format dd.mm.yyyy, or which column has the date: --column order_date="the header in your file".'
    )


def _fitting(connection: duckdb.DuckDBPyConnection, texts: list[str]) -> Iterator[tuple[str, str]]:
    """Give formats that read all texts, and what becomes of the first."""
    offered = 0
    for form in _forms(texts[0]):
        read = [
            day
            for (day,) in connection.execute(
                "SELECT CAST(try_strptime(unnest($texts), $form) AS DATE)", {"texts": texts, "form": form}
            ).fetchall()
        ]
        # a day of AD 26 was no year of two digits
        if all(day is not None and 1900 <= day.year < 2200 for day in read):
            yield form, str(read[0])
            offered += 1
            if offered == _OFFERED:
                return


def _forms(text: str) -> Iterator[str]:
    """Give the ways in which the numbers of a text may be day, month and year; all else stands as it does.

    Examples
    --------
    >>> list(_forms("31012026"))
    ['%d%m%Y', '%m%d%Y']
    >>> list(_forms("d. 31_1_2026 kl 9"))
    ['d. %d_%m_%Y kl %H', 'd. %m_%d_%Y kl %H']
    """
    if "%" in text:
        return
    pieces = re.split(r"([0-9]+)", text)
    numbers = pieces[1::2]
    if len(numbers) in {1, 2, 3, 4} and len(numbers[0]) in _TOGETHER:
        ways = [(form, *_TIME[: len(numbers) - 1]) for form in _TOGETHER[len(numbers[0])]]
    elif 3 <= len(numbers) <= 6:
        lengths = tuple(map(len, numbers[:3]))
        year = "%Y" if 4 in lengths else "%y"
        if lengths[0] == 4:
            orders = [(year, "%m", "%d"), (year, "%d", "%m")]
        elif max(lengths) <= 2:
            orders = [("%d", "%m", year), (year, "%m", "%d"), ("%m", "%d", year)]
        else:
            orders = [("%d", "%m", year), ("%m", "%d", year)]
        ways = [(*order, *_TIME[: len(numbers) - 3]) for order in orders]
    else:
        return
    for way in ways:
        made = list(pieces)
        made[1::2] = way
        yield "".join(made)
