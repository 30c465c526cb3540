"""The special functions that the models need, and sums that no thread count can change.

scipy is imported where a function is first called: who imports a model but fits none does not wait for it.
Long vectors never meet BLAS: its threads made such sums slower, and their last digits a matter of the machine.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray

__all__ = [
    "Number",
    "beta_prime_median",
    "compiled",
    "digamma",
    "exp_quotient",
    "legendre",
    "log_beta",
    "log_gamma",
    "log_gamma_ratio",
    "share_of",
    "softplus",
    "weighted",
]

Number: TypeAlias = "float | FloatArray"


@cache
def compiled() -> Any:  # a module without types
    """Import scipy once: to ask for a function by an import again and again costs as much as many of its calls.

    Examples
    --------
    >>> print(round(float(compiled().ndtr(0.0)), 6))
    0.5
    """
    from scipy import special  # noqa: PLC0415  # a fifth of a second, and only where a model is used

    return special


def log_gamma(values: Number) -> FloatArray:
    """Return the logarithm of the gamma function.

    Examples
    --------
    >>> print(round(float(log_gamma(5.0)), 6))
    3.178054
    """
    return np.asarray(compiled().gammaln(values), dtype=np.float64)


def digamma(values: Number) -> FloatArray:
    """Return the derivative of :func:`log_gamma`.

    Examples
    --------
    >>> print(round(float(digamma(1.0)), 6))
    -0.577216
    """
    return np.asarray(compiled().psi(values), dtype=np.float64)


def log_gamma_ratio(shape: float, steps: Number) -> FloatArray:
    """Return ``ln(gamma(shape + steps) / gamma(shape))``, exact also where the shape is huge.

    Examples
    --------
    >>> print(round(float(log_gamma_ratio(3.0, np.asarray(2.0))), 6))
    2.484907
    """
    gammaln = compiled().gammaln
    many = np.asarray(steps, dtype=np.float64)
    plain = gammaln(shape + many) - gammaln(shape)
    if shape < 1e3:
        return np.asarray(plain, dtype=np.float64)
    # the difference of two large logarithms loses digits; the product itself does not while it fits a float
    with np.errstate(over="ignore"):
        product = compiled().poch(shape, np.minimum(many, 40.0))
    return np.asarray(np.where(many <= 40, np.log(product), plain), dtype=np.float64)


def log_beta(first: Number, second: Number) -> FloatArray:
    """Return the logarithm of the beta function.

    Examples
    --------
    >>> print(round(float(log_beta(2.0, 3.0)), 6))
    -2.484907
    """
    return np.asarray(compiled().betaln(first, second), dtype=np.float64)


def beta_prime_median(first: int, second: FloatArray) -> FloatArray:
    """Return the median of the ratio of two gamma variables with these shapes.

    Examples
    --------
    >>> beta_prime_median(1, np.array([1.0])).tolist()
    [1.0]
    """
    if first == 1:
        with np.errstate(over="ignore"):
            return np.asarray(np.expm1(np.log(2) / second), dtype=np.float64)
    share = compiled().betaincinv(float(first), second, 0.5)
    with np.errstate(divide="ignore"):
        return np.asarray(share / (1 - share), dtype=np.float64)


def exp_quotient(values: Number) -> FloatArray:
    """Return ``(exp(v) - 1) / v``, which is 1 at 0.

    Examples
    --------
    >>> exp_quotient(np.array([0.0, 1e-9])).tolist()
    [1.0, 1.0000000005]
    """
    return np.asarray(compiled().exprel(values), dtype=np.float64)


def softplus(values: FloatArray) -> FloatArray:
    """Return ``ln(1 + exp(v))`` without overflow.

    Examples
    --------
    >>> softplus(np.array([-800.0, 800.0])).tolist()
    [0.0, 800.0]
    """
    with np.errstate(under="ignore"):
        return np.asarray(np.maximum(values, 0) + np.log1p(np.exp(-np.abs(values))), dtype=np.float64)


def share_of(values: FloatArray) -> FloatArray:
    """Return ``1 / (1 + exp(-v))``: the share of the second of two terms whose log ratio is ``v``.

    Examples
    --------
    >>> share_of(np.array([-800.0, 0.0, 800.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    with np.errstate(under="ignore"):
        smaller = np.exp(-np.abs(values))
    return np.asarray(np.where(values >= 0, 1.0, smaller) / (1 + smaller), dtype=np.float64)


def weighted(weights: FloatArray, values: FloatArray) -> float:
    """Return the sum of ``weights x values``, added pairwise and never by BLAS.

    Examples
    --------
    >>> weighted(np.array([2.0, 1.0]), np.array([1.0, 3.0]))
    5.0
    """
    return float(np.add.reduce(weights * values))


@cache
def legendre(count: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights of Gauss-Legendre quadrature on the interval from 0 to 1, as columns.

    Examples
    --------
    >>> nodes, weights = legendre(8)
    >>> print(round(float((weights * nodes**3).sum()), 12))
    0.25
    """
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes[:, None] + 1) / 2, weights[:, None] / 2
