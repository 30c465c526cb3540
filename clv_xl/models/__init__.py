"""The published models of a customer base: who is still a customer, who orders how often and for how much.

Pure functions and frozen records over numpy arrays. Importing a model costs nothing but numpy; scipy is loaded
when one is first fitted or asked.
"""

from __future__ import annotations

from clv_xl.models.accuracy import Accuracy, accuracy
from clv_xl.models.backtest import Backtest, backtest, rolling_backtest, verdict
from clv_xl.models.bgbb import BgBb, Opportunities
from clv_xl.models.bgnbd import BgNbd
from clv_xl.models.cautions import Caution
from clv_xl.models.choice import Choice, choose
from clv_xl.models.fit import Fit
from clv_xl.models.gammagamma import GammaGamma, Spending, expected_amounts, spending
from clv_xl.models.histories import Histories, histories
from clv_xl.models.intervals import Forecast, Interval, forecast
from clv_xl.models.mbgcnbd import MbgCnbd
from clv_xl.models.nbd import Nbd
from clv_xl.models.order_model import OrderModel
from clv_xl.models.outlook import MonthAhead, Outlook, predict
from clv_xl.models.paretonbd import ParetoNbd
from clv_xl.models.predicted_value import PredictedValue, predicted_value
from clv_xl.models.purchases import Occasions, purchase_occasions
from clv_xl.models.records import Parameters
from clv_xl.models.renewals import Renewals, renewals
from clv_xl.models.sbg import Sbg
from clv_xl.models.second_stage import SecondStage, judge_second_stage, second_stage

__all__ = [
    "Accuracy",
    "Backtest",
    "BgBb",
    "BgNbd",
    "Caution",
    "Choice",
    "Fit",
    "Forecast",
    "GammaGamma",
    "Histories",
    "Interval",
    "MbgCnbd",
    "MonthAhead",
    "Nbd",
    "Occasions",
    "Opportunities",
    "OrderModel",
    "Outlook",
    "Parameters",
    "ParetoNbd",
    "PredictedValue",
    "Renewals",
    "Sbg",
    "SecondStage",
    "Spending",
    "accuracy",
    "backtest",
    "choose",
    "expected_amounts",
    "forecast",
    "histories",
    "judge_second_stage",
    "predict",
    "predicted_value",
    "purchase_occasions",
    "renewals",
    "rolling_backtest",
    "second_stage",
    "spending",
    "verdict",
]
