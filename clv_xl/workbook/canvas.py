"""A sheet while it is being laid out: cells are put down, and what they hold is remembered by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clv_xl.report.model import Input, Live
from clv_xl.workbook.letters import broken
from clv_xl.workbook.sheet import Area, Cell, Formula

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.report.model import Chart, Scalar
    from clv_xl.workbook.printing import Span
    from clv_xl.workbook.sheet import (
        Bulk,
        Button,
        ChartArea,
        ConditionalFormat,
        Name,
        Style,
        TableArea,
        Validation,
    )

__all__ = ["Canvas", "PendingChart", "Place", "Places", "value_of", "wrapped"]

_MARGINS = 0.7
"""Units of a column's width that the margins of a cell take."""
_SPARE = 0.98  # another program's letters are a little wider


@dataclass(frozen=True, slots=True)
class Place:
    """Where one column or row of figures ended up, and what it holds."""

    sheet: str
    area: Area
    values: tuple[Scalar, ...]

    def part(self, first: int, last: int | None) -> Place:
        """Return the stretch from ``first`` to ``last``, counted from 0, both included."""
        end = len(self.values) - 1 if last is None else min(last, len(self.values) - 1)
        area = self.area
        if area.first_column == area.last_column and area.first_row != area.last_row:
            cut = Area(area.first_row + first, area.first_column, area.first_row + end, area.last_column)
        else:
            cut = Area(area.first_row, area.first_column + first, area.last_row, area.first_column + end)
        return Place(self.sheet, cut, self.values[first : end + 1])


Places = dict[tuple[str, str | int], Place]


@dataclass(frozen=True, slots=True)
class PendingChart:
    """A chart whose area is known but whose sources may lie on a page that is not laid out yet."""

    chart: Chart
    area: Area


@dataclass(slots=True)
class Canvas:
    """One sheet under construction. ``row`` is the next free row.

    ``spans`` are the rows of each block, for printing; ``header`` is the header row of the latest table, and
    ``printed`` the part of the sheet that goes on paper where that is not all of it.
    """

    title: str
    places: Places
    sheet_titles: dict[str, str]
    dashboard: bool = False
    bare: bool = False
    row: int = 1
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    tables: list[TableArea] = field(default_factory=list)
    formats: list[ConditionalFormat] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    merges: list[Area] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    pending: list[PendingChart] = field(default_factory=list)
    charts: list[ChartArea] = field(default_factory=list)
    bulk: Bulk | None = None
    freeze: tuple[int, int] | None = None
    last_column: int = 1
    spans: list[Span] = field(default_factory=list)
    header: int | None = None
    printed: Area | None = None

    def column(self, index: int) -> int:
        """Return the sheet column of the content column ``index``; a dashboard has a gutter after each."""
        if self.bare:
            return 1 + index
        return 2 + 2 * index if self.dashboard else 2 + index

    def fifths(self, used: int, share: int) -> tuple[int, int]:
        """Return the first and last column of a card that takes ``share`` fifths after ``used`` of them.

        On a dashboard a fifth is one wide column; elsewhere the page's width is cut at the nearest column.
        """
        if self.dashboard:
            return self.column(used), self.column(used + share - 1)
        columns = sorted(column for column in self.widths if column > 1)
        ends = [sum(self.widths[column] for column in columns[: index + 1]) for index in range(len(columns))]

        def cut(fifth: int) -> int:
            goal = ends[-1] * fifth / 5
            return min(range(len(ends)), key=lambda index: abs(ends[index] - goal))

        first = columns[cut(used) + 1] if used else columns[0]
        return first, columns[cut(used + share)]

    def put(
        self,
        row: int,
        column: int,
        value: Scalar | Live | Input | Formula,
        style: Style,
        *,
        note: str | None = None,
        link: str | None = None,
    ) -> None:
        """Put down a cell, replacing what stood there."""
        if isinstance(value, Live):
            value = Formula(value.formula, value.value)
        elif isinstance(value, Input):
            value = value.value
        self.cells[row, column] = Cell(row, column, value, style, note, link)
        self.last_column = max(self.last_column, column)

    @property
    def page_width(self) -> float:
        """Width of all columns that the page lays out, in characters."""
        return sum(width for column, width in self.widths.items() if column > 1)

    def width(self, column: int) -> float:
        """Return the width of a column in characters."""
        return self.widths.get(column, 9.0)

    def put_lines(self, row: int, text: str, style: Style) -> int:
        """Put a text on as many rows as it needs across the page; return the next row."""
        for part in wrapped(text, self.page_width, style):
            self.put(row, 2, part, style)
            row += 1
        return row

    def fill(self, area: Area, style: Style) -> None:
        """Give every empty cell of an area a look."""
        for row in range(area.first_row, area.last_row + 1):
            for column in range(area.first_column, area.last_column + 1):
                if (row, column) not in self.cells:
                    self.put(row, column, None, style)

    def remember(self, block: str, key: str | int, area: Area, values: Sequence[object]) -> None:
        """Note where a column or row of figures stands, for charts and names."""
        self.places[block, key] = Place(self.title, area, tuple(value_of(value) for value in values))


def wrapped(text: str, width: float, style: Style) -> list[str]:
    """Break a text into lines that go in cells of some width, at its blanks.

    Examples
    --------
    >>> from clv_xl.workbook.sheet import Style
    >>> wrapped("as it is printed on a page", 16, Style(size=10))
    ['as it is printed on a', 'page']
    """
    return broken(text, _SPARE * width - _MARGINS, style.size, bold=style.bold)


def value_of(value: object) -> Scalar:
    """Return the plain value behind a figure: what a reader without a calculator sees."""
    if isinstance(value, Live | Input):
        return value.value
    return value  # type: ignore[return-value]  # blocks hold scalars besides these two
