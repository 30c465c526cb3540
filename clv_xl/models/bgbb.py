"""BG/BB: customers who have one opportunity to order in each period, such as a yearly campaign."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import POSITIVE, WHOLE, complete, contradiction, same_length, setting
from clv_xl.models.cautions import few_repeat_customers
from clv_xl.models.dropout import beta_mean
from clv_xl.models.fit import ERRORS_UNKNOWN, NOT_CONVERGED, Fit, covariance_of, in_logs, maximise
from clv_xl.models.records import Parameters
from clv_xl.models.rows import distinct, sums_by
from clv_xl.models.special import digamma, log_beta, weighted

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray

__all__ = ["BgBb", "Opportunities"]


@dataclass(frozen=True, slots=True, eq=False)
class Opportunities:
    """What customers made of their opportunities.

    Parameters
    ----------
    frequency : array_like
        At how many opportunities the customer ordered.
    recency : array_like
        The number of the last of them, 0 if there was none.
    opportunities : array_like
        How many there were.
    customers : array_like or None, default None
        How many customers a row stands for; None is one each.

    Raises
    ------
    ArgumentError
        For what is no whole number, columns of different length, or figures that contradict each other.

    Examples
    --------
    >>> Opportunities([1], [0], [6])
    Traceback (most recent call last):
    clv_xl.metrics.refusals.ElementsError: recency (item 1) is 0, but it must be at least the frequency.
    """

    frequency: FloatArray
    recency: FloatArray
    opportunities: FloatArray
    customers: FloatArray = field(default=None)  # type: ignore[arg-type]  # __post_init__ puts the ones

    def __post_init__(self) -> None:
        columns = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if columns["customers"] is None:
            columns["customers"] = np.ones(np.size(columns["frequency"]))
        for name, values in columns.items():
            columns[name] = complete(name, values, WHOLE)
            object.__setattr__(self, name, columns[name])
        same_length(**columns)
        for wrong, expected in (
            (self.recency > self.opportunities, "at most the opportunities."),
            (self.recency < self.frequency, "at least the frequency."),
            ((self.frequency == 0) & (self.recency > 0), "0 for a customer who never ordered."),
        ):
            if wrong.any():
                raise contradiction("recency", self.recency, wrong, expected)


def _terms(
    values: FloatArray, x: FloatArray, last: FloatArray, n: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """Return ln L with dropout after each opportunity from the last order on, the end last; and its slopes.

    The result has one row for each possible dropout, minus infinity where there is none.
    """
    alpha, beta, gamma, delta = values
    steps = np.arange(float((n - last).max(initial=0.0)) + 1)[:, None]
    left = n - last - steps  # opportunities left unused by a customer who is alive; 0 is "still alive"
    possible = left >= 0
    passed = np.where(possible, last + steps, n)
    gone = np.where(left > 0, 1.0, 0.0)
    logs = log_beta(alpha + x, beta + passed - x) - log_beta(alpha, beta)
    logs = logs + log_beta(gamma + gone, delta + passed) - log_beta(gamma, delta)
    logs = np.where(possible, logs, -np.inf)
    top = logs.max(axis=0)
    parts = np.exp(logs - top)
    total = parts.sum(axis=0)
    shares = parts / total
    order = digamma(alpha + beta) - digamma(alpha + beta + passed)
    drop = digamma(gamma + delta) - digamma(gamma + delta + passed + gone)
    slopes = [
        order + digamma(alpha + x) - digamma(alpha),
        order + digamma(beta + passed - x) - digamma(beta),
        drop + digamma(gamma + gone) - digamma(gamma),
        drop + digamma(delta + passed) - digamma(delta),
    ]
    return top + np.log(total), [(shares * slope).sum(axis=0) for slope in slopes]


@dataclass(frozen=True, slots=True)
class BgBb(Parameters):
    """The beta-geometric / beta-Bernoulli model.

    At each opportunity a customer orders with a probability of the customer's own, Beta(alpha, beta); before
    each, the customer leaves with a probability Beta(gamma, delta).

    Parameters
    ----------
    alpha, beta : float
        Parameters of the order probabilities.
    gamma, delta : float
        Parameters of the dropout probabilities.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Shang, J. (2010), Customer-Base Analysis in a Discrete-Time Noncontractual
    Setting, Marketing Science 29 (6), equations 5, 7, 11, 13 and 14.

    Examples
    --------
    >>> model = BgBb(1.204, 0.750, 0.657, 2.783)
    >>> print(model.p_alive(Opportunities([0, 2, 6], [0, 4, 6], [6, 6, 6]), 1).round(2))
    [0.11 0.59 0.93]
    """

    model_name: ClassVar[str] = "BG/BB"

    alpha: float
    beta: float
    gamma: float
    delta: float

    def log_likelihood(self, seen: Opportunities) -> float:
        """Return the log-likelihood of customers."""
        logs, _ = _terms(np.array(self.values()), seen.frequency, seen.recency, seen.opportunities)
        return weighted(seen.customers, logs)

    def p_alive(self, seen: Opportunities, ahead: int = 0) -> FloatArray:
        """Return the probability that each customer is still one, so many opportunities ahead."""
        x, n = seen.frequency, seen.opportunities
        logs, _ = _terms(np.array(self.values()), x, seen.recency, n)
        alive = log_beta(self.alpha + x, self.beta + n - x) - log_beta(self.alpha, self.beta)
        alive = alive + log_beta(self.gamma, self.delta + n) - log_beta(self.gamma, self.delta)
        found = np.minimum(np.exp(alive - logs), 1.0)
        for step in range(int(setting("ahead", ahead, WHOLE))):
            found = found * (self.delta + n + step) / (self.gamma + self.delta + n + step)
        return np.asarray(found)

    def expected_orders(self, seen: Opportunities, opportunities: int) -> FloatArray:
        """Return each customer's expected orders at so many further opportunities."""
        n = seen.opportunities
        rate = (self.alpha + seen.frequency) / (self.alpha + self.beta + n)
        return self.p_alive(seen) * rate * self._survivals(n, opportunities)

    def expected_orders_new(self, opportunities: int) -> float:
        """Return E[X(n)]: the expected orders of a new customer at the first n opportunities."""
        rate = self.alpha / (self.alpha + self.beta)
        return float(rate * self._survivals(np.zeros(1), opportunities)[0])

    def discounted_orders(self, seen: Opportunities, rate: float) -> FloatArray:
        """Return each customer's expected orders for life (DERT), discounted for each opportunity."""
        force = setting("rate", rate, POSITIVE)
        n = seen.opportunities

        def value(v: FloatArray) -> FloatArray:
            falling = np.exp(-np.abs(v))
            leave = np.where(v >= 0, 1.0, falling) / (1 + falling)
            stay = np.where(v >= 0, falling, 1.0) / (1 + falling)
            return np.asarray(stay / (force + leave))

        payments = beta_mean(self.gamma, self.delta + n, np.full(n.size, np.log(force)), value)
        own = (self.alpha + seen.frequency) / (self.alpha + self.beta + n)
        return self.p_alive(seen) * own * payments

    def _survivals(self, n: FloatArray, opportunities: int) -> FloatArray:
        """Return the sum over the next opportunities of the probability to be a customer at each."""
        alive, total = np.ones(n.size), np.zeros(n.size)
        for step in range(int(setting("opportunities", opportunities, WHOLE))):
            alive = alive * (self.delta + n + step) / (self.gamma + self.delta + n + step)
            total = total + alive
        return total

    @classmethod
    def fit(cls, seen: Opportunities) -> Fit[BgBb]:
        """Fit by maximum likelihood.

        Raises
        ------
        ArgumentError
            When there is no customer, or none had an opportunity.
        """
        first, kind = distinct(seen.frequency, seen.recency, seen.opportunities)
        weight = sums_by(kind, seen.customers)
        x, last, n = seen.frequency[first], seen.recency[first], seen.opportunities[first]
        customers = float(weight.sum())
        if not customers or not n.max() > 0:
            raise ArgumentError("There is nothing to fit on: no customer had an opportunity.")

        def total(values: FloatArray) -> tuple[float, FloatArray]:
            logs, slopes = _terms(values, x, last, n)
            return weighted(weight, logs), np.array([weighted(weight, slope) for slope in slopes])

        best = maximise(in_logs(total, customers), np.zeros(4))
        repeats = float(weight[x > 0].sum())
        covariance = covariance_of(best, customers)
        cautions = [
            few_repeat_customers(repeats),
            None if best.converged else NOT_CONVERGED,
            ERRORS_UNKNOWN if covariance is None else None,
        ]
        return Fit(
            model=cls(*best.values.tolist()),
            log_likelihood=best.value * customers,
            customers=customers,
            repeat_customers=repeats,
            covariance=covariance,
            cautions=tuple(item for item in cautions if item is not None),
        )
