"""Cells as rectangles: what stands side by side is written, cleared and formatted in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.limits import column_letters
from clv_xl.workbook.sheet import Area

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Grid = NDArray[np.int_]

__all__ = ["address", "covered", "rectangles", "reference", "sliced"]

_MOST_CELLS: Final = 50_000  # in one write: Excel on the web refuses requests of more than about 5 MB


def address(area: Area) -> str:
    """Return an area as ``B4`` or ``B4:C9``.

    Examples
    --------
    >>> address(Area(4, 2, 9, 3)), address(Area(4, 2, 4, 2))
    ('B4:C9', 'B4')
    """
    first = f"{column_letters(area.first_column)}{area.first_row}"
    last = f"{column_letters(area.last_column)}{area.last_row}"
    return first if first == last else f"{first}:{last}"


def reference(sheet: str, area: Area) -> str:
    """Return what a defined name refers to, with an equals sign.

    Examples
    --------
    >>> reference("Data quality", Area(2, 1, 9, 1)), reference("It's", Area(1, 1, 1, 1))
    ("='Data quality'!$A$2:$A$9", "='It''s'!$A$1")
    """
    first = f"${column_letters(area.first_column)}${area.first_row}"
    last = f"${column_letters(area.last_column)}${area.last_row}"
    title = sheet.replace("'", "''")
    return f"='{title}'!{first}" + ("" if first == last else f":{last}")


def covered(areas: Iterable[Area], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which cells of a sheet the areas cover; the first cell of the array is A1.

    Examples
    --------
    >>> covered([Area(1, 2, 2, 2)], (2, 3)).astype(int).tolist()
    [[0, 1, 0], [0, 1, 0]]
    """
    mask = np.zeros(shape, dtype=bool)
    for area in areas:
        mask[area.first_row - 1 : area.last_row, area.first_column - 1 : area.last_column] = True
    return mask


def rectangles(grid: Grid) -> list[tuple[int, Area]]:
    """Cut a grid of numbers into few rectangles of one number each; 0 is no cell.

    Both ways of cutting are tried, rows first and columns first, and the one with fewer pieces is taken.

    Examples
    --------
    >>> import numpy as np
    >>> rectangles(np.array([[1, 1, 0], [1, 1, 2]]))
    [(1, Area(first_row=1, first_column=1, last_row=2, last_column=2)),
    (2, Area(first_row=2, first_column=3, last_row=2, last_column=3))]
    """
    grid = np.asarray(grid, dtype=np.int64)
    by_column = [
        (value, Area(first + 1, left + 1, last + 1, right + 1))
        for value, left, right, first, last in _pieces(grid)
    ]
    if len(by_column) > 1:
        by_row = [
            (value, Area(left + 1, first + 1, right + 1, last + 1))
            for value, left, right, first, last in _pieces(grid.T)
        ]
        by_column = min(by_row, by_column, key=len)
    return sorted(by_column, key=lambda piece: (piece[1].first_row, piece[1].first_column))


def _pieces(grid: Grid) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield number, first and last column, first and last row of each piece, columns cut first."""
    open_pieces: dict[tuple[int, int, int], int] = {}  # number, first row, last row -> first column
    for column in range(grid.shape[1] + 1):
        runs = _runs(grid[:, column]) if column < grid.shape[1] else set()
        for run in [run for run in open_pieces if run not in runs]:
            yield run[0], open_pieces.pop(run), column - 1, run[1], run[2]
        for run in runs:
            open_pieces.setdefault(run, column)


def _runs(line: Grid) -> set[tuple[int, int, int]]:
    """Return the stretches of equal numbers in a line: number, first and last place."""
    if not line.any():
        return set()
    edges = np.flatnonzero(np.diff(line)) + 1
    starts = [0, *edges.tolist()]
    ends = [*edges.tolist(), len(line)]
    return {
        (int(line[start]), start, end - 1) for start, end in zip(starts, ends, strict=True) if line[start]
    }


def sliced(area: Area, most: int = _MOST_CELLS) -> Iterator[Area]:
    """Cut an area into slices of whole rows that are not too large for one write.

    Examples
    --------
    >>> [(part.first_row, part.last_row) for part in sliced(Area(2, 1, 8, 2), most=6)]
    [(2, 4), (5, 7), (8, 8)]
    """
    rows = max(1, most // (area.last_column - area.first_column + 1))
    for first in range(area.first_row, area.last_row + 1, rows):
        yield Area(first, area.first_column, min(first + rows - 1, area.last_row), area.last_column)
