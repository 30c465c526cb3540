"""What the report says, figure by figure, against the oracle; and that every shop gets a report."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clv_xl.errors import ClvXlError
from clv_xl.metrics.segments import SegmentMap
from clv_xl.parameters import Parameters
from clv_xl.report.build import build_report
from clv_xl.report.model import Cards, Chart, Findings, Grid, Matrix, Table
from clv_xl.report.pages.cohorts import retention_matrix
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import Formula
from tests import oracle
from tests.oracle import Line, Shop, Wish, counted_lines, frequency_and_money
from tests.pages import value
from tests.shops import (
    EDGE_SHOPS,
    SLOW_EDGES,
    book_of,
    cdnow_sample_lines,
    gather_from,
    line,
    material_of,
    purchases_lines,
    sample_lines,
    with_costs,
    without_order_ids,
    write_orders,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.report.model import Block, Report
    from clv_xl.workbook.sheet import Book, Cell

EDGES = pytest.mark.parametrize("lines", EDGE_SHOPS.values(), ids=EDGE_SHOPS)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
MAP = SegmentMap.from_rows([[f"r{r}fm{fm}" for fm in range(1, 6)] for r in range(1, 6)])
"""A map in which every cell has a name of its own, so that a wrong cell shows."""

WISHES: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "all parameters set": {
        "gross_margin": 0.42,
        "discount_rate": 0.09,
        "acquisition_cost": 31.5,
        "service_cost": 1.25,
        "target_ratio": 2.5,
    },
}


BASES = {
    "average": {"avg_order_value"},
    "sum": {"orders_year", "amount_year"},
    "stock": {"active_customers"},
    "movement": {"new_customers", "start_active", "new_active", "reactivated", "lost", "retention",
        "ordered_since", "ordered_share", "churn_share"},
    "first year": {
        "first_year_customers", "first_year_orders", "first_year_own_margin", "first_year_uncosted",
        "first_year_margin",
    },
}  # fmt: skip
"""What each figure asks of the history before it is set against a year earlier; the others only grow."""


def close(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True)


def wish_of(parameters: Parameters) -> Wish:
    return Wish(
        parameters.gross_margin, parameters.lifespan_years, parameters.discount_rate,
        parameters.acquisition_cost, parameters.service_cost, parameters.target_ratio,
    )  # fmt: skip


def check(material: Material, lines: Sequence[Line]) -> None:
    """Compare everything that pages are written from with the oracle's figures."""
    parameters = material.parameters
    counted = counted_lines(
        list(lines),
        as_of=parameters.as_of,
        refunds=parameters.refunds,
        vat_rate=str(parameters.vat_rate) if parameters.amounts_include_vat else None,
    )
    shop, wish = Shop(counted), wish_of(parameters)
    as_of = parameters.as_of or shop.newest
    assert (material.intake.as_of, material.intake.first_day) == (as_of, shop.oldest)
    # what the page Data quality says was counted is what every other page adds up to
    said = sum(entry.counted_amount for entry in material.intake.account)
    assert material.figures["amount_total"].now == close(float(said))
    assert float(material.customers["amount"].sum()) == close(float(said))
    assert float(material.months["amount"].sum()) == close(float(said))
    measured = shop.window(as_of)
    window = parameters.active_days or measured or 365
    assert material.now.active_days == window
    assert material.window_gaps == len(shop.gaps(as_of))
    _check_figures(material, shop, wish, as_of, window)
    _check_customers(material, shop, wish, as_of, window)
    _check_cohorts(material, shop, wish, as_of)


def _check_figures(material: Material, shop: Shop, wish: Wish, as_of: date, window: int) -> None:
    found = {item.name: item for item in (*material.figures.counted, *material.figures.derived)}
    expected = shop.key_figures(as_of, window, wish)
    month, months = shop.payback(as_of, wish)
    expected |= {"payback_month": month, "payback_months": months}
    assert found.keys() == expected.keys()
    assert {name: item.now for name, item in found.items()} == {
        name: close(value) for name, value in expected.items()
    }
    start = oracle.year_before(as_of)
    earlier = shop.key_figures(start, window, wish) if shop.customers(start) else {}
    allowed = shop.comparable(as_of, window) if earlier else {}
    compared = {name for basis, names in BASES.items() if allowed.get(basis) for name in names}
    only_now = {name for basis, names in BASES.items() if not allowed.get(basis) for name in names}
    for name, item in found.items():
        if name in earlier and name not in only_now:
            assert item.before == close(earlier[name]), name
        else:
            assert item.before is None, name
        assert (item.reason == "") == (name in compared), (name, item.reason)


def _check_customers(material: Material, shop: Shop, wish: Wish, as_of: date, window: int) -> None:
    parameters, people = material.parameters, shop.customers(as_of)
    scored = oracle.rfm(people, as_of, parameters.rfm_bins, nested=parameters.rfm_nested)
    tier = oracle.tiers(people, shop.active(as_of, window), str(parameters.ambassador_share))
    frame = material.customers
    assert sorted(frame["customer_id"]) == sorted(people)
    values = frame["historic_clv"].tolist()
    assert values == sorted(values, reverse=True)
    for row in frame.itertuples():
        name, one = row.customer_id, people[row.customer_id]
        assert (row.r, row.f, row.m) == scored[name], name
        assert row.segment == material.segment_map.segment(row.r, frequency_and_money(row.f, row.m))
        assert row.tier == tier[name], name
        assert row.historic_clv == close(oracle.historic_clv(one, wish))
    amounts = [one.amount for one in people.values()]
    negative = [amount for amount in amounts if amount < 0]
    held = material.concentration
    assert (held.negative_customers, held.negative_total) == (len(negative), close(float(sum(negative))))
    best = sorted((max(amount, Decimal(0)) for amount in amounts), reverse=True)
    for top in held.shares:
        part = sum(best[: math.ceil(round(top.share * 100) * len(best) / 100)])
        assert top.value == close(float(part / sum(best)) if sum(best) else math.nan)


def _check_cohorts(material: Material, shop: Shop, wish: Wish, as_of: date) -> None:
    expected = shop.value_curve(as_of)
    curve = material.curve
    margin = curve.cumulative_margin(material.parameters).tolist()
    found = zip(curve.ages, curve.customers, curve.active, curve.orders, curve.amount, margin, strict=True)
    assert [list(row) for row in found] == [
        [
            row["age"], row["customers"], close(row["active"]), close(row["orders"]), close(row["amount"]),
            close(oracle.cumulative_margin(row, wish)),
        ]
        for row in expected
    ]  # fmt: skip
    matrix, retained = retention_matrix(material), shop.retention(as_of, material.period.months)
    assert {cohort: int(size) for cohort, size in zip(matrix.cohorts, matrix.size, strict=True)} == retained[
        "sizes"
    ]
    for row, cohort in enumerate(matrix.cohorts):
        for age in matrix.ages:
            assert matrix.rate[row, age] == close(retained["rate"].get((cohort, age), math.nan))
            assert matrix.mature[row, age] == retained["mature"].get((cohort, age), False)
    assert matrix.average_rate.tolist() == [close(value) for value in retained["average"]]


@pytest.mark.one_in(3)
@SLOW_EDGES
@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_every_shop_gets_a_report(tmp_path: Path, lines: list[Line], wish: dict[str, Any]) -> None:
    """However little there is to say: one customer, one month, no money. Warnings are errors here."""
    material = material_of(tmp_path, lines, segment_map=MAP, **wish)
    check(material, lines)
    book = book_of(material)
    check_words(book)
    check_formulas(book)
    write_book(book, tmp_path / "report.xlsx")


@pytest.mark.one_in(3)
@pytest.mark.parametrize("day", ["2024-02-29", "2025-02-28", "2028-02-29"])
@pytest.mark.parametrize(
    "name", ["ordinary", pytest.param("only refunds after the orders", marks=pytest.mark.long)]
)
def test_as_of_days(tmp_path: Path, name: str, day: str) -> None:
    lines, as_of = EDGE_SHOPS[name], date.fromisoformat(day)
    if not [one for one in lines if one.day <= as_of]:
        lines = [replace(one, day=one.day - timedelta(days=366)) for one in lines]
    check(material_of(tmp_path, lines, as_of=as_of, lifespan_years=2.75, acquisition_cost=5.0), lines)


@pytest.fixture(scope="module")
def shop_lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return sample_lines(tmp_path_factory.mktemp("sample"), customers=153, seed=7)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "wish",
    [
        {"gross_margin": 0.45, "service_cost": 12.0, "acquisition_cost": 116.0, "discount_rate": 0.1},
        {"amounts_include_vat": True, "vat_rate": 0.255, "gross_margin": 0.5},
        {"refunds": "ignore", "active_days": 90},
        {"rfm_bins": 3, "rfm_nested": True, "ambassador_share": 0.07, "cohort_period": "month"},
        {"rfm_bins": 10, "cohort_period": "year", "as_of": date(2024, 2, 29)},
        {"rfm_bins": 2, "acquisition_cost": 0.0, "as_of": date(2022, 6, 30)},
    ],
    ids=["all parameters", "VAT taken out", "refunds ignored", "nested", "leap day", "first half-year"],
)
def test_sample_shop(tmp_path: Path, shop_lines: list[Line], wish: dict[str, Any]) -> None:
    check(material_of(tmp_path, shop_lines, **wish), shop_lines)


def test_sample_shop_with_costs(tmp_path: Path, shop_lines: list[Line]) -> None:
    lines = with_costs(shop_lines)
    wish = {"gross_margin": 0.35, "service_cost": 9.0, "acquisition_cost": 50.0, "amounts_include_vat": True}
    check(material_of(tmp_path, lines, **wish), lines)


def test_sample_shop_without_order_ids(tmp_path: Path, shop_lines: list[Line]) -> None:
    lines = without_order_ids(shop_lines)
    check(material_of(tmp_path, lines), lines)


@pytest.mark.long
def test_cdnow_sample(tmp_path: Path, shared_data: Path) -> None:
    lines = cdnow_sample_lines(shared_data / "cdnow" / "CDNOW_sample.txt.gz")
    assert (len(lines), len({one.customer for one in lines})) == (6919, 2357)
    check(material_of(tmp_path, lines, gross_margin=0.3, acquisition_cost=12.0), lines)


@pytest.mark.long
def test_purchases_of_eleven_years(tmp_path: Path, shared_data: Path) -> None:
    lines = purchases_lines(shared_data / "purchases_2005_2015" / "purchases.txt.gz")
    material = material_of(tmp_path, lines)
    check(material, lines)
    assert len(material.customers) == 18_417
    assert material.period.unit == "year"


# Two ids that pass to another customer would show numbers that begin anew: here only the id 4 ever does.
OWNERS = {"1": "a", "2": "b", "3": "c"}


def of_its_owner(line: Line) -> Line:
    return replace(line, customer=OWNERS.get(line.order or "", line.customer)) if line.amount >= 0 else line


ROWS = st.lists(
    st.builds(
        Line,
        customer=st.sampled_from(["a", "b", "c", "d"]),
        day=st.integers(0, 900).map(lambda days: date(2022, 12, 20) + timedelta(days=days)),
        amount=st.integers(-3000, 9999).map(lambda cents: Decimal(cents) / 100),
        order=st.sampled_from([None, "1", "2", "3", "4"]),
        cost=st.none() | st.integers(0, 4000).map(lambda cents: Decimal(cents) / 100),
    ).map(of_its_owner),
    min_size=1,
    max_size=20,
).filter(lambda lines: any(one.amount >= 0 for one in lines))


SHOPS = given(
    lines=ROWS,
    nested=st.booleans(),
    bins=st.integers(2, 10),
    period=st.sampled_from(["auto", *MONTHS]),
    margin=st.sampled_from([1.0, 0.01, 0.5]),
    cost=st.sampled_from([None, 0.0, 7.5]),
)
AS_THEY_COME = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],  # the shops are small as they come, and making them smaller takes minutes
)


def check_shop(
    tmp_path: Path, lines: list[Line], nested: bool, bins: int, period: str, margin: float, cost: float | None
) -> None:
    material = material_of(
        tmp_path, lines, rfm_nested=nested, rfm_bins=bins, cohort_period=period, gross_margin=margin,
        acquisition_cost=cost, service_cost=0.5,
    )  # fmt: skip
    check(material, lines)


@pytest.mark.long
@SHOPS
@settings(AS_THEY_COME, max_examples=5)
def test_random_shops(tmp_path: Path, **drawn: Any) -> None:
    check_shop(tmp_path, **drawn)


@pytest.mark.long
@SHOPS
@settings(AS_THEY_COME, max_examples=60)
def test_many_random_shops(tmp_path: Path, **drawn: Any) -> None:
    check_shop(tmp_path, **drawn)


# What stands on the pages


def blocks(report: Report) -> dict[str, Any]:
    return {block.name: block for page in report.pages for block in page.blocks if hasattr(block, "name")}


def records(table: Table) -> list[dict[str, Any]]:
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, map(value, row), strict=True)) for row in table.rows]


@pytest.fixture(scope="module")
def ordinary(shop_lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> tuple[Material, Shop]:
    folder = tmp_path_factory.mktemp("ordinary")
    material = material_of(folder, shop_lines, gross_margin=0.45, service_cost=12.0, acquisition_cost=116.0)
    return material, Shop(counted_lines(shop_lines))


def test_segment_page(ordinary: tuple[Material, Shop]) -> None:
    material, shop = ordinary
    as_of, wish = material.intake.as_of, wish_of(material.parameters)
    people = shop.customers(as_of)
    scored = oracle.rfm(people, as_of)
    report = blocks(build_report(material))
    members: dict[str, list[str]] = {}
    for name, (r, f, m) in scored.items():
        members.setdefault(material.segment_map.segment(r, frequency_and_money(f, m)), []).append(name)
    everything = float(sum(one.amount for one in people.values()))
    table: Table = report["segments"]
    rows = records(table)
    assert {row["segment"] for row in rows} == set(material.segment_map.segments)
    assert [row["amount"] for row in rows] == sorted((row["amount"] for row in rows), reverse=True)
    for row in rows:
        inside = [people[name] for name in members.get(row["segment"], [])]
        amount = float(sum(one.amount for one in inside))
        assert (row["customers"], row["orders"]) == (len(inside), sum(one.orders for one in inside))
        assert row["amount"] == close(amount)
        assert row["share"] == close(amount / everything)
        assert row["customer_share"] == close(len(inside) / len(people))
        mean = sum(oracle.historic_clv(one, wish) for one in inside) / len(inside) if inside else math.nan
        assert row["historic_clv"] == close(mean)
        days = sum((as_of - one.last).days for one in inside) / len(inside) if inside else math.nan
        assert row["days"] == close(days)
    grid: Grid = report["rfm_grid"]
    for title, texts, figures in zip(grid.row_titles, grid.texts, grid.figures, strict=True):
        for across, (text, figure) in enumerate(zip(texts, figures, strict=True), start=1):
            r = int(title.removeprefix("R "))
            assert text == material.segment_map.segment(r, across)
            assert figure == sum(
                (score[0], frequency_and_money(*score[1:])) == (r, across) for score in scored.values()
            )
    assert sum(map(sum, grid.figures)) == len(people)
    views = {row["group"]: row for row in records(report["further_views"])}
    small = [name for name, (_, f, m) in scored.items() if f >= 4 and m <= 2]
    large = [name for name, (_, f, m) in scored.items() if f <= 2 and m >= 4]
    assert (views["Often but small"]["customers"], views["Seldom but large"]["customers"]) == (
        len(small),
        len(large),
    )
    tiers = oracle.tiers(people, shop.active(as_of, material.now.active_days), "0.2")
    names = {"Ambassadors": "ambassadors", "Other active": "active", "Inactive": "inactive"}
    found = {row["group"]: row["customers"] for row in records(report["tiers"])}
    assert found == {title: list(tiers.values()).count(name) for title, name in names.items()}
    # who is active adds up in sight, to the figure that Summary and the table of segments have
    active = len(shop.active(as_of, material.now.active_days))
    both = (
        f"{found['Ambassadors']:,} ambassadors + {found['Other active']:,} other active = {active:,} active"
    )
    assert both in str(report["tiers"].caption)
    assert report["tiers"].total[1] == len(people) == sum(found.values())


def test_customer_pages(ordinary: tuple[Material, Shop]) -> None:
    material, shop = ordinary
    as_of, wish = material.intake.as_of, wish_of(material.parameters)
    people = shop.customers(as_of)
    report = blocks(build_report(material))
    worth = {name: oracle.historic_clv(one, wish) for name, one in people.items()}
    best = sorted(people, key=lambda name: (-worth[name], name))
    for name, expected in (("best_customers", best[:20]), ("lowest_customers", best[::-1][:20])):
        rows = records(report[name])
        assert [row["historic_clv"] for row in rows] == [close(worth[customer]) for customer in expected]
        for row in rows:
            one = people[row["customer_id"]]
            assert (row["orders"], row["last_day"]) == (one.orders, one.last)
            assert row["amount"] == close(float(one.amount))
            assert row["average"] == close(float(one.amount) / one.orders)
    parts = oracle.tenths([one.amount for one in people.values()])
    whole, running = sum(amount for _, amount in parts), 0.0
    for row, (size, amount) in zip(records(report["deciles"]), parts, strict=True):
        running += amount
        assert (row["customers"], row["amount"]) == (size, close(amount))
        assert (row["share"], row["running"]) == (close(amount / whole), close(running / whole))
    long = report["customers"]
    columns = {column.key: list(values) for column, values in zip(long.columns, long.values, strict=True)}
    assert len(columns["customer_id"]) == len(people)
    first: dict[str, str | None] = {}
    for one in sorted(shop.lines, key=lambda row: row.day):
        first.setdefault(one.customer, one.channel)
    for name, channel, amount in zip(
        columns["customer_id"], columns["channel"], columns["amount"], strict=True
    ):
        assert amount == close(float(people[name].amount))
        assert channel == first[name]


def test_cohort_page(ordinary: tuple[Material, Shop]) -> None:
    material, shop = ordinary
    as_of = material.intake.as_of
    report = blocks(build_report(material))
    months = shop.months(as_of)
    rows = records(report["months"])
    assert [row["month"] for row in rows] == list(months)
    for row in rows:
        want = months[row["month"]]
        assert (row["customers"], row["new_customers"], row["orders"]) == (
            want["customers"],
            want["new_customers"],
            want["orders"],
        )
        assert row["amount"] == close(want["amount"])
        assert row["new_amount"] == close(want["new_amount"])
        assert row["returning_amount"] == close(want["amount"] - want["new_amount"])
    length = material.period.months
    cells = shop.cohorts(as_of, length)
    retained = shop.retention(as_of, length)
    cohorts = sorted(retained["sizes"])
    matrices: dict[str, Matrix] = {
        name: report[name] for name in ("retention", "cohort_amount", "cohort_margin")
    }
    for number, cohort in enumerate(cohorts):
        running = 0.0
        for age in range(len(matrices["retention"].column_titles)):
            there = (cohort, age) in retained["rate"]
            running += cells[cohort, age]["amount"] if (cohort, age) in cells else 0.0
            each = running / retained["sizes"][cohort]
            found = {name: value(matrix.values[number][age]) for name, matrix in matrices.items()}
            if not there:
                assert set(found.values()) == {None}
                continue
            assert found["retention"] == close(retained["rate"][cohort, age])
            assert found["cohort_amount"] == close(each)
            assert found["cohort_margin"] == close(each * 0.45)
            assert matrices["retention"].immature[number][age] == (not retained["mature"][cohort, age])


def test_findings_are_true(ordinary: tuple[Material, Shop]) -> None:
    """Every finding of the sample shop, computed once more from the rows."""
    material, shop = ordinary
    as_of, people = material.intake.as_of, shop.customers(material.intake.as_of)
    report = build_report(material)
    findings = next(block for block in report.pages[0].blocks if isinstance(block, Findings))
    texts = " ".join(str(value(item.text)) for item in findings.items)
    assert 3 <= len(findings.items) <= 5
    assert {item.page for item in findings.items} <= {page.key for page in report.pages}
    best = sorted((one.amount for one in people.values()), reverse=True)
    whole = sum(best)
    if found := re.search(r"best 10% of the customers bring (\d+)% of the amount", texts):
        assert int(found[1]) == round(100 * sum(best[: math.ceil(len(best) / 10)]) / whole)
    if found := re.search(r"(\d+)% of the customers have ordered on one day only", texts):
        assert int(found[1]) == round(100 * sum(len(one.days) == 1 for one in people.values()) / len(people))
    if found := re.search(r"(\d+) good customers have gone quiet", texts):
        scored, active = oracle.rfm(people, as_of), shop.active(as_of, material.now.active_days)
        good = {"Champions", "Loyal", "At risk", "Can't lose"}
        names = {
            name
            for name, (r, f, m) in scored.items()
            if material.segment_map.segment(r, frequency_and_money(f, m)) in good and name not in active
        }
        assert int(found[1]) == len(names)
    assert texts.count("nan") == 0


# Words


def texts(book: Book) -> Iterator[tuple[str, Cell, str]]:
    for sheet in book.sheets:
        for cell in sheet.cells:
            shown = cell.value.cached if isinstance(cell.value, Formula) else cell.value
            for text in (shown, cell.note):
                if isinstance(text, str):
                    yield sheet.title, cell, text


NOT_WORDS = re.compile(
    r"\b(?:nan|inf|None(?!\.$)|NaT|True|False|object at)\b|\{\w*\}|<\w+>|\d\.\d{7}|\b\d+e[+-]\d+"
)


def check_words(book: Book) -> None:
    """No text shows what only a program understands; figures in sentences are rounded."""
    wrong = [
        (title, cell.row, cell.column, text) for title, cell, text in texts(book) if NOT_WORDS.search(text)
    ]
    assert not wrong
    for sheet in book.sheets:
        for chart in sheet.charts:
            assert not NOT_WORDS.search(chart.alt_text), chart.alt_text


_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_FUNCTIONS = {
    "IF", "NA", "PV", "MAX", "INDEX", "MATCH", "TEXT", "ISNUMBER", "SUM", "TRUE", "FALSE", "ROUND", "FIXED",
    "ISERROR", "IFERROR", "AND", "OR", "AVERAGE", "MIN", "ABS", "ROWS", "SUMPRODUCT", "INT", "LOG10", "TRIM",
}  # fmt: skip


def formulas(book: Book) -> Iterator[tuple[str, str]]:
    for sheet in book.sheets:
        for cell in sheet.cells:
            if isinstance(cell.value, Formula):
                yield f"{sheet.title} {cell.row},{cell.column}", cell.value.text
        if sheet.bulk:
            for column in sheet.bulk.columns:
                if column.formula:
                    yield f"{sheet.title} {column.title}", column.formula


def check_formulas(book: Book) -> None:
    """Every name, table and table column that a formula speaks of is in the book."""
    names = {name.name for name in book.names}
    tables = {table.name: set(table.columns) for sheet in book.sheets for table in sheet.tables}
    for sheet in book.sheets:
        if sheet.bulk:
            tables[sheet.bulk.name] = {column.title for column in sheet.bulk.columns}
    for where, formula in formulas(book):
        bare = re.sub(r'"[^"]*"', "", formula)
        for table, column in re.findall(r"(\w+)\[\[#This Row\],\[([^\]]+)\]\]", bare) + re.findall(
            r"(\w+)\[([^\[\]]+)\]", bare
        ):
            assert column in tables.get(table, set()), f"{where}: {formula}"
        bare = re.sub(r"\[\[.*?\]\]|\[[^\]]*\]", "", bare)
        words = {word for word in _WORD.findall(bare) if not re.fullmatch(r"[A-Z]{1,3}\d+", word)}
        assert words <= names | set(tables) | _FUNCTIONS, f"{where}: {formula}"


def test_the_formula_check_finds_a_name_that_is_missing(ordinary: tuple[Material, Shop]) -> None:
    book = book_of(ordinary[0])
    check_formulas(book)
    with pytest.raises(AssertionError):
        check_formulas(replace(book, names=tuple(n for n in book.names if n.name != "lifespan")))


def test_no_formula_depends_on_the_language_of_excel(ordinary: tuple[Material, Shop]) -> None:
    """In TEXT the decimal mark is that of the reader's Windows: with a comma, "0.0" shows 7.7 as 0.8.

    FIXED and ROUND take no such code.
    """
    codes = {
        code
        for _, formula in formulas(book_of(ordinary[0]))
        for code in re.findall(r'TEXT\([^"]*"([^"]*)"', formula)
    }
    assert not {code for code in codes if "." in code or "," in code}


def test_a_sentinel_date_is_no_crash(tmp_path: Path) -> None:
    """31 December 9999 is what databases write for "never"; a message may refuse it, a traceback may not."""
    lines = [line("a", "2024-05-15", "100"), line("b", "9999-12-31", "1")]
    refusal = ""
    try:
        check_words(book_of(material_of(tmp_path, lines)))
    except ClvXlError as error:
        refusal = str(error)
    assert refusal == "" or "9999" in refusal


def test_rates_are_shown_as_they_are(tmp_path: Path) -> None:
    """Finland's VAT is 25.5%: a report that says 26% (or 25%) is wrong about what it did."""
    lines = EDGE_SHOPS["ordinary"]
    material = material_of(tmp_path, lines, amounts_include_vat=True, vat_rate=0.255, ambassador_share=0.125)
    fixed = {
        row["title"]: row["value"] for row in records(blocks(build_report(material))["fixed_parameters"])
    }
    shown = {
        title: text if isinstance(text, str) else f"{100 * text:g}%"
        for title, text in fixed.items()
        if title in {"VAT rate", "Ambassadors"}
    }
    assert re.sub(r"\s", "", shown["VAT rate"]) == "25.5%"
    assert re.sub(r"\s", "", shown["Ambassadors"]) == "12.5%"
    tiers = {row["group"]: row["meaning"] for row in records(blocks(build_report(material))["tiers"])}
    assert "12.5" in tiers["Ambassadors"]


def test_months_without_an_order_are_months_too(tmp_path: Path) -> None:
    """A shop that pauses: a sentence about the months of the chart under it, and an axis without jumps."""
    lines = [
        line("a", "2020-01-10", "1000"),
        line("b", "2021-01-10", "1000"),
        line("a", "2022-01-10", "1000"),
        line("c", "2023-06-30", "10"),
        line("a", "2023-12-31", "30"),
    ]
    book = book_of(material_of(tmp_path, lines))
    found = [
        re.search(r"Returning customers bring ([\d.]+)% of the revenue since (\w+ \d+)", text)
        for _, _, text in texts(book)
    ]
    assert [one.groups() for one in found if one] == [("99", "Jan 2022")]
    chart = next(
        chart
        for chart in book.sheets[0].charts
        if "month" in chart.alt_text and "Returning" in chart.alt_text
    )
    months = [float(month) for month in chart.series[0].cached_categories]
    assert date(1899, 12, 30) + timedelta(days=months[0]) == date(2022, 1, 1)
    assert all(28 <= later - earlier <= 31 for earlier, later in pairwise(months))


def test_every_bar_of_segments_has_its_name_and_what_is_not_drawn_is_said(
    ordinary: tuple[Material, Shop],
) -> None:
    material, _ = ordinary
    summary = next(page for page in build_report(material).pages if page.key == "summary")
    cards = (card.body for item in summary.blocks if isinstance(item, Cards) for card in item.cards)
    chart = next(one for one in cards if isinstance(one, Chart) and one.kind == "bars")
    assert chart.every == 1
    amounts = sorted(material.customers.groupby("segment")["amount"].sum(), reverse=True)
    left = 100 * sum(amounts[6:]) / sum(amounts)
    assert chart.unit == f"share of the amount so far: the 6 largest of 11 segments; the others {left:.1f}%"
    bars = next(one for one in book_of(material).sheets[0].charts if one.kind == "bars")
    assert len(bars.series[0].cached_categories) == 6


def test_the_same_file_twice_is_not_counted_twice_in_silence(tmp_path: Path) -> None:
    path = write_orders(tmp_path / "orders.csv", EDGE_SHOPS["ordinary"])
    try:
        said = [warning.text for warning in gather_from([path, path], Parameters()).intake.warnings]
    except ClvXlError as error:
        said = [str(error)]
    assert any("orders.csv" in text or "twice" in text for text in said)


# Invariances


def ratios(material: Material) -> dict[str, float]:
    counts = {item.name: item for item in (*material.figures.counted, *material.figures.derived)}
    extensive = {
        "customers_total", "active_customers", "repeat_customers", "start_active", "new_active", "reactivated",
        "lost", "ordered_since", "new_customers", "first_year_customers", "first_year_orders", "first_year_own_margin",
        "first_year_uncosted", "orders_total", "amount_total", "own_margin_total", "uncosted_total", "orders_year",
        "amount_year", "active_years",
    }  # fmt: skip
    found = {name: item.now for name, item in counts.items() if name not in extensive}
    held = material.concentration
    found |= {f"top {top.share}": top.value for top in held.shares} | {"gini": held.gini}
    matrix = retention_matrix(material)
    found |= {f"average {age}": rate for age, rate in enumerate(matrix.average_rate)}
    found |= dict(enumerate(material.curve.cumulative_margin(material.parameters)))
    found |= {"window": material.now.active_days}
    return found


@pytest.mark.long
def test_every_customer_doubled_changes_no_ratio(tmp_path: Path, shop_lines: list[Line]) -> None:
    """100 customers, so that the top 1, 5, 10 and 20% are whole customers in both shops."""
    names = sorted({one.customer for one in shop_lines})[:100]
    lines = [one for one in shop_lines if one.customer in names]
    twins = [
        replace(one, customer=f"{one.customer} twin", order=one.order and f"{one.order} twin")
        for one in lines
    ]
    wish = {"gross_margin": 0.4, "acquisition_cost": 100.0, "service_cost": 10.0}
    once = material_of(tmp_path, lines, **wish)
    twice = material_of(tmp_path, [*lines, *twins], **wish)
    assert len(twice.customers) == 2 * len(once.customers) == 200
    expected = ratios(once)
    assert ratios(twice) == {name: close(number) for name, number in expected.items()}
    scored = once.customers.set_index("customer_id")[["r", "f", "m", "segment", "tier"]]
    again = twice.customers.set_index("customer_id")[["r", "f", "m", "segment", "tier"]]
    assert again.loc[scored.index].equals(scored)
    assert (
        again.loc[[f"{name} twin" for name in scored.index]].to_numpy().tolist() == scored.to_numpy().tolist()
    )


def _without_quality(book: Book) -> list[Any]:
    """Every page but the one that names the files."""
    return [sheet for sheet in book.sheets if sheet.title != "Data quality"]


def test_row_order_changes_nothing(tmp_path: Path, shop_lines: list[Line]) -> None:
    """Shuffled rows give the same pages; only the page that names the files may differ."""
    lines = with_costs([replace(one, channel=None) for one in shop_lines])
    shuffled = random.Random(3).sample(lines, len(lines))
    one, other = (book_of(material_of(tmp_path, rows)) for rows in (lines, shuffled))
    for left, right in zip(_without_quality(one), _without_quality(other), strict=True):
        assert repr(left.cells) == repr(right.cells), left.title
        assert repr(left.bulk) == repr(right.bulk)
        assert repr(left.charts) == repr(right.charts)


@pytest.mark.long
@pytest.mark.parametrize(
    "ids",
    [pytest.param(True, id="order ids"), pytest.param(False, id="no order ids", marks=pytest.mark.long)],
)
def test_splitting_a_file_changes_nothing(tmp_path: Path, shop_lines: list[Line], ids: bool) -> None:
    lines = list(shop_lines) if ids else without_order_ids(shop_lines)
    half = len(lines) // 2
    whole = write_orders(tmp_path / "whole.csv", lines)
    parts = [
        write_orders(tmp_path / "1.csv", lines[:half]),
        write_orders(tmp_path / "2.csv", lines[half:]),
    ]
    one, other = (book_of(gather_from(paths, Parameters())) for paths in ([whole], parts))
    for left, right in zip(_without_quality(one), _without_quality(other), strict=True):
        assert repr(left.cells) == repr(right.cells), left.title
        assert repr(left.bulk) == repr(right.bulk)


@pytest.mark.long
def test_threads_change_nothing(tmp_path: Path, shop_lines: list[Line]) -> None:
    path = write_orders(tmp_path / "orders.csv", with_costs(shop_lines))
    for threads in (1, 7):
        write_book(book_of(gather_from([path], Parameters(), threads)), tmp_path / f"{threads}.xlsx")
    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "7.xlsx").read_bytes()


def block_names(items: Sequence[Block]) -> list[str]:
    return [item.name for item in items if isinstance(item, Table | Matrix | Grid)]


def test_pages_are_those_of_the_design(ordinary: tuple[Material, Shop]) -> None:
    report = build_report(ordinary[0])
    titles = [page.title for page in report.pages]
    assert titles[0] == "Summary"
    assert {"Customers", "Segments", "Cohorts", "Data quality", "Method", "Parameters"} <= set(titles)
    assert all(page.question for page in report.pages)
    names = [name for page in report.pages for name in block_names(page.blocks)]
    assert len(names) == len(set(names))
