"""Segments rank, activity counts days: where both stand, the reader is told which says what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.report.build import build_report
from clv_xl.report.model import Findings, Grid, Live, LongTable, Paragraph, Table
from tests.oracle import Shop, counted_lines
from tests.shops import cdnow_sample_lines, line, material_of, sample_lines

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.report.material import Material
    from tests.oracle import Line


def block(material: Material, name: str) -> Any:
    found = [
        item
        for page in build_report(material).pages
        for item in page.blocks
        if getattr(item, "name", "") == name
    ]
    return found[0]


def rows(table: Table) -> list[dict[str, Any]]:
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]


def findings(material: Material) -> list[str]:
    items = [
        item
        for block in build_report(material).pages[0].blocks
        if isinstance(block, Findings)
        for item in block.items
    ]
    return [str(item.text.value if isinstance(item.text, Live) else item.text) for item in items]


def one_by_one(customers: int, orders: int = 4, start_day: int = 1) -> list[Line]:
    """Customers of equal habits, each a day later than the one before: ranks differ, nobody is away for long."""
    return [
        line(f"c{n:03d}", f"2024-{1 + k:02d}-{start_day + n % 25:02d}", str(20 + n))
        for n in range(customers)
        for k in range(orders)
    ]


def gone(customers: int) -> list[Line]:
    """The same, and then one customer alone for two years."""
    return [*one_by_one(customers), line("late", "2026-03-01", "10"), line("late", "2026-03-29", "10")]


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> tuple[Material, Shop]:
    lines = cdnow_sample_lines(shared_data / "cdnow" / "CDNOW_sample.txt.gz")
    return material_of(tmp_path_factory.mktemp("cdnow"), lines), Shop(counted_lines(lines))


def test_each_segment_says_how_many_of_it_are_active(tmp_path: Path) -> None:
    lines = sample_lines(tmp_path / "s", customers=150)
    material, shop = material_of(tmp_path, lines), Shop(counted_lines(lines))
    active = shop.active(material.intake.as_of, material.now.active_days)
    segment = dict(zip(material.customers["customer_id"], material.customers["segment"], strict=True))
    table = block(material, "segments")
    for row in rows(table):
        inside = {name for name, at in segment.items() if at == row["segment"]}
        assert (row["active"], row["inactive"]) == (len(inside & active), len(inside - active)), row[
            "segment"
        ]
    keys = [column.key for column in table.columns]
    assert (table.total[keys.index("active")], table.total[keys.index("inactive")]) == (
        len(active),
        len(segment) - len(active),
    )


@pytest.mark.long
def test_cdnow_champions_who_are_gone_are_to_be_won_back(cdnow: tuple[Material, Shop]) -> None:
    material, _ = cdnow
    by_name = {row["segment"]: row for row in rows(block(material, "segments"))}
    for name in ("Champions", "Loyal"):
        assert by_name[name]["inactive"] > by_name[name]["customers"] / 5
        assert f"{by_name[name]['inactive']:,} are inactive" in by_name[name]["action"]
        assert "win" in by_name[name]["action"].lower()
    # the segments that are quiet by name need no such word
    assert "inactive" not in by_name["Lost"]["action"]
    share = by_name["Champions"]["inactive"] / by_name["Champions"]["customers"]
    titles = [str(getattr(card.body, "title", "")) for page in build_report(material).pages for block in page.blocks
              if hasattr(block, "cards") for card in block.cards]  # fmt: skip
    [title] = {title for title in titles if title.startswith("Champions: ") and "of the amount" in title}
    assert f"{share:.0%}" + " of them inactive" in title


def test_the_finding_counts_good_customers_by_the_calendar(cdnow: tuple[Material, Shop]) -> None:
    material, shop = cdnow
    active = shop.active(material.intake.as_of, material.now.active_days)
    people = shop.customers(material.intake.as_of)
    segment = dict(zip(material.customers["customer_id"], material.customers["segment"], strict=True))
    good = {"Champions", "Loyal", "At risk", "Can't lose"}
    quiet = {name for name, at in segment.items() if at in good and name not in active}
    [said] = [text for text in findings(material) if "gone quiet" in text]
    found = re.match(r"([\d,]+) good customers", said)
    assert found is not None
    assert int(found[1].replace(",", "")) == len(quiet)
    share = sum(people[name].amount for name in quiet) / sum(one.amount for one in people.values())
    assert f"{float(share):.0%}" in said
    assert f"{material.now.active_days} days" in said


def test_where_everyone_is_active_nobody_has_gone_quiet_and_nobody_is_written_off(tmp_path: Path) -> None:
    """The lowest rank is still a customer who ordered this month."""
    material = material_of(tmp_path, one_by_one(120), active_days=60)
    assert not [text for text in findings(material) if "gone quiet" in text]
    by_name = {row["segment"]: row for row in rows(block(material, "segments"))}
    low = by_name["Lost"]
    assert low["customers"] > 0
    assert low["inactive"] == 0
    assert "still active" in low["action"]
    assert "Spend nothing" not in low["action"]


@pytest.mark.long
def test_where_all_have_left_there_are_champions_and_none_is_praised(tmp_path: Path) -> None:
    material = material_of(tmp_path, gone(120), active_days=60)
    by_name = {row["segment"]: row for row in rows(block(material, "segments"))}
    assert by_name["Champions"]["customers"] > 1
    assert "Thank them" not in by_name["Loyal"]["action"]
    for row in by_name.values():
        if (
            row["customers"]
            and not row["active"]
            and row["segment"] in {"Champions", "Loyal", "New", "Promising"}
        ):
            assert row["action"].startswith("All are inactive"), row


def test_the_page_says_which_is_which(cdnow: tuple[Material, Shop]) -> None:
    material, shop = cdnow
    page = next(page for page in build_report(material).pages if page.key == "segments")
    words = " ".join(line for block in page.blocks if isinstance(block, Paragraph) for line in block.lines)
    assert f"{material.now.active_days} days" in words
    assert "against each other" in words
    grid = block(material, "rfm_grid")
    assert isinstance(grid, Grid)
    days = sorted(
        (material.intake.as_of - one.last).days for one in shop.customers(material.intake.as_of).values()
    )
    assert grid.row_notes[0].startswith(f"{days[0]} to ")
    assert grid.row_notes[-1].endswith(f" to {days[-1]} days")


def test_activity_stands_beside_the_segment_wherever_customers_are_listed(
    cdnow: tuple[Material, Shop],
) -> None:
    material, shop = cdnow
    active = shop.active(material.intake.as_of, material.now.active_days)
    for name in ("best_customers", "lowest_customers"):
        for row in rows(block(material, name)):
            assert (row["tier"] != "inactive") == (row["customer_id"] in active)
    long = block(material, "customers")
    assert isinstance(long, LongTable)
    notes = {column.key: column.note for column in long.columns}
    assert "win back" in notes["segment"]
