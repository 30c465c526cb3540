"""The arithmetic that metrics share: undefined is NaN, and sums do not depend on the order of the rows."""

from __future__ import annotations

import math
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import partial, reduce
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["answer", "overflow_told", "portion", "product", "quiet", "quotient", "total"]

quiet = partial(np.errstate, all="ignore")
"""A block in which a division by zero or an overflow is no warning: :func:`answer` turns both into NaN."""

_TOLD: Final = ContextVar("overflow_told", default=False)


@contextmanager
def overflow_told() -> Iterator[None]:
    """Leave what overflows infinite within this block, so that it can be told from what is undefined.

    Elsewhere both are NaN: a report needs no third kind of figure, but a cell shows #NUM! for the one and #N/A
    for the other.

    Examples
    --------
    >>> with overflow_told():
    ...     answer(np.asarray([1.0, np.inf, np.nan]))
    array([ 1., inf, nan])
    """
    token = _TOLD.set(True)
    try:
        yield
    finally:
        _TOLD.reset(token)


def answer(result: FloatArray) -> float | FloatArray:
    """Return a float for a single number and an array otherwise; what is not finite becomes NaN.

    Examples
    --------
    >>> answer(np.asarray(2.0)), answer(np.asarray([1.0, np.inf]))
    (2.0, array([ 1., nan]))
    """
    found = result if _TOLD.get() else np.where(np.isfinite(result), result, np.nan)
    return float(found) if found.ndim == 0 else found


def product(*factors: FloatArray) -> FloatArray:
    """Multiply; zero times what has overflowed is zero, because that was a number once.

    Examples
    --------
    >>> product(np.asarray([2.0, 0.0, np.nan]), np.asarray([3.0, np.inf, 0.0]))
    array([ 6.,  0., nan])
    """
    with quiet():
        found = reduce(np.multiply, factors)
        blank = reduce(np.logical_or, map(np.isnan, factors))
        zero = reduce(np.logical_or, (factor == 0 for factor in factors))
        return np.where(zero & ~blank, 0.0, found)


def quotient(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide; where the denominator is zero the result is NaN.

    Examples
    --------
    >>> quotient(np.asarray([6.0, 1.0]), np.asarray([3.0, 0.0]))
    array([ 2., nan])
    """
    with quiet():
        return np.where(denominator == 0, np.nan, numerator / denominator)


def total(values: FloatArray) -> float:
    """Add exactly, so that the order of the rows cannot change the last digit; if it overflows, see :func:`answer`.

    Examples
    --------
    >>> total(np.asarray([1e16, 1.0, -1e16])), total(np.asarray([1e308, 1e308]))
    (1.0, nan)
    >>> total(np.asarray([1e308, 1e308, -1e308]))
    1e+308
    """
    items = values.tolist()
    try:
        return math.fsum(items)
    except OverflowError:
        return float(answer(np.asarray(_exact(items))))


def _exact(items: list[float]) -> float:
    """Add what overflows on the way to a sum that may be finite again."""
    if not all(map(math.isfinite, items)):
        return math.nan
    found = sum(map(Fraction, items))
    try:
        return float(found)
    except OverflowError:
        return math.inf if found > 0 else -math.inf


def portion(share: float, count: int) -> Fraction:
    """Return ``share x count`` of the decimal that was typed: 7% of 100 are 7, not a hair above.

    Examples
    --------
    >>> portion(0.07, 100), 0.07 * 100
    (Fraction(7, 1), 7.000000000000001)
    """
    return Fraction(repr(float(share))) * count
