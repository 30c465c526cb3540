"""The page Trends: is it getting better, month by month."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from clv_xl.report.model import CellRef, Chart, Line, Live, Page, Paragraph, side_by_side
from clv_xl.report.pages.events import event_blocks
from clv_xl.report.pages.live import live_amount
from clv_xl.report.pages.trend_tables import has_marks, movement_table, value_table
from clv_xl.report.words import amount, count, day, month, more_or_less, number, percent, signed
from clv_xl.said import counted, frame, joined, live_words, say

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.trend import TrendMonth
    from clv_xl.said import Said

__all__ = ["trends_page"]

_YEAR = 12
_SAME = 0.01
"""Figures that differ by less than this share count as the same."""


def trends_page(material: Material) -> Page:
    """Build the page of who came and left by month, and of what they were worth."""
    return Page(
        key="trends",
        title="Trends",
        heading="Trends",
        question="Is it getting better?",
        blocks=(
            Paragraph(lines=_answer(material)),
            *side_by_side(13, (3, _movement_chart(material)), (2, _active_chart(material))),
            *side_by_side(13, (3, _order_chart(material)), (2, _clv_chart(material))),
            *event_blocks(material),
            *(Paragraph(lines=lines) for lines in (_two_ways_of_losing(material),) if lines),
            movement_table(material),
            value_table(material),
        ),
        cautions=(*material.page_cautions, *material.value_cautions),
        widths=(24, *(11.5,) * 12),
    )


def _answer(material: Material) -> tuple[str, ...]:
    """Say which key figures are better than a year ago and which are worse, of those that can be compared."""
    better: list[Said] = []
    worse: list[Said] = []
    same: list[Said] = []
    missing: list[Said] = []
    reasons: list[str] = []
    for name, title in (
        ("active_customers", say("active customers")),
        ("new_customers", say("new customers of 12 months")),
        ("amount_year", say("revenue of 12 months")),
        ("avg_order_value", say("average order value")),
        ("retention", say("retention")),
    ):
        item = material.figures[name]
        if item.reason:
            missing.append(title)
            reasons.append(item.reason)
        elif item.before is not None and item.before > 0 and not isnan(item.now):
            change = item.now / item.before - 1
            if abs(change) < _SAME:
                same.append(title)
            else:
                told = say("{figure} ({change})", figure=title, change=_change(item.now, item.before, name))
                (better if change > 0 else worse).append(told)
    lines: list[str] = []
    if better:
        lines.append(say("Better than a year ago: {figures}.", figures=joined(", ", better)))
    if worse:
        lines.append(say("Worse than a year ago: {figures}.", figures=joined(", ", worse)))
    if same:
        lines.append(say("As a year ago, less than 1% apart: {figures}.", figures=joined(", ", same)))
    if reasons and lines:
        lines.append(say("Not compared: {figures}.", figures=joined(", ", missing)))
    # the others differ from the first in how far back the orders would have to reach
    return (*lines, *reasons[:1])


def _change(now: float, before: float, name: str) -> str:
    """Say how a figure moved: a share in points, all else as a share of what it was."""
    if name != "retention":
        return signed(now / before - 1)
    points = number(100 * abs(now - before))
    return (
        say("{points} points higher", points=points)
        if now > before
        else say("{points} points lower", points=points)
    )


def _movement_chart(material: Material) -> Chart | None:
    months = material.trend.months
    if len(months) < 2:
        return None
    marks = [Line("Event", CellRef("trend_movement", "mark"), tone=4)] if has_marks(material) else []
    return Chart(
        title=_movement_title(material),
        unit="customers by month: above the line who is new or came back, below it who was lost",
        kind="stacked columns",
        categories=CellRef("trend_movement", "month"),
        series=(
            Line("New", CellRef("trend_movement", "new"), tone=0),
            Line("Reactivated", CellRef("trend_movement", "reactivated"), tone=2),
            Line("Lost", CellRef("trend_movement", "lost_drawn"), tone=5),
            *marks,
        ),
        format="count",
        every=3,
    )


def _two_ways_of_losing(material: Material) -> tuple[str, ...]:
    """Set those lost month by month against the churn of the year: both are right, and they differ."""
    moved, months = material.now.movement, material.trend.months[-_YEAR:]
    if moved is None or isnan(material.figures["churn_share"].now) or len(months) < _YEAR:
        return ()
    return (
        say(
            "Month by month {flow} were lost in the last {months} months; of the {start} active a year ago, {lost} are "
            "no longer active: churn {churn} on Figures. The months also count who came and left within the year, and "
            "count again who left twice; the year only compares its two ends.",
            flow=count(sum(item.movement.lost for item in months)),
            months=_YEAR,
            start=count(moved.start),
            lost=count(moved.lost),
            churn=percent(material.figures["churn_share"].now),
        ),
    )


def _movement_title(material: Material) -> str:
    """Say how many came and left in the last twelve months shown; their difference where a year ago can be compared."""
    months = material.trend.months
    last = months[-_YEAR:]
    won = sum(item.movement.new + item.movement.reactivated for item in last)
    lost = sum(item.movement.lost for item in last)
    # the title says which of the columns it speaks of
    span = (
        say("Since {start}", start=month(last[0].month))
        if len(months) == len(last)
        else say("In the last {months} of these months", months=_YEAR)
    )
    told = say(
        "{span}, {won} came or came back and {lost} were lost", span=span, won=count(won), lost=count(lost)
    )
    if won == lost or material.figures["active_customers"].reason:
        return told
    return told + (
        say(": {number} more active", number=count(won - lost))
        if won > lost
        else say(": {number} fewer active", number=count(lost - won))
    )


def _active_chart(material: Material) -> Chart | None:
    months = material.trend.months
    if len(months) < 2:
        return None
    item = material.figures["active_customers"]
    title = counted(
        item.now,
        "{number} active customer on {as_of}",
        "{number} active customers on {as_of}",
        as_of=day(material.intake.as_of),
    )
    if not item.reason and item.before:
        title += say(", {change} in a year", change=signed(item.now / item.before - 1))
    return Chart(
        title=title,
        unit=say(
            "customers with an order within {window} days, at each month's end",
            window=material.now.active_days,
        ),
        kind="line",
        categories=CellRef("trend_movement", "month"),
        series=(Line("Active at end", CellRef("trend_movement", "end"), label="last"),),
        format="count",
        every=6,
        minimum=0,
    )


def _order_chart(material: Material) -> Chart | None:
    months = material.trend.months
    if len(months) < 2:
        return None
    item = material.figures["avg_order_value"]
    title: str = "Average order and orders per customer, by month"
    if not isnan(item.now):
        title = say(
            "An order brought {value} on average in the last 12 months",
            value=amount(item.now, material.currency),
        )
        if not item.reason and item.before is not None and item.before > 0:
            title += say(", {change} than in the 12 before", change=more_or_less(item.now / item.before - 1))
    return Chart(
        title=title,
        unit=say(
            "average order in {unit} (left), orders of a customer who ordered in the month (right, dashed)",
            unit=material.unit,
        ),
        kind="line",
        categories=CellRef("trend_value", "month"),
        series=(
            Line("Average order", CellRef("trend_value", "average"), tone=0),
            Line(
                "Orders per customer",
                CellRef("trend_value", "orders_each"),
                tone=4,
                dashed=True,
                on_second_axis=True,
            ),
        ),
        format="money" if _largest_order(months) >= 100 else "cents",
        second_format="decimal",
        every=3,
        minimum=0,
    )


def _largest_order(months: tuple[TrendMonth, ...]) -> float:
    return max((abs(item.average_order) for item in months if item.orders), default=0.0)


def _clv_chart(material: Material) -> Chart | None:
    """Chart the CLV before CAC from the first month on that has one."""
    months, parameters = material.trend.months, material.parameters
    known = [row for row, item in enumerate(months) if not isnan(item.clv(parameters))]
    if not known or len(months) - known[0] < 2:
        return None
    first, rows = known[0], len(months)
    now = live_amount(
        f"INDEX(trend_value[CLV before CAC],{rows})", months[-1].clv(parameters), material.currency
    )
    # no change is named: a longer history alone moves it
    title = live_words("CLV before CAC: {now}", now=now)
    return Chart(
        title=Live(frame("={title}", title=title.formula), title.text),
        unit=say("in {unit}, at each month's end; a longer history alone lifts it", unit=material.unit),
        kind="line",
        categories=CellRef("trend_value", "month", first=first),
        series=(Line("CLV before CAC", CellRef("trend_value", "clv", first=first), label="last"),),
        format="money",
        every=6,
        minimum=0,
    )
