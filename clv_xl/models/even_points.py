"""Points that fill a cube evenly, and the inverse distribution functions that turn them into quantities.

Random points leave holes: a bound read off some hundred of them differs by several percent from one seed to the next.
Points of a lattice are the same every time, and fill the cube so evenly that far fewer do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.models.special import compiled

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray

__all__ = ["EXACT_SHAPE", "even_sequence", "gamma_quantile", "lattice", "poisson_quantile"]

EXACT_SHAPE: Final = 10.0
"""From this shape on the quantile of a gamma variable is Wilson and Hilferty's, which is right to 0.1% there."""

MANY: Final = 30.0
"""From this mean on the quantile of a Poisson variable is that of Cornish and Fisher."""

_GENERATORS: Final = {1024: 469, 2048: 899}
_MOST_STEPS: Final = 120


def lattice(points: int, sides: int) -> FloatArray:
    """Return points of a rank-1 lattice (Korobov's) in the unit cube: a row for each side.

    Examples
    --------
    >>> found = lattice(1024, 2)
    >>> found.shape, float(found.mean())
    ((2, 1024), 0.5)
    """
    generator = _GENERATORS[points]
    powers = np.array([[pow(generator, side, points)] for side in range(sides)])
    # midpoints, so that no point stands on an edge
    return np.asarray((powers * np.arange(points) % points + 0.5) / points)


def even_sequence(points: int, start: FloatArray) -> FloatArray:
    """Return so many points of an additive sequence in the unit cube, from a start on: a row for each point.

    Its steps are powers of the root of ``x^(sides + 1) = x + 1``, the golden section where there is one side.

    Examples
    --------
    >>> even_sequence(3, np.array([0.5])).round(3).tolist()
    [[0.118], [0.736], [0.354]]
    """
    root = 1.5
    for _ in range(60):
        root = (1 + root) ** (1 / (start.size + 1))
    steps = root ** -np.arange(1.0, start.size + 1)
    # a point on an edge would be without a bound
    return np.asarray(np.clip((start + np.arange(1, points + 1)[:, None] * steps) % 1, 1e-12, 1 - 1e-12))


def gamma_quantile(shape: FloatArray | float, share: FloatArray, deviate: FloatArray) -> FloatArray:
    """Return the quantiles of gamma variables of scale 1.

    Parameters
    ----------
    shape : float or ndarray of float64
        Of one variable, or one for each column of the result.
    share, deviate : ndarray of float64
        The probability below, and the same as a quantile of the normal distribution.

    Examples
    --------
    >>> print(gamma_quantile(1.0, np.array([0.5]), np.zeros(1)).round(6))
    [0.693147]
    >>> print(gamma_quantile(100.0, np.array([0.5]), np.zeros(1)).round(2))
    [99.67]
    """
    shapes = np.asarray(shape, dtype=np.float64)
    part = 1 / (9 * np.maximum(shapes, EXACT_SHAPE))
    found = shapes * (1 - part + deviate * np.sqrt(part)) ** 3
    if (shapes < EXACT_SHAPE).any():
        shapes, shares = np.broadcast_arrays(shapes, share)
        small = shapes < EXACT_SHAPE
        found = np.where(small, 0.0, found)
        found[small] = compiled().gammaincinv(shapes[small], shares[small])
    return np.asarray(found)


def poisson_quantile(
    mean: FloatArray, least: int, share: FloatArray, deviate: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return quantiles of Poisson variables that are at least so many, and the probability that they are.

    A quantile n is returned as ``n - 1`` plus the share of n's own probability that is passed: rounded up it is n, and
    it moves smoothly with the mean.

    Parameters
    ----------
    mean : ndarray of float64
        Of the variables.
    least : int
        1 or more.
    share, deviate : ndarray of float64
        As for :func:`gamma_quantile`, of the same shape as the mean.

    Examples
    --------
    >>> half = np.array([0.5])
    >>> [value.round(4).tolist() for value in poisson_quantile(np.array([1.0]), 1, half, np.zeros(1))]
    [[0.8591], [0.6321]]
    """
    reached = -np.expm1(-mean) if least == 1 else np.asarray(compiled().gammainc(float(least), mean))
    root = np.sqrt(np.maximum(mean, MANY))
    found = mean + root * deviate + (deviate**2 - 1) / 6 + (deviate - deviate**3) / (72 * root) - 0.5
    # below any order that counts there is none
    found = np.maximum(found, least - 0.5)
    few = np.flatnonzero(mean.ravel() < MANY)
    found.ravel()[few] = _counted(mean.ravel()[few], reached.ravel()[few], least, share.ravel()[few])
    return found, reached


def _counted(mean: FloatArray, reached: FloatArray, least: int, share: FloatArray) -> FloatArray:
    """Add up probabilities from the least number on until the share is passed."""
    found = np.empty(mean.size)
    term = np.exp(-mean)
    for number in range(1, least + 1):
        term *= mean / number
    # without any probability of the least number, it is the limit
    term = np.divide(term, reached, out=np.ones_like(term), where=reached > 0)
    place, below, upto, share = np.arange(mean.size), np.zeros(mean.size), np.empty(mean.size), share.copy()
    left = mean.size
    for number in range(least, least + _MOST_STEPS):
        np.add(below, term, out=upto)
        over = np.flatnonzero(upto >= share)
        if over.size:
            found[place[over]] = number - 1 + (share[over] - below[over]) / term[over]
            # what is found is passed no more, and left out once it is half of all: to leave it out costs more
            share[over] = np.inf
            left -= over.size
            if not left:
                return found
            if 2 * left < share.size:
                kept = np.flatnonzero(share < np.inf)
                place, share, upto = place[kept], share[kept], upto[kept]
                mean, term, below = mean[kept], term[kept], np.empty(left)
        below, upto = upto, below
        term *= mean
        term /= number + 1
    found[place[share < np.inf]] = least + _MOST_STEPS
    return found
