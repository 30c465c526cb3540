"""How right the methods were on the shop's own last months: part of the page Forecast."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

from clv_xl.models.backtest import DEFAULT
from clv_xl.report.model import CellRef, Chart, Column, Line, Paragraph, Table
from clv_xl.report.told_past import WITHOUT_A_MODEL, about_periods
from clv_xl.report.words import day, number, plural
from clv_xl.said import frame, joined, said, say

if TYPE_CHECKING:
    from clv_xl.models.accuracy import Accuracy
    from clv_xl.models.own_past import Means
    from clv_xl.report.material import Material
    from clv_xl.report.model import Block, Format, Scalar

__all__ = [
    "beside_interval",
    "beyond_interval",
    "calibration_blocks",
    "calibration_chart",
    "comparison_blocks",
    "equity_caption",
    "missed_by",
    "missed_total",
    "too_far",
    "used_method",
]

_LARGE = 1000
_NOTABLE = 0.1
"""A total that was missed by this share is told above everything else."""

_WHOLE_PERCENT = 0.005
"""What is told in whole percent is told from here on."""
_RMSE = "Root of the mean squared error for one customer."


def used_method(material: Material) -> str:
    """Return the tested method that the prediction goes by; "" where that was not among the tested ones."""
    used = material.prediction.used
    return used if used in material.prediction.past.methods else ""


def missed_total(material: Material) -> str:
    """Say by how much the totals were missed on the shop's own past; empty where that was little or is not known."""
    off = _missed_of_both(material)
    return (
        say(
            "On this shop's own last {periods} the totals came out {off}: trust the order of "
            "customers more than the sums.",
            periods=_periods(material),
            off=off,
        )
        if off
        else ""
    )


def missed_by(material: Material) -> str:
    """Return by how much the totals were missed, as "30% too high"; empty where that was little or is not known."""
    past, name = material.prediction.past, used_method(material)
    return too_far(past.amounts(name) if past.has_amounts else past.orders(name)) if name else ""


def _missed_of_both(material: Material) -> str:
    """Return by how much the totals of orders and of amounts were missed: the two may go different ways."""
    past, name = material.prediction.past, used_method(material)
    if not name or not past.has_amounts:
        return missed_by(material)
    amounts, orders = too_far(past.amounts(name)), too_far(past.orders(name))
    if amounts and orders:
        return say("{amounts} in amounts and {orders} in orders", amounts=amounts, orders=orders)
    if amounts:
        return say("{amounts} in amounts", amounts=amounts)
    return say("{orders} in orders", orders=orders) if orders else ""


def beyond_interval(material: Material) -> float:
    """Return the share by which past totals were missed, where that is more than half the interval; NaN elsewhere.

    The total is that of what the report is about: the discounted amounts, or the orders where there are no amounts.
    """
    prediction, name = material.prediction, used_method(material)
    if not name or not prediction.usable:
        return nan
    past, money = prediction.past, prediction.has_value
    if money and not past.has_amounts:
        return nan
    total = prediction.outlook.total_value if money else prediction.outlook.total_orders
    miss = (past.amounts(name) if money else past.orders(name)).miss
    told = (
        total.expected > 0 and 2 * miss * total.expected > total.high - total.low and miss >= _WHOLE_PERCENT
    )
    return miss if told else nan


def beside_interval(material: Material) -> str:
    """Say beside an interval that past totals were missed by more than it holds; empty where they were not."""
    miss = beyond_interval(material)
    if isnan(miss):
        return ""
    return say("if the model is right; past totals missed by {miss}%", miss=number(100 * miss, 0))


def equity_caption(material: Material) -> str:
    """Say what customer equity is, and where past totals were missed by more than the interval below holds."""
    if isnan(miss := beyond_interval(material)):
        return say("predicted CLV of all customers")
    off = number(100 * miss, 0)
    return say("past totals missed by {miss}%, more than the interval", miss=off)


def too_far(means: Means) -> str:
    """Return by how much totals were missed over the periods, in words; empty where that was little or is not known.

    Examples
    --------
    >>> from clv_xl.models.own_past import Means
    >>> too_far(Means(bias=-0.3, gini=0.5, top_capture=0.4, rmse=9.0, miss=0.3))
    '30% too low'
    >>> too_far(Means(bias=0.0, gini=0.5, top_capture=0.4, rmse=9.0, miss=0.4))
    '40% too high or too low'
    """
    if isnan(means.miss) or means.miss < _NOTABLE:
        return ""
    # sizes add up to more than the sum where signs differ
    one_way = abs(means.bias) > means.miss * (1 - 1e-9)
    miss = number(100 * means.miss, 0)
    if not one_way:
        return say("{miss}% too high or too low", miss=miss)
    return say("{miss}% too high", miss=miss) if means.bias > 0 else say("{miss}% too low", miss=miss)


def _periods(material: Material) -> str:
    past = material.prediction.past
    months = plural(past.months, "month", "months")
    return (
        months if len(past.tests) == 1 else frame("{times} x {months}", times=len(past.tests), months=months)
    )


def comparison_blocks(material: Material) -> list[Block]:
    """Return the comparison of all methods, or why there is none."""
    if material.prediction.past.tests:
        return [_comparison(material), *_by_period(material)]
    return [Paragraph("No test on the own past", (material.prediction.past.why,))]


def calibration_blocks(material: Material) -> list[Block]:
    """Return predicted against actual by tenths of the customers, where something was tested."""
    return [_calibration(material)] if material.prediction.past.tests else []


def _comparison(material: Material) -> Table:
    past, used = material.prediction.past, used_method(material)
    measures: list[tuple[str, str, Format, str]] = [
        (
            "bias",
            "total",
            "signed share",
            say("Predicted total / actual total - 1.")
            + (
                say(" A mean over the periods: too high and too low cancel out.")
                if len(past.tests) > 1
                else ""
            ),
        ),
        (
            "gini",
            "Gini",
            "decimal",
            say(
                "1: customers in the right order; 0: the order says nothing; below 0: the wrong way round, which is no "
                "matter where all customers bring about the same."
            ),
        ),
        (
            "top_capture",
            "top 10%",
            "share",
            "Share of the actual total that the tenth with the highest predictions brought.",
        ),
        ("rmse", "RMSE", "decimal", _RMSE),
    ]
    kinds = [("orders", "Orders", past.orders)]
    if past.has_amounts:
        kinds.append(("amounts", "Amounts", past.amounts))
    columns = [
        Column("method", "Method", "text", emphasis=True, words=True),
        Column("used", "Used", "text", "The method that this report predicts with.", words=True),
    ]
    for key, title, means in kinds:
        errors = [means(name).rmse for name in past.methods]
        measures[-1] = ("rmse", "RMSE", "money" if max(errors) >= _LARGE else "decimal", _RMSE)
        columns += [
            Column(
                f"{key}_{name}", frame("{title}: {short}", title=said(title), short=said(short)), form, note
            )
            for name, short, form, note in measures
        ]
    rows: list[tuple[Scalar, ...]] = []
    for name in past.methods:
        cells: list[Scalar] = [name, say("used") if name == used else ""]
        for _, _, means in kinds:
            found = means(name)
            cells += [getattr(found, measure) for measure, *_ in measures]
        rows.append(tuple(cells))
    return Table(
        name="backtest",
        title="How right each method was on the shop's own past"
        if len(past.tests) == 1
        else say(
            "How right each method was on the shop's own past: mean of {times} periods", times=len(past.tests)
        ),
        caption=joined(" ", (about_periods(past), say(WITHOUT_A_MODEL))),
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _by_period(material: Material) -> list[Table]:
    """Show by how much each method missed the total of each period: in a mean, misses up and down cancel out."""
    past = material.prediction.past
    if len(past.tests) < 2:
        return []
    kinds = [("orders", "Orders"), *([("amounts", "Amounts")] if past.has_amounts else [])]
    columns = [Column("method", "Method", "text", emphasis=True, words=True)]
    columns += [
        Column(
            f"{key}_{number_}",
            say("{title}: to {until}", title=said(title), until=day(test.until)),
            "signed share",
            say(
                "Predicted total / actual total - 1, from what was known on {known_until}.",
                known_until=day(test.known_until),
            ),
        )
        for key, title in kinds
        for number_, test in enumerate(past.tests, start=1)
    ]
    rows: list[tuple[Scalar, ...]] = []
    for name in past.methods:
        scores = [test.score(name) for test in past.tests]
        cells: list[Scalar] = [name, *(score.orders.bias for score in scores)]
        if past.has_amounts:
            cells += [score.amount.bias for score in scores if score.amount]
        rows.append(tuple(cells))
    return [
        Table(
            name="backtest_periods",
            title="The totals of each period",
            caption=say(
                "The columns total above are the means of these {times} periods.", times=len(past.tests)
            ),
            columns=tuple(columns),
            rows=tuple(rows),
        )
    ]


def _last(material: Material) -> tuple[str, Accuracy]:
    """Return the method whose calibration is shown, and how right it was in the last period."""
    past = material.prediction.past
    name = used_method(material) or DEFAULT
    score = past.tests[-1].score(name)
    return name, score.main if past.has_amounts else score.orders


def _calibration(material: Material) -> Table:
    name, found = _last(material)
    past = material.prediction.past
    what = (
        say("amount for each customer, in {unit}", unit=material.unit)
        if past.has_amounts
        else say("orders for each customer")
    )
    # cents say nothing about thousands
    form: Format = "money" if max(found.deciles[0].predicted, found.deciles[0].actual) >= _LARGE else "cents"
    rows: list[tuple[Scalar, ...]] = [
        (str(number_), item.customers, item.predicted, item.actual, item.predicted - item.actual)
        for number_, item in enumerate(found.deciles, start=1)
    ]
    size = sum(item.customers for item in found.deciles)
    return Table(
        name="calibration",
        title=say("Predicted against actual, by tenths of the customers: {name}", name=name),
        caption=say(
            "The last period of {many_month}: {what}. Tenth 1 are those with the highest "
            "predictions. Where Predicted is close to Actual, it came true on average, not for each "
            "customer.",
            many_month=plural(past.months, "month", "months"),
            what=what,
        ),
        columns=(
            Column("tenth", "Tenth", "text", emphasis=True, words=True),
            Column("customers", "Customers", "count"),
            Column("predicted", "Predicted", form),
            Column("actual", "Actual", form),
            Column("difference", "Difference", form),
        ),
        rows=tuple(rows),
        total=(
            "All",
            size,
            found.predicted / size,
            found.actual / size,
            (found.predicted - found.actual) / size,
        ),
    )


def calibration_chart(material: Material) -> Chart | None:
    """Chart predicted against actual by tenths of the customers; None where nothing was tested."""
    past = material.prediction.past
    if not past.tests:
        return None
    _, found = _last(material)
    title = "Predicted against actual in the last period"
    if not isnan(found.bias):
        off = number(100 * abs(found.bias), 0)
        title = (
            say(
                "The last {months}: predicted total {off}% too high"
                if found.bias > 0
                else "The last {months}: predicted total {off}% too low",
                months=plural(past.months, "month", "months"),
                off=off,
            )
            if off != "0"
            else say(
                "The last {many_month}: predicted total right",
                many_month=plural(past.months, "month", "months"),
            )
        )
    unit = say("amount each, in {unit}", unit=material.unit) if past.has_amounts else say("orders each")
    return Chart(
        title=title,
        unit=say("{unit}, by tenths of the customers, highest prediction first", unit=unit),
        kind="columns",
        categories=CellRef("calibration", "tenth"),
        series=(
            Line("Predicted", CellRef("calibration", "predicted"), tone=2),
            Line("Actual", CellRef("calibration", "actual"), tone=0),
        ),
        format="money" if past.has_amounts else "decimal",
        minimum=0,
    )
