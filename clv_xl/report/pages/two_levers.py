"""CLV by two levers at once: the two-way table of the page Scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.report.model import Column, Live, Matrix
from clv_xl.report.scenario import Lever, today_of, worth
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.report.material import Material
    from clv_xl.report.scenario import Levers, Worth

__all__ = ["before_cac", "two_way"]

_POINTS: Final = (-6, -4, -2, 0, 2, 4, 6)
_PER_CENT: Final = (-15, -10, -5, 0, 5, 10, 15)
_LARGE: Final = 100.0
"""From this CLV on, cents say nothing in a table of many."""


def before_cac(margin: str, orders: str, lifespan: str, discount: str) -> str:
    """Return CLV before CAC as a part of a formula."""
    return (
        f"IF({discount}>0,-PV({discount},{lifespan},({orders})*({margin})),({margin})*({orders})*{lifespan})"
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """One lever with its steps; ``formulas`` gives what replaces the scenario's parts of the CLV at a step."""

    lever: Lever
    steps: tuple[int, ...]
    formulas: Callable[[int], dict[str, str]]


def _retention(step: int) -> dict[str, str]:
    if not step:
        return {}
    share = f"(used_retention{_added(step)})"
    return {
        "lifespan": f"(used_lifespan*(1-used_retention)/(1-{share}))",
        "possible": f"AND(used_retention<1,{share}>=0,{share}<1)",
    }


def _margin(step: int) -> dict[str, str]:
    share = f"used_margin{_added(step)}"
    return {"margin": f"({share})*used_order_value-service_cost", "possible": f"ROUND({share},9)<=1"}


def _orders(step: int) -> dict[str, str]:
    return {"after_first": f"MAX(0,used_orders*{1 + step / 100:g}-1/lifespan)"}


def _value(step: int) -> dict[str, str]:
    return {"margin": f"used_margin*used_order_value*{1 + step / 100:g}-service_cost"}


_RETENTION: Final = _Axis(Lever("retention", in_points=True), _POINTS, _retention)
_MARGIN: Final = _Axis(Lever("margin", in_points=True), _POINTS, _margin)
_ORDERS: Final = _Axis(Lever("orders_a_year", in_points=False), _PER_CENT, _orders)
_VALUE: Final = _Axis(Lever("order_value", in_points=False), _PER_CENT, _value)

_TITLES: Final = {
    (_RETENTION, _MARGIN): say("CLV by retention and gross margin: what may loyalty cost?"),
    (_RETENTION, _VALUE): say("CLV by retention and order value"),
    (_ORDERS, _VALUE): say("CLV by orders a year and order value"),
}


def two_way(material: Material) -> Matrix:
    """Show CLV by two levers at once, around the scenario.

    Retention and margin, which a loyalty programme sets against each other; order value where there is no room for
    more margin, as where none was given, and orders a year where retention is not known or everybody stays.
    """
    shop = today_of(material.figures, material.parameters)
    now = shop.levers
    down, across = _RETENTION, _MARGIN
    if not now.margin + _POINTS[-1] / 100 <= 1:
        across = _VALUE
    if not now.retention_moves:
        down, across = _ORDERS, _VALUE
    rows, leading = [], []
    for step in down.steps:
        row = down.lever.stepped(now, step)
        there = worth(shop, row)
        leading.append(_leading(down, step, row, there))
        rows.append(
            tuple(
                Live(
                    _cell({**down.formulas(step), **_both(down, step, across, other)}),
                    worth(shop, across.lever.stepped(row, other)).clv,
                )
                for other in across.steps
            )
        )
    by_retention = down is _RETENTION
    return Matrix(
        name="two_way",
        title=_TITLES[down, across],
        caption=say(
            "CLV after CAC, in {unit}: the scenario with so much more of one down, and of the other across; the "
            "middle is the scenario.",
            unit=material.unit,
        ),
        row_header="Retention" if by_retention else "Orders a year",
        row_titles=tuple(_step(down, step) for step in down.steps),
        leading=(
            Column("retention", "Retention", "percent")
            if by_retention
            else Column("orders", "Orders a year", "decimal"),
            Column("lifespan", "Lifespan, years", "years"),
        ),
        leading_values=tuple(leading),
        column_titles=tuple(_step(across, step) for step in across.steps),
        values=tuple(rows),
        format="money" if abs(worth(shop, now).clv) >= _LARGE else "cents",
        heat_from=0,
    )


def _both(down: _Axis, step: int, across: _Axis, other: int) -> dict[str, str]:
    """Return what the column replaces; where both ask whether it is possible, both must be."""
    parts = across.formulas(other)
    asked = [part["possible"] for part in (down.formulas(step), parts) if "possible" in part]
    return parts | ({"possible": f"AND({','.join(asked)})"} if asked else {})


def _leading(down: _Axis, step: int, row: Levers, there: Worth) -> tuple[Live, Live]:
    parts = down.formulas(step)
    lifespan = parts.get("lifespan", "used_lifespan")
    if down is _RETENTION:
        shown = Live(f"=used_retention{_added(step)}", row.retention)
    else:
        shown = Live(f"={parts['after_first']}+1/used_lifespan", there.orders_a_year)
    possible = parts.get("possible")
    return shown, Live(f"=IF({possible},{lifespan},NA())" if possible else f"={lifespan}", there.lifespan)


def _cell(parts: dict[str, str]) -> str:
    """Return the CLV with some parts of the scenario replaced, as a formula."""
    lifespan = parts.get("lifespan", "used_lifespan")
    after_first = parts.get("after_first", "used_after_first")
    before = before_cac(parts["margin"], f"{after_first}+1/{lifespan}", lifespan, "used_discount")
    clv = f"{before}-IF(ISNUMBER(used_cac),used_cac,0)"
    possible = parts.get("possible")
    return f"=IF({possible},{clv},NA())" if possible else f"={clv}"


def _added(points: int) -> str:
    """Return points as a part of a formula that adds them."""
    return f"{points / 100:+g}" if points else ""


def _step(axis: _Axis, step: int) -> str:
    if not step:
        return say("as in the scenario")
    if axis.lever.in_points:
        return say("{points} points", points=f"{step:+d}")
    return say("{step}%", step=f"{step:+d}")
