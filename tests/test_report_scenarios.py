"""The page Scenarios: today's figures are the report's, and what is typed gives what a second reckoning gives."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.excel.template import make_template, whole_template
from clv_xl.report.build import build_report
from clv_xl.report.model import Chart, Input, Live, Matrix, Page, Paragraph, Table
from clv_xl.workbook import styles
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import Area
from tests import live
from tests.excel_hosts.live_excel import LiveExcel
from tests.excel_hosts.refresh_host import RefreshHost
from tests.oracle import Shop, Wish, counted_lines, cumulative_margin
from tests.reading import Workbook, type_in
from tests.shops import EDGE_SHOPS, line, material_of, sample_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.report.material import Material
    from clv_xl.workbook.sheet import Book, Validation

WISH = Wish(0.45, None, 0.08, 180.0, 12.0, 3.0)
GIVEN = {"gross_margin": 0.45, "discount_rate": 0.08, "acquisition_cost": 180.0, "service_cost": 12.0}


def page_of(material: Material) -> Page:
    return next(page for page in build_report(material).pages if page.key == "scenarios")


def block(page: Page, name: str) -> Any:
    return next(item for item in page.blocks if getattr(item, "name", "") == name)


def number(cell: Any) -> float:
    value = cell.value if isinstance(cell, Live) else cell
    return float("nan") if value is None else float(value)


def rows(table: Table) -> dict[str, list[float]]:
    return {
        str(row[0]): [number(cell) for cell in row[1:-1] if not isinstance(cell, Input)] for row in table.rows
    }


@dataclass(frozen=True)
class Asked:
    """One scenario of a shop, worked out from the rows of its orders by plain arithmetic."""

    shop: Shop
    wish: Wish
    retention: float | None = None
    margin: float | None = None
    orders: float | None = None
    order_value: float | None = None
    discount: float | None = None
    cac: float | None = None

    def today(self) -> dict[str, float]:
        window = self.shop.window(self.shop.newest)
        assert window is not None
        return self.shop.key_figures(self.shop.newest, window, self.wish)

    def worth(self) -> dict[str, float]:
        now = self.today()
        per_order = now["amount_total"] / now["orders_total"]
        retention = now["retention"] if self.retention is None else self.retention
        margin = self.wish.gross_margin if self.margin is None else self.margin
        value = per_order if self.order_value is None else self.order_value
        orders = now["purchase_rate"] if self.orders is None else self.orders
        rate = self.wish.discount_rate if self.discount is None else self.discount
        cac = self.wish.acquisition_cost if self.cac is None else self.cac
        assert cac is not None
        lifespan = now["lifespan"] * (1 - now["retention"]) / (1 - retention)
        after = orders - 1 / now["lifespan"]
        yearly = (margin * value - self.wish.service_cost) * (after + 1 / lifespan)
        before = yearly * (1 - (1 + rate) ** -lifespan) / rate if rate else yearly * lifespan
        curve = [cumulative_margin(row, self.wish) for row in self.shop.value_curve(self.shop.newest)]
        placed = [row["orders"] for row in self.shop.value_curve(self.shop.newest)]
        cumulative, total = [], 0.0
        for month, (whole, count) in enumerate(zip(curve, placed, strict=True)):
            gained = whole - (curve[month - 1] if month else 0.0)
            served = self.wish.service_cost * (count - (placed[month - 1] if month else 0.0))
            part = (gained + served) * margin * value / (self.wish.gross_margin * per_order) - served
            if month:
                part *= after / (now["purchase_rate"] - 1 / now["lifespan"])
                part *= (retention / now["retention"]) ** (month / 12)
            total += part
            cumulative.append(total)
        month = next((at for at, sum_ in enumerate(cumulative) if sum_ >= cac), None)
        months = math.nan
        if month is not None:
            earlier = cumulative[month - 1] if month else 0.0
            months = month + (cac - earlier) / (cumulative[month] - earlier)
        return {
            "used_margin_per_order": margin * value - self.wish.service_cost,
            "used_after_first": after,
            "used_lifespan": lifespan,
            "used_orders_a_year": after + 1 / lifespan,
            "used_clv_before": before,
            "used_clv": before - cac,
            "used_clv_from_retention": yearly * (1 + rate) / (1 + rate - retention) - cac,
            "used_ltv_to_cac": before / cac,
            "used_payback_month": math.nan if month is None else month + 1,
            "used_payback": months,
            "used_highest_cac": before / self.wish.target_ratio,
        }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Material, Shop]:
    folder = tmp_path_factory.mktemp("scenarios")
    lines = sample_lines(folder / "s", customers=150)
    return material_of(folder, lines, **GIVEN), Shop(counted_lines(lines))


def test_a_scenario_begins_as_today(sample: tuple[Material, Shop]) -> None:
    material, shop = sample
    page, now = page_of(material), Asked(shop, WISH).worth()
    levers = rows(block(page, "levers"))
    today = Asked(shop, WISH).today()
    expected = [
        0.45, today["retention"], today["purchase_rate"], today["amount_total"] / today["orders_total"], 0.08, 180.0,
    ]  # fmt: skip
    assert [found[0] for found in levers.values()] == pytest.approx(expected)
    for values in levers.values():
        assert values == [values[0], values[0], 0.0]
    found = list(rows(block(page, "scenario_outcomes")).values())
    assert len(found) == len(now)
    for (was, then, difference), value in zip(found, now.values(), strict=True):
        assert (was, then) == pytest.approx((value, value), nan_ok=True)
        assert math.isnan(value) or difference == pytest.approx(0, abs=1e-9)
    curve = block(page, "scenario_months")
    assert [number(row[3]) for row in curve.rows] == pytest.approx([number(row[1]) for row in curve.rows])
    inputs = [cell for row in block(page, "levers").rows for cell in row if isinstance(cell, Input)]
    assert [one.value for one in inputs] == [None] * 6
    assert all(one.low == 0 and one.high for one in inputs)


def test_each_lever_alone_and_two_together(sample: tuple[Material, Shop]) -> None:
    """Every cell of both tables, from the rows of the orders."""
    material, shop = sample
    page, today = page_of(material), Asked(shop, WISH).today()
    base = Asked(shop, WISH)
    value = today["amount_total"] / today["orders_total"]
    steps = {
        "Retention, 1 point more": replace(base, retention=today["retention"] + 0.01),
        "Gross margin, 1 point more": replace(base, margin=0.46),
        "Order value, 1% more": replace(base, order_value=value * 1.01),
        "Orders a year, 1% more": replace(base, orders=today["purchase_rate"] * 1.01),
        "Discount rate, 1 point more": replace(base, discount=0.09),
        "CAC, 1% more": replace(base, cac=181.8),
    }
    table = block(page, "levers_alone")
    found = {str(row[0]): (number(row[4]), number(row[5])) for row in table.rows}
    assert set(found) == set(steps)
    now = base.worth()["used_clv"]
    for title, asked in steps.items():
        clv = asked.worth()["used_clv"]
        assert found[title] == pytest.approx((clv, clv - now)), title
    sizes = [abs(difference) for _, difference in found.values()]
    assert sizes == sorted(sizes, reverse=True)
    matrix = block(page, "two_way")
    assert isinstance(matrix, Matrix)
    points = (-6, -4, -2, 0, 2, 4, 6)
    for down, values in zip(points, matrix.values, strict=True):
        for across, cell in zip(points, values, strict=True):
            asked = replace(base, retention=today["retention"] + down / 100, margin=0.45 + across / 100)
            assert number(cell) == pytest.approx(asked.worth()["used_clv"]), (down, across)
    charts = [
        card.body
        for item in page.blocks
        for card in getattr(item, "cards", ())
        if isinstance(card.body, Chart)
    ]
    brings = found["Retention, 1 point more"][1]
    title = charts[0].title
    assert isinstance(title, Live)
    assert f"One point more retention brings {brings:.2f} a customer" in str(title.value)


@pytest.mark.parametrize("name", ["two customers", "history shorter than a year", "all amounts are zero"])
def test_what_is_not_known_is_said(tmp_path: Path, name: str) -> None:
    """Without a year of orders there is no retention, and the table is of orders and their value instead."""
    page = page_of(material_of(tmp_path, EDGE_SHOPS[name]))
    levers = block(page, "levers")
    retention = rows(levers)["Retention, 12 months"][0]
    known, moves = not math.isnan(retention), retention < 1
    assert known == (name == "all amounts are zero")
    assert ("Not known" in str(levers.rows[1][-1])) is not known
    assert block(page, "two_way").title.startswith("CLV by retention" if moves else "CLV by orders a year")


def test_nobody_is_asked_about_a_retention_that_is_not_known(tmp_path: Path) -> None:
    """The page asked what would happen if retention rose by 2 points, where it has none to start from."""
    page = page_of(material_of(tmp_path, EDGE_SHOPS["history shorter than a year"], **GIVEN))
    assert page.question == (
        "What if customers ordered more often, or for more? Type into a yellow cell, and everything here follows."
    )
    typed = block(page, "levers").rows[1][2]
    assert isinstance(typed, Input)
    assert typed.message == "Not known: see the page Figures. Leave it blank."
    words = next(block for block in page.blocks if isinstance(block, Paragraph))
    assert words.lines[0].startswith("Retention is not known, so no scenario of it can be worked out")
    assert not [
        line for line in words.lines if "half as many leave" in line or "retention of the scenario" in line
    ]


def test_where_everybody_stayed_the_table_is_not_of_retention(tmp_path: Path) -> None:
    """From 100% on the lifespan has no end: every cell of a table by retention was #N/A."""
    lines = [line(f"c{n % 20}", str(date(2021, 1, 1) + timedelta(days=3 * n)), "100") for n in range(480)]
    page = page_of(material_of(tmp_path, lines, **GIVEN))
    levers, table = block(page, "levers"), block(page, "two_way")
    assert number(levers.rows[1][1]) == 1
    assert levers.rows[1][-1].startswith("Nobody who was active a year ago has left")
    assert table.title == "CLV by orders a year and order value"
    assert not [cell for row in table.values for cell in row if math.isnan(number(cell))]
    assert "retention rose" not in page.question


def test_without_a_lifespan_the_page_says_so(tmp_path: Path) -> None:
    material = material_of(tmp_path, EDGE_SHOPS["all on the same day"])
    page = page_of(material)
    assert isinstance(page.notice, Live)
    unknown = math.isnan(material.figures["lifespan"].now)
    assert ("too few days" in str(page.notice.value)) is unknown
    assert math.isnan(rows(block(page, "scenario_outcomes"))["CLV after CAC"][1]) is unknown


@pytest.mark.office
def test_what_is_typed_is_what_a_second_reckoning_gives(
    sample: tuple[Material, Shop], tmp_path: Path, recalculate: Callable[[Path], Path]
) -> None:
    """All six cells at once, over changed Parameters; LibreOffice computes, plain arithmetic checks."""
    material, shop = sample
    path = tmp_path / "report.xlsx"
    write_book(lay_out(build_report(material)), path)
    typed = {
        "scenario_retention": 0.71, "scenario_margin": 0.4, "scenario_orders": 6.5, "scenario_order_value": 510.0,
        "scenario_discount": 0.03, "scenario_cac": 420.0, "gross_margin": 0.5, "service_cost": 20.0,
    }  # fmt: skip
    asked = Asked(
        shop, replace(WISH, gross_margin=0.5, service_cost=20.0),
        retention=0.71, margin=0.4, orders=6.5, order_value=510.0, discount=0.03, cac=420.0,
    )  # fmt: skip
    book = Workbook(recalculate(type_in(path, tmp_path / "typed.xlsx", typed)))
    for name, value in asked.worth().items():
        assert book.named(name).value == pytest.approx(value, rel=1e-9), name
    assert book.named("today_margin").value == pytest.approx(0.5)
    # the middle of the table of two levers is the scenario
    values = [cell.value for cell in book.sheets["Scenarios"].values() if isinstance(cell.value, float)]
    middle = asked.worth()["used_clv"]
    assert sum(1 for value in values if value == pytest.approx(middle, rel=1e-9)) == 2
    blank = Workbook(recalculate(type_in(path, tmp_path / "blank.xlsx", {"gross_margin": 0.5})))
    now = Asked(shop, replace(WISH, gross_margin=0.5)).worth()
    for name, value in now.items():
        assert blank.named(name).value == pytest.approx(value, rel=1e-9), name


def inputs_of(book: Book) -> tuple[list[Area], list[Validation]]:
    """Where the yellow cells of the page stand, and what may be typed into them."""
    sheet = next(sheet for sheet in book.sheets if sheet.title == "Scenarios")
    cells = [
        Area(cell.row, cell.column, cell.row, cell.column)
        for cell in sheet.cells
        if cell.style.fill == styles.INPUT_FILL
    ]
    return cells, list(sheet.validations)


def test_the_cells_for_input_stand_where_the_template_has_them(sample: tuple[Material, Shop]) -> None:
    """A refresh in Excel writes no rules for what may be typed, so those of the template have to hold."""
    report = lay_out(build_report(sample[0]))
    cells, rules = inputs_of(report)
    assert (cells, rules) == inputs_of(whole_template())
    assert len(cells) == 6
    named = [name.area for name in report.names if name.name.startswith("scenario_")]
    assert sorted(named, key=lambda area: area.first_row) == cells


@pytest.mark.long
@pytest.mark.parametrize("way", ["remote", "desktop"])
def test_a_refresh_in_excel_keeps_what_was_typed(tmp_path: Path, way: str) -> None:
    template = tmp_path / "template.xlsx"
    make_template(template)
    lines = sample_lines(tmp_path / "s", customers=40)
    with RefreshHost() as excel:
        first = excel.refresh(live.fill(LiveExcel(template), lines), way)
        first.named("scenario_retention").value = 0.7
        second = copy.deepcopy(first)
        second.named("gross_margin").value = 0.4
        second = excel.refresh(live.fill(second, lines[: len(lines) // 2]), way)
    assert live.status(second).startswith("Report as of")
    assert second.named("scenario_retention").value == 0.7
    assert second.named("scenario_margin").value is None
