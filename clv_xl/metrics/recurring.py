"""Recurring revenue between two days: what is new, won back, expanded, contracted and churned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.arguments import NOT_NEGATIVE, complete, flags, same_length
from clv_xl.metrics.arithmetic import total
from clv_xl.metrics.retention import churn_rate, grr, nrr

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["AMOUNTS", "Movement", "monthly_rate", "movement"]

AMOUNTS: Final = ("start", "new", "reactivated", "expansion", "contraction", "churned", "end")
"""The parts of a movement that are amounts."""


@dataclass(frozen=True, slots=True)
class Movement:
    """The monthly recurring revenue (MRR) of two days, and all that lies between them.

    A customer is who pays more than 0 a month. ``start + new + reactivated + expansion - contraction - churned`` is
    ``end``, exactly where amounts are whole multiples of a binary fraction or are counted in the smallest unit.

    Attributes
    ----------
    start, end : float
        MRR on the first and on the second day.
    new : float
        MRR at the end of customers who had never paid before.
    reactivated : float
        MRR at the end of customers who had paid before, but not on the first day.
    expansion, contraction : float
        What customers of both days pay more, and less; both 0 or more.
    churned : float
        MRR at the start of customers who pay nothing on the second day.
    start_customers, end_customers, new_customers, reactivated_customers, churned_customers : int
        How many they are.

    Examples
    --------
    >>> found = movement([10, 20, 0, 0], [15, 0, 7, 9], [True, True, False, True])
    >>> found.start, found.new, found.reactivated, found.expansion, found.contraction, found.churned, found.end
    (30.0, 7.0, 9.0, 5.0, 0.0, 20.0, 31.0)
    >>> found.nrr, found.grr, found.churn
    (0.5, 0.3333333333333333, 0.5)
    """

    start: float
    new: float
    reactivated: float
    expansion: float
    contraction: float
    churned: float
    end: float
    start_customers: int
    end_customers: int
    new_customers: int
    reactivated_customers: int
    churned_customers: int

    def over(self, units: int) -> Movement:
        """Return the same with amounts that were counted in so many parts of the currency in the currency itself.

        Examples
        --------
        >>> movement([12500], [15000], [True]).over(10_000).expansion
        0.25
        """
        return replace(self, **{name: getattr(self, name) / units for name in AMOUNTS})

    @property
    def nrr(self) -> float:
        """Net revenue retention of the customers of the first day; NaN where there are none."""
        return nrr(self.start, self.expansion, self.contraction, self.churned)

    @property
    def grr(self) -> float:
        """Gross revenue retention of the customers of the first day; NaN where there are none."""
        return grr(self.start, self.contraction, self.churned)

    @property
    def churn(self) -> float:
        """Share of the customers of the first day who are gone on the second; NaN where there are none."""
        return churn_rate(self.start_customers, self.churned_customers)


def movement(before: ArrayLike, after: ArrayLike, paid_before: ArrayLike) -> Movement:
    """Split the change of recurring revenue between two days by customer.

    Parameters
    ----------
    before, after : array_like
        What each customer pays a month on the two days, 0 or more.
    paid_before : array_like
        Whether the customer has paid on the first day or on any day before it.

    Returns
    -------
    Movement
        Sums and counts; all 0 where there is no customer.

    Raises
    ------
    ArgumentError
        For a blank, a negative amount, or columns of different length.

    Examples
    --------
    >>> movement([100], [80], [True]).contraction
    20.0
    """
    first, second = complete("before", before, NOT_NEGATIVE), complete("after", after, NOT_NEGATIVE)
    known = flags("paid_before", paid_before)
    same_length(before=first, after=second, paid_before=known)
    was, stays = first > 0, second > 0
    seen = was | (known == 1)
    both = was & stays
    change = np.where(both, second - first, 0.0)
    fresh, back, gone = stays & ~seen, stays & seen & ~was, was & ~stays
    return Movement(
        start=total(first),
        new=_of(second, fresh),
        reactivated=_of(second, back),
        expansion=_of(change, change > 0),
        contraction=_of(-change, change < 0),
        churned=_of(first, gone),
        end=total(second),
        start_customers=int(was.sum()),
        end_customers=int(stays.sum()),
        new_customers=int(fresh.sum()),
        reactivated_customers=int(back.sum()),
        churned_customers=int(gone.sum()),
    )


def _of(amounts: FloatArray, chosen: np.ndarray) -> float:
    return total(amounts[chosen])


def monthly_rate(yearly_rate: float) -> float:
    """Return the monthly discount rate that comes to a yearly one: ``(1 + yearly) ** (1 / 12) - 1``.

    Examples
    --------
    >>> round(monthly_rate(0.12), 6)
    0.009489
    """
    return float((1 + yearly_rate) ** (1 / 12) - 1)
