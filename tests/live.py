"""Filled templates for tests of the refresh, and what their pages shall hold."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl

from clv_xl.jobs import report_from_inputs
from clv_xl.orders.filled import inputs_from_sheets
from clv_xl.parameters import PARAMETERS
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.openpyxl_writer import write_book
from tests.excel_hosts.live_excel import EPOCH, known_style, opened
from tests.reading import Workbook, letters, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from clv_xl.workbook.sheet import Book
    from tests.excel_hosts.live_excel import LiveExcel
    from tests.oracle import Line

INPUTS = ("Start", "Orders", "Spend", "Customer data", "Parameters", "Segment map", "Functions")
HIDDEN = ("Looks", "Chart data")
BOOK = "template.xlsx"  # what the simulated host calls the workbook
READ = ("Orders", "Spend", "Customer data", "Parameters", "Segment map")
_FIELDS = {"customer_id": "customer", "order_date": "day", "amount": "amount", "order_id": "order", "cost": "cost",
           "channel": "channel", "status": "status"}  # fmt: skip


def fill(host: LiveExcel, lines: Sequence[Line], **parameters: Any) -> LiveExcel:
    """Paste orders over the sheet Orders, as a person does, and set parameters."""
    used = {
        title: name
        for title, name in _FIELDS.items()
        if any(getattr(line, name) not in {None, ""} for line in lines)
    }
    rows = [list(used), *([_cell(getattr(line, name)) for name in used.values()] for line in lines)]
    paste(host, rows)
    for name, value in parameters.items():
        host.named(name).value = value
    return host


def paste(host: LiveExcel, rows: Sequence[Sequence[Any]]) -> None:
    """Clear the sheet Orders and put rows from A1 on."""
    for cell in host.sheet("Orders").cells.values():
        cell.value = cell.formula = None
    host.put("Orders", "A1", *rows, as_text=True)


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value or None
    if hasattr(value, "isoformat"):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - as a cell holds a day
    return float(value)


def expected_book(host: LiveExcel) -> Book:
    """The laid-out report of what the input sheets hold, by the same functions but without Excel."""
    sheets = {title: host.rows(title) for title in READ}
    names = {spec.name: host.named(spec.name).value for spec in PARAMETERS}
    report, _ = report_from_inputs(inputs_from_sheets(sheets, names, BOOK))
    return lay_out(report)


def expected_file(host: LiveExcel, path: Path) -> Path:
    """The same report as the openpyxl writer writes it."""
    write_book(expected_book(host), path)
    return path


def differences(host: LiveExcel, path: Path) -> list[str]:
    """Where the pages of the open workbook differ from a report file in content, cell by cell."""
    file = Workbook(path)
    found = []
    for title, cells in file.sheets.items():
        if title in INPUTS:
            continue
        live = host.sheet(title).cells
        wanted = {split(address): cell for address, cell in cells.items()}
        filled = {place for place, cell in live.items() if cell.value is not None or cell.formula}
        shown = {place for place, cell in wanted.items() if cell.formula or cell.value not in {None, ""}}
        found += [
            f"{title}!{letters(c)}{r} is left over: {live[r, c].value!r}" for r, c in sorted(filled - shown)
        ]
        for place in sorted(shown):
            difference = _difference(wanted[place], live.get(place))
            if difference:
                found.append(f"{title}!{letters(place[1])}{place[0]}: {difference}")
    return found


def _difference(wanted: Any, live: Any) -> str:
    if live is None:
        return f"blank instead of {wanted}"
    if wanted.formula is not None:
        return (
            "" if live.formula == f"={wanted.formula}" else f"{live.formula!r} instead of ={wanted.formula!r}"
        )
    if wanted.is_error:
        return "" if live.formula == "=NA()" else f"{live} instead of {wanted}"
    if live.formula and not live.formula.startswith("=HYPERLINK("):
        return f"{live.formula!r} instead of {wanted.value!r}"
    # in a file an underscore may be written as a coded character
    text = wanted.value.replace("_x005F_", "_") if isinstance(wanted.value, str) else wanted.value
    same = live.value == text and isinstance(live.value, str) == isinstance(text, str)
    return "" if same else f"{live.value!r} instead of {text!r}"


def style_differences(host: LiveExcel, path: Path) -> list[str]:
    """Where the pages of the open workbook differ from a report file in looks, cell by cell."""
    found = []
    for worksheet in opened(path).worksheets:
        if worksheet.title in INPUTS:
            continue
        live = host.sheet(worksheet.title).cells
        styles: dict[int, dict[str, Any]] = {}
        for line in worksheet.iter_rows():
            for cell in line:
                if cell.has_style and (place := live.get((cell.row, cell.column))) is not None:
                    wanted = known_style(cell, styles)
                    if place.style != wanted:
                        found.append(
                            f"{worksheet.title}!{cell.coordinate}: {place.style} instead of {wanted}"
                        )
    return found


def save(host: LiveExcel, path: Path) -> Path:
    """Write the cells, tables and names of an open workbook to a file, so that another program can calculate it."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in host.sheets:
        worksheet = book.create_sheet(sheet.name)
        for (row, column), cell in sheet.cells.items():
            if cell.formula and "ISFORMULA" not in cell.formula:
                worksheet.cell(row, column).value = cell.formula
            elif cell.value is not None and not cell.formula:
                target = worksheet.cell(row, column)
                value = cell.value
                target.value = (value - EPOCH) / timedelta(days=1) if isinstance(value, datetime) else value
                if isinstance(value, str):
                    target.data_type = "s"
        for table in sheet.tables:
            top, left, bottom, right = table.area
            made = openpyxl.worksheet.table.Table(
                displayName=table.name, ref=f"{letters(left)}{top}:{letters(right)}{bottom}"
            )
            worksheet.add_table(made)
    for name, text in host.names.items():
        book.defined_names[name] = openpyxl.workbook.defined_name.DefinedName(
            name, attr_text=text.removeprefix("=")
        )
    book.save(path)
    return path


def status(host: LiveExcel) -> str:
    """What Start says."""
    return str(host.named("clv_status").value)


def column_beside(host: LiveExcel, table: str, offset: int = 1) -> int:
    """The number of a column right of a table."""
    return next(t.area[3] for sheet in host.sheets for t in sheet.tables if t.name == table) + offset


def by_customer(host: LiveExcel, column: int) -> dict[str, Any]:
    """What stands in a column beside the customers of the list, by customer; blanks left out."""
    sheet = host.sheet("Customer list")
    top, left, bottom, _ = sheet.table("customers").area
    return {
        str(sheet.cells[row, left].value): (cell.formula or cell.value)
        for row in range(top + 1, bottom + 1)
        if (cell := sheet.cells.get((row, column))) and (cell.value is not None or cell.formula)
    }


def renamed(lines: Iterable[Line], **changes: Any) -> list[Line]:
    """The same rows with other values."""
    return [replace(line, **changes) for line in lines]


def is_plain_words(text: str) -> bool:
    """Words as a person would read them, without traces of code."""
    return re.search(r"Traceback|0x[0-9a-f]+|<class", text) is None
