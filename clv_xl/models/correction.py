"""A ridge regression that corrects a prediction by a factor: what the second stage is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["CorrectionColumns", "fit_correction"]

POWER: Final = 1.5
"""Of the variance: between Poisson (1) and Gamma (2), for sums of amounts that are often 0."""

RIDGE: Final = 1000.0
"""How strongly the coefficients of behaviour are pulled to 0, in customers: weaker was worse on most data measured."""

RIDGE_OF_ATTRIBUTES: Final = 300.0
"""The same for those of attributes: weaker was worse on short panels, stronger lost what they do say."""

SMALLEST_GROUP: Final = 30
"""A value of an attribute that fewer customers of the training periods have is one with all other such values."""

_FARTHEST: Final = 4.0
"""Standard deviations from the mean beyond which behaviour counts no further."""

_ITERATIONS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class CorrectionColumns:
    """How rows become columns of a regression, as it was settled on the training rows."""

    centre: FloatArray
    spread: FloatArray
    levels: Mapping[str, tuple[str, ...]]
    training: FloatArray

    @classmethod
    def of(cls, behaviour: FloatArray, attributes: Mapping[str, NDArray[np.str_]]) -> CorrectionColumns:
        """Settle the columns on the training rows: mean and spread of behaviour, the texts that enough share."""
        levels = {}
        for name, values in attributes.items():
            texts, counts = np.unique(values, return_counts=True)
            levels[name] = tuple(texts[counts >= SMALLEST_GROUP].tolist())
        settled = cls(
            behaviour.mean(axis=0), np.maximum(behaviour.std(axis=0), 1e-9), levels, np.empty((0, 0))
        )
        return cls(settled.centre, settled.spread, levels, settled.design(behaviour, attributes))

    @property
    def marks(self) -> int:
        """How many of the columns, the last ones, are of attributes."""
        return sum(map(len, self.levels.values()))

    def design(self, behaviour: FloatArray, attributes: Mapping[str, NDArray[np.str_]]) -> FloatArray:
        """Return a constant, the standardised behaviour, its squares, and a column for each text of an attribute."""
        plain = np.clip((behaviour - self.centre) / self.spread, -_FARTHEST, _FARTHEST)
        marks = [
            (attributes[name] == text).astype(np.float64)
            for name, texts in self.levels.items()
            for text in texts
        ]
        return np.column_stack([np.ones(len(plain)), plain, plain**2 / 2, *marks])


def fit_correction(design: FloatArray, marks: int, came: FloatArray, offset: FloatArray) -> FloatArray:
    """Return the coefficients of the correction: Newton's method on the Tweedie likelihood with a ridge.

    Parameters
    ----------
    design : ndarray of float64, shape (rows, columns)
        The first column is the constant, which is not pulled to 0.
    marks : int
        How many of the columns, the last ones, are of attributes.
    came : ndarray of float64
        What each customer brought, 0 or more, not all 0.
    offset : ndarray of float64
        Logarithm of the prediction that is corrected.

    Examples
    --------
    Nothing but the level is wrong here: twice as much came as was predicted.

    >>> design = np.column_stack([np.ones(4), [-1.0, 1.0, -1.0, 1.0]])
    >>> found = fit_correction(design, 0, np.array([2.0, 4.0, 2.0, 4.0]), np.log([1.0, 2.0, 1.0, 2.0]))
    >>> np.exp(found).round(6).tolist()
    [2.0, 1.0]
    """
    # in units of the mean, so that the pull does not depend on the currency
    scale = float(came.mean())
    amounts, base = came / scale, offset - np.log(scale)
    pull = np.append(0.0, np.full(design.shape[1] - 1, RIDGE))
    pull[design.shape[1] - marks :] = RIDGE_OF_ATTRIBUTES
    weights = np.zeros(design.shape[1])
    weights[0] = -np.log(float(np.exp(base).mean()))

    def loss(values: FloatArray) -> tuple[float, FloatArray]:
        mean = np.exp(np.clip(base + np.einsum("ij,j->i", design, values), -30.0, 20.0))
        each = mean ** (2 - POWER) / (2 - POWER) - amounts * mean ** (1 - POWER) / (1 - POWER)
        return float(each.sum() + 0.5 * (pull * values**2).sum()), mean

    value, mean = loss(weights)
    for _ in range(_ITERATIONS):
        gradient = np.einsum("ij,i->j", design, (amounts - mean) * mean ** (1 - POWER)) - pull * weights
        bend = (POWER - 1) * amounts * mean ** (1 - POWER) + (2 - POWER) * mean ** (2 - POWER)
        curvature = np.einsum("ij,ik->jk", design * bend[:, None], design) + np.diag(pull)
        step = np.linalg.solve(curvature + 1e-9 * np.eye(pull.size), gradient)
        share = 1.0
        while share > 1e-6:
            moved = weights + share * step
            there, nearer = loss(moved)
            if there <= value:
                break
            share /= 2
        else:
            break
        gained = value - there
        weights, value, mean = moved, there, nearer
        if gained < 1e-10 * abs(value):
            break
    return weights
