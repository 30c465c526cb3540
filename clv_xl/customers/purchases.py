"""The purchases of a shop as predictions ask of them, in memory or where the orders are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.engine import query
from clv_xl.customers.sharing import awake
from clv_xl.errors import ArgumentError
from clv_xl.models.purchases import Known, Occasions, Purchases, log_gap_sum

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection
    from clv_xl.metrics.arguments import FloatArray

__all__ = ["AskedPurchases", "occasions_until"]


def occasions_until(connection: Connection, as_of: date, step: int = 1) -> Occasions:
    """Return the purchase occasions up to a day: one for each customer and day with an order.

    As in :func:`~clv_xl.models.purchases.purchase_occasions`, a refund is no occasion: its amount is taken off the
    customer's latest occasion on or before its day, from the day on which it was booked.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    as_of : datetime.date
        The last day that counts.
    step : int, default 1
        Every so many of the customers.

    Returns
    -------
    Occasions
        Customers are numbered as in the rows of :func:`~clv_xl.customers.summary.summarise`, those that are left out
        not counted; the amounts of each add up to the amount that stands there.
    """
    found = query(connection, "purchases", as_of=as_of, step=step)
    return Occasions.of_days(
        found["customer"].to_numpy(dtype=np.int32) // step,
        found["day"].to_numpy(dtype=np.int32),
        found["amount"].to_numpy(dtype=np.float64),
        found["ordered"].to_numpy(dtype=np.bool_),
    )


class AskedPurchases(Purchases):
    """Purchases up to a day, asked for where they are: what comes here is a row a customer, and a sample.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    as_of : datetime.date
        The last day that counts, and the only one of which every customer is known.
    summary : pandas.DataFrame
        Of that day, as :func:`~clv_xl.customers.summary.summarise` returns it.
    gaps : pandas.DataFrame
        Of that day, as :func:`~clv_xl.customers.summary.gap_counts` returns it.
    """

    __slots__ = ("_as_of", "_connection", "_every", "_known", "_last")

    def __init__(
        self, connection: Connection, as_of: date, summary: pd.DataFrame, gaps: pd.DataFrame
    ) -> None:
        self._connection, self._as_of = connection, as_of
        self._last = _number(as_of)
        first, last = (
            summary[name].to_numpy().astype("datetime64[D]").astype(np.int64)
            for name in ("first_day", "last_day")
        )
        times = np.bincount(gaps["gap"].to_numpy(), gaps["times"].to_numpy()).astype(np.int64)
        lengths = np.flatnonzero(times)
        self._known = Known(
            np.arange(len(summary)),
            first,
            last,
            summary["occasions"].to_numpy(),
            summary["amount"].to_numpy(),
            log_gap_sum(lengths, times[lengths]),
        )
        self._every = cache(self._asked_every)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return self._known.customer.size

    @property
    def first_day(self) -> int:
        """The day of the first occasion of all, since 1970-01-01."""
        return int(self._known.first.min())

    @property
    def has_amounts(self) -> bool:
        """Tell whether anybody brought anything, or less than nothing."""
        return bool(np.any(self._known.amount))

    def known(self, last_day: int) -> Known:
        """Return what is known of each customer on the as-of day."""
        if last_day != self._last:
            raise ArgumentError(f"Of other days than {self._as_of} only a sample of the customers is known.")
        return self._known

    def came_again(self, last_day: int) -> int:
        """Return how many customers had come again by the end of a day."""
        with awake(self._connection):
            return int(query(self._connection, "came_again", day=_date(last_day))["customers"].iloc[0])

    def between(self, after: int, upto: int) -> tuple[FloatArray, FloatArray]:
        """Return how many occasions each customer had after one day up to another, and what was booked then."""
        with awake(self._connection):
            found = query(self._connection, "recent", after=_date(after), upto=_date(upto), as_of=self._as_of)
        return found["occasions"].to_numpy(dtype=np.float64), found["amount"].to_numpy(dtype=np.float64)

    def every(self, step: int) -> Occasions:
        """Return the occasions of every second, third ... customer, with new numbers; those of all for 1."""
        return self._every(step)

    def occasions_after(self, day: date) -> int:
        """Return how many occasions there were after a day."""
        with awake(self._connection):
            found = query(self._connection, "totals", after=day, as_of=self._as_of)
        return int(found["occasions"].iloc[0])

    def _asked_every(self, step: int) -> Occasions:
        with awake(self._connection):
            return occasions_until(self._connection, self._as_of, step)


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _date(number: int) -> date:
    found: date = np.datetime64(number, "D").item()
    return found
