"""Everything about a book that Excel could object to, checked before a writer begins.

Values of cells are checked where they are turned into what a writer stores
(:mod:`~clv_xl.workbook.cells`, :mod:`~clv_xl.workbook.bulk_rows`); this is about titles, names, sizes,
tables and rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl import limits
from clv_xl.limits import check_area, check_count, check_formula, check_length, check_unique, column_letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.workbook.sheet import Area, Book, ChartArea, Sheet, Validation

__all__ = ["check_book"]

_HEADER_CODES = 40  # characters


def check_book(book: Book) -> None:
    """Refuse a book that Excel could not hold or would repair.

    Raises
    ------
    LimitError
        The message names the sheet, what was found, the limit and the way out.
    ValueError
        If the book contradicts itself, such as two values in one cell: a mistake of ours, not of the data.
    """
    if not book.sheets:
        message = "a workbook needs at least one sheet"
        raise ValueError(message)
    check_length(book.title, limits.MAX_PROPERTY, "a workbook's title", "the workbook")
    check_length(book.subject, limits.MAX_PROPERTY, "a workbook's subject", "the workbook")
    titles = {sheet.title for sheet in book.sheets}
    for sheet in book.sheets:
        limits.check_sheet_title(sheet.title)
    check_unique((sheet.title for sheet in book.sheets), "sheet")
    tables = [table.name for sheet in book.sheets for table in sheet.tables]
    tables += [sheet.bulk.name for sheet in book.sheets if sheet.bulk is not None]
    for table in tables:
        limits.check_name(table, "table name")
    for name in book.names:
        limits.check_name(name.name)
        check_length(name.meaning, limits.MAX_NAME_MEANING, "the meaning of a name", f"name {name.name}")
        _check_area(name.area, f"name {name.name}")
        _check_known(name.sheet, titles, f"name {name.name}")
    check_unique([*tables, *(name.name for name in book.names)], "name")
    for sheet in book.sheets:
        _check_sheet(sheet, titles)


def _check_sheet(sheet: Sheet, titles: set[str]) -> None:
    where = f"sheet {sheet.title}"
    _check_cells(sheet, titles, where)
    for column, width in sheet.column_widths:
        limits.check_position(1, column, where)
        limits.check_column_width(width, f"{where}, column {column_letters(column)}")
    for row, height in sheet.row_heights:
        limits.check_position(row, 1, where)
        limits.check_row_height(height, f"{where}, row {row}")
    _check_tables(sheet, where)
    for rule in sheet.formats:
        for area in (rule.area, *rule.more):
            _check_area(area, f"{where}, conditional format")
        if rule.kind == "expression":
            check_formula(f"={rule.formula or ''}", f"{where}, conditional format")
        _check_number_of(rule.colours, {"scale": (2, 3), "bars": (1,), "expression": (0,)}[rule.kind], where)
    for chart in sheet.charts:
        _check_chart(
            chart,
            titles,
            f"{where}, chart at {column_letters(chart.area.first_column)}{chart.area.first_row}",
        )
    for validation in sheet.validations:
        _check_validation(validation, where)
    placed = [(button.area, f"button {button.caption}") for button in sheet.buttons]
    for area, what in (*placed, *((area, "merged cells") for area in sheet.merges)):
        _check_area(area, f"{where}, {what}")
    check_unique((chart.name for chart in sheet.charts if chart.name), "chart")
    limits.check_zoom(sheet.zoom, where)
    # & is written twice; the codes of its font, size and colour come before it
    header = sheet.print_setup.header.replace("&", "&&")
    check_length(header, limits.MAX_HEADER - _HEADER_CODES, "the header of a page", where)
    check_count(len(sheet.print_setup.breaks_after), limits.MAX_PAGE_BREAKS, "page breaks", where)
    if sheet.print_setup.area is not None:
        _check_area(sheet.print_setup.area, f"{where}, print area")


def _check_cells(sheet: Sheet, titles: set[str], where: str) -> None:
    taken: set[tuple[int, int]] = set()
    links = 0
    for cell in sheet.cells:
        limits.check_position(cell.row, cell.column, where)
        if (cell.row, cell.column) in taken:
            message = f"{where}: two values for {column_letters(cell.column)}{cell.row}"
            raise ValueError(message)
        taken.add((cell.row, cell.column))
        if sheet.bulk is not None and cell.row >= sheet.bulk.row:
            place = f"{column_letters(cell.column)}{cell.row}"
            message = f"{where}: {place} stands in or below the rows of a long table"
            raise ValueError(message)
        if cell.note is not None:
            place = f"{where}, note of {column_letters(cell.column)}{cell.row}"
            check_length(cell.note, limits.MAX_CELL_TEXT, "a note", place)
        if cell.link is not None:
            links += 1
            _check_known(cell.link, titles, f"{where}, link")
    check_count(links, limits.MAX_HYPERLINKS, "links", where)


def _check_tables(sheet: Sheet, where: str) -> None:
    header = {(cell.row, cell.column): cell.value for cell in sheet.cells if isinstance(cell.value, str)}
    for table in sheet.tables:
        place = f"{where}, table {table.name}"
        _check_area(table.area, place)
        limits.check_headers(table.columns, table.name)
        shown = tuple(
            header.get((table.area.first_row, column), "")
            for column in range(table.area.first_column, table.area.last_column + 1)
        )
        if shown != table.columns:
            message = f"{place}: its header cells hold {shown}, its columns are called {table.columns}"
            raise ValueError(message)
        if table.area.last_row == table.area.first_row:
            message = f"{place}: a table needs a row below its header"
            raise ValueError(message)
        for column, formula in table.calculated:
            _check_known(column, set(table.columns), place)
            check_formula(formula, f"{place}, column {column}")
    if sheet.bulk is not None:
        limits.check_headers((column.title for column in sheet.bulk.columns), sheet.bulk.name)
        if any(len(column.values) != sheet.bulk.rows for column in sheet.bulk.columns):
            message = f"{where}, table {sheet.bulk.name}: its columns differ in length"
            raise ValueError(message)
        if any(row > sheet.bulk.row for row, _ in sheet.row_heights):
            message = f"{where}: the rows of a long table have no heights of their own"
            raise ValueError(message)


def _check_chart(chart: ChartArea, titles: set[str], where: str) -> None:
    _check_area(chart.area, where)
    check_count(len(chart.series), limits.MAX_CHART_SERIES, "series", where)
    check_length(chart.alt_text, limits.MAX_CELL_TEXT, "the description of a chart", where)
    if all(series.on_second_axis for series in chart.series):
        message = f"{where}: nothing is drawn on its first axis"
        raise ValueError(message)
    for series in chart.series:
        _check_known(series.sheet, titles, where)
        _check_known(series.categories_sheet or series.sheet, titles, where)
        for area, cached in ((series.values, series.cached), (series.categories, series.cached_categories)):
            _check_area(area, where)
            cells = (area.last_row - area.first_row + 1) * (area.last_column - area.first_column + 1)
            if cells != len(cached):
                message = f"{where}, {series.title}: {len(cached)} cached values for {cells} cells"
                raise ValueError(message)


def _check_validation(rule: Validation, where: str) -> None:
    place = f"{where}, {column_letters(rule.area.first_column)}{rule.area.first_row}, rule for input"
    _check_area(rule.area, place)
    check_length(rule.title, limits.MAX_VALIDATION_TITLE, "the title of an input message", place)
    check_length(rule.message, limits.MAX_VALIDATION_MESSAGE, "an input message", place)
    if rule.kind == "list":
        limits.check_choices(rule.choices, place)
    elif rule.low is None and rule.high is None:
        message = f"{place}: neither a lowest nor a highest value"
        raise ValueError(message)


def _check_area(area: Area, where: str) -> None:
    check_area(area.first_row, area.first_column, area.last_row, area.last_column, where)


def _check_known(name: str, known: set[str], where: str) -> None:
    if name not in known:
        message = f"{where}: there is no {name!r}"
        raise ValueError(message)


def _check_number_of(colours: Sequence[str], allowed: tuple[int, ...], where: str) -> None:
    if len(colours) not in allowed:
        message = f"{where}, conditional format: {len(colours)} colours, expected {allowed}"
        raise ValueError(message)
