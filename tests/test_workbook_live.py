"""The parts of writing into an open workbook that need no Excel: rectangles, texts as typed, records, room."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clv_xl.errors import LimitError, OutputError
from clv_xl.workbook.cells import clean_text, typed_text
from clv_xl.workbook.chart_data import chart_blocks
from clv_xl.workbook.live_plan import plan_page
from clv_xl.workbook.live_room import PageNow
from clv_xl.workbook.live_values import live_constant, live_values
from clv_xl.workbook.regions import covered, rectangles, sliced
from clv_xl.workbook.remembered import KeptNote, PageLook, PageTable, read_looks, shift, write_looks
from clv_xl.workbook.sheet import (
    Area,
    Axis,
    Bulk,
    BulkColumn,
    Cell,
    ChartArea,
    Formula,
    Series,
    Sheet,
    Style,
    TableArea,
)
from tests.excel_hosts.live_excel import LiveExcel

GRIDS = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 3), min_size=width, max_size=width), min_size=1, max_size=7
    )
)
AREAS = st.tuples(st.integers(1, 12), st.integers(1, 6), st.integers(0, 6), st.integers(0, 4)).map(
    lambda box: Area(box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(GRIDS)
def test_rectangles_cover_each_cell_once_with_its_number(rows: list[list[int]]) -> None:
    grid = np.array(rows)
    painted = np.zeros_like(grid)
    for number, area in rectangles(grid):
        part = (slice(area.first_row - 1, area.last_row), slice(area.first_column - 1, area.last_column))
        assert (painted[part] == 0).all()
        painted[part] = number
    assert (painted == grid).all()


def test_a_table_is_few_rectangles() -> None:
    grid = np.ones((1_000, 12), dtype=int)
    grid[1:, 3] = 2
    grid[0] = 3
    assert len(rectangles(grid)) == 4
    # a staircase is cut along its steps
    steps = np.tril(np.ones((9, 9), dtype=int))
    assert len(rectangles(steps)) == 9


@given(AREAS, st.integers(1, 40))
def test_slices_are_small_and_make_up_the_area(area: Area, most: int) -> None:
    parts = list(sliced(area, most))
    width = area.last_column - area.first_column + 1
    assert parts[0].first_row == area.first_row
    assert parts[-1].last_row == area.last_row
    for before, after in pairwise(parts):
        assert after.first_row == before.last_row + 1
    for part in parts:
        rows = part.last_row - part.first_row + 1
        assert rows == 1 or rows * width <= most


@given(st.text(max_size=60))
@example("=1+1")
@example("'")
@example("TRUE")
@example("mars 5")
@example("kr 12,50")
def test_excel_takes_every_text_for_itself(text: str) -> None:
    cleaned = clean_text(text, "a cell")
    host = LiveExcel.__new__(LiveExcel)
    assert host._typed(typed_text(cleaned)) == (cleaned or None, None)


@given(st.text(alphabet=st.characters(categories=("L", "Zs", "P")), max_size=40))
def test_an_apostrophe_is_set_only_where_it_may_be_needed(text: str) -> None:
    if typed_text(text) == text and text:
        assert text[0].isalpha()
        assert " " in text


def test_a_text_of_full_length_has_no_room_for_an_apostrophe() -> None:
    assert live_constant("word " * 6_553 + "ab", "A1") == "word " * 6_553 + "ab"
    with pytest.raises(LimitError, match="A1"):
        live_constant("7" * 32_767, "A1")
    assert live_constant("7" * 32_766, "A1") == "'" + "7" * 32_766


def test_whole_numbers_that_the_mac_passes_over_are_decimal_numbers() -> None:
    assert isinstance(live_constant(2**31, "A1"), float)
    assert isinstance(live_constant(2**31 - 1, "A1"), int)


@given(
    st.lists(AREAS, max_size=4), st.sampled_from(["rows", "columns"]), st.integers(1, 20), st.integers(-5, 5)
)
def test_a_shifted_record_covers_what_excel_has_moved(
    areas: list[Area], axis: str, at: int, count: int
) -> None:
    if count == 0:
        return
    number = 0 if axis == "rows" else 1
    before = covered(areas, (40, 40))
    if count > 0:
        after = np.insert(before, [at - 1] * count, values=False, axis=number)
        # what is put in within an area becomes part of it
        for area in areas:
            first, last = (
                (area.first_row, area.last_row) if number == 0 else (area.first_column, area.last_column)
            )
            if first < at <= last:
                rows = slice(at - 1, at - 1 + count)
                across = (
                    slice(area.first_column - 1, area.last_column)
                    if number == 0
                    else slice(area.first_row - 1, area.last_row)
                )
                after[(rows, across) if number == 0 else (across, rows)] = True
    else:
        after = np.delete(before, range(at - 1, at - 1 - count), axis=number)
    moved = shift(PageLook("page", own=tuple(areas)), axis, at, count)
    assert (covered(moved.own, after.shape) == after).all()


def test_a_record_reads_back_as_it_was_however_long() -> None:
    look = PageLook(
        title="Cohorts",
        heading='A "heading"',
        own=tuple(Area(row, 1, row, 5) for row in range(1, 2_000)),
        looks=(('{"bold":true}', Area(1, 1, 1, 1)), ("{}", Area(2, 1, 9, 9))),
        widths=((1, 12.5),),
        heights=((1, 30.0),),
        rules="abc",
        tables=(PageTable("months", Area(5, 2, 9, 4), ("Month", "Å")),),
        notes=((1, 2, "def"),),
        charts=(("clv_months", "1", "2"),),
        kept=(KeptNote("months", "2024-01-01", "note", "=not a formula"), KeptNote("months", "x", "#1", 2.5)),
        whole=False,
    )
    rows = write_looks([look, PageLook("Summary")])
    assert all(len(text) <= 8_000 for row in rows for text in row)
    assert len({len(row) for row in rows}) == 1
    assert read_looks(rows) == {"Cohorts": look, "Summary": PageLook("Summary")}


def page(*cells: Cell, **more: object) -> Sheet:
    return Sheet("Page", (Cell(1, 2, "Heading", Style()), *cells), **more)  # type: ignore[arg-type]


def test_constants_and_formulas_are_written_apart_and_long_texts_alone() -> None:
    sheet = page(
        Cell(3, 2, "=text", Style()),
        Cell(3, 3, Formula("=1+1", 2), Style()),
        Cell(4, 2, float("nan"), Style()),
        Cell(4, 3, "x" * 9_000, Style()),
        Cell(5, 2, "Summary", Style(), link="It's"),
    )
    plan = plan_page(sheet, None, PageNow(()))
    first, alone = plan.constants
    assert first.area == Area(1, 1, 5, 3)
    # where Excel does not tell formulas from blanks, a gap is left as it is
    assert first.content[2] == (None, "'=text", "")
    assert first.content[3] == (None, "", "")
    assert (alone.area, alone.content) == (Area(4, 3, 4, 3), (("'" + "x" * 9_000,),))
    formulas = {text for fill in plan.formulas for row in fill.content for text in row}
    assert formulas == {"=1+1", "=NA()", "=HYPERLINK(\"#'It''s'!A1\",\"Summary\")"}


def test_a_calculated_column_is_one_formula() -> None:
    columns = (
        BulkColumn("id", "text", ["a", "b"], Style()),
        BulkColumn("twice", "number", [2.0, 4.0], Style(), formula="=t[[#This Row],[id]]"),
        BulkColumn("blank", "number", [1.0, float("nan")], Style()),
    )
    sheet = page(bulk=Bulk("t", 3, 2, columns, Style()))
    values = live_values(sheet)
    assert values.constants[4].tolist() == ["", "'b", "", ""]
    plan = plan_page(sheet, None, PageNow(()))
    assert [(fill.area, fill.content) for fill in plan.formulas] == [
        (Area(4, 3, 5, 3), "=t[[#This Row],[id]]")
    ]
    # nothing is blanked out first where one formula fills all
    assert all(fill.area.first_column > 3 or fill.area.last_column < 3 or fill.area.last_row < 4
               for fill in plan.constants)  # fmt: skip


def listed(rows: int, **more: object) -> Sheet:
    cells = [Cell(3, 2, "id", Style()), *(Cell(4 + n, 2, f"c{n}", Style()) for n in range(rows))]
    return page(*cells, tables=(TableArea("t", Area(3, 2, 3 + rows, 2), ("id",)),), **more)


def _no_formulas(area: Area) -> list[list[str]]:
    return [[""] * (area.last_column - area.first_column + 1)] * (area.last_row - area.first_row + 1)


def now_of(sheet: Sheet, *own: tuple[int, int, object]) -> PageNow:
    grid: list[list[object]] = [[None] * 6 for _ in range(12)]
    for row, column, value in [*((cell.row, cell.column, cell.value) for cell in sheet.cells), *own]:
        grid[row - 1][column - 1] = value
    return PageNow(grid, {table.name: table.area for table in sheet.tables}, formulas=_no_formulas)


def test_what_a_reader_wrote_below_is_pushed_down_by_whole_rows() -> None:
    before = listed(2)
    look = plan_page(before, None, None).after
    plan = plan_page(listed(5), look, now_of(before, (8, 2, "mine")))
    assert [(step.axis, step.at, step.count) for step in plan.shifts] == [("rows", 6, 3)]


def test_a_cell_in_a_gap_that_the_page_needs_is_refused_by_name() -> None:
    before = listed(5)
    look = plan_page(before, None, None).after
    wanted = page(*listed(5).cells[1:], Cell(2, 2, "new here", Style()), tables=listed(5).tables)
    with pytest.raises(OutputError, match=r'Page!B2 holds "mine", which is your own'):
        plan_page(wanted, look, now_of(before, (2, 2, "mine")))


def test_a_table_gets_shorter_before_its_rows_are_cleared() -> None:
    before = listed(5)
    look = plan_page(before, None, None).after
    plan = plan_page(listed(2), look, now_of(before))
    assert [(step.axis, step.area) for step in plan.shifts] == [("table", Area(3, 2, 5, 2))]
    assert plan.clears == (Area(6, 2, 8, 2),)


def test_a_chart_with_more_lines_than_its_block_holds_is_refused() -> None:
    area = Area(1, 1, 1, 1)
    line = Series("a", "Page", area, area, "000000", (1.0,), ("x",))
    chart = ChartArea("line", area, (line,) * 7, Axis(), Axis(), name="many")
    with pytest.raises(ValueError, match="many: 7 series, at most 6"):
        chart_blocks([Sheet("Page", (), charts=(chart,))])
