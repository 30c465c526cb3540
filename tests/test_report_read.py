"""What a reader who recomputes the report could be misled by: each word stands for the figure beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from clv_xl.report.build import build_report
from clv_xl.report.model import Findings, Live, Table, Tile, Tiles
from tests.pages import page_of, records, words
from tests.shops import material_of, purchases_lines, sample_lines, spend_of

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.report.material import Material
    from tests.oracle import Line


def tiles(material: Material) -> dict[str, Tile]:
    blocks = page_of(build_report(material), "summary").blocks
    return {tile.title: tile for block in blocks if isinstance(block, Tiles) for tile in block.tiles}


def text(item: object) -> str:
    return str(item.value if isinstance(item, Live) else item)


def findings(material: Material) -> list[str]:
    blocks = page_of(build_report(material), "summary").blocks
    return [text(item.text) for block in blocks if isinstance(block, Findings) for item in block.items]


def by_pandas(lines: list[Line], as_of: str, window: int) -> dict[str, float]:
    """Who of those active a year ago is active now, and who of them ordered since: from the rows alone."""
    rows = pd.DataFrame(
        {"customer": [one.customer for one in lines], "day": pd.to_datetime([one.day for one in lines])}
    )
    end = pd.Timestamp(as_of)
    start, days = end - pd.DateOffset(years=1), pd.Timedelta(days=window)
    then = rows[rows["day"] <= start].groupby("customer")["day"].max()
    active = then[then >= start - days].index
    last = rows[rows["day"] <= end].groupby("customer")["day"].max()[active]
    return {
        "start_active": len(active),
        "retention": float((last >= end - days).mean()),
        "churn_share": float((last < end - days).mean()),
        "ordered_since": int((last > start).sum()),
        "ordered_share": float((last > start).mean()),
    }


def check_long_window(material: Material, lines: list[Line], as_of: str, window: int) -> None:
    expected = by_pandas(lines, as_of, window)
    for name, found in expected.items():
        assert material.figures[name].now == pytest.approx(found), name
    # nobody has to order in a window of two years, so far more are retained than ordered
    assert expected["ordered_share"] < 0.9 * expected["retention"]
    ordered = f"{100 * expected['ordered_share']:.0f}%"
    tile = tiles(material)["Retention"]
    assert ordered in text(tile.caption)
    assert f"{window} days" in text(tile.caption)
    told = f"without an order within the year: {ordered} of those active a year ago ordered in it."
    assert told in material.figures["retention"].how
    assert told in words(page_of(build_report(material), "scenarios"))


def test_a_window_longer_than_a_year_says_that_nobody_has_to_order_in_it(tmp_path: Path) -> None:
    lines = [
        one for one in sample_lines(tmp_path, customers=200) if one.status != "cancelled" and one.amount > 0
    ]
    check_long_window(material_of(tmp_path, lines, active_days=731), lines, "2025-12-31", 731)


@pytest.mark.long
def test_of_the_purchases_fewer_than_half_ordered_in_the_year(tmp_path: Path, shared_data: Path) -> None:
    lines = purchases_lines(shared_data / "purchases_2005_2015" / "purchases.txt.gz")
    material = material_of(tmp_path, lines)
    assert material.figures["ordered_share"].now == pytest.approx(0.458, abs=5e-4)
    check_long_window(material, lines, "2015-12-31", 731)


def test_a_shorter_window_says_nothing_of_it_and_tells_the_churn(tmp_path: Path) -> None:
    lines = [
        one for one in sample_lines(tmp_path, customers=200) if one.status != "cancelled" and one.amount > 0
    ]
    material = material_of(tmp_path, lines, active_days=100)
    expected = by_pandas(lines, "2025-12-31", 100)
    lost = round(expected["churn_share"] * expected["start_active"])
    assert material.figures["churn_share"].now == pytest.approx(expected["churn_share"])
    assert text(tiles(material)["Retention"].caption) == (
        f"of those active a year ago; churn {100 * expected['churn_share']:.0f}%: {lost} of "
        f"{expected['start_active']:.0f} lost"
    )
    assert "without an order" not in words(page_of(build_report(material), "scenarios"))


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Two channels with spend, one of them close to what a customer of it may cost; the others without spend."""
    rows = sample_lines(tmp_path_factory.mktemp("rows"), customers=500)
    spend = [
        (f"{year}-{month:02d}", channel, cost)
        for year in (2022, 2023, 2024, 2025)
        for month in range(1, 13)
        for channel, cost in (("Paid social", 600), ("Paid search", 300))
    ]
    terms = {"gross_margin": 0.45, "service_cost": 12.0, "currency": "SEK"}
    first = material_of(tmp_path_factory.mktemp("one"), rows, spend_of("spend.csv", spend), **terms)
    social = records(page_of(build_report(first), "acquisition"), "channel_costs")["Paid social"]
    cost = 600 * 0.96 * social["highest"] / social["cac"]
    nearer = [
        (month, channel, round(cost) if channel == "Paid social" else own) for month, channel, own in spend
    ]
    return material_of(tmp_path_factory.mktemp("two"), rows, spend_of("spend.csv", nearer), **terms)


def test_channels_with_spend_have_a_row_of_their_own(bought: Material) -> None:
    """All spend by the customers of the channels that it was spent on, not by everybody who came."""
    found = records(page_of(build_report(bought), "acquisition"), "channel_costs")
    paid, everyone = found["Channels with spend"], found["All customers"]
    two = [found[title] for title in ("Paid social", "Paid search")]
    for name in ("customers", "new", "spend"):
        assert paid[name] == pytest.approx(sum(row[name] for row in two)), name
    for name in ("so_far", "predicted"):
        mean = sum(row[name] * row["customers"] for row in two) / paid["customers"]
        assert paid[name] == pytest.approx(mean), name
    assert paid["cac"] == pytest.approx(paid["spend"] / paid["new"])
    assert everyone["cac"] == pytest.approx(paid["spend"] / everyone["new"])
    assert paid["ltv_cac"] == pytest.approx(paid["plain"] / paid["cac"])
    assert paid["highest"] == pytest.approx(paid["plain"] / 3)
    caption = text(tiles(bought)["LTV:CAC"].caption)
    assert "CAC over all new customers, also those without spend" in caption
    assert f"channels with spend {paid['ltv_cac']:.1f}x (CAC {paid['cac']:,.0f})" in caption


def test_a_channel_close_to_its_limit_is_told_and_the_plan_moves_one_step(bought: Material) -> None:
    page = page_of(build_report(bought), "acquisition")
    social = records(page, "channel_costs")["Paid social"]
    assert social["verdict"] == "within limits"
    assert 0.9 < social["cac"] / social["highest"] < 1
    told = [one for one in findings(bought) if one.startswith("A new customer by Paid social costs ")]
    assert len(told) == 1
    assert f"close to the highest allowable CAC of {social['highest']:,.0f} SEK" in told[0]
    plan = records(page, "budget")
    assert sum(plan[name]["suggested"] for name in ("Paid social", "Paid search")) == pytest.approx(1)
    for name in ("Paid social", "Paid search"):
        assert abs(plan[name]["suggested"] / plan[name]["now"] - 1) <= 0.2 + 1e-9
        assert plan[name]["new"] == records(page, "channel_costs")[name]["new"]
    assert plan["Paid social"]["suggested"] < plan["Paid social"]["now"]


def test_the_limit_by_prediction_is_no_worth_of_a_new_customer(bought: Material) -> None:
    said = words(page_of(build_report(bought), "acquisition"))
    assert "The highest allowable CAC is the CLV before CAC by the plain formula / the target LTV:CAC" in said
    assert "it is a check and not the worth of a new customer" in said


def test_what_is_expected_decides_whom_to_write_to_first(bought: Material) -> None:
    """Good customers who left long ago bring little: those who are overdue come before them."""
    customers = bought.customers
    quiet = customers[
        customers["segment"].isin(["Champions", "Loyal", "Can't lose", "At risk"])
        & (customers["tier"] == "inactive")
    ]
    late = customers[customers["overdue_days"] > 0]
    whole = customers["expected_amount"].sum()
    held = quiet["expected_amount"].sum() / whole
    assert held / len(quiet) < 1 / len(customers)
    told = findings(bought)
    assert told[0].startswith(f"{len(late)} customers are overdue with their next order; ")
    [said] = [one for one in told if "gone quiet" in one]
    assert f"{quiet['days_since_last_order'].mean():,.0f} days ago on average" in said
    assert re.search(rf"only {100 * held:.1f}?\d*\.?\d*% of what is expected rests on them\.$", said)
    assert "write to them" not in said


def test_orders_and_purchase_days_are_told_apart(bought: Material) -> None:
    tile = tiles(bought)["Expected orders, next 12 months"]
    days, orders = bought.prediction.occasions_year, int(bought.figures["orders_year"].now)
    assert days < orders
    assert text(tile.detail) == f"last 12 months: {days:,} purchase days"
    assert text(tile.caption).startswith("purchase days of today's customers alone; ")
    assert text(tile.caption).endswith(f"of all customers, {orders:,} orders")


def test_the_rule_of_the_clv_gives_the_figure(tmp_path: Path) -> None:
    rows = sample_lines(tmp_path, customers=200)
    material = material_of(tmp_path, rows, gross_margin=0.45, discount_rate=0.1, acquisition_cost=116.0)
    figures = material.figures
    assert "yearly margin x (1 - (1 + d) ^ -lifespan) / d" in figures["clv_before_cac"].how
    yearly = figures["margin_per_order"].now * figures["purchase_rate"].now
    clv = yearly * (1 - 1.1 ** -figures["lifespan"].now) / 0.1
    assert figures["clv_before_cac"].now == pytest.approx(clv)
    assert text(tiles(material)["CLV after CAC"].caption) == (
        f"discounted at 10.0% a year from each year's end: {clv:,.0f}, less CAC 116"
    )


@pytest.mark.parametrize(("start", "least"), [("2024-10-01", True), ("2022-01-01", False)])
def test_a_history_shorter_than_two_lifespans_gives_at_least(tmp_path: Path, start: str, least: bool) -> None:
    rows = [one for one in sample_lines(tmp_path, customers=900) if str(one.day) >= start]
    material = material_of(tmp_path, rows, gross_margin=0.45, acquisition_cost=116.0)
    years = (material.intake.as_of - material.intake.first_day).days / 365.25
    assert (years < 2 * material.figures["lifespan_measured"].now) is least
    for title in ("CLV after CAC", "LTV:CAC"):
        assert tiles(material)[title].format.startswith("least") is least, title
    assert bool(material.value_cautions) is least
    given = material_of(tmp_path, rows, gross_margin=0.45, acquisition_cost=116.0, lifespan_years=2)
    assert tiles(given)["LTV:CAC"].format == "ratio"


def test_a_shop_of_thirty_is_told_in_numbers(tmp_path: Path) -> None:
    rows = sample_lines(tmp_path, customers=400)
    names = sorted({one.customer for one in rows})[:30]
    rows = [one for one in rows if one.customer in names]
    material = material_of(tmp_path, rows, gross_margin=0.45, acquisition_cost=116.0)
    figures = material.figures
    start, lost = int(figures["start_active"].now), int(figures["lost"].now)
    assert text(tiles(material)["Retention"].value) == f"{start - lost} of {start}"
    assert tiles(material)["Retention"].change is None
    told = findings(material)
    assert not [one for one in told if "active customers" in one]
    [payback] = [one for one in told if "paid back" in one]
    assert "about" in payback
    assert "as far as so few customers tell" in payback
    once = 30 - int(figures["repeat_customers"].now)
    assert f"{once} of 30 customers have ordered on one day only." in told


def test_what_was_lost_by_month_and_by_year_is_reconciled(bought: Material) -> None:
    shown = page_of(build_report(bought), "trends")
    rows = list(records(shown, "trend_movement").values())[-12:]
    flow, lost = sum(row["lost"] for row in rows), int(bought.figures["lost"].now)
    assert flow > lost
    told = words(shown)
    assert f"Month by month {flow} were lost in the last 12 months" in told
    start = int(bought.figures["start_active"].now)
    assert (
        f"of the {start} active a year ago, {lost} are no longer active: churn {100 * lost / start:.0f}%"
        in told
    )


def test_cells_that_wait_for_the_next_report_are_named(bought: Material) -> None:
    """What shows #N/A once margin or cost to serve are changed is said where one changes them, and beside it."""
    report = build_report(bought)
    live = {
        (page.title, table.name)
        for page in report.pages
        for table in page.blocks
        if isinstance(table, Table)
        for row in (*table.rows, *filter(None, (table.part, table.total)))
        for cell in row
        if isinstance(cell, Live) and "AND(gross_margin=" in cell.formula
    }
    assert {name for name, _ in live} == {"Acquisition", "Groups"}
    [caption] = [
        table.caption
        for table in page_of(report, "parameters").blocks
        if isinstance(table, Table) and table.name == "live_parameters"
    ]
    assert (
        "the intervals of historic CLV on Groups and the payback by channel and cohort on Acquisition"
        in caption
    )
    costs = [
        table.caption
        for table in page_of(report, "acquisition").blocks
        if isinstance(table, Table) and table.name.endswith("_costs")
    ]
    assert len(costs) == 2
    assert all("with others it is #N/A until the report is made again" in one for one in costs)
