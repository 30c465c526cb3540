"""Decides where everything on every page stands: from report pages to sheets ready to be written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from clv_xl.errors import ClvXlError
from clv_xl.report.model import (
    Cards,
    Findings,
    Grid,
    InputMap,
    Launch,
    LongTable,
    Matrix,
    Paragraph,
    Steps,
    Table,
    Tiles,
)
from clv_xl.workbook import styles
from clv_xl.workbook.blocks import place_cards, place_findings, place_paragraph, place_tiles
from clv_xl.workbook.canvas import Canvas, PendingChart, Place, Places, value_of, wrapped
from clv_xl.workbook.launchpad import place_input_map, place_launch, place_steps
from clv_xl.workbook.matrices import place_grid, place_matrix
from clv_xl.workbook.printing import DEFAULT_ROW, Span, plan_pages
from clv_xl.workbook.sheet import (
    Area,
    Axis,
    Book,
    ChartArea,
    Name,
    PrintSetup,
    Series,
    Sheet,
)
from clv_xl.workbook.tables import place_bare_table, place_long_table, place_table
from clv_xl.workbook.whole_words import keep_words_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.report.model import Block, CellRef, Page, Report, Scalar
    from clv_xl.workbook.sheet import Style

__all__ = ["lay_out"]

TILE_WIDTH = 38.0
GUTTER_WIDTH = 1.7
_SUBJECT = "Customer lifetime value"
"""What a workbook is about, as the properties of the file say it."""


def lay_out(report: Report, *, without_data: bool = False) -> Book:
    """Give every block of a report its cells.

    Charts are settled last, because they may read figures of a page further back. ``without_data`` lets a chart
    stand that reads what no page holds: it has one point, which is blank.
    """
    places: Places = {}
    titles = {page.key: page.title for page in report.pages}
    canvases = [_lay_out_page(page, places, titles) for page in report.pages]
    for canvas in canvases:
        canvas.charts.extend(
            _settle(pending, _Blank(places) if without_data else places) for pending in canvas.pending
        )
    for canvas in canvases:
        _say(canvas, dict(report.words))
    names: list[Name] = [name for canvas in canvases for name in canvas.names]
    return Book(
        title=report.title,
        created=report.as_of,
        sheets=tuple(_sheet(page, canvas) for page, canvas in zip(report.pages, canvases, strict=True)),
        names=tuple(sorted(names, key=lambda name: name.name.lower())),
        subject=dict(report.words).get(_SUBJECT, _SUBJECT),
    )


def _say(canvas: Canvas, words: dict[str, str]) -> None:
    """Put the words of number formats, and the titles of hints, in the report's language."""
    if not words:
        return
    for key, cell in canvas.cells.items():
        told = _worded(cell.style, words)
        if told is not cell.style:
            canvas.cells[key] = replace(cell, style=told)
    if canvas.bulk is not None:
        columns = (replace(column, style=_worded(column.style, words)) for column in canvas.bulk.columns)
        canvas.bulk = replace(canvas.bulk, columns=tuple(columns))
    canvas.charts[:] = [_worded_chart(chart, words) for chart in canvas.charts]
    canvas.validations[:] = [
        replace(rule, title=words.get(rule.title, rule.title)) for rule in canvas.validations
    ]


def _worded(style: Style, words: dict[str, str]) -> Style:
    told = styles.worded(style.number_format, words)
    return style if told == style.number_format else replace(style, number_format=told)


def _worded_chart(chart: ChartArea, words: dict[str, str]) -> ChartArea:
    def axis(known: Axis) -> Axis:
        return replace(known, number_format=styles.worded(known.number_format, words))

    return replace(
        chart,
        series=tuple(
            line
            if line.label_format is None
            else replace(line, label_format=styles.worded(line.label_format, words))
            for line in chart.series
        ),
        values=axis(chart.values),
        second=None if chart.second is None else axis(chart.second),
    )


def _lay_out_page(page: Page, places: Places, titles: dict[str, str]) -> Canvas:
    canvas = Canvas(
        title=page.title, places=places, sheet_titles=titles, dashboard=page.dashboard, bare=page.bare
    )
    if page.bare:
        return _lay_out_bare(canvas, page)
    canvas.widths[1] = GUTTER_WIDTH
    if page.dashboard:
        for index, width in enumerate(page.widths or (TILE_WIDTH,) * 5):
            canvas.widths[canvas.column(index)] = width
            canvas.widths[canvas.column(index) + 1] = GUTTER_WIDTH
    else:
        canvas.widths.update({canvas.column(index): width for index, width in enumerate(page.widths)})
    canvas.put(1, 2, page.heading, styles.TITLE)
    canvas.heights[1] = 30
    canvas.put(2, 2, page.question, styles.QUESTION)
    canvas.heights[2] = 18
    canvas.heights[3] = 8
    canvas.row = 4
    _warn(canvas, page)
    for block in page.blocks:
        canvas.header, first = None, canvas.row if canvas.spans else 1
        _PLACERS[type(block)](canvas, block)
        filled = max((row for row, _ in canvas.cells if row < canvas.row), default=first)
        header = canvas.header
        if isinstance(block, Paragraph) and not block.title and canvas.spans and canvas.spans[-1].header:
            # lines without a heading speak of the table above them: the two turn the page together
            above = canvas.spans.pop()
            first, header = above.first, above.header
        canvas.spans.append(Span(first, max(first, filled), canvas.row - 1, header))
    if page.dashboard:
        _paint_background(canvas)
    else:
        keep_words_whole(canvas)
    return canvas


def _warn(canvas: Canvas, page: Page) -> None:
    """Put down what the reader must not miss, and some room below it."""
    look = styles.plain(size=10, bold=True, colour=styles.BAD)
    cautions = [part for line in page.cautions for part in wrapped(line, canvas.page_width, look)]
    if page.notice is not None:
        lines = len(wrapped(str(value_of(page.notice)), canvas.page_width, look))
        if lines > 1:
            canvas.merges.append(Area(3, 2, 3, max(canvas.widths)))
        canvas.put(3, 2, page.notice, replace(look, wrap=lines > 1))
        canvas.heights[3] = 15 * lines
    for part in cautions:
        canvas.put(canvas.row, 2, part, look)
        canvas.heights[canvas.row] = 15
        canvas.row += 1
    if page.notice is not None or cautions:
        canvas.heights[canvas.row] = 6
        canvas.row += 1


def _lay_out_bare(canvas: Canvas, page: Page) -> Canvas:
    """Lay out a table for input: it begins in the first cell, and nothing stands beside it."""
    canvas.widths.update({canvas.column(index): width for index, width in enumerate(page.widths)})
    for block in page.blocks:
        if not isinstance(block, Table) or canvas.tables:
            raise ClvXlError(f"the page {page.title} is for input, and may hold one table only")
        place_bare_table(canvas, block)
    return canvas


_PLACERS: dict[type[Block], Callable[[Canvas, Any], None]] = {
    Tiles: place_tiles,
    Cards: place_cards,
    Findings: place_findings,
    Paragraph: place_paragraph,
    Table: place_table,
    LongTable: place_long_table,
    Matrix: place_matrix,
    Grid: place_grid,
    InputMap: place_input_map,
    Steps: place_steps,
    Launch: place_launch,
}


def _paint_background(canvas: Canvas) -> None:
    last = Area(1, 1, canvas.row, max(canvas.widths))
    canvas.fill(last, styles.plain(fill=styles.BACKGROUND))
    for key, cell in canvas.cells.items():
        if cell.style.fill is None:
            canvas.cells[key] = replace(cell, style=replace(cell.style, fill=styles.BACKGROUND))


class _Blank(dict[tuple[str, str | int], "Place"]):
    """Places, and a blank cell in place of what no page holds."""

    def get(self, key: tuple[str, str | int], default: Any = None) -> Any:  # as of a dict
        return super().get(key, Place("", Area(1, 1, 1, 1), (float("nan"),)))


def _settle(pending: PendingChart, places: Places) -> ChartArea:
    chart = pending.chart
    categories = _find(chart.categories, places)
    series = []
    for line in chart.series:
        place = _find(line.values, places)
        series.append(
            Series(
                title=line.title,
                sheet=place.sheet,
                values=place.area,
                categories=categories.area,
                categories_sheet=categories.sheet,
                colour=styles.PALETTE[line.tone],
                cached=tuple(
                    float(value) if isinstance(value, int | float) else float("nan") for value in place.values
                ),
                cached_categories=tuple(_category(value) for value in categories.values),
                dashed=line.dashed,
                on_second_axis=line.on_second_axis,
                point_colours=tuple(styles.PALETTE[tone] for tone in line.tones),
                labels=line.label,
                label_format=None if chart.scale_format is None else styles.NUMBER_FORMATS[chart.format],
            )
        )
    number_format = styles.NUMBER_FORMATS[chart.scale_format or chart.format]
    second = None
    if chart.second_format is not None:
        second = Axis(chart.second_title or None, styles.NUMBER_FORMATS[chart.second_format], minimum=0)
    return ChartArea(
        kind=chart.kind,
        area=pending.area,
        series=tuple(series),
        categories=Axis(
            chart.category_title or None,
            styles.MONTHS if isinstance(categories.values[0], date) else "General",
            every=chart.every,
        ),
        values=Axis(None, number_format, minimum=chart.minimum),
        second=second,
        legend=chart.legend,
        alt_text=chart.alt_text or f"{value_of(chart.title)}. {chart.unit}",
        name=_chart_name(chart.series[0].values),
    )


def _chart_name(source: CellRef) -> str:
    """Name a chart after what its first series shows: the same in every report, and once on a page.

    Examples
    --------
    >>> from clv_xl.report.model import CellRef
    >>> _chart_name(CellRef("deciles", "share")), _chart_name(CellRef("retention", -1))
    ('clv_deciles_share', 'clv_retention_average')
    """
    return f"clv_{source.block}_{'average' if source.key == -1 else source.key}"


def _category(value: Scalar) -> str | float:
    """Return a category as a chart keeps it: text, or a number where the cell is a number or a date."""
    if isinstance(value, date):
        return (value - date(1899, 12, 30)).days
    return value if isinstance(value, int | float) else str(value)


def _find(reference: CellRef, places: Places) -> Place:
    place = places.get((reference.block, reference.key))
    if place is None:
        raise ClvXlError(f"a chart reads {reference.block}.{reference.key}, which no page holds")
    return place.part(reference.first, reference.last)


def _print_setup(page: Page, canvas: Canvas) -> PrintSetup:
    if page.one_page:
        return PrintSetup(pages_tall=1)
    if canvas.bulk is not None:
        return PrintSetup(repeat_rows=(canvas.bulk.row, canvas.bulk.row), area=canvas.printed)
    plan = plan_pages(
        canvas.spans,
        lambda row: canvas.heights.get(row, DEFAULT_ROW),
        canvas.widths,
        canvas.last_column,
    )
    return PrintSetup(
        breaks_after=plan.breaks,
        repeat_rows=None if plan.repeat is None else (plan.repeat, plan.repeat),
        sides=plan.sides,
    )


def _sheet(page: Page, canvas: Canvas) -> Sheet:
    return Sheet(
        title=page.title,
        cells=tuple(canvas.cells[key] for key in sorted(canvas.cells)),
        column_widths=tuple(sorted(canvas.widths.items())),
        row_heights=tuple(sorted(canvas.heights.items())),
        bulk=canvas.bulk,
        tables=tuple(canvas.tables),
        formats=tuple(canvas.formats),
        charts=tuple(canvas.charts),
        validations=tuple(canvas.validations),
        buttons=tuple(canvas.buttons),
        merges=tuple(canvas.merges),
        freeze=canvas.freeze,
        tab_colour=_tab_colour(page),
        print_setup=_print_setup(page, canvas),
    )


def _tab_colour(page: Page) -> str | None:
    if page.inputs:
        return styles.INPUT_TAB
    return styles.ACCENT if page.dashboard else None
