"""The groupings of a shop that fits in memory: the frames that the SQL files give, several times sooner.

The SQL files say what is what; a test holds every answer given here equal to theirs, to the last digit. A shop that is
too large, or whose amounts could leave the whole numbers that a float holds, is grouped by them alone.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.customers.answers import TEXTS, InMemory
from clv_xl.customers.days import LARGEST_SUM, UNITS, CustomerDays, run_sums

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import pandas as pd

    from clv_xl.metrics.arguments import FloatArray, IntArray

__all__ = ["MOST_ROWS", "in_memory"]

MOST_ROWS: Final = 20_000_000
"""Rows of orders that are grouped in memory at most."""
_BYTES: Final = 150
"""What a row takes while they are."""

_LARGEST: Final = 1e9
"""Amounts up to here are whole ten-thousandths as floats, whatever they are added to."""
_MOST_BITS: Final = 63
"""Of a number that is not below 0."""
_SPARSE: Final = 8
"""Numbers up to so many times as many as there are rows are looked up in a list."""


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
    levels = {name: _numbered(here, name) for name in TEXTS}
    with ThreadPoolExecutor(1) as pool:
        cells = _cells(here, levels, with_cost=bool(costs))
        # numpy sorts without the interpreter, so on another core while the rows are put in order
        twice = pool.submit(_any_twice, cells.pop("order_hash"), cells["is_refund"])
        cells = _in_order(cells)
        days = _days(here, cells, twice)
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
    """Return the rows as columns of numbers, in any order."""
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
    return {name: np.asarray(values) for name, values in found.items()}


def _any_twice(hashes: np.ndarray, refund: np.ndarray) -> bool:
    """Tell whether an order that is no refund has the hash of another one."""
    ordered = np.sort(hashes[~refund] if refund.any() else hashes)
    return bool((ordered[1:] == ordered[:-1]).any())


def _in_order(cells: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the rows by customer, day and place in the file."""
    low = int(cells["day"].min())
    span = int(cells["day"].max()) - low + 1
    key = cells["customer"].astype(np.int64) * span + (cells["day"] - low)
    number = cells.pop("row_number")
    if not (number[1:] < number[:-1]).any() and not (key[1:] < key[:-1]).any():
        return cells
    order = _order(key, number)
    return {name: values[order] for name, values in cells.items()}


def _order(key: IntArray, number: IntArray) -> IntArray:
    """Return the places of rows by their keys, and of one key by their numbers; both are at least 0.

    Examples
    --------
    >>> _order(np.array([7, 2, 7, 0]), np.array([5, 1, 3, 4]))
    array([3, 1, 2, 0])
    """
    highest = int(number.max())
    bits = highest.bit_length()
    if highest < _SPARSE * number.size and int(key.max()).bit_length() + bits <= _MOST_BITS:
        places = np.arange(number.size)
        place_of = np.empty(highest + 1, dtype=np.int64)
        place_of[number] = places
        if (place_of[number] == places).all():
            # no number occurs twice; and plain numbers are sorted several times sooner than what tells their places
            both = (key << bits) | number
            both.sort()
            return np.asarray(place_of[both & ((1 << bits) - 1)])
    return np.lexsort((number, key))


def _days(
    here: duckdb.DuckDBPyConnection, cells: Mapping[str, np.ndarray], twice: Future[bool]
) -> CustomerDays | None:
    """Group rows by customer and day; None where a customer's first day has no order."""
    customer, day, refund = cells["customer"], cells["day"], cells["is_refund"]
    amount, cost = np.rint(cells["amount"] * UNITS), cells.get("cost")
    new = np.ones(amount.size, dtype=bool)
    new[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    starts = np.flatnonzero(new)
    whole = run_sums(amount, starts)
    nothing = np.zeros(starts.size)
    returned = run_sums(np.where(refund, amount, 0.0), starts) if refund.any() else nothing
    own, uncosted = nothing, whole
    if cost is not None:
        units, known = np.rint(cost * UNITS), ~np.isnan(cost)
        margin = np.where(refund, amount + np.abs(units), amount - units)
        own = run_sums(np.where(known, margin, 0.0), starts)
        uncosted = nothing if known.all() else run_sums(np.where(known, 0.0, amount), starts)
    columns = {
        "orders": _order_counts(here, cells, starts, twice),
        "amount": whole,
        "refunds": returned,
        "own_margin": own,
        "uncosted_amount": uncosted,
        "sales": whole if returned is nothing else whole - returned,
    }
    days = CustomerDays(customer[starts], day[starts], columns)
    firsts = np.flatnonzero(np.diff(days.customer, prepend=-1))
    return days if bool(days.ordered[firsts].all()) else None


def _order_counts(
    here: duckdb.DuckDBPyConnection, cells: Mapping[str, np.ndarray], starts: IntArray, twice: Future[bool]
) -> FloatArray:
    """Count the orders of each customer and day: each once, on its first day."""
    if not twice.result():
        return np.asarray(np.add.reduceat((~cells["is_refund"]).astype(np.float64), starts))
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
    for name in TEXTS:
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
