"""How customers stood at the ends of periods, counted from their days with an order in memory."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.customers.days import periods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clv_xl.metrics.arguments import IntArray

__all__ = ["standings"]

_FLAGS: Final = ("ended", "was_known", "was_active", "is_active")
_NEVER: Final = np.iinfo(np.int32).min


def standings(
    customer: IntArray,
    day: IntArray,
    months: int,
    earlier: int,
    kept_days: int,
    ends: Mapping[Any, np.ndarray],
) -> dict[str, np.ndarray]:
    """Answer what ``standings.sql`` asks.

    Parameters
    ----------
    customer, day : ndarray of int
        The days with an order, sorted by customer and day, and none after the last of the ends.
    months, earlier, kept_days : int
        As in the SQL file.
    ends : Mapping of str to ndarray of int64
        The columns of ``period_ends``; each period follows the one before.

    Returns
    -------
    dict of str to ndarray
        The columns of the answer.
    """
    period = np.maximum(periods(day, months), earlier)
    first = day[np.flatnonzero(np.diff(customer, prepend=-1))].astype(np.int64)
    who = np.cumsum(np.diff(customer, prepend=-1) != 0) - 1
    # of two thousand years there are fewer months than such a number holds, and it is sorted several times faster
    order = np.argsort((period - earlier).astype(np.uint16), kind="stable")
    cuts = np.searchsorted(period[order], np.append(ends["period"], ends["period"][-1] + 1))
    last = np.full(first.size, _NEVER, dtype=np.int64)
    done = order[: cuts[0]]
    last[who[done]] = day[done]  # days of a customer ascend, and the last one assigned stays
    found: list[np.ndarray] = []
    for at, (begin, end) in enumerate(pairwise(cuts)):
        then, rows = last.copy(), order[begin:end]
        last[who[rows]] = day[rows]
        found.append(
            _counted({name: int(values[at]) for name, values in ends.items()}, first, then, last, kept_days)
        )
    table = np.concatenate(found)
    names = ("period", "lived", *_FLAGS, "customers")
    return {
        name: values.astype(bool) if name in _FLAGS else values
        for name, values in zip(names, table.T, strict=True)
    }


def _counted(
    end: Mapping[str, int], first: IntArray, then: IntArray, last: IntArray, kept_days: int
) -> np.ndarray:
    """Count the customers at one end by all that is told of them, sorted so."""
    came = last != _NEVER
    first, then, last = first[came], then[came], last[came]
    waited = end["end_day"] - last
    known = then != _NEVER
    key = last - first + np.minimum(waited, end["active_days"])
    for flag in (
        waited > end["active_days"],
        known,
        known & (end["before_day"] - then <= kept_days),
        waited <= kept_days,
    ):
        key = key * 2 + flag
    times = np.bincount(key)
    keys = np.flatnonzero(times)
    flags = [keys >> shift & 1 for shift in range(len(_FLAGS) - 1, -1, -1)]
    return np.column_stack([np.full(keys.size, end["period"]), keys >> len(_FLAGS), *flags, times[keys]])
