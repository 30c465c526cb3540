"""The page Trends: every figure once more from the rows, and what an event is set against."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.events import Event
from clv_xl.metrics.flow import movement_of
from clv_xl.report import trend
from clv_xl.report.build import build_report
from clv_xl.report.model import Cards, Chart
from tests.oracle import Shop, Wish, counted_lines
from tests.pages import page_of, words
from tests.shops import EDGE_SHOPS, SLOW_EDGES, line, material_of, sample_lines, with_costs
from tests.test_report import close, records, value

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.report.model import Page, Table
    from tests.oracle import Line

WISH = {"gross_margin": 0.45, "service_cost": 12.0, "discount_rate": 0.1}


def trends(material: Material) -> Page:
    return page_of(build_report(material), "trends")


def tables(material: Material) -> dict[str, Table]:
    return {block.name: block for block in trends(material).blocks if hasattr(block, "name")}


def ends(first: date, as_of: date) -> list[date]:
    """The last day of each month, the as-of date for the last one."""
    found = []
    month = first.replace(day=1)
    while month <= as_of:
        after = (month + timedelta(days=31)).replace(day=1)
        found.append(min(after - timedelta(days=1), as_of))
        month = after
    return found


def check_movement(material: Material, shop: Shop, as_of: date) -> None:
    window = material.now.active_days
    known: set[str] = set()
    active: set[str] = set()
    days = ends(shop.oldest, as_of)
    rows = records(tables(material)["trend_movement"])
    assert len(rows) == len(days)
    for row, end in zip(rows, days, strict=True):
        now, everyone = shop.active(end, window), set(shop.customers(end))
        assert row["month"] == end.replace(day=1)
        assert row == row | {
            "start": len(active),
            "retained": len(active & now),
            "new": len(now - known),
            "reactivated": len((now & known) - active),
            "lost": len(active - now),
            "end": len(now),
            "check": 0,
            "lost_drawn": -len(active - now),
        }
        assert row["start"] + row["new"] + row["reactivated"] - row["lost"] == row["end"]
        whole = (end.replace(day=1) - timedelta(days=1) - shop.oldest).days >= window
        assert row["retention"] == (len(active & now) / len(active) if active and whole else None)
        known, active = everyone, now
    assert rows[-1]["end"] == material.figures["active_customers"].now


def check_value(material: Material, shop: Shop, as_of: date, wish: Wish, every: int = 1) -> None:
    """What was ordered in each month; and the CLV that a report of its last day would have shown."""
    months = shop.months(as_of)
    rows = records(tables(material)["trend_value"])
    assert [row["month"] for row in rows] == list(months)
    for row in rows:
        want = months[row["month"]]
        assert (row["customers"], row["orders"]) == (want["customers"], want["orders"])
        assert row["amount"] == close(want["amount"])
        assert row["average"] == (close(want["amount"] / want["orders"]) if want["orders"] else None)
        assert row["orders_each"] == (
            close(want["orders"] / want["customers"]) if want["customers"] else None
        )
    for row, end in list(zip(rows, ends(shop.oldest, as_of), strict=True))[::-every]:
        then = Shop([one for one in shop.lines if one.day <= end])
        window = material.parameters.active_days or then.window(end) or 365
        expected = then.key_figures(end, window, wish)
        assert row["active_days"] == window
        assert row["orders_so_far"] == expected["orders_total"]
        assert row["margin"] == close(expected["margin_per_order"])
        again = expected["orders_total"] - expected["customers_total"]
        assert row["rate"] == close(again / expected["active_years"])
        for key, name, none in (("lifespan", "lifespan_measured", None), ("clv", "clv_before_cac", "")):
            assert row[key] == (none if math.isnan(expected[name]) else close(expected[name])), (end, key)
    last, figure = rows[-1]["clv"], material.figures["clv_before_cac"].now
    assert last == ("" if math.isnan(figure) else close(figure))


@pytest.mark.one_in(2)
@SLOW_EDGES
def test_every_month_of_every_shop(
    tmp_path: Path, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trend, "SHOWN_MONTHS", 1000)
    material = material_of(tmp_path, lines, **WISH)
    shop = Shop(counted_lines(lines))
    check_movement(material, shop, shop.newest)
    check_value(material, shop, shop.newest, Wish(**WISH))


@pytest.fixture(scope="module")
def shop_lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return sample_lines(tmp_path_factory.mktemp("sample"), customers=80, seed=7)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="as it comes", marks=pytest.mark.long),
        pytest.param(
            {"active_days": 20, "as_of": date(2024, 3, 17)}, id="a short window, in the middle of a month"
        ),
        pytest.param(
            {"lifespan_years": 2.5, "as_of": date(2025, 2, 28)}, id="lifespan set", marks=pytest.mark.long
        ),
    ],
)
def test_sample_shop(tmp_path: Path, shop_lines: list[Line], more: dict[str, Any]) -> None:
    """With a window of 20 days customers come and go within a month; they are in no count, and it still adds up."""
    lines = with_costs(shop_lines) if "lifespan_years" in more else shop_lines
    material = material_of(tmp_path, lines, **WISH, **more)
    as_of = more.get("as_of")
    shop = Shop(counted_lines(lines, as_of=as_of))
    day = as_of or shop.newest
    check_movement(material, shop, day)
    check_value(material, shop, day, Wish(**WISH, lifespan_years=more.get("lifespan_years")), every=7)


def test_a_long_history_shows_its_last_four_years(tmp_path: Path) -> None:
    lines = EDGE_SHOPS["years without an order"]
    material = material_of(tmp_path, lines)
    table = tables(material)["trend_movement"]
    assert len(table.rows) == 48
    assert "The last 48 months are shown." in table.caption
    # b, who came in 2020 before the months shown, is no new customer of any month
    assert sum(row["new"] for row in records(table)) == 1
    assert records(table)[0]["month"] == date(2020, 3, 1)


@pytest.fixture(scope="module")
def ordinary(shop_lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> Material:
    events = (
        Event(date(2024, 3, 1), "Price"),
        Event(date(2024, 9, 1), "Loyalty"),
        Event(date(2030, 1, 1), "To come"),
    )
    return material_of(tmp_path_factory.mktemp("ordinary"), shop_lines, **WISH, events=events)


# --- events ---------------------------------------------------------------------------------------------


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("day", [date(2024, 9, 1), date(2024, 9, 2), date(2024, 9, 30)])
def test_before_and_after_an_event(ordinary: Material, day: date) -> None:
    """An event on the first of a month has that month after it; otherwise the month belongs to neither side."""
    parameters = replace(ordinary.parameters, events=(Event(day, "Loyalty"),))
    material = replace(ordinary, parameters=parameters)
    shown = tables(material)
    moved = {row["month"]: row for row in records(shown["trend_movement"])}
    worth = {row["month"]: row for row in records(shown["trend_value"])}
    event = shown["event_1"]
    assert event.title == f"Loyalty, {day.day} Sep 2024"
    assert "no proof that the event caused it" in event.caption
    months = sorted(moved)
    before, after = (
        [one for one in months if one < date(2024, 9, 1)],
        [one for one in months if one >= (day if day.day == 1 else date(2024, 10, 1))],
    )
    named = (
        "new",
        "reactivated",
        "lost",
        "end",
        "retention",
        "orders",
        "amount",
        "average",
        "orders_each",
        "clv",
    )
    for key, row in zip(named, records(event), strict=True):
        source = moved if key in moved[months[0]] else worth
        for span in (3, 6, 12):
            left = mean([source[one][key] for one in before[-span:]])
            right = mean([source[one][key] for one in after[:span]])
            assert row[f"before_{span}"] == close(left), (key, span)
            assert row[f"after_{span}"] == close(right)
            assert row[f"difference_{span}"] == close(right - left)
    marks = {row["month"]: (row["mark"], row["event"]) for row in records(shown["trend_movement"])}
    assert [month for month, mark in marks.items() if mark != (None, None)] == [date(2024, 9, 1)]
    assert marks[date(2024, 9, 1)][1] == "Loyalty"


def test_an_event_without_whole_months_on_both_sides(tmp_path: Path) -> None:
    """The first and the last month are cut by the orders' first day and the as-of date: they count as none."""
    first = date(2024, 1, 9)
    lines = [line(f"c{n % 5}", str(first + timedelta(days=4 * n)), "10") for n in range(90)]
    events = (
        Event(date(2024, 4, 30), "Too early"),
        Event(date(2024, 5, 1), "Three on both sides"),
        Event(date(2024, 10, 1), "Too late"),
        Event(date(2030, 1, 1), "To come"),
    )
    shown = tables(material_of(tmp_path, lines, events=events, as_of=date(2024, 12, 30)))
    early = records(shown["event_2"])[0]
    assert early["before_3"] is not None
    assert (early["before_6"], early["after_6"], early["difference_12"]) == (None, None, None)
    for name in ("event_1", "event_3", "event_4"):
        assert shown[name].rows == ()
        assert shown[name].caption == ""


def test_a_figure_that_some_months_do_not_have_is_not_averaged(tmp_path: Path) -> None:
    """Retention of February and March cannot be measured: April alone is not the mean of 3 months before."""
    first = date(2024, 1, 9)
    lines = [line(f"c{n % 5}", str(first + timedelta(days=4 * n)), "10") for n in range(90)]
    events = (Event(date(2024, 5, 1), "Three on both sides"),)
    shown = tables(material_of(tmp_path, lines, events=events, as_of=date(2024, 12, 30), active_days=80))
    retention = {row["month"]: row["retention"] for row in records(shown["trend_movement"])}
    assert [retention[date(2024, month, 1)] is None for month in (2, 3, 4, 5)] == [True, True, False, False]
    told = {row["figure"]: row for row in records(shown["event_1"])}
    names = ("before_3", "after_3", "difference_3")
    assert [told["Retention"][name] for name in names] == [None, None, None]
    assert None not in [told["New customers"][name] for name in names]
    note = next(column.note for column in shown["event_1"].columns if column.key == "before_3")
    assert "or one of them has no such figure" in note


def test_an_event_names_others_in_its_months(ordinary: Material) -> None:
    shown = tables(ordinary)
    assert "Other events lie in these months: Loyalty." in shown["event_1"].caption
    assert "Other events lie in these months: Price." in shown["event_2"].caption


def test_without_events_the_page_says_how_to_mark_one(tmp_path: Path) -> None:
    material = material_of(tmp_path, EDGE_SHOPS["ordinary"])
    assert "[[events]]" in words(trends(material))
    assert "event" not in {column.key for column in tables(material)["trend_movement"].columns}


# --- words ----------------------------------------------------------------------------------------------


def test_the_answer_names_what_moved(ordinary: Material, tmp_path: Path) -> None:
    material = ordinary
    said = words(trends(material))
    titles = {"active_customers": "active customers", "amount_year": "revenue of 12 months"}
    for name, title in titles.items():
        item = material.figures[name]
        assert not item.reason
        assert item.before is not None
        change = item.now / item.before - 1
        start = "As a year ago" if abs(change) < 0.01 else "Better than" if change > 0 else "Worse than"
        assert any(title in sentence for sentence in said.split(". ") if sentence.startswith(start)), name
    short = material_of(tmp_path, EDGE_SHOPS["history shorter than a year"])
    assert words(trends(short)).startswith("No change is shown: ")


def test_the_title_of_the_movement_adds_up(ordinary: Material) -> None:
    material = ordinary
    last = records(tables(material)["trend_movement"])[-12:]
    won = sum(row["new"] + row["reactivated"] for row in last)
    lost = sum(row["lost"] for row in last)
    assert last[0]["start"] + won - lost == material.figures["active_customers"].now
    titles = chart_titles(material)
    # the chart has more months than the title speaks of, so it says which
    assert titles[0].startswith(
        f"In the last 12 of these months, {won} came or came back and {lost} were lost: {abs(won - lost)} "
    )
    assert titles[3].startswith("CLV before CAC: ")


def chart_titles(material: Material) -> list[str]:
    blocks = (block for block in trends(material).blocks if isinstance(block, Cards))
    cards = (card.body for block in blocks for card in block.cards)
    return [str(value(chart.title)) for chart in cards if isinstance(chart, Chart)]


def test_no_title_compares_what_the_page_says_cannot_be_compared(tmp_path: Path) -> None:
    """A generation that came in three months, as CDNOW's: eighteen months, all new at first."""
    lines = [
        line(f"c{number:02d}", str(date(1997, 1, 1) + timedelta(days=2 * number + 40 * again)), "30")
        for number in range(45)
        for again in range(12 if number % 3 else 2)
    ]
    material = material_of(tmp_path, lines, active_days=200, as_of=date(1998, 6, 30))
    assert words(trends(material)).startswith("No change is shown: ")
    titles = chart_titles(material)
    assert titles[0].endswith(" were lost")
    assert not [
        title for title in titles if re.search("year ago|12 months? before|in the 12 before|active$", title)
    ]


def test_a_movement_by_hand() -> None:
    """Ann stays, Bo leaves, Cy comes back, Di is new, Ed came before and stays away."""
    moved = movement_of([1, 1, 1, 0, 1], [1, 1, 0, 0, 0], [1, 0, 1, 1, 0])
    assert (moved.start, moved.new, moved.reactivated, moved.lost, moved.end, moved.retained) == (
        2,
        1,
        1,
        1,
        3,
        1,
    )


def test_margin_moves_clv_and_nothing_that_is_counted(ordinary: Material) -> None:
    whole, half = (
        tables(
            replace(ordinary, parameters=replace(ordinary.parameters, gross_margin=margin, service_cost=0.0))
        )
        for margin in (1.0, 0.5)
    )
    assert whole["trend_movement"] == half["trend_movement"]
    for one, other in zip(records(whole["trend_value"]), records(half["trend_value"]), strict=True):
        if one["clv"] != "":
            assert one["clv"] == close(2 * other["clv"])


def test_a_lost_customer_is_lost_in_the_month_in_which_the_window_ends(tmp_path: Path) -> None:
    """Ann's window of 30 days ends on 9 February; on its last day she is still active."""
    lines = [line("Ann", "2024-01-10", "10"), line("Bo", "2024-03-20", "10")]
    lost = [
        row["lost"] for row in records(tables(material_of(tmp_path, lines, active_days=30))["trend_movement"])
    ]
    assert lost == [0, 1, 0]
    at_the_end = [replace(lines[0], day=date(2024, 1, 30)), lines[1]]
    found = tables(material_of(tmp_path, at_the_end, active_days=30))["trend_movement"]
    assert [row["lost"] for row in records(found)] == [0, 0, 1]
