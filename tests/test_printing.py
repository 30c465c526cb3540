"""On paper: every block whole where a page can hold it, heads over what is continued, no ream for a list."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from clv_xl.workbook.letters import width_of
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.printing import Span, plan_breaks, plan_pages
from clv_xl.workbook.sheet import Formula
from tests.reading import Workbook
from tests.shops import EDGE_NAMES, EDGE_SHOPS, book_of, material_of, sample_lines, with_costs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.workbook.sheet import Book, Sheet
    from tests.oracle import Line

# A4 landscape, in points, less the margins that the report sets: 0.45 inch, and 0.7 below
WIDE, TALL = 297 / 25.4 * 72 - 2 * 0.45 * 72, 210 / 25.4 * 72 - (0.45 + 0.7) * 72
HEADING = 13


def room(sheet: Sheet) -> float:
    """Height of a printed page in points of the sheet: fitting the width shrinks everything alike."""
    widths = dict(sheet.column_widths)
    last = max(cell.column for cell in sheet.cells)
    wide = sum(widths.get(column, 9.14) * 7 * 0.75 for column in range(1, last + 1))
    between = 297 / 25.4 * 72 - 2 * sheet.print_setup.sides * 72
    return TALL / min(1.0, between / wide)


def height(sheet: Sheet, first: int, last: int) -> float:
    heights = dict(sheet.row_heights)
    return sum(heights.get(row, 15.0) for row in range(first, last + 1))


def pages(sheet: Sheet) -> list[tuple[int, int]]:
    """First and last row of each printed page, by the breaks that the sheet sets."""
    last = max(cell.row for cell in sheet.cells)
    ends = [*sheet.print_setup.breaks_after, last]
    return list(zip([1, *(end + 1 for end in ends[:-1])], ends, strict=True))


def blocks(sheet: Sheet) -> list[tuple[int, int]]:
    """First and last row of each block: from its heading, or its chart's, to the last filled row before the next."""
    filled = sorted({cell.row for cell in sheet.cells if cell.value not in {None, ""}})
    starts = {cell.row for cell in sheet.cells if cell.style.size == HEADING and cell.style.bold}
    charts = {chart.area.first_row - 2: chart.area.last_row for chart in sheet.charts}
    firsts = sorted(starts | set(charts))
    found = []
    for first, after in zip(firsts, [*firsts[1:], filled[-1] + 1], strict=True):
        inside = [row for row in filled if first <= row < after]
        found.append((first, max(inside[-1], charts.get(first, 0))))
    return found


def paged(book: Book) -> list[Sheet]:
    return [sheet for sheet in book.sheets if sheet.bulk is None and sheet.print_setup.pages_tall == 0]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    folder = tmp_path_factory.mktemp("printing")
    lines = sample_lines(folder / "sample", customers=320)
    money = {"gross_margin": 0.45, "acquisition_cost": 116.0, "service_cost": 12.0, "currency": "SEK"}
    return {
        "sample": book_of(material_of(folder, lines, **money)),
        "sample with costs, by month": book_of(
            material_of(folder, with_costs(lines), cohort_period="month", **money)
        ),
        "two customers": book_of(material_of(folder, EDGE_SHOPS["two customers"])),
        "eleven years": book_of(material_of(folder, spread_over(lines, 8), **money)),
    }


def spread_over(lines: list[Line], years: int) -> list[Line]:
    """Move every second order some years back."""
    return [
        replace(one, day=one.day.replace(year=one.day.year - years * (number % 2), day=min(one.day.day, 28)))
        for number, one in enumerate(lines)
        if one.amount >= 0
    ]


def bare(sheet: Sheet) -> Sheet:
    """A page alone has nothing to compute from, so it keeps its values."""
    cells = tuple(
        replace(cell, value=cell.value.cached if isinstance(cell.value, Formula) else cell.value, link=None)
        for cell in sheet.cells
    )
    return replace(sheet, cells=cells, charts=(), formats=(), tables=(), validations=())


@pytest.mark.long
def test_no_page_holds_more_than_paper_does(books: dict[str, Book]) -> None:
    for name, book in books.items():
        for sheet in paged(book):
            for first, last in pages(sheet):
                assert height(sheet, first, last) <= room(sheet), (name, sheet.title, first, last)


def test_what_fits_on_a_page_is_not_broken(books: dict[str, Book]) -> None:
    """The map of segments, a heat map, a chart, a table: none begins on one page and ends on another."""
    seen = 0
    for name, book in books.items():
        for sheet in paged(book):
            turns = sheet.print_setup.breaks_after
            for first, last in blocks(sheet):
                if height(sheet, first, last) <= 0.95 * room(sheet):
                    assert not [turn for turn in turns if first <= turn < last], (
                        name,
                        sheet.title,
                        first,
                        last,
                        turns,
                    )
                    seen += 1
    assert seen > 40


def test_a_long_table_starts_with_some_rows_and_goes_on_under_its_head(books: dict[str, Book]) -> None:
    broken = 0
    for name, book in books.items():
        for sheet in paged(book):
            turns = sheet.print_setup.breaks_after
            spans = blocks(sheet)
            for first, last in spans:
                inside = [turn for turn in turns if first <= turn < last]
                if inside:
                    assert inside[0] - first >= 8, (name, sheet.title, first, turns)
                    broken += 1
            first, last = spans[-1]
            if [turn for turn in turns if first <= turn < last] and sheet.title in {
                "Cohorts",
                "Data quality",
                "Method",
            }:
                assert sheet.print_setup.repeat_rows is not None, (name, sheet.title)
                head, end = sheet.print_setup.repeat_rows
                assert first < head == end < last
                words = [cell for cell in sheet.cells if cell.row == head]
                assert all(cell.style.bold and cell.style.fill for cell in words)
    assert broken > 0


def test_pages_are_not_left_almost_empty(books: dict[str, Book]) -> None:
    for name, book in books.items():
        for sheet in paged(book):
            for first, last in pages(sheet)[:-1]:
                assert height(sheet, first, last) > 0.3 * room(sheet), (name, sheet.title, first, last)


@pytest.mark.parametrize("customers", [100, 101])
@pytest.mark.one_in(2)
def test_a_long_list_prints_its_best_rows_and_says_so(tmp_path: Path, customers: int) -> None:
    lines = [
        one
        for one in sample_lines(tmp_path / "s", customers=200)
        if one.amount >= 0 and one.status != "cancelled"
    ]
    names = sorted({one.customer for one in lines})[:customers]
    book = book_of(material_of(tmp_path, [one for one in lines if one.customer in names]))
    sheet = next(sheet for sheet in book.sheets if sheet.bulk is not None)
    assert sheet.bulk is not None
    assert sheet.bulk.rows == customers
    words = " ".join(str(cell.value) for cell in sheet.cells)
    area = sheet.print_setup.area
    assert area is not None
    assert (area.first_row, area.first_column) == (1, 1)
    assert area.last_row == sheet.bulk.row + 100
    assert ("first 100" in words) == (customers > 100)
    # what findings send a reader to is on paper too, where it is known
    assert ("up to Days overdue" if "Days overdue" in words else "up to Last order") in words
    assert "Clear Print Area" in words
    write_book(book, tmp_path / "r.xlsx")
    assert Workbook(tmp_path / "r.xlsx").names["_xlnm.Print_Area"]


def test_no_table_of_months_goes_on_without_its_head(tmp_path: Path) -> None:
    """Eight years of months: programs repeat the head of one table a sheet, and Trends has two."""
    lines = EDGE_SHOPS["years without an order"]
    sheet = next(one for one in book_of(material_of(tmp_path, lines)).sheets if one.title == "Trends")
    long = [span for span in blocks(sheet) if span[1] - span[0] > 40]
    assert len(long) == 2
    for first, last in long:
        assert not [turn for turn in sheet.print_setup.breaks_after if first <= turn < last]


def test_the_customer_list_is_printed_large_enough_to_read(books: dict[str, Book]) -> None:
    """All its columns on one page's width shrank it to a third."""
    for name in ("sample", "two customers"):
        sheet = next(sheet for sheet in books[name].sheets if sheet.bulk is not None)
        area, bulk = sheet.print_setup.area, sheet.bulk
        assert area is not None
        assert bulk is not None
        titles = [column.title for column in bulk.columns[: area.last_column - bulk.column + 1]]
        assert {"Customer", "Segment", "Amount", "Orders", "Last order", "Historic CLV"} <= set(titles)
        assert name != "sample" or {"Predicted CLV", "P(alive)"} <= set(titles)
        widths = dict(sheet.column_widths)
        wide = sum(widths.get(column, 9.14) * 5.25 for column in range(1, area.last_column + 1))
        assert WIDE / wide >= 0.8, name
        (told,) = (cell for cell in sheet.cells if "On paper" in str(cell.value))
        # the same in other languages is up to a third longer
        assert 1.3 * width_of(str(told.value), told.style.size) * 5.25 <= wide, name


def test_the_cohort_page_stays_readable_on_paper(books: dict[str, Book]) -> None:
    """Chosen by itself, the period never shrinks the page below two thirds."""
    for name in ("sample", "two customers", "eleven years"):
        sheet = next(sheet for sheet in books[name].sheets if sheet.title == "Cohorts")
        assert TALL / room(sheet) >= 0.66, name


@pytest.mark.office
@pytest.mark.parametrize("name", ["sample", "sample with costs, by month", "two customers", "eleven years"])
def test_libreoffice_prints_the_pages_that_were_planned(
    books: dict[str, Book], soffice: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    """One page for each break and one more: no break is ignored, and none is added by a page that overflows."""
    book = books[name]
    sheets = tuple(map(bare, paged(book)))
    write_book(replace(book, sheets=sheets, names=()), tmp_path / "paper.xlsx")
    printed = soffice(tmp_path / "paper.xlsx", "pdf", tmp_path / "out").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == sum(len(pages(sheet)) for sheet in sheets)


def charted(book: Book) -> list[tuple[str, float]]:
    """Every number behind a chart, as the cells hold it."""
    cells = {
        (sheet.title, cell.row, cell.column): cell.value for sheet in book.sheets for cell in sheet.cells
    }
    found = []
    for sheet in book.sheets:
        for chart in sheet.charts:
            for series in chart.series:
                area = series.values
                for row in range(area.first_row, area.last_row + 1):
                    for column in range(area.first_column, area.last_column + 1):
                        value = cells.get((series.sheet, row, column))
                        kept = value.cached if isinstance(value, Formula) else value
                        if isinstance(kept, float):
                            found.append((chart.alt_text, kept))
    return found


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", EDGE_NAMES)
@pytest.mark.parametrize("cost", [pytest.param(None, marks=pytest.mark.long), 5.0])
def test_a_gap_in_a_chart_is_a_blank_cell(tmp_path: Path, name: str, cost: float | None) -> None:
    """LibreOffice draws a cell that holds #N/A as 0."""
    book = book_of(material_of(tmp_path, EDGE_SHOPS[name], acquisition_cost=cost))
    assert not [text for text, value in charted(book) if math.isnan(value)]


def test_the_value_curve_of_three_years_stays_on_one_page(books: dict[str, Book]) -> None:
    sheet = next(sheet for sheet in books["sample"].sheets if sheet.title == "Cohorts")
    table = next(table for table in sheet.tables if table.name == "value_curve")
    assert table.area.last_row - table.area.first_row == 36
    assert not [
        turn for turn in sheet.print_setup.breaks_after if table.area.first_row <= turn < table.area.last_row
    ]


@pytest.mark.parametrize("rows", [30, 31, 32, 37, 38, 60, 61])
def test_the_last_page_of_a_long_block_is_not_one_row(rows: int) -> None:
    """The month 36 of Scenarios stood alone on a page."""
    turns, _ = plan_breaks([Span(1, rows, rows + 1, header=1)], lambda row: 10.0, 300.0)
    for first, last in pairwise((0, *turns, rows)):
        assert 6 <= last - first <= 30, (rows, turns)


def test_two_tables_go_on_one_page_in_slightly_smaller_letters() -> None:
    """The best and the lowest 20 customers had a half-empty page each."""
    spans = [Span(1, 26, 27, header=3), Span(28, 53, 54, header=30)]
    plan = plan_pages(spans, lambda row: 10.0, {1: 148.0}, 1)
    assert plan.breaks == ()
    assert plan.sides > 0.45
    # of letters that the width makes small already, nothing is taken
    wide = plan_pages(spans, lambda row: 20.0, {1: 296.0}, 1)
    assert wide.breaks == (27,)
    assert wide.sides == 0.45


def test_a_table_that_is_continued_without_its_head_is_shrunk_onto_a_page(books: dict[str, Book]) -> None:
    """Only one header a sheet is repeated: 15 of 48 months stood under none on Trends."""
    sheet = next(sheet for sheet in books["sample"].sheets if sheet.title == "Trends")
    for table in sheet.tables:
        rows = range(table.area.first_row, table.area.last_row)
        head = (table.area.first_row, table.area.first_row)
        broken = [turn for turn in sheet.print_setup.breaks_after if turn in rows]
        assert not broken or sheet.print_setup.repeat_rows == head, table.name


def test_wider_margins_reach_the_file(books: dict[str, Book], tmp_path: Path) -> None:
    sheet = next(sheet for sheet in books["sample"].sheets if sheet.title == "Trends")
    assert sheet.print_setup.sides > 0.45
    write_book(replace(books["sample"], sheets=(bare(sheet),), names=()), tmp_path / "t.xlsx")
    written = load_workbook(tmp_path / "t.xlsx")["Trends"]
    assert written.page_margins.left == written.page_margins.right == sheet.print_setup.sides
    assert written.sheet_properties.pageSetUpPr.fitToPage


def test_a_page_that_holds_little_takes_the_block_before() -> None:
    """The rules of Scenarios stood alone on a page, below nothing."""
    spans = [Span(1, 20, 21), Span(22, 40, 41), Span(42, 53, 54), Span(55, 95, 95)]
    assert plan_breaks(spans, lambda row: 10.0, 497.0)[0] == (41, 54)
    assert plan_pages(spans, lambda row: 10.0, {1: 100.0}, 1).breaks == (21, 54)
