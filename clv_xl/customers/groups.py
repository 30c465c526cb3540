"""Customers by a trait of their orders: channel, plan, country ..."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.customers.engine import materialise, query
from clv_xl.metrics.averages import customer_years

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection

__all__ = ["summarise_groups"]


def summarise_groups(connection: Connection, as_of: date) -> pd.DataFrame:
    """Return one row a channel, by name; a customer belongs to the first channel that is known of the customer.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    as_of : datetime.date
        The day on which everything is measured.

    Returns
    -------
    pandas.DataFrame
        group ("" where none is known), customers, first_day, last_day, orders, amount, and customer_years (added
        over its customers).
    """
    materialise(connection, "attributes")
    begun = query(connection, "groups", as_of=as_of)
    begun["years"] = customer_years(begun["first_day"].to_numpy(), as_of) * begun["customers"]
    groups = begun.groupby("channel", sort=True).agg(
        customers=("customers", "sum"),
        first_day=("first_day", "min"),
        last_day=("last_day", "max"),
        orders=("orders", "sum"),
        amount=("amount", "first"),
        customer_years=("years", "sum"),
    )
    return groups.rename_axis("group").reset_index()
