"""Refresh report, in a simulated Excel: a model of a workbook does what xlwings' remote engine asks for.

What only a real Excel can show (COM, the look of charts, prompts) stands in ``docs/excel-checklist.md``.
"""

from __future__ import annotations

import copy
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.excel.template import make_template
from tests import live, shops
from tests.excel_hosts.live_excel import LiveExcel, Table
from tests.excel_hosts.refresh_host import RefreshHost
from tests.reading import Workbook
from tests.shops import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.oracle import Line

NOTE, OFFSET = "my own note", 3


@pytest.fixture(scope="module")
def excel() -> Iterator[RefreshHost]:
    with RefreshHost() as program:
        yield program


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> LiveExcel:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    make_template(path)
    return LiveExcel(path)


@pytest.fixture
def template(empty: LiveExcel) -> LiveExcel:
    return copy.deepcopy(empty)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return shops.sample_lines(tmp_path_factory.mktemp("sample"), customers=320)


@pytest.fixture(scope="module")
def small(sample: list[Line]) -> list[Line]:
    """A third of the customers, and no more than two years."""
    chosen = sorted({row.customer for row in sample})[::3]
    return [row for row in sample if row.customer in chosen and row.day >= date(2024, 1, 1)]


@pytest.fixture(scope="module")
def refreshed(excel: RefreshHost, empty: LiveExcel, sample: list[Line]) -> LiveExcel:
    """The sample shop after its first refresh."""
    host = live.fill(copy.deepcopy(empty), sample, gross_margin=0.45, acquisition_cost=90.0, currency="SEK")
    return excel.refresh(host)


@pytest.fixture
def filled(refreshed: LiveExcel) -> LiveExcel:
    return copy.deepcopy(refreshed)


def pages(host: LiveExcel) -> dict[str, Any]:
    """What the report's pages hold and look like, and all names."""
    return {
        title: part
        for title, part in host.snapshot().items()
        if title not in {*live.INPUTS, "Looks", "Chart data"}
    }


# --- the same report --------------------------------------------------------------------------------------


def test_every_figure_and_text_is_that_of_the_openpyxl_writer(refreshed: LiveExcel, tmp_path: Path) -> None:
    path = live.expected_file(refreshed, tmp_path / "report.xlsx")
    assert live.differences(refreshed, path) == []
    assert live.style_differences(refreshed, path) == []
    file = Workbook(path)
    ours = {
        name: text
        for name, text in file.names.items()
        if "Parameters" not in text and not name.startswith("_xlnm.")
    }
    assert {name: refreshed.names[name].replace("'", "") for name in ours} == {
        name: f"={text}".replace("'", "") for name, text in ours.items()
    }
    areas = {
        t.name: (s.name, t.area) for s in refreshed.sheets for t in s.tables if s.name not in live.INPUTS
    }
    from openpyxl.utils import range_boundaries

    for name, (title, area) in file.tables.items():
        left, top, right, bottom = range_boundaries(area)
        assert areas.pop(name) == (title, (top, left, bottom, right))
    assert areas == {}


def test_the_live_names_of_the_parameters_stay_on_the_input_sheet(refreshed: LiveExcel) -> None:
    for name in ("gross_margin", "lifespan_years", "acquisition_cost"):
        assert refreshed.names[name].replace("'", "").startswith("=Parameters!")
    assert refreshed.named("gross_margin").value == 0.45
    assert refreshed.named("lifespan_years").value is None


@pytest.mark.long
@pytest.mark.parametrize("costs", [pytest.param(False, marks=pytest.mark.long), True])
def test_orders_with_and_without_costs(
    excel: RefreshHost, template: LiveExcel, sample: list[Line], tmp_path: Path, costs: bool
) -> None:
    lines = shops.with_costs(sample) if costs else shops.without_order_ids(sample)
    host = excel.refresh(live.fill(template, lines))
    path = live.expected_file(host, tmp_path / "report.xlsx")
    assert live.differences(host, path) == []
    assert live.style_differences(host, path) == []


@pytest.mark.long
@pytest.mark.parametrize("shop", list(shops.EDGE_SHOPS))
def test_shops_at_the_edge(excel: RefreshHost, template: LiveExcel, tmp_path: Path, shop: str) -> None:
    host = excel.refresh(live.fill(template, shops.EDGE_SHOPS[shop]))
    assert live.status(host).startswith("Report as of"), live.status(host)
    assert live.differences(host, live.expected_file(host, tmp_path / "report.xlsx")) == []


def test_all_looks_are_copied_from_the_hidden_sheet(refreshed: LiveExcel) -> None:
    assert "copyFromRange" in refreshed.by_kind
    assert not {"setFontProperty", "setRangeColor", "setBorderProperty", "setNumberFormat"} & set(
        refreshed.by_kind
    )


@pytest.mark.long
def test_a_look_that_the_hidden_sheet_lacks_is_made_there(
    excel: RefreshHost, template: LiveExcel, sample: list[Line]
) -> None:
    looks = template.sheet("Looks")
    for (row, column), cell in looks.cells.items():
        if column <= 2 and row > 5:
            cell.value = cell.style = None
    host = excel.refresh(live.fill(template, sample))
    assert live.status(host).startswith("Report as of")
    figure = host.sheet("Summary").cells[6, 2].style
    assert (figure["font_bold"], figure["font_size"], figure["fill"]) == (True, 20, "#FFFFFF")
    assert figure["edge_left_weight"] == "thick"
    keys = [cell.value for (_, column), cell in looks.cells.items() if column == 1 and cell.value]
    assert len(keys) == len(set(keys))


def test_charts_read_from_the_block_of_their_own_data(refreshed: LiveExcel) -> None:
    data = refreshed.sheet("Chart data")
    assert not data.visible
    names = {(sheet.name, chart.name) for sheet in refreshed.sheets for chart in sheet.charts}
    assert names == {
        ("Summary", "clv_value_curve_margin"),
        ("Summary", "clv_segments_share"),
        ("Summary", "clv_months_returning_amount"),
        ("Summary", "clv_deciles_share"),
        ("Customers", "clv_deciles_share"),
        ("Segments", "clv_segments_customer_share"),
        ("Cohorts", "clv_value_curve_margin"),
        ("Cohorts", "clv_retention_average"),
        ("Trends", "clv_trend_movement_new"),
        ("Trends", "clv_trend_movement_end"),
        ("Trends", "clv_trend_value_average"),
        ("Trends", "clv_trend_value_clv"),
        ("Migration", "clv_segment_moves_then"),
        ("Groups", "clv_groups_channel_expected_clv"),
        ("Forecast", "clv_months_ahead_margin"),
        ("Forecast", "clv_calibration_predicted"),
        ("Scenarios", "clv_levers_alone_difference"),
        ("Scenarios", "clv_scenario_months_today"),
    }
    for sheet in refreshed.sheets:
        for chart in sheet.charts:
            title, source, by = chart.settings["source"]
            assert (title, by) == ("Chart data", "Columns")
            first, last = source.replace("$", "").split(":")
            (top, left), (bottom, right) = live.split(first), live.split(last)
            _, categories = chart.settings["categories"]
            assert categories.replace("$", "") == (
                f"{live.letters(left - 1)}{top + 1}:{live.letters(left - 1)}{bottom}"
            )
            for column in range(left, right + 1):
                assert isinstance(data.cells[top, column].value, str)
                formulas = [data.cells[row, column].formula for row in range(top + 1, bottom + 1)]
                assert all(formula.startswith("='") for formula in formulas)
    months = next(c for c in refreshed.sheet("Summary").charts if c.name == "clv_months_returning_amount")
    top, left = live.split(months.settings["source"][1].replace("$", "").split(":")[0])
    # the formula leads to the cell that the page shows
    formula = data.cells[top + 1, left].formula
    title, _, address = formula.removeprefix("=").partition("!")
    page = refreshed.sheet(title.strip("'"))
    row, column = live.split(address)
    table = page.table("months").area
    assert page.cells[table[0], column].value == "Returning customers"
    assert table[0] < row <= table[2]


# --- again ------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("way", [pytest.param("remote", marks=pytest.mark.long), "desktop"])
def test_a_second_refresh_changes_nothing(excel: RefreshHost, filled: LiveExcel, way: str) -> None:
    before = filled.snapshot()
    again = excel.refresh(filled, way)
    assert again.snapshot() == before
    # values and formulas are written again, looks are not
    assert not {
        "copyFromRange",
        "addConditionalFormat",
        "addNote",
        "setRowHeight",
        "setChartSourceData",
    } & set(again.by_kind)


@pytest.mark.long
def test_both_ways_into_excel_give_the_same_workbook(
    excel: RefreshHost, template: LiveExcel, refreshed: LiveExcel, sample: list[Line]
) -> None:
    host = live.fill(template, sample, gross_margin=0.45, acquisition_cost=90.0, currency="SEK")
    desktop = excel.refresh(host, "desktop")
    one, two = pages(desktop), pages(refreshed)
    for title in one:
        if title == "names":
            assert one[title] == two[title]
            continue
        # widths are counted in characters here and in points there, and places are measured here
        assert one[title][:3] == two[title][:3]
        assert one[title][4] == two[title][4]


@pytest.mark.long
def test_a_smaller_shop_leaves_nothing_behind(
    excel: RefreshHost, filled: LiveExcel, small: list[Line], tmp_path: Path
) -> None:
    host = excel.refresh(live.fill(filled, small))
    path = live.expected_file(host, tmp_path / "small.xlsx")
    assert live.differences(host, path) == []
    assert live.style_differences(host, path) == []


@pytest.mark.long
def test_a_shop_that_shrinks_and_grows_again_is_as_it_was(
    excel: RefreshHost,
    filled: LiveExcel,
    refreshed: LiveExcel,
    sample: list[Line],
    small: list[Line],
    tmp_path: Path,
) -> None:
    host = excel.refresh(live.fill(filled, small))
    host = excel.refresh(live.fill(host, sample))
    path = live.expected_file(host, tmp_path / "report.xlsx")
    assert live.differences(host, path) == []
    assert live.style_differences(host, path) == []
    before, after = pages(refreshed), pages(host)
    assert after["names"] == before["names"]
    for title in before:
        if title != "names":
            assert after[title][0] == before[title][0]
            assert after[title][5] == before[title][5], f"rules of {title}"
            assert after[title][4] == before[title][4], f"notes of {title}"


@pytest.mark.long
def test_from_one_order_to_many_and_back(
    excel: RefreshHost, template: LiveExcel, sample: list[Line], tmp_path: Path
) -> None:
    one = shops.EDGE_SHOPS["one customer, one order"]
    host = template
    for lines in (one, sample, one):
        host = excel.refresh(live.fill(host, lines))
        assert live.status(host).startswith("Report as of"), live.status(host)
        assert live.differences(host, live.expected_file(host, tmp_path / "report.xlsx")) == []


@pytest.mark.long
def test_costs_that_come_later_make_room_in_every_table(
    excel: RefreshHost, filled: LiveExcel, sample: list[Line], tmp_path: Path
) -> None:
    host = excel.refresh(live.fill(filled, shops.with_costs(sample)))
    path = live.expected_file(host, tmp_path / "report.xlsx")
    assert live.differences(host, path) == []
    assert live.style_differences(host, path) == []


# --- what is a reader's own -------------------------------------------------------------------------------


def with_own_things(host: LiveExcel) -> LiveExcel:
    """Give a workbook what an analyst adds to one."""
    from tests.excel_hosts.live_excel import Sheet

    host.sheets.append(Sheet("My notes"))
    host.put("My notes", "B2", ["call them"], ["=1+1"])
    host.sheet("My notes").widths[2] = 44.0
    listed = host.sheet("Customer list")
    top, left, bottom, right = listed.table("customers").area
    # typed right of the table, a column becomes part of it
    listed.table("customers").area = (top, left, bottom, right + 1)
    listed.cell(top, right + 1).value = NOTE
    for row in range(top + 1, bottom + 1, OFFSET):
        listed.cell(row, right + 1).value = f"note on {listed.cells[row, left].value}"
    listed.widths[3] = 33.0
    listed.cell(top + 2, left).style = {"fill": "#FFFF00"}
    listed.table("customers").criteria[2] = {"type": "values", "values": ["Champions", "Loyal"]}
    cohorts = host.sheet("Cohorts")
    cohorts.cell(200, 3).value = "far below"
    cohorts.cell(3, 60).value = "far right"
    # a blank cell of a card looks like ours and is free
    host.sheet("Summary").cell(19, 4).value = "in a card"
    host.sheet("Summary").charts[0].settings["colour of my own"] = "red"
    return host


def own_things(host: LiveExcel) -> dict[str, Any]:
    """Look for them again."""
    listed = host.sheet("Customer list")
    cohorts = host.sheet("Cohorts").content()
    return {
        "sheet": host.sheet("My notes").content() | {"width": host.sheet("My notes").widths[2]},
        "notes": live.by_customer(host, live.column_beside(host, "customers", 0)),
        "title": listed.cells[listed.table("customers").area[0], listed.table("customers").area[3]].value,
        "width": listed.widths[3],
        "filter": listed.table("customers").criteria,
        "below": [address for address, value in cohorts.items() if value == "far below"],
        "right": [address for address, value in cohorts.items() if value == "far right"],
        "card": host.sheet("Summary").cells[19, 4].value,
        "chart": host.sheet("Summary").charts[0].settings["colour of my own"],
    }


@pytest.mark.long
@pytest.mark.parametrize("way", [pytest.param("remote", marks=pytest.mark.long), "desktop"])
def test_what_a_reader_adds_stays(
    excel: RefreshHost, filled: LiveExcel, sample: list[Line], way: str
) -> None:
    host = with_own_things(filled)
    before = own_things(host)
    assert len(before["notes"]) > 70
    again = excel.refresh(host, way)
    assert own_things(again) == before
    assert again.sheet("Customer list").cells[6, 2].style == {"fill": "#FFFF00"}

    # new orders turn the list around; a third of the customers is gone
    others = [
        row.__class__(row.customer, row.day, row.amount * (1 + int(row.customer[-2:]) % 17), row.order)
        for row in sample
        if int(row.customer[-3:]) % 3
    ]
    turned = excel.refresh(live.fill(again, others), way)
    assert live.status(turned).startswith("Report as of"), live.status(turned)
    after = own_things(turned)
    there = {row.customer for row in others if row.amount >= 0}
    assert after["notes"] == {key: note for key, note in before["notes"].items() if key in there}
    assert list(after["notes"]) != [key for key in before["notes"] if key in there]
    assert len(after["notes"]) < len(before["notes"])
    for thing in ("sheet", "title", "width", "filter", "right", "chart", "card"):
        assert after[thing] == before[thing], thing
    assert len(after["below"]) == 1
    assert "are kept, and come back with the row" in live.status(turned)

    # and when they come back, so do their notes
    back = excel.refresh(live.fill(turned, sample), way)
    assert own_things(back)["notes"] == before["notes"]
    assert "are kept" not in live.status(back)


def turned_around(sample: list[Line]) -> list[Line]:
    """The same customers in another order by value."""
    return [
        row.__class__(row.customer, row.day, row.amount * (1 + int(row.customer[-2:]) % 17), row.order)
        for row in sample
    ]


@pytest.mark.long
@pytest.mark.parametrize("way", [pytest.param("remote", marks=pytest.mark.long), "desktop"])
def test_a_column_of_formulas_beside_the_list_stays_where_it_is(
    excel: RefreshHost, filled: LiveExcel, sample: list[Line], way: str
) -> None:
    listed = filled.sheet("Customer list")
    top, _, bottom, right = listed.table("customers").area
    filled.put("Customer list", f"{live.letters(right + 1)}{top}", ["twice"])
    for row in range(top + 1, bottom + 1):
        filled.put("Customer list", f"{live.letters(right + 1)}{row}", [f"=2*E{row}"])
    before = {row: listed.cells[row, right + 1].formula for row in range(top + 1, bottom + 1)}
    # Excel counts the formulas before the next refresh asks
    host = excel.refresh(live.fill(filled, turned_around(sample)), way)
    assert live.status(host).startswith("Report as of"), live.status(host)
    listed = host.sheet("Customer list")
    assert {row: listed.cells[row, right + 1].formula for row in before} == before


@pytest.mark.long
def test_on_a_desktop_constants_move_around_the_formulas_between_them(
    excel: RefreshHost, filled: LiveExcel, sample: list[Line]
) -> None:
    host, column, formulas, notes = mixed_column(filled)
    host = excel.refresh(live.fill(host, turned_around(sample)), "desktop")
    listed = host.sheet("Customer list")
    assert {row: listed.cells[row, column].formula for row in formulas} == formulas
    shown = {key: value for key, value in live.by_customer(host, column).items() if not value.startswith("=")}
    assert shown.items() <= notes.items()
    # a note whose row holds a formula now is kept, and said to be
    missing = len(notes) - len(shown)
    assert missing > 0
    assert "are kept" in live.status(host) or "is kept" in live.status(host)


def mixed_column(host: LiveExcel) -> tuple[LiveExcel, int, dict[int, str], dict[str, str]]:
    listed = host.sheet("Customer list")
    top, left, bottom, right = listed.table("customers").area
    listed.cell(top, right + 1).value = "mixed"
    formulas, notes = {}, {}
    for row in range(top + 1, bottom + 1):
        if row % 5 == 0:
            formulas[row] = f"=2*E{row}"
            host.put("Customer list", f"{live.letters(right + 1)}{row}", [formulas[row]])
        else:
            key = str(listed.cells[row, left].value)
            notes[key] = f"note on {key}"
            listed.cell(row, right + 1).value = notes[key]
    return host, right + 1, formulas, notes


@pytest.mark.long
def test_elsewhere_a_mixed_column_stops_the_refresh_rather_than_mixing_up_notes(
    excel: RefreshHost, filled: LiveExcel, sample: list[Line]
) -> None:
    host, column, _, _ = mixed_column(filled)
    before = pages(host)
    host = excel.refresh(live.fill(host, turned_around(sample)))
    assert pages(host) == before
    told = live.status(host)
    assert told.startswith("Not refreshed. Customer list: the rows of the table customers change places")
    assert f"column {live.letters(column)}" in told
    assert told.endswith("The report is as it was.")
    # the same orders move nothing, so nothing can be mixed up
    same = excel.refresh(live.fill(host, sample))
    assert live.status(same).startswith("Report as of")


@pytest.mark.long
def test_notes_beside_other_tables_stay_with_their_rows_too(
    excel: RefreshHost, filled: LiveExcel, sample: list[Line]
) -> None:
    segments = filled.sheet("Segments")
    top, left, bottom, right = segments.table("segments").area
    segments.cell(top, right + 1).value = "who writes"
    for row in range(top + 1, bottom + 1):
        segments.cell(row, right + 1).value = f"for {segments.cells[row, left].value}"
    months = filled.sheet("Cohorts").table("months").area
    filled.sheet("Cohorts").cell(months[0] + 2, months[3] + 4).value = "a campaign"
    host = excel.refresh(live.fill(filled, turned_around(sample)[: len(sample) // 2]))
    assert live.status(host).startswith("Report as of"), live.status(host)
    segments = host.sheet("Segments")
    top, left, bottom, _ = segments.table("segments").area
    shown = {
        segments.cells[row, left].value: segments.cells[row, right + 1].value
        for row in range(top + 1, bottom + 1)
    }
    assert shown == {name: f"for {name}" for name in shown}
    # without a title above, what stands beside a table does not belong to a row of it
    assert list(host.sheet("Cohorts").content().values()).count("a campaign") == 1


@pytest.mark.long
def test_what_stands_in_the_way_is_pushed_down_or_right_and_never_written_over(
    excel: RefreshHost, template: LiveExcel, sample: list[Line], tmp_path: Path
) -> None:
    one = shops.EDGE_SHOPS["two customers"]
    host = excel.refresh(live.fill(template, one))
    host.put("Customer list", "B12", ["below the list"])
    host.put("Cohorts", "AB3", ["right of the cohorts"])
    host.put("Method", "C80", ["below the method"])
    host = excel.refresh(live.fill(host, sample))
    assert live.status(host).startswith("Report as of"), live.status(host)
    for title, text in (
        ("Customer list", "below the list"),
        ("Cohorts", "right of the cohorts"),
        ("Method", "below the method"),
    ):
        (place,) = [place for place, value in host.sheet(title).content().items() if value == text]
        cell = host.sheet(title).cells.pop(live.split(place))
        assert cell.value == text
    assert live.differences(host, live.expected_file(host, tmp_path / "report.xlsx")) == []


@pytest.mark.long
def test_a_cell_of_ones_own_within_the_page_stops_the_refresh_with_its_name(
    excel: RefreshHost, template: LiveExcel, sample: list[Line], small: list[Line]
) -> None:
    host = excel.refresh(live.fill(template, small))
    had = {place for place, cell in host.sheet("Cohorts").cells.items() if cell.value is not None}
    longer = live.fill(copy.deepcopy(host), sample)
    page = next(sheet for sheet in live.expected_book(longer).sheets if sheet.title == "Cohorts")
    # in a gap of the page now, such as beside a row of a triangle, where the longer history will write
    bottom, right = (max(place[axis] for place in had) for axis in (0, 1))
    row, column = min(
        (cell.row, cell.column)
        for cell in page.cells
        if cell.row < bottom
        and cell.column < right
        and (cell.row, cell.column) not in had
        and cell.value is not None
    )
    longer.sheet("Cohorts").cell(row, column).value = "mine"
    before = pages(longer)
    longer = excel.refresh(longer)
    assert pages(longer) == before
    assert f'Cohorts!{live.letters(column)}{row} holds "mine", which is your own' in live.status(longer)


@pytest.mark.long
@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda sheet: sheet.cells.__setitem__((4, 3), copy.copy(sheet.cells[4, 4])), "a column was put in"),
        (
            lambda sheet: setattr(sheet.table("customers"), "area", (6, 2, 250, 17)),
            "does not begin in B4 any more",
        ),
        (lambda sheet: setattr(sheet.cells[1, 2], "value", "Kunder"), "does not hold the heading"),
    ],
)
def test_a_page_that_was_rearranged_is_left_alone(
    excel: RefreshHost, filled: LiveExcel, change: Callable[[Any], None], words: str
) -> None:
    change(filled.sheet("Customer list"))
    before = pages(filled)
    host = excel.refresh(filled)
    assert pages(host) == before
    assert live.status(host).startswith("Not refreshed. Customer list")
    assert words in live.status(host)


@pytest.mark.long
def test_a_page_that_was_deleted_is_made_anew(excel: RefreshHost, filled: LiveExcel, tmp_path: Path) -> None:
    filled.sheets = [sheet for sheet in filled.sheets if sheet.name != "Segments"]
    filled.names = {name: text for name, text in filled.names.items() if "Segments" not in text}
    host = excel.refresh(filled)
    path = live.expected_file(host, tmp_path / "report.xlsx")
    assert live.differences(host, path) == []
    assert live.style_differences(host, path) == []
    titles = [sheet.name for sheet in host.sheets]
    assert titles.index("Segments") == titles.index("Customer list") + 1
    made = host.sheet("Segments")
    assert not made.gridlines
    assert made.widths[2] == pytest.approx(22 * 7 * 0.75)
    assert [chart.name for chart in made.charts] == ["clv_segments_customer_share"]


@pytest.mark.long
def test_without_the_hidden_sheets_the_report_is_written_all_the_same(
    excel: RefreshHost, filled: LiveExcel, tmp_path: Path
) -> None:
    filled.sheets = [sheet for sheet in filled.sheets if sheet.name not in live.HIDDEN]
    host = excel.refresh(filled)
    assert live.status(host).startswith("Report as of"), live.status(host)
    assert live.differences(host, live.expected_file(host, tmp_path / "report.xlsx")) == []
    assert [host.sheet(title).visible for title in live.HIDDEN] == [False, False]
    before = host.snapshot()
    assert excel.refresh(host).snapshot() == before


@pytest.mark.long
def test_an_excel_without_notes_gets_the_report_without_them(
    excel: RefreshHost, template: LiveExcel, sample: list[Line]
) -> None:
    template.has_notes = False
    host = excel.refresh(live.fill(template, sample))
    assert live.status(host).startswith("Report as of")
    assert "addNote" not in host.by_kind


# --- what goes wrong --------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("way", ["remote", pytest.param("desktop", marks=pytest.mark.long)])
def test_a_bad_parameter_is_told_and_nothing_else_happens(
    excel: RefreshHost, filled: LiveExcel, way: str
) -> None:
    before = filled.snapshot()
    filled.named("gross_margin").value = 40.0
    host = excel.refresh(filled, way)
    told = live.status(host)
    assert told.startswith("Not refreshed. ")
    assert "gross_margin is 40" in told
    assert "For 40% write 0.4." in told
    assert told.endswith("The report is as it was.")
    after = host.snapshot()
    for title in before:
        if title not in {"Start", "Parameters"}:
            assert after[title] == before[title], title
    host.named("gross_margin").value = 0.45
    assert live.status(excel.refresh(host, way)).startswith("Report as of")


@pytest.mark.long
def test_orders_of_which_none_can_be_used_leave_the_report_as_it_was(
    excel: RefreshHost, filled: LiveExcel
) -> None:
    before = pages(filled)
    live.paste(filled, [["customer_id", "order_date", "amount"], ["a", "no day", 5.0]])
    host = excel.refresh(filled)
    assert live.status(host).startswith("Not refreshed. ")
    assert "Orders" in live.status(host)
    assert live.is_plain_words(live.status(host))
    assert pages(host) == before


def test_an_empty_template_says_what_to_do(excel: RefreshHost, template: LiveExcel) -> None:
    before = pages(template)
    host = excel.refresh(template)
    assert live.status(host).startswith("Not refreshed. ")
    assert "Orders" in live.status(host)
    assert "Paste the orders there." in live.status(host)
    assert live.status(host).endswith("The report is as it was.")
    assert pages(host) == before


@pytest.mark.long
def test_a_bad_row_is_set_aside_and_said_so(
    excel: RefreshHost, template: LiveExcel, sample: list[Line]
) -> None:
    host = excel.refresh(live.fill(template, sample))
    before = live.status(host)
    rows = len(host.rows("Orders"))
    columns = host.rows("Orders")[0]
    bad = {"customer_id": "C1", "order_date": "31/02/2024", "amount": 5.0}
    host.put("Orders", f"A{rows + 1}", [bad.get(title) for title in columns])
    host = excel.refresh(host)
    found = [int(re.search(r"([\d,]+) rows set aside", told)[1]) for told in (before, live.status(host))]
    assert found[1] == found[0] + 1
    assert "see Data quality" in live.status(host)
    assert "31/02/2024" in host.sheet("Data quality").content().values()


def test_status_says_nothing_of_the_clock(refreshed: LiveExcel) -> None:
    told = live.status(refreshed)
    assert told.startswith(f"Report as of {max(row[1] for row in refreshed.rows('Orders')[1:]):%Y-%m-%d}: ")
    assert (
        "Pages: Summary, Customers, Customer list, Segments, Cohorts, Trends, Migration, Acquisition, Groups, "
        "Forecast, Scenarios, Figures, Data quality, Method." in told
    )
    assert str(datetime.now().year) not in told.partition(":")[2]  # noqa: DTZ005


@pytest.mark.long
def test_on_a_desktop_progress_is_shown_while_it_runs(
    excel: RefreshHost, template: LiveExcel, sample: list[Line]
) -> None:
    host = excel.refresh(live.fill(template, sample), "desktop")
    assert host.bar[0] == "Reading the input sheets"
    assert "Writing Summary" in host.bar
    assert host.bar[-1] is False
    assert host.named("clv_progress").value is None


@pytest.mark.parametrize("missing", ["Orders", pytest.param("Parameters", marks=pytest.mark.long)])
def test_a_missing_input_sheet_is_named(excel: RefreshHost, filled: LiveExcel, missing: str) -> None:
    filled.sheet(missing).name = "Something else"
    filled.names = {
        name: text.replace(f"'{missing}'!", "'Something else'!") for name, text in filled.names.items()
    }
    host = excel.refresh(filled)
    assert f"no sheet {missing}" in live.status(host)


def test_the_cell_of_a_parameter_that_is_gone_is_named(excel: RefreshHost, filled: LiveExcel) -> None:
    del filled.names["rfm_bins"]
    host = excel.refresh(filled)
    assert "The name rfm_bins stands for no cell any more" in live.status(host)


HOSTILE = [
    "=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "=1+1", "'quoted", "007", "1-2", "12:30", "5 %", "1e5",
    "TRUE", "sant", "#N/A", "_x0041_", "a\x01b\x07c", "line one\r\nline two", "  spaces  ", "\tTab", "Åsa Öberg",
    "x" * 9_000, "maj 5", '"', "A1", "R1C1", "kr 5", "½",
]  # fmt: skip


@pytest.mark.long
def test_hostile_texts_stay_texts(excel: RefreshHost, template: LiveExcel, tmp_path: Path) -> None:
    lines = [
        line(f"{text}", f"2024-{1 + number % 12:02d}-{1 + number % 27:02d}", str(10 + number), channel=text)
        for number, text in enumerate(HOSTILE)
        for _ in range(2)
    ]
    host = live.fill(template, lines, currency='"&cmd')
    host.put("Segment map", "C7", ["=HYPERLINK(1)"], as_text=True)
    host = excel.refresh(host)
    assert live.status(host).startswith("Report as of"), live.status(host)
    path = live.expected_file(host, tmp_path / "report.xlsx")
    assert live.differences(host, path) == []
    formulas = {
        cell.formula
        for sheet in host.sheets
        for cell in sheet.cells.values()
        if cell.formula and any(text in cell.formula for text in ("cmd|", "1+1", "SUM(A1)"))
    }
    assert formulas == set()


@pytest.mark.long
def test_a_text_that_no_cell_can_hold_is_told_before_anything_is_written(
    excel: RefreshHost, filled: LiveExcel
) -> None:
    before = pages(filled)
    live.paste(
        filled,
        [["customer_id", "order_date", "amount"], ["y" * 40_000, datetime(2024, 5, 1), 5.0]],  # noqa: DTZ001
    )
    host = excel.refresh(filled)
    told = live.status(host)
    assert told.startswith("Not refreshed. ")
    assert "32,767" in told
    assert len(told) < 2_100
    assert pages(host) == before


@pytest.fixture(scope="module")
def other_orders(excel: RefreshHost, refreshed: LiveExcel, sample: list[Line]) -> tuple[list[Line], int]:
    """Other orders for a workbook with things of a reader's own, and how many actions their refresh takes."""
    lines = turned_around(sample)[: len(sample) * 2 // 3]
    host = live.fill(with_own_things(copy.deepcopy(refreshed)), lines)
    return lines, excel.refresh(host, "desktop").actions


@pytest.mark.long
@pytest.mark.parametrize("share", [0.0, 0.04, 0.1, 0.3, 0.6, 0.9, 0.99])
def test_a_refresh_that_breaks_off_is_repaired_by_the_next(
    excel: RefreshHost,
    filled: LiveExcel,
    other_orders: tuple[list[Line], int],
    tmp_path: Path,
    share: float,
) -> None:
    host = with_own_things(filled)
    notes = own_things(host)["notes"]
    lines, actions = other_orders
    broken = excel.refresh(live.fill(host, lines), "desktop", fail_at=5 + int(share * (actions - 8)))
    told = live.status(broken)
    assert told.startswith("Not refreshed. ExcelBusyError: Call was rejected by callee.")
    assert ("The report is partly new." in told) is (share > 0)
    repaired = excel.refresh(broken, "desktop")
    assert live.status(repaired).startswith("Report as of"), live.status(repaired)
    column = live.column_beside(repaired, "customers", 0)
    there = set(live.by_customer(repaired, 2))
    assert live.by_customer(repaired, column) == {key: note for key, note in notes.items() if key in there}
    for sheet, place in (("Cohorts", "far below"), ("Cohorts", "far right"), ("Summary", "in a card")):
        cells = repaired.sheet(sheet).cells
        (found,) = [key for key, cell in cells.items() if cell.value == place]
        cells[found].value = None
    listed = repaired.sheet("Customer list")
    assert listed.table("customers").criteria == {2: {"type": "values", "values": ["Champions", "Loyal"]}}
    for row in range(4, 400):
        listed.cells.pop((row, column), None)
    path = live.expected_file(repaired, tmp_path / "report.xlsx")
    assert live.differences(repaired, path) == []
    marked = "Customer list!B6"
    assert [text for text in live.style_differences(repaired, path) if not text.startswith(marked)] == []


# --- size -------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_cdnow_fills_all_pages_in_few_large_writes(
    excel: RefreshHost, template: LiveExcel, cdnow_master: Path, tmp_path: Path
) -> None:
    lines = [row for row in shops.cdnow_lines(cdnow_master) if row.amount >= Decimal(0)]
    host = excel.refresh(live.fill(template, lines))
    assert live.status(host).startswith("Report as of 1998-06-30: 69,659 rows used")
    path = live.expected_file(host, tmp_path / "cdnow.xlsx")
    assert live.differences(host, path) == []
    first = (host.actions, host.bytes, host.largest)
    # grows with the pages and what stands on them, never with the customers
    written = [sheet for sheet in host.sheets if sheet.name not in live.INPUTS]
    assert first[0] < 125 * len(written)  # a row with a heading of several lines is a step of its own
    assert host.by_kind["setValues"] + host.by_kind["setFormula"] < 15 * len(written)
    assert first[1] < 12_000_000
    assert first[2] < 4_000_000
    before = host.snapshot()
    again = excel.refresh(host)
    assert again.snapshot() == before
    # nothing is made or styled anew
    assert set(again.by_kind) == {"setValues", "setFormula", "resizeTable"}
    assert again.actions < 15 * len(written)
    print(f"CDNOW: first {first}, again {(again.actions, again.bytes, again.largest)}")  # noqa: T201
    assert isinstance(again.sheet("Customer list").tables[0], Table)


@pytest.mark.office
def test_libreoffice_calculates_the_figures_that_the_report_file_keeps(
    refreshed: LiveExcel, recalculate: Callable[[Path], Path], tmp_path: Path
) -> None:
    computed = Workbook(recalculate(live.save(refreshed, tmp_path / "live.xlsx")))
    kept = Workbook(live.expected_file(refreshed, tmp_path / "report.xlsx"))
    compared = 0
    for title, cells in kept.sheets.items():
        if title in live.INPUTS:
            continue
        for address, cell in cells.items():
            if cell.formula is None:
                continue
            found = computed.sheets[title][address].value
            compared += 1
            if isinstance(cell.value, float) and not isinstance(found, str):
                assert found == pytest.approx(cell.value, rel=1e-9, abs=1e-9), f"{title}!{address}"
            else:
                assert found == cell.value, f"{title}!{address}"
    assert compared > 500
    # what a chart reads is what its page shows
    data = computed.sheets["Chart data"]
    assert sum(1 for cell in data.values() if isinstance(cell.value, float)) > 100
