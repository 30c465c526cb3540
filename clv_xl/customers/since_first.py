"""What customers brought, by group, month of the first order and age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.engine import query, registered, unregistered
from clv_xl.customers.summary import year_before

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection

__all__ = ["month_numbers", "since_first"]


def month_numbers(days: pd.Series) -> np.ndarray:
    """Return the months of some days, numbered as :class:`~clv_xl.customers.calendar.Period` does.

    Examples
    --------
    >>> import pandas as pd
    >>> month_numbers(pd.Series(pd.to_datetime(["2024-02-29"]))).tolist() == [2024 * 12 + 1]
    True
    """
    return np.asarray(days.to_numpy().astype("datetime64[M]").astype(np.int64) + 1970 * 12)


def since_first(
    connection: Connection, customers: pd.DataFrame, groups: np.ndarray, as_of: date
) -> pd.DataFrame:
    """Return one row a group, month of the first order, and month since.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    customers : pandas.DataFrame
        customer_id and first_day of all customers.
    groups : ndarray of int64
        The number of each one's group.
    as_of : datetime.date
        The last day that counts.

    Returns
    -------
    pandas.DataFrame
        customer_group, cohort and age (in months); customers (at age 0 who came, else 0); orders, amount, own_margin,
        uncosted_amount of that month; and of these what came within twelve months of the first order, of customers who
        have been such for a year: year_orders, year_amount, year_own_margin, year_uncosted_amount.
    """
    people = customers[["customer_id", "first_day"]].assign(customer_group=groups)
    registered(connection, "customer_groups", people)
    try:
        found = query(connection, "since_first", as_of=as_of, year_ago=year_before(as_of))
    finally:
        unregistered(connection, "customer_groups")
    sizes = people.assign(cohort=month_numbers(people["first_day"]), age=0)
    came = sizes.groupby(["customer_group", "cohort", "age"]).size().rename("customers").reset_index()
    keys = ["customer_group", "cohort", "age"]
    merged = found.merge(came, on=keys, how="left")
    return merged.assign(customers=merged["customers"].fillna(0).astype("int64"))
