"""What the SQL files ask, answered from customers by day in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.customers.days import SUMS, UNITS, CustomerDays, grouped, periods
from clv_xl.customers.engine import Elsewhere, materialise, query
from clv_xl.customers.standing_days import standings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import duckdb
    import pandas as pd

    from clv_xl.customers.days import Cut
    from clv_xl.metrics.arguments import BoolArray, IntArray

__all__ = ["TEXTS", "InMemory"]

TEXTS: Final = ("channel", "country", "product")
"""What orders tell of their customers."""

_COUNTS: Final = ("customers", "new_customers", "orders", "occasions", "orders_so_far", "year_orders")
_SO_FAR: Final = {
    "orders": "orders_so_far",
    "amount": "amount_so_far",
    "own_margin": "own_margin_so_far",
    "uncosted_amount": "uncosted_so_far",
}


class InMemory(Elsewhere):
    """Answers what the SQL files ask, from :class:`~clv_xl.customers.days.CustomerDays`."""

    name = "DuckDB"

    def __init__(
        self,
        here: duckdb.DuckDBPyConnection,
        days: CustomerDays,
        ids: pd.Series,
        levels: Mapping[str, pd.Series],
        first: Mapping[str, IntArray],
        earliest: Mapping[str, IntArray],
    ) -> None:
        """Take what :func:`~clv_xl.customers.in_memory.in_memory` found."""
        self.here = here
        self._days = days
        self._ids = ids
        self._levels = levels
        self._first = first
        self._earliest = earliest
        self._frames: dict[str, pd.DataFrame] = {}
        self._by_sql = False
        self._monthly: tuple[date, Cut] | None = None
        self._answers: dict[str, Callable[..., pd.DataFrame]] = {
            "acquired": self._acquired,
            "attributes": self._attributes,
            "came_again": self._came_again,
            "cohorts": self._cohorts,
            "first_years": self._first_years,
            "gap_counts": self._gap_counts,
            "months": self._months,
            "purchases": self._purchases,
            "recent": self._recent,
            "since_first": self._since_first,
            "standings": self._standings,
            "summary": self._summary,
            "totals": self._totals,
        }

    def query(self, name: str, values: Mapping[str, object]) -> pd.DataFrame:
        """Answer what a SQL file asks; ask the file itself where the answer is not known here."""
        if name in self._answers:
            return self._answers[name](**values)
        if not self._by_sql:
            materialise(self.here, "customer_days")
            self._by_sql = True
        return query(self.here, name, **values)

    def materialise(self, name: str, values: Mapping[str, object] | None = None) -> None:
        """Keep the result of a SQL file under its name, replacing an older one."""
        materialise(self.here, name, values)

    def register(self, name: str, frame: pd.DataFrame) -> None:
        """Keep a frame for the next question."""
        self._frames[name] = frame

    def _summary(self, as_of: date) -> pd.DataFrame:
        days = self._days.until(_number(as_of))
        first, last, occasions = days.ends()
        keys, sums = days.by_customer(
            ("orders", "amount", "sales", "refunds", "own_margin", "uncosted_amount")
        )
        return _frame(
            {
                "customer_id": self._named(keys),
                "first_day": _days_of(first),
                "last_day": _days_of(last),
                "orders": sums.pop("orders"),
                "occasions": occasions,
                **sums,
            }
        )

    def _attributes(self) -> pd.DataFrame:
        # a customer whose first row is no sale is not grouped here
        return self._texts(self._first, np.ones(self._days.first.size, dtype=bool))

    def _acquired(self, as_of: date) -> pd.DataFrame:
        return self._texts(self._earliest, self._days.first <= _number(as_of))

    def _texts(self, numbers: Mapping[str, IntArray], chosen: BoolArray) -> pd.DataFrame:
        texts = {name: _taken(self._levels[name], numbers[name][chosen]) for name in TEXTS}
        return _frame({"customer_id": self._named(np.flatnonzero(chosen)), **texts})

    def _gap_counts(self, as_of: date, months: int) -> pd.DataFrame:
        gap, day = self._days.until(_number(as_of)).gaps()
        longest = int(gap.max(initial=0)) + 1
        keys, times = np.unique(periods(day, months) * longest + gap, return_counts=True)
        return _frame({"period": keys // longest, "gap": keys % longest, "times": times})

    def _came_again(self, day: date) -> pd.DataFrame:
        _, _, occasions = self._days.until(_number(day)).ends()
        return _frame({"customers": np.array([np.count_nonzero(occasions > 1)])})

    def _standings(self, as_of: date, months: int, earlier: int, kept_days: int) -> pd.DataFrame:
        days = self._days.until(_number(as_of)).ordered_days()
        ends = {name: values.to_numpy() for name, values in self._frames["period_ends"].items()}
        return _frame(standings(*days, months, earlier, kept_days, ends))

    def _recent(self, after: date, upto: date, as_of: date) -> pd.DataFrame:
        days = self._days.until(_number(as_of))
        inside = (days.day > _number(after)) & (days.day <= _number(upto))
        number = days.customer[inside]
        size = int(days.customer.max(initial=-1)) + 1
        known = np.bincount(days.customer, minlength=size) > 0
        sums = {
            "occasions": np.bincount(number, days.ordered[inside], size),
            "amount": np.bincount(number, days.columns["amount"][inside], size),
        }
        # of no row numpy counts in whole numbers
        return _frame({name: values[known].astype(np.float64) for name, values in sums.items()})

    def _totals(self, after: date, as_of: date) -> pd.DataFrame:
        day = self._days.day
        rows = (day > _number(after)) & (day <= _number(as_of))
        orders, *money = (np.array([self._days.columns[name][rows].sum()]) for name in SUMS)
        occasions = np.array([np.count_nonzero(self._days.ordered[rows])])
        return _frame({"orders": orders, "occasions": occasions, **dict(zip(SUMS[1:], money, strict=True))})

    def _first_years(self, after: date, until: date) -> pd.DataFrame:
        days = self._days
        came = (days.first > _number(after)) & (days.first <= _number(until))
        ends = np.where(came, _year_later(days.first), np.iinfo(np.int32).min)
        keys, sums = days.those(days.day < ends[days.customer]).by_customer(SUMS)
        return _frame({"customer_id": self._named(keys), **sums})

    def _cohorts(self, as_of: date, months: int) -> pd.DataFrame:
        cut = self._days.until(_number(as_of)).cut(months)
        # the months are asked for with the cohorts, once
        self._monthly = (as_of, cut) if months == 1 else self._monthly
        cohort, age, sums = cut.by_cohort()
        return _frame({"cohort": cohort, "age": age, **sums})

    def _months(self, as_of: date) -> pd.DataFrame:
        known, self._monthly = self._monthly, None
        cut = known[1] if known and known[0] == as_of else self._days.until(_number(as_of)).cut(1)
        keys, sums = cut.by_period()
        month = (keys - 1970 * 12).astype("datetime64[M]").astype("datetime64[us]")
        names = (
            "customers",
            "new_customers",
            "orders",
            "amount",
            "new_amount",
            "own_margin",
            "uncosted_amount",
        )
        so_far = {title: np.cumsum(sums[name]) for name, title in _SO_FAR.items()}
        return _frame({"month": month, **{name: sums[name] for name in names}, **so_far})

    def _purchases(self, as_of: date, step: int) -> pd.DataFrame:
        days = self._days.until(_number(as_of))
        number = np.cumsum(np.diff(days.customer, prepend=-1) != 0) - 1
        amount = days.columns["amount"]
        rows = days.ordered | (amount != 0)
        if step > 1:
            rows &= number % step == 0
        return _frame(
            {
                "customer": number[rows].astype(np.int32),
                "day": days.day[rows].astype(np.int32),
                "amount": amount[rows],
                "ordered": days.ordered[rows],
            }
        )

    def _since_first(self, as_of: date, year_ago: date) -> pd.DataFrame:
        people = self._frames["customer_groups"]
        groups = np.full(self._days.first.size, -1, dtype=np.int64)
        groups[self._places(people["customer_id"])] = people["customer_group"].to_numpy()
        days = self._days.until(_number(as_of))
        days = days if bool((groups >= 0).all()) else days.those(groups[days.customer] >= 0)
        return _since_first(days, self._days.first, groups, _number(year_ago))

    def _named(self, keys: IntArray) -> pd.Series:
        """Return the ids of customers."""
        if keys.size == len(self._ids):
            return self._ids
        return self._ids.take(keys).reset_index(drop=True)

    def _places(self, ids: pd.Series) -> IntArray:
        """Return the numbers of customers by their ids."""
        import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

        return np.asarray(pd.Index(self._ids.to_numpy(dtype=object)).get_indexer(ids.to_numpy(dtype=object)))


def _since_first(days: CustomerDays, first: IntArray, groups: IntArray, year_ago: int) -> pd.DataFrame:
    """Add up by group, month of the first order and age in months."""
    begun = first[days.customer]
    cohort, age = periods(begun, 1), periods(days.day, 1)
    age = age - cohort
    in_year = (begun <= year_ago) & (days.day < _year_later(first)[days.customer])
    sums = {name: days.columns[name] for name in SUMS}
    year = {f"year_{name}": np.where(in_year, values, 0.0) for name, values in sums.items()}
    ages = int(age.max(initial=0)) + 1
    low = int(cohort.min(initial=0))
    cohorts = int(cohort.max(initial=0)) - low + 1
    keys, found = grouped((groups[days.customer] * cohorts + cohort - low) * ages + age, sums | year)
    return _frame(
        {
            "customer_group": keys // (ages * cohorts),
            "cohort": keys // ages % cohorts + low,
            "age": keys % ages,
            **found,
        }
    )


def _year_later(day: IntArray) -> IntArray:
    """Return the same day of the year after; 29 February becomes 28 February."""
    days, place = np.unique(day, return_inverse=True)
    later = [_number(_in_a_year(item)) for item in days.astype("datetime64[D]").tolist()]
    return np.array(later, dtype=np.int64)[place]


def _in_a_year(day: date) -> date:
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _days_of(day: IntArray) -> np.ndarray:
    return day.astype("datetime64[D]").astype("datetime64[us]")


def _taken(levels: pd.Series, number: IntArray) -> pd.Series:
    """Return texts by their numbers, -1 for none."""
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    return pd.Series(levels.array.take(number, allow_fill=True))


def _frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a frame: money in the currency, counts as whole numbers."""
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    return pd.DataFrame(
        {
            name: values
            if values.dtype.kind != "f"
            else values.astype(np.int64)
            if name in _COUNTS
            else values / UNITS
            for name, values in columns.items()
        },
        copy=False,
    )
