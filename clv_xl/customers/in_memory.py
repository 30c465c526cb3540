"""The groupings of a shop that fits in memory: the frames that the SQL files give, several times sooner.

The SQL files say what is what; a test holds every answer given here equal to theirs, to the last digit. A shop that is
too large, or whose amounts could leave the whole numbers that a float holds, is grouped by them alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.customers.days import LARGEST_SUM, SUMS, UNITS, CustomerDays, grouped, periods
from clv_xl.customers.engine import Elsewhere, materialise, query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import duckdb
    import pandas as pd

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray

__all__ = ["MOST_ROWS", "InMemory", "in_memory"]

MOST_ROWS: Final = 20_000_000
"""Rows of orders that are grouped in memory at most."""
_BYTES: Final = 150
"""What a row takes while they are."""

_LARGEST: Final = 1e9
"""Amounts up to here are whole ten-thousandths as floats, whatever they are added to."""
_TEXTS: Final = ("channel", "country", "product")
_COUNTS: Final = ("customers", "new_customers", "orders", "occasions", "orders_so_far", "year_orders")
_SO_FAR: Final = {
    "orders": "orders_so_far",
    "amount": "amount_so_far",
    "own_margin": "own_margin_so_far",
    "uncosted_amount": "uncosted_so_far",
}


def in_memory(here: duckdb.DuckDBPyConnection, most: int | None = None) -> InMemory | None:
    """Take the canonical ``order_rows`` into memory, or return None where SQL must group them.

    Parameters
    ----------
    here : duckdb.DuckDBPyConnection
        Holds ``order_rows``.
    most : int, optional
        Rows that fit; by default :data:`MOST_ROWS`, or fewer where DuckDB was given little memory.
    """
    if most is None:
        most = min(MOST_ROWS, _memory(here) // 2 // _BYTES)
    sizes = here.execute(
        """
        select count(*), cast(max(greatest(abs(amount), abs(coalesce(cost, 0)))) as double), count(cost),
            cast(sum(abs(amount)) + sum(abs(coalesce(cost, 0))) as double)
        from order_rows
        """
    ).fetchall()
    rows, largest, costs, whole = sizes[0]
    if not 0 < rows <= most or largest > _LARGEST or whole * UNITS >= LARGEST_SUM:
        return None
    here.execute(
        """
        create or replace temporary table customer_numbers as
        select cast(row_number() over (order by customer_id) - 1 as integer) as customer, customer_id
        from (select distinct customer_id from order_rows) as customers
        """
    )
    ids = here.execute("select customer_id from customer_numbers order by customer").df()["customer_id"]
    levels = {name: _numbered(here, name) for name in _TEXTS}
    cells = _cells(here, levels, with_cost=bool(costs))
    days = _days(here, cells)
    if days is None:
        return None
    first, earliest = _told(cells, days)
    return InMemory(here, days, ids, levels, first, earliest)


def _memory(here: duckdb.DuckDBPyConnection) -> int:
    """Return the bytes that DuckDB may take, which it tells in words."""
    [(told,)] = here.execute("select current_setting('memory_limit')").fetchall()
    number, unit = told.split()
    return int(float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB").index(unit))


def _numbered(here: duckdb.DuckDBPyConnection, name: str) -> pd.Series:
    """Put the texts of a column and their places in the alphabet into a table ``<name>_numbers``; return them."""
    here.execute(
        f"""
        create or replace temporary table {name}_numbers as
        select cast(row_number() over (order by {name}) - 1 as integer) as {name}_number, {name}
        from (select distinct {name} from order_rows where not is_refund and {name} is not null) as known
        """  # noqa: S608  (our own names)
    )
    return here.execute(f"select {name} from {name}_numbers order by {name}_number").df()[name]  # noqa: S608


def _cells(
    here: duckdb.DuckDBPyConnection, levels: Mapping[str, pd.Series], *, with_cost: bool
) -> dict[str, np.ndarray]:
    """Return the rows as columns of numbers, by customer, day and place in the file."""
    texts = [name for name, known in levels.items() if len(known)]
    numbers = "".join(f", coalesce({name}_number, -1) as {name}" for name in texts)
    joins = "".join(f" left join {name}_numbers using ({name})" for name in texts)
    found = here.execute(
        f"""
        select customer, cast(date_diff('day', date '1970-01-01', day) as integer) as day, row_number,
            cast(amount as double) as amount, {"cast(cost as double) as cost," if with_cost else ""}
            is_refund, hash(order_id) as order_hash{numbers}
        from order_rows join customer_numbers using (customer_id){joins}
        """  # noqa: S608  (our own names)
    ).fetchnumpy()
    cost = found.get("cost")
    if isinstance(cost, np.ma.MaskedArray):
        found["cost"] = cost.filled(np.nan)
    cells = {name: np.asarray(values) for name, values in found.items()}
    low = int(cells["day"].min())
    span = int(cells["day"].max()) - low + 1
    key = cells["customer"].astype(np.int64) * span + (cells["day"] - low)
    number = cells.pop("row_number")
    if (number[1:] < number[:-1]).any():
        order = np.lexsort((number, key))
    elif (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
    else:
        return cells
    return {name: values[order] for name, values in cells.items()}


def _days(here: duckdb.DuckDBPyConnection, cells: Mapping[str, np.ndarray]) -> CustomerDays | None:
    """Group rows by customer and day; None where a customer's first day has no order."""
    customer, day, refund = cells["customer"], cells["day"], cells["is_refund"]
    amount, cost = np.rint(cells["amount"] * UNITS), cells.get("cost")
    if cost is None:
        own, uncosted = np.zeros(amount.size), amount
    else:
        units = np.rint(cost * UNITS)
        own = np.where(np.isnan(cost), 0.0, np.where(refund, amount + np.abs(units), amount - units))
        uncosted = np.where(np.isnan(cost), amount, 0.0)
    new = np.ones(amount.size, dtype=bool)
    new[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    starts = np.flatnonzero(new)
    columns = {
        "orders": _order_counts(here, cells, starts),
        "amount": np.add.reduceat(amount, starts),
        "refunds": np.add.reduceat(np.where(refund, amount, 0.0), starts),
        "own_margin": np.add.reduceat(own, starts),
        "uncosted_amount": np.add.reduceat(uncosted, starts),
    }
    columns["sales"] = columns["amount"] - columns["refunds"]
    days = CustomerDays(customer[starts], day[starts], columns)
    firsts = np.flatnonzero(np.diff(days.customer, prepend=-1))
    return days if bool(days.ordered[firsts].all()) else None


def _order_counts(
    here: duckdb.DuckDBPyConnection, cells: Mapping[str, np.ndarray], starts: IntArray
) -> FloatArray:
    """Count the orders of each customer and day: each once, on its first day."""
    sale = ~cells["is_refund"]
    hashes = np.sort(cells["order_hash"][sale])
    if not (hashes[1:] == hashes[:-1]).any():
        return np.asarray(np.add.reduceat(sale.astype(np.float64), starts))
    # ids that occur on several rows, or whose hashes are equal by chance
    told: dict[str, Any] = here.execute(
        """
        select customer, cast(date_diff('day', date '1970-01-01', day) as integer) as day, count(*) as orders
        from (
            select customer_id, min(day) as day from order_rows where not is_refund group by customer_id, order_id
        ) as orders
        join customer_numbers using (customer_id)
        group by customer, day
        """
    ).fetchnumpy()
    found = {name: np.asarray(values) for name, values in told.items()}
    customer, day = cells["customer"][starts].astype(np.int64), cells["day"][starts]
    low = int(day.min())
    span = int(day.max()) - low + 1
    counted = np.zeros(starts.size)
    place = np.searchsorted(
        customer * span + (day - low),
        found["customer"].astype(np.int64) * span + (found["day"] - low),
    )
    counted[place] = found["orders"]
    return counted


def _told(
    cells: Mapping[str, np.ndarray], days: CustomerDays
) -> tuple[dict[str, IntArray], dict[str, IntArray]]:
    """Return the number of each customer's first known text, and of the first by alphabet on the first day."""
    sale = ~cells["is_refund"]
    customer = cells["customer"]
    on_first_day = sale & (cells["day"] == days.first[customer])
    first, earliest = {}, {}
    for name in _TEXTS:
        number = cells.get(name)
        found, lowest = (np.full(days.first.size, -1, dtype=np.int64) for _ in range(2))
        if number is not None:
            known = sale & (number >= 0)
            # the first of the rows is written last
            found[customer[known][::-1]] = number[known][::-1]
            known &= on_first_day
            smallest = np.full(days.first.size, np.iinfo(np.int64).max)
            np.minimum.at(smallest, customer[known], number[known].astype(np.int64))
            some = smallest < np.iinfo(np.int64).max
            lowest[some] = smallest[some]
        first[name], earliest[name] = found, lowest
    return first, earliest


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
        """Take what :func:`in_memory` found."""
        self.here = here
        self._days = days
        self._ids = ids
        self._levels = levels
        self._first = first
        self._earliest = earliest
        self._frames: dict[str, pd.DataFrame] = {}
        self._by_sql = False
        self._answers: dict[str, Callable[..., pd.DataFrame]] = {
            "acquired": self._acquired,
            "attributes": self._attributes,
            "cohorts": self._cohorts,
            "first_years": self._first_years,
            "gaps": self._gaps,
            "months": self._months,
            "purchases": self._purchases,
            "since_first": self._since_first,
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

    def materialise(self, name: str) -> None:
        """Keep the result of a SQL file under its name."""
        materialise(self.here, name)

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
        texts = {name: _taken(self._levels[name], numbers[name][chosen]) for name in _TEXTS}
        return _frame({"customer_id": self._named(np.flatnonzero(chosen)), **texts})

    def _gaps(self, as_of: date, share: float) -> pd.DataFrame:
        gaps = self._days.until(_number(as_of)).gaps()
        self.here.register("gaps_seen", _frame({"gap": gaps}))
        try:
            return self.here.execute(
                "select cast(count(gap) as bigint) as gaps, cast(quantile_disc(gap, $share) as bigint) as days"
                " from gaps_seen",
                {"share": share},
            ).df()
        finally:
            self.here.unregister("gaps_seen")

    def _totals(self, after: date, as_of: date) -> pd.DataFrame:
        day = self._days.day
        rows = (day > _number(after)) & (day <= _number(as_of))
        return _frame({name: np.array([self._days.columns[name][rows].sum()]) for name in SUMS})

    def _first_years(self, after: date, until: date) -> pd.DataFrame:
        days = self._days
        came = (days.first > _number(after)) & (days.first <= _number(until))
        ends = np.where(came, _year_later(days.first), np.iinfo(np.int32).min)
        keys, sums = days.those(days.day < ends[days.customer]).by_customer(SUMS)
        return _frame({"customer_id": self._named(keys), **sums})

    def _cohorts(self, as_of: date, months: int) -> pd.DataFrame:
        cohort, age, sums = self._days.until(_number(as_of)).cut(months).by_cohort()
        return _frame({"cohort": cohort, "age": age, **sums})

    def _months(self, as_of: date) -> pd.DataFrame:
        keys, sums = self._days.until(_number(as_of)).cut(1).by_period()
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

    def _purchases(self, as_of: date) -> pd.DataFrame:
        days = self._days.until(_number(as_of))
        number = np.cumsum(np.diff(days.customer, prepend=-1) != 0) - 1
        amount = days.columns["amount"]
        rows = days.ordered | (amount != 0)
        return _frame(
            {
                "customer": number[rows],
                "day": days.day[rows].astype(np.int64),
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
