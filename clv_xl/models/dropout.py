r"""Future orders of a customer who may leave after each of them, with a probability p of the customer's own.

The family of BG/NBD shares this: given that the customer is still one, p is Beta(a, c) and the rate of the stages
that make up an order is Gamma(shape, rate). Papers write the expected number of orders with the Gaussian
hypergeometric function, which loses all digits near a = 1 and overflows for frequent buyers; here it is one
integral over p of a function that has neither fault, by Gauss-Legendre quadrature in ln(p / (1 - p)).

With Erlang-k gaps an order is every k-th stage, j stages of the next one are already over, and the number of
orders is (1 - q^m) / p with q = 1 - p and m = floor((j + N) / k), N the stages in the horizon. The floor is
written as a sum over the k-th roots of unity, so that the expectation is exact for every k.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.models.rows import distinct
from clv_xl.models.special import legendre, log_beta

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.metrics.arguments import BoolArray, FloatArray

__all__ = ["beta_mean", "first_orders", "last_order", "orders_while_alive"]

NODES: Final = 80
TAIL: Final = 38.0
"""Where the density has fallen by exp(-38), nothing of a float is left."""

FLAT: Final = 11.0
"""So far out in ln(p / (1 - p)) a function differs from its limit by its first power of p, or of 1 - p, alone."""

TABLED: Final = 8192.0
"""Up to so many orders the chances to go on are tabled; beyond, each is searched for."""

_FAR_HALVINGS: Final = 48
_HALVINGS: Final = 16
_CHUNK: Final = 2048


def orders_while_alive(
    a: float,
    c: FloatArray,
    shape: FloatArray,
    scaled_horizon: FloatArray,
    regularity: int = 1,
    stage: int = 0,
) -> FloatArray:
    """Return the expected orders of customers who are still customers.

    Parameters
    ----------
    a : float
        First parameter of the dropout probability.
    c, shape, scaled_horizon : ndarray of float64
        For each customer: the second parameter, the shape of the rate, and horizon / (alpha + age).
    regularity : int, default 1
        The k of Erlang-k.
    stage : int, default 0
        How many stages of the next order are over.

    Examples
    --------
    >>> one = np.array([1.0])
    >>> print(orders_while_alive(1.0, one, one, one).round(6))
    [0.693147]
    """
    first, kind = distinct(c, shape, scaled_horizon)
    found = np.empty(first.size)
    for start in range(0, first.size, _CHUNK):
        part = first[start : start + _CHUNK]
        found[start : start + _CHUNK] = _integral(
            a, c[part], shape[part], scaled_horizon[part], regularity, stage
        )
    # with Erlang gaps, a sum that should be 0 can miss it by a rounding
    return np.where(scaled_horizon > 0, np.maximum(found, 0.0)[kind], 0.0)


def last_order(rng: np.random.Generator, a: float, c: FloatArray, draws: int) -> FloatArray:
    """Draw the number of the order after which each customer leaves, 1 or more; one row for each draw.

    Examples
    --------
    >>> last_order(np.random.default_rng(1), 50.0, np.full(3, 0.01), 1)
    array([[1., 1., 1.]])
    """
    # by its inverse: numpy's own draw is an integer, and overflows for the smallest probabilities
    p = np.minimum(rng.beta(a, c, (draws, c.size)), 1 - 1e-12)
    waits = rng.standard_exponential(p.shape)
    rates = -np.log1p(-p)
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1.0 + np.floor(waits / rates))


def first_orders(a: float, c: FloatArray, orders: FloatArray, share: FloatArray) -> FloatArray:
    """Return how many of the orders come before a customer leaves, at quantiles of the order that is the last.

    Like the orders themselves, what is returned rounds up to their number, and moves smoothly with the share.

    Parameters
    ----------
    a : float
        First parameter of the dropout probability.
    c : ndarray of float64
        The second, for each row of orders.
    orders : ndarray of float64
        How many would come; a row for each customer.
    share : ndarray of float64
        The probability that a later order is the last; one for each column.

    Examples
    --------
    >>> np.ceil(first_orders(1.0, np.array([1.0]), np.array([[9.0, 9.0]]), np.array([0.6, 0.3])))
    array([[1., 3.]])
    """
    found = orders.copy()
    for one in np.unique(c).tolist():
        here = c == one
        highest = max(float(np.ceil(orders[here].max(initial=0.0))), 1.0)
        most = np.arange(min(highest, TABLED))
        # the probability to go on after 0, 1, 2 ... orders
        falling = np.concatenate([[1.0], np.cumprod((one + most) / (a + one + most))])
        last = np.clip(np.searchsorted(-falling, -share), 1, falling.size - 1)
        within = (falling[last - 1] - share) / np.maximum(falling[last - 1] - falling[last], 1e-300)
        later = share < falling[-1]
        last = np.where(later, np.inf, last - 1 + within)
        if highest > TABLED and later.any():
            last[later] = _far_order(a, one, highest, share[later])
        found[here] = np.minimum(orders[here], last)
    return found


def _far_order(a: float, c: float, highest: float, share: FloatArray) -> FloatArray:
    """Return after how many orders, beyond those that are tabled, the probability to go on is the share."""
    near, far = np.full(share.size, TABLED), np.full(share.size, highest)
    sought = np.log(share) + log_beta(a, np.array([c]))
    for _ in range(_FAR_HALVINGS):
        middle = (near + far) / 2
        going = log_beta(a, c + middle) > sought
        near, far = np.where(going, middle, near), np.where(going, far, middle)
    return np.asarray((near + far) / 2)


def _log_density(a: float, c: FloatArray, v: FloatArray) -> FloatArray:
    """Return the log density of v = ln(p / (1 - p)), but for its constant."""
    # softplus, written so that no exp() overflows
    return np.asarray(a * v - (a + c) * (np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v)))))


def _window(a: float, c: FloatArray, knee: FloatArray) -> list[tuple[FloatArray, BoolArray]]:
    """Return where quadrature begins and ends, and whether the density has vanished there.

    Where it has not, it is a power of p or of 1 - p from there on, and the function is flat.
    """
    peak = np.log(a) - np.log(c)
    top = _log_density(a, c, peak)
    ends = []
    flat = (
        np.minimum(np.minimum(peak, knee), -np.log1p(c)) - FLAT,
        np.maximum(peak, np.log1p(a)) + FLAT,
    )
    for limit in flat:
        near, far = peak.copy(), limit.copy()
        gone = _log_density(a, c, limit) < top - TAIL
        for _ in range(_HALVINGS if gone.any() else 0):
            middle = (near + far) / 2
            inside = _log_density(a, c, middle) >= top - TAIL
            near, far = np.where(inside, middle, near), np.where(inside, far, middle)
        ends.append((np.where(gone, far, limit), gone))
    return ends


def beta_mean(
    a: float, c: FloatArray, knee: FloatArray, function: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Return the mean of a function of p over p ~ Beta(a, c).

    Parameters
    ----------
    a : float
        First parameter of the distribution.
    c : ndarray of float64
        The second, for each mean.
    knee : ndarray of float64
        The least ln(p) near which the function still changes.
    function : callable
        Takes ln(p / (1 - p)) with one column for each mean; must be smooth in it, with limits on both sides.

    Examples
    --------
    >>> half = beta_mean(1.0, np.array([1.0]), np.zeros(1), lambda v: 1 / (1 + np.exp(-v)))
    >>> print(half.round(9))
    [0.5]
    """
    with np.errstate(under="ignore"):
        (low, low_gone), (high, high_gone) = _window(a, c, knee)
        nodes, weights = legendre(NODES)
        v = low + (high - low) * nodes
        constant = log_beta(a, c)
        inner = (weights * np.exp(_log_density(a, c, v) - constant) * function(v)).sum(axis=0)
        found = inner * (high - low)
        # outside of the window: powers of p on the left, of 1 - p on the right, integrated exactly
        for end, gone, further, power in ((low, low_gone, -FLAT, a), (high, high_gone, FLAT, c)):
            limit = function(end + 2 * further)
            decay = np.where(gone, 0.0, (a + c) * np.log1p(np.exp(-np.abs(end))))
            first = function(end) * np.exp(-decay) - limit
            mass = np.exp(_log_density(a, c, end) + decay - constant)
            found += np.where(gone, 0.0, mass * (limit / power + first / (power + 1)))
    return np.asarray(found)


def _integral(
    a: float, c: FloatArray, shape: FloatArray, ahead: FloatArray, regularity: int, stage: int
) -> FloatArray:
    knee = -np.log(np.maximum(np.maximum(shape, 1.0) * ahead, 1e-300))
    return beta_mean(a, c, knee, lambda v: _given_dropout(v, shape, ahead, regularity, stage))


def _given_dropout(
    v: FloatArray, shape: FloatArray, ahead: FloatArray, regularity: int, stage: int
) -> FloatArray:
    """Return the expected orders of customers who leave with p = 1 / (1 + exp(-v)) after each order."""
    falling = np.exp(-np.abs(v))
    p = np.where(v >= 0, 1.0, falling) / (1 + falling)
    if regularity == 1:
        return np.asarray(-np.expm1(-shape * np.log1p(p * ahead)) / p)
    # ln q, exact for p near 0 and near 1
    log_q = -(np.maximum(v, 0) + np.log1p(falling))
    return _regular(p, log_q, shape + stage, ahead, regularity, stage)


def _regular(
    p: FloatArray, log_q: FloatArray, shape: FloatArray, ahead: FloatArray, regularity: int, stage: int
) -> FloatArray:
    log_z = log_q / regularity
    z = np.exp(log_z)
    # 1 - C, where C is the mean of z to the powers from stage + 1 - k to stage
    short = sum(-np.expm1(power * log_z) for power in range(stage + 1 - regularity, stage + 1)) / regularity
    lost = -np.expm1(-shape * np.log1p(-ahead * np.expm1(log_z)))
    total = (short + (1 - short) * lost) / p
    for number in range(1, regularity):
        root = np.exp(2j * np.pi * number / regularity)
        turned = z * root
        decay = np.exp(-shape * np.log1p(ahead * (1 - turned)))
        # q in the denominator is z^k: joined with the power of z in front, nothing grows without bound
        factor = np.exp((stage + 1 - regularity) * log_z) * root ** (stage + 1) / (regularity * (turned - 1))
        total = total + (factor * decay).real
    return np.asarray(total)
