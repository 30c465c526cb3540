"""Customers who had come by a day, in an order of their own.

A sum over them is the same to the last digit, however the rows of the input were sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.metrics.occasions import day
from clv_xl.models.gammagamma import Spending, spending
from clv_xl.models.histories import Histories, histories

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.metrics.arguments import FloatArray, IntArray
    from clv_xl.models.histories import Occasions

__all__ = ["Seen"]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Customers who had come by a day.

    Attributes
    ----------
    histories, spent : Histories, Spending
        Row by row.
    last_day : ndarray of int64
        The day of each one's last occasion, since 1970-01-01.
    place : ndarray of int64
        Each one's number in the occasions.
    customers : int
        How many numbers there are, those who came later included.
    """

    histories: Histories
    spent: Spending
    last_day: IntArray
    place: IntArray
    customers: int

    @classmethod
    def of(cls, occasions: Occasions, as_of: date | np.datetime64) -> Seen:
        """Summarise occasions up to a day."""
        seen, spent = histories(occasions, as_of), spending(occasions, as_of)
        known = occasions.until(int(day("as_of", as_of).astype(np.int64)))
        starts = known.starts()
        last_day = known.day[np.append(starts[1:], known.day.size) - 1]
        kind = seen.kinds[1]
        gaps = np.zeros(seen.size) if seen.log_gaps is None else seen.log_gaps
        # sums over customers must not differ in their last digit because the rows came in another order
        order = np.lexsort((gaps, spent.mean, spent.occasions, kind))
        return cls(
            Histories(
                seen.frequency[order],
                seen.recency[order],
                seen.age[order],
                seen.time_unit,
                log_gaps=gaps[order],
            ),
            Spending(spent.occasions[order], spent.mean[order]),
            last_day[order],
            known.customer[starts][order],
            occasions.customers,
        )

    def spread(self, values: FloatArray) -> FloatArray:
        """Return the values at the customers' own numbers."""
        found = np.full(self.customers, np.nan)
        found[self.place] = values
        return found
