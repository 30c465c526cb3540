"""The page Migration: segments then and now from the rows, and the answer to its question."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from clv_xl.customers.calendar import months_before
from clv_xl.errors import ArgumentError
from clv_xl.metrics.migration import NOT_YET, among_best, segment_migration
from clv_xl.metrics.segments import SegmentMap
from clv_xl.report.build import build_report
from clv_xl.report.model import Live
from tests import oracle
from tests.oracle import Shop, counted_lines, frequency_and_money
from tests.pages import page_of, words
from tests.shops import EDGE_SHOPS, line, material_of, sample_lines
from tests.test_report import MAP, close, records, value

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.report.model import Page
    from tests.oracle import Line


def page(material: Material) -> Page:
    return page_of(build_report(material), "migration")


def blocks(material: Material) -> dict[str, Any]:
    return {block.name: block for block in page(material).blocks if hasattr(block, "name")}


def segments(shop: Shop, day: date, chart: SegmentMap, *, nested: bool = False) -> dict[str, str]:
    scored = oracle.rfm(shop.customers(day), day, chart.bins, nested=nested)
    return {name: chart.segment(r, frequency_and_money(f, m)) for name, (r, f, m) in scored.items()}


def best_tenth(shop: Shop, day: date) -> set[str]:
    """Whoever has at most a tenth of the customers, rounded up, as good as himself."""
    amounts = {name: one.amount for name, one in shop.customers(day).items()}
    room = -(-len(amounts) // 10)
    return {
        name
        for name, amount in amounts.items()
        if amount > 0 and sum(other >= amount for other in amounts.values()) <= room
    }


@pytest.fixture(scope="module")
def shop_lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return sample_lines(tmp_path_factory.mktemp("sample"), customers=110, seed=3)


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param({}, id="as it comes"),
        pytest.param(
            {"migration_months": 5, "as_of": date(2025, 3, 31), "rfm_nested": True},
            id="five months back, nested",
            marks=pytest.mark.long,
        ),
        pytest.param({"segment_map": MAP}, id="a map of one's own", marks=pytest.mark.long),
    ],
)
def test_every_figure_from_the_rows(tmp_path: Path, shop_lines: list[Line], wish: dict[str, Any]) -> None:
    material = material_of(tmp_path, shop_lines, **wish)
    shop = Shop(counted_lines(shop_lines, as_of=wish.get("as_of")))
    as_of = material.intake.as_of
    months = wish.get("migration_months", 12)
    then, earlier = months_before(as_of, months), months_before(as_of, 2 * months)
    chart, nested = wish.get("segment_map") or SegmentMap.default(), wish.get("rfm_nested", False)
    before, now = (segments(shop, day, chart, nested=nested) for day in (then, as_of))
    moves = Counter((before.get(name, NOT_YET), segment) for name, segment in now.items())
    shown = blocks(material)

    matrix = shown["migration"]
    for row, total, cells in zip(matrix.row_titles, matrix.leading_values, matrix.values, strict=True):
        assert [cell or 0 for cell in cells] == [moves[row, column] for column in matrix.column_titles]
        assert total[0] == sum(count for (start, _), count in moves.items() if start == row)
    assert matrix.row_titles[-1] == NOT_YET
    assert sum(matrix.average) == sum(row[0] for row in matrix.leading_values) == len(now)

    for row in records(shown["segment_moves"]):
        name = row["segment"]
        assert row["then"] == sum(segment == name for segment in before.values())
        assert row["now"] == sum(segment == name for segment in now.values())
        assert row["then"] - row["left"] + row["came"] + row["new"] == row["now"]
        assert row["left"] == row["then"] - moves[name, name]
        assert row["new"] == moves[NOT_YET, name]
    total = [value(cell) for cell in shown["segment_moves"].total]
    assert total[1:] == [len(before), total[2], total[2], len(now) - len(before), len(now), 0]

    top = chart.segment(5, 5)
    champions = ({n for n, s in now.items() if s == top}, {n for n, s in before.items() if s == top})
    tenths = (best_tenth(shop, as_of), best_tenth(shop, then))
    for row, (today, old) in zip(records(shown["best_then"]), (champions, tenths), strict=True):
        assert row["now"] == len(today)
        assert row["both"] == len(today & old)
        assert row["others"] == len((today & before.keys()) - old)
        assert row["not_yet"] == len(today - before.keys())
        assert row["then"] == len(old)
        assert row["both"] + row["others"] + row["not_yet"] == row["now"]
        assert row["both_share"] == close(len(today & old) / len(today))
        assert row["stayed_share"] == close(len(today & old) / len(old))

    def amounts(day: date) -> dict[str, Decimal]:
        return {name: one.amount for name, one in shop.customers(day).items()}

    late, middle, early = amounts(as_of), amounts(then), amounts(earlier)
    zero = Decimal(0)
    change = {name: late[name] - 2 * middle[name] + early.get(name, zero) for name in before}
    up = sorted((name for name in change if change[name] > 0), key=lambda name: (-change[name], name))
    down = sorted((name for name in change if change[name] < 0), key=lambda name: (change[name], name))
    for key, names in (("risers", up), ("fallers", down)):
        rows = records(shown[key])
        assert [row["customer_id"] for row in rows] == names[:15]
        for row in rows:
            name = row["customer_id"]
            assert (row["segment_then"], row["segment_now"]) == (before[name], now[name])
            assert row["before"] == close(float(middle[name] - early.get(name, zero)))
            assert row["since"] == close(float(late[name] - middle[name]))
            assert row["change"] == close(float(change[name]))
            assert row["first_day"] == shop.customers(as_of)[name].first

    everyone = next(one for one in build_report(material).pages if one.key == "customer_list").blocks[0]
    columns = {
        column.key: list(values) for column, values in zip(everyone.columns, everyone.values, strict=True)
    }
    paths = dict(zip(columns["customer_id"], columns["segment_then"], strict=True))
    assert paths == {name: before.get(name, NOT_YET) for name in now}


@pytest.mark.long
def test_best_who_became_so(tmp_path: Path) -> None:
    """Thirty who ordered once a year ago and much since, ninety who stopped: today's best were not the best."""
    lines = [line(f"old{n:02d}", f"2023-{1 + m:02d}-15", str(100 + n)) for n in range(90) for m in (0, 5, 11)]
    lines += [line(f"new{n:02d}", "2023-06-15", "20") for n in range(30)]
    lines += [line(f"new{n:02d}", f"2024-{1 + m:02d}-15", str(200 + n)) for n in range(30) for m in range(12)]
    material = material_of(tmp_path, lines, as_of=date(2024, 12, 31))
    said = words(page(material))
    assert said.startswith("Mostly not: of the 30 customers in the segment Champions today, 0% were there")
    assert (
        "12 customers are in the best tenth by amount today, and 0 of them were on 31 Dec 2023: too few"
        in said
    )
    assert [row["others"] for row in records(blocks(material)["best_then"])] == [30, 12]


def test_nobody_then(tmp_path: Path) -> None:
    material = material_of(tmp_path, EDGE_SHOPS["history shorter than a year"])
    assert material.migration is None
    assert "Nobody had ordered 12 months before" in words(page(material))
    assert "migration_months" in words(page(material))
    assert "segment_then" not in material.customers
    nearer = material_of(tmp_path, EDGE_SHOPS["history shorter than a year"], migration_months=3)
    assert "too few to speak of shares" in words(page(nearer))
    assert "earlier months" in words(page(nearer)) or nearer.intake.first_day <= nearer.migration.earlier


def test_the_sum_is_proved_by_a_formula(tmp_path: Path) -> None:
    moves = blocks(material_of(tmp_path, EDGE_SHOPS["ordinary"], migration_months=6))["segment_moves"]
    assert moves.total[-1] == Live("=SUM(segment_moves[Today])-customers_total", 0)
    assert moves.columns[-1].formula == "=[@Then]-[@[Moved out]]+[@[Moved in]]+[@[New since]]-[@Today]"


# --- the metrics ----------------------------------------------------------------------------------------


def test_a_matrix_by_hand() -> None:
    then = ["Best", "Best", "Rest", NOT_YET, NOT_YET]
    now = ["Best", "Rest", "Best", "Rest", "Rest"]
    assert segment_migration(then, now, ["Best", "Rest"]).tolist() == [[1, 1], [1, 0], [0, 2]]
    with pytest.raises(ArgumentError, match=r'now \(item 1\) is the text "Odd", but the segments are Best'):
        segment_migration(["Best"], ["Odd"], ["Best"])
    with pytest.raises(ArgumentError, match="differ in length"):
        segment_migration(["Best"], ["Best", "Best"], ["Best"])


@pytest.mark.parametrize(
    ("amounts", "best"),
    [
        ([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 1),
        ([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0.5], 2),
        ([10] * 10, 0),
        ([0] * 10, 0),
        ([-1, -2], 0),
        ([5], 1),
    ],
)
def test_the_best_tenth(amounts: list[float], best: int) -> None:
    found = among_best(amounts)
    assert int(found.sum()) == best
    assert set(np.asarray(amounts)[found].tolist()) <= {10, 9, 5}


def test_of_no_customers_none_is_among_the_best() -> None:
    assert among_best([]).tolist() == []
