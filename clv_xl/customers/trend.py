"""The shop period by period: what was ordered in each, and how things stood at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.engine import query, registered, unregistered
from clv_xl.customers.lives import Lives
from clv_xl.customers.snapshot import Totals
from clv_xl.customers.summary import ASSUMED_ACTIVE_DAYS, GAP_SHARE, gap_counts
from clv_xl.metrics.activity import active_windows
from clv_xl.metrics.flow import movement_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from clv_xl.customers.calendar import Period
    from clv_xl.customers.engine import Connection
    from clv_xl.metrics.flow import Movement

__all__ = ["PeriodEnd", "Standing", "last_days", "period_ends", "standings"]


@dataclass(frozen=True, eq=False, slots=True)
class Standing:
    """How customers stood at the end of a period.

    Attributes
    ----------
    active_days : int
        The active window that the lives are measured by.
    lives : Lives
        The active lives so far.
    movement : Movement
        How the active customers of the day before the period became those of its end, by the window that was asked
        for.
    """

    active_days: int
    lives: Lives
    movement: Movement


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
        The active window as it was then: measured from the orders so far, or assumed where nobody had come back.
    lives : Lives
        The active lives so far.
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
        standings(connection, as_of, period, numbers, gap_counts(connection, as_of, period.months)),
        strict=True,
    )
    return [
        PeriodEnd(
            number=number,
            customers=int(customers),
            orders=int(orders),
            amount=amount,
            so_far=Totals(int(all_orders), *money),
            active_days=standing.active_days,
            lives=standing.lives,
        )
        for number, (customers, orders, amount), (all_orders, *money), standing in rows
    ]


def standings(
    connection: Connection,
    as_of: date,
    period: Period,
    numbers: Sequence[int],
    windows: int | pd.DataFrame,
    kept_days: int = 0,
) -> list[Standing]:
    """Return how customers stood at the ends of periods that follow each other.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    as_of : datetime.date
        The day on which the last period is measured.
    period : Period
        The length of a period.
    numbers : sequence of int
        The periods, one after the other.
    windows : int or pandas.DataFrame
        The active window of all lives; or :func:`~clv_xl.customers.summary.gap_counts` of these periods: then those of
        each period have the window of the orders up to its end.
    kept_days : int, default 0
        The active window by which customers come and leave: the same in all periods.
    """
    every = [windows] * len(numbers) if isinstance(windows, int) else _windows(windows, numbers)
    ends = last_days(period, [numbers[0] - 1, *numbers], as_of)
    frame = _ends(numbers, ends, every)
    registered(connection, "period_ends", frame)
    try:
        found = query(
            connection,
            "standings",
            as_of=as_of,
            months=period.months,
            earlier=numbers[0] - 1,
            kept_days=kept_days,
        )
    finally:
        unregistered(connection, "period_ends")
    columns = {name: found[name].to_numpy() for name in found.columns}
    cuts = np.searchsorted(columns["period"], np.append(numbers, numbers[-1] + 1))
    return [
        _standing({name: values[begin:end] for name, values in columns.items()}, window)
        for begin, end, window in zip(cuts[:-1], cuts[1:], every, strict=True)
    ]


def last_days(period: Period, numbers: Sequence[int], as_of: date) -> list[int]:
    """Return the last day of each period as a day number, none after the as-of date."""
    return [min(_day(period.last_day(number)), _day(as_of)) for number in numbers]


def _windows(found: pd.DataFrame, numbers: Sequence[int]) -> list[int]:
    """Return the active window at the end of each period."""
    known_in = np.maximum(found["period"].to_numpy() - numbers[0], 0)
    measured = active_windows(
        found["gap"].to_numpy(), known_in, len(numbers), GAP_SHARE, found["times"].to_numpy()
    )
    return [ASSUMED_ACTIVE_DAYS if np.isnan(days) else int(days) for days in measured]


def _ends(numbers: Sequence[int], ends: list[int], windows: list[int]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    columns = {"period": list(numbers), "end_day": ends[1:], "before_day": ends[:-1], "active_days": windows}
    return pd.DataFrame({name: np.array(values, dtype=np.int64) for name, values in columns.items()})


def _standing(rows: dict[str, np.ndarray], window: int) -> Standing:
    customers = rows["customers"]
    return Standing(
        window,
        Lives(rows["lived"], rows["ended"], customers),
        movement_of(rows["was_known"], rows["was_active"], rows["is_active"], customers),
    )


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
