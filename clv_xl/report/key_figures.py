"""What each key figure is: its defined name, its words, and its formula in the workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clv_xl.report.curve import ValueCurve
from clv_xl.report.model import Live

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.customers.snapshot import Snapshot
    from clv_xl.report.comparison import Basis
    from clv_xl.report.model import Format

__all__ = [
    "BEFORE",
    "CAC_CUSTOMERS",
    "CAC_MEASURED",
    "CAC_SPEND",
    "CAC_USED",
    "COUNTED",
    "DERIVED",
    "PAYBACK_MONTH",
    "PAYBACK_MONTHS",
    "Counted",
    "Derived",
    "Figure",
]

BEFORE = "_before"
"""What the defined name of a figure ends with where it speaks of a year earlier."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure. ``formula`` is None for what was counted; ``{s}`` in it takes the period's suffix.

    ``reason`` says why it is not compared with a year earlier; empty where it is.
    """

    name: str
    title: str
    format: Format
    unit: str
    how: str
    now: float
    before: float | None
    reason: str
    formula: str | None = None

    def live(self) -> float | Live:
        """Return today's figure as the Figures page holds it."""
        return self.now if self.formula is None else Live(self.formula.format(s=""), self.now)

    def live_before(self) -> float | Live | None:
        """Return the figure of a year earlier, or None where there is none."""
        if self.formula is None or self.before is None:
            return self.before
        return Live(self.formula.format(s=BEFORE), self.before)


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure that is counted from the orders; ``pick`` reads it from a snapshot of the shop.

    ``basis`` says what it is made of, and so when it may be compared.
    """

    name: str
    title: str
    format: Format
    unit: str
    how: str
    pick: Callable[[Snapshot], float]
    basis: Basis = "all time"

    def figure(self, now: float, before: float | None, reason: str) -> Figure:
        """Return the figure with its values."""
        return Figure(self.name, self.title, self.format, self.unit, self.how, now, before, reason)


@dataclass(frozen=True, slots=True)
class Derived:
    """A figure that follows from others; ``part`` names the value, ``formula`` is the same for Excel."""

    name: str
    title: str
    format: Format
    unit: str
    how: str
    part: str
    formula: str | None
    basis: Basis = "all time"

    def figure(self, now: float, before: float | None, reason: str) -> Figure:
        """Return the figure with its values."""
        return Figure(
            self.name, self.title, self.format, self.unit, self.how, now, before, reason, self.formula
        )


NAN = float("nan")


def _moved(part: str) -> Callable[[Snapshot], float]:
    return lambda shop: NAN if shop.movement is None else getattr(shop.movement, part)


# one figure a paragraph reads better than one argument a line
# fmt: off
COUNTED: tuple[Counted, ...] = (
    Counted(
        "customers_total", "Customers", "count", "customers",
        "Everyone with at least one order up to the as-of date.",
        lambda shop: len(shop.frame),
    ),
    Counted(
        "active_customers", "Active customers", "count", "customers",
        "Customers whose latest order lies within the active window (below).",
        lambda shop: int(shop.active.sum()), basis="stock",
    ),
    Counted(
        "repeat_customers", "Repeat customers", "count", "customers",
        "Customers with orders on two days or more.",
        lambda shop: int((shop.frame["occasions"] > 1).sum()),
    ),
    Counted(
        "new_customers", "New customers, last 12 months", "count", "customers",
        "Customers whose first order lies within the twelve months up to the as-of date.",
        lambda shop: shop.new_customers, basis="movement",
    ),
    Counted(
        "start_active", "Active a year earlier", "count", "customers",
        "Customers who were active at the start of the twelve months.", _moved("start"),
        basis="movement",
    ),
    Counted(
        "new_active", "New and still active", "count", "customers",
        "First order within the twelve months, and active at their end.", _moved("new"),
        basis="movement",
    ),
    Counted(
        "reactivated", "Reactivated", "count", "customers",
        "Ordered before the twelve months, inactive at their start, active at their end.",
        _moved("reactivated"), basis="movement",
    ),
    Counted(
        "lost", "Lost", "count", "customers",
        "Active at the start of the twelve months and not at their end. Active now = active a year earlier + "
        "new + reactivated - lost, exactly.",
        _moved("lost"), basis="movement",
    ),
    Counted(
        "ordered_since", "Active a year earlier and ordered since", "count", "customers",
        "Customers who were active at the start of the twelve months and ordered in them.",
        lambda shop: NAN if shop.movement is None else shop.ordered, basis="movement",
    ),
    Counted(
        "orders_total", "Orders, all time", "count", "orders",
        "Each order counted once.", lambda shop: shop.lifetime.orders,
    ),
    Counted(
        "amount_total", "Amount, all time", "cents", "currency",
        "Orders less refunds, after the VAT switch.", lambda shop: shop.lifetime.amount,
    ),
    Counted(
        "own_margin_total", "Margin of orders with their own cost, all time", "cents", "currency",
        "Amount less cost, of the rows that carry a cost.", lambda shop: shop.lifetime.own_margin,
    ),
    Counted(
        "uncosted_total", "Amount without a cost of its own, all time", "cents", "currency",
        "The amount that the gross margin is applied to.", lambda shop: shop.lifetime.uncosted_amount,
    ),
    Counted(
        "orders_year", "Orders, last 12 months", "count", "orders",
        "Orders of the twelve months up to the as-of date.", lambda shop: shop.year.orders, basis="sum",
    ),
    Counted(
        "amount_year", "Amount, last 12 months", "cents", "currency",
        "Orders less refunds of those twelve months.", lambda shop: shop.year.amount, basis="sum",
    ),
    Counted(
        "first_year_customers", "Customers won 12 to 24 months ago", "count", "customers",
        "Customers whose first order lies in the twelve months before the last twelve: the youngest who have all "
        "been customers for a year.",
        lambda shop: shop.first_years.customers, basis="first year",
    ),
    Counted(
        "first_year_orders", "Their orders, first 12 months", "count", "orders",
        "Of each of them, in the twelve months from the first order on.",
        lambda shop: shop.first_years.totals.orders, basis="first year",
    ),
    Counted(
        "first_year_own_margin", "Their margin of orders with their own cost", "cents", "currency",
        "Amount less cost in those first twelve months, of the rows that carry a cost.",
        lambda shop: shop.first_years.totals.own_margin, basis="first year",
    ),
    Counted(
        "first_year_uncosted", "Their amount without a cost of its own", "cents", "currency",
        "In those first twelve months: the amount that the gross margin is applied to.",
        lambda shop: shop.first_years.totals.uncosted_amount, basis="first year",
    ),
    Counted(
        "active_years", "Customer-years spent active", "decimal", "years",
        "For each customer the time from the first order to the end of the active window after the last one, or "
        "to the as-of date; so who came yesterday counts one day, and who is long gone counts no further.",
        lambda shop: shop.active_years,
    ),
)

DERIVED: tuple[Derived, ...] = (
    Derived(
        "avg_order_value", "Average order value, last 12 months", "cents", "currency",
        "Amount / orders of the last 12 months.", "order_value",
        "=IF(orders_year{s}>0,amount_year{s}/orders_year{s},NA())", basis="average",
    ),
    Derived(
        "purchase_rate", "Orders a year while active", "decimal", "orders per active year",
        "1 / lifespan + (orders - customers) / customer-years spent active: the first order counts once in a lifespan.",
        "frequency",
        "=IF(active_years{s}>0,1/lifespan{s}+(orders_total{s}-customers_total{s})/active_years{s},NA())",
    ),
    Derived(
        "retention", "Retention, 12 months", "percent", "share",
        "(active now - new - reactivated) / active a year earlier.", "retention",
        "=IF(start_active{s}>0,(active_customers{s}-new_active{s}-reactivated{s})/start_active{s},NA())",
        basis="movement",
    ),
    Derived(
        "churn_share", "Churn, 12 months", "percent", "share",
        "Lost / active a year earlier, that is 1 - retention.", "churn",
        "=IF(start_active{s}>0,lost{s}/start_active{s},NA())",
        basis="movement",
    ),
    Derived(
        "ordered_share", "Ordered within the year", "percent", "share",
        "Active a year earlier and ordered since / active a year earlier.", "ordered_share",
        "=IF(start_active{s}>0,ordered_since{s}/start_active{s},NA())",
        basis="movement",
    ),
    Derived(
        "repeat_share", "Repeat rate", "percent", "share",
        "Customers with orders on two days or more / customers.", "repeat",
        "=IF(customers_total{s}>0,repeat_customers{s}/customers_total{s},NA())",
    ),
    Derived(
        "margin_per_order", "Margin per order after cost to serve, all time", "cents", "currency",
        "(margin of orders with their own cost + other amounts x gross margin) / orders - cost to serve, of "
        "all orders.", "margin_per_order",
        "=IF(orders_total{s}>0,(own_margin_total{s}+uncosted_total{s}*gross_margin)/orders_total{s},NA())"
        "-service_cost",
    ),
    Derived(
        "lifespan_measured", "Lifespan, measured", "years", "years",
        "Area under the survival curve of customers' active lives (Kaplan-Meier), up to the longest life "
        "observed. Those still active are counted as not yet ended; but what lies beyond the history is not in it, "
        "so a short history gives a short lifespan.",
        "lifespan_measured", None,
    ),
    Derived(
        "lifespan", "Lifespan used", "years", "years",
        "The parameter where it is set, else the measured lifespan.", "lifespan",
        "=IF(lifespan_years>0,lifespan_years,lifespan_measured{s})",
    ),
    Derived(
        "historic_clv", "Historic CLV per customer", "cents", "currency",
        "(margin of all orders - cost to serve) / customers - acquisition cost.", "historic",
        "=IF(customers_total{s}>0,(own_margin_total{s}+uncosted_total{s}*gross_margin"
        "-service_cost*orders_total{s})/customers_total{s},NA())-acquisition_cost",
    ),
    Derived(
        "first_year_margin", "First year margin, won 12 to 24 months ago", "cents", "currency",
        "(margin - cost to serve) / customers, of the first twelve months of those who were won 12 to 24 months ago; "
        "before acquisition. All are seen at the same age, so it can be compared with a year earlier. Acquisition has "
        "it of all who have been customers for a year; the value curve on Cohorts goes by calendar months.",
        "first_year",
        "=IF(first_year_customers{s}>0,(first_year_own_margin{s}+first_year_uncosted{s}*gross_margin"
        "-service_cost*first_year_orders{s})/first_year_customers{s},NA())", basis="first year",
    ),
    Derived(
        "clv_before_cac", "CLV before CAC", "cents", "currency",
        "The plain formula: margin per order x orders a year while active x lifespan. With a discount rate d, "
        "yearly margin x (1 - (1 + d) ^ -lifespan) / d: the present value of that margin, paid at the end of each "
        "year.",
        "clv_gross",
        "=IF(discount_rate>0,-PV(discount_rate,lifespan{s},purchase_rate{s}*margin_per_order{s}),"
        "margin_per_order{s}*purchase_rate{s}*lifespan{s})",
    ),
    Derived(
        "clv_after_cac", "CLV after CAC", "cents", "currency",
        "CLV before CAC - acquisition cost.", "clv",
        "=clv_before_cac{s}-acquisition_cost",
    ),
    Derived(
        "ltv_to_cac", "LTV:CAC", "ratio", "ratio",
        "CLV before CAC / acquisition cost.", "ltv_cac",
        "=IF(acquisition_cost>0,clv_before_cac{s}/acquisition_cost,NA())",
    ),
    Derived(
        "highest_cac", "Highest allowable CAC", "cents", "currency",
        "CLV before CAC / target LTV:CAC.", "cac_max",
        "=IF(clv_before_cac{s}>=0,clv_before_cac{s}/target_ratio,NA())",
    ),
)

_CURVE = ValueCurve.MARGIN_COLUMN
_EARLIER = f"INDEX({_CURVE},payback_month-1)"

PAYBACK_MONTH = Derived(
    "payback_month", "Month in which the margin reaches CAC", "count", "month",
    "First month of the value curve (Cohorts page) whose cumulative margin is at least the acquisition cost.",
    "", f"=IF(acquisition_cost>0,MATCH(TRUE,INDEX({_CURVE}>=acquisition_cost,0),0),NA())",
)
PAYBACK_MONTHS = Derived(
    "payback_months", "CAC payback", "months", "months",
    "Months until the cumulative margin of an average customer reaches the acquisition cost, interpolated "
    "within the month.",
    "", f"=IF(payback_month=1,acquisition_cost/INDEX({_CURVE},1),payback_month-1+"
    f"(acquisition_cost-{_EARLIER})/(INDEX({_CURVE},payback_month)-{_EARLIER}))",
)
# fmt: on

# Only where there is spend
CAC_SPEND = Derived(
    "cac_spend",
    "Spend on winning customers",
    "cents",
    "currency",
    "All spend of the months that lie wholly inside the order history.",
    "",
    None,
)
CAC_CUSTOMERS = Derived(
    "cac_customers",
    "Customers won with it",
    "count",
    "customers",
    "Customers whose first order falls in those months.",
    "",
    None,
)
CAC_MEASURED = Derived(
    "cac_measured",
    "Acquisition cost, measured",
    "cents",
    "currency",
    "Spend on winning customers / customers won with it.",
    "",
    "=IF(cac_customers>0,cac_spend/cac_customers,NA())",
)
CAC_USED = Derived(
    "cac_used",
    "Acquisition cost used",
    "cents",
    "currency",
    "The parameter where it is set, else the measured cost.",
    "",
    "=IF(ISNUMBER(acquisition_cost),acquisition_cost,cac_measured)",
)
