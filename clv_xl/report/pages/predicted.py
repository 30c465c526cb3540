"""What is predicted of each customer and segment, as columns that several pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.model import Column
from clv_xl.report.words import MONTH_DAYS, plural
from clv_xl.said import joined, say

if TYPE_CHECKING:
    from clv_xl.report.material import Material

__all__ = ["alive_columns", "amount_columns", "segment_columns", "value_columns"]

_CHANCE = say(
    "9 of 10 customers lie between low and high, their own chance included. 0 to 0: more than 9 of 10 such customers "
    "bring nothing; the value is the mean, with the few who do."
)
# at a loss the largest amount leaves the least
_ENDS = "[@[Discounted amount, low]]*margin_share,[@[Discounted amount, high]]*margin_share"


def value_columns(material: Material) -> tuple[Column, ...]:
    """Return predicted CLV with its interval, over the columns of :func:`amount_columns`; none without amounts."""
    if not material.prediction.has_value:
        return ()
    months = plural(material.prediction.outlook.months, "month", "months")
    return (
        Column(
            "predicted_clv",
            "Predicted CLV",
            "cents",
            say(
                "Margin that the customer is expected to bring in the {months} to come: expected amount, "
                "discounted x margin share (page Figures). What has been brought so far is not in it. "
                "Recalculates with the margin.",
                months=months,
            )
            + _corrected_value(material),
            formula="=[@[Expected amount, discounted]]*margin_share",
            emphasis=True,
        ),
        Column("predicted_low", "Predicted, low", "cents", _CHANCE, formula=f"=MIN({_ENDS})"),
        Column("predicted_high", "Predicted, high", "cents", _CHANCE, formula=f"=MAX({_ENDS})"),
    )


def _corrected_value(material: Material) -> str:
    """Say where predicted CLV is not what the orders beside it would give; nothing where it is not corrected."""
    months = _corrected_months(material)
    return (
        say(
            " It is corrected by behaviour and attributes (page Forecast), so it is not expected orders x order value; "
            "the correction ends with the tested {months}.",
            months=plural(months, "month", "months"),
        )
        if months
        else ""
    )


def _corrected_orders(material: Material) -> str:
    months = _corrected_months(material)
    if not months:
        return ""
    tested = plural(months, "month", "months")
    return (
        say(
            " Not corrected by behaviour and attributes, as predicted CLV is within the first {tested}: so that is not "
            "these orders x order value.",
            tested=tested,
        )
        if material.prediction.has_value
        else say(
            " Corrected by behaviour and attributes (page Forecast); the correction ends with the tested {tested}.",
            tested=tested,
        )
    )


def _corrected_months(material: Material) -> int:
    """Return for how many months to come the correction holds; 0 where it is not used."""
    trial = material.prediction.trial
    if trial is None or not trial.used or not material.prediction.usable:
        return 0
    return min(trial.past.months, material.prediction.outlook.months)


def alive_columns(material: Material) -> tuple[Column, ...]:
    """Return who is still a customer, and which orders are expected; none where nothing can be predicted."""
    if not material.prediction.usable:
        return ()
    months = plural(material.prediction.outlook.months, "month", "months")
    return (
        Column(
            "p_alive",
            "P(alive)",
            "share",
            say("The probability that the customer still is one.")
            + (
                ""
                if material.prediction.knows_leaving
                else say(" Unknown: the model that is used (NBD, page Forecast) knows no leaving.")
            ),
        ),
        Column(
            "expected_orders",
            "Expected orders",
            "decimal",
            say(
                "Within the {months} to come, of {month_days} days; those of one day count once.",
                months=months,
                month_days=MONTH_DAYS,
            )
            + _corrected_orders(material),
        ),
        Column(
            "next_order",
            "Next order expected",
            "date",
            say(
                "The last order and the middle (median) gap that the model expects of this customer: "
                "half of the orders come later even of who stays."
            )
            + (say(" Blank where P(alive) is below one half.") if material.prediction.knows_leaving else ""),
        ),
        Column(
            "overdue_days",
            "Days overdue",
            "days",
            "As-of date - next order expected, where that is past. Overdue is later than the middle gap, not lost.",
        ),
    )


def amount_columns(material: Material) -> tuple[Column, ...]:
    """Return the amounts that predicted CLV is computed from; none without amounts."""
    if not material.prediction.has_value:
        return ()
    start = say("Month by month within the horizon, discounted, in {unit}", unit=material.unit)
    return (
        Column(
            "expected_amount",
            "Expected amount, discounted",
            "money",
            say("{start}: what predicted CLV is the margin of.", start=start),
        ),
        Column("expected_low", "Discounted amount, low", "money", joined(". ", (start, _CHANCE))),
        Column("expected_high", "Discounted amount, high", "money", joined(". ", (start, _CHANCE))),
    )


def segment_columns(material: Material) -> tuple[Column, ...]:
    """Return predicted CLV of a segment, each and in all, over the page Customer list where that holds all.

    None without amounts.
    """
    if not material.prediction.has_value:
        return ()
    each = Column(
        "predicted_each",
        "Predicted CLV each",
        "cents",
        "Predicted CLV in all / customers.",
        formula="=IF([@Customers]>0,[@[Predicted CLV]]/[@Customers],NA())",
    )
    if material.listed.rest:
        # the list holds only a part of the segment's customers
        return (
            each,
            Column(
                "expected_amount",
                "Expected amount, discounted",
                "money",
                "Sum over all customers of the segment, also those who are not on Customer list.",
            ),
            Column(
                "predicted_clv",
                "Predicted CLV",
                "money",
                "Expected amount, discounted x margin share (page Figures): what is still to come.",
                formula="=[@[Expected amount, discounted]]*margin_share",
                bars=True,
            ),
        )
    return (
        each,
        Column(
            "predicted_clv",
            "Predicted CLV",
            "money",
            "Sum over the segment's customers on Customer list: what is still to come.",
            formula="=SUMPRODUCT((customers[Segment]=[@Segment])*customers[Predicted CLV])",
            bars=True,
        ),
    )
