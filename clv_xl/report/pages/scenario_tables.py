"""The tables and charts behind the page Scenarios: each lever alone, and month by month."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

from clv_xl.report.model import CellRef, Chart, Column, Line, Live, Table
from clv_xl.report.pages.live import live_amount
from clv_xl.report.pages.two_levers import before_cac
from clv_xl.report.scenario import Lever, changed, cumulative_margin, today_of, worth
from clv_xl.report.words import number
from clv_xl.said import Piece, frame, live_words, quoted, say

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar
    from clv_xl.report.scenario import Today

__all__ = ["MONTHS", "alone_chart", "alone_table", "months_chart", "months_table"]

MONTHS: Final = "scenario_months[Scenario]"
"""The cumulative margin of the scenario, month by month."""

_ALONE: Final[tuple[tuple[Lever, str], ...]] = (
    (Lever("retention", in_points=True), "Retention, 1 point more"),
    (Lever("margin", in_points=True), "Gross margin, 1 point more"),
    (Lever("order_value", in_points=False), "Order value, 1% more"),
    (Lever("orders_a_year", in_points=False), "Orders a year, 1% more"),
    (Lever("discount_rate", in_points=True), "Discount rate, 1 point more"),
    (Lever("cac", in_points=False), "CAC, 1% more"),
)


# --- each lever alone ------------------------------------------------------------------------------------------


def _order(shop: Today) -> list[tuple[Lever, str, float]]:
    """Return the levers by how much they change now, largest first; what is not known comes last."""
    found = [(lever, title, changed(shop, lever)) for lever, title in _ALONE]
    return sorted(found, key=lambda item: -1.0 if isnan(item[2]) else abs(item[2]), reverse=True)


def _alone_formulas(lever: str) -> tuple[str, str, str, str]:
    """Return margin per order, orders a year, lifespan and CLV with one lever a step higher."""
    margin, orders, lifespan, discount, cac = (
        "=today_margin*today_order_value-service_cost",
        "=purchase_rate",
        "=lifespan",
        "today_discount",
        "IF(ISNUMBER(today_cac),today_cac,0)",
    )
    if lever == "margin":
        margin = "=IF(ROUND(today_margin+0.01,9)<=1,(today_margin+0.01)*today_order_value-service_cost,NA())"
    elif lever == "order_value":
        margin = "=today_margin*today_order_value*1.01-service_cost"
    elif lever == "orders_a_year":
        orders = "=MAX(0,purchase_rate*1.01-1/lifespan)+1/lifespan"
    elif lever == "retention":
        lifespan = "=IF(today_retention+0.01<1,lifespan*(1-today_retention)/(1-(today_retention+0.01)),NA())"
        orders = "=MAX(0,purchase_rate-1/lifespan)+1/[@[Lifespan, years]]"
    elif lever == "discount_rate":
        discount = "(today_discount+0.01)"
    else:
        cac = "today_cac*1.01"
    before = before_cac("[@[Margin per order]]", "[@[Orders a year]]", "[@[Lifespan, years]]", discount)
    return margin, orders, lifespan, f"={before}-{cac}"


def alone_table(material: Material) -> Table:
    """Show what one step of each lever alone does to the CLV."""
    shop = today_of(material.figures, material.parameters)
    now = worth(shop, shop.levers).clv
    rows: list[tuple[Scalar | Live, ...]] = []
    for lever, title, difference in _order(shop):
        found = worth(shop, lever.stepped(shop.levers))
        margin, orders, lifespan, clv = _alone_formulas(lever.name)
        rows.append(
            (
                title,
                Live(margin, found.margin_per_order),
                Live(orders, found.orders_a_year),
                Live(lifespan, found.lifespan),
                Live(clv, now + difference),
                difference,
            )
        )
    return Table(
        name="levers_alone",
        title="Each lever alone",
        caption="One point more of a share, or one per cent more of anything else, all others as today; the largest "
        "effect first when the report was made.",
        columns=(
            Column("lever", "Lever", "text", emphasis=True, words=True),
            Column("margin", "Margin per order", "cents"),
            Column("orders", "Orders a year", "decimal", "While active, with the lifespan of this row."),
            Column("lifespan", "Lifespan, years", "years"),
            Column("clv", "CLV after CAC", "cents", "By the plain formula."),
            Column(
                "difference",
                "Difference",
                "cents",
                "CLV after CAC of this row - that of today.",
                formula="=[@[CLV after CAC]]-clv_after_cac",
                emphasis=True,
            ),
        ),
        rows=tuple(rows),
        structured=True,
    )


def alone_chart(material: Material) -> Chart | None:
    """Chart what one step of each lever that is known brings; None where no CLV can be worked out."""
    order = _order(today_of(material.figures, material.parameters))
    # what is not known stands last
    last = sum(1 for item in order if not isnan(item[2])) - 1
    if last < 0:
        return None
    return Chart(
        title=_alone_title(material),
        unit=say("change of CLV per customer, in {unit}", unit=material.unit),
        kind="bars",
        categories=CellRef("levers_alone", "lever", last=last),
        series=(Line("Difference", CellRef("levers_alone", "difference", last=last), label="values"),),
        format="cents",
        scale_format="money",
        legend=False,
    )


def _alone_title(material: Material) -> Live:
    shop = today_of(material.figures, material.parameters)
    order = _order(shop)
    known = shop.levers.retention_moves
    wanted = ("retention", "orders_a_year") if known else ("order_value", "orders_a_year")
    cells, values = [], []
    for name in wanted:
        place = next(number for number, item in enumerate(order, start=1) if item[0].name == name)
        cells.append(f"INDEX(levers_alone[Difference],{place})")
        values.append(order[place - 1][2])
    is_known = not any(map(isnan, values))
    pieces = [
        live_amount(cell, value if is_known else 0.0, material.currency)
        for cell, value in zip(cells, values, strict=True)
    ]
    words = (
        live_words(
            "One point more retention brings {one} a customer, 1% more orders a year {other}",
            one=pieces[0],
            other=pieces[1],
        )
        if known
        else live_words(
            "1% more order value brings {one} a customer, 1% more orders a year {other}",
            one=pieces[0],
            other=pieces[1],
        )
    )
    return _titled(f"{cells[0]}+{cells[1]}", words, say("What each lever alone brings"), known=is_known)


def _titled(number_: str, words: Piece, otherwise: str, *, known: bool) -> Live:
    return Live(
        frame(
            "=IF(ISNUMBER({number}),{words},{none})",
            number=number_,
            words=words.formula,
            none=quoted(otherwise),
        ),
        words.text if known else otherwise,
    )


# --- month by month --------------------------------------------------------------------------------------------

_CUMULATIVE: Final = "value_curve[Cumulative margin]"
_ORDERS: Final = "value_curve[Orders]"


def _of_month(column: str) -> str:
    """Return what a cumulative column has gained in the month of a row."""
    return f"(INDEX({column},[@Month])-IF([@Month]>1,INDEX({column},MAX(1,[@Month]-1)),0))"


def _month_formula() -> str:
    served = f"service_cost*{_of_month(_ORDERS)}"
    earned = "today_margin*today_order_value"
    price = f"IF({earned}<>0,used_margin*used_order_value/({earned}),1)"
    pace = "IF(purchase_rate-1/lifespan>0,used_after_first/(purchase_rate-1/lifespan),1)"
    stay = (
        "IF(ISNUMBER(scenario_retention),"
        "IF(today_retention>0,(scenario_retention/today_retention)^(([@Month]-1)/12),NA()),1)"
    )
    return f"=({price}*({_of_month(_CUMULATIVE)}+{served})-{served})*IF([@Month]=1,1,{pace}*{stay})"


def months_table(material: Material) -> Table:
    """Show what a customer has brought by each month, today and in the scenario."""
    curve, parameters = material.curve, material.parameters
    shop = today_of(material.figures, parameters)
    months, cumulative = cumulative_margin(shop, shop.levers, curve, parameters)
    today = curve.cumulative_margin(parameters)
    return Table(
        name="scenario_months",
        title="Month by month: when has a customer paid back?",
        caption="Cumulative margin of an average customer after cost to serve; month 1 is that of the first order. "
        "Today's is the value curve of the page Cohorts.",
        columns=(
            Column("month", "Month", "count"),
            Column("today", "Today", "cents", formula=f"=INDEX({_CUMULATIVE},[@Month])"),
            Column(
                "gained",
                "In the month",
                "cents",
                "What the scenario's month brings.",
                formula=_month_formula(),
            ),
            Column(
                "scenario",
                "Scenario",
                "cents",
                formula="=SUMPRODUCT((scenario_months[Month]<=[@Month])*scenario_months[In the month])",
                emphasis=True,
            ),
            Column("cac", "CAC today", "cents", formula="=today_cac", quiet=True),
            Column("then", "CAC in the scenario", "cents", formula="=used_cac", quiet=True),
        ),
        rows=tuple(
            (
                age + 1,
                float(today[index]),
                float(months[index]),
                float(cumulative[index]),
                shop.levers.cac,
                shop.levers.cac,
            )
            for index, age in enumerate(curve.ages)
        ),
        structured=bool(curve.ages),
        compact=True,
        empty="No calendar month after a first order is over yet.",
    )


def months_chart(material: Material) -> Chart | None:
    """Chart the months until payback, today and in the scenario; None while no month is over."""
    if not material.curve.ages:
        return None
    months = material.figures["payback_months"].now
    known = not isnan(months)
    text = number(months if known else 0.0)
    words = live_words(
        "CAC paid back after {now} months, in the scenario after {then}",
        now=Piece("FIXED(payback_months,1)", text),
        then=Piece("FIXED(used_payback,1)", text),
    )
    costs = (
        Line("CAC today", CellRef("scenario_months", "cac"), tone=5, dashed=True),
        Line("CAC in the scenario", CellRef("scenario_months", "then"), tone=2, dashed=True),
    )
    return Chart(
        title=_titled(
            "payback_months+used_payback", words, say("What a customer brings, month by month"), known=known
        ),
        unit=say("cumulative margin per customer, in {unit}, by month", unit=material.unit),
        kind="line",
        categories=CellRef("scenario_months", "month"),
        series=(
            Line("Today", CellRef("scenario_months", "today"), tone=4),
            Line("Scenario", CellRef("scenario_months", "scenario")),
            *(costs if material.parameters.acquisition_cost else ()),
        ),
        format="money",
        every=3,
        minimum=0,
    )
