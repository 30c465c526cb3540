"""Concentration: how much of the value a few customers hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.arguments import NOT_NEGATIVE, TOP, column, setting
from clv_xl.metrics.arithmetic import portion, total
from clv_xl.metrics.record import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["Concentration", "TopShare", "concentration", "gini", "top_share"]

USUAL_SHARES: Final = (0.01, 0.05, 0.10, 0.20)


@dataclass(frozen=True, slots=True)
class TopShare:
    """What the best customers hold.

    Parameters
    ----------
    share : float
        Share of customers asked for, such as 0.2.
    customers : int
        How many customers that is, rounded up.
    value : float
        Their share of all positive value, between 0 and 1.

    Examples
    --------
    >>> concentration([60, 20, 10, 10], [0.25]).shares[0].value
    0.6
    """

    share: float
    customers: int
    value: float


@dataclass(frozen=True, slots=True)
class Concentration:
    """How value spreads over customers. Negative values are counted apart.

    Parameters
    ----------
    customers : int
        Customers with a value, negative ones included.
    positive_total : float
        Sum of the positive values, in currency: the whole of which the shares are parts.
    shares : tuple of TopShare
        One for each share asked for.
    gini : float
        Gini coefficient of the values that are not negative.
    negative_customers : int
        Customers with a negative value: more refunds than purchases.
    negative_total : float
        Sum of their values, 0 or less, in currency.

    Examples
    --------
    >>> concentration([60, 20, 10, 10, -5]).customers
    5
    """

    customers: int
    positive_total: float
    shares: tuple[TopShare, ...]
    gini: float
    negative_customers: int
    negative_total: float


def _values(values: ArrayLike) -> FloatArray:
    """Return the values that are not blank, best first."""
    found = column("values", values)
    return np.sort(found[~np.isnan(found)])[::-1]


def _top(best_first: FloatArray, share: float) -> TopShare:
    count = math.ceil(portion(share, best_first.size))
    positive = best_first[best_first > 0]
    held = total(positive[:count]) / total(positive) if positive.size else math.nan
    return TopShare(share, count, held)


def top_share(values: ArrayLike, share: float) -> float:
    """Share of value held by the best customers.

    ``sum of the positive values among the best ceil(share x customers) / sum of all positive values``

    A fraction of a customer counts as a whole one, so that "the top 1%" is never empty. Customers with a
    negative value are customers, but their value is in neither sum; otherwise shares could exceed 100%.

    Parameters
    ----------
    values : array_like
        One value for each customer, in currency. Blanks are left out.
    share : float
        Share of customers, more than 0 and at most 1.

    Returns
    -------
    float
        Between 0 and 1. NaN when no value is positive.

    Raises
    ------
    ArgumentError
        For an impossible share or what is no number.

    Examples
    --------
    >>> top_share([60, 20, 10, 10, -5], 0.2)
    0.6
    """
    return _top(_values(values), setting("share", share, TOP)).value


def gini(values: ArrayLike) -> float:
    """Gini coefficient: 0 when all customers are worth the same, near 1 when one holds everything.

    With n values sorted upwards: ``2 x sum(i x value_i) / (n x sum(value_i)) - (n + 1) / n``. Without the
    correction for small samples, so the highest possible figure is (n - 1) / n.

    Parameters
    ----------
    values : array_like
        One value for each customer, 0 or more. Blanks are left out.

    Returns
    -------
    float
        From 0 to below 1. NaN when there is no positive value.

    Raises
    ------
    ArgumentError
        For a negative value: :func:`concentration` counts those apart.

    References
    ----------
    Sen, A. (1973), On Economic Inequality, chapter 2.

    Examples
    --------
    >>> gini([1, 1, 1, 1]), gini([0, 0, 0, 1])
    (0.0, 0.75)
    """
    found = np.sort(column("values", values, NOT_NEGATIVE))
    found = found[~np.isnan(found)]
    count = found.size
    if not count or not found[-1] > 0:
        return math.nan
    # scaled by the largest value, so that huge and tiny values neither overflow nor vanish
    scaled = found / found[-1]
    ranked = total(scaled * np.arange(1, count + 1))
    return max(0.0, 2 * ranked / (count * total(scaled)) - (count + 1) / count)


def concentration(values: ArrayLike, shares: Sequence[float] = USUAL_SHARES) -> Concentration:
    """Describe how value spreads over customers: top shares, Gini, and negative values apart.

    Parameters
    ----------
    values : array_like
        One value for each customer, in currency. Blanks are left out.
    shares : sequence of float, default (0.01, 0.05, 0.10, 0.20)
        Shares of customers, each more than 0 and at most 1.

    Returns
    -------
    Concentration
        The figures; see :func:`top_share` and :func:`gini`.

    Raises
    ------
    ArgumentError
        For an impossible share or what is no number.

    Examples
    --------
    >>> found = concentration([60, 20, 10, 10, -5], [0.2])
    >>> found.shares
    (TopShare(share=0.2, customers=1, value=0.6),)
    >>> found.negative_customers, found.negative_total
    (1, -5.0)
    """
    found = _values(values)
    negative = found[found < 0]
    return Concentration(
        customers=found.size,
        positive_total=total(found[found > 0]),
        shares=tuple(_top(found, setting("shares", share, TOP)) for share in shares),
        gini=gini(found[found >= 0]),
        negative_customers=negative.size,
        negative_total=total(negative),
    )


TOP_SHARE: Final = Metric(
    name="TOP_SHARE",
    title="Share of value held by the top customers",
    category="Concentration",
    unit="share",
    number_format="0.0%",
    formula=(
        "positive value of the best customers / all positive value; "
        "a fraction of a customer counts as a whole one"
    ),
    undefined="when no customer's value is positive",
    reference="The field's standard definition; the Lorenz curve read from the top.",
    function=top_share,
)

GINI: Final = Metric(
    name="GINI",
    title="Gini coefficient",
    category="Concentration",
    unit="ratio",
    number_format="0.00",
    formula="mean difference between two customers / twice the mean, over values that are not negative",
    undefined="when no customer's value is positive",
    reference="Sen (1973), On Economic Inequality; without the correction for small samples.",
    function=gini,
)

NEGATIVE_CUSTOMERS: Final = Metric(
    name="NEGATIVE_CUSTOMERS",
    title="Customers with a negative value",
    category="Concentration",
    unit="count",
    number_format="#,##0",
    formula="customers whose refunds exceed their purchases; counted apart from the shares and the Gini",
    undefined="when there is no customer",
    reference="A rule of this package.",
    function=concentration,
)
