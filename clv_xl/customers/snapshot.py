"""The shop at the end of one day: who is active, who was won and lost in the year, what was bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.engine import query
from clv_xl.customers.lives import active_lives
from clv_xl.customers.summary import summarise, year_before
from clv_xl.metrics.activity import is_active, is_window_whole
from clv_xl.metrics.flow import Movement, movement_of, ordered_since
from clv_xl.metrics.retention import churn_rate, retention_rate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection
    from clv_xl.customers.lives import Lives

__all__ = ["FirstYears", "Movement", "Snapshot", "Totals", "take_snapshot"]


@dataclass(frozen=True, slots=True)
class Totals:
    """What was ordered in a stretch of time: orders, and currency amounts net of refunds."""

    orders: int
    amount: float
    own_margin: float
    uncosted_amount: float


@dataclass(frozen=True, eq=False, slots=True)
class FirstYears:
    """Customers won more than a year and at most two years ago, and the first twelve months of each.

    All of them are seen at the same age, so two such generations can be compared, however long the history.

    Attributes
    ----------
    customers : int
        How many they are.
    totals : Totals
        What they ordered within twelve months of their first order, that day included.
    amounts : ndarray of float64
        The amount of each, in order of customer id.
    """

    customers: int
    totals: Totals
    amounts: np.ndarray


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The shop at the end of ``as_of``.

    Attributes
    ----------
    as_of : date
        The day.
    active_days : int
        Days after the latest occasion through which a customer counts as active.
    frame : pandas.DataFrame
        The customer summary at that day, see :func:`clv_xl.customers.summary.summarise`.
    lifetime : Totals
        All orders up to that day.
    year : Totals
        The last twelve months of them.
    movement : Movement or None
        None where no customer is older than a year.
    ordered : int
        Those active a year ago who ordered since.
    first_years : FirstYears
        The customers who came in the twelve months before the last twelve.
    """

    as_of: date
    active_days: int
    frame: pd.DataFrame
    lifetime: Totals
    year: Totals
    movement: Movement | None
    ordered: int
    first_years: FirstYears

    @property
    def first_day(self) -> date:
        """The day of the first order."""
        day: date = self.frame["first_day"].min().date()
        return day

    @property
    def retention_needs(self) -> date:
        """The day from which on orders must be there for a retention of the last twelve months."""
        return year_before(self.as_of) - timedelta(days=self.active_days + 1)

    @property
    def has_window_a_year_ago(self) -> bool:
        """Whether somebody could be inactive a year ago: without that there is no retention."""
        return is_window_whole((year_before(self.as_of) - self.first_day).days, self.active_days)

    @property
    def retention(self) -> float:
        """The share of those active a year ago who still are; NaN where nobody could be inactive then."""
        moved = self.movement
        if moved is None or not self.has_window_a_year_ago:
            return float("nan")
        return retention_rate(moved.start, moved.end, moved.new + moved.reactivated)

    @property
    def churn(self) -> float:
        """The share of those active a year ago who no longer are; NaN where nobody could be inactive then."""
        moved = self.movement
        if moved is None or not self.has_window_a_year_ago:
            return float("nan")
        return churn_rate(moved.start, moved.lost)

    @property
    def retained_without_order(self) -> bool:
        """Whether a customer can be active both a year ago and now without an order in between."""
        return timedelta(days=self.active_days) >= self.as_of - year_before(self.as_of)

    @property
    def newest_customer(self) -> date:
        """The day on which a customer ordered for the first time most lately."""
        day: date = self.frame["first_day"].max().date()
        return day

    @property
    def new_customers(self) -> int:
        """Number of customers whose first order lies within the last twelve months."""
        first = self.frame["first_day"].to_numpy()
        return int((first > np.datetime64(year_before(self.as_of), "D")).sum())

    @property
    def active(self) -> np.ndarray:
        """For each customer whether the latest order lies within the active window."""
        return is_active(self.frame["days_since_last_order"].to_numpy(), self.active_days)

    @property
    def lives(self) -> Lives:
        """The active lives so far, in the order of :attr:`frame`."""
        return active_lives(
            self.frame["recency_days"].to_numpy(),
            self.frame["days_since_last_order"].to_numpy(),
            self.active_days,
        )

    @property
    def active_years(self) -> float:
        """Customer-years spent active, at least one day for each customer."""
        return self.lives.active_years


def take_snapshot(
    connection: Connection,
    as_of: date,
    active_days: int,
    summary_on: Callable[[date], pd.DataFrame] | None = None,
) -> Snapshot:
    """Describe the shop at the end of a day, from the prepared orders up to that day.

    ``summary_on`` gives the customer summary of a day; who takes several snapshots makes each summary only once.
    """
    summary_on = summary_on or partial(summarise, connection)
    year_start = year_before(as_of)
    frame = summary_on(as_of)
    movement, ordered = _movement(summary_on(year_start), frame, as_of, active_days)
    return Snapshot(
        as_of=as_of,
        active_days=active_days,
        frame=frame,
        lifetime=_totals(connection, year_start.replace(year=1), as_of),
        year=_totals(connection, year_start, as_of),
        movement=movement,
        ordered=ordered,
        first_years=_first_years(connection, year_start),
    )


def _totals(connection: Connection, after: date, as_of: date) -> Totals:
    return _as_totals(query(connection, "totals", after=after, as_of=as_of).iloc[0])


def _first_years(connection: Connection, until: date) -> FirstYears:
    found = query(connection, "first_years", after=year_before(until), until=until)
    return FirstYears(
        customers=len(found),
        totals=_as_totals(found[["orders", "amount", "own_margin", "uncosted_amount"]].sum()),
        amounts=found["amount"].to_numpy(),
    )


def _as_totals(row: pd.Series) -> Totals:
    return Totals(
        orders=int(row["orders"]),
        amount=float(row["amount"]),
        own_margin=float(row["own_margin"]),
        uncosted_amount=float(row["uncosted_amount"]),
    )


def _movement(
    before: pd.DataFrame, frame: pd.DataFrame, as_of: date, active_days: int
) -> tuple[Movement | None, int]:
    """Return how the active of a year before became those of a day, and how many of the former ordered since."""
    if before.empty:
        return None, 0
    start = year_before(as_of)
    # both in order of customer id, so who was known then stands in the same order
    known = frame["first_day"].to_numpy() <= np.datetime64(start, "D")
    was_active = np.zeros(len(frame), dtype=bool)
    was_active[known] = is_active(before["days_since_last_order"].to_numpy(), active_days)
    since = frame["days_since_last_order"].to_numpy()
    return (
        movement_of(known, was_active, is_active(since, active_days)),
        ordered_since(was_active, since, (as_of - start).days),
    )
