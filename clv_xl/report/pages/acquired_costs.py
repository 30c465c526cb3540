"""What customers of a channel or cohort cost against what they may: part of the page Acquisition."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING, Final

from clv_xl.metrics.groups import SMALLEST_COMPARED
from clv_xl.report.model import Column, Live, Table
from clv_xl.report.pages.acquired_values import parts, worth_of
from clv_xl.report.pages.evidence import missed_by
from clv_xl.report.pages.live import as_made
from clv_xl.report.won import ABOVE, BETWEEN, FEW, UNKNOWN, WITHIN, verdict
from clv_xl.report.words import plural
from clv_xl.said import quoted, say

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar
    from clv_xl.report.won import Won, Worth

__all__ = ["costs_table", "verdicts"]

_BLANK: Final = Live('=""', "")
_PLAIN = "[@[CLV before CAC]]"
_TOTAL = "([@[Margin so far]]+[@[Predicted CLV]])"


def verdicts(material: Material) -> list[str]:
    """Return of every channel whether it costs more than it may."""
    predicted = material.prediction.has_value
    target = material.parameters.target_ratio
    return [
        verdict(item, worth_of(material, item, "channel"), target, predicted=predicted)
        for item in material.acquisition.channels
    ]


def costs_table(material: Material, by: str) -> Table:
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
        total=_closing(material, by, found.everyone, len(items) + len(parts(material, by)) + 1),
        part=next((_closing(material, by, item, len(items) + 1) for item in parts(material, by)), None),
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
    if found.has_channels:
        spent += say(
            " CLV of a channel takes the lifespan of its own customers, that of a {unit} of first orders the lifespan "
            "of all.",
            unit=say(found.unit),
        )
    if by == "channel":
        return spent + (
            say(
                " #N/A: no spend is known for the channel, or it won nobody, so there is no CAC to compare with."
            )
            + _waiting()
            if found.months
            else ""
        )
    return (
        spent
        + say(
            " A cohort younger than a year has no CLV yet: #N/A. Its payback looks at the months that are over."
        )
        + (_waiting() if found.months else "")
    )


def _waiting() -> str:
    """Say that the payback cannot follow what is typed, and why."""
    return say(
        " Payback is worked out month by month with the gross margin and cost to serve of the report: with others it "
        "is #N/A until the report is made again."
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
            "Margin after cost to serve of the first twelve months, for each customer who has been one for a year; "
            "Figures has it of those won 12 to 24 months ago.",
        ),
        Column(
            "plain",
            "CLV before CAC",
            "cents",
            "By the plain formula: yearly margin while active x lifespan. Summary has it of all customers, before and "
            "after CAC. Worked out below.",
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
            "CLV before CAC / target LTV:CAC.",
            formula=f"=IF({_PLAIN}>=0,{_PLAIN}/target_ratio,NA())",
            emphasis=True,
        ),
        *(
            (
                Column(
                    "by_prediction",
                    "The same by prediction",
                    "cents",
                    _by_prediction(material),
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
            "CLV before CAC / CAC.",
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
                "CAC against the highest allowable CAC, by both ways where there are two. Below {smallest} new "
                "customers it is not judged.",
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
        shown("CLV before CAC", worth.plain),
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


def _closing(material: Material, by: str, item: Won, at: int) -> tuple[Scalar | Live, ...]:
    """Return the row of all customers, or of all channels with spend: a row of the values, and sums of rows above."""
    found = material.acquisition
    worth = worth_of(material, item, by)
    spent, predicted = found.months > 0, material.prediction.has_value
    new, paid = (_sum(material, f"{by}_costs[{title}]", item) for title in ("New", "Spend"))
    cost = f"{paid}/{new}"

    def of(title: str) -> str:
        return f"INDEX({by}_values[{title}],{at})"

    def limit(value: str, worth: float) -> Live:
        return Live(f"=IF({value}>=0,{value}/target_ratio,NA())", worth)

    return (
        item.title,
        item.customers,
        *(
            (
                item.new_customers,
                Live(f"={paid}", item.spend),
                Live(f"=IF({new}>0,{cost},NA())", item.cac),
            )
            if spent
            else ()
        ),
        Live(f"={of('First year margin')}", worth.first_year),
        Live(f"={of('CLV before CAC')}", worth.plain),
        Live(f"={of('Margin so far')}", worth.so_far),
        *((Live(f"={of('Predicted CLV')}", worth.predicted),) if predicted else ()),
        *(
            (
                Live(f"=IF({paid}>0,{of('CLV before CAC')}/({cost}),NA())", worth.ltv_cac),
                _payback(material, item, worth),
            )
            if spent
            else ()
        ),
        limit(of("CLV before CAC"), worth.highest),
        *(
            (limit(f"({of('Margin so far')}+{of('Predicted CLV')})", worth.by_prediction),)
            if predicted
            else ()
        ),
        *((_BLANK,) if spent and by == "channel" else ()),
    )


def _sum(material: Material, column: str, item: Won) -> str:
    """Return the sum of a column: of all rows, or of the first ones, which are the named channels with spend."""
    if item is material.acquisition.everyone:
        return f"SUM({column})"
    return f"SUM(INDEX({column},1):INDEX({column},{material.acquisition.named_with_spend}))"


def _by_prediction(material: Material) -> str:
    """Say what the second limit is of, and how far off such predictions were."""
    told = say(
        "(Margin so far + predicted CLV) / target LTV:CAC, of the customers there are: a check, not the worth of a new "
        "customer."
    )
    off = missed_by(material)
    return told + (say(" On this shop's own past such totals came out {off}.", off=off) if off else "")
