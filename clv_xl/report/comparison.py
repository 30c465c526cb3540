"""What may be set against a year ago: like with like, or nothing, and then a sentence says why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args

from clv_xl.customers.summary import year_before
from clv_xl.report.words import count, day
from clv_xl.said import say

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.customers.snapshot import Snapshot

__all__ = ["BASES", "SMALLEST_GENERATION", "Basis", "Comparison"]

Basis = Literal["all time", "average", "sum", "stock", "movement", "first year"]
"""What a figure is made of, which decides what history it takes to compare it:

============  =======================================================================================
all time      all orders so far: never compared, since a longer history alone moves it
average       a mean over twelve months: the twelve months before must be whole
sum           a total over twelve months: the same, and the shop must not have been filled in one burst
stock         customers active on a day: the same, and the active window before that day must be whole
movement      who came and went in twelve months: the window before the earlier twelve must be whole too,
              or old customers pass for new ones
first year    what customers of one age brought: the same one year further back, and enough customers
============  =======================================================================================
"""

BASES: tuple[Basis, ...] = get_args(Basis)

SMALLEST_GENERATION = 30
"""Customers that a generation must have before the first year of it is compared."""
_BURST = 20
"""A year with this many times as many new customers as the next began a file of one generation."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The shop now and a year earlier; ``before`` is None where it had no customer then."""

    now: Snapshot
    before: Snapshot | None

    def reason(self, basis: Basis) -> str:
        """Return why figures of a basis are not compared; empty where they are."""
        if basis == "all time":
            return say("No change is shown: all orders so far are in it, so a longer history alone moves it.")
        needed, begun = self._reach(basis), self.now.first_day
        if begun > needed:
            return say(
                "No change is shown: a fair comparison with a year ago takes orders from {needed} on, "
                "and these begin on {begun}.",
                needed=day(needed),
                begun=day(begun),
            )
        if basis in {"sum", "stock", "movement"} and self.burst:
            return say(
                "No change is shown: most customers were won in the twelve months before, and {since} since.",
                since=self._since,
            )
        if basis == "first year" and self._smallest < SMALLEST_GENERATION:
            return say(
                "No change is shown: that takes {smallest_generation} customers won in each of two "
                "years, and one of them has {smallest}.",
                smallest_generation=SMALLEST_GENERATION,
                smallest=count(self._smallest),
            )
        return ""

    @property
    def burst(self) -> bool:
        """Whether the shop was filled in the twelve months before the last, and hardly anyone came since.

        Files drawn for one generation of customers look like that; who is active and what is sold then
        falls because of how the file was made.
        """
        before = self.before
        return (
            before is not None
            and 2 * before.new_customers > len(before.frame)
            and _BURST * self.now.new_customers < before.new_customers
        )

    @property
    def one_generation(self) -> bool:
        """Whether customers stopped coming: nobody for a year, or hardly anyone against the year before."""
        before = self.before
        return before is not None and (
            not self.now.new_customers or _BURST * self.now.new_customers < before.new_customers
        )

    @property
    def _since(self) -> str:
        new = self.now.new_customers
        return count(new) if new else "nobody"

    @property
    def _smallest(self) -> int:
        earlier = 0 if self.before is None else self.before.first_years.customers
        return min(self.now.first_years.customers, earlier)

    def _reach(self, basis: Basis) -> date:
        """Return the day from which on the orders must be there."""
        ago = year_before(self.now.as_of)
        twice = year_before(ago)
        window = timedelta(days=self.now.active_days)
        if basis == "stock":
            return min(twice, ago - window)
        if basis == "movement":
            return twice - window - timedelta(days=1)  # on the last day of a window one is active still
        if basis == "first year":
            return year_before(twice) - window
        return twice
