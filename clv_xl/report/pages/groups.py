"""The page Groups: what the best customers have in common."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.groups import SMALLEST_COMPARED
from clv_xl.metrics.value import historic_value
from clv_xl.report.compared_groups import standout
from clv_xl.report.model import CellRef, Chart, Column, Line, Live, Page, Paragraph, Table, side_by_side
from clv_xl.report.named_groups import MOST_GROUPS
from clv_xl.report.pages.live import (
    HISTORIC_NOTE,
    as_made,
    historic_clv_formula,
    money_columns,
)
from clv_xl.report.words import count, number, plural, share
from clv_xl.said import joined, quoted, say

if TYPE_CHECKING:
    from clv_xl.metrics.groups import GroupComparison
    from clv_xl.report.compared_groups import Attribute, Standout
    from clv_xl.report.material import Material
    from clv_xl.report.model import Block, Scalar

__all__ = ["groups_page", "standout_words"]

_DIFFERS: Final = "differs"
_CHANCE: Final = "may be chance"
_FEW: Final = "too few customers"
_NO_GROUP: Final = "no group of its own"
_CHANGED: Final = "parameters changed"
_DIGITS: Final = 6
"""Decimals of the ends of intervals inside formulas."""
_DAYS_PER_YEAR: Final = 365.25
_CAPTION: Final = say(
    "The largest group first; beyond the {most} largest, the rest stand together.", most=MOST_GROUPS
)
_TOLD: Final = 10
"""Groups in the table of those that differ."""


def groups_page(material: Material) -> Page:
    """Build the page that compares customers by every attribute that is known of them."""
    found = material.compared
    blocks: list[Block] = [Paragraph(lines=_how_to_read(material))]
    if left := _left_out(material):
        blocks.append(Paragraph("What is not compared", left))
    blocks += side_by_side(13, (5, _chart(material)))
    if found.attributes:
        blocks += _differing(material)
    for item in found.attributes:
        if item.expected is not None:
            blocks.append(_expected(material, item, item.expected))
        blocks.append(_historic(material, item))
    return Page(
        key="groups",
        title="Groups",
        heading="Groups",
        question="What do our best customers have in common?",
        blocks=tuple(blocks),
        widths=(26, 24, *(11.5,) * 13),
        notice=_notice(material),
    )


def _notice(material: Material) -> Live | None:
    """Say that intervals of historic CLV are blank once margin or cost to serve were changed."""
    if not material.compared.attributes:
        return None
    words = say(
        "Gross margin or cost to serve was changed: the intervals of historic CLV come back when the report is made "
        "again."
    )
    return as_made(material, '""', "", quoted(words))


def _how_to_read(material: Material) -> tuple[str, ...]:
    found = material.compared
    if not found.attributes:
        return (
            say(
                "Nothing is known of the customers by which they could be compared. It takes a channel, country or "
                "product in the orders, or customer data: on the sheet Customer data, or as a file with --customers."
            ),
        )
    lines = [
        say(
            "Each group is set against all other customers. That a group differs does not say why: groups differ in "
            "more than their name, such as in how long they have been customers."
        ),
        say(
            "Intervals: 95 of 100 bootstrap draws of the same customers lie between low and high. {comparisons} are "
            "made here, so a group differs only where chance would hardly make one of so many differ as much. Below "
            "{smallest} customers there is an interval, but no rank and no verdict.",
            comparisons=plural(found.comparisons, "comparison", "comparisons"),
            smallest=SMALLEST_COMPARED,
        ),
    ]
    if not material.prediction.has_value:
        lines.append(
            say("Nothing is predicted of single customers (see the page Forecast): groups show what was.")
        )
    return tuple(lines)


def _left_out(material: Material) -> tuple[str, ...]:
    found = material.compared
    lines = []
    if found.blank:
        lines.append(say("Not in the orders: {names}.", names=joined(", ", found.blank)))
    if found.alike:
        lines.append(say("The same for every customer: {names}.", names=joined(", ", found.alike)))
    if found.scattered:
        lines.append(
            say(
                "So many different values that none has {smallest} customers: {names}.",
                smallest=SMALLEST_COMPARED,
                names=joined(", ", found.scattered),
            )
        )
    return tuple(lines)


def standout_words(found: Standout) -> str:
    """Say which group differs most; a ratio of amounts, which no change of the margin moves."""
    if found.expected:
        return say(
            "Customers with {attribute} {group} ({customers}) are expected to bring {times} times as much each as the "
            "rest. They differ; that need not be the reason.",
            attribute=found.attribute,
            group=found.group,
            customers=count(found.customers),
            times=number(found.times),
        )
    return say(
        "Customers with {attribute} {group} ({customers}) have brought {times} times as much each as the rest. They "
        "differ; that need not be the reason.",
        attribute=found.attribute,
        group=found.group,
        customers=count(found.customers),
        times=number(found.times),
    )


def _chart(material: Material) -> Chart | None:
    """Chart the groups of the attribute that stands out; of the first where none does."""
    found = material.compared
    if not found.attributes:
        return None
    best = standout(found) if _gains(material) else None
    item = next(
        (item for item in found.attributes if best is not None and item.key == best.key), found.attributes[0]
    )
    table = _name(item, "expected" if item.expected is not None else "historic")
    title: str | Live = say("{attribute}: no group stands out", attribute=item.title)
    if best is not None:
        title = say(
            "{attribute} {group}: {times} times the rest",
            attribute=best.attribute,
            group=best.group,
            times=number(best.times),
        )
        if not best.expected:
            plain = say("Historic CLV by group")
            title = as_made(material, quoted(title), title, quoted(plain)) if len(title) < 250 else plain
    last = item.named - 1
    what = (
        say("predicted CLV each, in {unit}, by {attribute}", unit=material.unit, attribute=item.title)
        if item.expected is not None
        else say("historic CLV each, in {unit}, by {attribute}", unit=material.unit, attribute=item.title)
    )
    return Chart(
        title=title,
        unit=what,
        kind="columns",
        categories=CellRef(table, "group", last=last),
        series=(Line("CLV each", CellRef(table, "clv", last=last), tone=0, label="values"),),
        format="money",
        legend=False,
    )


def _gains(material: Material) -> bool:
    """Tell whether more orders leave more margin: else a ratio of amounts says nothing of value."""
    return not material.prediction.has_value or material.prediction.margin_share > 0


def _differing(material: Material) -> list[Block]:
    """List the groups that differ, by how many times they bring what the rest brings."""
    rows: list[tuple[float, tuple[Scalar | Live, ...]]] = []
    for item in material.compared.attributes:
        comparison = item.historic if item.expected is None else item.expected
        for at in np.flatnonzero(comparison.differs):
            mean, difference = float(comparison.mean[at]), float(comparison.difference[at])
            rest = mean - difference
            times = mean / rest if rest > 0 else nan
            rows.append(
                (
                    -abs(np.log(times)) if times > 0 else 0.0,
                    (
                        item.title,
                        item.groups[at],
                        int(item.customers[at]),
                        _each(material, item, mean),
                        _each(material, item, rest),
                        _each(material, item, difference),
                        times,
                    ),
                )
            )
    if not rows:
        return [Paragraph(lines=(say("No group differs from the rest by more than chance may make."),))]
    rows.sort(key=lambda row: row[0])
    coming = material.prediction.has_value
    return [
        Table(
            name="differing_groups",
            title="Groups that differ most from the rest",
            caption=(
                say("By predicted CLV: what is still expected of each customer.")
                if coming
                else say("By historic CLV: what each customer has brought so far, before acquisition.")
            ),
            columns=(
                Column("attribute", "Attribute", "text"),
                Column("group", "Group", "text", emphasis=True),
                Column("customers", "Customers", "count"),
                Column("each", "Each", "cents"),
                Column("rest", "Rest each", "cents"),
                Column("difference", "Difference", "cents"),
                Column(
                    "times",
                    "Times the rest",
                    "ratio",
                    "Each / rest each. Not defined where the rest bring nothing.",
                ),
            ),
            rows=tuple(row for _, row in rows[:_TOLD]),
        )
    ]


def _each(material: Material, item: Attribute, value: float) -> Live:
    """Return a mean of a group or its rest: of amounts, times the margin share; of margins, as made."""
    if item.expected is not None:
        kept = material.prediction.margin_share
        return Live(f"={_literal(value)}*margin_share", round(value, _DIGITS) * kept + 0.0)
    return as_made(material, _literal(value), round(value, _DIGITS))


def _literal(value: float) -> str:
    return f"{round(value, _DIGITS) + 0.0:.{_DIGITS}f}"


def _name(item: Attribute, kind: str) -> str:
    return f"groups_{item.key}_{kind}"


def _rank(table: str, value: str) -> str:
    """Return the rank of a row among the groups that are large enough."""
    large = f'({table}[Customers]>={SMALLEST_COMPARED})*({table}[Verdict]<>"{_NO_GROUP}")'
    return f"=1+SUMPRODUCT({large}*({table}[{value}]>[@[{value}]]))"


def _ranks(item: Attribute, values: np.ndarray) -> list[int | None]:
    """Return the rank of each group, 1 the best; None for those without one."""
    large = values[: item.ranked]
    return [
        int(1 + np.count_nonzero(large > values[at])) if at < item.ranked else None
        for at in range(len(values))
    ]


def _verdict(item: Attribute, comparison: GroupComparison, at: int) -> str:
    if at >= item.named:
        return _NO_GROUP
    if at >= item.ranked:
        return _FEW
    return _DIFFERS if comparison.differs[at] else _CHANCE


_GROUP: Final = (
    Column("group", "Group", "text", emphasis=True),
    Column(
        "verdict",
        "Verdict",
        "text",
        "Whether the difference to all other customers is larger than chance would make it among so many groups.",
        words=True,
    ),
    Column("customers", "Customers", "count"),
)


def _value_columns(value: str, note: str, formula: str, table: str) -> tuple[Column, ...]:
    mean = f"SUMPRODUCT({table}[Customers],{table}[{value}])"
    others = f"(SUM({table}[Customers])-[@Customers])"
    return (
        Column("clv", value, "cents", note, formula=formula, emphasis=True),
        Column("low", "Low", "cents", "Of the mean: 95 % bootstrap interval, with the next."),
        Column("high", "High", "cents"),
        Column(
            "difference",
            "Difference to rest",
            "cents",
            "The group's mean less the mean of all other customers.",
            formula=f"=IF({others}>0,[@[{value}]]-({mean}-[@Customers]*[@[{value}]])/{others},NA())",
        ),
        Column("difference_low", "Difference low", "cents", "95 % bootstrap interval, with the next."),
        Column("difference_high", "Difference high", "cents"),
        Column(
            "rank", "Rank", "count", say("Among groups of {smallest} or more.", smallest=SMALLEST_COMPARED)
        ),
    )


def _title(item: Attribute, what: str) -> str:
    return say("{attribute}: {what}", attribute=item.title, what=what)


def _expected(material: Material, item: Attribute, comparison: GroupComparison) -> Table:
    """Show what is expected of each group, over the amounts that are: they follow the margin."""
    table, kept = _name(item, "expected"), material.prediction.margin_share
    means = comparison.mean * kept
    ranks = _ranks(item, means)
    whole = float(np.sum(item.sums["expected_amount"]))

    def ends(low: float, high: float) -> tuple[Live, Live]:
        if isnan(low):
            return Live("=NA()", nan), Live("=NA()", nan)
        both = f"{_literal(low)}*margin_share,{_literal(high)}*margin_share"
        values = (round(low, _DIGITS) * kept + 0.0, round(high, _DIGITS) * kept + 0.0)
        return Live(f"=MIN({both})", min(values)), Live(f"=MAX({both})", max(values))

    rows = tuple(
        (
            group,
            _verdict(item, comparison, at),
            int(item.customers[at]),
            float(item.sums["expected_amount"][at]),
            float(means[at]),
            *ends(float(comparison.low[at]), float(comparison.high[at])),
            float(comparison.difference[at] * kept),
            *ends(float(comparison.difference_low[at]), float(comparison.difference_high[at])),
            "" if ranks[at] is None else Live(_rank(table, "Predicted CLV"), ranks[at]),  # type: ignore[arg-type]
            share(float(item.sums["expected_amount"][at]), whole) if whole > 0 else nan,
        )
        for at, group in enumerate(item.groups)
    )
    months = plural(material.prediction.outlook.months, "month", "months")
    return Table(
        name=table,
        title=_title(item, say("predicted CLV, what is to come")),
        caption=_CAPTION,
        columns=(
            *_GROUP,
            Column(
                "expected_amount",
                "Expected amount",
                "money",
                say("In the {months} to come, discounted.", months=months),
            ),
            *_value_columns(
                "Predicted CLV",
                "Expected amount x margin share / customers. The interval holds which customers are in the group, not "
                "how wrong the model may be.",
                "=[@[Expected amount]]*margin_share/[@Customers]",
                table,
            ),
            Column(
                "share",
                "Share of value",
                "percent",
                "Of the expected amount of all customers.",
                formula=f"=IF(SUM({table}[Expected amount])>0,[@[Expected amount]]/SUM({table}[Expected amount]),NA())",
            ),
        ),
        rows=rows,
        total=_total(item, (whole,), Live("=predicted_clv", material.figures["predicted_clv"].now)),
        structured=True,
        compact=True,
    )


def _historic(material: Material, item: Attribute) -> Table:
    """Show what each group has brought; the intervals are those of the margin that the report was made with."""
    table, comparison, parameters = _name(item, "historic"), item.historic, material.parameters
    cost, name = parameters.acquisition_cost or 0.0, material.cac_name
    means = np.array(
        [
            historic_value(
                float(margin),
                acquisition_cost=cost * int(size),
                service_cost=parameters.service_cost * float(orders),
            )
            / int(size)
            for margin, size, orders in zip(
                item.sums["margin"], item.customers, item.sums["orders"], strict=True
            )
        ]
    )
    ranks = _ranks(item, means)
    money = money_columns(material)
    worth = means * item.customers + cost * item.customers
    whole = float(worth.sum())

    def made(value: float, *, less_cost: bool) -> Live:
        if isnan(value):
            return Live("=NA()", nan)
        formula = _literal(value) + (f"-{name}" if less_cost else "")
        return as_made(material, formula, round(value, _DIGITS) - (cost if less_cost else 0.0))

    def told(at: int) -> str | Live:
        words = _verdict(item, comparison, at)
        if words not in {_DIFFERS, _CHANCE}:
            return words
        return as_made(material, quoted(say(words)), say(words), quoted(say(_CHANGED)))

    rows = tuple(
        (
            group,
            told(at),
            int(item.customers[at]),
            int(item.sums["orders"][at]),
            *(float(item.sums[column.key][at]) for column in money),
            float(means[at]),
            made(float(comparison.low[at]), less_cost=True),
            made(float(comparison.high[at]), less_cost=True),
            float(comparison.difference[at]),
            made(float(comparison.difference_low[at]), less_cost=False),
            made(float(comparison.difference_high[at]), less_cost=False),
            "" if ranks[at] is None else Live(_rank(table, "Historic CLV"), ranks[at]),  # type: ignore[arg-type]
            share(float(worth[at]), whole) if whole > 0 else nan,
            float(item.sums["age_days"][at]) / int(item.customers[at]) / _DAYS_PER_YEAR,
        )
        for at, group in enumerate(item.groups)
    )
    value = f"{table}[Customers],{table}[Historic CLV]+{name}"
    sums = tuple(float(np.sum(item.sums[column.key])) for column in money)
    return Table(
        name=table,
        title=_title(item, say("historic CLV, what was brought so far")),
        caption=_CAPTION,
        columns=(
            *_GROUP,
            Column("orders", "Orders", "count"),
            *money,
            *_value_columns(
                "Historic CLV", say(HISTORIC_NOTE), historic_clv_formula(material, per_customer=True), table
            ),
            Column(
                "share",
                "Share of value",
                "percent",
                "Of the margin of all orders so far after cost to serve, before acquisition.",
                formula=f"=IF(SUMPRODUCT({value})>0,[@Customers]*([@[Historic CLV]]+{name})/SUMPRODUCT({value}),NA())",
            ),
            Column(
                "age",
                "Years since first",
                "years",
                "Mean time since the first order: who has been a customer for longer has had longer to order.",
            ),
        ),
        rows=rows,
        total=(
            *_total(
                item,
                (int(np.sum(item.sums["orders"])), *sums),
                Live("=historic_clv", material.figures["historic_clv"].now),
            ),
            float(material.customers["age_days"].mean()) / _DAYS_PER_YEAR,
        ),
        structured=True,
        compact=True,
    )


def _total(item: Attribute, sums: tuple[Scalar, ...], mean: Live) -> tuple[Scalar | Live, ...]:
    """Return the row of all customers, whose mean stands on Figures."""
    return (say("All customers"), "", int(np.sum(item.customers)), *sums, mean, "", "", "", "", "", "", 1.0)
