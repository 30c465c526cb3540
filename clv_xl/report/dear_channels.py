"""Findings of channels: whose new customers cost more than they may, and whose cost nearly as much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clv_xl.report.model import Finding, Live
from clv_xl.report.pages.acquired_values import worth_of
from clv_xl.report.pages.acquisition import NEAR, dearest_above, nearest_limit
from clv_xl.report.pages.live import live_amount
from clv_xl.report.won import ABOVE
from clv_xl.said import Piece, frame, live_words, say

if TYPE_CHECKING:
    from clv_xl.report.material import Material

__all__ = ["dear_channel", "near_limit"]


def dear_channel(material: Material) -> Finding | None:
    """Name the channel that takes the most spend of those whose new customers cost more than they may."""
    at = dearest_above(material)
    if at is None:
        return None
    item = material.acquisition.channels[at]
    worth = worth_of(material, item, "channel")
    predicted = material.prediction.has_value

    def cell(column: str) -> str:
        return f"INDEX(channel_costs[{column}],{at + 1})"

    limits = [cell("Highest allowable CAC"), *([cell("The same by prediction")] if predicted else [])]
    # at a loss a limit is undefined: then no cost pays
    limit = f"MAX(0,{','.join(f'IF(ISNUMBER({name}),{name},0)' for name in limits)})"
    highest = np.nanmax([0.0, worth.highest, worth.by_prediction])
    known = {
        "channel": Piece(cell("Channel"), item.title),
        "cost": live_amount(cell("CAC"), item.cac, material.currency),
    }
    above = live_words(
        "A new customer by {channel} costs {cost}, and may cost {limit} at most: spend less there.",
        limit=live_amount(limit, float(highest), material.currency),
        **known,
    )
    no_longer = live_words(
        "A new customer by {channel} costs {cost}: not clearly above what one may cost.", **known
    )
    formula = frame(
        '=IF({verdict}="{word}",{above},{no_longer})',
        verdict=cell("Verdict"),
        word=say(ABOVE),
        above=above.formula,
        no_longer=no_longer.formula,
    )
    return Finding(Live(formula, above.text), "acquisition")


def near_limit(material: Material) -> Finding | None:
    """Name the channel whose new customers cost nearly what they may, by the plain formula."""
    at = nearest_limit(material)
    if at is None or dearest_above(material) is not None:
        return None
    item = material.acquisition.channels[at]
    title, cost, limit = (
        f"INDEX(channel_costs[{column}],{at + 1})" for column in ("Channel", "CAC", "Highest allowable CAC")
    )
    highest = worth_of(material, item, "channel").highest
    known = {
        "channel": Piece(title, item.title),
        "cost": live_amount(cost, item.cac, material.currency),
        "limit": live_amount(limit, highest, material.currency),
    }
    near = live_words(
        "A new customer by {channel} costs {cost}, close to the highest allowable CAC of {limit}: spend no more there "
        "before one costs less.",
        **known,
    )
    other = live_words(
        "A new customer by {channel} costs {cost}; the highest allowable CAC is {limit}.", **known
    )
    formula = frame(
        '=IF(ISNUMBER({limit}),IF(ABS({cost}/{limit}-1)<={share},{near},{other}),"")',
        limit=limit,
        cost=cost,
        share=NEAR,
        near=near.formula,
        other=other.formula,
    )
    return Finding(Live(formula, near.text), "acquisition")
