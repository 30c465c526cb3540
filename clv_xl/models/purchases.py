"""The purchases of a shop as the models ask of them: occasions by customer and day, and what is known of each customer.

An occasion is a customer's day with an order. Who has every occasion at hand (:class:`Occasions`) and who asks where
the orders are answer the same questions (:class:`Purchases`), so that the models need not know which it is.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clv_xl.metrics.arguments import numbers, refuse, same_length
from clv_xl.metrics.occasions import customer_codes, days

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray

__all__ = ["Bookings", "Known", "Occasions", "Purchases", "log_gap_sum", "purchase_occasions"]

_DECIMALS = 6
"""Of an amount after refunds; no currency has as many."""


class Known(NamedTuple):
    """What is known on a day of the customers who had come by then, a row each, in the order of their numbers.

    Attributes
    ----------
    customer : ndarray of int64
        Their numbers.
    first, last : ndarray of int64
        The days of their first and last occasion, since 1970-01-01.
    occasions : ndarray of int64
        How many they had.
    amount : ndarray of float64
        What these brought by then, in currency.
    log_gaps : float
        Sum over all of them of the natural logarithms of the days between one occasion and the next.
    """

    customer: IntArray
    first: IntArray
    last: IntArray
    occasions: IntArray
    amount: FloatArray
    log_gaps: float


class Purchases(ABC):
    """The purchases of a shop. Customers are numbered from 0 without a hole."""

    __slots__ = ()

    @property
    @abstractmethod
    def customers(self) -> int:
        """How many customers there are."""

    @property
    @abstractmethod
    def first_day(self) -> int:
        """The day of the first occasion of all, since 1970-01-01."""

    @property
    @abstractmethod
    def has_amounts(self) -> bool:
        """Tell whether anybody brought anything, or less than nothing."""

    @abstractmethod
    def known(self, last_day: int) -> Known:
        """Return what was known of each customer at the end of a day."""

    @abstractmethod
    def came_again(self, last_day: int) -> int:
        """Return how many customers had come again by the end of a day."""

    @abstractmethod
    def between(self, after: int, upto: int) -> tuple[FloatArray, FloatArray]:
        """Return how many occasions each customer had after one day up to another, and what was booked in these days.

        A refund counts on the day it was booked, as in the shop's books: that of an earlier order makes the amount
        less, and one that comes later does not.

        Parameters
        ----------
        after, upto : int
            Days since 1970-01-01; the second is included.

        Returns
        -------
        tuple of two ndarrays of float64
            By the customers' numbers; the amounts in currency.
        """

    @abstractmethod
    def every(self, step: int) -> Occasions:
        """Return the occasions of every second, third ... customer, with new numbers; those of all for 1."""


def log_gap_sum(gaps: IntArray, times: IntArray) -> float:
    """Return the sum of the logarithms of gaps that occurred so many times, whatever order they are given in.

    Examples
    --------
    >>> round(log_gap_sum(np.array([1, 10]), np.array([5, 2])), 4)
    4.6052
    """
    return math.fsum((times * np.log(gaps)).tolist())


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
class Occasions(Purchases):
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

    @property
    def first_day(self) -> int:
        """The day of the first occasion of all, since 1970-01-01."""
        return int(self.day.min())

    @property
    def has_amounts(self) -> bool:
        """Tell whether anybody brought anything, or less than nothing."""
        return bool(np.any(np.round(self.sums(), _DECIMALS)))

    def known(self, last_day: int) -> Known:
        """Return what was known of each customer at the end of a day.

        Examples
        --------
        >>> dates = np.array(["2024-01-01", "2024-01-15"], "M8[D]")
        >>> found = purchase_occasions(["A", "A"], dates, [10, 20]).known(19737)
        >>> found.occasions, found.amount, round(found.log_gaps, 4)
        (array([2]), array([30.]), 2.6391)
        """
        then = self.until(last_day)
        starts = then.starts()
        ends = np.append(starts[1:], then.day.size) - 1 if starts.size else starts
        again = then.customer[1:] == then.customer[:-1]
        times = np.bincount(np.diff(then.day)[again])
        gaps = np.flatnonzero(times)
        # without what binary fractions leave of a sum, which may depend on the order of the rows
        amount = np.round(then.sums(), _DECIMALS) + 0.0
        return Known(
            then.customer[starts],
            then.day[starts],
            then.day[ends],
            ends - starts + 1,
            amount,
            log_gap_sum(gaps, times[gaps]),
        )

    def came_again(self, last_day: int) -> int:
        """Return how many customers had come again by the end of a day."""
        again = (self.customer[1:] == self.customer[:-1]) & (self.day[1:] <= last_day)
        return np.unique(self.customer[1:][again]).size

    def between(self, after: int, upto: int) -> tuple[FloatArray, FloatArray]:
        """Return how many occasions each customer had after one day up to another, and what was booked in these days.

        Examples
        --------
        >>> shop = purchase_occasions(["A", "A"], np.array(["2024-01-01", "2024-01-09"], "M8[D]"), [5, 7])
        >>> shop.between(19723, 19731)
        (array([1.]), array([7.]))
        """
        inside = (self.day > after) & (self.day <= upto)
        who, booked = self.customer[inside], self.booked
        count = np.bincount(who, minlength=self.customers).astype(np.float64)
        amount = np.bincount(who, self.sold[inside], self.customers).astype(np.float64)
        if booked.at.size:
            then = (booked.day > after) & (booked.day <= upto)
            amount += np.bincount(self.customer[booked.at[then]], booked.amount[then], self.customers)
        return count, amount

    def every(self, step: int) -> Occasions:
        """Return the occasions of every second, third ... customer, with new numbers; those of all for 1."""
        if step == 1:
            return self
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
