"""The page Months: how recurring revenue moved, month by month."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from clv_xl.metrics.retention import grr
from clv_xl.report.model import CellRef, Chart, Column, Line, Live, Page, Table, side_by_side
from clv_xl.report.words import amount, day, month, percent
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.model import Scalar
    from clv_xl.report.subscriptions.material import SubscriptionMaterial

__all__ = ["months_page", "movement_chart", "revenue_chart"]

SHOWN = 24
"""Months in a chart."""


def months_page(material: SubscriptionMaterial) -> Page:
    """Build the page of monthly recurring revenue and what moved it."""
    return Page(
        key="months",
        title="Months",
        heading="Months",
        question="What moves the recurring revenue? Every month from what it began with to what it ended with.",
        blocks=(
            *side_by_side(15, (3, movement_chart(material)), (2, revenue_chart(material))),
            _movement(material),
            _kept(material),
        ),
        widths=(11, *(13.5,) * 10),
        cautions=_unfinished(material),
    )


def _unfinished(material: SubscriptionMaterial) -> tuple[str, ...]:
    newest = material.months[-1]
    if newest.over:
        return ()
    return (
        say(
            "{day} is measured on {day_2}: the month is not over.",
            day=month(newest.day),
            day_2=day(newest.day),
        ),
    )


def revenue_chart(material: SubscriptionMaterial) -> Chart:
    """Chart the recurring revenue at the end of each month."""
    first, newest = max(0, len(material.months) - SHOWN), material.months[-1].moved.end
    title = say("MRR {newest}", newest=amount(newest, material.read.currency))
    if material.old:
        change = material.every.revenue / material.year.start - 1
        title += say(
            ", {change} {more} than a year ago",
            change=percent(abs(change)),
            more=say("more") if change >= 0 else say("less"),
        )
    return Chart(
        title=title,
        unit=say("at the end of each month, in {unit}", unit=material.unit),
        kind="columns",
        categories=CellRef("movement", "month", first=first),
        series=(Line("MRR", CellRef("movement", "end", first=first)),),
        format="money",
        legend=False,
        every=3,
        minimum=0,
    )


def movement_chart(material: SubscriptionMaterial) -> Chart:
    """Chart what was won and what was lost in each month."""
    first = max(1, len(material.months) - SHOWN) if len(material.months) > 1 else 0
    recent = material.months[first:][-12:]
    won = sum(item.moved.new + item.moved.reactivated + item.moved.expansion for item in recent)
    lost = sum(item.moved.contraction + item.moved.churned for item in recent)
    unit = material.read.currency
    title = say(
        "{won} won, {lost} lost",
        won=amount(won, unit) if won else say("Nothing"),
        lost=amount(lost, unit) if lost else say("nothing"),
    )
    return Chart(
        title=say("{title} since {day}", title=title, day=month(recent[0].day)),
        unit=say("change of monthly recurring revenue in each month, in {unit}", unit=material.unit),
        kind="stacked columns",
        categories=CellRef("movement", "month", first=first),
        series=tuple(
            Line(name, CellRef("movement", key, first=first), tone=tone)
            for name, key, tone in (
                ("New", "new", 0),
                ("Reactivated", "reactivated", 2),
                ("Expansion", "expansion", 1),
                ("Contraction", "contraction", 5),
                ("Churned", "churned", 4),
            )
        ),
        format="money",
        every=3,
    )


def _movement(material: SubscriptionMaterial) -> Table:
    rows: list[tuple[Scalar | Live, ...]] = []
    for item in material.months:
        moved = item.moved
        rows.append(
            (
                item.day.replace(day=1),
                moved.start,
                moved.new,
                moved.reactivated,
                moved.expansion,
                _minus(moved.contraction),
                _minus(moved.churned),
                moved.end,
                moved.end_customers,
                moved.new_customers + moved.reactivated_customers,
                moved.churned_customers,
            )
        )
    return Table(
        name="movement",
        title=say("Monthly recurring revenue (MRR), in {unit}", unit=material.unit),
        caption="Start + new + reactivated + expansion + contraction + churned = end, customer by customer. Losses are "
        "below 0.",
        columns=(
            Column("month", "Month", "month"),
            Column("start", "Start", "money", "MRR at the end of the month before."),
            Column("new", "New", "money", "MRR of customers who had never paid before."),
            Column(
                "reactivated", "Reactivated", "money", "MRR of who had paid before, but not at the start."
            ),
            Column("expansion", "Expansion", "money", "What customers of both days pay more."),
            Column("contraction", "Contraction", "money", "What customers of both days pay less."),
            Column("churned", "Churned", "money", "What customers paid who pay nothing at the end."),
            Column(
                "end",
                "End",
                "money",
                "MRR on the last day of the month, or on the as-of day.",
                formula="=[@Start]+[@New]+[@Reactivated]+[@Expansion]+[@Contraction]+[@Churned]",
                emphasis=True,
            ),
            Column("customers", "Customers", "count", "Who pay at the end."),
            Column("won", "Won", "count", "Customers who pay at the end and did not at the start."),
            Column("lost", "Lost", "count", "Customers who paid at the start and do not at the end."),
        ),
        rows=tuple(rows),
        structured=True,
        compact=True,
    )


def _kept(material: SubscriptionMaterial) -> Table:
    """Give the rates of each month, and those of the twelve months up to its end."""
    rows: list[tuple[Scalar | Live, ...]] = []
    for item, year in zip(material.months, material.years, strict=True):
        moved = item.moved
        churn = (item.day.replace(day=1), moved.churn, 1 - grr(moved.start, 0.0, moved.churned))
        if year is None:
            rows.append((*churn, *(nan,) * 6))
            continue
        parts = (year.start, year.expansion, _minus(year.contraction), _minus(year.churned))
        rows.append((*churn, *parts, year.nrr, year.grr))
    start, less = "[@[MRR a year ago]]", "[@[Their contraction]]+[@[Their churn]]"
    return Table(
        name="kept",
        title="Churn of the month, and retention over twelve months",
        caption="The same customers twelve months apart: those who came or came back since are in neither rate.",
        columns=(
            Column("month", "Month", "month"),
            Column(
                "churn",
                "Customer churn",
                "percent",
                "Customers lost in the month / customers at its start.",
                quiet=True,
            ),
            Column(
                "revenue_churn",
                "Revenue churn",
                "percent",
                "MRR churned in the month / MRR at its start.",
                quiet=True,
            ),
            Column(
                "year_start",
                "MRR a year ago",
                "money",
                "Of the customers who paid twelve months before.",
                quiet=True,
            ),
            Column("year_expansion", "Their expansion", "money", "What they pay more now.", quiet=True),
            Column("year_contraction", "Their contraction", "money", "What they pay less now.", quiet=True),
            Column(
                "year_churned", "Their churn", "money", "What those paid who pay nothing now.", quiet=True
            ),
            Column(
                "nrr",
                "NRR",
                "percent",
                "Net revenue retention: (start + expansion + contraction + churn) / start.",
                formula=f"=IF({start}>0,({start}+[@[Their expansion]]+{less})/{start},NA())",
                emphasis=True,
                quiet=True,
            ),
            Column(
                "grr",
                "GRR",
                "percent",
                "Gross revenue retention: the same without expansion, 100% at most.",
                formula=f"=IF({start}>0,({start}+{less})/{start},NA())",
                emphasis=True,
                quiet=True,
            ),
        ),
        rows=tuple(rows),
        structured=True,
        compact=True,
    )


def _minus(value: float) -> float:
    """Return a loss as a figure below 0; nothing lost stays a plain 0."""
    return -value if value else 0.0
