"""Places what a reader acts on: steps, the button with its status, and a map of names to fill in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clv_xl.limits import column_letters
from clv_xl.workbook import styles
from clv_xl.workbook.blocks import frame
from clv_xl.workbook.sheet import Area, Button, ConditionalFormat, Edge, Name
from clv_xl.workbook.tables import validate

if TYPE_CHECKING:
    from clv_xl.report.model import InputMap, Launch, Step, Steps
    from clv_xl.workbook.canvas import Canvas

__all__ = ["place_input_map", "place_launch", "place_steps"]

_CARD = styles.plain(fill=styles.CARD, indent=1, horizontal="left")
_SMALL = replace(_CARD, size=9, colour=styles.GREY)


def place_steps(canvas: Canvas, block: Steps) -> None:
    """Place the steps as cards of equal height, each with its number."""
    top = canvas.row
    lines = max(len(step.lines) for step in block.steps)
    bottom = top + lines + 3
    for index, step in enumerate(block.steps):
        _place_step(canvas, Area(top, canvas.column(index), bottom, canvas.column(index)), index + 1, step)
    canvas.heights |= {top: 34, top + 1: 22, bottom - 1: 20, bottom: 8, bottom + 1: 8}
    canvas.row = bottom + 2


def _place_step(canvas: Canvas, area: Area, number: int, step: Step) -> None:
    row, column = area.first_row, area.first_column
    canvas.put(row, column, number, replace(_CARD, size=22, bold=True, colour=styles.ACCENT))
    canvas.put(row + 1, column, step.title, replace(_CARD, size=13, bold=True))
    for offset, line in enumerate(step.lines, start=2):
        canvas.put(row + offset, column, line, _CARD)
    if step.page:
        title = canvas.sheet_titles[step.page]
        look = replace(_CARD, size=10, bold=True, colour=styles.ACCENT, underline=True)
        canvas.put(area.last_row - 1, column, f"{step.link} {title}", look, link=title)
    frame(canvas, area)
    first = canvas.cells[row, column]
    canvas.cells[row, column] = replace(first, style=replace(first.style, top=Edge("thick", styles.ACCENT)))


def place_launch(canvas: Canvas, block: Launch) -> None:
    """Place the button, and beside it what became of the last run and what is under way."""
    top = canvas.row
    left = canvas.column(0)
    first, last = canvas.column(1), max(canvas.widths) - 1
    heading = replace(_SMALL, bold=True)
    canvas.put(top, first, block.title, heading)
    face = replace(
        _CARD, size=14, bold=True, colour=styles.CARD, fill=styles.ACCENT, horizontal="center", indent=0
    )
    canvas.put(top + 1, left, block.button, face)
    canvas.put(top + 2, left, block.hint, replace(_SMALL, horizontal="center", indent=0))
    status = Area(top + 1, first, top + 2, last)
    canvas.put(top + 1, first, block.status, replace(_CARD, size=11, wrap=True, vertical="top"))
    canvas.put(top + 3, first, "", replace(_SMALL, italic=True, colour=styles.ACCENT))
    frame(canvas, Area(top, left, top + 3, last))
    canvas.merges.append(status)
    canvas.buttons.append(Button(Area(top + 1, left, top + 1, left), block.button, block.macro))
    cell = f"{column_letters(first)}{top + 1}"
    canvas.formats.append(
        ConditionalFormat(
            "expression",
            Area(top + 1, first, top + 1, first),
            formula=f'LEFT({cell},{len(block.failed)})="{block.failed}"',
            colour=styles.BAD,
            bold=True,
        )
    )
    for name, row in ((block.status_name, top + 1), (block.progress_name, top + 3)):
        canvas.names.append(Name(name, canvas.title, Area(row, first, row, first)))
    canvas.heights |= {top: 20, top + 1: 40, top + 2: 30, top + 3: 20, top + 4: 8}
    canvas.row = top + 5


def place_input_map(canvas: Canvas, block: InputMap) -> None:
    """Place a square of names for input, with the scores beside and above it."""
    row = canvas.row
    first = canvas.column(0)
    canvas.put(row, first, block.title, styles.HEADING)
    canvas.heights[row] = 22
    canvas.put(row + 1, first, block.caption, styles.CAPTION)
    row += 2
    centre = replace(styles.HEADER_RIGHT, horizontal="center")
    canvas.put(row, first, block.corner, styles.HEADER)
    for index, title in enumerate(block.column_titles, start=1):
        canvas.put(row, first + index, title, centre)
    look = replace(styles.INPUT, horizontal="center", left=styles.INPUT.top, right=styles.INPUT.top)
    for offset, (title, inputs) in enumerate(zip(block.row_titles, block.inputs, strict=True), start=1):
        canvas.put(row + offset, first, title, styles.plain(bold=True))
        canvas.heights[row + offset] = 26
        for index, value in enumerate(inputs, start=1):
            canvas.put(row + offset, first + index, value, look)
            validate(canvas, row + offset, first + index, value)
    last = row + len(block.inputs)
    names = Area(row + 1, first + 1, last, first + len(block.column_titles))
    canvas.names.append(Name(block.name, canvas.title, names))
    canvas.row = last + 2
