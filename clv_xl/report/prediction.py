"""What the shop's customers will bring: the outlook, the evidence for it, and the figures that follow from both."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.summary import year_before
from clv_xl.models.corrected import corrected, try_correction
from clv_xl.report.correction import method_used
from clv_xl.report.predicted_figures import PREDICTED
from clv_xl.report.words import share

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.customers.purchases import AskedPurchases
    from clv_xl.models.corrected import Trial
    from clv_xl.models.outlook import MonthAhead, Outlook
    from clv_xl.models.own_past import OwnPast
    from clv_xl.parameters import Parameters
    from clv_xl.report.correction import Covariates
    from clv_xl.report.figures import Figures
    from clv_xl.report.past_ahead import BegunPast
    from clv_xl.second_process import Begun

__all__ = [
    "YEAR",
    "BegunPrediction",
    "Prediction",
    "begin_prediction",
    "margins",
    "with_predicted_columns",
    "with_predicted_figures",
]

YEAR = 12
"""Coming months that the Summary adds up."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The outlook of a shop, in amounts: what is left of them as margin is ``margin_share``.

    So a changed gross margin or cost to serve needs no new prediction: every value is an amount of the outlook times
    that share.

    Attributes
    ----------
    outlook : Outlook
        With a gross margin of 1.
    past : OwnPast
        The backtests that the model was chosen with, and with them that of the correction.
    margin_share : float
        Margin per order after cost to serve / average order, of all orders so far; NaN where nothing was paid.
    occasions_year : int
        Purchase occasions of the last twelve months: what expected orders are to be compared with.
    covariates : Covariates or None
        What the correction may read; None where it is switched off.
    trial : Trial or None
        What the past says of the correction; None where it was not tried.
    """

    outlook: Outlook
    past: OwnPast
    margin_share: float
    occasions_year: int
    covariates: Covariates | None = None
    trial: Trial | None = None

    @property
    def used(self) -> str:
        """The method that the prediction goes by; empty where there is none."""
        choice = self.outlook.choice
        return "" if choice is None else method_used(self.trial if self.usable else None, choice)

    @property
    def usable(self) -> bool:
        """Tell whether orders are predicted."""
        return self.outlook.usable

    @property
    def knows_leaving(self) -> bool:
        """Tell whether P(alive) is known: not where nobody was seen to leave, and NBD is used."""
        return self.usable and not np.isnan(self.outlook.p_alive).any()

    @property
    def has_value(self) -> bool:
        """Tell whether values are predicted: that takes amounts, too."""
        return self.usable and math.isfinite(self.outlook.total_value.expected * self.margin_share)

    @property
    def year(self) -> tuple[MonthAhead, ...]:
        """The coming twelve months, or as many as the horizon has."""
        return self.outlook.ahead[:YEAR]


def margins(expected: float, low: float, high: float, kept: float) -> tuple[float, float, float]:
    """Return the margin of an amount and of the ends of its interval; at a loss, the largest amount leaves the least.

    Examples
    --------
    >>> margins(10.0, 0.0, 12.0, -0.5)
    (-5.0, -6.0, 0.0)
    """
    # 0 added to -0.0 is 0.0
    ends = low * kept + 0.0, high * kept + 0.0
    return expected * kept + 0.0, float(np.minimum(*ends)), float(np.maximum(*ends))


@dataclass(frozen=True, slots=True, eq=False)
class BegunPrediction:
    """A prediction that :func:`begin_prediction` began: nothing is missing but what each customer will bring."""

    outlook: Begun[Outlook]
    past: OwnPast
    trial: Trial | None
    purchases: AskedPurchases
    covariates: Covariates | None

    def result(self, as_of: date, figures: Figures) -> Prediction:
        """Return the prediction.

        Parameters
        ----------
        as_of : datetime.date
            The day on which everything is measured.
        figures : Figures
            The key figures, for the margin.
        """
        recent = self.purchases.occasions_after(
            year_before(as_of)
        )  # while customers are still being predicted
        outlook, past = self.outlook.result(), self.past
        if self.trial is not None:
            outlook, past = corrected(outlook, self.trial, self.purchases), self.trial.past
        amount = figures["amount_total"].now
        kept = figures["margin_per_order"].now * figures["orders_total"].now
        margin_share = share(kept, amount) if amount > 0 else math.nan
        return Prediction(outlook, past, margin_share, recent, self.covariates, self.trial)


def begin_prediction(
    purchases: AskedPurchases, begun: BegunPast, parameters: Parameters, covariates: Covariates | None
) -> BegunPrediction:
    """Test the methods on the shop's own past, and begin to predict with the one that the evidence asks for.

    Parameters
    ----------
    purchases : AskedPurchases
        All of the shop.
    begun : BegunPast
        The tests, which :func:`~clv_xl.report.past_ahead.begin_past` began.
    parameters : Parameters
        Of these the horizon and the discount rate.
    covariates : Covariates or None
        What a correction may read; None for no correction.
    """
    past = begun.result()
    outlook = begun.begin_outlook(past.tests, parameters)
    choice, trial = begun.choice(past.tests), None
    if covariates is not None and choice is not None:
        trial = try_correction(purchases, covariates.values, past, choice.name)
    return BegunPrediction(outlook, past, trial, purchases, covariates)


def with_predicted_columns(
    customers: pd.DataFrame, prediction: Prediction, rows: np.ndarray | None = None
) -> pd.DataFrame:
    """Add what is predicted of each customer.

    Parameters
    ----------
    customers : pandas.DataFrame
        A row a customer.
    prediction : Prediction
        Of them.
    rows : ndarray of int64, optional
        The number of the customer in each row; by default they are in the order of these.

    Returns
    -------
    pandas.DataFrame
        The same where nothing can be predicted. Else with p_alive, expected_orders (within the horizon), next_order
        (NaT for whom none is expected) and overdue_days (NaN where the next order is not overdue); and where there are
        amounts, with expected_amount, expected_low and expected_high (discounted amounts within the horizon), and
        predicted_clv, predicted_low and predicted_high (times the share that is margin).
    """
    outlook = prediction.outlook
    if not prediction.usable:
        return customers
    overdue = (np.datetime64(outlook.as_of, "D") - outlook.next_order).astype(np.float64)
    overdue[np.isnat(outlook.next_order)] = np.nan
    columns: dict[str, np.ndarray] = {
        "p_alive": np.round(outlook.p_alive, _DIGITS),
        "expected_orders": np.round(outlook.orders, _DIGITS),
        "next_order": outlook.next_order.astype("datetime64[s]"),
        "overdue_days": np.where(overdue > 0, overdue, np.nan),
    }
    if prediction.has_value:
        for name, amounts in (
            ("expected_amount", outlook.value),
            ("expected_low", outlook.low),
            ("expected_high", outlook.high),
        ):
            columns[name] = np.round(amounts, _DIGITS)
        # 0 added to -0.0 is 0.0, and at a loss the largest amount leaves the least
        middle, *ends = (columns[name] * prediction.margin_share + 0.0 for name in _AMOUNTS)
        columns |= {
            "predicted_clv": middle,
            "predicted_low": np.minimum(*ends),
            "predicted_high": np.maximum(*ends),
        }
    if rows is not None:
        columns = {name: values[rows] for name, values in columns.items()}
    return customers.assign(**columns)


def with_predicted_figures(figures: Figures, prediction: Prediction, customers: int) -> Figures:
    """Add the figures that follow from the prediction: those of values only where values are predicted."""
    if not prediction.usable:
        return figures
    outlook = prediction.outlook
    total, kept = outlook.total_value, prediction.margin_share
    year = prediction.year
    equity, equity_low, equity_high = margins(total.expected, total.low, total.high, kept)
    values = {
        "margin_share": kept,
        "forecast_rate": outlook.yearly_rate,
        "forecast_months": float(outlook.months),
        "expected_amount": total.expected,
        "expected_amount_low": total.low,
        "expected_amount_high": total.high,
        "customer_equity": equity,
        "customer_equity_low": equity_low,
        "customer_equity_high": equity_high,
        "predicted_clv": share(equity, customers),
        "coming_orders": math.fsum(item.orders.expected for item in year),
        "coming_amount": math.fsum(item.amount.expected for item in year),
        "alive_customers": float(np.sum(outlook.p_alive)),
    }
    shown = [item for item in PREDICTED if prediction.has_value or item.name in _WITHOUT_AMOUNTS]
    return replace(
        figures, predicted=tuple(item.figure(values[item.name], None, _NO_YEAR_BEFORE) for item in shown)
    )


_DIGITS = 6
"""Decimals of what is predicted of a customer: more would only make the file of a large shop twice as large."""
_AMOUNTS = ("expected_amount", "expected_low", "expected_high")
_WITHOUT_AMOUNTS = {"coming_orders", "alive_customers", "forecast_months"}
_NO_YEAR_BEFORE = "No change is shown: how right earlier predictions would have been is on the page Forecast."
