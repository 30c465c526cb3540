"""What a reader has put into a report survives Refresh report, or stops it before anything is written.

The shop is small, so that each of many cases is quick; ``test_live_refresh.py`` tries a larger one.
"""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.excel.template import make_template
from clv_xl.workbook.records import PROBES, places_row
from clv_xl.workbook.remembered import PageLook, PageTable
from clv_xl.workbook.sheet import Area
from clv_xl.workbook.xlwings_writer import carry_out
from tests import live, shops
from tests.excel_hosts.live_excel import LiveExcel, Sheet, Table
from tests.excel_hosts.refresh_host import RefreshHost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.oracle import Line

WAYS = ["remote", "desktop"]


@pytest.fixture(scope="module")
def excel() -> Iterator[RefreshHost]:
    with RefreshHost() as program:
        yield program


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> LiveExcel:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    make_template(path)
    return LiveExcel(path)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    """A year of some thirty customers; some rows cannot be used."""
    lines = shops.sample_lines(tmp_path_factory.mktemp("sample"), customers=40)
    year = [row for row in lines if row.day >= date(2025, 1, 1)]
    return [*year, *(replace(row, customer="", order=f"bad {row.order}") for row in year[:4])]


@pytest.fixture(scope="module")
def turned(orders: list[Line]) -> list[Line]:
    """The same customers in another order by value."""
    return [replace(row, amount=row.amount * (1 + int(row.customer[-2:] or 1) % 17)) for row in orders]


@pytest.fixture(scope="module")
def refreshed(excel: RefreshHost, empty: LiveExcel, orders: list[Line]) -> LiveExcel:
    return excel.refresh(live.fill(copy.deepcopy(empty), orders))


@pytest.fixture
def report(refreshed: LiveExcel) -> LiveExcel:
    return copy.deepcopy(refreshed)


def pages(host: LiveExcel) -> dict[str, Any]:
    """What the report's pages hold and look like, and all names."""
    return {
        title: part for title, part in host.snapshot().items() if title not in {*live.INPUTS, *live.HIDDEN}
    }


def own_column(host: LiveExcel, table: str, title: str, cell: Callable[[int, str], Any]) -> tuple[str, int]:
    """Type a column beside a table, which becomes part of it; return its sheet and number."""
    sheet = next(sheet for sheet in host.sheets if any(one.name == table for one in sheet.tables))
    top, left, bottom, right = sheet.table(table).area
    sheet.table(table).area = (top, left, bottom, right + 1)
    sheet.cell(top, right + 1).value = title
    for row in range(top + 1, bottom + 1):
        content = cell(row, str(sheet.cells[row, left].value))
        if isinstance(content, str) and content.startswith("="):
            # all formulas here show an empty text
            sheet.cell(row, right + 1).formula, sheet.cell(row, right + 1).value = content, ""
        else:
            sheet.cell(row, right + 1).value = content
    return sheet.name, right + 1


def beside(host: LiveExcel, table: str, title: str) -> list[tuple[Any, str]]:
    """What a column of a reader's own holds, and the first column of its row."""
    sheet = next(sheet for sheet in host.sheets if any(one.name == table for one in sheet.tables))
    top, left, bottom, right = sheet.table(table).area
    column = next(c for c in range(left, right + 1) if sheet.cells[top, c].value == title)
    found = []
    for row in range(top + 1, bottom + 1):
        cell = sheet.cells.get((row, column))
        found.append(((cell.formula or cell.value) if cell else None, str(sheet.cells[row, left].value)))
    return found


def assert_untouched(host: LiveExcel, before: dict[str, Any], *words: str) -> None:
    told = live.status(host)
    assert told.startswith("Not refreshed. "), told
    assert told.endswith("The report is as it was."), told
    for word in words:
        assert word in told
    assert pages(host) == before


def note_or_formula(row: int, key: str) -> str:
    return f"note on {key}" if row % 3 else f'=IF(E{row}>99999,"VIP","")'


@pytest.mark.long
def test_notes_among_formulas_that_show_nothing_stop_the_refresh_where_they_cannot_be_told_apart(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    own_column(report, "customers", "call", note_or_formula)
    before = pages(report)
    host = excel.refresh(live.fill(report, turned))
    assert_untouched(host, before, "the rows of the table customers change places", "your column P beside it")


@pytest.mark.long
def test_on_a_desktop_notes_move_among_formulas_that_show_nothing(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    own_column(report, "customers", "call", note_or_formula)
    formulas = [cell for cell, _ in beside(report, "customers", "call") if cell.startswith("=")]
    host = excel.refresh(live.fill(report, turned), "desktop")
    after = beside(host, "customers", "call")
    assert [cell for cell, _ in after if cell and cell.startswith("=")] == formulas
    notes = [(cell, key) for cell, key in after if cell and not cell.startswith("=")]
    assert notes
    assert all(cell == f"note on {key}" for cell, key in notes)


@pytest.mark.long
def test_formulas_with_gaps_stay_where_they_are(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    own_column(report, "customers", "call", lambda row, _: None if row % 3 else f'=IF(E{row}>9,"","")')
    before = [cell for cell, _ in beside(report, "customers", "call")]
    host = excel.refresh(live.fill(report, turned))
    assert live.status(host).startswith("Report as of"), live.status(host)
    assert [cell for cell, _ in beside(host, "customers", "call")] == before


@pytest.mark.long
@pytest.mark.parametrize("way", ["remote", pytest.param("desktop", marks=pytest.mark.long)])
def test_notes_beside_rows_set_aside_stay_though_all_are_of_one_file(
    excel: RefreshHost, report: LiveExcel, orders: list[Line], way: str
) -> None:
    own_column(report, "rows_set_aside", "checked", lambda row, _: f"row {row}")
    before = beside(report, "rows_set_aside", "checked")
    assert len(before) > 1
    assert len({key for _, key in before}) == 1
    host = excel.refresh(report, way)
    assert beside(host, "rows_set_aside", "checked") == before
    # a row more above them moves all down in the file
    host = excel.refresh(
        live.fill(host, [replace(orders[0], order="one more", amount=orders[0].amount + 1), *orders]), way
    )
    assert beside(host, "rows_set_aside", "checked") == before


@pytest.mark.long
@pytest.mark.parametrize("mark", [pytest.param("\r\n", marks=pytest.mark.long), "\x07"])
def test_notes_stay_beside_customers_whose_ids_a_cell_shows_otherwise(
    excel: RefreshHost, report: LiveExcel, orders: list[Line], mark: str
) -> None:
    odd = [replace(row, customer=f"{row.customer[:-1]}{mark}{row.customer[-1]}") for row in orders[:-4]]
    host = excel.refresh(live.fill(report, odd))
    own_column(host, "customers", "call", lambda _, key: f"note on {key}")
    host = excel.refresh(host)
    assert all(cell == f"note on {key}" for cell, key in beside(host, "customers", "call"))
    assert "are kept" not in live.status(host)


@pytest.mark.long
def test_notes_stay_beside_months_whose_format_a_reader_took_off(
    excel: RefreshHost, report: LiveExcel
) -> None:
    sheet, _ = own_column(report, "months", "note", lambda _, key: f"note on {key}")
    top, left, bottom, _ = report.sheet(sheet).table("months").area
    for row in range(top + 1, bottom + 1):
        report.sheet(sheet).cells[row, left].style = {"number_format": "General"}
    host = excel.refresh(report, "desktop")
    assert all(cell == f"note on {key}" for cell, key in beside(host, "months", "note"))


@pytest.mark.long
def test_only_dates_among_own_values_get_the_format_of_dates(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    sheet, column = own_column(report, "customers", "next", lambda row, _: 46_000.0 if row % 2 else 1_250.5)
    top, _, bottom, _ = report.sheet(sheet).table("customers").area
    for row in range(top + 1, bottom + 1):
        report.sheet(sheet).cells[row, column].style = {
            "number_format": "yyyy-mm-dd" if row % 2 else "#,##0.00 kr"
        }
    had = {key: value for value, key in beside(report, "customers", "next")}
    host = excel.refresh(live.fill(report, turned))
    shown = {key: value for value, key in beside(host, "customers", "next")}
    assert shown == had
    assert list(shown) != list(had)
    forms = {
        (cell.value, (cell.style or {}).get("number_format"))
        for row in range(top + 1, bottom + 1)
        if (cell := host.sheet(sheet).cells.get((row, column))) and cell.value is not None
    }
    assert {form for value, form in forms if value == 46_000.0} == {"yyyy-mm-dd"}
    assert {form for value, form in forms if value == 1_250.5} <= {"General", "#,##0.00 kr"}


@pytest.mark.long
def test_long_notes_and_errors_move_as_what_they_are(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    own_column(report, "customers", "call", lambda row, _: "x" * 9_000 if row % 2 else "#DIV/0!")
    had = {key: value for value, key in beside(report, "customers", "call")}
    host = excel.refresh(live.fill(report, turned), "desktop")
    assert live.status(host).startswith("Report as of"), live.status(host)
    for value, key in beside(host, "customers", "call"):
        assert value == ("=#DIV/0!" if had[key] == "#DIV/0!" else had[key])


@pytest.mark.long
def test_without_a_record_no_figure_of_an_older_report_is_left_standing(
    excel: RefreshHost, report: LiveExcel, orders: list[Line], tmp_path: Path
) -> None:
    report.sheets = [sheet for sheet in report.sheets if sheet.name not in live.HIDDEN]
    before = pages(report)
    host = excel.refresh(live.fill(report, orders[:12]))
    assert_untouched(host, before, "the hidden sheet Looks, which would tell, is gone")
    # the message is followed until there is a report
    for _ in host.sheets:
        if not live.status(host).startswith("Not refreshed. "):
            break
        title = live.status(host).removeprefix("Not refreshed. ").partition("!")[0]
        assert f"If it is the report's, delete {title}: the next refresh makes it." in live.status(host)
        host.sheets.remove(host.sheet(title))
        host.names = {name: text for name, text in host.names.items() if title not in text}
        host = excel.refresh(host)
    assert live.differences(host, live.expected_file(host, tmp_path / "report.xlsx")) == []


# --- pages that were rearranged ---------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(
    ("way", "sheet", "axis", "at", "place"),
    [
        ("remote", "Summary", 0, 20, "row 20"),
        ("desktop", "Figures", 1, 3, "column C"),
        *(
            pytest.param(*case, marks=pytest.mark.long)
            for case in (
                ("desktop", "Summary", 1, 5, "column E"),
                ("remote", "Figures", 0, 20, "row 20"),
                ("remote", "Method", 0, 20, "row 20"),
                ("desktop", "Segments", 0, 30, "row 30"),
                ("remote", "Customer list", 0, 20, "row "),
            )
        ),
    ],
)
def test_a_row_or_column_put_into_a_page_stops_the_refresh(
    excel: RefreshHost, report: LiveExcel, way: str, sheet: str, axis: int, at: int, place: str
) -> None:
    page = report.sheet(sheet)
    report._shift(page, axis, at, 1)
    page.cell(at if axis == 0 else 20, at if axis == 1 else 3).value = "a comment of the board"
    before = pages(report)
    host = excel.refresh(report, way)
    assert_untouched(host, before, f"{sheet}: rows or columns were put in", place)


@pytest.mark.long
def test_rows_put_in_and_taken_out_elsewhere_are_seen(excel: RefreshHost, report: LiveExcel) -> None:
    page = report.sheet("Figures")
    report._shift(page, 0, 20, 1)
    report._shift(page, 0, 41, -1)
    page.cell(20, 3).value = "mine"
    before = pages(report)
    assert_untouched(excel.refresh(report), before, "a row or column that is gone")


@pytest.mark.long
def test_a_row_put_into_a_table_is_seen(excel: RefreshHost, report: LiveExcel) -> None:
    page = report.sheet("Cohorts")
    bottom = page.table("months").area[2]
    report._shift(page, 0, bottom, 1)
    page.cell(bottom, 3).value = "my row"
    before = pages(report)
    assert_untouched(excel.refresh(report), before, "Cohorts: rows or columns were put in", f"row {bottom}")


@pytest.mark.long
@pytest.mark.parametrize("fail_at", range(20, 60, 3))
def test_a_refresh_that_breaks_off_while_it_makes_room_is_repaired_by_the_next(
    excel: RefreshHost, report: LiveExcel, turned: list[Line], tmp_path: Path, fail_at: int
) -> None:
    own_column(report, "customers", "call", lambda _, key: f"note on {key}")
    # without channels the list has a column less
    orders = [replace(row, channel=None) for row in turned]
    broken = excel.refresh(live.fill(report, orders), "desktop", fail_at=fail_at)
    repaired = excel.refresh(broken, "desktop")
    assert live.status(repaired).startswith("Report as of"), live.status(repaired)
    shown = beside(repaired, "customers", "call")
    assert all(cell == f"note on {key}" for cell, key in shown)
    column = live.column_beside(repaired, "customers", 0)
    for row in range(1, 100):
        repaired.sheet("Customer list").cells.pop((row, column), None)
    assert live.differences(repaired, live.expected_file(repaired, tmp_path / "report.xlsx")) == []


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_a_formula_that_shows_nothing_stays_in_a_gap(excel: RefreshHost, report: LiveExcel, way: str) -> None:
    page = report.sheet("Summary")
    row, column = next(
        (row, column)
        for row in range(5, 30)
        for column in range(2, 9)
        if (row, column) not in page.cells
        or not (page.cells[row, column].value or page.cells[row, column].formula)
    )
    cell = page.cell(row, column)
    cell.formula, cell.value = '=IF(Orders!C2>1000,"high","")', ""
    host = excel.refresh(report, way)
    assert live.status(host).startswith("Report as of"), live.status(host)
    assert host.sheet("Summary").cells[row, column].formula == '=IF(Orders!C2>1000,"high","")'


@pytest.mark.parametrize("way", ["remote", pytest.param("desktop", marks=pytest.mark.long)])
@pytest.mark.parametrize("change", ["plain range", "renamed"])
def test_a_table_that_was_renamed_or_made_a_plain_range_stops_the_refresh(
    excel: RefreshHost, report: LiveExcel, turned: list[Line], way: str, change: str
) -> None:
    own_column(report, "customers", "call", lambda _, key: f"note on {key}")
    sheet = report.sheet("Customer list")
    if change == "renamed":
        sheet.table("customers").name = "Kunder"
    else:
        sheet.tables = []
    before = pages(report)
    host = excel.refresh(live.fill(report, turned), way)
    assert_untouched(
        host, before, "the table customers, which begins in B4, was renamed or made a plain range"
    )


@pytest.mark.long
def test_a_column_that_the_report_gets_later_stops_the_refresh_if_a_reader_has_one_of_its_title(
    excel: RefreshHost, report: LiveExcel, orders: list[Line]
) -> None:
    own_column(report, "customers", "own MARGIN", lambda _, key: f"note on {key}")
    before = pages(report)
    host = excel.refresh(live.fill(report, shops.with_costs(orders)))
    assert_untouched(host, before, 'your column is called "own MARGIN"', "Give yours another title.")


@pytest.mark.long
@pytest.mark.parametrize("way", ["remote", pytest.param("desktop", marks=pytest.mark.long)])
def test_columns_beside_narrow_tables_never_break_a_refresh_half_way(
    excel: RefreshHost, report: LiveExcel, orders: list[Line], way: str
) -> None:
    for table in ("value_curve", "months"):
        own_column(report, table, f"own {table}", lambda _, key: f"note on {key}")
    before = pages(report)
    host = excel.refresh(live.fill(report, shops.with_costs(orders)), way)
    assert_untouched(host, before, "Cohorts: the table value_curve needs more or fewer columns")


def test_of_a_long_page_some_rows_are_watched_and_of_a_long_table_its_ends() -> None:
    table = PageTable("customers", Area(4, 2, 20_004, 9), ("Customer",))
    look = PageLook(
        "It's long", own=(Area(1, 2, 1, 2), table.area, Area(20_010, 3, 21_000, 9)), tables=(table,)
    )
    label, *cells = places_row(look)
    assert label == "'*places It's long"
    formulas = [cell for cell in cells if cell.startswith("=")]
    assert len(cells) == PROBES
    assert max(map(len, formulas)) < 8_192
    watched = [int(row) for text in cells if text.startswith("'") for row in text[1:].split(".")]
    assert watched[-9:] == list(range(1, 10))
    assert {4, 20_004, 21_000} <= set(watched)
    assert not set(watched) & set(range(10, 20_000))
    assert 100 < len(watched) < 300
    # what is put into a table moves the table's columns only
    assert "ROW('It''s long'!B20004)" in "".join(formulas)
    assert "ROW('It''s long'!C21000)" in "".join(formulas)


# --- names, notes and whatever else Excel refuses ---------------------------------------------------------


@pytest.mark.parametrize("way", ["remote", pytest.param("desktop", marks=pytest.mark.long)])
@pytest.mark.parametrize(("page", "name"), [("Customer list", "Our customers"), ("Figures", "Key figures")])
def test_a_page_that_was_renamed_stops_the_refresh(
    excel: RefreshHost, report: LiveExcel, way: str, page: str, name: str
) -> None:
    rename(report, page, name)
    before = pages(report)
    assert_untouched(excel.refresh(report, way), before, f'The page "{page}" is not called so')


def rename(host: LiveExcel, page: str, name: str) -> None:
    """Give a sheet another name; names and the formulas of other sheets go with it."""
    host.sheet(page).name = name
    host.names = {key: text.replace(f"'{page}'!", f"'{name}'!") for key, text in host.names.items()}
    for sheet in host.sheets:
        for cell in sheet.cells.values():
            if cell.formula:
                cell.formula = cell.formula.replace(f"'{page}'!", f"'{name}'!")


@pytest.mark.long
def test_a_page_in_other_capitals_stops_the_refresh(excel: RefreshHost, report: LiveExcel) -> None:
    rename(report, "Summary", "SUMMARY")
    before = pages(report)
    assert_untouched(excel.refresh(report), before, 'The sheet "SUMMARY" has to be called "Summary".')


@pytest.mark.long
@pytest.mark.parametrize("table", ["months", "Customers"])
def test_an_own_table_of_a_name_that_the_report_needs_stops_the_first_refresh(
    excel: RefreshHost, empty: LiveExcel, orders: list[Line], table: str
) -> None:
    host = live.fill(copy.deepcopy(empty), orders)
    host.sheets.append(Sheet("Mine"))
    host.put("Mine", "A1", ["month", "plan"], ["May", 2.0])
    host.sheet("Mine").tables.append(Table(table, (1, 1, 2, 2)))
    before = pages(host)
    host = excel.refresh(host)
    assert_untouched(
        host, before, f'The sheet "Mine" has a table called {table}, and the report needs the name'
    )


@pytest.mark.parametrize(
    "name",
    ["New_Customers", *(pytest.param(name, marks=pytest.mark.long) for name in ("new_customers", "months"))],
)
def test_an_own_name_that_the_report_needs_is_not_turned_away(
    excel: RefreshHost, empty: LiveExcel, orders: list[Line], name: str
) -> None:
    host = live.fill(copy.deepcopy(empty), orders)
    host.sheets.append(Sheet("Mine"))
    host.put("Mine", "A1", [123.0])
    host.names[name] = "='Mine'!$A$1"
    before = pages(host)
    host = excel.refresh(host)
    assert_untouched(host, before, f"The name {name} is your own (it stands for ='Mine'!$A$1)")


@pytest.mark.long
@pytest.mark.parametrize("way", [pytest.param("remote", marks=pytest.mark.long), "desktop"])
def test_own_notes_on_cells_are_neither_overwritten_nor_in_the_way(
    excel: RefreshHost, report: LiveExcel, refreshed_with_costs: LiveExcel, orders: list[Line], way: str
) -> None:
    put = 0
    for sheet in report.sheets:
        if sheet.name in {*live.INPUTS, *live.HIDDEN}:
            continue
        # where notes of ours come with the costs, and from where rows put in bring a note there
        for row, column in set(refreshed_with_costs.sheet(sheet.name).notes):
            for above in (0, 1, 2, 3):
                place = (row - above, column)
                if place not in sheet.notes and row > above:
                    sheet.notes[place] = f"ask Anna about {place}"
                    put += 1
    assert put > 5
    host = excel.refresh(live.fill(report, shops.with_costs(orders)), way)
    assert live.status(host).startswith("Report as of"), live.status(host)
    assert sum(note.startswith("ask Anna") for sheet in host.sheets for note in sheet.notes.values()) == put
    again = excel.refresh(live.fill(host, orders), way)
    assert live.status(again).startswith("Report as of"), live.status(again)
    assert sum(note.startswith("ask Anna") for sheet in again.sheets for note in sheet.notes.values()) == put


@pytest.fixture(scope="module")
def refreshed_with_costs(excel: RefreshHost, refreshed: LiveExcel, orders: list[Line]) -> LiveExcel:
    return excel.refresh(live.fill(copy.deepcopy(refreshed), shops.with_costs(orders)))


@pytest.mark.long
def test_where_excel_elsewhere_refuses_in_the_middle_start_says_that_it_is_not_finished(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    own_column(report, "customers", "call", lambda _, key: f"note on {key}")
    broken = excel.refresh(live.fill(report, turned), fail_at=40)
    assert live.status(broken).startswith("Not finished. Click Refresh report again")
    repaired = excel.refresh(broken)
    assert live.status(repaired).startswith("Report as of"), live.status(repaired)
    assert all(cell == f"note on {key}" for cell, key in beside(repaired, "customers", "call"))


@pytest.mark.long
def test_a_refresh_that_breaks_off_half_way_is_repaired_by_the_next(
    excel: RefreshHost, report: LiveExcel, turned: list[Line], tmp_path: Path
) -> None:
    broken = excel.refresh(live.fill(report, turned), "desktop", fail_at=50)
    assert "The report is partly new." in live.status(broken)
    repaired = excel.refresh(broken, "desktop")
    assert live.status(repaired).startswith("Report as of"), live.status(repaired)
    assert live.differences(repaired, live.expected_file(repaired, tmp_path / "report.xlsx")) == []


@pytest.mark.long
def test_a_protected_page_stops_the_refresh_before_anything_is_written(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    report.sheet("Method").protected = True
    before = pages(report)
    host = excel.refresh(live.fill(report, turned), "desktop")
    assert_untouched(host, before, "Excel does not let Method be written", "Review, Unprotect Sheet")
    host = excel.refresh(host)
    assert pages(host) == before
    assert live.status(host).startswith("Not finished.")
    host.sheet("Method").protected = False
    assert live.status(excel.refresh(host)).startswith("Report as of")


def test_where_not_even_the_status_can_be_written_excel_shows_the_fault(
    excel: RefreshHost, report: LiveExcel
) -> None:
    report.sheet("Start").protected = True
    with pytest.raises(AssertionError, match="RefusedError: The cell is on a protected sheet"):
        excel.refresh(report, "desktop")


@pytest.mark.long
def test_an_excel_that_calculates_when_asked_to_is_asked_to(excel: RefreshHost, report: LiveExcel) -> None:
    report.calculation = "manual"
    host = excel.refresh(report, "desktop")
    assert live.status(host).startswith("Report as of")
    assert (host.calculation, host.calculated) == ("manual", 2)
    before = pages(host)
    assert_untouched(excel.refresh(host), before, "Excel calculates this workbook only when asked to")


@pytest.mark.parametrize("refusal", ["calculation", "screen_updating"])
def test_drawing_is_switched_on_again_whatever_excel_refuses(refusal: str) -> None:
    class App:
        engine = SimpleNamespace(type="desktop")
        screen_updating, calculation = True, "automatic"

        def __setattr__(self, name: str, value: Any) -> None:
            if name == refusal == "calculation":
                raise RuntimeError("Unable to set the Calculation property")
            super().__setattr__(name, value)

    app = App()
    with suppress(RuntimeError), carry_out._quiet(SimpleNamespace(app=app)):  # type: ignore[arg-type]
        assert app.screen_updating is False
    assert app.screen_updating is True
    assert app.calculation == "automatic"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.one_in(2)
def test_a_workbook_that_counts_days_from_1904_is_refused(
    excel: RefreshHost, report: LiveExcel, way: str
) -> None:
    report.from_1904 = True
    before = pages(report)
    assert_untouched(excel.refresh(report, way), before, "counts its days from 1904")


@pytest.mark.long
@pytest.mark.parametrize("title", ["spend", pytest.param("Spend 2025", marks=pytest.mark.long)])
def test_spend_is_read_or_missed_aloud_whatever_its_capitals(
    excel: RefreshHost, report: LiveExcel, tmp_path: Path, title: str
) -> None:
    report.put("Spend", "A2", [datetime(2025, 1, 1), "Ads", 1000.0], [datetime(2025, 2, 1), "Ads", 500.0])  # noqa: DTZ001
    report.sheet("Spend").name = title
    host = excel.refresh(report)
    told = [str(value) for sheet in host.sheets for value in sheet.content().values()]
    if title == "spend":
        assert any(table.name == "spend_account" for sheet in host.sheets for table in sheet.tables)
    else:
        assert any('There is no sheet "Spend"' in text and '"Spend 2025"' in text for text in told)
    assert live.differences(host, live.expected_file(host, tmp_path / "report.xlsx")) == []


@pytest.mark.long
@pytest.mark.parametrize("way", [pytest.param("remote", marks=pytest.mark.long), "desktop"])
def test_columns_beside_tables_that_grow_alike_stay_beside_them(
    excel: RefreshHost, report: LiveExcel, orders: list[Line], way: str
) -> None:
    orders = [
        replace(row, customer=row.customer + more, order=f"{row.order}{more}")
        for row in orders[:-4]
        for more in ("", "B", "C")
    ]
    report = excel.refresh(live.fill(report, orders))
    tables = ("best_customers", "lowest_customers")
    for table in tables:
        own_column(report, table, f"own {table}", lambda _, key: f"note on {key}")
    host = excel.refresh(live.fill(report, shops.with_costs(orders)), way)
    assert live.status(host).startswith("Report as of"), live.status(host)
    for table in tables:
        shown = [(cell, key) for cell, key in beside(host, table, f"own {table}") if cell is not None]
        assert shown
        assert all(cell == f"note on {key}" for cell, key in shown)


@pytest.mark.long
def test_without_the_hidden_sheet_what_is_not_the_reports_stops_the_refresh(
    excel: RefreshHost, report: LiveExcel
) -> None:
    report.sheets = [sheet for sheet in report.sheets if sheet.name != "Looks"]
    report.sheet("Summary").cell(19, 4).value = "mine, in a card"
    before = pages(report)
    assert_untouched(excel.refresh(report), before, 'Summary!D19 holds "mine, in a card"', "Looks")


@pytest.mark.long
def test_an_own_sheet_with_the_title_of_a_page_is_not_written_over(
    excel: RefreshHost, empty: LiveExcel, orders: list[Line]
) -> None:
    host = live.fill(copy.deepcopy(empty), orders)
    looks = host.sheet("Looks")
    for (row, column), cell in looks.cells.items():
        # as in a workbook from before the report had this page
        if column >= 20 and looks.cells[row, 20].value == "Figures":
            cell.value = None
    figures = host.sheet("Figures")
    for cell in figures.cells.values():
        cell.value = cell.formula = None
    host.put("Figures", "A1", ["My own figures"], [1.0])
    before = pages(host)
    assert_untouched(excel.refresh(host), before, 'The sheet "Figures" is your own')


@pytest.mark.long
@pytest.mark.parametrize("way", [pytest.param("remote", marks=pytest.mark.long), "desktop"])
def test_own_rules_stay(excel: RefreshHost, report: LiveExcel, orders: list[Line], way: str) -> None:
    mine = {
        "type": "Custom",
        "formula": "=TRUE",
        "font_color": "#ff00ff",
        "fill_color": None,
        "font_bold": None,
    }
    figures = report.sheet("Customer list")
    ruled = next(area for area, _ in figures.rules)
    places = {"Figures": [(5, 3, 9, 3)], "Customer list": [(5, 3, 9, 3)]}
    if way == "desktop":
        # elsewhere rules cannot be told from ours where both stand
        places["Customer list"].append((5, ruled[1], 9, ruled[1]))
    for title, areas in places.items():
        report.sheet(title).rules += [(area, dict(mine)) for area in areas]
    smaller = [row for row in orders if row.customer in sorted({one.customer for one in orders})[::2]]
    host = excel.refresh(live.fill(report, smaller), way)
    assert live.status(host).startswith("Report as of"), live.status(host)
    for title, areas in places.items():
        assert [area for area, rule in host.sheet(title).rules if rule == mine] == areas
    fresh = excel.refresh(live.fill(copy.deepcopy(host), smaller), way)
    ours = [
        [(area, rule) for area, rule in one.sheet("Customer list").rules if rule != mine]
        for one in (host, fresh)
    ]
    assert ours[0] == ours[1]
    assert ours[0]


@pytest.mark.long
def test_where_a_formula_that_shows_nothing_may_stand_just_where_the_page_grows_it_stops(
    excel: RefreshHost, report: LiveExcel, orders: list[Line]
) -> None:
    bottom = report.sheet("Customer list").table("customers").area[2]
    cell = report.sheet("Customer list").cell(bottom + 2, 5)
    cell.formula, cell.value = '=IF(E5>99999,"high","")', ""
    more = [
        *orders,
        *(replace(row, customer=row.customer + "B", order=f"{row.order}B") for row in orders[:-4]),
    ]
    before = pages(report)
    host = excel.refresh(live.fill(report, more))
    assert_untouched(host, before, "Customer list: formulas of your own (1) show nothing")
    host = excel.refresh(host, "desktop")
    assert live.status(host).startswith("Report as of"), live.status(host)
    assert cell.formula in host.sheet("Customer list").content().values()
