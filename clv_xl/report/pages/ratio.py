"""What stands under LTV:CAC: its target, and the ratio of the channels that are paid for."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from clv_xl.metrics.groups import SMALLEST_COMPARED
from clv_xl.report.model import Live
from clv_xl.report.pages.acquired_values import worth_of
from clv_xl.report.words import number
from clv_xl.said import Piece, frame, live_words

if TYPE_CHECKING:
    from clv_xl.report.material import Material

__all__ = ["ratio_caption"]

_SAME = 0.01
"""A cost as typed is that of all new customers where it is so close to all spend by all of them."""


def ratio_caption(material: Material) -> Live:
    """Say what ratio is aimed at; and where spend is known of some channels only, that of these alone."""
    known = not isnan(material.figures["ltv_to_cac"].now)
    target = Piece("FIXED(target_ratio,1)", number(material.parameters.target_ratio))
    words = live_words("target {ratio}x", ratio=target)
    found, paid = material.acquisition, material.acquisition.paid
    # fewer customers carry no ratio of their own
    if paid is None or paid.new_customers < SMALLEST_COMPARED or not found.has_channels or isnan(paid.cac):
        return Live(
            frame('=IF(ISNUMBER(ltv_to_cac),{words},"")', words=words.formula), words.text if known else ""
        )
    last, row = found.named_with_spend, len(found.channels) + 1
    spend, new = (
        f"SUM(INDEX(channel_costs[{name}],1):INDEX(channel_costs[{name}],{last}))"
        for name in ("Spend", "New")
    )
    worth = worth_of(material, paid, "channel")
    alone = {
        "ratio": target,
        "alone": Piece(
            f"FIXED(INDEX(channel_values[CLV before CAC],{row})/({spend}/{new}),1)", number(worth.ltv_cac)
        ),
        "cac": Piece(f"FIXED({spend}/{new},0)", number(paid.cac, 0)),
    }
    blended = live_words(
        "target {ratio}x, CAC over all new customers, also those without spend; channels with spend {alone}x "
        "(CAC {cac})",
        **alone,
    )
    other = live_words("target {ratio}x; channels with spend {alone}x (CAC {cac})", **alone)
    cost, all_cac = material.parameters.acquisition_cost or 0.0, found.everyone.cac
    same = abs(cost / all_cac - 1) < _SAME if all_cac > 0 else False
    formula = frame(
        '=IF(ISNUMBER(ltv_to_cac),IF(ISNUMBER({worth}),IF(ABS({cac}/{all_cac}-1)<{close},{blended},{other}),{words}),"")',
        worth=f"INDEX(channel_values[CLV before CAC],{row})",
        cac=material.cac_name,
        all_cac="(SUM(channel_costs[Spend])/SUM(channel_costs[New]))",
        close=_SAME,
        blended=blended.formula,
        other=other.formula,
        words=words.formula,
    )
    text = words.text if isnan(worth.plain) else blended.text if same else other.text
    return Live(formula, text if known else "")
