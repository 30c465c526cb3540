"""The page Method of the report on subscriptions: where a number comes from."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import clv_xl
from clv_xl.customers.subscribers import PAUSE_DAYS
from clv_xl.metrics.retention import CHURN_RATE, GRR, NRR
from clv_xl.models.cautions import ENOUGH_REPEAT_CUSTOMERS
from clv_xl.models.renewals import ENOUGH_LOST
from clv_xl.report.model import Column, Page, Paragraph, Table
from clv_xl.report.subscriptions.material import HORIZON_MONTHS
from clv_xl.report.words import count, number, significant
from clv_xl.said import frame, say

if TYPE_CHECKING:
    from clv_xl.report.model import Scalar
    from clv_xl.report.subscriptions.material import SubscriptionMaterial

__all__ = ["method_page"]


def method_page(material: SubscriptionMaterial) -> Page:
    """Build the page of definitions, choices and provenance."""
    return Page(
        key="method",
        title="Method",
        heading="Method",
        question="Where does a number come from?",
        blocks=(
            Paragraph("How this report was made", _made(material)),
            Paragraph("Recurring revenue", _REVENUE),
            Paragraph("Staying and leaving", _staying()),
            Paragraph("Value", _value(material)),
            _models(material),
            Table(
                name="definitions",
                title="Definitions",
                caption="The same in cells, reports and on the command line.",
                columns=(
                    Column("title", "Metric", "wrapped", emphasis=True, words=True),
                    Column("name", "Function", "text"),
                    Column("formula", "Formula", "wrapped", words=True),
                    Column("undefined", "Undefined", "wrapped", words=True),
                    Column("reference", "Source", "wrapped", words=True),
                ),
                rows=tuple(
                    (metric.title, metric.name, metric.formula, metric.undefined, metric.reference)
                    for metric in (NRR, GRR, CHURN_RATE)
                ),
            ),
        ),
        widths=(30, 16, 52, 34, 44),
    )


def _made(material: SubscriptionMaterial) -> tuple[str, ...]:
    read = material.read
    asked = "as asked for" if material.parameters.as_of else "the newest start in the table"
    return (
        (
            say(
                "clv_xl {version}. Everything is measured at the end of {as_of}, {asked}; no figure "
                "depends on the day the report is made.",
                version=clv_xl.__version__,
                as_of=read.as_of.isoformat(),
                asked=asked,
            )
        ),
        say("Read from {source}, SHA-256 {sha256}.", source=read.source, sha256=read.sha256),
    )


_REVENUE = (
    (
        "The monthly recurring revenue (MRR) of a day is the sum of the monthly amounts that run on it. A "
        "customer is who pays more than 0."
    ),
    (
        "An end is the last day that is paid for. Where another row of the customer starts on that very day, the "
        "day belongs to the new row. An end after the as-of date still runs."
    ),
    (
        "Months are compared at their ends, customer by customer: who left and came back within a month has not "
        "moved. New: had never paid before. Reactivated: had paid before, but not at the start. A change of plan "
        "is expansion or contraction."
    ),
    "NRR and GRR compare the same customers twelve months apart; new and reactivated customers are in neither.",
    (
        "Churn a month, on the Summary, is all customers (or all MRR) lost in the last twelve whole months / all "
        "at the starts of these months."
    ),
)


def _staying() -> tuple[str, ...]:
    return (
        (
            say(
                "A stay is a time without a pause of more than {pause_days} days. On the page Plans it "
                "is that of a customer on a plan: it ends without a loss when another plan is begun "
                "within {pause_days} days of its end (moved). For all plans together a change of plan "
                "does not end it.",
                pause_days=PAUSE_DAYS,
            )
        ),
        (
            "Months of age count from the first day of a stay: month 1 ends on the day before the same day of "
            "the next month, where the first renewal is due. Who left within a month left at its end."
        ),
        (
            "Observed survivors follow everybody as far as seen, those still there and those who moved "
            "included (Kaplan and Meier, 1958)."
        ),
        (
            "The projection is the shifted beta-geometric model (sBG): at each renewal a customer leaves with "
            "a probability of the customer's own, Beta(alpha, beta) over customers; P(T = t) counts for who "
            "left in month t, S(t) for who is still there after t renewals, over all starts together (Fader "
            "and Hardie, 2007: How to Project Customer Retention; Fitting the sBG Model to Multi-Cohort Data)."
        ),
        (
            say(
                "It is given only with {enough_repeat_customers} customers who have renewed, "
                "{enough_lost} who left, and a stay of {horizon_months} months seen; otherwise the page "
                "says what is missing. A plan with too little is valued by all plans together.",
                enough_repeat_customers=ENOUGH_REPEAT_CUSTOMERS,
                enough_lost=ENOUGH_LOST,
                horizon_months=HORIZON_MONTHS // 3,
            )
        ),
    )


def _value(material: SubscriptionMaterial) -> tuple[str, ...]:
    rate = number(100 * material.parameters.discount_rate)
    return (
        (
            say(
                "CLV of a new customer = sum over months t = 0 to {horizon_months} of S(t) x monthly "
                "amount x gross margin / (1 + i)^t: the first payment is now. i is the monthly rate of "
                "{rate}% a year.",
                horizon_months=HORIZON_MONTHS - 1,
                rate=rate,
            )
        ),
        (
            say(
                "Customer equity = for each running subscription that has renewed n times, the sum over "
                "t = 1 to {horizon_months} of S(n + t) / S(n) x amount x gross margin / (1 + i)^t: the "
                "next payment is in a month, if the customer is still there. It is what is still to "
                "come; nothing of the past is in it.",
                horizon_months=HORIZON_MONTHS,
            )
        ),
        (
            "An end that is known, after the as-of date, is the latest: payments count that are due until it, one a "
            "month on the day of the month on which the stay on the plan began, each by survival as above, and none "
            "after it. Renewals are not projected beyond a known end. So a subscription with an end is never worth "
            "more than one without."
        ),
        'These are CLV_RETENTION\'s payments "now" and "retained", with a retention that rises with age.',
        (
            "The amount is what customers of the plan pay on average now. Expansion, contraction and later "
            "changes of plan are not projected; acquisition cost is not taken off."
        ),
    )


def _models(material: SubscriptionMaterial) -> Table:
    rows: list[tuple[Scalar, ...]] = []
    for plan in (material.every, *(material.plans if len(material.plans) > 1 else ())):
        fit = plan.renewals.fit
        if fit is None or plan.renewals.reason:
            rows.append((plan.name, "none", plan.renewals.reason, "", ""))
            continue
        errors = fit.standard_errors
        rows.append(
            (
                plan.name,
                "sBG",
                say(
                    "alpha {alpha}, beta {beta}",
                    alpha=_figure(fit.model.alpha, errors[0]),
                    beta=_figure(fit.model.beta, errors[1]),
                ),
                say(
                    "{customers} customers, log-likelihood {log_likelihood}",
                    customers=count(fit.customers),
                    log_likelihood=number(fit.log_likelihood, 1),
                ),
                " ".join(item.words for item in fit.cautions),
            )
        )
    return Table(
        name="fitted",
        title="Fitted models",
        caption="Alpha and beta with their standard errors; mean churn at the first renewal is alpha / (alpha + beta).",
        columns=(
            Column("plan", "Plan", "wrapped", emphasis=True),
            Column("model", "Model", "text", words=True),
            Column("values", "Parameters", "wrapped"),
            Column("fit", "Fitted on", "wrapped", words=True),
            Column("cautions", "To know", "wrapped", words=True),
        ),
        rows=tuple(rows),
    )


def _figure(value: float, error: float) -> str:
    text = significant(value, 4)
    return text if isnan(error) else frame("{value} (± {error})", value=text, error=significant(error, 2))
