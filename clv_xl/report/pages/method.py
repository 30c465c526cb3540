"""The page Method: where a number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import clv_xl
from clv_xl.metrics.catalogue import catalogue
from clv_xl.models.rounded_weeks import ROUNDED_ABOVE, are_rounded
from clv_xl.report.correction import about_correction
from clv_xl.report.model import Column, Page, Paragraph, Table
from clv_xl.report.pages.customer_list import beyond_the_list
from clv_xl.report.pages.forecast import why_not
from clv_xl.report.pages.inputs import window_words
from clv_xl.report.told_past import how_to_read
from clv_xl.report.words import MONTH_DAYS, UNITS, count, number, plural, significant
from clv_xl.said import frame, joined, said, say

if TYPE_CHECKING:
    from clv_xl.models.outlook import Outlook
    from clv_xl.models.records import Parameters as FittedParameters
    from clv_xl.report.material import Material

__all__ = ["method_page"]

LONG_HORIZON: Final = 36
"""Over more months, discounting by the mean order makes intervals clearly too wide."""


def method_page(material: Material) -> Page:
    """Build the page of definitions, choices and provenance."""
    return Page(
        key="method",
        title="Method",
        heading="Method",
        question="Where does a number come from?",
        blocks=(
            Paragraph("How this report was made", _choices(material)),
            Table(
                name="definitions",
                title="Definitions",
                caption="One definition each, the same in cells, reports and on the command line.",
                columns=(
                    Column("title", "Metric", "wrapped", emphasis=True, words=True),
                    Column("name", "Function", "text"),
                    Column("unit", "Unit", "wrapped", words=True),
                    Column("formula", "Formula", "wrapped", words=True),
                    Column("undefined", "Undefined", "wrapped", words=True),
                    Column("reference", "Source", "wrapped", words=True),
                ),
                rows=tuple(
                    (
                        metric.title,
                        metric.name if metric.cell_function else "",
                        metric.unit,
                        metric.formula,
                        metric.undefined,
                        metric.reference,
                    )
                    for metric in catalogue()
                ),
            ),
        ),
        widths=(30, 22, 20, 58, 28, 42),
    )


def _choices(material: Material) -> tuple[str, ...]:
    parameters, intake = material.parameters, material.intake
    orders = (
        "An order is one order id of one customer."
        if intake.has("order_id")
        else "The files have no order ids, so every row is an order."
    )
    refunds = (
        "Refunds are taken off the customer's amount on the day of the refund; the order still counts as an order."
        if parameters.refunds == "subtract"
        else "Refunds are set aside: the parameter refunds is ignore."
    )
    margin = (
        "Margin is amount less cost where a row carries a cost, and amount x gross margin elsewhere. The cost of a "
        "refunded row is that of goods that came back, whatever its sign: it reduces the loss."
        if material.has_costs
        else "Margin is amount x gross margin, for every order alike."
    )
    lifespan = (
        say(
            "The lifespan of {lifespan_years} years is the parameter.",
            lifespan_years=significant(parameters.lifespan_years),
        )
        if parameters.lifespan_years is not None
        else "The lifespan is measured: the area under the survival curve of customers' active lives "
        "(Kaplan-Meier), within the years observed. It is cut off at the longest life seen, so it errs low."
    )
    return (
        (
            say(
                "clv_xl {version}. Everything is measured at the end of {as_of}; no figure depends on "
                "the day the report is made.",
                version=clv_xl.__version__,
                as_of=intake.as_of.isoformat(),
            )
        ),
        say("Orders are grouped by {engine}.", engine=material.engine),
        orders,
        refunds,
        "Several orders of a customer on one day are one purchase occasion; averages of order value count orders.",
        window_words(material),
        margin,
        lifespan,
        *_acquisition(material),
        (
            "CLV before CAC, by the plain formula, is margin per order x orders a year while active x lifespan, over "
            "all orders so far; the first order counts once in a lifespan. CLV after CAC is that less the acquisition "
            "cost. Each is one figure for all customers, and no forecast for any single one."
        ),
        (
            "RFM scores: a customer's score is set by the share of customers below plus half of those equal, so equal "
            "customers always get equal scores. Segments therefore rank, and activity counts days: where they differ, "
            "go by activity."
        ),
        *_segments(material),
        *_listed(material),
        (
            "Trends: a customer is lost in the month in which the active window after the latest order ends, and "
            "reactivated by an order after that. CLV at a month's end is computed from all orders up to it, with the "
            "active window as it was measured then unless the parameter is set."
        ),
        say(
            "Migration: segments {months} months before the as-of date are scored among the customers of that day, "
            "with the same rules and the same map.",
            months=parameters.migration_months,
        ),
        *_prediction(material),
        say(
            "Cohorts are calendar {units}; age 0 is the {unit} of the first order.",
            units=UNITS[material.period.unit],
            unit=say(material.period.unit),
        ),
        say(
            "A month earlier or later is a calendar month; a year of days is 365.25. Only the months of predictions "
            "and of their tests are {days} days each, so that all are equally long.",
            days=MONTH_DAYS,
        ),
    )


def _acquisition(material: Material) -> tuple[str, ...]:
    """Say which acquisition cost holds, where there is spend to measure one from."""
    measured = material.measured_cac
    if measured is None:
        return ()
    words = measured.words(material.currency)
    if material.given.acquisition_cost is not None:
        return (
            say(
                "The acquisition cost of {acquisition_cost} is the parameter. {words}",
                acquisition_cost=significant(material.given.acquisition_cost),
                words=words,
            ),
        )
    if not measured.is_known:
        return (words,)
    return (
        (
            say(
                "The acquisition cost is measured. {words} All channels together: the spend of the "
                "months that lie wholly inside the order history, by the customers whose first order "
                "falls in those months.",
                words=words,
            )
        ),
    )


def _prediction(material: Material) -> tuple[str, ...]:
    """Say how predictions come about, or why there are none."""
    prediction = material.prediction
    outlook, past = prediction.outlook, prediction.past
    if not prediction.usable or outlook.choice is None:
        reasons = joined(" ", [said(item.words) for item in why_not(material)])
        return (
            say(
                "Nothing is predicted of single customers. {reasons} See the page Forecast.", reasons=reasons
            ),
        )
    spend = outlook.spend
    rate, horizon = number(100 * outlook.yearly_rate), plural(outlook.months, "month", "months")
    models = [parameters_in_words(outlook.choice.name, outlook.choice.fit.model)]
    if spend is not None:
        models.append(parameters_in_words(spend.model.model_name, spend.model))
    lines: list[str] = [
        (
            say(
                "Orders are predicted by {name}, fitted by maximum likelihood on purchase occasions. "
                "{reason} Parameters: {join}.",
                name=outlook.choice.name,
                reason=said(outlook.choice.reason),
                join=joined("; ", models),
            )
        )
    ]
    if are_rounded(outlook.p_alive.size):
        lines.append(
            say(
                "Of more than {most} customers, the model reads recency and age in whole weeks: rounded, not cut off.",
                most=count(ROUNDED_ABOVE),
            )
        )
    if prediction.has_value:
        lines.append(
            say(
                "Predicted CLV is the margin that a customer is expected to bring in the {horizon} to "
                "come: month by month, expected orders x expected amount of an order x margin share / (1 "
                "+ {rate}%) ^ (months / 12). {amounts} Customer equity is its sum. It "
                "never holds what a customer has brought so far, and no cost of acquisition.",
                horizon=horizon,
                amounts=said(outlook.order_value_from),
                rate=rate,
            )
        )
        lines.append(
            say(
                "The margin share is margin per order after cost to serve / average order, over all orders so far: "
                "the same for every customer and month."
            )
        )
        lines.append(
            "A predicted CLV may stand above an interval of 0 to 0: more than 9 of 10 such customers bring nothing; "
            "the value is the mean, with the few who do."
        )
    lines.extend(_correction(material))
    lines.append(
        "Next order expected: the last order and the median gap that the model expects of the customer. Overdue is who "
        "is past that day; half of the orders of customers who stay come later."
    )
    lines.extend(_intervals(outlook))
    lines.extend(say("Caution: {told}", told=item.told) for item in outlook.cautions)
    if past.tests:
        lines.append(
            say(
                "The methods are tested on the shop's own last {many_month} (12 where there are two "
                "years of orders, else a third of them), up to three such periods: fitted on what was "
                "known before, set against what came. Of each: {how_to_read} See the page Forecast.",
                many_month=plural(past.months, "month", "months"),
                how_to_read=how_to_read(),
            )
        )
    return tuple(lines)


def _intervals(outlook: Outlook) -> tuple[str, ...]:
    """Say what intervals hold; those that are known to be too narrow, or too wide, do not hold 90 of 100."""
    codes = {item.code for item in outlook.cautions}
    lines = [
        "Intervals hold the chance of purchases, and not how well the parameters of a model are known, which could not "
        "be told: fewer than 90 of 100 cases. They do not hold a change in the shop or its market either."
        if "errors_unknown" in codes
        else "Intervals hold 90 of 100 cases if the model is right: how well its parameters are known, and the chance "
        "of purchases. They do not hold a change in the shop or its market."
    ]
    if "mean_undefined" in codes:
        lines.append(
            "Intervals of amounts are less sure: with a few very large amounts, nobody knows how large the next can be."
        )
    if outlook.yearly_rate > 0 and outlook.months > LONG_HORIZON:
        lines.append(
            "The ends of a customer's interval are discounted as the customer's mean order. Over so many months they "
            "are too far apart: the interval of a busy customer holds more than 90 of 100 cases."
        )
    return tuple(lines)


def _correction(material: Material) -> tuple[str, ...]:
    """Say how predicted CLV is corrected, or why it is not."""
    prediction = material.prediction
    told = about_correction(prediction.trial, prediction.covariates)
    if prediction.trial is None or not prediction.trial.used:
        return told
    return (
        (
            "The prediction of each customer is multiplied by a factor, exp(ridge regression on behaviour and "
            "attributes), learned from the one or two periods before (Tweedie likelihood of power 1.5); all factors "
            "are divided by one number, so that customer equity and each month stay what the model expects. The ends "
            "of the interval move with the value. The function CLV_PREDICT in cells is not corrected."
        ),
        *told,
    )


def parameters_in_words(name: str, model: FittedParameters) -> str:
    """Return a fitted model in one line.

    Examples
    --------
    >>> from clv_xl.models import GammaGamma
    >>> parameters_in_words("Gamma-Gamma", GammaGamma(6.25, 3.74, 15.44))
    'Gamma-Gamma p 6.25, q 3.74, v 15.44'
    """
    figures = (
        frame("{key} {value}", key=key, value=significant(value, 4))
        for key, value in zip(model.names(), model.values(), strict=True)
    )
    return frame("{name} {figures}", name=said(name), figures=joined(", ", figures))


def _segments(material: Material) -> tuple[str, ...]:
    if not material.has_own_map:
        return ()
    bins = material.segment_map.bins
    return (
        say(
            "Segments go by your own map of {bins} x {bins} cells, not by the default one: see the "
            "page Segments.",
            bins=bins,
        ),
    )


def _listed(material: Material) -> tuple[str, ...]:
    """Say who stands on Customer list where not everybody does."""
    listed = material.listed
    if not listed.rest:
        return ()
    return (
        say(
            "Customer list holds the {rows} customers of the highest historic CLV; who they are was settled when the "
            "report was made. {where}",
            rows=count(listed.rows),
            where=beyond_the_list(material),
        ),
    )
