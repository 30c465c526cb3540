"""How sure a forecast is: for each customer and for all together, over what is not known of the parameters.

Parameters follow the normal approximation at the maximum (Laplace), in their logarithms. A customer's bounds hold the
chance of the own purchases, worked out in :mod:`clv_xl.models.futures`. The total of many customers is normal given the
parameters, so that its interval needs their mean and variance only, for drawn parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.arguments import SHARE, WHOLE, same_length, setting
from clv_xl.models.cautions import short_history
from clv_xl.models.futures import Kinds, Paid, futures_of
from clv_xl.models.gammagamma import expected_amounts
from clv_xl.models.parameter_draws import parameter_draws, parameter_points
from clv_xl.models.rows import coarse_rows, distinct, sums_by
from clv_xl.models.special import compiled, weighted

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.cautions import Caution
    from clv_xl.models.fit import Fit
    from clv_xl.models.gammagamma import GammaGamma, Spending
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import OrderModel

__all__ = ["Forecast", "Interval", "forecast", "mixture", "mixtures", "sums_over_draws"]

DRAWS_OF_TOTALS: Final = 128
_HALVINGS: Final = 60
MOST_EXACT: Final = 5_000
MOST_COARSE: Final = 256
COARSE_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its interval.

    Examples
    --------
    >>> Interval(10.0, 8.0, 13.0).high
    13.0
    """

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What customers will bring within a horizon, with intervals that hold the noise of their purchases.

    Attributes
    ----------
    level : float
        The probability with which a figure falls into its interval, if the model is right.
    orders, orders_low, orders_high : ndarray of float64
        Purchase occasions of each customer: expected, and the bounds.
    amount, amount_low, amount_high : ndarray of float64 or None
        The same in currency; None without a model of spend.
    total_orders, total_amount : Interval
        Of all customers; the amount is None without a model of spend.
    mean_orders : Interval
        The expected total, with the interval of the parameters alone: how well the mean is known. Narrower
        than ``total_orders``, which also holds the chance of the purchases themselves.
    order_variance, amount_variance : ndarray of float64
        Of each customer's future orders and amounts; amounts are None without a model of spend.
    cautions : tuple of Caution
        Those of both fits, and a horizon too long for the history.
    """

    level: float
    orders: FloatArray
    orders_low: FloatArray
    orders_high: FloatArray
    amount: FloatArray | None
    amount_low: FloatArray | None
    amount_high: FloatArray | None
    total_orders: Interval
    total_amount: Interval | None
    mean_orders: Interval
    order_variance: FloatArray
    amount_variance: FloatArray | None
    cautions: tuple[Caution, ...]


def forecast(
    orders: Fit[OrderModel],
    histories: Histories,
    horizon: float,
    spend: Fit[GammaGamma] | None = None,
    spent: Spending | None = None,
    *,
    level: float = 0.9,
    seed: int = 0,
    totals: bool = True,
) -> Forecast:
    """Forecast each customer's orders, and what they are worth, with intervals.

    Parameters
    ----------
    orders : Fit of OrderModel
        The fitted model of order timing.
    histories : Histories
        The customers.
    horizon : float
        In the model's unit of time.
    spend : Fit of GammaGamma or None, default None
        The fitted model of spend; None forecasts orders only. Of one that is not usable the spread of amounts is
        taken, and each customer's own mean for what is expected.
    spent : Spending or None, default None
        The customers' amounts, row by row as the histories.
    level : float, default 0.9
        The probability of the intervals.
    seed : int, default 0
        Of the draws of parameters that the intervals of totals rest on; those of customers rest on no draw.
    totals : bool, default True
        False leaves the intervals of totals out (NaN), for who needs the customers alone.

    Returns
    -------
    Forecast
        One figure for each row of the histories, and totals. Counts are weighted in the totals by the customers of
        a row.

    Raises
    ------
    ArgumentError
        For an impossible level, horizon or seed, or amounts of other customers than the histories.
    """
    inside = setting("level", level, SHARE)
    length = orders.model.duration(horizon)
    ours = histories.in_unit(orders.model.time_unit)
    customers = ours.customers
    rng = np.random.default_rng(int(setting("seed", seed, WHOLE)))
    paid = None if spend is None or spent is None else Paid.of(spend, spent)
    # a model whose mean has no bound still says how amounts vary, but not what they come to
    sound = paid if spend is not None and spend.usable else None
    if paid is not None:
        same_length(histories=ours.frequency, spent=paid.count)
    first, same = ours.kinds
    x, last, age = (column[first] for column in (ours.frequency, ours.recency, ours.age))
    alive = orders.model.alive_of(x, last, age)
    expected = (alive * orders.model.orders_of_customers(x, last, age, length))[same]
    chances = np.clip(alive + _alive_over_points(orders, ours), 0.0, 1.0)
    if paid is None:
        kinds, kind = Kinds(x, last, age, chances, x + 1), same
    else:
        chosen, kind = distinct(same.astype(np.float64), paid.count)
        at = same[chosen]
        kinds = Kinds(x[at], last[at], age[at], chances[at], paid.count[chosen])
    futures = futures_of(orders, spend if paid is not None else None, kinds, length, inside)
    draws = DRAWS_OF_TOTALS if totals else 0
    sums = sums_over_draws(orders, spend, ours, sound, (length,), rng, draws)
    noise = futures.order_variance[kind]
    all_orders = weighted(customers, expected)
    late = short_history(float(ours.age.max(initial=0.0)), length, ours.time_unit)
    cautions = orders.cautions + (() if late is None else (late,))
    ratios = sums[0][:, 0]
    amount = low = high = total_amount = spread = None
    if paid is not None and spend is not None:
        amount = expected * expected_amounts(spend, paid.spent)[0]
        low = futures.amount_low[kind] * paid.scale
        high = futures.amount_high[kind] * paid.scale
        spread = futures.amount_variance[kind] * paid.scale**2
        total_amount = mixture(
            weighted(customers, amount),
            ratios if sound is None else sums[1][:, 0],
            weighted(customers, spread),
            inside,
        )
        cautions = cautions + spend.cautions
    return Forecast(
        level=inside,
        orders=expected,
        orders_low=futures.order_low[kind],
        orders_high=futures.order_high[kind],
        amount=amount,
        amount_low=low,
        amount_high=high,
        total_orders=mixture(all_orders, ratios, weighted(customers, noise), inside),
        total_amount=total_amount,
        mean_orders=Interval(all_orders, *_inner(all_orders * ratios, inside)),
        order_variance=noise,
        amount_variance=spread,
        cautions=cautions,
    )


def _alive_over_points(orders: Fit[OrderModel], histories: Histories) -> FloatArray:
    """Return by how much P(alive) is higher on average over the parameters than at the maximum, for each kind.

    The difference is small, and taken from a coarse copy of the histories.
    """
    coarse, place = coarse_rows(histories, MOST_EXACT)
    at_maximum, *others = (
        model.alive_of(coarse.frequency, coarse.recency, coarse.age)
        for model in (orders.model, *parameter_points(orders))
    )
    return np.asarray(np.mean(others, axis=0) - at_maximum)[place]


def _inner(drawn: FloatArray, level: float) -> tuple[float, float]:
    """Return the bounds between which the share of draws lies; NaN where none was drawn."""
    if not drawn.size:
        return np.nan, np.nan
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], method="median_unbiased").tolist()
    return low, high


def sums_over_draws(
    orders: Fit[OrderModel],
    spend: Fit[GammaGamma] | None,
    histories: Histories,
    paid: Paid | None,
    horizons: tuple[float, ...],
    rng: np.random.Generator,
    draws: int = DRAWS_OF_TOTALS,
) -> tuple[FloatArray, FloatArray]:
    """Return expected totals for drawn parameters, as multiples of those at the maximum.

    They are sums over a coarse copy of the histories; what that loses is in both figures of the ratio.

    Parameters
    ----------
    orders, spend : Fit
        The models whose parameters are drawn.
    histories : Histories
        The customers, in the unit of the model.
    paid : Paid or None
        What they have paid; None gives no amounts.
    horizons : tuple of float
        Each total is from the end of the history to the end of one of these.
    rng : numpy.random.Generator
        Source of the draws.
    draws : int
        How many.

    Returns
    -------
    tuple of ndarray of float64
        Of orders and of amounts: a row for each draw, a column for each horizon.
    """
    coarse, place = coarse_rows(histories, MOST_COARSE, COARSE_BINS, shared_ages=True)
    kind = histories.kinds[1]
    group = place[kind]
    customers = histories.customers
    models = [orders.model, *parameter_draws(orders, rng, draws)]
    counts = np.array(
        [
            list(model.expected_within(coarse.frequency, coarse.recency, coarse.age, horizons))
            for model in models
        ]
    )
    total = (counts * coarse.weight).sum(axis=2)
    if paid is None or spend is None:
        return _as_multiples(total), np.empty((draws, 0))
    # the expectation is linear in what was paid: the mean of each coarse history and number of payments is enough
    chosen, joined = distinct(group.astype(np.float64), paid.count)
    weight = sums_by(joined, customers)
    mean = sums_by(joined, customers * paid.total) / np.where(weight > 0, weight, 1.0)
    payers = [spend.model, *parameter_draws(spend, rng, draws)]
    count, at = paid.count[chosen], group[chosen]
    worth = np.array(
        [
            (weight * expected[:, at] * payer.p * (payer.v + mean) / (payer.p * count + payer.q - 1)).sum(
                axis=1
            )
            for payer, expected in zip(payers, counts, strict=True)
        ]
    )
    return _as_multiples(total), _as_multiples(worth)


def _as_multiples(totals: FloatArray) -> FloatArray:
    """Return drawn totals as multiples of the first one; of nothing there is no multiple but itself."""
    return np.asarray(np.divide(totals[1:], totals[0], out=np.ones_like(totals[1:]), where=totals[0] > 0))


def mixture(expected: float, ratios: FloatArray, variance: float, level: float) -> Interval:
    """Return the interval of a mixture of normal totals: one for each draw of the parameters, around its ratio."""
    means = expected * ratios[np.isfinite(ratios)]
    if not means.size or not np.isfinite(variance):
        return Interval(expected, float("nan"), float("nan"))
    if expected == 0 and variance == 0:
        return Interval(0.0, 0.0, 0.0)
    return _mixed(np.array([expected]), means[None, :], np.array([variance]), level)[0]


def mixtures(expected: FloatArray, ratios: FloatArray, variance: FloatArray, level: float) -> list[Interval]:
    """Return :func:`mixture` of many totals at once, with a column of ratios for each.

    Examples
    --------
    >>> several = mixtures(np.array([10.0, 0.0]), np.ones((4, 2)), np.array([4.0, 0.0]), 0.9)
    >>> several == [mixture(10.0, np.ones(4), 4.0, 0.9), mixture(0.0, np.ones(4), 0.0, 0.9)]
    True
    """
    usual = np.isfinite(ratios).all(axis=0) & np.isfinite(variance) & ((expected != 0) | (variance != 0))
    means = np.ascontiguousarray(ratios[:, usual].T) * expected[usual, None]
    mixed = iter(_mixed(expected[usual], means, variance[usual], level) if means.size else ())
    return [
        next(mixed)
        if means.size and usual[at]
        else mixture(float(expected[at]), ratios[:, at], float(variance[at]), level)
        for at in range(expected.size)
    ]


def _mixed(expected: FloatArray, means: FloatArray, variance: FloatArray, level: float) -> list[Interval]:
    """Return the interval of each total by halving; ``means`` has a row for each, with those of the draws."""
    spread = np.maximum(np.sqrt(variance), 1e-12 * np.maximum(expected, 1.0))[:, None]
    shares = np.array([(1 - level) / 2, (1 + level) / 2])
    low = np.repeat(means.min(axis=1, keepdims=True) - 12 * spread, 2, axis=1)
    high = np.repeat(means.max(axis=1, keepdims=True) + 12 * spread, 2, axis=1)
    passed = shares * means.shape[1]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = (
            compiled().ndtr((middle[:, :, None] - means[:, None, :]) / spread[:, :, None]).sum(axis=2)
            < passed
        )
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    ends = np.maximum((low + high) / 2, 0.0).tolist()
    return [Interval(value, *bounds) for value, bounds in zip(expected.tolist(), ends, strict=True)]
