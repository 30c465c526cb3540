"""Write a :class:`~clv_xl.workbook.sheet.Book` as a file, with openpyxl and without Excel.

openpyxl does what it does well: styles, relations, tables, charts, notes, print setup. The rows of a sheet
are written here, for three reasons: formulas need their cached values, which openpyxl leaves out; numbers
must read back as they were (openpyxl rounds to 16 digits); and long tables would take it a minute.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from openpyxl import Workbook
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.packaging.core import DocumentProperties
from openpyxl.packaging.relationship import Relationship
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.dimensions import SheetDimension
from openpyxl.worksheet.related import Related
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import fromstring

from clv_xl.errors import LimitError
from clv_xl.limits import column_letters
from clv_xl.workbook.atomic import atomic_file
from clv_xl.workbook.bulk_rows import BulkRows, bytes_at_most
from clv_xl.workbook.buttons import build_buttons
from clv_xl.workbook.cell_styles import CellStyles
from clv_xl.workbook.cells import cell_xml, clean_text
from clv_xl.workbook.charts import chart_xml
from clv_xl.workbook.checks import check_book
from clv_xl.workbook.furnish import AUTHOR, build_link, build_name, build_note, furnish, reference, solid_bars
from clv_xl.workbook.macros import BOOK_CODE_NAME, Macros, add_macros, check_macros, code_name
from clv_xl.workbook.package import Package
from clv_xl.workbook.pictures import build_pictures
from clv_xl.workbook.rows_ahead import number_columns, parted
from clv_xl.workbook.sheet import Area, Cell
from clv_xl.workbook.squeezed import SqueezedRun
from clv_xl.workbook.vba_project import build_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from openpyxl.worksheet.worksheet import Worksheet

    from clv_xl.workbook.package import Run
    from clv_xl.workbook.rows_ahead import RowsAhead
    from clv_xl.workbook.sheet import Book, Bulk, Sheet

__all__ = ["write_book"]

_MACRO_SUFFIXES: Final = (".xlsm", ".xlam")
_LARGE: Final = 2**30  # bytes; a part that may come to 2 GiB has to be announced to the zip
_PLACE: Final = "rows"  # stands where our rows go; no text of a sheet can look like the marked element
_MARKED: Final = f"<sheetData>{_PLACE}</sheetData>".encode()
_LOOKS_LIKE_A_NUMBER: Final = re.compile(r"\s*[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?\s*%?\s*\Z")


def write_book(
    book: Book, path: str | PathLike[str], macros: Macros | None = None, ahead: RowsAhead | None = None
) -> None:
    """Write a workbook, completely or not at all.

    Parameters
    ----------
    book : Book
        What the workbook holds. The same book gives the same bytes.
    path : path-like
        Where it shall stand; an older file there is replaced in one step at the very end.
    macros : Macros, optional
        The VBA and the ribbon of a workbook with macros, whose name has to end in .xlsm or .xlam. It is
        stored uncompressed, so that a built file is the same on every machine.
    ahead : RowsAhead, optional
        Rows of one of the sheets that were begun before; not with macros.

    Raises
    ------
    LimitError
        If Excel cannot hold something of the book; found before anything is written.
    UsageError
        If there are macros, and what builds them is not installed.
    OutputError
        If the file cannot be written; see :func:`~clv_xl.workbook.atomic.atomic_file`.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import date
    >>> from pathlib import Path
    >>> from clv_xl.workbook.sheet import Book, Cell, Formula, Sheet, Style
    >>> cells = (Cell(1, 1, "=A2 is text here", Style()), Cell(2, 1, Formula("=6*7", 42), Style()))
    >>> book = Book("Report", date(2024, 12, 31), (Sheet("Summary", cells),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_book(book, Path(folder) / "report.xlsx")
    ...     [file.name for file in Path(folder).iterdir()]
    ['report.xlsx']
    """
    check_book(book)
    check_macros(book, macros)
    if macros is not None and Path(path).suffix not in _MACRO_SUFFIXES:
        message = f"{path}: Excel opens a workbook with macros only as {' or '.join(_MACRO_SUFFIXES)}"
        raise ValueError(message)
    package = _package(book, macros, ahead)
    package.settle()
    with atomic_file(path) as handle:
        package.write_to(handle, compressed=macros is None)


def _package(book: Book, macros: Macros | None, ahead: RowsAhead | None) -> Package:
    """Build every part of the workbook. Long tables are checked now, and formatted when they are written."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    moment = datetime(book.created.year, book.created.month, book.created.day)  # noqa: DTZ001 (a day, not a moment)
    workbook.properties = DocumentProperties(
        creator=AUTHOR,
        lastModifiedBy=AUTHOR,
        title=clean_text(book.title, "the workbook's title"),
        subject=clean_text(book.subject, "the workbook's subject") or None,
        created=moment,
        modified=moment,
    )
    workbook.calculation = CalcProperties(fullCalcOnLoad=True)
    worksheets = [(workbook.create_sheet(sheet.title), sheet) for sheet in book.sheets]
    styles = CellStyles(workbook)
    for sheet in book.sheets:
        if sheet.bulk is not None:
            number_columns(sheet.bulk, styles)  # before all other looks: see rows_ahead
    parts = {}
    for worksheet, sheet in worksheets:
        parts[worksheet] = _SheetParts(sheet, styles, ahead)
        furnish(worksheet, sheet)
    workbook.active = 0
    workbook.worksheets[0].sheet_view.tabSelected = True
    for name in book.names:
        workbook.defined_names[name.name] = build_name(name)
    styles.check()
    if macros is not None:
        workbook.code_name = BOOK_CODE_NAME
        for number, worksheet in enumerate(workbook.worksheets, 1):
            worksheet.sheet_properties.codeName = code_name(number)
    package = Package()
    _BookWriter(workbook, package, parts).save()
    if macros is not None:
        add_macros(package, macros, build_project(macros.modules, len(book.sheets)))
    return package


class _SheetParts:
    """What openpyxl does not write of one sheet, checked and ready for the file."""

    def __init__(self, sheet: Sheet, styles: CellStyles, ahead: RowsAhead | None) -> None:
        self._heights = dict(sheet.row_heights)
        cells = sorted([*sheet.cells, *_bulk_header(sheet)], key=lambda cell: (cell.row, cell.column))
        self._rows = self._rows_xml(cells, sheet.title, styles)
        self._long_table = () if sheet.bulk is None else _long_table(sheet, sheet.bulk, styles, ahead)
        self.is_large = sheet.bulk is not None and bytes_at_most(sheet.bulk) > _LARGE
        self.notes = [build_note(cell, sheet.title) for cell in cells if cell.note]
        self.links = [build_link(cell) for cell in cells if cell.link]
        self.dimension = _dimension(cells, sheet)
        self.descriptions = [
            clean_text(chart.alt_text, f"sheet {sheet.title}, chart") for chart in sheet.charts
        ]
        self.chart_names = [chart.name for chart in sheet.charts]
        self.digits = _text_of_digits(cells, sheet)
        self.extension = solid_bars(sheet)
        self.buttons = build_buttons(sheet)
        self.sheet = sheet

    def _rows_xml(self, cells: Iterable[Cell], title: str, styles: CellStyles) -> bytes:
        rows: dict[int, list[str]] = {row: [] for row in self._heights}
        for cell in cells:
            place = f"{column_letters(cell.column)}{cell.row}"
            xml = cell_xml(place, cell.value, styles.number(cell.style), f"sheet {title}, {place}")
            rows.setdefault(cell.row, []).append(xml)
        return "".join(
            f"<row{self._attributes(row)}>{''.join(rows[row])}</row>" for row in sorted(rows)
        ).encode()

    def _attributes(self, row: int) -> str:
        height = self._heights.get(row)
        return f' r="{row}"' if height is None else f' r="{row}" ht="{height:g}" customHeight="1"'

    def runs(self, before: bytes, after: bytes) -> tuple[Run, ...]:
        """Return the whole sheet: what stands before the rows and the first of them, the others, what stands after."""
        first = (before, b"<sheetData>", self._rows)
        last = (b"</sheetData>", after)
        return (first, *self._long_table, last)


def _long_table(sheet: Sheet, bulk: Bulk, styles: CellStyles, ahead: RowsAhead | None) -> tuple[Run, ...]:
    """Return the rows of a long table, checked; what checks those that were begun before is whoever makes them."""
    numbers, [first, *others] = number_columns(bulk, styles), parted(bulk)
    if ahead is None or not ahead.fits(sheet, numbers):
        return tuple(BulkRows(part, sheet.title, styles.number).chunks() for part in (first, *others))
    try:
        rest = [BulkRows(part, sheet.title, styles.number) for part in others]
    except (LimitError, TypeError):
        BulkRows(first, sheet.title, styles.number)  # of two cells that do not fit, the first is told
        raise
    squeezed = [SqueezedRun.of(rows.chunks()) for rows in rest]  # now, while the others are being made
    made = cache(ahead.result)

    def settled(run: SqueezedRun | None, rows: BulkRows | None) -> Iterable[bytes] | SqueezedRun:
        # what is not compressed in blocks is given to the package as it is, all of it
        if made().is_long:
            return run or made()
        return (rows or BulkRows(first, sheet.title, styles.number)).chunks()

    return tuple(
        partial(settled, run, rows) for run, rows in zip([None, *squeezed], [None, *rest], strict=True)
    )


def _bulk_header(sheet: Sheet) -> list[Cell]:
    if sheet.bulk is None:
        return []
    bulk = sheet.bulk
    return [
        Cell(bulk.row, number, column.title, column.header_style or bulk.header_style, note=column.note)
        for number, column in enumerate(bulk.columns, bulk.column)
    ]


def _dimension(cells: Iterable[Cell], sheet: Sheet) -> str:
    rows = {cell.row for cell in cells} or {1}
    columns = {cell.column for cell in cells} or {1}
    last_row = max(rows) if sheet.bulk is None else sheet.bulk.row + sheet.bulk.rows
    return reference(Area(min(rows), min(columns), last_row, max(columns)))


def _text_of_digits(cells: Iterable[Cell], sheet: Sheet) -> list[str]:
    """Return the areas whose text may be digits, such as ids: Excel would mark each cell as doubtful."""
    places = [
        f"{column_letters(cell.column)}{cell.row}"
        for cell in cells
        if isinstance(cell.value, str) and _LOOKS_LIKE_A_NUMBER.match(cell.value)
    ]
    if sheet.bulk is not None and sheet.bulk.rows:
        first, last = sheet.bulk.row + 1, sheet.bulk.row + sheet.bulk.rows
        places += [
            reference(Area(first, number, last, number))
            for number, column in enumerate(sheet.bulk.columns, sheet.bulk.column)
            if column.kind == "text"
        ]
    return places


# What follows extends openpyxl where its own writers call themselves; the stubs know nothing of these
# methods and attributes, hence Any. pyproject.toml holds openpyxl below 3.2 for their sake.


class _Drawing(SpreadsheetDrawing):
    """openpyxl's drawing, with buttons, pictures, and the words that describe a chart to those who cannot see it."""

    __elements__ = SpreadsheetDrawing.__elements__

    _rels: list[Any]

    def __init__(self, parts: _SheetParts, pictures: tuple[str, ...]) -> None:
        super().__init__()
        self._descriptions = parts.descriptions
        self._names = parts.chart_names
        self._buttons = parts.buttons
        self._sheet = parts.sheet
        self._pictures = pictures

    def __bool__(self) -> bool:
        return bool(self._buttons or self._pictures) or super().__bool__()

    def _write(self) -> Any:
        tree = cast("Any", super())._write()
        tree.extend(self._buttons)
        # openpyxl numbers the relations in this order when it writes them
        first = len(self._rels) + 1
        self._rels += [cast("Any", Relationship)(type="image", Target=path) for path in self._pictures]
        relations = tuple(f"rId{first + index}" for index in range(len(self._pictures)))
        tree.extend(build_pictures(self._sheet, relations))
        return tree

    def _chart_frame(self, idx: int) -> Any:
        frame = cast("Any", super())._chart_frame(idx)
        frame.nvGraphicFramePr.cNvPr.descr = self._descriptions[idx - 1] or None
        frame.nvGraphicFramePr.cNvPr.name = self._names[idx - 1] or f"Chart {idx}"
        return frame


class _SheetWriter(WorksheetWriter):
    """openpyxl's sheet writer, with a mark where our rows go, and three things that it does not know."""

    ws: Any
    xf: Any
    _rels: Any

    def __init__(self, worksheet: Worksheet, parts: _SheetParts) -> None:
        self._buffer = BytesIO()
        super().__init__(worksheet, out=self._buffer)
        self._parts = parts

    def around_rows(self) -> tuple[bytes, bytes]:
        """Write the sheet, and return what stands before and after its rows."""
        self.write()
        before, _, after = self._buffer.getvalue().partition(_MARKED)
        return before, after

    def write_dimensions(self) -> None:
        self.xf.send(SheetDimension(self._parts.dimension).to_tree())

    def write_rows(self) -> None:
        xf = self.xf.send(True)
        with xf.element("sheetData"):
            xf.write(_PLACE)
        self.xf.send(None)
        # openpyxl collects these from its cells, of which there are none
        self.ws._comments = self._parts.notes
        self.ws._hyperlinks = self._parts.links

    def write_drawings(self) -> None:
        if self._parts.digits:
            areas = " ".join(self._parts.digits)
            self.xf.send(
                fromstring(
                    f'<ignoredErrors><ignoredError sqref="{areas}" numberStoredAsText="1"/></ignoredErrors>'
                )
            )
        if (self._parts.buttons or self._parts.sheet.pictures) and not self.ws._charts:
            # openpyxl thinks that a sheet without charts has no drawing
            relation = cast("Any", Relationship)(type="drawing", Target="")
            self._rels.append(relation)
            self.xf.send(Related(relation.id).to_tree("drawing"))
        super().write_drawings()

    def write_tables(self) -> None:
        super().write_tables()
        self.xf.send(self._parts.extension)


class _BookWriter(ExcelWriter):
    """openpyxl's workbook writer, with our rows, drawings and charts."""

    _charts: Any

    def __init__(self, workbook: Workbook, package: Package, parts: Mapping[Worksheet, _SheetParts]) -> None:
        # of an archive it asks no more than Package offers
        super().__init__(workbook, cast("Any", package))
        self._package = package
        self._parts = parts
        self._pictures = 0

    def write_worksheet(self, ws: Any) -> None:
        parts = self._parts[ws]
        ws._drawing = _Drawing(parts, self._add_pictures(parts.sheet))
        ws._drawing.charts = ws._charts
        writer = _SheetWriter(ws, parts)
        before, after = writer.around_rows()
        ws._rels = writer._rels
        self._package.stream(ws.path[1:], *parts.runs(before, after), large=parts.is_large)
        self.manifest.append(ws)

    def _add_pictures(self, sheet: Sheet) -> tuple[str, ...]:
        """Put the bytes of a sheet's pictures into the package, and return where they stand."""
        paths = []
        for placed in sheet.pictures:
            self._pictures += 1
            paths.append(f"/xl/media/image{self._pictures}.{placed.picture.kind}")
            self._package.writestr(paths[-1][1:], placed.picture.content)
        return tuple(paths)

    def _write_charts(self) -> None:
        for chart in self._charts:
            self._package.writestr(chart.path[1:], chart_xml(chart))
            self.manifest.append(chart)
