"""The key figures: each one's value today and a year earlier, its formula in the workbook, and its meaning.

Every value comes from a metric function; the workbook's formula is the same definition over defined names,
so that a changed parameter recalculates it. A test compares the two after LibreOffice has recalculated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clv_xl.metrics.acquisition import cac_max, cac_payback, ltv_cac
from clv_xl.metrics.averages import order_value, orders_while_active
from clv_xl.metrics.returning import repeat_share
from clv_xl.metrics.value import clv, historic_value
from clv_xl.report.comparison import BASES
from clv_xl.report.key_figures import (
    CAC_CUSTOMERS,
    CAC_MEASURED,
    CAC_SPEND,
    CAC_USED,
    COUNTED,
    DERIVED,
    PAYBACK_MONTH,
    PAYBACK_MONTHS,
)
from clv_xl.report.retained import without_order
from clv_xl.report.words import day, share
from clv_xl.said import joined, said, say

if TYPE_CHECKING:
    from clv_xl.customers.snapshot import Snapshot, Totals
    from clv_xl.parameters import Parameters
    from clv_xl.report.comparison import Basis, Comparison
    from clv_xl.report.curve import ValueCurve
    from clv_xl.report.key_figures import Figure
    from clv_xl.report.measured_cac import MeasuredCac

__all__ = ["Figures", "clv_before_cac", "compute_figures", "margin_of", "margin_per_order"]

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Figures:
    """All key figures: what was counted, what follows from it, and what is predicted."""

    counted: tuple[Figure, ...]
    derived: tuple[Figure, ...]
    predicted: tuple[Figure, ...] = ()

    def __getitem__(self, name: str) -> Figure:
        """Return one figure by its defined name."""
        return next(
            figure for figure in (*self.counted, *self.derived, *self.predicted) if figure.name == name
        )


def margin_of(totals: Totals, parameters: Parameters) -> float:
    """Return the margin of some orders: their own where they carry a cost, else amount x gross margin."""
    return totals.own_margin + historic_value(totals.uncosted_amount, parameters.gross_margin)


def margin_per_order(totals: Totals, parameters: Parameters) -> float:
    """Return the margin of an average order after cost to serve; NaN without an order."""
    return order_value(margin_of(totals, parameters), totals.orders) - parameters.service_cost


def clv_before_cac(
    totals: Totals, customers: int, active_years: float, lifespan: float, parameters: Parameters
) -> float:
    """Return the CLV before CAC: margin per order x orders a year while active x lifespan.

    Parameters
    ----------
    totals : Totals
        All orders so far.
    customers : int
        Whose orders they are.
    active_years : float
        Customer-years spent active.
    lifespan : float
        As measured; the parameter goes first.
    parameters : Parameters
        Margin, cost to serve, discount rate and perhaps the lifespan.
    """
    years = parameters.lifespan_years if parameters.lifespan_years is not None else lifespan
    return clv(
        margin_per_order(totals, parameters),
        orders_while_active(totals.orders, customers, active_years, years),
        years,
        discount_rate=parameters.discount_rate,
    )


@dataclass(frozen=True, slots=True)
class _Values:
    """The derived figures of one snapshot."""

    order_value: float
    frequency: float
    retention: float
    churn: float
    ordered_share: float
    repeat: float
    margin_per_order: float
    lifespan_measured: float
    lifespan: float
    historic: float
    first_year: float
    clv_gross: float
    clv: float
    ltv_cac: float
    cac_max: float


def _values(snapshot: Snapshot, parameters: Parameters) -> _Values:
    year, life = snapshot.year, snapshot.lifetime
    customers, moved = len(snapshot.frame), snapshot.movement
    cac = parameters.acquisition_cost
    per_order = margin_per_order(life, parameters)
    measured = snapshot.lives.lifespan
    lifespan = parameters.lifespan_years if parameters.lifespan_years is not None else measured
    frequency = orders_while_active(life.orders, customers, snapshot.active_years, lifespan)
    gross = clv_before_cac(life, customers, snapshot.active_years, measured, parameters)
    return _Values(
        order_value=order_value(year.amount, year.orders),
        frequency=frequency,
        retention=snapshot.retention,
        churn=snapshot.churn,
        ordered_share=share(float(snapshot.ordered), moved.start if moved is not None else 0),
        repeat=repeat_share(int((snapshot.frame["occasions"] > 1).sum()), customers),
        margin_per_order=per_order,
        lifespan_measured=measured,
        lifespan=lifespan,
        historic=historic_value(
            order_value(margin_of(life, parameters), customers),
            acquisition_cost=cac or 0.0,
            service_cost=order_value(parameters.service_cost * life.orders, customers),
        ),
        first_year=_first_year(snapshot, parameters),
        clv_gross=gross,
        clv=gross - (cac or 0.0),
        ltv_cac=ltv_cac(gross, cac) if cac else NAN,
        cac_max=cac_max(gross, parameters.target_ratio) if gross >= 0 else NAN,
    )


def _first_year(snapshot: Snapshot, parameters: Parameters) -> float:
    young = snapshot.first_years
    served = parameters.service_cost * young.totals.orders
    margin = order_value(margin_of(young.totals, parameters), young.customers)
    return historic_value(margin, service_cost=order_value(served, young.customers))


def compute_figures(
    comparison: Comparison,
    parameters: Parameters,
    curve: ValueCurve,
    measured: MeasuredCac | None = None,
) -> Figures:
    """Compute every key figure for the as-of date and for a year earlier.

    A year earlier, what counts all time is what this report would have said then; all else is given only
    where it can be compared.

    With a measured acquisition cost there are figures for it too, and all formulas go by the cost that is used:
    the parameter where it is set, else the measured one. ``parameters`` then hold that cost.
    """
    now, before = comparison.now, comparison.before
    today = _values(now, parameters)
    earlier = None if before is None else _values(before, parameters)
    reasons = {basis: comparison.reason(basis) for basis in BASES}

    def shown(basis: Basis) -> bool:
        return before is not None and (basis == "all time" or not reasons[basis])

    counted = tuple(
        item.figure(
            item.pick(now),
            item.pick(before) if before is not None and shown(item.basis) else None,
            reasons[item.basis],
        )
        for item in COUNTED
    )
    derived = tuple(
        item.figure(
            getattr(today, item.part),
            getattr(earlier, item.part) if shown(item.basis) else None,
            reasons[item.basis],
        )
        for item in DERIVED
    )
    derived = tuple(
        _not_yet(item, now) if item.name in {"retention", "churn_share"} else item for item in derived
    )
    derived = (*derived, *_payback(parameters, curve, reasons["all time"]))
    if measured is None or not measured.is_known:
        return Figures(counted=counted, derived=derived)
    no_year = "The spend is that of all months together."
    spent = CAC_SPEND.figure(float(measured.spend), None, no_year)
    won = CAC_CUSTOMERS.figure(measured.new_customers, None, no_year)
    cost = CAC_MEASURED.figure(measured.cac, None, no_year)
    used = CAC_USED.figure(parameters.acquisition_cost or 0.0, None, no_year)
    return Figures(
        counted=(*counted, spent, won),
        derived=(
            *(replace(item, formula=_by_cost_used(item.formula)) for item in derived),
            replace(cost, how=joined(" ", (said(cost.how), measured.words(parameters.currency)))),
            used,
        ),
    )


def _not_yet(item: Figure, now: Snapshot) -> Figure:
    """Return retention or churn, or none where nobody could be inactive a year ago: its formula cannot know that."""
    if now.has_window_a_year_ago:
        told = without_order(now) if item.name == "retention" else ""
        return replace(item, how=joined(" ", (said(item.how), told))) if told else item
    why = say("Not known here: it takes orders from {needed} on.", needed=day(now.retention_needs))
    return replace(item, formula="=NA()", how=joined(" ", (said(item.how), why)))


def _by_cost_used(formula: str | None) -> str | None:
    return None if formula is None else re.sub(r"\bacquisition_cost\b", CAC_USED.name, formula)


def _payback(parameters: Parameters, curve: ValueCurve, reason: str) -> tuple[Figure, Figure]:
    cac = parameters.acquisition_cost
    months = NAN
    if cac and curve.ages:
        months = cac_payback(cac, curve.cumulative_margin(parameters))
    reached = PAYBACK_MONTH.figure(curve.month_reached(parameters) if cac else NAN, None, reason)
    payback = PAYBACK_MONTHS.figure(months, None, reason)
    if not curve.ages:
        # no month is over, so there is no curve to look in
        return replace(reached, formula="=NA()"), replace(payback, formula="=NA()")
    if len(curve.ages) == 1:
        # a single row is no array to look in
        first = f"INDEX({curve.MARGIN_COLUMN},1)"
        reached = replace(reached, formula=f"=IF(AND(acquisition_cost>0,{first}>=acquisition_cost),1,NA())")
        payback = replace(payback, formula=f"=IF(payback_month=1,acquisition_cost/{first},NA())")
    return reached, payback
