"""From the user's file to the finished workbook, read back by programs that are not ours."""

from __future__ import annotations

import json
import math
import os
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from clv_xl.events import Event
from clv_xl.jobs import make_report
from clv_xl.orders import ReadOptions
from clv_xl.parameters import Parameters
from clv_xl.sample import write_sample
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import Formula
from tests.oracle import Shop, Wish, counted_lines, frequency_and_money, rfm
from tests.reading import Workbook, letters, split, type_in
from tests.shops import (
    EDGE_SHOPS,
    book_of,
    gather_from,
    line,
    material_of,
    read_orders,
    sample_lines,
    with_costs,
    write_orders,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.workbook.sheet import Book
    from tests.reading import Value

LIVE_SHEETS = (
    "Summary",
    "Figures",
    "Segments",
    "Customers",
    "Customer list",
    "Cohorts",
    "Trends",
    "Migration",
)
RANKED = ("best_customers", "lowest_customers", "customers")
EVENTS = (Event(date(2024, 9, 1), "Loyalty"),)
WISH = {"gross_margin": 0.45, "discount_rate": 0.1, "acquisition_cost": 116.0, "service_cost": 12.0}


def same(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return (one or None) == (other or None)


def report(source: Path, target: Path, **parameters: Any) -> Path:
    return make_report([source], target, ReadOptions(), Parameters(**parameters)).path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole_path")


@pytest.fixture(scope="module")
def sample_orders(folder: Path) -> Path:
    return write_sample(folder / "sample", customers=130, years=4, seed=5).orders_file


@pytest.fixture(scope="module")
def sample_report(folder: Path, sample_orders: Path) -> Path:
    return report(sample_orders, folder / "sample.xlsx", **WISH, events=EVENTS)


@pytest.fixture(scope="module")
def costed_orders(folder: Path, sample_orders: Path) -> Path:
    """The sample shop with a cost on two rows of three, so that margins are of both kinds."""
    return write_orders(folder / "costed.csv", with_costs(read_orders(sample_orders)))


@pytest.fixture(scope="module")
def cdnow_orders(folder: Path, cdnow_master: Path) -> Path:
    """CDNOW as CSV, by the one-liner that a user would write."""
    frame = pd.read_csv(
        cdnow_master,
        sep=r"\s+",
        header=0,
        names=["customer_id", "order_date", "quantity", "amount"],
        dtype=str,
    )
    path = folder / "cdnow.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def cdnow_report(folder: Path, cdnow_orders: Path) -> Path:
    return report(cdnow_orders, folder / "cdnow.xlsx", gross_margin=0.3, acquisition_cost=15.0)


# Real files


@pytest.mark.long
def test_cdnow_master(cdnow_report: Path, cdnow_orders: Path) -> None:
    """23,570 customers, 69,659 rows, and the sum of all amounts, which pandas adds up by itself."""
    book = Workbook(cdnow_report)
    frame = pd.read_csv(cdnow_orders, dtype={"customer_id": str})
    rows = book.table_rows("customers")
    assert len(rows) == len({row["Customer"] for row in rows}) == frame["customer_id"].nunique() == 23_570
    total = float(sum(Decimal(str(amount)) for amount in frame["amount"]))
    assert book.named("customers_total").value == 23_570
    assert book.named("orders_total").value == len(frame) == 69_659
    assert book.named("amount_total").value == pytest.approx(total, rel=1e-15)
    assert sum(float(str(row["Amount"])) for row in rows) == pytest.approx(total, rel=1e-12)
    amounts = frame.groupby("customer_id")["amount"].sum()
    for row in rows[:: len(rows) // 50]:
        assert row["Amount"] == pytest.approx(amounts[row["Customer"]], rel=1e-12)
    [account] = book.table_rows("account")
    assert (account["Rows"], account["Amount counted"]) == (69_659, pytest.approx(total, rel=1e-15))


@pytest.mark.long
def test_cdnow_key_figures(cdnow_report: Path, cdnow_orders: Path) -> None:
    """Each key figure of the finished file against the oracle."""
    shop, book = Shop(read_orders_packed(cdnow_orders)), Workbook(cdnow_report)
    as_of, wish = shop.newest, Wish(gross_margin=0.3, acquisition_cost=15.0)
    window = shop.window(as_of)
    assert window is not None
    expected = shop.key_figures(as_of, window, wish)
    expected["payback_month"], expected["payback_months"] = shop.payback(as_of, wish)
    for name, figure in expected.items():
        kept = book.named(name)
        if math.isnan(figure):
            assert kept.is_error, name
        else:
            assert kept.value == pytest.approx(figure, rel=1e-9), name


def read_orders_packed(path: Path) -> list[Any]:
    """Read the CDNOW file, whose days are written 19970101."""
    frame = pd.read_csv(path, dtype=str)
    return [
        line(row.customer_id, f"{row.order_date[:4]}-{row.order_date[4:6]}-{row.order_date[6:]}", row.amount)
        for row in frame.itertuples()
    ]


@pytest.mark.long
def test_purchases_of_eleven_years(folder: Path, shared_data: Path) -> None:
    frame = pd.read_csv(
        shared_data / "purchases_2005_2015" / "purchases.txt.gz", sep="\t", header=None,
        names=["customer_id", "amount", "order_date"], dtype={"customer_id": str},
    )  # fmt: skip
    frame.to_csv(folder / "purchases.csv", index=False)
    book = Workbook(report(folder / "purchases.csv", folder / "purchases.xlsx"))
    assert len(book.table_rows("customers")) == book.named("customers_total").value == 18_417
    assert book.named("amount_total").value == pytest.approx(frame["amount"].sum(), rel=1e-12)


# What other programs read


def test_every_figure_reads_back_through_calamine(
    cli: Callable[..., Any], folder: Path, costed_orders: Path
) -> None:
    """What --json says, calamine finds in the cell that the figure's name stands for."""
    target = folder / "read back.xlsx"
    run = cli(
        "report", costed_orders, "-o", target, "--json", "--set", "gross_margin=0.45", "--set",
        "acquisition_cost=80", "--set", "discount_rate=0.08",
    )  # fmt: skip
    assert run.exit_code == 0, run.stderr
    names = Workbook(target)
    reader = CalamineWorkbook.from_path(str(target))
    sheets = {
        title: reader.get_sheet_by_name(title).to_python(skip_empty_area=False) for title in names.files
    }
    figures = json.loads(run.stdout)["figures"]
    assert len(figures) >= 20
    found = 0
    for name, values in figures.items():
        for suffix, figure in (("", values["now"]), ("_before", values["year_before"])):
            if name + suffix not in names.names:
                assert suffix, name
                assert figure is None
                continue
            sheet, address = names.address(name + suffix)
            row, column = split(address)
            kept = sheets[sheet][row - 1][column - 1]
            if figure is None:
                assert not isinstance(kept, float), name
            else:
                assert kept == pytest.approx(figure, rel=1e-9), name
                found += 1
    assert found > 30


def test_segments_follow_the_map_on_the_page(sample_report: Path, sample_orders: Path) -> None:
    """Scores by the oracle, and the segment that the grid of the page Segments has for them."""
    book = Workbook(sample_report)
    shop = Shop(counted_lines(read_orders(sample_orders)))
    scored = rfm(shop.customers(shop.newest), shop.newest)
    cells = book.sheets["Segments"]
    place: dict[tuple[int, int], Value] = {}
    for address, cell in cells.items():
        if isinstance(cell.value, str) and re.fullmatch(r"R \d", cell.value):
            row, column = split(address)
            for across in range(1, 6):
                place[int(cell.value[2:]), across] = cells[f"{letters(column + across)}{row}"].value
    assert len(place) == 25
    for row in book.table_rows("customers"):
        r, f, m = scored[str(row["Customer"])]
        assert (row["R"], row["F"], row["M"]) == (r, f, m)
        assert row["Segment"] == place[r, frequency_and_money(f, m)]


HOSTILE = (
    '=HYPERLINK("http://evil.example","x")',
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "-2+3",
    "\t=1",
)


@pytest.fixture(scope="module")
def hostile_book(folder: Path) -> Book:
    """A shop whose every text would like to be a formula, the currency and the file's name included."""
    lines = [
        line(f"{text}{number}", f"2024-0{1 + number % 6}-{10 + number}", "10.5", channel=text, status=text)
        for number in range(9)
        for text in HOSTILE
    ]
    lines += [line(text, "2024-06-30", "1", status="cancelled") for text in HOSTILE]
    place = folder / "=evil()"
    place.mkdir()
    return book_of(material_of(place, lines, currency="=1+1"))


def formulas_of(book: Book) -> dict[tuple[str, str], str]:
    """The whitelist: the formulas that the report's pages gave, by sheet and address."""
    given = {}
    for sheet in book.sheets:
        for cell in sheet.cells:
            if isinstance(cell.value, Formula):
                given[sheet.title, f"{letters(cell.column)}{cell.row}"] = cell.value.text[1:]
        if sheet.bulk is None:
            continue
        for number, column in enumerate(sheet.bulk.columns, sheet.bulk.column):
            for row in range(sheet.bulk.row + 1, sheet.bulk.row + 1 + sheet.bulk.rows):
                if column.formula:
                    given[sheet.title, f"{letters(number)}{row}"] = column.formula[1:]
    return given


@pytest.mark.parametrize("shop", ["hostile", "ordinary"])
def test_no_formula_but_our_own(tmp_path: Path, folder: Path, hostile_book: Book, shop: str) -> None:
    book = (
        hostile_book if shop == "hostile" else book_of(material_of(tmp_path, sample_lines(folder / "w", 60)))
    )
    write_book(book, tmp_path / "report.xlsx")
    read = Workbook(tmp_path / "report.xlsx")
    assert read.formulas() == formulas_of(book)
    assert len(read.formulas()) > 40
    marks = b"".join(content for name, content in read.parts.items() if "/worksheets/" in name)
    assert marks.count(b"<f>") + marks.count(b"<f ") == len(read.formulas())


def test_hostile_text_stays_as_it_is(tmp_path: Path, hostile_book: Book) -> None:
    write_book(hostile_book, tmp_path / "report.xlsx")
    rows = Workbook(tmp_path / "report.xlsx").table_rows("customers")
    trimmed = {text.strip() for text in HOSTILE}
    assert {str(row["First channel"]) for row in rows} == trimmed
    assert {str(row["Customer"]).rstrip("0123456789") for row in rows} == {
        text.rstrip("0123456789") for text in trimmed
    }


def test_names_are_unique_and_lead_to_cells(sample_report: Path) -> None:
    book = Workbook(sample_report)
    names = [name for name in book.names if not name.startswith("_xlnm.")]
    taken = [name.casefold() for name in (*names, *book.tables)]
    assert len(set(taken)) == len(taken)
    for name in names:
        sheet, address = book.address(name)
        assert address in book.sheets[sheet], name


# The same input, the same bytes


@pytest.mark.long
def test_the_same_bytes_in_every_surrounding(
    cli_process: Callable[..., Any], tmp_path: Path, sample_orders: Path
) -> None:
    """Time zone, language, hash seed, threads, day and folder are no part of the input."""
    surroundings: list[dict[str, str]] = [
        {
            "TZ": "Pacific/Kiritimati",
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        },
        {"TZ": "America/Los_Angeles", "PYTHONHASHSEED": "4242", "LC_ALL": "C", "LANG": "C"},
        {"LC_ALL": "sv_SE.UTF-8", "LANG": "sv_SE.UTF-8", "LANGUAGE": "sv", "SOURCE_DATE_EPOCH": "1"},
    ]
    made = []
    for number, env in enumerate(surroundings):
        target = tmp_path / str(number) / "report.xlsx"
        target.parent.mkdir()
        run = cli_process("report", sample_orders, "-o", target, "--set", "acquisition_cost=80", env=env)
        assert run.exit_code == 0, run.stderr
        made.append((target.read_bytes(), run.stdout.replace(str(target), "")))
    assert made[0] == made[1] == made[2]


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux ties a process to a processor")
def test_the_same_bytes_on_one_processor(
    cli_process: Callable[..., Any], tmp_path: Path, sample_orders: Path, sample_report: Path
) -> None:
    everywhere = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(everywhere)})
        settings = [part for name, number in WISH.items() for part in ("--set", f"{name}={number}")]
        events = tmp_path / "events.toml"
        events.write_text('[[events]]\ndate = 2024-09-01\nname = "Loyalty"\n', encoding="utf-8")
        settings += ["--parameters", str(events)]
        run = cli_process("report", sample_orders, "-o", tmp_path / "one.xlsx", "--quiet", *settings)
    finally:
        os.sched_setaffinity(0, everywhere)
    assert run.exit_code == 0, run.stderr
    assert (tmp_path / "one.xlsx").read_bytes() == sample_report.read_bytes()


# With LibreOffice and the validator


def differences(kept: Workbook, computed: Workbook) -> list[str]:
    """Formula cells whose kept value is not what another program computes."""
    wrong = []
    for (sheet, address), formula in kept.formulas().items():
        one, other = kept.sheets[sheet][address], computed.sheets[sheet].get(address)
        if other is None or one.is_error != other.is_error or not same(one.value, other.value):
            wrong.append(
                f"{sheet}!{address} ={formula}: kept {one.value!r}, computed {other and other.value!r}"
            )
    return wrong


@pytest.mark.office
@pytest.mark.parametrize("shop", [*EDGE_SHOPS, "sample", "sample with costs", "CDNOW"])
def test_every_formula_computes_to_its_kept_value(
    recalculate: Callable[[Path], Path], request: pytest.FixtureRequest, tmp_path: Path, shop: str
) -> None:
    if shop == "CDNOW":
        path = request.getfixturevalue("cdnow_report")
    elif shop == "sample":
        path = request.getfixturevalue("sample_report")
    else:
        lines = EDGE_SHOPS.get(shop)
        source = (
            request.getfixturevalue("costed_orders")
            if lines is None
            else write_orders(tmp_path / "orders.csv", lines)
        )
        path = report(source, tmp_path / "report.xlsx", **WISH)
    kept = Workbook(path)
    assert len(kept.formulas()) > 40
    assert not differences(kept, Workbook(recalculate(path)))


@pytest.mark.office
def test_rounded_words_round_as_excel_does(recalculate: Callable[[Path], Path], tmp_path: Path) -> None:
    """One of eight is 12.5 %; Excel's TEXT rounds halves up, and Python's format rounds them to even."""
    lines = [line(f"c{number}", "2020-01-01", "10") for number in range(7)]
    lines += [line("c7", "2024-12-31", "10")]
    path = report(
        write_orders(tmp_path / "orders.csv", lines), tmp_path / "report.xlsx",
        acquisition_cost=112.5, target_ratio=2.25, lifespan_years=1.25,
    )  # fmt: skip
    assert not differences(Workbook(path), Workbook(recalculate(path)))


CHANGES: dict[str, dict[str, float | None]] = {
    "gross margin": {"gross_margin": 0.325},
    "lifespan": {"lifespan_years": 3.5},
    "discount rate": {"discount_rate": 0.0},
    "acquisition cost": {"acquisition_cost": 61.25},
    "acquisition cost left blank": {"acquisition_cost": None},
    "acquisition cost never paid back": {"acquisition_cost": 250_000.0},
    "cost to serve": {"service_cost": 55.0},
    "target": {"target_ratio": 4.5},
    "all at once": {
        "gross_margin": 1.0,
        "lifespan_years": 0.5,
        "discount_rate": 0.25,
        "acquisition_cost": 10.0,
        "service_cost": 0.0,
        "target_ratio": 1.0,
    },
}


@pytest.fixture(scope="module")
def changed(
    recalculate: Callable[[Path], Path], folder: Path, sample_orders: Path, costed_orders: Path
) -> Callable[[str, str], tuple[Workbook, Workbook]]:
    """The old report with a parameter typed in and recalculated, and a new report with that parameter."""
    made: dict[tuple[str, str], tuple[Workbook, Workbook]] = {}

    def pair(shop: str, change: str) -> tuple[Workbook, Workbook]:
        if (shop, change) not in made:
            source = costed_orders if shop == "with costs" else sample_orders
            stem = f"{shop} {change}".replace(" ", "_")
            old = report(source, folder / f"{stem}_old.xlsx", **WISH)
            typed = type_in(old, folder / f"{stem}_typed.xlsx", CHANGES[change])
            new = report(source, folder / f"{stem}_new.xlsx", **(WISH | CHANGES[change]))
            made[shop, change] = Workbook(recalculate(typed)), Workbook(new)
        return made[shop, change]

    return pair


def places_of(book: Workbook, tables: tuple[str, ...]) -> set[tuple[str, str]]:
    """Sheet and address of every cell of some tables."""
    found = set()
    for name in tables:
        title, area = book.tables[name]
        first, last = (split(address) for address in area.split(":"))
        found |= {
            (title, f"{letters(column)}{row}")
            for row in range(first[0] + 1, last[0] + 1)
            for column in range(first[1], last[1] + 1)
        }
    return found


CASES = pytest.mark.parametrize(
    ("shop", "change"),
    [
        *(("sample", change) for change in CHANGES),
        ("with costs", "gross margin"),
        ("with costs", "all at once"),
    ],
)


@pytest.mark.office
@CASES
def test_a_changed_parameter_gives_the_figures_of_a_new_report(
    changed: Callable[[str, str], tuple[Workbook, Workbook]], shop: str, change: str
) -> None:
    """Everything that is a formula, on all pages that follow the parameters.

    Tables that rank customers keep their order until the report is made again, so they are compared
    customer by customer.
    """
    typed, new = changed(shop, change)
    ranked = places_of(typed, RANKED)
    wrong = [
        f"{sheet}!{address}: {cell.value!r}, a new report has {other and other.value!r}"
        for sheet in LIVE_SHEETS
        for address, cell in typed.sheets[sheet].items()
        for other in [new.sheets[sheet].get(address)]
        if cell.formula is not None and (sheet, address) not in ranked
        if other is None or cell.is_error != other.is_error or not same(cell.value, other.value)
    ]
    assert not wrong
    worth = {row["Customer"]: row["Historic CLV"] for row in new.table_rows("customers")}
    for table in RANKED:
        rows = typed.table_rows(table)
        assert rows
        for row in rows:
            assert same(row["Historic CLV"], worth[row["Customer"]]), (table, row)


@pytest.mark.office
@CASES
def test_a_changed_parameter_leaves_no_stale_word(
    changed: Callable[[str, str], tuple[Workbook, Workbook]],
    monkeypatch: pytest.MonkeyPatch,
    sample_orders: Path,
    costed_orders: Path,
    shop: str,
    change: str,
) -> None:
    """A sentence that quotes a figure which has changed is a false sentence: titles, captions, findings.

    Whatever the changed report says, a new report would say too, were there no end to its findings.
    """
    typed, _ = changed(shop, change)
    monkeypatch.setattr("clv_xl.report.findings.MOST", 99)
    source = costed_orders if shop == "with costs" else sample_orders
    new = book_of(gather_from([source], Parameters(**(WISH | CHANGES[change]))))
    ranked = places_of(typed, RANKED)
    stale = []
    for sheet in new.sheets:
        if sheet.title not in LIVE_SHEETS:
            continue
        values = [
            cell.value.cached if isinstance(cell.value, Formula) else cell.value for cell in sheet.cells
        ]
        said = {" ".join(value.split()) for value in values if isinstance(value, str)}
        if sheet.bulk is not None:
            said |= {column.title for column in sheet.bulk.columns}
        stale += [
            f"{sheet.title}!{address}: {cell.value}"
            for address, cell in typed.sheets[sheet.title].items()
            if isinstance(cell.value, str) and not cell.is_error and (sheet.title, address) not in ranked
            if cell.value and cell.value not in typed.files and " ".join(cell.value.split()) not in said
        ]
    assert not stale


@pytest.mark.office
@pytest.mark.parametrize("shop", [*EDGE_SHOPS, "sample", "sample with costs", "CDNOW", "hostile"])
def test_the_validator_finds_no_fault(
    ooxml_validator: Callable[[Path], list[str]],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    hostile_book: Book,
    shop: str,
) -> None:
    path = tmp_path / "report.xlsx"
    if shop == "hostile":
        write_book(hostile_book, path)
    elif shop in EDGE_SHOPS:
        report(write_orders(tmp_path / "orders.csv", EDGE_SHOPS[shop]), path)
    elif shop == "sample with costs":
        report(request.getfixturevalue("costed_orders"), path, **WISH)
    else:
        path = request.getfixturevalue("cdnow_report" if shop == "CDNOW" else "sample_report")
    assert ooxml_validator(path) == []


def test_set_aside_rows_are_written_defused(cli: Callable[..., Any], tmp_path: Path) -> None:
    """The file of rows set aside runs nothing, whichever separator the reader's Excel splits it by."""
    orders = tmp_path / "orders.csv"
    lines = ["customer_id,order_date,amount", "a,2024-01-01,5"]
    lines += [f'"{text}",never,5' for text in ("=1+1", "+cmd", "@x", "-2+3", "\t=1", "Åsa;=1+1", "b|c")]
    orders.write_text("\n".join(lines), encoding="utf-8")
    run = cli("check", orders, "--set-aside", "aside.csv", "--quiet")
    assert run.exit_code == 0, run.stderr
    text = (tmp_path / "aside.csv").read_text(encoding="utf-8")
    rows = list(pd.read_csv(tmp_path / "aside.csv", dtype=str, keep_default_na=False).itertuples())
    assert [row.customer_id for row in rows][:4] == ["'=1+1", "'+cmd", "'@x", "'-2+3"]
    assert {row.reason for row in rows} == {"bad_date"}
    assert [row.row for row in rows] == ["3", "4", "5", "6", "7", "8", "9"]
    # in countries with a decimal comma, Excel splits a CSV file by semicolons
    pieces = defaultdict(list)
    for separator in ",;\t":
        pieces[separator] = [piece for row in text.splitlines() for piece in re.split(separator, row)]
    active = [piece for parts in pieces.values() for piece in parts if re.match(r'\s*"?\s*[=+@]', piece)]
    assert not active


@pytest.mark.long
def test_an_order_file_in_a_workbook_gives_the_same_figures(
    tmp_path: Path, sample_orders: Path, sample_report: Path
) -> None:
    frame = pd.read_csv(sample_orders, dtype={"customer_id": str, "order_id": str})
    frame["order_date"] = pd.to_datetime(frame["order_date"])
    frame.to_excel(tmp_path / "orders.xlsx", index=False)
    one, other = (
        Workbook(sample_report),
        Workbook(report(tmp_path / "orders.xlsx", tmp_path / "r.xlsx", **WISH)),
    )
    for name in one.names:
        assert same(one.named(name).value, other.named(name).value), name
    assert one.table_rows("customers") == other.table_rows("customers")


def test_the_account_adds_up_on_the_page(tmp_path: Path, folder: Path) -> None:
    """Rows and amounts of the page Data quality, and the total that all other pages rest on."""
    lines = [replace(one, status=one.status or "completed") for one in sample_lines(folder / "account", 80)]
    book = Workbook(report(write_orders(tmp_path / "orders.csv", lines), tmp_path / "r.xlsx"))
    rows = book.table_rows("account")
    assert sum(float(str(row["Rows"])) for row in rows) == len(lines)
    assert sum(float(str(row["Amount in the files"])) for row in rows) == pytest.approx(
        float(sum(one.amount for one in lines)), rel=1e-12
    )
    assert sum(float(str(row["Amount counted"])) for row in rows) == pytest.approx(
        book.named("amount_total").value, rel=1e-12
    )
