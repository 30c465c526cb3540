"""``clv-xl refresh``: a filled template in, a new report beside it, equal to the report from files."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from clv_xl.jobs import refresh_workbook, report_from_inputs
from clv_xl.orders.filled import inputs_from_sheets, read_filled
from clv_xl.sample import write_sample
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.ownership import is_untouched_report
from tests.filled import ORDER_HEADER, live_values, parameter_cell, rewritten, template, with_shared_strings
from tests.reading import Workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.sample import SampleShop
    from tests.conftest import Run

DAY = dt.date(2024, 1, 5)
ORDERS: list[list[object]] = [
    ["a", DAY, 100.0, "1", None],
    ["b", dt.date(2024, 2, 6), 60.5, "2", None],
    ["a", dt.date(2024, 3, 7), 9.9, "3", None],
]
MAP = [[f"own {r}{fm}" for fm in range(1, 5)] for r in range(4, 0, -1)]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    return template(tmp_path / "filled.xlsx", ORDERS, {"gross_margin": 0.4})


def of_csv(
    path: Path, *, numbers: tuple[str, ...], dates: tuple[str, ...]
) -> tuple[list[str], list[list[object]]]:
    """Header and rows of a CSV file as Excel shows them after a paste: numbers and dates as such."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))

    def typed(name: str, text: str) -> object:
        if not text:
            return None
        if name in numbers:
            return float(text)
        return dt.date.fromisoformat(text) if name in dates else text

    return list(rows[0]), [[typed(name, text) for name, text in row.items()] for row in rows]


# Equal to the report from files


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    return write_sample(tmp_path_factory.mktemp("refresh") / "sample", customers=150, years=3, seed=8)


def _filled(shop: SampleShop, path: Path, **parameters: object) -> Path:
    """A template with the sample shop's exports pasted over its tables, saved as Excel saves texts."""
    order_header, orders = of_csv(shop.orders_file, numbers=("amount", "quantity"), dates=("order_date",))
    spend_header, spend = of_csv(shop.spend_file, numbers=("spend",), dates=("month",))
    customer_header, customers = of_csv(shop.customers_file, numbers=(), dates=("loyalty_since",))
    orders[7][3], orders[9][2] = "ten", "no day"
    with_more = {"gross_margin": 0.45, "discount_rate": 0.1, "currency": "SEK", "rfm_bins": 4, **parameters}
    made = template(
        path, orders, with_more, spend=spend, customers=customers, segment_map=MAP,
        order_header=order_header, spend_header=spend_header, customer_header=customer_header,
    )  # fmt: skip
    return with_shared_strings(made)


def _as_files(shop: SampleShop, folder: Path) -> list[str]:
    """The same inputs as files, and the options that name them."""
    with shop.orders_file.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    rows[8][3], rows[10][2] = "ten", "no day"
    with (folder / "orders.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    # named as the sheets are called in sentences, so that these are the same
    (folder / "the Spend sheet").write_bytes(shop.spend_file.read_bytes())
    (folder / "the Customer data sheet").write_bytes(shop.customers_file.read_bytes())
    lines = [",".join(["", "FM 1", "FM 2", "FM 3", "FM 4"])]
    lines += [",".join([f"R {4 - at}", *row]) for at, row in enumerate(MAP)]
    (folder / "segments.csv").write_text("\n".join(lines), encoding="utf-8")
    parameters = 'gross_margin = 0.45\ndiscount_rate = 0.1\ncurrency = "SEK"\nrfm_bins = 4\n'
    (folder / "p.toml").write_text(parameters, encoding="utf-8")
    return [
        "orders.csv", "--parameters", "p.toml", "--spend", "the Spend sheet",
        "--customers", "the Customer data sheet", "--segment-map", "segments.csv",
    ]  # fmt: skip


DIFFERENT = {
    "orders.csv": "filled.xlsm",
    "csv, utf-8, comma": "cells, sheet Orders",
    "yyyy-mm-dd": "date cells",
    "The hash names the exact bytes that were read.": (
        "The hash names the exact cells of the sheet that were read."
    ),
    "How each column of the files was read; overrule with --column.": (
        "How each column was read. Is one wrong? Change its header on the sheet."
    ),
    "What each status text was read as, and what became of its rows; overrule with --status. Amounts in SEK.": (
        "What each status text was read as, and what became of its rows; is one wrong, change the text on the sheet."
        " Amounts in SEK."
    ),
}
"""Data quality: file, kind, how the dates are written, and what may be done where there are no options to pass."""


def test_refresh_equals_report_cell_by_cell(
    shop: SampleShop, tmp_path: Path, cli: Callable[..., Run]
) -> None:
    """Every cell of every page, value and formula; what must differ is listed, and nothing else does."""
    source = _filled(shop, tmp_path / "filled.xlsx").rename(tmp_path / "filled.xlsm")
    of_files = cli("report", *_as_files(shop, tmp_path), "-o", "files.xlsx", "--json")
    assert (of_files.exit_code, of_files.stderr) == (0, "")
    of_template = cli("refresh", source, "--json")
    assert (of_template.exit_code, of_template.stderr) == (0, "")
    told, told_of_template = json.loads(of_files.stdout), json.loads(of_template.stdout)
    one, other = Workbook(tmp_path / "files.xlsx"), Workbook(tmp_path / "filled report.xlsx")
    assert (one.names, one.tables, one.formulas()) == (other.names, other.tables, other.formulas())
    assert [(sheet, sorted(cells)) for sheet, cells in one.sheets.items()] == [
        (sheet, sorted(cells)) for sheet, cells in other.sheets.items()
    ]
    # the size and the hash of what was read, and the one date that stood in a row set aside
    hash_of_cells, size_of_cells = read_filled(source).orders.digest()
    different: dict[object, object] = {
        **DIFFERENT,
        told["files"][0]["sha256"]: hash_of_cells,
        float((tmp_path / "orders.csv").stat().st_size): float(size_of_cells),
    }
    found = []
    for sheet, cells in one.sheets.items():
        for place, cell in cells.items():
            value, expected = other.sheets[sheet][place].value, different.get(cell.value, cell.value)
            if value != cell.value:
                found.append(sheet)
                # rows set aside show date and amount as they stand: a cell has no zeros at the end, but a time
                as_in_a_cell = re.sub(r"^(-?\d+\.\d*?)\.?0*$", r"\1", str(expected)).removesuffix(".")
                assert value in {expected, f"{expected} 00:00:00", as_in_a_cell}, (sheet, place)
    assert set(found) == {"Data quality"}
    assert hash_of_cells == told_of_template["files"][0]["sha256"]
    for key in (
        "figures",
        "rows",
        "as_of",
        "first_day",
        "pages",
        "columns",
        "unused_columns",
        "warnings",
    ):
        assert told[key] == told_of_template[key], key
    # the first row of a reason is a row of the file, or a cell of the sheet
    assert [line | {"first_row": None} for line in told["account"]] == [
        line | {"first_row": None} for line in told_of_template["account"]
    ]
    assert told["notices"] == told_of_template["notices"]
    assert told["rows"]["set_aside"] > 2
    assert len(told["notices"]) == 3  # and that nothing is predicted


@pytest.mark.long
def test_blank_columns_are_no_columns_in_a_file_either(
    filled: Path, tmp_path: Path, cli: Callable[..., Run]
) -> None:
    """The template's own headers as CSV, the cost left blank: both reports say margin x amount, not amount - cost."""
    with (tmp_path / "o.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([ORDER_HEADER, *ORDERS])
    of_file = json.loads(cli("report", "o.csv", "--set", "gross_margin=0.4", "-o", "f.xlsx", "--json").stdout)
    of_template = json.loads(cli("refresh", filled, "-o", "t.xlsx", "--json").stdout)
    for key in ("columns", "unused_columns", "figures", "warnings", "account"):
        assert of_file[key] == of_template[key], key
    assert of_file["unused_columns"] == ["cost"]
    one, other = Workbook(tmp_path / "f.xlsx"), Workbook(tmp_path / "t.xlsx")
    assert "Own margin" not in one.table_rows("customers")[0]
    assert {sheet for sheet in one.sheets if one.sheets[sheet] != other.sheets[sheet]} == {"Data quality"}


@pytest.mark.long
def test_the_open_workbook_gives_the_same_report(shop: SampleShop, tmp_path: Path) -> None:
    """What the button computes is what the command computes: the same model, and so the same bytes."""
    source = _filled(shop, tmp_path / "filled.xlsx")
    sheets, names = live_values(source)
    live, live_intake = report_from_inputs(inputs_from_sheets(sheets, names, source.name))
    headless, intake = report_from_inputs(read_filled(source))
    assert live_intake == intake
    assert [page.title for page in live.pages] == [page.title for page in headless.pages]
    for name, report in (("live", live), ("headless", headless)):
        write_book(lay_out(report), tmp_path / f"{name}.xlsx")
    refresh_workbook(source)
    made = (tmp_path / "filled report.xlsx").read_bytes()
    assert (tmp_path / "live.xlsx").read_bytes() == (tmp_path / "headless.xlsx").read_bytes() == made


def test_steps_are_told(filled: Path) -> None:
    told: list[str] = []
    report_from_inputs(read_filled(filled), told.append)
    assert told == [
        "Reading filled.xlsx", "Grouping orders by customer", "Counting cohorts and months",
        "Following the months", "Predicting orders", "Scoring customers", "Comparing channels and groups",
        "Writing the pages",
    ]  # fmt: skip


# The input is only read


@pytest.mark.long
@pytest.mark.parametrize("ending", [".xlsx", ".xlsm"])
def test_the_input_is_never_touched(
    filled: Path, tmp_path: Path, cli: Callable[..., Run], ending: str
) -> None:
    with zipfile.ZipFile(filled, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 no macro at all")
    source = filled.rename(tmp_path / f"My orders 2024{ending}")
    os.utime(source, (1_700_000_000, 1_700_000_000))
    content = source.read_bytes()
    done = cli("refresh", source)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        f"3 rows read from My orders 2024{ending}\n  3 used, amount 170.40\nOrders from 2024-01-05 to 2024-03-07\n"
        "Note: No prediction: Only 1 customer came again; 100 are needed to tell their habits. See Forecast.\n"
        f"Report written to {tmp_path / 'My orders 2024 report.xlsx'}\n"
    )
    assert (source.read_bytes(), source.stat().st_mtime) == (content, 1_700_000_000)
    assert {path.name for path in tmp_path.iterdir()} == {source.name, "My orders 2024 report.xlsx"}
    made = Workbook(tmp_path / "My orders 2024 report.xlsx")
    assert (made.named("customers_total").value, made.named("gross_margin").value) == (2, 0.4)


@pytest.mark.long
def test_a_read_only_input_is_enough(filled: Path, tmp_path: Path, cli: Callable[..., Run]) -> None:
    filled.chmod(0o444)
    assert cli("refresh", filled, "-o", "r.xlsx", "--quiet") == cli(
        "refresh", filled, "-o", "r.xlsx", "--quiet"
    )
    assert Workbook(tmp_path / "r.xlsx").named("orders_total").value == 3


def test_the_same_input_gives_the_same_bytes(filled: Path, tmp_path: Path) -> None:
    first = refresh_workbook(filled).path.read_bytes()
    assert refresh_workbook(filled, tmp_path / "other.xlsx").path.read_bytes() == first


# Never over somebody's own file


@pytest.mark.long
def test_an_older_report_is_replaced(filled: Path, tmp_path: Path, cli: Callable[..., Run]) -> None:
    target = tmp_path / "filled report.xlsx"
    assert cli("refresh", filled).exit_code == 0
    before = target.read_bytes()
    template(filled, [*ORDERS, ["c", dt.date(2024, 4, 1), 5.0, "4", None]])
    assert cli("refresh", filled).exit_code == 0
    assert target.read_bytes() != before
    assert Workbook(target).named("customers_total").value == 3


def part_changed(path: Path, part: str, old: bytes, new: bytes) -> Path:
    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        assert old in content
        return content.replace(old, new)

    return rewritten(path, change)


def saved_in_excel(path: Path) -> Path:
    """What is left in a report that somebody has opened and saved."""
    return part_changed(
        path, "docProps/core.xml", b"clv_xl</cp:lastModifiedBy>", b"Kari Nordmann</cp:lastModifiedBy>"
    )


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "asked", [pytest.param(True, id="by -o", marks=pytest.mark.long), pytest.param(False, id="by default")]
)
@pytest.mark.parametrize("kind", ["text", "other workbook", "template", "saved report", "half a file"])
def test_somebody_s_own_file_is_left_alone(
    filled: Path, tmp_path: Path, cli: Callable[..., Run], kind: str, *, asked: bool
) -> None:
    target = tmp_path / ("mine.xlsx" if asked else "filled report.xlsx")
    if kind == "text":
        target.write_text("dear diary", encoding="utf-8")
    elif kind == "other workbook":
        openpyxl.Workbook().save(target)
    elif kind == "template":
        template(target, ORDERS)
    else:
        refresh_workbook(filled, target)
        assert is_untouched_report(target)
        if kind == "saved report":
            saved_in_excel(target)
        else:
            target.write_bytes(target.read_bytes()[:2000])
    before = target.read_bytes()
    done = cli("refresh", filled, *(["-o", "mine.xlsx"] if asked else []))
    assert (done.exit_code, done.stdout) == (2, "")
    shown = "mine.xlsx" if asked else str(target)
    assert done.stderr == (
        f"Error: {shown}: is there already, and is no report as clv_xl left it: it may hold your own work. Give "
        "another name with -o, or pass --replace to write over it.\n"
    )
    assert target.read_bytes() == before


def test_a_template_that_this_program_wrote_is_no_report(filled: Path, tmp_path: Path) -> None:
    """A template has the author of a report; its status line or its orders tell it."""
    report = refresh_workbook(filled).path
    assert is_untouched_report(report)
    for old, new in ((b'name="Summary"', b'name="Orders"'), (b'name="gross_margin"', b'name="clv_status"')):
        copy = tmp_path / "copy.xlsx"
        copy.write_bytes(report.read_bytes())
        assert not is_untouched_report(part_changed(copy, "xl/workbook.xml", old, new))


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_the_output_is_never_the_input(filled: Path, tmp_path: Path, cli: Callable[..., Run]) -> None:
    before = filled.read_bytes()
    (tmp_path / "sub").mkdir()
    (tmp_path / "soft.xlsx").symlink_to(filled)
    (tmp_path / "hard.xlsx").hardlink_to(filled)
    for output in ("filled.xlsx", "sub/../filled.xlsx", "soft.xlsx", "hard.xlsx"):
        for option in ("-o", "--set-aside"):
            done = cli("refresh", filled, option, output)
            assert (done.exit_code, done.stdout) == (2, ""), (option, output)
            assert "is read or written by this command already" in done.stderr
    assert filled.read_bytes() == before
    assert not (tmp_path / "filled report.xlsx").exists()


@pytest.mark.long
def test_a_failure_leaves_the_older_report(filled: Path, tmp_path: Path, cli: Callable[..., Run]) -> None:
    cli("refresh", filled)
    target = tmp_path / "filled report.xlsx"
    before = target.read_bytes()
    template(filled, ORDERS, {"gross_margin": "45 %"})
    done = cli("refresh", filled)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(
        f'Error: filled.xlsx: Parameters!{parameter_cell("gross_margin")}: gross_margin is the text "45 %", but must be'
    )
    template(filled, [["a", "no day", 1.0]])
    done = cli("refresh", filled)
    assert (done.exit_code, done.stdout) == (3, "")
    assert "Orders!B2" in done.stderr
    assert target.read_bytes() == before


REFUSED = {
    "no file": (["refresh", "gone.xlsx"], 3, "gone.xlsx does not exist. Check the name and the folder."),
    "a folder": (["refresh", "."], 3, ". is a folder. Name the order file in it."),
    "no workbook": (
        ["refresh", "orders.csv"], 3,
        "orders.csv is not an Excel workbook (.xlsx or .xlsm). Save it as one in Excel first.",
    ),
    "a macro workbook for output": (
        ["refresh", "filled.xlsx", "-o", "r.xlsm"], 2,
        'r.xlsm: the report is a workbook without macros; let its name end in ".xlsx", or in ".pdf" to print it.',
    ),
    "no folder": (
        ["refresh", "filled.xlsx", "-o", "nowhere/r.xlsx"], 4,
        "nowhere/r.xlsx: there is no folder nowhere. Make the folder, or choose another with -o.",
    ),
    "report and set-aside rows in one file": (
        ["refresh", "filled.xlsx", "-o", "r.xlsx", "--set-aside", "r.xlsx"], 2,
        "r.xlsx: is read or written by this command already. Choose another name for the output.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(
    filled: Path, tmp_path: Path, cli: Callable[..., Run], arguments: list[str], code: int, message: str
) -> None:
    (tmp_path / "orders.csv").write_text("customer_id,order_date,amount\na,2024-01-05,1\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = cli(*arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (code, "", f"Error: {message}\n")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert filled.exists()


# What it says


def test_rows_set_aside_are_told_not_failed(filled: Path, tmp_path: Path, cli: Callable[..., Run]) -> None:
    rows = [*ORDERS, ["c", "no day", 5.0, "4", None], [None, DAY, 5.0, "5", None]]
    template(
        filled,
        rows,
        spend=[["2024-02", "Ads", 40.0], ["Total", None, 40.0]],
        customers=[["zed", "web", None, None]],
    )
    done = cli("refresh", filled, "--set-aside", "aside.csv")
    assert (done.exit_code, done.stderr) == (0, "")
    for line in (
        "5 rows read from filled.xlsx",
        "1 set aside, amount 5.00: No date, or a text that is not a date.",
        "1 set aside, amount 5.00: No customer.",
        "Note: 1 row of the Spend sheet set aside, the first at Spend!A3: no month, or a text that is not a month for",
        'Note: 1 row of the Customer data sheet with an id that no customer has, such as "zed".',
    ):
        assert line in done.stdout
    with (tmp_path / "aside.csv").open(encoding="utf-8-sig", newline="") as handle:
        found = [(row["file"], row["row"], row["reason"]) for row in csv.DictReader(handle)]
    assert found == [("filled.xlsx", "5", "bad_date"), ("filled.xlsx", "6", "missing_customer")]


def test_json_and_quiet(filled: Path, cli: Callable[..., Run]) -> None:
    told = json.loads(cli("refresh", filled, "--json").stdout)
    assert told["report"].endswith("filled report.xlsx")
    assert told["rows"] == {"read": 3, "used": 3, "refund": 0, "order_line": 0, "set_aside": 0}
    assert told["figures"]["customers_total"] == {"now": 2, "year_before": None}
    assert [text[:15] for text in told["notices"]] == ["No prediction: "]
    done = cli("refresh", filled, "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_a_blank_parameter_stays_blank(filled: Path, tmp_path: Path) -> None:
    template(filled, ORDERS, {"gross_margin": 0.4}, spend=[["2024-02", "Ads", 40.0]])
    book = Workbook(refresh_workbook(filled).path)
    assert [book.named(name).value for name in ("acquisition_cost", "lifespan_years")] == [None, None]
    assert book.named("cac_used").value == 40


@pytest.mark.office
def test_libreoffice_opens_what_refresh_wrote(
    shop: SampleShop, tmp_path: Path, recalculate: Callable[[Path], Path]
) -> None:
    made = refresh_workbook(_filled(shop, tmp_path / "filled.xlsx")).path
    stored, computed = Workbook(made), Workbook(recalculate(made))
    for name in stored.names:
        if not name.startswith("_"):
            one, other = stored.named(name).value, computed.named(name).value
            if isinstance(one, float) and isinstance(other, float):
                assert one == pytest.approx(other, rel=1e-9, abs=1e-9), name
            else:
                assert (one or None) == (other or None), name


def test_a_bad_call_is_told_by_click(cli: Callable[..., Run]) -> None:
    done: Any = cli("refresh")
    assert (done.exit_code, "Missing argument 'WORKBOOK'" in done.stderr) == (2, True)
