"""More customers than the page Customer list holds: the best stand there, all in a file beside the report."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from clv_xl.jobs import report_from_inputs
from clv_xl.limits import MAX_ROWS
from clv_xl.orders.filled import read_filled
from clv_xl.report import listed
from clv_xl.report.build import build_report
from clv_xl.report.listed import Listed, ListWanted
from clv_xl.report.model import Live, LongTable, Table
from clv_xl.sample import write_sample
from tests.filled import template
from tests.reading import Workbook
from tests.shops import material_of, sample_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.report.model import Block, Page, Report
    from tests.conftest import Run

MONEY = {"gross_margin": 0.45, "acquisition_cost": 30.0, "service_cost": 5.0, "currency": "SEK"}
ALL, ROWS = 250, 40


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("many")
    return material_of(folder, sample_lines(folder / "sample", customers=ALL), **MONEY)


@pytest.fixture(scope="module")
def material(whole: Material) -> Material:
    return replace(whole, listed=ListWanted(ROWS, "all.parquet").of(len(whole.customers)))


@pytest.fixture(scope="module")
def report(material: Material) -> Report:
    return build_report(material)


def page(report: Report, key: str) -> Page:
    return next(page for page in report.pages if page.key == key)


def block(report: Report, key: str, name: str) -> Any:
    found: list[Block] = [item for item in page(report, key).blocks if getattr(item, "name", "") == name]
    assert len(found) == 1, name
    return found[0]


def now(value: object) -> Any:
    return value.value if isinstance(value, Live) else value


def test_who_is_listed() -> None:
    assert ListWanted(40, "x").of(41) == Listed(41, 40, "x")
    assert ListWanted(40, "x").of(40) == Listed(40, 40, "")
    assert ListWanted(40, "x", always=True).of(3) == Listed(3, 3, "x")
    assert ListWanted().of(300_000).rest == 0
    assert ListWanted().of(3_000_000).rows == listed.MOST_LISTED < listed.HIGHEST_LISTED < MAX_ROWS


def test_the_best_stand_on_the_page(report: Report, material: Material) -> None:
    table: LongTable = block(report, "customer_list", "customers")
    keys = [column.key for column in table.columns]
    best = material.customers.sort_values("historic_clv", ascending=False, kind="stable").head(ROWS)
    assert list(table.values[keys.index("customer_id")]) == best["customer_id"].tolist()
    assert {len(values) for values in table.values} == {ROWS}


def test_the_page_and_the_rest_add_up_to_all(report: Report, material: Material) -> None:
    table: Table = block(report, "customers", "list_and_rest")
    keys = [column.key for column in table.columns]
    frame = material.customers
    shown, rest = table.rows
    assert table.total is not None
    total = [now(value) for value in table.total]
    assert (shown[1], rest[1], total[1]) == (ROWS, len(frame) - ROWS, len(frame))
    for key in keys[2:]:
        at = keys.index(key)
        assert now(shown[at]) == pytest.approx(frame[key].iloc[:ROWS].sum())
        assert now(shown[at]) + now(rest[at]) == pytest.approx(total[at])
        assert total[at] == pytest.approx(frame[key].sum())
    assert total[keys.index("predicted_clv")] == pytest.approx(material.figures["customer_equity"].now)


def test_all_other_pages_count_everybody(report: Report, whole: Material) -> None:
    """No figure changes but those of the pages that speak of the list; no formula adds up a part of the customers."""
    complete = build_report(whole)
    speaking = {"customers", "customer_list", "method", "segments"}
    for one, other in zip(report.pages, complete.pages, strict=True):
        assert (repr(one) == repr(other)) == (one.key not in speaking), one.key
    full: Table = block(complete, "segments", "segments")
    cut: Table = block(report, "segments", "segments")
    titles = [column.title for column in cut.columns]
    for row, expected in zip(cut.rows, full.rows, strict=True):
        told = dict(zip(titles, row, strict=True))
        assert [told[column.title] for column in full.columns] == list(expected)
        assert told["Predicted CLV"] == pytest.approx(
            told["Expected amount, discounted"] * whole.prediction.margin_share
        )
    assert not any("customers[" in (column.formula or "") for column in cut.columns)


def test_where_the_others_are_is_said(report: Report, material: Material) -> None:
    for key in ("customers", "customer_list"):
        (caution,) = page(report, key).cautions
        assert "210 customers are not on the page Customer list." in caution
        assert "All stand in the file all.parquet" in caution
    assert f"The {ROWS} best of {ALL} customers" in page(report, "customer_list").question
    words = [line for item in page(report, "method").blocks for line in getattr(item, "lines", ())]
    assert any("all.parquet" in line for line in words)
    without = build_report(replace(material, listed=Listed(ALL, ROWS)))
    assert "clv-xl report writes a file that holds all" in page(without, "customer_list").cautions[0]


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("shop"), customers=90, years=2).orders_file


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "MOST_LISTED", 25)


def columns_of(path: Path) -> dict[str, list[Any]]:
    found = duckdb.connect().execute("select * from read_parquet(?)", [str(path)])
    titles = [item[0] for item in found.description]
    return dict(zip(titles, map(list, zip(*found.fetchall(), strict=True)), strict=True))


@pytest.mark.long
@pytest.mark.usefixtures("few")
def test_a_file_beside_the_report_holds_all(tmp_path: Path, cli: Callable[..., Run], orders: Path) -> None:
    done = cli("report", orders, "-o", tmp_path / "r.xlsx", "--set", "gross_margin=0.4", "--json")
    assert done.exit_code == 0, done.stderr
    file = tmp_path / "r-customers.parquet"
    assert json.loads(done.stdout)["all_customers"] == str(file)
    assert any("r-customers.parquet" in note for note in json.loads(done.stdout)["notices"])
    everyone, shown = columns_of(file), Workbook(tmp_path / "r.xlsx").table_rows("customers")
    assert (len(everyone["Customer"]), len(shown)) == (90, 25)
    assert list(everyone) == list(shown[0])
    for at, row in enumerate(shown):
        for title, value in row.items():
            mine = everyone[title][at]
            if isinstance(mine, dt.date):
                mine = (mine - dt.date(1899, 12, 30)).days
            assert value == mine, (at, title)
    assert all(isinstance(customer, str) for customer in everyone["Customer"])
    first = file.read_bytes()
    assert cli("report", orders, "-o", tmp_path / "r.xlsx", "--set", "gross_margin=0.4").exit_code == 0
    assert file.read_bytes() == first


@pytest.mark.long
@pytest.mark.usefixtures("few")
def test_what_stands_there_is_respected(tmp_path: Path, cli: Callable[..., Run], orders: Path) -> None:
    file = tmp_path / "r-customers.parquet"
    duckdb.connect().execute(f"copy (select 1 as mine) to '{file}'")
    own = file.read_bytes()
    done = cli("report", orders, "-o", tmp_path / "r.xlsx")
    assert (done.exit_code, file.read_bytes()) == (2, own)
    assert "r-customers.parquet: is there already" in done.stderr
    assert not (tmp_path / "r.xlsx").exists()
    assert cli("report", orders, "-o", tmp_path / "r.xlsx", "--replace").exit_code == 0
    assert len(columns_of(file)["Customer"]) == 90


@pytest.mark.long
@pytest.mark.usefixtures("few")
def test_the_file_is_not_read_as_orders(tmp_path: Path, cli: Callable[..., Run], orders: Path) -> None:
    """Orders in a folder, the report and its file in the same: the next run reads the orders alone."""
    (tmp_path / "orders.csv").write_bytes(orders.read_bytes())
    for _ in range(2):
        done = cli("report", tmp_path, "-o", tmp_path / "r.xlsx", "--json")
        assert done.exit_code == 0, done.stderr
        assert [file["name"] for file in json.loads(done.stdout)["files"]] == ["orders.csv"]


def test_csv_starts_no_formula(tmp_path: Path, cli: Callable[..., Run]) -> None:
    orders = tmp_path / "orders.csv"
    rows = ("=1+1,2024-01-05,100", "007,2024-02-06,60.50", "Åsa-1,2024-03-07,9.90", '"a;=2",2024-03-08,1')
    orders.write_text("customer_id,order_date,amount\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = cli("report", orders, "-o", tmp_path / "r.xlsx", "--all-customers", tmp_path / "all.csv")
    assert done.exit_code == 0, done.stderr
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as handle:
        found = list(csv.DictReader(handle))
    assert [row["Customer"] for row in found] == ["'=1+1", "007", "Åsa-1", "a;'=2"]
    assert [row["Amount"] for row in found] == ["100.0", "60.5", "9.9", "1.0"]
    assert [row["Last order"] for row in found][:2] == ["2024-01-05", "2024-02-06"]


def test_a_header_of_the_customer_data_starts_no_formula_in_csv(
    tmp_path: Path, cli: Callable[..., Run], orders: Path
) -> None:
    (tmp_path / "customers.csv").write_text('customer_id,"=cmd|x",a;-2+cmd|x\nnobody,1,2\n', encoding="utf-8")
    given = ("report", orders, "--customers", tmp_path / "customers.csv", "-o", tmp_path / "r.xlsx")
    done = cli(*given, "--all-customers", tmp_path / "all.csv")
    assert done.exit_code == 0, done.stderr
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as handle:
        assert next(csv.reader(handle))[-2:] == ["'=cmd|x", "a;'-2+cmd|x"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--customer-rows", "0"), 2, "1 to 1,048,500 customers"),
        (("--customer-rows", "1048576"), 2, "1 to 1,048,500 customers"),
        (("--all-customers", "all.xlsx"), 2, 'end in ".parquet" or ".csv"'),
        (("--all-customers", "nowhere/all.csv"), 4, "there is no folder"),
    ],
)
def test_wrong_use_is_told(
    options: tuple[str, ...], code: int, said: str, tmp_path: Path, cli: Callable[..., Run], orders: Path
) -> None:
    done = cli("report", orders, "-o", tmp_path / "r.xlsx", *options)
    assert (done.exit_code, said in done.stderr) == (code, True), done.stderr


def test_no_output_is_an_input(tmp_path: Path, cli: Callable[..., Run], orders: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_bytes(orders.read_bytes())
    done = cli("report", mine, "-o", tmp_path / "r.xlsx", "--all-customers", mine)
    assert (done.exit_code, mine.read_bytes()) == (2, orders.read_bytes())


def test_refresh_follows_the_same_rule(tmp_path: Path, cli: Callable[..., Run], orders: Path) -> None:
    rows = [
        [f"C{number}", dt.date(2024, 1, 1 + number), 10.0 + number, f"{number}", None] for number in range(9)
    ]
    filled = template(tmp_path / "filled.xlsx", rows)
    done = cli("refresh", filled, "--customer-rows", "4", "--json")
    assert done.exit_code == 0, done.stderr
    customers = columns_of(tmp_path / "filled report-customers.parquet")["Customer"]
    assert customers == [f"C{number}" for number in range(8, -1, -1)]


@pytest.mark.usefixtures("few")
def test_a_refresh_within_excel_lists_by_the_same_rule(tmp_path: Path) -> None:
    """There no file can stand beside the workbook, and the page says how to get one."""
    rows = [[f"C{number}", dt.date(2024, 1, 1), 10.0 + number, f"{number}", None] for number in range(30)]
    report, _ = report_from_inputs(read_filled(template(tmp_path / "filled.xlsx", rows)))
    assert len(block(report, "customer_list", "customers").values[0]) == 25
    (caution,) = page(report, "customer_list").cautions
    assert "5 customers are not on the page" in caution
    assert "clv-xl report writes a file that holds all" in caution


@pytest.mark.long
@pytest.mark.parametrize(("customers", "on_page"), [(300_000, 300_000), (1_100_000, 500_000)])
def test_hundreds_of_thousands_of_customers(
    customers: int, on_page: int, tmp_path: Path, cli: Callable[..., Run]
) -> None:
    orders = tmp_path / "orders.csv"
    duckdb.connect().execute(
        f"copy (select 'K' || i as customer_id, date '2024-01-01' + (i % 700)::int as order_date, 1 + i % 977 as amount"
        f" from range({customers}) rows(i)) to '{orders}' (header)"
    )
    done = cli("report", orders, "-o", tmp_path / "r.xlsx", "--quiet")
    assert done.exit_code == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "r.xlsx") as archive:
        tables = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/tables/")]
    (area,) = (
        re.search(r' ref="[A-Z]+(\d+):[A-Z]+(\d+)"', text) for text in tables if 'name="customers"' in text
    )
    assert area is not None
    assert int(area[2]) - int(area[1]) == on_page
    file = tmp_path / "r-customers.parquet"
    assert file.exists() == (on_page < customers)
    if file.exists():
        told = duckdb.connect().execute(
            "select count(*), count(distinct Customer), sum(Amount) from read_parquet(?)", [str(file)]
        )
        amount = sum(1 + number % 977 for number in range(customers))
        assert told.fetchone() == (customers, customers, amount)
