"""Native charts: a :class:`~clv_xl.workbook.sheet.ChartArea` as openpyxl's chart objects.

The look is quiet: one font, no frame, no fill, hairlines across, colours from the series. The cached
values are written too, so that a preview which reads no cells draws the chart as well.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from openpyxl.chart import BarChart, LineChart
from openpyxl.chart.axis import ChartLines, NumericAxis, TextAxis
from openpyxl.chart.chartspace import ChartContainer, ChartSpace
from openpyxl.chart.data_source import AxDataSource, NumDataSource, NumFmt, NumRef, StrRef
from openpyxl.chart.label import DataLabel, DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.legend import Legend, LegendEntry
from openpyxl.chart.marker import DataPoint, Marker
from openpyxl.chart.plotarea import PlotArea
from openpyxl.chart.series import Series as ChartSeries
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.utils import quote_sheetname
from openpyxl.xml.functions import tostring

from clv_xl.limits import column_letters
from clv_xl.workbook.cells import clean_text, escape_xstring
from clv_xl.workbook.chart_points import NumberPoints, TextPoints
from clv_xl.workbook.styles import MONTHS

if TYPE_CHECKING:
    from openpyxl.chart._chart import ChartBase

    from clv_xl.workbook.sheet import Area, Axis, ChartArea, Series

__all__ = ["build_chart", "chart_xml", "quoted_area"]

_FONT: Final = "Calibri"
_SIZE: Final = 900  # hundredths of a point
_TEXT: Final = "52606D"
_RULE: Final = "E4E7EB"
_BASE: Final = "9AA5B1"
_HAIRLINE: Final = 6_350  # EMU: half a point
_TURNED: Final = -2_700_000  # 45 degrees, to be read upwards
_LINE: Final = 22_225  # 1.75 points
_CHARACTER: Final = 6.2  # pixels: a wide mean of bold Calibri 9, for the room of names beside lines
_IDS: Final = {"categories": 10, "values": 100, "second categories": 20, "second values": 200}


def quoted_area(sheet: str, area: Area) -> str:
    """Return the absolute reference of an area, its sheet in quotes.

    Examples
    --------
    >>> from clv_xl.workbook.sheet import Area
    >>> quoted_area("Data quality", Area(2, 1, 9, 1)), quoted_area("It's", Area(1, 1, 1, 1))
    ("'Data quality'!$A$2:$A$9", "'It''s'!$A$1")
    """
    first = f"${column_letters(area.first_column)}${area.first_row}"
    last = f"${column_letters(area.last_column)}${area.last_row}"
    return f"{quote_sheetname(sheet)}!{first}" + ("" if first == last else f":{last}")


def build_chart(chart: ChartArea, width: float, height: float) -> ChartBase:
    """Build one chart.

    Parameters
    ----------
    chart : ChartArea
    width, height : float
        Size of its area in pixels, to leave room for labels beside the last point.

    Returns
    -------
    ChartBase
        A bar or line chart with its anchor set; lines on the second axis are a chart within it.
    """
    is_line = chart.kind == "line"
    # openpyxl numbers the series of the first axis first, and the legend goes by these numbers
    chart = replace(chart, series=tuple(sorted(chart.series, key=lambda series: series.on_second_axis)))
    # typed loosely: openpyxl's stubs know neither that charts can be added nor that anchors are objects
    built: Any = _line_chart() if is_line else _bar_chart(chart.kind)
    built.x_axis, built.y_axis = _axes(chart)
    beside = []
    for number, series in enumerate(chart.series):
        if series.on_second_axis:
            beside.append(_series(series, number, chart, is_line=True))
        else:
            built.ser.append(_series(series, number, chart, is_line=is_line))
    if beside:
        lines: Any = _line_chart()
        lines.x_axis, lines.y_axis = _second_axes(chart)
        lines.ser = beside
        lines.idx_base = len(built.ser)
        built += lines
    built.legend = _legend(chart)
    built.layout = _layout(chart, width, height)
    built.anchor = TwoCellAnchor(
        editAs="oneCell",
        _from=AnchorMarker(col=chart.area.first_column - 1, row=chart.area.first_row - 1),
        to=AnchorMarker(col=chart.area.last_column, row=chart.area.last_row),
    )
    return cast("ChartBase", built)


def chart_xml(chart: ChartBase) -> bytes:
    """Return the part of a chart.

    openpyxl's own would let Excel make the only series' name a title, and knows no font for the whole
    chart; hence this instead of the chart's ``_write``.
    """
    built: Any = chart
    plot: Any = PlotArea(layout=built.layout, spPr=_nothing())
    plot._charts = built._charts
    container = ChartContainer(plotArea=plot, legend=chart.legend, autoTitleDeleted=True)
    container.plotVisOnly = False
    container.dispBlanksAs = "gap"
    space = ChartSpace(chart=container, roundedCorners=False, spPr=_nothing(), txPr=_text(_TEXT))
    tree = space.to_tree()
    for number_format in tree.iter("numFmt"):
        # openpyxl leaves it out for labels, and LibreOffice then takes the format of the cells
        if number_format.get("sourceLinked") is None:
            number_format.set("sourceLinked", "0")
    return cast("bytes", tostring(tree))


def _line_chart() -> LineChart:
    chart = LineChart()
    chart.marker = True
    chart.varyColors = False
    return chart


def _bar_chart(kind: str) -> BarChart:
    chart = BarChart(barDir="bar" if kind == "bars" else "col", gapWidth=50, varyColors=False)
    if kind == "stacked columns":
        chart.grouping, chart.overlap = "stacked", 100
    return chart


@cache  # what charts have in common is made once: nothing of it is changed afterwards
def _nothing() -> GraphicalProperties:
    return GraphicalProperties(noFill=True, ln=LineProperties(noFill=True))


@cache
def _stroke(colour: str, width: int = _HAIRLINE) -> GraphicalProperties:
    return GraphicalProperties(ln=LineProperties(solidFill=colour, w=width))


@cache
def _characters(colour: str, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=_SIZE, b=bold, solidFill=colour, latin=Font(typeface=_FONT))


@cache
def _text(colour: str, *, bold: bool = False, turned: bool = False) -> RichText:
    properties = ParagraphProperties(defRPr=_characters(colour, bold=bold))
    # r=[]: without it openpyxl adds an empty run, which a style of text has no use for
    return RichText(
        bodyPr=RichTextProperties(rot=_TURNED, vert="horz") if turned else RichTextProperties(),
        p=[Paragraph(pPr=properties, r=[], endParaRPr=CharacterProperties())],
    )


def _title(words: str, *, rotated: bool) -> Title:
    run = RegularTextRun(t=clean_text(words, "an axis title"), rPr=_characters(_TEXT))
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=_characters(_TEXT)), r=[run])
    body = RichTextProperties(rot=-5_400_000, vert="horz") if rotated else RichTextProperties()
    return Title(tx=Text(rich=RichText(bodyPr=body, p=[paragraph])), overlay=False)


def _axes(chart: ChartArea) -> tuple[TextAxis, NumericAxis]:
    sideways = chart.kind == "bars"
    categories = _category_axis(
        chart.categories, _IDS["categories"], _IDS["values"], "l" if sideways else "b"
    )
    values = _value_axis(chart.values, _IDS["values"], _IDS["categories"], "b" if sideways else "l")
    values.majorGridlines = None if chart.values.hidden else ChartLines(spPr=_stroke(_RULE))
    if sideways:
        # the first category on top, as in the table beside it, and the scale still below
        categories.scaling.orientation = "maxMin"
        values.crosses = "max"
    return categories, values


def _second_axes(chart: ChartArea) -> tuple[TextAxis, NumericAxis]:
    axis = chart.second if chart.second is not None else chart.values
    categories = _category_axis(chart.categories, _IDS["second categories"], _IDS["second values"], "b")
    categories.delete, categories.title = True, None
    values = _value_axis(axis, _IDS["second values"], _IDS["second categories"], "r")
    values.majorGridlines = None
    values.crosses = "max"
    return categories, values


def _category_axis(axis: Axis, own: int, other: int, position: str) -> TextAxis:
    built = TextAxis(axId=own, crossAx=other, axPos=position, crosses="autoZero")
    built.delete = axis.hidden
    built.number_format = NumFmt(axis.number_format, sourceLinked=axis.number_format == "General")
    built.majorTickMark = built.minorTickMark = None
    built.tickLblPos = "low"
    built.spPr = _stroke(_BASE)
    # months at one angle in every chart; left to the program, it differs with the room
    built.txPr = _text(_TEXT, turned=axis.number_format == MONTHS)
    built.auto = False  # never a date scale, which would reorder and space the periods by itself
    built.lblAlgn = "ctr"
    built.noMultiLvlLbl = True
    if axis.every is not None:
        built.tickLblSkip = built.tickMarkSkip = axis.every
    if axis.title and not axis.hidden:
        built.title = _title(axis.title, rotated=position == "l")
    return built


def _value_axis(axis: Axis, own: int, other: int, position: str) -> NumericAxis:
    built = NumericAxis(axId=own, crossAx=other, axPos=position, crosses="autoZero", crossBetween="between")
    built.delete = axis.hidden
    built.scaling.min, built.scaling.max = axis.minimum, axis.maximum
    built.number_format = NumFmt(axis.number_format, sourceLinked=axis.number_format == "General")
    built.majorTickMark = built.minorTickMark = None
    built.tickLblPos = "nextTo"
    built.spPr = GraphicalProperties(ln=LineProperties(noFill=True))
    built.txPr = _text(_TEXT)
    if axis.every is not None:
        built.majorUnit = axis.every
    if axis.title and not axis.hidden:
        built.title = _title(axis.title, rotated=position != "b")
    return built


def _series(series: Series, number: int, chart: ChartArea, *, is_line: bool) -> ChartSeries:
    axis = chart.second if series.on_second_axis and chart.second is not None else chart.values
    built = ChartSeries(
        idx=number,
        order=number,
        tx=SeriesLabel(v=escape_xstring(clean_text(series.title, "a chart's series"))),
        cat=_categories(series, chart.categories),
        val=NumDataSource(
            numRef=NumRef(
                f=quoted_area(series.sheet, series.values),
                numCache=NumberPoints(axis.number_format, series.cached),
            )
        ),
    )
    if is_line:
        line = LineProperties(
            solidFill=series.colour, w=_LINE, cap="rnd", prstDash="sysDash" if series.dashed else None
        )
        built.spPr = GraphicalProperties(ln=line)
        built.marker = Marker(symbol="none")
        built.smooth = False
    else:
        built.spPr = _bar(series.colour, dashed=series.dashed)
        built.marker = None
        built.invertIfNegative = False
    built.dPt = [_point(index, colour, is_line=is_line) for index, colour in enumerate(series.point_colours)]
    built.dLbls = _labels(series, axis, is_line=is_line, stacked=chart.kind == "stacked columns")
    return built


def _categories(series: Series, axis: Axis) -> AxDataSource:
    where = quoted_area(series.categories_sheet or series.sheet, series.categories)
    numbers = [value for value in series.cached_categories if not isinstance(value, str)]
    if numbers and len(numbers) == len(series.cached_categories):
        return AxDataSource(numRef=NumRef(f=where, numCache=NumberPoints(axis.number_format, numbers)))
    names = [
        escape_xstring(clean_text(str(name), f"chart over {where}")) for name in series.cached_categories
    ]
    return AxDataSource(strRef=StrRef(f=where, strCache=TextPoints(names)))


def _bar(colour: str, *, dashed: bool) -> GraphicalProperties:
    if dashed:
        # a bar that is announced, not reached: outlined
        return GraphicalProperties(
            noFill=True, ln=LineProperties(solidFill=colour, w=_HAIRLINE, prstDash="sysDash")
        )
    return GraphicalProperties(solidFill=colour, ln=LineProperties(noFill=True))


def _point(index: int, colour: str, *, is_line: bool) -> DataPoint:
    if is_line:
        dot = GraphicalProperties(solidFill=colour, ln=LineProperties(noFill=True))
        return DataPoint(
            idx=index, marker=Marker(symbol="circle", size=6, spPr=dot), spPr=_stroke(colour, _LINE)
        )
    return DataPoint(idx=index, invertIfNegative=False, spPr=_bar(colour, dashed=False))


def _labels(series: Series, axis: Axis, *, is_line: bool, stacked: bool) -> DataLabelList | None:
    none = {
        "showLegendKey": False,
        "showVal": False,
        "showCatName": False,
        "showSerName": False,
        "showPercent": False,
        "showBubbleSize": False,
    }
    beside = "r" if is_line else "ctr" if stacked else "outEnd"
    if series.labels == "values":
        place = "t" if is_line else "ctr" if stacked else "outEnd"
        text = _text("FFFFFF" if stacked else _TEXT)
        form = series.label_format or axis.number_format
        return DataLabelList(numFmt=form, txPr=text, dLblPos=place, **{**none, "showVal": True})
    last = _last_point(series)
    if series.labels == "last" and last is not None:
        label = DataLabel(
            idx=last, txPr=_text(series.colour, bold=True), dLblPos=beside, **{**none, "showSerName": True}
        )
        return DataLabelList(dLbl=[label], **none)
    return None


def _last_point(series: Series) -> int | None:
    """Return the number of the last point that is drawn at all."""
    drawn = [index for index, value in enumerate(series.cached) if math.isfinite(value)]
    return drawn[-1] if drawn else None


def _legend(chart: ChartArea) -> Legend | None:
    """Return the legend, without the series that carry their name themselves."""
    named = [number for number, series in enumerate(chart.series) if series.labels == "last"]
    if not chart.legend or len(named) == len(chart.series):
        return None
    legend = Legend(legendPos="t", overlay=False, txPr=_text(_TEXT))
    legend.legendEntry = [LegendEntry(idx=number, delete=True) for number in named]
    return legend


def _layout(chart: ChartArea, width: float, height: float) -> Layout | None:
    """Return a plot area that leaves room on the right for names beside the lines; else let Excel choose."""
    names = [series.title for series in chart.series if series.labels == "last"]
    if not names or chart.kind == "bars":
        return None
    right = min(max(map(len, names)) * _CHARACTER + 14, width * 0.4)
    left = 22 if chart.values.title and not chart.values.hidden else 4
    bottom = 22 if chart.categories.title and not chart.categories.hidden else 4
    top = 26 if _legend(chart) is not None else 8
    # "outer": the rectangle holds the axis labels too; only titles, legend and names are left to place
    return Layout(
        manualLayout=ManualLayout(
            layoutTarget="outer",
            xMode="edge",
            yMode="edge",
            x=round(left / width, 4),
            y=round(top / height, 4),
            w=round(max(1 - (left + right) / width, 0.2), 4),
            h=round(max(1 - (top + bottom) / height, 0.2), 4),
        )
    )
