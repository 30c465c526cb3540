"""What the models of order timing read: one history of purchase occasions for each customer.

frequency (x) counts repeat occasions, recency (t_x) runs from the first occasion to the last, age (T) from the
first occasion to the as-of day. Several orders of a customer on a day are one occasion.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import (
    NOT_NEGATIVE,
    chosen,
    complete,
    contradiction,
    numbers,
    refuse,
    same_length,
)
from clv_xl.metrics.occasions import customer_codes, day, days
from clv_xl.models.records import DAYS_PER_UNIT, TimeUnit
from clv_xl.models.rounded_weeks import are_rounded, whole_weeks
from clv_xl.models.rows import distinct

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray

__all__ = ["Bookings", "Histories", "Occasions", "histories", "purchase_occasions"]

_ROUNDING = 1e-9
_DECIMALS = 6
"""Of an amount after refunds; no currency has as many."""


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """The purchase histories of customers, in one unit of time.

    Parameters
    ----------
    frequency : array_like
        Repeat occasions of each customer, 0 or more.
    recency : array_like
        Time from the first occasion to the last; 0 for who came once.
    age : array_like
        Time from the first occasion to the as-of day; at least the recency.
    time_unit : {"days", "weeks"}
        What both times are counted in.
    customers : array_like or None, default None
        How many customers a row stands for; None is one each.
    log_gaps : array_like or None, default None
        Sum of the natural logarithms of the gaps between occasions, in the unit of time. Needed only to tell
        regular buyers from others; None when unknown.

    Raises
    ------
    ArgumentError
        For a blank, a negative number, columns of different length, a recency beyond the age, or a recency
        that contradicts the frequency.

    Examples
    --------
    >>> Histories([2, 0], [30.43, 0], [38.86, 38.86], "weeks").size
    2
    >>> Histories([2], [40], [38.86], "weeks")
    Traceback (most recent call last):
    clv_xl.metrics.refusals.ElementsError: recency (item 1) is 40, but it must be at most the age.
    """

    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    time_unit: TimeUnit
    customers: FloatArray = field(default=None)  # type: ignore[arg-type]  # __post_init__ puts the ones
    log_gaps: FloatArray | None = None
    _kinds: list[tuple[IntArray, IntArray]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        columns = {name: getattr(self, name) for name in ("frequency", "recency", "age", "customers")}
        if columns["customers"] is None:
            columns["customers"] = np.ones(np.size(columns["frequency"]))
        for name, values in columns.items():
            # without the sign of a zero, so that equal histories are equal to the bit
            object.__setattr__(self, name, complete(name, values, NOT_NEGATIVE) + 0.0)
        object.__setattr__(self, "time_unit", chosen("time_unit", self.time_unit, DAYS_PER_UNIT))
        gaps = {} if self.log_gaps is None else {"log_gaps": numbers("log_gaps", self.log_gaps).ravel()}
        if gaps:
            object.__setattr__(self, "log_gaps", gaps["log_gaps"])
        same_length(**{name: getattr(self, name) for name in columns}, **gaps)
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        beyond = self.recency > self.age * (1 + _ROUNDING) + _ROUNDING
        checks: tuple[tuple[BoolArray, str], ...] = (
            (beyond, "at most the age."),
            ((self.frequency == 0) & (self.recency > 0), "0 for a customer who came once."),
            ((self.frequency > 0) & (self.recency == 0), "more than 0 for a customer who came again."),
        )
        for wrong, expected in checks:
            if wrong.any():
                raise contradiction("recency", self.recency, wrong, expected)
        object.__setattr__(self, "recency", np.minimum(self.recency, self.age))

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.frequency.size

    @property
    def kinds(self) -> tuple[IntArray, IntArray]:
        """The place of one row of each different history, sorted by value, and the kind of every row.

        Examples
        --------
        >>> Histories([1, 0, 1], [2, 0, 2], [3, 3, 3], "weeks").kinds
        (array([1, 0]), array([1, 0, 1]))
        """
        if not self._kinds:
            # asked for by every fit and every figure, and slow to find in a large shop
            self._kinds.append(distinct(self.frequency, self.recency, self.age))
        return self._kinds[0]

    @property
    def number_of_customers(self) -> float:
        """How many customers the rows stand for."""
        return float(self.customers.sum())

    @property
    def repeat_customers(self) -> float:
        """How many of them came again."""
        return float(self.customers[self.frequency > 0].sum())

    def in_unit(self, time_unit: TimeUnit) -> Histories:
        """Return the same histories in another unit of time.

        Examples
        --------
        >>> Histories([1], [2], [3], "weeks").in_unit("days").age
        array([21.])
        """
        factor = DAYS_PER_UNIT[self.time_unit] / DAYS_PER_UNIT[chosen("time_unit", time_unit, DAYS_PER_UNIT)]  # type: ignore[index]  # chosen() gives one of the keys
        if factor == 1:
            return self
        gaps = None if self.log_gaps is None else self.log_gaps + self.frequency * np.log(factor)
        return replace(
            self,
            recency=self.recency * factor,
            age=self.age * factor,
            time_unit=time_unit,
            log_gaps=gaps,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Bookings:
    """Amounts booked on days without an order, most of them refunds: each belongs to the occasion before it.

    Attributes
    ----------
    at : ndarray of int64
        The row of that occasion.
    day : ndarray of int64
        The day of the booking, since 1970-01-01.
    amount : ndarray of float64
        In currency; below 0 for a refund.
    """

    at: IntArray
    day: IntArray
    amount: FloatArray

    @classmethod
    def none(cls) -> Bookings:
        """Return no booking."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Occasions:
    """Purchase occasions: one row for each customer and day with an order, sorted so.

    Parameters
    ----------
    customer : ndarray of int64
        The customer's number, from 0 without a hole.
    day : ndarray of int64
        Days since 1970-01-01.
    sold : ndarray of float64
        Sum of what was booked for the customer on the day, in currency; 0 where amounts are unknown.
    booked : Bookings
        What was booked later.

    Attributes
    ----------
    amount : ndarray of float64
        What each occasion has brought by the last day that is known: sold, less what was refunded later.

    Raises
    ------
    ArgumentError
        For a blank amount, or columns of different length.

    Examples
    --------
    >>> purchase_occasions(["A", "A"], np.array(["2024-01-01", "2024-01-01"], "M8[D]"), [5, 7]).amount
    array([12.])
    """

    customer: IntArray
    day: IntArray
    sold: FloatArray
    booked: Bookings = field(default_factory=Bookings.none)
    amount: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        same_length(customer=self.customer, day=self.day, amount=self.sold)
        if (blank := np.isnan(self.sold)).any():
            place = int(np.argmax(blank))
            raise refuse("amount", self.sold.shape, place, "blank", "a number: 0 where amounts are unknown.")
        amount = self.sold
        if self.booked.at.size:
            later = np.bincount(self.booked.at, self.booked.amount, amount.size)
            changed = np.flatnonzero(later)
            # what was sent back whole must leave 0, and not what binary fractions leave of it
            amount = amount.copy()
            amount[changed] = np.round(amount[changed] + later[changed], _DECIMALS)
        object.__setattr__(self, "amount", amount)

    @classmethod
    def of_days(cls, customer: IntArray, day: IntArray, amount: FloatArray, ordered: BoolArray) -> Occasions:
        """Return the occasions of rows of customer and day, sorted so; ``ordered`` tells which days have an order.

        What was booked on a day without one belongs to the occasion before it; where there is none, it is left out.

        Examples
        --------
        >>> rows = np.array([0, 0]), np.array([10, 40]), np.array([9.0, -4.0]), np.array([True, False])
        >>> shop = Occasions.of_days(*rows)
        >>> shop.amount, shop.until(39).amount
        (array([5.]), array([9.]))
        """
        at = np.maximum.accumulate(np.where(ordered, np.arange(customer.size), -1))
        later = ~ordered & (at >= 0) & (customer[at] == customer) & (amount != 0)
        row = np.cumsum(ordered) - 1
        return cls(
            customer[ordered],
            day[ordered],
            amount[ordered],
            Bookings(row[at[later]], day[later], amount[later]),
        )

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.customer[-1]) + 1 if self.customer.size else 0

    def until(self, last_day: int) -> Occasions:
        """Return what was known at the end of a day, later refunds not yet taken off; customers keep their numbers."""
        if not self.day.size or max(self.day.max(), self.booked.day.max(initial=last_day)) <= last_day:
            return self
        return self._of(self.day <= last_day, self.booked.day <= last_day)

    def every(self, step: int) -> Occasions:
        """Return every second, third ... customer, with new numbers."""
        chosen = self.customer % step == 0
        found = self._of(chosen, chosen[self.booked.at])
        return Occasions(found.customer // step, found.day, found.sold, found.booked)

    def _of(self, rows: BoolArray, bookings: BoolArray) -> Occasions:
        """Return some of the rows, and some of their bookings."""
        booked, row = self.booked, np.cumsum(rows) - 1
        kept = Bookings(row[booked.at[bookings]], booked.day[bookings], booked.amount[bookings])
        return Occasions(self.customer[rows], self.day[rows], self.sold[rows], kept)

    def sums(self, values: FloatArray | None = None) -> FloatArray:
        """Return the sum of the values (default: of the amounts) for each customer in the rows."""
        starts = self.starts()
        found: FloatArray = np.add.reduceat(self.amount if values is None else values, starts)
        return found if starts.size else np.empty(0)

    def starts(self) -> IntArray:
        """Return the row of each customer's first occasion."""
        new = np.ones(self.customer.size, dtype=bool)
        new[1:] = self.customer[1:] != self.customer[:-1]
        return np.flatnonzero(new)


def purchase_occasions(customers: ArrayLike, dates: ArrayLike, amounts: ArrayLike | None = None) -> Occasions:
    """Merge orders into purchase occasions: the orders of a customer on a day are one.

    A refund is no occasion: its amount is taken off the customer's latest occasion on or before its day, from the day
    on which it was booked. As in the summaries, refunds of a customer who has no order by then are left out.

    Parameters
    ----------
    customers : array_like
        Customer ids, one row for each order. Rows without an id or a date are left out.
    dates : array_like
        Order dates; a time of day is cut off.
    amounts : array_like or None, default None
        Amount of each order in currency; a blank counts as 0, and below 0 is a refund.

    Returns
    -------
    Occasions
        Customers are numbered in the order in which they first appear, whole numbers in their own order.

    Raises
    ------
    ArgumentError
        For columns of different length, or what is no date or no number.

    Examples
    --------
    >>> dates = np.array(["2024-01-09", "2024-01-01", "2024-01-09"], "M8[D]")
    >>> purchase_occasions(["A", "B", "A"], dates).customer
    array([0, 1])
    """
    who, when = customer_codes(customers), days("dates", dates)
    spent = np.zeros(who.size) if amounts is None else np.nan_to_num(numbers("amounts", amounts).ravel())
    same_length(customers=who, dates=when, amounts=spent)
    known = (who >= 0) & ~np.isnat(when)
    who, since, spent = who[known], when[known].astype(np.int64), spent[known]
    # amounts too, so that the order of the rows cannot change the last digit of a sum
    order = np.lexsort((spent, since, who))
    who, since, spent = who[order], since[order], spent[order]
    new = np.ones(who.size, dtype=bool)
    new[1:] = (who[1:] != who[:-1]) | (since[1:] != since[:-1])
    first = np.flatnonzero(new)
    if not first.size:
        return Occasions(who, since, spent)
    ordered = np.logical_or.reduceat(spent >= 0, first)
    found = Occasions.of_days(who[first], since[first], np.add.reduceat(spent, first), ordered)
    numbered = np.unique(found.customer, return_inverse=True)[1].astype(np.int64)
    return Occasions(numbered, found.day, found.sold, found.booked)


def histories(occasions: Occasions, as_of: date | np.datetime64, time_unit: TimeUnit = "weeks") -> Histories:
    """Summarise occasions as the models read them.

    Parameters
    ----------
    occasions : Occasions
        See :func:`purchase_occasions`. Those after ``as_of`` are left out, and with them the customers who
        came only then.
    as_of : datetime.date
        The day to whose end everything is known.
    time_unit : {"weeks", "days"}
        The unit of the result.

    Returns
    -------
    Histories
        One row for each customer who had come by then, in the order of the customers' numbers. Of very many customers
        weeks are rounded, see :mod:`~clv_xl.models.rounded_weeks`.

    Raises
    ------
    ArgumentError
        When nobody had come by then.

    Examples
    --------
    >>> from datetime import date
    >>> dates = np.array(["2024-01-01", "2024-01-15"], "M8[D]")
    >>> found = histories(purchase_occasions(["A", "A"], dates), date(2024, 1, 22))
    >>> found.frequency, found.recency, found.age
    (array([1.]), array([2.]), array([3.]))
    """
    last = int(day("as_of", as_of).astype(np.int64))
    known = occasions.until(last)
    if not known.day.size:
        raise ArgumentError(f"as_of is {as_of}, but there is no order up to then. Give a later day.")
    starts = known.starts()
    ends = np.append(starts[1:], known.day.size) - 1
    gaps = np.zeros(known.day.size)
    gaps[1:] = known.day[1:] - known.day[:-1]
    gaps[starts] = 1.0
    unit = DAYS_PER_UNIT[chosen("time_unit", time_unit, DAYS_PER_UNIT)]  # type: ignore[index]  # one of the keys
    frequency = (ends - starts).astype(np.float64)
    recency, age = known.day[ends] - known.day[starts], last - known.day[starts]
    rounded = are_rounded(starts.size, time_unit)
    return Histories(
        frequency=frequency,
        recency=whole_weeks(recency) if rounded else recency / unit,
        age=whole_weeks(age) if rounded else age / unit,
        time_unit=time_unit,
        log_gaps=known.sums(np.log(gaps)) - frequency * np.log(unit),
    )
