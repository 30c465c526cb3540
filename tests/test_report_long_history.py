"""Sixteen years of orders: cohorts by year unless asked otherwise, every unit said, every figure still adding up."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clv_xl.customers.calendar import choose_period
from clv_xl.report.build import build_report
from clv_xl.report.model import Chart, Live, Matrix
from tests.oracle import counted_lines
from tests.shops import material_of, sample_lines

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tests.oracle import Line

UNITS = {"auto": "year", "year": "year", "quarter": "quarter", "month": "month"}
MONTHS = {"year": 12, "quarter": 3, "month": 1}


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return sample_lines(tmp_path_factory.mktemp("sixteen") / "sample", customers=110, years=16)


def number(day: date, unit: str) -> int:
    return (day.year * 12 + day.month - 1) // MONTHS[unit]


@pytest.mark.parametrize(
    "wanted", ["auto", "quarter", *(pytest.param(each, marks=pytest.mark.long) for each in ("month", "year"))]
)
@pytest.mark.one_in(2)
def test_cohorts_add_up_whatever_their_period(wanted: str, lines: list[Line], tmp_path: Path) -> None:
    unit = UNITS[wanted]
    material = material_of(tmp_path, lines, gross_margin=0.4, cohort_period=wanted)
    assert material.period.unit == unit
    page = next(page for page in build_report(material).pages if page.key == "cohorts")
    assert f"by the {unit} of their first order" in page.question
    held = {block.name: block for block in page.blocks if isinstance(block, Matrix)}
    assert f"Columns: {unit}s after the {unit} of the first order." in held["retention"].caption

    counted = counted_lines(lines)
    first: dict[str, date] = {}
    for item in counted:
        if item.amount >= 0:
            first[item.customer] = min(item.day, first.get(item.customer, item.day))
    sizes: dict[int, int] = defaultdict(int)
    for day in first.values():
        sizes[number(day, unit)] += 1
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    for item in counted:
        amounts[number(first[item.customer], unit)] += item.amount
    assert [row[0] for row in held["retention"].leading_values] == [sizes[cohort] for cohort in sorted(sizes)]
    last = [[value for value in row if value is not None][-1] for row in held["cohort_amount"].values]
    for each, cohort in zip(last, sorted(sizes), strict=True):
        assert each * sizes[cohort] == pytest.approx(float(amounts[cohort]))
    margin = [[value for value in row if value is not None][-1] for row in held["cohort_margin"].values]
    assert [each.value for each in margin if isinstance(each, Live)] == pytest.approx(
        [0.4 * each for each in last]
    )
    assert sum(sizes.values()) == len(first) == len(material.customers)


def test_a_long_history_stays_readable_on_paper(lines: list[Line], tmp_path: Path) -> None:
    """At most 24 cohorts by themselves; no chart has more points than its labels can be read by."""
    report = build_report(material_of(tmp_path, lines, gross_margin=0.4))
    page = next(page for page in report.pages if page.key == "cohorts")
    for block in page.blocks:
        if isinstance(block, Matrix):
            assert max(len(block.row_titles), len(block.column_titles)) <= 24
            assert block.row_titles[0] == "2010"
    charts = [
        card.body for page in report.pages for block in page.blocks for card in getattr(block, "cards", ())
    ]
    for chart in charts:
        if isinstance(chart, Chart) and chart.categories.last is not None:
            assert chart.categories.last - chart.categories.first < 70, chart.title


def test_the_coarser_period_comes_by_itself() -> None:
    day = np.datetime64("2026-01-01").item()
    found = [
        choose_period("auto", day.replace(year=2026 - years), day.replace(year=2025, month=12)).unit
        for years in (2, 3, 6, 7, 30)
    ]
    assert found == ["month", "quarter", "quarter", "year", "year"]
