"""Places tables and the long table: everything with columns of figures under titles."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from clv_xl.limits import column_letters
from clv_xl.report.model import Input, Live
from clv_xl.workbook import styles
from clv_xl.workbook.canvas import value_of
from clv_xl.workbook.letters import broken
from clv_xl.workbook.printing import COMPACT_ROW
from clv_xl.workbook.sheet import (
    Area,
    Bulk,
    BulkColumn,
    ConditionalFormat,
    Formula,
    Name,
    TableArea,
    Validation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.report.model import Column, Format, LongTable, Scalar, Table
    from clv_xl.workbook.canvas import Canvas
    from clv_xl.workbook.sheet import Edge, Style

__all__ = ["place_bare_table", "place_long_table", "place_rows", "place_table", "quiet_errors", "validate"]

_ROW_REFERENCE = re.compile(r"\[@\[?([^\[\]]+)\]?\]")
_BULK_KINDS = {
    "text": "text",
    "wrapped": "text",
    "count": "integer",
    "days": "integer",
    "date": "date",
    "month": "date",
}
_DATES = {"date", "month"}
_LINE_HEIGHT = 13.2
_GAP_ROW = 3
_CELL_MARGINS = 0.7
"""Units of a column's width that the margins of a cell take."""
_SPARE = 0.97  # another program's letters are a little wider
_MANY_ROWS = 12
"""A table of so many rows is set compact: two of them then go on one page of paper."""
_BUTTON = 2
"""Indents that keep a header clear of Excel's filter button, which lies over the right end of the cell."""
# widths of a letter in column units: of words, and of a header, which is smaller and bold
_CHARACTER = 0.9
_HEADER_CHARACTER = 0.92


def place_table(canvas: Canvas, table: Table) -> None:
    """Place a heading and a table below it, in consecutive columns."""
    row = canvas.row
    if table.title:
        canvas.put(row, 2, table.title, styles.HEADING)
        canvas.heights[row] = 22
        row += 1
    if table.caption:
        row = canvas.put_lines(row, table.caption, styles.CAPTION)
    columns = [canvas.column(index) for index in range(len(table.columns))]
    canvas.row = place_rows(canvas, table, row, columns) + 1
    _extend(canvas, table, row, columns)


def _extend(canvas: Canvas, table: Table, header: int, columns: Sequence[int]) -> None:
    """Carry header and rules on to where the words of the last column end, which run over the cells beside it."""
    last = columns[-1]
    longest = max((len(str(value_of(values[-1]))) for values in table.rows), default=0)
    if table.columns[-1].format != "text" or table.structured:
        return
    room, end = canvas.width(last), last
    while room < longest * _CHARACTER and end + 1 in canvas.widths:
        end += 1
        room += canvas.width(end)
    if end > last:
        head = canvas.cells[header, last]
        canvas.cells[header, last] = replace(head, style=replace(head.style, wrap=False))
        if not _needs_two_lines(canvas, table, columns[:-1]):
            canvas.heights.pop(header, None)
    for row in range(header, header + 1 + len(table.rows)):
        look = replace(canvas.cells[row, last].style, indent=0, number_format="General")
        for column in range(last + 1, end + 1):
            canvas.put(row, column, None, look)


def place_bare_table(canvas: Canvas, table: Table) -> None:
    """Place a table for input, its header in the first row of the sheet."""
    columns = [canvas.column(index) for index in range(len(table.columns))]
    canvas.row = place_rows(canvas, table, 1, columns)
    canvas.freeze = (2, 1)
    canvas.heights[1] = 27


def place_rows(
    canvas: Canvas, table: Table, row: int, columns: Sequence[int], fill: str | None = None
) -> int:
    """Place header, rows and total of a table in the given columns; return the next free row."""
    specs = list(zip(columns, table.columns, _before_bars(table), strict=True))
    for column, spec, barred in specs:
        head = _header(spec, fill, column == columns[0], filterable=table.filterable)
        style = _clear_of_bars(head) if barred else head
        canvas.put(row, column, spec.title, style, note=spec.note or None)
    if _needs_two_lines(canvas, table, columns):
        canvas.heights[row] = 27
    if not table.rows:
        canvas.put(row + 1, columns[0], table.empty or "None.", styles.plain(colour=styles.GREY, fill=fill))
        return row + 2
    header_row = canvas.header = row
    own_formats = dict(table.row_formats)
    for number, values in enumerate(table.rows):
        row += 1
        _put_row(canvas, table, row, columns, values, fill, own_formats.get(number))
    body = Area(header_row + 1, columns[0], row, columns[-1])
    _equip(canvas, table, body, columns)
    closing = [values for values in (table.part, table.total) if values is not None]
    for values in closing:
        row += 1
        rule = styles.TOTAL if values is closing[0] else None
        for (column, spec, barred), value in zip(specs, values, strict=True):
            style = _body(spec, value, fill, first=column == columns[0], barred=False, bare=False)
            style = _closing(style, rule, barred=barred)
            canvas.put(row, column, _resolve(value, spec, table.name), style)
    return row + 1


def _needs_two_lines(canvas: Canvas, table: Table, columns: Sequence[int]) -> bool:
    return any(
        len(spec.title) * _HEADER_CHARACTER > canvas.width(column)
        for column, spec in zip(columns, table.columns, strict=False)
    )


def _put_row(
    canvas: Canvas,
    table: Table,
    row: int,
    columns: Sequence[int],
    values: Sequence[Scalar | Live | Input],
    fill: str | None,
    own_format: Format | None,
) -> None:
    """Put down one row; wrapped text makes it as high as it needs."""
    lines = 1
    for column, general, barred, value in zip(
        columns, table.columns, _before_bars(table), values, strict=True
    ):
        spec = general
        if own_format is not None and not styles.as_text(general.format):
            spec = replace(general, format=own_format)
        style = _body(spec, value, fill, first=column == columns[0], barred=barred, bare=canvas.bare)
        canvas.put(row, column, _resolve(value, spec, table.name), style)
        if isinstance(value, Input):
            validate(canvas, row, column, value)
        if spec.format == "wrapped" and isinstance(value, str):
            room = _SPARE * (canvas.width(column) - style.indent - _CELL_MARGINS)
            lines = max(lines, len(broken(value, room, style.size, bold=style.bold)))
    if lines > 1:
        canvas.heights[row] = lines * _LINE_HEIGHT + 2
    elif table.compact or len(table.rows) >= _MANY_ROWS:
        canvas.heights[row] = COMPACT_ROW


def _equip(canvas: Canvas, table: Table, body: Area, columns: Sequence[int]) -> None:
    """Give a table its names, bars and structure, and remember where its columns stand."""
    for index, (column, spec) in enumerate(zip(columns, table.columns, strict=True)):
        area = Area(body.first_row, column, body.last_row, column)
        canvas.remember(table.name, spec.key, area, [values[index] for values in table.rows])
        if spec.bars:
            canvas.formats.append(ConditionalFormat("bars", area, colours=(styles.PALETTE[2],)))
        if any(_may_fail(values[index], spec) for values in table.rows):
            quiet_errors(canvas, area, styles.CARD if spec.quiet else styles.GREY)
    keys = [spec.key for spec in table.columns]
    for number, key, name in table.named:
        column, row = columns[keys.index(key)], body.first_row + number
        canvas.names.append(Name(name, canvas.title, Area(row, column, row, column)))
    if table.structured or table.filterable:
        formulas = (
            (spec.title, _absolute(spec.formula, table.name)) for spec in table.columns if spec.formula
        )
        canvas.tables.append(
            TableArea(
                table.name,
                replace(body, first_row=body.first_row - 1),
                tuple(spec.title for spec in table.columns),
                filterable=table.filterable,
                calculated=tuple(formulas),
            )
        )


def _may_fail(value: object, spec: Column) -> bool:
    """Tell whether a cell shows #N/A now or may after a parameter has changed."""
    if isinstance(value, Live) or spec.formula is not None:
        return True
    return isinstance(value, float) and math.isnan(value)


def quiet_errors(canvas: Canvas, area: Area, colour: str = styles.GREY) -> None:
    """Show the error values of an area in grey: undefined, and no cause for alarm."""
    first = f"{column_letters(area.first_column)}{area.first_row}"
    canvas.formats.append(ConditionalFormat("expression", area, formula=f"ISERROR({first})", colour=colour))


def _header(spec: Column, fill: str | None, first: bool, *, filterable: bool) -> Style:
    style = styles.HEADER if styles.as_text(spec.format) or spec.format in _DATES else styles.HEADER_RIGHT
    if filterable and style.horizontal == "right":
        style = replace(style, indent=_BUTTON)
    return _padded(replace(style, fill=fill) if fill else style, first)


def _padded(style: Style, first: bool) -> Style:
    """Keep words clear of the figures to their left."""
    return style if first or style.horizontal == "right" else replace(style, horizontal="left", indent=1)


def _clear_of_bars(style: Style) -> Style:
    """Keep the figures of a column clear of the bars in the next."""
    return replace(style, indent=max(style.indent, 1)) if style.horizontal == "right" else style


def _before_bars(table: Table) -> list[bool]:
    """Tell of each column whether there are bars in the next."""
    return [*(spec.bars for spec in table.columns[1:]), False]


def _body(spec: Column, value: object, fill: str | None, *, first: bool, barred: bool, bare: bool) -> Style:
    """Return the look of a cell in the body of a table."""
    typed = value.format if isinstance(value, Input) else None
    is_word = isinstance(value_of(value), str)
    return _look(spec.format, typed, fill, bold=spec.emphasis, word=is_word, place=(first, barred, bare))


@cache  # equal looks are one object: to make one takes longer than to write its cell
def _look(
    kind: Format,
    typed: Format | None,
    fill: str | None,
    *,
    bold: bool,
    word: bool,
    place: tuple[bool, bool, bool],
) -> Style:
    first, barred, bare = place
    if typed is not None:
        style = replace(styles.INPUT, number_format=styles.NUMBER_FORMATS[typed], horizontal="right")
    else:
        style = styles.figure(kind, bottom=styles.HAIR, fill=fill, bold=bold)
        if kind in _DATES:
            style = replace(style, horizontal="left")
        elif word and not styles.as_text(kind):
            style = replace(style, horizontal="right", colour=styles.GREY)
    style = _padded(style, first)
    if barred:
        style = _clear_of_bars(style)
    if bare:
        # what is pasted may be anything: the look must not turn an amount into a date
        style = replace(style, horizontal=None, indent=0, number_format="General")
    return style


@cache
def _closing(style: Style, rule: Edge | None, *, barred: bool) -> Style:
    """Return the look of a row below the body, from that of one in it."""
    closing = replace(style, bold=True, top=rule, bottom=None, wrap=False)
    return _clear_of_bars(closing) if barred else closing


def _resolve(value: Scalar | Live | Input, spec: Column, table: str) -> Scalar | Live | Input | Formula:
    if spec.formula is not None and not isinstance(value, Live | Input):
        return Formula(_absolute(spec.formula, table), value)  # type: ignore[arg-type]  # a figure
    if isinstance(value, Live):
        return Live(_absolute(value.formula, table), value.value)
    return value


def _absolute(formula: str, table: str) -> str:
    """Write ``[@Column]`` as files do: ``table[[#This Row],[Column]]``.

    Examples
    --------
    >>> _absolute("=[@Amount]*gross_margin+[@[Own margin]]", "t")
    '=t[[#This Row],[Amount]]*gross_margin+t[[#This Row],[Own margin]]'
    """
    return _ROW_REFERENCE.sub(lambda found: f"{table}[[#This Row],[{found[1]}]]", formula)


def validate(canvas: Canvas, row: int, column: int, value: Input) -> None:
    """Say what may be typed into a cell for input; equal rules of cells below one another become one."""
    here = Area(row, column, row, column)
    if value.choices:
        rule = Validation(
            here,
            "list",
            choices=value.choices,
            title="Choose",
            message=value.message,
            strict=value.strict,
        )
    elif value.low is not None or value.high is not None:
        rule = Validation(
            here,
            "date" if value.format == "date" else "whole" if value.whole else "decimal",
            low=value.low,
            high=value.high,
            title="Allowed" if value.strict else "Expected",
            message=value.message,
            strict=value.strict,
        )
    else:
        return
    above = Area(row - 1, column, row - 1, column)
    for place, known in enumerate(canvas.validations):
        area = known.area
        if replace(known, area=here) == rule and replace(area, first_row=row - 1) == above:
            canvas.validations[place] = replace(known, area=replace(area, last_row=row))
            return
    canvas.validations.append(rule)


def place_long_table(canvas: Canvas, table: LongTable) -> None:
    """Place the one long table of a page; it ends the page, and its header stays in view."""
    across = len(table.columns) if table.printed_columns is None else table.printed_columns
    if table.caption:
        # in the gap below the question: the table begins where it always does, as a refresh expects
        canvas.put(_GAP_ROW, 2, table.caption, styles.CAPTION)
        canvas.heights[_GAP_ROW] = 15
    row = canvas.row
    columns: list[BulkColumn] = []
    for spec, values in zip(table.columns, table.values, strict=True):
        style = styles.figure(spec.format, bold=spec.emphasis)
        if spec.format in _DATES:
            style = replace(style, horizontal="left")
        style = _padded(style, not columns)
        columns.append(
            BulkColumn(
                title=spec.title,
                kind=_BULK_KINDS.get(spec.format, "number"),  # type: ignore[arg-type]  # one of the kinds
                values=values,
                style=style,
                formula=_absolute(spec.formula, table.name) if spec.formula else None,
                note=spec.note or None,
                header_style=_header(spec, None, not columns, filterable=True),
            )
        )
    first_column = canvas.column(0)
    canvas.bulk = Bulk(table.name, row, first_column, tuple(columns), styles.HEADER)
    canvas.freeze = (row + 1, first_column + 1)
    canvas.heights[row] = 27
    last_row = row + canvas.bulk.rows
    for index, spec in enumerate(table.columns):
        area = Area(row + 1, first_column + index, last_row, first_column + index)
        canvas.remember(table.name, spec.key, area, ())
        if spec.bars:
            canvas.formats.append(ConditionalFormat("bars", area, colours=(styles.PALETTE[2],)))
    canvas.row = last_row + 1
    down = canvas.bulk.rows if table.printed is None else min(table.printed, canvas.bulk.rows)
    if down < canvas.bulk.rows or across < len(columns):
        canvas.printed = Area(1, 1, row + down, first_column + across - 1)
