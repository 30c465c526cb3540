"""What was known of a customer on the day of the first order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.customers.engine import query

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection

__all__ = ["acquired"]


def acquired(connection: Connection, as_of: date) -> pd.DataFrame:
    """Return what the orders of each customer's first day tell: unlike the first *known* channel, nothing later.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    as_of : datetime.date
        Customers who came later are left out.

    Returns
    -------
    pandas.DataFrame
        customer_id, channel, country and product, None where the orders do not say; a row a customer, in the order of
        :func:`~clv_xl.customers.summary.summarise`.
    """
    return query(connection, "acquired", as_of=as_of)
