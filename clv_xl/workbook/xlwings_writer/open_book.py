"""What is read from an open workbook: values, tables, charts, notes, and what earlier refreshes have recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.workbook.live_room import PageNow
from clv_xl.workbook.looks import LOOKS
from clv_xl.workbook.records import Recorded
from clv_xl.workbook.regions import address
from clv_xl.workbook.sheet import Area

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xlwings as xw

    from clv_xl.workbook.remembered import PageLook

__all__ = [
    "area_of",
    "cell_named",
    "is_remote",
    "range_of",
    "read_page",
    "read_recorded",
    "read_rows",
    "sheet_titles",
]


def is_remote(book: xw.Book) -> bool:
    """Tell whether Excel is elsewhere (xlwings Server, xlwings Lite): then nothing is sent before the very end."""
    return book.app.engine.type == "remote"


def sheet_titles(book: xw.Book) -> list[str]:
    """Return the titles of the sheets, in order."""
    return [sheet.name for sheet in book.sheets]


def read_rows(sheet: xw.Sheet) -> list[list[Any]]:
    """Return the values of a sheet from A1 to the last cell in use; None where blank, errors as their text."""
    last = sheet.used_range.last_cell
    rows: list[list[Any]] = (
        sheet.range((1, 1), (last.row, last.column)).options(ndim=2, err_to_str=True).value
    )
    return rows


def cell_named(book: xw.Book, name: str) -> xw.Range | None:
    """Return the first cell that a defined name stands for, None where there is no such name or cell."""
    if name not in book.names:
        return None
    try:
        found: xw.Range = book.names[name].refers_to_range
    except Exception:  # noqa: BLE001  # a name without a cell raises what the engine likes: it stands for none
        return None
    return found[0, 0]


def area_of(cells: xw.Range) -> Area:
    """Return the area of a range."""
    rows, columns = cells.shape
    return Area(cells.row, cells.column, cells.row + rows - 1, cells.column + columns - 1)


def range_of(sheet: xw.Sheet, area: Area) -> xw.Range:
    """Return the range of an area."""
    return sheet.range(address(area))


def read_recorded(book: xw.Book) -> Recorded:
    """Return what is recorded in a workbook; nothing where it has no sheet of looks."""
    return Recorded(read_rows(book.sheets[LOOKS]) if LOOKS in sheet_titles(book) else ())


def read_page(
    sheet: xw.Sheet,
    look: PageLook | None,
    notes: Iterable[tuple[int, int]],
    recorded: Recorded,
) -> PageNow:
    """Return what a page holds; of notes, whether there is one in the given and the recorded cells."""
    places = {*notes, *((row, column) for row, column, _ in (look.notes if look else ()))}

    def formulas(area: Area) -> Sequence[Sequence[object]] | None:
        try:
            told: Any = range_of(sheet, area).formula
        except NotImplementedError:
            return None
        rows = [told] if not isinstance(told, list | tuple) else told
        nested = [row if isinstance(row, list | tuple) else [row] for row in rows]
        # one row, or one column, comes as a flat list
        flat = area.first_row == area.last_row and len(nested) != 1
        return [[row[0] for row in nested]] if flat else nested

    return PageNow(
        values=read_rows(sheet),
        tables={table.name: area_of(table.range) for table in sheet.tables},
        charts=frozenset(chart.name for chart in sheet.charts),
        notes=frozenset(place for place in places if _has_note(sheet, place)),
        formulas=formulas,
        counted=recorded.counted,
        moved=recorded.places.get(sheet.name, ""),
    )


def _has_note(sheet: xw.Sheet, place: tuple[int, int]) -> bool:
    try:
        return sheet.range(place).note is not None
    except NotImplementedError:
        return False
