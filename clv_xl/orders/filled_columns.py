"""Which column of a small table is which, by its header in English, Swedish, Norwegian or Danish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.orders.columns import fold, tiers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["SPEND_WORDS", "FoundColumns", "find_columns", "matching", "words"]

Words = tuple[frozenset[str], ...]

_HEADER_WITHIN: Final = 20
_UNIT: Final = re.compile(r"\([^()]*\)\s*$")


def words(*tiers: str) -> Words:
    """Return headers as they are compared; a word of an earlier tier wins over one of a later tier.

    Examples
    --------
    >>> words("month; Måned", "date") == (frozenset({"month", "maned"}), frozenset({"date"}))
    True
    """
    return tuple(frozenset(fold(word) for word in tier.split(";")) for tier in tiers)


SPEND_WORDS: Final[dict[str, Words]] = {
    "month": words(
        "month; månad; måned; maaned; mnd; year month; år månad; år måned; months; calendar month",
        "period; date; datum; dato; day; dag; week start; reporting starts",
    ),
    "channel": words(
        "channel; kanal; marketing channel; marknadsföringskanal; markedsføringskanal",
        "source; kilde; källa; medium; platform; plattform; platform name; publisher platform",
    ),
    "spend": words(
        "spend; marketing spend; ad spend; media spend; total spend; spent; amount spent",
        """
        cost; costs; ad cost; marketing cost; marketing costs; kostnad; kostnader; omkostning; omkostninger;
        annonskostnad; annonskostnader; annonsekostnad; annonsekostnader; annonceomkostninger; reklamkostnad;
        marknadsföringskostnad; marknadsföringskostnader; markedsføringskostnad; markedsføringskostnader;
        markedsføringsomkostninger; utgift; utgifter; udgift; udgifter; annonceudgift; annonceudgifter;
        forbruk; forbrug
        """,
        "amount; belopp; beløp; beløb; sum; summa; total; totalt",
    ),
    "currency": tiers("currency"),
}
"""The columns of spend and how they are called."""


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """A header row and the columns in it.

    Attributes
    ----------
    row : int
        Row number of the header.
    headers : tuple of str
        Trimmed texts of the header row.
    positions : Mapping of str to int
        Column -> place in the row, from 0.
    """

    row: int
    headers: tuple[str, ...]
    positions: Mapping[str, int]


def matching(headers: Sequence[str], wanted: Mapping[str, Words]) -> dict[str, int]:
    """Return which header is which of the wanted columns; the first one where several would do.

    Examples
    --------
    >>> matching(["Måned", "Kanal", "Beløp (NOK)"], SPEND_WORDS)
    {'month': 0, 'channel': 1, 'spend': 2}
    """
    folded = [(fold(header), fold(_UNIT.sub("", header))) for header in headers]
    positions: dict[str, int] = {}
    for name, forms_of in wanted.items():
        for tier in forms_of:
            found = [
                at for at, forms in enumerate(folded) if at not in positions.values() and set(forms) & tier
            ]
            if found:
                positions[name] = found[0]
                break
    return positions


def _candidates(
    rows: SheetRows, wanted: Mapping[str, Words], required: Sequence[str]
) -> Iterator[FoundColumns]:
    for number, texts in rows.rows():
        if number > _HEADER_WITHIN:
            return
        # a header with nothing below it is left of what stood there before a table was pasted over it
        used = tuple(text if rows.is_filled(at, number) else "" for at, text in enumerate(texts))
        positions = matching(used, wanted)
        if not set(required) <= set(positions):
            positions = matching(texts, wanted)
        yield FoundColumns(number, texts, positions)


def find_columns(rows: SheetRows, wanted: Mapping[str, Words], required: Sequence[str]) -> FoundColumns:
    """Find the header row of a small table within its first 20 rows.

    Parameters
    ----------
    rows : SheetRows
        A table with at least one row that is not blank.
    wanted : Mapping of str to Words
        The columns and how they are called.
    required : sequence of str
        Those that must be there.

    Raises
    ------
    InputError
        If there is no header with the required columns; the message names what was found.
    """
    found = list(_candidates(rows, wanted, required))
    if not found:
        raise InputError(
            f"{rows.where}: the first {_HEADER_WITHIN} rows are blank. Put the headers into row 1."
        )
    complete = [columns for columns in found if set(required) <= set(columns.positions)]
    if complete:
        return max(complete, key=lambda columns: len(columns.positions))
    best = found[0]
    missing = [name for name in required if name not in best.positions]
    known = sorted(set().union(*(tier for name in missing for tier in wanted[name])))
    free = [header for at, header in enumerate(best.headers) if header and at not in best.positions.values()]
    close = [header for header in free if get_close_matches(fold(header), known, n=1, cutoff=0.75)]
    hint = f' Is it "{close[0]}"?' if close else ""
    shown = ", ".join(f'"{header}"' for header in best.headers if header)
    raise InputError(
        f"{rows.where}: no column for {' and '.join(missing)} in row {best.row}.{hint}"
        f" Columns found: {shown}. Rename the header, for instance to {missing[0]}."
    )
