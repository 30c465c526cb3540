"""How right each method would have been on the shop's own last months, averaged over the periods tested."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.models.backtest import NAIVE, REPEAT, rolling_backtest
from clv_xl.models.cautions import ENOUGH_REPEAT_CUSTOMERS, few_repeat_customers
from clv_xl.models.records import DAYS_PER_MONTH

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.models.accuracy import Accuracy
    from clv_xl.models.backtest import Backtest
    from clv_xl.models.histories import Occasions

__all__ = [
    "MOST_TESTED",
    "PERIODS",
    "Means",
    "OwnPast",
    "past_of_shop",
    "too_few_before",
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
    """The backtests of a shop.

    Attributes
    ----------
    months : int
        The length of each period; 0 where the history is too short for any.
    tests : tuple of Backtest
        Oldest period first.
    every : int
        Every so many of the shop's customers was tested; 1 is all of them.
    """

    months: int
    tests: tuple[Backtest, ...]
    every: int = 1

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
        return (*(name for name in shared if name not in {NAIVE, REPEAT}), NAIVE, REPEAT)

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


def try_on_own_past(occasions: Occasions, as_of: date, months: int) -> OwnPast:
    """Backtest every method over the last periods of so many months, up to three of them.

    Parameters
    ----------
    occasions : Occasions
        All of the shop.
    as_of : datetime.date
        The last day of the last period.
    months : int
        The length of a period, in months of 365.25 / 12 days.

    Returns
    -------
    OwnPast
        Without tests where the history is shorter than two periods.
    """
    every = occasions.customers // MOST_TESTED or 1
    if months < 1 or not occasions.day.size:
        return OwnPast(max(months, 0), (), every)
    tested = occasions if every == 1 else occasions.every(every)
    return OwnPast(months, rolling_backtest(tested, as_of, int(months * DAYS_PER_MONTH), PERIODS), every)


def past_of_shop(occasions: Occasions, first_day: date, as_of: date) -> OwnPast:
    """Backtest over the usual months: the evidence that the automatic choice of a model rests on.

    Parameters
    ----------
    occasions : Occasions
        All of the shop up to ``as_of``.
    first_day, as_of : datetime.date
        The first day with an order, and the day on which everything is measured.

    Returns
    -------
    OwnPast
        Without tests where fewer customers came again than a prediction takes: there is nothing to choose then.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.histories import purchase_occasions
    >>> days = np.array(["2024-01-01", "2024-02-01"], "M8[D]")
    >>> past_of_shop(purchase_occasions(["A", "A"], days), date(2024, 1, 1), date(2024, 12, 31)).tests
    ()
    """
    months = usual_months(first_day, as_of)
    again = np.unique(np.delete(occasions.customer, occasions.starts())).size
    return (
        OwnPast(months, ()) if again < ENOUGH_REPEAT_CUSTOMERS else try_on_own_past(occasions, as_of, months)
    )


def too_few_before(occasions: Occasions, as_of: date, months: int) -> str:
    """Say that too few customers had come again before the last months to predict them; nothing where they had.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.histories import purchase_occasions
    >>> days = np.array(["2024-01-01", "2024-02-01"], "M8[D]")
    >>> too_few_before(purchase_occasions(["A", "A"], days), date(2024, 12, 31), 4)
    'Before the 4 months that are held back, only 1 customer came again; 100 are needed to tell their habits.'
    """
    known = occasions.until(int(np.datetime64(as_of, "D").astype(np.int64)) - int(months * DAYS_PER_MONTH))
    few = few_repeat_customers(np.unique(np.delete(known.customer, known.starts())).size)
    held_back = "month that is" if months == 1 else f"{months} months that are"
    return f"Before the {held_back} held back, {few.words[:1].lower()}{few.words[1:]}" if few else ""
