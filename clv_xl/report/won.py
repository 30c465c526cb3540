"""Some customers, such as those of a channel: what they cost, what they have brought, what they are worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.metrics.acquisition import cac, cac_max, cac_payback, ltv_cac
from clv_xl.metrics.groups import SMALLEST_COMPARED
from clv_xl.metrics.value import clv, historic_value
from clv_xl.report.words import share

if TYPE_CHECKING:
    from clv_xl.parameters import Parameters
    from clv_xl.report.curve import ValueCurve

__all__ = ["ABOVE", "BETWEEN", "FEW", "UNKNOWN", "WITHIN", "Won", "Worth", "verdict"]

ABOVE: Final = "above limits"
BETWEEN: Final = "between limits"
WITHIN: Final = "within limits"
FEW: Final = "too few new"
UNKNOWN: Final = "not known"


@dataclass(frozen=True, slots=True)
class Won:
    """Some customers: what was spent on winning them, and what they have brought. Amounts in currency.

    Attributes
    ----------
    title : str
        The channel or cohort.
    customers, orders : int
        All of them up to the as-of date.
    amount, own_margin, uncosted_amount : float
        Of all their orders.
    active_years, lifespan : float
        Customer-years spent active, and years that one stays.
    year_customers, year_orders : int
        Those who have been customers for a year, and their orders in the twelve months from the first on.
    year_amount, year_own_margin, year_uncosted_amount : float
        Of these orders.
    expected_amount : float
        What they are expected to spend within the horizon, discounted; NaN where nothing is predicted.
    spend : float
        In the months that count; NaN where none is known.
    new_customers : int
        Whose first order falls in these months.
    curve : ValueCurve
        What one of them has brought by each month; it does not tell how many were active.
    mixed : bool
        Whether the spend is that of a part of them only.
    """

    title: str
    customers: int
    orders: int
    amount: float
    own_margin: float
    uncosted_amount: float
    active_years: float
    lifespan: float
    year_customers: int
    year_orders: int
    year_amount: float
    year_own_margin: float
    year_uncosted_amount: float
    expected_amount: float
    spend: float
    new_customers: int
    curve: ValueCurve
    mixed: bool = False

    @property
    def cac(self) -> float:
        """Spend / new customers; NaN where either is unknown or nobody was won."""
        return math.nan if math.isnan(self.spend) or self.mixed else cac(self.spend, self.new_customers)

    def worth(self, parameters: Parameters, margin_share: float, lifespan: float) -> Worth:
        """Return what one of these customers is worth, and may cost.

        Parameters
        ----------
        parameters : Parameters
            Gross margin, cost to serve, discount rate and target LTV:CAC.
        margin_share : float
            The share of an expected amount that is margin.
        lifespan : float
            Years that a customer stays.
        """

        def margin(own: float, uncosted: float, orders: int) -> float:
            return historic_value(
                own + historic_value(uncosted, parameters.gross_margin),
                service_cost=parameters.service_cost * orders,
            )

        brought = margin(self.own_margin, self.uncosted_amount, self.orders)
        first = margin(self.year_own_margin, self.year_uncosted_amount, self.year_orders)
        yearly = share(brought, self.active_years)
        plain = clv(yearly, 1.0, lifespan, discount_rate=parameters.discount_rate)
        so_far = share(brought, self.customers)
        predicted = share(self.expected_amount * margin_share, self.customers)
        cost = self.cac
        earned = self.curve.cumulative_margin(parameters)
        return Worth(
            first_year=share(first, self.year_customers),
            yearly=yearly,
            plain=plain,
            so_far=so_far,
            predicted=predicted,
            ltv_cac=ltv_cac(plain, cost),
            highest=_highest(plain, parameters),
            by_prediction=_highest(so_far + predicted, parameters),
            payback=cac_payback(cost, earned) if earned.size else math.nan,
        )


def _highest(value: float, parameters: Parameters) -> float:
    return cac_max(value, parameters.target_ratio) if value >= 0 else math.nan


@dataclass(frozen=True, slots=True)
class Worth:
    """What one customer of some is worth and may cost, in currency; months for the payback."""

    first_year: float
    yearly: float
    plain: float
    so_far: float
    predicted: float
    ltv_cac: float
    highest: float
    by_prediction: float
    payback: float


def verdict(won: Won, worth: Worth, target_ratio: float, *, predicted: bool) -> str:
    """Return whether a customer costs more than one may, by the plain formula and by the prediction."""
    values = (worth.plain, worth.so_far + worth.predicted) if predicted else (worth.plain,)
    cost = won.cac
    if math.isnan(cost) or any(map(math.isnan, values)):
        return UNKNOWN
    if won.new_customers < SMALLEST_COMPARED:
        return FEW
    if cost * target_ratio > max(values):
        return ABOVE
    return WITHIN if cost * target_ratio <= min(values) else BETWEEN
