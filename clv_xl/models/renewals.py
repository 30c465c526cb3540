"""How subscribers renew: what was seen at each renewal, the fitted model, and whether there is enough to fit one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.arguments import NOT_NEGATIVE, WHOLE, complete, flags, same_length
from clv_xl.metrics.arithmetic import quotient
from clv_xl.models.cautions import ENOUGH_REPEAT_CUSTOMERS, LONGEST_HORIZON
from clv_xl.models.sbg import Sbg
from clv_xl.said import counted, say

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.fit import Fit

__all__ = ["ENOUGH_LOST", "Renewals", "renewals"]

ENOUGH_LOST: Final = 10
"""With fewer customers who left, how leaving changes with age cannot be told."""


@dataclass(frozen=True, slots=True, eq=False)
class Renewals:
    """What was seen of renewals, and what follows from it.

    Attributes
    ----------
    customers : int
        All of them, those before their first renewal included.
    at_risk, lost : ndarray of float64
        Who came to the first, second ... renewal, and who of them left at it.
    fit : Fit of Sbg or None
        None where there is too little to fit.
    reason : str
        Why no projection is given; empty where one is.
    """

    customers: int
    at_risk: FloatArray
    lost: FloatArray
    fit: Fit[Sbg] | None
    reason: str

    @property
    def model(self) -> Sbg | None:
        """The model that projections are made with; None where none is given."""
        return self.fit.model if self.fit is not None and not self.reason else None

    @property
    def observed_retention(self) -> FloatArray:
        """Share of those who came to each renewal that stayed; NaN where nobody came to it."""
        return 1 - quotient(self.lost, self.at_risk)

    @property
    def observed_survival(self) -> FloatArray:
        """Share that is left after 0, 1, 2 ... renewals, as Kaplan and Meier estimate it."""
        return np.append(1.0, np.cumprod(self.observed_retention))


def renewals(periods: ArrayLike, left: ArrayLike, horizon: int) -> Renewals:
    """Count renewals by age, and fit the sBG model where that says anything about a horizon.

    A projection needs 100 customers who have renewed, 10 who left, and a history of a third of the horizon.

    Parameters
    ----------
    periods, left : array_like
        As :meth:`~clv_xl.models.sbg.Sbg.fit_lifetimes` takes them.
    horizon : int
        How many periods are to be projected.

    Returns
    -------
    Renewals
        Counts, and a fit or the reason why there is none.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958), Nonparametric Estimation from Incomplete Observations, JASA 53.

    Examples
    --------
    >>> seen = renewals([1, 2, 2, 0], [True, False, False, False], 36)
    >>> seen.at_risk, seen.lost, seen.observed_survival.round(3)
    (array([3., 2.]), array([1., 0.]), array([1.   , 0.667, 0.667]))
    >>> seen.reason
    'Only 2 customers have renewed yet; 100 are needed for a projection.'
    """
    ages = complete("periods", periods, WHOLE)
    gone = complete("left", flags("left", left), NOT_NEGATIVE)
    same_length(periods=ages, left=gone)
    count, ended = ages.astype(np.int64), gone == 1
    longest = int(count.max(initial=0))
    lost = np.bincount(count[ended], minlength=longest + 1)[1:].astype(np.float64)
    until = np.bincount(count, minlength=longest + 1)
    at_risk = (count.size - np.cumsum(until) + until)[1:].astype(np.float64)
    # at a renewal stand those who left at it, and all who have come further or have just renewed
    renewed = int((count - ended >= 1).sum())
    reason = _too_little(renewed, int(ended.sum()), longest, horizon)
    fit = None if reason else Sbg.fit_lifetimes(count, ended)
    if fit is not None and not fit.usable:
        reason = " ".join(item.words for item in fit.cautions if item.unusable)
    return Renewals(count.size, at_risk, lost, fit, reason)


def _too_little(renewed: int, lost: int, longest: int, horizon: int) -> str:
    if renewed < ENOUGH_REPEAT_CUSTOMERS:
        if not renewed:
            return say(
                "Nobody has renewed yet; {enough} are needed for a projection.",
                enough=ENOUGH_REPEAT_CUSTOMERS,
            )
        return counted(
            renewed,
            "Only {number} customer has renewed yet; {enough} are needed for a projection.",
            "Only {number} customers have renewed yet; {enough} are needed for a projection.",
            enough=ENOUGH_REPEAT_CUSTOMERS,
        )
    if lost < ENOUGH_LOST:
        if not lost:
            return say(
                "Nobody has left yet; {enough} are needed to project how others will.", enough=ENOUGH_LOST
            )
        return counted(
            lost,
            "Only {number} customer has left yet; {enough} are needed to project how others will.",
            "Only {number} customers have left yet; {enough} are needed to project how others will.",
            enough=ENOUGH_LOST,
        )
    if longest * LONGEST_HORIZON < horizon:
        return say(
            "The oldest subscription is {longest} months old; {history} are needed to project "
            "{horizon} months.",
            longest=longest,
            history=f"{horizon / LONGEST_HORIZON:.0f}",
            horizon=horizon,
        )
    return ""
