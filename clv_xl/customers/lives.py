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

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray

__all__ = ["Lives", "active_lives"]


@dataclass(frozen=True, eq=False, slots=True)
class Lives:
    """The active lives of some customers, as they stood at the end of one day.

    Attributes
    ----------
    days : ndarray of int64
        How long each customer has been active so far.
    ended : ndarray of bool
        Whether that is over.
    customers : ndarray of int64 or None, default None
        How many customers a row stands for; None is one each.
    """

    days: IntArray
    ended: BoolArray
    customers: IntArray | None = None

    @property
    def size(self) -> int:
        """How many customers they are."""
        return self.days.size if self.customers is None else int(self.customers.sum())

    @property
    def years(self) -> FloatArray:
        """The lives in years."""
        return self.days / DAYS_PER_YEAR

    @property
    def active_years(self) -> float:
        """Customer-years spent active: the sum of the lives, at least one day for each customer."""
        days = np.maximum(self.days, 1)
        whole = days.sum() if self.customers is None else (days * self.customers).sum()
        return float(whole / DAYS_PER_YEAR)

    @property
    def lifespan(self) -> float:
        """Years that a customer stays: the area under the survival curve; NaN where nobody was seen for a day."""
        # many lives are equally long: counting them is quicker than sorting them
        every = self._counted(np.ones(self.days.size, dtype=bool))
        lost = self._counted(self.ended, every.size)
        spans = np.arange(every.size) / DAYS_PER_YEAR
        ended = np.repeat([True, False], every.size)
        return survival_lifespan(np.tile(spans, 2), ended, np.concatenate([lost, every - lost])) or float(
            "nan"
        )

    def _counted(self, rows: BoolArray, size: int = 0) -> IntArray:
        """Count customers by the days of their lives."""
        each = None if self.customers is None else self.customers[rows]
        return np.bincount(self.days[rows], each, size).astype(np.int64)


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
    >>> lives.days.tolist(), lives.ended.tolist()
    ([90, 310], [True, False])
    """
    waited = np.asarray(days_since_last_order, dtype=np.int64)
    lived = np.asarray(recency_days, dtype=np.int64) + np.minimum(waited, active_days)
    return Lives(days=lived, ended=~is_active(waited, active_days))
