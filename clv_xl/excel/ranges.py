"""The arguments of a call, from what a host sends to what a metric takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from numbers import Real
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.errors import ArgumentError, UsageError
from clv_xl.excel.answers import NOT_AVAILABLE, NUMBER, VALUE, CellError
from clv_xl.excel.cells import (
    error_cell,
    is_blank,
    mark_of,
    plain_numbers,
    raised,
    read_date,
    read_flag,
    read_number,
    read_text,
    shown,
)
from clv_xl.excel.grid import Grid, Span, grid_of
from clv_xl.excel.vectors import has_header, read_vectors
from clv_xl.limits import MAX_COLUMNS, MAX_ROWS
from clv_xl.metrics.arguments import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from clv_xl.excel.answers import ErrorCode
    from clv_xl.excel.arguments import Parameter

__all__ = ["Given", "read_arguments"]

_NEVER_NUMBERS: Final = frozenset((bool, date, datetime))

_MOST_CELLS: Final = 2_000_000
"""More results than this in one formula are taken for a slip, such as a whole row against a whole column."""


@dataclass(slots=True)
class Given:
    """The arguments of one call, read.

    Parameters
    ----------
    values : list
        One for each parameter; what spreads over cells is an array when it is not single.
    shape : tuple of int or None
        Rows and columns of the result; () for a single figure, None when nothing spreads.
    spans : dict
        For the place of each parameter that holds an array over the shape: where its cells lie.
    errors : dict
        For the place of a parameter: an object array with a CellError where a cell cannot be read, None elsewhere.

    Examples
    --------
    >>> Given([1.0], ()).errors
    {}
    """

    values: list[Any]
    shape: tuple[int, ...] | None
    spans: dict[int, Span] = field(default_factory=dict)
    errors: dict[int, np.ndarray[Any, Any]] = field(default_factory=dict)


def read_arguments(name: str, parameters: Sequence[Parameter], raw: Sequence[object]) -> Given:
    """Read the arguments of a call.

    Parameters
    ----------
    name : str
        The function, for messages.
    parameters : sequence of Parameter
        How each is read.
    raw : sequence
        What a host sent for each, None for what is missing.

    Returns
    -------
    Given
        Values that a metric takes.

    Raises
    ------
    UsageError
        For a wrong type, or ranges of different length.
    ArgumentError
        For an impossible number that no metric looks at.
    InputError
        For an error cell #N/A.

    Examples
    --------
    >>> from clv_xl.excel.arguments import parameters_of
    >>> from clv_xl.metrics import find
    >>> read_arguments("CAC", parameters_of(find("CAC")), [[["Spend"], [100], [50]], 5]).values
    [array([[100.],
           [ 50.]]), 5.0]
    """
    given = Given([None] * len(parameters), None)
    spread = [place for place, item in enumerate(parameters) if item.spread]
    vectors = [place for place, item in enumerate(parameters) if item.is_vector]
    for place, item in enumerate(parameters):
        if not item.spread and not item.is_vector:
            given.values[place] = _single(item, raw[place])
    if vectors:
        found = read_vectors([parameters[place] for place in vectors], [raw[place] for place in vectors])
        for place, value in zip(vectors, found, strict=True):
            given.values[place] = value
    if spread:
        _spread(name, parameters, raw, spread, given)
    return given


def _single(item: Parameter, raw: object) -> Any:  # what the kind says
    grid = grid_of(item.name, raw)
    if item.kind in {"table", "cells"}:
        return _table(item.name, grid, read_text if item.kind == "table" else _number_or_text)
    if not grid.lone:
        grid = grid.trimmed()
    if len(grid.cells) > 1:
        raise UsageError(f"{item.name} holds {len(grid.cells)} cells, but it must be a single one.")
    cell = grid.cells[0] if grid.cells else None
    if is_blank(cell):
        blank = _blank(item)
        if isinstance(blank, CellError):
            raise raised(blank)
        return blank
    value = error_cell(cell, item.name) or _read(item, cell)
    if isinstance(value, CellError):
        raise raised(value)
    return value


def _read(item: Parameter, cell: object) -> Any:
    """Read a cell as its kind says; a CellError where it is something else."""
    match item.kind:
        case "date":
            return read_date(cell, item.name)
        case "flag":
            return read_flag(cell, item.name)
        case "text":
            return read_text(cell)
        case "choice":
            return _chosen(item, cell)
    value = read_number(cell, item.name, percent=item.kind == "rate")
    if isinstance(value, float) and item.allowed.refuses(np.asarray(value)):
        return CellError(NUMBER, f"{item.name} is {value:.15g}, but it must be {item.allowed.words}.")
    return value


def _chosen(item: Parameter, cell: object) -> str | CellError:
    try:
        return chosen(item.name, read_text(cell) if isinstance(cell, str) else "", item.choices)
    except ArgumentError as error:
        # a wrong word is a wrong use, not an impossible number
        found = (
            str(error) if isinstance(cell, str) else f"{item.name} is {shown(cell)}, but it must be a word."
        )
        return CellError(VALUE, found)


def _blank(item: Parameter) -> Any:  # a default of any kind
    """Return what a blank or missing argument stands for."""
    if not item.required:
        return item.default
    if item.blank == "zero":
        return 0.0
    code = VALUE if item.blank == "error" else NOT_AVAILABLE
    return CellError(code, f"{item.name} is blank, but it is needed.")


def _number_or_text(cell: object) -> float | str:
    """Return a cell as it is typed: a number beside texts needs no guess at its decimal mark."""
    if is_blank(cell) or isinstance(cell, bool | np.bool_) or not isinstance(cell, Real | Decimal):
        return read_text(cell)
    number = read_number(cell, "")
    # what is beyond a float is no number of ours either way
    return math.inf if isinstance(number, CellError) else number


def _table(
    name: str, grid: Grid, read: Callable[[object], float | str]
) -> tuple[tuple[float | str, ...], ...] | None:
    used = grid.trimmed()
    for place, cell in enumerate(used.cells):
        row, column = divmod(place, used.columns)
        if error := error_cell(cell, f"{name} (row {row + 1}, column {column + 1})"):
            raise raised(error)
    rows = tuple(tuple(read(cell) for cell in used.row(place)) for place in range(used.rows))
    return rows or None


def _spread(
    name: str, parameters: Sequence[Parameter], raw: Sequence[object], spread: list[int], given: Given
) -> None:
    """Read the arguments that spread over cells, in one shape that all of them fit."""
    grids = {place: grid_of(parameters[place].name, raw[place]) for place in spread}
    whole = {place: grid for place, grid in grids.items() if not grid.lone}
    grids |= _without_headers(parameters, whole)
    # a range with nothing in it is one blank
    nothing = [place for place in whole if not grids[place].trimmed().rows]
    grids |= dict.fromkeys(nothing, Grid(1, 1, [None], lone=True))
    ranges = {place: grids[place] for place in whole if place not in nothing}
    headers = {place: whole[place].rows - grid.rows for place, grid in ranges.items()}
    if ranges:
        ranges = _one_size(name, parameters, ranges, headers)
        shape = np.broadcast_shapes(*((grid.rows, grid.columns) for grid in ranges.values()))
        if shape[0] * shape[1] > _MOST_CELLS:
            raise UsageError(
                f"The result would have {shape[0]} rows and {shape[1]} columns. Give ranges of one direction."
            )
    given.shape = tuple(shape) if ranges else ()
    for place in spread:
        item, grid = parameters[place], ranges.get(place, grids[place])
        span = Span(grid.rows, grid.columns, headers[place]) if place in ranges else None
        values, errors = _numbers(item, grid, span)
        if span and values is not None:
            given.values[place] = values
            given.spans[place] = span
        else:
            given.values[place] = None if values is None else values.item()
        if errors is not None:
            given.errors[place] = errors if place in ranges else errors.reshape(())


def _without_headers(parameters: Sequence[Parameter], ranges: dict[int, Grid]) -> dict[int, Grid]:
    """Take the header off the ranges of each table."""
    bare = dict(ranges)
    for size in {grid.rows for grid in ranges.values() if grid.rows > 1}:
        table = [place for place, grid in ranges.items() if grid.rows == size]
        heads = [
            (parameters[place].kind, ranges[place].cells[column :: ranges[place].columns])
            for place in table
            for column in range(ranges[place].columns)
        ]
        if has_header(heads):
            bare |= {place: ranges[place].part(1, size, ranges[place].columns) for place in table}
    return bare


def _one_size(
    name: str, parameters: Sequence[Parameter], ranges: dict[int, Grid], headers: dict[int, int]
) -> dict[int, Grid]:
    """Take off the blanks behind the last row and column of the result; refuse ranges that do not fit each other."""
    used = {place: grid.trimmed() for place, grid in ranges.items()}
    # one row, or one column, goes along with any number of them; one row below a header does not
    down = {place: grid for place, grid in ranges.items() if grid.rows + headers[place] > 1}
    across = {place: grid for place, grid in ranges.items() if grid.columns > 1}
    rows = _extent(
        (parameters[place].required, grid.rows, used[place].rows, grid.rows + headers[place] >= MAX_ROWS)
        for place, grid in down.items()
    )
    columns = _extent(
        (parameters[place].required, grid.columns, used[place].columns, grid.columns >= MAX_COLUMNS)
        for place, grid in across.items()
    )
    result = {}
    for place, grid in ranges.items():
        height = rows if place in down else 1
        width = columns if place in across else 1
        if grid.rows < height or grid.columns < width:
            sizes = ", ".join(
                _size(parameters[other].name, ranges[other], used[other], (rows, columns), headers[other])
                for other in ranges
            )
            raise UsageError(f"The ranges of {name} differ in length: {sizes}. Give ranges of equal length.")
        result[place] = grid.part(0, height, width)
    return result


def _extent(ranges: Iterable[tuple[bool, int, int, bool]]) -> int:
    """Return how far the result goes in one direction, from the ranges that do.

    It ends where nothing follows in any range. A blank of an optional range means something, though: where no
    required range tells where the rows end, they end with the shortest optional one that is no whole column.
    """
    along = list(ranges)
    last = max((used for _, _, used, _ in along), default=1)
    if any(required for required, *_ in along):
        return last
    return max(last, min((given for _, given, _, endless in along if not endless), default=1))


def _size(name: str, grid: Grid, used: Grid, result: tuple[int, int], header: int) -> str:
    """Say how long a range is: as given, or up to its last cell in use where it goes beyond the result."""
    rows = grid.rows if grid.rows <= result[0] else used.rows
    columns = grid.columns if grid.columns <= result[1] else used.columns
    lengths = sorted((rows, columns))
    below = " below its header" if header else ""
    return f"{name} has {lengths[1] if lengths[0] <= 1 else f'{rows} x {columns}'}{below}"


def _numbers(
    item: Parameter, grid: Grid, span: Span | None
) -> tuple[np.ndarray[Any, Any] | None, np.ndarray[Any, Any] | None]:
    """Return the numbers of a range, and an array of errors when there is one; no numbers when all is blank."""
    shape = (grid.rows, grid.columns)
    values = plain_numbers(grid.cells)
    errors: np.ndarray[Any, Any] | None = None
    if values is None:
        values, errors = _read_each(item, grid, span)
    blank = _blank(item)
    missing = np.isnan(values)
    if errors is not None:
        missing &= np.fromiter((error is None for error in errors), dtype=bool, count=errors.size)
    if isinstance(blank, CellError) and blank.code == VALUE and missing.any():
        errors = np.full(len(grid.cells), None, dtype=object) if errors is None else errors
        errors[missing] = blank
    elif isinstance(blank, float | int):
        values[missing] = blank
    if blank is None and errors is None and missing.all():
        return None, None
    return values.reshape(shape), None if errors is None else errors.reshape(shape)


def _read_each(
    item: Parameter, grid: Grid, span: Span | None
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
    """Read cells that are not all numbers; an error stands in its place, and NaN among the numbers."""
    kinds = list(map(type, grid.cells))
    plain = [cell if kind is float else None for cell, kind in zip(grid.cells, kinds, strict=True)]
    values = np.array(plain, dtype=np.float64)
    several = {cell for cell, kind in zip(grid.cells, kinds, strict=True) if kind is str}
    cells = _Cells(item, grid, span, mark_of(several) if len(kinds) > 1 else None)
    texts = {cell: cells.found(cell) for cell in several}
    errors: np.ndarray[Any, Any] | None = None
    reason = cells.reason
    for place, kind in enumerate(kinds):
        if kind is float or kind is NoneType:
            continue
        cell = grid.cells[place]
        found = texts[cell] if kind is str else VALUE if kind in _NEVER_NUMBERS else cells.found(cell)
        if isinstance(found, float):
            values[place] = found
            continue
        if errors is None:
            errors = np.full(len(kinds), None, dtype=object)
        errors[place] = CellError(found, reason, place)
    return values, errors


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of an argument, read one by one."""

    item: Parameter
    grid: Grid
    span: Span | None
    mark: str | None

    def found(self, cell: object) -> float | ErrorCode:
        """Return a cell as a number, NaN where it is blank; or the error that it gives."""
        value = math.nan if is_blank(cell) else self._read(cell, "")
        return value.code if isinstance(value, CellError) else value

    def _read(self, cell: object, where: str) -> float | CellError:
        return read_number(cell, where, mark=self.mark, percent=self.item.kind == "rate")

    def reason(self, place: int) -> str:
        """Read a cell again to say what is wrong with it: of a column of errors nobody reads more than a few."""
        where = self.item.name
        if self.span:
            where += f" ({self.span.place(*divmod(place, self.grid.columns))} of the range)"
        found = self._read(self.grid.cells[place], where)
        return found.reason if isinstance(found, CellError) else ""
