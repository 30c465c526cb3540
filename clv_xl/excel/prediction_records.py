"""Records of the functions that predict: they stand with the cells, which give them their columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from clv_xl.excel.records import AMOUNTS, AS_OF, MARGIN
from clv_xl.metrics.occasions import CUSTOMERS, DATES
from clv_xl.metrics.record import Argument, Metric, Range
from clv_xl.models.choice import MODELS
from clv_xl.models.outlook import AUTO

__all__ = [
    "AUTO",
    "CLV_BACKTEST",
    "CLV_MODEL",
    "CLV_PREDICT",
    "EXPECTED_ORDERS",
    "EXPECTED_SPEND",
    "FITTED",
    "GIVEN",
    "P_ALIVE",
    "RETENTION_PROJECT",
]

FITTED: Final = (AUTO, *MODELS)
GIVEN: Final = (*FITTED, "NBD")

_MODEL: Final = Argument(
    "model",
    'The model of order timing: "auto" takes the one that fits these orders, or a name such as "Pareto/NBD", '
    '"MBG/NBD", "MBG/CNBD-2" (regular buyers) or "BG/NBD" (as in papers).',
    "text",
    AUTO,
    "text",
    FITTED,
)
_FREQUENCY: Final = Argument(
    "frequency",
    "How often the customer came again: days with an order, less one.",
    "count",
)
_RECENCY: Final = Argument(
    "recency",
    "Time from the first order to the last, 0 for who came once; in the unit of the parameters, weeks with CLV_MODEL.",
    "weeks",
)
_AGE: Final = Argument(
    "age",
    "Time from the first order to the day on which everything is measured; in the unit of the parameters, weeks with "
    "CLV_MODEL.",
    "weeks",
)
_PARAMETERS: Final = Argument(
    "parameters",
    "The cells that CLV_MODEL fills, such as H1#, or names beside values; or the values alone, in a row or column and "
    "in the order of the papers, such as r, alpha, s, beta.",
    "none",
    kind="table",
)
_GIVEN: Final = Argument(
    "model",
    'Whose parameters they are. "auto" is as the parameters say; values alone are taken for those of Pareto/NBD.',
    "text",
    AUTO,
    "text",
    GIVEN,
)

_ORDERS: Final = (Range("A2:A6920"), Range("B2:B6920"), Range("C2:C6920"))
_KNOWN: Final = date(1997, 9, 30)
_PAPERS: Final = (0.243, 4.414, 0.793, 2.426)
_SAMPLE: Final = "The example's cells hold the 6,919 orders of CDNOW's 1/10 sample."

CLV_PREDICT: Final = Metric(
    name="CLV_PREDICT",
    title="Predicted CLV of each customer",
    category="Prediction",
    unit="table",
    number_format="@",
    formula=(
        "a row for each customer: P(alive), orders expected in the months, value of an order, their discounted margin "
        "with a 90% interval, and the next order where P(alive) is 50% or more"
    ),
    undefined="with less than 100 repeat customers",
    reference="Pareto/NBD and Gamma-Gamma, or the model that the orders ask for; margin is discounted by the end of "
    f"its month. The next order is the last one and the median gap: past the as-of day it is overdue. Not "
    "corrected by behaviour and attributes, as a report may be (parameter second_stage): there single customers may "
    f"differ, and no sum. {_SAMPLE}",
    arguments=(
        CUSTOMERS,
        DATES,
        AMOUNTS,
        Argument(
            "months",
            "How far ahead, a whole number of months of 30.4375 days from 1 to 600, and at most three times as long as "
            "the history.",
            "months",
            36.0,
            "single",
        ),
        MARGIN,
        Argument("discount_rate", "Yearly discount rate, from 0 to 1.", "share", 0.0, "single"),
        AS_OF,
        _MODEL,
    ),
    cell_function=True,
    example_arguments=(*_ORDERS, 12, 0.4, 0.1, _KNOWN),
    example_result=(
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
        ("10002", 0.3284156, 0.1662933, 68.50778, 4.344982, 0.0, 32.51375, ""),
        ("10020", 0.3284156, 0.1662933, 39.34683, 2.495501, 0.0, 18.67398, ""),
        ("10041", 0.3284156, 0.1662933, 17.62095, 1.117577, 0.0, 8.362892, ""),
    ),
)

CLV_MODEL: Final = Metric(
    name="CLV_MODEL",
    title="Fitted model",
    category="Prediction",
    unit="table",
    number_format="@",
    formula=(
        "the parameters of order timing and, with amounts, of spend (p, q, v) with standard errors; times in weeks; "
        "log-likelihoods, customers used, the model, and why it was chosen"
    ),
    undefined="with less than 100 repeat customers",
    reference="Maximum likelihood, but for the case that a caution names; standard errors from the Hessian. Spend is "
    "fitted to all orders of a customer. "
    f"{_SAMPLE} Fader, Hardie and Lee (2005) publish r .243, alpha 4.414, a .793, b 2.426 and -9582.4.",
    arguments=(
        CUSTOMERS,
        DATES,
        replace(
            AMOUNTS,
            default=None,
            meaning="Column of order amounts, refunds negative, as long as the customers. Left out: every row is an "
            "order, and nothing is said of spend.",
        ),
        AS_OF,
        _MODEL,
    ),
    cell_function=True,
    example_arguments=(_ORDERS[0], _ORDERS[1], None, _KNOWN, "BG/NBD"),
    example_result=(
        ("figure", "value", "standard error"),
        ("r", 0.2425945, 0.01255738),
        ("alpha", 4.413602, 0.3782241),
        ("a", 0.792922, 0.1857338),
        ("b", 2.425907, 0.7054142),
        ("log-likelihood", -9582.429, ""),
        ("customers", 2357, ""),
        ("repeat customers", 946, ""),
        ("model", "BG/NBD", ""),
        ("time unit", "weeks", ""),
        ("reason", "BG/NBD is used, as asked for.", ""),
    ),
)

P_ALIVE: Final = Metric(
    name="P_ALIVE",
    title="P(alive)",
    category="Prediction",
    unit="share",
    number_format="0.0%",
    formula="the probability that who has ordered so often and so recently is still a customer",
    undefined="when a number is beyond what can be computed",
    reference="Schmittlein, Morrison and Colombo (1987); Fader, Hardie and Lee (2005); Batislam et al. (2007). The "
    "example is CDNOW's first customer.",
    arguments=(_FREQUENCY, _RECENCY, _AGE, _PARAMETERS, _GIVEN),
    cell_function=True,
    example_arguments=(2, 30.43, 38.86, _PAPERS, "BG/NBD"),
    example_result=0.7265786,
)

EXPECTED_ORDERS: Final = Metric(
    name="EXPECTED_ORDERS",
    title="Expected orders",
    category="Prediction",
    unit="count",
    number_format="0.00",
    formula="days with an order that are expected of a customer within so many periods, given the orders so far",
    undefined="when a number is beyond what can be computed",
    reference="The conditional expectation of the papers: 1.226 in the note of Fader and Hardie on this customer.",
    arguments=(
        Argument(
            "periods",
            "How far ahead, in the unit of the parameters: weeks with CLV_MODEL, so 52.18 is a year.",
            "weeks",
        ),
        _FREQUENCY,
        _RECENCY,
        _AGE,
        _PARAMETERS,
        _GIVEN,
    ),
    cell_function=True,
    example_arguments=(39, 2, 30.43, 38.86, (0.2426, 4.4136, 0.793, 2.426), "BG/NBD"),
    example_result=1.225871,
)

EXPECTED_SPEND: Final = Metric(
    name="EXPECTED_SPEND",
    title="Expected order value",
    category="Prediction",
    unit="currency",
    number_format="#,##0.00",
    formula="p x (v + frequency x monetary) / (p x frequency + q - 1), between a customer's own mean and that of all",
    undefined="when the mean has no bound, because p x frequency + q is 1 or less",
    reference="Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, equation 5. With q of 1 or less the "
    "mean of all customers has no bound, but that of a customer with orders has one.",
    arguments=(
        Argument(
            "frequency",
            "On how many days with an order the mean is taken: with CLV_MODEL all of them, with the parameters of "
            "papers the repeat ones.",
            "count",
        ),
        Argument("monetary", "The customer's mean amount of such a day; 0 where there is none.", "currency"),
        replace(
            _PARAMETERS,
            meaning="The cells that CLV_MODEL fills with amounts, such as H1#, or the names p, q and v beside values; "
            "or the three values alone, in a row or column.",
        ),
    ),
    cell_function=True,
    example_arguments=(2, 22.35, (6.25, 3.74, 15.44)),
    example_result=24.66371,
)

CLV_BACKTEST: Final = Metric(
    name="CLV_BACKTEST",
    title="Backtest of the models",
    category="Prediction",
    unit="table",
    number_format="@",
    formula=(
        "a row for each model, fitted before the last months and compared with what came, up to three times: mean bias "
        "of the total, RMSE, Gini, top 10%, of orders and amounts"
    ),
    undefined="with less than 100 repeat customers before them",
    reference="Gini and top 10% tell the ranking: 1 is right, 0 says nothing. Order value is a "
    f"customer's own mean; repeat rate is repeat orders / time since the first, own rate all orders. The row of a "
    f"corrected Pareto/NBD (second_stage) stands in the report and in clv-xl backtest only. {_SAMPLE}",
    arguments=(
        CUSTOMERS,
        DATES,
        AMOUNTS,
        Argument(
            "holdout_months",
            "How many months of 30.4375 days are held back and predicted. Left out: 12 where there are two years, else "
            "a third of the history.",
            "months",
            None,
            "single",
        ),
    ),
    cell_function=True,
    example_arguments=(*_ORDERS, 9),
    example_result=(
        (
            "model",
            "bias of orders",
            "RMSE of orders",
            "Gini of orders",
            "top 10% of orders",
            "bias of amount",
            "RMSE of amount",
            "Gini of amount",
            "top 10% of amount",
        ),
        ("Pareto/NBD", -0.1150302, 1.602848, 0.6726288, 0.472848, -0.1576971, 72.8607, 0.6928288, 0.4999531),
        ("MBG/NBD", -0.162206, 1.607183, 0.6635856, 0.4765143, -0.208119, 72.45277, 0.6787637, 0.4992174),
        ("BG/NBD", -0.1214619, 1.607982, 0.6624207, 0.469288, -0.1710352, 72.90743, 0.6722838, 0.4970429),
        (
            "order value x repeat rate",
            0.5569081,
            2.211918,
            0.6657175,
            0.4590152,
            0.6276095,
            199.2325,
            0.6762458,
            0.4919998,
        ),
        (
            "order value x own rate",
            2.065495,
            2.7233,
            0.6802546,
            0.4590152,
            1.930379,
            219.1864,
            0.684364,
            0.4995709,
        ),
        (
            "same as the last period",
            1.557917,
            2.317959,
            0.6601663,
            0.4540978,
            1.439058,
            172.0699,
            0.6801307,
            0.4810612,
        ),
    ),
)

RETENTION_PROJECT: Final = Metric(
    name="RETENTION_PROJECT",
    title="Projected retention",
    category="Retention",
    unit="table",
    number_format="@",
    formula=(
        "survivors of a cohort of subscribers, projected by the shifted beta-geometric model: the share that is left "
        "after each period, and the share that stayed in it"
    ),
    undefined="with less than three figures, or when nobody has left",
    reference="Fader and Hardie (2007), How to Project Customer Retention; the example is their High End segment.",
    arguments=(
        Argument(
            "survivors",
            "Column of customers at the start, then of those left after period 1, 2 and so on; counts or shares.",
            "count",
            kind="numbers",
        ),
        Argument("periods", "Up to which period, a whole number from 1 to 1,200.", "count", kind="single"),
    ),
    cell_function=True,
    example_arguments=((1000, 869, 743, 653, 593, 551, 517, 491), 12),
    example_result=(
        ("period", "survival", "retention"),
        (0, 1.0, ""),
        (1, 0.8506793, 0.8506793),
        (2, 0.7468594, 0.8779565),
        (3, 0.669789, 0.8968073),
        (4, 0.6099191, 0.9106139),
        (5, 0.5618343, 0.9211619),
        (6, 0.5222156, 0.9294833),
        (7, 0.4889064, 0.9362157),
        (8, 0.4604397, 0.9417746),
        (9, 0.4357796, 0.9464423),
        (10, 0.4141724, 0.9504172),
        (11, 0.3950553, 0.9538428),
        (12, 0.3779991, 0.9568256),
    ),
)
