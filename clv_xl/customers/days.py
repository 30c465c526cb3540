"""Customers by day as columns in memory: the same groupings as the SQL files, for shops that fit there.

A day of a customer is a row, as in ``customer_days``. Money is in whole ten-thousandths, as floats that hold them
exactly: whoever makes the columns sees to it that no sum of them leaves the whole numbers that a float holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray

__all__ = ["LARGEST_SUM", "SUMS", "UNITS", "CustomerDays", "Cut", "Grouped", "grouped", "periods", "run_sums"]

UNITS: Final = 1e4
"""Units of money in one of the currency."""
LARGEST_SUM: Final = 2.0**53
"""Up to here a float holds every whole number."""
SUMS: Final = ("orders", "amount", "own_margin", "uncosted_amount")
"""What most groupings add up."""


class Grouped(NamedTuple):
    """Some groups by their numbers, ascending, with their sums by column."""

    keys: IntArray
    sums: dict[str, FloatArray]


@dataclass(frozen=True, eq=False)
class CustomerDays:
    """One row a customer and day, sorted so; the first row of each customer has an order.

    Attributes
    ----------
    customer : ndarray of int32
        Numbered from 0 in order of customer id.
    day : ndarray of int32
        Days since 1970-01-01.
    columns : dict of str to ndarray of float64
        orders, amount, sales, refunds, own_margin, uncosted_amount; money in ten-thousandths. Two names may have the
        same array: without refunds the sales are the amount.
    """

    customer: IntArray
    day: IntArray
    columns: Mapping[str, FloatArray]

    @cached_property
    def ordered(self) -> BoolArray:
        """Whether an order was made on the day."""
        return self.columns["orders"] > 0

    @cached_property
    def first(self) -> IntArray:
        """The day of each customer's first order."""
        return self.day[_starts(self.customer)]

    def until(self, last: int) -> CustomerDays:
        """Return the rows up to a day."""
        return self if self.day.size == 0 or self.day.max() <= last else self.those(self.day <= last)

    def those(self, rows: BoolArray) -> CustomerDays:
        """Return some of the rows; of each customer the first one or none."""
        return CustomerDays(
            self.customer[rows], self.day[rows], _each(self.columns, lambda values: values[rows])
        )

    def by_customer(self, names: tuple[str, ...]) -> Grouped:
        """Add columns up by customer."""
        starts = _starts(self.customer)
        return Grouped(
            self.customer[starts],
            self._run_sums(starts, names),
        )

    def ends(self) -> tuple[IntArray, IntArray, IntArray]:
        """Return the first and the last day with an order of each customer, and the number of such days."""
        customer, day = self.customer[self.ordered], self.day[self.ordered]
        starts = _starts(customer)
        after = np.append(starts[1:], customer.size) if starts.size else starts
        return day[starts], day[after - 1], after - starts

    def gaps(self) -> tuple[IntArray, IntArray]:
        """Return the days between each day with an order and the customer's next, and that next day."""
        customer, day = self.ordered_days()
        again = customer[1:] == customer[:-1]
        return np.asarray(np.diff(day)[again]), day[1:][again]

    def ordered_days(self) -> tuple[IntArray, IntArray]:
        """Return the customers and the days of the rows with an order."""
        return self.customer[self.ordered], self.day[self.ordered]

    def cut(self, months: int) -> Cut:
        """Group the rows by customer and period of some calendar months."""
        period = periods(self.day, months)
        starts = _starts(self.customer, period)
        customer = self.customer[starts]
        own = _starts(customer)
        sizes = np.diff(np.append(own, customer.size))
        period = period[starts]
        return Cut(
            period=period,
            cohort=np.repeat(period[own], sizes),
            sums=self._run_sums(starts, SUMS),
        )

    def _run_sums(self, starts: IntArray, names: tuple[str, ...]) -> dict[str, FloatArray]:
        """Add columns up over runs of rows."""
        return _each(
            {name: self.columns[name] for name in names},
            lambda values: values if starts.size == self.day.size else run_sums(values, starts),
        )


@dataclass(frozen=True, eq=False)
class Cut:
    """One row a customer and calendar period.

    Attributes
    ----------
    period, cohort : ndarray of int64
        The number of the period from January of year 0, and that of the customer's first order.
    sums : dict of str to ndarray of float64
        Of :data:`SUMS`.
    """

    period: IntArray
    cohort: IntArray
    sums: dict[str, FloatArray]

    def by_period(self) -> Grouped:
        """Add the customers up by period; new_... is what falls in their first one."""
        new = self.period == self.cohort
        ordered = self.sums["orders"] > 0
        return grouped(
            self.period,
            {
                "customers": ordered,
                "new_customers": ordered & new,
                **self.sums,
                "new_amount": np.where(new, self.sums["amount"], 0.0),
            },
        )

    def by_cohort(self) -> tuple[IntArray, IntArray, dict[str, FloatArray]]:
        """Add the customers up by cohort and age: returns both, and the sums."""
        age = self.period - self.cohort
        ages = int(age.max(initial=0)) + 1
        found = grouped(self.cohort * ages + age, {"customers": self.sums["orders"] > 0, **self.sums})
        return found.keys // ages, found.keys % ages, found.sums


def periods(day: IntArray, months: int) -> IntArray:
    """Return the number of the period of each day; only as many days as there are between the ends are looked up."""
    if not day.size:
        return np.empty(0, dtype=np.int64)
    low = int(day.min())
    every = np.arange(low, int(day.max()) + 1).astype("datetime64[D]").astype("datetime64[M]")
    number = (every.astype(np.int64) + 1970 * 12) // months
    return np.asarray(number[day - low])


def _starts(*columns: IntArray) -> IntArray:
    """Return where another value begins in any of the columns."""
    new = np.ones(columns[0].size, dtype=bool)
    new[1:] = False
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


def run_sums(values: FloatArray, starts: IntArray) -> FloatArray:
    """Add values up over the runs of rows that begin at ``starts``.

    Examples
    --------
    >>> run_sums(np.array([1.0, 2.0, 4.0]), np.array([0, 2]))
    array([3., 4.])
    """
    return np.asarray(np.add.reduceat(values, starts)) if starts.size else np.empty(0)


def _each(
    columns: Mapping[str, FloatArray | BoolArray], make: Callable[[Any], FloatArray]
) -> dict[str, FloatArray]:
    """Return what is made of each column, made once of columns that are the same array: nobody changes them."""
    made: dict[int, FloatArray] = {}
    for values in columns.values():
        if id(values) not in made:
            made[id(values)] = make(values)
    return {name: made[id(values)] for name, values in columns.items()}


def grouped(key: IntArray, columns: Mapping[str, FloatArray | BoolArray]) -> Grouped:
    """Add columns up by key: they are whole numbers, so their order cannot matter."""
    if not key.size:
        return Grouped(np.empty(0, np.int64), dict.fromkeys(columns, np.empty(0)))
    low = int(key.min())
    place = key - low
    found = np.flatnonzero(np.bincount(place))
    sums = _each(columns, lambda values: np.asarray(np.bincount(place, values)[found], dtype=np.float64))
    return Grouped(found + low, sums)
