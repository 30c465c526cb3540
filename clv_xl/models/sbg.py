"""Shifted beta-geometric: how many subscribers renew, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import (
    NOT_NEGATIVE,
    POSITIVE,
    RATE,
    WHOLE,
    Allowed,
    complete,
    contradiction,
    flags,
    numbers,
    same_length,
    setting,
)
from clv_xl.models.cautions import Caution
from clv_xl.models.dropout import beta_mean
from clv_xl.models.fit import ERRORS_UNKNOWN, NOT_CONVERGED, Fit, covariance_of, in_logs, maximise
from clv_xl.models.records import Parameters
from clv_xl.models.special import digamma, log_gamma_ratio, weighted
from clv_xl.said import figured, say

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["Sbg"]

HOMOGENEOUS = 1e3
_RENEWALS = Allowed("a whole number, 1 or more", low=1, integer=True)


def _log_likelihood(values: FloatArray, lost: FloatArray, kept: FloatArray) -> tuple[float, FloatArray]:
    """Return the log-likelihood of customers lost in period 1, 2, ... and of those last seen after so many."""
    alpha, beta = values
    ages = np.arange(lost.size + 1.0)
    # ln S(t), and its derivatives
    logs = log_gamma_ratio(beta, ages) - log_gamma_ratio(alpha + beta, ages)
    by_alpha = digamma(alpha + beta) - digamma(alpha + beta + ages)
    by_beta = by_alpha + digamma(beta + ages) - digamma(beta)
    # P(T = t) = S(t - 1) alpha / (alpha + beta + t - 1)
    before = alpha + beta + ages[:-1]
    return (
        weighted(lost, logs[:-1] + np.log(alpha) - np.log(before)) + weighted(kept, logs[1:]),
        np.array(
            [
                weighted(lost, by_alpha[:-1] + 1 / alpha - 1 / before) + weighted(kept, by_alpha[1:]),
                weighted(lost, by_beta[:-1] - 1 / before) + weighted(kept, by_beta[1:]),
            ]
        ),
    )


@dataclass(frozen=True, slots=True)
class Sbg(Parameters):
    """The shifted beta-geometric model of contractual lifetimes.

    At the end of each period a customer leaves with a probability of the customer's own, Beta(alpha, beta) over
    customers. Retention rises with age because those who leave easily leave first.

    Parameters
    ----------
    alpha, beta : float
        Parameters of the churn probabilities.

    References
    ----------
    Fader, P. S. and Hardie, B. G. S. (2007), How to Project Customer Retention, Journal of Interactive Marketing
    21 (1), equations 5 to 8 and appendix B. Fader, P. S. and Hardie, B. G. S. (2010), Customer-Base Valuation in a
    Contractual Setting, Marketing Science 29 (1), equation 6.

    Examples
    --------
    >>> model = Sbg(0.668, 3.806)
    >>> print(model.survival([0, 1, 7, 12]).round(3))
    [1.    0.851 0.489 0.378]
    """

    model_name: ClassVar[str] = "sBG"

    alpha: float
    beta: float

    def log_likelihood(self, *survivors: ArrayLike) -> float:
        """Return the log-likelihood of cohorts, given as in :meth:`fit`."""
        lost, kept = _counts(survivors)
        return _log_likelihood(np.array(self.values()), lost, kept)[0]

    def survival(self, periods: ArrayLike) -> FloatArray:
        """Return the share of a cohort that is left after so many periods."""
        ages = numbers("periods", periods, NOT_NEGATIVE)
        return np.exp(log_gamma_ratio(self.beta, ages) - log_gamma_ratio(self.alpha + self.beta, ages))

    def retention(self, period: ArrayLike) -> FloatArray:
        """Return the share of those left before period 1, 2, ... who are left after it."""
        ages = numbers("period", period, _RENEWALS) - 1
        return np.asarray((self.beta + ages) / (self.alpha + self.beta + ages))

    def discounted_lifetime(self, rate: float) -> float:
        """Return the expected payments of a new customer, the first of them now, discounted for each period."""
        return float(self._mean_of(setting("rate", rate, POSITIVE), np.zeros(1), residual=False)[0])

    def discounted_residual_lifetime(self, renewals: ArrayLike, rate: float) -> FloatArray:
        """Return the expected payments still to come, the next renewal's first and now, discounted.

        ``renewals`` is how often a customer has already renewed, 0 or more: the customer stands just before the
        next renewal, and may leave at it.
        """
        ages = numbers("renewals", renewals, NOT_NEGATIVE)
        return self._mean_of(setting("rate", rate, POSITIVE), ages.ravel(), residual=True).reshape(ages.shape)

    def payments(self, periods: int, rate: float = 0.0) -> float:
        """Return the expected payments of a new customer, the first of so many now, discounted for each period.

        With equal churn for all it is what :func:`~clv_xl.metrics.lifetime.clv_retention` gives for
        ``first_payment="now"``.
        """
        count = int(setting("periods", periods, WHOLE))
        ages = np.arange(count, dtype=np.float64)
        return weighted(self.survival(ages), (1 + setting("rate", rate, RATE)) ** -ages)

    def residual_payments(self, renewals: ArrayLike, periods: ArrayLike, rate: float = 0.0) -> FloatArray:
        """Return the expected payments of customers who are there, the next of so many after one period.

        Parameters
        ----------
        renewals : array_like
            How often each has already renewed, 0 or more. Who has renewed often is more likely to stay.
        periods : array_like
            How many coming periods count: one number for all, or one for each.
        rate : float, default 0.0
            Discount rate for a period; the first payment to come is discounted once.

        Notes
        -----
        :meth:`discounted_residual_lifetime` is for life, and has the next renewal now. Here a period lies before it,
        as for ``first_payment="retained"`` of :func:`~clv_xl.metrics.lifetime.clv_retention`.
        """
        ages = numbers("renewals", renewals, NOT_NEGATIVE)
        counts = complete("periods", periods, WHOLE).astype(np.int64)
        if counts.size != 1:
            same_length(renewals=ages.ravel(), periods=counts)
        last = np.broadcast_to(counts, ages.size).reshape(ages.shape)
        each, place = np.unique(ages, return_inverse=True)
        ahead = np.arange(1.0, counts.max(initial=0) + 1)
        falling = (1 + setting("rate", rate, RATE)) ** -ahead
        # who has renewed n times is a new customer of Beta(alpha, beta + n)
        stays = (Sbg(self.alpha, self.beta + renewed).survival(ahead) for renewed in each.tolist())
        worth = np.zeros((each.size, ahead.size + 1))
        for row, survival in zip(worth, stays, strict=True):
            row[1:] = np.cumsum(survival * falling)
        return np.asarray(worth[place.reshape(ages.shape), last])

    def _mean_of(self, rate: float, renewals: FloatArray, *, residual: bool) -> FloatArray:
        """Return the mean over the churn probability p of the sum of (1 - p)^t / (1 + rate)^t."""

        def value(v: FloatArray) -> FloatArray:
            falling = np.exp(-np.abs(v))
            churn = np.where(v >= 0, 1.0, falling) / (1 + falling)
            stay = np.where(v >= 0, falling, 1.0) / (1 + falling) if residual else 1.0
            return np.asarray(stay * (1 + rate) / (rate + churn))

        knee = np.full(renewals.size, np.log(rate))
        return beta_mean(self.alpha, self.beta + renewals, knee, value)

    @classmethod
    def fit(cls, *survivors: ArrayLike) -> Fit[Sbg]:
        """Fit by maximum likelihood.

        Parameters
        ----------
        *survivors : array_like
            For each cohort: the customers at its start, then those left after period 1, 2, ...

        Raises
        ------
        ArgumentError
            For a cohort shorter than two figures, a rising one, or no customer at all.
        """
        return cls._fitted(*_counts(survivors))

    @classmethod
    def fit_lifetimes(cls, periods: ArrayLike, left: ArrayLike) -> Fit[Sbg]:
        """Fit by maximum likelihood on single customers, those who are still there included.

        The likelihood of customers who began at different times, of whom some are still there: who left in period t
        counts with P(T = t), who is still there after t renewals with S(t).

        Parameters
        ----------
        periods : array_like
            For who left: the period at whose end the customer left, 1 or more. For who is still there: how often
            the customer has renewed, 0 or more; a customer before the first renewal says nothing yet.
        left : array_like
            Whether each customer has left.

        Raises
        ------
        ArgumentError
            For a part of a period, somebody who left in period 0, columns of different length, or nobody who has
            come to a renewal.

        References
        ----------
        Fader, P. S. and Hardie, B. G. S. (2007), Fitting the sBG Model to Multi-Cohort Data, brucehardie.com/notes/017.
        """
        ages = complete("periods", periods, WHOLE)
        gone = complete("left", flags("left", left), NOT_NEGATIVE)
        same_length(periods=ages, left=gone)
        ended = gone == 1
        if (wrong := ended & (ages < 1)).any():
            raise contradiction("periods", ages, wrong, "1 or more for a customer who left.")
        told = ages > 0
        if not told.any():
            raise ArgumentError(
                "periods holds no customer who has come to a renewal. Wait for the first one."
            )
        longest = int(ages.max()) + 1
        count = ages.astype(np.int64)
        lost = np.bincount(count[told & ended], minlength=longest)[1:].astype(np.float64)
        kept = np.bincount(count[told & ~ended], minlength=longest)[1:].astype(np.float64)
        return cls._fitted(lost, kept)

    @classmethod
    def _fitted(cls, lost: FloatArray, kept: FloatArray) -> Fit[Sbg]:
        weight = float(lost.sum() + kept.sum())
        best = maximise(in_logs(lambda values: _log_likelihood(values, lost, kept), weight), np.zeros(2))
        alpha, beta = best.values.tolist()
        covariance = covariance_of(best, weight)
        return Fit(
            model=cls(alpha, beta),
            log_likelihood=best.value * weight,
            customers=weight,
            repeat_customers=weight - float(lost[:1].sum()),
            covariance=covariance,
            cautions=_cautions(alpha, beta, float(lost.sum()), covariance is None, best.converged),
        )


def _counts(survivors: tuple[ArrayLike, ...]) -> tuple[FloatArray, FloatArray]:
    """Return the customers lost in each period, and those last seen after so many periods."""
    cohorts = [complete("survivors", row, NOT_NEGATIVE) for row in survivors]
    if not cohorts or min(row.size for row in cohorts) < 2:
        raise ArgumentError("survivors needs two figures or more: customers at the start, then those left.")
    longest = max(row.size for row in cohorts) - 1
    lost, kept = np.zeros(longest), np.zeros(longest)
    for row in cohorts:
        rising = np.append(False, row[1:] > row[:-1])
        if rising.any():
            raise contradiction("survivors", row, rising, "at most the figure before.")
        lost[: row.size - 1] += row[:-1] - row[1:]
        kept[row.size - 2] += row[-1]
    if not lost.sum() + kept.sum() > 0:
        raise ArgumentError("survivors holds no customer. Give the customers at the start first.")
    return lost, kept


def _cautions(
    alpha: float, beta: float, lost: float, errors_unknown: bool, converged: bool
) -> tuple[Caution, ...]:
    found = []
    if lost == 0:
        words = "Nobody has left yet, so that nothing can be said about leaving."
        found.append(Caution("no_dropout_seen", words, "No projection is given.", unusable=True))
    elif min(alpha, beta) > HOMOGENEOUS:
        words = say(
            "All customers seem to leave equally easily: {share}% in each period.",
            share=figured(100 * alpha / (alpha + beta), 1),
        )
        found.append(Caution("equal_order_rates", words, "Retention is projected as constant."))
    elif not converged:
        found.append(NOT_CONVERGED)
    if errors_unknown:
        found.append(ERRORS_UNKNOWN)
    return tuple(found)
