"""Places tiles, cards, findings and text; see :mod:`clv_xl.workbook.tables` for all that has columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clv_xl.limits import column_letters
from clv_xl.report.model import Chart, Findings, Live, Paragraph, Table
from clv_xl.workbook import styles
from clv_xl.workbook.canvas import PendingChart, value_of
from clv_xl.workbook.letters import broken, width_of
from clv_xl.workbook.sheet import Area, Cell, ConditionalFormat, Edge
from clv_xl.workbook.tables import place_rows

if TYPE_CHECKING:
    from clv_xl.report.model import Cards, Tile, Tiles
    from clv_xl.workbook.canvas import Canvas
    from clv_xl.workbook.sheet import Style

__all__ = ["frame", "place_cards", "place_findings", "place_paragraph", "place_tiles"]

_RULE = Edge("thick", styles.ACCENT)
_CAPTION_SIZE = 9
_SMALL_LINE = 12.0
"""Points of a further line of a tile's caption."""
_TILE_INDENT = 2.2
"""Units of a tile's width that its rule, its indent and the margins of the cell take."""
_FINDING_SIZE = 10.5
_TITLE_SIZES = (11.0, 10.0)
_AROUND = 2.0
"""Units of a card's width that the indent and the margins of the cell take."""
_SPARE = 0.99


def place_tiles(canvas: Canvas, block: Tiles) -> None:
    """Place up to five key figures side by side, each in one wide column."""
    top = canvas.row
    for index, tile in enumerate(block.tiles):
        _place_tile(canvas, top, canvas.column(index), tile)
    captions = max(_caption_lines(canvas, canvas.column(at), tile) for at, tile in enumerate(block.tiles))
    for offset, height in enumerate((17, 28, 14, 14 + _SMALL_LINE * (captions - 1), 6)):
        canvas.heights[top + offset] = height
    canvas.row = top + 5


def _caption_lines(canvas: Canvas, column: int, tile: Tile) -> int:
    room = canvas.width(column) - _TILE_INDENT
    return len(broken(str(value_of(tile.caption)), room, _CAPTION_SIZE))


def _place_tile(canvas: Canvas, row: int, column: int, tile: Tile) -> None:
    card = styles.plain(fill=styles.CARD, left=_RULE, indent=1, horizontal="left")
    canvas.put(row, column, tile.title, replace(card, size=9, bold=True, colour=styles.GREY), note=tile.note)
    number = styles.NUMBER_FORMATS[tile.format]
    canvas.put(row + 1, column, tile.value, replace(card, size=20, bold=True, number_format=number))
    change = replace(
        card, size=9, colour=styles.GREY, number_format=styles.NUMBER_FORMATS[tile.change_format]
    )
    middle = tile.change if tile.detail is None else tile.detail
    quiet = replace(card, size=_CAPTION_SIZE, colour=styles.GREY, vertical="top", wrap=True)
    # nothing between the figure and its caption: one of a single line moves up to it
    nothing = value_of(middle) in {None, ""} and not isinstance(middle, Live)
    bare = nothing and _caption_lines(canvas, column, tile) == 1
    canvas.put(row + 2, column, tile.caption if bare else middle, quiet if bare else change)
    canvas.put(row + 3, column, None if bare else tile.caption, quiet)
    here = Area(row + 2, column, row + 2, column)
    name = f"{column_letters(column)}{row + 2}"
    if tile.change is not None and tile.good != "neither":
        better, worse = (">", "<") if tile.good == "up" else ("<", ">")
        for sign, colour in ((better, styles.ACCENT), (worse, styles.BAD)):
            rule = f"AND(ISNUMBER({name}),ROUND({name},3){sign}0)"
            canvas.formats.append(ConditionalFormat("expression", here, formula=rule, colour=colour))
    if isinstance(tile.value, Live):
        undefined = f"NOT(ISNUMBER({column_letters(column)}{row + 1}))"
        place = Area(row + 1, column, row + 1, column)
        canvas.formats.append(ConditionalFormat("expression", place, formula=undefined, colour=styles.GREY))


def place_cards(canvas: Canvas, block: Cards) -> None:
    """Place charts, tables and findings on white cards side by side."""
    top = canvas.row
    used = 0
    bottom = top + block.height
    for card in block.cards:
        first, last = canvas.fifths(used, card.fifths)
        used += card.fifths
        body = card.body
        if isinstance(body, Findings):
            _put_findings(canvas, body, top, first, last)
        elif isinstance(body, Paragraph):
            _put_title(canvas, top, (first, last), body.title, "")
            line = styles.plain(fill=styles.CARD, indent=1, horizontal="left")
            for offset, text in enumerate(body.lines, start=1):
                canvas.put(top + offset, first, text, line)
        elif isinstance(body, Table):
            _put_title(canvas, top, (first, last), body.title, body.caption)
            columns = [first + (canvas.column(1) - canvas.column(0)) * i for i in range(len(body.columns))]
            place_rows(canvas, body, top + 2, columns, fill=styles.CARD)
        elif isinstance(body, Chart):
            _put_title(canvas, top, (first, last), body.title, body.unit)
            canvas.pending.append(PendingChart(body, Area(top + 2, first, bottom - 1, last)))
        frame(canvas, Area(top, first, bottom - 1, last))
    canvas.heights[top] = 20
    canvas.heights[bottom] = 8
    canvas.row = bottom + 1


def _bulleted(text: str | Live) -> str | Live:
    if isinstance(text, Live):
        return Live(f'="•  "&{text.formula[1:]}', f"•  {text.value}")
    return f"•  {text}"


def _put_title(canvas: Canvas, row: int, columns: tuple[int, int], title: str | Live, caption: str) -> None:
    """Put the title of a card and the line below it, in letters as large as the card is wide."""
    column, last = columns
    room = _SPARE * (sum(canvas.width(each) for each in range(column, last + 1)) - _AROUND)
    style = styles.plain(size=11, bold=True, fill=styles.CARD, indent=1, horizontal="left")
    size = next((size for size in _TITLE_SIZES if width_of(str(value_of(title)), size, bold=True) <= room), 9)
    canvas.put(row, column, title, replace(style, size=size))
    canvas.put(row + 1, column, caption, replace(style, size=9, bold=False, colour=styles.GREY))


def _put_findings(canvas: Canvas, block: Findings, row: int, first: int, last: int) -> None:
    _put_title(canvas, row, (first, last), block.title, "")
    line = styles.plain(size=_FINDING_SIZE, fill=styles.CARD, indent=1, horizontal="left")
    # less the indent, the margins of the cell, and what another program's letters are wider
    room = 0.97 * (sum(canvas.width(column) for column in range(first, last)) - 2)
    for offset, item in enumerate(block.items, start=1):
        target = canvas.sheet_titles[item.page]
        text = _bulleted(item.text)
        lines = len(broken(str(value_of(text)), room, _FINDING_SIZE))
        if lines > 1:
            canvas.merges.append(Area(row + offset, first, row + offset, last - 1))
        canvas.put(row + offset, first, text, replace(line, wrap=lines > 1, vertical="center"))
        link = styles.plain(
            size=9, colour=styles.ACCENT, fill=styles.CARD, horizontal="right", underline=True, indent=1
        )
        canvas.put(row + offset, last, target, link, link=target)
        canvas.heights[row + offset] = 18 + 14 * (lines - 1)


def frame(canvas: Canvas, area: Area) -> None:
    """Make a white card of an area: fill it and draw a fine line around it."""
    edge = Edge("thin", styles.LINE)
    canvas.fill(area, styles.plain(fill=styles.CARD))
    # most cells of a card look alike: each look is made once, and kept beside the one that it was made from
    made: dict[tuple[int, ...], tuple[Style, Style]] = {}
    for row in range(area.first_row, area.last_row + 1):
        for column in range(area.first_column, area.last_column + 1):
            cell = canvas.cells[row, column]
            style = cell.style
            top, bottom = row == area.first_row, row == area.last_row
            left, right = column == area.first_column, column == area.last_column
            key = (id(style), top, bottom, left, right)
            if key not in made:
                framed = replace(
                    style,
                    fill=style.fill or styles.CARD,
                    top=edge if top else style.top,
                    bottom=edge if bottom else style.bottom,
                    left=edge if left else style.left,
                    right=edge if right else style.right,
                )
                made[key] = (style, framed)
            canvas.cells[row, column] = Cell(row, column, cell.value, made[key][1], cell.note, cell.link)


def place_findings(canvas: Canvas, block: Findings) -> None:
    """Place findings on a card across the dashboard."""
    top = canvas.row
    first, last = canvas.column(0), canvas.column(4)
    _put_findings(canvas, block, top, first, last)
    bottom = top + len(block.items)
    frame(canvas, Area(top, first, bottom, last))
    canvas.heights[top] = 20
    canvas.heights[bottom + 1] = 8
    canvas.row = bottom + 2


def place_paragraph(canvas: Canvas, block: Paragraph) -> None:
    """Place a heading and lines of text."""
    row = canvas.row
    if block.title:
        canvas.put(row, 2, block.title, styles.HEADING)
        canvas.heights[row] = 22
        row += 1
    for line in block.lines:
        row = canvas.put_lines(row, line, styles.BODY)
    canvas.row = row + 1
