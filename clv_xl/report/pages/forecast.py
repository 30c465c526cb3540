"""The page Forecast: what today's customers will bring, how that is known, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.models.backtest import WORTH_SWITCHING
from clv_xl.models.cautions import LONGEST_HORIZON, decisive
from clv_xl.models.records import DAYS_PER_MONTH
from clv_xl.report.correction import correction_cautions, correction_verdict
from clv_xl.report.model import CellRef, Chart, Column, Line, Live, Page, Paragraph, Table, side_by_side
from clv_xl.report.pages.evidence import (
    beside_interval,
    calibration_blocks,
    calibration_chart,
    comparison_blocks,
    missed_total,
)
from clv_xl.report.pages.fitted import fitted_parameters
from clv_xl.report.prediction import margins
from clv_xl.report.words import MONTH_DAYS, amount, count, day, number, plural
from clv_xl.said import counted, frame, joined, quoted, said, say

if TYPE_CHECKING:
    from clv_xl.models.cautions import Caution
    from clv_xl.report.material import Material
    from clv_xl.report.model import Block, Scalar

__all__ = ["changed_rate_words", "forecast_page", "no_prediction", "predicted_rate_notice", "why_not"]

_SEEN = 0.05
"""A fall by this share can be seen in a chart."""


def forecast_page(material: Material) -> Page:
    """Build the page of what is expected, or of why nothing can be."""
    prediction = material.prediction
    outlook = prediction.outlook
    blocks: list[Block] = []
    if prediction.usable:
        blocks += side_by_side(12, (3, _margin_chart(material)), (2, calibration_chart(material)))
        blocks += [*_choice(material), *comparison_blocks(material), *calibration_blocks(material)]
        blocks += [*_correction(material), *fitted_parameters(material)]
        about = _about_intervals(material)
        blocks += [_coming(material), *([about] if about.lines else [])]
        question = say(
            "What will today's customers bring in the {many_month} after {as_of}? Customers who are "
            "yet to come are not in it. A month here is {month_days} days.",
            many_month=plural(outlook.months, "month", "months"),
            as_of=day(outlook.as_of),
            month_days=MONTH_DAYS,
        )
    else:
        blocks += [*_missing(material), *comparison_blocks(material), *calibration_blocks(material)]
        question = (
            say(
                "What will they bring? The horizon of {many_month} is too far for these orders; the plain formula "
                "stands in.",
                many_month=plural(outlook.months, "month", "months"),
            )
            if _carried(material)
            else say("What will they bring? These orders do not tell yet; the plain formula stands in.")
        )
    missed = missed_total(material)
    return Page(
        key="forecast",
        title="Forecast",
        heading="Forecast",
        question=question,
        blocks=tuple(blocks),
        widths=(26 if prediction.usable else 38, *(13.0,) * 7, 15, *(13.0,) * 3),
        notice=predicted_rate_notice(material) if prediction.has_value else None,
        cautions=(missed,) if missed and prediction.usable else (),
    )


def predicted_rate_notice(material: Material) -> Live:
    """Say that predictions keep the discount rate that they were made with, once another one is typed."""
    return Live(frame("={words}", words=changed_rate_words(material)), "")


def changed_rate_words(material: Material) -> str:
    """Return the part of a formula that says so, and nothing as long as the rate is that of the predictions."""
    words = say(
        "The discount rate was changed: predictions still use {rate}% a year. Make the report again.",
        rate=number(100 * material.prediction.outlook.yearly_rate),
    )
    return frame('IF(discount_rate<>forecast_rate,{words},"")', words=quoted(words))


def why_not(material: Material) -> tuple[Caution, ...]:
    """Return why nothing is predicted, most telling first."""
    return decisive(material.prediction.outlook.cautions)


def no_prediction(material: Material) -> str:
    """Say in a line that nothing is predicted, and why; empty where something is."""
    if material.prediction.usable or not (reasons := why_not(material)):
        return ""
    return say("No prediction: {reason} See Forecast.", reason=said(reasons[0].words))


def _carried(material: Material) -> int:
    """Return the longest horizon that the history would carry, where nothing but the horizon is at fault; else 0."""
    outlook = material.prediction.outlook
    # of no use where something else is missing, too
    fitted = outlook.choice is not None and outlook.choice.fit.usable
    if not fitted or [item.code for item in why_not(material)] != ["short_history"]:
        return 0
    return int(LONGEST_HORIZON * (outlook.as_of - material.intake.first_day).days / DAYS_PER_MONTH)


def _missing(material: Material) -> list[Block]:
    """Say what is missing, and give the plain formula in its place."""
    lines: list[str] = [item.told for item in why_not(material)]
    if longest := _carried(material):
        lines.append(
            say(
                "With a horizon of {many_month} or less the history would be long enough: set the "
                "parameter horizon.",
                many_month=plural(longest, "month", "months"),
            )
        )
    figures = material.figures
    rows = [
        (item.title, Live(f"={item.name}", item.now), item.how)
        for item in (
            figures[name] for name in ("clv_after_cac", "purchase_rate", "lifespan", "margin_per_order")
        )
    ]
    formats = tuple((number, figures[name].format) for number, name in enumerate(_PLAIN))
    return [
        Paragraph("Why there is no prediction", tuple(lines)),
        Table(
            name="plain_formula",
            title="What stands in: the plain formula",
            caption="One figure for all customers alike, over all orders so far. It is no forecast for any single one.",
            columns=(
                Column("title", "Figure", "text", emphasis=True, words=True),
                Column("value", "Value", "cents"),
                Column("how", "How", "text", words=True),
            ),
            rows=tuple(rows),
            row_formats=formats,
        ),
    ]


_ENDS = "[@[Amount, low]]*margin_share,[@[Amount, high]]*margin_share"
_PLAIN = ("clv_after_cac", "purchase_rate", "lifespan", "margin_per_order")


def _margin_chart(material: Material) -> Chart:
    """Chart what is expected month by month; orders where there are no amounts."""
    prediction = material.prediction
    if not prediction.has_value:
        orders = prediction.outlook.total_orders
        return Chart(
            title=counted(
                prediction.outlook.months,
                "About {expected} orders expected in {number} month",
                "About {expected} orders expected in {number} months",
                expected=count(orders.expected),
            ),
            unit=_with_interval(material, say("orders of today's customers by month; dashed: 90% interval")),
            kind="line",
            categories=CellRef("months_ahead", "month"),
            series=_lines("orders"),
            format="count",
            every=3,
            minimum=0,
        )
    outlook = prediction.outlook
    first, last = outlook.ahead[0], outlook.ahead[-1]
    change = last.amount.expected / first.amount.expected - 1 if first.amount.expected > 0 else float("nan")
    loses = prediction.margin_share < 0
    a_month = amount(abs(first.amount.expected * prediction.margin_share), "")
    title = (
        say("Today's customers cost about {a_month} a month", a_month=a_month)
        if loses
        else say("Today's customers bring about {a_month} a month", a_month=a_month)
    )
    # a loss that shrinks because customers leave is no success to tell of
    if outlook.months > 1 and change <= -_SEEN and not loses:
        title = say(
            "What today's customers bring falls by {share}% in {months} months",
            share=number(-100 * change, 0),
            months=outlook.months,
        )
    return Chart(
        title=title,
        unit=_with_interval(
            material,
            say("margin by month in {unit}, not discounted; dashed: 90% interval", unit=material.unit),
        ),
        kind="line",
        categories=CellRef("months_ahead", "month"),
        series=_lines("margin"),
        format="money",
        every=3,
        minimum=None if loses else 0,
    )


def _with_interval(material: Material, unit: str) -> str:
    """Add to what a chart shows how far to trust its interval."""
    return joined(", ", [part for part in (unit, beside_interval(material)) if part])


def _lines(kind: str) -> tuple[Line, ...]:
    return (
        Line("Expected", CellRef("months_ahead", kind)),
        Line("Low", CellRef("months_ahead", f"{kind}_low"), tone=4, dashed=True),
        Line("High", CellRef("months_ahead", f"{kind}_high"), tone=4, dashed=True),
    )


def _coming(material: Material) -> Table:
    """Show every coming month: orders, amount, margin, and the margin discounted."""
    prediction = material.prediction
    outlook, kept = prediction.outlook, prediction.margin_share
    money = prediction.has_value
    noise = "90 of 100 times the sum of all customers lies between low and high, if the model holds."
    columns = [
        Column("last_day", "Month up to", "date", "Months of 365.25 / 12 days, counted from the as-of date."),
        Column("month", "Month", "count"),
        Column(
            "orders",
            "Expected orders",
            "count",
            "Of all customers so far; a customer's orders of one day count once.",
            emphasis=True,
        ),
        Column("orders_low", "Orders, low", "count", noise),
        Column("orders_high", "Orders, high", "count", noise),
    ]
    if money:
        columns += [
            Column(
                "amount",
                "Amount",
                "money",
                say("Expected orders x expected amount of each, in {unit}.", unit=material.unit),
            ),
            Column("amount_low", "Amount, low", "money", noise),
            Column("amount_high", "Amount, high", "money", noise),
            Column(
                "margin",
                "Margin",
                "money",
                "Amount x margin share (page Figures). Recalculates.",
                formula="=[@Amount]*margin_share",
                emphasis=True,
            ),
            Column("margin_low", "Margin, low", "money", noise, formula=f"=MIN({_ENDS})"),
            Column("margin_high", "Margin, high", "money", noise, formula=f"=MAX({_ENDS})"),
            Column(
                "discounted",
                "Discounted",
                "money",
                "Margin / (1 + discount rate) ^ (month / 12), with the rate that the prediction was made with.",
                formula="=[@Margin]/(1+forecast_rate)^([@Month]/12)",
            ),
        ]
    rows: list[tuple[Scalar, ...]] = []
    for item in outlook.ahead:
        cells: list[Scalar] = [
            item.last_day,
            item.number,
            item.orders.expected,
            item.orders.low,
            item.orders.high,
        ]
        if money:
            amounts = (item.amount.expected, item.amount.low, item.amount.high)
            cells += [*amounts, *margins(*amounts, kept), item.discounted_margin * kept + 0.0]
        rows.append(tuple(cells))
    whole = outlook.total_orders
    total: list[Scalar | Live] = ["All months", outlook.months, whole.expected, whole.low, whole.high]
    if money:
        spent = sum(item.amount.expected for item in outlook.ahead)
        equity = material.figures["customer_equity"].now
        blank = Live('=""', "")
        total += [spent, "", "", Live("=SUM(months_ahead[Margin])", spent * kept + 0.0), blank, blank]
        total.append(Live("=customer_equity", equity))
    caption = (
        say(
            "Customer equity is the last sum: {now} when the report was made, the predicted CLV of "
            "all customers together. Good and bad months partly even out, so the "
            "interval of all months is narrower than the sum of theirs.",
            now=amount(material.figures["customer_equity"].now, material.currency),
        )
        if money
        else "There are no amounts, so only orders are predicted."
    )
    return Table(
        name="months_ahead",
        title="What is expected, month by month",
        caption=caption,
        columns=tuple(columns),
        rows=tuple(rows),
        total=tuple(total),
        structured=True,
        compact=True,
    )


def _about_intervals(material: Material) -> Paragraph:
    """Say which sums have an interval, and how far to trust it."""
    lines = []
    if material.prediction.has_value:
        low, high = (
            amount(material.figures[f"customer_equity_{end}"].now, material.currency)
            for end in ("low", "high")
        )
        lines.append(
            say(
                "Of all months, low and high are known for the orders and for the discounted margin: {low} to {high}.",
                low=low,
                high=high,
            )
        )
    if beside := beside_interval(material):
        lines.append(say("The interval of all months holds {beside}.", beside=beside))
    return Paragraph(lines=tuple(lines))


def _choice(material: Material) -> list[Block]:
    """Name the model, say why it was chosen, and what to be careful about."""
    outlook = material.prediction.outlook
    choice = outlook.choice
    if choice is None:
        return []
    correction = material.prediction.trial, material.prediction.covariates
    cautions = (
        *(item.told for item in outlook.cautions),
        *correction_cautions(*correction),
    )
    return [
        Paragraph(
            "The model, and why",
            (
                choice.reason,
                *_rule(material),
                (
                    "It reads from each customer how often, how lately and since when orders came, and from all "
                    "customers together how much these differ. P(alive) is the probability that a customer still is "
                    "one; the expected orders follow from it and from the customer's own pace."
                    if material.prediction.knows_leaving
                    else "It reads from each customer how often and since when orders came, and from all customers "
                    "together how much these differ; the expected orders follow from the customer's own pace. "
                    "P(alive), the probability that a customer still is one, is unknown and left blank."
                ),
            ),
        ),
        *([Paragraph("Read this with care", cautions)] if cautions else []),
    ]


def _rule(material: Material) -> tuple[str, ...]:
    """Say when a test on the own past has a model replaced; nothing where none was tested, or none could be."""
    choice = material.prediction.outlook.choice
    if choice is None or choice.code not in {"default", "backtest"} or not material.prediction.past.tests:
        return ()
    return (
        say(
            "The rule: another model is taken where its error (RMSE) is lower and its ranking (Gini) no worse, or its "
            "ranking better and its error no higher, by more than {least}%, on average over the periods and in "
            "amounts where there are any. BG/NBD is tested to compare with papers and never taken: it holds every "
            "customer of a single order to be still there.",
            least=number(100 * WORTH_SWITCHING, 0),
        ),
    )


def _correction(material: Material) -> list[Block]:
    """Say whether predictions are corrected, and why."""
    lines = correction_verdict(material.prediction.trial, material.prediction.covariates)
    return [Paragraph("Corrected by behaviour and attributes, or not", lines)] if lines else []
