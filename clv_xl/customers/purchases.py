"""The purchase occasions as the models of order timing and of spend read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.engine import query
from clv_xl.models.purchases import Occasions

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.customers.engine import Connection

__all__ = ["occasions_until"]


def occasions_until(connection: Connection, as_of: date) -> Occasions:
    """Return the purchase occasions up to a day: one for each customer and day with an order.

    As in :func:`~clv_xl.models.purchases.purchase_occasions`, a refund is no occasion: its amount is taken off the
    customer's latest occasion on or before its day, from the day on which it was booked.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    as_of : datetime.date
        The last day that counts.

    Returns
    -------
    Occasions
        Customers are numbered as in the rows of :func:`~clv_xl.customers.summary.summarise`; the amounts of each
        add up to the amount that stands there.
    """
    found = query(connection, "purchases", as_of=as_of)
    return Occasions.of_days(
        found["customer"].to_numpy(dtype=np.int32),
        found["day"].to_numpy(dtype=np.int32),
        found["amount"].to_numpy(dtype=np.float64),
        found["ordered"].to_numpy(dtype=np.bool_),
    )
