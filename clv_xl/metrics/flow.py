"""Customers who come, stay, come back and leave: how the active of one day became those of a later one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.metrics.arguments import NOT_NEGATIVE, WHOLE, column, flags, same_length, whole
from clv_xl.metrics.record import Metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Movement", "movement_of", "ordered_since"]


@dataclass(frozen=True, slots=True)
class Movement:
    """How the active customers of one day became those of a later one.

    ``end = start + new + reactivated - lost`` holds exactly, and ``retained = start - lost``.

    Parameters
    ----------
    start, end : int
        Active customers on the earlier and on the later day.
    new : int
        First order between the two days, and active on the later one.
    reactivated : int
        Ordered before the earlier day, inactive then, active on the later one.
    lost : int
        Active on the earlier day and no longer on the later one.

    Examples
    --------
    >>> Movement(start=10, new=4, reactivated=1, lost=3, end=12).retained
    7
    """

    start: int
    new: int
    reactivated: int
    lost: int
    end: int

    @property
    def retained(self) -> int:
        """Active on both days."""
        return self.start - self.lost


def movement_of(
    known: ArrayLike, was_active: ArrayLike, is_active: ArrayLike, customers: ArrayLike | None = None
) -> Movement:
    """Count who came, stayed, came back and left between two days.

    Parameters
    ----------
    known : array_like of bool
        Which customers had ordered by the earlier day.
    was_active, is_active : array_like of bool
        Which of them were active on the earlier day, and are active on the later one. Who was not known was not
        active.
    customers : array_like of int or None, default None
        How many customers a row stands for; None is one each.

    Returns
    -------
    Movement
        Every active customer of either day counted once.

    Raises
    ------
    ArgumentError
        For what is not yes or no, or columns of different length.

    Examples
    --------
    One stays, one comes back, one leaves, one is new:

    >>> movement_of([1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1])
    Movement(start=2, new=1, reactivated=1, lost=1, end=3)
    >>> movement_of([1, 0], [1, 0], [1, 1], [5, 2])
    Movement(start=5, new=2, reactivated=0, lost=0, end=7)
    """
    before, was, now = (
        flags(name, values) == 1
        for name, values in (("known", known), ("was_active", was_active), ("is_active", is_active))
    )
    same_length(known=before, was_active=was, is_active=now)
    if customers is None:
        start, end, stayed, known_now = (int(rows.sum()) for rows in (was, now, was & now, before & now))
    else:
        each = whole("customers", customers, WHOLE).ravel()
        same_length(known=before, customers=each)
        start, end, stayed, known_now = (
            int(each[rows].sum()) for rows in (was, now, was & now, before & now)
        )
    return Movement(start, end - known_now, known_now - stayed, start - stayed, end)


def ordered_since(was_active: ArrayLike, days_since_last_order: ArrayLike, days: float) -> int:
    """Count those active at the start of a period who ordered in it.

    With an active window longer than the period, a customer can be active at its end without an order in it: then
    these are fewer than the retained.

    Parameters
    ----------
    was_active : array_like of bool
        Which customers were active at the start.
    days_since_last_order : array_like
        Days from the last order of each to the end of the period.
    days : float
        Length of the period: it begins on the day after its start.

    Returns
    -------
    int
        A number of customers.

    Raises
    ------
    ArgumentError
        For what is not yes or no, a negative number of days, or columns of different length.

    Examples
    --------
    The second was active a year ago and has not ordered since:

    >>> ordered_since([1, 1, 0], [30, 400, 5], 365)
    1
    """
    was = flags("was_active", was_active) == 1
    last = column("days_since_last_order", days_since_last_order, NOT_NEGATIVE)
    same_length(was_active=was, days_since_last_order=last)
    return int((was & (last < days)).sum())


def _count(name: str, title: str, formula: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        category="Customers",
        unit="count",
        number_format="#,##0",
        formula=formula,
        undefined="when there is no active window",
        reference="Active at the end = active at the start + new + reactivated - lost, exactly.",
        function=movement_of,
    )


NEW_ACTIVE: Final = _count(
    "NEW_ACTIVE",
    "New and still active",
    "customers whose first order is in the period and who are active at its end",
)
RETAINED: Final = _count(
    "RETAINED", "Retained customers", "customers active at the start and at the end of the period"
)
REACTIVATED: Final = _count(
    "REACTIVATED",
    "Reactivated customers",
    "customers who ordered before the period, were inactive at its start and are active at its end",
)
LOST: Final = _count(
    "LOST", "Lost customers", "customers active at the start of the period and no longer at its end"
)
ORDERED_SINCE: Final = Metric(
    name="ORDERED_SINCE",
    title="Active at the start and ordered since",
    category="Customers",
    unit="count",
    number_format="#,##0",
    formula="customers active at the start of the period who ordered in it",
    undefined="when there is no active window",
    reference="Fewer than the retained where the active window is longer than the period.",
    function=ordered_since,
)
