"""Times of many customers in whole weeks: few different histories then stand for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray, IntArray
    from clv_xl.models.records import TimeUnit

__all__ = ["ROUNDED_ABOVE", "are_rounded", "whole_weeks"]

ROUNDED_ABOVE: Final = 10_000_000
"""Customers above which times are rounded. Sums hardly move, but P(alive) of a single customer who orders every week or
so may by a tenth: shops that fit in memory as they are keep their days."""

_BEFORE_A_WEEK: Final = 2 / 7
"""Days 1 to 3, which would round to no time at all, stand for their mean: who came again, came later."""


def are_rounded(customers: int, time_unit: TimeUnit = "weeks") -> bool:
    """Tell whether the times of so many customers are rounded to whole weeks."""
    return customers > ROUNDED_ABOVE and time_unit == "weeks"


def whole_weeks(days: IntArray) -> FloatArray:
    """Return times in the nearest whole weeks: rounded, since cutting off would make all customers younger.

    Examples
    --------
    >>> whole_weeks(np.array([0, 4, 10, 11, 17, 18])).tolist()
    [0.0, 1.0, 1.0, 2.0, 2.0, 3.0]
    >>> whole_weeks(np.array([1, 2, 3])).round(3).tolist()
    [0.286, 0.286, 0.286]
    """
    weeks = ((days + 3) // 7).astype(np.float64)
    return np.where((days > 0) & (weeks == 0), _BEFORE_A_WEEK, weeks)
