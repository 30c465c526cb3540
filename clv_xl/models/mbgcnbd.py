"""MBG/CNBD-k: customers order regularly (k above 1) or at random (k = 1), and may leave after any order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import factorial
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from clv_xl.metrics.arguments import Allowed, setting
from clv_xl.models.dropout import first_orders, last_order, orders_while_alive
from clv_xl.models.order_model import Kernel, OrderModel
from clv_xl.models.records import TimedParameters
from clv_xl.models.remembered import remembered
from clv_xl.models.special import beta_prime_median, digamma, log_gamma_ratio, share_of, softplus

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import Terms

__all__ = ["LARGEST_K", "MbgCnbd"]

LARGEST_K: Final = 3


def _of_count(k: int, values: FloatArray, frequency: FloatArray) -> Terms:
    r, alpha, a, b = values
    stages = k * frequency
    logs = log_gamma_ratio(r, stages) + r * np.log(alpha) - frequency * np.log(factorial(k - 1))
    logs = logs + log_gamma_ratio(b, frequency + 1) - log_gamma_ratio(a + b, frequency + 1)
    both = digamma(a + b) - digamma(a + b + frequency + 1)
    return logs, (
        digamma(r + stages) - digamma(r) + np.log(alpha),
        np.full(frequency.size, r / alpha),
        both,
        both + digamma(b + frequency + 1) - digamma(b),
    )


def _stage_terms(k: int, shape: FloatArray, since: FloatArray) -> list[FloatArray]:
    """Return the weight of each number of stages that can be over since the last order; the first is 1.

    ``since`` is the share of alpha + age that has passed since then.
    """
    terms = [np.ones(shape.size)]
    for number in range(1, k):
        terms.append(terms[-1] * (shape + number - 1) / number * since)
    return terms


def _odds(
    k: int, values: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
    """Return ``ln(P(gone) / P(alive))``, the log of the stages' weights together, and those weights."""
    r, alpha, a, b = values
    shape = r + k * frequency
    terms = _stage_terms(k, shape, (age - recency) / (alpha + age))
    together = np.log(sum(terms))
    odds = np.log(a) - np.log(b + frequency) - together
    return odds + shape * np.log1p((age - recency) / (alpha + recency)), together, terms


def _of_time(
    k: int, values: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> Terms:
    r, alpha, a, b = values
    odds, together, terms = _odds(k, values, frequency, recency, age)
    gone = share_of(odds)
    alive = 1 - gone
    shape = r + k * frequency
    log_age = np.log(alpha + age)
    by_r = gone * np.log1p((age - recency) / (alpha + recency)) - log_age
    by_alpha = -shape * (alive / (alpha + age) + gone / (alpha + recency))
    if k > 1:
        weight = alive / np.exp(together)
        inverse = np.zeros(shape.size)
        for number in range(1, k):
            # the derivative of ln (shape)_number is a sum of reciprocals; the power of since falls with alpha
            inverse = inverse + 1 / (shape + number - 1)
            by_r = by_r + weight * terms[number] * inverse
            by_alpha = by_alpha - weight * terms[number] * number / (alpha + age)
    return softplus(odds) + together - shape * log_age, (by_r, by_alpha, gone / a, -gone / (b + frequency))


@dataclass(frozen=True, slots=True)
class MbgCnbd(OrderModel):
    """The modified beta-geometric / condensed NBD model; with k = 1 it is MBG/NBD.

    The gap between two orders is a sum of k stages of random length, each ended at rate lambda ~ Gamma(r, alpha):
    the larger k, the more regular. After *every* order, the first included, the customer leaves with
    probability p ~ Beta(a, b).

    Parameters
    ----------
    r, alpha : float
        Shape and rate of the rate of stages; alpha in units of time.
    a, b : float
        Parameters of the dropout probabilities.
    k : int, default 1
        Stages in a gap, from 1 to 3.
    time_unit : {"days", "weeks"}
        The unit of alpha and of all horizons.

    Notes
    -----
    For k above 1 the published expectation is an approximation that is scaled to fit on average. Here it is exact:
    see :mod:`clv_xl.models.dropout`.

    References
    ----------
    Batislam, E. P., Denizel, M. and Filiztekin, A. (2007), Empirical Validation and Comparison of Models for
    Customer Base Analysis, International Journal of Research in Marketing 24 (3).
    Reutterer, T., Platzer, M. and Schroeder, N. (2021), Leveraging Purchase Regularity for Predicting Customer
    Behavior the Easy Way, International Journal of Research in Marketing 38 (1).

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> model = MbgCnbd(0.525, 6.183, 0.891, 1.614, time_unit="weeks")
    >>> print(model.p_alive(Histories([0], [0], [38.86], "weeks")).round(3))
    [0.39]
    """

    model_name: ClassVar[str] = "MBG/CNBD-k"
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)
    start_of_dropout: ClassVar[tuple[float, ...]] = (1.0, 2.5)

    r: float
    alpha: float
    a: float
    b: float
    k: int = 1

    def __post_init__(self) -> None:
        TimedParameters.__post_init__(self)
        stages = Allowed(f"a whole number from 1 to {LARGEST_K}", low=1, high=LARGEST_K, integer=True)
        object.__setattr__(self, "k", int(setting("k", self.k, stages)))

    @classmethod
    def fit(cls, histories: Histories, k: int = 1) -> Fit[MbgCnbd]:
        """Fit by maximum likelihood for a given k; above 1 the histories need their ``log_gaps``."""
        kernel = Kernel(partial(_of_count, k), partial(_of_time, k))
        # of the gaps only their sum is read, which tells nothing where k is 1
        name = f"MBG/CNBD-{k}" if k == 1 else f"MBG/CNBD-{k} {histories.log_gaps!r}"
        return remembered(name, histories, lambda: cls._fit(histories, kernel, k, k=k))

    @property
    def regularity(self) -> int:
        """The k of Erlang-k."""
        return self.k

    def kernel(self) -> Kernel:
        """Return the log-likelihood."""
        return Kernel(partial(_of_count, self.k), partial(_of_time, self.k))

    def _alive(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        return share_of(-_odds(self.k, np.array(self.values()), frequency, recency, age)[0])

    def _orders_if_alive(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray, horizon: float | FloatArray
    ) -> FloatArray:
        _, together, terms = _odds(self.k, np.array(self.values()), frequency, recency, age)
        shape, left = self.r + self.k * frequency, self.b + frequency + 1
        ahead = horizon / (self.alpha + age)
        staying = np.zeros(frequency.size)
        for stage, term in enumerate(terms):
            staying += term / np.exp(together) * orders_while_alive(self.a, left, shape, ahead, self.k, stage)
        return staying

    def _median_gap(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        _, together, terms = _odds(self.k, np.array(self.values()), frequency, recency, age)
        over = sum(stage * term for stage, term in enumerate(terms)) / np.exp(together)
        return beta_prime_median(self.k, self.r + self.k * frequency + over) * (self.alpha + age)

    def _orders_new(self, horizon: FloatArray) -> FloatArray:
        flat = horizon.ravel()
        same = np.ones(flat.size)
        staying = orders_while_alive(self.a, (self.b + 1) * same, self.r * same, flat / self.alpha, self.k)
        return (self.b / (self.a + self.b) * staying).reshape(horizon.shape)

    def stages_over(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray
    ) -> tuple[FloatArray, ...]:
        """Return the probabilities that so many stages of the next order are over."""
        _, together, terms = _odds(self.k, np.array(self.values()), frequency, recency, age)
        return tuple(term / np.exp(together) for term in terms)

    def until_leaving(self, orders: FloatArray, frequency: FloatArray, share: FloatArray) -> FloatArray:
        """Return how many of the orders come before the customer leaves, at a quantile."""
        return first_orders(self.a, self.b + frequency + 1, orders, share)

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
        odds, together, terms = _odds(self.k, np.array(self.values()), frequency, recency, age)
        many = (draws, frequency.size)
        alive = rng.random(many) < share_of(-odds)
        over = np.zeros(many)
        if self.k > 1:
            reached = np.cumsum(np.array(terms) / np.exp(together), axis=0)
            over = (rng.random(many)[:, None] > reached[:-1]).sum(axis=1).astype(np.float64)
        rates = rng.standard_gamma(self.r + self.k * frequency + over, many) / (self.alpha + age)
        stages = rng.poisson(rates * horizon) + over
        last = last_order(rng, self.a, self.b + frequency + 1, draws)
        return np.where(alive, np.minimum(stages // self.k, last), 0.0)
