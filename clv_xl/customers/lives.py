"""How long customers have been active: the one definition that the report and the cells share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.metrics.activity import is_active
from clv_xl.metrics.averages import DAYS_PER_YEAR
from clv_xl.metrics.lifetime import survival_lifespan

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, FloatArray

__all__ = ["Lives", "active_lives"]


@dataclass(frozen=True, eq=False, slots=True)
class Lives:
    """The active lives of some customers, as they stood at the end of one day.

    Attributes
    ----------
    years : ndarray of float64
        How long each customer has been active so far.
    ended : ndarray of bool
        Whether that is over.
    """

    years: FloatArray
    ended: BoolArray

    @property
    def active_years(self) -> float:
        """Customer-years spent active: the sum of the lives, at least one day for each customer."""
        return float(np.maximum(self.years, 1 / DAYS_PER_YEAR).sum())

    @property
    def lifespan(self) -> float:
        """Years that a customer stays: the area under the survival curve; NaN where nobody was seen for a day."""
        # a life is a whole number of days, and many are equally long: counting them is quicker than sorting them
        days = np.rint(self.years * DAYS_PER_YEAR).astype(np.int64)
        every = np.bincount(days)
        lost = np.bincount(days[self.ended], minlength=every.size)
        spans = np.arange(every.size) / DAYS_PER_YEAR
        ended = np.repeat([True, False], every.size)
        return survival_lifespan(np.tile(spans, 2), ended, np.concatenate([lost, every - lost])) or float(
            "nan"
        )


def active_lives(recency_days: ArrayLike, days_since_last_order: ArrayLike, active_days: int) -> Lives:
    """Measure each customer's active life.

    It runs from the first order to ``active_days`` after the last one, so one who ordered once and never again
    lived for ``active_days``; whoever is still active is counted as alive when the record ends.

    Parameters
    ----------
    recency_days : array_like
        Days from each customer's first order to the last.
    days_since_last_order : array_like
        Days from the last order to the day on which everything is measured.
    active_days : int
        Days after the latest occasion through which a customer counts as active.

    Examples
    --------
    >>> lives = active_lives([0, 300], [400, 10], 90)
    >>> (lives.years * 365.25).round().tolist(), lives.ended.tolist()
    ([90.0, 310.0], [True, False])
    """
    waited = np.asarray(days_since_last_order)
    lived = np.asarray(recency_days) + np.minimum(waited, active_days)
    return Lives(years=lived / DAYS_PER_YEAR, ended=~is_active(waited, active_days))
