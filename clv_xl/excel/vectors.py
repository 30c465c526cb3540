"""Whole columns, read with each other row by row: headers skipped, lengths checked, cells typed."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.errors import UsageError
from clv_xl.excel.answers import CellError
from clv_xl.excel.cells import (
    FIRST_SERIAL,
    LAST_SERIAL,
    SERIAL_ZERO,
    error_cell,
    is_blank,
    mark_of,
    plain_numbers,
    raised,
    read_date,
    read_number,
    read_text,
)
from clv_xl.excel.grid import Grid, grid_of
from clv_xl.metrics.occasions import CUSTOMERS, NO_CUSTOMER_TEXTS, customer_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.excel.arguments import Parameter

__all__ = ["has_header", "is_header", "read_vectors"]

_EPOCH: Final = date(1970, 1, 1).toordinal()
_SERIAL_EPOCH: Final = _EPOCH - SERIAL_ZERO.toordinal()
_FIRST_DAY: Final = np.datetime64("1900-03-01", "D")
_NOBODY: Final = frozenset(NO_CUSTOMER_TEXTS)
_MISTYPED: Final = re.compile(
    r"[-+(.,\u2212]*\s*(?:[€$£]|kr\.?|sek|nok|dkk|isk|eur|usd|gbp)?\s*[0-9]", re.IGNORECASE
)
"""How a number or date begins that is written wrongly: a first row with it is a slip, not a header."""


def is_header(item: object, kind: str) -> bool:
    """Tell whether a cell can only be the title of a column of this kind: a text that is not meant as a value.

    Examples
    --------
    >>> is_header("Amount", "numbers"), is_header("12,50", "numbers"), is_header("#N/A", "numbers")
    (True, False, False)
    >>> is_header("31/01/2024", "dates"), is_header("kr 100", "numbers")
    (False, False)
    """
    if (
        not isinstance(item, str)
        or is_blank(item)
        or error_cell(item, "")
        or _MISTYPED.match(read_text(item))
    ):
        return False
    found = (
        read_date(item, "") if kind in {"date", "dates"} else read_number(item, "", mark=".", percent=True)
    )
    return isinstance(found, CellError)


def has_header(columns: Sequence[tuple[str, Sequence[Any]]]) -> bool:
    """Tell whether the first row of a table is its header, from the columns that hold numbers or dates.

    It is one when at least one of them begins with a text that is no number (or date), the next cell of that
    column that is not blank reads as one, and none of them begins with a number or date.

    Examples
    --------
    >>> has_header([("dates", ["Date", 45322]), ("numbers", ["Amount", 5])])
    True
    >>> has_header([("dates", [45322, 45323]), ("numbers", ["Amount", 5])])
    False
    """
    titled = False
    for kind, cells in columns:
        if len(cells) < 2:
            return False
        first = cells[0]
        if is_blank(first):
            continue
        if not is_header(first, kind):
            return False
        follows = next((item for item in cells[1:] if item is not None and not is_blank(item)), None)
        titled |= follows is None or not is_header(follows, kind)
    return titled


def read_vectors(
    parameters: Sequence[Parameter], raw: Sequence[object]
) -> list[np.ndarray[Any, Any] | float | None]:
    """Read the columns of a call.

    Parameters
    ----------
    parameters : sequence of Parameter
        Columns only, of one call.
    raw : sequence
        What a host sent for each.

    Returns
    -------
    list of ndarray
        Of equal length: float64 (NaN where blank), datetime64[D] (NaT where blank) or object array of str ("" where
        blank, and among the customers where the text means nobody; their e-mail addresses are in lower case). None
        for an optional column that is missing or blank; a float for a lone number where allowed.

    Raises
    ------
    UsageError
        For columns of different length, or a cell of the wrong type.
    ArgumentError
        For a date outside Excel's calendar.
    InputError
        For a cell with the error #N/A.

    Examples
    --------
    >>> from clv_xl.excel.arguments import parameters_of
    >>> from clv_xl.metrics import find
    >>> read_vectors(parameters_of(find("AOV")), [[["Amount"], [5.0], [None], [7.0]], None])
    [array([ 5., nan,  7.]), None]
    """
    found: list[Any] = [None] * len(parameters)
    columns: dict[int, list[Any]] = {}
    for place, (item, value) in enumerate(zip(parameters, raw, strict=True)):
        grid = grid_of(item.name, value)
        if item.lone_number and grid.lone and not is_blank(grid.cells[0]):
            found[place] = _lone(item, grid.cells[0])
        elif value is not None or item.required:
            columns[place] = _one_column(item.name, grid)
    skipped = _without_headers(parameters, columns)
    used = {place: _used(cells) for place, cells in columns.items()}
    for place in [place for place, size in used.items() if size == 0 and not parameters[place].required]:
        del columns[place], used[place]
    length = max(used.values(), default=0)
    short = [place for place, cells in columns.items() if len(cells) < length]
    if short:
        sizes = ", ".join(f"{parameters[place].name} has {used[place]}" for place in columns)
        raise UsageError(f"The columns differ in length: {sizes}. Give columns of equal length.")
    for place, cells in columns.items():
        found[place] = _typed(parameters[place], cells[:length], skipped[place])
    return found


def _one_column(name: str, grid: Grid) -> list[Any]:
    """Return the cells of a single column or row; a block would mix its columns without a word."""
    block = grid.trimmed()
    if block.rows > 1 and block.columns > 1:
        raise UsageError(f"{name} has {block.columns} columns. Give a single column.")
    cells: list[Any] = grid.cells if grid.columns == 1 or grid.rows == 1 else block.cells
    return cells


def _lone(item: Parameter, cell: object) -> float:
    value = read_number(cell, item.name)
    if isinstance(value, CellError):
        raise raised(value)
    return value


def _without_headers(parameters: Sequence[Parameter], columns: dict[int, list[Any]]) -> dict[int, int]:
    """Take the header off the columns of each table; return how many rows were taken off each."""
    skipped = dict.fromkeys(columns, 0)
    for size in {len(cells) for cells in columns.values()}:
        table = [place for place, cells in columns.items() if len(cells) == size]
        telling = [place for place in table if parameters[place].kind != "texts"]
        if telling and has_header([(parameters[place].kind, columns[place]) for place in telling]):
            for place in table:
                columns[place] = columns[place][1:]
                skipped[place] = 1
    if any(skipped.values()):
        _fit_lone_texts(parameters, columns, skipped)
    return skipped


def _fit_lone_texts(
    parameters: Sequence[Parameter], columns: dict[int, list[Any]], skipped: dict[int, int]
) -> None:
    """Settle text columns of a height of their own by their length: words alone do not tell a header."""
    told = [place for place in columns if parameters[place].kind != "texts"]
    heights = {len(columns[place]) + skipped[place] for place in told}
    length = max(_used(columns[place]) for place in told)
    for place in [place for place in columns if place not in told]:
        cells = columns[place]
        if len(cells) + skipped[place] in heights or (size := _used(cells)) in {0, length}:
            continue
        if size != length + 1:
            raise UsageError(
                f"{parameters[place].name} has {size} rows, the other columns have {length} below their header. "
                "Give ranges of equal height."
            )
        columns[place] = cells[1:]
        skipped[place] = 1


def _used(cells: list[Any]) -> int:
    size = len(cells)
    while size and (cells[size - 1] is None or is_blank(cells[size - 1])):
        size -= 1
    return size


def _typed(item: Parameter, cells: list[Any], skipped: int) -> np.ndarray[Any, Any]:
    types = set(map(type, cells))
    match item.kind:
        case "numbers":
            return _numbers(item.name, cells, types, skipped)
        case "dates":
            return _dates(item.name, cells, types, skipped)
        case _:
            found = _texts(cells, types)
            return _who(found) if item.name == CUSTOMERS.name else found


def _numbers(name: str, cells: list[Any], types: set[type], skipped: int) -> np.ndarray[Any, Any]:
    if (found := plain_numbers(cells)) is not None:
        return found
    mark = mark_of(cells) if str in types else None
    result = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        if cell is not None and not is_blank(cell):
            value = read_number(cell, f"{name} (row {place + 1 + skipped})", mark=mark)
            if isinstance(value, CellError):
                raise raised(value)
            result[place] = value
    return result


def _dates(name: str, cells: list[Any], types: set[type], skipped: int) -> np.ndarray[Any, Any]:
    if types <= {datetime, date, type(None)}:
        missing = np.iinfo(np.int64).min  # NumPy's NaT
        days = [missing if cell is None else cell.toordinal() - _EPOCH for cell in cells]
        found = np.array(days, dtype=np.int64).view("datetime64[D]")
        if not (found < _FIRST_DAY).any():
            return found
    elif (serials := plain_numbers(cells)) is not None:
        blank = np.isnan(serials)
        if (blank | ((serials >= FIRST_SERIAL) & (serials < LAST_SERIAL + 1))).all():
            whole = np.floor(np.where(blank, FIRST_SERIAL, serials)).astype(np.int64) - _SERIAL_EPOCH
            return np.where(blank, np.datetime64("NaT", "D"), whole.view("datetime64[D]"))
    days_read: list[date | None] = []
    for place, cell in enumerate(cells):
        value = None if is_blank(cell) else read_date(cell, f"{name} (row {place + 1 + skipped})")
        if isinstance(value, CellError):
            raise raised(value)
        days_read.append(value)
    return np.array(days_read, dtype="datetime64[D]")


def _texts(cells: list[Any], types: set[type]) -> np.ndarray[Any, Any]:
    result = np.empty(len(cells), dtype=object)
    if types == {float} and all(map(math.isfinite, cells)) and all(map(float.is_integer, cells)):
        result[:] = [str(int(cell)) for cell in cells]
    else:
        result[:] = [_id(cell) for cell in cells]
    return result


def _id(cell: object) -> str:
    """Return an id as text; an error cell is a blank, as where orders are read from a file."""
    text = read_text(cell)
    return "" if text.startswith("#") and error_cell(text, "") else text


def _who(ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Blank the ids that stand for no customer, and give e-mail addresses one spelling: here, so for all functions."""
    ids[:] = customer_keys(["" if text in _NOBODY else text for text in ids.tolist()])
    return ids
