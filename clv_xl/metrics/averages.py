"""What customers buy on average: the value of an order, and orders in a year."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Final, overload

import numpy as np

from clv_xl.metrics.arguments import NOT_NEGATIVE, align, column, numbers, same_length
from clv_xl.metrics.arithmetic import answer, quotient, total
from clv_xl.metrics.occasions import CUSTOMERS, DATES, codes, day, days_before, order_rows
from clv_xl.metrics.record import Argument, Metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = [
    "aov",
    "customer_years",
    "order_value",
    "orders_while_active",
    "purchase_frequency",
    "purchase_frequency_of",
]

DAYS_PER_YEAR: Final = 365.25


@overload
def order_value(amount: float, orders: float) -> float: ...
@overload
def order_value(amount: ArrayLike, orders: ArrayLike) -> FloatArray: ...
def order_value(amount: ArrayLike, orders: ArrayLike) -> float | FloatArray:
    """Average order value from totals: ``amount / orders``.

    Parameters
    ----------
    amount : array_like
        Sum of the amounts, net of refunds, in currency.
    orders : array_like
        Number of orders, 0 or more.

    Returns
    -------
    float or ndarray of float64
        In currency for an order. NaN where there is no order.

    Raises
    ------
    ArgumentError
        For a negative number of orders, or columns of different length.

    Examples
    --------
    >>> order_value([900, 0], [3, 0])
    array([300.,  nan])
    """
    spent = numbers("amount", amount)
    count = numbers("orders", orders, NOT_NEGATIVE)
    align(amount=spent, orders=count)
    return answer(quotient(spent, count))


def aov(amounts: ArrayLike, order_ids: ArrayLike | None = None) -> float:
    """Average order value of a column of amounts: their sum by the number of orders.

    Rows of one order id are one order; without ids, and where an id is blank, every row is an order. A
    negative amount is a refund: it lowers the sum and is no order of its own.

    Parameters
    ----------
    amounts : array_like
        Amounts in currency. Rows with a blank amount are left out.
    order_ids : array_like or None, default None
        Order ids, as long as ``amounts``.

    Returns
    -------
    float
        In currency for an order. NaN when there is no order.

    Raises
    ------
    ArgumentError
        For an amount that is no number, or columns of different length.

    Examples
    --------
    >>> aov([100, 250, 250])
    200.0
    >>> aov([100, 250, 250], ["A1", "A2", "A2"])
    300.0
    >>> aov([100, -20])
    80.0
    """
    found = column("amounts", amounts)
    ids = np.full(found.size, -1) if order_ids is None else codes("order_ids", order_ids)
    same_length(amounts=found, order_ids=ids)
    ordered = ids[found >= 0]  # False for a blank too
    named = np.unique(ordered[ordered >= 0]).size
    orders = named + int(np.count_nonzero(ordered < 0))
    return float(answer(quotient(np.asarray(total(found[~np.isnan(found)])), np.asarray(orders))))


AOV: Final = Metric(
    name="AOV",
    title="Average order value",
    category="Value",
    unit="currency",
    number_format="#,##0.00",
    formula="sum of amounts / number of orders; a negative amount is a refund and no order of its own",
    undefined="when there is no order",
    reference="The field's plain definition.",
    function=aov,
    arguments=(
        Argument(
            "amounts",
            "Column of order amounts, refunds negative. Blank cells are left out.",
            "currency",
            kind="numbers",
        ),
        Argument(
            "order_ids",
            "Column of order ids: rows of one id are one order. Left out: every row is an order.",
            "text",
            None,
            kind="ids",
        ),
    ),
    cell_function=True,
    example_arguments=((100, 250, 250), ("A1", "A2", "A2")),
    example_result=300.0,
)


@overload
def purchase_frequency(orders: float, customer_years: float) -> float: ...
@overload
def purchase_frequency(orders: ArrayLike, customer_years: ArrayLike) -> FloatArray: ...
def purchase_frequency(orders: ArrayLike, customer_years: ArrayLike) -> float | FloatArray:
    """Orders of one customer in a year: ``orders / customer-years``.

    Parameters
    ----------
    orders : array_like
        Number of orders, 0 or more.
    customer_years : array_like
        Years that the customers were observed, added over customers, 0 or more; see :func:`customer_years`.
        A customer who came yesterday is not counted as a whole year.

    Returns
    -------
    float or ndarray of float64
        Orders per customer-year. NaN where no time was observed.

    Raises
    ------
    ArgumentError
        For a negative number, or columns of different length.

    Examples
    --------
    >>> purchase_frequency(300, 120)
    2.5
    """
    count = numbers("orders", orders, NOT_NEGATIVE)
    observed = numbers("customer_years", customer_years, NOT_NEGATIVE)
    align(orders=count, customer_years=observed)
    return answer(quotient(count, observed))


def orders_while_active(orders: float, customers: float, active_years: float, lifespan: float) -> float:
    """Orders of one customer in a year of the active life: ``1 / lifespan + (orders - customers) / active years``.

    The first order comes once in a lifespan, whether much or little of that has been seen; those after it come with
    the years. So that orders a year x lifespan is 1 where nobody ever orders again. All orders / active years would
    count the first orders of last month's customers as if such an order came every month.

    Parameters
    ----------
    orders, customers : float
        All orders so far, and by how many customers; not more customers than orders.
    active_years : float
        Years that the customers spent active, added over customers.
    lifespan : float
        Years that a customer stays active.

    Returns
    -------
    float
        NaN without an order, without any time, or where the lifespan is not known.

    Examples
    --------
    >>> orders_while_active(500, 500, 250, 1.0), orders_while_active(800, 500, 250, 2.0)
    (1.0, 1.7)
    """
    return float(quotient(np.asarray(1.0), np.asarray(lifespan))) + float(
        quotient(np.asarray(orders - customers), np.asarray(active_years))
    )


def customer_years(first_orders: ArrayLike, as_of: date | np.datetime64) -> FloatArray:
    """Years for which each customer has been observed, from the first order to the as-of date.

    ``(as of - first order) in days / 365.25``, and one day at least.

    Parameters
    ----------
    first_orders : array_like of dates
        Date of each customer's first order.
    as_of : date
        The day on which everything is measured.

    Returns
    -------
    ndarray of float64
        In years, one for each customer. NaN where the date is blank.

    Raises
    ------
    ArgumentError
        For a first order after the as-of date, or what is no date.

    Examples
    --------
    >>> from datetime import date
    >>> customer_years([date(2020, 1, 1), date(2022, 1, 1)], date(2024, 1, 1)).round(3)
    array([4.   , 1.999])
    """
    return np.maximum(days_before("first_orders", first_orders, as_of), 1.0) / DAYS_PER_YEAR


CUSTOMER_YEARS: Final = Metric(
    name="CUSTOMER_YEARS",
    title="Customer-years",
    category="Customers",
    unit="years",
    number_format="#,##0.0",
    formula="days from first order to as-of date / 365.25, one day at least, added over customers",
    undefined="when there is no first order",
    reference="Exposure time, as in any rate of events.",
    function=customer_years,
)


def purchase_frequency_of(
    customers: ArrayLike, dates: ArrayLike, as_of: date | np.datetime64 | None = None
) -> float:
    """Orders of one customer in a year, from a row for each order.

    ``rows / sum over customers of (as of - first order) in years``, each customer counting for one day at
    least. Rows are orders: two rows of a day are two orders. That is :func:`purchase_frequency` of the rows.

    Parameters
    ----------
    customers : array_like
        Customer ids, one row for each order; refunds are no orders and should be left out.
    dates : array_like of dates
        Order dates. Rows where the customer or the date is blank are left out.
    as_of : date or None, default None
        The day on which everything is measured; later rows are left out. None is the newest date.

    Returns
    -------
    float
        Orders per customer-year. NaN when there is no order.

    Raises
    ------
    ArgumentError
        For what is no date, or columns of different length.

    Examples
    --------
    >>> from datetime import date
    >>> day = date(2020, 1, 1)
    >>> purchase_frequency_of(["Ann", "Ann", "Bo"], [day, date(2022, 5, 5), day], date(2024, 1, 1))
    0.375
    """
    who, when = order_rows(customers, dates)
    if who.size:
        last = day("as_of", as_of) if as_of is not None else np.datetime64(when.max(), "D")
        who, when = who[when <= last], when[when <= last]
    if not who.size:
        return math.nan
    first = np.full(int(who.max()) + 1, np.datetime64("NaT", "D"))
    np.fmin.at(first, who, when)
    observed = customer_years(first[~np.isnat(first)], last)
    return purchase_frequency(who.size, total(observed))


ORDERS_PER_ACTIVE_YEAR: Final = Metric(
    name="ORDERS_PER_ACTIVE_YEAR",
    title="Orders a year while active",
    category="Value",
    unit="orders per customer-year",
    number_format="0.00",
    formula=(
        "1 / lifespan + (orders - customers) / customer-years spent active, each from the first order to "
        "the end of the active window after the last one, or to the as-of date; one day at least"
    ),
    undefined="when there is no order",
    reference="The first order comes once in a lifespan, the others with the years that customers were there. x "
    "lifespan it is 1 where nobody ordered again.",
    function=orders_while_active,
)

PURCHASE_FREQUENCY: Final = Metric(
    name="PURCHASE_FREQUENCY",
    title="Purchase frequency",
    category="Value",
    unit="orders per customer-year",
    number_format="0.00",
    formula=(
        "orders / customer-years, where a customer counts from the first order to the as-of date, "
        "one day at least"
    ),
    undefined="when there is no order",
    reference="Orders by time observed, so that new customers are not counted as a whole year.",
    function=purchase_frequency_of,
    arguments=(
        CUSTOMERS,
        DATES,
        Argument(
            "as_of",
            "The day on which everything is measured; later rows are left out. Left out: the newest date.",
            "none",
            None,
            kind="date",
        ),
    ),
    cell_function=True,
    example_arguments=(
        ("Ann", "Ann", "Bo"),
        (date(2020, 1, 1), date(2022, 5, 5), date(2020, 1, 1)),
        date(2024, 1, 1),
    ),
    example_result=0.375,
)
