"""What all models of order timing share: one likelihood, one way to fit, one set of predictions."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Self, TypeAlias

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import NOT_NEGATIVE, Allowed, numbers, setting
from clv_xl.models.cautions import USUAL_LEAVING, Caution, few_repeat_customers
from clv_xl.models.fit import (
    ERRORS_UNKNOWN,
    NOT_CONVERGED,
    Fit,
    Optimum,
    covariance_of,
    drawn_towards,
    in_logs,
    lead_over,
    maximise,
    maximise_by_stages,
    refine,
)
from clv_xl.models.records import DAYS_PER_MONTH, DAYS_PER_UNIT, DAYS_PER_YEAR, TimedParameters
from clv_xl.models.rows import Rows, binned, distinct_rows
from clv_xl.models.special import beta_prime_median, weighted
from clv_xl.said import figured, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.histories import Histories

    Terms: TypeAlias = tuple[FloatArray, tuple[FloatArray, ...]]
    """Log-likelihoods, and their derivatives by each parameter."""

__all__ = ["Kernel", "OrderModel", "log_likelihood"]

LARGE: Final = 30_000
"""Beyond so many different histories, the search runs on a binned copy, and ends on all of them."""

MEDIUM: Final = 2_000
"""Beyond so many, it begins on a still coarser copy."""

COARSE_BINS: Final = 12
NO_DROPOUT_GAIN: Final = 2.0
"""A model with dropout has two parameters more: below this gain in log-likelihood they are not worth it."""

USUAL_SPREAD: Final = 1.5
"""Of the logarithms of the parameters of leaving, where they are taken near what is usual: a factor of 4.5 and more."""

EQUAL_RATES: Final = 100.0
"""From here on order rates vary by less than a tenth over customers."""
_TINY: Final = 1e-7


class Kernel(NamedTuple):
    """A log-likelihood in two parts: one of the frequency alone, one of all three figures.

    Attributes
    ----------
    of_count : callable
        ``(values, frequencies) -> (log-likelihoods, derivatives)``
    of_time : callable
        ``(values, frequency, recency, age) -> (log-likelihoods, derivatives)``
    """

    of_count: Callable[[FloatArray, FloatArray], Terms]
    of_time: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], Terms]


def log_likelihood(kernel: Kernel, values: FloatArray, rows: Rows) -> tuple[float, FloatArray]:
    """Return the log-likelihood of all rows and its gradient by the parameters themselves."""
    part, slopes = kernel.of_count(values, rows.counts)
    total = weighted(rows.count_weights, part)
    gradient = np.array([weighted(rows.count_weights, slope) for slope in slopes])
    for frequency, recency, age, weight in rows.chunks():
        part, slopes = kernel.of_time(values, frequency, recency, age)
        total += weighted(weight, part)
        gradient += [weighted(weight, slope) for slope in slopes]
    return total, gradient


@dataclass(frozen=True, slots=True)
class OrderModel(TimedParameters):
    """A model of how often customers order, and of when they leave.

    All times, horizons included, are in the model's ``time_unit``; histories in another unit are converted.
    """

    r: float
    alpha: float

    start_of_dropout: ClassVar[tuple[float, ...]]
    """Where the search starts for the parameters after r and alpha, with the mean age as unit of time."""

    usual_dropout: ClassVar[bool] = False
    """True where these are also what is usual, near which they are taken when the data do not tell."""

    @abstractmethod
    def kernel(self) -> Kernel:
        """Return the log-likelihood."""

    @abstractmethod
    def _alive(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        """Return P(alive)."""

    @abstractmethod
    def _orders_if_alive(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray, horizon: float | FloatArray
    ) -> FloatArray:
        """Return the expected orders in a horizon of customers who are still customers at its start."""

    @abstractmethod
    def _orders_new(self, horizon: FloatArray) -> FloatArray:
        """Return the expected orders of a new customer after the first."""

    @abstractmethod
    def simulate(
        self,
        rng: np.random.Generator,
        frequency: FloatArray,
        recency: FloatArray,
        age: FloatArray,
        horizon: float,
        draws: int = 1,
    ) -> FloatArray:
        """Draw the orders of customers in a horizon, given their histories: one row for each draw."""

    @property
    def regularity(self) -> int:
        """The k of Erlang-k: 1 when orders come at random."""
        return 1

    def stages_over(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray
    ) -> tuple[FloatArray, ...]:
        """Return the probabilities that so many stages of the next order are over: none of them where k is 1."""
        del recency, age
        return (np.ones(frequency.size),)

    def time_ahead(self, share: FloatArray, age: FloatArray, horizon: float) -> FloatArray | float:
        """Return how much of the horizon a customer of this age stays, at a quantile; all of it unless time ends it."""
        del share, age
        return horizon

    def until_leaving(self, orders: FloatArray, frequency: FloatArray, share: FloatArray) -> FloatArray:
        """Return how many of the orders come before the customer leaves, at a quantile; all unless an order ends it."""
        del frequency, share
        return orders

    def log_likelihood(self, histories: Histories) -> float:
        """Return the log-likelihood of histories."""
        ours = histories.in_unit(self.time_unit)
        found = log_likelihood(self.kernel(), np.array(self.values()), distinct_rows(ours))[0]
        return found + _gap_term(ours, self.regularity)

    def p_alive(self, histories: Histories) -> FloatArray:
        """Return the probability that each customer is still one at the end of the history."""
        return self._by_kind(histories, self._alive)

    def expected_orders(self, histories: Histories, horizon: float) -> FloatArray:
        """Return each customer's expected purchase occasions within the horizon after the history."""
        length = self.duration(horizon)
        return self._by_kind(histories, lambda x, t_x, age: self.expected_of(x, t_x, age, length))

    def expected_of(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray, horizon: float
    ) -> FloatArray:
        """Return the expected orders of histories that are already checked, in the model's unit of time."""
        return next(self.expected_within(frequency, recency, age, (horizon,)))

    def expected_within(
        self,
        frequency: FloatArray,
        recency: FloatArray,
        age: FloatArray,
        horizons: Iterable[float | FloatArray],
    ) -> Iterator[FloatArray]:
        """Yield what :meth:`expected_of` returns, for one horizon, or one for each customer, after the other."""
        alive = self._alive(frequency, recency, age)
        for horizon in horizons:
            yield alive * self._orders_if_alive(frequency, recency, age, horizon)

    def orders_of_customers(
        self, frequency: FloatArray, recency: FloatArray, age: FloatArray, horizon: float
    ) -> FloatArray:
        """Return the expected orders of who is still a customer, of histories that are already checked."""
        return self._orders_if_alive(frequency, recency, age, horizon)

    def alive_of(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        """Return P(alive) of histories that are already checked, in the model's unit of time."""
        return self._alive(frequency, recency, age)

    def median_gap(self, histories: Histories) -> FloatArray:
        """Return the median time from a customer's occasion to the next, given that the customer stays.

        Who is still a customer after x repeat occasions at age T has a rate of stages Gamma(r + k x, alpha + T);
        a gap is k stages. Their ratio is beta prime, and its median ``(alpha + T) B / (1 - B)`` with B the median of
        Beta(k, r + k x); for k = 1 that is Lomax' ``(alpha + T) (2^(1 / (r + x)) - 1)``. With k above 1, the stages
        that are already over since the last occasion are added to k x by their mean.
        """
        return self._by_kind(histories, self._median_gap)

    def _median_gap(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        del recency
        return beta_prime_median(1, self.r + frequency) * (self.alpha + age)

    def expected_orders_new(self, horizon: ArrayLike) -> FloatArray:
        """Return E[X(t)]: the expected repeat occasions of a new customer within each horizon."""
        return self._orders_new(numbers("horizon", horizon, NOT_NEGATIVE))

    def discounted_orders(
        self, histories: Histories, months: float | None = None, yearly_rate: float = 0.0
    ) -> FloatArray:
        """Return each customer's expected occasions, each discounted to the end of the history.

        Parameters
        ----------
        histories : Histories
            The customers.
        months : float or None, default None
            Month by month over so many months of 30.4375 days: what a month brings is discounted by its end.
            None is for life (DERT), in continuous time; it needs a ``yearly_rate`` above 0.
        yearly_rate : float, default 0
            The yearly discount rate.

        Raises
        ------
        ArgumentError
            For an impossible rate, months that are not whole, or a life without discounting.
        """
        rate = setting("yearly_rate", yearly_rate, NOT_NEGATIVE)
        return self._by_kind(
            histories, self._for_life(rate) if months is None else self._monthly(months, rate)
        )

    def _monthly(self, months: float, rate: float) -> Callable[..., FloatArray]:
        whole = int(setting("months", months, Allowed("a whole number, 1 or more", low=1, integer=True)))
        month = DAYS_PER_MONTH / DAYS_PER_UNIT[self.time_unit]
        factor = (1 + rate) ** (-1 / 12)

        def sums(frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
            # without a rate the months add up to the orders of all of them
            numbers_of_months = range(1, whole + 1) if rate else (whole,)
            total, before = np.zeros(frequency.size), np.zeros(frequency.size)
            for number in numbers_of_months:
                so_far = self._orders_if_alive(frequency, recency, age, number * month)
                total += factor**number * (so_far - before)
                before = so_far
            return self._alive(frequency, recency, age) * total

        return sums

    def _for_life(self, rate: float) -> Callable[..., FloatArray]:
        if not rate > 0:
            raise ArgumentError(
                "yearly_rate is 0, but a value for life needs a discount rate above 0: expected orders can be "
                "without end. Give a rate, or a number of months."
            )
        force = math.log1p(rate) * DAYS_PER_UNIT[self.time_unit] / DAYS_PER_YEAR
        # by parts: the integral of exp(-v) E[Y(v / force)] over v, as a sum over ln v
        step_width = 0.4
        steps = np.arange(-18.0, 3.9, step_width)

        def integral(frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
            total = np.zeros(frequency.size)
            for step in steps.tolist():
                v = math.exp(step)
                part = step_width * v * math.exp(-v)
                total += part * self._orders_if_alive(frequency, recency, age, v / force)
            return self._alive(frequency, recency, age) * total

        return integral

    def _by_kind(self, histories: Histories, compute: Callable[..., FloatArray]) -> FloatArray:
        """Compute each different history once."""
        ours = histories.in_unit(self.time_unit)
        first, kind = ours.kinds
        return np.asarray(compute(ours.frequency[first], ours.recency[first], ours.age[first])[kind])

    @classmethod
    def _fit(cls, histories: Histories, kernel: Kernel, regularity: int = 1, **fixed: int) -> Fit[Self]:
        """Fit on distinct histories; ``fixed`` are fields that are not searched for."""
        rows = distinct_rows(histories)
        weight = rows.total_weight
        if not weight or not histories.age.max() > 0:
            raise ArgumentError("There is no history to fit on: no customer has an age above 0.")
        # the mean age as unit of time, so that no unit of the caller changes the search
        unit = weighted(rows.weight, rows.age) / weight
        scaled = rows.scaled(unit)
        small = binned(scaled)[0] if rows.frequency.size > LARGE else scaled
        rate = max(weighted(rows.weight, rows.frequency) / weight, 0.05)
        start = np.log([0.5, 0.5 / rate, *cls.start_of_dropout])
        of_small = in_logs(lambda values: log_likelihood(kernel, values, small), weight)
        if small.frequency.size > MEDIUM:
            coarse = binned(small, COARSE_BINS)[0]
            best = maximise_by_stages(
                of_small, in_logs(lambda values: log_likelihood(kernel, values, coarse), weight), start
            )
        else:
            best = maximise(of_small, start)
        of_all = in_logs(lambda values: log_likelihood(kernel, values, scaled), weight)
        if small is not scaled:
            best = refine(of_all, best)
        gain = _gain_of_dropout(kernel, small, best)
        covariance = covariance_of(best, weight)
        assumed = covariance is None and gain >= NO_DROPOUT_GAIN and cls.usual_dropout
        if assumed:
            spread = np.where(np.arange(start.size) < len(("r", "alpha")), np.inf, USUAL_SPREAD)
            best = maximise(drawn_towards(of_all, start, spread, weight), start)
            covariance = covariance_of(best, weight)
        values = {
            name: value * (unit if name in cls.time_parameters else 1.0)
            for name, value in zip(cls.names(), best.values.tolist(), strict=True)
        }
        repeats = histories.repeat_customers
        orders = weighted(rows.weight, rows.frequency)
        return Fit(
            model=cls(time_unit=histories.time_unit, **values, **fixed),
            # a density of k stages for each order, each in the inverse unit of time
            log_likelihood=(of_all(best.logs)[0] if assumed else best.value) * weight
            - regularity * orders * math.log(unit)
            + _gap_term(histories, regularity),
            customers=weight,
            repeat_customers=repeats,
            covariance=covariance,
            cautions=_cautions(best, gain, covariance is None, assumed, repeats),
        )


def _gap_term(histories: Histories, regularity: int) -> float:
    """Return the part of an Erlang-k likelihood that no parameter but k changes."""
    if regularity == 1:
        return 0.0
    if histories.log_gaps is None:
        raise ArgumentError("log_gaps is missing, and without it the regularity of orders cannot be told.")
    return (regularity - 1) * histories.log_gaps


def _cautions(
    best: Optimum, gain: float, errors_unknown: bool, assumed: bool, repeats: float
) -> tuple[Caution, ...]:
    found = [few_repeat_customers(repeats)]
    # where nobody leaves there is no best time to leave: that the search ran on for it is no news of its own
    if not best.converged and gain >= NO_DROPOUT_GAIN:
        found.append(NOT_CONVERGED)
    if gain < NO_DROPOUT_GAIN:
        found.append(
            Caution(
                "no_dropout_seen",
                say(
                    "Nobody is seen to leave: a model in which customers order for ever fits as well "
                    "(log-likelihood lower by {gain}).",
                    gain=figured(max(gain, 0), 1),
                ),
                'Leave the choice of the model to the data ("auto"): they ask for the one without dropout (NBD).',
                unusable=True,
            )
        )
    if best.values[0] > EQUAL_RATES:
        found.append(
            Caution(
                "equal_order_rates",
                "All customers seem to order equally often.",
                "The forecast stands; customers differ by their dropout alone."
                if best.values.size > len(("r", "alpha"))
                else "The forecast stands; it is the same for customers who came at the same time.",
            )
        )
    if assumed:
        found.append(USUAL_LEAVING)
    if errors_unknown:
        found.append(ERRORS_UNKNOWN)
    return tuple(item for item in found if item is not None)


def _gain_of_dropout(kernel: Kernel, rows: Rows, best: Optimum) -> float:
    """Return by how much the log-likelihood is above that of the same model in which nobody leaves.

    Both are taken on a coarse copy of the rows: what is lost by that is lost in both.
    """
    coarse = binned(rows, COARSE_BINS)[0] if rows.frequency.size > 4 * COARSE_BINS**2 else rows
    never = np.array([_TINY, 1.0])[: best.values.size - 2]
    if not never.size:
        return math.inf

    def without(values: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = log_likelihood(kernel, np.concatenate([values, never]), coarse)
        return value, gradient[:2]

    value = log_likelihood(kernel, best.values, coarse)[0]
    return lead_over(value, without, best, coarse.total_weight, NO_DROPOUT_GAIN)
