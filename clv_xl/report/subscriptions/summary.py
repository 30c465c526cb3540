"""The page Summary of the report on subscriptions: how are we doing, what should I do."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from clv_xl.report.model import Cards, Finding, Findings, Live, Page, Tile, Tiles, side_by_side
from clv_xl.report.subscriptions.material import HORIZON_MONTHS
from clv_xl.report.subscriptions.months import movement_chart, revenue_chart
from clv_xl.report.subscriptions.plans import ALL_VALUES, NO_VALUE, value_chart
from clv_xl.report.subscriptions.survival import survival_chart
from clv_xl.report.words import amount, count, day, number, percent, plural
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.subscriptions.material import SubscriptionMaterial

__all__ = ["summary_page"]

_SMALLEST = 30
"""Below this many customers a plan carries no finding."""
_MUCH = 0.3
"""A plan with a smaller share of the revenue is not what the business rests on."""


def summary_page(material: SubscriptionMaterial) -> Page:
    """Build the page that a reader opens first; it prints on one sheet of paper."""
    read = material.read
    aside = len(read.set_aside)
    findings = _findings(material)
    blocks: list[Tiles | Findings | Cards] = [*_tiles(material)]
    if findings:
        blocks.append(Findings("What stands out", findings))
    blocks.extend(side_by_side(14, (3, movement_chart(material)), (2, revenue_chart(material))))
    blocks.extend(side_by_side(14, (3, survival_chart(material)), (2, value_chart(material))))
    rows = (
        "All rows of the file were used."
        if not aside
        else say("{many_row} set aside: see Data quality.", many_row=plural(aside, "row", "rows"))
    )
    return Page(
        key="summary",
        title="Summary",
        heading="Subscriptions",
        question=say(
            "{many_subscription}, measured on {as_of}. Amounts in {unit}. {rows}",
            many_subscription=plural(read.customer.size, "subscription", "subscriptions"),
            as_of=day(read.as_of),
            unit=material.unit,
            rows=rows,
        ),
        blocks=tuple(blocks),
        notice=_margin_notice(material),
        cautions=_cautions(material),
        dashboard=True,
        one_page=True,
    )


def _cautions(material: SubscriptionMaterial) -> tuple[str, ...]:
    return tuple(warning.text for warning in material.read.warnings if warning.code == "ends_after_as_of")


def _margin_notice(material: SubscriptionMaterial) -> Live:
    words = "Gross margin is 100%, so every value here is revenue, not profit. Set it on the page Parameters."
    shown = material.parameters.gross_margin >= 1 and material.has_projection
    return Live(f'=IF(AND(gross_margin>=1,ISNUMBER(customer_equity)),"{words}","")', words if shown else "")


def _tiles(material: SubscriptionMaterial) -> tuple[Tiles, Tiles]:
    every, year, unit = material.every, material.year, material.unit
    since = day(material.before)
    rate = material.parameters.discount_rate
    discounted = say("discounted at {rate}% a year", rate=number(100 * rate)) if rate else "not discounted"
    nobody = say("nobody paid on {since}", since=since)
    months = plural(material.churn_months, "month", "months")
    short = "takes a whole month"
    churn = say("of all customers, over {months}", months=months) if material.churn_months else short
    kept = say("of the MRR of {since}", since=since) if material.old else nobody
    margin = material.parameters.gross_margin
    values = (every.average * every.payments * margin, every.coming * margin)
    first = (
        Tile(
            "Monthly recurring revenue",
            Live("=sub_mrr", every.revenue),
            "money",
            say("in {unit}", unit=unit),
            say("MRR: the sum of the monthly amounts that run on {as_of}.", as_of=day(material.read.as_of)),
            change=every.revenue / year.start - 1 if material.old else None,
        ),
        Tile(
            "Customers",
            Live("=sub_customers", every.customers),
            "count",
            "paying on that day",
            "Customers who pay more than 0.",
            change=every.customers / year.start_customers - 1 if material.old else None,
        ),
        Tile(
            "Monthly amount",
            Live("=sub_amount", every.average) if every.customers else NO_VALUE,
            "cents",
            say("per customer, in {unit}", unit=unit),
            "MRR / customers.",
            change=every.average / (year.start / year.start_customers) - 1
            if material.old and every.customers
            else None,
        ),
        Tile(
            "Net revenue retention",
            NO_VALUE if isnan(year.nrr) else year.nrr,
            "percent",
            kept,
            say(
                "NRR: what the customers of {since} pay now / what they paid then. See the page Months.",
                since=since,
            ),
        ),
        Tile(
            "Gross revenue retention",
            NO_VALUE if isnan(year.grr) else year.grr,
            "percent",
            kept,
            "GRR: the same without what they pay more; never above 100%. See the page Months.",
        ),
    )
    second = (
        Tile(
            "Customers lost a month",
            _known(material.customer_churn),
            "percent",
            churn,
            "Monthly churn: customers lost in the last twelve whole months / customers at the starts of these "
            "months.",
        ),
        Tile(
            "Revenue lost a month",
            _known(material.revenue_churn),
            "percent",
            say("of all MRR, over {months}", months=months) if material.churn_months else short,
            "MRR of customers lost in the last twelve whole months / MRR at the starts of these months.",
        ),
        Tile(
            "CLV of a new customer",
            _value(ALL_VALUES[0], values[0]),
            "money",
            _words(
                material,
                say(
                    "{horizon_months} months, {discounted}",
                    horizon_months=HORIZON_MONTHS,
                    discounted=discounted,
                ),
                new=True,
            ),
            "Monthly amount x discounted payments to expect x gross margin. See the page Plans.",
        ),
        Tile(
            "Customer equity",
            _value(ALL_VALUES[1], values[1]),
            "money",
            _words(material, _until(material), new=False),
            "What all who pay now are expected to bring until a known end, by plan and age, x gross margin. See Plans.",
        ),
        Tile(
            "Equity per customer",
            _each(material, values[1]),
            "money",
            _words(material, say("in {unit}", unit=unit), new=False),
            "Customer equity / customers.",
        ),
    )
    return Tiles(first), Tiles(second)


def _known(value: float) -> float | str:
    return NO_VALUE if isnan(value) else value


def _value(name: str, value: float) -> Live | str:
    return NO_VALUE if isnan(value) else Live(f"={name}", value)


def _each(material: SubscriptionMaterial, equity: float) -> Live | str:
    customers = material.every.customers
    if isnan(equity) or not customers:
        return NO_VALUE
    return Live(f"={ALL_VALUES[1]}/sub_customers", equity / customers)


def _until(material: SubscriptionMaterial) -> str:
    """Say how far customer equity looks ahead, and how many subscriptions are known to end."""
    ends = plural(material.ending, "known end", "known ends")
    return (
        say("{horizon_months} months, {ends}", horizon_months=HORIZON_MONTHS, ends=ends)
        if material.ending
        else say("{horizon_months} months to come", horizon_months=HORIZON_MONTHS)
    )


def _words(material: SubscriptionMaterial, words: str, *, new: bool) -> str:
    """Return a caption, or say that there is too little for the value above it."""
    every = material.every
    missing = isnan(every.payments if new else every.coming) or (new and not every.customers)
    return "too little yet: see Plans" if missing else words


def _findings(material: SubscriptionMaterial) -> tuple[Finding, ...]:
    found = (_growth(material), _leaving(material), _dependence(material), _equity(material))
    return tuple(finding for finding in found if finding is not None)


def _growth(material: SubscriptionMaterial) -> Finding | None:
    """Say what the change of a year is made of."""
    year = material.year
    if not material.old:
        return None
    came = year.new + year.reactivated
    lost = year.churned + year.contraction
    unit = material.read.currency
    return Finding(
        say(
            "{as_of} set against {before}: {came} of MRR came from new and returning customers and {expansion} from "
            "expansion; {lost} was lost, {churned} of it by customers who left. Lost a month, above, adds up months "
            "instead, and so counts who came and left in between, too.",
            as_of=day(material.read.as_of),
            before=day(material.before),
            came=amount(came, unit),
            expansion=amount(year.expansion, unit),
            lost=amount(lost, unit),
            churned=percent(year.churned / lost) if lost else say("none"),
        ),
        "months",
    )


def _leaving(material: SubscriptionMaterial) -> Finding | None:
    """Name the plans whose customers stay longest and shortest, by their own projections."""
    own = [plan for plan in material.plans if plan.renewals.model and plan.stays >= _SMALLEST]
    if len(own) < 2:
        return None
    kept = {plan.name: float(plan.renewals.model.survival([12.0])[0]) for plan in own if plan.renewals.model}
    best, worst = max(kept, key=lambda name: kept[name]), min(kept, key=lambda name: kept[name])
    if kept[best] - kept[worst] < 0.05:
        return None
    return Finding(
        say(
            "{best} keeps {kept} of its new customers for a year, {worst} {kept_2}. It says who "
            "stays, not why.",
            best=best,
            kept=percent(kept[best]),
            worst=worst,
            kept_2=percent(kept[worst]),
        ),
        "plans",
    )


def _dependence(material: SubscriptionMaterial) -> Finding | None:
    """Say how much rests on one plan."""
    if len(material.plans) < 2 or not material.every.revenue:
        return None
    first = material.plans[0]
    if first.customers < _SMALLEST or first.revenue < _MUCH * material.every.revenue:
        return None
    return Finding(
        say(
            "{name} brings {revenue} of the recurring revenue, from {customers} of {customers_2} customers.",
            name=first.name,
            revenue=percent(first.revenue / material.every.revenue),
            customers=count(first.customers),
            customers_2=count(material.every.customers),
        ),
        "plans",
    )


def _equity(material: SubscriptionMaterial) -> Finding | None:
    """Say what one point of monthly churn is worth in what is still to come."""
    if not material.has_projection or not material.every.revenue:
        return None
    payments = material.every.coming / material.every.revenue
    return Finding(
        say(
            "Who pays now is expected to pay {payments} times what a month brings within "
            "{horizon_months} months{discounted}.",
            payments=number(payments),
            horizon_months=HORIZON_MONTHS,
            discounted=say(", discounted") if material.parameters.discount_rate else "",
        ),
        "plans",
    )
