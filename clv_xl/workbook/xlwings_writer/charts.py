"""The charts of a page in an open workbook: pointed at their data, and made where there is none of that name."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from clv_xl.workbook.chart_data import CHART_DATA
from clv_xl.workbook.xlwings_writer.open_book import range_of

if TYPE_CHECKING:
    import xlwings as xw

    from clv_xl.workbook.live_plan import ChartTask
    from clv_xl.workbook.sheet import Area, ChartArea, Sheet

__all__ = ["apply_chart"]

_KINDS: Final = {
    "line": "line",
    "columns": "column_clustered",
    "stacked columns": "column_stacked",
    "bars": "bar_clustered",
}
_PIXELS_A_CHARACTER: Final = 7
_POINTS_A_PIXEL: Final = 0.75
_WIDTH: Final = 9.140625  # characters: Excel's own
_HEIGHT: Final = 15.0  # points


def apply_chart(sheet: xw.Sheet, task: ChartTask, page: Sheet) -> None:
    """Make a chart, or point it at its data and put it in its place; its looks stay a reader's own."""
    chart = task.block.chart
    data = sheet.book.sheets[CHART_DATA]
    values = range_of(data, task.block.values)
    if task.new:
        _, _, width, height = _frame(page, chart.area)
        made = sheet.charts.add(
            width=width,
            height=height,
            chart_type=_KINDS[chart.kind],
            source=values,
            plot_by="columns",
            name=chart.name,
            anchor=range_of(sheet, chart.area)[0, 0],
            style=None,
        )
        made.set_x_axis_values(range_of(data, task.block.categories))
        _dress(made, chart)
        return
    live = sheet.charts[chart.name]
    if task.point:
        live.set_source_data(values, plot_by="columns")
        live.set_x_axis_values(range_of(data, task.block.categories))
    if task.place:
        left, top, width, height = _place(sheet, page, chart.area)
        live.left, live.top, live.width, live.height = left, top, width, height


def _dress(made: Any, chart: ChartArea) -> None:
    """Give a new chart its colours, axes and legend; its title stands in a cell above it."""
    made.title = None
    named = chart.legend and len(chart.series) > 1
    made.legend.visible = named
    if named:
        made.legend.position = "top"
    for number, series in enumerate(chart.series, start=1):
        changes: dict[str, Any] = {}
        is_line = chart.kind == "line" or series.on_second_axis
        changes["line_color" if is_line else "fill_color"] = f"#{series.colour}"
        if chart.kind == "line":
            changes["marker_style"] = "none"
        if series.on_second_axis:
            changes |= {"chart_type": "line", "axis_group": "secondary"}
        # xlwings Server and Lite leave a new chart in Excel's own colours
        with suppress(NotImplementedError):
            made.series(number).set(**changes)
    axis: dict[str, Any] = {"number_format": chart.values.number_format}
    if chart.values.minimum is not None:
        axis["minimum_scale"] = chart.values.minimum
    categories: dict[str, Any] = {}
    if chart.categories.title:
        categories["title"] = chart.categories.title
    if chart.kind == "bars":
        # the first category on top, as in the table
        categories["reverse_order"] = True
    with suppress(NotImplementedError):
        made.value_axis.set(**axis)
        if categories:
            made.category_axis.set(**categories)


def _place(sheet: xw.Sheet, page: Sheet, area: Area) -> tuple[float, float, float, float]:
    """Return left, top, width and height in points: as this Excel measures them, or as they were laid out."""
    cells = range_of(sheet, area)
    try:
        return cells.left, cells.top, cells.width, cells.height
    except NotImplementedError:
        return _frame(page, area)


def _frame(page: Sheet, area: Area) -> tuple[float, float, float, float]:
    widths, heights = dict(page.column_widths), dict(page.row_heights)

    def across(first: int, last: int) -> float:
        characters = sum(widths.get(column, _WIDTH) for column in range(first, last + 1))
        return characters * _PIXELS_A_CHARACTER * _POINTS_A_PIXEL

    def down(first: int, last: int) -> float:
        return sum(heights.get(row, _HEIGHT) for row in range(first, last + 1))

    return (
        across(1, area.first_column - 1),
        down(1, area.first_row - 1),
        across(area.first_column, area.last_column),
        down(area.first_row, area.last_row),
    )
