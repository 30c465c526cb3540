"""A segment map as people lay it out: rows titled R, columns titled FM, a name in every cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clv_xl.errors import ArgumentError, InputError
from clv_xl.metrics.segments import SEGMENTS, SegmentMap, segment_named
from clv_xl.orders.sentences import hint
from clv_xl.orders.template_words import in_english
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["segment_map_of_rows"]

_FM: Final = re.compile(r"FM\s*=?\s*([0-9]{1,3})", re.IGNORECASE)
_R: Final = re.compile(r"R\s*=?\s*([0-9]{1,3})", re.IGNORECASE)
_SCORE: Final = re.compile(r"([0-9]{1,3})")
_NUMBER: Final = re.compile(r"[-+]?[0-9.,]+")


def segment_map_of_rows(rows: SheetRows) -> tuple[SegmentMap | None, tuple[str, ...]]:
    """Return the map that stands in a table, and what a reader should know about its names.

    Parameters
    ----------
    rows : SheetRows
        Somewhere in it a row with the titles FM 1, FM 2 ... and below it rows with the titles R 5, R 4 ...; in
        any order, and without the letters too.

    Returns
    -------
    SegmentMap or None
        None where no cell of the map has a name.
    tuple of str
        Names that are close to one of the default map, and yet not it.

    Raises
    ------
    InputError
        If there is no map, a title stands twice or is missing, or a cell has no name; the message names the cell.

    Examples
    --------
    >>> from clv_xl.orders.sheet_rows import SheetRows
    >>> table = [["", "FM 1", "FM 2"], ["R 2", "New", "Our VIPs"], ["R 1", "Lost", "At risk"]]
    >>> segment_map_of_rows(SheetRows.of_values(table, "Segment map"))[0].names
    (('Lost', 'At risk'), ('New', 'Our VIPs'))
    """
    table = dict(rows.rows())
    across_row, across = _columns(rows, table)
    down = _rows(rows, table, across_row, min(across.values()))
    bins = max(*across, *down)
    for kind, found in (("R", down), ("FM", across)):
        if missing := [score for score in range(1, bins + 1) if score not in found]:
            raise InputError(
                f"{_start(rows)}the segment map has {len(down)} rows and {len(across)} columns, and no"
                f" {kind} {missing[0]}."
                f" Give it as many rows as columns, titled R 1 to R {bins} and FM 1 to FM {bins}."
            )
    names = _own_or_known(
        [[table[down[r]][across[fm]].strip() for fm in range(1, bins + 1)] for r in range(1, bins + 1)]
    )
    if not any(name for row in names for name in row):
        return None, ()
    for r, row in enumerate(names, start=1):
        for fm, name in enumerate(row, start=1):
            _check_name(name, f"{_start(rows)}{rows.cell(down[r], across[fm])} (R {r}, FM {fm})")
    try:
        return SegmentMap.from_rows(names), _notices(names)
    except ArgumentError as error:
        raise InputError(f"{rows.where}: {error}") from error


def _own_or_known(names: list[list[str]]) -> list[list[str]]:
    """Return the segments of the default map in English, in whatever language they stand there.

    A map of which they are less than half is of other segments: a name that one of them has too is a name of its own.
    """
    different = {name for row in names for name in row if name}
    known = {name: english for name in different if segment_named(english := in_english(name))}
    if 2 * len(known) < len(different):
        known = {}
    return [[known.get(name, name) for name in row] for row in names]


def _start(rows: SheetRows) -> str:
    """Begin a message: a cell of a text file names the file itself."""
    return f"{rows.book}: " if rows.book and rows.sheet else ""


def _columns(rows: SheetRows, table: Mapping[int, tuple[str, ...]]) -> tuple[int, dict[int, int]]:
    """Return the row of the FM titles, and the column of each score."""
    for pattern in (_FM, _SCORE):
        for number, texts in table.items():
            scores = [(at, pattern.fullmatch(text)) for at, text in enumerate(texts) if at]
            found = [(int(score[1]), at) for at, score in scores if score]
            if len(found) >= 2:
                return number, _once(found, "FM", {at: rows.cell(number, at) for _, at in found}, rows)
    raise InputError(
        f"{rows.where}: there is no row with the titles FM 1, FM 2 and so on. Lay the map out with these titles"
        " above its columns, and R 1, R 2 and so on before its rows."
    )


def _rows(
    rows: SheetRows, table: Mapping[int, tuple[str, ...]], below: int, first_column: int
) -> dict[int, int]:
    """Return the row of each score: those below the titles, up to the first that has no title."""
    found: list[tuple[int, int]] = []
    places: dict[int, str] = {}
    for number in range(below + 1, rows.height + 1):
        left = list(enumerate(table.get(number, ())))[:first_column]
        titles = [(at, _R.fullmatch(text) or _SCORE.fullmatch(text)) for at, text in reversed(left)]
        title = next(((at, score) for at, score in titles if score), None)
        if title is None:
            break
        found.append((int(title[1][1]), number))
        places[number] = rows.cell(number, title[0])
    if not found:
        raise InputError(
            f"{rows.where}: there is no row with the title R 1, R 2 and so on below row {below}. Put these titles"
            " before the rows of the map."
        )
    return _once(found, "R", places, rows)


def _once(
    found: Sequence[tuple[int, int]], kind: str, places: Mapping[int, str], rows: SheetRows
) -> dict[int, int]:
    """Return score -> row or column, if no score stands twice or is 0."""
    seen: dict[int, int] = {}
    for score, at in found:
        if score in seen:
            raise InputError(
                f"{_start(rows)}{places[at]}: the title {kind} {score} stands at {places[seen[score]]} already."
                " Give each its own score."
            )
        if score < 1:
            raise InputError(
                f"{_start(rows)}{places[at]}: the title {kind} {score} is no score. Count from 1."
            )
        seen[score] = at
    return seen


def _check_name(name: str, where: str) -> None:
    if not name:
        raise InputError(
            f"{where} has no segment. Give every cell of the map a name, or clear the whole map to use the"
            " default one."
        )
    if _NUMBER.fullmatch(name):
        raise InputError(f'{where} is "{name}", which is a number. Give the name of a segment.')


def _notices(names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Tell names of the user's own that look like a slip of the pen."""
    usual = [segment.name for segment in SEGMENTS]
    told: list[str] = []
    for name in dict.fromkeys(name for row in reversed(names) for name in row):
        close = "" if segment_named(name) else hint(name, usual)
        if close:
            told.append(say('The segment map has a segment of its own, "{name}".', name=name) + close)
    return tuple(told)
