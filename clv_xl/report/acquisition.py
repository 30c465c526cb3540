"""What new customers cost and bring, by first channel and by cohort: what the page Acquisition is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.customers.calendar import Period
from clv_xl.customers.lives import Lives, active_lives
from clv_xl.customers.since_first import month_numbers, since_first
from clv_xl.customers.summary import year_before
from clv_xl.report.curve import value_curve
from clv_xl.report.measured_cac import counted_spend
from clv_xl.report.named_groups import MOST_GROUPS, named_groups, same_name, spellings_of
from clv_xl.report.won import Won
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection
    from clv_xl.customers.snapshot import Snapshot
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.orders import Intake
    from clv_xl.orders.filled_spend import Spend

__all__ = ["Acquisition", "GatheredAcquisition", "gather_acquisition"]

_OF_PEOPLE: Final = ("orders", "amount", "own_margin", "uncosted_amount")
_OF_ROWS: Final = ("year_orders", "year_amount", "year_own_margin", "year_uncosted_amount")


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Channels and cohorts.

    Attributes
    ----------
    channels : tuple of Won
        Those with spend first, the dearest in all first; then the others, the largest first.
    everyone : Won
        All customers together.
    paid : Won or None
        Those of the named channels with spend; None where there is none of these, or no channel without spend.
    cohorts : tuple of Won
        By quarter or year of the first order, oldest first.
    unit : str
        "quarter" or "year".
    months : int
        Months of spend that count; 0 where there is no spend.
    only_spend, only_orders : tuple of str
        Channels that no customer came by, and channels without spend.
    unnamed_spend : float
        Spend that no channel is named for.
    unknown : int
        Customers of no known channel.
    """

    channels: tuple[Won, ...]
    everyone: Won
    cohorts: tuple[Won, ...]
    unit: str
    months: int
    only_spend: tuple[str, ...]
    only_orders: tuple[str, ...]
    unnamed_spend: float
    unknown: int
    paid: Won | None = None

    @property
    def has_channels(self) -> bool:
        """Whether any order names a channel."""
        return any(item.customers for item in self.channels) and self.unknown < self.everyone.customers

    @property
    def with_spend(self) -> int:
        """How many of the channels, from the first on, have spend."""
        return sum(not math.isnan(item.spend) for item in self.channels)

    @property
    def named_with_spend(self) -> int:
        """How many of these carry a name: all others together and spend without a channel stand at the end."""
        first_without = (at for at, item in enumerate(self.channels) if math.isnan(item.spend) or item.mixed)
        return next(first_without, len(self.channels))


@dataclass(frozen=True, slots=True, eq=False)
class GatheredAcquisition:
    """What :func:`gather_acquisition` gathered: nothing is missing but what each customer is expected to bring.

    Attributes
    ----------
    spent : _Spent or None
        The spend that counts.
    titles, kept, only_spend : sequence of str
        The channels of the orders, those of them that are shown by themselves, and those that only spend names.
    of_channel : ndarray of int64
        The place of each customer's channel among those shown; then all others, and those of no known channel.
    unit : Period
        Of the cohorts.
    adder : _Adder
        Of the customers.
    """

    spent: _Spent | None
    titles: Sequence[str]
    kept: list[str]
    only_spend: list[str]
    of_channel: np.ndarray
    unit: Period
    adder: _Adder

    def measured(self, expected: pd.Series | None) -> Acquisition:
        """Add up channels and cohorts.

        Parameters
        ----------
        expected : pandas.Series or None
            What each customer is expected to bring, in the order of the customers gathered; None where nothing is
            predicted.
        """
        spent, kept, adder, unit = (
            self.spent,
            self.kept,
            replace(self.adder, expected=None if expected is None else expected.to_numpy()),
            self.unit,
        )
        sums = adder.sums
        row_channel, people = sums["customer_group"].to_numpy(), _members(self.of_channel, len(kept) + 2)
        channels = [
            adder.won(
                title,
                row_channel == at,
                people[at],
                spent.by_channel.get(same_name(title)) if spent is not None else None,
            )
            for at, title in enumerate(kept)
        ]
        nothing = np.zeros(len(sums), dtype=bool), people[0][:0]
        channels += [
            adder.won(title, *nothing, spent.by_channel[same_name(title)])
            for title in self.only_spend
            if spent is not None
        ]
        channels.sort(
            key=lambda item: (math.isnan(item.spend), -np.nan_to_num(item.spend), -item.customers, item.title)
        )
        rest_spend = [
            spent.by_channel[name]
            for name in (spent.by_channel if spent is not None else ())
            if name and name not in {same_name(item.title) for item in channels} and spent is not None
        ]
        paid = _paid(channels, kept, adder, row_channel, people)
        others = adder.won(
            say("All others"),
            row_channel == len(kept),
            people[-2],
            sum(rest_spend, start=Decimal(0)) if rest_spend else None,
        )
        unknown = adder.won(say("Not known"), row_channel == len(kept) + 1, people[-1], None)
        channels += [replace(others, mixed=True)] if others.customers or rest_spend else []
        channels += [unknown] if unknown.customers else []
        if spent is not None and spent.by_channel.get(""):
            channels.append(adder.won(say("Spend without a channel"), *nothing, spent.by_channel[""]))

        whole = adder.won(
            say("All customers"),
            np.ones(len(sums), dtype=bool),
            np.arange(adder.first.size),
            spent.total if spent is not None and spent.months else None,
        )
        oldest = int(adder.first.min()) // unit.months
        begun, came = (
            sums["cohort"].to_numpy(dtype=np.int64) // unit.months,
            adder.first // unit.months - oldest,
        )
        members = _members(came, int(came.max()) + 1)
        by_period = spent.by_period(unit) if spent is not None else {}
        return Acquisition(
            channels=tuple(channels),
            everyone=whole,
            cohorts=tuple(
                adder.won(
                    unit.title(number + oldest),
                    begun == number + oldest,
                    people,
                    by_period.get(number + oldest),
                )
                for number, people in enumerate(members)
                if people.size
            ),
            unit=unit.unit,
            months=len(spent.months) if spent is not None else 0,
            only_spend=tuple(
                spent.titles[name] for name in spent.by_channel if name and name not in _names(self.titles)
            )
            if spent is not None
            else (),
            only_orders=tuple(title for title in self.titles if same_name(title) not in spent.by_channel)
            if spent is not None
            else (),
            unnamed_spend=float(spent.by_channel.get("", Decimal(0))) if spent is not None else 0.0,
            unknown=unknown.customers,
            paid=paid if any(math.isnan(item.spend) and item.customers for item in channels) else None,
        )


def gather_acquisition(
    connection: Connection,
    intake: Intake,
    now: Snapshot,
    customers: pd.DataFrame,
    period: Period,
    spend: Spend | None,
) -> GatheredAcquisition:
    """Gather what channels and cohorts are added up from.

    Parameters
    ----------
    connection : Connection
        With prepared orders.
    intake, now : Intake, Snapshot
        The orders, and the shop at the as-of date.
    customers : pandas.DataFrame
        With a row a customer: ``channel``, and what :func:`~clv_xl.customers.summary.summarise` gives.
    period : Period
        Of the page Cohorts: shorter than a year becomes a quarter.
    spend : Spend or None
        Rows of spend.
    """
    spent = _Spent(spend, intake) if spend is not None else None
    named = named_groups(spellings_of(customers["channel"]))
    kept, only_spend = _largest(named.titles, spent)
    # the last group but one are all others, the last are those of no known channel
    place = np.full(len(named.titles) + 1, len(kept), dtype=np.int64)
    place[[named.titles.index(title) for title in kept]] = np.arange(len(kept))
    place[-1] = len(kept) + 1
    of_channel = place[named.number]
    sums = since_first(connection, customers, of_channel, intake.as_of)
    return GatheredAcquisition(
        spent,
        named.titles,
        kept,
        only_spend,
        of_channel,
        Period("year" if period.unit == "year" else "quarter"),
        _Adder.of(now, customers, sums, intake.as_of, spent),
    )


def _paid(
    channels: Sequence[Won],
    kept: Sequence[str],
    adder: _Adder,
    row_channel: np.ndarray,
    people: Sequence[np.ndarray],
) -> Won | None:
    """Add up the named channels with spend."""
    spending = [item for item in channels if not math.isnan(item.spend)]
    places = [at for at, title in enumerate(kept) if title in {item.title for item in spending}]
    if not places:
        return None
    return replace(
        adder.won(
            say("Channels with spend"),
            np.isin(row_channel, places),
            np.sort(np.concatenate([people[at] for at in places])),
            None,
        ),
        spend=math.fsum(item.spend for item in spending),
    )


class _Spent:
    """Spend of the months that count, by month and by channel."""

    def __init__(self, spend: Spend, intake: Intake) -> None:
        month = Period("month")
        self.by_channel: dict[str, Decimal] = {}
        self.titles: dict[str, str] = {}
        self._by_month: dict[int, Decimal] = {}
        self.total = Decimal(0)
        for day, channel, spent in counted_spend(spend, intake.first_day, intake.as_of):
            name = same_name(channel)
            self.titles.setdefault(name, " ".join(channel.split()))
            self.by_channel[name] = self.by_channel.get(name, Decimal(0)) + spent
            number = month.number(day)
            self._by_month[number] = self._by_month.get(number, Decimal(0)) + spent
            self.total += spent

    @property
    def months(self) -> frozenset[int]:
        """Numbers of the months that count."""
        return frozenset(self._by_month)

    def by_period(self, period: Period) -> dict[int, Decimal]:
        """Return the spend of each period with a month that counts."""
        found: dict[int, Decimal] = {}
        for month, spent in self._by_month.items():
            number = month // period.months
            found[number] = found.get(number, Decimal(0)) + spent
        return found


def _names(titles: Iterable[str]) -> frozenset[str]:
    return frozenset(map(same_name, titles))


def _largest(titles: Sequence[str], spent: _Spent | None) -> tuple[list[str], list[str]]:
    """Return the channels of orders that are shown, and those that only spend names; those with spend go first."""
    if spent is None:
        return list(titles[:MOST_GROUPS]), []
    known = _names(titles)
    paid = [title for title in titles if same_name(title) in spent.by_channel]
    bare = [spent.titles[name] for name in spent.by_channel if name and name not in known]
    bare.sort(key=lambda title: (-spent.by_channel[same_name(title)], title))
    free = [title for title in titles if same_name(title) not in spent.by_channel]
    paid = paid[:MOST_GROUPS]
    bare = bare[: MOST_GROUPS - len(paid)]
    return [*paid, *free[: MOST_GROUPS - len(paid) - len(bare)]], bare


def _members(group: np.ndarray, groups: int) -> list[np.ndarray]:
    """Return the rows of each group."""
    ordered = np.argsort(group, kind="stable")
    return np.split(ordered, np.searchsorted(group[ordered], np.arange(1, groups)))


@dataclass(frozen=True, slots=True, eq=False)
class _Adder:
    """Adds up some of the customers."""

    sums: pd.DataFrame
    as_of: date
    of_people: Mapping[str, np.ndarray]
    flags: Mapping[str, np.ndarray]
    lives: Lives
    first: np.ndarray
    expected: FloatArray | None = None

    @classmethod
    def of(
        cls, now: Snapshot, customers: pd.DataFrame, sums: pd.DataFrame, as_of: date, spent: _Spent | None
    ) -> _Adder:
        """Take of the customers what is added up."""
        first = month_numbers(customers["first_day"])
        return cls(
            sums,
            as_of,
            {name: customers[name].to_numpy() for name in _OF_PEOPLE},
            {
                "year_customers": customers["first_day"].to_numpy() <= np.datetime64(year_before(as_of), "s"),
                "new_customers": np.zeros(len(customers), dtype=bool)
                if spent is None
                else np.isin(first, list(spent.months)),
            },
            active_lives(
                customers["recency_days"].to_numpy(),
                customers["days_since_last_order"].to_numpy(),
                now.active_days,
            ),
            first,
        )

    def won(self, title: str, rows: np.ndarray, people: np.ndarray, spend: Decimal | None) -> Won:
        """Add up rows of sums and the people they speak of."""
        lives = Lives(self.lives.days[people], self.lives.ended[people])
        of_rows = {name: self.sums[name].to_numpy()[rows].sum().item() for name in _OF_ROWS}
        of_people = {name: values[people].sum().item() for name, values in self.of_people.items()}
        counted = {name: int(np.count_nonzero(flags[people])) for name, flags in self.flags.items()}
        return Won(
            title=title,
            customers=int(people.size),
            **of_rows,
            **of_people,
            **counted,  # type: ignore[arg-type]  # counts of customers, no flags
            active_years=lives.active_years,
            lifespan=lives.lifespan if people.size else math.nan,
            expected_amount=math.nan if self.expected is None else math.fsum(self.expected[people]),
            spend=math.nan if spend is None else float(spend),
            curve=value_curve(self.sums[rows], self.as_of),
        )
