"""Where the hidden sheet of looks records what refreshes have written, and how it is read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clv_xl.limits import column_letters
from clv_xl.workbook.regions import address, covered, rectangles
from clv_xl.workbook.remembered import PageLook, read_looks, write_looks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "FILLED",
    "FIRST_YEAR",
    "MARKER",
    "PENDING",
    "PLACES",
    "PROBES",
    "PROBES_COLUMN",
    "RECORDS_COLUMN",
    "Counted",
    "Recorded",
    "dates_row",
    "hidden_row",
    "places_row",
    "recorded_rows",
]

PROBES_COLUMN: Final = 4
"""First of the columns that say, for each table, how many formulas stand in the columns beside it."""

PROBES: Final = 12
"""How many columns beside a table are counted."""

RECORDS_COLUMN: Final = 20
"""First of the columns with the records of pages."""

FILLED: Final = "*filled "
"""Before a table's name: the row counts cells that are not blank, those that show an empty text included."""

PLACES: Final = "*places "
"""Before a page's title: the row says where Excel has moved cells of ours, and where they were written."""

HIDDEN: Final = "*hidden "
"""Before a page's title: the row counts the cells between and below ours that look blank and are not."""

FIRST_YEAR: Final = "=IF(DATE(1904,1,1)<1,1904,1900)"
"""The year from which a workbook counts its days."""

MARKER: Final = (2, 3)
"""The cell of the sheet of looks that tells whether Excel has done the step that was under way."""

PENDING: Final = "*pending"
_DATES: Final = "*dates"
_NAMES: Final = "*names"
_MOST_PLACES: Final = 240  # of rows, and of columns: three formulas each
_LONG_TABLE: Final = 60  # rows: of a longer table the first and the last are watched
_PIECE: Final = 80
_BELOW: Final = 200  # rows under a page
_GAPS: Final = 40  # in one formula


class Counted(NamedTuple):
    """What stood in a column beside a table: formulas, and cells that are not blank (None where not counted)."""

    formulas: int
    filled: int | None


class Recorded:
    """What earlier refreshes have recorded on the hidden sheet of looks.

    Attributes
    ----------
    pages : dict of str to PageLook
    names : tuple of str
        The defined names that the last report has given.
    counted : dict of (table, column) to Counted
        What stood in the columns beside each table, as far as Excel has counted.
    places : dict of str to str
        For each page the first row or column of ours that Excel has moved since, such as ``row 20``, "" where none
        has, None where Excel does not say.
    hidden : dict of str to int
        For each page, how many cells between and below ours look blank, but hold a formula.
    from_1904 : bool
        Whether the workbook counts its days from 1904.
    keys : dict of str to int
        Row of each style on the sheet.
    width : int
        The last column in use.
    probed : int
        The last row with a count or a place.
    """

    def __init__(self, rows: Sequence[Sequence[Any]] = ()) -> None:
        records = [row[RECORDS_COLUMN - 1 :] for row in rows]
        self.width = max(map(len, rows), default=0)
        probes = [row[PROBES_COLUMN - 1 : PROBES_COLUMN + PROBES] or [None] for row in rows]
        self.probed = max((number for number, row in enumerate(probes, start=1) if row[0]), default=0)
        self.pages: dict[str, PageLook] = read_looks(record for record in records if record)
        self.names: tuple[str, ...] = next(
            (tuple(json.loads(str(record[1]))) for record in records if record[:1] == [_NAMES]), ()
        )
        self.places = {
            name.removeprefix(PLACES): _moved(told)
            for name, *told in probes
            if isinstance(name, str) and name.startswith(PLACES)
        }
        self.hidden = {
            name.removeprefix(HIDDEN): sum(int(count) for count in told if isinstance(count, int | float))
            for name, *told in probes
            if isinstance(name, str) and name.startswith(HIDDEN)
        }
        # a day of 1904 is the first that such a workbook knows
        self.from_1904 = any(probe[:2] == [_DATES, 1904] for probe in probes)
        self._settle(records, rows)
        self.keys = {
            str(row[0]): number
            for number, row in enumerate(rows, start=1)
            if str(row[0] or "").startswith("{")
        }
        counts = {
            (str(name), place): int(count)
            for name, *told in probes
            for place, count in enumerate(told, start=1)
            if name and isinstance(count, int | float) and not isinstance(count, bool)
        }
        self.counted = {
            (table, place): Counted(count, counts.get((FILLED + table, place)))
            for (table, place), count in counts.items()
            if not table.startswith("*")
        }

    def _settle(self, records: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> None:
        """Take the record of a page from after the step that was under way, if Excel has done it."""
        pending = next((record for record in records if record[:1] == [PENDING]), None)
        if pending is None or len(rows) < MARKER[0] or len(rows[MARKER[0] - 1]) < MARKER[1]:
            return
        at, *after = pending[1:]
        stands = rows[MARKER[0] - 1][MARKER[1] - 1]
        if str(stands).removesuffix(".0") != str(at).rpartition(" ")[2]:
            self.pages |= read_looks([after])


def recorded_rows(pages: Iterable[PageLook], names: Iterable[str]) -> list[list[str]]:
    """Return the rows of texts in which pages and names are recorded."""
    rows = write_looks(pages)
    width = max([2, *map(len, rows)])
    rows.append([_NAMES, json.dumps(list(names), separators=(",", ":"))])
    return [row + [""] * (width - len(row)) for row in rows]


def dates_row() -> list[str]:
    """Return the row that tells from which year the workbook counts its days."""
    return [f"'{_DATES}", FIRST_YEAR, *[""] * (PROBES - 1)]


def hidden_row(look: PageLook) -> list[str]:
    """Return the row of formulas that count what looks blank between and below the cells of a page, and is not."""
    title = look.title.replace("'", "''")
    free = ~covered(look.own, (look.last_row + _BELOW, look.last_column))
    gaps = [f"'{title}'!{address(area)}" for _, area in rectangles(free.astype(int))][: _GAPS * PROBES]
    counts = [f"COUNTA({gap})+COUNTBLANK({gap})-ROWS({gap})*COLUMNS({gap})" for gap in gaps]
    pieces = [counts[start : start + _GAPS] for start in range(0, _GAPS * PROBES, _GAPS)]
    return [f"'{HIDDEN}{look.title}", *("=" + "+".join(piece) if piece else "" for piece in pieces)]


def places_row(look: PageLook) -> list[str]:
    """Return the row that watches a page: formulas that say where cells of ours stand, then where they stood.

    Excel moves the references of these formulas with the cells, so that a row put in within the page is seen.
    """
    title = look.title.replace("'", "''")
    rows, columns = _watched_rows(look), _thinned(range(1, look.last_column + 1))
    asked = (
        [f"ROW('{title}'!{column_letters(_first_column(look, row))}{row})" for row in rows],
        [f"COLUMN('{title}'!{column_letters(column)}1)" for column in columns],
    )
    formulas: list[str] = []
    known: list[str] = []
    for numbers, calls in zip((rows, columns), asked, strict=True):
        for start in range(0, _MOST_PLACES, _PIECE):
            piece = slice(start, start + _PIECE)
            formulas.append("=" + '&"."&'.join(calls[piece]) + '&""' if calls[piece] else "")
            known.append("'" + ".".join(map(str, numbers[piece])) if calls[piece] else "")
    return [f"'{PLACES}{look.title}", *formulas, *known]


def _moved(cells: Sequence[Any]) -> str | None:
    """Return the first place that does not stand where it stood, None where nothing is told."""
    half = PROBES // 2
    if not cells or not isinstance(cells[0], str):
        return None
    for piece, (told, stood) in enumerate(zip(cells[:half], cells[half:], strict=False)):
        if told == "#REF!":
            return "a row or column that is gone"
        if not isinstance(told, str) or not isinstance(stood, str) or told[:1] == "#":
            continue
        for now, then in zip(told.split("."), stood.split("."), strict=False):
            if now != then:
                return f"row {then}" if piece < half // 2 else f"column {column_letters(int(then))}"
    return ""


def _watched_rows(look: PageLook) -> list[int]:
    """Return the rows that are watched: of each table its ends at least."""
    areas = [table.area for table in look.tables]
    ends = {row for area in areas for row in (area.first_row, area.last_row)}
    known = ends | {
        row
        for area in areas
        if area.last_row - area.first_row > _LONG_TABLE
        for row in range(area.first_row + 1, area.last_row)
    }
    others = [row for row in range(1, look.last_row + 1) if row not in known]
    return sorted(ends.union(_thinned(others, _MOST_PLACES - len(ends))))


def _thinned(numbers: Sequence[int], most: int = _MOST_PLACES) -> list[int]:
    """Return not too many of some numbers, the last one among them."""
    step = -(-len(numbers) // most) or 1
    return list(numbers)[::-1][::step][::-1]


def _first_column(look: PageLook, row: int) -> int:
    """Return the first column of ours in a row: what is put into a table only moves the table's columns."""
    inside = [area.first_column for area in look.own if area.first_row <= row <= area.last_row]
    return min(inside, default=1)
