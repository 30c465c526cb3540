"""How right each method would have been on the shop's own last months, averaged over the periods tested."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.models.backtest import WITHOUT_MODEL, rolling_backtest
from clv_xl.models.cautions import ENOUGH_REPEAT_CUSTOMERS, few_repeat_customers
from clv_xl.models.histories import histories
from clv_xl.models.mbgcnbd import MbgCnbd
from clv_xl.models.paretonbd import ParetoNbd
from clv_xl.models.records import DAYS_PER_MONTH
from clv_xl.models.remembered import fits
from clv_xl.said import counted, lower_first, say

if TYPE_CHECKING:
    from clv_xl.models.accuracy import Accuracy
    from clv_xl.models.backtest import Backtest
    from clv_xl.models.histories import Histories
    from clv_xl.models.purchases import Occasions, Purchases
    from clv_xl.models.remembered import Fits

__all__ = [
    "MOST_TESTED",
    "PERIODS",
    "Means",
    "OwnPast",
    "Questions",
    "longest_months",
    "past_of_shop",
    "questions",
    "too_short",
    "try_on_own_past",
    "usual_months",
]

PERIODS = 3
"""At most so many periods are tested, the last ones; each in turn is the unknown future."""
MOST_TESTED = 20_000
"""Of a shop at least twice as large every second, third ... customer is tested, never fewer: more are no surer."""
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Means:
    """How right a method was, as a mean over the periods; NaN where nothing can be said.

    Biases up and down cancel out in ``bias``; ``miss`` is the mean of their sizes.

    Examples
    --------
    >>> Means(bias=0.0, gini=0.5, top_capture=0.4, rmse=9.0, miss=0.4).miss
    0.4
    """

    bias: float
    gini: float
    top_capture: float
    rmse: float
    miss: float

    @classmethod
    def of(cls, found: list[Accuracy]) -> Means:
        """Average the periods."""
        if not found:
            return cls(*(math.nan,) * 5)
        bias, gini, top_capture, rmse = (
            [getattr(item, name) for item in found] for name in ("bias", "gini", "top_capture", "rmse")
        )
        return cls(*(float(np.mean(values)) for values in (bias, gini, top_capture, rmse, np.abs(bias))))


@dataclass(frozen=True, slots=True)
class OwnPast:
    """The backtests of a shop, or why there are none.

    Attributes
    ----------
    months : int
        The length of each period; 0 where the history is too short for any.
    tests : tuple of Backtest
        Oldest period first.
    every : int
        Every so many of the shop's customers was tested; 1 is all of them.
    why : str
        Why nothing was tested; empty where something was.
    """

    months: int
    tests: tuple[Backtest, ...]
    every: int = 1
    why: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that every period knows, models first."""
        if not self.tests:
            return ()
        shared = [
            score.name
            for score in self.tests[-1].scores
            if all(any(other.name == score.name for other in test.scores) for test in self.tests)
        ]
        return (*(name for name in shared if name not in WITHOUT_MODEL), *WITHOUT_MODEL)

    @property
    def has_amounts(self) -> bool:
        """Tell whether amounts were tested in every period."""
        return bool(self.tests) and all(score.amount for test in self.tests for score in test.scores)

    def orders(self, name: str) -> Means:
        """Return how right a method was on purchase occasions."""
        return Means.of([test.score(name).orders for test in self.tests])

    def amounts(self, name: str) -> Means:
        """Return how right a method was on amounts."""
        return Means.of([score.amount for test in self.tests if (score := test.score(name)).amount])


@dataclass(frozen=True, slots=True)
class Questions:
    """What a shop's own past is to be asked, without the shop: another process can answer it.

    Attributes
    ----------
    months, every, why
        As of :class:`OwnPast`.
    tested : Occasions or None
        Of the customers that are tested; None where nothing is.
    as_of : datetime.date
        The last day of the last period.
    length : int
        The days of a period.
    periods : int
        How many are tested.
    """

    months: int
    tested: Occasions | None = None
    as_of: date = date.min
    length: int = 0
    periods: int = 0
    every: int = 1
    why: str = ""

    def answered(self) -> OwnPast:
        """Backtest every method."""
        if self.tested is None:
            return OwnPast(self.months, (), why=self.why)
        tests = rolling_backtest(
            self.tested,
            self.as_of,
            self.length,
            self.periods,
            without_dropout=_without_dropout(histories(self.tested, self.as_of)),
        )
        return OwnPast(self.months, tests, self.every)

    def answered_with_fits(self) -> tuple[OwnPast, Fits]:
        """Backtest every method, and return the fits as well: whoever asked may want the same ones."""
        return self.answered(), fits()


def usual_months(first_day: date, as_of: date) -> int:
    """Return how many months are held out: 12 where there are two years, else a third of the history.

    0 where that is less than a month.

    Examples
    --------
    >>> from datetime import date
    >>> [usual_months(date(2024, 1, 1), date(2024 + year, 12, 31)) for year in (0, 1)]
    [4, 12]
    """
    days = (as_of - first_day).days + 1
    return _YEAR if days >= int(2 * _YEAR * DAYS_PER_MONTH) else int(days / DAYS_PER_MONTH / 3)


def try_on_own_past(purchases: Purchases, as_of: date, months: int) -> OwnPast:
    """Backtest every method over the last periods of so many months, up to three of them.

    Only periods before which enough customers had come again: at the start of an earlier one nothing would have been
    predicted.

    Parameters
    ----------
    purchases : Purchases
        All of the shop up to ``as_of``.
    as_of : datetime.date
        The last day of the last period.
    months : int
        The length of a period, in months of 365.25 / 12 days.

    Returns
    -------
    OwnPast
        Without tests, and with the reason, where the history is shorter than two periods or too few customers had
        come again before the last one.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.purchases import purchase_occasions
    >>> shop = purchase_occasions(["A", "A"], np.array(["2024-01-01", "2024-02-01"], "M8[D]"))
    >>> try_on_own_past(shop, date(2024, 12, 31), 7).why
    'The orders run from 2024-01-01 to 2024-12-31: too short to hold back 7 months and to know as many before them. \
Hold back 6 or less.'
    """
    return questions(purchases, as_of, months).answered()


def questions(purchases: Purchases, as_of: date, months: int) -> Questions:
    """Take what :func:`try_on_own_past` has to know of a shop, and leave the computing for later.

    Parameters
    ----------
    purchases, as_of, months
        As for :func:`try_on_own_past`.
    """
    first = (
        date.fromordinal(date(1970, 1, 1).toordinal() + purchases.first_day) if purchases.customers else as_of
    )
    if why := too_short(first, as_of, months):
        return Questions(max(months, 0), why=why)
    length = int(months * DAYS_PER_MONTH)
    end = int(np.datetime64(as_of, "D").astype(np.int64))
    again = [purchases.came_again(end - number * length) for number in range(1, PERIODS + 1)]
    if few := few_repeat_customers(again[0]):
        why = counted(
            months,
            "Before the month that is held back, {few}",
            "Before the {number} months that are held back, {few}",
            few=lower_first(few.words),
        )
        return Questions(months, why=why)
    every = purchases.customers // MOST_TESTED or 1
    tested = purchases.every(every)
    periods = sum(found >= ENOUGH_REPEAT_CUSTOMERS for found in again)
    return Questions(months, tested, as_of, length, periods, every)


def too_short(first_day: date, as_of: date, months: int) -> str:
    """Say that a history is too short to hold back so many months; nothing where it is not.

    Examples
    --------
    >>> from datetime import date
    >>> too_short(date(2024, 1, 1), date(2024, 2, 9), 1)
    'The orders run from 2024-01-01 to 2024-02-09: too short to hold back a month and to know one before it.'
    >>> too_short(date(2024, 1, 1), date(2024, 12, 31), 6)
    ''
    """
    longest = longest_months(first_day, as_of)
    if 1 <= months <= longest:
        return ""
    span = say(
        "The orders run from {first_day} to {as_of}", first_day=first_day.isoformat(), as_of=as_of.isoformat()
    )
    if not longest:
        return say("{span}: too short to hold back a month and to know one before it.", span=span)
    if months < 1:
        return say(
            "{span}: too short for a test, which holds back a third of three months or more.", span=span
        )
    too_long = say(
        "{span}: too short to hold back {months} months and to know as many before them.",
        span=span,
        months=months,
    )
    return say("{too_long} Hold back {longest} or less.", too_long=too_long, longest=longest)


def longest_months(first_day: date, as_of: date) -> int:
    """Return the most months that can be held back, as many being known before them.

    Examples
    --------
    >>> from datetime import date
    >>> longest_months(date(2022, 1, 1), date(2023, 12, 31))
    12
    """
    # days are whole, so that 12 months of 30.4375 days are 365
    return int((((as_of - first_day).days + 1) // 2 + 0.99) / DAYS_PER_MONTH)


def _without_dropout(seen: Histories) -> bool:
    """Tell whether NBD would be fallen back on: then it must stand the same tests as the others."""
    default = ParetoNbd.fit(seen)
    return not default.usable and (default.has("no_dropout_seen") or not MbgCnbd.fit(seen).usable)


def past_of_shop(purchases: Purchases, first_day: date, as_of: date) -> OwnPast:
    """Backtest over the usual months: the evidence that the automatic choice of a model rests on.

    Parameters
    ----------
    purchases : Purchases
        All of the shop up to ``as_of``.
    first_day, as_of : datetime.date
        The first day with an order, and the day on which everything is measured.

    Returns
    -------
    OwnPast
        As of :func:`try_on_own_past`.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.purchases import purchase_occasions
    >>> days = np.array(["2024-01-01", "2024-02-01"], "M8[D]")
    >>> past_of_shop(purchase_occasions(["A", "A"], days), date(2024, 1, 1), date(2024, 12, 31)).why
    'Before the 4 months that are held back, only 1 customer came again; 100 are needed to tell their habits.'
    """
    return try_on_own_past(purchases, as_of, usual_months(first_day, as_of))
