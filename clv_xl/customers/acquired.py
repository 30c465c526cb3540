"""Customers by group and month of the first order: what each of them brought, and when."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from clv_xl.customers.engine import query
from clv_xl.customers.summary import year_before

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import numpy as np
    import pandas as pd

    from clv_xl.customers.engine import Connection

__all__ = ["acquired", "group_cohorts", "grouped"]


@contextmanager
def grouped(connection: Connection, customers: pd.Series, groups: np.ndarray) -> Iterator[None]:
    """Tell the group of each customer, within this block.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    customers : pandas.Series
        Customer ids.
    groups : ndarray of int64
        The number of each one's group.
    """
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    frame = pd.DataFrame({"customer_id": customers.to_numpy(), "customer_group": groups})
    connection.register("customer_groups", frame)
    try:
        yield
    finally:
        connection.unregister("customer_groups")


def acquired(connection: Connection, as_of: date) -> pd.DataFrame:
    """Return one row a group and month of the first order, within :func:`grouped`.

    Returns
    -------
    pandas.DataFrame
        customer_group, month (its first day), customers, orders, amount, own_margin, uncosted_amount; and of those who
        have been customers for a year, in the twelve months from the first order on: year_customers, year_orders,
        year_amount, year_own_margin, year_uncosted_amount.
    """
    return query(connection, "acquired", as_of=as_of, year_ago=year_before(as_of))


def group_cohorts(connection: Connection, as_of: date) -> pd.DataFrame:
    """Return monthly cohorts as :func:`~clv_xl.customers.calendar.cohorts` does, of each group of :func:`grouped`."""
    return query(connection, "group_cohorts", as_of=as_of)
