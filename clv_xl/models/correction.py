"""A ridge regression that corrects a prediction by a factor: what the second stage is made of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clv_xl.metrics.arguments import FloatArray, IntArray

__all__ = ["SMALLEST_GROUP", "CorrectionColumns", "Design", "Grouping", "fit_correction"]

POWER: Final = 1.5
"""Of the variance: between Poisson (1) and Gamma (2), for sums of amounts that are often 0."""

RIDGE: Final = 1000.0
"""How strongly the coefficients of behaviour are pulled to 0, in customers: weaker was worse on most data measured."""

RIDGE_OF_ATTRIBUTES: Final = 300.0
"""The same for those of attributes: weaker was worse on short panels, stronger lost what they do say."""

SMALLEST_GROUP: Final = 30
"""A value of an attribute that fewer customers of the training periods have is one with all other such values."""

MOST_GROUPS: Final = 20
"""So many values of an attribute, those that most customers have, stand for themselves: the others are one."""

_FARTHEST: Final = 4.0
"""Standard deviations from the mean beyond which behaviour counts no further."""

_ITERATIONS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The rows of a regression.

    Attributes
    ----------
    plain : ndarray of float64, shape (rows, columns)
        A constant first, which is not pulled to 0, then behaviour.
    codes : tuple of ndarray of int64
        For each attribute the group of every row; the last group is that of all texts that too few share.
    groups : tuple of int
        For each attribute how many groups have a coefficient: all but that last one.
    """

    plain: FloatArray
    codes: tuple[IntArray, ...] = ()
    groups: tuple[int, ...] = ()

    @property
    def columns(self) -> int:
        """How many coefficients there are: those of the attributes are the last."""
        return int(self.plain.shape[1]) + sum(self.groups)

    def sums(self, values: FloatArray) -> FloatArray:
        """Return for each column the sum of the values times the column."""
        marks = [
            np.bincount(code, values, groups + 1)[:groups]
            for code, groups in zip(self.codes, self.groups, strict=True)
        ]
        return np.concatenate([np.einsum("ij,i->j", self.plain, values), *marks])

    def predict(self, weights: FloatArray) -> FloatArray:
        """Return what the coefficients say of each row."""
        at = self.plain.shape[1]
        found: FloatArray = np.einsum("ij,j->i", self.plain, weights[:at])
        for code, groups in zip(self.codes, self.groups, strict=True):
            found += np.append(weights[at : at + groups], 0.0)[code]
            at += groups
        return found

    def products(self, values: FloatArray) -> FloatArray:
        """Return the sums of the values times each pair of columns; groups are counted, not multiplied."""
        width = self.plain.shape[1]
        found = np.zeros((self.columns, self.columns))
        weighted = self.plain * values[:, None]
        found[:width, :width] = np.einsum("ij,ik->jk", weighted, self.plain)
        at = width
        for number, (code, groups) in enumerate(zip(self.codes, self.groups, strict=True)):
            here = slice(at, at + groups)
            for place in range(width):
                found[place, here] = np.bincount(code, weighted[:, place], groups + 1)[:groups]
            found[here, here] = np.diag(np.bincount(code, values, groups + 1)[:groups])
            before = width
            for other, size in zip(self.codes[:number], self.groups[:number], strict=True):
                pairs = np.bincount(other * (groups + 1) + code, values, (size + 1) * (groups + 1))
                found[before : before + size, here] = pairs.reshape(size + 1, groups + 1)[:size, :groups]
                before += size
            at += groups
        return np.triu(found) + np.triu(found, 1).T


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """A text for each customer, as numbers.

    Attributes
    ----------
    codes : ndarray of int64
        The number of each customer's text, in the order of the texts; the last number is that of all rare texts.
    size : int
        How many texts have a number of their own.
    """

    codes: IntArray
    size: int

    @classmethod
    def of(cls, texts: Sequence[str], fewest: int) -> Grouping:
        """Return the numbers of the texts; those that fewer customers have are rare. A blank is a text, too.

        Examples
        --------
        >>> Grouping.of(["web", "", "fair", "web", ""], 2).codes
        array([1, 0, 2, 1, 0])
        """
        counts = Counter(texts)
        often = sorted(text for text, count in counts.items() if count >= fewest)
        number = dict.fromkeys(counts, len(often)) | {text: place for place, text in enumerate(often)}
        codes = np.fromiter(map(number.__getitem__, texts), np.int64, len(texts))
        return cls(codes, len(often))

    def at(self, customers: IntArray) -> Grouping:
        """Return some of the customers."""
        return Grouping(self.codes[customers], self.size)


@dataclass(frozen=True, slots=True, eq=False)
class CorrectionColumns:
    """How rows become columns of a regression, as it was settled on the training rows.

    ``groups`` gives for each attribute in use the group of each of its numbers; the highest is that of all others.
    """

    centre: FloatArray
    spread: FloatArray
    groups: Mapping[str, IntArray]

    @classmethod
    def of(cls, behaviour: FloatArray, attributes: Mapping[str, Grouping]) -> CorrectionColumns:
        """Settle the columns on the training rows: mean and spread of behaviour, the texts that enough share.

        An attribute that all rows have the same text of says nothing, and is left out.
        """
        groups = {}
        for name, texts in attributes.items():
            counts = np.bincount(texts.codes, minlength=texts.size + 1)
            own = np.argsort(-counts[:-1], kind="stable")[:MOST_GROUPS]
            own = np.sort(own[counts[own] >= SMALLEST_GROUP])
            if own.size and counts[own[0]] < texts.codes.size:
                groups[name] = np.full(texts.size + 1, own.size, dtype=np.int64)
                groups[name][own] = np.arange(own.size)
        return cls(behaviour.mean(axis=0), np.maximum(behaviour.std(axis=0), 1e-9), groups)

    def design(self, behaviour: FloatArray, attributes: Mapping[str, Grouping]) -> Design:
        """Return a constant, the standardised behaviour and its squares, and the group of each row by attribute."""
        # a column after the other in memory: several times as fast as row by row
        plain = np.clip((behaviour.T - self.centre[:, None]) / self.spread[:, None], -_FARTHEST, _FARTHEST)
        return Design(
            np.concatenate([np.ones((1, plain.shape[1])), plain, plain**2 / 2]).T,
            tuple(group[attributes[name].codes] for name, group in self.groups.items()),
            tuple(int(group[-1]) for group in self.groups.values()),
        )


def fit_correction(design: Design, came: FloatArray, offset: FloatArray) -> FloatArray:
    """Return the coefficients of the correction: Newton's method on the Tweedie likelihood with a ridge.

    Parameters
    ----------
    design : Design
        The rows.
    came : ndarray of float64
        What each customer brought, 0 or more, not all 0.
    offset : ndarray of float64
        Logarithm of the prediction that is corrected.

    Examples
    --------
    Nothing but the level is wrong here: twice as much came as was predicted.

    >>> design = Design(np.column_stack([np.ones(4), [-1.0, 1.0, -1.0, 1.0]]))
    >>> found = fit_correction(design, np.array([2.0, 4.0, 2.0, 4.0]), np.log([1.0, 2.0, 1.0, 2.0]))
    >>> np.exp(found).round(6).tolist()
    [2.0, 1.0]
    """
    # in units of the mean, so that the pull does not depend on the currency
    scale = float(came.mean())
    amounts, base = came / scale, offset - np.log(scale)
    pull = np.append(0.0, np.full(design.columns - 1, RIDGE))
    pull[design.plain.shape[1] :] = RIDGE_OF_ATTRIBUTES
    weights = np.zeros(design.columns)
    weights[0] = -np.log(float(np.exp(base).mean()))

    def loss(values: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return it, with the mean of each row and the root of that: of power 1.5, no other power is needed."""
        mean = np.exp(np.clip(base + design.predict(values), -30.0, 20.0))
        root = np.sqrt(mean)
        each = root / (2 - POWER) - amounts / root / (1 - POWER)
        return float(each.sum() + 0.5 * (pull * values**2).sum()), mean, root

    value, mean, root = loss(weights)
    for _ in range(_ITERATIONS):
        gradient = design.sums((amounts - mean) / root) - pull * weights
        curvature = design.products((POWER - 1) * amounts / root + (2 - POWER) * root) + np.diag(pull)
        step = np.linalg.solve(curvature + 1e-9 * np.eye(pull.size), gradient)
        share = 1.0
        while share > 1e-6:
            moved = weights + share * step
            there, nearer, rooted = loss(moved)
            if there <= value:
                break
            share /= 2
        else:
            break
        gained = value - there
        weights, value, mean, root = moved, there, nearer, rooted
        if gained < 1e-10 * abs(value):
            break
    return weights
