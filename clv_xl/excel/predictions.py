"""Tables of predictions that spill: orders in columns, grouped as in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.customers.purchases import occasions_until
from clv_xl.customers.summary import summarise
from clv_xl.customers.vectors import vector_shop
from clv_xl.errors import InputError
from clv_xl.excel.answers import EMPTY, NOT_AVAILABLE, CellError, Table
from clv_xl.excel.prediction_records import AUTO
from clv_xl.metrics.arguments import NOT_NEGATIVE, SHARE, setting
from clv_xl.models.cautions import NO_LEAVING, decisive, few_repeat_customers
from clv_xl.models.choice import asked_for, choose
from clv_xl.models.gammagamma import GammaGamma, spending
from clv_xl.models.histories import histories
from clv_xl.models.outlook import predict
from clv_xl.models.own_past import past_of_shop, try_on_own_past, usual_months
from clv_xl.models.sbg import Sbg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from clv_xl.metrics.arguments import FloatArray, ObjectArray
    from clv_xl.metrics.occasions import DayArray
    from clv_xl.models.cautions import Caution
    from clv_xl.models.fit import Fit
    from clv_xl.models.own_past import Means
    from clv_xl.models.records import Parameters

__all__ = ["clv_backtest", "clv_model", "clv_predict", "retention_project"]

_LEAST_SURVIVORS: Final = 3


def clv_predict(  # noqa: PLR0917  # in the order of the cell's arguments
    customers: ObjectArray,
    dates: DayArray,
    amounts: FloatArray,
    months: float = 36,
    gross_margin: float = 1.0,
    discount_rate: float = 0.0,
    as_of: date | None = None,
    model: str = AUTO,
) -> Table:
    """Predict each customer, in order of customer id.

    Parameters
    ----------
    customers, dates, amounts, gross_margin, as_of
        As for :func:`clv_xl.excel.tables.clv_customers`.
    months : float, default 36
        The horizon, a whole number from 1 to 600.
    discount_rate : float, default 0
        Yearly, from 0 to 1; the default and the bounds are those of the parameters of a report.
    model : str, default "auto"
        "auto", or a name in :data:`~clv_xl.models.choice.MODELS`.

    Returns
    -------
    Table
        customer, P(alive), expected orders, expected order value, predicted CLV, low, high, next order expected; the
        last is empty for who is rather gone than not. See :class:`~clv_xl.models.outlook.Outlook`.

    Raises
    ------
    InputError
        When there is too little to predict from, with the reason.
    ArgumentError
        For an impossible number.

    Examples
    --------
    >>> from clv_xl.excel.registry import explain
    >>> explain("CLV_PREDICT", ["Ann", "Ann"], ["2024-01-01", "2024-02-01"], [9, 9], 1).reason
    'Only 1 customer came again; 100 are needed to tell their habits. No prediction is given.'
    """
    with vector_shop(customers, dates, amounts, as_of=as_of) as shop:
        names = summarise(shop.connection, shop.as_of)["customer_id"].tolist()
        occasions, first, as_of = occasions_until(shop.connection, shop.as_of), shop.first_day, shop.as_of
    found = predict(
        occasions,
        as_of,
        months=months,  # type: ignore[arg-type] # it refuses what is no whole number
        gross_margin=gross_margin,
        yearly_rate=setting("discount_rate", discount_rate, SHARE),
        model=model,
        tests=past_of_shop(occasions, first, as_of).tests if model == AUTO else (),
        totals=False,
    )
    if not found.usable:
        raise _too_little(found.cautions)
    next_order = [
        EMPTY if day is None else day
        for day in found.next_order.astype("datetime64[s]").astype(object).tolist()
    ]
    return Table(
        (
            "customer",
            "P(alive)",
            "expected orders",
            "expected order value",
            "predicted CLV",
            "low",
            "high",
            "next order expected",
        ),
        (
            names,
            _chances(found.p_alive),
            found.orders,
            found.order_value,
            found.value,
            found.low,
            found.high,
            next_order,
        ),
    )


def _chances(p_alive: FloatArray) -> FloatArray | list[CellError]:
    """Return P(alive), or for each customer why it is unknown."""
    if not np.isnan(p_alive).any():
        return p_alive
    return [CellError(NOT_AVAILABLE, NO_LEAVING.words)] * p_alive.size


def _too_little(cautions: Sequence[Caution]) -> InputError:
    """Return why no prediction is given; a cell has no plain formula to fall back on."""
    return InputError(" ".join([*(item.words for item in decisive(cautions)), "No prediction is given."]))


def clv_model(
    customers: ObjectArray,
    dates: DayArray,
    amounts: FloatArray | None = None,
    as_of: date | None = None,
    model: str = AUTO,
) -> Table:
    """Fit the models of order timing and of spend; times are in weeks.

    Parameters
    ----------
    customers, dates, amounts, as_of
        As for :func:`clv_xl.excel.tables.clv_customers`; without amounts every row is an order.
    model : str, default "auto"
        As for :func:`clv_predict`.

    Returns
    -------
    Table
        figure, value, standard error: first the parameters of order timing in the order of the papers, then those of
        spend, then what else is known of the fits. :func:`~clv_xl.excel.given_model.order_model` reads it back.

    Raises
    ------
    InputError
        When there is too little to fit on, with the reason.
    ArgumentError
        For an impossible amount.

    Examples
    --------
    >>> from clv_xl.excel.registry import explain
    >>> explain("CLV_MODEL", ["Ann", "Ann"], ["2024-01-01", "2024-02-01"]).error
    '#N/A'
    """
    with vector_shop(customers, dates, amounts, as_of=as_of) as shop:
        occasions, first, as_of = occasions_until(shop.connection, shop.as_of), shop.first_day, shop.as_of
    seen = histories(occasions, as_of)
    if few := few_repeat_customers(seen.repeat_customers):
        raise _too_little([few])
    # the evidence of the report, so that a cell and a page never name two models
    tests = past_of_shop(occasions, first, as_of).tests if model == AUTO else ()
    choice = choose(seen, tests) if model == AUTO else asked_for(model, seen)
    spent = spending(occasions, as_of)
    spend = GammaGamma.fit(spent) if spent.counted.any() else None
    rows = [*_parameters(choice.fit), *(() if spend is None else _parameters(spend))]
    rows.append(("log-likelihood", choice.fit.log_likelihood, EMPTY))
    if spend is not None:
        rows.append(("log-likelihood of spend", spend.log_likelihood, EMPTY))
    rows += [
        ("customers", int(choice.fit.customers), EMPTY),
        ("repeat customers", int(choice.fit.repeat_customers), EMPTY),
        ("model", choice.name, EMPTY),
        ("time unit", "weeks", EMPTY),
        ("reason", choice.reason, EMPTY),
    ]
    cautions = (*choice.fit.cautions, *(() if spend is None else spend.cautions))
    rows += [("caution", item.told, EMPTY) for item in cautions]
    return Table(("figure", "value", "standard error"), tuple(zip(*rows, strict=True)))


def _parameters(fit: Fit[Parameters]) -> list[tuple[str, Any, Any]]:
    return [
        (name, value, EMPTY if np.isnan(error) else error)
        for name, value, error in zip(fit.model.names(), fit.model.values(), fit.standard_errors, strict=True)
    ]


def clv_backtest(
    customers: ObjectArray, dates: DayArray, amounts: FloatArray, holdout_months: float | None = None
) -> Table:
    """Compare all models on the shop's own last months.

    Parameters
    ----------
    customers, dates, amounts
        As for :func:`clv_xl.excel.tables.clv_customers`.
    holdout_months : float or None, default None
        How many months are held back; None is 12 where there are two years, else a third of the history.

    Returns
    -------
    Table
        model; then for orders and for amounts: bias of the total, RMSE, Gini and the share that the tenth of customers
        with the highest predictions brought, each the mean over up to three periods of that length. Customers who
        came first in the held back months are in no figure.

    Raises
    ------
    InputError
        When the history is too short, or less than 100 customers had come again before the held back months.
    ArgumentError
        For an impossible number of months or amount.

    Examples
    --------
    >>> from clv_xl.excel.registry import explain
    >>> explain("CLV_BACKTEST", ["Ann", "Ann"], ["2024-01-01", "2024-12-31"], [9, 9]).reason
    'Before the 4 months that are held back, only 0 customers came again; 100 are needed to tell their habits.'
    """
    with vector_shop(customers, dates, amounts) as shop:
        occasions, as_of = occasions_until(shop.connection, shop.as_of), shop.as_of
        first = shop.first_day
    months = (
        usual_months(first, as_of)
        if holdout_months is None
        else int(setting("holdout_months", holdout_months, NOT_NEGATIVE))
    )
    past = try_on_own_past(occasions, as_of, months)
    if not past.tests:
        raise InputError(past.why)
    titles = [f"{title} of {what}" for what in ("orders", "amount") for title in _SCORES]
    rows = [(name, *_scores(past.orders(name)), *_scores(past.amounts(name))) for name in past.methods]
    return Table(("model", *titles), tuple(zip(*rows, strict=True)))


_SCORES: Final = ("bias", "RMSE", "Gini", "top 10%")


def _scores(found: Means) -> tuple[Any, ...]:
    scores = (found.bias, found.rmse, found.gini, found.top_capture)
    return tuple(EMPTY if np.isnan(score) else score for score in scores)


def retention_project(survivors: FloatArray, periods: float) -> Table:
    """Project a cohort of subscribers.

    Parameters
    ----------
    survivors : ndarray of float64
        Customers at the start, then those left after period 1, 2, ...; counts or shares.
    periods : float
        Up to which period.

    Returns
    -------
    Table
        period from 0, survival (share of the cohort), retention (share of those left before it who stayed).

    Raises
    ------
    InputError
        For less than three figures, a blank among them, or when nobody has left.
    ArgumentError
        For figures that rise, or are negative.

    Examples
    --------
    >>> from clv_xl.excel.functions import RETENTION_PROJECT
    >>> [round(row[1], 3) for row in RETENTION_PROJECT([1000, 869, 743, 653], 4)[1:]]
    [1.0, 0.864, 0.749, 0.653, 0.571]
    """
    if (blank := np.isnan(survivors)).any():
        place = int(np.argmax(blank)) + 1
        raise InputError(
            f"survivors (row {place}) is blank, but each period up to the last needs its figure."
        )
    if survivors.size < _LEAST_SURVIVORS:
        raise InputError(
            f"survivors has {survivors.size} figures, but the model needs {_LEAST_SURVIVORS} or more: customers at the "
            "start, and those left after two periods."
        )
    fit = Sbg.fit(survivors)
    if not fit.usable:
        raise InputError(" ".join(item.words for item in fit.cautions if item.unusable))
    ages = np.arange(int(periods) + 1)
    return Table(
        ("period", "survival", "retention"),
        (ages, fit.model.survival(ages), [EMPTY, *fit.model.retention(ages[1:]).tolist()]),
    )
