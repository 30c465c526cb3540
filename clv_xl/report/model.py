"""The parts a report page is made of.

A page is a stack of blocks. Blocks say what is shown and why, never where: positions and looks are decided
by the layout, once for all writers. Figures that the reader can recalculate are :class:`Live`: a native
formula over defined names and table columns, together with its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Block",
    "Card",
    "Cards",
    "CellRef",
    "Chart",
    "Column",
    "Finding",
    "Findings",
    "Format",
    "Grid",
    "Input",
    "InputMap",
    "Launch",
    "Line",
    "Live",
    "LongTable",
    "Matrix",
    "Page",
    "Paragraph",
    "Report",
    "Scalar",
    "Step",
    "Steps",
    "Table",
    "Tile",
    "Tiles",
    "side_by_side",
]

Scalar = str | int | float | bool | date | None

Format = Literal[
    "text",
    "wrapped",
    "count",
    "money",
    "cents",
    "percent",
    "share",
    "decimal",
    "ratio",
    "years",
    "days",
    "months",
    "date",
    "change",
    "points",
    "same age",
    "month",
    "least money",
    "least cents",
    "least ratio",
    "rough money",
    "rough number",
    "rough ratio",
    "rough share",
    "signed share",
]


@dataclass(frozen=True, slots=True)
class Live:
    """A figure that the workbook recalculates: an Excel formula (starting with ``=``) and its value now.

    The formula names parameters, figures and table columns, never cell addresses. In a matrix,
    ``{matrix}`` stands for the cell at the same place of the named matrix on the same page.
    """

    formula: str
    value: float | int | str


@dataclass(frozen=True, slots=True)
class Input:
    """A value that the reader may change: shown as an input and validated.

    ``choices`` makes a drop-down list; ``low`` and ``high`` bound a number, or a date of the format "date" as a
    day number. ``strict`` refuses what does not fit; otherwise Excel asks whether it is meant.
    """

    value: Scalar
    format: Format
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False
    message: str = ""
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure: title, value with its unit, how it changed, what to know, and how it is computed.

    ``good`` says which direction of change is welcome. ``detail`` is a line of words in place of the change.
    """

    title: str
    value: Scalar | Live
    format: Format
    caption: str | Live
    note: str
    change: float | Live | None = None
    change_format: Format = "change"
    good: Literal["up", "down", "neither"] = "up"
    detail: str | Live | None = None


@dataclass(frozen=True, slots=True)
class Tiles:
    """A row of up to five tiles."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence that the data carry, and the page where it can be checked.

    It is live where it quotes a figure that follows the parameters: a stale sentence would be a false one.
    """

    text: str | Live
    page: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Three to five findings under a heading."""

    title: str
    items: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading with lines of plain text below it; either may be empty."""

    title: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, format and look, and what it means (a note on the header).

    ``formula`` makes it a calculated column: one formula for every row, over ``[@Title]`` columns and names.
    ``quiet`` leaves undefined cells without a visible word, where a whole column of them would be no news.
    ``words`` marks a column whose texts are our own, such as segments, so that they follow the language.
    """

    key: str
    title: str
    format: Format
    note: str = ""
    formula: str | None = None
    bars: bool = False
    emphasis: bool = False
    quiet: bool = False
    words: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A short table. ``rows`` hold a value per column; ``total`` is an optional closing row, ``part`` one above it.

    ``name`` is the Excel name; ``structured`` makes it an Excel table, ``filterable`` one with filter
    buttons. ``named`` gives cells defined names: (row, column key, name). ``row_formats`` replaces the
    format of the figures of a row, where the rows of a table are of different kinds. ``compact`` sets the rows as
    close as letters allow, for a table of many rows that is to stay on one page.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar | Live | Input, ...], ...]
    caption: str = ""
    total: tuple[Scalar | Live, ...] | None = None
    part: tuple[Scalar | Live, ...] | None = None
    structured: bool = False
    filterable: bool = False
    named: tuple[tuple[int, str, str], ...] = ()
    row_formats: tuple[tuple[int, Format], ...] = ()
    empty: str = ""
    compact: bool = False


@dataclass(frozen=True, slots=True)
class LongTable:
    """The one long table of a page, held by column so that it can be written in bulk.

    ``printed`` is the number of rows that go on paper, ``printed_columns`` that of columns from the first on; None
    prints all. ``caption`` is a line below the page's question.
    """

    name: str
    columns: tuple[Column, ...]
    values: tuple[Sequence[object], ...]
    printed: int | None = None
    printed_columns: int | None = None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A heat map: row titles, some leading columns, and a grid of figures.

    ``values`` is rows x columns; None is a cell that does not exist. ``immature`` marks cells whose period
    is not over: greyed, and left out of the closing average row. ``heat_from`` is the first column that is coloured:
    where the first holds the base of all others, it stays plain.
    """

    name: str
    title: str
    caption: str
    row_header: str
    row_titles: tuple[str, ...]
    leading: tuple[Column, ...]
    leading_values: tuple[tuple[Scalar | Live, ...], ...]
    column_titles: tuple[str, ...]
    values: tuple[tuple[Scalar | Live, ...], ...]
    format: Format
    immature: tuple[tuple[bool, ...], ...] = ()
    average: tuple[Scalar | Live, ...] | None = None
    average_title: str = ""
    heat: bool = True
    heat_from: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A map of names, such as RFM segments by score: every cell holds one text and one figure below it.

    ``row_notes`` stand below the row titles.
    """

    name: str
    title: str
    caption: str
    corner: str
    row_titles: tuple[str, ...]
    column_titles: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    figures: tuple[tuple[int, ...], ...]
    format: Format = "count"
    row_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputMap:
    """A map of names that the reader may change, such as the segment of each pair of scores.

    ``name`` becomes the defined name of the area of names.
    """

    name: str
    title: str
    caption: str
    corner: str
    row_titles: tuple[str, ...]
    column_titles: tuple[str, ...]
    inputs: tuple[tuple[Input, ...], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in a few lines, and the page on which to do it; ``link`` stands before that page's title."""

    title: str
    lines: tuple[str, ...]
    page: str = ""
    link: str = "Go to"


@dataclass(frozen=True, slots=True)
class Steps:
    """What to do, in order, one card beside the other."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Launch:
    """A button, what is under way, and what became of the last run; both texts have a defined name.

    A run that failed begins its status with ``failed``, and is shown as such. ``macro`` is what the button runs
    in a workbook with macros.
    """

    button: str
    macro: str
    hint: str
    title: str
    status: str
    status_name: str
    progress_name: str
    failed: str


@dataclass(frozen=True, slots=True)
class CellRef:
    """Where a chart reads: a column of a table by key, or a row of a matrix by number (average: -1).

    ``first`` and ``last`` (counted from 0, both included) take a part of it.
    """

    block: str
    key: str | int
    first: int = 0
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a chart."""

    title: str
    values: CellRef
    tone: int = 0
    dashed: bool = False
    on_second_axis: bool = False
    label: Literal["none", "values", "last"] = "none"
    tones: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart whose title says the finding; ``unit`` says what is measured, in which unit.

    ``tone`` of a series picks from the palette: 0 the accent, 1 to 3 ever lighter, 4 and 5 greys.
    """

    title: str | Live
    unit: str
    kind: Literal["line", "columns", "stacked columns", "bars"]
    categories: CellRef
    series: tuple[Line, ...]
    format: Format
    category_title: str = ""
    second_format: Format | None = None
    second_title: str = ""
    legend: bool = True
    alt_text: str = ""
    every: int | None = None
    minimum: float | None = None
    scale_format: Format | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One chart, table, list of findings or text with a share of the page's width, in fifths."""

    fifths: int
    body: Chart | Table | Findings | Paragraph


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards beside one another; their shares of the width add up to five at most."""

    cards: tuple[Card, ...]
    height: int = 15


def side_by_side(height: int, *cards: tuple[int, Chart | None]) -> tuple[Cards, ...]:
    """Return a row of charts, each with its share in fifths; what has nothing to show yields its room.

    Examples
    --------
    >>> side_by_side(14, (3, None), (2, None))
    ()
    """
    shown = [(fifths, chart) for fifths, chart in cards if chart is not None]
    if not shown:
        return ()
    if len(shown) < len(cards):
        return (Cards(tuple(Card(5 // len(shown), chart) for _, chart in shown), height),)
    return (Cards(tuple(Card(fifths, chart) for fifths, chart in shown), height),)


Block = Tiles | Cards | Findings | Paragraph | Table | LongTable | Matrix | Grid | InputMap | Steps | Launch


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of the report: the question it answers and its blocks from top to bottom.

    ``notice`` is a line under the question that the reader must not miss; empty when all is well.
    ``cautions`` are further such lines, which do not change with the parameters.
    ``widths`` are the column widths from the first content column on; a dashboard has five equal columns unless
    they say otherwise. A page that is ``bare`` is a table for input from its first cell on, so that a whole export
    can be pasted over it: without heading, question or margin. ``inputs`` tells of a page that the reader fills.
    """

    key: str
    title: str
    heading: str
    question: str
    blocks: tuple[Block, ...]
    widths: tuple[float, ...] = ()
    notice: Live | None = None
    dashboard: bool = False
    one_page: bool = False
    cautions: tuple[str, ...] = ()
    bare: bool = False
    inputs: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: pages in order, the day it speaks of, and its language.

    ``words`` are those that writers add of their own, such as the words of a number format, in English and in the
    report's language; none in English.
    """

    title: str
    as_of: date
    pages: tuple[Page, ...]
    currency: str = ""
    language: str = "en"
    words: tuple[tuple[str, str], ...] = ()
