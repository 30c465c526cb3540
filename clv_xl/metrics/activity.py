"""Being active: who has ordered lately, and who stands out among them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.arguments import (
    NOT_NEGATIVE,
    TOP,
    WHOLE,
    column,
    complete,
    numbers,
    same_length,
    setting,
    whole,
)
from clv_xl.metrics.arithmetic import portion
from clv_xl.metrics.occasions import days_before
from clv_xl.metrics.record import Metric

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, FloatArray, ObjectArray

__all__ = [
    "TIERS",
    "active_window",
    "active_windows",
    "activity_tiers",
    "days_since_last_order",
    "is_active",
    "is_window_whole",
]

TIERS: Final = ("ambassadors", "active", "inactive")
"""The activity tiers, best first."""


def days_since_last_order(last_orders: ArrayLike, as_of: date | np.datetime64) -> FloatArray:
    """Days from each customer's last order to the as-of date.

    This is what RFM calls recency. Models of repeat buying use that word for something else, so it is never
    called recency here.

    Parameters
    ----------
    last_orders : array_like of dates
        Date of each customer's last order.
    as_of : date
        The day on which everything is measured.

    Returns
    -------
    ndarray of float64
        In days, one for each customer. NaN where the date is blank.

    Raises
    ------
    ArgumentError
        For a last order after the as-of date, or what is no date.

    Examples
    --------
    >>> from datetime import date
    >>> days_since_last_order([date(2024, 1, 1), None], date(2024, 1, 31))
    array([30., nan])
    """
    return days_before("last_orders", last_orders, as_of)


DAYS_SINCE_LAST_ORDER: Final = Metric(
    name="DAYS_SINCE_LAST_ORDER",
    title="Days since last order",
    category="Customers",
    unit="days",
    number_format="#,##0",
    formula="as-of date - date of the customer's last order",
    undefined="when the customer has no order",
    reference="The R of RFM: Hughes (1994), Strategic Database Marketing.",
    function=days_since_last_order,
)


def active_window(gaps: ArrayLike, share: float = 0.9) -> float:
    """Days within which a shop's customers usually order again: the default for ``active_days``.

    The smallest observed gap that is at least as long as ``share`` of all gaps: a value that occurs, never
    one between two (the discrete percentile of SQL).

    Parameters
    ----------
    gaps : array_like
        Days between consecutive occasions of the same customer, 0 or more. Blanks are left out.
    share : float, default 0.9
        More than 0 and at most 1.

    Returns
    -------
    float
        In days. NaN when nobody came back.

    Raises
    ------
    ArgumentError
        For a negative gap or an impossible share.

    Examples
    --------
    >>> active_window([10, 20, 30, 40, 50, 60, 70, 80, 90, 365])
    90.0
    """
    known = column("gaps", gaps, NOT_NEGATIVE)
    return float(active_windows(known, np.zeros(known.size), 1, share)[0])


def active_windows(
    gaps: ArrayLike,
    known_in: ArrayLike,
    periods: int,
    share: float = 0.9,
    times: ArrayLike | None = None,
) -> FloatArray:
    """Return the :func:`active_window` as it was at the end of each period: of the gaps that had ended by then.

    Parameters
    ----------
    gaps : array_like
        Days between consecutive occasions of the same customer, 0 or more. Blanks are left out.
    known_in : array_like of int
        The period, from 0, in which each gap ended: that of the later occasion. Gaps of a period from
        ``periods`` on are left out.
    periods : int
        The number of periods, 0 or more.
    share : float, default 0.9
        More than 0 and at most 1.
    times : array_like of int or None, default None
        How often each gap occurred in its period; None is once.

    Returns
    -------
    ndarray of float64, shape (periods,)
        In days. NaN where nobody had come back yet.

    Raises
    ------
    ArgumentError
        For a negative gap or period, an impossible share, or columns of different length.

    Examples
    --------
    >>> active_windows([30, 10, 20], [2, 1, 1], 3)
    array([nan, 20., 30.])
    >>> active_windows([30, 10], [0, 0], 1, times=[1, 9])
    array([10.])
    """
    waited = column("gaps", gaps, NOT_NEGATIVE)
    when = whole("known_in", known_in, WHOLE).ravel()
    each = np.ones(waited.size, dtype=np.int64) if times is None else whole("times", times, WHOLE).ravel()
    same_length(gaps=waited, known_in=when, **({} if times is None else {"times": each}))
    part = setting("share", share, TOP)
    count = int(whole("periods", periods, WHOLE))
    used = ~np.isnan(waited) & (when < count) & (each > 0)
    lengths, which = np.unique(waited[used], return_inverse=True)
    # numpy sorts short whole numbers several times faster
    order = np.argsort(when[used].astype(np.uint16) if count < 2**16 else when[used], kind="stable")
    found = np.full(count, np.nan)
    so_far = np.zeros(lengths.size, dtype=np.int64)
    ends = np.searchsorted(when[used][order], np.arange(1, count + 1))
    weights = None if times is None else each[used][order]
    for period, (begin, end) in enumerate(pairwise([0, *ends])):
        weight = None if weights is None else weights[begin:end]
        so_far += np.bincount(which[order[begin:end]], weight, lengths.size).astype(np.int64)
        reached = np.cumsum(so_far)
        if reached.size and reached[-1]:
            found[period] = lengths[np.searchsorted(reached, math.ceil(portion(part, int(reached[-1]))))]
    return found


ACTIVE_WINDOW: Final = Metric(
    name="ACTIVE_WINDOW",
    title="Active window",
    category="Customers",
    unit="days",
    number_format="#,##0",
    formula="the number of days within which 90% of the shop's own gaps between orders ended",
    undefined="when nobody came back",
    reference="A rule of this package: the discrete 90th percentile of the gaps.",
    function=active_window,
)


def is_active(days_since_last_order: ArrayLike, active_days: float) -> BoolArray:
    """Tell which customers have ordered within the active window: ``days since last order <= active days``.

    Parameters
    ----------
    days_since_last_order : array_like
        Days since each customer's last order, 0 or more. A customer without a figure is not active.
    active_days : float
        Length of the window in days, 0 or more.

    Returns
    -------
    ndarray of bool
        Of the shape of ``days_since_last_order``.

    Raises
    ------
    ArgumentError
        For a negative number.

    Examples
    --------
    >>> is_active([0, 90, 91], 90)
    array([ True,  True, False])
    """
    waited = numbers("days_since_last_order", days_since_last_order, NOT_NEGATIVE)
    return np.asarray(waited <= setting("active_days", active_days, NOT_NEGATIVE))


ACTIVE_CUSTOMERS: Final = Metric(
    name="ACTIVE_CUSTOMERS",
    title="Active customers",
    category="Customers",
    unit="count",
    number_format="#,##0",
    formula="customers whose last order lies within the active window before the as-of date",
    undefined="when there is no active window",
    reference="The field's habit where customers do not give notice.",
    function=is_active,
)


def is_window_whole(history_days: float, active_days: float) -> bool:
    """Tell whether a day has its whole active window behind it, so that somebody may be inactive on it.

    On an earlier day everybody known is active, because nobody's last order can lie further back than the orders
    begin; the share of them who are still active later is no retention.

    Parameters
    ----------
    history_days : float
        Days from the first order of all to that day.
    active_days : float
        Length of the window in days, 0 or more.

    Raises
    ------
    ArgumentError
        For a negative window.

    Examples
    --------
    >>> is_window_whole(200, 200), is_window_whole(201, 200)
    (False, True)
    """
    return bool(history_days > setting("active_days", active_days, NOT_NEGATIVE))


def activity_tiers(
    days_since_last_order: ArrayLike, orders: ArrayLike, active_days: float, ambassador_share: float = 0.2
) -> ObjectArray:
    """Put each customer in a tier: inactive, active, or ambassadors.

    Ambassadors are the active customers with the most orders, at most ``ambassador_share`` of the active.
    Customers with equally many orders are all in or all out: a group that would exceed the share stays out,
    so where everybody has one order, there are no ambassadors.

    Parameters
    ----------
    days_since_last_order : array_like
        Days since each customer's last order, 0 or more. A customer without a figure is inactive.
    orders : array_like
        Each customer's number of orders, 0 or more, blanks not allowed.
    active_days : float
        Length of the active window in days.
    ambassador_share : float, default 0.2
        Share of the *active* customers, more than 0 and at most 1.

    Returns
    -------
    ndarray of str objects
        One of :data:`TIERS` for each customer.

    Raises
    ------
    ArgumentError
        For a value outside the ranges above, or columns of different length.

    Examples
    --------
    >>> list(activity_tiers([5, 5, 5, 5, 5, 400], [9, 2, 2, 1, 1, 9], active_days=90))
    ['ambassadors', 'active', 'active', 'active', 'active', 'inactive']
    """
    waited = column("days_since_last_order", days_since_last_order, NOT_NEGATIVE)
    count = complete("orders", orders, NOT_NEGATIVE)
    same_length(days_since_last_order=waited, orders=count)
    part = setting("ambassador_share", ambassador_share, TOP)
    active = is_active(waited, active_days)
    among = np.sort(count[active])
    at_least = among.size - np.searchsorted(among, count, side="left")
    ambassador = active & (at_least <= math.floor(portion(part, among.size)))
    return np.array(TIERS, dtype=object)[np.where(ambassador, 0, np.where(active, 1, 2))]


ACTIVITY_TIER: Final = Metric(
    name="ACTIVITY_TIER",
    title="Activity tier",
    category="Customers",
    unit="text",
    number_format="@",
    formula=(
        "inactive: no order within the active window; ambassadors: the active with the most orders, "
        "at most 20% of them, equals all in or all out; active: the others"
    ),
    undefined="when there is no active window",
    reference="A rule of this package.",
    function=activity_tiers,
)
