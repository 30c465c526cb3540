"""Texts that are meant as months, as people and programs write them in seven languages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from clv_xl.orders.header_words import fold
from clv_xl.orders.month_words import MONTHS

__all__ = ["month_of"]

_YEARS: Final = range(1990, 2101)  # any five digits are a day number: those of other years are something else

_TIME: Final = r"(?:[T ][0-9]{1,2}[:.].*)?"
_YEAR_MONTH: Final = re.compile(r"([0-9]{4})\s?[-/.]\s?([0-9]{1,2})")
_MONTH_YEAR: Final = re.compile(r"([0-9]{1,2})\s?[-/.]\s?([0-9]{4})")
_YEAR_FIRST: Final = re.compile(rf"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_TIME}")
_YEAR_LAST: Final = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})[-/.]([0-9]{{4}}){_TIME}")
_PACKED: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")
_SERIAL: Final = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_NAME_YEAR: Final = re.compile(r"([^\W\d_]+)\.?[\s\-/.,']*([0-9]{4}|[0-9]{2})")
_YEAR_NAME: Final = re.compile(r"([0-9]{4})[\s\-/.,]*([^\W\d_]+)\.?")
_DAY_NAME_YEAR: Final = re.compile(r"([0-9]{1,2})[\s\-/.]+([^\W\d_]+)\.?[\s\-/.,']+([0-9]{4})")


def month_of(text: str, *, from_1904: bool = False) -> date | None:
    """Return the first day of the month that a text names, None where it names none for certain.

    Parameters
    ----------
    text : str
        A month or a day in it: ``2025-01``, ``Jan 2025``, ``januari 2025``, ``01/2025``, ``2025-01-31``,
        ``31.01.2025``, ``202501``, the day number of a date cell. Where either number could be the day, as in
        ``01/02/2025``, the month is not certain. Years before 1990 and after 2100 are no years of spend.
    from_1904 : bool, default False
        Whether day numbers count from 1904, as in some workbooks of Excel for the Mac.

    Examples
    --------
    >>> [str(month_of(text)) for text in ("Jan 2025", "mars-25", "31.01.2025", "202502", "45689", "01/02/2025")]
    ['2025-01-01', '2025-03-01', '2025-01-01', '2025-02-01', '2025-02-01', 'None']
    """
    text = text.strip()
    if found := _SERIAL.fullmatch(text):
        return _first((date(1904, 1, 1) if from_1904 else date(1899, 12, 30)) + timedelta(days=int(found[1])))
    for pattern, reading in _READINGS:
        if found := pattern.fullmatch(text):
            return reading(found)
    return None


def _with_name(found: re.Match[str]) -> date | None:
    month = _named(found[2], found[3])
    return None if month is None else _day(month.year, month.month, int(found[1]))


def _year_last(found: re.Match[str]) -> date | None:
    one, two, year, points = int(found[1]), int(found[3]), int(found[4]), found[2] == "."
    if points or one > 12 or one == two:
        return _day(year, two, one)
    return _day(year, one, two) if two > 12 else None


def _named(name: str, year: str) -> date | None:
    month = MONTHS.get(fold(name))
    return None if month is None else _day(int(year) if len(year) == 4 else 2000 + int(year), month)


def _day(year: int, month: int, day: int = 1) -> date | None:
    try:
        return _first(date(year, month, day))
    except ValueError:  # 2025-13, 31 February: no day of any month
        return None


def _first(day: date) -> date | None:
    return day.replace(day=1) if day.year in _YEARS else None


_READINGS: Final = (
    (_YEAR_FIRST, lambda found: _day(int(found[1]), int(found[2]), int(found[3]))),
    (_YEAR_MONTH, lambda found: _day(int(found[1]), int(found[2]))),
    (_MONTH_YEAR, lambda found: _day(int(found[2]), int(found[1]))),
    (_YEAR_LAST, _year_last),
    (_PACKED, lambda found: _day(int(found[1]), int(found[2]), int(found[3] or 1))),
    (_NAME_YEAR, lambda found: _named(found[1], found[2])),
    (_YEAR_NAME, lambda found: _named(found[2], found[1])),
    (_DAY_NAME_YEAR, _with_name),
)
"""Form -> how it is read; the first form that fits decides."""
