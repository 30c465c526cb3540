"""The prediction: one definition for cells, report and command line.

From purchase occasions to what each customer, and all of them, will bring within so many months, with the model that
the shop's own data ask for, and what a reader must know about it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from clv_xl.metrics.arguments import MARGIN, SHARE, Allowed, setting
from clv_xl.metrics.occasions import day
from clv_xl.models.cautions import (
    NEVER_LEAVE,
    NO_AMOUNTS,
    ONE_DAY,
    Caution,
    few_repeat_customers,
    short_history,
)
from clv_xl.models.choice import Choice, asked_for, choose
from clv_xl.models.gammagamma import GammaGamma, expected_amounts
from clv_xl.models.intervals import Forecast, Interval, forecast
from clv_xl.models.months_ahead import MonthAhead, Monthly, months_ahead
from clv_xl.models.nbd import Nbd
from clv_xl.models.records import DAYS_PER_MONTH, DAYS_PER_UNIT
from clv_xl.models.seen import Seen

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.backtest import Backtest
    from clv_xl.models.fit import Fit
    from clv_xl.models.histories import Histories
    from clv_xl.models.purchases import Purchases

__all__ = ["AUTO", "MonthAhead", "Outlook", "predict", "predict_seen"]

DayArray: TypeAlias = npt.NDArray[np.datetime64]

AUTO: Final = "auto"
"""The model that the shop's own data ask for: see :func:`~clv_xl.models.choice.choose`."""

EPOCH: Final = date(1970, 1, 1).toordinal()
MONTHS: Final = Allowed("a whole number of months, from 1 to 600", low=1, high=600, integer=True)

LIKELY: Final = 0.5
"""A next order is expected only of customers who are rather still customers than not."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What customers will bring within a horizon, as seen on a day.

    Figures of customers stand in the order of the customers' numbers; NaN (NaT) for who had not come by the as-of
    day, and everywhere when the prediction is not ``usable``. Values are NaN, too, where there are no amounts.

    Attributes
    ----------
    as_of : datetime.date
        The day to whose end everything is known.
    months : int
        The horizon; a month is 365.25 / 12 days.
    level : float
        With this probability a figure falls into its interval, if the model is right.
    gross_margin : float
        Share of an amount that is margin.
    yearly_rate : float
        The yearly discount rate.
    choice : Choice or None
        The model of order timing, and why; None only when there is no time to fit one on.
    spend : Fit of GammaGamma or None
        The model of spend; None without amounts.
    tests : tuple of Backtest
        The evidence that the choice was made with.
    cautions : tuple of Caution
        What a reader must know; those that are ``unusable`` say why no prediction is given.
    usable : bool
        False when no prediction is given: too few customers came again, the history is too short for the horizon, or
        the model asked for cannot be fitted.
    p_alive : ndarray of float64
        The probability that the customer is still one; NaN, too, with the model without dropout (NBD), which cannot
        tell.
    orders : ndarray of float64
        Expected purchase occasions within the horizon.
    order_value : ndarray of float64
        Expected amount of an occasion, in currency.
    order_value_from : str
        In words, where that comes from; empty without amounts.
    value : ndarray of float64
        Predicted CLV: ``sum over the months of expected orders x order value x gross margin / (1 + yearly
        rate)^(month / 12)``, in currency.
    low, high : ndarray of float64
        The interval of the value, with the chance of the customer's own purchases in it. Its ends are discounted as the
        customer's mean order: over many months, or at a high rate, it holds more than its level.
    next_order : ndarray of datetime64[D]
        The customer's last order and the median of the customer's gaps between orders, while a customer; a day before
        the as-of day is an order that is overdue. NaT where P(alive) is below one half.
    total_orders : Interval
        Occasions of all customers within the horizon.
    total_value : Interval
        Customer equity: the sum of all values.
    ahead : tuple of MonthAhead
        One for each month; their ``discounted_margin`` adds up to ``total_value.expected``. Empty when the prediction
        is not usable.
    """

    as_of: date
    months: int
    level: float
    gross_margin: float
    yearly_rate: float
    choice: Choice | None
    spend: Fit[GammaGamma] | None
    tests: tuple[Backtest, ...]
    cautions: tuple[Caution, ...]
    usable: bool
    p_alive: FloatArray
    orders: FloatArray
    order_value: FloatArray
    order_value_from: str
    value: FloatArray
    low: FloatArray
    high: FloatArray
    next_order: DayArray
    total_orders: Interval
    total_value: Interval
    ahead: tuple[MonthAhead, ...]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What is asked for, checked."""

    as_of: date
    months: int
    level: float
    gross_margin: float
    yearly_rate: float

    @classmethod
    def of(
        cls, as_of: date | np.datetime64, months: int, yearly_rate: float, margin: float, level: float
    ) -> _Terms:
        return cls(
            date.fromordinal(EPOCH + int(day("as_of", as_of).astype(np.int64))),
            int(setting("months", months, MONTHS)),
            setting("level", level, SHARE),
            setting("gross_margin", margin, MARGIN),
            setting("yearly_rate", yearly_rate, SHARE),
        )


def predict(
    purchases: Purchases,
    as_of: date | np.datetime64,
    *,
    months: int = 36,
    gross_margin: float = 1.0,
    yearly_rate: float = 0.1,
    level: float = 0.9,
    model: str = AUTO,
    tests: tuple[Backtest, ...] = (),
    totals: bool = True,
) -> Outlook:
    """Predict what each customer will bring within the months after a day.

    Parameters
    ----------
    purchases : Purchases
        See :func:`~clv_xl.models.purchases.purchase_occasions`; those after ``as_of`` are left out.
    as_of : datetime.date
        The day to whose end everything is known.
    months : int, default 36
        The horizon, from 1 to 600.
    gross_margin : float, default 1
        Share of an amount that is margin, more than 0 and at most 1.
    yearly_rate : float, default 0.1
        The yearly discount rate, from 0 to 1.
    level : float, default 0.9
        The probability of the intervals.
    model : str, default "auto"
        "auto", or a name in :data:`~clv_xl.models.choice.MODELS`.
    tests : tuple of Backtest, default ()
        Evidence for "auto", such as :func:`~clv_xl.models.backtest.rolling_backtest` gives it.
    totals : bool, default True
        False leaves out the months and the intervals of totals, for who needs the customers alone and soon.

    Returns
    -------
    Outlook
        With ``usable`` False and no figures when there is too little to predict from.

    Raises
    ------
    ArgumentError
        For an impossible setting or an unknown model, or when nobody had come by the day.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.purchases import purchase_occasions
    >>> dates = np.array(["2024-01-01", "2024-01-15"], "M8[D]")
    >>> found = predict(purchase_occasions(["A", "A"], dates, [9, 9]), date(2024, 1, 22), months=1)
    >>> found.usable, found.cautions[0].words
    (False, 'Only 1 customer came again; 100 are needed to tell their habits.')
    """
    terms = _Terms.of(as_of, months, yearly_rate, gross_margin, level)
    return _predicted(terms, Seen.of(purchases, as_of), model, tests, totals=totals)


def predict_seen(
    seen: Seen, as_of: date, *, months: int, yearly_rate: float, tests: tuple[Backtest, ...]
) -> Outlook:
    """Predict as :func:`predict` does, from what was seen of the customers by the day.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.purchases import purchase_occasions
    >>> seen = Seen.of(purchase_occasions(["A"], np.array(["2024-01-01"], "M8[D]")), date(2024, 1, 22))
    >>> predict_seen(seen, date(2024, 1, 22), months=1, yearly_rate=0.1, tests=()).usable
    False
    """
    return _predicted(_Terms.of(as_of, months, yearly_rate, 1.0, 0.9), seen, AUTO, tests, totals=True)


def _predicted(
    terms: _Terms, seen: Seen, model: str, tests: tuple[Backtest, ...], *, totals: bool
) -> Outlook:
    ours = seen.histories
    enough = bool(ours.age.max(initial=0.0) > 0)
    choice = _choice(model, ours, tests) if enough else None
    spend = GammaGamma.fit(seen.spent) if seen.spent.counted.any() else None
    of_orders = _cautions(choice, ours, terms.months)
    of_amounts = () if choice is None else (NO_AMOUNTS,) if spend is None else spend.cautions
    # one that both models have is told once
    cautions = tuple(dict.fromkeys((*of_orders, *of_amounts)))
    if choice is None or any(item.unusable for item in of_orders):
        return _none(terms, choice, spend, tests, cautions, seen.customers)
    return _outlook(terms, choice, spend, tests, cautions, seen, totals=totals)


def _choice(model: str, seen: Histories, tests: tuple[Backtest, ...]) -> Choice:
    automatic = isinstance(model, str) and model.strip().lower() == AUTO
    return choose(seen, tests) if automatic else asked_for(model, seen)


def _cautions(choice: Choice | None, seen: Histories, months: int) -> tuple[Caution, ...]:
    """Return what is to be known of the orders; without a usable model of spend they are predicted all the same."""
    if choice is None:
        few = few_repeat_customers(seen.repeat_customers)
        return (ONE_DAY,) if few is None else (few, ONE_DAY)
    found = [*choice.fit.cautions]
    if choice.fit.model.model_name == "BG/NBD":
        found.append(NEVER_LEAVE)
    horizon = months * DAYS_PER_MONTH / DAYS_PER_UNIT[seen.time_unit]
    late = short_history(float(seen.age.max()), horizon, seen.time_unit)
    if late is not None:
        found.append(late)
    return tuple(found)


def _none(
    terms: _Terms,
    choice: Choice | None,
    spend: Fit[GammaGamma] | None,
    tests: tuple[Backtest, ...],
    cautions: tuple[Caution, ...],
    customers: int,
) -> Outlook:
    blank = np.full(customers, np.nan)
    nothing = Interval(math.nan, math.nan, math.nan)
    return Outlook(
        as_of=terms.as_of,
        months=terms.months,
        level=terms.level,
        gross_margin=terms.gross_margin,
        yearly_rate=terms.yearly_rate,
        choice=choice,
        spend=spend,
        tests=tests,
        cautions=cautions,
        usable=False,
        p_alive=blank,
        orders=blank,
        order_value=blank,
        order_value_from="",
        value=blank,
        low=blank,
        high=blank,
        next_order=np.full(customers, np.datetime64("NaT", "D")),
        total_orders=nothing,
        total_value=nothing,
        ahead=(),
    )


def _outlook(
    terms: _Terms,
    choice: Choice,
    spend: Fit[GammaGamma] | None,
    tests: tuple[Backtest, ...],
    cautions: tuple[Caution, ...],
    seen: Seen,
    *,
    totals: bool,
) -> Outlook:
    model, ours = choice.fit.model, seen.histories
    payers = spend if spend is not None and spend.usable else None
    worth, worth_from = np.full(ours.size, np.nan), ""
    if spend is not None:
        worth, worth_from = expected_amounts(spend, seen.spent)
    month = DAYS_PER_MONTH / DAYS_PER_UNIT[model.time_unit]
    found = forecast(
        choice.fit,
        ours,
        terms.months * month,
        spend,
        None if spend is None else seen.spent,
        level=terms.level,
        totals=totals,
    )
    monthly = Monthly.of(model, ours, worth, terms.months, terms.yearly_rate, found)
    ahead = (
        months_ahead(
            monthly,
            choice.fit,
            payers,
            ours,
            seen.spent,
            as_of=terms.as_of,
            gross_margin=terms.gross_margin,
            level=terms.level,
        )
        if totals
        else ()
    )
    value = monthly.discounted_orders * worth * terms.gross_margin
    low, high = _bounds(found, monthly, worth, terms.gross_margin)
    alive = model.p_alive(ours)
    return Outlook(
        as_of=terms.as_of,
        months=terms.months,
        level=terms.level,
        gross_margin=terms.gross_margin,
        yearly_rate=terms.yearly_rate,
        choice=choice,
        spend=spend,
        tests=tests,
        cautions=cautions,
        usable=True,
        p_alive=seen.spread(np.full(ours.size, np.nan) if isinstance(model, Nbd) else alive),
        orders=seen.spread(found.orders),
        order_value=seen.spread(worth),
        order_value_from=worth_from,
        value=seen.spread(value),
        low=seen.spread(low),
        high=seen.spread(high),
        next_order=_next_order(seen, model.median_gap(ours) * DAYS_PER_UNIT[model.time_unit], alive),
        total_orders=found.total_orders,
        total_value=_total(found, monthly, terms.gross_margin),
        ahead=ahead,
    )


def _bounds(
    found: Forecast, monthly: Monthly, worth: FloatArray, gross_margin: float
) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of each customer's value: those of the amounts, discounted as the customer's mean order."""
    discount = np.divide(
        monthly.discounted_orders, found.orders, out=np.ones_like(found.orders), where=found.orders > 0
    )
    share = discount * gross_margin
    if found.amount_low is None or found.amount_high is None:
        return found.orders_low * worth * share, found.orders_high * worth * share
    return found.amount_low * share, found.amount_high * share


def _total(found: Forecast, monthly: Monthly, gross_margin: float) -> Interval:
    """Return customer equity; its bounds are as far from it, relatively, as those of the undiscounted total."""
    expected = math.fsum((monthly.factors * monthly.amount * gross_margin).tolist())
    whole = found.total_orders if found.total_amount is None else found.total_amount
    if not whole.expected > 0:
        return Interval(expected, expected, expected)
    return Interval(expected, expected * whole.low / whole.expected, expected * whole.high / whole.expected)


def _next_order(seen: Seen, gap_days: FloatArray, alive: FloatArray) -> DayArray:
    # beyond some centuries a date means nothing, and does not fit one
    near = (alive >= LIKELY) & (gap_days < 100_000)
    found = np.full(seen.customers, np.datetime64("NaT", "D"))
    days = seen.last_day + np.where(near, np.round(gap_days), 0).astype(np.int64)
    found[seen.place] = np.where(near, days.astype("datetime64[D]"), np.datetime64("NaT", "D"))
    return found
