"""The page Groups against sums over the rows, by attribute; and what it leaves out, and says of it."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from clv_xl.orders.filled_customers import customer_data_of_rows
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.report.build import build_report
from clv_xl.report.compared_groups import compare_attributes, standout
from clv_xl.report.material import Beside
from clv_xl.report.model import Findings, Table
from tests.oracle import Line, Shop, counted_lines
from tests.pages import page_of, records, value, words
from tests.shops import EDGE_SHOPS, material_of, sample_lines

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.report.model import Page, Report

TERMS: dict[str, Any] = {
    "gross_margin": 0.45, "service_cost": 12.0, "acquisition_cost": 116.0, "currency": "SEK",
}  # fmt: skip


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return sample_lines(tmp_path_factory.mktemp("sample"), customers=320)


@pytest.fixture(scope="module")
def material(lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Members are those of ten orders or more: they differ by what they are."""
    people = Shop(counted_lines(lines)).customers(max(row.day for row in lines))
    channel: dict[str, str] = {}
    for row in sorted(lines, key=lambda row: row.day):
        channel.setdefault(row.customer, row.channel or "")
    rows = [["customer_id", "Member", "Name", "Club", "Came by"]]
    rows += [
        [name, "yes" if one.orders >= 10 else "no", f"Name {name}", "all", channel[name].lower()]
        for name, one in people.items()
    ]
    data = customer_data_of_rows(SheetRows.of_values(rows, "customers.csv"), "customers.csv")
    return material_of(tmp_path_factory.mktemp("m"), lines, Beside(customer_data=data), **TERMS)


@pytest.fixture(scope="module")
def report(material: Material) -> Report:
    return build_report(material)


def page(report: Report) -> Page:
    return page_of(report, "groups")


def close(number: float) -> Any:
    return pytest.approx(number, rel=1e-9, abs=1e-6, nan_ok=True)


def test_every_group_of_a_channel(material: Material, report: Report, lines: list[Line]) -> None:
    shop = Shop(counted_lines(lines))
    people = shop.customers(shop.newest)
    first: dict[str, str] = {}
    for row in sorted(shop.lines, key=lambda row: row.day):
        if row.amount >= 0 and row.channel:
            first.setdefault(row.customer, row.channel)
    worth = {name: float(one.amount) * 0.45 - 12 * one.orders - 116 for name, one in people.items()}
    coming = dict(zip(material.customers["customer_id"], material.customers["predicted_clv"], strict=True))
    groups: dict[str, list[str]] = defaultdict(list)
    for name, channel in first.items():
        groups[channel].append(name)
    historic, expected = (
        records(page(report), f"groups_channel_{kind}") for kind in ("historic", "expected")
    )
    assert [*historic] == [*expected]
    assert [*historic] == [
        *sorted(groups, key=lambda title: (-len(groups[title]), title.casefold())),
        "All customers",
    ]
    for found, values in ((historic, worth), (expected, coming)):
        means = {title: np.mean([values[name] for name in names]) for title, names in groups.items()}
        large = sorted((means[title] for title, names in groups.items() if len(names) >= 30), reverse=True)
        for title, names in groups.items():
            row = found[title]
            rest = np.mean([values[name] for name in people if first[name] != title])
            assert (row["customers"], row["clv"], row["difference"]) == (
                len(names), close(means[title]), close(means[title] - rest),
            )  # fmt: skip
            assert row["low"] < row["clv"] < row["high"]
            assert row["difference_low"] < row["difference"] < row["difference_high"]
            small = len(names) < 30
            assert row["rank"] == ("" if small else large.index(means[title]) + 1)
            assert (row["verdict"] == "too few customers") == small
            age = np.mean([(shop.newest - people[name].first).days for name in names]) / 365.25
            assert "age" not in row or row["age"] == close(age)
        assert math.fsum(row["share"] for title, row in found.items() if title != "All customers") == close(1)
        assert found["All customers"]["clv"] == close(np.mean([*values.values()]))
    brought = sum(worth.values()) + 116 * len(people)
    for title, names in groups.items():
        assert historic[title]["share"] == close(sum(worth[name] + 116 for name in names) / brought)
        whole = sum(coming.values())
        assert expected[title]["share"] == close(sum(coming[name] for name in names) / whole)


def test_the_group_that_stands_out_is_a_finding(material: Material, report: Report) -> None:
    best = standout(material.compared)
    assert best is not None
    assert (best.attribute, best.group) == ("Member", "yes")
    said = [
        value(item.text)
        for block in report.pages[0].blocks
        if isinstance(block, Findings)
        for item in block.items
        if item.page == "groups"
    ]
    assert said == [
        (
            f"Customers with Member yes ({best.customers}) are expected to bring {best.times:.1f} times as much each "
            "as the rest. They differ; that need not be the reason."
        )
    ]
    members = records(page(report), "groups_attribute_0_expected")
    assert members["yes"]["verdict"] == members["no"]["verdict"] == "differs"
    assert best.times == close(members["yes"]["clv"] / members["no"]["clv"])
    text = words(page(report))
    assert "The same for every customer: Club." in text
    assert "The same customers in the same groups as in First channel: Came by." in text
    verdicts = [
        item for item in page(report).blocks if isinstance(item, Table) and item.name.startswith("groups_")
    ]
    for item in verdicts:
        assert (
            f"makes {material.compared.comparisons} comparisons, so a group differs from about 2.9 standard errors on"
            in item.caption
        )
    assert "Not in the orders: First country, First product." in text
    assert ": Name." in text
    assert "cause" not in text


def test_the_largest_groups_are_shown_and_the_rest_together() -> None:
    """Twenty groups of 10 to 29 and one of 300; blanks; and spellings that differ in case alone."""
    texts = ["Big", "big ", "Big"] * 100
    texts += [f"g{size}" for size in range(10, 30) for _ in range(size)] + [None] * 5
    chance = np.random.default_rng(3)
    frame = pd.DataFrame({"channel": texts})
    for name in ("orders", "amount", "own_margin", "uncosted_amount", "margin", "age_days"):
        frame[name] = chance.lognormal(3, 1, len(frame)).round(2)
    [item] = compare_attributes(frame, {"channel": "Channel"}, 1.5).attributes
    assert (item.named, item.ranked) == (15, 1)
    assert item.groups == ("Big", *(f"g{size}" for size in range(29, 15, -1)), "All others", "Not known")
    assert item.customers.tolist() == [300, *range(29, 15, -1), sum(range(10, 16)), 5]
    worth = frame["margin"] - 1.5 * frame["orders"]
    assert item.historic.mean[-1] == close(worth[frame["channel"].isna()].mean())
    assert not item.historic.differs[1:].any()
    assert item.expected is None
    # the same once more under another name is shown once, and said; with one customer elsewhere it is another
    twice = frame.assign(own=frame["channel"].str.upper())
    found = compare_attributes(twice, {"channel": "First channel", "own": "channel"}, 1.5)
    assert [one.title for one in found.attributes] == ["First channel"]
    assert found.repeated == (("channel", "First channel"),)
    twice.loc[0, "own"] = "g29"
    assert len(compare_attributes(twice, {"channel": "First channel", "own": "channel"}, 1.5).attributes) == 2
    scattered = compare_attributes(
        frame.assign(channel=[f"n{at % 200}" for at in range(len(frame))]), {"channel": "C"}, 0
    )
    assert (scattered.attributes, scattered.scattered) == ((), ("C",))


@pytest.mark.parametrize("name", ["two customers", "only refunds after the orders"])
def test_a_shop_that_knows_nothing_of_its_customers(tmp_path: Path, name: str) -> None:
    shown = page(build_report(material_of(tmp_path, EDGE_SHOPS[name])))
    assert not [block for block in shown.blocks if isinstance(block, Table)]
    assert "It takes a channel, country or product in the orders, or customer data" in words(shown)


def test_attributes_that_differ_beyond_the_largest_groups_are_both_shown() -> None:
    """The tail of both stands under "All others", of the same customers; it is not the same tail."""
    texts = [f"g{at // 40}" for at in range(640)]
    one, other = (
        [*texts, *(f"{name}{at % many}" for at in range(60))] for name, many in (("x", 20), ("y", 13))
    )
    customers = pd.DataFrame(
        {"a": one, "b": other, "c": [text.upper() for text in one]}
        | {
            name: np.arange(700.0)
            for name in ("orders", "amount", "own_margin", "uncosted_amount", "margin", "age_days")
        }
    )
    compared = compare_attributes(customers, {"a": "A", "b": "B", "c": "C"}, 0.0)
    assert [item.title for item in compared.attributes] == ["A", "B"]
    assert compared.repeated == (("C", "A"),)
