"""The page Plans: who pays for which, how long they stay, and what a customer of each is worth."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

from clv_xl.report.model import (
    CellRef,
    Chart,
    Column,
    Line,
    Live,
    Page,
    Paragraph,
    Table,
    side_by_side,
)
from clv_xl.report.subscriptions.material import HORIZON_MONTHS
from clv_xl.report.subscriptions.survival import retention_matrices, survival_chart, survival_matrices
from clv_xl.report.words import day, number, share
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.model import Scalar
    from clv_xl.report.subscriptions.material import PlanFigures, SubscriptionMaterial

__all__ = ["ALL_VALUES", "NO_VALUE", "plans_page", "value_chart"]

NO_VALUE: Final = "—"
"""What stands where there is too little to project."""

ALL_VALUES: Final = ("clv_new_customer", "customer_equity")
"""Names of the two values of all plans together, for formulas."""


def plans_page(material: SubscriptionMaterial) -> Page:
    """Build the page of plans."""
    return Page(
        key="plans",
        title="Plans",
        heading="Plans",
        question="Which plan keeps its customers, and what is a customer of each worth?",
        blocks=(
            *side_by_side(16, (3, survival_chart(material)), (2, value_chart(material))),
            _together(material),
            _plans(material),
            *_without(material),
            _year(material),
            *survival_matrices(material),
            *retention_matrices(material),
        ),
        widths=(41, *(11.5,) * 13),
    )


def _shown(value: float) -> float | str:
    return NO_VALUE if isnan(value) else value


def _together(material: SubscriptionMaterial) -> Table:
    """Give the values of all plans together, with names that formulas can use."""
    every, margin = material.every, material.parameters.gross_margin
    rows = (
        (
            "Monthly recurring revenue (MRR)",
            every.revenue,
            say("Sum of the monthly amounts that run on {as_of}.", as_of=day(material.read.as_of)),
        ),
        (
            "Customers",
            every.customers,
            "Who pay more than 0 on that day; several plans of one are one customer.",
        ),
        ("Monthly amount per customer", _shown(every.average), "MRR / customers."),
        (
            say("Payments of a new customer in {horizon_months} months", horizon_months=HORIZON_MONTHS),
            _shown(every.payments),
            "Projected survival at months 0 to 35, each discounted and added up; the first is paid now.",
        ),
        (
            say("CLV of a new customer, {horizon_months} months", horizon_months=HORIZON_MONTHS),
            _live("=sub_amount*sub_payments*gross_margin", every.average * every.payments * margin),
            "Monthly amount x payments x gross margin.",
        ),
        (
            say("Revenue to come from who pays now, {horizon_months} months", horizon_months=HORIZON_MONTHS),
            _shown(every.coming),
            "What each running subscription is expected to bring until its known end, by plan and age, discounted.",
        ),
        (
            say("Customer equity, {horizon_months} months", horizon_months=HORIZON_MONTHS),
            _live("=sub_coming*gross_margin", every.coming * margin),
            "That revenue x gross margin.",
        ),
    )
    names = (
        "sub_mrr",
        "sub_customers",
        "sub_amount",
        "sub_payments",
        ALL_VALUES[0],
        "sub_coming",
        ALL_VALUES[1],
    )
    formats = ("money", "count", "cents", "decimal", "money", "money", "money")
    return Table(
        name="together",
        title="All plans together",
        caption=say("Amounts in {unit}.", unit=material.unit),
        columns=(
            Column("title", "Figure", "text", emphasis=True, words=True),
            Column("value", "Value", "cents"),
            Column("how", "How", "text", words=True),
        ),
        rows=rows,
        named=tuple((row, "value", name) for row, name in enumerate(names)),
        row_formats=tuple((row, kind) for row, kind in enumerate(formats)),  # type: ignore[misc]  # all are formats
    )


def _live(formula: str, value: float) -> Live | str:
    return NO_VALUE if isnan(value) else Live(formula, value)


def _plans(material: SubscriptionMaterial) -> Table:
    margin = material.parameters.gross_margin
    total = material.every.revenue
    rows = tuple(
        (
            plan.name,
            plan.customers,
            plan.revenue,
            share(plan.revenue, total),
            plan.average,
            plan.stays,
            plan.left,
            plan.moved,
            _basis(plan),
            plan.payments,
            plan.average * plan.payments * margin,
            plan.coming,
            plan.coming * margin,
        )
        for plan in material.plans
    )
    return Table(
        name="plans",
        title="Plan by plan",
        caption=say(
            "Amounts in {unit}. Values are projected over {horizon_months} months and discounted at "
            "{discount_rate}% a year; they recalculate with the gross margin on Parameters.",
            unit=material.unit,
            horizon_months=HORIZON_MONTHS,
            discount_rate=number(100 * material.parameters.discount_rate),
        ),
        columns=(
            Column("plan", "Plan", "text", emphasis=True),
            Column(
                "customers",
                "Customers",
                "count",
                "Who pay for it now. A customer of two plans is in both rows.",
            ),
            Column("revenue", "MRR", "money", "What they pay for the plan a month."),
            Column("share", "Share of MRR", "share", bars=True),
            Column("average", "Amount", "cents", "MRR / customers."),
            Column(
                "stays",
                "Ever begun",
                "count",
                "Stays on the plan; a pause of at most 31 days does not end one.",
            ),
            Column("left", "Left", "count", "Stays that ended without another plan."),
            Column(
                "moved", "Moved", "count", "Stays that ended with another plan begun within 31 days: no loss."
            ),
            Column(
                "basis",
                "Projected by",
                "text",
                "Own: the plan's own renewals. All plans: too few of its own.",
            ),
            Column(
                "payments",
                "Payments",
                "decimal",
                "Discounted payments to expect of a new customer.",
                quiet=True,
            ),
            Column(
                "clv",
                "CLV, new",
                "money",
                "Of a new customer: amount x payments x gross margin.",
                formula="=[@Amount]*[@Payments]*gross_margin",
                emphasis=True,
                quiet=True,
            ),
            Column(
                "coming", "To come", "money", "Discounted revenue to expect from who pays now.", quiet=True
            ),
            Column(
                "equity",
                "Equity",
                "money",
                "Of those who pay now: to come x gross margin.",
                formula="=[@[To come]]*gross_margin",
                emphasis=True,
                quiet=True,
            ),
        ),
        rows=rows,
        structured=True,
    )


def _basis(plan: PlanFigures) -> str:
    if isnan(plan.payments):
        return "none"
    return "own" if plan.own else "all plans"


def _without(material: SubscriptionMaterial) -> tuple[Paragraph, ...]:
    """Say which plans are not projected by themselves, and why."""
    lines = [f"•  {plan.name}: {plan.renewals.reason}" for plan in material.plans if plan.renewals.reason]
    if not lines:
        return ()
    if material.every.own:
        intro = "These plans have too little of their own and are projected by all plans together."
        return (Paragraph("Too little to project by itself", (intro, *lines)),)
    intro = say(
        "All plans together: {reason} So no value is given; what was seen stands below.",
        reason=material.every.renewals.reason,
    )
    return (Paragraph("Too little to project", (intro, *(lines if len(material.plans) > 1 else ()))),)


def _year(material: SubscriptionMaterial) -> Table:
    """Give net and gross revenue retention by the main plan of a year ago."""
    rows: list[tuple[Scalar | Live, ...]] = []
    for plan in (*material.plans, material.every):
        year = plan.year
        if not year.start and plan is not material.every:
            continue
        rows.append(
            (
                plan.name,
                year.start_customers,
                year.start,
                year.expansion,
                -year.contraction if year.contraction else 0.0,
                -year.churned if year.churned else 0.0,
                year.nrr,
                year.grr,
                year.churn,
            )
        )
    return Table(
        name="plan_year",
        title=say(
            "Revenue retention from {before} to {as_of}",
            before=day(material.before),
            as_of=day(material.read.as_of),
        ),
        caption="Customers by the plan that most of their revenue came from at the start; what they pay now for any "
        "plan. New and reactivated customers are in neither rate.",
        columns=(
            Column("plan", "Plan a year ago", "text", emphasis=True),
            Column("customers", "Customers then", "count"),
            Column("start", "MRR then", "money"),
            Column("expansion", "Expansion", "money", "What they pay more now."),
            Column("contraction", "Contraction", "money", "What they pay less now."),
            Column("churned", "Churned", "money", "What those paid who pay nothing now."),
            Column(
                "nrr",
                "NRR",
                "percent",
                "(MRR then + expansion + contraction + churned) / MRR then.",
                emphasis=True,
            ),
            Column("grr", "GRR", "percent", "The same without expansion.", emphasis=True),
            Column("churn", "Customers lost", "percent", "Share of the customers then who pay nothing now."),
        ),
        rows=tuple(rows[:-1]) if material.old else (),
        total=tuple(rows[-1]) if material.old else None,
        empty="Nobody had a running subscription a year before the as-of date.",
    )


def value_chart(material: SubscriptionMaterial) -> Chart | None:
    """Chart what a new customer of each plan is worth."""
    known = [plan for plan in material.plans if not isnan(plan.payments) and plan.customers]
    if len(known) < 2:
        return None
    shown = min(8, len(material.plans))
    best = max(known, key=lambda plan: plan.average * plan.payments)
    return Chart(
        title=say("A new customer of {name} is worth most", name=best.name),
        unit=say(
            "CLV of a new customer over {horizon_months} months, in {unit}",
            horizon_months=HORIZON_MONTHS,
            unit=material.unit,
        ),
        kind="bars",
        categories=CellRef("plans", "plan", last=shown - 1),
        series=(Line("CLV", CellRef("plans", "clv", last=shown - 1), label="values"),),
        format="money",
        legend=False,
        minimum=0,
    )
