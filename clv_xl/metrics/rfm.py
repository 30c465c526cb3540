"""RFM: scores from 1 to n for days since the last order, orders and amount; equal values score equally."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, overload

import numpy as np

from clv_xl.metrics.arguments import ANY, NOT_NEGATIVE, Allowed, align, complete, same_length, setting, whole
from clv_xl.metrics.record import Metric
from clv_xl.said import say

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray

__all__ = [
    "BINS",
    "RfmScores",
    "fm_score",
    "often_but_small",
    "rfm_scores",
    "score_range",
    "scores",
    "seldom_but_large",
]

BINS: Final = Allowed("a whole number from 2 to 10", low=2, high=10, integer=True)
"""How many scores there may be."""


class RfmScores(NamedTuple):
    """Three columns of scores, one row for each customer; 1 is lowest and ``bins`` is best.

    Examples
    --------
    >>> rfm_scores([3, 400], [9, 1], [900, 40], bins=2).fm
    array([2, 1])
    """

    r: IntArray
    f: IntArray
    m: IntArray

    @property
    def fm(self) -> IntArray:
        """F and M together; see :func:`fm_score`."""
        return fm_score(self.f, self.m)


def scores(values: ArrayLike, bins: int = 5, *, higher_is_better: bool = True) -> IntArray:
    """Score values from 1 to ``bins`` by their place among all; equal values always score equally.

    ``1 + floor(bins x (share of values strictly worse + half the share of equal ones))``

    Cutting sorted customers into equal piles would score equal customers differently: where six in ten have
    one order, a pile boundary falls among them. Here they all score what the middle of their group scores,
    so that not every score need occur.

    Parameters
    ----------
    values : array_like
        One number for each customer, blanks not allowed.
    bins : int, default 5
        The best score, from 2 to 10.
    higher_is_better : bool, default True
        False where a small value is good, as for days since the last order.

    Returns
    -------
    ndarray of int64
        From 1 to ``bins``, in the order of ``values``.

    Raises
    ------
    ArgumentError
        For a blank or what is no number, or an impossible ``bins``.

    References
    ----------
    The mid-distribution function: Parzen, E. (2004), "Quantile Probability and Statistical Data Modeling",
    Statistical Science 19(4).

    Examples
    --------
    >>> scores([10, 20, 30, 40, 50])
    array([1, 2, 3, 4, 5])
    >>> scores([1, 1, 1, 1, 1, 1, 2, 2, 3, 9])
    array([2, 2, 2, 2, 2, 2, 4, 4, 5, 5])
    >>> scores([3, 30, 300], bins=3, higher_is_better=False)
    array([3, 2, 1])
    """
    found = complete("values", values, ANY)
    count = int(setting("bins", bins, BINS))
    _, which, equal = np.unique(found, return_inverse=True, return_counts=True)
    up_to = np.cumsum(equal)
    worse = up_to - equal if higher_is_better else found.size - up_to
    # in whole numbers, so that no rounding moves a customer; at most 2n - 1 of 2n, so never above bins
    by_value = 1 + count * (2 * worse + equal) // (2 * max(found.size, 1))
    return np.asarray(by_value[which], dtype=np.int64)


def rfm_scores(
    days_since_last_order: ArrayLike,
    orders: ArrayLike,
    amounts: ArrayLike,
    bins: int = 5,
    *,
    nested: bool = False,
) -> RfmScores:
    """Score customers by recency (R), frequency (F) and money (M); see :func:`scores`.

    Parameters
    ----------
    days_since_last_order : array_like
        Days since each customer's last order, 0 or more; few are good.
    orders : array_like
        Each customer's number of orders, 0 or more.
    amounts : array_like
        Each customer's amount, net of refunds, in currency.
    bins : int, default 5
        The best score, from 2 to 10.
    nested : bool, default False
        False scores each column among all customers. True scores F among customers of the same R, and M among
        customers of the same R and F.

    Returns
    -------
    RfmScores
        ``r``, ``f`` and ``m``, each an ndarray of int64 from 1 to ``bins``.

    Raises
    ------
    ArgumentError
        For a blank or impossible value, or columns of different length.

    References
    ----------
    Hughes, A. M. (1994), Strategic Database Marketing: quintiles of recency, frequency and monetary value.
    Equal values scoring equally is a rule of this package.

    Examples
    --------
    >>> r, f, m = rfm_scores([3, 30, 90, 200, 400], [9, 4, 4, 1, 1], [900, 300, 500, 40, 60])
    >>> r, f, m
    (array([5, 4, 3, 2, 1]), array([5, 4, 4, 2, 2]), array([5, 3, 4, 1, 2]))
    """
    waited = complete("days_since_last_order", days_since_last_order, NOT_NEGATIVE)
    count = complete("orders", orders, NOT_NEGATIVE)
    spent = complete("amounts", amounts, ANY)
    same_length(days_since_last_order=waited, orders=count, amounts=spent)
    r = scores(waited, bins, higher_is_better=False)
    if not nested:
        return RfmScores(r, scores(count, bins), scores(spent, bins))
    f = _scores_within(r, count, bins)
    # one number for each pair of R and F
    return RfmScores(r, f, _scores_within(r * (bins + 1) + f, spent, bins))


def _scores_within(group: IntArray, values: FloatArray, bins: int) -> IntArray:
    result = np.zeros(values.size, dtype=np.int64)
    for one in np.unique(group):
        members = group == one
        result[members] = scores(values[members], bins)
    return result


@overload
def fm_score(f: int, m: int) -> int: ...
@overload
def fm_score(f: ArrayLike, m: ArrayLike) -> IntArray: ...
def fm_score(f: ArrayLike, m: ArrayLike) -> int | IntArray:
    """Return F and M as one score: their mean, rounded half up.

    Parameters
    ----------
    f, m : array_like of int
        Scores, from 1 upwards.

    Returns
    -------
    int or ndarray of int64
        A score.

    Raises
    ------
    ArgumentError
        For what is no score, or columns of different length.

    Examples
    --------
    >>> fm_score(5, 4), fm_score(1, 4), fm_score(2, 2)
    (5, 3, 2)
    """
    often, large = _pair(f, m, int(BINS.high))
    score = (often + large + 1) // 2
    return int(score) if np.ndim(score) == 0 else score


def score_range(bins: int) -> Allowed:
    """Return the range of a score: a whole number from 1 to ``bins``.

    Examples
    --------
    >>> score_range(5).words
    'a whole number from 1 to 5'
    """
    return Allowed(f"a whole number from 1 to {bins}", low=1, high=bins, integer=True)


def _pair(f: ArrayLike, m: ArrayLike, bins: int) -> tuple[IntArray, IntArray]:
    often, large = whole("f", f, score_range(bins)), whole("m", m, score_range(bins))
    align(f=often, m=large)
    return often, large


def _extremes(bins: int) -> tuple[int, int]:
    """Highest low score and lowest high score: the outer two fifths of the scores, one score at least."""
    count = int(setting("bins", bins, BINS))
    outer = max(1, 2 * count // 5)
    return outer, count - outer + 1


@overload
def often_but_small(f: int, m: int, bins: int = ...) -> bool: ...
@overload
def often_but_small(f: ArrayLike, m: ArrayLike, bins: int = ...) -> BoolArray: ...
def often_but_small(f: ArrayLike, m: ArrayLike, bins: int = 5) -> bool | BoolArray:
    """Tell who buys often but small: F is high and M is low.

    High and low are the outer two fifths of the scores, and one score at least: of 5 scores 4 and 5 are high,
    1 and 2 are low; of 3 scores 3 is high and 1 is low.

    Parameters
    ----------
    f, m : array_like of int
        Scores from 1 to ``bins``.
    bins : int, default 5
        The best score, from 2 to 10.

    Returns
    -------
    bool or ndarray of bool
        True for customers of this view.

    Raises
    ------
    ArgumentError
        For what is no score, or columns of different length.

    Examples
    --------
    >>> often_but_small([4, 5, 3], [2, 3, 1])
    array([ True, False, False])
    """
    low, high = _extremes(bins)
    often, large = _pair(f, m, bins)
    found = (often >= high) & (large <= low)
    return bool(found) if np.ndim(found) == 0 else found


@overload
def seldom_but_large(f: int, m: int, bins: int = ...) -> bool: ...
@overload
def seldom_but_large(f: ArrayLike, m: ArrayLike, bins: int = ...) -> BoolArray: ...
def seldom_but_large(f: ArrayLike, m: ArrayLike, bins: int = 5) -> bool | BoolArray:
    """Tell who buys seldom but large: F is low and M is high, as :func:`often_but_small` has them.

    Parameters
    ----------
    f, m : array_like of int
        Scores from 1 to ``bins``.
    bins : int, default 5
        The best score, from 2 to 10.

    Returns
    -------
    bool or ndarray of bool
        True for customers of this view.

    Raises
    ------
    ArgumentError
        For what is no score, or columns of different length.

    Examples
    --------
    >>> seldom_but_large(1, 5)
    True
    """
    low, high = _extremes(bins)
    often, large = _pair(f, m, bins)
    found = (often <= low) & (large >= high)
    return bool(found) if np.ndim(found) == 0 else found


_HUGHES: Final = "Hughes (1994), Strategic Database Marketing; equal values score equally."


def _score(letter: str, title: str, what: str) -> Metric:
    return Metric(
        name=f"{letter}_SCORE",
        title=title,
        category="RFM",
        unit="score",
        number_format="0",
        formula=(
            say(
                "1 + floor(number of scores x (share of customers with {what} + half the share with the same))",
                what=say(what),
            )
        ),
        undefined="when the customer has no order",
        reference=_HUGHES,
        function=rfm_scores,
    )


R_SCORE: Final = _score("R", "Recency score", "more days since the last order")
F_SCORE: Final = _score("F", "Frequency score", "fewer orders")
M_SCORE: Final = _score("M", "Money score", "a smaller amount")

FM_SCORE: Final = Metric(
    name="FM_SCORE",
    title="Frequency and money score",
    category="RFM",
    unit="score",
    number_format="0",
    formula="mean of F and M, rounded half up",
    undefined="when the customer has no order",
    reference="The field's habit for maps of segments with two axes.",
    function=fm_score,
)

OFTEN_BUT_SMALL: Final = Metric(
    name="OFTEN_BUT_SMALL",
    title="Often but small",
    category="RFM",
    unit="count",
    number_format="#,##0",
    formula="customers with F in the highest two fifths of the scores and M in the lowest two fifths",
    undefined="when there is no customer",
    reference="A rule of this package.",
    function=often_but_small,
)

SELDOM_BUT_LARGE: Final = Metric(
    name="SELDOM_BUT_LARGE",
    title="Seldom but large",
    category="RFM",
    unit="count",
    number_format="#,##0",
    formula="customers with F in the lowest two fifths of the scores and M in the highest two fifths",
    undefined="when there is no customer",
    reference="A rule of this package.",
    function=seldom_but_large,
)
