"""Tables of value and retention that spill: orders in columns, grouped as in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.customers.calendar import Period, cohorts, complete
from clv_xl.customers.groups import summarise_groups
from clv_xl.customers.summary import summarise
from clv_xl.customers.trend import period_ends
from clv_xl.customers.vectors import vector_shop
from clv_xl.errors import ArgumentError, UsageError
from clv_xl.excel.answers import EMPTY, Table
from clv_xl.metrics.averages import customer_years, order_value, orders_while_active, purchase_frequency
from clv_xl.metrics.cohorts import cohort_matrix
from clv_xl.metrics.value import clv, historic_value

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.customers.vectors import VectorShop
    from clv_xl.metrics.arguments import FloatArray, ObjectArray
    from clv_xl.metrics.occasions import DayArray

__all__ = ["clv_by", "clv_customers", "clv_trend", "retention_cohorts"]

NO_GROUP: Final = "(blank)"
_MOST_PERIODS: Final = 1200


def clv_customers(
    customers: ObjectArray,
    dates: DayArray,
    amounts: FloatArray,
    gross_margin: float = 1.0,
    as_of: date | None = None,
) -> Table:
    """Historic CLV of each customer, in order of customer id.

    Parameters
    ----------
    customers, dates, amounts : ndarray
        One row for each order, as :func:`~clv_xl.customers.vectors.vector_shop` takes them.
    gross_margin : float, default 1.0
        Share of the amount that remains, more than 0 and at most 1.
    as_of : datetime.date or None, default None
        The day on which everything is measured; None is the newest order.

    Returns
    -------
    Table
        customer, first order, last order, orders, amount, average order value, orders per year, historic CLV.

    Raises
    ------
    InputError
        When there is no order.
    ArgumentError
        For an impossible margin or amount.

    Examples
    --------
    >>> from clv_xl.excel.functions import CLV_CUSTOMERS
    >>> CLV_CUSTOMERS(["Ann", "Ann"], ["2024-01-01", "2025-01-01"], [100, 60], 0.5)[1][3:]
    [2, 160.0, 80.0, 1.9959016393442623, 80.0]
    """
    with vector_shop(customers, dates, amounts, as_of=as_of) as shop:
        frame = summarise(shop.connection, shop.as_of)
        as_of = shop.as_of
    years = customer_years(frame["first_day"].to_numpy(), as_of)
    header, columns = _value_columns(frame, years, gross_margin)
    return Table(("customer", *header), (frame["customer_id"].tolist(), *columns))


def clv_by(
    groups: ObjectArray,
    customers: ObjectArray,
    dates: DayArray,
    amounts: FloatArray,
    gross_margin: float = 1.0,
    as_of: date | None = None,
) -> Table:
    """Historic CLV by group, in order of the groups' names.

    A customer belongs to the group of the first order that has one, so that the groups add up to all.

    Parameters
    ----------
    groups : ndarray of str objects
        The group of each order; "" or "(blank)" where none is known.
    customers, dates, amounts, gross_margin, as_of
        As for :func:`clv_customers`.

    Returns
    -------
    Table
        group, customers, then the columns of :func:`clv_customers`, and historic CLV per customer.

    Raises
    ------
    InputError
        When there is no order.
    ArgumentError
        For an impossible margin or amount.

    Examples
    --------
    >>> from clv_xl.excel.functions import CLV_BY
    >>> CLV_BY(["web", "web"], ["Ann", "Bo"], ["2024-01-01", "2025-01-01"], [100, 60])[1][:2]
    ['web', 2]
    """
    # who calls a group what we call none has one row for both, not two of one name
    named = np.where(groups == NO_GROUP, "", groups).astype(object)
    with vector_shop(customers, dates, amounts, groups=named, as_of=as_of) as shop:
        frame = summarise_groups(shop.connection, shop.as_of)
    header, columns = _value_columns(frame, frame["customer_years"].to_numpy(), gross_margin)
    each = order_value(columns[-1], frame["customers"].to_numpy())
    names = [name or NO_GROUP for name in frame["group"]]
    return Table(
        ("group", "customers", *header, "historic CLV per customer"),
        (names, frame["customers"].to_numpy(), *columns, each),
    )


def _value_columns(
    frame: pd.DataFrame, years: FloatArray, gross_margin: float
) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return what CLV_CUSTOMERS and CLV_BY have in common."""
    orders, amount = frame["orders"].to_numpy(), frame["amount"].to_numpy()
    header = (
        "first order",
        "last order",
        "orders",
        "amount",
        "average order value",
        "orders per year",
        "historic CLV",
    )
    return header, (
        frame["first_day"].to_numpy(),
        frame["last_day"].to_numpy(),
        orders,
        amount,
        order_value(amount, orders),
        purchase_frequency(orders, years),
        historic_value(amount, gross_margin),
    )


def clv_trend(
    customers: ObjectArray,
    dates: DayArray,
    amounts: FloatArray,
    period: str = "month",
    gross_margin: float = 1.0,
) -> Table:
    """Return the shop period by period, up to the newest order.

    CLV is that of the report before acquisition, as it would have read on the period's last day (for the last one,
    on the day of the newest order): margin per order x orders per customer-year spent active x lifespan
    (area under the survival curve), all of the orders up to that day. A customer was active through the days within
    which 90% of repeat orders had come by then, 365 where nobody had come back. Later orders do not change earlier
    rows.

    Parameters
    ----------
    customers, dates, amounts, gross_margin
        As for :func:`clv_customers`.
    period : {"month", "quarter", "year"}, default "month"
        The length of a row.

    Returns
    -------
    Table
        period, active customers (with an order in it), average order value, orders per active customer, CLV.

    Raises
    ------
    InputError
        When there is no order.
    ArgumentError
        For an impossible margin or amount, or dates too far apart.

    Examples
    --------
    >>> from clv_xl.excel.functions import CLV_TREND
    >>> CLV_TREND(["Ann", "Ann"], ["2024-01-01", "2025-01-01"], [100, 60], "year")[1][:4]
    ['2024', 1, 100.0, 1.0]
    """
    with vector_shop(customers, dates, amounts) as shop:
        cut = _period(shop, period)
        ends = period_ends(shop.connection, shop.as_of, cut)
    active = np.array([end.customers for end in ends])
    orders = np.array([end.orders for end in ends])
    return Table(
        ("period", "active customers", "average order value", "orders per customer", "CLV"),
        (
            [cut.title(end.number) for end in ends],
            active,
            order_value([end.amount for end in ends], orders),
            order_value(orders, active),
            [
                clv(
                    order_value(historic_value(end.so_far.amount, gross_margin), end.so_far.orders),
                    orders_while_active(
                        end.so_far.orders, end.lives.size, end.lives.active_years, end.lives.lifespan
                    ),
                    end.lives.lifespan,
                )
                for end in ends
            ],
        ),
    )


def _period(shop: VectorShop, unit: str) -> Period:
    """Return the period, refusing a table that no sheet could show."""
    cut = Period(unit)  # type: ignore[arg-type] # one of PERIODS: the registry has checked it
    count = cut.number(shop.as_of) - cut.number(shop.first_day) + 1
    if count > _MOST_PERIODS:
        raise ArgumentError(
            f"dates run from {shop.first_day} to {shop.as_of}: that is {count:,} periods, and {_MOST_PERIODS:,} are "
            f'the most. Correct the dates, or choose a longer period than "{unit}".'
        )
    return cut


def retention_cohorts(
    customers: ObjectArray,
    dates: DayArray,
    period: str = "month",
    measure: str = "rate",
    amounts: FloatArray | None = None,
) -> Table:
    """Arrange customers by the period of their first order, and what became of them.

    Parameters
    ----------
    customers, dates, amounts
        As for :func:`clv_customers`; without amounts every row is an order.
    period : {"month", "quarter", "year"}, default "month"
        The length of a cohort and of an age.
    measure : {"customers", "rate", "amount", "cumulative", "cumulative amount per customer"}, default "rate"
        Customers who ordered in that age, their share of the cohort, the amount of that age, or the amount up to and
        including it for each customer of the cohort, which has two names.

    Returns
    -------
    Table
        cohort, customers, then a column for each age from 0; empty where an age has not begun.

    Raises
    ------
    InputError
        When there is no order.
    UsageError
        For a measure of amounts without amounts.
    ArgumentError
        For dates too far apart, or an impossible amount.

    Examples
    --------
    >>> from clv_xl.excel.functions import RETENTION_COHORTS
    >>> RETENTION_COHORTS(["Ann", "Bo", "Ann"], ["2024-01-01", "2024-02-01", "2024-02-09"])
    [['cohort', 'customers', 0, 1], ['2024-01', 1, 1.0, 1.0], ['2024-02', 1, 1.0, '']]
    """
    if amounts is None and measure not in {"customers", "rate"}:
        raise UsageError(f'measure is "{measure}", which needs amounts. Give the column of amounts.')
    with vector_shop(customers, dates, amounts) as shop:
        cut = _period(shop, period)
        newest = cut.number(shop.as_of)
        over = newest if cut.last_day(newest) == shop.as_of else newest - 1
        counts = complete(cohorts(shop.connection, shop.as_of, cut), newest)
    matrix = cohort_matrix(
        cohort=counts["cohort"].to_numpy(),
        age=counts["age"].to_numpy(),
        customers=counts["customers"].to_numpy(),
        size=counts["size"].to_numpy(),
        mature=(counts["cohort"] + counts["age"] <= over).to_numpy(),
        amount=counts["amount"].to_numpy(),
    )
    cells = {
        "customers": matrix.customers,
        "rate": matrix.rate,
        "amount": matrix.amount,
    }.get(measure, matrix.cumulative_amount)
    columns = [
        [EMPTY if np.isnan(item) else int(item) if measure == "customers" else item for item in column]
        for column in cells.T.tolist()
    ]
    titles = [cut.title(int(number)) for number in matrix.cohorts]
    return Table(("cohort", "customers", *matrix.ages), (titles, matrix.size, *columns))
