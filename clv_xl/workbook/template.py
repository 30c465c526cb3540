"""Composes the template workbook: its pages laid out, the hidden sheets, and the record of what was written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clv_xl.workbook import styles
from clv_xl.workbook.chart_data import (
    CHART_DATA,
    ChartBlock,
    chart_blocks,
    chart_data_sheet,
    chart_data_styles,
)
from clv_xl.workbook.layout import chart_name, lay_out
from clv_xl.workbook.live_values import live_values
from clv_xl.workbook.looks import looks_sheet, usual_styles
from clv_xl.workbook.records import RECORDS_COLUMN, recorded_rows
from clv_xl.workbook.remembered import look_of
from clv_xl.workbook.sheet import Area, Axis, Cell, ChartArea, Series
from clv_xl.workbook.specimen import specimen_sheets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from clv_xl.report.model import Chart, Report
    from clv_xl.workbook.sheet import Book, Sheet

__all__ = ["template_book"]

_CHARTS_ROW: Final = 6
_NOTHING: Final = Area(1, 1, 1, 1)


def template_book(template: Report, charts: Iterable[tuple[str, Chart]], *, inputs: Collection[str]) -> Book:
    """Return the book of the template.

    Parameters
    ----------
    template : Report
        Its pages.
    charts : iterable of (page key, Chart)
        The charts that its pages hold from the start.
    inputs : collection of str
        Titles of the pages that a refresh does not write.
    """
    book = lay_out(template)
    of_page: dict[str, list[Chart]] = {}
    titles = {page.key: page.title for page in template.pages}
    for key, chart in charts:
        of_page.setdefault(titles[key], []).append(chart)
    pages = [_with_charts(sheet, of_page.get(sheet.title, ())) for sheet in book.sheets]
    written = [page for page in pages if page.title not in inputs]
    blocks = chart_blocks(written)
    # the charts that were laid out read from nowhere; only now is it known where their data will stand
    pages = [
        replace(page, charts=tuple(_pointed(block) for block in blocks if block.page == page.title))
        for page in pages
    ]
    data = chart_data_sheet(blocks)
    records = [
        look_of(page, live_values(page), [block for block in blocks if block.page == page.title])
        for page in (*written, data)
    ]
    return replace(book, sheets=(*pages, _looks(pages, recorded_rows(records, ())), data))


def _with_charts(sheet: Sheet, charts: Sequence[Chart]) -> Sheet:
    """Put charts without data on a page, small and out of the way: the first refresh gives them their places."""
    if not charts:
        return sheet
    row = max(_CHARTS_ROW, 1 + max(cell.row for cell in sheet.cells))
    areas = (Area(row + place, 2, row + place, 2) for place in range(len(charts)))
    return replace(sheet, charts=tuple(map(_blank, charts, areas)))


def _blank(chart: Chart, area: Area) -> ChartArea:
    # a name beside the last point would have to know which point is the last
    labels = {"values": "values", "last": "none", "none": "none"}
    return ChartArea(
        kind=chart.kind,
        area=area,
        series=tuple(
            Series(
                title=line.title,
                sheet=CHART_DATA,
                values=_NOTHING,
                categories=_NOTHING,
                colour=styles.PALETTE[line.tone],
                cached=(float("nan"),),
                cached_categories=("",),
                dashed=line.dashed,
                on_second_axis=line.on_second_axis,
                point_colours=tuple(styles.PALETTE[tone] for tone in line.tones),
                labels=labels[line.label],  # type: ignore[arg-type]  # one of the words
            )
            for line in chart.series
        ),
        categories=Axis(chart.category_title or None, every=chart.every),
        values=Axis(None, styles.NUMBER_FORMATS[chart.format], minimum=chart.minimum),
        legend=chart.legend and len(chart.series) > 1,
        alt_text=f"{chart.title}, {chart.unit}.",
        name=chart_name(chart.series[0].values),
    )


def _pointed(block: ChartBlock) -> ChartArea:
    """Return a chart as it reads from its block."""
    values = block.values
    return replace(
        block.chart,
        series=tuple(
            replace(
                series,
                values=Area(values.first_row + 1, column, values.last_row, column),
                categories=block.categories,
                categories_sheet=CHART_DATA,
            )
            for column, series in enumerate(block.chart.series, start=values.first_column)
        ),
    )


def _looks(pages: Sequence[Sheet], records: Sequence[Sequence[str]]) -> Sheet:
    """Return the hidden sheet of looks with the records of the pages beside."""
    looks = looks_sheet([*usual_styles(specimen_sheets()), *usual_styles(pages), *chart_data_styles()])
    small = styles.plain(size=8, colour=styles.GREY)
    cells = [
        Cell(row, RECORDS_COLUMN + place, text, small)
        for row, texts in enumerate(records, start=1)
        for place, text in enumerate(texts)
        if text
    ]
    return replace(
        looks, cells=tuple(sorted((*looks.cells, *cells), key=lambda cell: (cell.row, cell.column)))
    )
