"""What a shop's earlier periods teach about the default's prediction: the fitted second stage, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.occasions import day
from clv_xl.models.correction import SMALLEST_GROUP, CorrectionColumns, Grouping, fit_correction
from clv_xl.models.gammagamma import GammaGamma, expected_amounts, spending_of
from clv_xl.models.histories import histories_of
from clv_xl.models.paretonbd import ParetoNbd
from clv_xl.models.records import DAYS_PER_UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from clv_xl.metrics.arguments import FloatArray, IntArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.order_model import OrderModel
    from clv_xl.models.purchases import Occasions, Purchases

    Attributes: TypeAlias = Mapping[str, Sequence[str] | NDArray[np.str_] | NDArray[np.object_]]

__all__ = ["Learner", "SecondStage", "factors_for_all", "grouped"]

TRAINING_PERIODS: Final = 2
_ENOUGH: Final = 0.9
"""Share of a period that must be known before the first training period begins."""

_LARGEST: Final = 2.5
"""The default is corrected by a factor of exp(2.5) at most: far outside what was seen, it knows better."""

_TINY: Final = 1e-6
"""No prediction is taken to be less than this share of an occasion's mean amount: logarithms need some."""


@dataclass(frozen=True, slots=True, eq=False)
class SecondStage:
    """What each customer is expected to bring within the horizon.

    Attributes
    ----------
    predicted : ndarray of float64
        A row for each customer who had come by then, in the order of the customers' numbers: amounts, or occasions
        where amounts are unknown. The default's where nothing could be learned.
    default : ndarray of float64
        What the default model alone predicts.
    trained_on : int
        Customers of the earlier periods that it was fitted on, each counted once for each period.
    reason : str
        Why nothing could be learned; empty where something was.
    """

    predicted: FloatArray
    default: FloatArray
    trained_on: int
    reason: str


class _Known(NamedTuple):
    """What is known on a day: customer numbers, the default's prediction, behaviour, and what came after it.

    Amounts are in units of the mean amount of an occasion, so that the currency does not matter.
    """

    unit: float
    customers: IntArray
    default: FloatArray
    behaviour: FloatArray
    came: FloatArray


class _Lesson(NamedTuple):
    """A fitted correction, and how many rows it was fitted on."""

    columns: CorrectionColumns
    weights: FloatArray
    rows: int


class Learner:
    """What a shop's past teaches about periods of one length; what is known on a day is computed once.

    Parameters
    ----------
    occasions : Occasions
        Of the customers that are learned from.
    attributes : Mapping of str to Grouping
        As :func:`grouped` returns them for these customers.
    length : int
        Of a period, in days.
    """

    __slots__ = ("_attributes", "_known", "length", "occasions")

    def __init__(self, occasions: Occasions, attributes: Mapping[str, Grouping], length: int) -> None:
        self.occasions = occasions
        self.length = length
        self._attributes = attributes
        self._known: dict[int, _Known] = {}

    def knows_enough(self, cut: int) -> bool:
        """Tell whether there is a whole period to learn from before a day, and nearly one before that."""
        return cut - self.length - int(self.occasions.day.min()) >= _ENOUGH * self.length

    def lesson(self, cut: int) -> _Lesson | None:
        """Return what the one or two periods before a day teach; None where they are too short, or nothing came."""
        first = int(self.occasions.day.min())
        cuts = [cut - self.length * number for number in range(1, TRAINING_PERIODS + 1)]
        earlier = [self.known(day_) for day_ in cuts if day_ - first >= _ENOUGH * self.length]
        came = np.concatenate([item.came for item in earlier]) if earlier else np.zeros(0)
        if not came.sum() > 0:
            return None
        customers = np.concatenate([item.customers for item in earlier])
        behaviour = np.concatenate([item.behaviour for item in earlier])
        said = np.concatenate([item.default for item in earlier])
        attributes = {name: texts.at(customers) for name, texts in self._attributes.items()}
        columns = CorrectionColumns.of(behaviour, attributes)
        weights = fit_correction(columns.design(behaviour, attributes), came, np.log(said + _TINY))
        return _Lesson(columns, weights, came.size)

    def stage(self, cut: int) -> SecondStage:
        """Predict the period after a day."""
        lesson, now = self.lesson(cut), self.known(cut)
        default = now.default * now.unit
        if lesson is None:
            words = "The history is too short to learn from: it takes two periods of the horizon's length."
            return SecondStage(default, default, 0, words)
        attributes = {name: texts.at(now.customers) for name, texts in self._attributes.items()}
        return SecondStage(
            default * _factors(lesson, now.behaviour, attributes, default), default, lesson.rows, ""
        )

    def known(self, cut: int) -> _Known:
        """Return what is known on a day."""
        if cut not in self._known:
            self._known[cut] = _known(self.occasions, cut, self.length)
        return self._known[cut]


def _factors(
    lesson: _Lesson, behaviour: FloatArray, attributes: Mapping[str, Grouping], default: FloatArray
) -> FloatArray:
    """Return by what each prediction is multiplied; the sum of all predictions stays what it was."""
    said = lesson.columns.design(behaviour, attributes).predict(lesson.weights)
    factors = np.exp(np.clip(said, -_LARGEST, _LARGEST))
    whole = float((default * factors).sum())
    return factors * (float(default.sum()) / whole) if whole > 0 else np.ones_like(factors)


def factors_for_all(
    learner: Learner,
    purchases: Purchases,
    attributes: Mapping[str, Grouping],
    as_of: date | np.datetime64,
    orders: Fit[OrderModel],
    spend: Fit[GammaGamma] | None,
) -> FloatArray:
    """Return by what the prediction of every customer is multiplied, as learned from some of them.

    Parameters
    ----------
    learner : Learner
        Of these or of some of these customers.
    purchases, attributes : Purchases, Mapping of str to Grouping
        Of all customers, in the same numbers as those of the learner.
    as_of : datetime.date
        The day after which is predicted.
    orders, spend : Fit
        The models of all customers.

    Returns
    -------
    ndarray of float64
        For each customer who had come by the day, in the order of their numbers; 1 where nothing was learned.
    """
    cut = int(day("as_of", as_of).astype(np.int64))
    now = _known(purchases, cut, learner.length, (orders, spend))
    lesson = learner.lesson(cut)
    if lesson is None:
        return np.ones(now.customers.size)
    texts = {name: found.at(now.customers) for name, found in attributes.items()}
    return _factors(lesson, now.behaviour, texts, now.default)


def grouped(attributes: Attributes, customers: int) -> dict[str, Grouping]:
    """Return the attributes as numbers; a blank is a value like any other.

    Those that say nothing are left out: all customers alike, hardly any two alike, or what another one says already.

    Raises
    ------
    ArgumentError
        When an attribute has not one text a customer.
    """
    found: dict[str, Grouping] = {}
    for name, values in attributes.items():
        are_texts = set(map(type, values)) == {str}
        texts: list[str] = list(values) if are_texts else ["" if v is None else str(v) for v in values]
        if len(texts) != customers:
            raise ArgumentError(
                f"attributes: {name} has {len(texts)} texts, but there are {customers} customers. Give one for "
                "each, in the order of the customers' numbers."
            )
        # a customer is a row of each training period, so fewer can never be enough
        group = Grouping.of(texts, SMALLEST_GROUP // TRAINING_PERIODS)
        known = any(np.array_equal(group.codes, other.codes) for other in found.values())
        if not known and np.any(group.codes != group.codes[0]):
            found[name] = group
    return found


def _came(purchases: Purchases, customers: IntArray, cut: int, length: int) -> FloatArray:
    """Return what customers brought in the period after a day: amounts, or occasions where there are none."""
    count, amount = (column[customers] for column in purchases.between(cut, cut + length))
    # a refund of more than was bought has no place in a likelihood of amounts
    return np.maximum(amount, 0.0) if purchases.has_amounts else count


def _known(
    purchases: Purchases,
    cut: int,
    length: int,
    fits: tuple[Fit[OrderModel], Fit[GammaGamma] | None] | None = None,
) -> _Known:
    """Return what the default model predicts on a day, the behaviour so far, and what came in the period after.

    With fitted models the day is the last one: nothing has come after it.
    """
    then = purchases.known(cut)
    seen, spent, customers = histories_of(then, cut), spending_of(then), then.customer
    fit: Fit[OrderModel] = ParetoNbd.fit(seen) if fits is None else fits[0]
    orders = fit.model.expected_orders(seen, length / DAYS_PER_UNIT[fit.model.time_unit])
    unit, default, mean = 1.0, orders, np.zeros(orders.size)
    if spent.counted.any():
        payers = GammaGamma.fit(spent) if fits is None else fits[1]
        mean = np.where(spent.counted, spent.mean, 0.0)
        unit = float((mean * spent.occasions).sum() / np.where(spent.counted, spent.occasions, 0.0).sum())
        default = np.maximum(orders * expected_amounts(payers, spent)[0], 0.0) / unit
    count, amount = (column[customers] for column in purchases.between(cut - length, cut))
    behaviour = np.array(
        [
            np.log1p(seen.frequency),
            np.log1p(seen.recency),
            np.log1p(seen.age),
            np.log1p(seen.age - seen.recency),
            np.log(np.maximum(mean / unit, 0.001)),
            np.log(np.maximum(default, 1e-4)),
            np.log(np.maximum(orders, 1e-6)),
            fit.model.p_alive(seen),
            np.log1p(count),
            np.log1p(np.maximum(amount, 0.0) / unit),
        ]
    ).T
    came = np.zeros(customers.size) if fits else _came(purchases, customers, cut, length) / unit
    return _Known(unit, customers, default, behaviour, came)
