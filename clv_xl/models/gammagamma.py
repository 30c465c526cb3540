"""Gamma-Gamma: what a customer spends on an occasion, from what the customer has spent so far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import NOT_NEGATIVE, complete, numbers, same_length
from clv_xl.metrics.occasions import day
from clv_xl.models.cautions import Caution
from clv_xl.models.fit import (
    ERRORS_UNKNOWN,
    NOT_CONVERGED,
    Fit,
    Optimum,
    covariance_of,
    in_logs,
    maximise,
    refine,
)
from clv_xl.models.records import Parameters
from clv_xl.models.rows import distinct, sums_by
from clv_xl.models.special import digamma, log_gamma, weighted
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.metrics.arguments import BoolArray, FloatArray
    from clv_xl.models.fit import Objective
    from clv_xl.models.purchases import Known, Occasions

__all__ = ["GammaGamma", "Spending", "expected_amounts", "spending", "spending_of"]

LARGE: Final = 30_000
EXACT_COUNTS: Final = 24
LOG_BIN: Final = 0.04
"""The binned copy of a large shop joins means that differ by less than 4%."""

EQUAL: Final = 1e4
_NOT_CONVERGED: Final = Caution(
    NOT_CONVERGED.code,
    "The search for the best parameters of the amounts did not come to rest.",
    "Each customer's own mean amount is used.",
    unusable=True,
)
SUSPICIOUS: Final = 100.0
ENDLESS: Final = 2e5
"""The parameter that stands for one without a bound."""

AS_GOOD: Final = 1e-2
"""A fit whose log-likelihood is lower by no more is as good."""

_OF_ALL: Final = (
    "The expected amount is a mean of the customer's own amounts and of all customers' "
    "(Gamma-Gamma over all occasions)."
)
_OWN: Final = "The expected amount is the customer's own mean amount, without a model of spend."
_ROUNDING: Final = 1e-9
_CHUNK: Final = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class Spending:
    """What each customer has spent.

    Parameters
    ----------
    occasions : array_like
        On how many occasions, 0 or more.
    mean : array_like
        The mean amount of an occasion, in currency; anything where there is none.

    Examples
    --------
    >>> Spending([2, 0], [22.35, 0]).counted
    array([ True, False])
    """

    occasions: FloatArray
    mean: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "occasions", complete("occasions", self.occasions, NOT_NEGATIVE))
        object.__setattr__(self, "mean", numbers("mean", self.mean).ravel())
        same_length(occasions=self.occasions, mean=self.mean)

    @property
    def counted(self) -> BoolArray:
        """True for each customer whose amounts the model can mean: at least one occasion, a mean above 0."""
        return (self.occasions > 0) & (self.mean > 0)

    @property
    def weighed(self) -> tuple[FloatArray, FloatArray]:
        """Occasions and their sum as an expectation weighs them: a mean below 0 as 0, a blank one as no occasion.

        Examples
        --------
        >>> print(*Spending([2, 3, 0], [10, -5, 0]).weighed)
        [2. 3. 0.] [20.  0.  0.]
        """
        known = np.where(np.isnan(self.mean), 0.0, self.occasions)
        return known, known * np.where(self.mean > 0, self.mean, 0.0)


def spending(occasions: Occasions, as_of: date | np.datetime64, *, repeat_only: bool = False) -> Spending:
    """Summarise amounts as the model reads them.

    Parameters
    ----------
    occasions : Occasions
        Those after ``as_of`` are left out, and with them the customers who came only then.
    as_of : datetime.date
        The day to whose end everything is known.
    repeat_only : bool, default False
        True leaves each customer's first occasion out, as the papers do. All occasions predict better.

    Returns
    -------
    Spending
        One row for each customer who had come by then, in the order of the customers' numbers.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.purchases import purchase_occasions
    >>> dates = np.array(["2024-01-01", "2024-01-15"], "M8[D]")
    >>> spending(purchase_occasions(["A", "A"], dates, [10, 20]), date(2024, 1, 22)).mean
    array([15.])
    """
    known = occasions.known(last := int(day("as_of", as_of).astype(np.int64)))
    if repeat_only:
        then = occasions.until(last)
        used = np.ones(then.day.size)
        used[then.starts()] = 0.0
        known = known._replace(occasions=known.occasions - 1, amount=then.sums(then.amount * used))
    return spending_of(known)


def spending_of(known: Known) -> Spending:
    """Return the amounts of what was known at the end of a day, as :func:`spending` does."""
    count, total = known.occasions.astype(np.float64), known.amount
    return Spending(count, np.divide(total, count, out=np.zeros_like(total), where=count > 0))


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Customers with amounts: occasions, their sum, and how many customers a row stands for."""

    count: FloatArray
    total: FloatArray
    weight: FloatArray
    counts: FloatArray
    count_weights: FloatArray

    @classmethod
    def of(cls, count: FloatArray, total: FloatArray, weight: FloatArray) -> _Rows:
        counts, place = np.unique(count, return_inverse=True)
        return cls(count, total, weight, counts, sums_by(place, weight))

    def binned(self) -> _Rows:
        steps = 3 * np.log2(np.maximum(self.count / EXACT_COUNTS, 1))
        count = np.minimum(self.count, EXACT_COUNTS) + np.floor(steps)
        level = np.floor(np.log(self.total / self.count) / LOG_BIN)
        key = count * 1e6 + level
        _, kind = np.unique(key, return_inverse=True)
        weight = sums_by(kind, self.weight)
        mean_count = sums_by(kind, self.weight * self.count) / weight
        return _Rows.of(mean_count, sums_by(kind, self.weight * self.total) / weight, weight)


def _log_likelihood(values: FloatArray, rows: _Rows) -> tuple[float, FloatArray]:
    """Return the log-likelihood but for the part without parameters, and its gradient."""
    p, q, v = values
    stages = p * rows.counts
    part = log_gamma(stages + q) - log_gamma(stages) - log_gamma(q)
    high = digamma(stages + q)
    total = weighted(rows.count_weights, part)
    gradient = np.array(
        [
            weighted(rows.count_weights, rows.counts * (high - digamma(stages))),
            weighted(rows.count_weights, high - digamma(q)),
            0.0,
        ]
    )
    for start in range(0, rows.count.size, _CHUNK):
        piece = slice(start, start + _CHUNK)
        count, spent, weight = rows.count[piece], rows.total[piece], rows.weight[piece]
        below, above = -np.log1p(v / spent), -np.log1p(spent / v)
        by_p = count * below
        total += weighted(weight, p * by_p + q * above)
        gradient += [
            weighted(weight, by_p),
            weighted(weight, above),
            weighted(weight, (q * spent / v - p * count) / (spent + v)),
        ]
    return total, gradient


@dataclass(frozen=True, slots=True)
class GammaGamma(Parameters):
    """The gamma-gamma model of spend for one occasion.

    An occasion's amount is Gamma(p, nu) with nu ~ Gamma(q, v) over customers, and does not depend on how often
    a customer comes. With x occasions of mean m, the expected amount is ``p (v + x m) / (p x + q - 1)``: a mean
    of the customer's own amounts and of all customers'.

    Parameters
    ----------
    p, q : float
        Shapes of the amounts of a customer, and of the customers' scales.
    v : float
        Scale, in currency; the papers' gamma.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005), RFM and CLV: Using Iso-Value Curves for Customer Base
    Analysis, Journal of Marketing Research 42 (4). Fader, P. S. and Hardie, B. G. S. (2013), The Gamma-Gamma Model
    of Monetary Value, equations 1a and 5.

    Examples
    --------
    >>> model = GammaGamma(6.25, 3.74, 15.44)
    >>> print(model.expected_spend(Spending([2, 0], [22.35, 0])).round(2))
    [24.66 35.22]
    """

    model_name: ClassVar[str] = "Gamma-Gamma"

    p: float
    q: float
    v: float

    @property
    def population_mean(self) -> float:
        """The expected amount of a customer of whom nothing is known; NaN where it has no bound (q up to 1)."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else math.nan

    def log_likelihood(self, spent: Spending) -> float:
        """Return the log-likelihood of the customers that the model can mean; the others are left out."""
        rows = _rows(spent)
        return _log_likelihood(np.array(self.values()), rows)[0] + _constant(rows)

    def expected_spend(self, spent: Spending) -> FloatArray:
        """Return each customer's expected amount of an occasion, in currency.

        A customer without amounts gets the mean of all customers. Whose mean is 0 or less, as after refunds of
        everything, gets what a mean of 0 makes of it: less with every occasion. NaN where the expectation has no bound.
        """
        count, total = spent.weighed
        with np.errstate(divide="ignore"):
            found = self.p * (self.v + total) / (self.p * count + self.q - 1)
        return np.where(self.p * count + self.q > 1, found, np.nan)

    @classmethod
    def fit(cls, spent: Spending) -> Fit[GammaGamma]:
        """Fit by maximum likelihood.

        Raises
        ------
        ArgumentError
            When no customer has an amount above 0.
        """
        rows = _rows(spent)
        weight = float(rows.weight.sum())
        unit = weighted(rows.weight, rows.total) / weighted(rows.weight, rows.count)
        scaled = _Rows(rows.count, rows.total / unit, rows.weight, rows.counts, rows.count_weights)
        small = scaled.binned() if rows.count.size > LARGE else scaled
        of_small = in_logs(lambda values: _log_likelihood(values, small), weight)
        best = maximise(of_small, np.log([3.0, 3.0, 1.0]))
        if small is not scaled:
            best = refine(in_logs(lambda values: _log_likelihood(values, scaled), weight), best)
        if best.values[:2].max() > SUSPICIOUS or not best.converged:
            best = _at_the_end(of_small, best, weight)
        p, q, v = best.values.tolist()
        covariance = covariance_of(best, weight)
        left_out = int(((spent.occasions > 0) & ~spent.counted).sum())
        cautions = _cautions(p, q, left_out)
        if not best.converged and not any(item.code == "equal_amounts" for item in cautions):
            cautions.append(_NOT_CONVERGED)
        if covariance is None:
            cautions.append(ERRORS_UNKNOWN)
        return Fit(
            model=cls(p, q, v * unit),
            log_likelihood=_log_likelihood(np.array([p, q, v]), scaled)[0] + _constant(rows),
            customers=weight,
            repeat_customers=float(rows.weight[rows.count > 1].sum()),
            covariance=covariance,
            cautions=tuple(cautions),
        )


def _at_the_end(objective: Objective, best: Optimum, weight: float) -> Optimum:
    """Return the optimum with p, q or both without a bound where that fits as well, else the optimum that was found.

    The likelihood then rises, ever more slowly, for ever, and where a search gives up is a matter of rounding: it would
    be another place for the same amounts in cents.
    """
    ends = []
    for fixed in (
        np.array([True, True, False]),
        np.array([True, False, False]),
        np.array([False, True, False]),
    ):
        logs = np.where(fixed, math.log(ENDLESS), best.logs)
        # the mean amount is the unit here, and stays it
        logs[2] = math.log(max(math.expm1(logs[1]), 1e-3)) - logs[0]

        def free(moved: FloatArray, fixed: BoolArray = fixed) -> tuple[float, FloatArray]:
            whole = np.full(3, math.log(ENDLESS))
            whole[~fixed] = moved
            value, gradient = objective(whole)
            return value, gradient[~fixed]

        there = maximise(free, logs[~fixed])
        logs[~fixed] = there.logs
        # there is no spread of a parameter without a bound
        end = Optimum(logs, there.value, np.full((3, 3), math.nan), converged=there.converged)
        ends.append((end, bool((best.values >= ENDLESS)[fixed].all())))
    highest = max(objective(best.logs)[0], *(end.value for end, _ in ends))
    enough = highest - AS_GOOD / weight - _ROUNDING
    return next((end for end, passed in ends if passed or end.value >= enough), best)


def _rows(spent: Spending) -> _Rows:
    counted = spent.counted
    if not counted.any():
        raise ArgumentError("There is no amount to fit on: no customer has a mean amount above 0.")
    count, total = spent.occasions[counted], spent.occasions[counted] * spent.mean[counted]
    first, kind = distinct(count, total)
    return _Rows.of(count[first], total[first], sums_by(kind, np.ones(kind.size)))


def _constant(rows: _Rows) -> float:
    """Return the part of the log-likelihood in which there is no parameter: the amounts are densities of means."""
    return -weighted(rows.weight, np.log(rows.total / rows.count))


def _cautions(p: float, q: float, left_out: int) -> list[Caution]:
    found = []
    if left_out:
        found.append(
            Caution(
                "amounts_left_out",
                counted(
                    left_out,
                    "{number} customer with a mean amount of 0 or less was left out of the fit of the model of spend.",
                    "{number} customers with a mean amount of 0 or less were left out of the fit of the model of "
                    "spend.",
                ),
                "What such customers are expected to spend is pulled towards a mean of 0.",
            )
        )
    if min(p, q) > EQUAL or p > EQUAL * 10:
        found.append(
            Caution(
                "equal_amounts",
                "Nearly all amounts of a customer are the same.",
                "The forecast stands, but its intervals show no spread of amounts.",
            )
        )
    elif q <= 1:
        found.append(
            Caution(
                "mean_undefined",
                say(
                    "A few very large amounts leave the mean of the model of spend without a bound (q = {q}).",
                    q=figured(q, 2),
                ),
                "Each customer's own mean amount is used. Totals hang on a few customers: their intervals may be too "
                "narrow.",
                unusable=True,
            )
        )
    return found


def expected_amounts(fit: Fit[GammaGamma] | None, spent: Spending) -> tuple[FloatArray, str]:
    """Return each customer's expected amount of an occasion, and in words where it comes from.

    Without a usable model of spend it is the customer's own mean, 0 where that is below, and the mean of all occasions
    with an amount for customers without one.

    Examples
    --------
    >>> expected_amounts(None, Spending([2, 0], [10, 0]))[0]
    array([10., 10.])
    """
    if fit is not None and fit.usable:
        found = fit.model.expected_spend(spent)
        if np.isfinite(found).all():
            return found, _OF_ALL
    paid = spent.counted
    count, total = spent.weighed
    everyone = float(total[paid].sum()) / float(count[paid].sum()) if paid.any() else float("nan")
    return np.where(count > 0, np.maximum(spent.mean, 0.0), everyone), _OWN
