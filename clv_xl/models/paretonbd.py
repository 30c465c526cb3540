"""Pareto/NBD: customers order at random, and may leave at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from clv_xl.models.order_model import Kernel, OrderModel
from clv_xl.models.remembered import remembered
from clv_xl.models.special import digamma, exp_quotient, legendre, log_gamma_ratio, share_of

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import Terms

__all__ = ["ParetoNbd"]

NODES: Final = 16
TAIL: Final = 30.0
"""The integrand is followed until it has fallen by exp(-30)."""

_CHUNK: Final = 4096
_BLOCK: Final = 800


def _of_count(values: FloatArray, frequency: FloatArray) -> Terms:
    r, alpha, s, beta = values
    logs = log_gamma_ratio(r, frequency) + r * np.log(alpha) + s * np.log(beta)
    same = np.ones(frequency.size)
    return logs, (
        digamma(r + frequency) - digamma(r) + np.log(alpha),
        r / alpha * same,
        np.log(beta) * same,
        s / beta * same,
    )


class _Gone(NamedTuple):
    """The chance to have left between the last order and now, against that of being a customer still."""

    log_odds: FloatArray
    log_alpha: FloatArray  # means over the time of leaving u: of ln(alpha + u), ...
    log_beta: FloatArray
    per_alpha: FloatArray  # ... and of 1 / (alpha + u)
    per_beta: FloatArray


def _gone(
    values: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray, *, slopes: bool
) -> _Gone:
    """Integrate over the time of leaving u, some rows at a time: what is worked on stays in the processor's cache."""
    columns = (frequency, recency, age)
    if frequency.size <= _BLOCK:
        return _gone_of(values, *columns, slopes=slopes)
    starts = range(0, frequency.size, _BLOCK)
    found = [
        _gone_of(values, *(column[at : at + _BLOCK] for column in columns), slopes=slopes) for at in starts
    ]
    return _Gone(*map(np.concatenate, zip(*found, strict=True)))


def _gone_of(
    values: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray, *, slopes: bool
) -> _Gone:
    """Integrate in z = ln(min(alpha, beta) + u), by Gauss-Legendre.

    In z the integrand is nearly exponential for any parameters; where it falls fast, only the part that counts
    is integrated.
    """
    r, alpha, s, beta = values
    shape = r + frequency
    least = min(alpha, beta)
    gap = abs(alpha - beta)
    start = least + recency
    width = np.log1p((age - recency) / start)
    fall = start * (shape / (alpha + recency) + (s + 1) / (beta + recency)) - 1
    width = np.minimum(width, TAIL / np.maximum(fall, 1e-9))
    nodes, weights = legendre(NODES)
    # a row for each node; steps are taken in place, since new memory costs as much as the logarithms
    z = width * nodes
    z += np.log(start)
    moment = np.exp(z)
    further = moment + gap
    other = np.log(further)
    log_alpha, log_beta = (z, other) if alpha <= beta else (other, z)
    alive = -shape * np.log(alpha + age) - s * np.log(beta + age)
    logs = shape * log_alpha
    np.subtract(z, logs, out=logs)
    logs -= (s + 1) * log_beta
    logs -= alive
    # the largest value stands at the first node, or is at most exp(width) times as large
    shift = np.maximum(logs[0], 0.0)
    logs -= shift
    parts = np.exp(logs, out=logs)
    parts *= weights
    total = parts.sum(axis=0)
    with np.errstate(divide="ignore"):
        log_odds = np.log(s * width * total) + shift
    if not slopes:
        return _Gone(log_odds, total, total, total, total)
    parts /= total
    mean_alpha, mean_beta = (np.einsum("ij,ij->j", parts, each) for each in (log_alpha, log_beta))
    per_least = np.divide(parts, moment, out=moment).sum(axis=0)
    per_other = np.divide(parts, further, out=further).sum(axis=0)
    per_alpha, per_beta = (per_least, per_other) if alpha <= beta else (per_other, per_least)
    return _Gone(log_odds, mean_alpha, mean_beta, per_alpha, per_beta)


def _of_time(values: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> Terms:
    r, alpha, s, beta = values
    shape = r + frequency
    log_alpha, log_beta = np.log(alpha + age), np.log(beta + age)
    gone = _gone(values, frequency, recency, age, slopes=True)
    odds = gone.log_odds
    share = share_of(odds)
    stay = 1 - share
    with np.errstate(under="ignore"):
        both = np.maximum(odds, 0) + np.log1p(np.exp(-np.abs(odds)))
    return both - shape * log_alpha - s * log_beta, (
        -stay * log_alpha - share * gone.log_alpha,
        -shape * (stay / (alpha + age) + share * gone.per_alpha),
        share / s - stay * log_beta - share * gone.log_beta,
        -stay * s / (beta + age) - share * (s + 1) * gone.per_beta,
    )


@dataclass(frozen=True, slots=True)
class ParetoNbd(OrderModel):
    """The Pareto/NBD model.

    Orders come at random at rate lambda ~ Gamma(r, alpha) until the customer leaves, which happens at rate
    mu ~ Gamma(s, beta), unseen.

    Parameters
    ----------
    r, alpha : float
        Shape and rate of the order rates; alpha in units of time.
    s, beta : float
        Shape and rate of the dropout rates; beta in units of time.
    time_unit : {"days", "weeks"}
        The unit of alpha and beta and of all horizons.

    References
    ----------
    Schmittlein, D. C., Morrison, D. G. and Colombo, R. (1987), Counting Your Customers: Who Are They and What Will
    They Do Next?, Management Science 33 (1).
    Fader, P. S. and Hardie, B. G. S. (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions.

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> model = ParetoNbd(0.5534, 10.578, 0.6061, 11.669, time_unit="weeks")
    >>> print(model.p_alive(Histories([2, 0], [30.43, 0], [38.86, 38.86], "weeks")).round(3))
    [0.869 0.295]
    """

    model_name: ClassVar[str] = "Pareto/NBD"
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    start_of_dropout: ClassVar[tuple[float, ...]] = (0.5, 0.5)
    usual_dropout: ClassVar[bool] = True

    r: float
    alpha: float
    s: float
    beta: float

    @classmethod
    def fit(cls, histories: Histories) -> Fit[ParetoNbd]:
        """Fit by maximum likelihood.

        In small shops the likelihood may rise for ever with s and beta: orders do not tell how much customers differ
        in how soon they leave, and parameters at the end of the search miss totals by a third. Then, and only then,
        the logarithms of s and of beta in mean ages are taken as normal around ln(0.5), with a spread of 1.5, and the
        parameters are the most likely ones with that (maximum a posteriori).
        """
        return remembered(cls.model_name, histories, lambda: cls._fit(histories, Kernel(_of_count, _of_time)))

    def kernel(self) -> Kernel:
        """Return the log-likelihood."""
        return Kernel(_of_count, _of_time)

    def _alive(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        values = np.array(self.values())
        found = np.empty(frequency.size)
        for start in range(0, frequency.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            gone = _gone(values, frequency[part], recency[part], age[part], slopes=False)
            found[part] = share_of(-gone.log_odds)
        return found

    def _staying(self, age: FloatArray | float, horizon: FloatArray | float) -> FloatArray:
        """Return the expected time in the horizon until a customer of this age leaves."""
        length = np.log1p(horizon / (self.beta + age))
        return (self.beta + age) * length * exp_quotient((1 - self.s) * length)

    def _orders_if_alive(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray, horizon: float | FloatArray
    ) -> FloatArray:
        del recency
        return (self.r + frequency) / (self.alpha + age) * self._staying(age, horizon)

    def _orders_new(self, horizon: FloatArray) -> FloatArray:
        return self.r / self.alpha * self._staying(0.0, horizon)

    def time_ahead(self, share: FloatArray, age: FloatArray, horizon: float) -> FloatArray:
        """Return how much of the horizon a customer of this age stays, at a quantile."""
        # beyond exp(600) a float may overflow, and any horizon is over
        waits = np.minimum(-np.log(share) / self.s, 600.0)
        return np.minimum((self.beta + age) * np.expm1(waits), horizon)

    def simulate(
        self,
        rng: np.random.Generator,
        frequency: FloatArray,
        recency: FloatArray,
        age: FloatArray,
        horizon: float,
        draws: int = 1,
    ) -> FloatArray:
        """Draw the orders of each customer in the horizon: one row for each draw."""
        many = (draws, frequency.size)
        alive = rng.random(many) < self._alive(frequency, recency, age)
        rates = rng.standard_gamma(self.r + frequency, many) / (self.alpha + age)
        # the time of leaving is Pareto: drawn by its inverse, which needs no rate of leaving
        # beyond exp(600) a float may overflow, and any horizon is over
        waits = np.minimum(rng.standard_exponential(many) / self.s, 600.0)
        leaving = (self.beta + age) * np.expm1(waits)
        return np.where(alive, rng.poisson(rates * np.minimum(leaving, horizon)), 0.0)
