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
    """A year of some thirty customers; five rows cannot be used."""
    lines = shops.sample_lines(tmp_path_factory.mktemp("sample"), customers=40)
    return [row for row in lines if row.day >= date(2025, 1, 1)]


@pytest.fixture(scope="module")
def turned(orders: list[Line]) -> list[Line]:
    """The same customers in another order by value."""
    return [replace(row, amount=row.amount * (1 + int(row.customer[-2:]) % 17)) for row in orders]


@pytest.fixture(scope="module")
def refreshed(excel: RefreshHost, empty: LiveExcel, orders: list[Line]) -> LiveExcel:
    return excel.refresh(live.fill(copy.deepcopy(empty), orders))


@pytest.fixture
def report(refreshed: LiveExcel) -> LiveExcel:
    return copy.deepcopy(refreshed)


def pages(host: LiveExcel) -> dict[str, Any]:
    """What the report's pages hold and look like, and all names."""
    return {title: part for title, part in host.snapshot().items() if title not in {*live.INPUTS, *live.HIDDEN}}


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
    return f"note on {key}" if row % 5 == 0 else f'=IF(E{row}>99999,"VIP","")'


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
    host = excel.refresh(live.fill(host, [replace(orders[0], order="one more"), *orders]), way)
    assert beside(host, "rows_set_aside", "checked") == before


@pytest.mark.parametrize("mark", ["\r\n", "\x07"])
def test_notes_stay_beside_customers_whose_ids_a_cell_shows_otherwise(
    excel: RefreshHost, report: LiveExcel, orders: list[Line], mark: str
) -> None:
    odd = [replace(row, customer=f"{row.customer[:-1]}{mark}{row.customer[-1]}") for row in orders]
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
