"""The page Acquisition: what a new customer may cost, by first channel and by cohort."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.acquisition import budget_split
from clv_xl.metrics.groups import SMALLEST_COMPARED
from clv_xl.report.acquisition import ABOVE, BETWEEN, FEW, UNKNOWN, WITHIN, verdict
from clv_xl.report.model import CellRef, Chart, Column, Line, Live, Page, Paragraph, Table, side_by_side
from clv_xl.report.pages.acquired_values import values_table, worth_of
from clv_xl.report.pages.live import as_made
from clv_xl.report.words import amount, number, plural, share
from clv_xl.said import Piece, frame, joined, live_words, quoted, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.report.acquisition import Won, Worth
    from clv_xl.report.material import Material
    from clv_xl.report.model import Block, Scalar

__all__ = ["acquisition_page", "dearest_above", "verdicts"]

_NAMED: Final = 8
"""Channels that a sentence names."""
_PLAIN = "[@[Plain CLV]]"
_TOTAL = "([@[Margin so far]]+[@[Predicted CLV]])"


def acquisition_page(material: Material) -> Page:
    """Build the page of what customers cost and bring."""
    found = material.acquisition
    blocks: list[Block] = [Paragraph(lines=_how_to_read(material))]
    if missing := _missing(material):
        blocks.append(Paragraph("What is missing", missing))
    if found.has_channels:
        blocks += [*side_by_side(14, (5, _chart(material))), _costs(material, "channel"), *_budget(material)]
    blocks.append(_costs(material, "cohort"))
    if found.has_channels:
        blocks.append(values_table(material, "channel"))
    blocks.append(values_table(material, "cohort"))
    return Page(
        key="acquisition",
        title="Acquisition",
        heading="Acquisition",
        question="What may a new customer cost?",
        blocks=tuple(blocks),
        widths=(26, *(12.5,) * 11, 26, *(12.5,) * 4),
    )


def verdicts(material: Material) -> list[str]:
    """Return of every channel whether it costs more than it may."""
    predicted = material.prediction.has_value
    target = material.parameters.target_ratio
    return [
        verdict(item, worth_of(material, item, "channel"), target, predicted=predicted)
        for item in material.acquisition.channels
    ]


def dearest_above(material: Material) -> int | None:
    """Return which channel above its limits takes the most spend; None where none is above."""
    found = verdicts(material)
    return found.index(ABOVE) if material.acquisition.has_channels and ABOVE in found else None


def _how_to_read(material: Material) -> tuple[str, ...]:
    lines = [
        say(
            "The highest allowable CAC is what a customer is worth / the target LTV:CAC on Parameters. A customer "
            "belongs to the first channel that is known of the customer."
        )
    ]
    if material.prediction.has_value:
        lines.append(
            say(
                "There are two limits, because worth is measured in two ways: by the plain formula, and as margin so "
                "far + predicted CLV of the {months} to come. Above both, spend less; between them, test.",
                months=plural(material.prediction.outlook.months, "month", "months"),
            )
        )
    else:
        lines.append(
            say(
                "Nothing is predicted of single customers (see the page Forecast), so the plain formula stands in for "
                "the prediction."
            )
        )
    measured, given = material.measured_cac, material.given.acquisition_cost
    if measured is not None and measured.is_known and given is not None:
        lines.append(
            say(
                "All other pages go by the acquisition cost of {cost} on Parameters; this one goes by the spend.",
                cost=amount(given, material.currency),
            )
        )
    return tuple(lines)


def _missing(material: Material) -> tuple[str, ...]:
    """Say what keeps a cost or a channel from being known, and what to do about it."""
    found, measured = material.acquisition, material.measured_cac
    lines: list[str] = []
    if measured is None:
        lines.append(
            say(
                "There is no spend, so nothing here has an acquisition cost. Give month, channel and spend: on the "
                "sheet Spend, or as a file with --spend."
            )
        )
    elif not found.months:
        lines.append(measured.words(material.currency))
    if not found.has_channels:
        lines.append(
            say(
                "No order names a channel, so there is no table by channel. It takes a column with where the order "
                "came from, such as channel or utm source."
            )
        )
        return tuple(lines)
    if found.months and found.only_spend:
        lines.append(
            say(
                "No customer came first by these channels of the spend: {names}.",
                names=_listed(found.only_spend),
            )
        )
    if found.months and found.only_orders:
        lines.append(
            say(
                "Nothing is spent on these channels of orders, as far as the spend tells: {names}. Write spend and "
                "orders alike where they mean the same.",
                names=_listed(found.only_orders),
            )
        )
    if found.unnamed_spend:
        lines.append(
            say(
                "Spend of {spend} names no channel: it counts for all customers only.",
                spend=amount(found.unnamed_spend, material.currency),
            )
        )
    return tuple(lines)


def _listed(names: Sequence[str]) -> str:
    text = joined(", ", names[:_NAMED])
    left = len(names) - _NAMED
    return say("{names} and {left} more", names=text, left=left) if left > 0 else text


def _costs(material: Material, by: str) -> Table:
    """Show what customers of each channel or cohort cost, what they are worth, and what they may cost."""
    found = material.acquisition
    items = found.channels if by == "channel" else found.cohorts
    predicted, spent = material.prediction.has_value, found.months > 0
    judged = verdicts(material) if by == "channel" and spent else None
    rows = [
        _row(material, item, by, at, judged[at] if judged is not None else None)
        for at, item in enumerate(items)
    ]
    unit = say(found.unit)
    return Table(
        name=f"{by}_costs",
        title=(
            say("By first channel") if by == "channel" else say("By {unit} of the first order", unit=unit)
        ),
        caption=_caption(material, by),
        columns=_columns(material, by, predicted=predicted, spent=spent),
        rows=tuple(rows),
        total=_total(material, by, len(items)),
        structured=True,
    )


def _caption(material: Material, by: str) -> str:
    found = material.acquisition
    spent = (
        say(
            "Spend and new customers are those of the {months} of spend that lie wholly inside the order history.",
            months=plural(found.months, "month", "months"),
        )
        if found.months
        else say("Without spend there is no CAC.")
    )
    if by == "channel":
        return spent
    return spent + say(
        " A cohort that is younger than a year has no plain CLV: its pace is not known yet. Its payback looks at the "
        "months that are over."
    )


def _columns(material: Material, by: str, *, predicted: bool, spent: bool) -> tuple[Column, ...]:
    two = predicted and by == "channel"
    paid = (
        Column("new", "New", "count", "Customers whose first order falls in the months of spend that count."),
        Column("spend", "Spend", "money", say("In the months that count, in {unit}.", unit=material.unit)),
        Column(
            "cac",
            "CAC",
            "cents",
            "Spend / new customers. Not defined where nobody was won or no spend is known.",
            formula="=IF(AND(ISNUMBER([@Spend]),[@New]>0),[@Spend]/[@New],NA())",
            emphasis=True,
        ),
    )
    worth = (
        Column(
            "first_year",
            "First year margin",
            "cents",
            "Margin after cost to serve of the first twelve months, for each customer who has been one for a year.",
        ),
        Column(
            "plain",
            "Plain CLV",
            "cents",
            "Yearly margin while active x lifespan, before acquisition: as on the Summary. Worked out below.",
        ),
        Column(
            "so_far",
            "Margin so far",
            "cents",
            "Margin of all orders so far, after cost to serve, for each customer.",
        ),
    )
    coming = (
        Column(
            "predicted",
            "Predicted CLV",
            "cents",
            "What is still expected of each customer, those who left included.",
        ),
    )
    limits = (
        Column(
            "highest",
            "Highest allowable CAC",
            "cents",
            "Plain CLV / target LTV:CAC.",
            formula=f"=IF({_PLAIN}>=0,{_PLAIN}/target_ratio,NA())",
            emphasis=True,
        ),
        *(
            (
                Column(
                    "by_prediction",
                    "The same by prediction",
                    "cents",
                    "(Margin so far + predicted CLV) / target LTV:CAC.",
                    formula=f"=IF({_TOTAL}>=0,{_TOTAL}/target_ratio,NA())",
                ),
            )
            if predicted
            else ()
        ),
    )
    value = f"{_PLAIN},{_TOTAL}" if two else _PLAIN
    known = f"{_PLAIN}+{_TOTAL}" if two else _PLAIN
    returned = (
        Column(
            "ltv_cac",
            "LTV:CAC",
            "ratio",
            "Plain CLV / CAC.",
            formula=f"=IF([@CAC]>0,{_PLAIN}/[@CAC],NA())",
        ),
        Column(
            "payback",
            "Payback in months",
            "decimal",
            "First month in which the cumulative margin for each customer reaches CAC, within the month. It was worked "
            "out with the gross margin and cost to serve of the report, and is #N/A with others.",
        ),
    )
    judged = (
        Column(
            "verdict",
            "Verdict",
            "text",
            say(
                "CAC against the highest allowable CAC. Below {smallest} new customers it is not judged.",
                smallest=SMALLEST_COMPARED,
            ),
            formula=(
                f'=IF(ISNUMBER([@CAC]+{known}),IF([@New]<{SMALLEST_COMPARED},"{FEW}",'
                f'IF([@CAC]*target_ratio>MAX({value}),"{ABOVE}",'
                f'IF([@CAC]*target_ratio<=MIN({value}),"{WITHIN}","{BETWEEN}"))),"{UNKNOWN}")'
            ),
            words=True,
        ),
    )
    first = (
        Column("channel", "Channel", "text", emphasis=True)
        if by == "channel"
        else Column("cohort", "First order", "text", emphasis=True)
    )
    return (
        first,
        Column("customers", "Customers", "count", "All up to the as-of date."),
        *(paid if spent else ()),
        *worth,
        *(coming if predicted else ()),
        *(returned if spent else ()),
        *limits,
        *(judged if spent and by == "channel" else ()),
    )


def _row(material: Material, item: Won, by: str, at: int, judged: str | None) -> tuple[Scalar | Live, ...]:
    worth = worth_of(material, item, by)
    spent, predicted = material.acquisition.months > 0, material.prediction.has_value
    cac: Scalar | Live = Live("=NA()", nan) if item.mixed else item.cac

    def shown(title: str, value: float) -> Live:
        return Live(f"=INDEX({by}_values[{title}],{at + 1})", value)

    return (
        item.title,
        item.customers,
        *((item.new_customers, None if isnan(item.spend) else item.spend, cac) if spent else ()),
        shown("First year margin", worth.first_year),
        shown("Plain CLV", worth.plain),
        shown("Margin so far", worth.so_far),
        *((shown("Predicted CLV", worth.predicted),) if predicted else ()),
        *((worth.ltv_cac, _payback(material, item, worth)) if spent else ()),
        worth.highest,
        *((worth.by_prediction,) if predicted else ()),
        *((judged,) if judged is not None else ()),
    )


def _payback(material: Material, item: Won, worth: Worth) -> Live:
    """Return the months until the cost is earned: fixed, and so blank under other parameters than those."""
    if isnan(item.cac):
        return Live("=NA()", nan)
    if not isnan(worth.payback):
        return as_made(material, f"{worth.payback:.9f}", round(worth.payback, 9))
    months = len(item.curve.ages)
    never = (
        say("not within {months}", months=plural(months, "month", "months"))
        if months
        else say("too early to tell")
    )
    return as_made(material, quoted(never), never)


def _total(material: Material, by: str, rows: int) -> tuple[Scalar | Live, ...]:
    """Return the row of all customers: the last row of the values, and the sums of the rows above."""
    found = material.acquisition
    item = found.everyone
    worth = worth_of(material, item, by)
    spent, predicted = found.months > 0, material.prediction.has_value
    new, paid = f"SUM({by}_costs[New])", f"SUM({by}_costs[Spend])"
    cost = f"{paid}/{new}"

    def of(title: str) -> str:
        return f"INDEX({by}_values[{title}],{rows + 1})"

    def limit(value: str, worth: float) -> Live:
        return Live(f"=IF({value}>=0,{value}/target_ratio,NA())", worth)

    spend = found.everyone.spend
    return (
        say("All customers"),
        item.customers,
        *(
            (
                item.new_customers,
                Live(f"={paid}", spend),
                Live(f"=IF({new}>0,{cost},NA())", item.cac),
            )
            if spent
            else ()
        ),
        Live(f"={of('First year margin')}", worth.first_year),
        Live(f"={of('Plain CLV')}", worth.plain),
        Live(f"={of('Margin so far')}", worth.so_far),
        *((Live(f"={of('Predicted CLV')}", worth.predicted),) if predicted else ()),
        *(
            (
                Live(f"=IF({paid}>0,{of('Plain CLV')}/({cost}),NA())", worth.ltv_cac),
                _payback(material, item, worth),
            )
            if spent
            else ()
        ),
        limit(of("Plain CLV"), worth.highest),
        *(
            (limit(f"({of('Margin so far')}+{of('Predicted CLV')})", worth.by_prediction),)
            if predicted
            else ()
        ),
        *(("",) if spent and by == "channel" else ()),
    )


def _chart(material: Material) -> Chart | None:
    """Chart what channels cost against what they may; None without spend."""
    found = material.acquisition
    spending = found.with_spend
    if not found.months or not spending:
        return None
    above = verdicts(material).count(ABOVE)
    counted = Piece(f'COUNTIF(channel_costs[Verdict],"{ABOVE}")', number(above, 0))
    some = live_words(
        "{above} of {spending} channels with spend cost more for a new customer than they may",
        above=counted,
        spending=spending,
    )
    none = say("No channel with spend clearly costs more for a new customer than it may")
    formula = frame(
        "=IF({counted}>0,{some},{none})", counted=counted.formula, some=some.formula, none=quoted(none)
    )
    last = spending - 1
    by_prediction = Line(
        "The same by prediction", CellRef("channel_costs", "by_prediction", last=last), tone=2
    )
    return Chart(
        title=Live(formula, some.text if above else none),
        unit=say("in {unit} for a new customer, by first channel", unit=material.unit),
        kind="columns",
        categories=CellRef("channel_costs", "channel", last=last),
        series=(
            Line("CAC", CellRef("channel_costs", "cac", last=last), tone=0, label="values"),
            Line("Highest allowable CAC", CellRef("channel_costs", "highest", last=last), tone=5),
            *((by_prediction,) if material.prediction.has_value else ()),
        ),
        format="money",
        minimum=0,
    )


def _budget(material: Material) -> list[Block]:
    """Divide what is spent a month by the margin that it wins."""
    found = material.acquisition
    judged = verdicts(material)
    places = [at for at, item in enumerate(found.channels) if item.spend > 0]
    if not places:
        return []
    items = [found.channels[at] for at in places]
    monthly = np.array([item.spend / found.months for item in items])
    now = monthly / monthly.sum()
    won = np.array([share(worth_of(material, item, "channel").plain, item.cac) for item in items])
    told = [judged[at] for at in places]
    known = {WITHIN: "within", ABOVE: "above"}
    suggested = budget_split(now, won, [known.get(item, "as it is") for item in told])
    within, above = (f'SUMIF(budget[Verdict],"{word}",budget[Share now])' for word in (WITHIN, ABOVE))
    rows = tuple(
        (
            item.title,
            float(monthly[row]),
            float(now[row]),
            Live(
                f"=INDEX(channel_costs[Plain CLV],{at + 1})/INDEX(channel_costs[CAC],{at + 1})",
                float(won[row]),
            ),
            Live(f"=INDEX(channel_costs[Verdict],{at + 1})", told[row]),
            float(suggested[row]),
            float(suggested[row] * monthly.sum()),
        )
        for row, (at, item) in enumerate(zip(places, items, strict=True))
    )
    return [
        Paragraph(
            "How to divide the budget",
            (
                say(
                    "The rule: a channel above what it may cost gets nothing. What that frees, and what the channels "
                    "within it take now, is divided among those within it in proportion to the margin that they win "
                    "for each {unit} spent (plain CLV / CAC). Every other channel keeps its share.",
                    unit=material.currency or say("unit of currency"),
                ),
                say(
                    "These are averages of what was spent so far: the next customers of a channel often cost more. "
                    "Move in steps and measure again."
                ),
            ),
        ),
        Table(
            name="budget",
            title="Suggested split of the budget",
            caption="Suggested shares add up to less than 100 % where no channel is within what it may cost.",
            columns=(
                Column("channel", "Channel", "text", emphasis=True),
                Column(
                    "monthly",
                    "Spend a month",
                    "money",
                    "Mean of the months that count, those without spend included.",
                ),
                Column(
                    "now", "Share now", "percent", formula="=[@[Spend a month]]/SUM(budget[Spend a month])"
                ),
                Column("won", "Margin won", "decimal", "For each unit of spend: plain CLV / CAC."),
                Column("verdict", "Verdict", "text", words=True),
                Column(
                    "suggested",
                    "Suggested share",
                    "percent",
                    "By the rule above. Recalculates with the Parameters sheet.",
                    formula=(
                        f'=IF([@Verdict]="{WITHIN}",({within}+{above})*[@[Margin won]]/'
                        f'SUMIF(budget[Verdict],"{WITHIN}",budget[Margin won]),'
                        f'IF([@Verdict]="{ABOVE}",0,[@[Share now]]))'
                    ),
                    emphasis=True,
                ),
                Column(
                    "suggested_monthly",
                    "Suggested a month",
                    "money",
                    formula="=[@[Suggested share]]*SUM(budget[Spend a month])",
                ),
            ),
            rows=rows,
            total=(
                say("All spend"),
                float(monthly.sum()),
                1.0,
                "",
                "",
                Live("=SUM(budget[Suggested share])", float(suggested.sum())),
                Live("=SUM(budget[Suggested a month])", float(suggested.sum() * monthly.sum())),
            ),
            structured=True,
        ),
    ]
