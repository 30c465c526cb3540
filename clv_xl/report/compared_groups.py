"""Customers compared by every attribute that is known of them: what the page Groups is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.groups import SMALLEST_COMPARED, compare_groups
from clv_xl.report.named_groups import MOST_GROUPS, named_groups, spellings_of
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from clv_xl.metrics.groups import GroupComparison

__all__ = ["Attribute", "Compared", "Standout", "compare_attributes", "standout"]

_SUMS: Final = ("orders", "amount", "own_margin", "uncosted_amount", "margin", "age_days")
_SMALLEST_PART: Final = 0.1
"""What the largest groups must hold together: names and dates of birth are no groups of customers."""
_MANY: Final = 1000
"""From this many spellings on, names are not told apart before it is known that it is worth it."""
_MUCH: Final = 1.25
"""A group that brings this many times as much as the rest is worth a line on the Summary."""


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """The groups of one attribute.

    Attributes
    ----------
    key : str
        Such as ``channel``: for names of tables.
    title : str
        As a reader knows it; from data where it is the reader's own column.
    groups : tuple of str
        Names, the largest group first; then all others and those who are not known, where there are any.
    named : int
        How many of the groups are such by themselves.
    ranked : int
        How many of these, from the first on, are large enough for a rank.
    sums : mapping of str to ndarray
        By group: orders, amount, own_margin, uncosted_amount, margin (before any cost of customers), age_days, and
        expected_amount where that is predicted.
    historic : GroupComparison
        Of the margin of all orders so far, less the cost to serve.
    expected : GroupComparison or None
        Of the amounts that are expected; None where none are.
    """

    key: str
    title: str
    groups: tuple[str, ...]
    named: int
    ranked: int
    sums: Mapping[str, np.ndarray]
    historic: GroupComparison
    expected: GroupComparison | None

    @property
    def customers(self) -> np.ndarray:
        """Customers of each group."""
        return self.historic.customers


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """All attributes that can be compared, and the titles of those that cannot, by reason.

    ``blank`` are known of nobody, ``alike`` have one value for everybody, ``scattered`` have so many that no group has
    30 customers, or the largest hold less than a tenth together; ``repeated`` puts the same customers into the same
    groups as another, whose title stands beside its own. ``comparisons`` counts the groups that are compared,
    once for each kind of value.
    """

    attributes: tuple[Attribute, ...]
    blank: tuple[str, ...]
    alike: tuple[str, ...]
    scattered: tuple[str, ...]
    repeated: tuple[tuple[str, str], ...]
    comparisons: int


@dataclass(frozen=True, slots=True)
class Standout:
    """The group that differs most: by how many times it brings what the rest brings, so far or in time to come.

    ``place`` is its number in the attribute's table, from 0.
    """

    attribute: str
    key: str
    group: str
    place: int
    customers: int
    times: float
    expected: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    """Customers by one attribute."""

    key: str
    title: str
    number: np.ndarray
    groups: tuple[str, ...]
    named: int
    ranked: int

    def is_same(self, other: _Split, customers: pd.DataFrame) -> bool:
        """Tell whether another attribute has the same groups of the same customers, but for case."""
        if not np.array_equal(self.number, other.number):
            return False
        # beyond the largest groups, which stand together
        texts = [
            customers[item.key].astype("object").fillna("").astype(str).str.casefold()
            for item in (self, other)
        ]
        return texts[0].equals(texts[1])


def compare_attributes(
    customers: pd.DataFrame, attributes: Mapping[str, str], service_cost: float
) -> Compared:
    """Compare the groups of every attribute.

    Parameters
    ----------
    customers : pandas.DataFrame
        ``Material.customers``.
    attributes : mapping of str to str
        Column of it -> title.
    service_cost : float
        What an order costs beyond the goods.
    """
    splits: list[_Split] = []
    repeated: list[tuple[str, str]] = []
    left: dict[str, list[str]] = {"blank": [], "alike": [], "scattered": []}
    for key, title in attributes.items():
        found = _split(customers[key], key, title)
        if not isinstance(found, _Split):
            left[found].append(title)
        elif (same := next((item for item in splits if item.is_same(found, customers)), None)) is not None:
            repeated.append((title, same.title))
        else:
            splits.append(found)
    worth = customers["margin"].to_numpy() - service_cost * customers["orders"].to_numpy(dtype=np.float64)
    coming = customers["expected_amount"].to_numpy() if "expected_amount" in customers else None
    comparisons = sum(item.ranked for item in splits) * (1 if coming is None else 2)
    names = (*_SUMS, *(() if coming is None else ("expected_amount",)))
    columns = {name: customers[name].to_numpy(dtype=np.float64) for name in names}
    return Compared(
        attributes=tuple(
            Attribute(
                key=item.key,
                title=item.title,
                groups=item.groups,
                named=item.named,
                ranked=item.ranked,
                sums={
                    name: np.bincount(item.number, values, minlength=len(item.groups))
                    for name, values in columns.items()
                },
                historic=_compared(worth, item, comparisons),
                expected=None if coming is None else _compared(coming, item, comparisons),
            )
            for item in splits
        ),
        blank=tuple(left["blank"]),
        alike=tuple(left["alike"]),
        scattered=tuple(left["scattered"]),
        repeated=tuple(repeated),
        comparisons=comparisons,
    )


def _compared(values: np.ndarray, split: _Split, comparisons: int) -> GroupComparison:
    found = compare_groups(values, split.number, len(split.groups), comparisons=comparisons)
    # all others and those of whom nothing is known are no groups of their own
    return replace(found, differs=found.differs & (np.arange(len(split.groups)) < split.named))


def _split(texts: pd.Series, key: str, title: str) -> _Split | str:
    """Return the groups of an attribute, or why it has none to compare."""
    spellings = spellings_of(texts)
    most = np.sort(spellings.counts)[: -MOST_GROUPS - 1 : -1]
    # so many that spelling cannot matter: to tell them apart with care would take long
    if spellings.counts.size > _MANY and _is_scattered(most.tolist(), int(spellings.counts.sum())):
        return "scattered"
    found = named_groups(spellings)
    if not found.titles:
        return "blank"
    if len(found.titles) > MOST_GROUPS and _is_scattered(found.sizes[:MOST_GROUPS], sum(found.sizes)):
        return "scattered"
    named = min(len(found.titles), MOST_GROUPS)
    number, groups = found.number, list(found.titles[:named])
    if len(found.titles) > named:
        # the last number is of those who are not known
        number = np.where(number == len(found.titles), named + 1, np.minimum(number, named))
        groups.append(say("All others"))
    if found.unknown:
        groups.append(say("Not known"))
    if len(groups) < 2:
        return "alike"
    ranked = sum(size >= SMALLEST_COMPARED for size in found.sizes[:named])
    return _Split(key, title, number, tuple(groups), named, ranked)


def _is_scattered(largest: Sequence[int], known: int) -> bool:
    """Tell whether the largest groups are too small to speak of."""
    return largest[0] < SMALLEST_COMPARED or sum(largest) < _SMALLEST_PART * known


def standout(compared: Compared, *, worth_telling: float = _MUCH) -> Standout | None:
    """Return the group that surely brings more than the rest, by the largest ratio; None where none does by much.

    What is expected counts before what has been: a group of old customers has brought more by its age alone.
    """
    best: Standout | None = None
    for item in compared.attributes:
        comparison = item.historic if item.expected is None else item.expected
        for at in np.flatnonzero(comparison.differs):
            mean = float(comparison.mean[at])
            rest = mean - float(comparison.difference[at])
            if rest <= 0 or mean / rest < worth_telling or (best is not None and mean / rest <= best.times):
                continue
            best = Standout(
                item.title,
                item.key,
                item.groups[at],
                int(at),
                int(item.customers[at]),
                mean / rest,
                item.expected is not None,
            )
    return best
