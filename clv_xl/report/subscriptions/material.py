"""Everything that the pages on subscriptions are written from, computed once from the table and the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.customers.calendar import Period, choose_period
from clv_xl.customers.subscribers import a_year_before, stays, still_due, subscribers
from clv_xl.metrics.cohorts import cohort_matrix
from clv_xl.metrics.recurring import monthly_rate
from clv_xl.metrics.retention import churn_rate
from clv_xl.models.renewals import renewals
from clv_xl.orders.subscriptions import UNITS
from clv_xl.said import say

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.customers.subscribers import MonthMoved, Subscribers
    from clv_xl.metrics.cohorts import CohortMatrix
    from clv_xl.metrics.recurring import Movement
    from clv_xl.models.renewals import Renewals
    from clv_xl.models.sbg import Sbg
    from clv_xl.orders.subscriptions import Subscriptions
    from clv_xl.parameters import Parameters

__all__ = ["HORIZON_MONTHS", "PlanFigures", "SubscriptionMaterial", "gather_subscriptions"]

HORIZON_MONTHS: Final = 36
"""How far values are projected: a sum over so many months is no lifetime, and is not called one."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanFigures:
    """What one plan is, or all of them together.

    Attributes
    ----------
    name : str
        Of the plan.
    customers : int
        Who pay for it on the as-of day.
    revenue : float
        What they pay for it a month.
    stays, left, moved : int
        Stays on it ever begun, ended, and ended by a move to another plan.
    renewals : Renewals
        What was seen at each renewal, and the fit.
    own : bool
        Whether the projection is the plan's own; else it is that of all plans together.
    payments : float
        Discounted payments to expect of a new customer within the horizon; NaN where there is no projection.
    coming : float
        Discounted revenue to expect within the horizon from who pays now; NaN where there is no projection.
    year : Movement
        Of the customers whose main plan it was a year ago, in the currency.
    """

    name: str
    customers: int
    revenue: float
    stays: int
    left: int
    moved: int
    renewals: Renewals
    own: bool
    payments: float
    coming: float
    year: Movement

    @property
    def average(self) -> float:
        """What a customer pays a month; NaN where there is none."""
        return self.revenue / self.customers if self.customers else nan


@dataclass(frozen=True, slots=True, eq=False)
class SubscriptionMaterial:
    """What one report on subscriptions is made from; amounts are in the currency.

    ``years`` stands beside ``months``: how the customers of twelve months before have moved by each of their days.
    ``revenue_kept`` is the share of a cohort's first revenue that is paid at each age.
    """

    read: Subscriptions
    parameters: Parameters
    months: tuple[MonthMoved, ...]
    years: tuple[Movement | None, ...]
    before: date
    year: Movement
    every: PlanFigures
    plans: tuple[PlanFigures, ...]
    period: Period
    cohorts: CohortMatrix
    revenue_kept: tuple[tuple[float, ...], ...]
    customer_churn: float
    revenue_churn: float
    churn_months: int

    @property
    def unit(self) -> str:
        """The currency for captions: it reads well after "in" and after a comma."""
        return self.read.currency or say("the currency of the file")

    @property
    def ending(self) -> int:
        """How many running subscriptions have a known end after the as-of day."""
        return sum(warning.rows for warning in self.read.warnings if warning.code == "ends_after_as_of")

    @property
    def has_projection(self) -> bool:
        """Tell whether all that runs has a projected value."""
        return not isnan(self.every.coming)

    @property
    def old(self) -> bool:
        """Tell whether there was anybody a year before the as-of day."""
        return self.year.start > 0


def gather_subscriptions(read: Subscriptions, parameters: Parameters) -> SubscriptionMaterial:
    """Compute everything that the pages on subscriptions show.

    Parameters
    ----------
    read : Subscriptions
        The table.
    parameters : Parameters
        Of these the gross margin, the discount rate and the cohort period are used.
    """
    group = subscribers(read)
    before = a_year_before(read.as_of)
    months = tuple(month._replace(moved=month.moved.over(UNITS)) for month in group.months())
    whole = [month for month in months if month.over][-12:]
    rate = monthly_rate(parameters.discount_rate)
    every, plans = _plans(group, before, rate)
    period, matrix, kept = _cohorts(group, parameters.cohort_period)
    return SubscriptionMaterial(
        read=read,
        parameters=parameters,
        months=months,
        years=tuple(_year(group, month.day) for month in months),
        before=before,
        year=every.year,
        every=every,
        plans=plans,
        period=period,
        cohorts=matrix,
        revenue_kept=kept,
        customer_churn=churn_rate(
            float(sum(month.moved.start_customers for month in whole)),
            float(sum(month.moved.churned_customers for month in whole)),
        ),
        revenue_churn=churn_rate(
            sum(month.moved.start for month in whole), sum(month.moved.churned for month in whole)
        ),
        churn_months=sum(1 for month in whole if month.moved.start_customers),
    )


def _year(group: Subscribers, day: date) -> Movement | None:
    """Return how the customers of twelve months before have moved; None where there was nobody yet."""
    before = a_year_before(day)
    moved = group.moved(before, day)
    return moved.over(UNITS) if moved.start else None


def _plans(group: Subscribers, before: date, rate: float) -> tuple[PlanFigures, tuple[PlanFigures, ...]]:
    """Return the figures of all plans together, and of each of them."""
    together, apart = stays(group, by_plan=False), stays(group, by_plan=True)
    pooled = renewals(together.periods, together.left, HORIZON_MONTHS)
    now = group.paid_by_plan(group.as_of)
    rows, renewed, due = still_due(group, apart, HORIZON_MONTHS)
    main = group.main_plan(before)
    plans = []
    for number, name in enumerate(group.plans):
        of_plan = apart.plan == number
        seen = renewals(apart.periods[of_plan], apart.left[of_plan], HORIZON_MONTHS)
        model = seen.model or pooled.model
        there = group.plan[rows] == number
        coming = _coming(model, renewed[there], due[there], group.amount[rows[there]] / UNITS, rate)
        plans.append(
            PlanFigures(
                name=name,
                customers=int((now[:, number] > 0).sum()),
                revenue=float(now[:, number].sum()) / UNITS,
                stays=int(of_plan.sum()),
                left=int(apart.left[of_plan].sum()),
                moved=int((~apart.left & ~apart.running)[of_plan].sum()),
                renewals=seen,
                own=seen.model is not None,
                payments=nan if model is None else model.payments(HORIZON_MONTHS, rate),
                coming=coming,
                year=group.moved(before, group.as_of, main == number).over(UNITS),
            )
        )
    every = PlanFigures(
        name="All plans",
        customers=int((now > 0).any(axis=1).sum()),
        revenue=float(now.sum()) / UNITS,
        stays=together.customer.size,
        left=int(together.left.sum()),
        moved=0,
        renewals=pooled,
        own=pooled.model is not None,
        payments=nan if pooled.model is None else pooled.model.payments(HORIZON_MONTHS, rate),
        coming=float(sum(plan.coming for plan in plans)),
        year=group.moved(before, group.as_of).over(UNITS),
    )
    return every, tuple(plans)


def _coming(model: Sbg | None, renewed: np.ndarray, due: np.ndarray, paid: np.ndarray, rate: float) -> float:
    """Return what running subscriptions are expected to bring until their known ends, discounted."""
    if not paid.size:
        return 0.0
    if model is None:
        return nan
    return float((paid * model.residual_payments(renewed, due, rate)).sum())


def _cohorts(group: Subscribers, wanted: str) -> tuple[Period, CohortMatrix, tuple[tuple[float, ...], ...]]:
    """Return who of each cohort pays at the end of each period, and the share of its first revenue that is paid."""
    days = group.first.astype("M8[D]")
    oldest = days.min().item()
    period = choose_period(wanted, oldest, group.as_of)
    months = days.astype("M8[M]").astype(np.int64) + 1970 * 12
    number = months // period.months
    labels, row = np.unique(number, return_inverse=True)
    size = np.bincount(row)
    newest = period.number(group.as_of)
    columns: dict[str, list[float]] = {
        name: [] for name in ("cohort", "age", "customers", "size", "mature", "amount")
    }
    for at in range(int(labels[0]), newest + 1):
        last = period.last_day(at)
        paid = group.paid(min(last, group.as_of))
        paying, amount = np.bincount(row, paid > 0), np.bincount(row, paid)
        for place, label in enumerate(labels.tolist()):
            if label <= at:
                columns["cohort"].append(label)
                columns["age"].append(at - label)
                columns["customers"].append(int(paying[place]))
                columns["size"].append(int(size[place]))
                columns["mature"].append(last <= group.as_of)
                columns["amount"].append(float(amount[place]) / UNITS)
    matrix = cohort_matrix(**columns)  # type: ignore[arg-type]  # the keys are its arguments
    first = matrix.amount[:, :1]
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(first > 0, matrix.amount / first, np.nan)
    return period, matrix, tuple(tuple(float(value) for value in line) for line in kept)
