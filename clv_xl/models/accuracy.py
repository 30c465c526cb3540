"""How right a prediction was: total bias, ranking, size of the errors, and calibration by decile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.arguments import ANY, complete, same_length
from clv_xl.metrics.arithmetic import total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["Accuracy", "Decile", "accuracy", "gain_over", "normalised_gini", "top_capture"]

DECILES: Final = 10
TOP: Final = 0.1


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the customers, by what was predicted for them; the first is the best.

    Examples
    --------
    >>> accuracy([2, 1], [3, 0]).deciles[0]
    Decile(customers=1, predicted=2.0, actual=3.0)
    """

    customers: int
    predicted: float
    actual: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How right a prediction for each customer was.

    Attributes
    ----------
    predicted, actual : float
        The totals.
    bias : float
        predicted / actual - 1; NaN when there was nothing.
    gini : float
        Ranking: 1 when customers come in the right order, 0 when the order says nothing.
    top_capture : float
        Share of the actual total that the tenth of customers with the highest predictions brought.
    rmse, mae : float
        Root of the mean squared error, and mean absolute error. The latter rewards predicting nothing.
    deciles : tuple of Decile
        Calibration; means for one customer. Customers with equal predictions share what they brought.

    Examples
    --------
    >>> accuracy([2, 1, 0], [3, 0, 0]).bias
    0.0
    """

    predicted: float
    actual: float
    bias: float
    gini: float
    top_capture: float
    rmse: float
    mae: float
    deciles: tuple[Decile, ...]


def accuracy(predicted: ArrayLike, actual: ArrayLike) -> Accuracy:
    """Compare predictions with what happened, customer by customer.

    Parameters
    ----------
    predicted, actual : array_like
        One figure for each customer.

    Returns
    -------
    Accuracy
        NaN where nothing can be said, such as the bias when nothing happened.

    Raises
    ------
    ArgumentError
        For columns of different length or without a row, and for blanks.

    Examples
    --------
    >>> found = accuracy([2, 1, 0], [4, 2, 0])
    >>> found.bias, found.gini
    (-0.5, 1.0)
    """
    said, found = complete("predicted", predicted, ANY), complete("actual", actual, ANY)
    same_length(predicted=said, actual=found)
    errors = said - found
    size = max(said.size, 1)
    expected, whole = total(said), total(found)
    ordered = _by_prediction(said, found)
    return Accuracy(
        predicted=expected,
        actual=whole,
        bias=expected / whole - 1 if whole else math.nan,
        gini=_gini(ordered, found),
        top_capture=_captured(ordered, found, TOP),
        rmse=math.sqrt(total(errors**2) / size),
        mae=total(np.abs(errors)) / size,
        deciles=_deciles(said, ordered),
    )


def gain_over(default: Sequence[Accuracy], other: Sequence[Accuracy]) -> float:
    """Return by what share another method was better than the default over the same periods, 0 where it was not.

    Better is a lower error and no worse ranking, on average over the periods, or a better ranking and no higher error.

    Examples
    --------
    >>> plain, better = accuracy([3, 1, 2], [3, 2, 1]), accuracy([3, 2, 1], [3, 2, 1])
    >>> gain_over([plain], [better]), gain_over([better], [plain])
    (1.0, 0.0)
    """
    error, new_error = (float(np.mean([item.rmse for item in items])) for items in (default, other))
    ranking, new_ranking = (float(np.mean([item.gini for item in items])) for items in (default, other))
    if not (new_error <= error and new_ranking >= ranking):
        return 0.0
    return max(1 - new_error / error if error else 0.0, new_ranking / ranking - 1 if ranking > 0 else 0.0)


def _by_prediction(predicted: FloatArray, actual: FloatArray) -> FloatArray:
    """Return what happened, highest prediction first; customers with equal predictions share theirs."""
    ranks, place, counts = np.unique(-predicted, return_inverse=True, return_counts=True)
    means = np.bincount(place, actual, ranks.size) / counts
    return np.repeat(means, counts)


def _lift(ordered: FloatArray) -> float:
    """Return by how much the cumulated share runs above the diagonal, on average."""
    shares = np.cumsum(ordered) / ordered.sum()
    return float(shares.mean() - (ordered.size + 1) / (2 * ordered.size))


def normalised_gini(predicted: FloatArray, actual: FloatArray) -> float:
    """Gini of what happened, ordered by prediction, as a share of the same ordered by what happened.

    Examples
    --------
    >>> normalised_gini(np.array([3.0, 2, 1]), np.array([9.0, 1, 1]))
    1.0
    >>> normalised_gini(np.array([1.0, 1, 1]), np.array([9.0, 1, 1]))
    0.0
    """
    return _gini(_by_prediction(predicted, actual), actual)


def _gini(ordered: FloatArray, actual: FloatArray) -> float:
    if not actual.size or not actual.sum() > 0:
        return math.nan
    best = _lift(np.sort(actual)[::-1])
    if best < 1e-15:
        return math.nan
    found = _lift(ordered) / best
    return 0.0 if abs(found) < 1e-12 else found


def top_capture(predicted: FloatArray, actual: FloatArray, share: float = TOP) -> float:
    """Share of the actual total that the best predicted customers brought; the last one counts in part.

    Examples
    --------
    >>> top_capture(np.arange(10.0), np.array([0.0] * 9 + [5.0]))
    1.0
    """
    return _captured(_by_prediction(predicted, actual), actual, share)


def _captured(ordered: FloatArray, actual: FloatArray, share: float) -> float:
    if not actual.size or not actual.sum() > 0:
        return math.nan
    upto = np.interp(share * actual.size, np.arange(actual.size + 1), np.append(0.0, np.cumsum(ordered)))
    return float(upto / ordered.sum())


def _deciles(predicted: FloatArray, ordered: FloatArray) -> tuple[Decile, ...]:
    pairs = (np.array_split(ranked, DECILES) for ranked in (np.sort(predicted)[::-1], ordered))
    return tuple(
        Decile(said.size, float(said.mean()), float(found.mean()))
        for said, found in zip(*pairs, strict=True)
        if said.size
    )
