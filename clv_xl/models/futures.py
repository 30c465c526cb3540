"""The futures of customers: what their orders, and what these are worth, can come to.

Two customers who are still customers, have ordered as often and are as old, have the same future: how long ago the last
order was says only how likely they are customers. So futures are worked out on a net of frequencies and ages, on even
points instead of drawn ones, and each customer's bounds are read off between the knots. That somebody has left, or
orders nothing, is no draw at all: its probability is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.models.even_points import EXACT_SHAPE, gamma_quantile, lattice, poisson_quantile
from clv_xl.models.parameter_draws import parameter_points
from clv_xl.models.rows import distinct
from clv_xl.models.special import compiled

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray, IntArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.gammagamma import GammaGamma, Spending
    from clv_xl.models.order_model import OrderModel

__all__ = ["Futures", "Kinds", "Paid", "futures_of"]

POINTS: Final = 2048
"""So many futures of each knot, all of them with an order."""

EXACT_FREQUENCIES: Final = 24
GROWTH: Final = 1.25
"""Knots of the net: every frequency up to 24, then each a quarter above the one before."""

AGE_STEP: Final = 0.2
MOST_AGES: Final = 48
"""And in the logarithm of alpha + age, a fifth apart."""

_LEVELS: Final = 257
_FURTHEST: Final = 8.0
_CHUNK: Final = 64
_CUSTOMERS: Final = 65_536
_LEAST_MOMENT: Final = 0.1


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
    """Different histories, the probability of each to be that of a customer still, and the number of payments."""

    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    alive: FloatArray
    count: FloatArray

    @property
    def size(self) -> int:
        """How many there are."""
        return self.frequency.size


@dataclass(frozen=True, slots=True, eq=False)
class Futures:
    """For each kind: the bounds and the variance of its orders, and of amounts in multiples of the scale."""

    order_low: FloatArray
    order_high: FloatArray
    order_variance: FloatArray
    amount_low: FloatArray
    amount_high: FloatArray
    amount_variance: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Net:
    """The knots between which kinds are read off, and for each kind its corners with their weights.

    A knot is a frequency, an age, the stages of the next order that are over, and a number of payments.
    """

    frequency: FloatArray
    age: FloatArray
    stage: FloatArray
    count: FloatArray
    corner: IntArray  # a row for each corner, a column for each kind; stages follow each other
    weight: FloatArray
    stages: int


def _net(model: OrderModel, kinds: Kinds) -> _Net:
    frequencies = _frequencies(float(kinds.frequency.max(initial=0.0)))
    ages = _ages(model.alpha, kinds.age)
    at_x, along_x = _between(frequencies, kinds.frequency)
    at_age, along_age = _between(ages, np.log(model.alpha + kinds.age))
    stages = model.stages_over(kinds.frequency, kinds.recency, kinds.age)
    # payments are one more than repeat orders, but for who has paid nothing known: those are nets of their own
    usual = kinds.count == kinds.frequency + 1
    columns, weights = [], []
    for step_x, step_age, (stage, share) in product((0, 1), (0, 1), enumerate(stages)):
        knot_x = frequencies[np.minimum(at_x + step_x, frequencies.size - 1)]
        knot_age = ages[np.minimum(at_age + step_age, ages.size - 1)]
        count = np.where(usual, knot_x + 1, kinds.count)
        columns.append((knot_x, knot_age, np.full(kinds.size, float(stage)), count))
        weights.append(
            share * (along_x if step_x else 1 - along_x) * (along_age if step_age else 1 - along_age)
        )
    weight = np.array(weights)
    used = weight.ravel() > 0
    table = [np.concatenate(column)[used] for column in zip(*columns, strict=True)]
    first, knot = distinct(*table)
    corner = np.zeros(weight.size, dtype=np.int64)
    corner[used] = knot
    frequency, log_age, over, payments = (column[first] for column in table)
    age = np.maximum(np.exp(log_age) - model.alpha, 0.0)
    return _Net(frequency, age, over, payments, corner.reshape(weight.shape), weight, len(stages))


def _frequencies(highest: float) -> FloatArray:
    """Return the frequencies of the knots; what follows a knot does not depend on the highest one."""
    knots = list(range(EXACT_FREQUENCIES + 1))
    while knots[-1] < highest:
        knots.append(round(knots[-1] * GROWTH))
    return np.array(knots, dtype=np.float64)


def _ages(alpha: float, age: FloatArray) -> FloatArray:
    """Return ln(alpha + age) of the knots."""
    low, high = np.log(alpha + age.min(initial=np.inf)), np.log(alpha + age.max(initial=0.0))
    steps = min(int(np.ceil((high - low) / AGE_STEP)), MOST_AGES) if np.isfinite(low) else 0
    return np.linspace(low, high, steps + 1)


def _between(knots: FloatArray, values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the knot at or before each value, and how far it is from there to the next one."""
    at = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, max(knots.size - 2, 0))
    width = np.diff(knots)[at] if knots.size > 1 else np.ones(values.size)
    return at, np.clip((values - knots[at]) / width, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _AtKnots:
    """What is to come of a customer at each knot, given that it is a customer still.

    ``reached`` is the probability of an order; the tables of quantiles, at :func:`_levels`, are of futures with one.
    """

    reached: FloatArray
    orders: FloatArray
    orders_mean: FloatArray
    orders_square: FloatArray
    amounts: FloatArray
    amounts_mean: FloatArray
    amounts_square: FloatArray


def _levels() -> FloatArray:
    """Return the probabilities for which quantiles are tabled: close to each other near 0 and 1."""
    return np.asarray(1 / (1 + np.exp(-np.linspace(-_FURTHEST, _FURTHEST, _LEVELS))))


class _Points:
    """The even points, each with parameters of its own."""

    def __init__(self, orders: Fit[OrderModel], spend: Fit[GammaGamma] | None) -> None:
        points = lattice(POINTS, 7)
        models = parameter_points(orders)
        own = np.floor(points[5] * len(models)).astype(np.int64)
        # points with the same parameters next to each other
        ranked = np.argsort(own, kind="stable")
        self.share = points[:, ranked]
        self.deviate = compiled().ndtri(self.share)
        ends = np.searchsorted(own[ranked], np.arange(len(models) + 1))
        self.models = [(model, slice(*ends[at : at + 2].tolist())) for at, model in enumerate(models)]
        self._sums: dict[int, FloatArray] = {}
        self._units: dict[float, FloatArray] = {}
        payers = [] if spend is None else parameter_points(spend)
        chosen = np.floor(self.share[6] * len(payers)).astype(np.int64)
        self.p, self.q, self.v = (
            np.array([getattr(payer, name) for payer in payers])[chosen] if payers else np.empty(0)
            for name in ("p", "q", "v")
        )

    def orders(self, net: _Net, part: slice, horizon: float) -> tuple[FloatArray, FloatArray]:
        """Return orders, at least one, less what rounds up to them; and the probability of one."""
        frequency, age, stage = net.frequency[part], net.age[part], net.stage[part]
        found = np.empty((frequency.size, POINTS))
        reached = np.empty_like(found)
        for model, own in self.models:
            k = model.regularity
            share, deviate = self.share[:, own], self.deviate[:, own]
            shape, same = np.unique(model.r + k * frequency + stage, return_inverse=True)
            rates = np.array([gamma_quantile(one, share[0], deviate[0]) for one in shape.tolist()])[same]
            mean = rates / (model.alpha + age)[:, None] * model.time_ahead(share[1], age[:, None], horizon)
            for over in np.unique(stage).tolist():
                here = stage == over
                level = np.broadcast_to(share[2], mean[here].shape)
                stages, chance = poisson_quantile(mean[here], int(k - over), level, deviate[2])
                orders = (stages + 1 + over - k) / k
                found[here, own] = model.until_leaving(orders, frequency[here], share[1])
                reached[here, own] = chance
        return found, reached

    def _sum_of(self, orders: int) -> FloatArray:
        """Return what so many orders come to at each point, in its own unit: the same for all knots."""
        if orders not in self._sums:
            self._sums[orders] = gamma_quantile(self.p * orders, self.share[3], self.deviate[3])
        return self._sums[orders]

    def _left_after(self, payments: float) -> FloatArray:
        """Return how the unit itself varies at each point after so many payments."""
        if payments not in self._units:
            self._units[payments] = gamma_quantile(self.q + self.p * payments, self.share[4], self.deviate[4])
        return self._units[payments]

    def amounts(
        self, centre: GammaGamma, counts: FloatArray, paid: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what so many orders are worth, in multiples of v plus what the customer has paid; and two moments."""
        p, q = self.p, self.q
        stages = p * counts
        small = int(min(EXACT_SHAPE / p.min(), counts.max(), 24.0))
        sums = gamma_quantile(np.maximum(stages, EXACT_SHAPE), self.share[3], self.deviate[3])
        for number in range(1, small + 1):
            rows, columns = np.nonzero(counts == number)
            if rows.size:
                sums[rows, columns] = self._sum_of(number)[columns]
        payments, same = np.unique(paid, return_inverse=True)
        left = np.array([self._left_after(count) for count in payments.tolist()])
        # v itself is not known either; it weighs as much as q of the customer's p x orders + q
        weight = centre.q / (centre.q + centre.p * paid)
        known = 1 + weight[:, None] * (self.v / centre.v - 1)
        shape = q + p * paid[:, None]
        mean = stages / np.maximum(shape - 1, _LEAST_MOMENT) * known
        # with a shape of 2 or less the variance has no bound: it counts as barely bounded
        square = mean * (stages + 1) / np.maximum(shape - 2, _LEAST_MOMENT) * known
        return sums / left[same] * known, mean, square


def _at_knots(orders: Fit[OrderModel], spend: Fit[GammaGamma] | None, net: _Net, horizon: float) -> _AtKnots:
    points = _Points(orders, spend)
    size, levels = net.frequency.size, _levels()
    found = _AtKnots(
        *(
            np.zeros((size, _LEVELS)) if name in {"orders", "amounts"} else np.zeros(size)
            for name in (item.name for item in fields(_AtKnots))
        )
    )
    for start in range(0, size, _CHUNK):
        part = slice(start, start + _CHUNK)
        coming, reached = points.orders(net, part, horizon)
        counts = np.ceil(coming)
        found.reached[part] = reached.mean(axis=1)
        found.orders_mean[part] = (reached * counts).mean(axis=1)
        found.orders_square[part] = (reached * counts**2).mean(axis=1)
        found.orders[part] = _quantiles(coming, reached, levels)
        if spend is not None:
            amounts, mean, square = points.amounts(spend.model, counts, net.count[part])
            found.amounts_mean[part] = (reached * mean).mean(axis=1)
            found.amounts_square[part] = (reached * square).mean(axis=1)
            found.amounts[part] = _quantiles(amounts, reached, levels)
    return found


def _quantiles(values: FloatArray, weights: FloatArray, levels: FloatArray) -> FloatArray:
    """Return the weighted quantiles of each row."""
    ranked = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, ranked, axis=1)
    if (ordered[:, 1:] == ordered[:, :-1]).any():
        # the quicker sort leaves open which of equal values is first; a value without an equal has one place
        ranked = np.argsort(values, axis=1, kind="stable")
        ordered = np.take_along_axis(values, ranked, axis=1)
    values, weights = ordered, np.take_along_axis(weights, ranked, axis=1)
    upto = np.cumsum(weights, axis=1)
    whole = np.where(upto[:, -1:] > 0, upto[:, -1:], 1.0)
    middle = (upto - weights / 2) / whole
    return np.array([np.interp(levels, *row) for row in zip(middle, values, strict=True)])


def futures_of(
    orders: Fit[OrderModel],
    spend: Fit[GammaGamma] | None,
    kinds: Kinds,
    horizon: float,
    level: float,
) -> Futures:
    """Work out the futures of each kind.

    Parameters
    ----------
    orders, spend : Fit
        The models; without one of spend, amounts are 0.
    kinds : Kinds
        Whose futures.
    horizon : float
        In the model's unit of time.
    level : float
        The probability of the intervals.
    """
    net = _net(orders.model, kinds)
    at_knots = _at_knots(orders, spend, net, horizon)
    tail = (1 - level) / 2
    found = Futures(*(np.zeros(kinds.size) for _ in fields(Futures)))
    for start in range(0, kinds.size, _CUSTOMERS):
        part = slice(start, start + _CUSTOMERS)
        corner, weight, alive = net.corner[:, part], net.weight[:, part], kinds.alive[part]
        chance = alive * (weight * at_knots.reached[corner]).sum(axis=0)
        # of the quantiles of futures with an order, corners count by how likely there is one
        weight = weight * at_knots.reached[corner]
        weight /= np.maximum(weight.sum(axis=0), 1e-300)
        for below, order_end, amount_end in (
            (tail, found.order_low, found.amount_low),
            (1 - tail, found.order_high, found.amount_high),
        ):
            some = chance > 1 - below
            share = 1 - np.divide(1 - below, chance, out=np.ones_like(chance), where=some)
            order_end[part] = np.where(some, np.ceil(_read(at_knots.orders, corner, weight, share) - 1e-9), 0)
            if spend is not None:
                amount_end[part] = np.where(some, _read(at_knots.amounts, corner, weight, share), 0)
    for variance, mean, square in (
        (found.order_variance, at_knots.orders_mean, at_knots.orders_square),
        (found.amount_variance, at_knots.amounts_mean, at_knots.amounts_square),
    ):
        variance[:] = _variance(net, kinds.alive, mean, np.maximum(square - mean**2, 0.0))
    return found


def _variance(net: _Net, alive: FloatArray, mean: FloatArray, variance: FloatArray) -> FloatArray:
    """Return the variance of each kind from the mean and the variance at its corners.

    A kind between knots of frequency or age is one customer, not a mixture of two: both are read off on their own. That
    a customer is still one, and how far the next order is, are chances, and what they mix varies the more.
    """
    first, second = np.zeros(alive.size), np.zeros(alive.size)
    for stage in range(net.stages):
        pairs = list(zip(net.corner[stage :: net.stages], net.weight[stage :: net.stages], strict=True))
        share = sum((weight for _, weight in pairs), np.zeros(alive.size))
        middle = sum((weight * mean[corner] for corner, weight in pairs), np.zeros(alive.size))
        first += middle
        second += sum((weight * variance[corner] for corner, weight in pairs), np.zeros(alive.size))
        second += np.divide(middle**2, share, out=np.zeros(alive.size), where=share > 0)
    return np.asarray(np.maximum(alive * second - (alive * first) ** 2, 0.0))


def _read(table: FloatArray, corner: IntArray, weight: FloatArray, share: FloatArray) -> FloatArray:
    """Return the quantile of each customer at its own share, between the corners and the tabled levels."""
    with np.errstate(divide="ignore"):
        place = (np.log(share) - np.log1p(-share) + _FURTHEST) * ((_LEVELS - 1) / (2 * _FURTHEST))
    place = np.clip(place, 0.0, _LEVELS - 1)
    at = np.minimum(place.astype(np.int64), _LEVELS - 2)
    along = place - at
    flat = table.ravel()
    found = np.zeros(share.size)
    for knot, counts in zip(corner, weight, strict=True):
        first = knot * _LEVELS + at
        found += counts * (flat[first] * (1 - along) + flat[first + 1] * along)
    return found
