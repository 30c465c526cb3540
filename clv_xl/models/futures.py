"""The futures of customers: drawn parameters, and for each different history drawn purchases.

Parameters are drawn from the normal approximation at the maximum (Laplace), in their logarithms. For each draw the
orders of each different history are simulated, and what they are worth.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from clv_xl.models.fit import BOUND
from clv_xl.models.records import Parameters
from clv_xl.models.rows import Rows, binned, distinct, sums_by

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray, IntArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.gammagamma import GammaGamma, Spending
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import OrderModel

__all__ = ["Futures", "Kinds", "Paid", "kinds_of", "parameter_draws", "simulated"]

Model = TypeVar("Model", bound=Parameters)

DRAWS_OF_CUSTOMERS: Final = 64
FUTURES: Final = 8
"""For each of the 64 draws of parameters, each history has 8 futures: 512 in all."""

MOST_KINDS: Final = 20_000
_CHUNK: Final = 1024


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


@dataclass(frozen=True, slots=True, eq=False)
class Paid:
    """What customers have spent, as the model of spend weighs it: occasions, their sum, and v plus the sum."""

    spent: Spending
    count: FloatArray
    total: FloatArray
    scale: FloatArray

    @classmethod
    def of(cls, spend: Fit[GammaGamma], spent: Spending) -> Paid:
        """Weigh what customers have spent, as :attr:`~clv_xl.models.gammagamma.Spending.weighed` does."""
        count, total = spent.weighed
        return cls(spent, count, total, spend.model.v + total)


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Histories that are simulated once, and the kind of each customer."""

    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    count: FloatArray
    kind: IntArray


def kinds_of(histories: Histories, count: FloatArray) -> Kinds:
    """Return the different histories of customers with so many payments."""
    first, kind = distinct(histories.frequency, histories.recency, histories.age, count)
    x, last, age, paid = (
        values[first] for values in (histories.frequency, histories.recency, histories.age, count)
    )
    if first.size <= MOST_KINDS:
        return Kinds(x, last, age, paid, kind)
    # in a large shop alike histories share their futures: bounds are whole orders, and hardly differ
    coarse, place = binned(Rows.of(x, last, age, sums_by(kind, histories.customers)))
    table = np.array([place.astype(np.float64), paid])
    chosen, joined = distinct(*table)
    at = place[chosen]
    return Kinds(
        np.round(coarse.frequency[at]), coarse.recency[at], coarse.age[at], paid[chosen], joined[kind]
    )


@dataclass(frozen=True, slots=True, eq=False)
class Futures:
    """For each kind: the bounds and the variance of its orders, and of amounts in multiples of the scale."""

    order_low: FloatArray
    order_high: FloatArray
    order_variance: FloatArray
    amount_low: FloatArray
    amount_high: FloatArray
    amount_variance: FloatArray


def simulated(
    orders: Fit[OrderModel],
    spend: Fit[GammaGamma] | None,
    kinds: Kinds,
    horizon: float,
    level: float,
    streams: list[np.random.SeedSequence],
) -> Futures:
    """Simulate each kind's futures, a few for each draw of the parameters."""
    size = kinds.kind.max(initial=-1) + 1
    found = Futures(*(np.zeros(size) for _ in fields(Futures)))
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
