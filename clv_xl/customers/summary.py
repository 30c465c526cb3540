"""The customer summary: one row a customer, as things stood on a given day."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.engine import Elsewhere, materialise, query
from clv_xl.customers.in_memory import in_memory
from clv_xl.metrics.activity import active_windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection

__all__ = [
    "ASSUMED_ACTIVE_DAYS",
    "GAP_SHARE",
    "Window",
    "attributes",
    "gap_counts",
    "measured_window",
    "prepare",
    "prepared",
    "summaries",
    "summarise",
    "year_before",
]

GAP_SHARE = 0.9
"""The share of repeat orders that the measured active window lets in."""

ASSUMED_ACTIVE_DAYS = 365
"""The active window where nobody has come back yet, so that there is nothing to measure it from."""


def prepare(connection: Connection) -> None:
    """Group the canonical ``order_rows`` once, by customer and day; everything else reads that."""
    materialise(connection, "customer_days")


def prepared(connection: Connection) -> Connection:
    """Group the canonical ``order_rows`` in memory where they fit, else as :func:`prepare` does; return what to ask."""
    if not isinstance(connection, Elsewhere) and (found := in_memory(connection)) is not None:
        return found
    prepare(connection)
    return connection


def summarise(connection: Connection, as_of: date) -> pd.DataFrame:
    """Return one row a customer who had ordered by the end of ``as_of``, in order of customer id.

    Returns
    -------
    pandas.DataFrame
        customer_id; first_day, last_day (dates); orders, occasions (days with an order);
        frequency (repeat occasions); recency_days (first to last occasion), age_days (first occasion to
        as-of) and days_since_last_order; amount = sales + refunds (currency, refunds negative);
        own_margin (amount less cost, over the rows with a cost) and uncosted_amount (all other rows).
    """
    frame = query(connection, "summary", as_of=as_of)
    frame["frequency"] = frame["occasions"] - 1
    frame["recency_days"] = (frame["last_day"] - frame["first_day"]).dt.days
    day = _timestamp(as_of)
    frame["age_days"] = (day - frame["first_day"]).dt.days
    frame["days_since_last_order"] = (day - frame["last_day"]).dt.days
    return frame


def summaries(connection: Connection, newest: date) -> Callable[[date], pd.DataFrame]:
    """Return what gives the summary of a day up to the newest, each made once; all hold the same texts as ids."""
    latest = summarise(connection, newest)

    @cache
    def summary_on(day: date) -> pd.DataFrame:
        if day == newest:
            return latest
        found = summarise(connection, day)
        # who had ordered by then: both are in order of customer id
        then = latest["customer_id"][latest["first_day"] <= _timestamp(day)]
        return found.assign(customer_id=then.to_numpy(dtype=object))

    return summary_on


def attributes(connection: Connection) -> pd.DataFrame:
    """Return the first known channel, country and product of each customer, in order of customer id."""
    return query(connection, "attributes")


class Window:
    """How long a customer counts as active, and what that rests on.

    Attributes
    ----------
    days : int
        A customer is active up to and including this many days after the latest occasion.
    gaps : int
        Number of gaps between occasions it was measured from; 0 when it was set or assumed.
    """

    __slots__ = ("days", "gaps")

    def __init__(self, days: int, gaps: int) -> None:
        self.days = days
        self.gaps = gaps


def measured_window(found: pd.DataFrame) -> Window | None:
    """Return the days within which 90% of repeat occasions came, or None when nobody came back.

    Parameters
    ----------
    found : pandas.DataFrame
        As :func:`gap_counts` returns it.
    """
    gaps, times = found["gap"].to_numpy(), found["times"].to_numpy()
    if not times.size:
        return None
    [days] = active_windows(gaps, np.zeros(gaps.size), 1, GAP_SHARE, times)
    return Window(days=int(days), gaps=int(times.sum()))


def gap_counts(connection: Connection, as_of: date, months: int = 1) -> pd.DataFrame:
    """Return how often each number of days lay between one occasion and the customer's next.

    Returns
    -------
    pandas.DataFrame
        period (of so many calendar months, counted from January of year 0: that of the later occasion), gap (days)
        and times, a row each that occurred.
    """
    return query(connection, "gap_counts", as_of=as_of, months=months)


def year_before(day: date) -> date:
    """Return the same day a year earlier; 29 February becomes 28 February.

    Examples
    --------
    >>> from datetime import date
    >>> year_before(date(2024, 2, 29))
    datetime.date(2023, 2, 28)
    """
    if (day.month, day.day) == (2, 29):
        return day.replace(year=day.year - 1, day=28)
    return day.replace(year=day.year - 1)


def _timestamp(day: date) -> pd.Timestamp:
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    return pd.Timestamp(day)
