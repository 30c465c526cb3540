"""Makes room on a page of a running Excel, so that nothing of a reader's own is written over.

Whole rows and columns are put in or taken out, by which what a reader has written beside and below moves along.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from clv_xl.errors import OutputError
from clv_xl.limits import column_letters
from clv_xl.workbook.rearranged import AGAIN, refuse_cut, refuse_hidden, refuse_rearranged, refuse_same_titles
from clv_xl.workbook.regions import covered, rectangles
from clv_xl.workbook.remembered import PageLook, shift
from clv_xl.workbook.sheet import Area

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from clv_xl.workbook.records import Counted
    from clv_xl.workbook.remembered import PageTable

__all__ = ["PageNow", "Room", "Shift", "make_room"]

_MOST_READS: Final = 12
_NOWHERE: Final = Area(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class PageNow:
    """What a page of an open workbook holds at this moment.

    Attributes
    ----------
    values : sequence of sequences
        The values from A1 on; None where blank.
    tables : mapping of str to Area
        The Excel tables of the sheet by name.
    charts : frozenset of str
        Names of its charts.
    has_note : callable
        Tells whether a cell, given by row and column, has a note.
    formulas : callable
        Gives the formulas of an area, texts that begin with ``=`` among constants, as rows; None where this Excel
        does not tell.
    counted : mapping of (table, column) to Counted
        What a column beside a table held when the workbook was last calculated.
    moved : str
        The first row or column of ours that Excel has moved since the last refresh, such as ``row 20``; else "".
    hidden : int
        How many cells between and below ours look blank, but hold a formula.
    """

    values: Sequence[Sequence[Any]]
    tables: Mapping[str, Area] = field(default_factory=dict)
    charts: frozenset[str] = frozenset()
    has_note: Callable[[tuple[int, int]], bool] = lambda _: False
    formulas: Callable[[Area], Sequence[Sequence[object]] | None] = lambda _: None
    counted: Mapping[tuple[str, int], Counted] = field(default_factory=dict)
    moved: str = ""
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """Rows or columns put in before ``at``, or, negative, taken out from ``at`` on; a table made shorter first.

    ``gone`` are the tables that stood wholly within what is taken out: Excel takes them out too.
    """

    axis: Literal["rows", "columns", "table"]
    at: int = 0
    count: int = 0
    table: str = ""
    area: Area = _NOWHERE
    gone: tuple[str, ...] = ()


@dataclass(slots=True)
class Room:
    """A page while room is being made: its record, values and tables, as they stand after the steps so far.

    ``formulas`` tells which of a reader's own cells hold one, or is None where this Excel does not say. ``columns``
    holds the number that each column had before (0 for a new one), ``ends`` the last column of each table then.
    """

    look: PageLook
    values: NDArray[np.object_]
    formulas: NDArray[np.bool_] | None
    tables: dict[str, Area]
    columns: list[int]
    ends: dict[str, int]
    steps: list[Shift] = field(default_factory=list)
    new_rows: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, look: PageLook, now: PageNow) -> Room:
        """Return the page before any step."""
        width = max((len(row) for row in now.values), default=1) or 1
        values = np.full((max(len(now.values), 1), width), None, dtype=object)
        for number, row in enumerate(now.values):
            values[number, : len(row)] = row
        ends = {table.name: table.area.last_column for table in look.tables}
        columns = list(range(1, width + 1))
        room = cls(look, values, None, dict(now.tables), columns, ends)
        room.formulas = _formulas(room, now)
        return room

    def theirs(self) -> NDArray[np.bool_]:
        """Return which cells hold something that is not ours."""
        filled = (self.values != None) & (self.values != "")  # noqa: E711  # element by element
        if self.formulas is not None:
            # one that shows an empty text looks blank
            filled |= self.formulas
        rows = max(self.look.last_row, self.values.shape[0])
        columns = max(self.look.last_column, self.values.shape[1])
        ours = covered(self.look.own, (rows, columns))
        return np.asarray(filled & ~ours[: self.values.shape[0], : self.values.shape[1]], dtype=bool)

    def move(self, axis: Literal["rows", "columns"], at: int, count: int) -> None:
        """Put in (or, negative, take out) rows or columns, and note it."""
        self.look = shift(self.look, axis, at, count)
        tables = {}
        for name, area in self.tables.items():
            left = shift(PageLook("", own=(area,)), axis, at, count).own
            if left:
                tables[name] = left[0]
        self.steps.append(
            Shift(axis, at, count, gone=tuple(name for name in self.tables if name not in tables))
        )
        self.tables = tables
        number = 0 if axis == "rows" else 1
        if count > 0:
            if at <= self.values.shape[number]:
                blank = np.full(count, None, dtype=object)
                self.values = np.insert(
                    self.values, [at - 1] * count, blank[:, None] if number == 0 else blank, axis=number
                )
                if self.formulas is not None:
                    self.formulas = np.insert(self.formulas, [at - 1] * count, values=False, axis=number)
        else:
            gone = [place for place in range(at - 1, at - 1 - count) if place < self.values.shape[number]]
            self.values = np.delete(self.values, gone, axis=number)
            if self.formulas is not None:
                self.formulas = np.delete(self.formulas, gone, axis=number)
        if axis == "columns" and at <= len(self.columns) + 1:
            self.columns[at - 1 : at - 1 + max(-count, 0)] = [0] * max(count, 0)
        if axis == "rows":
            self.new_rows = {
                row + count if row >= at else row for row in self.new_rows if not at <= row < at - count
            }
            if count > 0:
                self.new_rows |= set(range(at, at + count))

    def came_from(self, place: tuple[int, int]) -> tuple[int, int] | None:
        """Return where a cell stood before all steps, None where it has been put in."""
        row, column = place
        for step in reversed(self.steps):
            if step.axis == "table":
                continue
            number = row if step.axis == "rows" else column
            if number >= step.at:
                if number < step.at + step.count:
                    return None
                number -= step.count
            row, column = (number, column) if step.axis == "rows" else (row, number)
        return row, column

    def shorten(self, name: str, last_row: int, last_column: int) -> None:
        """Leave out the last rows and columns of a table, which stay on the sheet as plain cells."""
        self.tables[name] = replace(self.tables[name], last_row=last_row, last_column=last_column)
        self.steps.append(Shift("table", table=name, area=self.tables[name]))

    def refuse_theirs(self, mask: NDArray[np.bool_], why: str, or_right: str = ", or further right") -> None:
        """Refuse to go on where a cell of the mask is a reader's own.

        Raises
        ------
        OutputError
            It names the first such cell and what it holds.
        """
        height, width = (min(sizes) for sizes in zip(self.values.shape, mask.shape, strict=True))
        hit = np.argwhere(self.theirs()[:height, :width] & mask[:height, :width])
        if len(hit):
            row, column = hit[0]
            shown = str("" if self.values[row, column] is None else self.values[row, column])
            shown = f'"{shown if len(shown) <= 30 else shown[:29] + "…"}"' if shown else "a formula"
            raise OutputError(
                f"{self.look.title}!{column_letters(column + 1)}{row + 1} holds {shown}, which is your own, {why}. "
                f"Move it to a sheet of your own{or_right}. If it is the report's, delete {self.look.title}: the next "
                "refresh makes it."
            )


def _formulas(room: Room, now: PageNow) -> NDArray[np.bool_] | None:
    """Tell which of a reader's own cells hold a formula; None where this Excel does not say."""
    height, width = room.values.shape
    found = np.zeros((height, width), dtype=bool)
    rows, columns = max(room.look.last_row, height), max(room.look.last_column, width)
    free = ~covered(room.look.own, (rows, columns))[:height, :width]
    # a long list is ours and need not be read; many small gaps are read as one
    areas = [area for _, area in rectangles(free.astype(int))]
    if len(areas) > _MOST_READS:
        areas = [Area(1, 1, height, width)]
    for area in areas:
        told = now.formulas(area)
        if told is None:
            return None
        found[area.first_row - 1 : area.last_row, area.first_column - 1 : area.last_column] = [
            [isinstance(text, str) and text.startswith("=") for text in row] for row in told
        ]
    return found & free


def make_room(look: PageLook, now: PageNow, tables: Iterable[PageTable], own: NDArray[np.bool_]) -> Room:
    """Find out what has to be put in and taken out before a page is written anew.

    Excel cannot move the header of a table, so rows are put in or taken out above it: whole rows, by which what
    a reader has written beside and below moves along.

    Parameters
    ----------
    look : PageLook
        The record of what was written last.
    now : PageNow
        What the page holds.
    tables : iterable of PageTable
        The tables as they shall stand, from top to bottom.
    own : ndarray of bool
        The cells that will be written.

    Raises
    ------
    OutputError
        If a reader's own cell is in the way, or the page was rearranged; the message says where, and what to do.
    """
    room = Room.of(look, now)
    wanted = {table.name: table for table in tables}
    refuse_rearranged(room, now.moved)
    refuse_same_titles(room, wanted)
    room.tables = {
        name: area
        for name, area in room.tables.items()
        if name in wanted or any(table.name == name for table in look.tables)
    }
    _align_rows(room, wanted)
    _align_columns(room, wanted)
    _give_way(room, own)
    if room.formulas is None and now.hidden:
        refuse_hidden(room, now.hidden, own)
    return room


def _align_rows(room: Room, wanted: Mapping[str, PageTable]) -> None:
    """Bring the header of each table to its row, from top to bottom."""
    names = sorted(room.tables, key=lambda name: room.tables[name].first_row)
    rows = [wanted[name].area.first_row for name in names if name in wanted]
    if rows != sorted(rows):
        raise OutputError(
            f"{room.look.title}: its tables stand in another order now. "
            + AGAIN.format(title=room.look.title)
        )
    for name in names:
        area = room.tables[name]
        if name not in wanted:
            _take_out(room, area, f"and the table {name} beside it is no longer part of the report")
            continue
        target = wanted[name].area
        if target.first_column != area.first_column:
            raise OutputError(
                f"{room.look.title}: the table {name} begins in another column now. "
                + AGAIN.format(title=room.look.title)
            )
        missing = target.first_row - area.first_row
        if missing > 0:
            room.move("rows", area.first_row, missing)
        elif missing < 0:
            _take_out(
                room,
                Area(target.first_row, 1, area.first_row - 1, 1),
                f"and the table {name} has to move up over it",
            )
        moved = room.tables[name]
        if target.last_row < moved.last_row:
            room.shorten(name, target.last_row, moved.last_column)


def _take_out(room: Room, area: Area, why: str) -> None:
    """Take out whole rows in which nothing is a reader's own."""
    rows = Area(area.first_row, 1, area.last_row, room.values.shape[1])
    height = max(room.values.shape[0], area.last_row)
    room.refuse_theirs(covered([rows], (height, room.values.shape[1])), why)
    room.move("rows", area.first_row, -(area.last_row - area.first_row + 1))


def _align_columns(room: Room, wanted: Mapping[str, PageTable]) -> None:
    """Put columns between ours and a reader's own within a table, or take out those that we leave."""
    for name in [table.name for table in room.look.tables]:
        # what was put in for one table has moved the others
        known = next((table for table in room.look.tables if table.name == name), None)
        if known is None or name not in wanted or name not in room.tables:
            continue
        actual = room.tables[known.name]
        ours, then = known.area.last_column, wanted[known.name].area.last_column
        if actual.last_column <= ours:
            if then < actual.last_column:
                room.shorten(known.name, actual.last_row, then)
        elif then > ours:
            # what was put in for another table may do for this one too
            at = ours + 1 + sum(1 for number in room.columns[ours:then] if number == 0)
            if at <= then:
                refuse_cut(room, wanted, known.name, at, then - at + 1)
                room.move("columns", at, then - at + 1)
        elif then < ours:
            refuse_cut(room, wanted, known.name, then + 1, then - ours)
            gone = Area(1, then + 1, room.values.shape[0], ours)
            room.refuse_theirs(
                covered([gone], room.values.shape), f"and the table {known.name} leaves these columns"
            )
            room.move("columns", then + 1, then - ours)


def _give_way(room: Room, own: NDArray[np.bool_]) -> None:
    """Push a reader's own cells below or right of the page out of the way; refuse where they stand within it."""
    height, width = own.shape
    old_row, old_column = room.look.last_row, room.look.last_column
    hits = _hits(room, own)
    if len(hits) and height > old_row and (hits[:, 0] >= old_row).any():
        room.move("rows", old_row + 1, height - old_row)
        hits = _hits(room, own)
    if len(hits) and width > old_column and (hits[:, 1] >= old_column).any():
        refuse_cut(room, {}, "", old_column + 1, width - old_column)
        room.move("columns", old_column + 1, width - old_column)
        hits = _hits(room, own)
    if len(hits):
        room.refuse_theirs(own, "and the report now needs that cell")


def _hits(room: Room, own: NDArray[np.bool_]) -> NDArray[np.int_]:
    height = min(own.shape[0], room.values.shape[0])
    width = min(own.shape[1], room.values.shape[1])
    return np.argwhere(room.theirs()[:height, :width] & own[:height, :width])
