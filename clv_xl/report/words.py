"""Figures inside sentences. Cells hold real numbers; only prose needs them written out."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from clv_xl.models.records import DAYS_PER_MONTH
from clv_xl.said import Said, counted, dated, figured, frame, said, say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

__all__ = [
    "MONTH_DAYS",
    "UNITS",
    "amount",
    "bullets",
    "count",
    "day",
    "month",
    "more_or_less",
    "number",
    "percent",
    "plural",
    "rounded",
    "share",
    "signed",
    "significant",
]

UNITS: Final = {"month": say("months"), "quarter": say("quarters"), "year": say("years")}
"""Periods of cohorts: more than one of each."""


def bullets(texts: Iterable[str]) -> tuple[Said, ...]:
    """Return sentences of our own as lines of a list.

    Examples
    --------
    >>> bullets(["None."])
    ('•  None.',)
    """
    return tuple("•  " + said(text) for text in texts)


def count(value: float) -> Said:
    """Return a whole number with thousands set apart.

    Examples
    --------
    >>> count(23570)
    '23,570'
    """
    return number(value, 0)


def number(value: float, digits: int = 1) -> Said:
    """Return a number with a fixed number of decimals, halves rounded away from zero as Excel does.

    Examples
    --------
    >>> number(2.25), number(-1234.5, 0)
    ('2.3', '-1,235')
    """
    return figured(value, digits)


def rounded(value: float, digits: int) -> float:
    """Return a number rounded as Excel's ROUND does: halves away from zero; negative digits round to tens.

    Examples
    --------
    >>> rounded(2.25, 1), rounded(1850, -2), rounded(-0.04, 1)
    (2.3, 1900.0, 0.0)
    """
    return float(_exact(value, digits)) + 0.0  # which turns -0.0 into 0.0


def _exact(value: float, digits: int) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def percent(value: float) -> Said:
    """Return a share in percent: whole from 10% up, and where there is none; one decimal below.

    Examples
    --------
    >>> percent(0.4812), percent(0.0234), percent(0)
    ('48%', '2.3%', '0%')
    """
    whole = not value or abs(value) >= 0.0995
    return say("{share}%", share=figured(float(Decimal(repr(float(value))) * 100), 0 if whole else 1))


def significant(value: float, digits: int = 15) -> Said:
    """Return a number with the digits that matter, and no zeros after them.

    Examples
    --------
    >>> significant(0.25), significant(13.50649, 4), significant(116)
    ('0.25', '13.51', '116')
    """
    exact = Decimal(f"{value:.{digits}g}")
    if not exact.is_finite():
        return frame(str(exact))
    return figured(exact, max(0, -int(exact.as_tuple().exponent)))


def share(part: float, whole: float) -> float:
    """Return part / whole, NaN where there is no whole.

    Examples
    --------
    >>> share(1, 4), share(1, 0)
    (0.25, nan)
    """
    return part / whole if whole else float("nan")


def amount(value: float, currency: str) -> Said:
    """Return an amount with its currency, shortened from a million up.

    Examples
    --------
    >>> amount(2_345_678, "SEK"), amount(812.4, "SEK"), amount(9.5, "")
    ('2.3 million SEK', '812 SEK', '9.50')
    """
    size = abs(value)
    if size >= 999_500_000:
        text = say("{amount} billion", amount=figured(value / 1e9, 1))
    elif size >= 1_000_000:
        text = say("{amount} million", amount=figured(value / 1e6, 1))
    else:
        text = figured(value, 0 if size >= 100 else 2)
    return frame("{text} {currency}", text=text, currency=currency) if currency else text


def day(value: date) -> Said:
    """Return a date that no reader can misread.

    Examples
    --------
    >>> from datetime import date
    >>> day(date(2025, 7, 4))
    '4 Jul 2025'
    """
    return dated(value)


def month(value: date) -> Said:
    """Return a month.

    Examples
    --------
    >>> from datetime import date
    >>> month(date(2025, 7, 4))
    'Jul 2025'
    """
    return dated(value, with_day=False)


def more_or_less(change: float) -> Said:
    """Return a relative change in words.

    Examples
    --------
    >>> more_or_less(0.25), more_or_less(-0.25)
    ('25% more', '25% less')
    """
    size = percent(abs(change))
    return say("{share} more", share=size) if change >= 0 else say("{share} less", share=size)


def signed(change: float) -> Said:
    """Return a relative change with its sign: it needs no word that would differ by what is counted.

    Examples
    --------
    >>> signed(0.25), signed(-0.034), signed(0.0)
    ('+25%', '-3.4%', '0%')
    """
    return frame(
        "{sign}{size}", sign="+" if change > 0 else "-" if change < 0 else "", size=percent(abs(change))
    )


def plural(number_of: int, one: str, many: str) -> Said:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "customer", "customers"), plural(2300, "customer", "customers")
    ('1 customer', '2,300 customers')
    """
    return counted(number_of, f"{{number}} {one}", f"{{number}} {many}")


MONTH_DAYS = number(DAYS_PER_MONTH, 2)
"""The days of a month of a prediction, as a sentence says them: months of the calendar differ."""
