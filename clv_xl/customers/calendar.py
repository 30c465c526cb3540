"""Months and cohorts: when customers came, and how many of each generation came back."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from clv_xl.customers.engine import query

if TYPE_CHECKING:
    import pandas as pd

    from clv_xl.customers.engine import Connection

__all__ = ["Period", "choose_period", "cohorts", "complete", "months", "months_before"]

Unit = Literal["month", "quarter", "year"]
_MOST_COHORTS = 24


@dataclass(frozen=True, slots=True)
class Period:
    """A way of cutting the calendar: whole months, quarters or years, numbered from year 0."""

    unit: Unit

    @property
    def months(self) -> int:
        """Calendar months in one period."""
        return {"month": 1, "quarter": 3, "year": 12}[self.unit]

    def number(self, day: date) -> int:
        """Return the number of the period that holds the day.

        Examples
        --------
        >>> Period("quarter").number(date(2025, 6, 30)) - Period("quarter").number(date(2025, 3, 31))
        1
        """
        return (day.year * 12 + day.month - 1) // self.months

    def first_day(self, number: int) -> date:
        """Return the first day of a numbered period.

        Examples
        --------
        >>> Period("quarter").first_day(Period("quarter").number(date(2025, 6, 30)))
        datetime.date(2025, 4, 1)
        """
        year, month = divmod(number * self.months, 12)
        return date(year, month + 1, 1)

    def last_day(self, number: int) -> date:
        """Return the last day of a numbered period.

        Examples
        --------
        >>> Period("month").last_day(Period("month").number(date(2024, 2, 3)))
        datetime.date(2024, 2, 29)
        """
        year, month = divmod((number + 1) * self.months - 1, 12)
        return date(year, month + 1, monthrange(year, month + 1)[1])

    def title(self, number: int) -> str:
        """Return the period as a reader writes it: 2025-06, 2025 Q2 or 2025.

        Examples
        --------
        >>> day = date(2025, 6, 30)
        >>> [Period(unit).title(Period(unit).number(day)) for unit in ("month", "quarter", "year")]
        ['2025-06', '2025 Q2', '2025']
        """
        first = self.first_day(number)
        if self.unit == "year":
            return f"{first.year:04d}"
        if self.unit == "quarter":
            return f"{first.year:04d} Q{(first.month + 2) // 3}"
        return f"{first.year:04d}-{first.month:02d}"


def choose_period(wanted: str, first_day: date, as_of: date) -> Period:
    """Return the wanted period; for ``auto`` the finest that gives at most 24 cohorts (years: any number).

    24 columns of a cohort table fit on a printed page in letters that can still be read.

    Examples
    --------
    >>> choose_period("auto", date(2022, 1, 3), date(2025, 12, 31)).unit
    'quarter'
    """
    if wanted == "month":
        return Period("month")
    if wanted == "quarter":
        return Period("quarter")
    if wanted == "year":
        return Period("year")
    for period in (Period("month"), Period("quarter")):
        if period.number(as_of) - period.number(first_day) < _MOST_COHORTS:
            return period
    return Period("year")


def months_before(day: date, count: int) -> date:
    """Return the same day some calendar months earlier, or the last day of that month where it has no such day.

    Examples
    --------
    >>> months_before(date(2024, 2, 29), 12), months_before(date(2025, 3, 31), 1)
    (datetime.date(2023, 2, 28), datetime.date(2025, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months(connection: Connection, as_of: date) -> pd.DataFrame:
    """Return one row for every calendar month from the first order to ``as_of``, oldest first.

    A month without an order or refund is a row of zeros.

    Returns
    -------
    pandas.DataFrame
        month (its first day), customers, new_customers, orders, amount, new_amount (of customers in their
        first month), own_margin, uncosted_amount; and orders_so_far, amount_so_far, own_margin_so_far,
        uncosted_so_far: all up to the month's end.
    """
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    found = query(connection, "months", as_of=as_of)
    period = Period("month")
    numbers = range(period.number(found["month"].iloc[0].date()), period.number(as_of) + 1)
    every = pd.DataFrame({"month": pd.to_datetime([period.first_day(number) for number in numbers])})
    every["month"] = every["month"].astype(found["month"].dtype)
    filled = every.merge(found, on="month", how="left")
    so_far = ["orders_so_far", "amount_so_far", "own_margin_so_far", "uncosted_so_far"]
    filled[so_far] = filled[so_far].ffill()
    filled = filled.fillna(0)
    return filled.astype({name: kind for name, kind in found.dtypes.items() if name != "month"})


def complete(counts: pd.DataFrame, newest: int) -> pd.DataFrame:
    """Add a row of zeros for every age that a cohort has begun without anybody ordering, and the cohort's size.

    Parameters
    ----------
    counts : pandas.DataFrame
        As :func:`cohorts` returns them.
    newest : int
        Number of the period that holds the as-of date.
    """
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    known = counts.astype({"cohort": "int64", "age": "int64"})
    sizes = known.loc[known["age"] == 0, ["cohort", "customers"]].rename(columns={"customers": "size"})
    begun = [(cohort, age) for cohort in sizes["cohort"] for age in range(newest - cohort + 1)]
    grid = pd.DataFrame(begun, columns=["cohort", "age"]).merge(known, on=["cohort", "age"], how="left")
    return grid.fillna(0).merge(sizes, on="cohort")


def cohorts(connection: Connection, as_of: date, period: Period) -> pd.DataFrame:
    """Return one row a cohort and age, in periods.

    Returns
    -------
    pandas.DataFrame
        cohort (number of the period of the first order), age (periods since), customers (with an order in
        that period), orders, amount, own_margin, uncosted_amount.
    """
    return query(connection, "cohorts", as_of=as_of, months=period.months)
