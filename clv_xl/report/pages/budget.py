"""How to divide the budget for new customers: part of the page Acquisition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clv_xl.metrics.acquisition import BUDGET_STEP, budget_split, budget_steps
from clv_xl.report.model import Column, Live, Paragraph, Table
from clv_xl.report.pages.acquired_values import worth_of
from clv_xl.report.won import ABOVE, WITHIN
from clv_xl.report.words import number, share
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
    judgement = [known.get(item, "as it is") for item in told]
    suggested, steps = (method(now, won, judgement) for method in (budget_split, budget_steps))
    within, above = (f'SUMIF(budget[Verdict],"{word}",budget[Share now])' for word in (WITHIN, ABOVE))
    up, down = (f'SUMIF(budget[Step],"{sign}0")' for sign in (">", "<"))
    rows = tuple(
        (
            item.title,
            float(monthly[row]),
            float(now[row]),
            Live(
                f"=INDEX(channel_costs[CLV before CAC],{at + 1})/INDEX(channel_costs[CAC],{at + 1})",
                float(won[row]),
            ),
            item.new_customers,
            Live(f"=INDEX(channel_costs[Verdict],{at + 1})", told[row]),
            float(steps[row]),
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
                    "The rule: a channel above its limits gets nothing. Those within theirs move towards shares in "
                    "proportion to the margin that they win for each {unit} spent (CLV before CAC / CAC), each by at "
                    "most {step}% of what it takes now; what is freed beyond that is better not spent. Every other "
                    "channel keeps its share. A channel within its limits pays, and yet gives way a step where others "
                    "win more.",
                    step=number(100 * BUDGET_STEP, 0),
                    unit=material.currency or say("unit of currency"),
                ),
                say(
                    "It rests on averages of the new customers of each channel so far: the next customers of a channel "
                    "often cost more. Take one step, and measure again before the next."
                ),
            ),
        ),
        Table(
            name="budget",
            title="Suggested split of the budget",
            caption="Suggested shares add up to less than 100% where more is freed than others may gain in a step.",
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
                Column("new", "New", "count", "New customers that the averages rest on."),
                Column("verdict", "Verdict", "text", words=True),
                Column(
                    "step",
                    "Step",
                    "percent",
                    say(
                        "Towards the share by margin won, at most {step}% of the share now, before ups and downs are "
                        "made equal.",
                        step=number(100 * BUDGET_STEP, 0),
                    ),
                    formula=(
                        f'=IF([@Verdict]="{WITHIN}",MAX(-{BUDGET_STEP}*[@[Share now]],MIN({BUDGET_STEP}*[@[Share now]],'
                        f"({within}+{above})*[@[Margin won]]/"
                        f'SUMIF(budget[Verdict],"{WITHIN}",budget[Margin won])-[@[Share now]])),0)'
                    ),
                ),
                Column(
                    "suggested",
                    "Suggested share",
                    "percent",
                    "By the rule above. Recalculates with the Parameters sheet.",
                    formula=(
                        f'=IF([@Verdict]="{ABOVE}",0,[@[Share now]]+'
                        f"IF([@Step]>0,[@Step]*MIN(1,({above}-{down})/{up}),"
                        f"IF([@Step]<0,[@Step]*MIN(1,MAX(0,{up}-{above})/-{down}),0)))"
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
                Live("=SUM(budget[New])", sum(item.new_customers for item in items)),
                "",
                Live('=""', ""),
                Live("=SUM(budget[Suggested share])", float(suggested.sum())),
                Live("=SUM(budget[Suggested a month])", float(suggested.sum() * monthly.sum())),
            ),
            structured=True,
        ),
    ]
