"""Makes columns as wide as their longest word, and rows as high as their lines: no word is broken inside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clv_xl.workbook.letters import broken, width_of, words_of
from clv_xl.workbook.printing import DEFAULT_ROW
from clv_xl.workbook.sheet import Cell, Formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clv_xl.workbook.canvas import Canvas
    from clv_xl.workbook.sheet import Style

__all__ = ["keep_words_whole"]

_MARGINS: Final = 0.7  # of a cell, in units of column width
_INDENT: Final = 1.3
_WIDEST: Final = 26.0  # a longer word is a name from data, such as that of a file
_WIDENED: Final = 6.0  # at most, for a line that stays one; a title that misses more is no entry of a table
_RUNS_TO: Final = {"left": (1,), "right": (-1,), "center": (-1, 1)}
_LINE: Final = 1.3  # parts of the type size
_SPARE: Final = 0.99  # widths of letters are rounded


def keep_words_whole(canvas: Canvas) -> None:
    """Widen the columns of a laid out page where a word would be broken, and heighten rows where a line is cut."""
    cells = list(_wrapped(canvas))
    for cell in cells:
        style = cell.style
        longest = max(width_of(word, style.size, bold=style.bold) for word in words_of(str(cell.value)))
        if longest <= _WIDEST:
            need = longest + _around(style)
            canvas.widths[cell.column] = max(canvas.width(cell.column), round(need + 0.05, 1))
    _widen_for_lines(canvas)
    for cell in cells:
        room = _SPARE * (canvas.width(cell.column) - _around(cell.style))
        lines = len(broken(str(cell.value), room, cell.style.size, bold=cell.style.bold))
        height = lines * cell.style.size * _LINE + 2
        if lines > 1 and height > canvas.heights.get(cell.row, DEFAULT_ROW):
            canvas.heights[cell.row] = round(height, 1)


def _widen_for_lines(canvas: Canvas) -> None:
    """Widen columns where a line that is not broken runs into its neighbour or off the page."""
    edge = max(canvas.last_column, *canvas.widths)
    for (row, column), cell in canvas.cells.items():
        style = cell.style
        value = cell.value.cached if isinstance(cell.value, Formula) else cell.value
        if style.wrap or not isinstance(value, str):
            continue
        room = canvas.width(column)
        need = width_of(value, style.size, bold=style.bold) + _around(style)
        if need <= _SPARE * room:
            continue
        for step in _RUNS_TO[style.horizontal or "left"]:
            beside = column + step
            while 1 < beside <= edge and _is_empty(canvas, row, beside):
                room += canvas.width(beside)
                beside += step
        missing = need - _SPARE * room
        if 0 < missing <= _WIDENED:
            canvas.widths[column] = round(canvas.width(column) + missing + 0.05, 1)


def _is_empty(canvas: Canvas, row: int, column: int) -> bool:
    cell = canvas.cells.get((row, column))
    return cell is None or cell.value is None


def _wrapped(canvas: Canvas) -> Iterator[Cell]:
    """Yield the cells whose words go on lines of their own width; merged ones have more room than their column."""
    merged = {(area.first_row, area.first_column) for area in canvas.merges}
    for place, cell in canvas.cells.items():
        if cell.style.wrap and place not in merged:
            value = cell.value.cached if isinstance(cell.value, Formula) else cell.value
            if isinstance(value, str) and words_of(value):
                yield cell if value is cell.value else replace(cell, value=value)
    bulk = canvas.bulk
    if bulk is not None:
        for number, column in enumerate(bulk.columns, bulk.column):
            if column.header_style is not None and column.header_style.wrap:
                yield Cell(bulk.row, number, column.title, column.header_style)


def _around(style: Style) -> float:
    return _MARGINS + _INDENT * style.indent
