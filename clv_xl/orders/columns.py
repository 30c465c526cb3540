"""Which header of a file is which canonical column."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from clv_xl.errors import UsageError, did_you_mean
from clv_xl.orders.header_words import CANONICAL, TIERS, fold, vat_in_header, without_vat_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["CANONICAL", "REQUIRED", "Resolution", "check_names", "fold", "resolve", "tiers"]

REQUIRED = ("customer_id", "order_date", "amount")


def tiers(canonical: str) -> tuple[frozenset[str], ...]:
    """Return the folded headers of a canonical column; those of an earlier tier win over later ones."""
    return TIERS[canonical]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which field holds which canonical column, and what stands in the way.

    Attributes
    ----------
    headers : tuple[str, ...]
        As in the file, trimmed.
    positions : dict[str, int]
        Canonical name -> field number, from 0.
    problem : str
        What the user must settle before the file can be read; empty when all is clear.
    """

    headers: tuple[str, ...]
    positions: dict[str, int]
    problem: str

    @property
    def fits(self) -> int:
        """How many required columns were found: tells a header from other rows."""
        return sum(name in self.positions for name in REQUIRED)

    @property
    def unused(self) -> tuple[str, ...]:
        """Headers that no canonical name took."""
        taken = set(self.positions.values())
        return tuple(header for at, header in enumerate(self.headers) if header and at not in taken)


def check_names(columns: Mapping[str, str]) -> None:
    """Refuse a ``--column`` for a canonical name that does not exist.

    Parameters
    ----------
    columns : Mapping[str, str]
        Canonical name -> header, as the user gave it.

    Raises
    ------
    UsageError
        With the names that exist.
    """
    for name in columns:
        if name not in CANONICAL:
            raise UsageError(
                f'--column {name}=...: there is no column "{name}".{did_you_mean(name, CANONICAL)}'
                f" The names are {', '.join(CANONICAL)}."
            )


def resolve(headers: Sequence[str], wanted: Mapping[str, str]) -> Resolution:
    """Find the canonical columns among the headers of a file.

    Parameters
    ----------
    headers : Sequence[str]
        The header row.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it; an empty header means "do not use this column".

    Returns
    -------
    Resolution
        With a ``problem`` instead of an exception, because the caller may try other rows or sheets first.

    Examples
    --------
    >>> resolve(["Kundenr", "Dato", "Beløp", "Pris"], {}).positions
    {'customer_id': 0, 'order_date': 1, 'amount': 2}
    >>> resolve(["Kundenr", "Dato", "Netto", "Total"], {}).problem
    'The columns "Netto" and "Total" could both be amount. Say which one it is: --column amount="Netto".'
    """
    names = tuple(header.strip() for header in headers)
    folded = [fold(name) for name in names]
    positions: dict[str, int] = {}
    problems: list[str] = []
    taken = {fold(header) for header in wanted.values()}
    for canonical in CANONICAL:
        if canonical in wanted:
            found = _asked_for(wanted[canonical], names, folded)
            if wanted[canonical].strip() and not found:
                hint = did_you_mean(wanted[canonical], [name for name in names if name])
                problems.append(f'There is no column "{wanted[canonical]}".{hint} {_list(names)}')
        else:
            open_to = [at for at, word in enumerate(folded) if word not in taken]
            found = next((hits for hits in _candidates(canonical, names, open_to) if hits), [])
        if len(found) > 1:
            problems.append(_clash(canonical, [names[at] for at in found]))
        if found:
            positions[canonical] = found[0]
    missing = [name for name in REQUIRED if name not in positions]
    if any(map(_is_data, names)) and not any(_is_header(name, names, positions, wanted) for name in REQUIRED):
        problems.insert(0, _no_header(names))
    if missing and not problems:
        problems.append(_missing(missing, names))
    return Resolution(names, positions, problems[0] if problems else "")


def _candidates(canonical: str, names: tuple[str, ...], open_to: list[int]) -> Iterator[list[int]]:
    """Give the headers that may be a column, best tier first; an amount that includes VAT is the last resort."""
    words = {at: fold(names[at]) for at in open_to}
    *better, last = TIERS[canonical]
    for tier in better:
        yield [at for at, word in words.items() if word in tier]
    apart = {"excluded": set[int](), "included": set[int]()}
    if canonical == "amount":
        known = frozenset({""}).union(*TIERS[canonical])
        for at in open_to:
            if (vat := vat_in_header(names[at])) and without_vat_words(names[at]) in known:
                apart[vat].add(at)
    yield [at for at, word in words.items() if word in last or at in apart["excluded"]]
    yield sorted(apart["included"])


def _asked_for(header: str, names: tuple[str, ...], folded: list[str]) -> list[int]:
    """Exact spelling first, so that two headers that differ only in case can both be named."""
    if not header.strip():
        return []
    exact = [at for at, name in enumerate(names) if name == header.strip()]
    return exact or [at for at, word in enumerate(folded) if word == fold(header)]


def _clash(canonical: str, headers: list[str]) -> str:
    repeated = [header for header, count in Counter(headers).items() if count > 1]
    if repeated:
        return (
            f'The header "{repeated[0]}" stands {headers.count(repeated[0])} times.'
            " Give each column a name of its own."
        )
    listed = " and ".join(f'"{header}"' for header in headers)
    way = "both" if len(headers) == 2 else "all"
    return (
        f"The columns {listed} could {way} be {canonical}."
        f' Say which one it is: --column {canonical}="{headers[0]}".'
    )


def _is_data(text: str) -> bool:
    """Tell a value from a header: a number, a date, an e-mail address."""
    return re.fullmatch(r"[-+]?[0-9][0-9 .,:/T+-]*|[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None


def _is_header(
    canonical: str, names: tuple[str, ...], positions: Mapping[str, int], wanted: Mapping[str, str]
) -> bool:
    """Tell whether a required column speaks for a header row; a customer that the user names may be a value."""
    if canonical not in positions:
        return False
    return canonical not in wanted or (
        canonical != "customer_id" and not _is_data(names[positions[canonical]])
    )


def _no_header(names: tuple[str, ...]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:10])
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return (
        f"the file seems to have no header row: its first row is {shown}{more}. Put a row with the names of the"
        " columns above it, such as customer_id, order_date and amount."
    )


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:30] if name)
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return f"Columns found: {shown or 'none with a name'}{more}."


def _missing(missing: list[str], names: tuple[str, ...]) -> str:
    first = missing[0]
    known = sorted(set().union(*TIERS[first]))
    close = [name for name in names if name and get_close_matches(fold(name), known, n=1, cutoff=0.75)]
    hint = f' Is it "{close[0]}"?' if close else ""
    example = close[0] if close else "the header in your file"
    return (
        f"No column for {' and '.join(missing)}.{hint} {_list(names)}"
        f' Rename the column, or say which one it is: --column {first}="{example}".'
    )
