"""The shop period by period: what was ordered in each, and how things stood at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.calendar import cohorts
from clv_xl.customers.engine import query
from clv_xl.customers.snapshot import DAYS_A_YEAR

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.customers.calendar import Period
    from clv_xl.customers.engine import Connection
    from clv_xl.metrics.arguments import BoolArray, FloatArray

__all__ = ["PeriodEnd", "period_ends"]


@dataclass(frozen=True, eq=False, slots=True)
class PeriodEnd:
    """One period, measured on its last day or, for the last one, on the as-of date.

    Attributes
    ----------
    number : int
        The period, as :class:`~clv_xl.customers.calendar.Period` numbers it.
    customers, orders, amount
        Customers who ordered in the period, their orders, and the amount net of refunds.
    orders_so_far, amount_so_far
        All orders up to the period's end.
    lived : ndarray of float64
        Years each customer has been active so far, see ``Snapshot.lifetimes``.
    ended : ndarray of bool
        Whether that is over.
    """

    number: int
    customers: int
    orders: int
    amount: float
    orders_so_far: int
    amount_so_far: float
    lived: FloatArray
    ended: BoolArray

    @property
    def active_years(self) -> float:
        """Customer-years spent active so far, at least one day for each customer."""
        return float(np.maximum(self.lived, 1 / DAYS_A_YEAR).sum())


def period_ends(connection: Connection, as_of: date, period: Period, active_days: int) -> list[PeriodEnd]:
    """Return every period from the first order to the as-of date, oldest first, also those without an order.

    Parameters
    ----------
    connection : Connection
        With prepared orders, one of them on or before ``as_of``.
    as_of : datetime.date
        The day on which everything is measured.
    period : Period
        The length of a period.
    active_days : int
        Days after the latest occasion through which a customer counts as active.
    """
    counts = cohorts(connection, as_of, period)
    counts["period"] = counts["cohort"] + counts["age"]
    # whole ten-thousandths add up exactly, in whatever order
    counts["units"] = (counts["amount"] * 10_000).round().astype("int64")
    sums = counts.groupby("period")[["customers", "orders", "units"]].sum()
    numbers = range(int(sums.index.min()), period.number(as_of) + 1)
    in_period = sums.reindex(numbers, fill_value=0).to_numpy(dtype=np.int64)
    so_far = in_period.cumsum(axis=0)

    found = query(connection, "occasions", as_of=as_of)
    who = found["customer_id"].ne(found["customer_id"].shift()).cumsum().to_numpy() - 1
    day = found["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    first = day[np.flatnonzero(np.diff(who, prepend=-1))]
    start = int(day.min())
    span = int(day.max()) - start + 2
    places = who * span + day - start
    everyone = np.arange(first.size)
    ends = []
    for number, (customers, orders, units), (_, all_orders, all_units) in zip(
        numbers, in_period.tolist(), so_far.tolist(), strict=True
    ):
        end = min(_day(period.last_day(number)), _day(as_of))
        came = first <= end
        # the customer's latest occasion by then: the last place that is not beyond customer and day
        latest = np.searchsorted(places, everyone[came] * span + min(end - start, span - 1), side="right") - 1
        last = day[latest]
        waited = end - last
        ends.append(
            PeriodEnd(
                number=number,
                customers=customers,
                orders=orders,
                amount=units / 10_000,
                orders_so_far=all_orders,
                amount_so_far=all_units / 10_000,
                lived=(last - first[came] + np.minimum(waited, active_days)) / DAYS_A_YEAR,
                ended=waited > active_days,
            )
        )
    return ends


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
