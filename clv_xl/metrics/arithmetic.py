"""The arithmetic that metrics share: undefined is NaN, and sums do not depend on the order of the rows."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray

__all__ = ["answer", "portion", "quiet", "quotient", "total"]

quiet = partial(np.errstate, all="ignore")
"""A block in which a division by zero or an overflow is no warning: :func:`answer` turns both into NaN."""


def answer(result: FloatArray) -> float | FloatArray:
    """Return a float for a single number and an array otherwise; what is not finite becomes NaN.

    Examples
    --------
    >>> answer(np.asarray(2.0)), answer(np.asarray([1.0, np.inf]))
    (2.0, array([ 1., nan]))
    """
    finite = np.where(np.isfinite(result), result, np.nan)
    return float(finite) if finite.ndim == 0 else finite


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
    """Add exactly, so that the order of the rows cannot change the last digit; NaN if it overflows.

    Examples
    --------
    >>> total(np.asarray([1e16, 1.0, -1e16]))
    1.0
    """
    try:
        return math.fsum(values.tolist())
    except OverflowError:
        return math.nan


def portion(share: float, count: int) -> Fraction:
    """Return ``share x count`` of the decimal that was typed: 7 % of 100 are 7, not a hair above.

    Examples
    --------
    >>> portion(0.07, 100), 0.07 * 100
    (Fraction(7, 1), 7.000000000000001)
    """
    return Fraction(repr(float(share))) * count
