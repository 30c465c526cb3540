"""Migration between segments: where today's customers stood at an earlier date."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import ANY, TOP, complete, objects, quoted, same_length, setting
from clv_xl.metrics.arithmetic import portion
from clv_xl.metrics.record import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, IntArray

__all__ = ["NOT_YET", "among_best", "segment_migration"]

NOT_YET: Final = "(no order yet)"
"""Where a customer stood before the first order."""


def segment_migration(then: ArrayLike, now: ArrayLike, segments: Sequence[str]) -> IntArray:
    """Count who went from which segment to which.

    Parameters
    ----------
    then : array_like of str
        Each customer's segment at the earlier date, or :data:`NOT_YET`.
    now : array_like of str
        Each customer's segment at the later date.
    segments : sequence of str
        The names, in the order of rows and columns.

    Returns
    -------
    ndarray of int64, shape (segments + 1, segments)
        A row for each segment at the earlier date, the last for customers who came after it; a column for each
        segment at the later date. The sum of all is the number of customers.

    Raises
    ------
    ArgumentError
        For a name that is not among the segments, or columns of different length.

    Examples
    --------
    >>> segment_migration(["Best", "Rest", "(no order yet)"], ["Best", "Best", "Rest"], ["Best", "Rest"])
    array([[1, 0],
           [1, 0],
           [0, 1]])
    """
    before, after = objects("then", then).ravel(), objects("now", now).ravel()
    same_length(then=before, now=after)
    rows = _places("then", before, (*segments, NOT_YET))
    columns = _places("now", after, tuple(segments))
    size = len(segments)
    counts = np.bincount(rows * size + columns, minlength=(size + 1) * size)
    return counts.reshape(size + 1, size).astype(np.int64)


def _places(name: str, values: ArrayLike, known: tuple[str, ...]) -> IntArray:
    place = {segment: number for number, segment in enumerate(known)}
    found = list(map(place.get, np.asarray(values).tolist()))
    if None in found:
        row = found.index(None)
        raise ArgumentError(
            f"{name} (item {row + 1}) is {quoted(np.asarray(values)[row])}, but the segments are {', '.join(known)}."
        )
    return np.array(found, dtype=np.int64)


SEGMENT_MIGRATION: Final = Metric(
    name="SEGMENT_MIGRATION",
    title="Segment migration",
    category="RFM",
    unit="count",
    number_format="#,##0",
    formula=(
        "customers by their RFM segment at the earlier date and at the as-of date, both scored alike among the "
        "customers of their day; who had no order yet has a row apart"
    ),
    undefined="when nobody had ordered by the earlier date",
    reference="A transition matrix, as for any states that customers move between.",
    function=segment_migration,
)


def among_best(amounts: ArrayLike, share: float = 0.1) -> BoolArray:
    """Tell which customers are among the best by amount.

    The best ``ceil(share x customers)`` with a positive amount. Customers of equal amount are all in or all out: a
    group that would exceed that number stays out.

    Parameters
    ----------
    amounts : array_like
        One for each customer, in currency, blanks not allowed.
    share : float, default 0.1
        Share of customers, more than 0 and at most 1.

    Returns
    -------
    ndarray of bool
        One for each customer.

    Raises
    ------
    ArgumentError
        For a blank amount or an impossible share.

    Examples
    --------
    >>> among_best([50, 40, 30, 30, 5], 0.4)
    array([ True,  True, False, False, False])
    >>> among_best([50, 40, 40, 30, 5], 0.4)
    array([ True, False, False, False, False])
    """
    spent = complete("amounts", amounts, ANY)
    room = math.ceil(portion(setting("share", share, TOP), spent.size))
    if not room:
        return np.zeros(spent.size, dtype=bool)
    last = np.partition(spent, -room)[-room]
    # who equals the last one comes in only where there is room for all of them
    found: BoolArray = spent >= last if np.count_nonzero(spent >= last) <= room else spent > last
    return found & (spent > 0)


BEST_TENTH: Final = Metric(
    name="BEST_TENTH",
    title="Best tenth",
    category="Concentration",
    unit="count",
    number_format="#,##0",
    formula=(
        "customers among the tenth with the largest amount so far, rounded up; equal amounts are all in or all out"
    ),
    undefined="when no customer has an amount above 0",
    reference="The customers behind the top share of value.",
    function=among_best,
)
