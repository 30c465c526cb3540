"""Composes the template workbook: its pages laid out, the hidden sheets, and the record of what was written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clv_xl.workbook import styles
from clv_xl.workbook.chart_data import CHART_DATA, chart_blocks, chart_data_sheet, chart_data_styles
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.live_values import live_values
from clv_xl.workbook.looks import looks_sheet, usual_styles
from clv_xl.workbook.records import RECORDS_COLUMN, recorded_rows
from clv_xl.workbook.remembered import look_of
from clv_xl.workbook.sheet import Area, Cell, ChartArea
from clv_xl.workbook.specimen import specimen_sheets

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from clv_xl.report.model import Report
    from clv_xl.workbook.chart_data import ChartBlock
    from clv_xl.workbook.sheet import Book, Sheet

__all__ = ["template_book"]


def template_book(template: Report, *, inputs: Collection[str]) -> Book:
    """Return the book of the template.

    Parameters
    ----------
    template : Report
        Its pages; its charts read what no page holds yet.
    inputs : collection of str
        Titles of the pages that a refresh does not write.
    """
    book = lay_out(template, without_data=True)
    blocks = chart_blocks(sheet for sheet in book.sheets if sheet.title not in inputs)
    pages = [
        replace(sheet, charts=tuple(_pointed(block) for block in blocks if block.page == sheet.title))
        for sheet in book.sheets
    ]
    data = chart_data_sheet(blocks)
    records = [
        look_of(page, live_values(page), [block for block in blocks if block.page == page.title])
        for page in (*pages, data)
        if page.title not in inputs
    ]
    return replace(book, sheets=(*pages, _looks(pages, recorded_rows(records, ())), data))


def _pointed(block: ChartBlock) -> ChartArea:
    """Return a chart as it reads from its block."""
    values = block.values
    return replace(
        block.chart,
        series=tuple(
            replace(
                series,
                sheet=CHART_DATA,
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
