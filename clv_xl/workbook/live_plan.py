"""What has to be done to one page of a running Excel, decided before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.workbook.live_room import PageNow, make_room
from clv_xl.workbook.live_values import LONG_TEXT, live_values
from clv_xl.workbook.own_columns import OwnColumns, keep_beside, keys_of
from clv_xl.workbook.rearranged import refuse_other_page
from clv_xl.workbook.regions import covered, rectangles, sliced
from clv_xl.workbook.remembered import PageLook, look_of, notes_of, tables_of
from clv_xl.workbook.sheet import Area

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from clv_xl.workbook.chart_data import ChartBlock
    from clv_xl.workbook.live_room import Room, Shift
    from clv_xl.workbook.live_values import LiveValues
    from clv_xl.workbook.remembered import KeptNote
    from clv_xl.workbook.sheet import ConditionalFormat, Sheet

__all__ = ["ChartTask", "Fill", "PagePlan", "TableTask", "plan_page"]

_ROW_HEIGHT: Final = 15.0  # points: Excel's own
_KEY_COLUMNS: Final = {"rows_set_aside": (3, 4, 5, 6), "account": (0, 1)}
"""The columns that tell the rows of a table apart, where the first one does not."""

Matrix = tuple[tuple[str | float | bool | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """Values or formulas of an area, row by row, or one formula for all of it; None leaves a cell as it is."""

    area: Area
    content: Matrix | str


@dataclass(frozen=True, slots=True)
class TableTask:
    """A table: to be made, or to be given its area. ``filterable`` counts when it is made."""

    name: str
    area: Area
    new: bool
    filterable: bool = True


@dataclass(frozen=True, slots=True)
class ChartTask:
    """A chart: to be made, pointed at its data, or put in its place."""

    block: ChartBlock
    new: bool
    point: bool
    place: bool


@dataclass(frozen=True, slots=True)
class PagePlan:
    """Everything to be done to one page; positions are those after the shifts.

    What the last report has left behind is cleared altogether (``clears``), or keeps its look, which is that of the
    new page (``empties``); what had a look and has none any more loses it (``bares``).
    """

    sheet: Sheet
    new: bool
    before: PageLook
    after: PageLook
    shifts: tuple[Shift, ...]
    clears: tuple[Area, ...]
    empties: tuple[Area, ...]
    bares: tuple[Area, ...]
    looks: tuple[tuple[str, Area], ...]
    constants: tuple[Fill, ...]
    formulas: tuple[Fill, ...]
    tables: tuple[TableTask, ...]
    widths: tuple[tuple[int, float], ...]
    heights: tuple[tuple[int, int, float], ...]
    rules: tuple[ConditionalFormat, ...] | None
    rule_areas: tuple[Area, ...]
    notes: tuple[tuple[int, int, str], ...]
    dropped_notes: tuple[tuple[int, int], ...]
    new_notes: frozenset[tuple[int, int]]
    charts: tuple[ChartTask, ...]
    dropped_charts: tuple[str, ...]
    own_columns: tuple[OwnColumns, ...]

    @property
    def written_notes(self) -> frozenset[tuple[int, int]]:
        """The cells whose note is written."""
        return frozenset((row, column) for row, column, _ in self.notes)

    @property
    def kept(self) -> tuple[KeptNote, ...]:
        """What a reader wrote beside rows that the page no longer has."""
        return self.after.kept


def plan_page(
    sheet: Sheet, look: PageLook | None, now: PageNow | None, blocks: Iterable[ChartBlock] = ()
) -> PagePlan:
    """Decide what has to be done to a page.

    Parameters
    ----------
    sheet : Sheet
        The page as it shall be.
    look : PageLook, optional
        The record of what was written last; None where there is none.
    now : PageNow, optional
        What the page holds; None where the workbook has no such sheet.
    blocks : iterable of ChartBlock
        Where the data of its charts stand.

    Raises
    ------
    LimitError
        If Excel cannot hold a value.
    OutputError
        If something of a reader's own is in the way; see :func:`~clv_xl.workbook.live_room.make_room`.
    """
    blocks = tuple(blocks)
    values = live_values(sheet)
    after = look_of(sheet, values, blocks)
    new = now is None
    if now is None:
        look, now = PageLook(sheet.title, whole=False), PageNow(())
    unrecorded = look is None and not sheet.hidden
    if look is None:
        # nothing says which cells are ours: those that the page needs, then
        everywhere = (Area(1, 1, values.own.shape[0], values.own.shape[1]),)
        look = PageLook(sheet.title, own=everywhere if sheet.hidden else after.own, whole=False)
        refuse_other_page(now, after.heading, sheet.title)
    room = make_room(look, now, after.tables, values.own)
    if unrecorded:
        # below and right of the new page, too, an older report may have left figures
        room.refuse_theirs(
            np.ones(room.values.shape, dtype=bool),
            "or of an older report: the hidden sheet Looks, which would tell, is gone",
            or_right="",
        )
    before = room.look
    own_columns = _own_columns(sheet, room, now)
    kept = tuple(note for columns in own_columns for note in columns.kept)
    gone = {table.name for table in after.tables}
    kept += tuple(note for note in look.kept if note.table not in gone)
    after = replace(after, kept=kept)
    looks = _looks(values, before)
    clears, empties, bares = _left_over(values, before)
    changed = bool(looks or clears or bares or room.steps) or before.rules != after.rules
    # a note that is in no record is a reader's own
    known = {(row, column): digest for row, column, digest in before.notes}
    new_notes = notes_of(sheet)
    there = {
        place
        for place in {*known, *new_notes}
        if (stood := room.came_from(place)) is not None and now.has_note(stood)
    }
    new_notes = {place: text for place, text in new_notes.items() if place in known or place not in there}
    after = replace(after, notes=tuple(note for note in after.notes if note[:2] in new_notes))
    same = {(row, column): digest for row, column, digest in after.notes}
    return PagePlan(
        sheet=sheet,
        new=new,
        before=before,
        after=after,
        shifts=tuple(room.steps),
        clears=clears,
        empties=empties,
        bares=bares,
        looks=looks,
        constants=tuple(_constants(values, room)),
        formulas=tuple(_formulas(values)),
        tables=tuple(_tables(sheet, room)),
        widths=tuple(sorted(set(after.widths) - set(before.widths))),
        heights=_heights(before, after, room.new_rows),
        rules=sheet.formats if changed else None,
        rule_areas=_rule_areas(room, values, before),
        notes=tuple((*place, text) for place, text in new_notes.items() if known.get(place) != same[place]),
        dropped_notes=tuple(place for place in known if place not in same and place in there),
        new_notes=frozenset(place for place in same if place not in there),
        charts=_charts(blocks, before, after, now),
        dropped_charts=_dropped_charts(before, after, now),
        own_columns=own_columns,
    )


def _union(own: NDArray[np.bool_], before: PageLook) -> NDArray[np.bool_]:
    shape = (max(own.shape[0], before.last_row), max(own.shape[1], before.last_column))
    mask = covered(before.own, shape)
    mask[: own.shape[0], : own.shape[1]] |= own
    return mask


def _has_theirs(room: Room, shape: tuple[int, ...]) -> bool:
    """Tell whether a reader's own cells stand among the first rows and columns."""
    return bool(room.theirs()[: shape[0], : shape[1]].any())


def _rule_areas(room: Room, values: LiveValues, before: PageLook) -> tuple[Area, ...]:
    """Return where old rules of ours stand; where that is not recorded, the page but for a reader's own cells."""
    if before.whole and not before.rules:
        return ()
    if before.ruled or before.whole:
        return before.ruled
    own = _union(values.own, before)
    if not _has_theirs(room, own.shape):
        return (Area(1, 1, own.shape[0], own.shape[1]),)
    return tuple(area for _, area in rectangles(own.astype(int)))


def _left_over(
    values: LiveValues, before: PageLook
) -> tuple[tuple[Area, ...], tuple[Area, ...], tuple[Area, ...]]:
    """Return what to clear, what to empty, and what to take the look off."""
    dressed = [area for _, area in before.looks]
    rows = max([values.own.shape[0], before.last_row, *(area.last_row for area in dressed)])
    columns = max([values.own.shape[1], before.last_column, *(area.last_column for area in dressed)])
    own, looks = (np.zeros((rows, columns), dtype=bool) for _ in range(2))
    own[: values.own.shape[0], : values.own.shape[1]] = values.own
    looks[: values.own.shape[0], : values.own.shape[1]] = values.looks > 0
    left = covered(before.own, (rows, columns)) & ~own
    bare = covered(dressed, (rows, columns)) & ~looks & ~left & ~own
    masks = (left & ~looks, left & looks, bare)
    clears, empties, bares = (tuple(area for _, area in rectangles(mask.astype(int))) for mask in masks)
    return clears, empties, bares


def _looks(values: LiveValues, before: PageLook) -> tuple[tuple[str, Area], ...]:
    """Return the styles of the cells that had another one, or none that we know of."""
    wanted = values.looks.copy()
    if before.whole:
        numbers = {key: number for number, key in enumerate(values.keys, start=1)}
        height, width = wanted.shape
        had = np.zeros_like(wanted)
        for key, area in before.looks:
            had[
                area.first_row - 1 : min(area.last_row, height),
                area.first_column - 1 : min(area.last_column, width),
            ] = numbers.get(key, 0)
        wanted[wanted == had] = 0
    return tuple((values.keys[number - 1], area) for number, area in rectangles(wanted))


def _constants(values: LiveValues, room: Room) -> Iterable[Fill]:
    """Cut the constants into large blocks; a cell with a formula is left blank until its formula comes.

    Where nothing of a reader's own stands on the page, the gaps between our cells are written as blanks too: one
    write then does for the page. An Excel elsewhere does not tell a formula that shows nothing from a blank, but
    leaves a gap as it is.
    """
    constants = values.constants
    alone = [
        (int(row), int(column))
        for row, column in np.argwhere(values.own & (values.formulas == ""))
        if isinstance(constants[row, column], str) and len(constants[row, column]) > LONG_TEXT
    ]
    if alone:
        constants = constants.copy()
        for row, column in alone:
            constants[row, column] = ""
    # a column that one formula fills needs no blanks first
    own = values.own
    if room.formulas is None:
        constants = constants.copy()
        constants[~own] = None
    if room.formulas is None or not _has_theirs(room, own.shape):
        own = np.ones_like(own)
    mask = own & (values.kinds <= 1)
    for _, area in rectangles(mask.astype(int)):
        for part in sliced(area):
            yield Fill(part, _matrix(constants, part))
    for row, column in alone:
        here = Area(row + 1, column + 1, row + 1, column + 1)
        yield Fill(here, ((values.constants[row, column],),))


def _formulas(values: LiveValues) -> Iterable[Fill]:
    """Cut the formulas into blocks; one that fills a whole column is given once."""
    for kind, area in rectangles(values.kinds):
        matrix = _matrix(values.formulas, area)
        texts = {text for row in matrix for text in row}
        if kind > 1 and len(texts) == 1:
            yield Fill(area, str(texts.pop()))
            continue
        for part in sliced(area):
            yield Fill(part, _matrix(values.formulas, part))


def _matrix(values: NDArray[np.object_], area: Area) -> Matrix:
    part = values[area.first_row - 1 : area.last_row, area.first_column - 1 : area.last_column]
    return tuple(map(tuple, part.tolist()))


def _tables(sheet: Sheet, room: Room) -> Iterable[TableTask]:
    plain = {table.name for table in sheet.tables if not table.filterable}
    for table in tables_of(sheet):
        actual = room.tables.get(table.name)
        area = table.area
        if actual is not None and actual.last_column > area.last_column:
            area = replace(area, last_column=actual.last_column)
        yield TableTask(table.name, area, new=actual is None, filterable=table.name not in plain)


def _heights(before: PageLook, after: PageLook, new_rows: set[int]) -> tuple[tuple[int, int, float], ...]:
    """Return first row, last row and height of what has to change; rows that are no longer special included."""
    had, wanted = dict(before.heights), dict(after.heights)
    changes = {row: height for row, height in wanted.items() if had.get(row) != height or row in new_rows}
    changes |= {row: _ROW_HEIGHT for row in {*had, *new_rows} if row not in wanted}
    runs: list[tuple[int, int, float]] = []
    for row in sorted(changes):
        if runs and runs[-1][1] == row - 1 and runs[-1][2] == changes[row]:
            runs[-1] = (runs[-1][0], row, changes[row])
        else:
            runs.append((row, row, changes[row]))
    return tuple(runs)


def _charts(
    blocks: Sequence[ChartBlock], before: PageLook, after: PageLook, now: PageNow
) -> tuple[ChartTask, ...]:
    had = {name: (source, place) for name, source, place in before.charts}
    tasks = []
    for block, (name, source, place) in zip(blocks, after.charts, strict=True):
        if name not in now.charts:
            tasks.append(ChartTask(block, new=True, point=True, place=True))
            continue
        old_source, old_place = had.get(name, ("", ""))
        point, moved = source != old_source or not before.whole, place != old_place
        if point or moved:
            tasks.append(ChartTask(block, new=False, point=point, place=moved))
    return tuple(tasks)


def _dropped_charts(before: PageLook, after: PageLook, now: PageNow) -> tuple[str, ...]:
    wanted = {name for name, _, _ in after.charts}
    return tuple(name for name, _, _ in before.charts if name not in wanted and name in now.charts)


def _own_columns(sheet: Sheet, room: Room, now: PageNow) -> tuple[OwnColumns, ...]:
    found = []
    for table in tables_of(sheet):
        kept = [note for note in room.look.kept if note.table == table.name]
        long = sheet.bulk is not None and sheet.bulk.name == table.name
        key_columns = _KEY_COLUMNS.get(table.name, (0,))
        keys = keys_of([_column(sheet, table.name, table.area, place) for place in key_columns])
        found.append(keep_beside(room, now, table, keys, kept, long=long, key_columns=key_columns))
    return tuple(found)


def _column(sheet: Sheet, name: str, area: Area, place: int) -> list[Any]:
    """Return a column of a table as its cells will read."""
    if sheet.bulk is not None and sheet.bulk.name == name:
        return list(sheet.bulk.columns[place].values)
    cells = {cell.row: cell.value for cell in sheet.cells if cell.column == area.first_column + place}
    values = (cells.get(row) for row in range(area.first_row + 1, area.last_row + 1))
    return [None if value == "" else value for value in values]
