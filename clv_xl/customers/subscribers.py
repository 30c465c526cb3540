"""Subscriptions grouped by customer: who pays what on a day, how it moved, and how long customers stayed."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clv_xl.customers.calendar import Period
from clv_xl.metrics.recurring import Movement, movement

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray
    from clv_xl.orders.subscriptions import Subscriptions

__all__ = [
    "PAUSE_DAYS",
    "MonthMoved",
    "Stays",
    "Subscribers",
    "a_year_before",
    "complete_months",
    "stays",
    "still_due",
    "subscribers",
]

PAUSE_DAYS: Final = 31
"""Who pays again after at most so many days without has paid late, and has not left."""

MOST_PLANS: Final = 25
"""More rows than a reader compares; and so many fit on a page."""

_RUNNING: Final = 10**7
"""Day number of an end that is not there: far beyond any date."""


class MonthMoved(NamedTuple):
    """A calendar month: its number, the day it is measured on, whether it is over, and how revenue moved in it."""

    number: int
    day: date
    over: bool
    moved: Movement


@dataclass(frozen=True, slots=True, eq=False)
class Subscribers:
    """Subscriptions as numbers, a row each.

    Attributes
    ----------
    as_of : datetime.date
        The day that everything is measured on.
    plans : tuple of str
        Names of the plans, that with the most revenue on the as-of day first.
    customers : int
        How many customers there are.
    customer, plan : ndarray of int64
        Numbers from 0; those of customers follow their ids.
    start, end : ndarray of int64
        Days since 1970-01-01, both paid for; the end of a running subscription lies beyond any date.
    amount : ndarray of int64
        What it brings a month, in the smallest unit.
    first : ndarray of int64
        First day of each customer.
    """

    as_of: date
    plans: tuple[str, ...]
    customers: int
    customer: IntArray
    plan: IntArray
    start: IntArray
    end: IntArray
    amount: IntArray
    first: IntArray

    def running(self, day: date) -> BoolArray:
        """Tell which subscriptions run on a day."""
        number = _number(day)
        return np.asarray((self.start <= number) & (self.end >= number))

    def paid(self, day: date) -> FloatArray:
        """Return what each customer pays a month on a day; whole numbers, so that sums of them are exact."""
        there = self.running(day)
        return np.bincount(self.customer[there], self.amount[there], self.customers).astype(np.float64)

    def paid_by_plan(self, day: date) -> FloatArray:
        """Return the same, customers in rows and plans in columns."""
        there = self.running(day)
        place = self.customer[there] * len(self.plans) + self.plan[there]
        size = self.customers * len(self.plans)
        found = np.bincount(place, self.amount[there], size).astype(np.float64)
        return found.reshape(self.customers, len(self.plans))

    def moved(self, before: date, after: date, who: BoolArray | None = None) -> Movement:
        """Return how revenue moved between two days, of all customers or of some."""
        chosen = slice(None) if who is None else who
        first, second = self.paid(before)[chosen], self.paid(after)[chosen]
        return movement(first, second, self.first[chosen] <= _number(before))

    def months(self) -> list[MonthMoved]:
        """Return every calendar month from the first start to the as-of day, oldest first."""
        period = Period("month")
        first = period.number(_date(int(self.first.min())))
        newest = period.number(self.as_of)
        found = []
        day = period.last_day(first - 1)
        paid = np.zeros(self.customers)
        for number in range(first, newest + 1):
            last = period.last_day(number)
            before, day = _number(day), min(last, self.as_of)
            now = self.paid(day)
            found.append(
                MonthMoved(number, day, last <= self.as_of, movement(paid, now, self.first <= before))
            )
            paid = now
        return found

    def main_plan(self, day: date) -> IntArray:
        """Return the plan that brings most of what each customer pays on a day, -1 for who pays nothing."""
        by_plan = self.paid_by_plan(day)
        found: IntArray = np.where(by_plan.any(axis=1), by_plan.argmax(axis=1), -1)
        return found


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _date(number: int) -> date:
    found: date = np.datetime64(number, "D").item()
    return found


def subscribers(read: Subscriptions, most_plans: int = MOST_PLANS) -> Subscribers:
    """Return a table of subscriptions with its customers and plans as numbers.

    Of more than so many plans, those that bring least now are taken together as one.
    """
    names, customer = np.unique(read.customer, return_inverse=True)
    titles, plan = np.unique(read.plan, return_inverse=True)
    start = read.start.astype(np.int64)
    end = np.where(np.isnat(read.end), _RUNNING, read.end.astype(np.int64))
    today = _number(read.as_of)
    there = (start <= today) & (end >= today)
    revenue = np.bincount(plan[there], read.amount[there], titles.size)
    order = np.lexsort((np.arange(titles.size), -revenue))
    rank = np.empty_like(order)
    rank[order] = np.minimum(np.arange(order.size), most_plans - 1)
    shown = tuple(str(titles[place]) for place in order[:most_plans])
    if order.size > most_plans:
        shown = (*shown[:-1], f"({order.size - most_plans + 1} other plans)")
    first = np.full(names.size, _RUNNING, dtype=np.int64)
    np.minimum.at(first, customer, start)
    return Subscribers(
        as_of=read.as_of,
        plans=shown,
        customers=names.size,
        customer=customer.astype(np.int64),
        plan=rank[plan].astype(np.int64),
        start=start,
        end=end,
        amount=read.amount,
        first=first,
    )


def a_year_before(day: date) -> date:
    """Return the same day twelve months earlier; the last day of a month stays the last.

    Examples
    --------
    >>> a_year_before(date(2025, 2, 28)), a_year_before(date(2024, 2, 29)), a_year_before(date(2025, 6, 15))
    (datetime.date(2024, 2, 29), datetime.date(2023, 2, 28), datetime.date(2024, 6, 15))
    """
    longest = monthrange(day.year - 1, day.month)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(day.year - 1, day.month, longest if is_last else min(day.day, longest))


def complete_months(start: IntArray, day: IntArray) -> tuple[IntArray, BoolArray]:
    """Return how many months from each start are complete on a day, and whether one is complete on that very day.

    A month is complete on the same day of the next month, or on its last day where that day does not exist.

    Parameters
    ----------
    start, day : ndarray of int64
        Days since 1970-01-01.

    Examples
    --------
    >>> days = np.array(["2024-01-31", "2024-01-31", "2024-01-15"], "M8[D]").astype(int)
    >>> later = np.array(["2024-02-29", "2024-03-30", "2024-03-15"], "M8[D]").astype(int)
    >>> complete_months(days, later)
    (array([1, 1, 2]), array([ True, False,  True]))
    """
    begun, ended = start.astype("M8[D]"), day.astype("M8[D]")
    from_month, to_month = begun.astype("M8[M]"), ended.astype("M8[M]")
    next_month = to_month + np.timedelta64(1, "M")
    length = (next_month.astype("M8[D]") - to_month.astype("M8[D]")).astype(np.int64)
    due = np.minimum((begun - from_month.astype("M8[D]")).astype(np.int64), length - 1)
    there = (ended - to_month.astype("M8[D]")).astype(np.int64)
    months = (to_month - from_month).astype(np.int64) - (there < due)
    return months, there == due


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """How long customers stayed, one row for each uninterrupted stay: of a customer, or of a customer on a plan.

    Attributes
    ----------
    customer, plan : ndarray of int64
        Whose stay it is; the plan is 0 throughout where plans are not told apart.
    begun : ndarray of int64
        First day, in days since 1970-01-01.
    periods : ndarray of int64
        For who left, the month of age at whose end, 1 or more; else how often the stay has been renewed, 0 or more.
    left : ndarray of bool
        Whether it ended without a move to another plan.
    running : ndarray of bool
        Whether it runs on the as-of day.
    """

    customer: IntArray
    plan: IntArray
    begun: IntArray
    periods: IntArray
    left: BoolArray
    running: BoolArray


def stays(found: Subscribers, *, by_plan: bool) -> Stays:
    """Join subscriptions that follow one another to stays, and count their months of age.

    A pause of at most 31 days does not end a stay. With ``by_plan`` a stay is that of a customer on a plan. It ends,
    and is followed no longer, when the customer starts another plan within 31 days of its end: a move is no loss.
    """
    plan = found.plan if by_plan else np.zeros_like(found.plan)
    group = found.customer * (len(found.plans) + 1) + plan
    order = np.lexsort((found.end, found.start, group))
    group, start, end = group[order], found.start[order], found.end[order]
    # the latest end so far within a group: groups follow each other, so an offset keeps them apart
    width = 10 * _RUNNING
    _, rank = np.unique(group, return_inverse=True)
    latest = np.maximum.accumulate(end + rank * width) - rank * width
    new = np.ones(group.size, dtype=bool)
    new[1:] = (group[1:] != group[:-1]) | (start[1:] - latest[:-1] - 1 > PAUSE_DAYS)
    at = np.flatnonzero(new)
    begun, ended = start[at], latest[np.append(at[1:], group.size) - 1]
    who, which = found.customer[order][at], plan[order][at]
    today = _number(found.as_of)
    running = ended >= today
    months, on_the_day = complete_months(begun, np.minimum(ended, today))
    over = ~running
    moved = _moves(found, who, which, ended) & over if by_plan else np.zeros_like(over)
    left = over & ~moved
    # an end on the day that the next month begins is the end of the month before
    periods = np.where(left, np.maximum(months + ~on_the_day, 1), months)
    return Stays(who, which, begun, periods, left, running)


def still_due(found: Subscribers, apart: Stays, most: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the subscriptions that run on the as-of day, how often each is renewed, and its payments still due.

    A payment is due each month, on the day of the month on which the stay on the plan began, until the known end;
    an end on such a day is the end of the month before.

    Parameters
    ----------
    found : Subscribers
        The table.
    apart : Stays
        Its stays by plan.
    most : int
        More payments are not counted; so many are due where no end is known.

    Returns
    -------
    tuple of ndarray of int64
        Rows of the table, renewals so far, and payments still due.
    """
    rows = np.flatnonzero(found.running(found.as_of))
    now = np.flatnonzero(apart.running)
    # a customer has one running stay on a plan at most
    group = apart.customer[now] * len(found.plans) + apart.plan[now]
    order = np.argsort(group)
    wanted = found.customer[rows] * len(found.plans) + found.plan[rows]
    stay = now[order[np.searchsorted(group[order], wanted)]]
    renewed = apart.periods[stay]
    months, on_the_day = complete_months(apart.begun[stay], found.end[rows])
    return rows, renewed, np.clip(months - on_the_day - renewed, 0, most)


def _moves(found: Subscribers, customer: IntArray, plan: IntArray, ended: IntArray) -> BoolArray:
    """Tell which stays on a plan end while the customer starts another plan."""
    width = 10 * _RUNNING
    every = np.sort(found.customer * width + found.start)
    same = np.sort((found.customer * len(found.plans) + found.plan) * width + found.start)

    def count(keys: IntArray, group: IntArray) -> IntArray:
        until = np.minimum(ended + 1 + PAUSE_DAYS, _RUNNING)
        last = np.searchsorted(keys, group * width + until, "right")
        return np.asarray(last - np.searchsorted(keys, group * width + ended + 1 - PAUSE_DAYS, "left"))

    return np.asarray(count(every, customer) > count(same, customer * len(found.plans) + plan))
