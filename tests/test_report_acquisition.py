"""The page Acquisition against the oracle, channel by channel and cohort by cohort, and what it says of gaps."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.jobs import BesideFiles, make_report
from clv_xl.orders import ReadOptions
from clv_xl.parameters import Parameters
from clv_xl.report.build import build_report
from clv_xl.report.model import Cards, Chart, Findings, Table, Tiles
from clv_xl.sample import write_sample
from tests.oracle import Line, Shop, Wish, counted_lines, year_after, year_before
from tests.pages import page_of, records, value, words
from tests.reading import Workbook, type_in
from tests.shops import EDGE_SHOPS, line, material_of, sample_lines, spend_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.report.model import Page, Report

TERMS: dict[str, Any] = {"gross_margin": 0.45, "discount_rate": 0.1, "service_cost": 12.0, "currency": "SEK"}
SPEND = [
    (f"{year}-{month:02d}", channel, amount)
    for year in (2024, 2025)
    for month in range(1, 13)
    for channel, amount in (("paid  SOCIAL", 9000), ("Paid search", 150), ("Radio", 40))
]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    # the last customers are taken to be of no known channel
    rows = sample_lines(tmp_path_factory.mktemp("sample"), customers=320)
    return [replace(row, channel=None) if row.customer > "C000310" else row for row in rows]


@pytest.fixture(scope="module")
def material(lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material_of(tmp_path_factory.mktemp("m"), lines, spend_of("spend.csv", SPEND), **TERMS)


@pytest.fixture(scope="module")
def report(material: Material) -> Report:
    return build_report(material)


def page(report: Report) -> Page:
    return page_of(report, "acquisition")


def close(number: float) -> Any:
    return pytest.approx(number, rel=1e-9, abs=1e-9, nan_ok=True)


def expected(
    shop: Shop, people: set[str], as_of: date, window: int, cost: float, lifespan: float | None
) -> dict[str, Any]:
    """Everything that the page shows of some customers, from their rows alone."""
    part = Shop([row for row in shop.lines if row.customer in people])
    wish = Wish(0.45, lifespan, 0.1, cost if cost > 0 else None, 12.0, 3.0)
    figures = part.key_figures(as_of, window, wish)
    grown = {name: one for name, one in part.customers(as_of).items() if one.first <= year_before(as_of)}
    first = [
        event
        for event in part.events
        if event.customer in grown and event.day < year_after(grown[event.customer].first)
    ]
    margin = float(sum((event.amount for event in first), Decimal(0))) * 0.45 - 12 * sum(
        e.orders for e in first
    )
    plain = figures["clv_before_cac"]
    return {
        "customers": len(people),
        "first_year": margin / len(grown) if grown else math.nan,
        "plain": plain,
        "so_far": figures["historic_clv"] + (max(0, cost)),
        "highest": plain / 3,
        "ltv_cac": plain / cost if cost > 0 else math.nan,
        "payback": part.payback(as_of, wish)[1],
    }  # fmt: skip


def test_every_channel_and_cohort(material: Material, report: Report, lines: list[Line]) -> None:
    shop = Shop(counted_lines(lines))
    as_of, window = shop.newest, shop.window(shop.newest)
    assert window is not None
    everyone = shop.customers(as_of)
    first_row: dict[str, Line] = {}
    for row in sorted(shop.lines, key=lambda row: row.day):
        if row.amount >= 0 and row.channel:
            first_row.setdefault(row.customer, row)
    of_channel: dict[str, set[str]] = defaultdict(set)
    of_quarter: dict[str, set[str]] = defaultdict(set)
    for name, one in everyone.items():
        of_channel[str(first_row[name].channel) if name in first_row else "Not known"].add(name)
        of_quarter[f"{one.first.year} Q{(one.first.month + 2) // 3}"].add(name)
    spend = {"Paid social": 9000.0 * 24, "Paid search": 150.0 * 24}
    won = {name for name, one in everyone.items() if one.first.year >= 2024}
    # the last month is whole only if the history reaches its end
    assert as_of == date(2025, 12, 31)
    expected_amount = dict(
        zip(material.customers["customer_id"], material.customers["expected_amount"], strict=True)
    )
    found = records(page(report), "channel_costs")
    assert set(found) == {*of_channel, "Radio", "Channels with spend", "All customers"}
    for title, people in (*of_channel.items(), ("All customers", set(everyone))):
        spent = sum(spend.values()) + 40 * 24 if title == "All customers" else spend.get(title, math.nan)
        row, cost = found[title], spent / len(people & won)
        assert row["new"] == len(people & won)
        assert (math.nan if row["spend"] is None else row["spend"]) == close(spent)
        assert row["cac"] == close(cost)
        wanted = expected(shop, people, as_of, window, cost, None)
        never = isinstance(row["payback"], str)
        assert (
            math.isnan(wanted.pop("payback")) if never else row["payback"] == close(wanted.pop("payback"))
        ), title
        assert {key: row[key] for key in wanted} == {key: close(number) for key, number in wanted.items()}, (
            title
        )
        coming = (
            math.fsum(expected_amount[name] for name in people)
            * material.prediction.margin_share
            / len(people)
        )
        assert row["predicted"] == close(coming)
        assert row["by_prediction"] == close((row["so_far"] + coming) / 3)
    assert (found["Radio"]["spend"], found["Radio"]["new"], math.isnan(found["Radio"]["cac"])) == (
        960.0,
        0,
        True,
    )
    lifespan = material.figures["lifespan"].now
    cohorts = records(page(report), "cohort_costs")
    assert set(cohorts) == {*of_quarter, "All customers"}
    for title, people in of_quarter.items():
        row = cohorts[title]
        cost = 9190.0 * 3 / len(people) if title >= "2024" else math.nan
        assert row["cac"] == close(cost)
        wanted = expected(shop, people, as_of, window, cost, lifespan)
        wanted.pop("payback")
        if any(everyone[name].first > year_before(as_of) for name in people):
            wanted |= dict.fromkeys(("plain", "highest", "ltv_cac"), math.nan)
        assert {key: row[key] for key in wanted} == {key: close(number) for key, number in wanted.items()}, (
            title
        )
    assert sum(row["spend"] or 0 for row in cohorts.values()) == close(2 * 9190.0 * 24)


def test_verdicts_budget_and_finding_follow_from_the_figures(material: Material, report: Report) -> None:
    found = records(page(report), "channel_costs")
    social, search = found["Paid social"], found["Paid search"]
    assert social["cac"] > max(social["highest"], social["by_prediction"])
    assert (social["verdict"], found["Radio"]["verdict"], found["Direct"]["verdict"]) == (
        "above limits", "not known", "not known",
    )  # fmt: skip
    assert search["verdict"] == ("within limits" if search["new"] >= 30 else "too few new")
    budget = records(page(report), "budget")
    assert set(budget) == {"Paid social", "Paid search", "Radio", "All spend"}
    assert budget["Paid social"]["suggested"] == 0
    assert budget["Radio"]["suggested"] == close(40 / 9190)
    assert budget["Paid search"]["monthly"] == 150
    said = {
        item.page: value(item.text)
        for block in report.pages[0].blocks
        if isinstance(block, Findings)
        for item in block.items
    }
    cost, limit = social["cac"], max(social["highest"], social["by_prediction"])
    assert said["acquisition"] == (
        f"A new customer by Paid social costs {cost:,.0f} SEK, and may cost {limit:,.0f} SEK at most: spend less there."
    )
    chart = next(card.body for block in page(report).blocks for card in getattr(block, "cards", ()))
    assert isinstance(chart, Chart)
    assert value(chart.title).startswith("1 of 3 channels with spend cost more")
    text = words(page(report))
    assert "No customer came first by these channels of the spend: Radio." in text
    assert "Nothing is spent on these channels of orders, as far as the spend tells: " in text


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "name", ["two customers", "only refunds after the orders", "history shorter than a year"]
)
@pytest.mark.parametrize("spent", [None, 0, 50])
def test_what_is_missing_is_said(tmp_path: Path, name: str, spent: float | None) -> None:
    beside = (
        None if spent is None else spend_of("spend.csv", [("2022-03", "", spent), ("2024-06", "Ads", spent)])
    )
    shown = page(build_report(material_of(tmp_path, EDGE_SHOPS[name], beside)))
    text = words(shown)
    assert "No order names a channel" in text
    assert ("There is no spend" in text) == (spent is None)
    rows = records(shown, "cohort_costs")
    assert not any(
        isinstance(cell, float) and math.isinf(cell) for row in rows.values() for cell in row.values()
    )
    assert "All customers" in rows


def test_a_month_without_a_new_customer_has_no_cost(tmp_path: Path) -> None:
    rows = [
        line("a", "2023-01-01", "100", channel="Ads"),
        line("b", "2024-07-01", "100", channel="Ads"),
        line("b", "2024-12-31", "10", channel="Mail"),
    ]
    spend = spend_of("spend.csv", [("2023-05", "ads ", 300), ("2024-07", "Ads", 100), ("2023-05", "", 7)])
    shown = page(build_report(material_of(tmp_path, rows, spend)))
    cohorts, channels = records(shown, "cohort_costs"), records(shown, "channel_costs")
    assert {title: row["cac"] for title, row in cohorts.items()} == {
        "2023 Q1": close(math.nan), "2024 Q3": 100.0, "All customers": 407.0,
    }  # fmt: skip
    assert {title: (row["spend"], row["new"]) for title, row in channels.items()} == {
        "Ads": (400.0, 1), "Spend without a channel": (7.0, 0), "All customers": (407.0, 1),
    }  # fmt: skip
    assert channels["Ads"]["verdict"] == "too few new"


@pytest.mark.office
def test_other_parameters_in_the_workbook_give_the_report_made_with_them(
    tmp_path: Path, recalculate: Callable[[Path], Path]
) -> None:
    """Acquisition and Groups: what is stored is what LibreOffice computes, and typing gives what a new report says."""
    shop = write_sample(tmp_path / "shop", customers=260, years=3, seed=4)
    beside = BesideFiles(spend=shop.spend_file, customers=shop.customers_file)

    def made(name: str, **other: Any) -> Path:
        given = Parameters(**TERMS | {"discount_rate": 0.0} | other)
        return make_report([shop.orders_file], tmp_path / name, ReadOptions(), given, beside=beside).path

    first = made("first.xlsx")
    stored, computed = Workbook(first), Workbook(recalculate(first))
    other = {"gross_margin": 0.2, "target_ratio": 9.0}
    typed = Workbook(recalculate(type_in(first, tmp_path / "typed.xlsx", dict(other))))
    given = Workbook(made("given.xlsx", **other))
    blank = 0
    for sheet, address in stored.formulas():
        if sheet not in {"Acquisition", "Groups"}:
            continue
        pair = [book.sheets[sheet][address].value for book in (stored, computed)]
        assert pair[0] == (close(pair[1]) if isinstance(pair[1], float) else pair[1]), (sheet, address)
        formula = stored.formulas()[sheet, address]
        one, two = (book.sheets[sheet][address].value for book in (typed, given))
        if "AND(gross_margin=" in formula:
            blank += 1
            assert not isinstance(one, float), (sheet, address, formula)
        else:
            assert one == (pytest.approx(two, rel=1e-9, abs=1e-4) if isinstance(two, float) else two), (
                sheet,
                address,
            )
    assert blank > 20


def titles(report: Report) -> list[str]:
    """The titles of tiles, columns, charts and their lines, and the names of figures."""
    found: list[str] = []
    for each in report.pages:
        for item in each.blocks:
            if isinstance(item, Tiles):
                found += [tile.title for tile in item.tiles]
            elif isinstance(item, Table):
                found += [column.title for column in item.columns]
                found += [str(row[0]) for row in item.rows if item.columns[0].words]
            elif isinstance(item, Cards):
                for chart in (card.body for card in item.cards if isinstance(card.body, Chart)):
                    found += [str(value(chart.title)), *(line.title for line in chart.series if chart.legend)]
    return found


def test_each_clv_says_whether_the_acquisition_cost_is_taken_off(report: Report, material: Material) -> None:
    """The plain formula goes by one of two names everywhere, so that no two pages seem to disagree."""
    named = [title for title in titles(report) if "CLV" in title]
    assert {"CLV before CAC", "CLV after CAC"} <= set(named)
    kinds = r"(CLV (before|after) CAC|[Hh]istoric CLV|[Pp]redicted CLV|CLV from a retention rate)"
    assert [title for title in named if not re.search(kinds, title)] == []
    figures = material.figures
    cac = figures["cac_used"].now
    assert figures["clv_before_cac"].now - cac == close(figures["clv_after_cac"].now)
    last = next(
        item
        for item in page_of(report, "trends").blocks
        if isinstance(item, Table) and item.name == "trend_value"
    )
    at = [column.title for column in last.columns].index("CLV before CAC")
    assert value(last.rows[-1][at]) == close(figures["clv_before_cac"].now)
