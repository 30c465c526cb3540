"""Histories made small: equal ones once with their number, and for large shops a binned copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clv_xl.metrics.arguments import FloatArray, IntArray
    from clv_xl.models.histories import Histories

__all__ = ["Rows", "binned", "coarse_rows", "distinct", "distinct_rows", "sums_by"]

CHUNK: Final = 8192
"""Rows worked on at once: small enough for a processor's cache, large enough to hide Python."""

TIME_BINS: Final = 40
EXACT_FREQUENCIES: Final = 24
FREQUENCY_BINS_PER_DOUBLING: Final = 3

_WHOLE: Final = 2.0**53
_ROOM: Final = 2**62
_MIXERS: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Weighted histories in the form in which likelihoods add them up.

    Attributes
    ----------
    frequency, recency, age, weight : ndarray of float64
        As in Histories; the weight is the number of customers.
    counts, count_weights : ndarray of float64
        Each frequency that occurs, and its customers: what depends on the frequency alone is computed once.
    """

    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    weight: FloatArray
    counts: FloatArray
    count_weights: FloatArray

    @classmethod
    def of(cls, frequency: FloatArray, recency: FloatArray, age: FloatArray, weight: FloatArray) -> Rows:
        """Return the rows, with the frequencies counted."""
        counts, place = np.unique(frequency, return_inverse=True)
        return cls(frequency, recency, age, weight, counts, sums_by(place, weight))

    @property
    def total_weight(self) -> float:
        """The number of customers."""
        return float(self.weight.sum())

    def scaled(self, unit: float) -> Rows:
        """Return the rows with times counted in another unit."""
        return Rows(
            self.frequency, self.recency / unit, self.age / unit, self.weight, self.counts, self.count_weights
        )

    def chunks(self) -> Iterator[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]:
        """Yield frequency, recency, age and weight in pieces."""
        for start in range(0, self.frequency.size, CHUNK):
            part = slice(start, start + CHUNK)
            yield self.frequency[part], self.recency[part], self.age[part], self.weight[part]


def sums_by(kind: IntArray, values: FloatArray) -> FloatArray:
    """Return the sum of the values of each kind; kinds are numbered from 0 without a hole.

    Examples
    --------
    >>> sums_by(np.array([0, 1, 0]), np.array([1.0, 5.0, 2.0]))
    array([3., 5.])
    """
    return np.bincount(kind, values).astype(np.float64)


def distinct(*columns: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the place of one row of each kind, sorted by value, and the kind of every row.

    Examples
    --------
    >>> distinct(np.array([2.0, 0.0, 2.0]), np.array([1.0, 0.0, 1.0]))
    (array([1, 0]), array([1, 0, 1]))
    """
    packed = _packed(columns)
    if packed is not None:
        return _numbered(packed)
    # one mixed number for a row sorts several times as fast as its columns; a clash of two kinds is looked for
    mixed = np.zeros(columns[0].size, dtype=np.uint64)
    for values, factor in zip(columns, _MIXERS, strict=False):
        bits = np.ascontiguousarray(values).view(np.uint64)
        mixed = (mixed ^ bits ^ (bits >> np.uint64(29))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(32)
    first, kind = _numbered(mixed)
    if any((values[first][kind] != values).any() for values in columns):
        table = np.column_stack(columns)
        _, first, kind = np.unique(table, axis=0, return_index=True, return_inverse=True)
    # in the order of the values, which is the same for any order of the rows
    order = np.lexsort([values[first] for values in columns[::-1]])
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return first[order].astype(np.int64), rank[kind.ravel()].astype(np.int64)


def _packed(columns: tuple[FloatArray, ...]) -> IntArray | None:
    """Return whole numbers for the rows that are as equal, and in the same order; None where they would not fit.

    Examples
    --------
    >>> _packed((np.array([2.0, 0.0]), np.array([1.0, 3.0])))
    array([9, 3])
    """
    if not columns[0].size:
        return None
    packed = np.zeros(columns[0].size, dtype=np.int64)
    room = 1
    for values in columns:
        highest = float(values.max())
        # a sign is that of -0.0 as well, which is another kind than 0.0; NaN is not below anything
        if not highest < _WHOLE or np.signbit(values).any():
            return None
        whole = values.astype(np.int64)
        if (whole != values).any():
            return None
        room *= int(highest) + 1
        if room > _ROOM:
            return None
        packed *= int(highest) + 1
        packed += whole
    return packed


def _numbered(keys: IntArray | NDArray[np.uint64]) -> tuple[IntArray, IntArray]:
    """Return the first place of each key, in their order, and which of them each row has.

    Examples
    --------
    >>> _numbered(np.array([7, 5, 7]))
    (array([1, 0]), array([1, 0, 1]))
    """
    # the quick sort leaves open which of equal keys is first: that is settled below
    ranked = keys.argsort()
    ordered = keys[ranked]
    begins = np.ones(keys.size, dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    number = np.cumsum(begins) - 1
    kind = np.empty(keys.size, dtype=np.int64)
    kind[ranked] = number
    first = np.empty(np.count_nonzero(begins), dtype=np.int64)
    # of what is written to one place the last stays
    first[kind[::-1]] = np.arange(keys.size - 1, -1, -1)
    return first, kind


def coarse_rows(
    histories: Histories, most: int, time_bins: int = TIME_BINS, *, shared_ages: bool = False
) -> tuple[Rows, IntArray]:
    """Return the different histories, binned where there are more than so many; and the row of each kind.

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> coarse_rows(Histories([0, 1, 0], [0, 2, 0], [9, 9, 9], "weeks"), 10)[1]
    array([0, 1])
    """
    first, kind = histories.kinds
    weight = sums_by(kind, histories.customers)
    rows = Rows.of(histories.frequency[first], histories.recency[first], histories.age[first], weight)
    if first.size <= most:
        return rows, np.arange(first.size)
    return binned(rows, time_bins, shared_ages=shared_ages)


def distinct_rows(histories: Histories) -> Rows:
    """Return equal histories once, with their number of customers.

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> distinct_rows(Histories([0, 1, 0], [0, 2, 0], [9, 9, 9], "weeks")).weight
    array([2., 1.])
    """
    first, kind = histories.kinds
    weight = sums_by(kind, histories.customers)
    some = weight > 0
    first, weight = first[some], weight[some]
    return Rows.of(histories.frequency[first], histories.recency[first], histories.age[first], weight)


def binned(rows: Rows, time_bins: int = TIME_BINS, *, shared_ages: bool = False) -> tuple[Rows, IntArray]:
    """Return a coarser copy: alike histories are one row at their mean; and the coarse row of every row.

    Ages go into bins of equal width, recencies into bins of equal width relative to the age, and frequencies
    stay exact up to 24 and share bins of equal ratio above. With ``shared_ages`` all rows of a bin of ages have its
    mean age: what depends on frequency and age alone is then the same for many.

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> rows = distinct_rows(Histories([1, 1, 1], [2, 2.001, 2], [9, 9, 9], "weeks"))
    >>> binned(rows)[0].weight
    array([3.])
    """
    steps = FREQUENCY_BINS_PER_DOUBLING * np.log2(np.maximum(rows.frequency / EXACT_FREQUENCIES, 1))
    frequency = np.minimum(rows.frequency, EXACT_FREQUENCIES) + np.floor(steps)
    oldest = max(float(rows.age.max(initial=0.0)), np.finfo(float).tiny)
    age = np.minimum(np.floor(rows.age / oldest * time_bins), time_bins - 1)
    share = np.divide(rows.recency, rows.age, out=np.zeros_like(rows.age), where=rows.age > 0)
    recency = np.minimum(np.floor(share * time_bins), time_bins - 1)
    key = ((frequency * time_bins + age) * time_bins + recency).astype(np.int64)
    _, kind = np.unique(key, return_inverse=True)
    weight = sums_by(kind, rows.weight)
    means = [
        sums_by(kind, rows.weight * values) / weight for values in (rows.frequency, rows.recency, rows.age)
    ]
    # a mean of equal numbers can miss them by a rounding: what was exact stays exact
    exact = frequency < EXACT_FREQUENCIES
    means[0][kind[exact]] = rows.frequency[exact]
    if shared_ages:
        bins = age.astype(np.int64)
        mean = sums_by(bins, rows.weight * rows.age) / np.maximum(sums_by(bins, rows.weight), 1e-300)
        common = np.empty(weight.size)
        common[kind] = mean[bins]
        # the share of the age that has passed by the last order stays
        means[1] *= np.divide(common, means[2], out=np.ones_like(common), where=means[2] > 0)
        means[2] = common
    return Rows.of(means[0], np.minimum(means[1], means[2]), means[2], weight), kind.astype(np.int64)
