"""What each parameter of a report means and what it may be.

One specification serves the command line, the TOML file and the Parameters sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clv_xl.said import say

__all__ = ["PARAMETERS", "ParameterSpec"]

Kind = Literal["number", "whole", "date", "flag", "text", "choice"]


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """What one parameter is.

    ``live`` marks those that the finished workbook recalculates with; the others shape the data, so a
    change needs a new report. ``low`` and ``high`` are inclusive unless ``above_low`` is set.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    meaning: str
    live: bool = False
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    number_format: str = "General"

    @property
    def allowed(self) -> str:
        """The permitted values in words."""
        if self.kind == "choice":
            return say("one of {choices}", choices=", ".join(self.choices))
        if self.kind == "flag":
            return say("true or false")
        if self.kind == "date":
            return say("a date such as 2025-12-31")
        if self.kind == "text":
            return say("text")
        what = say("a whole number") if self.kind == "whole" else say("a number")
        if self.low is None:
            return what
        low, high = f"{self.low:g}", "" if self.high is None else f"{self.high:g}"
        if self.above_low:
            start = say("{what} above {low}", what=what, low=low)
        else:
            start = say("{what} from {low}", what=what, low=low)
        return say("{start} to {high}", start=start, high=high) if high else start


PARAMETERS: tuple[ParameterSpec, ...] = (
    ParameterSpec(
        "gross_margin",
        "Gross margin",
        "number",
        "share of the amount",
        "What is left of each order's amount after the cost of the goods. 1 (100%) means that the figures "
        "are revenue, not margin. Not used for orders that carry their own cost.",
        live=True,
        low=0,
        high=1,
        above_low=True,
        number_format="0.0%",
    ),
    ParameterSpec(
        "lifespan_years",
        "Customer lifespan",
        "number",
        "years",
        "How long a customer stays active. Left blank, it is measured from the shop's own orders.",
        live=True,
        low=0,
        high=100,
        above_low=True,
        optional=True,
        number_format="0.00",
    ),
    ParameterSpec(
        "discount_rate",
        "Discount rate",
        "number",
        "a year",
        "The yearly return that the money could earn elsewhere; 0 leaves the future undiscounted. Predictions take a "
        "change up when the report is made again.",
        live=True,
        low=0,
        high=1,
        number_format="0.0%",
    ),
    ParameterSpec(
        "acquisition_cost",
        "Acquisition cost (CAC)",
        "number",
        "currency per new customer",
        "What it costs to win one new customer. Left blank, it is measured from the spend; without spend it is "
        "not known: nothing is subtracted and no ratio to it is shown.",
        live=True,
        low=0,
        optional=True,
        number_format="#,##0.00",
    ),
    ParameterSpec(
        "service_cost",
        "Cost to serve",
        "number",
        "currency per order",
        "Picking, freight, payment and service that each order costs beyond the goods.",
        live=True,
        low=0,
        number_format="#,##0.00",
    ),
    ParameterSpec(
        "target_ratio",
        "Target LTV:CAC",
        "number",
        "ratio",
        "How many times its acquisition cost a customer should bring; sets the highest allowable CAC.",
        live=True,
        low=0,
        above_low=True,
        number_format="0.0",
    ),
    ParameterSpec(
        "as_of",
        "As-of date",
        "date",
        "date",
        "The day on which everything is measured. Left blank, the newest day with an order; refunds booked later count "
        "on that day.",
        optional=True,
        number_format="yyyy-mm-dd",
    ),
    ParameterSpec(
        "currency",
        "Currency",
        "text",
        "code or symbol",
        "Shown beside amounts; with rates, the currency that all amounts are converted to. Order files that name "
        "no currency are taken to be in it. Left blank, the currency that all orders are in.",
    ),
    ParameterSpec(
        "amounts_include_vat",
        "Amounts include VAT",
        "flag",
        "switch",
        "Switch on where the order file's amounts hold VAT: it is then taken out.",
    ),
    ParameterSpec(
        "vat_rate",
        "VAT rate",
        "number",
        "share",
        "The rate taken out when amounts include VAT: 0.25 means amount / 1.25.",
        low=0,
        high=1,
        number_format="0.0%",
    ),
    ParameterSpec(
        "refunds",
        "Refunds",
        "choice",
        "subtract or ignore",
        "Negative rows and columns of refunded amounts: subtract takes them off the customer's amount, ignore "
        "leaves them out.",
        choices=("subtract", "ignore"),
    ),
    ParameterSpec(
        "active_days",
        "Active window",
        "whole",
        "days",
        "A customer is active until this many days after the latest order. Left blank, the time within "
        "which 90% of the shop's own repeat orders came.",
        low=1,
        high=3660,
        optional=True,
        number_format="0",
    ),
    ParameterSpec(
        "rfm_bins",
        "RFM scores",
        "whole",
        "steps",
        "Recency, frequency and monetary are scored from 1 to this number, best last.",
        low=2,
        high=10,
        number_format="0",
    ),
    ParameterSpec(
        "rfm_nested",
        "Nested RFM",
        "flag",
        "switch",
        "Score frequency within each recency score, and monetary within each of those.",
    ),
    ParameterSpec(
        "ambassador_share",
        "Ambassadors",
        "number",
        "share of active customers",
        "The active customers with the most orders that are called ambassadors.",
        low=0,
        high=1,
        above_low=True,
        number_format="0%",
    ),
    ParameterSpec(
        "cohort_period",
        "Cohort period",
        "choice",
        "period",
        "How customers are grouped by their first order; auto picks the finest that stays readable.",
        choices=("auto", "month", "quarter", "year"),
    ),
    ParameterSpec(
        "migration_months",
        "Migration, months back",
        "whole",
        "months",
        "How far back the page Migration looks: each customer's segment so many months before the as-of date against "
        "that of today.",
        low=1,
        high=120,
        number_format="0",
    ),
    ParameterSpec(
        "horizon",
        "Horizon",
        "whole",
        "months",
        "How far predictions look ahead. A prediction takes a history of a third of that: 36 months ahead take 12 "
        "months of orders.",
        low=1,
        high=120,
        number_format="0",
    ),
    ParameterSpec(
        "second_stage",
        "Correction of predictions",
        "choice",
        "automatic, customer data or off",
        "Predicted CLV corrected by behaviour and by what the first order told (channel, country, product), where that "
        "was better by more than 2% on the shop's own past. customer data: by the columns of the customer data too, "
        "if all were known when a customer came. off: never.",
        choices=("automatic", "customer data", "off"),
    ),
    ParameterSpec(
        "language",
        "Language",
        "choice",
        "code",
        "The language of the report: en English, sv Swedish, nb Norwegian bokmål, da Danish.",
        choices=("en", "sv", "nb", "da"),
    ),
)
