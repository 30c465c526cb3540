"""Which known export a header row belongs to, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from clv_xl.orders.formats import FORMATS, PLAIN
from clv_xl.orders.header_words import fold, vat_in_header, without_vat_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clv_xl.orders.formats import Format

__all__ = ["Headers", "Match", "almost", "known_names", "lacking", "matches", "matching"]


_TELLING = 5
"""Headers that an export must be told by, before one of them may be missed."""


class Headers:
    """The headers of a file, to be asked for by what they say.

    Parameters
    ----------
    names : Sequence[str]
        As in the file, trimmed.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._at: dict[str, int] = {}
        plain: list[tuple[str, int]] = []
        # a rate in percent is the last that may be called tax
        for at, name in sorted(enumerate(self.names), key=lambda place: "%" in place[1]):
            if word := fold(name):
                # "Order #" and "$value" are words too, and differ from "Order" and "Value"
                self._at.setdefault(_signs(name) + word, at)
                self._at.setdefault(word, at)
                if (vat := vat_in_header(name)) and (bare := without_vat_words(name)):
                    plain.insert(0 if vat == "excluded" else len(plain), (bare, at))
        for word, at in plain:
            self._at.setdefault(word, at)

    def find(self, alternatives: Iterable[str]) -> int | None:
        """Return the position of the first of these headers that is there."""
        return next((at for key in _keys(tuple(alternatives)) if (at := self._at.get(key)) is not None), None)

    def all(self, alternatives: Iterable[str]) -> tuple[int, ...]:
        """Return the positions of all of these headers that are there, in the order asked for."""
        found = (self._at.get(key) for key in _keys(tuple(alternatives)))
        return tuple(dict.fromkeys(at for at in found if at is not None))


def _signs(name: str) -> str:
    return "$" if name.strip().startswith("$") else ""


@lru_cache(4096)
def _keys(alternatives: tuple[str, ...]) -> tuple[str, ...]:
    """Return what headers are looked up by: the same few hundred for each row that may be a header row."""
    return tuple(_signs(text) + fold(text) for text in alternatives)


@dataclass(frozen=True, slots=True)
class Match:
    """A known export and how much of it a header row shows.

    Attributes
    ----------
    format : Format
        The export.
    found, known : int
        How many of its columns are there, of how many.
    """

    format: Format
    found: int
    known: int


def matching(format_: Format, headers: Headers) -> Match:
    """Count the columns of an export that are there.

    Examples
    --------
    >>> from clv_xl.orders.formats.amazon import AMAZON
    >>> match = matching(AMAZON, Headers(["amazon-order-id", "purchase-date", "order-status", "note"]))
    >>> match.found, match.known
    (3, 9)
    """
    groups = [*format_.signature, *format_.columns.values(), *((text,) for text in format_.telling)]
    apart = {tuple(sorted({fold(text) for text in group})): group for group in groups}
    found = sum(headers.find(group) is not None for group in apart.values())
    return Match(format_, found, len(apart))


def lacking(format_: Format, headers: Headers, wanted: Mapping[str, str]) -> list[str]:
    """Return what an export must have and a header row has not; of order lines the user may name the quantity.

    Parameters
    ----------
    format_ : Format
        The export.
    headers : Headers
        Of the file.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.
    """
    named = format_.general and format_.rows == "product" and wanted.get("quantity", "").strip()
    groups = format_.signature[1:] if named else format_.signature
    return [group[0] for group in groups if headers.find(group) is None]


def matches(headers: Headers, wanted: Mapping[str, str] = MappingProxyType({})) -> list[Match]:
    """Return the exports that a header row can be; special ones shut out general ones, else the best first."""
    fitting = [
        matching(format_, headers)
        for format_ in FORMATS
        if not lacking(format_, headers, wanted) and not headers.all(format_.absent)
    ]
    special = [match for match in fitting if not match.format.general]
    return special or fitting[:1]


def almost(headers: Headers) -> str:
    """Return a sentence on the export that only one column is missing from, or nothing.

    Examples
    --------
    >>> almost(Headers(["Name", "Email", "Financial Status", "Sum", "Lineitem name", "Lineitem quantity"]))
    ' It looks like a Shopify orders export, but has no column "Total".'
    """
    for format_ in FORMATS:
        absent = [group[0] for group in format_.signature if headers.find(group) is None]
        if (
            len(absent) == 1
            and len(format_.signature) >= _TELLING
            and not format_.general
            and not format_.refusal
        ):
            what = format_.title if format_.title.endswith("s") else f"a {format_.title}"
            return f' It looks like {what}, but has no column "{absent[0]}".'
    return ""


def known_names() -> tuple[str, ...]:
    """Return what ``--format`` takes."""
    return (*(format_.name for format_ in FORMATS), PLAIN)
