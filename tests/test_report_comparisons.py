"""Compared with a year ago: like with like, or not at all, and then the tile says why."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.report.build import build_report
from clv_xl.report.model import Findings, Live, Tile, Tiles
from clv_xl.workbook.styles import NUMBER_FORMATS
from tests.oracle import Line, Shop, counted_lines
from tests.shops import cdnow_sample_lines, material_of, sample_lines

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.report.material import Material

UNCOMPARED = "No change is shown"


def steady(years: int, *, each: int = 2, start: date = date(2019, 1, 1)) -> list[Line]:
    """A shop that wins some customers every week; each orders 4 times, 60 days apart, for 10 more every year."""
    lines = []
    for week in range(years * 52):
        for number in range(each):
            day = start + timedelta(days=7 * week)
            for order in range(4):
                amount = Decimal(100 + 10 * (week // 52) + order)
                lines.append(Line(f"c{week:03d}.{number}", day + timedelta(days=60 * order), amount))
    last = start + timedelta(days=365 * years)
    return [line for line in lines if line.day < last]


def burst() -> list[Line]:
    """A file of one generation: five customers of old, sixty won in two months of 2023, and nobody since."""
    old = [
        Line(f"old{n}", date(2021, 1, 1) + timedelta(days=90 * k), Decimal(50))
        for n in range(5)
        for k in range(14)
    ]
    return old + [
        Line(f"c{n:02d}", date(2023, 1, 1) + timedelta(days=n + 45 * k), Decimal(50))
        for n in range(60)
        for k in range(3)
    ]


def tiles(material: Material) -> dict[str, Tile]:
    page = build_report(material).pages[0]
    return {tile.title: tile for block in page.blocks if isinstance(block, Tiles) for tile in block.tiles}


def findings(material: Material) -> str:
    page = build_report(material).pages[0]
    items = [item.text for block in page.blocks if isinstance(block, Findings) for item in block.items]
    return " ".join(str(text.value if isinstance(text, Live) else text) for text in items)


def change(tile: Tile) -> Any:
    return tile.change.value if isinstance(tile.change, Live) else tile.change


def compared(material: Material) -> set[str]:
    return {title for title, tile in tiles(material).items() if tile.change is not None}


GROWING = {"Customers", "Orders a year", "CLV after CAC", "LTV:CAC", "CAC payback"}
"""All time is in them, so a longer history alone moves them."""


@pytest.mark.long
def test_a_long_history_is_compared(tmp_path: Path) -> None:
    lines = steady(5)
    material = material_of(tmp_path, lines, acquisition_cost=20.0, gross_margin=0.5)
    shop, as_of = Shop(counted_lines(lines)), material.intake.as_of
    ago = date(as_of.year - 1, as_of.month, as_of.day)
    now, found = tiles(material), compared(material)
    assert found == {"Active customers", "Revenue, last 12 months", "Average order value", "Retention",
                     "Historic CLV per customer"}  # fmt: skip
    window = shop.window(as_of)
    assert window is not None
    assert change(now["Active customers"]) == pytest.approx(
        len(shop.active(as_of, window)) / len(shop.active(ago, window)) - 1
    )
    young, old = (
        sum(one["uncosted"] for one in people.values()) / len(people)
        for people in (shop.first_years(as_of), shop.first_years(ago))
    )
    # amounts rose by 10 a year, so customers of the same age brought about a tenth more
    assert change(now["Historic CLV per customer"]) == pytest.approx(young / old - 1)
    assert 0.05 < young / old - 1 < 0.12
    assert "at the same age" in now["Historic CLV per customer"].note
    # the change is not that of the figure above it, and says so where it is printed
    assert now["Historic CLV per customer"].change_format == "same age"
    assert "first year margin" in NUMBER_FORMATS["same age"]
    fresh, earlier = len(shop.won(ago, as_of)), len(shop.won(date(ago.year - 1, ago.month, ago.day), ago))
    assert str(now["Customers"].caption) == f"{fresh} new in 12 months, {earlier} in the 12 before"


@pytest.mark.long
def test_what_grows_with_the_history_alone_is_never_compared(tmp_path: Path) -> None:
    found = tiles(material_of(tmp_path, steady(5), acquisition_cost=20.0))
    for title in GROWING:
        assert found[title].change is None, title
        assert UNCOMPARED in found[title].note, title


@pytest.mark.parametrize("years", [1, 2])
def test_a_short_history_is_not_compared_and_says_from_when_on_it_would_be(
    tmp_path: Path, years: int
) -> None:
    material = material_of(tmp_path, steady(years), acquisition_cost=20.0)
    assert compared(material) == set()
    for title, tile in tiles(material).items():
        assert UNCOMPARED in tile.note, title
    note = tiles(material)["Active customers"].note
    assert "1 Jan 2019" in note
    assert "in a year" not in findings(material)
    assert str(tiles(material)["Customers"].caption).startswith("104 ")


def test_without_the_window_before_the_year_there_is_no_retention(tmp_path: Path) -> None:
    """Within a window of the first order nobody can be inactive: all known then would count as active."""
    start, days = date(2019, 1, 1), timedelta
    lines = [one for one in steady(2, start=start) if one.day < start + days(400)]
    young = material_of(tmp_path, lines, active_days=60)
    tile = tiles(young)["Retention"]
    as_of = young.intake.as_of
    needed = date(as_of.year - 1, as_of.month, as_of.day) - days(61)
    assert young.now.movement is not None
    assert young.now.movement.start == len(Shop(counted_lines(lines)).customers(needed + days(61)))
    assert isinstance(tile.value, Live)
    assert tile.value.value == "\N{EM DASH}"
    assert str(tile.caption) == f"takes orders from {needed.day} {needed:%b %Y} on"
    figure = young.figures["retention"]
    assert (str(figure.formula), math.isnan(figure.now)) == ("=NA()", True)
    told = "nobody could be inactive yet"
    assert {page.key for page in build_report(young).pages if told in " ".join(map(str, page.cautions))} == {
        "summary",
        "trends",
        "acquisition",
        "scenarios",
        "figures",
    }
    # a day more of orders, and there is one
    known = material_of(tmp_path, [*lines, Line("old", needed, Decimal(1))], active_days=60)
    assert not math.isnan(known.figures["retention"].now)
    assert not any(told in " ".join(map(str, page.cautions)) for page in build_report(known).pages)


def test_on_the_last_day_of_a_window_everybody_is_active_still(tmp_path: Path) -> None:
    """Who ordered as many days ago as the window is long is active; only a day later somebody may not be."""
    lines = [Line(who, date(2023, 1, at), Decimal(10)) for at, who in enumerate("abc", start=1)]
    lines.append(Line("a", date(2024, 3, 31), Decimal(10)))
    for window, known in ((89, False), (88, True)):
        material = material_of(tmp_path, lines, active_days=window)
        assert (date(2023, 3, 31) - date(2023, 1, 1)).days == 89
        assert math.isnan(material.figures["retention"].now) is not known


def test_a_lifespan_that_was_given_is_not_called_too_young(tmp_path: Path) -> None:
    lines = [one for one in steady(2) if one.day < date(2019, 1, 1) + timedelta(days=400)]
    for lifespan in (None, 5.0):
        material = material_of(tmp_path, lines, active_days=60, lifespan_years=lifespan)
        ((caution),) = material.value_cautions
        assert "there is no retention" in str(caution)
        assert ("measured lifespan" in str(caution)) is (lifespan is None)


def test_a_generation_is_not_compared_with_its_own_start(tmp_path: Path) -> None:
    material = material_of(tmp_path, burst(), active_days=90)
    assert material.intake.as_of == date(2024, 3, 16)
    assert compared(material) == {"Average order value"}
    assert "won" in tiles(material)["Active customers"].note
    assert "No customer has ordered for the first time since 1 Mar 2023" in findings(material)


def test_the_same_clientele_is_compared_with_itself(tmp_path: Path) -> None:
    """A trader with forty customers of old: nobody new, and this year is set against the last all the same."""
    first = date(2018, 1, 1)
    lines = [
        Line(f"c{n:02d}", first + timedelta(days=n + 30 * k), Decimal(90 + k))
        for n in range(40)
        for k in range(70)
    ]
    found = compared(material_of(tmp_path, lines))
    assert {"Active customers", "Revenue, last 12 months", "Average order value", "Retention"} <= found


@pytest.mark.long
def test_cdnow_shows_no_fall_that_is_none(tmp_path: Path, shared_data: Path) -> None:
    """Eighteen months of customers won in the first three: nothing of it has a like a year earlier."""
    material = material_of(tmp_path, cdnow_sample_lines(shared_data / "cdnow" / "CDNOW_sample.txt.gz"))
    assert compared(material) == set()
    said = findings(material)
    assert "fell" not in said
    assert "rose" not in said
    assert "first time since 25 Mar 1997" in said


@pytest.mark.long
def test_the_sample_shop_keeps_its_comparisons(tmp_path: Path) -> None:
    material = material_of(tmp_path, sample_lines(tmp_path / "s", customers=400), acquisition_cost=116.0)
    assert compared(material) == {"Active customers", "Revenue, last 12 months", "Average order value", "Retention",
                                  "Historic CLV per customer"}  # fmt: skip


@pytest.mark.long
def test_newer_customers_that_bring_more_are_named(tmp_path: Path) -> None:
    """Amounts of the first year rise by a third: far beyond chance. Ten in a hundred and no spread: beyond too."""
    lines = [
        Line(line.customer, line.day, line.amount * (Decimal("1.3") if line.day >= date(2022, 1, 1) else 1))
        for line in steady(5)
    ]
    said = findings(material_of(tmp_path, lines))
    assert "in their first 12 months" in said


@pytest.mark.long
def test_noise_between_generations_is_not_named(tmp_path: Path) -> None:
    """The same customers' habits every year, with amounts that scatter by a factor of fifty."""
    lines = [
        Line(line.customer, line.day, Decimal(2 * (1 + (number * 7919) % 50)))
        for number, line in enumerate(steady(5))
    ]
    assert "in their first 12 months" not in findings(material_of(tmp_path, lines))
