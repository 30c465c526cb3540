"""What somebody filled into the input sheets: orders, spend, customers, parameters and a segment map.

A workbook file and a workbook that is open in Excel go the same way once their cells are read, so that the
headless refresh and the one behind the button have the same inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError, did_you_mean
from clv_xl.metrics.segments import SegmentMap
from clv_xl.orders.filled_customers import customer_data_of_rows
from clv_xl.orders.filled_map import segment_map_of_rows
from clv_xl.orders.filled_parameters import FilledCell, ParameterCells, cells_of_sheet, parameters_of_cells
from clv_xl.orders.filled_spend import spend_of_rows
from clv_xl.orders.input_sheets import (
    CUSTOMER_DATA,
    ORDERS,
    PARAMETER_SHEET,
    SEGMENT_MAP,
    SPEND,
    is_report,
)
from clv_xl.orders.sentences import hint
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.orders.template_words import in_english, sheet_called
from clv_xl.orders.workbook_file import WorkbookFile
from clv_xl.parameters import PARAMETERS, with_segment_map
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from clv_xl.orders.filled_customers import CustomerData
    from clv_xl.orders.filled_spend import Spend
    from clv_xl.orders.guard import GuardLimits
    from clv_xl.parameters import Parameters
    from clv_xl.said import Said

__all__ = [
    "CUSTOMER_DATA",
    "ORDERS",
    "PARAMETER_SHEET",
    "SEGMENT_MAP",
    "SPEND",
    "FilledInputs",
    "inputs_from_sheets",
    "read_filled",
]

CUSTOMER_LIST: Final = "Customer list"
"""A page of the report, and not a sheet of customer data under another title."""

_NAMES: Final = frozenset(spec.name for spec in PARAMETERS)


@dataclass(frozen=True, eq=False, slots=True)
class FilledInputs:
    """Everything that a report is made from, read and typed; the orders still as they stand.

    Attributes
    ----------
    orders : SheetRows
        The used range of the sheet Orders. Cleaning and accounting come with the report.
    parameters : Parameters
        With the segment map, if it is one of the user's own.
    spend : Spend or None
        Rows of spend; None where the sheet is blank or missing.
    customer_data : CustomerData or None
        Attributes of customers; None where the sheet is blank or missing.
    notices : tuple of str
        What a reader should know about the inputs: missing cells, odd names, columns left out.
    """

    orders: SheetRows
    parameters: Parameters
    spend: Spend | None = None
    customer_data: CustomerData | None = None
    notices: tuple[str, ...] = ()

    @property
    def segment_map(self) -> SegmentMap | None:
        """The user's own segment map; None where the default one holds."""
        return self.parameters.segment_map


def read_filled(path: Path, limits: GuardLimits | None = None) -> FilledInputs:
    """Read a filled template. The file is never written, and no macro in it is run.

    Parameters
    ----------
    path : pathlib.Path
        An .xlsx or .xlsm workbook with the input sheets of the template.
    limits : GuardLimits, optional
        How much it may unpack to.

    Raises
    ------
    InputError
        If the file is no sound workbook, lacks the sheets Orders and Parameters, holds formulas without
        stored values, or a sheet cannot be understood. The message names the file and the cell.
    UsageError
        If a parameter is not allowed; the message names the cell, the value and what is allowed.
    """
    book = WorkbookFile(path, limits)
    named = {name: place for name, place in book.names.items() if name in _NAMES}
    sheet = sheet_called(PARAMETER_SHEET, book.titles)
    if sheet_called(ORDERS, book.titles) is None:
        raise InputError(_no_orders(book.titles, book.name))
    if sheet is None and not any(place and book.title(place.sheet) for place in named.values()):
        raise InputError(_no_parameters(book.titles, book.name))
    values: dict[str, dict[tuple[int, int], object]] = {}
    for title in filter(None, (sheet, *(place.sheet for place in named.values() if place))):
        known = book.title(title)
        if known is not None and known not in values:
            values[known] = book.values(known)
    cells = ParameterCells({}) if sheet is None else cells_of_sheet(sheet, values[sheet])
    found = dict(cells.values)
    for name, place in named.items():
        home = book.title(place.sheet) if place else None
        if place is not None and home is not None:
            found[name] = FilledCell(values[home].get((place.row, place.column)), str(place))
    tables = {
        title: book.rows(known)
        for title in (ORDERS, SPEND, CUSTOMER_DATA, SEGMENT_MAP)
        if (known := sheet_called(title, book.titles)) is not None
    }
    return _assembled(tables, replace(cells, values=found), book.titles, book.name)


def inputs_from_sheets(
    sheets: Mapping[str, Sequence[Sequence[object]]], names: Mapping[str, object], book: str = ""
) -> FilledInputs:
    """Return the inputs of a workbook that is open, from the values of its sheets.

    Parameters
    ----------
    sheets : Mapping of str to rows
        Sheet title -> the values of its used range **from A1 on**, row by row: text, float, bool, datetime,
        None. Errors should come as their texts (``#N/A``): as None they cannot be told from blank cells.
        Orders is needed; Spend, Customer data, Segment map and Parameters are used where they are there, in
        whatever language of the template.
    names : Mapping of str to object
        Defined name of a parameter -> the value of its cell.
    book : str
        Name of the workbook, for messages and for the page Data quality; may be empty.

    Raises
    ------
    InputError
        If there is no sheet Orders, or a sheet cannot be understood.
    UsageError
        If a parameter is not allowed; the message names the cell, the value and what is allowed.

    Examples
    --------
    >>> orders = [["customer_id", "order_date", "amount"], ["a", "2025-01-31", 120.0]]
    >>> inputs = inputs_from_sheets({"Orders": orders}, {"gross_margin": 0.4, "rfm_bins": None})
    >>> inputs.parameters.gross_margin, inputs.parameters.rfm_bins, inputs.orders.cell(2, 2)
    (0.4, 5, 'Orders!C2')
    """
    if sheet_called(ORDERS, sheets) is None:
        raise InputError(_no_orders(tuple(sheets), book))
    sheet = sheet_called(PARAMETER_SHEET, sheets)
    if sheet is None and not _NAMES & set(names):
        raise InputError(_no_parameters(tuple(sheets), book))
    cells = ParameterCells({})
    if sheet is not None:
        values = {
            (row, column): value
            for row, line in enumerate(sheets[sheet], start=1)
            for column, value in enumerate(line, start=1)
            if value is not None
        }
        cells = cells_of_sheet(sheet, values)
    found = dict(cells.values)
    for name in _NAMES & set(names):
        cell = found.get(name)
        found[name] = FilledCell(names[name], cell.place if cell else "")
    tables = {
        title: SheetRows.of_values(sheets[known], known, book)
        for title in (ORDERS, SPEND, CUSTOMER_DATA, SEGMENT_MAP)
        if (known := sheet_called(title, sheets)) is not None
    }
    return _assembled(tables, replace(cells, values=found), tuple(sheets), book)


def _assembled(
    tables: Mapping[str, SheetRows], cells: ParameterCells, titles: Sequence[str], book: str
) -> FilledInputs:
    """Type everything but the orders; from here on it is all the same where the cells came from."""
    parameters, notices = parameters_of_cells(cells, book)
    told = [*notices, *_renamed(tables, titles)]
    if SEGMENT_MAP in tables and tables[SEGMENT_MAP].height:
        segment_map, notices = segment_map_of_rows(tables[SEGMENT_MAP])
        # the template comes with the default map: left as it is, it fits any number of scores
        if segment_map is not None and segment_map != SegmentMap.default(segment_map.bins):
            where = f"{book}: sheet {SEGMENT_MAP}" if book else f"Sheet {SEGMENT_MAP}"
            parameters = with_segment_map(parameters, segment_map, where)
            told.extend(notices)
    spend = None
    if SPEND in tables:
        spend = spend_of_rows(tables[SPEND], _named(tables[SPEND]), parameters.currency)
    customers = None
    if CUSTOMER_DATA in tables:
        customers = customer_data_of_rows(tables[CUSTOMER_DATA], _named(tables[CUSTOMER_DATA]))
    told.extend(customers.notices if customers else ())
    return FilledInputs(tables[ORDERS], parameters, spend, customers, tuple(told))


def _named(table: SheetRows) -> Said:
    """Name a sheet as sentences do."""
    return say("the {title} sheet", title=table.sheet)


def _renamed(tables: Mapping[str, SheetRows], titles: Sequence[str]) -> list[str]:
    """Tell an input sheet that may be missing, but seems to stand there under another title."""
    others = [title for title in titles if in_english(title) not in {*tables, CUSTOMER_LIST}]
    hints = {
        title: hint(title, others) for title in (SPEND, CUSTOMER_DATA, SEGMENT_MAP) if title not in tables
    }
    return [
        say('There is no sheet "{title}", so it is taken as not given.', title=title) + close
        for title, close in hints.items()
        if close
    ]


def _no_orders(titles: Sequence[str], book: str) -> str:
    if is_report(titles):
        return (
            f"{book or 'The workbook'} is a report: it holds figures, and no orders. Refresh the template that it came"
            " from, or make the report from the order files again: clv-xl report."
        )
    hint = did_you_mean(ORDERS, titles) or next(
        (f' Did you mean "{title}"?' for title in titles if ORDERS.casefold() in title.casefold()), ""
    )
    rename = f' Name the sheet with the orders "{ORDERS}".' if hint else ""
    return f'{book or "The workbook"} has no sheet "{ORDERS}".{hint}{rename or _listed(titles)}'


def _no_parameters(titles: Sequence[str], book: str) -> str:
    return (
        f'{book or "The workbook"} has no sheet "{PARAMETER_SHEET}" and no cell with the name of a parameter, so it is'
        f" no filled template.{_listed(titles)} Paste the orders into a new template, or make the report from the"
        " orders alone: clv-xl report."
    )


def _listed(titles: Sequence[str]) -> str:
    shown = ", ".join(f'"{title}"' for title in titles[:20])
    return f" Sheets found: {shown}{' and more' if len(titles) > 20 else ''}."
