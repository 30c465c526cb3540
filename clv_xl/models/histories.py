"""What the models of order timing read: one history of purchase occasions for each customer.

frequency (x) counts repeat occasions, recency (t_x) runs from the first occasion to the last, age (T) from the
first occasion to the as-of day. Several orders of a customer on a day are one occasion.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import ANY, NOT_NEGATIVE, chosen, complete, contradiction, same_length, setting
from clv_xl.metrics.occasions import day
from clv_xl.models.records import DAYS_PER_UNIT, TimeUnit
from clv_xl.models.rounded_weeks import are_rounded, whole_weeks
from clv_xl.models.rows import distinct

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray
    from clv_xl.models.purchases import Known, Purchases

__all__ = ["Histories", "histories", "histories_of"]

_ROUNDING = 1e-9


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
    log_gaps : float or None, default None
        Sum over all customers of the natural logarithms of the gaps between occasions, in the unit of time. Needed
        only to tell regular buyers from others; None when unknown.

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
    log_gaps: float | None = None
    _kinds: list[tuple[IntArray, IntArray]] = field(default_factory=list, init=False, repr=False)
    _digest: list[bytes] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        columns = {name: getattr(self, name) for name in ("frequency", "recency", "age", "customers")}
        if columns["customers"] is None:
            columns["customers"] = np.ones(np.size(columns["frequency"]))
        for name, values in columns.items():
            # without the sign of a zero, so that equal histories are equal to the bit
            object.__setattr__(self, name, complete(name, values, NOT_NEGATIVE) + 0.0)
        object.__setattr__(self, "time_unit", chosen("time_unit", self.time_unit, DAYS_PER_UNIT))
        if self.log_gaps is not None:
            object.__setattr__(self, "log_gaps", setting("log_gaps", self.log_gaps, ANY))
        same_length(**{name: getattr(self, name) for name in columns})
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
    def digest(self) -> bytes:
        """A number that no other histories in this unit of time have: of every row, in their order."""
        if not self._digest:
            found = hashlib.blake2b(digest_size=32)
            for column in (self.frequency, self.recency, self.age, self.customers):
                found.update(column.tobytes())
            self._digest.append(found.digest())
        return self._digest[0]

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
        repeats = float((self.customers * self.frequency).sum())
        gaps = None if self.log_gaps is None else self.log_gaps + repeats * math.log(factor)
        return replace(
            self,
            recency=self.recency * factor,
            age=self.age * factor,
            time_unit=time_unit,
            log_gaps=gaps,
        )


def histories(purchases: Purchases, as_of: date | np.datetime64, time_unit: TimeUnit = "weeks") -> Histories:
    """Summarise purchases as the models read them.

    Parameters
    ----------
    purchases : Purchases
        See :func:`~clv_xl.models.purchases.purchase_occasions`. Those after ``as_of`` are left out, and with them the
        customers who came only then.
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
    >>> from clv_xl.models.purchases import purchase_occasions
    >>> dates = np.array(["2024-01-01", "2024-01-15"], "M8[D]")
    >>> found = histories(purchase_occasions(["A", "A"], dates), date(2024, 1, 22))
    >>> found.frequency, found.recency, found.age
    (array([1.]), array([2.]), array([3.]))
    """
    last = int(day("as_of", as_of).astype(np.int64))
    return histories_of(purchases.known(last), last, time_unit)


def histories_of(known: Known, last_day: int, time_unit: TimeUnit = "weeks") -> Histories:
    """Return the histories of what was known at the end of a day, as :func:`histories` does."""
    if not known.customer.size:
        when = np.datetime64(last_day, "D")
        raise ArgumentError(f"as_of is {when}, but there is no order up to then. Give a later day.")
    unit = DAYS_PER_UNIT[chosen("time_unit", time_unit, DAYS_PER_UNIT)]  # type: ignore[index]  # one of the keys
    frequency = (known.occasions - 1).astype(np.float64)
    recency, age = known.last - known.first, last_day - known.first
    rounded = are_rounded(known.customer.size, time_unit)
    return Histories(
        frequency=frequency,
        recency=whole_weeks(recency) if rounded else recency / unit,
        age=whole_weeks(age) if rounded else age / unit,
        time_unit=time_unit,
        log_gaps=known.log_gaps - float(frequency.sum()) * math.log(unit),
    )
