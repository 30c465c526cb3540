"""Places matrices and grids: figures by two things at once, the fuller the darker."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from clv_xl.limits import column_letters
from clv_xl.report.model import Live
from clv_xl.workbook import styles
from clv_xl.workbook.printing import COMPACT_ROW
from clv_xl.workbook.sheet import Area, ConditionalFormat

if TYPE_CHECKING:
    from clv_xl.report.model import Grid, Matrix, Scalar
    from clv_xl.workbook.canvas import Canvas

__all__ = ["place_grid", "place_matrix"]


def place_matrix(canvas: Canvas, matrix: Matrix) -> None:
    """Place a heat map with its leading columns and its average row."""
    row = canvas.row
    canvas.put(row, 2, matrix.title, styles.HEADING)
    canvas.heights[row] = 22
    row = canvas.put_lines(row + 1, matrix.caption, styles.CAPTION)
    first = canvas.column(0)
    grid_first = first + 1 + len(matrix.leading)
    grid_last = grid_first + len(matrix.column_titles) - 1
    _put_titles(canvas, matrix, row, first, grid_first)
    canvas.remember(matrix.name, "columns", Area(row, grid_first, row, grid_last), matrix.column_titles)
    top = row + 1
    for number, title in enumerate(matrix.row_titles):
        row += 1
        canvas.put(row, first, title, styles.plain(bottom=styles.HAIR))
        for index, (spec, value) in enumerate(
            zip(matrix.leading, matrix.leading_values[number], strict=True)
        ):
            canvas.put(row, first + 1 + index, value, styles.figure(spec.format, bottom=styles.HAIR))
        _put_matrix_row(canvas, matrix, number, row, grid_first)
        canvas.heights[row] = COMPACT_ROW
    canvas.remember(matrix.name, "rows", Area(top, first, row, first), matrix.row_titles)
    if matrix.average is not None:
        row += 1
        _put_average(canvas, matrix, row, first, grid_first)
        canvas.heights[row] = COMPACT_ROW
    if matrix.heat:
        _heat(canvas, matrix, top, grid_first)
    canvas.row = row + 2


def _put_titles(canvas: Canvas, matrix: Matrix, row: int, first: int, grid_first: int) -> None:
    canvas.put(row, first, matrix.row_header, styles.HEADER)
    for index, spec in enumerate(matrix.leading):
        canvas.put(row, first + 1 + index, spec.title, styles.HEADER_RIGHT, note=spec.note or None)
    for index, title in enumerate(matrix.column_titles):
        canvas.put(row, grid_first + index, title, replace(styles.HEADER_RIGHT, horizontal="center"))


def _put_average(canvas: Canvas, matrix: Matrix, row: int, first: int, grid_first: int) -> None:
    averages = matrix.average or ()
    canvas.put(row, first, matrix.average_title, styles.plain(bold=True, top=styles.TOTAL))
    for column in range(first + 1, grid_first):
        canvas.put(row, column, None, styles.plain(top=styles.TOTAL))
    style = styles.figure(matrix.format, bold=True, top=styles.TOTAL, horizontal="center", size=9)
    for index, average in enumerate(averages):
        canvas.put(row, grid_first + index, average, style)
    canvas.remember(matrix.name, -1, Area(row, grid_first, row, grid_first + len(averages) - 1), averages)


def _put_matrix_row(canvas: Canvas, matrix: Matrix, number: int, row: int, grid_first: int) -> None:
    line = None if matrix.heat else styles.HAIR
    for index, value in enumerate(matrix.values[number]):
        young = bool(matrix.immature) and matrix.immature[number][index]
        style = styles.figure(matrix.format, horizontal="center", size=9, bottom=line)
        if value is None:
            continue
        if young:
            style = replace(style, italic=True, colour=styles.GREY, fill=styles.IMMATURE)
        shown: Scalar | Live = value
        if isinstance(value, Live):
            shown = Live(_beside(value.formula, canvas, number, index), value.value)
        canvas.put(row, grid_first + index, shown, style)
    canvas.remember(
        matrix.name,
        number,
        Area(row, grid_first, row, grid_first + len(matrix.column_titles) - 1),
        matrix.values[number],
    )


def _beside(formula: str, canvas: Canvas, number: int, index: int) -> str:
    """Replace ``{matrix}`` by the address of the cell at the same place of that matrix."""

    def address(found: re.Match[str]) -> str:
        area = canvas.places[found[1], number].area
        return f"{column_letters(area.first_column + index)}{area.first_row}"

    return re.sub(r"\{(\w+)\}", address, formula)


def _heat(canvas: Canvas, matrix: Matrix, top: int, grid_first: int) -> None:
    """Lay one colour scale over the mature cells from the first column on that is to have one."""
    areas = []
    for number, values in enumerate(matrix.values):
        last = None
        for index, value in enumerate(values):
            young = bool(matrix.immature) and matrix.immature[number][index]
            if index >= matrix.heat_from and value is not None and not young:
                last = index
        if last is not None:
            first = grid_first + matrix.heat_from
            areas.append(Area(top + number, first, top + number, grid_first + last))
    if areas:
        canvas.formats.append(
            ConditionalFormat("scale", areas[0], colours=styles.HEAT, more=tuple(areas[1:]))
        )


def place_grid(canvas: Canvas, grid: Grid) -> None:
    """Place a map of names with a figure below each, the fuller the darker."""
    row = canvas.row
    canvas.put(row, 2, grid.title, styles.HEADING)
    canvas.heights[row] = 22
    row = canvas.put_lines(row + 1, grid.caption, styles.CAPTION)
    first = canvas.column(0)
    centre = replace(styles.HEADER_RIGHT, horizontal="center")
    canvas.put(row, first, grid.corner, styles.HEADER)
    for index, title in enumerate(grid.column_titles):
        canvas.put(row, first + 1 + index, title, centre)
    most = max((figure for figures in grid.figures for figure in figures), default=0)
    notes = grid.row_notes or ("",) * len(grid.row_titles)
    for title, note, texts, figures in zip(grid.row_titles, notes, grid.texts, grid.figures, strict=True):
        canvas.put(row + 1, first, title, styles.plain(bold=True))
        canvas.put(row + 2, first, note or None, styles.CAPTION)
        for index, (text, figure) in enumerate(zip(texts, figures, strict=True)):
            tint = _tint(figure, most)
            look = styles.plain(size=9, horizontal="center", fill=tint)
            canvas.put(row + 1, first + 1 + index, text, look)
            number = replace(look, size=11, bold=True, number_format=styles.NUMBER_FORMATS[grid.format])
            canvas.put(row + 2, first + 1 + index, figure, number)
        canvas.heights[row + 1] = 16
        canvas.heights[row + 2] = 18
        canvas.heights[row + 3] = 3
        row += 3
    canvas.row = row + 2


def _tint(figure: int, most: int) -> str:
    steps = (styles.BACKGROUND, styles.PALETTE[3], styles.PALETTE[2], styles.PALETTE[1])
    if not most or not figure:
        return steps[0]
    return steps[min(3, 1 + int(3 * (figure / most) ** 0.5 - 1e-9))]
