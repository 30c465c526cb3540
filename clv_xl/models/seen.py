"""Customers who had come by a day, in an order of their own.

A sum over them is the same to the last digit, however the rows of the input were sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.metrics.occasions import day
from clv_xl.models.gammagamma import Spending, spending_of
from clv_xl.models.histories import Histories, histories_of

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.metrics.arguments import FloatArray, IntArray
    from clv_xl.models.purchases import Purchases

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
        Each one's number in the purchases.
    customers : int
        How many numbers there are, those who came later included.
    """

    histories: Histories
    spent: Spending
    last_day: IntArray
    place: IntArray
    customers: int

    @classmethod
    def of(cls, purchases: Purchases, as_of: date | np.datetime64) -> Seen:
        """Summarise purchases up to a day."""
        day_number = int(day("as_of", as_of).astype(np.int64))
        known = purchases.known(day_number)
        seen, spent = histories_of(known, day_number), spending_of(known)
        # sums over customers must not differ in their last digit because the rows came in another order
        order = np.lexsort((spent.mean, spent.occasions, seen.kinds[1]))
        return cls(
            Histories(
                seen.frequency[order],
                seen.recency[order],
                seen.age[order],
                seen.time_unit,
                log_gaps=seen.log_gaps,
            ),
            Spending(spent.occasions[order], spent.mean[order]),
            known.last[order],
            known.customer[order],
            purchases.customers,
        )

    def spread(self, values: FloatArray) -> FloatArray:
        """Return the values at the customers' own numbers."""
        found = np.full(self.customers, np.nan)
        found[self.place] = values
        return found
