"""Then and now: each customer's segment and amount at an earlier date against those of today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.customers.calendar import months_before
from clv_xl.metrics.migration import NOT_YET, among_best, segment_migration

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pandas as pd

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray, ObjectArray
    from clv_xl.metrics.segments import SegmentMap

__all__ = ["BEST_SHARE", "Best", "Migration", "find_migration"]

BEST_SHARE: Final = 0.1
"""The best by amount are the best tenth."""


@dataclass(frozen=True, slots=True)
class Best:
    """Today's best customers by one measure, and where they were then; and the best of then, and where they are.

    Attributes
    ----------
    now, then : int
        How many there are today, and were then.
    both : int
        Among the best on both days.
    others_then : int
        Best today, and customers then, but not among the best.
    not_yet : int
        Best today, and without an order then.
    """

    now: int
    then: int
    both: int
    others_then: int
    not_yet: int


@dataclass(frozen=True, eq=False, slots=True)
class Migration:
    """Where customers stood some months before the as-of date.

    Attributes
    ----------
    months : int
        How many.
    then, earlier : date
        That day, and as many months before it.
    frame : pandas.DataFrame
        A row for each customer of today, in order of customer id: customer_id, first_day, last_day, segment_then
        (:data:`~clv_xl.metrics.migration.NOT_YET` before the first order), segment_now, amount_then and amount_now (all
        orders up to the two days), before and since (amounts of the months up to then, and of those since), change.
    segments : tuple of str
        Those of the map, in its order.
    counts : ndarray of int64
        As :func:`~clv_xl.metrics.migration.segment_migration` returns them.
    """

    months: int
    then: date
    earlier: date
    frame: pd.DataFrame
    segments: tuple[str, ...]
    counts: IntArray

    @property
    def known(self) -> BoolArray:
        """For each customer whether there was an order by then."""
        found: BoolArray = self.frame["segment_then"].to_numpy() != NOT_YET
        return found

    def best_of_segment(self, name: str) -> Best:
        """Return the customers of one segment, then and now."""
        place = self.segments.index(name)
        column = self.counts[:, place]
        both, not_yet = int(column[place]), int(column[-1])
        now = int(column.sum())
        return Best(now, int(self.counts[place].sum()), both, now - both - not_yet, not_yet)

    def best_by_amount(self) -> Best:
        """Return the best tenth by amount so far, then and now."""
        known = self.known
        now = among_best(self.frame["amount_now"].to_numpy(), BEST_SHARE)
        then = np.zeros(known.size, dtype=bool)
        then[known] = among_best(self.frame["amount_then"].to_numpy()[known], BEST_SHARE)
        both, not_yet = int((now & then).sum()), int((now & ~known).sum())
        return Best(int(now.sum()), int(then.sum()), both, int(now.sum()) - both - not_yet, not_yet)

    def moved_most(self, most: int, *, up: bool) -> pd.DataFrame:
        """Return the customers of then whose amount rose or fell most, in currency, the largest move first."""
        change = self.frame["change"].to_numpy() * (1 if up else -1)
        moved = np.flatnonzero(self.known & (change > 0))
        # rows are in order of customer id, and a stable sort keeps that among equals
        return self.frame.iloc[moved[np.argsort(-change[moved], kind="stable")][:most]]


def find_migration(
    summary_on: Callable[[date], pd.DataFrame],
    segments_of: Callable[[pd.DataFrame], ObjectArray],
    as_of: date,
    months: int,
    segment_map: SegmentMap,
) -> Migration | None:
    """Set each customer's segment and amount at the as-of date against those some months before.

    Parameters
    ----------
    summary_on : callable
        Gives the customer summary of a day.
    segments_of : callable
        Gives the segment of each customer of a summary, scored among the customers of its day.
    as_of : datetime.date
        The later date.
    months : int
        How many calendar months the earlier date lies before it.
    segment_map : SegmentMap
        Whose segments they are.

    Returns
    -------
    Migration or None
        None where nobody had ordered by the earlier date.
    """
    then = months_before(as_of, months)
    earlier = months_before(then, months)
    now, before, first = summary_on(as_of), summary_on(then), summary_on(earlier)
    if before.empty:
        return None
    known = now["first_day"].to_numpy() <= np.datetime64(then, "D")
    segment_then = np.full(len(now), NOT_YET, dtype=object)
    segment_then[known] = segments_of(before)
    segment_now = segments_of(now)
    amount_now = now["amount"].to_numpy()
    amount_then = _spread(before["amount"].to_numpy(), known)
    amount_earlier = _spread(
        first["amount"].to_numpy(), now["first_day"].to_numpy() <= np.datetime64(earlier, "D")
    )
    since, prior = amount_now - amount_then, amount_then - amount_earlier
    frame = now[["customer_id", "first_day", "last_day"]].assign(
        segment_then=segment_then,
        segment_now=segment_now,
        amount_then=amount_then,
        amount_now=amount_now,
        before=prior,
        since=since,
        change=since - prior,
    )
    segments = segment_map.segments
    return Migration(
        months, then, earlier, frame, segments, segment_migration(segment_then, segment_now, segments)
    )


def _spread(values: FloatArray, known: BoolArray) -> FloatArray:
    """Give each customer of today the value of an earlier day, 0 before the first order.

    All summaries are in order of customer id, so those who were known then stand in the same order.
    """
    found = np.zeros(known.size)
    found[known] = values
    return found
