"""NBD: customers order at random, each at an own rate, and nobody leaves. The fall-back without dropout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from clv_xl.models.cautions import NO_LEAVING
from clv_xl.models.order_model import Kernel, OrderModel
from clv_xl.models.special import digamma, log_gamma_ratio

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import Terms

__all__ = ["Nbd"]

_CLOSE: Final = 1e-4
"""A rate that is right to so small a part needs no further search."""


def _of_count(values: FloatArray, frequency: FloatArray) -> Terms:
    r, alpha = values
    logs = log_gamma_ratio(r, frequency) + r * np.log(alpha)
    return logs, (digamma(r + frequency) - digamma(r) + np.log(alpha), np.full(frequency.size, r / alpha))


def _of_time(values: FloatArray, frequency: FloatArray, _recency: FloatArray, age: FloatArray) -> Terms:
    r, alpha = values
    logs = np.log(alpha + age)
    shape = r + frequency
    return -shape * logs, (-logs, -shape / (alpha + age))


def _one_rate_is_known(model: Nbd, histories: Histories) -> bool:
    """Tell whether the common rate is orders by time: the best one where customers do not differ."""
    orders = float((histories.customers * histories.frequency).sum())
    time = float((histories.customers * histories.age).sum())
    return abs(model.r / model.alpha * time - orders) <= _CLOSE * orders


@dataclass(frozen=True, slots=True)
class Nbd(OrderModel):
    """The negative binomial model of repeat buying.

    Orders come at random at rate lambda, which is Gamma(r, alpha) over customers; nobody leaves.

    Parameters
    ----------
    r : float
        Shape of the order rates over customers.
    alpha : float
        Their rate, in units of time.
    time_unit : {"days", "weeks"}
        The unit of alpha and of all horizons.

    Notes
    -----
    P(alive) is 1 for everybody by assumption and not by evidence: :class:`~clv_xl.models.outlook.Outlook` gives it as
    unknown.

    References
    ----------
    Ehrenberg, A. S. C. (1959), The Pattern of Consumer Purchases, Applied Statistics 8 (1).

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> Nbd(1.0, 10.0, time_unit="weeks").expected_orders(Histories([3], [20], [30], "weeks"), 10)
    array([1.])
    """

    model_name: ClassVar[str] = "NBD"
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)
    start_of_dropout: ClassVar[tuple[float, ...]] = ()

    r: float
    alpha: float

    @classmethod
    def fit(cls, histories: Histories) -> Fit[Nbd]:
        """Fit by maximum likelihood; its reader must know that nobody leaves in this model."""
        found = cls._fit(histories, Kernel(_of_count, _of_time))
        cautions = found.cautions
        if found.has("equal_order_rates") and _one_rate_is_known(found.model, histories):
            # r and alpha grow without end and the search with them; the rate of all, their ratio, is at its best
            cautions = tuple(item for item in cautions if item.code != "not_converged")
        return replace(found, cautions=(*cautions, NO_LEAVING))

    def kernel(self) -> Kernel:
        """Return the log-likelihood."""
        return Kernel(_of_count, _of_time)

    def _alive(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        del recency, age
        return np.ones(frequency.size)

    def _orders_if_alive(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray, horizon: float | FloatArray
    ) -> FloatArray:
        del recency
        return (self.r + frequency) / (self.alpha + age) * horizon

    def _orders_new(self, horizon: FloatArray) -> FloatArray:
        return self.r / self.alpha * horizon

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
        del recency
        rates = rng.standard_gamma(self.r + frequency, (draws, frequency.size)) / (self.alpha + age)
        return rng.poisson(rates * horizon).astype(np.float64)
