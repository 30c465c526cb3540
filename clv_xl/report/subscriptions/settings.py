"""The page Parameters of the report on subscriptions: the margin, which recalculates, and what else was set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.parameters import PARAMETERS
from clv_xl.report.model import Column, Input, Page, Table
from clv_xl.report.subscriptions.material import HORIZON_MONTHS
from clv_xl.report.words import significant
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.subscriptions.material import SubscriptionMaterial

__all__ = ["settings_page"]

_COLUMNS = (
    Column("title", "Parameter", "text", emphasis=True, words=True),
    Column("value", "Value", "text"),
    Column("name", "Name", "text", "The name in formulas, in parameter files and after --set."),
    Column("meaning", "What it means", "wrapped", words=True),
)


def settings_page(material: SubscriptionMaterial) -> Page:
    """Build the page of parameters."""
    margin = next(spec for spec in PARAMETERS if spec.name == "gross_margin")
    read, parameters = material.read, material.parameters
    return Page(
        key="parameters",
        title="Parameters",
        heading="Parameters",
        question="What are the values based on? Change the yellow cell and they recalculate.",
        blocks=(
            Table(
                name="live_parameters",
                title="Change this here",
                caption="Every CLV and the customer equity follow. Recurring revenue, NRR and GRR do not depend on it.",
                columns=_COLUMNS,
                rows=(
                    (
                        margin.title,
                        Input(
                            parameters.gross_margin,
                            "percent",
                            low=1e-9,
                            high=1,
                            message=f"{margin.title}: {margin.allowed}.",
                        ),
                        margin.name,
                        (
                            "What is left of each amount after the cost of serving the subscription. 100% "
                            "means that the values are revenue, not margin."
                        ),
                    ),
                ),
                named=((0, "value", margin.name),),
            ),
            Table(
                name="fixed_parameters",
                title="Set when the report was made",
                caption="To change one, make the report again.",
                columns=_COLUMNS,
                rows=(
                    (
                        "As-of date",
                        read.as_of.isoformat() + ("" if parameters.as_of else say(" (newest start)")),
                        "as_of",
                        "The day on which everything is measured.",
                    ),
                    (
                        "Discount rate",
                        say("{share}%", share=significant(100 * parameters.discount_rate)),
                        "discount_rate",
                        "The yearly return of money elsewhere; a month's is (1 + rate)^(1/12) - 1.",
                    ),
                    (
                        "Horizon",
                        say("{horizon_months} months", horizon_months=HORIZON_MONTHS),
                        "",
                        "How far values are projected; what comes later is left out.",
                    ),
                    ("Currency", read.currency, "currency", "Of all amounts; other currencies need a rate."),
                    *(
                        (
                            say("Rate of {code}", code=code),
                            significant(rate),
                            f"rates.{code}",
                            "What one unit counts for.",
                        )
                        for code, rate in sorted(parameters.rates.items())
                    ),
                    (
                        "Cohort period",
                        material.period.unit,
                        "cohort_period",
                        "How customers are grouped by their first start.",
                    ),
                ),
            ),
        ),
        widths=(26, 24, 22, 80),
    )
