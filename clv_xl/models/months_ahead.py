"""The coming months: what all customers will bring in each of them, with intervals.

What a month brings differs from its expectation for two reasons. The parameters are not known exactly: for drawn
parameters, totals up to a few horizons are computed and interpolated in the logarithm of time. And purchases are
chance: a customer's variance over the whole horizon is split into a part that grows with the expected orders (chance)
and one with their square (what is not known of the customer), and each month has its share of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.models.futures import Paid
from clv_xl.models.intervals import Interval, mixtures, sums_over_draws
from clv_xl.models.records import DAYS_PER_MONTH, DAYS_PER_UNIT
from clv_xl.models.rows import sums_by
from clv_xl.models.special import weighted

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.gammagamma import GammaGamma, Spending
    from clv_xl.models.histories import Histories
    from clv_xl.models.intervals import Forecast
    from clv_xl.models.order_model import OrderModel

__all__ = ["MonthAhead", "Monthly", "months_ahead"]

DRAWS: Final = 64
KNOTS: Final = 5
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class MonthAhead:
    """What all customers will bring in a coming month.

    Attributes
    ----------
    number : int
        1 is the month that begins on the day after the as-of day.
    last_day : datetime.date
        A month is 365.25 / 12 days; its end is rounded to a day.
    orders : Interval
        Purchase occasions.
    amount : Interval
        In currency; NaN without amounts.
    margin : Interval
        Amount x gross margin, not discounted.
    discounted_margin : float
        The expected margin, discounted to the as-of day by the end of the month.

    Examples
    --------
    >>> some = Interval(2.0, 1.0, 3.0)
    >>> MonthAhead(1, date(2024, 2, 29), some, some, some, 1.98).margin.expected
    2.0
    """

    number: int
    last_day: date
    orders: Interval
    amount: Interval
    margin: Interval
    discounted_margin: float


@dataclass(frozen=True, slots=True, eq=False)
class Monthly:
    """What is expected month by month, and how much of it is chance.

    Attributes
    ----------
    discounted_orders : ndarray of float64
        Each customer's expected orders within the horizon, each discounted by the end of its month.
    factors : ndarray of float64
        The discount of each month.
    orders, amount : ndarray of float64
        Expected of all customers, for each month.
    order_variance, amount_variance : ndarray of float64
        Of all customers, for each month, given the parameters.
    """

    discounted_orders: FloatArray
    factors: FloatArray
    orders: FloatArray
    amount: FloatArray
    order_variance: FloatArray
    amount_variance: FloatArray

    @classmethod
    def of(
        cls,
        model: OrderModel,
        seen: Histories,
        worth: FloatArray,
        months: int,
        yearly_rate: float,
        found: Forecast,
    ) -> Monthly:
        """Compute them.

        Parameters
        ----------
        model : OrderModel
            The model of order timing.
        seen : Histories
            The customers, in the unit of the model.
        worth : ndarray of float64
            Each customer's expected amount of an order.
        months : int
            The horizon.
        yearly_rate : float
            The yearly discount rate.
        found : Forecast
            The forecast of the same customers over all the months.
        """
        first, kind = seen.kinds
        weight = seen.customers
        shares = [
            sums_by(kind, weight * part) for part in (np.ones(seen.size), worth, *_chances(found, worth))
        ]
        month = DAYS_PER_MONTH / DAYS_PER_UNIT[model.time_unit]
        numbers = np.arange(1, months + 1)
        factors = (1 + yearly_rate) ** (-numbers / 12)
        history = seen.frequency[first], seen.recency[first], seen.age[first]
        before, discounted = np.zeros(first.size), np.zeros(first.size)
        rows = []
        for upto, factor in zip(
            model.expected_within(*history, (numbers * month).tolist()), factors.tolist(), strict=True
        ):
            orders = np.maximum(upto - before, 0.0)
            discounted += factor * orders
            sums = [weighted(share, orders) for share in shares[:4]]
            squares = [weighted(share, orders**2) for share in shares[4:]]
            rows.append((sums[0], sums[1], sums[2] + squares[0], sums[3] + squares[1]))
            before = upto
        return cls(discounted[kind], factors, *np.array(rows).T)


_NOTHING: Final = 1e-100
"""So few orders are none."""


def _chances(found: Forecast, worth: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return each customer's variance in a month, for orders and for amounts, as multiples of what is expected.

    First those of the expected orders (for orders, for amounts), then those of their square.
    """
    expected, variance = found.orders, found.order_variance
    # a history whose futures were all alike may still order in one of the months
    safe = np.where(expected > 0, expected, 1.0)
    chance = np.where(variance > 0, np.minimum(variance / safe, 1.0), 1.0)
    # who is gone for good adds nothing, and the square of so little is 0
    unknown = np.where(
        expected > _NOTHING, np.maximum(variance - expected, 0.0) / np.maximum(safe, _NOTHING) ** 2, 0.0
    )
    per_order = worth**2
    if found.amount_variance is not None:
        simulated = variance > 0
        per_order = np.where(simulated, found.amount_variance / np.where(simulated, variance, 1.0), per_order)
    return chance, chance * per_order, unknown, unknown * per_order


def months_ahead(
    monthly: Monthly,
    orders: Fit[OrderModel],
    spend: Fit[GammaGamma] | None,
    seen: Histories,
    spent: Spending,
    *,
    as_of: date,
    gross_margin: float,
    level: float,
) -> tuple[MonthAhead, ...]:
    """Return the coming months.

    Parameters
    ----------
    monthly : Monthly
        What is expected.
    orders, spend : Fit
        The models; without one of spend, amounts vary as the orders do.
    seen, spent : Histories, Spending
        The customers.
    as_of : datetime.date
        The day before the first month.
    gross_margin : float
        Share of an amount that is margin.
    level : float
        The probability of the intervals.
    """
    months = monthly.orders.size
    knots = _knots(months)
    month = DAYS_PER_MONTH / DAYS_PER_UNIT[orders.model.time_unit]
    sums = sums_over_draws(
        orders,
        spend,
        seen,
        None if spend is None else Paid.of(spend, spent),
        tuple((np.exp(knots) * month).tolist()),
        np.random.default_rng(_SEED),
        DRAWS,
    )
    order_ratios = _by_month(knots, sums[0], monthly.orders)
    amount_ratios = order_ratios if spend is None else _by_month(knots, sums[1], monthly.amount)
    amounts = mixtures(monthly.amount, amount_ratios, monthly.amount_variance, level)
    in_orders = mixtures(monthly.orders, order_ratios, monthly.order_variance, level)
    found = []
    for number, (expected, amount) in enumerate(zip(in_orders, amounts, strict=True)):
        found.append(
            MonthAhead(
                number + 1,
                as_of + timedelta(days=round((number + 1) * DAYS_PER_MONTH)),
                expected,
                amount,
                Interval(*(gross_margin * part for part in (amount.expected, amount.low, amount.high))),
                float(monthly.factors[number] * monthly.amount[number]) * gross_margin,
            )
        )
    return tuple(found)


def _knots(months: int) -> FloatArray:
    """Return the horizons at which drawn totals are computed, as logarithms of months: Chebyshev's extrema."""
    count = min(KNOTS, months)
    if count == 1:
        return np.zeros(1)
    places = (1 - np.cos(np.pi * np.arange(count) / (count - 1))) / 2
    return np.asarray(np.log(months) * places)


def _by_month(knots: FloatArray, ratios: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what each month brings for drawn parameters, as multiples of what is expected of it.

    ``ratios`` are those of the totals up to each knot: a row for each draw.
    """
    at = np.log(np.arange(1, totals.size + 1))
    weights = np.ones((at.size, knots.size))
    for place, knot in enumerate(knots.tolist()):
        for other in np.delete(knots, place).tolist():
            weights[:, place] *= (at - other) / (knot - other)
    drawn = (ratios[:, None, :] * weights).sum(axis=2) * np.cumsum(totals)
    each = np.diff(drawn, axis=1, prepend=0.0)
    return np.asarray(np.divide(each, totals, out=np.ones_like(each), where=totals > 0))
