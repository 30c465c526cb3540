"""A whole workbook: written once with every feature, then read by openpyxl, calamine, LibreOffice and the SDK."""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from clv_xl.errors import LimitError, OutputError
from clv_xl.limits import MAX_CELL_STYLES
from clv_xl.workbook import cell_styles
from clv_xl.workbook.checks import check_book
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import (
    Area,
    Axis,
    Book,
    Bulk,
    BulkColumn,
    Cell,
    ChartArea,
    ConditionalFormat,
    Edge,
    Formula,
    Name,
    PrintSetup,
    Series,
    Sheet,
    Style,
    TableArea,
    Validation,
)
from tests.office import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.workbook import Workbook

# openpyxl says of solid data bars, which Excel writes in the same way, that it cannot keep them
pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported and will be removed")

NAN = float("nan")
PLAIN = Style()
TITLE = Style(size=18, bold=True, colour="1D5FA6")
HEADER = Style(
    bold=True, fill="E4E7EB", bottom=Edge("thin", "52606D"), wrap=True, horizontal="left", indent=1
)
MONEY = Style(
    number_format="#,##0.00", top=Edge("hair", "DDE2E8"), left=Edge("medium", "DDE2E8"), italic=True
)
SHARE = Style(number_format="0.0%", underline=True)
DAY = Style(number_format="yyyy-mm-dd")
MONTHS = tuple(f"2024-{month:02d}" for month in range(1, 7))
AMOUNTS = (100.0, 125.5, NAN, 90.0, 140.25, 160.0)
OLD = b"the old report"
DAY_WRITTEN = date(2024, 12, 31)


def line_over(column: int, values: tuple[float, ...], title: str, **more: object) -> Series:
    areas = (Area(21, column, 26, column), Area(21, 1, 26, 1))
    return Series(title, "Summary & more", *areas, "1D5FA6", values, MONTHS, **more)  # type: ignore[arg-type]


def summary() -> Sheet:
    months = [Cell(20, column, word, HEADER) for column, word in enumerate(("month", "amount", "twice"), 1)]
    for row, (month, amount) in enumerate(zip(MONTHS, AMOUNTS, strict=True), 21):
        months += [
            Cell(row, 1, month, PLAIN),
            # blank, so that a chart shows a gap
            Cell(row, 2, None if amount != amount else amount, MONEY),
            Cell(
                row,
                3,
                Formula("=Months[[#This Row],[amount]]*2", 0 if amount != amount else 2 * amount),
                MONEY,
            ),
        ]
    axes = (Axis("month"), Axis("SEK", "#,##0", minimum=0))
    other = line_over(3, tuple(2 * value for value in AMOUNTS), "Twice", on_second_axis=True)
    amount = line_over(2, AMOUNTS, "Amount")
    return Sheet(
        "Summary & more",
        (
            Cell(1, 1, "Customer lifetime value", TITLE),
            Cell(
                2,
                1,
                "=1+1",
                PLAIN,
                note="Text that looks like a formula.\nIt is none, " + "and stays text. " * 9,
            ),
            Cell(3, 1, "#N/A", PLAIN, link="Customers"),
            Cell(4, 1, 0.4, SHARE, note="the share of the amount that is left"),
            Cell(5, 1, Formula("=margin*100", 40.0), MONEY),
            Cell(6, 1, Formula('="a"&"<b>"', "a<b>"), PLAIN),
            Cell(7, 1, Formula("=margin>0.3", True), PLAIN),
            Cell(8, 1, Formula("=NA()", NAN), PLAIN),
            Cell(9, 1, NAN, MONEY),
            Cell(10, 1, date(2024, 2, 29), DAY),
            Cell(11, 1, False, PLAIN),
            Cell(12, 1, None, HEADER),
            Cell(13, 1, "00712", PLAIN),
            *months,
        ),
        column_widths=((1, 24.5), (2, 12), (3, 12), (16_384, 2)),
        row_heights=((1, 30), (15, 6.5)),
        tables=(
            TableArea(
                "Months",
                Area(20, 1, 26, 3),
                ("month", "amount", "twice"),
                filterable=False,
                calculated=(("twice", "=Months[[#This Row],[amount]]*2"),),
            ),
        ),
        formats=(
            ConditionalFormat("scale", Area(21, 2, 26, 2), ("FFFFFF", "1D5FA6")),
            ConditionalFormat(
                "scale", Area(21, 3, 22, 3), ("B3541E", "FFFFFF", "1D5FA6"), more=(Area(24, 3, 26, 3),)
            ),
            ConditionalFormat("bars", Area(21, 2, 26, 2), ("9AA5B1",)),
            ConditionalFormat(
                "expression", Area(21, 1, 26, 1), (), '$B21<"a&b"', "B3541E", "FFF9DB", bold=True
            ),
        ),
        charts=(
            ChartArea(
                "line", Area(2, 5, 10, 9), (replace(amount, labels="last"),), *axes, alt_text="Line & alt"
            ),
            ChartArea(
                "stacked columns", Area(12, 5, 20, 9), (amount, other), *axes, second=Axis("x2"), alt_text="b"
            ),
            ChartArea("bars", Area(2, 11, 10, 15), (replace(amount, labels="values"),), *axes, legend=False),
            ChartArea("columns", Area(12, 11, 20, 15), (amount,), *axes),
        ),
        validations=(
            Validation(
                Area(4, 1, 4, 1), "decimal", low=0, high=1, title="Margin", message="A share: 0 to 1."
            ),
            Validation(Area(5, 1, 5, 1), "list", choices=("now", "at end")),
            Validation(Area(6, 1, 6, 1), "whole", low=1),
            Validation(Area(10, 1, 10, 1), "date", high=73_050),
        ),
        freeze=(4, 2),
        tab_colour="1D5FA6",
        zoom=90,
        print_setup=PrintSetup(repeat_rows=(1, 2), area=Area(1, 1, 40, 15), breaks_after=(18,)),
    )


def customers(number: int = 300) -> Sheet:
    amounts = np.random.default_rng(3).lognormal(4, 1, number)
    amounts[::7] = np.nan
    bulk = Bulk(
        "Customers",
        3,
        2,
        (
            BulkColumn("customer", "text", [f"{index:06d}" for index in range(number)], PLAIN),
            BulkColumn("amount", "number", amounts, MONEY, note="Everything that the customer ordered."),
            BulkColumn("first order", "date", np.datetime64("2020-01-31") + np.arange(number), DAY),
            BulkColumn("member", "flag", [index % 2 == 0 for index in range(number)], PLAIN),
            BulkColumn("value", "number", amounts * 0.4, MONEY, "=Customers[[#This Row],[amount]]*margin"),
        ),
        HEADER,
    )
    bars = ConditionalFormat("bars", Area(4, 3, 3 + number, 3), ("9AA5B1",))
    title = Cell(1, 2, "Customers", TITLE, link="Summary & more")
    return Sheet("Customers", (title,), bulk=bulk, formats=(bars,), freeze=(4, 3), gridlines=True)


def book(**more: object) -> Book:
    margin = Name("margin", "Summary & more", Area(4, 1, 4, 1), "the share that is left")
    fields = {"names": (margin,), "subject": "a test", "sheets": (summary(), customers()), **more}
    return Book("Report & all", DAY_WRITTEN, **fields)  # type: ignore[arg-type]


def uneven() -> Sheet:
    columns = tuple(BulkColumn(title, "number", [1.0] * len(title), PLAIN) for title in ("a", "bc"))
    return Sheet("Uneven", (), bulk=Bulk("Uneven", 1, 1, columns, HEADER))


def with_cell(value: object, **more: object) -> Book:
    return Book("b", DAY_WRITTEN, (Sheet("A", (Cell(1, 1, value, PLAIN, **more),)),))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book with every feature, written."""
    path = tmp_path_factory.mktemp("writer") / "every feature.xlsx"
    write_book(book(), path)
    return path


@pytest.fixture(scope="module")
def workbook(path: Path) -> Workbook:
    return load_workbook(path)


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


# --- what other programs read ---------------------------------------------------------------------------


@pytest.mark.office
def test_the_sdk_finds_no_fault(path: Path, ooxml_validator: Callable[[Path], list[str]]) -> None:
    assert ooxml_validator(path) == []


@pytest.mark.office
def test_the_sdk_finds_no_fault_in_the_smallest_book(
    tmp_path: Path, ooxml_validator: Callable[[Path], list[str]]
) -> None:
    write_book(Book("b", DAY_WRITTEN, (Sheet("A", ()),)), tmp_path / "small.xlsx")
    assert ooxml_validator(tmp_path / "small.xlsx") == []


@pytest.mark.office
def test_libreoffice_opens_and_computes_the_same(path: Path, recalculate: Callable[[Path], Path]) -> None:
    computed = CalamineWorkbook.from_path(recalculate(path))
    stored = CalamineWorkbook.from_path(path)
    for sheet in ("Summary & more", "Customers"):
        for ours, theirs in zip(
            stored.get_sheet_by_name(sheet).to_python(),
            computed.get_sheet_by_name(sheet).to_python(),
            strict=False,
        ):
            for our, their in zip(ours, theirs, strict=False):
                if isinstance(our, float) and isinstance(their, float):
                    assert their == pytest.approx(our, rel=1e-12)
                elif our != "":
                    assert their == our


def test_values_and_cached_results(path: Path) -> None:
    rows = (
        CalamineWorkbook.from_path(path).get_sheet_by_name("Summary & more").to_python(skip_empty_area=False)
    )
    first = [row[0] for row in rows[:13]]
    assert first == [
        *("Customer lifetime value", "=1+1", "#N/A", 0.4, 40.0, "a<b>", True, "", ""),
        *(date(2024, 2, 29), False, "", "00712"),
    ]
    assert [row[2] for row in rows[20:26]] == [200.0, 251.0, 0.0, 180.0, 280.5, 320.0]


def test_errors_are_error_cells(workbook: Workbook, path: Path) -> None:
    assert (workbook.worksheets[0]["A9"].value, workbook.worksheets[0]["A9"].data_type) == ("#N/A", "e")
    cached = load_workbook(path, data_only=True).worksheets[0]["A8"]
    assert (cached.value, cached.data_type) == ("#N/A", "e")


def test_formulas_are_ours_and_only_ours(path: Path) -> None:
    found = set(re.findall("<f>(.*?)</f>", part(path, "xl/worksheets/sheet1.xml")))
    found |= set(re.findall("<f>(.*?)</f>", part(path, "xl/worksheets/sheet2.xml")))
    assert found == {
        "margin*100",
        '"a"&amp;"&lt;b&gt;"',
        "margin&gt;0.3",
        "NA()",
        "Months[[#This Row],[amount]]*2",
        "Customers[[#This Row],[amount]]*margin",
    }


def test_every_formula_has_a_value(path: Path) -> None:
    for name in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
        xml = part(path, name)
        assert xml.count("<f>") == len(re.findall(r"</f><v>[^<]+</v>", xml)) > 0
    # and is computed anew by any program that can
    assert 'fullCalcOnLoad="1"' in part(path, "xl/workbook.xml")


def test_looks(workbook: Workbook) -> None:
    sheet = workbook.worksheets[0]
    title, header, money = sheet["A1"], sheet["A20"], sheet["B21"]
    assert (title.font.sz, title.font.b, title.font.color.rgb) == (18, True, "FF1D5FA6")
    assert (header.fill.fgColor.rgb, header.border.bottom.style, header.alignment.wrap_text) == (
        "FFE4E7EB",
        "thin",
        True,
    )
    assert (header.alignment.horizontal, header.alignment.indent) == ("left", 1)
    assert (money.number_format, money.font.i, money.border.left.style) == ("#,##0.00", True, "medium")
    assert (sheet["A4"].number_format, sheet["A4"].font.u) == ("0.0%", "single")
    assert (sheet["A12"].value, sheet["A12"].fill.fgColor.rgb) == (None, "FFE4E7EB")
    # each distinct style once, and openpyxl's own default
    assert len(workbook._cell_styles) == 7  # type: ignore[attr-defined]


def test_fonts_follow_the_order_of_the_schema(path: Path) -> None:
    order = ["b", "i", "strike", "u", "vertAlign", "sz", "color", "name", "family", "charset", "scheme"]
    namespace = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    for font in ET.fromstring(part(path, "xl/styles.xml")).iter(f"{namespace}font"):
        places = [order.index(child.tag.removeprefix(namespace)) for child in font]
        assert places == sorted(places)


def test_sizes_views_and_print(workbook: Workbook) -> None:
    sheet, other = workbook.worksheets
    assert [sheet.column_dimensions[letters].width for letters in ("A", "B", "XFD")] == [24.5, 12, 2]
    assert [sheet.row_dimensions[row].height for row in (1, 2, 15)] == [30, None, 6.5]
    assert (sheet.freeze_panes, other.freeze_panes) == ("B4", "C4")
    assert (sheet.sheet_view.showGridLines, other.sheet_view.showGridLines) == (False, True)
    assert sheet.sheet_view.zoomScale == 90
    assert sheet.sheet_properties.tabColor.rgb == "FF1D5FA6"
    assert (sheet.print_title_rows, sheet.print_area) == ("$1:$2", "'Summary & more'!$A$1:$O$40")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.oddFooter.left.text, sheet.oddFooter.right.text) == ("&A", "&P / &N")
    assert [mark.id for mark in sheet.row_breaks.brk] == [18]
    assert workbook.active is sheet
    assert [each.sheet_view.tabSelected for each in workbook.worksheets] == [True, None]


def test_notes_are_sized_to_their_text(workbook: Workbook, path: Path) -> None:
    sheet, other = workbook.worksheets
    long, short = sheet["A2"].comment, sheet["A4"].comment
    assert short.text == "the share of the amount that is left"
    assert short.author == "clv_xl"
    boxes = re.findall(r"width:(\d+)px;height:(\d+)px", part(path, "xl/drawings/commentsDrawing1.vml"))
    (long_width, long_height), (short_width, short_height) = [(int(w), int(h)) for w, h in boxes]
    assert long_width == short_width
    # five lines and one, each with room for one more
    assert long_height >= 3 * short_height >= 90
    assert long.text.startswith("Text that looks like a formula.\nIt is none")
    assert other["C3"].comment.text == "Everything that the customer ordered."


def test_links_lead_to_the_sheet(workbook: Workbook) -> None:
    sheet, other = workbook.worksheets
    assert (sheet["A3"].hyperlink.location, sheet["A3"].hyperlink.target) == ("'Customers'!A1", None)
    assert other["B1"].hyperlink.location == "'Summary & more'!A1"


def test_tables(workbook: Workbook) -> None:
    sheet, other = workbook.worksheets
    months, table = sheet.tables["Months"], other.tables["Customers"]
    assert (months.ref, months.autoFilter) == ("A20:C26", None)
    assert (table.ref, table.autoFilter.ref) == ("B3:F303", "B3:F303")
    for each, where in ((months, sheet), (table, other)):
        header = where[each.ref][0]
        assert each.column_names == [cell.value for cell in header]
    assert months.tableColumns[2].calculatedColumnFormula.attr_text == "Months[[#This Row],[amount]]*2"
    assert table.tableColumns[4].calculatedColumnFormula.attr_text == "Customers[[#This Row],[amount]]*margin"
    assert (months.id, table.id) == (1, 2)


def test_conditional_formats(workbook: Workbook) -> None:
    rules = {
        str(area.sqref): [rule.type for rule in area.rules]
        for area in workbook.worksheets[0].conditional_formatting
    }
    assert rules == {
        "B21:B26": ["colorScale", "dataBar"],
        "C21:C22 C24:C26": ["colorScale"],
        "A21:A26": ["expression"],
    }
    (rule,) = workbook.worksheets[0].conditional_formatting["A21:A26"]
    assert rule.formula == ['$B21<"a&b"']
    assert (rule.dxf.font.color.rgb, rule.dxf.font.b) == ("FFB3541E", True)
    assert rule.dxf.fill.bgColor.rgb == "FFFFF9DB"


def test_data_bars_are_solid_and_linked(path: Path) -> None:
    for name, area in (("xl/worksheets/sheet1.xml", "B21:B26"), ("xl/worksheets/sheet2.xml", "C4:C303")):
        xml = part(path, name)
        (link,) = re.findall(r"<x14:id>(.*?)</x14:id>", xml)
        assert f'id="{link}"' in xml
        assert 'gradient="0"' in xml
        assert f"<xm:sqref>{area}</xm:sqref>" in re.sub(r' xmlns:\w+="[^"]*"', "", xml)


def test_validations(workbook: Workbook) -> None:
    rules = {
        str(rule.sqref): (rule.type, rule.operator, rule.formula1, rule.formula2)
        for rule in workbook.worksheets[0].data_validations.dataValidation
    }
    assert rules == {
        "A4": ("decimal", "between", "0", "1"),
        "A5": ("list", None, '"now,at end"', None),
        "A6": ("whole", "greaterThanOrEqual", "1", None),
        "A10": ("date", "lessThanOrEqual", "73050", None),
    }
    margin = workbook.worksheets[0].data_validations.dataValidation[0]
    assert (margin.promptTitle, margin.prompt, margin.error) == (
        "Margin",
        "A share: 0 to 1.",
        "A share: 0 to 1.",
    )


def test_names(workbook: Workbook) -> None:
    name = workbook.defined_names["margin"]
    assert (name.attr_text, name.comment) == ("'Summary & more'!$A$4", "the share that is left")


def test_charts_have_words_for_those_who_cannot_see_them(path: Path, workbook: Workbook) -> None:
    assert len(workbook.worksheets[0]._charts) == 4  # type: ignore[attr-defined]
    descriptions = re.findall(
        r'<cNvPr id="\d" name="Chart \d"(?: descr="(.*?)")?/>', part(path, "xl/drawings/drawing1.xml")
    )
    assert descriptions == ["Line &amp; alt", "b", "", ""]


def test_ids_of_digits_are_not_marked_as_doubtful(path: Path) -> None:
    assert '<ignoredError sqref="A13" numberStoredAsText="1"/>' in part(path, "xl/worksheets/sheet1.xml")
    assert '<ignoredError sqref="B4:B303" numberStoredAsText="1"/>' in part(path, "xl/worksheets/sheet2.xml")


def test_the_used_range_is_said_truthfully(path: Path) -> None:
    assert '<dimension ref="A1:C26"/>' in part(path, "xl/worksheets/sheet1.xml")
    assert '<dimension ref="B1:F303"/>' in part(path, "xl/worksheets/sheet2.xml")


def test_properties_are_those_of_the_book(workbook: Workbook) -> None:
    properties = workbook.properties
    assert (properties.title, properties.subject, properties.creator) == ("Report & all", "a test", "clv_xl")
    assert properties.created.date() == properties.modified.date() == DAY_WRITTEN


# --- the same bytes -------------------------------------------------------------------------------------


def test_the_same_book_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    write_book(book(), tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_the_same_bytes_whatever_the_process(path: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.test_workbook_openpyxl_writer import book\n"
        "from clv_xl.workbook.openpyxl_writer import write_book; write_book(book(), Path(sys.argv[1]))"
    )
    for seed in ("1", "2"):
        again = tmp_path / f"{seed}.xlsx"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Pacific/Kiritimati"}
        subprocess.run([sys.executable, "-c", script, again], check=True, env=environment, cwd=ROOT)
        assert again.read_bytes() == path.read_bytes()


def test_the_order_of_cells_does_not_matter(path: Path, tmp_path: Path) -> None:
    first = summary()
    turned = replace(first, cells=tuple(reversed(first.cells)))
    write_book(book(sheets=(turned, customers())), tmp_path / "turned.xlsx")
    assert (tmp_path / "turned.xlsx").read_bytes() == path.read_bytes()


# --- completely or not at all ---------------------------------------------------------------------------


def broken(sheet: Sheet, **more: object) -> Book:
    return book(sheets=(replace(sheet, **more), customers()))  # type: ignore[arg-type]


BEYOND_LIMITS: list[tuple[Callable[[], Book], str]] = [
    (lambda: replace(book(), title="x" * 256), "title"),
    (lambda: book(sheets=(replace(summary(), title="a/b"), customers())), "a/b"),
    (lambda: book(sheets=(summary(), customers(), Sheet("customers", ()))), "twice"),
    (lambda: book(names=(Name("A1", "Customers", Area(1, 1, 1, 1)),)), "reads as the cell"),
    (lambda: book(names=(Name("months", "Customers", Area(1, 1, 1, 1)),)), "twice"),
    (lambda: book(names=(Name("m", "Customers", Area(1, 1, 1, 1), "x" * 256),)), "256"),
    (lambda: with_cell("x" * 32_768), "A1"),
    (lambda: with_cell("x", note="y" * 32_768), "note of A1"),
    (lambda: with_cell(float("inf")), "does not fit"),
    (lambda: with_cell(2**60), "id"),
    (lambda: with_cell(Formula("=[@a]", 1)), "This Row"),
    (lambda: broken(summary(), cells=(Cell(1_048_577, 1, "a", PLAIN),), tables=()), "1,048,577"),
    (lambda: broken(summary(), column_widths=((1, 256),)), "256"),
    (lambda: broken(summary(), row_heights=((1, 500),)), "500"),
    (lambda: broken(summary(), zoom=5), "zoom"),
    (lambda: broken(summary(), print_setup=PrintSetup(breaks_after=tuple(range(1, 1_200)))), "page breaks"),
    (
        lambda: broken(summary(), validations=(Validation(Area(1, 1, 1, 1), "list", choices=("a,b",)),)),
        "comma",
    ),
    (
        lambda: broken(
            summary(), validations=(Validation(Area(1, 1, 1, 1), "whole", low=1, title="x" * 33),)
        ),
        "33",
    ),
    (
        lambda: broken(
            summary(), formats=(ConditionalFormat("expression", Area(1, 1, 1, 1), formula="[@a]"),)
        ),
        "Row",
    ),
    (
        lambda: broken(
            summary(), formats=(ConditionalFormat("bars", Area(1, 1, 1_048_577, 1), ("9AA5B1",)),)
        ),
        "1,048",
    ),
]


@pytest.mark.parametrize(("made", "reason"), BEYOND_LIMITS, ids=[reason for _, reason in BEYOND_LIMITS])
def test_what_excel_cannot_hold_is_found_before_a_byte_is_written(
    tmp_path: Path, made: Callable[[], Book], reason: str
) -> None:
    target = tmp_path / "report.xlsx"
    target.write_bytes(OLD)
    with pytest.raises(LimitError) as caught:
        write_book(made(), target)
    assert reason in str(caught.value)
    assert target.read_bytes() == OLD
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.xlsx"]


def test_more_styles_than_excel_has_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_styles, "MAX_FONTS", 3)
    with pytest.raises(LimitError, match="different fonts"):
        write_book(book(), tmp_path / "report.xlsx")
    assert MAX_CELL_STYLES == 65_490


CONTRADICTIONS: list[tuple[Callable[[], Book], str]] = [
    (lambda: book(sheets=()), "at least one sheet"),
    (lambda: book(names=(Name("m", "Nowhere", Area(1, 1, 1, 1)),)), "Nowhere"),
    (lambda: with_cell("a", link="Nowhere"), "Nowhere"),
    (lambda: broken(summary(), cells=(*summary().cells, Cell(1, 1, "again", PLAIN))), "two values for A1"),
    (
        lambda: broken(summary(), tables=(TableArea("T", Area(20, 1, 26, 2), ("month", "sum")),)),
        "header cells",
    ),
    (lambda: broken(summary(), tables=(TableArea("T", Area(20, 1, 20, 1), ("month",)),)), "below its header"),
    (lambda: broken(summary(), validations=(Validation(Area(1, 1, 1, 1), "decimal"),)), "neither"),
    (
        lambda: broken(summary(), formats=(ConditionalFormat("scale", Area(1, 1, 2, 1), ("FFFFFF",)),)),
        "1 colours",
    ),
    (lambda: broken(summary(), charts=(replace(summary().charts[0], series=()),)), "nothing is drawn"),
    (
        lambda: broken(
            summary(), charts=(replace(summary().charts[0], series=(line_over(2, (1.0,), "a"),)),)
        ),
        "1 cached values for 6 cells",
    ),
    (lambda: book(sheets=(summary(), replace(customers(), cells=(Cell(3, 9, "x", PLAIN),)))), "long table"),
    (lambda: book(sheets=(summary(), replace(customers(), row_heights=((9, 20),)))), "no heights"),
    (lambda: book(sheets=(summary(), customers(), uneven())), "differ in length"),
]


@pytest.mark.parametrize(("made", "reason"), CONTRADICTIONS, ids=[reason for _, reason in CONTRADICTIONS])
def test_a_book_that_contradicts_itself_is_our_mistake(made: Callable[[], Book], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        check_book(made())
    assert not isinstance(caught.value, LimitError)


class DiskThatFills(io.BufferedRandom):
    """A file whose writes fail once ``allowed`` of them are done, as on a full disk."""

    allowed = 0
    done = 0

    def write(self, data: object) -> int:
        if DiskThatFills.done >= DiskThatFills.allowed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        DiskThatFills.done += 1
        return super().write(data)  # type: ignore[arg-type]


def test_a_disk_that_is_full_at_any_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.xlsx"
    small = book(sheets=(summary(), customers(3)))
    monkeypatch.setattr(os, "fdopen", lambda descriptor, _: DiskThatFills(io.FileIO(descriptor, "r+")))
    DiskThatFills.allowed, DiskThatFills.done = sys.maxsize, 0
    write_book(small, target)
    writes = DiskThatFills.done
    assert writes > 50
    target.write_bytes(OLD)
    for allowed in {*range(0, writes, writes // 20), writes - 1}:
        DiskThatFills.allowed, DiskThatFills.done = allowed, 0
        with pytest.raises(OutputError, match="disk is full"):
            write_book(small, target)
        assert target.read_bytes() == OLD
        assert [entry.name for entry in tmp_path.iterdir()] == ["report.xlsx"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_in_the_middle_of_a_long_table(tmp_path: Path) -> None:
    target = tmp_path / "report.xlsx"
    target.write_bytes(OLD)
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.test_workbook_openpyxl_writer import book\n"
        "from clv_xl.workbook import bulk_rows; from clv_xl.workbook.openpyxl_writer import write_book\n"
        "whole = bulk_rows.BulkRows.chunks\n"
        "def chunks(self):\n"
        "    yield from whole(self)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "bulk_rows.BulkRows.chunks = chunks\n"
        "write_book(book(), Path(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, target], check=False, cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    assert target.read_bytes() == OLD
    write_book(book(), target)
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.xlsx"]
