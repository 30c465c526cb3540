"""Staying: how long customers stay, and what a customer is worth who may stay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, overload

import numpy as np

from clv_xl.metrics.arguments import (
    NOT_NEGATIVE,
    RATE,
    SHARE,
    WHOLE,
    align,
    chosen,
    column,
    complete,
    flags,
    numbers,
    same_length,
)
from clv_xl.metrics.arithmetic import answer, product, quiet, quotient, total
from clv_xl.metrics.record import Argument, Metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["clv_retention", "customer_lifespan", "survival_lifespan"]

FIRST_PAYMENTS: Final = ("now", "retained", "end")


@overload
def clv_retention(
    margin_per_period: float,
    retention_rate: float,
    discount_rate: float = ...,
    periods: float | None = ...,
    first_payment: str = ...,
) -> float: ...
@overload
def clv_retention(
    margin_per_period: ArrayLike,
    retention_rate: ArrayLike,
    discount_rate: ArrayLike = ...,
    periods: ArrayLike | None = ...,
    first_payment: str = ...,
) -> FloatArray: ...
def clv_retention(
    margin_per_period: ArrayLike,
    retention_rate: ArrayLike,
    discount_rate: ArrayLike = 0.0,
    periods: ArrayLike | None = None,
    first_payment: str = "now",
) -> float | FloatArray:
    """CLV of a customer who stays from one period to the next with a constant probability.

    With margin m, retention r and discount rate d, for life:

    ==========  ========================================================  ==============
    "now"       the first margin is paid today                            m(1+d)/(1+d-r)
    "retained"  the first margin comes after one period, if still there   m r/(1+d-r)
    "end"       the first margin comes after one period, for certain      m/(1+d-r)
    ==========  ========================================================  ==============

    A finite number of periods gives the first n payments of the same sums. Published figures differ mostly
    because they mean different rows of this table.

    Parameters
    ----------
    margin_per_period : array_like
        Margin of a customer in a period, in currency.
    retention_rate : array_like
        Probability to stay for another period, between 0 and 1.
    discount_rate : array_like, default 0.0
        Discount rate for a period, more than -1.
    periods : array_like or None, default None
        Number of payments, a whole number, 0 or more. None is for life.
    first_payment : {"now", "retained", "end"}, default "now"
        When the first margin comes; see the table.

    Returns
    -------
    float or ndarray of float64
        In currency. NaN where an argument is blank, and for life when retention is not below 1 + discount
        rate: such a sum has no end.

    Raises
    ------
    ArgumentError
        For a value outside the ranges above, or columns of different length.

    References
    ----------
    Fader, P. S. and Hardie, B. G. S. (2012), "Reconciling and Clarifying CLV Formulas",
    brucehardie.com/notes/024.

    Examples
    --------
    >>> [round(clv_retention(100, 0.8, 0.1, None, first), 2) for first in ("now", "retained", "end")]
    [366.67, 266.67, 333.33]
    >>> round(clv_retention(100, 0.8), 2)
    500.0
    >>> clv_retention(100, [1.0, 0.5], 0.0, 2)
    array([200., 150.])
    """
    margin = numbers("margin_per_period", margin_per_period)
    stays = numbers("retention_rate", retention_rate, SHARE)
    rate = numbers("discount_rate", discount_rate, RATE)
    count = np.asarray(np.inf) if periods is None else numbers("periods", periods, WHOLE)
    when = chosen("first_payment", first_payment, FIRST_PAYMENTS)
    align(margin_per_period=margin, retention_rate=stays, discount_rate=rate, periods=count)
    with quiet():
        growth = stays / (1 + rate)
        # 1 - growth, without cancelling the digits of a retention close to 1
        gap = (rate + (1 - stays)) / (1 + rate)
        paid = _payments(gap, count)
        first: dict[str, FloatArray] = {"now": np.ones(()), "retained": growth, "end": 1 / (1 + rate)}
        worth = product(margin, first[when], paid)
        # for life there is no such sum unless each payment is smaller than the one before
        worth = np.where(np.isinf(count) & (gap <= 0), np.nan, worth)
    return answer(worth)


def _payments(gap: FloatArray, count: FloatArray) -> FloatArray:
    """Sum of (1 - gap)^0 to (1 - gap)^(count - 1)."""
    partial_sum = np.where(gap == 0, count, -np.expm1(count * np.log1p(-gap)) / gap)
    return np.where((count == 0) & ~np.isnan(gap), 0.0, partial_sum)


CLV_RETENTION: Final = Metric(
    name="CLV_RETENTION",
    title="CLV from a retention rate",
    category="Value",
    unit="currency",
    number_format="#,##0",
    formula=(
        "with margin m, retention r and discount rate d: now m(1+d)/(1+d-r), retained m r/(1+d-r), "
        "end m/(1+d-r); with a number of periods only that many payments"
    ),
    undefined="for life when r is not below 1+d",
    reference="Fader & Hardie (2012), Reconciling and Clarifying CLV Formulas, brucehardie.com/notes/024.",
    function=clv_retention,
    arguments=(
        Argument("margin_per_period", "Margin of a customer in one period.", "currency"),
        Argument("retention_rate", "Share of customers who stay for another period, 0 to 1.", "share"),
        Argument("discount_rate", "Discount rate for one period, more than -1.", "share", 0.0),
        Argument(
            "periods",
            "Number of payments, a whole number. Left out: for life.",
            "periods",
            None,
            kind="whole",
        ),
        Argument(
            "first_payment",
            'When the first margin comes: "now", "retained" (after one period, if the customer is still '
            'there) or "end" (after one period, for certain).',
            "text",
            "now",
            kind="text",
            choices=FIRST_PAYMENTS,
        ),
    ),
    cell_function=True,
    example_arguments=(100, 0.8, 0.1),
    example_result=1100 / 3,
)


@overload
def customer_lifespan(churn_rate: float) -> float: ...
@overload
def customer_lifespan(churn_rate: ArrayLike) -> FloatArray: ...
def customer_lifespan(churn_rate: ArrayLike) -> float | FloatArray:
    """Return the expected lifespan of a customer: ``1 / churn rate``.

    Parameters
    ----------
    churn_rate : array_like
        Share of customers lost in a period, between 0 and 1.

    Returns
    -------
    float or ndarray of float64
        In the periods of the churn rate: a yearly rate gives years. NaN where the rate is 0, for then
        nobody ever leaves.

    Raises
    ------
    ArgumentError
        For a rate outside 0 to 1.

    References
    ----------
    Mean of the geometric distribution: a customer who leaves in each period with the same probability.

    Examples
    --------
    >>> customer_lifespan(0.2)
    5.0
    >>> customer_lifespan([0.5, 0.0])
    array([ 2., nan])
    """
    rate = numbers("churn_rate", churn_rate, SHARE)
    return answer(quotient(np.ones_like(rate), rate))


CUSTOMER_LIFESPAN: Final = Metric(
    name="CUSTOMER_LIFESPAN",
    title="Customer lifespan",
    category="Value",
    unit="periods",
    number_format="0.0",
    formula="1 / churn rate, in the periods of the churn rate: a yearly rate gives years",
    undefined="when the churn rate is 0",
    reference="Mean of the geometric distribution: the same churn in every period.",
    function=customer_lifespan,
    arguments=(Argument("churn_rate", "Share of customers lost in a period, 0 to 1.", "share"),),
    cell_function=True,
    example_arguments=(0.2,),
    example_result=5.0,
)


def survival_lifespan(
    durations_years: ArrayLike, lost: ArrayLike, customers: ArrayLike | None = None
) -> float:
    """Mean lifespan of customers, some of whom are still there.

    The area under the Kaplan-Meier survival curve up to the longest observed duration. Customers who are
    still there count for as long as they were seen; averaging their time so far would be too low. What lies
    beyond the longest duration is not in it, so the figure is a lower bound while some are still there.

    Parameters
    ----------
    durations_years : array_like
        Years from a customer's first order to the loss, or to the as-of date; 0 or more.
    lost : array_like
        True (or 1) where the customer was lost at the end of the duration, False (or 0) where the customer is
        still there. Rows where either value is blank are left out.
    customers : array_like or None, default None
        How many customers a row stands for; None is one each.

    Returns
    -------
    float
        In years. NaN when there is no customer.

    Raises
    ------
    ArgumentError
        For a negative duration, a ``lost`` that is not yes or no, or columns of different length.

    Notes
    -----
    At equal durations losses come before customers still there, as Kaplan and Meier take them.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958), "Nonparametric Estimation from Incomplete Observations", JASA 53.

    Examples
    --------
    Two customers lost after a year, two still there after three: half of them stay at least three years.

    >>> survival_lifespan([1, 1, 3, 3], [True, True, False, False])
    2.0
    """
    spans = column("durations_years", durations_years, NOT_NEGATIVE)
    ended = flags("lost", lost)
    each = np.ones(spans.size) if customers is None else complete("customers", customers, WHOLE)
    same_length(durations_years=spans, lost=ended, customers=each)
    known = ~(np.isnan(spans) | np.isnan(ended)) & (each > 0)
    spans, ended, each = spans[known], ended[known], each[known]
    if not spans.size:
        return math.nan
    times, which = np.unique(spans, return_inverse=True)
    leaving, losses = np.bincount(which, weights=each), np.bincount(which, weights=each * ended)
    at_risk = each.sum() - np.cumsum(leaving) + leaving
    survival = np.concatenate(([1.0], np.cumprod(1 - losses / at_risk)[:-1]))
    return total(np.diff(times, prepend=0.0) * survival)


SURVIVAL_LIFESPAN: Final = Metric(
    name="SURVIVAL_LIFESPAN",
    title="Lifespan from the retention curve",
    category="Value",
    unit="years",
    number_format="0.0",
    formula="area under the Kaplan-Meier survival curve, up to the longest time that a customer was observed",
    undefined="when there is no customer",
    reference="Kaplan & Meier (1958), Nonparametric Estimation from Incomplete Observations, JASA 53.",
    function=survival_lifespan,
)
