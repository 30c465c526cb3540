"""The hidden sheet of chart data: what each chart shows, in one block of columns that a chart can be pointed at.

A chart in a running Excel is given one range: categories in the first column, a column for each series, names
on top. The figures of a report stand where they read best, so they are gathered here by formulas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.limits import column_letters
from clv_xl.workbook import styles
from clv_xl.workbook.sheet import Area, Cell, Formula, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clv_xl.workbook.sheet import ChartArea, Style

__all__ = ["CHART_DATA", "ChartBlock", "chart_blocks", "chart_data_sheet", "chart_data_styles"]

CHART_DATA: Final = "Chart data"
"""Title of the hidden sheet."""

_SLOT: Final = 8  # columns a chart, so that a block never moves because its neighbour has grown
_TOP: Final = 3


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """Where the data of one chart stand: names and figures, and the categories beside them."""

    page: str
    chart: ChartArea
    column: int
    points: int

    @property
    def categories(self) -> Area:
        """The categories, without a heading."""
        return Area(_TOP + 1, self.column, _TOP + self.points, self.column)

    @property
    def values(self) -> Area:
        """A column for each series, its name on top."""
        return Area(_TOP, self.column + 1, _TOP + self.points, self.column + len(self.chart.series))


def chart_blocks(sheets: Iterable[Sheet]) -> tuple[ChartBlock, ...]:
    """Return the block of every chart, in the order of sheets and charts.

    Raises
    ------
    ValueError
        If a chart has more series than its block has room for: a mistake of ours.
    """
    blocks: list[ChartBlock] = []
    for sheet in sheets:
        for chart in sheet.charts:
            if len(chart.series) > _SLOT - 2:
                message = (
                    f"{sheet.title}, chart {chart.name}: {len(chart.series)} series, at most {_SLOT - 2}"
                )
                raise ValueError(message)
            points = max(len(series.cached) for series in chart.series)
            blocks.append(ChartBlock(sheet.title, chart, 1 + _SLOT * len(blocks), points))
    return tuple(blocks)


def chart_data_sheet(blocks: Iterable[ChartBlock]) -> Sheet:
    """Return the hidden sheet with a block for each chart.

    A figure is a formula over the cell that the page shows, so that a chart follows the parameters; what is
    blank there is blank here, and leaves a gap.
    """
    cells: list[Cell] = []
    for block in blocks:
        column = block.column
        cells.append(Cell(1, column, f"{block.page}: {block.chart.name}", styles.CAPTION))
        form = block.chart.categories.number_format
        first = block.chart.series[0]
        cells += _column(first.categories_sheet or first.sheet, first.categories, first.cached_categories,
                         column, styles.plain(number_format=form))  # fmt: skip
        for offset, series in enumerate(block.chart.series, start=1):
            axis = block.chart.second if series.on_second_axis and block.chart.second else block.chart.values
            look = styles.plain(number_format=axis.number_format)
            cells.append(Cell(_TOP, column + offset, series.title, styles.HEADER))
            cells += _column(series.sheet, series.values, series.cached, column + offset, look)
    ordered = sorted(cells, key=lambda cell: (cell.row, cell.column))
    return Sheet(CHART_DATA, tuple(ordered), hidden=True)


def chart_data_styles() -> list[Style]:
    """Return every look that a cell of the sheet may have."""
    forms = dict.fromkeys((*styles.NUMBER_FORMATS.values(), styles.MONTHS))
    return [styles.CAPTION, styles.HEADER, *(styles.plain(number_format=form) for form in forms)]


def _column(
    sheet: str, area: Area, cached: Iterable[str | float], column: int, look: Style
) -> Iterator[Cell]:
    """Yield a column of formulas over the cells of an area, which is one row or one column."""
    title = sheet.replace("'", "''")
    for offset, (place, value) in enumerate(zip(_places(area), cached, strict=True), start=1):
        if value == "" or (isinstance(value, float) and math.isnan(value)):
            continue
        yield Cell(_TOP + offset, column, Formula(f"='{title}'!{place}", value), look)


def _places(area: Area) -> Iterator[str]:
    for row in range(area.first_row, area.last_row + 1):
        for column in range(area.first_column, area.last_column + 1):
            yield f"{column_letters(column)}{row}"
