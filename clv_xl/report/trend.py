"""The shop month by month: who came, stayed, came back and left, and what a customer was worth at each month's end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.customers.calendar import Period
from clv_xl.customers.snapshot import Totals
from clv_xl.customers.trend import last_days, standings
from clv_xl.metrics.activity import is_window_whole
from clv_xl.metrics.averages import order_value
from clv_xl.metrics.retention import retention_rate
from clv_xl.report.figures import clv_before_cac
from clv_xl.report.measured_cac import is_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection
    from clv_xl.events import Event
    from clv_xl.metrics.flow import Movement
    from clv_xl.parameters import Parameters

__all__ = ["SHOWN_MONTHS", "SPANS", "Trend", "TrendMonth", "Window", "make_trend"]

SHOWN_MONTHS: Final = 48
"""Months that the page shows: four years, so that every season is in it and each table is one page on paper.

Programs repeat the head of one table a sheet: of two that go on over a page, one would go on without.
"""
SPANS: Final = (3, 6, 12)
"""Whole months that are set side by side before and after an event."""


@dataclass(frozen=True, slots=True)
class TrendMonth:
    """One month.

    Attributes
    ----------
    month : date
        Its first day.
    movement : Movement
        Between the end of the month before and its own end, or the as-of date.
    measured : bool
        Whether somebody could be inactive at its start, so that there is a retention.
    customers, orders, amount
        Who ordered in it, their orders, and the amount net of refunds.
    so_far : Totals
        All orders up to its end.
    won : int
        Whose orders they are.
    active_days : int
        The active window as it was then.
    active_years, lifespan : float
        Customer-years spent active up to then, and the lifespan as measured then.
    """

    month: date
    movement: Movement
    measured: bool
    customers: int
    orders: int
    amount: float
    so_far: Totals
    won: int
    active_days: int
    active_years: float
    lifespan: float

    @property
    def retention(self) -> float:
        """The share of those active at the start who still are at the end; NaN where it cannot be measured."""
        moved = self.movement
        if not self.measured:
            return float("nan")
        return retention_rate(moved.start, moved.end, moved.new + moved.reactivated)

    @property
    def average_order(self) -> float:
        """Amount / orders of the month."""
        return order_value(self.amount, self.orders)

    @property
    def orders_each(self) -> float:
        """Orders / customers who ordered in the month."""
        return order_value(self.orders, self.customers)

    @property
    def repeat_orders_a_year(self) -> float:
        """Orders beyond each customer's first / customer-years spent active, of all orders so far."""
        return order_value(self.so_far.orders - self.won, self.active_years)

    def clv(self, parameters: Parameters) -> float:
        """Return the CLV before CAC, of all orders so far."""
        return clv_before_cac(self.so_far, self.won, self.active_years, self.lifespan, parameters)


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of some whole months before an event and of as many after it; both ends belong to them."""

    months: int
    before: tuple[int, int]
    after: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Trend:
    """The months shown, oldest first.

    Attributes
    ----------
    months : tuple of TrendMonth
        None left out.
    whole : tuple of bool
        For each whether all of its days lie between the first order and the as-of date.
    """

    months: tuple[TrendMonth, ...]
    whole: tuple[bool, ...]

    def windows(self, event: Event) -> tuple[Window, ...]:
        """Return the months before and after an event that can be compared; none where there are too few.

        A month counts as before if it ended before the event's day, and as after if it began on that day or later.
        """
        number = Period("month").number
        first = number(self.months[0].month)
        day = number(event.day) - first
        starts = day if event.day.day == 1 else day + 1
        return tuple(
            Window(span, (day - span, day - 1), (starts, starts + span - 1))
            for span in SPANS
            if self._has(day - span, day - 1) and self._has(starts, starts + span - 1)
        )

    def _has(self, first: int, last: int) -> bool:
        return first >= 0 and last < len(self.months) and all(self.whole[first : last + 1])

    def mean(self, rows: tuple[int, int], figure: Callable[[TrendMonth], float]) -> float:
        """Return the mean of a figure over some months; NaN where one of them does not have it."""
        every = [figure(month) for month in self.months[rows[0] : rows[1] + 1]]
        return order_value(sum(every), len(every))


def make_trend(
    connection: Connection,
    by_month: pd.DataFrame,
    first_day: date,
    as_of: date,
    active_days: int,
    windows: int | pd.DataFrame,
) -> Trend:
    """Follow the shop through its months.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    by_month : pandas.DataFrame
        As :func:`~clv_xl.customers.calendar.months` returns them.
    first_day, as_of : datetime.date
        The order history.
    active_days : int
        The active window by which customers come and leave: the same in all months.
    windows : int or pandas.DataFrame
        The parameter ``active_days``; or where it is not set, :func:`~clv_xl.customers.summary.gap_counts`: the CLV of
        each month then has the window of its own time.
    """
    period = Period("month")
    shown = by_month.tail(SHOWN_MONTHS)
    numbers = [period.number(day.date()) for day in shown["month"]]
    ends = last_days(period, [numbers[0] - 1, *numbers], as_of)
    begun = int(np.datetime64(first_day, "D").astype(np.int64))
    rows = zip(
        numbers,
        [is_window_whole(end - begun, active_days) for end in ends[:-1]],
        shown[["customers", "orders", "amount"]].to_numpy(dtype=np.float64).tolist(),
        shown[["orders_so_far", "amount_so_far", "own_margin_so_far", "uncosted_so_far"]]
        .to_numpy(dtype=np.float64)
        .tolist(),
        standings(connection, as_of, period, numbers, windows, active_days),
        strict=True,
    )
    months = tuple(
        TrendMonth(
            month=period.first_day(number),
            movement=standing.movement,
            measured=measured,
            customers=int(customers),
            orders=int(orders),
            amount=amount,
            so_far=Totals(int(all_orders), *money),
            won=standing.lives.size,
            active_days=standing.active_days,
            active_years=standing.lives.active_years,
            lifespan=standing.lives.lifespan,
        )
        for number, measured, (customers, orders, amount), (all_orders, *money), standing in rows
    )
    return Trend(months, tuple(is_whole(month.month, first_day, as_of) for month in months))
