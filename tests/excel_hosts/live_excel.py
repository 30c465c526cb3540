"""A simulated Excel with an open workbook: what xlwings' remote engine asks for is done to a model of the workbook.

It is a simulation, written from what Excel's own documentation says of each action, and stricter than Excel where a
mistake of ours could hide: it reads what is typed as Excel would (``007`` is a number, ``=`` begins a formula), and
refuses what Excel refuses (a table whose header moves, a formula over a table that is not there). It calculates
nothing but references, links, NA() and counts of formulas. A real Excel is tried by hand: docs/excel-checklist.md.
"""

from __future__ import annotations

import copy
import html
import json
import re
import warnings
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils import range_boundaries

from tests.reading import Workbook, letters, split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a day in Excel has no zone
MOST_BYTES = 5_000_000  # Excel on the web takes no larger request
MOST_CHARACTERS = 8_203  # of a text within an array: Excel on a desktop refuses longer ones
LAST_COLUMN, LAST_ROW = 16_384, 1_048_576
ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}
# As typed: a sign or at sign begins a formula; numbers, percentages, dates, times, truth values are no text.
_NUMBER = re.compile(r"\s*[-+(]?[\s$€£]*(?:kr)?\s*\d[\d\s.,]*(?:[eE][-+]?\d+)?\s*\)?\s*(?:%|kr|€|\$)?\s*\Z")
_DATE = re.compile(
    r"\s*(?:\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?|\d{1,2}:\d\d.*|\w{3,9} \d{1,4}|\d{1,2} \w{3,9}.*)\Z"
)
_TRUTH = {
    "true",
    "false",
    "sant",
    "falskt",
    "sann",
    "usann",
    "sand",
    "falsk",
    "wahr",
    "falsch",
    "vrai",
    "faux",
}
_PROBE = re.compile(r"=(SUMPRODUCT\(--ISFORMULA|COUNTA)\('(.+)'!([A-Z]+)(\d+):[A-Z]+(\d+)\)+\Z")
_BLANKS = re.compile(r"COUNTBLANK\('((?:[^']|'')+)'!([A-Z]+\d+)(?::([A-Z]+\d+))?\)")
_PLACES = re.compile(r"(ROW|COLUMN)\('((?:[^']|'')+)'!([A-Z]+)(\d+)\)")
_REFERENCE = re.compile(r"='((?:[^']|'')+)'!\$?([A-Z]+)\$?(\d+)\Z")
_LINK = re.compile(r'=HYPERLINK\("#.*","((?:[^"]|"")*)"\)\Z')
_STRUCTURED = re.compile(r"(\w+)\[(?:\[#This Row\],)?\[?([^\[\]]+)\]?\]")
_LITERAL = re.compile(
    r'"(?:[^"]|"")*"|[\\_*].|\[[^\]]*\]'
)  # of a number format: not what it shows of a number
_ALLOWED = {"activateSheet", "rangeSelect"}
UNKNOWN = "?"  # the value of a formula that this host does not calculate


class RefusedError(Exception):
    """Excel refuses because of what a person does or has set: a protected sheet, a cell that is being edited."""


class HostError(AssertionError):
    """Excel would refuse the action."""


@dataclass
class Cell:
    """One cell: a constant or a formula, its format, and whether an apostrophe made it text."""

    value: Any = None
    formula: str | None = None
    style: Any = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Cell:
        """A cell of its own; values and looks are replaced and never changed, so copies may share them."""
        return Cell(self.value, self.formula, self.style)


@dataclass
class Table:
    """An Excel table."""

    name: str
    area: tuple[int, int, int, int]
    style: str = ""
    filters: bool = True
    stripes: bool = True
    criteria: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Chart:
    """A chart: where it stands, what it reads, and what was set on it."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Sheet:
    """One sheet."""

    name: str
    visible: bool = True
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    rules: list[tuple[tuple[int, int, int, int], Any]] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    gridlines: bool = True
    protected: bool = False
    frozen: str | None = None

    def cell(self, row: int, column: int) -> Cell:
        return self.cells.setdefault((row, column), Cell())

    def content(self) -> dict[str, Any]:
        """What each cell that is not blank holds, by address: the formula, else the value."""
        return {
            f"{letters(column)}{row}": cell.formula or cell.value
            for (row, column), cell in sorted(self.cells.items())
            if cell.formula or cell.value is not None
        }

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)


class LiveExcel:
    """An open workbook, from a file that our own writer made."""

    def __init__(self, path: Path) -> None:
        self.sheets: list[Sheet] = []
        self.names: dict[str, str] = {}
        self.active = 0
        self.has_notes = True
        self.calculation = "automatic"
        self.calculated = 0
        self.from_1904 = False
        self.actions = 0
        self.bytes = 0
        self.largest = 0
        self.by_kind: dict[str, int] = {}
        self.bar: list[Any] = []
        book, stored = opened(path), opened(path, data_only=True)
        for worksheet in book.worksheets:
            self.sheets.append(_loaded(worksheet, stored[worksheet.title]))
        for name, defined in book.defined_names.items():
            self.names[name] = f"={defined.attr_text}"
        for title, charts in _charts_of(path).items():
            self.sheet(title).charts = charts

    def sheet(self, name: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.name == name)

    def put(self, sheet: str, address: str, *rows: Any, as_text: bool = False) -> None:
        """Type or paste as a person does: each of ``rows`` is a row of values, from the address on.

        What begins with an equals sign is a formula, unless pasted ``as_text`` from cells that hold it as text.
        """
        top, left = split(address)
        page = self.sheet(sheet)
        for row, values in enumerate(rows, start=top):
            for column, value in enumerate(
                values if isinstance(values, list | tuple) else [values], start=left
            ):
                cell = page.cell(row, column)
                if isinstance(value, str) and value.startswith("=") and not as_text:
                    cell.value, cell.formula = self._calculated(value), value
                else:
                    cell.value, cell.formula = value, None

    def rows(self, sheet: str) -> list[list[Any]]:
        """The values of a sheet from A1 on, as Python reads them."""
        cells = {
            place: cell.value for place, cell in self.sheet(sheet).cells.items() if cell.value is not None
        }
        height, width = (max((place[axis] for place in cells), default=1) for axis in (0, 1))
        return [[cells.get((row, column)) for column in range(1, width + 1)] for row in range(1, height + 1)]

    def named(self, name: str) -> Cell:
        title, row, column = self._target(self.names[name])
        return self.sheet(title).cell(row, column)

    def snapshot(self) -> dict[str, Any]:
        """All that a person could see or has set, for comparing before with after."""
        return {
            sheet.name: (
                sheet.content(),
                {place: cell.style for place, cell in sheet.cells.items() if cell.style},
                *copy.deepcopy(
                  (
                    [(table.name, table.area, table.filters, table.criteria) for table in sheet.tables],
                    [(chart.name, chart.settings) for chart in sheet.charts],
                    sheet.notes, sheet.rules, sheet.widths, sheet.heights, sheet.visible,
                  )
                ),
            )
            for sheet in self.sheets
        } | {"names": dict(self.names)}  # fmt: skip

    # --- what Excel sends -----------------------------------------------------------------------------------

    def payload(self) -> dict[str, Any]:
        """What xlwings' JavaScript sends to Python."""
        self._calculate()
        return json.loads(
            json.dumps(
                {
                    "client": "Office.js",
                    "version": "simulated",
                    "book": {
                        "name": "template.xlsx",
                        "active_sheet_index": self.active,
                        "selection": "A1",
                        "calculation": self.calculation.capitalize(),
                    },
                    "names": [self._name(name, text) for name, text in self.names.items()],
                    "sheets": [self._sheet_payload(sheet) for sheet in self.sheets],
                }
            )
        )

    def _name(self, name: str, text: str) -> dict[str, Any]:
        title, row, column = self._target(text)
        last = text.rpartition(":")[2].replace("$", "") if ":" in text else f"{letters(column)}{row}"
        return {
            "name": name,
            "sheet_index": next(i for i, sheet in enumerate(self.sheets) if sheet.name == title),
            "address": f"{letters(column)}{row}" + (f":{last}" if ":" in text else ""),
            "scope_sheet_name": None,
            "scope_sheet_index": None,
            "book_scope": True,
            "refers_to": text,
        }

    def _sheet_payload(self, sheet: Sheet) -> dict[str, Any]:
        filled = [place for place, cell in sheet.cells.items() if cell.value is not None or cell.formula]
        rows = max((row for row, _ in filled), default=0)
        columns = max((column for _, column in filled), default=0)
        values = [[""] * columns for _ in range(rows)]
        for row, column in filled:
            values[row - 1][column - 1] = _sent(sheet.cells[row, column])
        return {
            "name": sheet.name,
            "visibility": "Visible" if sheet.visible else "Hidden",
            "show_gridlines": sheet.gridlines,
            "print_area": None,
            "notes": [{"address": f"${letters(column)}${row}"} for row, column in sheet.notes],
            "notes_supported": self.has_notes,
            "used_range_address": f"A1:{letters(columns)}{rows}" if filled else None,
            "values": values or [[""]],
            "pictures": [],
            "shapes": [],
            "charts": [{"name": chart.name, "chart_type": "Line", "left": 0, "top": 0, "width": 1, "height": 1}
                       for chart in sheet.charts],
            "tables": [_table_payload(table) for table in sheet.tables],
            "pivot_tables": [],
        }  # fmt: skip

    # --- what Python sends back -----------------------------------------------------------------------------

    def apply(self, answer: dict[str, Any], fail_at: int | None = None) -> None:
        """Do what Python asks for, in order; what Excel would refuse fails the test.

        Where a person stands in the way, as on a protected sheet or from one action on, what comes after is not done.
        """
        answer = json.loads(json.dumps(answer, allow_nan=False))
        self.actions, self.bytes, self.largest, self.by_kind = 0, 0, 0, {}
        for action in answer["actions"]:
            if self.actions == fail_at:
                break
            try:
                self.do(action)
            except RefusedError:
                break
        self._calculate()

    def do(self, action: dict[str, Any]) -> None:
        """Do one action."""
        size = len(json.dumps(action))
        self.actions += 1
        self.bytes += size
        self.largest = max(self.largest, size)
        if size > MOST_BYTES:
            raise HostError(f"{action['func']}: {size:,} bytes in one request")
        if (
            action["sheet_position"] is not None
            and self._page(action).protected
            and action["func"] not in _ALLOWED
        ):
            raise RefusedError("The cell is on a protected sheet.")
        self.by_kind[action["func"]] = self.by_kind.get(action["func"], 0) + 1
        getattr(self, f"_do_{action['func']}")(action)

    def _page(self, action: dict[str, Any]) -> Sheet:
        return self.sheets[action["sheet_position"]]

    @staticmethod
    def _places(action: dict[str, Any]) -> Iterator[tuple[int, int]]:
        top, left = action["start_row"] + 1, action["start_column"] + 1
        for row in range(top, top + action["row_count"]):
            for column in range(left, left + action["column_count"]):
                yield row, column

    @staticmethod
    def _box(action: dict[str, Any]) -> tuple[int, int, int, int]:
        top, left = action["start_row"] + 1, action["start_column"] + 1
        return top, left, top + action["row_count"] - 1, left + action["column_count"] - 1

    def _matrix(self, action: dict[str, Any]) -> list[list[Any]]:
        matrix = action["values"]
        if [len(row) for row in matrix] != [action["column_count"]] * action["row_count"]:
            raise HostError(f"{action['func']}: the values do not fit the range")
        return matrix

    def _do_setValues(self, action: dict[str, Any]) -> None:
        self._set(action, self._matrix(action))

    def _do_setFormula(self, action: dict[str, Any]) -> None:
        if isinstance(action["values"], str):
            matrix = [[action["values"]] * action["column_count"]] * action["row_count"]
        else:
            matrix = self._matrix(action)
        self._set(action, matrix)

    def _set(self, action: dict[str, Any], matrix: list[list[Any]]) -> None:
        page = self._page(action)
        several = action["row_count"] * action["column_count"] > 1
        for (row, column), value in zip(
            self._places(action), (v for line in matrix for v in line), strict=True
        ):
            if several and isinstance(value, str) and len(value) > MOST_CHARACTERS:
                raise HostError(f"a text of {len(value):,} characters within an array")
            if value is None:
                continue  # Excel leaves the cell as it is
            cell = page.cell(row, column)
            cell.value, cell.formula = self._typed(value)
            if cell.formula:
                self._check_formula(cell.formula, page, row)

    def _typed(self, value: Any) -> tuple[Any, str | None]:
        """Read a value as Excel reads what is typed."""
        if not isinstance(value, str):
            return value, None
        if value == "":
            return None, None
        if len(value) > 32_768 or (len(value) > 32_767 and not value.startswith("'")):
            raise HostError("a text is too long for a cell")
        if value.startswith("'"):
            return value[1:], None
        if value.startswith("=") or (value[0] in "+-@" and len(value) > 1):
            formula = value if value.startswith("=") else f"={value}"
            return self._calculated(formula), formula
        if value in ERRORS:
            return value, None
        if value.casefold() in _TRUTH:
            return value.casefold() in {"true", "sant", "sann", "sand", "wahr", "vrai"}, None
        if _NUMBER.match(value) or _DATE.match(value):
            return 0.0, None  # some number, at any rate no text any more
        return value, None

    def _check_formula(self, formula: str, page: Sheet, row: int) -> None:
        if len(formula) > 8_192:
            raise HostError(f"a formula of {len(formula)} characters")
        bare = re.sub(r'"(?:[^"]|"")*"', '""', formula)
        for name, title in _STRUCTURED.findall(bare):
            found = [(sheet, table) for sheet in self.sheets for table in sheet.tables if table.name == name]
            if not found:
                raise HostError(f"{formula}: there is no table {name}")
            sheet, table = found[0]
            top, left, bottom, right = table.area
            titles = [sheet.cell(top, column).value for column in range(left, right + 1)]
            if title not in titles:
                raise HostError(f"{formula}: the table {name} has no column {title!r}, but {titles}")
            if f"{name}[[#This Row]" in bare and not (sheet is page and top < row <= bottom):
                raise HostError(f"{formula}: row {row} is not in the table {name}")
        plain = re.sub(r"\w+\[(?:[^\[\]]|\[[^\[\]]*\])*\]|'[^']*'!", "", bare)
        for name in re.findall(r"(?<![\w.])[a-z_]{3,}\w*(?![\w(!])", plain):
            if name not in self.names:
                raise HostError(f"{formula}: there is no name {name}")

    def _calculated(self, formula: str) -> Any:
        if formula == "=IF(DATE(1904,1,1)<1,1904,1900)":
            return 1904.0 if self.from_1904 else 1900.0
        if formula == "=NA()":
            return "#N/A"
        if found := _LINK.match(formula):
            return found[1].replace('""', '"')
        if "COUNTBLANK(" in formula:
            return float(sum(self._looking_blank(*found) for found in _BLANKS.findall(formula)))
        if found := _PROBE.match(formula):
            sheet = self.sheet(found[2].replace("''", "'"))
            column = split(f"{found[3]}1")[1]
            cells = [sheet.cells.get((row, column)) for row in range(int(found[4]), int(found[5]) + 1)]
            filled = found[1] == "COUNTA"
            return sum(1 for cell in cells if cell and (cell.formula or (filled and cell.value is not None)))
        if formula.startswith(("=ROW(", "=COLUMN(")):
            if "#REF!" in formula:
                return "#REF!"
            return ".".join(
                str(split(f"{column}{row}")[0 if axis == "ROW" else 1])
                for axis, _, column, row in _PLACES.findall(formula)
            )
        if found := _REFERENCE.match(formula):
            title = found[1].replace("''", "'")
            row, column = split(f"{found[2]}{found[3]}")
            if all(sheet.name != title for sheet in self.sheets):
                raise HostError(f"{formula}: there is no sheet {title}")
            cell = self.sheet(title).cells.get((row, column))
            return 0.0 if cell is None or cell.value is None else cell.value
        return UNKNOWN

    def _looking_blank(self, title: str, first: str, last: str) -> int:
        sheet, (top, left), (bottom, right) = (
            self.sheet(title.replace("''", "'")),
            split(first),
            split(last or first),
        )
        return sum(
            1
            for (row, column), cell in sheet.cells.items()
            if cell.value == "" and top <= row <= bottom and left <= column <= right
        )

    def _calculate(self) -> None:
        for sheet in self.sheets:
            for cell in sheet.cells.values():
                if not cell.formula:
                    continue
                found = _PROBE.match(cell.formula) or _REFERENCE.match(cell.formula)
                if cell.formula.startswith("=IF(DATE("):
                    cell.value = self._calculated(cell.formula)
                elif found or cell.formula.startswith(("=ROW(", "=COLUMN(", "=COUNTA('")):
                    titles = re.findall(r"'((?:[^']|'')+)'!", cell.formula)
                    there = {sheet.name for sheet in self.sheets} >= {
                        title.replace("''", "'") for title in titles
                    }
                    cell.value = self._calculated(cell.formula) if there else "#REF!"

    def _do_rangeClearContents(self, action: dict[str, Any]) -> None:
        for place in self._places(action):
            if place in self._page(action).cells:
                cell = self._page(action).cells[place]
                cell.value = cell.formula = None

    def _do_rangeClear(self, action: dict[str, Any]) -> None:
        page, box = self._page(action), self._box(action)
        for table in page.tables:
            if overlap(table.area, box) and not _inside(table.area, box):
                raise HostError(f"clearing {box} cuts the table {table.name} at {table.area}")
        for place in self._places(action):
            page.cells.pop(place, None)
        page.tables = [table for table in page.tables if not _inside(table.area, box)]

    def _do_rangeClearFormats(self, action: dict[str, Any]) -> None:
        page, box = self._page(action), self._box(action)
        for place in self._places(action):
            if place in page.cells:
                page.cells[place].style = None
        page.rules = [(area, rule) for area, rule in page.rules if not overlap(area, box)]

    def _do_copyFromRange(self, action: dict[str, Any]) -> None:
        position, address, kind, skip, transpose = action["args"]
        if (kind, skip, transpose) != ("formats", False, False):
            raise HostError(f"unexpected copy: {action['args']}")
        style = self.sheets[position].cell(*split(address.replace("$", ""))).style
        page = self._page(action)
        for row, column in self._places(action):
            page.cell(row, column).style = style
        # pasting formats takes away the rules of the cells
        box = self._box(action)
        page.rules = [(area, rule) for area, rule in page.rules if not overlap(area, box)]

    def _do_setNumberFormat(self, action: dict[str, Any]) -> None:
        self._restyle(action, "number_format", action["args"][0])

    def _do_setFontProperty(self, action: dict[str, Any]) -> None:
        self._restyle(action, f"font_{action['args'][0]}", action["args"][1])

    def _do_setRangeColor(self, action: dict[str, Any]) -> None:
        self._restyle(action, "fill", action["args"][0])

    def _do_setWrapText(self, action: dict[str, Any]) -> None:
        self._restyle(action, "wrap", action["args"][0])

    def _do_setHorizontalAlignment(self, action: dict[str, Any]) -> None:
        self._restyle(action, "horizontal", action["args"][0])

    def _do_setVerticalAlignment(self, action: dict[str, Any]) -> None:
        self._restyle(action, "vertical", action["args"][0])

    def _do_rangeAdjustIndent(self, action: dict[str, Any]) -> None:
        self._restyle(action, "indent", action["args"][0])

    def _do_setBorderProperty(self, action: dict[str, Any]) -> None:
        side, attribute, value = action["args"]
        self._restyle(action, f"{side}_{attribute}", value)

    def _restyle(self, action: dict[str, Any], key: str, value: Any) -> None:
        for row, column in self._places(action):
            cell = self._page(action).cell(row, column)
            cell.style = {**(cell.style or {}), key: value}

    def _do_setColumnWidth(self, action: dict[str, Any]) -> None:
        for _, column in self._places(action):
            self._page(action).widths[column] = action["args"][0]

    def _do_setRowHeight(self, action: dict[str, Any]) -> None:
        for row, _ in self._places(action):
            self._page(action).heights[row] = action["args"][0]

    def _do_addSheet(self, action: dict[str, Any]) -> None:
        position, name = action["args"]
        if any(sheet.name.casefold() == name.casefold() for sheet in self.sheets):
            raise HostError(f"there is a sheet {name} already")
        self.sheets.insert(position, Sheet(name))

    def _do_setSheetVisibility(self, action: dict[str, Any]) -> None:
        self._page(action).visible = action["args"][0] == "Visible"

    def _do_setShowGridlines(self, action: dict[str, Any]) -> None:
        self._page(action).gridlines = action["args"][0]

    def _do_freezePaneAtRange(self, action: dict[str, Any]) -> None:
        self._page(action).frozen = action["args"][0]

    def _do_activateSheet(self, action: dict[str, Any]) -> None:
        self.active = action["args"][0]

    def _do_rangeSelect(self, action: dict[str, Any]) -> None:
        if self.active != action["sheet_position"]:
            raise HostError("a cell can be selected only on the sheet in front")

    # --- tables ---------------------------------------------------------------------------------------------

    def _do_addTable(self, action: dict[str, Any]) -> None:
        address, has_headers, style, name = action["args"]
        area = _area(address)
        page = self._page(action)
        if not has_headers:
            raise HostError("a table without headers")
        if any(table.name.casefold() == name.casefold() for sheet in self.sheets for table in sheet.tables):
            raise HostError(f"there is a table {name} already")
        self._check_table(page, name, area)
        page.tables.append(Table(name, area, style))

    def _check_table(self, page: Sheet, name: str, area: tuple[int, int, int, int]) -> None:
        top, left, bottom, right = area
        titles = [page.cell(top, column).value for column in range(left, right + 1)]
        if (
            bottom <= top
            or not all(isinstance(t, str) and t for t in titles)
            or len(set(titles)) < len(titles)
        ):
            raise HostError(f"the table {name} at {area} has the header {titles}")
        for other in page.tables:
            if other.name != name and overlap(other.area, area):
                raise HostError(f"the table {name} at {area} overlaps {other.name} at {other.area}")

    def _do_resizeTable(self, action: dict[str, Any]) -> None:
        table, area = self._page(action).tables[action["args"][0]], _area(action["args"][1])
        if area[:2] != table.area[:2] or not overlap(area, table.area):
            raise HostError(f"the header of {table.name} would move from {table.area} to {area}")
        self._check_table(self._page(action), table.name, area)
        table.area = area

    def _do_showTableStyleRowStripes(self, action: dict[str, Any]) -> None:
        self._page(action).tables[action["args"][0]].stripes = action["args"][1]

    def _do_showAutofilterTable(self, action: dict[str, Any]) -> None:
        self._page(action).tables[action["args"][0]].filters = action["args"][1]

    def _do_clearAutoFilterTable(self, action: dict[str, Any]) -> None:
        table, field_number = action["args"]
        criteria = self._page(action).tables[table].criteria
        criteria.clear() if field_number is None else criteria.pop(field_number, None)

    def _do_applyAutoFilterTable(self, action: dict[str, Any]) -> None:
        table, field_number, spec = action["args"]
        self._page(action).tables[table].criteria[field_number] = spec

    # --- rows and columns -----------------------------------------------------------------------------------

    def _do_rangeInsert(self, action: dict[str, Any]) -> None:
        top, left, bottom, right = self._box(action)
        shift = action["args"][0]
        if shift == "down" and (left, right) == (1, LAST_COLUMN):
            self._shift(self._page(action), 0, top, bottom - top + 1)
        elif shift == "right" and (top, bottom) == (1, LAST_ROW):
            self._shift(self._page(action), 1, left, right - left + 1)
        else:
            raise HostError("only whole rows and columns may be put in")

    def _do_rangeDelete(self, action: dict[str, Any]) -> None:
        top, left, bottom, right = self._box(action)
        shift = action["args"][0]
        if shift == "up" and (left, right) == (1, LAST_COLUMN):
            self._shift(self._page(action), 0, top, top - bottom - 1)
        elif shift == "left" and (top, bottom) == (1, LAST_ROW):
            self._shift(self._page(action), 1, left, left - right - 1)
        else:
            raise HostError("only whole rows and columns may be taken out")

    def _shift(self, page: Sheet, axis: int, at: int, count: int) -> None:  # noqa: C901 - a case for all that moves
        def moved(number: int) -> int | None:
            if number < at:
                return number
            if count < 0 and number < at - count:
                return None
            return number + count

        def place(key: tuple[int, int]) -> tuple[int, int] | None:
            new = moved(key[axis])
            return None if new is None else (new, key[1]) if axis == 0 else (key[0], new)

        def stretch(area: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
            first, last = area[axis], area[axis + 2]
            inside = [n for n in (moved(number) for number in range(first, last + 1)) if n is not None]
            if not inside:
                return None
            new = list(area)
            new[axis], new[axis + 2] = inside[0], inside[-1]
            return tuple(new)  # type: ignore[return-value]

        above = {key: cell.style for key, cell in page.cells.items() if key[axis] == at - 1}
        page.cells = {new: cell for key, cell in page.cells.items() if (new := place(key))}
        if count > 0:
            # what is put in looks like what stands before it
            for (row, column), style in above.items():
                for extra in range(at, at + count):
                    new_key = (extra, column) if axis == 0 else (row, extra)
                    page.cells[new_key] = Cell(style=style)
        page.notes = {new: text for key, text in page.notes.items() if (new := place(key))}
        sizes = page.heights if axis == 0 else page.widths
        changed = {new: size for number, size in sizes.items() if (new := moved(number))}
        sizes.clear()
        sizes.update(changed)
        kept = []
        for table in page.tables:
            area = stretch(table.area)
            if area is not None:
                table.area = area
                kept.append(table)
        page.tables = kept
        page.rules = [(new, rule) for area, rule in page.rules if (new := stretch(area))]
        self._shift_references(page, place, stretch)
        for name, text in list(self.names.items()):
            title, row, column = self._target(text)
            if title == page.name and (new := place((row, column))) and ":" not in text:
                self.names[name] = f"='{title}'!${letters(new[1])}${new[0]}"

    def _shift_references(self, page: Sheet, place: Any, stretch: Any) -> None:
        """Let the formulas of other sheets that watch cells and count follow them."""
        start = "'" + page.name.replace("'", "''") + "'!"
        pattern = re.compile(re.escape(start) + r"([A-Z]+\d+)(?::([A-Z]+\d+))?")

        def follow(found: re.Match[str]) -> str:
            first, last = split(found[1]), split(found[2] or found[1])
            area = stretch((*first, *last))
            if area is None:
                return "#REF!"
            cells = [f"{letters(area[1])}{area[0]}", f"{letters(area[3])}{area[2]}"]
            return start + ":".join(cells if found[2] else cells[:1])

        for sheet in self.sheets:
            if sheet is page or sheet.visible:
                continue
            for cell in sheet.cells.values():
                if cell.formula and start in cell.formula:
                    cell.formula = pattern.sub(follow, cell.formula)

    # --- names, notes, rules, charts ------------------------------------------------------------------------

    @staticmethod
    def _target(text: str) -> tuple[str, int, int]:
        title, _, address = text.removeprefix("=").rpartition("!")
        row, column = split(address.replace("$", "").partition(":")[0])
        return title.strip("'").replace("''", "'"), row, column

    def _do_namesAdd(self, action: dict[str, Any]) -> None:
        name, text = action["args"]
        if name in self.names:
            raise HostError(f"there is a name {name} already")
        self.sheet(self._target(text)[0])
        self.names[name] = text

    def _do_setNameRefersTo(self, action: dict[str, Any]) -> None:
        name, _, _, text = action["args"]
        self.sheet(self._target(text)[0])
        self.names[name] = text

    def _do_nameDelete(self, action: dict[str, Any]) -> None:
        del self.names[action["args"][2]]

    def _do_addNote(self, action: dict[str, Any]) -> None:
        place = split(action["args"][0].replace("$", ""))
        if place in self._page(action).notes:
            raise HostError(f"there is a note on {place} already")
        self._page(action).notes[place] = action["args"][1]

    def _do_setNoteText(self, action: dict[str, Any]) -> None:
        place = split(action["args"][0].replace("$", ""))
        if place not in self._page(action).notes:
            raise HostError(f"there is no note on {place}")
        self._page(action).notes[place] = action["args"][1]

    def _do_deleteNote(self, action: dict[str, Any]) -> None:
        self._page(action).notes.pop(split(action["args"][0].replace("$", "")), None)

    def _do_clearConditionalFormats(self, action: dict[str, Any]) -> None:
        page, box = self._page(action), self._box(action)
        page.rules = [(area, rule) for area, rule in page.rules if not overlap(area, box)]

    def _do_addConditionalFormat(self, action: dict[str, Any]) -> None:
        self._page(action).rules.insert(0, (self._box(action), action["args"][0]))

    def _do_addChart(self, action: dict[str, Any]) -> None:
        name, kind, sheet, source, left, top, width, height, by, anchor, style = action["args"]
        page = self._page(action)
        if any(chart.name == name for chart in page.charts):
            raise HostError(f"there is a chart {name} already")
        self.sheet(sheet)
        place = {"left": left, "top": top, "width": width, "height": height, "anchor": anchor}
        page.charts.append(
            Chart(name, {"kind": kind, "source": (sheet, source, by), "style": style, **place})
        )

    def _chart(self, action: dict[str, Any]) -> dict[str, Any]:
        return self._page(action).charts[action["args"][0]].settings

    def _do_setChartSourceData(self, action: dict[str, Any]) -> None:
        self._chart(action)["source"] = tuple(action["args"][1:])

    def _do_setChartXAxisValues(self, action: dict[str, Any]) -> None:
        self._chart(action)["categories"] = tuple(action["args"][1:])

    def _do_setChartTitle(self, action: dict[str, Any]) -> None:
        self._chart(action)["title"] = action["args"][1]

    def _do_setChartLegend(self, action: dict[str, Any]) -> None:
        self._chart(action)["legend"] = action["args"][1:]

    def _do_setChartSeries(self, action: dict[str, Any]) -> None:
        self._chart(action).setdefault("series", {})[action["args"][1]] = action["args"][2]

    def _do_setChartAxis(self, action: dict[str, Any]) -> None:
        self._chart(action).setdefault("axes", []).append(action["args"][1:])

    def _do_setChartPosition(self, action: dict[str, Any]) -> None:
        self._chart(action)[action["args"][1]] = action["args"][2]

    def _do_deleteChart(self, action: dict[str, Any]) -> None:
        del self._page(action).charts[action["args"][0]]


def _loaded(worksheet: Any, stored: Any) -> Sheet:
    sheet = Sheet(worksheet.title, visible=worksheet.sheet_state == "visible")
    styles: dict[int, dict[str, Any]] = {}
    sheet.gridlines = bool(worksheet.sheet_view.showGridLines)
    for line in worksheet.iter_rows():
        for cell in line:
            if cell.value is None and not cell.has_style and cell.comment is None:
                continue
            formula = cell.value if cell.data_type == "f" else None
            value = stored[cell.coordinate].value if formula else cell.value
            if isinstance(value, datetime):
                value = (value - EPOCH) / timedelta(days=1)
            sheet.cells[cell.row, cell.column] = Cell(value, formula, known_style(cell, styles))
            if cell.comment is not None:
                sheet.notes[cell.row, cell.column] = cell.comment.text
    for table in worksheet.tables.values():
        sheet.tables.append(
            Table(table.name, _area(table.ref), filters=table.autoFilter is not None, stripes=False)
        )
    for letter, dimension in worksheet.column_dimensions.items():
        sheet.widths[split(f"{letter}1")[1]] = dimension.width
    for row, dimension in worksheet.row_dimensions.items():
        if dimension.height is not None:
            sheet.heights[row] = dimension.height
    return sheet


def _charts_of(path: Path) -> dict[str, list[Chart]]:
    """The charts of each sheet by their names, which openpyxl does not tell."""
    found: dict[str, list[Chart]] = {}
    parts = Workbook(path)
    for title, part in parts.files.items():
        for target in parts.relations(part).values():
            if "/drawings/drawing" in target:
                names = re.findall(rb'<(?:\w+:)?cNvPr [^>]*name="([^"]*)"', parts.parts[target])
                found[title] = [Chart(html.unescape(name.decode())) for name in names]
    return found


def opened(path: Path, **options: bool) -> openpyxl.Workbook:
    """A workbook as openpyxl reads it, without its remarks on what it does not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(path, **options)


def style_of(cell: Any) -> dict[str, Any]:
    """The look of a cell of openpyxl's, so that two can be compared."""
    font, fill, border, alignment = cell.font, cell.fill, cell.border, cell.alignment
    return {
        "number_format": cell.number_format,
        "font": (font.name, font.sz, bool(font.b), bool(font.i), font.u, _colour(font.color)),
        "fill": fill.fgColor.rgb if fill.fill_type else None,
        "border": tuple(
            (side.style, _colour(side.color))
            for side in (border.left, border.right, border.top, border.bottom)
        ),
        "alignment": (alignment.horizontal, alignment.vertical, bool(alignment.wrap_text), alignment.indent),
    }


def known_style(cell: Any, known: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """The look of a cell, asked for once a style of its workbook."""
    number = cell.style_id
    if number not in known:
        known[number] = style_of(cell)
    return known[number]


def _colour(colour: Any) -> str | None:
    """The colour as digits; one of the theme has none."""
    return colour.rgb if colour is not None and isinstance(colour.rgb, str) else None


def is_date(form: str) -> bool:
    """Whether a number format shows a day or a time."""
    return re.search("[ymdhs]", _LITERAL.sub("", form), re.IGNORECASE) is not None


def _sent(cell: Cell) -> Any:
    """A value as xlwings' JavaScript sends it: what looks like a date to a person is a date."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.isoformat()}.000Z"
    form = (cell.style or {}).get("number_format", "")
    if isinstance(value, int | float) and not isinstance(value, bool) and is_date(form):
        return f"{(EPOCH + timedelta(days=value)).isoformat()}.000Z"
    return value


def _table_payload(table: Table) -> dict[str, Any]:
    top, left, bottom, right = table.area

    def address(first: int, last: int) -> str:
        return f"{letters(left)}{first}:{letters(right)}{last}"

    return {
        "name": table.name,
        "range_address": address(top, bottom),
        "row_count": bottom - top + 1,
        "column_count": right - left + 1,
        "columns": [],
        "header_row_range_address": address(top, top),
        "data_body_range_address": address(top + 1, bottom),
        "total_row_range_address": None,
        "show_headers": True,
        "show_totals": False,
        "table_style": table.style,
        "show_autofilter": table.filters,
        "show_table_style_first_column": False,
        "show_table_style_last_column": False,
        "show_table_style_row_stripes": table.stripes,
        "show_table_style_column_stripes": False,
    }


def _area(address: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = range_boundaries(address.replace("$", ""))
    return top, left, bottom, right


def overlap(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> bool:
    return one[0] <= two[2] and two[0] <= one[2] and one[1] <= two[3] and two[1] <= one[3]


def _inside(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> bool:
    return one[0] >= two[0] and one[1] >= two[1] and one[2] <= two[2] and one[3] <= two[3]
