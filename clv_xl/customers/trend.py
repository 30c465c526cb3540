"""The shop period by period: what was ordered in each, and how things stood at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.engine import query
from clv_xl.customers.lives import active_lives
from clv_xl.customers.snapshot import Totals
from clv_xl.customers.summary import ASSUMED_ACTIVE_DAYS, GAP_SHARE
from clv_xl.metrics.activity import active_windows, is_active
from clv_xl.metrics.flow import movement_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from clv_xl.customers.calendar import Period
    from clv_xl.customers.engine import Connection
    from clv_xl.customers.lives import Lives
    from clv_xl.metrics.arguments import IntArray
    from clv_xl.metrics.flow import Movement

__all__ = ["History", "PeriodEnd", "ends_of", "lives_at", "movements", "period_ends"]


@dataclass(frozen=True, eq=False, slots=True)
class PeriodEnd:
    """One period, measured on its last day or, for the last one, on the as-of date; no later order is in it.

    Attributes
    ----------
    number : int
        The period, as :class:`~clv_xl.customers.calendar.Period` numbers it.
    customers, orders, amount
        Customers who ordered in the period, their orders, and the amount net of refunds.
    so_far : Totals
        All that was ordered up to the period's end.
    active_days : int
        The active window as it was then: as asked for, else measured from the orders so far, or assumed where nobody
        had come back.
    lives : Lives
        The active lives so far, in order of customer id.
    """

    number: int
    customers: int
    orders: int
    amount: float
    so_far: Totals
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
    so_far = every[["orders_so_far", "amount_so_far", "own_margin_so_far", "uncosted_so_far"]].ffill()
    inside = every[["customers", "orders", "amount"]].fillna(0)
    rows = zip(
        numbers,
        inside.to_numpy(dtype=np.float64).tolist(),
        so_far.to_numpy(dtype=np.float64).tolist(),
        lives_at(History.of(connection, as_of), ends_of(period, numbers, as_of)),
        strict=True,
    )
    return [
        PeriodEnd(
            number=number,
            customers=int(customers),
            orders=int(orders),
            amount=amount,
            so_far=Totals(int(all_orders), *money),
            active_days=window,
            lives=lives,
        )
        for number, (customers, orders, amount), (all_orders, *money), (window, lives) in rows
    ]


def lives_at(history: History, ends: IntArray, active_days: int | None = None) -> Iterator[tuple[int, Lives]]:
    """Yield the active window and the active lives at each of the days, one after the other.

    All lives at once would fill the memory.

    Parameters
    ----------
    history : History
        The purchase occasions.
    ends : ndarray of int64
        Day numbers, ascending.
    active_days : int, optional
        The active window of all days; without it each has that of the orders so far.
    """
    windows = history.windows(ends) if active_days is None else [active_days] * len(ends)
    for end, window, last in zip(ends.tolist(), windows, history.last_orders(ends), strict=True):
        yield window, history.lives(end, window, last)


def movements(history: History, ends: IntArray, active_days: int) -> Iterator[Movement]:
    """Yield how the active customers of one day became those of the next, from the second day on.

    Parameters
    ----------
    history : History
        The purchase occasions.
    ends : ndarray of int64
        Day numbers, ascending.
    active_days : int
        Days after the latest occasion through which a customer counts as active: the same on all days.
    """
    known = active = None
    for end, last in zip(ends.tolist(), history.last_orders(ends), strict=True):
        came = history.first <= end
        now = came & is_active(np.where(came, end - last, np.nan), active_days)
        if known is not None and active is not None:
            yield movement_of(known, active, now)
        known, active = came, now


def ends_of(period: Period, numbers: Iterable[int], as_of: date) -> IntArray:
    """Return the last day of each period as a day number, none after the as-of date."""
    return np.array([min(_day(period.last_day(number)), _day(as_of)) for number in numbers], dtype=np.int64)


class History:
    """The purchase occasions of each customer, to be looked at as of any day.

    Attributes
    ----------
    first : ndarray of int64
        Day number of the first occasion of each customer.
    """

    def __init__(self, who: IntArray, day: IntArray) -> None:
        """Take customers numbered from 0, and day numbers, sorted so."""
        again = who[1:] == who[:-1]
        self._came_again = day[1:][again]
        self._gaps = np.diff(day)[again]
        self.first = day[np.flatnonzero(np.diff(who, prepend=-1))]
        since = day - day.min()
        # numpy sorts short whole numbers several times faster
        order = np.argsort(since.astype(np.uint16) if since.max() < 2**16 else since, kind="stable")
        self._day, self._who = day[order], who[order]

    @classmethod
    def of(cls, connection: Connection, as_of: date) -> History:
        """Return the history of all customers up to a day."""
        found = query(connection, "occasions", as_of=as_of)
        who = found["customer_id"].ne(found["customer_id"].shift()).cumsum().to_numpy() - 1
        return cls(who, found["day"].to_numpy().astype("datetime64[D]").astype(np.int64))

    def windows(self, ends: IntArray) -> list[int]:
        """Return the active window at each of the days, oldest first."""
        measured = active_windows(self._gaps, np.searchsorted(ends, self._came_again), ends.size, GAP_SHARE)
        return [ASSUMED_ACTIVE_DAYS if np.isnan(days) else int(days) for days in measured]

    def last_orders(self, ends: IntArray) -> Iterator[IntArray]:
        """Yield each customer's latest occasion at each of the days, oldest first; what it is before the first is void.

        It is one array that changes from day to day: take from it before asking on.
        """
        last = np.full(self.first.size, np.iinfo(np.int32).min, dtype=np.int64)
        done = 0
        for upto in np.searchsorted(self._day, ends, side="right").tolist():
            last[self._who[done:upto]] = self._day[done:upto]  # days ascend, and the last one assigned stays
            done = upto
            yield last

    def lives(self, end: int, active_days: int, last: IntArray) -> Lives:
        """Return the active lives of everyone who had ordered by the end of a day."""
        came = self.first <= end
        return active_lives(last[came] - self.first[came], end - last[came], active_days)


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
