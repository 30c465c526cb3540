"""Random numbers whose last bit is the same on every machine and for every version of numpy."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Draws", "Purpose", "natural_log"]

_LN_2 = 0.6931471805599453
_SQRT_HALF = 0.7071067811865476
_SERIES_TERMS = 11  # |z| <= 0.1716, so the first term left out is below 1e-17 of the sum


class Purpose(IntEnum):
    """What a stream is for; a number given once is never given again, or all shops change."""

    ARRIVAL = 1
    ORIGIN = 2
    RATE = 3
    LIFETIME = 4
    LOYALTY = 5
    VISITS = 6
    BASKET = 7
    CUSTOMER_SPEND = 8
    ORDER_SPEND = 9
    DISCOUNT = 10
    FATE = 11
    PEOPLE = 12
    MARKETING = 13


class Draws:
    """One stream of random numbers.

    Parameters
    ----------
    seed
        The shop's seed, 0 or more.
    purpose
        Streams of different purposes are independent, so a change in one leaves the others as they were.
    """

    def __init__(self, seed: int, purpose: Purpose) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(purpose),)))

    def uniform(self, count: int) -> Floats:
        """Return ``count`` numbers strictly between 0 and 1: the middles of 2**52 equal steps."""
        raw = np.asarray(self._bits.random_raw(count), dtype=np.uint64)
        steps = (raw >> np.uint64(12)).astype(np.float64)
        return (steps + 0.5) * 2.0**-52

    def exponential(self, count: int) -> Floats:
        """Return ``count`` exponential numbers of mean 1."""
        return self.gamma(1, count)

    def gamma(self, shape: int, count: int) -> Floats:
        """Return ``count`` Gamma numbers of a whole shape below 15 and scale 1 (mean ``shape``).

        A sum of exponential numbers, taken as minus the logarithm of a product of uniform ones; with a
        larger shape the product could vanish.
        """
        product = self.uniform(count)
        for _ in range(shape - 1):
            product *= self.uniform(count)
        return -natural_log(product)

    def pick(self, weights: Sequence[int], count: int) -> NDArray[np.intp]:
        """Return ``count`` positions in ``weights``, each as often as its weight's share."""
        ends = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(ends, self.uniform(count) * float(ends[-1]), side="right")

    def happens(self, chances: Floats) -> NDArray[np.bool_]:
        """Return for each chance (a probability) whether it came true."""
        return self.uniform(len(chances)) < chances


def natural_log(x: Floats) -> Floats:
    """Return ln(x) for positive numbers, from operations that IEEE 754 fixes to the last bit.

    With x = m 2**e and m between sqrt(1/2) and sqrt(2): ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)), the
    series of artanh being z + z**3/3 + z**5/5 + ...

    Parameters
    ----------
    x
        Numbers above 0; zero and less are the caller's mistake.

    Returns
    -------
    ndarray
        The logarithms, within 1e-15 of the true ones relative to the larger of 1 and the result.

    Examples
    --------
    >>> import numpy as np
    >>> natural_log(np.array([1.0, 2.0, 0.1])).round(12).tolist()
    [0.0, 0.69314718056, -2.302585092994]
    """
    mantissa, exponent = np.frexp(x)
    low = mantissa < _SQRT_HALF
    mantissa = np.where(low, mantissa * 2.0, mantissa)
    exponent = exponent - low
    z = (mantissa - 1.0) / (mantissa + 1.0)
    square = z * z
    series = np.full_like(z, 1.0 / (2 * _SERIES_TERMS - 1))
    for term in range(_SERIES_TERMS - 1, 0, -1):
        series *= square
        series += 1.0 / (2 * term - 1)
    result: Floats = exponent * _LN_2 + 2.0 * z * series
    return result
