"""How sure a forecast is: for each customer and for all together, from draws of parameters and of purchases.

Parameters are drawn from the normal approximation at the maximum (Laplace), in their logarithms. For each draw the
orders of each different history are simulated, and what they are worth. The total of many customers is normal
given the parameters, so that its interval needs their mean and variance only.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from clv_xl.metrics.arguments import SHARE, WHOLE, same_length, setting
from clv_xl.models.cautions import short_history
from clv_xl.models.fit import BOUND
from clv_xl.models.records import Parameters
from clv_xl.models.rows import Rows, binned, distinct, sums_by
from clv_xl.models.special import weighted

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray, IntArray
    from clv_xl.models.cautions import Caution
    from clv_xl.models.fit import Fit
    from clv_xl.models.gammagamma import GammaGamma, Spending
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import OrderModel

__all__ = ["Forecast", "Interval", "forecast", "parameter_draws"]

Model = TypeVar("Model", bound=Parameters)

DRAWS_OF_TOTALS: Final = 256
DRAWS_OF_CUSTOMERS: Final = 64
FUTURES: Final = 16
"""For each of the 64 draws of parameters, each history has 16 futures: 1,024 in all."""

MOST_KINDS: Final = 20_000
MOST_COARSE: Final = 1_000
COARSE_BINS: Final = 8
_CHUNK: Final = 1024


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
    cautions: tuple[Caution, ...]


def parameter_draws(fit: Fit[Model], rng: np.random.Generator, count: int) -> list[Model]:
    """Draw parameters from the normal approximation at the maximum; without a covariance they stay fixed.

    Draws come in pairs on both sides of the maximum, so that their mean is where it should be.

    Examples
    --------
    >>> from clv_xl.models.fit import Fit
    >>> from clv_xl.models.sbg import Sbg
    >>> known = Fit(Sbg(0.7, 1.2), -1680.3, 1000, 631, ((0.0087, 0.0107), (0.0107, 0.0166)))
    >>> len(parameter_draws(known, np.random.default_rng(0), 4))
    4
    """
    logs = np.log(fit.model.values())
    if fit.covariance is None:
        return [fit.model] * count
    bends, axes = np.linalg.eigh(np.array(fit.covariance))
    spread = axes * np.sqrt(np.maximum(bends, 0.0))
    half = rng.standard_normal(((count + 1) // 2, logs.size))
    normal = np.stack([half, -half], axis=1).reshape(-1, logs.size)[:count]
    moved = (normal[:, None, :] * spread).sum(axis=2)
    drawn = np.exp(np.clip(logs + moved, logs - BOUND, logs + BOUND))
    names = fit.model.names()
    return [replace(fit.model, **dict(zip(names, row.tolist(), strict=True))) for row in drawn]


def forecast(
    orders: Fit[OrderModel],
    histories: Histories,
    horizon: float,
    spend: Fit[GammaGamma] | None = None,
    spent: Spending | None = None,
    *,
    level: float = 0.9,
    seed: int = 0,
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
        The fitted model of spend; None forecasts orders only.
    spent : Spending or None, default None
        The customers' amounts, row by row as the histories.
    level : float, default 0.9
        The probability of the intervals.
    seed : int, default 0
        The same seed gives the same intervals.

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
    streams = np.random.SeedSequence(int(setting("seed", seed, WHOLE))).spawn(3)
    paid = None if spend is None or spent is None else _Paid.of(spend, spent)
    if paid is not None:
        same_length(histories=ours.frequency, spent=paid.count)
    kinds = _kinds(ours, np.zeros(ours.size) if paid is None else paid.count)
    futures = _futures(orders, spend, kinds, length, inside, streams[:2])
    expected = orders.model.expected_orders(ours, length)
    sums = _sums_over_draws(orders, spend, ours, paid, length, np.random.default_rng(streams[2]))
    noise = weighted(customers, futures.order_variance[kinds.kind])
    all_orders = weighted(customers, expected)
    late = short_history(float(ours.age.max(initial=0.0)), length, ours.time_unit)
    cautions = orders.cautions + (() if late is None else (late,))
    amount = low = high = total_amount = None
    if paid is not None and spend is not None:
        amount = expected * spend.model.expected_spend(paid.spent)
        low = futures.amount_low[kinds.kind] * paid.scale
        high = futures.amount_high[kinds.kind] * paid.scale
        spread = weighted(customers, futures.amount_variance[kinds.kind] * paid.scale**2)
        total_amount = _total(weighted(customers, amount), sums[1], spread, inside)
        cautions = cautions + spend.cautions
    return Forecast(
        level=inside,
        orders=expected,
        orders_low=futures.order_low[kinds.kind],
        orders_high=futures.order_high[kinds.kind],
        amount=amount,
        amount_low=low,
        amount_high=high,
        total_orders=_total(all_orders, sums[0], noise, inside),
        total_amount=total_amount,
        mean_orders=Interval(
            all_orders, *np.quantile(all_orders * sums[0], [(1 - inside) / 2, (1 + inside) / 2]).tolist()
        ),
        cautions=cautions,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Paid:
    """What customers have spent, as the model of spend weighs it: occasions, their sum, and v plus the sum."""

    spent: Spending
    count: FloatArray
    total: FloatArray
    scale: FloatArray

    @classmethod
    def of(cls, spend: Fit[GammaGamma], spent: Spending) -> _Paid:
        count = np.where(spent.counted, spent.occasions, 0.0)
        total = np.where(spent.counted, spent.occasions * spent.mean, 0.0)
        return cls(spent, count, total, spend.model.v + total)


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Histories that are simulated once, and the kind of each customer."""

    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    count: FloatArray
    kind: IntArray


def _kinds(histories: Histories, count: FloatArray) -> _Kinds:
    first, kind = distinct(histories.frequency, histories.recency, histories.age, count)
    x, last, age, paid = (
        values[first] for values in (histories.frequency, histories.recency, histories.age, count)
    )
    if first.size <= MOST_KINDS:
        return _Kinds(x, last, age, paid, kind)
    # in a large shop alike histories share their futures: bounds are whole orders, and hardly differ
    coarse, place = binned(Rows.of(x, last, age, sums_by(kind, histories.customers)))
    table = np.array([place.astype(np.float64), paid])
    chosen, joined = distinct(*table)
    at = place[chosen]
    return _Kinds(
        np.round(coarse.frequency[at]), coarse.recency[at], coarse.age[at], paid[chosen], joined[kind]
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Futures:
    """For each kind: the bounds and the variance of its orders, and of amounts in multiples of the scale."""

    order_low: FloatArray
    order_high: FloatArray
    order_variance: FloatArray
    amount_low: FloatArray
    amount_high: FloatArray
    amount_variance: FloatArray


def _futures(
    orders: Fit[OrderModel],
    spend: Fit[GammaGamma] | None,
    kinds: _Kinds,
    horizon: float,
    level: float,
    streams: list[np.random.SeedSequence],
) -> _Futures:
    """Simulate each kind's futures, a few for each draw of the parameters."""
    size = kinds.kind.max(initial=-1) + 1
    found = _Futures(*(np.zeros(size) for _ in fields(_Futures)))
    rng = np.random.default_rng(streams[0])
    models = parameter_draws(orders, rng, DRAWS_OF_CUSTOMERS)
    payers = None if spend is None else parameter_draws(spend, rng, DRAWS_OF_CUSTOMERS)
    starts = range(0, int(size), _CHUNK)
    for start, stream in zip(starts, streams[1].spawn(len(starts)), strict=True):
        part = slice(start, start + _CHUNK)
        history = (kinds.frequency[part], kinds.recency[part], kinds.age[part])
        own = np.random.default_rng(stream)
        counts = np.concatenate([model.simulate(own, *history, horizon, FUTURES) for model in models])
        found.order_variance[part] = counts.var(axis=0)
        found.order_low[part], found.order_high[part] = _bounds(counts, level)
        if payers is None or spend is None:
            continue
        worth = np.concatenate(
            [
                _worth(own, payer, spend.model, counts[number * FUTURES :][:FUTURES], kinds.count[part])
                for number, payer in enumerate(payers)
            ]
        )
        found.amount_variance[part] = worth.var(axis=0)
        found.amount_low[part], found.amount_high[part] = _bounds(worth, level)
    return found


def _worth(
    rng: np.random.Generator, model: GammaGamma, centre: GammaGamma, counts: FloatArray, paid: FloatArray
) -> FloatArray:
    """Draw what so many orders are worth, in multiples of v plus what the customer has paid."""
    sums = rng.standard_gamma(model.p * counts)
    scales = rng.standard_gamma(model.q + model.p * paid, counts.shape)
    # v itself is drawn too; it weighs as much as q of the customer's p x orders + q
    weight = centre.q / (centre.q + centre.p * paid)
    return sums / scales * (1 + weight * (model.v / centre.v - 1))


def _bounds(futures: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the bounds between which the share of futures lies, each of them one that occurred."""
    count = futures.shape[0]
    low = min(int(count * (1 - level) / 2), (count - 1) // 2)
    high = count - 1 - low
    ordered = np.partition(np.ascontiguousarray(futures.T), (low, high), axis=1)
    return ordered[:, low], ordered[:, high]


def _sums_over_draws(
    orders: Fit[OrderModel],
    spend: Fit[GammaGamma] | None,
    histories: Histories,
    paid: _Paid | None,
    horizon: float,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Return, for each draw of the parameters, the expected totals as multiples of those at the maximum.

    They are sums over a coarse copy of the histories; what that loses is in both figures of the ratio.
    """
    first, kind = distinct(histories.frequency, histories.recency, histories.age)
    rows = Rows.of(
        histories.frequency[first],
        histories.recency[first],
        histories.age[first],
        sums_by(kind, histories.customers),
    )
    coarse, place = rows, np.arange(first.size)
    if first.size > MOST_COARSE:
        coarse, place = binned(rows, COARSE_BINS)
    group = place[kind]
    customers = histories.customers
    models = [orders.model, *parameter_draws(orders, rng, DRAWS_OF_TOTALS)]
    counts = np.array(
        [model.expected_of(coarse.frequency, coarse.recency, coarse.age, horizon) for model in models]
    )
    total = (counts * coarse.weight).sum(axis=1)
    if paid is None or spend is None:
        return total[1:] / total[0], np.empty(0)
    # the expectation is linear in what was paid: the mean of each coarse history and number of payments is enough
    chosen, joined = distinct(group.astype(np.float64), paid.count)
    weight = sums_by(joined, customers)
    mean = sums_by(joined, customers * paid.total) / np.where(weight > 0, weight, 1.0)
    payers = [spend.model, *parameter_draws(spend, rng, DRAWS_OF_TOTALS)]
    count, at = paid.count[chosen], group[chosen]
    worth = np.array(
        [
            weighted(weight * expected[at], payer.p * (payer.v + mean) / (payer.p * count + payer.q - 1))
            for payer, expected in zip(payers, counts, strict=True)
        ]
    )
    return total[1:] / total[0], worth[1:] / worth[0]


def _total(expected: float, ratios: FloatArray, variance: float, level: float) -> Interval:
    """Return the interval of a mixture of normal totals, one for each draw of the parameters."""
    from scipy.special import ndtr  # noqa: PLC0415  # see special.log_gamma

    means = expected * ratios[np.isfinite(ratios)]
    if not means.size or not np.isfinite(variance):
        return Interval(expected, float("nan"), float("nan"))
    spread = max(float(np.sqrt(variance)), 1e-12 * max(expected, 1.0))
    ends = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        low, high = float(means.min()) - 12 * spread, float(means.max()) + 12 * spread
        for _ in range(100):
            middle = (low + high) / 2
            below = float(np.mean(ndtr((middle - means) / spread))) < share
            low, high = (middle, high) if below else (low, middle)
        ends.append(max((low + high) / 2, 0.0))
    return Interval(expected, ends[0], ends[1])
