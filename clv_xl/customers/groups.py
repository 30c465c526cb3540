"""Customers by a trait of their orders: channel, plan, country ..."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.customers.summary import attributes, summarise
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
    frame = summarise(connection, as_of).merge(attributes(connection), on="customer_id", how="left")
    frame["group"] = frame["channel"].astype(object).where(frame["channel"].notna(), "")
    frame["years"] = customer_years(frame["first_day"].to_numpy(), as_of)
    # whole ten-thousandths add up exactly, in whatever order
    frame["units"] = (frame["amount"] * 10_000).round().astype("int64")
    groups = frame.groupby("group", sort=True).agg(
        customers=("customer_id", "size"),
        first_day=("first_day", "min"),
        last_day=("last_day", "max"),
        orders=("orders", "sum"),
        units=("units", "sum"),
        customer_years=("years", "sum"),
    )
    groups["amount"] = groups.pop("units") / 10_000
    return groups.reset_index()
