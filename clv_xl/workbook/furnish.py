"""What stands on a sheet besides its cells: tables, rules, notes, links, names, views and print setup.

Each record is turned into openpyxl's object for it. Where openpyxl has none, as for solid data bars, its own
is extended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpyxl.comments.comment_sheet import CommentRecord
from openpyxl.formatting.rule import ColorScale, DataBar, FormatObject, Rule
from openpyxl.styles import Color, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table, TableColumn, TableFormula, TableStyleInfo
from openpyxl.xml.functions import fromstring

from clv_xl.limits import column_letters
from clv_xl.workbook.cell_styles import SchemaFont, opaque
from clv_xl.workbook.cells import clean_text, escape_xstring
from clv_xl.workbook.charts import build_chart, quoted_area
from clv_xl.workbook.printing import BOTTOM_MARGIN, DEFAULT_COLUMN, DEFAULT_ROW, MARGIN
from clv_xl.workbook.sheet import Area

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

    from clv_xl.workbook.sheet import Bulk, Cell, ConditionalFormat, Name, Sheet, TableArea, Validation

__all__ = ["AUTHOR", "build_link", "build_name", "build_note", "furnish", "pixels", "reference", "solid_bars"]

AUTHOR: Final = "clv_xl"
_TABLE_STYLE: Final = "TableStyleLight1"
_NOTE_WIDTH: Final = 300  # pixels
_NOTE_LINE: Final = 44  # characters that surely fit into the width
_NOTE_LINE_HEIGHT: Final = 15  # pixels
_A4: Final = 9
_FOOTER: Final = ("Calibri,Regular", 8, "52606D")
_BAR_ID: Final = "{{C1F0C1F0-0000-4000-8000-{:012X}}}"  # any; unique within its sheet
# Excel 2010 and later keep solid fill and the axis for negative values apart from the bar of 2007
_X14: Final = 'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
_MAIN: Final = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_BAR_LINK: Final = (
    f'<extLst {_MAIN}><ext {_X14} uri="{{{{B025F937-C7B1-47D3-B67F-A62EFF666E3E}}}}">'
    "<x14:id>{}</x14:id></ext></extLst>"
)
_BAR: Final = (
    '<x14:conditionalFormatting xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
    '<x14:cfRule type="dataBar" id="{}"><x14:dataBar minLength="0" maxLength="100" gradient="0" '
    'negativeBarColorSameAsPositive="1"><x14:cfvo type="autoMin"/><x14:cfvo type="autoMax"/>'
    '<x14:axisColor rgb="FF9AA5B1"/></x14:dataBar></x14:cfRule><xm:sqref>{}</xm:sqref>'
    "</x14:conditionalFormatting>"
)
_BARS: Final = (
    f'<extLst {_MAIN}><ext {_X14} uri="{{{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}}}">'
    "<x14:conditionalFormattings>{}</x14:conditionalFormattings></ext></extLst>"
)


def furnish(worksheet: Any, sheet: Sheet) -> None:
    """Give an openpyxl worksheet everything but its rows, notes and links."""
    _set_up_view(worksheet, sheet)
    for table in sheet.tables:
        worksheet.add_table(_table(table))
    if sheet.bulk is not None:
        worksheet.add_table(_bulk_table(sheet.bulk))
    for number, rule in enumerate(sheet.formats):
        worksheet.conditional_formatting.add(_references(rule), _format_rule(rule, number))
    for validation in sheet.validations:
        worksheet.add_data_validation(_validation(validation))
    for chart in sheet.charts:
        worksheet._charts.append(build_chart(chart, *pixels(chart.area, sheet)))
    _set_up_print(worksheet, sheet)


def _set_up_view(worksheet: Any, sheet: Sheet) -> None:
    view = worksheet.sheet_view
    view.showGridLines = sheet.gridlines
    view.zoomScale = view.zoomScaleNormal = sheet.zoom
    if sheet.hidden:
        worksheet.sheet_state = "hidden"
    if sheet.tab_colour is not None:
        worksheet.sheet_properties.tabColor = opaque(sheet.tab_colour)
    if sheet.freeze is not None and sheet.freeze != (1, 1):
        worksheet.freeze_panes = f"{column_letters(sheet.freeze[1])}{sheet.freeze[0]}"
    for column, width in sheet.column_widths:
        worksheet.column_dimensions[column_letters(column)].width = width
    for area in sheet.merges:
        # openpyxl's own merging makes cells; ours are written elsewhere
        worksheet.merged_cells.add(reference(area))


def reference(area: Area) -> str:
    """Return an area as ``A1:B2``, or ``A1`` if it is one cell.

    Examples
    --------
    >>> reference(Area(1, 1, 2, 2)), reference(Area(3, 28, 3, 28))
    ('A1:B2', 'AB3')
    """
    first = f"{column_letters(area.first_column)}{area.first_row}"
    last = f"{column_letters(area.last_column)}{area.last_row}"
    return first if first == last else f"{first}:{last}"


def build_note(cell: Cell, sheet: str) -> CommentRecord:
    """Return the note of a cell, its box sized to the text."""
    place = f"{column_letters(cell.column)}{cell.row}"
    text = clean_text(cell.note or "", f"sheet {sheet}, note of {place}")
    lines = sum(1 + len(line) // _NOTE_LINE for line in text.split("\n"))
    height = _NOTE_LINE_HEIGHT * (lines + 1)
    record = CommentRecord(ref=place, author=AUTHOR, width=_NOTE_WIDTH, height=height)
    record.text.t = escape_xstring(text)
    return record


def build_link(cell: Cell) -> Hyperlink:
    """Return the link of a cell to the first cell of another sheet."""
    place = f"{column_letters(cell.column)}{cell.row}"
    return Hyperlink(ref=place, location=f"{quote_sheetname(cell.link or '')}!A1")


def build_name(name: Name) -> DefinedName:
    """Return a workbook-wide defined name."""
    meaning = escape_xstring(clean_text(name.meaning, f"name {name.name}"))
    return DefinedName(name.name, attr_text=quoted_area(name.sheet, name.area), comment=meaning or None)


def solid_bars(sheet: Sheet) -> Element | None:
    """Return the sheet's extension that makes its data bars solid, or None if it has no data bars."""
    bars = "".join(
        _BAR.format(_BAR_ID.format(number), _references(rule))
        for number, rule in enumerate(sheet.formats)
        if rule.kind == "bars"
    )
    return fromstring(_BARS.format(bars)) if bars else None


def _table(table: TableArea) -> Table:
    return _make_table(
        table.name, table.area, table.columns, dict(table.calculated), filterable=table.filterable
    )


def _bulk_table(bulk: Bulk) -> Table:
    # Excel knows no table without a row: an empty one keeps a blank row below its header
    last_row = bulk.row + max(bulk.rows, 1)
    area = Area(bulk.row, bulk.column, last_row, bulk.column + len(bulk.columns) - 1)
    calculated = {column.title: column.formula for column in bulk.columns if column.formula is not None}
    return _make_table(
        bulk.name, area, [column.title for column in bulk.columns], calculated, filterable=True
    )


def _make_table(
    name: str, area: Area, titles: Iterable[str], calculated: Mapping[str, str], *, filterable: bool
) -> Table:
    columns = []
    for number, title in enumerate(titles, 1):
        column = TableColumn(id=number, name=escape_xstring(clean_text(title, f"table {name}")))
        if title in calculated:
            formula = clean_text(calculated[title].removeprefix("="), f"table {name}, column {title}")
            column.calculatedColumnFormula = TableFormula(attr_text=escape_xstring(formula))
        columns.append(column)
    return Table(
        displayName=name,
        ref=reference(area),
        tableColumns=columns,
        autoFilter=AutoFilter(ref=reference(area)) if filterable else None,
        # no stripes: the layout's own cell styles are the look
        tableStyleInfo=TableStyleInfo(name=_TABLE_STYLE, showRowStripes=False),
    )


class _BarRule(Rule):
    """openpyxl's rule for data bars, with the link to the extension that makes them solid."""

    __elements__ = Rule.__elements__
    __attrs__ = Rule.__attrs__

    def __init__(self, colour: str, number: int) -> None:
        ends = [FormatObject("min"), FormatObject("max")]
        bar = DataBar(minLength=0, maxLength=100, cfvo=ends, color=opaque(colour))
        super().__init__("dataBar", dataBar=bar)
        self._link = _BAR_LINK.format(_BAR_ID.format(number))

    def to_tree(self, *arguments: Any, **named: Any) -> Element:
        tree = super().to_tree(*arguments, **named)
        tree.append(fromstring(self._link))
        return tree


def _references(rule: ConditionalFormat) -> str:
    return " ".join(reference(area) for area in (rule.area, *rule.more))


def _format_rule(rule: ConditionalFormat, number: int) -> Rule:
    if rule.kind == "scale":
        colours = [opaque(colour) for colour in rule.colours]
        middle = colours[1:-1]
        # the middle is the median: one customer far above all others does not leave the rest colourless
        ends = [FormatObject("min"), *(FormatObject("percentile", 50) for _ in middle), FormatObject("max")]
        return Rule("colorScale", colorScale=ColorScale(cfvo=ends, color=[Color(c) for c in colours]))
    if rule.kind == "bars":
        return _BarRule(rule.colours[0], number)
    font = None
    if rule.colour is not None or rule.bold is not None:
        font = SchemaFont(b=rule.bold, color=None if rule.colour is None else opaque(rule.colour))
    # in a rule, other than in a cell, the background is what a solid fill shows
    fill = None if rule.fill is None else PatternFill(bgColor=opaque(rule.fill), fill_type="solid")
    look = DifferentialStyle(font=font, fill=fill)
    return Rule("expression", formula=[escape_xstring(rule.formula or "")], dxf=look)


def _validation(rule: Validation) -> DataValidation:
    built = DataValidation(type=rule.kind, allow_blank=True, showErrorMessage=True, showInputMessage=True)
    if not rule.strict:
        built.errorStyle = "warning"
    if rule.kind == "list":
        built.formula1 = '"' + ",".join(rule.choices).replace('"', '""') + '"'
    elif rule.low is not None and rule.high is not None:
        built.operator, built.formula1, built.formula2 = "between", f"{rule.low:.15g}", f"{rule.high:.15g}"
    elif rule.low is not None:
        built.operator, built.formula1 = "greaterThanOrEqual", f"{rule.low:.15g}"
    else:
        built.operator, built.formula1 = "lessThanOrEqual", f"{rule.high:.15g}"
    built.promptTitle = built.errorTitle = rule.title or None
    built.prompt = built.error = rule.message or None
    built.add(reference(rule.area))
    return built


def pixels(area: Area, sheet: Sheet) -> tuple[float, float]:
    """Return the size of an area: 7 pixels a character of width, 4 pixels for 3 points of height."""
    widths, heights = dict(sheet.column_widths), dict(sheet.row_heights)
    columns = range(area.first_column, area.last_column + 1)
    rows = range(area.first_row, area.last_row + 1)
    return (
        sum(widths.get(column, DEFAULT_COLUMN) * 7 for column in columns),
        sum(heights.get(row, DEFAULT_ROW) * 4 / 3 for row in rows),
    )


def _set_up_print(worksheet: Any, sheet: Sheet) -> None:
    setup = sheet.print_setup
    page = worksheet.page_setup
    page.orientation = "landscape" if setup.landscape else "portrait"
    page.paperSize = _A4
    page.fitToWidth, page.fitToHeight = 1, setup.pages_tall
    worksheet.print_options.horizontalCentered = True
    worksheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = worksheet.page_margins
    margins.left = margins.right = setup.sides
    margins.top = MARGIN
    margins.bottom, margins.header, margins.footer = BOTTOM_MARGIN, 0.3, 0.3
    # &A is the sheet's title, &P and &N are page and pages: words that need no translation
    for item, words in ((worksheet.oddFooter.left, "&A"), (worksheet.oddFooter.right, "&P / &N")):
        item.text = words
        item.font, item.size, item.color = _FOOTER
    if setup.header:
        item = worksheet.oddHeader.left
        # & begins a code
        item.text = escape_xstring(
            clean_text(setup.header, f"sheet {sheet.title}, header").replace("&", "&&")
        )
        item.font, item.size, item.color = _FOOTER
    if setup.repeat_rows is not None:
        worksheet.print_title_rows = f"{setup.repeat_rows[0]}:{setup.repeat_rows[1]}"
    if setup.area is not None:
        worksheet.print_area = reference(setup.area)
    for row in setup.breaks_after:
        worksheet.row_breaks.append(Break(id=row))
