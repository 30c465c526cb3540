"""Groups of customers by a text: spellings that differ in nothing but case and blanks are one group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["MOST_GROUPS", "NamedGroups", "Spellings", "named_groups", "same_name", "spellings_of"]

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


@dataclass(frozen=True, slots=True, eq=False)
class Spellings:
    """Texts of customers, each different one once.

    Attributes
    ----------
    code : ndarray of int64
        Of each customer the number of the text, -1 for none.
    texts : ndarray of objects
        The texts.
    counts : ndarray of int64
        Customers of each.
    """

    code: np.ndarray
    texts: np.ndarray
    counts: np.ndarray


def spellings_of(texts: pd.Series) -> Spellings:
    """Return the different texts.

    Examples
    --------
    >>> import pandas as pd
    >>> spellings_of(pd.Series(["web", "Shop", None, "web"])).counts.tolist()
    [2, 1]
    """
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    code, found = pd.factorize(texts.to_numpy(dtype=object))
    return Spellings(code, np.asarray(found), np.bincount(code[code >= 0], minlength=len(found)))


def named_groups(found: Spellings) -> NamedGroups:
    """Group customers by a text; blanks are no group.

    Examples
    --------
    >>> import pandas as pd
    >>> found = named_groups(spellings_of(pd.Series(["web", "shop ", "Shop", None, "shop"])))
    >>> found.titles, found.sizes, found.number.tolist(), found.unknown
    (('shop', 'web'), (3, 1), [1, 0, 0, 2, 0], 1)
    """
    spellings = [" ".join(str(text).split()) for text in found.texts]
    sizes: dict[str, int] = defaultdict(int)
    best: dict[str, tuple[int, str]] = {}
    for spelling, count in _added(spellings, found.counts.tolist()):
        key = spelling.casefold()
        sizes[key] += count
        if key not in best or (-count, spelling) < best[key]:
            best[key] = (-count, spelling)
    keys = sorted((key for key in sizes if key), key=lambda key: (-sizes[key], key))
    place = {key: at for at, key in enumerate(keys)}
    of_code = np.asarray([place.get(text.casefold(), len(keys)) for text in spellings] + [len(keys)])
    return NamedGroups(
        of_code[found.code].astype(np.int64),
        tuple(best[key][1] for key in keys),
        tuple(sizes[key] for key in keys),
    )


def _added(spellings: list[str], counts: list[int]) -> Iterable[tuple[str, int]]:
    """Add the customers of one spelling, such as with and without a blank at its end."""
    added: dict[str, int] = defaultdict(int)
    for spelling, count in zip(spellings, counts, strict=True):
        added[spelling] += count
    return added.items()
