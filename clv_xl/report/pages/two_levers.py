"""CLV by two levers at once: the two-way table of the page Scenarios."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

from clv_xl.report.model import Column, Live, Matrix
from clv_xl.report.scenario import Lever, today_of, worth
from clv_xl.said import frame, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.report.material import Material
    from clv_xl.report.model import Format
    from clv_xl.report.scenario import Today

__all__ = ["before_cac", "two_way"]

_POINTS: Final = (-6, -4, -2, 0, 2, 4, 6)
_PER_CENT: Final = (-15, -10, -5, 0, 5, 10, 15)
_LARGE: Final = 100.0
"""From this CLV on, cents say nothing in a table of many."""


def before_cac(margin: str, orders: str, lifespan: str, discount: str) -> str:
    """Return CLV before acquisition as a part of a formula."""
    return (
        f"IF({discount}>0,-PV({discount},{lifespan},({orders})*({margin})),({margin})*({orders})*{lifespan})"
    )


def two_way(material: Material) -> Matrix:
    """Show CLV by two levers at once, around the scenario: retention and margin, else orders and their value."""
    shop = today_of(material.figures, material.parameters)
    if isnan(shop.levers.retention):
        return _orders_by_value(material, shop)
    return _retention_by_margin(material, shop)


def _cell_format(shop: Today) -> Format:
    clv = worth(shop, shop.levers).clv
    return "money" if abs(clv) >= _LARGE else "cents"


def _cell(margin: str, after_first: str, lifespan: str) -> str:
    before = before_cac(margin, f"{after_first}+1/{lifespan}", lifespan, "used_discount")
    return f"{before}-IF(ISNUMBER(used_cac),used_cac,0)"


def _values(
    shop: Today, down: tuple[Lever, Sequence[int]], across: tuple[Lever, Sequence[int]]
) -> list[list[float]]:
    rows = [(down[0].stepped(shop.levers, step)) for step in down[1]]
    return [[worth(shop, across[0].stepped(row, step)).clv for step in across[1]] for row in rows]


def _retention_by_margin(material: Material, shop: Today) -> Matrix:
    retention, margin = Lever("retention", in_points=True), Lever("margin", in_points=True)
    values = _values(shop, (retention, _POINTS), (margin, _POINTS))
    rows, leading = [], []
    for step, found in zip(_POINTS, values, strict=True):
        share = f"(used_retention{_added(step)})"
        stays = f"(used_lifespan*(1-used_retention)/(1-{share}))" if step else "used_lifespan"
        possible = f"AND(used_retention<1,{share}>=0,{share}<1)" if step else "TRUE"
        there = worth(shop, retention.stepped(shop.levers, step))
        leading.append(
            (
                Live(f"=used_retention{_added(step)}", shop.levers.retention + step / 100),
                Live(f"=IF({possible},{stays},NA())", there.lifespan),
            )
        )
        rows.append(
            tuple(
                Live(
                    f"=IF(AND({possible},ROUND(used_margin{_added(other)},9)<=1),"
                    + _cell(
                        f"(used_margin{_added(other)})*used_order_value-service_cost",
                        "used_after_first",
                        stays,
                    )
                    + ",NA())",
                    value,
                )
                for other, value in zip(_POINTS, found, strict=True)
            )
        )
    return Matrix(
        name="two_way",
        title="CLV by retention and gross margin: what may loyalty cost?",
        caption=say(
            "CLV, plain formula, in {unit}: the scenario's retention (down) and gross margin (across) with so many "
            "points more; the middle is the scenario.",
            unit=material.unit,
        ),
        row_header="Retention",
        row_titles=tuple(_points(step) for step in _POINTS),
        leading=(
            Column("retention", "Retention", "percent"),
            Column("lifespan", "Lifespan, years", "years"),
        ),
        leading_values=tuple(leading),
        column_titles=tuple(_points(step) for step in _POINTS),
        values=tuple(rows),
        format=_cell_format(shop),
        heat_from=0,
    )


def _added(points: int) -> str:
    """Return points as a part of a formula that adds them."""
    return f"{points / 100:+g}" if points else ""


def _points(points: int) -> str:
    return say("{points} points", points=f"{points:+d}") if points else say("as in the scenario")


def _orders_by_value(material: Material, shop: Today) -> Matrix:
    orders, value = Lever("orders_a_year", in_points=False), Lever("order_value", in_points=False)
    values = _values(shop, (orders, _PER_CENT), (value, _PER_CENT))
    rows, leading = [], []
    for step, found in zip(_PER_CENT, values, strict=True):
        after_first = f"MAX(0,used_orders*{1 + step / 100:g}-1/lifespan)"
        there = worth(shop, orders.stepped(shop.levers, step))
        leading.append(
            (
                Live(f"={after_first}+1/used_lifespan", there.orders_a_year),
                Live("=used_lifespan", there.lifespan),
            )
        )
        rows.append(
            tuple(
                Live(
                    "="
                    + _cell(
                        f"used_margin*used_order_value*{1 + other / 100:g}-service_cost",
                        after_first,
                        "used_lifespan",
                    ),
                    clv,
                )
                for other, clv in zip(_PER_CENT, found, strict=True)
            )
        )
    return Matrix(
        name="two_way",
        title="CLV by orders a year and order value",
        caption=say(
            "CLV, plain formula, in {unit}: the scenario's orders a year (down) and order value (across) with so many "
            "per cent more; the middle is the scenario.",
            unit=material.unit,
        ),
        row_header="Orders a year",
        row_titles=tuple(_per_cent(step) for step in _PER_CENT),
        leading=(
            Column("orders", "Orders a year", "decimal"),
            Column("lifespan", "Lifespan, years", "years"),
        ),
        leading_values=tuple(leading),
        column_titles=tuple(_per_cent(step) for step in _PER_CENT),
        values=tuple(rows),
        format=_cell_format(shop),
        heat_from=0,
    )


def _per_cent(step: int) -> str:
    return frame("{step} %", step=f"{step:+d}") if step else say("as in the scenario")
