"""Groups of customers by a text: spellings that differ in nothing but case and blanks are one group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["MOST_GROUPS", "NamedGroups", "named_groups", "same_name"]

MOST_GROUPS = 15
"""The largest groups that are shown by themselves; the rest are all others."""


def same_name(text: str) -> str:
    """Return what two spellings of one name have in common.

    Examples
    --------
    >>> same_name(" Paid  search") == same_name("paid search")
    True
    """
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, slots=True, eq=False)
class NamedGroups:
    """The group of each customer.

    Attributes
    ----------
    number : ndarray of int64
        Of each customer, from 0; the last number, ``len(titles)``, is of customers with a blank.
    titles : tuple of str
        Name of each group as most of its customers have it, the largest group first.
    sizes : tuple of int
        Customers of each group.
    """

    number: np.ndarray
    titles: tuple[str, ...]
    sizes: tuple[int, ...]

    @property
    def unknown(self) -> int:
        """Customers with a blank."""
        return int(np.count_nonzero(self.number == len(self.titles)))


def named_groups(texts: pd.Series) -> NamedGroups:
    """Group customers by a text; blanks are no group.

    Examples
    --------
    >>> import pandas as pd
    >>> found = named_groups(pd.Series(["web", "shop ", "Shop", None, "shop"]))
    >>> found.titles, found.sizes, found.number.tolist(), found.unknown
    (('shop', 'web'), (3, 1), [1, 0, 0, 2, 0], 1)
    """
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    codes, found = pd.factorize(texts.astype(object))
    spellings = ["" if pd.isna(text) else " ".join(str(text).split()) for text in found]
    counts = np.bincount(codes[codes >= 0], minlength=len(spellings)).tolist()
    sizes: dict[str, int] = defaultdict(int)
    best: dict[str, tuple[int, str]] = {}
    for spelling, count in _added(spellings, counts):
        key = spelling.casefold()
        sizes[key] += count
        if key not in best or (-count, spelling) < best[key]:
            best[key] = (-count, spelling)
    keys = sorted((key for key in sizes if key), key=lambda key: (-sizes[key], key))
    place = {key: at for at, key in enumerate(keys)}
    of_code = np.asarray([place.get(text.casefold(), len(keys)) for text in spellings] + [len(keys)])
    return NamedGroups(
        of_code[codes].astype(np.int64),
        tuple(best[key][1] for key in keys),
        tuple(sizes[key] for key in keys),
    )


def _added(spellings: list[str], counts: list[int]) -> Iterable[tuple[str, int]]:
    """Add the customers of one spelling, such as with and without a blank at its end."""
    added: dict[str, int] = defaultdict(int)
    for spelling, count in zip(spellings, counts, strict=True):
        added[spelling] += count
    return added.items()
