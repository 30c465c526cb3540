"""The shop period by period: what was ordered in each, and how things stood at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.engine import query
from clv_xl.customers.lives import active_lives
from clv_xl.customers.summary import ASSUMED_ACTIVE_DAYS, GAP_SHARE
from clv_xl.metrics.activity import active_windows

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.customers.calendar import Period
    from clv_xl.customers.engine import Connection
    from clv_xl.customers.lives import Lives
    from clv_xl.metrics.arguments import IntArray

__all__ = ["PeriodEnd", "period_ends"]


@dataclass(frozen=True, eq=False, slots=True)
class PeriodEnd:
    """One period, measured on its last day or, for the last one, on the as-of date; no later order is in it.

    Attributes
    ----------
    number : int
        The period, as :class:`~clv_xl.customers.calendar.Period` numbers it.
    customers, orders, amount
        Customers who ordered in the period, their orders, and the amount net of refunds.
    orders_so_far, amount_so_far
        All orders up to the period's end.
    active_days : int
        The active window as it was then: measured from the orders so far, or assumed where nobody had come back.
    lives : Lives
        The active lives so far, in order of customer id.
    """

    number: int
    customers: int
    orders: int
    amount: float
    orders_so_far: int
    amount_so_far: float
    active_days: int
    lives: Lives


def period_ends(connection: Connection, as_of: date, period: Period) -> list[PeriodEnd]:
    """Return every period from the first order to the as-of date, oldest first, also those without an order.

    Parameters
    ----------
    connection : Connection
        With prepared orders, one of them on or before ``as_of``.
    as_of : datetime.date
        The day on which everything is measured.
    period : Period
        The length of a period.
    """
    found = query(connection, "periods", as_of=as_of, months=period.months).set_index("period")
    numbers = range(int(found.index.min()), period.number(as_of) + 1)
    # a period without an order or refund adds nothing to what there was before it
    every = found.reindex(numbers)
    so_far = every[["orders_so_far", "amount_so_far"]].ffill()
    inside = every[["customers", "orders", "amount"]].fillna(0)

    history = _History.of(connection, as_of)
    ends = np.array([min(_day(period.last_day(number)), _day(as_of)) for number in numbers])
    windows = history.windows(ends)
    return [
        PeriodEnd(
            number=number,
            customers=int(customers),
            orders=int(orders),
            amount=amount,
            orders_so_far=int(all_orders),
            amount_so_far=all_amount,
            active_days=window,
            lives=history.lives(end, window),
        )
        for number, (customers, orders, amount), (all_orders, all_amount), end, window in zip(
            numbers,
            inside.to_numpy(dtype=np.float64).tolist(),
            so_far.to_numpy(dtype=np.float64).tolist(),
            ends.tolist(),
            windows,
            strict=True,
        )
    ]


class _History:
    """The purchase occasions of each customer, to be looked at as of any day."""

    def __init__(self, who: IntArray, day: IntArray) -> None:
        """Take customers numbered from 0, and day numbers, sorted so."""
        again = who[1:] == who[:-1]
        self._came_again = day[1:][again]
        self._gaps = np.diff(day)[again]
        self._first = day[np.flatnonzero(np.diff(who, prepend=-1))]
        self._day = day
        self._start = int(day.min())
        self._span = int(day.max()) - self._start + 2
        self._places = who * self._span + day - self._start

    @classmethod
    def of(cls, connection: Connection, as_of: date) -> _History:
        found = query(connection, "occasions", as_of=as_of)
        who = found["customer_id"].ne(found["customer_id"].shift()).cumsum().to_numpy() - 1
        return cls(who, found["day"].to_numpy().astype("datetime64[D]").astype(np.int64))

    def windows(self, ends: IntArray) -> list[int]:
        """Return the active window at each of the days, oldest first."""
        measured = active_windows(self._gaps, np.searchsorted(ends, self._came_again), ends.size, GAP_SHARE)
        return [ASSUMED_ACTIVE_DAYS if np.isnan(days) else int(days) for days in measured]

    def lives(self, end: int, active_days: int) -> Lives:
        """Return the active lives of everyone who had ordered by the end of a day."""
        came = self._first <= end
        # the customer's latest occasion by then: the last place that is not beyond customer and day
        beyond = np.flatnonzero(came) * self._span + min(end - self._start, self._span - 1)
        last = self._day[np.searchsorted(self._places, beyond, side="right") - 1]
        return active_lives(last - self._first[came], end - last, active_days)


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
