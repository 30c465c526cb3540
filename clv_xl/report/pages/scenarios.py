"""The page Scenarios: what if margin, retention, orders, prices or costs were other than today."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.report.model import Column, Input, Live, Page, Paragraph, Table, side_by_side
from clv_xl.report.pages.scenario_tables import (
    MONTHS,
    alone_chart,
    alone_table,
    months_chart,
    months_table,
)
from clv_xl.report.pages.scenario_words import scenario_question, scenario_words, why_retention_is_fixed
from clv_xl.report.pages.two_levers import two_way
from clv_xl.report.scenario import clv_for_life, cumulative_margin, payback, today_of, worth
from clv_xl.said import frame, joined, quoted, say

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.model import Format, Scalar

__all__ = ["SCENARIO_WIDTHS", "blank_levers", "scenarios_page"]

SCENARIO_WIDTHS: Final = (34.0, *(13.0,) * 9)

_LEVERS: Final[tuple[tuple[str, str, Format, float, str, str], ...]] = (
    (
        "margin",
        "Gross margin",
        "percent",
        1.0,
        "A share from 0% to 100%. Blank: as today.",
        "Margin of all orders / amount; orders with a cost of their own count by it.",
    ),
    (
        "retention",
        "Retention, 12 months",
        "percent",
        0.99,
        "A share from 0% to 99%. Blank: as today.",
        "The share who are still active a year later; it moves the lifespan.",
    ),
    (
        "orders",
        "Orders a year",
        "decimal",
        1000.0,
        "Orders of one customer in a year. Blank: as today.",
        "While active, at today's lifespan; the first order counts once in that.",
    ),
    (
        "order_value",
        "Average order value",
        "cents",
        1e12,
        "An amount. Blank: as today.",
        "Of all orders so far, as the CLV counts them.",
    ),
    (
        "discount",
        "Discount rate",
        "percent",
        1.0,
        "A share from 0% to 100%. Blank: as today.",
        "The yearly return that the money could earn elsewhere.",
    ),
    (
        "cac",
        "Acquisition cost (CAC)",
        "cents",
        1e12,
        "An amount. Blank: as today.",
        "What it costs to win one new customer.",
    ),
)
"""Ending of the names, title, format, highest value, hint and meaning of each lever."""

_NO_MARGIN: Final = say("Gross margin is 100%: amounts without a cost of their own count as profit in full.")
_NO_LIFESPAN: Final = say(
    "The orders span too few days to measure a lifespan, so no CLV can be worked out. Type one on Parameters."
)


def _lever_columns() -> tuple[Column, ...]:
    return (
        Column("title", "Lever", "text", emphasis=True, words=True),
        Column("today", "Today", "cents", "As the report measures it; follows the page Parameters."),
        Column("typed", "Your value", "cents", "Type here what you want to try. Blank: as today."),
        Column("used", "Scenario", "cents", "Your value, or that of today where it is blank."),
        Column("difference", "Difference", "cents", "Scenario - today."),
        Column("how", "How it is computed", "text", words=True),
    )


def _typed(kind: Format, high: float, hint: str) -> Input:
    return Input(None, kind, low=0, high=high, message=hint)


def blank_levers() -> Table:
    """Return the cells for input as they stand before the first report, at the places that they keep."""
    return Table(
        name="levers",
        title="What if",
        caption="Type into the yellow cells once there is a report.",
        columns=_lever_columns(),
        rows=tuple(
            (title, None, _typed(kind, high, hint), None, None, how)
            for _, title, kind, high, hint, how in _LEVERS
        ),
    )


def scenarios_page(material: Material) -> Page:
    """Build the page on which a reader changes levers and sees what a customer would be worth."""
    now = today_of(material.figures, material.parameters).levers
    return Page(
        key="scenarios",
        title="Scenarios",
        heading="Scenarios",
        question=scenario_question(now),
        blocks=(
            _levers(material),
            _outcomes(material),
            *side_by_side(13, (3, alone_chart(material)), (2, months_chart(material))),
            two_way(material),
            alone_table(material),
            Paragraph("How a scenario counts", scenario_words(material, now)),
            months_table(material),
        ),
        widths=SCENARIO_WIDTHS,
        notice=_notice(material),
        cautions=material.value_cautions,
    )


def _notice(material: Material) -> Live:
    """Say that there is no lifespan, and that a margin that nobody gave makes every CLV revenue."""
    unknown = isnan(material.figures["lifespan"].now)
    revenue = material.parameters.gross_margin >= 1 and material.figures["uncosted_total"].now != 0
    told = [words for words, shown in ((_NO_LIFESPAN, unknown), (_NO_MARGIN, revenue)) if shown]
    return Live(
        frame(
            '=TRIM(IF(ISNUMBER(lifespan),"",{lifespan})&" "&IF(AND(gross_margin>=1,uncosted_total<>0),{margin},""))',
            lifespan=quoted(_NO_LIFESPAN),
            margin=quoted(_NO_MARGIN),
        ),
        joined(" ", told),
    )


def _levers(material: Material) -> Table:
    now, cac = today_of(material.figures, material.parameters).levers, material.cac_name
    today = {
        "margin": Live(
            "=IF(amount_total<>0,(own_margin_total+uncosted_total*gross_margin)/amount_total,gross_margin)",
            now.margin,
        ),
        "retention": Live("=retention", now.retention),
        "orders": Live("=purchase_rate", now.orders_a_year),
        "order_value": Live("=IF(orders_total>0,amount_total/orders_total,NA())", now.order_value),
        "discount": Live("=discount_rate", now.discount_rate),
        "cac": Live(f"=IF(ISNUMBER({cac}),{cac},NA())", now.cac),
    }
    rows: list[tuple[Scalar | Live | Input, ...]] = []
    named: list[tuple[int, str, str]] = []
    for number, (key, title, kind, high, hint, usual) in enumerate(_LEVERS):
        value = float(today[key].value)
        used = Live(f"=IF(ISNUMBER(scenario_{key}),scenario_{key},today_{key})", value)
        difference = Live(f"=used_{key}-today_{key}", value - value)
        fixed = why_retention_is_fixed(now) if key == "retention" else ""
        told, how = fixed or hint, fixed or usual
        rows.append((title, today[key], _typed(kind, high, told), used, difference, how))
        named += [
            (number, "today", f"today_{key}"),
            (number, "typed", f"scenario_{key}"),
            (number, "used", f"used_{key}"),
        ]
    return Table(
        name="levers",
        title="What if",
        caption=say("Amounts in {unit}. A blank yellow cell is as today.", unit=material.unit),
        columns=_lever_columns(),
        rows=tuple(rows),
        named=tuple(named),
        row_formats=tuple((number, lever[2]) for number, lever in enumerate(_LEVERS)),
    )


_LESS_CAC: Final = "-IF(ISNUMBER({p}_cac),{p}_cac,0)"
_FROM_RETENTION: Final = (
    "=IF(1+{p}_discount-{p}_retention>0,{margin}*{orders}*(1+{p}_discount)/(1+{p}_discount-{p}_retention),NA())"
    + _LESS_CAC
)


def _outcomes(material: Material) -> Table:
    figures, curve = material.figures, material.curve
    shop = today_of(figures, material.parameters)
    found = worth(shop, shop.levers)
    cumulative = cumulative_margin(shop, shop.levers, curve, material.parameters)[1]
    months = payback(shop.levers.cac, cumulative)
    reached = float(np.ceil(months)) if months > 0 else months
    month_formula, payback_formula = _payback_formulas(len(curve.ages))
    from_retention = _FROM_RETENTION.format(p="today", margin="margin_per_order", orders="purchase_rate")
    then_retention = _FROM_RETENTION.format(
        p="used", margin="used_margin_per_order", orders="used_orders_a_year"
    )
    # title, name of the scenario's cell, format, today, scenario, how
    lines: tuple[tuple[str, str, Format, Live, Live, str], ...] = (
        (
            "Margin per order",
            "used_margin_per_order",
            "cents",
            Live("=margin_per_order", figures["margin_per_order"].now),
            Live("=used_margin*used_order_value-service_cost", found.margin_per_order),
            "Order value x gross margin - cost to serve.",
        ),
        (
            "Orders after the first, a year",
            "used_after_first",
            "decimal",
            Live("=purchase_rate-1/lifespan", shop.orders_after_first),
            Live("=MAX(0,used_orders-1/lifespan)", found.orders_after_first),
            "Orders a year - 1 / today's lifespan: those that come with the years.",
        ),
        (
            "Lifespan, years",
            "used_lifespan",
            "years",
            Live("=lifespan", figures["lifespan"].now),
            Live(
                "=IF(ISNUMBER(scenario_retention),IF(scenario_retention=today_retention,lifespan,"
                "IF(AND(today_retention<1,scenario_retention>=0,scenario_retention<1),"
                "lifespan*(1-today_retention)/(1-scenario_retention),NA())),lifespan)",
                found.lifespan,
            ),
            "Today's lifespan x (1 - retention today) / (1 - retention of the scenario).",
        ),
        (
            "Orders a year with that lifespan",
            "used_orders_a_year",
            "decimal",
            Live("=purchase_rate", figures["purchase_rate"].now),
            Live("=used_after_first+1/used_lifespan", found.orders_a_year),
            "Orders after the first, a year + 1 / lifespan.",
        ),
        (
            "CLV before CAC",
            "used_clv_before",
            "cents",
            Live("=clv_before_cac", figures["clv_before_cac"].now),
            Live(
                "=IF(used_discount>0,-PV(used_discount,used_lifespan,used_orders_a_year*used_margin_per_order),"
                "used_margin_per_order*used_orders_a_year*used_lifespan)",
                found.clv_before_cac,
            ),
            "Margin per order x orders a year x lifespan; with a discount rate, its present value.",
        ),
        (
            "CLV after CAC",
            "used_clv",
            "cents",
            Live("=clv_after_cac", figures["clv_after_cac"].now),
            Live("=used_clv_before" + _LESS_CAC.format(p="used"), found.clv),
            "CLV before CAC - acquisition cost.",
        ),
        (
            "CLV from a retention rate",
            "used_clv_from_retention",
            "cents",
            Live(
                from_retention,
                clv_for_life(figures["margin_per_order"].now * figures["purchase_rate"].now, shop.levers),
            ),
            Live(then_retention, found.clv_from_retention),
            "Margin a year x (1 + d) / (1 + d - retention) - CAC, with discount rate d: for life.",
        ),
        (
            "LTV:CAC",
            "used_ltv_to_cac",
            "ratio",
            Live("=ltv_to_cac", figures["ltv_to_cac"].now),
            Live("=IF(used_cac>0,used_clv_before/used_cac,NA())", found.ltv_to_cac),
            "CLV before CAC / acquisition cost.",
        ),
        (
            "Month in which the margin reaches CAC",
            "used_payback_month",
            "count",
            Live("=payback_month", figures["payback_month"].now),
            Live(month_formula, reached),
            "The first month of the table at the end of this page that covers the cost.",
        ),
        (
            "CAC payback",
            "used_payback",
            "months",
            Live("=payback_months", figures["payback_months"].now),
            Live(payback_formula, months),
            "Months until then, interpolated within the month.",
        ),
        (
            "Highest allowable CAC",
            "used_highest_cac",
            "cents",
            Live("=highest_cac", figures["highest_cac"].now),
            Live("=IF(used_clv_before>=0,used_clv_before/target_ratio,NA())", found.highest_cac),
            "CLV before CAC / target LTV:CAC.",
        ),
    )
    return Table(
        name="scenario_outcomes",
        title="What follows",
        caption="Today's figures are those of the Summary; the scenario's follow the yellow cells.",
        columns=(
            Column("title", "Figure", "text", emphasis=True, words=True),
            Column("today", "Today", "cents"),
            Column("scenario", "Scenario", "cents", emphasis=True),
            Column("difference", "Difference", "cents", "Scenario - today."),
            Column("how", "How it is computed", "text", words=True),
        ),
        rows=tuple(
            (
                title,
                today,
                then,
                Live(f"={name}-({today.formula[1:]})", float(then.value) - float(today.value)),
                how,
            )
            for title, name, _, today, then, how in lines
        ),
        named=tuple((number, "scenario", line[1]) for number, line in enumerate(lines)),
        row_formats=tuple((number, line[2]) for number, line in enumerate(lines)),
    )


def _payback_formulas(months: int) -> tuple[str, str]:
    """Return the month that covers the cost, and the months until then, as formulas over the months' table."""
    if not months:
        return "=NA()", "=NA()"
    first, earlier = f"INDEX({MONTHS},1)", f"INDEX({MONTHS},used_payback_month-1)"
    if months == 1:
        # a single row is no array to look in
        return (
            f"=IF(AND(used_cac>0,{first}>=used_cac),1,NA())",
            f"=IF(used_payback_month=1,used_cac/{first},NA())",
        )
    return (
        f"=IF(used_cac>0,MATCH(TRUE,INDEX({MONTHS}>=used_cac,0),0),NA())",
        (
            f"=IF(used_payback_month=1,used_cac/{first},used_payback_month-1+(used_cac-{earlier})"
            f"/(INDEX({MONTHS},used_payback_month)-{earlier}))"
        ),
    )
