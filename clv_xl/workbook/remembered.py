"""What a page looked like when it was last written: so that a refresh changes what differs, and nothing else.

The record is kept as text on a hidden sheet. It says which cells are ours, and which style, width, height, rule
and note we gave them; what a reader has changed since is in none of these and stays.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from clv_xl.workbook.regions import rectangles
from clv_xl.workbook.sheet import Area

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clv_xl.workbook.chart_data import ChartBlock
    from clv_xl.workbook.live_values import LiveValues
    from clv_xl.workbook.sheet import ConditionalFormat, Sheet

__all__ = [
    "KeptNote",
    "PageLook",
    "PageTable",
    "look_of",
    "notes_of",
    "read_looks",
    "rule_mark",
    "shift",
    "tables_of",
    "write_looks",
]

_CHUNK: Final = 8_000  # Excel takes no longer text within an array of values


@dataclass(frozen=True, slots=True)
class PageTable:
    """An Excel table of ours: its area, and the titles of our columns."""

    name: str
    area: Area
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptNote:
    """What a reader wrote beside a row that the table no longer has: it comes back with the row.

    ``column`` is the title of its column, or where there is none, ``#`` and its number from the first column right
    of ours.
    """

    table: str
    key: str
    column: str
    value: str | float | bool
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class PageLook:
    """What was written to one page. ``whole`` is False while a refresh is under way.

    ``rules`` is a digest of the conditional formats, ``ruled`` are their areas, ``marks`` what they look like.
    """

    title: str
    heading: str = ""
    own: tuple[Area, ...] = ()
    looks: tuple[tuple[str, Area], ...] = ()
    widths: tuple[tuple[int, float], ...] = ()
    heights: tuple[tuple[int, float], ...] = ()
    rules: str = ""
    ruled: tuple[Area, ...] = ()
    marks: tuple[str, ...] = ()
    tables: tuple[PageTable, ...] = ()
    notes: tuple[tuple[int, int, str], ...] = ()
    charts: tuple[tuple[str, str, str], ...] = ()
    kept: tuple[KeptNote, ...] = field(default=())
    whole: bool = True

    @property
    def last_row(self) -> int:
        """The last row with a cell of ours."""
        return max((area.last_row for area in self.own), default=0)

    @property
    def last_column(self) -> int:
        """The last column with a cell of ours."""
        return max((area.last_column for area in self.own), default=0)


def look_of(sheet: Sheet, values: LiveValues, blocks: Iterable[ChartBlock] = ()) -> PageLook:
    """Return the record of a sheet as it is about to be written; ``blocks`` are those of its charts."""
    heading = next((cell.value for cell in sheet.cells if (cell.row, cell.column) == (1, 2)), "")
    return PageLook(
        title=sheet.title,
        heading=str(heading or ""),
        own=tuple(area for _, area in rectangles(values.own.astype(int))),
        looks=tuple((values.keys[number - 1], area) for number, area in rectangles(values.looks)),
        marks=tuple(sorted({rule_mark(rule) for rule in sheet.formats})),
        widths=sheet.column_widths,
        heights=sheet.row_heights,
        rules=_digest([asdict(rule) for rule in sheet.formats]) if sheet.formats else "",
        ruled=tuple(dict.fromkeys(area for rule in sheet.formats for area in (rule.area, *rule.more))),
        tables=tables_of(sheet),
        notes=tuple((*place, _digest(text)) for place, text in notes_of(sheet).items()),
        charts=tuple(
            (
                block.chart.name,
                _digest([block.column, block.points, len(block.chart.series)]),
                _digest(asdict(block.chart.area)),
            )
            for block in blocks
        ),
    )


def rule_mark(rule: ConditionalFormat) -> str:
    """Return what a rule looks like: by this it is told from a reader's own.

    Examples
    --------
    >>> from clv_xl.workbook.sheet import ConditionalFormat
    >>> rule_mark(ConditionalFormat("expression", Area(1, 1, 9, 1), formula="A1>0", colour="9AA5B1"))
    'custom 9aa5b1 - plain'
    """
    if rule.kind == "expression":
        return f"custom {rule.colour or '-'} {rule.fill or '-'} {'bold' if rule.bold else 'plain'}".lower()
    kind = "color_scale" if rule.kind == "scale" else "data_bar"
    return " ".join((kind, *rule.colours)).lower()


def tables_of(sheet: Sheet) -> tuple[PageTable, ...]:
    """Return the Excel tables of a sheet, the long one included."""
    tables = [PageTable(table.name, table.area, table.columns) for table in sheet.tables]
    if sheet.bulk is not None:
        bulk = sheet.bulk
        area = Area(bulk.row, bulk.column, bulk.row + max(bulk.rows, 1), bulk.column + len(bulk.columns) - 1)
        tables.append(PageTable(bulk.name, area, tuple(column.title for column in bulk.columns)))
    return tuple(sorted(tables, key=lambda table: table.area.first_row))


def notes_of(sheet: Sheet) -> dict[tuple[int, int], str]:
    """Return the notes of a sheet by row and column, those of a long table's header included."""
    notes = {(cell.row, cell.column): cell.note for cell in sheet.cells if cell.note}
    if sheet.bulk is not None:
        for column, spec in enumerate(sheet.bulk.columns, sheet.bulk.column):
            if spec.note:
                notes[sheet.bulk.row, column] = spec.note
    return notes


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return blake2b(text.encode(), digest_size=6).hexdigest()


# --- as text ----------------------------------------------------------------------------------------------


def write_looks(looks: Iterable[PageLook]) -> list[list[str]]:
    """Return the records as rows of texts: the page's title, then its record in pieces of equal number.

    Examples
    --------
    >>> look = PageLook("Summary", "Customer value", own=(Area(1, 1, 9, 9),))
    >>> read_looks(write_looks([look])) == {"Summary": look}
    True
    """
    rows = []
    for look in looks:
        text = json.dumps(_packed(look), separators=(",", ":"), ensure_ascii=True)
        pieces = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
        rows.append([look.title, *pieces])
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def read_looks(rows: Iterable[Sequence[object]]) -> dict[str, PageLook]:
    """Return the records by the titles of their pages; what is no record is left out."""
    found = {}
    for row in rows:
        title, text = str(row[0] or ""), "".join(piece for piece in row[1:] if isinstance(piece, str))
        if title and text.startswith("{"):
            found[title] = _unpacked(title, json.loads(text))
    return found


def _packed(look: PageLook) -> dict[str, Any]:
    keys = list(dict.fromkeys(key for key, _ in look.looks))
    return {
        "heading": look.heading,
        "own": [_corners(area) for area in look.own],
        "keys": keys,
        "looks": [[keys.index(key), *_corners(area)] for key, area in look.looks],
        "widths": look.widths,
        "heights": look.heights,
        "rules": look.rules,
        "marks": look.marks,
        "ruled": [_corners(area) for area in look.ruled],
        "tables": [[table.name, _corners(table.area), table.titles] for table in look.tables],
        "notes": look.notes,
        "charts": look.charts,
        "kept": [[note.table, note.key, note.column, note.value, note.is_date] for note in look.kept],
        "whole": look.whole,
    }


def _unpacked(title: str, packed: dict[str, Any]) -> PageLook:
    keys = packed["keys"]
    return PageLook(
        title=title,
        heading=packed["heading"],
        own=tuple(Area(*corners) for corners in packed["own"]),
        looks=tuple((keys[number], Area(*corners)) for number, *corners in packed["looks"]),
        widths=tuple((column, width) for column, width in packed["widths"]),
        heights=tuple((row, height) for row, height in packed["heights"]),
        rules=packed["rules"],
        marks=tuple(packed.get("marks", ())),
        ruled=tuple(Area(*corners) for corners in packed.get("ruled", ())),
        tables=tuple(
            PageTable(name, Area(*corners), tuple(titles)) for name, corners, titles in packed["tables"]
        ),
        notes=tuple((row, column, digest) for row, column, digest in packed["notes"]),
        charts=tuple((name, source, place) for name, source, place in packed["charts"]),
        kept=tuple(KeptNote(*note) for note in packed["kept"]),
        whole=packed["whole"],
    )


def _corners(area: Area) -> list[int]:
    return [area.first_row, area.first_column, area.last_row, area.last_column]


# --- when rows or columns are put in or taken out ------------------------------------------------------------


def shift(look: PageLook, axis: str, at: int, count: int) -> PageLook:
    """Return the record after ``count`` rows or columns were put in before ``at``, or, negative, taken out there.

    Examples
    --------
    >>> look = PageLook("Cohorts", own=(Area(1, 1, 4, 2), Area(6, 1, 9, 2)), heights=((6, 20.0),))
    >>> moved = shift(look, "rows", 6, 2)
    >>> moved.own[1].first_row, moved.heights
    (8, ((8, 20.0),))
    >>> shift(look, "rows", 5, -1).own[1].first_row
    5
    """
    rows = axis == "rows"

    def moved(area: Area) -> Area | None:
        first, last = (area.first_row, area.last_row) if rows else (area.first_column, area.last_column)
        first, last = _start(first, at, count), _end(last, at, count)
        if first > last:
            return None
        if rows:
            return replace(area, first_row=first, last_row=last)
        return replace(area, first_column=first, last_column=last)

    def place(number: int) -> int | None:
        first, last = _start(number, at, count), _end(number, at, count)
        return first if first <= last else None

    def placed(pairs: Iterable[tuple[int, float]], *, moves: bool) -> tuple[tuple[int, float], ...]:
        if not moves:
            return tuple(pairs)
        return tuple((new, size) for number, size in pairs if (new := place(number)) is not None)

    notes = []
    for row, column, digest in look.notes:
        new_row, new_column = (place(row), column) if rows else (row, place(column))
        if new_row is not None and new_column is not None:
            notes.append((new_row, new_column, digest))
    return replace(
        look,
        own=tuple(new for area in look.own if (new := moved(area))),
        looks=tuple((key, new) for key, area in look.looks if (new := moved(area))),
        ruled=tuple(new for area in look.ruled if (new := moved(area))),
        widths=placed(look.widths, moves=not rows),
        heights=placed(look.heights, moves=rows),
        tables=tuple(
            replace(table, area=new) for table in look.tables if (new := moved(table.area)) is not None
        ),
        notes=tuple(notes),
    )


def _start(number: int, at: int, count: int) -> int:
    """Return where a stretch begins that began at a row or column."""
    if number < at:
        return number
    return number + count if count > 0 else max(at, number + count)


def _end(number: int, at: int, count: int) -> int:
    """Return where a stretch ends that ended at a row or column."""
    if number < at:
        return number
    return number + count if count > 0 else max(at - 1, number + count)
