"""Shops too small for their figures to carry far: the reader is told, with numbers, and nothing looks exact."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clv_xl.report.build import build_report
from clv_xl.report.model import Findings, Live, Tile, Tiles
from clv_xl.report.pages.cohorts import curve_chart
from clv_xl.workbook.openpyxl_writer import write_book
from tests.reading import Workbook
from tests.shops import EDGE_SHOPS, book_of, line, material_of, sample_lines
from tests.test_whole_path import differences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.report.model import Page
    from tests.oracle import Line

WISH = {"gross_margin": 0.45, "acquisition_cost": 116.0, "service_cost": 12.0}
WARNED = ("summary", "figures", "data_quality")
OF_SHARES = ("customers", "segments", "cohorts", "trends", "acquisition")
ESTIMATES = ("Orders a year", "CLV after CAC", "LTV:CAC", "CAC payback")


def pages(material: Material) -> dict[str, Page]:
    return {page.key: page for page in build_report(material).pages}


def tiles(material: Material) -> dict[str, Tile]:
    blocks = pages(material)["summary"].blocks
    return {tile.title: tile for block in blocks if isinstance(block, Tiles) for tile in block.tiles}


def shop(folder: Path, customers: int, *, repeat: int | None = None) -> list[Line]:
    """The first customers of the sample shop; with ``repeat``, only so many of them come back."""
    lines = [one for one in sample_lines(folder / "shop", customers=400) if one.status != "cancelled"]
    names = sorted({one.customer for one in lines if one.amount >= 0})[:customers]
    found: list[Line] = []
    for number, name in enumerate(names):
        own = [one for one in lines if one.customer == name and one.amount >= 0]
        if repeat is None:
            found += own
        elif number < repeat:
            found += [own[0], replace(own[0], day=own[0].day.replace(day=28), order="again")]
        else:
            found.append(own[0])
    return found


@pytest.mark.one_in(3)
@pytest.mark.parametrize(("customers", "repeat"), [(9, None), (30, None), (99, None), (150, 12)])
def test_a_small_shop_is_told_how_far_its_figures_carry(
    tmp_path: Path, customers: int, repeat: int | None
) -> None:
    material = material_of(tmp_path, shop(tmp_path, customers, repeat=repeat), **WISH)
    came_back = int(material.figures["repeat_customers"].now)
    found = pages(material)
    for key in WARNED:
        said, *more = found[key].cautions
        # fewer than 100 came again, so the first page says that nothing is predicted
        assert [text.startswith("No prediction: ") for text in more] == [True] * (key == "summary")
        assert said.startswith(
            f"Only {customers} customers" if customers < 100 else f"Only {came_back} customers"
        )
        assert str(came_back) in said
        assert "rough" in said
    others = {key: found[key].cautions for key in found if key not in WARNED and found[key].cautions}
    assert set(others) == (set(OF_SHARES) if customers < 100 else set())
    assert all(told.startswith(f"Only {customers} customers in all") for (told,) in others.values())


@pytest.mark.parametrize("customers", [100, 300])
def test_data_that_suffice_are_passed_in_silence(tmp_path: Path, customers: int) -> None:
    material = material_of(tmp_path, shop(tmp_path, customers), **WISH)
    assert int(material.figures["repeat_customers"].now) >= 30
    # how far predictions were off on the own past is told in a shop of any size
    told = [text for page in pages(material).values() if page.key != "forecast" for text in page.cautions]
    assert [text for text in told if not text.startswith("No prediction: ")] == []
    for title, tile in tiles(material).items():
        assert not tile.format.startswith("rough"), title


def test_estimates_are_rounded_and_counts_are_not(tmp_path: Path) -> None:
    material = material_of(tmp_path, shop(tmp_path, 40), **WISH)
    found = tiles(material)
    for title in ESTIMATES:
        value = found[title].value
        assert isinstance(value, Live)
        assert found[title].format.startswith("rough"), title
        assert isinstance(value.value, float)
        digits = re.sub(r"[^0-9]", "", f"{value.value:.10g}").strip("0")
        assert len(digits) <= 2, (title, value)
    for name, title in (("clv_after_cac", "CLV after CAC"), ("ltv_to_cac", "LTV:CAC")):
        shown, exact = found[title].value, material.figures[name].now
        assert isinstance(shown, Live)
        assert isinstance(shown.value, float)
        step = 10.0 ** (math.floor(math.log10(abs(exact))) - 1)
        assert abs(shown.value - exact) <= step / 2 * 1.000001
    for title in ("Customers", "Revenue, last 12 months", "Average order value", "Historic CLV per customer"):
        assert not found[title].format.startswith("rough"), title


@pytest.mark.parametrize("name", ["one customer, one order", "two customers", "all on the same day"])
def test_no_finding_is_made_of_a_handful(tmp_path: Path, name: str) -> None:
    """An average over two customers is no news, however exactly it can be computed."""
    material = material_of(tmp_path, EDGE_SHOPS[name], acquisition_cost=5.0)
    assert not [block for block in pages(material)["summary"].blocks if isinstance(block, Findings)]
    said, nothing, _ = pages(material)["summary"].cautions
    assert nothing.startswith("No prediction: ")
    assert nothing.endswith(" See Forecast.")
    people = len(material.customers)
    assert said.startswith(f"Only {people} customer{'s' if people > 1 else ''}, ")


@pytest.mark.office
def test_rounded_estimates_compute_to_what_is_kept(
    tmp_path: Path, recalculate: Callable[[Path], Path]
) -> None:
    for number, lines in enumerate(
        (shop(tmp_path, 40), [line("a", "2024-01-01", "-5"), line("a", "2023-01-01", "5")])
    ):
        path = tmp_path / f"{number}.xlsx"
        write_book(book_of(material_of(tmp_path, lines, **WISH)), path)
        assert not differences(Workbook(path), Workbook(recalculate(path)))


@pytest.mark.long
def test_fewer_than_ten_customers_have_no_tenths(tmp_path: Path) -> None:
    for customers, shown in ((9, False), (10, True)):
        found = build_report(material_of(tmp_path, shop(tmp_path / str(customers), customers)))
        names = [getattr(block, "name", "") for page in found.pages for block in page.blocks]
        assert ("deciles" in names) is shown


def test_thirty_customers_get_no_statistic_over_a_handful(tmp_path: Path) -> None:
    """Pages of shares say that there are few; no share of less than one customer, no curve of a single one."""
    material = material_of(
        tmp_path, sample_lines(tmp_path / "sample", customers=30, years=2), gross_margin=0.45
    )
    found = pages(material)
    for key in OF_SHARES:
        assert any("Only 30 customers in all" in caution for caution in found[key].cautions), key
    deciles = next(block for block in found["customers"].blocks if getattr(block, "name", "") == "deciles")
    assert "Top 5% hold" in deciles.caption
    behind = material.curve.customers
    last = material.curve.drawn
    assert min(behind[:last]) >= 10 > behind[last]
    chart = curve_chart(material)
    assert chart is not None
    assert f"within {last} months" in chart.title.value
    assert {line.values.last for line in chart.series} == {chart.categories.last} == {last - 1}


def test_a_larger_shop_needs_no_such_caution(tmp_path: Path) -> None:
    lines = sample_lines(tmp_path / "sample", customers=120, years=2)
    report = build_report(material_of(tmp_path, lines, gross_margin=0.45))
    assert not any("in all:" in caution for page in report.pages for caution in page.cautions)
