"""What if: a customer's worth where margin, retention, orders, prices or costs were other than today.

Every figure comes from the metric that the report uses for today; what a changed retention does to the lifespan is
the one thing that is decided here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.acquisition import cac_max, cac_payback, ltv_cac
from clv_xl.metrics.lifetime import clv_retention, customer_lifespan
from clv_xl.metrics.value import clv
from clv_xl.report.words import share

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.parameters import Parameters
    from clv_xl.report.curve import ValueCurve
    from clv_xl.report.figures import Figures

__all__ = [
    "Lever",
    "Levers",
    "Today",
    "Worth",
    "changed",
    "cumulative_margin",
    "payback",
    "today_of",
    "worth",
]

NAN: Final = math.nan
MONTHS_A_YEAR: Final = 12
MOST_MARGIN: Final = 1 + 1e-9
"""All of the amount, and what sums may be off in their last digits."""


@dataclass(frozen=True, slots=True)
class Levers:
    """What a shop can change: margin and retention as shares, the rate a year, order value and CAC in currency.

    ``cac`` is NaN where it is not known.
    """

    margin: float
    retention: float
    orders_a_year: float
    order_value: float
    discount_rate: float
    cac: float

    @property
    def retention_moves(self) -> bool:
        """Whether another retention can be worked out: it is known, and somebody leaves."""
        return self.retention < 1


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever and a step of it that is easy to picture: a point of a share, or a hundredth of anything else."""

    name: str
    in_points: bool

    def stepped(self, levers: Levers, steps: float = 1.0) -> Levers:
        """Return the levers with this one moved by so many points or per cent; more margin than all there is not.

        Examples
        --------
        >>> now = Levers(0.5, 0.6, 3.0, 200.0, 0.1, 90.0)
        >>> Lever("retention", True).stepped(now).retention, Lever("order_value", False).stepped(now).order_value
        (0.61, 202.0)
        """
        value: float = getattr(levers, self.name)
        moved = value + steps / 100 if self.in_points else value * (1 + steps / 100)
        if self.name == "margin" and steps > 0 and moved > MOST_MARGIN:
            moved = NAN
        if self.name == "retention" and math.isnan(value):
            # not blank, which would be as today, but what cannot be known
            moved = math.inf
        return replace(levers, **{self.name: moved})


@dataclass(frozen=True, slots=True)
class Today:
    """The shop as it is: its levers, and what no lever changes."""

    levers: Levers
    lifespan: float
    service_cost: float
    target_ratio: float

    @property
    def orders_after_first(self) -> float:
        """Orders a year after the first one, which counts once in a lifespan."""
        return self.levers.orders_a_year - share(1.0, self.lifespan)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a customer is worth with some levers, in currency; lifespan in years."""

    margin_per_order: float
    lifespan: float
    orders_after_first: float
    orders_a_year: float
    clv_before_cac: float
    clv: float
    clv_from_retention: float
    ltv_to_cac: float
    highest_cac: float


def today_of(figures: Figures, parameters: Parameters) -> Today:
    """Return the shop as it is, from its key figures.

    The margin is that of all orders together, those with a cost of their own included; the order value is that of
    all orders, as the CLV counts them.
    """
    orders, amount = figures["orders_total"].now, figures["amount_total"].now
    kept = figures["own_margin_total"].now + figures["uncosted_total"].now * parameters.gross_margin
    cac = parameters.acquisition_cost
    return Today(
        Levers(
            margin=kept / amount if amount else parameters.gross_margin,
            retention=figures["retention"].now,
            orders_a_year=figures["purchase_rate"].now,
            order_value=share(amount, orders),
            discount_rate=parameters.discount_rate,
            cac=NAN if cac is None else cac,
        ),
        figures["lifespan"].now,
        parameters.service_cost,
        parameters.target_ratio,
    )


def _lifespan(today: Today, retention: float) -> float:
    """Return the lifespan at another retention: it is as much longer as 1 / churn is."""
    now = today.levers.retention
    if retention == now or (math.isnan(now) and math.isnan(retention)):
        return today.lifespan
    if not 0 <= retention < 1:
        return NAN
    return today.lifespan * share(customer_lifespan(1 - retention), customer_lifespan(1 - now))


def worth(today: Today, levers: Levers) -> Worth:
    """Return what a customer is worth with other levers.

    A changed retention changes the lifespan as 1 / (1 - retention) changes. The first order counts once in a
    lifespan, and those after it come with the years; so orders a year that are given hold for today's lifespan.

    Examples
    --------
    >>> shop = Today(Levers(0.5, 0.6, 2.5, 200.0, 0.0, 90.0), 2.0, 0.0, 3.0)
    >>> worth(shop, shop.levers).clv_before_cac
    500.0
    >>> better = worth(shop, Lever("retention", True).stepped(shop.levers, 20))
    >>> round(better.lifespan, 9), round(better.orders_a_year, 9), round(better.clv_before_cac, 9)
    (4.0, 2.25, 900.0)
    """
    lifespan = _lifespan(today, levers.retention)
    after_first = max(0.0, levers.orders_a_year - share(1.0, today.lifespan))
    if math.isnan(levers.orders_a_year) or math.isnan(today.lifespan):
        after_first = NAN
    rate = after_first + share(1.0, lifespan)
    each = levers.margin * levers.order_value - today.service_cost
    known = not any(map(math.isnan, (each, rate, lifespan)))
    before = clv(each, rate, lifespan, discount_rate=levers.discount_rate) if known else NAN
    less = 0.0 if math.isnan(levers.cac) else levers.cac
    return Worth(
        margin_per_order=each,
        lifespan=lifespan,
        orders_after_first=after_first,
        orders_a_year=rate,
        clv_before_cac=before,
        clv=before - less,
        clv_from_retention=clv_for_life(each * rate if known else NAN, levers),
        ltv_to_cac=ltv_cac(before, levers.cac) if levers.cac > 0 else NAN,
        highest_cac=cac_max(before, today.target_ratio) if before >= 0 else NAN,
    )


def clv_for_life(margin_a_year: float, levers: Levers) -> float:
    """Return the CLV of a customer who stays from year to year with the retention; the first margin comes at once."""
    if math.isnan(margin_a_year) or math.isnan(levers.retention):
        return NAN
    less = 0.0 if math.isnan(levers.cac) else levers.cac
    return clv_retention(margin_a_year, levers.retention, levers.discount_rate) - less


def changed(today: Today, lever: Lever) -> float:
    """Return by how much the CLV changes with one step of one lever alone; NaN where the lever is not known."""
    if math.isnan(getattr(today.levers, lever.name)):
        return NAN
    return worth(today, lever.stepped(today.levers)).clv - worth(today, today.levers).clv


def cumulative_margin(
    today: Today, levers: Levers, curve: ValueCurve, parameters: Parameters
) -> tuple[FloatArray, FloatArray]:
    """Return what an average customer brings in each month after the first order, and by its end, with other levers.

    Every month follows margin and order value. Those after the first follow the orders after the first too, and
    the share of customers who are still there: where a year keeps a part more of them, m months keep that part to
    the power of m / 12 more.
    """
    orders = np.diff(np.array(curve.orders), prepend=0.0)
    margin = np.diff(curve.cumulative_margin(parameters), prepend=0.0)
    served = today.service_cost * orders
    now = today.levers
    earned = now.margin * now.order_value
    price = levers.margin * levers.order_value / earned if earned else 1.0
    then = worth(today, levers).orders_after_first
    pace = share(then, today.orders_after_first) if today.orders_after_first > 0 else 1.0
    stay = 1.0 if levers.retention == now.retention else share(levers.retention, now.retention)
    if math.isnan(levers.retention) and math.isnan(now.retention):
        stay = 1.0
    age = np.arange(len(curve.ages))
    months = (price * (margin + served) - served) * np.where(
        age == 0, 1.0, pace * stay ** (age / MONTHS_A_YEAR)
    )
    return months, np.cumsum(months)


def payback(cac: float, cumulative: FloatArray) -> float:
    """Return the months until a cumulative margin covers the acquisition cost; NaN where it is not known."""
    return float(cac_payback(cac, cumulative)) if cac > 0 and len(cumulative) else NAN
