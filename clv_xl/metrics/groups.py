"""Comparing groups of customers: the mean of each, what it differs by from the rest, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import same_length
from clv_xl.metrics.arithmetic import quiet, quotient
from clv_xl.metrics.record import Metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray

__all__ = ["SMALLEST_COMPARED", "GroupComparison", "compare_groups"]

SMALLEST_COMPARED: Final = 30
"""Below this many customers a group has an interval, but no rank, and is not said to differ."""

CHANCE: Final = 0.05
"""How often at least one group of a comparison may be said to differ where chance alone made the groups."""

_DRAWN_UP_TO: Final = 100
"""Up to this many customers a group is drawn anew; above it the bootstrap's ends follow from three moments."""

_DRAWS: Final = 2000
_ENDS: Final = (0.025, 0.975)


@dataclass(frozen=True, eq=False, slots=True)
class GroupComparison:
    """The means of groups of customers, with 95% bootstrap intervals; one entry a group.

    Attributes
    ----------
    customers : ndarray of int64
        How many each group has.
    mean, low, high : ndarray of float64
        Mean value of its customers, and the interval of that; NaN for the ends where there is one customer only.
    difference, difference_low, difference_high : ndarray of float64
        Mean of the group less the mean of all others, and the interval of that; NaN where there are no others.
    differs : ndarray of bool
        Whether the difference is larger than chance makes the largest among so many groups.

    Examples
    --------
    >>> found = compare_groups([1.0, 3.0, 8.0, 10.0], [0, 0, 1, 1], 2, comparisons=2)
    >>> found.mean, found.difference, found.differs
    (array([2., 9.]), array([-7.,  7.]), array([False, False]))
    """

    customers: IntArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    difference: FloatArray
    difference_low: FloatArray
    difference_high: FloatArray
    differs: BoolArray


@dataclass(frozen=True, slots=True)
class _Moments:
    """Means of groups: each with its standard error, and how lopsided its bootstrap distribution is."""

    size: FloatArray
    mean: FloatArray
    variance: FloatArray
    third: FloatArray

    @property
    def error(self) -> FloatArray:
        return np.sqrt(quotient(self.variance, self.size))

    @property
    def cumulant(self) -> FloatArray:
        return quotient(self.third, self.size**2)


def compare_groups(
    values: ArrayLike,
    group: ArrayLike,
    groups: int,
    *,
    comparisons: int,
) -> GroupComparison:
    """Compare the mean value of each group of customers with that of all others.

    The intervals are those of the percentile bootstrap: customers of the group, and of the others, drawn anew with
    replacement. Groups of up to 100 customers are drawn 2,000 times. Above that, the ends of the bootstrap
    distribution follow from its first three moments (Cornish-Fisher), which is closer to them than 2,000 draws are.

    A group *differs* where its difference is beyond what chance makes of the largest of ``comparisons`` groups in 95
    of 100 cases (Bonferroni), with the larger of two standard errors: that of the group's own spread, and that of all
    customers' spread. A group without a large customer would else look surer than it is.

    Parameters
    ----------
    values : array_like
        One finite value a customer, in any unit.
    group : array_like
        The number of each customer's group, from 0.
    groups : int
        How many groups there are; one may be empty.
    comparisons : int
        How many groups are compared together, on this page or in this study.

    Returns
    -------
    GroupComparison
        One entry a group. The same customers in another order give the same figures but for the last digits.

    Raises
    ------
    ArgumentError
        For columns of different length, a value that is not finite, or a group that is not among them.

    References
    ----------
    Efron, B. and Tibshirani, R. (1993), An Introduction to the Bootstrap, chapters 13 and 22.
    Hall, P. (1992), The Bootstrap and Edgeworth Expansion, section 2.5.

    Examples
    --------
    >>> value = [*range(40), *range(100, 140)]
    >>> found = compare_groups(value, [0] * 40 + [1] * 40, 2, comparisons=2)
    >>> found.difference, found.differs
    (array([-100.,  100.]), array([ True,  True]))
    """
    worth = np.asarray(values, dtype=np.float64)
    which = np.asarray(group, dtype=np.int64)
    same_length(values=worth, group=which)
    if not np.isfinite(worth).all():
        raise ArgumentError("values holds a value that is no finite number. Leave such customers out.")
    if which.size and not (which.min() >= 0 and which.max() < groups):
        raise ArgumentError(f"group holds a number that is not from 0 to {groups - 1}.")
    with quiet():
        middle = float(worth.mean()) if worth.size else 0.0
        centred = worth - middle
        square = centred * centred
        powers = (None, centred, square, square * centred)
        sums = [np.bincount(which, power, minlength=groups).astype(np.float64) for power in powers]
        own = _moments(*sums)
        rest = _moments(*(item.sum() - item for item in sums))
        whole = _moments(*(np.full(groups, item.sum()) for item in sums))
        difference = own.mean - rest.mean
        low, high = _ends(own.mean, own.error, own.cumulant)
        apart = np.hypot(own.error, rest.error)
        first, last = _ends(difference, apart, own.cumulant - rest.cumulant)
        _draw_small(centred, which, own, rest, (low, high), (first, last))
        return GroupComparison(
            customers=own.size.astype(np.int64),
            mean=own.mean + middle,
            low=low + middle,
            high=high + middle,
            difference=difference,
            difference_low=first,
            difference_high=last,
            differs=_differs(own, rest, whole, comparisons),
        )


COMPARED: Final = Metric(
    name="GROUP_DIFFERENCE",
    title="Difference of a group to the rest",
    category="Concentration",
    unit="currency",
    number_format="#,##0.00",
    formula=(
        "mean value of the group's customers - mean value of all others, with a 95% bootstrap interval; it differs "
        "beyond what chance makes of the largest of so many groups"
    ),
    undefined="when there are no others",
    reference="Efron and Tibshirani (1993), An Introduction to the Bootstrap; Bonferroni's bound for several groups.",
    function=compare_groups,
)


def _moments(count: FloatArray, first: FloatArray, second: FloatArray, third: FloatArray) -> _Moments:
    mean = quotient(first, count)
    square, cube = quotient(second, count), quotient(third, count)
    variance = np.maximum(square - mean**2, 0.0)
    return _Moments(count, mean, variance, cube - 3 * mean * square + 2 * mean**3)


def _ends(mean: FloatArray, error: FloatArray, cumulant: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the bootstrap distribution of a mean: normal, and moved as far as it is lopsided."""
    z = NormalDist().inv_cdf(_ENDS[1])
    moved = quotient(cumulant, 6 * error**2) * (z**2 - 1)
    moved = np.where(error == 0, 0.0, moved)
    return mean - z * error + moved, mean + z * error + moved


def _draw_small(
    values: FloatArray,
    which: IntArray,
    own: _Moments,
    rest: _Moments,
    mean: tuple[FloatArray, FloatArray],
    difference: tuple[FloatArray, FloatArray],
) -> None:
    """Replace the ends of small groups, and of groups whose rest is small, by those of actual draws."""
    for number, (size, others) in enumerate(zip(own.size, rest.size, strict=True)):
        if size < 2:
            mean[0][number] = mean[1][number] = np.nan
        if size < 2 or others < 2:
            difference[0][number] = difference[1][number] = np.nan
        if size < 2 or min(size, others or size) > _DRAWN_UP_TO:
            continue
        # seeded by sizes alone, and drawn from sorted values: the same customers give the same draws
        chance = np.random.default_rng([values.size, int(size), int(others)])
        of_group = _drawn(values[which == number], own, number, chance)
        if size <= _DRAWN_UP_TO:
            mean[0][number], mean[1][number] = np.quantile(of_group, _ENDS)
        if others >= 2:
            of_rest = _drawn(values[which != number], rest, number, chance)
            difference[0][number], difference[1][number] = np.quantile(of_group - of_rest, _ENDS)


def _drawn(values: FloatArray, moments: _Moments, number: int, chance: np.random.Generator) -> FloatArray:
    """Return bootstrap means of some customers: drawn, or from the moments where they are many."""
    if values.size <= _DRAWN_UP_TO:
        ranked = np.sort(values)
        return np.asarray(
            ranked[chance.integers(ranked.size, size=(_DRAWS, ranked.size))].mean(axis=1), dtype=np.float64
        )
    z = chance.standard_normal(_DRAWS)
    error, cumulant = moments.error[number], moments.cumulant[number]
    moved = cumulant / (6 * error**2) * (z**2 - 1) if error else 0.0
    return np.asarray(moments.mean[number] + z * error + moved, dtype=np.float64)


def errors_needed(comparisons: int) -> float:
    """Return how many standard errors a difference must be from 0 to count, among so many (Bonferroni).

    Examples
    --------
    >>> round(errors_needed(1), 2), round(errors_needed(56), 2)
    (1.96, 3.32)
    """
    return NormalDist().inv_cdf(1 - CHANCE / (2 * max(comparisons, 1)))


def _differs(own: _Moments, rest: _Moments, whole: _Moments, comparisons: int) -> BoolArray:
    """Tell which groups differ by more than chance makes of the largest of so many."""
    z = errors_needed(comparisons)
    sure = np.sqrt(own.variance / (own.size - 1) + rest.variance / (rest.size - 1))
    spread = np.sqrt(whole.variance * (1 / own.size + 1 / rest.size))
    # how lopsided the difference would be, had chance made the groups
    lopsided = np.abs(whole.third * (1 / own.size**2 - 1 / rest.size**2)) / spread**3
    bound = np.maximum(sure, spread) * (z + np.nan_to_num(lopsided) * (z**2 - 1) / 6)
    large = (own.size >= SMALLEST_COMPARED) & (rest.size >= SMALLEST_COMPARED)
    found: BoolArray = large & (spread > 0) & (np.abs(own.mean - rest.mean) > bound)
    return found
