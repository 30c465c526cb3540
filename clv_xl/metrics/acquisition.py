"""Winning customers: what one costs, what that returns, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, overload

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import NOT_NEGATIVE, POSITIVE, align, numbers
from clv_xl.metrics.arithmetic import answer, quotient
from clv_xl.metrics.record import Argument, Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = [
    "BUDGET_STEP",
    "BUDGET_VERDICTS",
    "budget_split",
    "budget_steps",
    "cac",
    "cac_max",
    "cac_payback",
    "ltv_cac",
]

BUDGET_VERDICTS: Final = ("within", "as it is", "above")
"""What is to become of a channel's budget: it may grow, it is left alone, or it is stopped."""

_CLV: Final = Argument("clv", "Customer lifetime value by margin, not by revenue.", "currency")


@overload
def cac(spend: float, new_customers: float) -> float: ...
@overload
def cac(spend: ArrayLike, new_customers: ArrayLike) -> FloatArray: ...
def cac(spend: ArrayLike, new_customers: ArrayLike) -> float | FloatArray:
    """Return the cost to win a customer: ``spend / new customers``, of the same period and channel.

    All spend by all new customers is the blended CAC; one channel's spend by its own new customers is that
    channel's.

    Parameters
    ----------
    spend : array_like
        Spend on winning customers, in currency, 0 or more.
    new_customers : array_like
        Customers won, 0 or more.

    Returns
    -------
    float or ndarray of float64
        In currency for a customer. NaN where nobody was won, never 0 or infinity.

    Raises
    ------
    ArgumentError
        For a negative number, or columns of different length.

    Examples
    --------
    >>> cac([5000, 800], [50, 0])
    array([100.,  nan])
    """
    spent = numbers("spend", spend, NOT_NEGATIVE)
    won = numbers("new_customers", new_customers, NOT_NEGATIVE)
    align(spend=spent, new_customers=won)
    return answer(quotient(spent, won))


CAC: Final = Metric(
    name="CAC",
    title="Customer acquisition cost",
    category="Acquisition",
    unit="currency",
    number_format="#,##0.00",
    formula="spend / new customers, of the same period and channel",
    undefined="when there is no new customer",
    reference="The field's standard definition.",
    function=cac,
    arguments=(
        Argument("spend", "Spend on winning customers, 0 or more.", "currency"),
        Argument("new_customers", "Customers won with it, 0 or more.", "count"),
    ),
    cell_function=True,
    example_arguments=(5000, 50),
    example_result=100.0,
)


@overload
def ltv_cac(clv: float, cac: float) -> float: ...
@overload
def ltv_cac(clv: ArrayLike, cac: ArrayLike) -> FloatArray: ...
def ltv_cac(clv: ArrayLike, cac: ArrayLike) -> float | FloatArray:
    """Value by cost of a customer: ``CLV / CAC``.

    Parameters
    ----------
    clv : array_like
        Customer lifetime value, by margin and before the cost to win the customer, in currency.
    cac : array_like
        Customer acquisition cost, in currency, 0 or more.

    Returns
    -------
    float or ndarray of float64
        A multiple. NaN where the cost is 0.

    Raises
    ------
    ArgumentError
        For a negative cost, or columns of different length.

    Examples
    --------
    >>> ltv_cac(3000, 1000)
    3.0
    """
    worth = numbers("clv", clv)
    cost = numbers("cac", cac, NOT_NEGATIVE)
    align(clv=worth, cac=cost)
    return answer(quotient(worth, cost))


LTV_CAC: Final = Metric(
    name="LTV_CAC",
    title="LTV:CAC",
    category="Acquisition",
    unit="ratio",
    number_format="0.0",
    formula="customer lifetime value by margin / customer acquisition cost",
    undefined="when the acquisition cost is 0",
    reference="The field's standard definition; about 3 is a common target.",
    function=ltv_cac,
    arguments=(_CLV, Argument("cac", "Customer acquisition cost, 0 or more.", "currency")),
    cell_function=True,
    example_arguments=(3000, 1000),
    example_result=3.0,
)


@overload
def cac_payback(cac: float, cumulative_margin: ArrayLike) -> float: ...
@overload
def cac_payback(cac: ArrayLike, cumulative_margin: ArrayLike) -> float | FloatArray: ...
def cac_payback(cac: ArrayLike, cumulative_margin: ArrayLike) -> float | FloatArray:
    """Months until the margin of an acquired customer has paid the cost to win the customer.

    The first month in which the cumulative margin reaches the cost, interpolated within that month.

    Parameters
    ----------
    cac : array_like
        Customer acquisition cost, in currency, 0 or more.
    cumulative_margin : array_like
        A column: cumulative margin for each acquired customer after month 1, 2, 3 ... (not only for those
        who came back). A blank ends it, so months that are not over can be left blank. Or a single number:
        the same margin every month, without an end.

    Returns
    -------
    float or ndarray of float64
        In months, of the shape of ``cac``. NaN where the cost is not reached: say "not within N months".

    Raises
    ------
    ArgumentError
        For a negative cost or what is no number.

    Examples
    --------
    >>> cac_payback(100, [40, 80, 120])
    2.5
    >>> cac_payback(100, 40)
    2.5
    >>> cac_payback([0, 120, 121], [40, 80, 120])
    array([ 0.,  3., nan])
    """
    cost = numbers("cac", cac, NOT_NEGATIVE)
    earned = numbers("cumulative_margin", cumulative_margin)
    if earned.ndim == 0:
        months = quotient(cost, np.maximum(earned, 0.0))
        return answer(np.where((cost == 0) & ~np.isnan(earned), 0.0, months))
    curve = np.concatenate(([0.0], earned.ravel()))
    # the highest point so far: a later dip by refunds does not undo a payback; after a blank nothing is known
    month = np.searchsorted(np.maximum.accumulate(curve), cost, side="left")
    reached = month < curve.size
    before = curve[np.maximum(np.where(reached, month, 0) - 1, 0)]
    after = curve[np.where(reached, month, 0)]
    # by halves, which are exact: a month from one end of all numbers to the other would overflow
    part = quotient(cost / 2 - before / 2, after / 2 - before / 2)
    within = np.where(month == 0, 0.0, month - 1 + part)
    return answer(np.where(reached & ~np.isnan(cost), within, np.nan))


CAC_PAYBACK: Final = Metric(
    name="CAC_PAYBACK",
    title="CAC payback",
    category="Acquisition",
    unit="months",
    number_format="0.0",
    formula=(
        "first month in which the cumulative margin for each acquired customer reaches the acquisition cost, "
        "interpolated within the month"
    ),
    undefined="when it is not reached within the months given",
    reference="Payback period, by margin and not by revenue.",
    function=cac_payback,
    arguments=(
        Argument("cac", "Customer acquisition cost, 0 or more.", "currency"),
        Argument(
            "cumulative_margin",
            "Column of the cumulative margin for each acquired customer after month 1, 2, 3 and so on. "
            "Or a single number: the same margin every month.",
            "currency",
            kind="numbers",
        ),
    ),
    cell_function=True,
    example_arguments=(100, (40, 80, 120)),
    example_result=2.5,
)


@overload
def cac_max(clv: float, target_ratio: float = ...) -> float: ...
@overload
def cac_max(clv: ArrayLike, target_ratio: ArrayLike = ...) -> FloatArray: ...
def cac_max(clv: ArrayLike, target_ratio: ArrayLike = 3.0) -> float | FloatArray:
    """Highest allowable cost to win a customer: ``CLV / target ratio``.

    Parameters
    ----------
    clv : array_like
        Customer lifetime value, by margin and before the cost to win the customer, in currency.
    target_ratio : array_like, default 3.0
        The LTV:CAC that is aimed at, more than 0.

    Returns
    -------
    float or ndarray of float64
        In currency for a customer. Not above 0 where the value is not: then no spend pays.

    Raises
    ------
    ArgumentError
        For a target that is not above 0, or columns of different length.

    Examples
    --------
    >>> cac_max(3000)
    1000.0
    """
    worth = numbers("clv", clv)
    target = numbers("target_ratio", target_ratio, POSITIVE)
    align(clv=worth, target_ratio=target)
    return answer(quotient(worth, target))


CAC_MAX: Final = Metric(
    name="CAC_MAX",
    title="Highest allowable CAC",
    category="Acquisition",
    unit="currency",
    number_format="#,##0.00",
    formula="customer lifetime value by margin / target LTV:CAC",
    undefined="when the value is blank",
    reference="The target LTV:CAC solved for the cost.",
    function=cac_max,
    arguments=(_CLV, Argument("target_ratio", "The LTV:CAC that is aimed at, more than 0.", "ratio", 3.0)),
    cell_function=True,
    example_arguments=(3000,),
    example_result=1000.0,
)


BUDGET_STEP: Final = 0.2
"""The share of its own spend that a channel gains or loses at most in one step."""


def budget_split(
    shares: ArrayLike, margin_won: ArrayLike, verdicts: Sequence[str], step: float = BUDGET_STEP
) -> FloatArray:
    """Move a budget one step towards where a unit of spend wins most margin, within the highest allowable cost.

    What the channels *above* their allowable cost take now is freed. Those *within* it move towards shares in
    proportion to the margin won per unit of spend, each by at most ``step`` of what it takes now: what was won so far
    is an average, and tells little of what much more spend would win. What is freed first feeds those that grow; a
    channel within its cost is cut only by what these take beyond that. A channel that is to be left *as it is* keeps
    its share.

    Parameters
    ----------
    shares : array_like
        Each channel's share of the budget now, 0 or more.
    margin_won : array_like
        Customer lifetime value / acquisition cost of each: the margin won per unit of spend.
    verdicts : sequence of str
        One of :data:`BUDGET_VERDICTS` for each.
    step : float, default 0.2
        The share of its own spend that a channel within its cost gains or loses at most.

    Returns
    -------
    ndarray of float64
        The suggested shares. They add up to those given; to less where more is freed than may be added elsewhere,
        because that is then better not spent.

    Raises
    ------
    ArgumentError
        For a negative share or step, another verdict, or columns of different length.

    Examples
    --------
    >>> budget_split([0.5, 0.3, 0.2], [3, 6, 6], ["within", "within", "within"]).round(3)
    array([0.4 , 0.36, 0.24])
    >>> budget_split([0.5, 0.2, 0.2, 0.1], [1.5, 6, 4, 9], ["above", "within", "within", "as it is"]).round(3)
    array([0.  , 0.24, 0.24, 0.1 ])
    """
    moved = budget_steps(shares, margin_won, verdicts, step)
    now = numbers("shares", shares, NOT_NEGATIVE)
    stops = np.asarray([item == "above" for item in verdicts], dtype=bool)
    freed, up, down = now[stops].sum(), moved[moved > 0].sum(), -moved[moved < 0].sum()
    # both sides are made equal: nothing is spent that is not freed, and nobody is cut for nothing
    given = np.minimum(1.0, quotient(freed + down, up))
    taken = np.minimum(1.0, quotient(np.maximum(0.0, up - freed), down))
    kept = now + np.where(moved > 0, moved * given, np.where(moved < 0, moved * taken, 0.0))
    return np.where(stops, 0.0, kept)


def budget_steps(
    shares: ArrayLike, margin_won: ArrayLike, verdicts: Sequence[str], step: float = BUDGET_STEP
) -> FloatArray:
    """Return how far each channel would move by itself, before ups and downs are made equal: see :func:`budget_split`.

    Parameters
    ----------
    shares, margin_won, verdicts, step
        As there.

    Returns
    -------
    ndarray of float64
        Shares of the budget, above 0 for those that gain; 0 for channels that are not *within* their cost.

    Raises
    ------
    ArgumentError
        As there.

    Examples
    --------
    >>> budget_steps([0.5, 0.3, 0.2], [3, 6, 6], ["within", "within", "within"]).round(3)
    array([-0.1 ,  0.06,  0.04])
    """
    now = numbers("shares", shares, NOT_NEGATIVE)
    won = numbers("margin_won", margin_won)
    most = numbers("step", step, NOT_NEGATIVE)
    align(shares=now, margin_won=won)
    unknown = [item for item in verdicts if item not in BUDGET_VERDICTS]
    if unknown or len(verdicts) != now.size:
        raise ArgumentError(
            f"verdicts must be {now.size} of {', '.join(BUDGET_VERDICTS)}, but they are {', '.join(verdicts)}."
        )
    grows = np.asarray([item == "within" for item in verdicts], dtype=bool)
    moves = np.asarray([item != "as it is" for item in verdicts], dtype=bool)
    by_margin = np.where(grows, won, 0.0)
    wanted = now[moves].sum() * quotient(by_margin, by_margin.sum())
    return np.where(grows, np.clip(wanted - now, -most * now, most * now), 0.0)


BUDGET_SPLIT: Final = Metric(
    name="BUDGET_SPLIT",
    title="Suggested share of the budget",
    category="Acquisition",
    unit="share",
    number_format="0%",
    formula=(
        "the budget of channels above and within their highest allowable CAC, moved towards those within it by CLV / "
        "CAC, each by at most a fifth of its own; all others keep theirs"
    ),
    undefined="when no spend is known",
    reference="A rule of this package.",
    function=budget_split,
)
