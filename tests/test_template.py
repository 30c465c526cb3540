"""The template workbook: what it holds, that it is valid, and that it fits the report that will be written into it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.events import Event
from clv_xl.excel.registry import functions
from clv_xl.excel.template import make_template, whole_template
from clv_xl.metrics.segments import SegmentMap
from clv_xl.parameters import PARAMETERS, Parameters
from clv_xl.report.pages.scenarios import blank_levers
from clv_xl.report.pages.template.empty import EMPTY_PAGES
from clv_xl.report.pages.template.functions import NEEDS_ORDERS
from clv_xl.report.pages.template.start import BUTTON_CELL
from clv_xl.workbook import styles
from clv_xl.workbook.looks import look_key, usual_styles
from tests import shops
from tests.conftest import result_of
from tests.excel_hosts.live_excel import opened
from tests.live import HIDDEN, INPUTS
from tests.reading import Workbook, letters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import openpyxl

    from clv_xl.workbook.sheet import Book


EVENTS = (Event(date(2024, 9, 1), "Loyalty"),)
"""With an event the first chart of Trends has all its series."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("template") / "template.xlsx"
    make_template(target)
    return target


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return opened(path)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Book]:
    """Reports of different shapes."""
    folder = tmp_path_factory.mktemp("reports")
    sample = shops.sample_lines(folder, customers=320)
    kinds: list[tuple[Any, dict[str, Any]]] = [
        (
            sample,
            {
                "acquisition_cost": 90.0,
                "gross_margin": 0.45,
                "currency": "SEK",
                "events": EVENTS,
                "beside": shops.spend_of("spend.csv", [("2024-05", "Paid social", 900)]),
            },
        ),
        (shops.with_costs(sample), {}),
        *((shops.EDGE_SHOPS[name], {}) for name in shops.QUICK_SHOPS),
    ]
    made = []
    for number, (lines, parameters) in enumerate(kinds):
        place = folder / str(number)
        place.mkdir()
        made.append(shops.book_of(shops.material_of(place, lines, **parameters)))
    return made


def test_the_sheets_stand_in_their_order_and_the_machinery_is_hidden(book: openpyxl.Workbook) -> None:
    pages = [title for _, title, _ in EMPTY_PAGES]
    assert book.sheetnames == [*INPUTS, *pages, *HIDDEN]
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_state == "hidden"] == list(HIDDEN)


def test_every_page_of_a_report_has_its_place_in_the_template(reports: list[Book]) -> None:
    titles = [title for _, title, _ in EMPTY_PAGES]
    for report in reports:
        assert [sheet.title for sheet in report.sheets if sheet.title != "Parameters"] == titles


@pytest.mark.parametrize(
    ("title", "table", "columns"),
    [
        ("Orders", "Orders", ["customer_id", "order_date", "amount", "order_id", "cost"]),
        ("Spend", "Spend", ["month", "channel", "spend"]),
        ("Customer data", "CustomerData", ["customer_id", "channel", "country", "first_product"]),
    ],
)
def test_an_input_sheet_is_one_table_from_the_first_cell_on(
    book: openpyxl.Workbook, title: str, table: str, columns: list[str]
) -> None:
    sheet = book[title]
    assert list(sheet.tables) == [table]
    assert sheet.tables[table].ref == f"A1:{letters(len(columns))}301"
    assert [cell.value for cell in sheet[1]] == columns
    assert all(cell.comment and cell.comment.text for cell in sheet[1])
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            assert cell.value is None
            assert (cell.fill.fgColor.rgb, cell.font.color.rgb) == (
                f"FF{styles.INPUT_FILL}",
                f"FF{styles.INPUT_INK}",
            )
            # a date format would turn a pasted amount into a date when it is read
            assert cell.number_format == "General"
    # what is pasted may have other columns: Excel asks, and does not refuse
    assert {rule.errorStyle for rule in sheet.data_validations.dataValidation} <= {"warning"}


def test_every_parameter_is_an_input_at_its_default(book: openpyxl.Workbook, path: Path) -> None:
    file, sheet = Workbook(path), book["Parameters"]
    rules = {cell: rule for rule in sheet.data_validations.dataValidation for cell in str(rule.sqref).split()}
    for spec in PARAMETERS:
        title, address = file.address(spec.name)
        assert title == "Parameters"
        cell = sheet[address]
        default = getattr(Parameters(), spec.name)
        if isinstance(default, bool):
            default = "yes" if default else "no"
        assert cell.value == (None if default == "" else default)
        assert cell.fill.fgColor.rgb == f"FF{styles.INPUT_FILL}"
        row = [found.value for found in sheet[cell.row]]
        assert spec.title in row
        assert spec.name in row
        assert spec.meaning in row
        assert spec.unit in row
        if spec.kind != "text":
            rule = rules[address]
            assert rule.errorStyle in {None, "stop"}
            kinds = {"flag": "list", "choice": "list", "date": "date", "whole": "whole", "number": "decimal"}
            assert rule.type == kinds[spec.kind]
            assert rule.showErrorMessage
    blank = {spec.name for spec in PARAMETERS if sheet[file.address(spec.name)[1]].value is None}
    assert blank == {"lifespan_years", "acquisition_cost", "as_of", "currency", "active_days"}


def test_the_segment_map_is_the_default_one_with_a_list_to_choose_from(
    book: openpyxl.Workbook, path: Path
) -> None:
    sheet = book["Segment map"]
    area = Workbook(path).names["segment_map_names"].partition("!")[2].replace("$", "")
    rows = [[cell.value for cell in row] for row in sheet[area]]
    assert [list(row) for row in reversed(SegmentMap.default().names)] == rows
    first = sheet[area][0][0]
    assert [sheet.cell(first.row + n, first.column - 1).value for n in range(5)] == [
        f"R {n}" for n in (5, 4, 3, 2, 1)
    ]
    assert [sheet.cell(first.row - 1, first.column + n).value for n in range(5)] == [
        f"FM {n}" for n in range(1, 6)
    ]
    covered = {cell for rule in sheet.data_validations.dataValidation for cell in str(rule.sqref).split()}
    assert len(covered) == 5
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"list"}


def test_start_has_the_button_the_status_and_the_way_to_every_page(
    path: Path, book: openpyxl.Workbook
) -> None:
    file = Workbook(path)
    start = whole_template().sheets[0]
    (button,) = start.buttons
    assert (button.caption, button.macro) == ("Refresh report", "ClvTemplate.RefreshReport")
    assert f"Start!{letters(button.area.first_column)}{button.area.first_row}" == BUTTON_CELL
    # the file without macros has no shape over the cell that works as the button
    assert file.sheets["Start"][BUTTON_CELL.partition("!")[2]].value == "Refresh report"
    assert not [name for name in file.parts if "drawing" in name and "Start" in name]
    assert file.named("clv_status").value == "No report yet. Follow the three steps above."
    assert file.named("clv_progress").value is None
    links = [cell.hyperlink for row in book["Start"].iter_rows() for cell in row if cell.hyperlink]
    linked = {link.location.partition("!")[0].strip("'") for link in links}
    assert {title for _, title, _ in EMPTY_PAGES} <= linked
    assert {"Orders", "Parameters"} <= linked
    merged = {str(area).partition(":")[0] for area in book["Start"].merged_cells.ranges}
    assert file.address("clv_status")[1] in merged


def test_every_function_is_listed_with_an_example_that_holds(path: Path) -> None:
    cells = Workbook(path).sheets["Functions"]
    by_name = {cell.value: address for address, cell in cells.items() if address.startswith("B")}
    for function in functions():
        row = by_name[function.name].removeprefix("B")
        record = function.record
        assert cells[f"D{row}"].value == record.signature
        example, result, shown = (cells[f"{column}{row}"] for column in "EFG")
        if record.needs_orders:
            assert (shown.formula, shown.value) == (None, NEEDS_ORDERS)
        else:
            assert f"={shown.formula}" == example.value
            assert shown.value == result.value
        if isinstance(record.example_result, tuple):
            assert str(example.value).startswith(f"=INDEX({record.example.removeprefix('=')}, ")
            at = [int(part) for part in str(example.value).rstrip(")").split(",")[-2:]]
            assert at[0] > 1
        else:
            assert example.value == record.example
            assert result.value == record.example_result


@pytest.mark.long
def test_the_looks_of_every_report_are_on_the_hidden_sheet(path: Path, reports: list[Book]) -> None:
    looks = Workbook(path).sheets["Looks"]
    known = {cell.value for address, cell in looks.items() if address.startswith("A")}
    for report in reports:
        pages = [sheet for sheet in report.sheets if sheet.title != "Parameters"]
        missing = {look_key(style) for style in usual_styles(pages)} - known
        assert missing == set()


def test_charts_of_the_template_are_those_of_the_report(reports: list[Book]) -> None:
    held, shown = (
        {(sheet.title, chart.name): chart for sheet in book.sheets for chart in sheet.charts}
        for book in (whole_template(), reports[0])
    )
    assert set(held) == set(shown)
    for place, chart in held.items():
        report = shown[place]
        assert (chart.kind, len(chart.series)) == (report.kind, len(report.series))
        for blank, series in zip(chart.series, report.series, strict=True):
            assert blank.title == series.title
            # a series whose points have colours of their own has that of the many
            assert blank.colour == (series.point_colours[-1] if series.point_colours else series.colour)
            assert (blank.dashed, blank.on_second_axis) == (series.dashed, series.on_second_axis)
            assert blank.sheet == "Chart data"
        assert chart.values.number_format == report.values.number_format


def test_the_template_is_the_same_byte_for_byte(path: Path, tmp_path: Path) -> None:
    make_template(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_nothing_of_anybodys_data_is_in_it(path: Path) -> None:
    file = Workbook(path)
    for title in ("Orders", "Spend", "Customer data"):
        assert all(
            cell.value is None for address, cell in file.sheets[title].items() if not address.endswith("1")
        )
    for _, title, _ in EMPTY_PAGES:
        filled = [cell.value for cell in file.sheets[title].values() if cell.value is not None]
        assert "Nothing here yet. Click Refresh report on the sheet Start." in filled
        assert all(isinstance(value, str) for value in filled)
        # besides its title, a chart has a line that says what it will show
        assert len(filled) == 3 + 2 * {
            "Summary": 4,
            "Cohorts": 2,
            "Trends": 4,
            "Migration": 1,
            "Forecast": 2,
            "Customers": 1,
            "Segments": 1,
            "Acquisition": 1,
            "Groups": 1,
            "Scenarios": 2,
        }.get(title, 0) + (len(blank_levers().rows) * 3 + 3 if title == "Scenarios" else 0)


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_writes_it(cli: Callable[..., Any], tmp_path: Path) -> None:
    done = cli("template", "clv.xlsx")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("clv.xlsx written.")
    assert result_of(cli("template", "other.xlsx", "--json")) == {"template": "other.xlsx"}
    assert cli("template", "third.xlsx", "--quiet").stdout == ""


def test_the_command_never_writes_over_a_filled_template_unasked(
    cli: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "clv.xlsx").write_text("filled")
    done = cli("template", "clv.xlsx")
    assert done.exit_code == 2, "as of every other command: nothing is wrong with the disk"
    assert "may hold orders of yours" in done.stderr
    assert (tmp_path / "clv.xlsx").read_text() == "filled"
    assert cli("template", "clv.xlsx", "--replace").exit_code == 0
    assert (tmp_path / "clv.xlsx").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(("name", "code"), [("clv.csv", 2), ("nowhere/clv.xlsx", 4)])
def test_the_command_says_what_it_cannot_write(cli: Callable[..., Any], name: str, code: int) -> None:
    done = cli("template", name)
    assert done.exit_code == code
    assert done.stderr.startswith(f"Error: {name}")


# --- other programs ---------------------------------------------------------------------------------------


@pytest.mark.office
def test_the_sdk_finds_no_fault(path: Path, ooxml_validator: Callable[[Path], list[str]]) -> None:
    assert ooxml_validator(path) == []


@pytest.mark.office
def test_libreoffice_opens_it(path: Path, soffice: Callable[..., Path], tmp_path: Path) -> None:
    opened_again = soffice(path, "xlsx", tmp_path / "out")
    file = Workbook(opened_again)
    assert file.sheets["Start"]["B1"].value == "Customer value"
    assert file.named("gross_margin").value == 1.0
