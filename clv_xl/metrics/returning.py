"""Coming back: the repeat rate, and the time between a customer's orders."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, overload

import numpy as np

from clv_xl.metrics.arguments import NOT_NEGATIVE, align, contradiction, numbers
from clv_xl.metrics.arithmetic import answer, quotient
from clv_xl.metrics.occasions import CUSTOMERS, DATES, occasions
from clv_xl.metrics.record import Metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["mean_gap", "repeat_rate", "repeat_share", "time_between_orders"]

_OCCASIONS: Final = (
    "Purchase occasions as models of repeat buying count them: several orders on a day are one."
)


@overload
def repeat_share(repeat_customers: float, customers: float) -> float: ...
@overload
def repeat_share(repeat_customers: ArrayLike, customers: ArrayLike) -> FloatArray: ...
def repeat_share(repeat_customers: ArrayLike, customers: ArrayLike) -> float | FloatArray:
    """Repeat rate from counts: ``repeat customers / customers``.

    Parameters
    ----------
    repeat_customers : array_like
        Customers with two purchase occasions or more.
    customers : array_like
        All customers.

    Returns
    -------
    float or ndarray of float64
        Between 0 and 1. NaN where there is no customer.

    Raises
    ------
    ArgumentError
        For a negative count, more repeat customers than customers, or columns of different length.

    Examples
    --------
    >>> repeat_share(30, 120)
    0.25
    """
    repeat = numbers("repeat_customers", repeat_customers, NOT_NEGATIVE)
    everyone = numbers("customers", customers, NOT_NEGATIVE)
    align(repeat_customers=repeat, customers=everyone)
    if (wrong := np.asarray(repeat > everyone)).any():
        raise contradiction("repeat_customers", repeat, wrong, "at most customers.")
    return answer(quotient(repeat, everyone))


def repeat_rate(customers: ArrayLike, dates: ArrayLike) -> float:
    """Share of customers who came back on another day, from a row for each order.

    ``customers with two purchase occasions or more / customers``. Several orders of a customer on one day
    are one occasion.

    Parameters
    ----------
    customers : array_like
        Customer ids, one row for each order; refunds are no orders and should be left out.
    dates : array_like of dates
        Order dates. Rows where the customer or the date is blank are left out.

    Returns
    -------
    float
        Between 0 and 1. NaN when there is no order.

    Raises
    ------
    ArgumentError
        For what is no date, or columns of different length.

    Examples
    --------
    >>> from datetime import date
    >>> repeat_rate(["Ann", "Ann", "Bo", "Bo"], [date(2024, 1, d) for d in (1, 9, 5, 5)])
    0.5
    """
    who, _ = occasions(customers, dates)
    visits = np.bincount(who)
    return repeat_share(int(np.count_nonzero(visits >= 2)), visits.size)


REPEAT_RATE: Final = Metric(
    name="REPEAT_RATE",
    title="Repeat rate",
    category="Retention",
    unit="share",
    number_format="0.0%",
    formula="customers with orders on two days or more / customers",
    undefined="when there is no order",
    reference=_OCCASIONS,
    function=repeat_rate,
    arguments=(CUSTOMERS, DATES),
    cell_function=True,
    example_arguments=(
        ("Ann", "Ann", "Bo"),
        (date(2024, 1, 1), date(2024, 1, 9), date(2024, 1, 5)),
    ),
    example_result=0.5,
)


@overload
def mean_gap(gap_days: float, gaps: float) -> float: ...
@overload
def mean_gap(gap_days: ArrayLike, gaps: ArrayLike) -> FloatArray: ...
def mean_gap(gap_days: ArrayLike, gaps: ArrayLike) -> float | FloatArray:
    """Mean time between orders from totals: ``days between first and last order / gaps``.

    Parameters
    ----------
    gap_days : array_like
        Days from first to last occasion, added over customers, 0 or more.
    gaps : array_like
        Occasions less one, added over customers, 0 or more.

    Returns
    -------
    float or ndarray of float64
        In days. NaN where nobody came back.

    Raises
    ------
    ArgumentError
        For a negative number, or columns of different length.

    Examples
    --------
    >>> mean_gap(90, 3)
    30.0
    """
    elapsed = numbers("gap_days", gap_days, NOT_NEGATIVE)
    count = numbers("gaps", gaps, NOT_NEGATIVE)
    align(gap_days=elapsed, gaps=count)
    return answer(quotient(elapsed, count))


def time_between_orders(customers: ArrayLike, dates: ArrayLike) -> float:
    """Mean number of days between a customer's consecutive purchase occasions, from a row for each order.

    Every gap counts once, so that frequent buyers weigh more; several orders on a day are one occasion.
    Waits that have not ended yet are not in it: it tells how fast customers come back *if* they do.

    Parameters
    ----------
    customers : array_like
        Customer ids, one row for each order; refunds are no orders and should be left out.
    dates : array_like of dates
        Order dates. Rows where the customer or the date is blank are left out.

    Returns
    -------
    float
        In days. NaN when nobody came back.

    Raises
    ------
    ArgumentError
        For what is no date, or columns of different length.

    Examples
    --------
    >>> from datetime import date
    >>> time_between_orders(["Ann", "Ann", "Ann", "Bo"], [date(2024, 1, d) for d in (1, 11, 31, 5)])
    15.0
    """
    who, when = occasions(customers, dates)
    again = who[1:] == who[:-1]
    return mean_gap(int(np.diff(when)[again].sum()), int(np.count_nonzero(again)))


TIME_BETWEEN_ORDERS: Final = Metric(
    name="TIME_BETWEEN_ORDERS",
    title="Time between orders",
    category="Retention",
    unit="days",
    number_format="0.0",
    formula="mean number of days between consecutive order days of the same customer",
    undefined="when nobody came back",
    reference=_OCCASIONS,
    function=time_between_orders,
    arguments=(CUSTOMERS, DATES),
    cell_function=True,
    example_arguments=(
        ("Ann", "Ann", "Ann", "Bo"),
        (date(2024, 1, 1), date(2024, 1, 11), date(2024, 1, 31), date(2024, 1, 5)),
    ),
    example_result=15.0,
)
