"""Cells as a host sends them: a single one, a row, a column or a block, in one shape to work with."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

from clv_xl.errors import UsageError
from clv_xl.excel.cells import as_cells, is_blank

__all__ = ["Grid", "Span", "grid_of"]


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one argument, row by row.

    Examples
    --------
    >>> grid_of("spend", [[1, 2], [3, None]])
    Grid(rows=2, columns=2, cells=[1, 2, 3, None], lone=False)
    """

    rows: int
    columns: int
    cells: list[Any]
    lone: bool
    """True for a single cell."""

    def trimmed(self) -> Grid:
        """Return the block up to its last row and column that hold anything.

        Examples
        --------
        >>> grid_of("spend", [[1], [None], [3], [None], [""]]).trimmed().rows
        3
        """
        rows = _last(self.cells) // self.columns + 1 if self.columns else 0
        if self.columns == 1:
            return Grid(rows, min(rows, 1), self.cells[:rows], lone=self.lone)
        in_use = (_last(self.cells[place :: self.columns]) >= 0 for place in reversed(range(self.columns)))
        columns = next((self.columns - place for place, used in enumerate(in_use) if used), 0)
        return self.part(0, rows, columns)

    def part(self, start: int, stop: int, columns: int) -> Grid:
        """Return some rows, and of each the first columns."""
        if columns == self.columns:
            cells = self.cells[start * columns : stop * columns]
        else:
            cells = [item for place in range(start, stop) for item in self.row(place)[:columns]]
        return Grid(stop - start, columns, cells, lone=False)

    def row(self, place: int) -> list[Any]:
        """Return one row, counted from 0."""
        return self.cells[place * self.columns : (place + 1) * self.columns]


@dataclass(frozen=True, slots=True)
class Span:
    """Where the cells of a range lie, to name them as their user counts: the header is a row of the range too.

    Parameters
    ----------
    rows, columns : int
        The cells below the header.
    header : int, default 0
        Rows of the header.

    Examples
    --------
    >>> Span(3, 1, header=1).place(1, 0), Span(1, 4).place(2, 3), Span(2, 2).place(1, 0)
    ('row 3', 'column 4', 'row 2, column 1')
    """

    rows: int
    columns: int
    header: int = 0

    def place(self, row: int, column: int) -> str:
        """Name the cell that belongs to a row and column of the result, both counted from 0."""
        down = f"row {(row if self.rows > 1 else 0) + self.header + 1}"
        across = f"column {(column if self.columns > 1 else 0) + 1}"
        if self.columns == 1:
            return down
        return across if self.rows + self.header == 1 else f"{down}, {across}"


def _last(cells: list[Any]) -> int:
    """Return the place of the last cell that is not blank, -1 when all are."""
    place = len(cells) - 1
    # None is by far the commonest blank, and whole columns end with a million of them
    while place >= 0 and (cells[place] is None or is_blank(cells[place])):
        place -= 1
    return place


def grid_of(name: str, raw: object) -> Grid:
    """Return the cells of an argument as a block.

    Parameters
    ----------
    name : str
        The argument, for the message.
    raw : object
        A single value, a list (a column), or a list of rows of equal length.

    Returns
    -------
    Grid
        One cell is a block of 1 x 1.

    Raises
    ------
    UsageError
        For rows of different length.

    Examples
    --------
    >>> grid_of("spend", 5).lone, grid_of("spend", [[5]]).lone, grid_of("spend", [5, 6]).rows
    (True, True, 2)
    """
    value = as_cells(raw)
    if not isinstance(value, list | tuple):
        return Grid(1, 1, [value], lone=True)
    nested = {issubclass(kind, list | tuple) for kind in set(map(type, value))}
    if True not in nested:
        return Grid(len(value), 1, list(value), lone=len(value) == 1)
    widths = set(map(len, value)) if False not in nested else set()
    if len(widths) != 1:
        raise UsageError(f"{name} has rows of different length. Give a column or a full table.")
    (width,) = widths
    cells = [row[0] for row in value] if width == 1 else list(chain.from_iterable(value))
    return Grid(len(value) if width else 0, width, cells, lone=len(cells) == 1)
