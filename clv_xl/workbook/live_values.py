"""The cells of a sheet as a running Excel is given them: constants and formulas, each as an array from A1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.limits import (
    MAX_CELL_TEXT,
    check_formula,
    check_integer,
    check_number,
    check_position,
    column_letters,
)
from clv_xl.workbook.cells import clean_text, date_serial, plain_value, typed_text
from clv_xl.workbook.looks import look_key
from clv_xl.workbook.sheet import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clv_xl.workbook.sheet import Bulk, BulkColumn, Cell, Sheet

__all__ = ["LiveValues", "live_constant", "live_values"]

NOT_AVAILABLE: Final = "=NA()"
"""The error value #N/A: as a text it would depend on the language of Excel."""

LONG_TEXT: Final = 8_000
"""Longer texts are set one by one: Excel refuses them within an array."""

_ANY_FORMULA: Final = 1


@dataclass(frozen=True, slots=True)
class LiveValues:
    """A sheet as arrays that begin with A1.

    Attributes
    ----------
    own : ndarray of bool
        Which cells are the sheet's: those with content, and all of a table. A cell that only has a look may be
        written in by a reader.
    constants : ndarray of object
        Numbers, flags and texts ready to be set; "" where a cell is blank or holds a formula.
    formulas : ndarray of object
        Formulas, "" elsewhere.
    kinds : ndarray of int
        0 without a formula; equal above 1 where one and the same formula fills a column.
    looks : ndarray of int
        Number of the style in ``keys``, from 1 on; 0 outside.
    keys : tuple of str
        Keys of the styles.
    """

    own: NDArray[np.bool_]
    constants: NDArray[np.object_]
    formulas: NDArray[np.object_]
    kinds: NDArray[np.int_]
    looks: NDArray[np.int_]
    keys: tuple[str, ...]


def live_constant(value: object, where: str) -> str | float | bool:
    """Return a value as it is set in a cell.

    Dates become day numbers: a date would be read in the reader's own order of day and month, and would change
    the format of the cell.

    Raises
    ------
    LimitError
        If Excel cannot hold it.

    Examples
    --------
    >>> from datetime import date
    >>> [live_constant(value, "A1") for value in ("=1+1", 2.5, True, date(2025, 1, 31), None)]
    ["'=1+1", 2.5, True, 45688, '']
    """
    plain = plain_value(value)
    if plain is None or plain == "":
        return ""
    if isinstance(plain, str):
        text = typed_text(clean_text(plain, where))
        if text.startswith("'") and len(plain) >= MAX_CELL_TEXT:
            # the apostrophe counts while it is being set
            clean_text(text, where)
        return text
    if isinstance(plain, bool):
        return plain
    if isinstance(plain, date):
        return date_serial(plain, where)
    if isinstance(plain, int):
        check_integer(plain, where)
        # Excel on the Mac passes over larger whole numbers without a word
        return plain if abs(plain) < 2**31 else float(plain)
    check_number(plain, where)
    return plain + 0.0


def live_values(sheet: Sheet) -> LiveValues:
    """Return the cells of a sheet, checked, with the formula of each link.

    Raises
    ------
    LimitError
        If Excel cannot hold one of them; the message names the cell.
    """
    rows = max((cell.row for cell in sheet.cells), default=1)
    columns = max((cell.column for cell in sheet.cells), default=1)
    bulk = sheet.bulk
    if bulk is not None:
        rows = max(rows, bulk.row + max(bulk.rows, 1))
        columns = max(columns, bulk.column + len(bulk.columns) - 1)
    check_position(rows, columns, f"sheet {sheet.title}")
    found = LiveValues(
        own=np.zeros((rows, columns), dtype=bool),
        constants=np.full((rows, columns), "", dtype=object),
        formulas=np.full((rows, columns), "", dtype=object),
        kinds=np.zeros((rows, columns), dtype=np.int64),
        looks=np.zeros((rows, columns), dtype=np.int64),
        keys=(),
    )
    keys: dict[str, int] = {}
    for cell in sheet.cells:
        _put(found, cell, f"sheet {sheet.title}, {column_letters(cell.column)}{cell.row}")
        found.looks[cell.row - 1, cell.column - 1] = keys.setdefault(look_key(cell.style), len(keys) + 1)
    if bulk is not None:
        _put_bulk(found, bulk, f"sheet {sheet.title}", keys)
    for number, (row, column, last) in enumerate(_calculated(sheet), start=_ANY_FORMULA + 1):
        found.kinds[row - 1 : last, column - 1] = number
    for table in sheet.tables:
        area = table.area
        found.own[area.first_row - 1 : area.last_row, area.first_column - 1 : area.last_column] = True
    return LiveValues(found.own, found.constants, found.formulas, found.kinds, found.looks, tuple(keys))


def _put(found: LiveValues, cell: Cell, where: str) -> None:
    row, column = cell.row - 1, cell.column - 1
    formula = _formula(cell, where)
    if formula:
        found.formulas[row, column] = formula
        found.kinds[row, column] = _ANY_FORMULA
        found.own[row, column] = True
    else:
        constant = live_constant(cell.value, where)
        found.constants[row, column] = constant
        found.own[row, column] = constant != ""


def _formula(cell: Cell, where: str) -> str:
    if isinstance(cell.value, Formula):
        check_formula(cell.value.text, where)
        return cell.value.text
    if isinstance(cell.value, float) and math.isnan(cell.value):
        return NOT_AVAILABLE
    if cell.link is not None and isinstance(cell.value, str):
        # a formula works in every Excel; a hyperlink set from outside may point into the file's folder
        target = cell.link.replace("'", "''").replace('"', '""')
        shown = clean_text(cell.value, where).replace('"', '""')
        formula = f'=HYPERLINK("#\'{target}\'!A1","{shown}")'
        check_formula(formula, where)
        return formula
    return ""


def _put_bulk(found: LiveValues, bulk: Bulk, where: str, keys: dict[str, int]) -> None:
    first, last = bulk.row, bulk.row + bulk.rows
    for number, column in enumerate(bulk.columns, start=bulk.column - 1):
        place = f"{where}, {column_letters(number + 1)}"
        found.own[first - 1 : max(last, first + 1), number] = True
        found.constants[first - 1, number] = live_constant(column.title, f"{place}{first}")
        found.looks[first - 1, number] = keys.setdefault(
            look_key(column.header_style or bulk.header_style), len(keys) + 1
        )
        found.looks[first : max(last, first + 1), number] = keys.setdefault(
            look_key(column.style), len(keys) + 1
        )
        if not bulk.rows:
            continue
        if column.formula is not None:
            check_formula(column.formula, f"{place}{first + 1}")
            found.formulas[first:last, number] = column.formula
            found.kinds[first:last, number] = _ANY_FORMULA
        else:
            found.constants[first:last, number] = _column(column, place, first + 1)


def _column(column: BulkColumn, place: str, first: int) -> list[str | float | bool]:
    if column.kind == "text":
        return [live_constant(value, f"{place}{row}") for row, value in enumerate(column.values, start=first)]
    return [
        "" if _is_blank(value) else live_constant(_typed(value, column.kind), f"{place}{row}")
        for row, value in enumerate(_listed(column.values), start=first)
    ]


def _listed(values: Any) -> list[object]:  # a sequence or an array
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        days: list[object] = values.astype("datetime64[D]").tolist()
        return days
    return list(values)


def _is_blank(value: object) -> bool:
    # NaN and NaT alone differ from themselves
    return value is None or value != value  # noqa: PLR0124


def _typed(value: Any, kind: str) -> object:  # of the column's kind
    if kind == "flag":
        return bool(value)
    return int(value) if kind == "integer" else value


def _calculated(sheet: Sheet) -> list[tuple[int, int, int]]:
    """Return first row, column and last row of every column that one formula fills."""
    found = []
    for table in sheet.tables:
        titles = dict(table.calculated)
        found += [
            (table.area.first_row + 1, table.area.first_column + place, table.area.last_row)
            for place, title in enumerate(table.columns)
            if title in titles
        ]
    if sheet.bulk is not None and sheet.bulk.rows:
        found += [
            (sheet.bulk.row + 1, sheet.bulk.column + place, sheet.bulk.row + sheet.bulk.rows)
            for place, column in enumerate(sheet.bulk.columns)
            if column.formula is not None
        ]
    return found
