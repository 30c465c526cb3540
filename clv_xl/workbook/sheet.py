"""What a sheet holds once every position is decided: the only thing that a writer has to understand.

The layout turns report pages into these frozen records; the openpyxl writer and the xlwings writer carry
them out. Rows and columns count from 1, as Excel does. Nothing here knows a metric or a file format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from clv_xl.workbook.printing import MARGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Area",
    "Axis",
    "Book",
    "Bulk",
    "BulkColumn",
    "Button",
    "Cell",
    "ChartArea",
    "ConditionalFormat",
    "Edge",
    "Formula",
    "Name",
    "Picture",
    "PlacedPicture",
    "PrintSetup",
    "Scalar",
    "Series",
    "Sheet",
    "Style",
    "TableArea",
    "Validation",
]

Scalar = str | int | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Formula:
    """A native formula together with the result that readers without a calculator see.

    ``text`` starts with ``=``. ``cached`` NaN is written as the error value #N/A.
    """

    text: str
    cached: float | int | str | bool


@dataclass(frozen=True, slots=True)
class Edge:
    """One side of a cell's border."""

    style: Literal["hair", "thin", "medium", "thick"]
    colour: str


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell looks. Colours are six hexadecimal digits, RGB."""

    number_format: str = "General"
    font: str = "Calibri"
    size: float = 10
    bold: bool = False
    italic: bool = False
    underline: bool = False
    colour: str = "1F2933"
    fill: str | None = None
    horizontal: Literal["left", "center", "right"] | None = None
    vertical: Literal["top", "center", "bottom"] = "center"
    wrap: bool = False
    indent: int = 0
    left: Edge | None = None
    right: Edge | None = None
    top: Edge | None = None
    bottom: Edge | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, both corners included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its value or formula, its look, and what it says when pointed at.

    ``link`` names a sheet of the same book to jump to. Text is always text: the writer's gateway makes sure
    that no value from data becomes a formula.
    """

    row: int
    column: int
    value: Scalar | Formula
    style: Style
    note: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class BulkColumn:
    """One column of a long table.

    ``values`` are text, numbers, dates (``datetime.date`` or datetime64[D]) or flags, all of the column's
    ``kind``; None and NaN are blank. With ``formula`` (the same text on every row, written with
    ``Table[[#This Row],[Column]]``) the values are its cached results, and NaN is #N/A. ``header_style`` is that
    of the table where it is None.
    """

    title: str
    kind: Literal["text", "number", "integer", "date", "flag"]
    values: Sequence[object]
    style: Style
    formula: str | None = None
    note: str | None = None
    header_style: Style | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """A long Excel table at the end of a sheet: header at (row, column), data from the row below."""

    name: str
    row: int
    column: int
    columns: tuple[BulkColumn, ...]
    header_style: Style

    @property
    def rows(self) -> int:
        """Number of data rows."""
        return len(self.columns[0].values)


@dataclass(frozen=True, slots=True)
class TableArea:
    """An Excel table over cells that stand in ``Sheet.cells``; the first row of the area is its header.

    ``calculated`` gives the formula of a calculated column by its title.
    """

    name: str
    area: Area
    columns: tuple[str, ...]
    filterable: bool = True
    calculated: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionalFormat:
    """A rule over an area.

    ``scale`` and ``bars`` take ``colours`` (low to high; one colour for bars); ``expression`` takes a
    ``formula`` without ``=`` relative to the area's first cell, and ``colour``/``fill`` for what matches.
    ``more`` are further areas under the same rule, so that one scale spans a triangle.
    """

    kind: Literal["scale", "bars", "expression"]
    area: Area
    colours: tuple[str, ...] = ()
    formula: str | None = None
    colour: str | None = None
    fill: str | None = None
    bold: bool | None = None
    more: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars: title and the areas (one row or one column) it reads; same sheet or another.

    ``categories_sheet`` is empty when the categories stand on the sheet of the values. ``cached`` and
    ``cached_categories`` are the values, so that viewers that do not read cells draw it too. A gap is NaN
    here and a blank cell there: a line is drawn through a cell that holds #N/A.
    ``label_format`` is that of the axis where it is None.
    """

    title: str
    sheet: str
    values: Area
    categories: Area
    colour: str
    cached: tuple[float, ...]
    cached_categories: tuple[str | float, ...]
    categories_sheet: str = ""
    dashed: bool = False
    on_second_axis: bool = False
    point_colours: tuple[str, ...] = ()
    labels: Literal["none", "values", "last"] = "none"
    label_format: str | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its title (what and in which unit) and number format; ``hidden`` removes it."""

    title: str | None = None
    number_format: str = "General"
    hidden: bool = False
    minimum: float | None = None
    maximum: float | None = None
    every: int | None = None


@dataclass(frozen=True, slots=True)
class ChartArea:
    """A native chart laid over an area of the sheet. Its title stands in cells above it.

    By its ``name`` it is found again among the charts of its sheet.
    """

    kind: Literal["line", "columns", "stacked columns", "bars"]
    area: Area
    series: tuple[Series, ...]
    categories: Axis
    values: Axis
    second: Axis | None = None
    legend: bool = True
    alt_text: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button laid over an area of the sheet; a click runs a macro of the workbook, as ``Module.Procedure``."""

    area: Area
    caption: str
    macro: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: the bytes of its file, of which kind they are, and its size in pixels."""

    content: bytes
    kind: Literal["png", "jpeg"]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """A picture laid over a sheet, from ``right`` and ``down`` pixels within a cell, ``width`` x ``height`` pixels."""

    picture: Picture
    row: int
    column: int
    width: float
    height: float
    right: float = 0.0
    down: float = 0.0
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class Validation:
    """What may be typed into an area: a list of choices, or a number or date within bounds.

    What does not fit is refused if ``strict``; otherwise Excel asks whether it is meant.
    """

    area: Area
    kind: Literal["list", "decimal", "whole", "date"]
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    title: str = ""
    message: str = ""
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Name:
    """A workbook-wide defined name for one cell or area of a sheet."""

    name: str
    sheet: str
    area: Area
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class PrintSetup:
    """A4, one page wide, centred; ``pages_tall`` 0 lets the sheet run over as many pages as it needs.

    ``header`` stands at the top of every page. ``sides`` are the margins left and right in inches.
    """

    landscape: bool = True
    pages_tall: int = 0
    repeat_rows: tuple[int, int] | None = None
    area: Area | None = None
    breaks_after: tuple[int, ...] = ()
    header: str = ""
    sides: float = MARGIN


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, ready to be written. ``freeze`` is the first cell that scrolls: (row, column).

    Each area of ``merges`` shows its first cell.
    """

    title: str
    cells: tuple[Cell, ...]
    column_widths: tuple[tuple[int, float], ...] = ()
    row_heights: tuple[tuple[int, float], ...] = ()
    bulk: Bulk | None = None
    tables: tuple[TableArea, ...] = ()
    formats: tuple[ConditionalFormat, ...] = ()
    charts: tuple[ChartArea, ...] = ()
    validations: tuple[Validation, ...] = ()
    buttons: tuple[Button, ...] = ()
    pictures: tuple[PlacedPicture, ...] = ()
    freeze: tuple[int, int] | None = None
    gridlines: bool = False
    tab_colour: str | None = None
    zoom: int = 100
    print_setup: PrintSetup = field(default_factory=PrintSetup)
    merges: tuple[Area, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """A whole workbook, ready to be written. ``created`` stamps it, so that equal input gives equal bytes."""

    title: str
    created: date
    sheets: tuple[Sheet, ...]
    names: tuple[Name, ...] = ()
    subject: str = ""
