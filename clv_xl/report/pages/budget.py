"""How to divide the budget for new customers: part of the page Acquisition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clv_xl.metrics.acquisition import budget_split
from clv_xl.report.model import Column, Live, Paragraph, Table
from clv_xl.report.pages.acquired_values import worth_of
from clv_xl.report.won import ABOVE, WITHIN
from clv_xl.report.words import share
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.model import Block

__all__ = ["budget_blocks"]


def budget_blocks(material: Material, judged: list[str]) -> list[Block]:
    """Divide what is spent a month by the margin that it wins."""
    found = material.acquisition
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
                f"=INDEX(channel_costs[CLV before CAC],{at + 1})/INDEX(channel_costs[CAC],{at + 1})",
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
                    "The rule: a channel above its limits gets nothing. What that frees, and what the channels within "
                    "theirs take now, is divided among those within in proportion to the margin that they win "
                    "for each {unit} spent (CLV before CAC / CAC). Every other channel keeps its share.",
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
            caption="Suggested shares add up to less than 100 % where no channel is within its limits.",
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
                Column("won", "Margin won", "decimal", "For each unit of spend: CLV before CAC / CAC."),
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
                Live("=SUM(budget[Share now])", 1.0),
                "",
                "",
                Live("=SUM(budget[Suggested share])", float(suggested.sum())),
                Live("=SUM(budget[Suggested a month])", float(suggested.sum() * monthly.sum())),
            ),
            structured=True,
        ),
    ]
