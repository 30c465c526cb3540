"""Puts rows and columns into a page of an open workbook, and takes them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.limits import column_letters
from clv_xl.workbook.remembered import PageLook, shift
from clv_xl.workbook.xlwings_writer.open_book import range_of

if TYPE_CHECKING:
    import xlwings as xw

    from clv_xl.workbook.live_room import Shift

__all__ = ["apply_shift"]

_LAST_COLUMN: Final = 16_384
_LAST_ROW: Final = 1_048_576


def apply_shift(sheet: xw.Sheet, step: Shift) -> None:
    """Do one step by which a page makes room."""
    if step.axis == "table":
        sheet.tables[step.table].resize(range_of(sheet, step.area))
        return
    count = abs(step.count)
    if step.axis == "rows":
        cells = sheet.range((step.at, 1), (step.at + count - 1, _LAST_COLUMN))
        insert, delete = "down", "up"
    else:
        cells = sheet.range((1, step.at), (_LAST_ROW, step.at + count - 1))
        insert, delete = "right", "left"
    if step.count > 0:
        cells.insert(insert)
    else:
        cells.delete(delete)
    _let_tables_go(sheet, step)
    _let_notes_follow(sheet, step)


def _let_tables_go(sheet: xw.Sheet, step: Shift) -> None:
    """Tell xlwings which tables are gone, if Excel is elsewhere: it counts the others by those that were sent."""
    told = sheet.api.get("tables") if isinstance(sheet.api, dict) else None
    if told and step.gone:
        told[:] = [table for table in told if table["name"] not in step.gone]


def _let_notes_follow(sheet: xw.Sheet, step: Shift) -> None:
    """Tell xlwings where the notes are now, if Excel is elsewhere: it goes by where they were when all was sent."""
    told = sheet.api.get("notes") if isinstance(sheet.api, dict) else None
    if not told or step.axis == "table":
        return
    cells = [(sheet.range(note["address"]), note) for note in told]
    here = PageLook("", notes=tuple((cell.row, cell.column, str(n)) for n, (cell, _) in enumerate(cells)))
    moved = shift(here, step.axis, step.at, step.count)
    told[:] = [cells[int(n)][1] | {"address": f"${column_letters(c)}${r}"} for r, c, n in moved.notes]
