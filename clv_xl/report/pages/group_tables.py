"""The tables of the page Groups: each group against all other customers."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.averages import DAYS_PER_YEAR
from clv_xl.metrics.groups import SMALLEST_COMPARED, errors_needed
from clv_xl.metrics.value import historic_value
from clv_xl.report.model import Column, Live, Table
from clv_xl.report.named_groups import MOST_GROUPS
from clv_xl.report.pages.live import HISTORIC_NOTE, as_made, historic_clv_formula, money_columns
from clv_xl.report.words import number, plural, share
from clv_xl.said import quoted, say

if TYPE_CHECKING:
    from clv_xl.metrics.groups import GroupComparison
    from clv_xl.report.compared_groups import Attribute
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar

__all__ = ["each_one", "expected_table", "historic_table", "table_name"]

_DIFFERS: Final = "differs"
_CHANCE: Final = "may be chance"
_FEW: Final = "too few customers"
_NO_GROUP: Final = "no group of its own"
_CHANGED: Final = "parameters changed"
_DIGITS: Final = 6
"""Decimals of the ends of intervals inside formulas."""


def each_one(material: Material, item: Attribute, value: float) -> Live:
    """Return a mean of a group or its rest: of amounts, times the margin share; of margins, as made."""
    if item.expected is not None:
        kept = material.prediction.margin_share
        return Live(f"={_literal(value)}*margin_share", round(value, _DIGITS) * kept + 0.0)
    return as_made(material, _literal(value), round(value, _DIGITS))


def _literal(value: float) -> str:
    return f"{round(value, _DIGITS) + 0.0:.{_DIGITS}f}"


def table_name(item: Attribute, kind: str) -> str:
    """Return the name of an attribute's table of what is expected or historic."""
    return f"groups_{item.key}_{kind}"


def _caption(material: Material) -> str:
    """Say how a table is ordered, and why a verdict may be stricter than the interval beside it."""
    comparisons = material.compared.comparisons
    if comparisons < 2:
        return say(
            "The largest group first; beyond the {most} largest, the rest stand together.", most=MOST_GROUPS
        )
    return say(
        "The largest group first; beyond the {most} largest, the rest stand together. The page makes {comparisons}, so "
        "a group differs from about {errors} standard errors on, and not from 2 as in the interval: one that leaves "
        "out 0 may still be chance.",
        most=MOST_GROUPS,
        comparisons=plural(comparisons, "comparison", "comparisons"),
        errors=number(errors_needed(comparisons)),
    )


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
        Column("low", "Low", "cents", "Of the mean: 95% bootstrap interval, with the next."),
        Column("high", "High", "cents"),
        Column(
            "difference",
            "Difference to rest",
            "cents",
            "The group's mean less the mean of all other customers.",
            formula=f"=IF({others}>0,[@[{value}]]-({mean}-[@Customers]*[@[{value}]])/{others},NA())",
        ),
        Column("difference_low", "Difference low", "cents", "95% bootstrap interval, with the next."),
        Column("difference_high", "Difference high", "cents"),
        Column(
            "rank", "Rank", "count", say("Among groups of {smallest} or more.", smallest=SMALLEST_COMPARED)
        ),
    )


def _title(item: Attribute, what: str) -> str:
    return say("{attribute}: {what}", attribute=item.title, what=what)


def expected_table(material: Material, item: Attribute, comparison: GroupComparison) -> Table:
    """Show what is expected of each group, over the amounts that are: they follow the margin."""
    table, kept = table_name(item, "expected"), material.prediction.margin_share
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
        caption=_caption(material),
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
        total=_total(table, item, (whole,), Live("=predicted_clv", material.figures["predicted_clv"].now)),
        structured=True,
        compact=True,
    )


def historic_table(material: Material, item: Attribute) -> Table:
    """Show what each group has brought; the intervals are those of the margin that the report was made with."""
    table, comparison, parameters = table_name(item, "historic"), item.historic, material.parameters
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
            float(item.sums["age_days"][at]) / int(item.customers[at]) / DAYS_PER_YEAR,
        )
        for at, group in enumerate(item.groups)
    )
    value = f"{table}[Customers],{table}[Historic CLV]+{name}"
    sums = tuple(float(np.sum(item.sums[column.key])) for column in money)
    return Table(
        name=table,
        title=_title(item, say("historic CLV, what was brought so far")),
        caption=_caption(material),
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
                table,
                item,
                (int(np.sum(item.sums["orders"])), *sums),
                Live("=historic_clv", material.figures["historic_clv"].now),
            ),
            float(material.customers["age_days"].mean()) / DAYS_PER_YEAR,
        ),
        structured=True,
        compact=True,
    )


def _total(table: str, item: Attribute, sums: tuple[Scalar, ...], mean: Live) -> tuple[Scalar | Live, ...]:
    """Return the row of all customers, whose mean stands on Figures."""
    blank = Live('=""', "")
    whole = Live(f"=SUM({table}[Share of value])", 1.0)
    return (say("All customers"), "", int(np.sum(item.customers)), *sums, mean, *(blank,) * 6, whole)
