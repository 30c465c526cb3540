"""What customers are worth: CLV from averages, and what their orders so far have earned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, overload

import numpy as np

from clv_xl.metrics.arguments import (
    MARGIN,
    NOT_NEGATIVE,
    POSITIVE,
    RATE,
    align,
    column,
    numbers,
    setting,
    single,
)
from clv_xl.metrics.arithmetic import answer, product, quiet, total
from clv_xl.metrics.record import Argument, Metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["clv", "clv_historic", "historic_value"]

GROSS_MARGIN: Final = Argument(
    "gross_margin", "Gross margin as a share of the amount, more than 0 and at most 1.", "share", 1.0
)
ACQUISITION_COST: Final = Argument(
    "acquisition_cost", "Cost to win the customers, as a positive number.", "currency", 0.0
)


@overload
def clv(
    avg_order_value: float,
    purchases_per_year: float,
    lifespan_years: float,
    gross_margin: float = ...,
    acquisition_cost: float = ...,
    discount_rate: float = ...,
    *,
    periods_per_year: float = ...,
) -> float: ...
@overload
def clv(
    avg_order_value: ArrayLike,
    purchases_per_year: ArrayLike,
    lifespan_years: ArrayLike,
    gross_margin: ArrayLike = ...,
    acquisition_cost: ArrayLike = ...,
    discount_rate: ArrayLike = ...,
    *,
    periods_per_year: float = ...,
) -> FloatArray: ...
def clv(
    avg_order_value: ArrayLike,
    purchases_per_year: ArrayLike,
    lifespan_years: ArrayLike,
    gross_margin: ArrayLike = 1.0,
    acquisition_cost: ArrayLike = 0.0,
    discount_rate: ArrayLike = 0.0,
    *,
    periods_per_year: float = 1,
) -> float | FloatArray:
    """Compute customer lifetime value from averages.

    Without a discount rate::

        average order value x purchases per year x lifespan x gross margin - acquisition cost

    With a yearly discount rate d the yearly margin is an ordinary annuity, as Excel's PV values it::

        yearly margin x (1 - (1 + d)^-lifespan) / d - acquisition cost

    The two meet as d goes to 0. A lifespan need not be a whole number of years.

    Parameters
    ----------
    avg_order_value : array_like
        Average amount of an order, in currency.
    purchases_per_year : array_like
        Orders of one customer in a year, 0 or more. With ``periods_per_year`` given: orders in a period.
    lifespan_years : array_like
        How long a customer stays, in years, 0 or more. With ``periods_per_year`` given: in periods.
    gross_margin : array_like, default 1.0
        Share of the amount that remains, more than 0 and at most 1.
    acquisition_cost : array_like, default 0.0
        Cost to win the customer, paid now, in currency, 0 or more.
    discount_rate : array_like, default 0.0
        Discount rate for a *year*, more than -1, whatever the period is.
    periods_per_year : float, default 1
        12 reads purchases and lifespan by month. The yearly discount rate d becomes (1 + d)^(1/12) - 1 a
        month, and each month's margin counts at the end of its month; so the discounted monthly value lies
        a little above the yearly one. Undiscounted, the two are equal.

    Returns
    -------
    float or ndarray of float64
        In currency. NaN where an argument is blank.

    Raises
    ------
    ArgumentError
        For a value outside the ranges above, or columns of different length.

    References
    ----------
    The field's plain formula. Discounted it is PV of Excel, with payments at the end of each period.

    Examples
    --------
    >>> clv(800, 3, 6)
    14400.0
    >>> clv(800, 3 / 12, 6 * 12, periods_per_year=12)
    14400.0
    >>> round(clv(500, 1, 10, discount_rate=0.08), 2)
    3355.04
    >>> clv([250, 800], [4, 3], [3, 6], gross_margin=0.5)
    array([1500., 7200.])
    """
    order_value = numbers("avg_order_value", avg_order_value)
    purchases = numbers("purchases_per_year", purchases_per_year, NOT_NEGATIVE)
    lifespan = numbers("lifespan_years", lifespan_years, NOT_NEGATIVE)
    margin = numbers("gross_margin", gross_margin, MARGIN)
    cost = numbers("acquisition_cost", acquisition_cost, NOT_NEGATIVE)
    rate = numbers("discount_rate", discount_rate, RATE)
    periods = setting("periods_per_year", periods_per_year, POSITIVE)
    align(
        avg_order_value=order_value,
        purchases_per_year=purchases,
        lifespan_years=lifespan,
        gross_margin=margin,
        acquisition_cost=cost,
        discount_rate=rate,
    )
    with quiet():
        worth = product(order_value, purchases, _annuity(lifespan, np.log1p(rate) / periods), margin) - cost
    return answer(worth)


def _annuity(periods: FloatArray, force: FloatArray) -> FloatArray:
    """Present value of 1 at the end of each period; ``force`` is the logarithm of 1 + the period's rate."""
    # below 1e-150 the discount cannot be seen in a float, but its own digits would be lost
    flat = np.abs(force) < 1e-150
    discounted = np.expm1(-periods * force) / -np.expm1(np.where(flat, 1.0, force))
    return np.where(flat, periods, discounted)


CLV: Final = Metric(
    name="CLV",
    title="Customer lifetime value",
    category="Value",
    unit="currency",
    number_format="#,##0",
    formula=(
        "average order value x purchases per year x lifespan x gross margin - acquisition cost; "
        "with a discount rate the yearly margin counts as in Excel's PV"
    ),
    undefined="when an argument is blank",
    reference="The field's plain formula; discounted as an ordinary annuity, as Excel's PV.",
    function=clv,
    arguments=(
        Argument("avg_order_value", "Average amount of an order.", "currency"),
        Argument(
            "purchases_per_year",
            "Orders of one customer in a year, 0 or more.",
            "orders per customer-year",
        ),
        Argument("lifespan_years", "How many years a customer stays, 0 or more.", "years"),
        GROSS_MARGIN,
        ACQUISITION_COST,
        Argument(
            "discount_rate",
            "Yearly discount rate, more than -1. Each year's margin counts at the end of its year.",
            "share",
            0.0,
        ),
    ),
    cell_function=True,
    example_arguments=(800, 3, 6),
    example_result=14_400.0,
)


@overload
def historic_value(
    amount: float, gross_margin: float = ..., acquisition_cost: float = ..., service_cost: float = ...
) -> float: ...
@overload
def historic_value(
    amount: ArrayLike,
    gross_margin: ArrayLike = ...,
    acquisition_cost: ArrayLike = ...,
    service_cost: ArrayLike = ...,
) -> FloatArray: ...
def historic_value(
    amount: ArrayLike,
    gross_margin: ArrayLike = 1.0,
    acquisition_cost: ArrayLike = 0.0,
    service_cost: ArrayLike = 0.0,
) -> float | FloatArray:
    """Historic CLV of each customer, from the amount that the customer has spent.

    ``amount x gross margin - acquisition cost - service cost``

    Parameters
    ----------
    amount : array_like
        All that the customer has spent, net of refunds, in currency; may be negative. Where the margin of
        each order is known, give the margin itself and leave ``gross_margin`` at 1.
    gross_margin : array_like, default 1.0
        Share of the amount that remains, more than 0 and at most 1.
    acquisition_cost, service_cost : array_like, default 0.0
        What it cost to win and to serve the customer, in currency, 0 or more.

    Returns
    -------
    float or ndarray of float64
        In currency. NaN where an argument is blank.

    Raises
    ------
    ArgumentError
        For a value outside the ranges above, or columns of different length.

    Examples
    --------
    >>> historic_value(1000, 0.5, 120, 30)
    350.0
    >>> historic_value([1000, -50], 0.5)
    array([500., -25.])
    """
    spent = numbers("amount", amount)
    margin = numbers("gross_margin", gross_margin, MARGIN)
    won = numbers("acquisition_cost", acquisition_cost, NOT_NEGATIVE)
    served = numbers("service_cost", service_cost, NOT_NEGATIVE)
    align(amount=spent, gross_margin=margin, acquisition_cost=won, service_cost=served)
    return _earned(spent, margin, won, served)


def _earned(spent: FloatArray, margin: FloatArray, won: FloatArray, served: FloatArray) -> float | FloatArray:
    with quiet():
        return answer(spent * margin - won - served)


HISTORIC_VALUE: Final = Metric(
    name="HISTORIC_VALUE",
    title="Historic CLV of a customer",
    category="Value",
    unit="currency",
    number_format="#,##0",
    formula="amount spent so far x gross margin - acquisition cost - service cost",
    undefined="when the amount is blank",
    reference="CLV_HISTORIC for one customer.",
    function=historic_value,
)


def clv_historic(
    amounts: ArrayLike, gross_margin: float = 1.0, acquisition_cost: float = 0.0, service_cost: float = 0.0
) -> float:
    """Historic CLV: what the orders so far have earned.

    ``sum of amounts x gross margin - acquisition cost - service cost``, that is :func:`historic_value` of the
    sum.

    Parameters
    ----------
    amounts : array_like
        Amounts of the orders, refunds negative, in currency. Blanks are left out.
    gross_margin : float, default 1.0
        Share of the amount that remains, more than 0 and at most 1.
    acquisition_cost, service_cost : float, default 0.0
        The whole cost to win and to serve, in currency, 0 or more.

    Returns
    -------
    float
        In currency. NaN when there is no amount.

    Raises
    ------
    ArgumentError
        For a value outside the ranges above.

    Examples
    --------
    >>> clv_historic([250, 300, 450, None], 0.5, 120, 30)
    350.0
    """
    found = column("amounts", amounts)
    found = found[~np.isnan(found)]
    parts = (
        total(found) if found.size else np.nan,
        single("gross_margin", gross_margin, MARGIN),
        single("acquisition_cost", acquisition_cost, NOT_NEGATIVE),
        single("service_cost", service_cost, NOT_NEGATIVE),
    )
    return float(_earned(*map(np.asarray, parts)))


CLV_HISTORIC: Final = Metric(
    name="CLV_HISTORIC",
    title="Historic CLV",
    category="Value",
    unit="currency",
    number_format="#,##0",
    formula="sum of amounts x gross margin - acquisition cost - service cost",
    undefined="when there is no amount",
    reference="Sum of revenue x margin - costs: the field's plain historic definition.",
    function=clv_historic,
    arguments=(
        Argument(
            "amounts",
            "Column of order amounts, refunds negative. Blank cells are left out.",
            "currency",
            kind="numbers",
        ),
        replace(GROSS_MARGIN, kind="single"),
        replace(ACQUISITION_COST, kind="single"),
        Argument(
            "service_cost",
            "Cost to serve the customers, as a positive number.",
            "currency",
            0.0,
            kind="single",
        ),
    ),
    cell_function=True,
    example_arguments=((250, 300, 450), 0.5, 120, 30),
    example_result=350.0,
)
