"""The page Acquisition: what a new customer may cost, by first channel and by cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from clv_xl.report.model import CellRef, Chart, Line, Live, Page, Paragraph, Table, side_by_side
from clv_xl.report.pages.acquired_costs import costs_table, verdicts
from clv_xl.report.pages.acquired_values import values_table, worth_of
from clv_xl.report.pages.budget import budget_blocks
from clv_xl.report.pages.evidence import missed_by, missed_total
from clv_xl.report.won import ABOVE, BETWEEN, WITHIN
from clv_xl.report.words import amount, number, plural
from clv_xl.said import Piece, frame, joined, live_words, quoted, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.report.material import Material
    from clv_xl.report.model import Block

__all__ = ["NEAR", "acquisition_page", "dearest_above", "nearest_limit"]

NEAR: Final = 0.1
"""So close to its highest allowable CAC a channel is named."""
_LABELLED: Final = 4
_NAMED: Final = 8
"""Channels that a sentence names."""


def acquisition_page(material: Material) -> Page:
    """Build the page of what customers cost and bring."""
    found = material.acquisition
    blocks: list[Block] = []
    if found.has_channels:
        blocks += [*side_by_side(14, (5, _chart(material))), costs_table(material, "channel")]
    blocks.append(Paragraph(lines=_how_to_read(material)))
    if missing := _missing(material):
        blocks.append(Paragraph("What is missing", missing))
    if found.has_channels:
        blocks += budget_blocks(material, verdicts(material))
    blocks.append(costs_table(material, "cohort"))
    if found.has_channels:
        blocks.append(values_table(material, "channel"))
    blocks.append(values_table(material, "cohort"))
    return Page(
        key="acquisition",
        title="Acquisition",
        heading="Acquisition",
        question="What may a new customer cost?",
        blocks=tuple(blocks),
        cautions=(*material.page_cautions, *material.value_cautions),
        widths=_widths(blocks),
    )


def _widths(blocks: Sequence[Block]) -> tuple[float, ...]:
    """Return the widths of the columns: verdicts are words, and need more room than figures."""
    judged = {
        at
        for block in blocks
        if isinstance(block, Table)
        for at, column in enumerate(block.columns)
        if column.key == "verdict"
    }
    return (24.0, *(16.0 if at in judged else 13.0 for at in range(1, 17)))


def dearest_above(material: Material) -> int | None:
    """Return which channel above its limits takes the most spend; None where none is above."""
    found = verdicts(material)
    return found.index(ABOVE) if material.acquisition.has_channels and ABOVE in found else None


def nearest_limit(material: Material) -> int | None:
    """Return which channel comes nearest to its limit by the plain formula; None where none is within a tenth of it."""
    found = material.acquisition
    if not found.has_channels:
        return None
    told = verdicts(material)
    worths = [worth_of(material, item, "channel") for item in found.channels]
    near = [
        (abs(item.cac / worth.highest - 1), at)
        for at, (item, worth) in enumerate(zip(found.channels, worths, strict=True))
        if told[at] in {WITHIN, BETWEEN} and worth.highest > 0 and abs(item.cac / worth.highest - 1) <= NEAR
    ]
    return min(near)[1] if near else None


def _how_to_read(material: Material) -> tuple[str, ...]:
    lines: list[str] = [
        say(
            "The highest allowable CAC is the CLV before CAC by the plain formula / the target LTV:CAC on Parameters. "
            "A customer belongs to the first channel that is known of the customer."
        )
    ]
    if material.prediction.has_value:
        lines.append(
            say(
                "Beside it stands the same by prediction: what the customers there are have brought so far, not "
                "discounted, + their predicted CLV of the {months} to come. It speaks of old customers and new ones "
                "together, so it is a check and not the worth of a new customer. Above both, spend less; between them, "
                "test.",
                months=plural(material.prediction.outlook.months, "month", "months"),
            )
        )
        lines.append(missed_total(material))
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
    return tuple(filter(None, lines))


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
    # of many columns the figures would stand in each other's way, and the table below has them
    label: Literal["values", "none"] = "values" if spending <= _LABELLED else "none"
    by_prediction = Line(
        "The same by prediction", CellRef("channel_costs", "by_prediction", last=last), tone=2, label=label
    )
    return Chart(
        title=Live(formula, some.text if above else none),
        unit=_chart_unit(material),
        kind="columns",
        categories=CellRef("channel_costs", "channel", last=last),
        series=(
            Line("CAC", CellRef("channel_costs", "cac", last=last), tone=0, label="values"),
            Line(
                "Highest allowable CAC", CellRef("channel_costs", "highest", last=last), tone=5, label=label
            ),
            *((by_prediction,) if material.prediction.has_value else ()),
        ),
        format="money",
        minimum=0,
    )


def _chart_unit(material: Material) -> str:
    """Say what is drawn, and how far the prediction in it was off before."""
    unit = say("in {unit} for a new customer, by first channel", unit=material.unit)
    off = missed_by(material) if material.prediction.has_value else ""
    return unit + (say("; past predictions came out {off}", off=off) if off else "")
