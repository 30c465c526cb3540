"""What a reader has put into a report survives Refresh report, or stops it before anything is written.

The shop is small, so that each of many cases is quick; ``test_live_refresh.py`` tries a larger one.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.excel.template import make_template
from tests import live, shops
from tests.excel_hosts.live_excel import LiveExcel
from tests.excel_hosts.refresh_host import RefreshHost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    return [*year, *(replace(row, customer="") for row in year[:4])]


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


def own_column(
    host: LiveExcel, table: str, title: str, cell: Callable[[int, str], Any], extra: int = 1
) -> tuple[str, int]:
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


def test_notes_among_formulas_that_show_nothing_stop_the_refresh_where_they_cannot_be_told_apart(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    own_column(report, "customers", "call", note_or_formula)
    before = pages(report)
    host = excel.refresh(live.fill(report, turned))
    assert_untouched(host, before, "the rows of the table customers change places", "your column P beside it")


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


def test_formulas_with_gaps_stay_where_they_are(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    own_column(report, "customers", "call", lambda row, _: None if row % 3 else f'=IF(E{row}>9,"","")')
    before = [cell for cell, _ in beside(report, "customers", "call")]
    host = excel.refresh(live.fill(report, turned))
    assert live.status(host).startswith("Report as of"), live.status(host)
    assert [cell for cell, _ in beside(host, "customers", "call")] == before


@pytest.mark.parametrize("way", WAYS)
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


@pytest.mark.parametrize("mark", ["\r\n", "\x07"])
def test_notes_stay_beside_customers_whose_ids_a_cell_shows_otherwise(
    excel: RefreshHost, report: LiveExcel, orders: list[Line], mark: str
) -> None:
    odd = [replace(row, customer=f"{row.customer[:-1]}{mark}{row.customer[-1]}") for row in orders[:-4]]
    host = excel.refresh(live.fill(report, odd))
    own_column(host, "customers", "call", lambda _, key: f"note on {key}")
    host = excel.refresh(host)
    assert all(cell == f"note on {key}" for cell, key in beside(host, "customers", "call"))
    assert "are kept" not in live.status(host)


def test_notes_stay_beside_months_whose_format_a_reader_took_off(
    excel: RefreshHost, report: LiveExcel
) -> None:
    sheet, _ = own_column(report, "months", "note", lambda _, key: f"note on {key}")
    top, left, bottom, _ = report.sheet(sheet).table("months").area
    for row in range(top + 1, bottom + 1):
        report.sheet(sheet).cells[row, left].style = {"number_format": "General"}
    host = excel.refresh(report, "desktop")
    assert all(cell == f"note on {key}" for cell, key in beside(host, "months", "note"))


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


def test_long_notes_and_errors_move_as_what_they_are(
    excel: RefreshHost, report: LiveExcel, turned: list[Line]
) -> None:
    own_column(report, "customers", "call", lambda row, _: "x" * 9_000 if row % 2 else "#DIV/0!")
    had = {key: value for value, key in beside(report, "customers", "call")}
    host = excel.refresh(live.fill(report, turned), "desktop")
    assert live.status(host).startswith("Report as of"), live.status(host)
    for value, key in beside(host, "customers", "call"):
        assert value == ("=#DIV/0!" if had[key] == "#DIV/0!" else had[key])


# --- pages that were rearranged ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("sheet", "axis", "at", "place"),
    [
        ("Summary", 0, 20, "row 20"),
        ("Summary", 1, 5, "column E"),
        ("Figures", 0, 20, "row 20"),
        ("Figures", 1, 3, "column C"),
        ("Method", 0, 20, "row 20"),
        ("Segments", 0, 30, "row 30"),
        ("Customer list", 0, 20, "row "),
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


def test_rows_put_in_and_taken_out_elsewhere_are_seen(excel: RefreshHost, report: LiveExcel) -> None:
    page = report.sheet("Figures")
    report._shift(page, 0, 20, 1)
    report._shift(page, 0, 41, -1)
    page.cell(20, 3).value = "mine"
    before = pages(report)
    assert_untouched(excel.refresh(report), before, "a row or column that is gone")


def test_a_row_put_into_a_table_is_seen(excel: RefreshHost, report: LiveExcel) -> None:
    page = report.sheet("Cohorts")
    bottom = page.table("months").area[2]
    report._shift(page, 0, bottom, 1)
    page.cell(bottom, 3).value = "my row"
    before = pages(report)
    assert_untouched(excel.refresh(report), before, "Cohorts: rows or columns were put in", f"row {bottom}")


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


@pytest.mark.parametrize("way", WAYS)
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


def test_a_column_that_the_report_gets_later_stops_the_refresh_if_a_reader_has_one_of_its_title(
    excel: RefreshHost, report: LiveExcel, orders: list[Line]
) -> None:
    own_column(report, "customers", "own MARGIN", lambda _, key: f"note on {key}")
    before = pages(report)
    host = excel.refresh(live.fill(report, shops.with_costs(orders)))
    assert_untouched(host, before, 'your column is called "own MARGIN"', "Give yours another title.")


@pytest.mark.parametrize("way", WAYS)
def test_columns_beside_narrow_tables_never_break_a_refresh_half_way(
    excel: RefreshHost, report: LiveExcel, orders: list[Line], way: str
) -> None:
    for table in ("value_curve", "months"):
        own_column(report, table, f"own {table}", lambda _, key: f"note on {key}")
    before = pages(report)
    host = excel.refresh(live.fill(report, shops.with_costs(orders)), way)
    assert_untouched(host, before, "Cohorts: the table value_curve needs more or fewer columns")
