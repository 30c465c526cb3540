"""BG/NBD: customers order at random and may leave after each repeat order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from clv_xl.models.dropout import first_orders, last_order, orders_while_alive
from clv_xl.models.order_model import Kernel, OrderModel
from clv_xl.models.special import digamma, log_gamma_ratio, share_of, softplus

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import Terms

__all__ = ["BgNbd"]


def _of_count(values: FloatArray, frequency: FloatArray) -> Terms:
    r, alpha, a, b = values
    logs = log_gamma_ratio(r, frequency) + r * np.log(alpha)
    logs = logs + log_gamma_ratio(b, frequency) - log_gamma_ratio(a + b, frequency)
    both = digamma(a + b) - digamma(a + b + frequency)
    return logs, (
        digamma(r + frequency) - digamma(r) + np.log(alpha),
        np.full(frequency.size, r / alpha),
        both,
        both + digamma(b + frequency) - digamma(b),
    )


def _log_odds_gone(
    values: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> FloatArray:
    """Return ``ln(P(gone) / P(alive))``; minus infinity for who came once, and cannot have left."""
    r, alpha, a, b = values
    again = frequency > 0
    before = np.where(again, b + frequency - 1, 1.0)
    odds = np.log(a) - np.log(before) + (r + frequency) * np.log1p((age - recency) / (alpha + recency))
    return np.where(again, odds, -np.inf)


def _of_time(values: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> Terms:
    r, alpha, a, b = values
    odds = _log_odds_gone(values, frequency, recency, age)
    gone = share_of(odds)
    log_age = np.log(alpha + age)
    shape = r + frequency
    before = np.where(frequency > 0, b + frequency - 1, 1.0)
    return softplus(odds) - shape * log_age, (
        gone * np.log1p((age - recency) / (alpha + recency)) - log_age,
        -shape * ((1 - gone) / (alpha + age) + gone / (alpha + recency)),
        gone / a,
        -gone / before,
    )


@dataclass(frozen=True, slots=True)
class BgNbd(OrderModel):
    """The beta-geometric / NBD model.

    Orders come at random at rate lambda ~ Gamma(r, alpha); after each *repeat* order the customer leaves with
    probability p ~ Beta(a, b). Who came only once has had no occasion to leave and counts as a customer for
    ever: P(alive) is 1. That is how the model is published; for a shop's own figures take Pareto/NBD or MBG/NBD.

    Parameters
    ----------
    r, alpha : float
        Shape and rate of the order rates; alpha in units of time.
    a, b : float
        Parameters of the dropout probabilities.
    time_unit : {"days", "weeks"}
        The unit of alpha and of all horizons.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005), "Counting Your Customers" the Easy Way: An Alternative
    to the Pareto/NBD Model, Marketing Science 24 (2), equations 6, 9 and 10.

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> model = BgNbd(0.2426, 4.4136, 0.793, 2.426, time_unit="weeks")
    >>> print(model.expected_orders(Histories([2], [30.43], [38.86], "weeks"), 39).round(3))
    [1.226]
    """

    model_name: ClassVar[str] = "BG/NBD"
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)
    start_of_dropout: ClassVar[tuple[float, ...]] = (1.0, 2.5)

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, histories: Histories) -> Fit[BgNbd]:
        """Fit by maximum likelihood."""
        return cls._fit(histories, Kernel(_of_count, _of_time))

    def kernel(self) -> Kernel:
        """Return the log-likelihood."""
        return Kernel(_of_count, _of_time)

    def _alive(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        return share_of(-_log_odds_gone(np.array(self.values()), frequency, recency, age))

    def _orders_if_alive(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray, horizon: float | FloatArray
    ) -> FloatArray:
        del recency
        return orders_while_alive(
            self.a, self.b + frequency, self.r + frequency, horizon / (self.alpha + age)
        )

    def _orders_new(self, horizon: FloatArray) -> FloatArray:
        flat = horizon.ravel()
        same = np.ones(flat.size)
        return orders_while_alive(self.a, self.b * same, self.r * same, flat / self.alpha).reshape(
            horizon.shape
        )

    def until_leaving(self, orders: FloatArray, frequency: FloatArray, share: FloatArray) -> FloatArray:
        """Return how many of the orders come before the customer leaves, at a quantile."""
        return first_orders(self.a, self.b + frequency, orders, share)

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
        last = last_order(rng, self.a, self.b + frequency, draws)
        return np.where(alive, np.minimum(rng.poisson(rates * horizon), last), 0.0)
