"""The two tables of the page Trends: who came and left by month, and what a customer was worth."""

from __future__ import annotations

from datetime import timedelta
from math import isnan
from typing import TYPE_CHECKING

from clv_xl.report.figures import margin_per_order
from clv_xl.report.model import Column, Table
from clv_xl.report.pages.events import names_in_month
from clv_xl.report.trend import SHOWN_MONTHS
from clv_xl.report.words import day
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["has_marks", "movement_table", "value_table"]

_MARK = 1.25
"""How high the mark of an event rises over the highest column."""


def has_marks(material: Material) -> bool:
    """Tell whether an event lies in a month that is shown."""
    months = material.trend.months
    return any(names_in_month(material, item.month) for item in months)


def movement_table(material: Material) -> Table:
    """Return the table of who came and left by month, with the proof that it adds up."""
    months = material.trend.months
    marked = has_marks(material)
    top = _MARK * max(item.movement.new + item.movement.reactivated for item in months)
    rows: list[tuple[Scalar, ...]] = []
    for item in months:
        moved, names = item.movement, names_in_month(material, item.month)
        marks: tuple[Scalar, ...] = ()
        if marked:
            rest = round(top) - moved.new - moved.reactivated
            marks = (rest if names else None, ", ".join(names) or None)
        rows.append(
            (
                item.month,
                moved.start,
                moved.retained,
                moved.new,
                moved.reactivated,
                moved.lost,
                moved.end,
                0,
                None if isnan(item.retention) else item.retention,
                -moved.lost,
                *marks,
            )
        )
    window = material.now.active_days
    return Table(
        name="trend_movement",
        title="Who came, stayed, came back and left",
        caption=say(
            "Active: an order within {window} days, the same window in all months. Until {full} nobody can be lost, "
            "because the orders begin on {begun}. The last month may not be over.{cut}",
            window=window,
            full=day(material.intake.first_day + timedelta(days=window)),
            begun=day(material.intake.first_day),
            cut=_cut(material),
        ),
        columns=(
            Column("month", "Month", "month"),
            Column("start", "Active at start", "count", "At the end of the month before."),
            Column(
                "retained",
                "Retained",
                "count",
                "Active at the start and at the end: active at start - lost.",
                formula="=[@[Active at start]]-[@Lost]",
            ),
            Column("new", "New", "count", "First order in the month, and active at its end."),
            Column(
                "reactivated",
                "Reactivated",
                "count",
                "Ordered before the month, inactive at its start, active at its end.",
            ),
            Column("lost", "Lost", "count", "Active at the start and no longer at the end."),
            Column("end", "Active at end", "count", emphasis=True),
            Column(
                "check",
                "Check, always 0",
                "count",
                "Active at start + new + reactivated - lost - active at end: 0 in every row, or the table is wrong.",
                formula="=[@[Active at start]]+[@New]+[@Reactivated]-[@Lost]-[@[Active at end]]",
            ),
            Column(
                "retention",
                "Retention",
                "percent",
                "Of the month: (active at end - new - reactivated) / active at start. Blank where nobody was active at "
                "its start, or nobody could be inactive then.",
            ),
            Column(
                "lost_drawn",
                "For the chart: lost",
                "count",
                "Lost with a minus sign: the chart draws it below the line.",
                formula="=-[@Lost]",
            ),
            *(
                (
                    Column(
                        "mark",
                        "For the chart: event",
                        "count",
                        "What lifts the mark of an event over the columns.",
                    ),
                    Column("event", "Event", "text"),
                )
                if marked
                else ()
            ),
        ),
        rows=tuple(rows),
        structured=True,
        compact=True,
    )


def _cut(material: Material) -> str:
    """Say that a long history is not shown whole."""
    if len(material.trend.months) < SHOWN_MONTHS:
        return ""
    return say(" The last {months} months are shown.", months=SHOWN_MONTHS)


def value_table(material: Material) -> Table:
    """Return the table of orders by month, and of what CLV at its end rests on."""
    months, parameters, own = material.trend.months, material.parameters, material.has_costs
    rows: list[tuple[Scalar, ...]] = []
    for item in months:
        so_far = item.so_far
        money = (so_far.own_margin, so_far.uncosted_amount) if own else (so_far.amount,)
        value = item.clv(parameters)
        rows.append(
            (
                item.month,
                item.customers,
                item.orders,
                item.amount,
                None if isnan(item.average_order) else item.average_order,
                None if isnan(item.orders_each) else item.orders_each,
                so_far.orders,
                *money,
                margin_per_order(so_far, parameters),
                item.repeat_orders_a_year,
                None if isnan(item.lifespan) else item.lifespan,
                "" if isnan(value) else value,
                item.active_days,
            )
        )
    margin = (
        "[@[Own margin so far]]+[@[Amount without cost so far]]*gross_margin"
        if own
        else "[@[Amount so far]]*gross_margin"
    )
    life = "IF(lifespan_years>0,lifespan_years,[@Lifespan])"
    rate, each = f"(1/{life}+[@[Repeat orders a year]])", "[@[Margin per order]]"
    return Table(
        name="trend_value",
        title="What a customer was worth",
        caption=say(
            "On the left what was ordered in the month; from Orders so far on, all orders up to its end, as a report "
            "of that day would have said. Part of a rise in lifespan and CLV is the longer history alone{window}.",
            window=""
            if parameters.active_days is None
            else say(". The active window is the parameter, {days} days", days=parameters.active_days),
        ),
        columns=(
            Column("month", "Month", "month"),
            Column("customers", "Ordered", "count", "Customers with an order in the month."),
            Column("orders", "Orders", "count"),
            Column("amount", "Amount", "money", say("Orders less refunds, in {unit}.", unit=material.unit)),
            Column(
                "average", "Average order", "cents", "Amount / orders of the month. Blank without an order."
            ),
            Column(
                "orders_each",
                "Orders per customer",
                "decimal",
                "Purchase frequency of the month: orders / customers who ordered in it.",
            ),
            Column("orders_so_far", "Orders so far", "count"),
            *(
                (
                    Column(
                        "own_so_far", "Own margin so far", "money", "Amount less cost, of rows with a cost."
                    ),
                    Column("uncosted_so_far", "Amount without cost so far", "money"),
                )
                if own
                else (Column("amount_so_far", "Amount so far", "money"),)
            ),
            Column(
                "margin",
                "Margin per order",
                "cents",
                "Margin of all orders so far / orders so far - cost to serve.",
                formula=f"=IF([@[Orders so far]]>0,({margin})/[@[Orders so far]],NA())-service_cost",
            ),
            Column(
                "rate",
                "Repeat orders a year",
                "decimal",
                "Orders so far beyond each customer's first / customer-years spent active so far, by the active window "
                "of that time. Orders a year are that, and the first once in a lifespan.",
            ),
            Column(
                "lifespan",
                "Lifespan",
                "years",
                "In years, measured: the area under the survival curve of the active lives so far. The parameter "
                "replaces it in CLV where it is set.",
            ),
            Column(
                "clv",
                "CLV before CAC",
                "cents",
                "By the plain formula: margin per order x orders a year x lifespan; with a discount "
                "rate, the present value of that yearly margin. The same as CLV_TREND; the last row is the figure "
                "clv_before_cac.",
                formula=f"=IF(OR(lifespan_years>0,ISNUMBER([@Lifespan])),IF(discount_rate>0,-PV(discount_rate,{life},{rate}*{each}),"
                f'{each}*{rate}*{life}),"")',
                emphasis=True,
            ),
            Column(
                "active_days",
                "Active window",
                "days",
                "The days within which 90% of the repeat orders had come by then, or the parameter.",
            ),
        ),
        rows=tuple(rows),
        structured=True,
        compact=True,
    )
