"""What is read from an open workbook: values, tables, charts, notes, and what earlier refreshes have recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clv_xl.workbook.live_room import PageNow
from clv_xl.workbook.looks import LOOKS
from clv_xl.workbook.records import FIRST_YEAR, Recorded
from clv_xl.workbook.regions import address
from clv_xl.workbook.sheet import Area

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xlwings as xw

__all__ = [
    "area_of",
    "cell_named",
    "counts_from_1904",
    "is_manual",
    "is_remote",
    "range_of",
    "read_page",
    "read_recorded",
    "read_rows",
    "sheet_titles",
]

_FREE_COLUMN: Final = 3  # of the sheet of looks


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


def read_page(sheet: xw.Sheet, recorded: Recorded) -> PageNow:
    """Return what a page holds."""

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
        has_note=lambda place: _has_note(sheet, place),
        formulas=formulas,
        counted=recorded.counted,
        hidden=recorded.hidden.get(sheet.name, 0),
        moved=recorded.places.get(sheet.name) or "",
    )


def _has_note(sheet: xw.Sheet, place: tuple[int, int]) -> bool:
    try:
        return sheet.range(place).note is not None
    except NotImplementedError:
        return False


def is_manual(book: xw.Book) -> bool:
    """Tell whether Excel calculates only when it is asked to."""
    try:
        return bool(book.app.calculation == "manual")
    except NotImplementedError:
        return False


def counts_from_1904(book: xw.Book) -> bool:
    """Tell whether a workbook on a desktop counts its days from 1904; it is asked in a blank cell of a hidden sheet."""
    if LOOKS not in sheet_titles(book):
        return False
    cell = book.sheets[LOOKS].range((1, _FREE_COLUMN))
    cell.formula = FIRST_YEAR
    year = cell.value
    cell.clear_contents()
    return bool(year == 1904)
