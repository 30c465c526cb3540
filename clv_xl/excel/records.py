"""Records of the functions that group orders; what needs no grouping has its record beside its metric."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from clv_xl.metrics.occasions import CUSTOMERS, DATES
from clv_xl.metrics.record import Argument, Metric
from clv_xl.metrics.segments import SEGMENTS
from clv_xl.metrics.value import GROSS_MARGIN

__all__ = [
    "AMOUNTS",
    "AS_OF",
    "CLV_BY",
    "CLV_CUSTOMERS",
    "CLV_TREND",
    "MARGIN",
    "MEASURES",
    "PERIODS",
    "RETENTION_COHORTS",
    "RFM",
    "RFM_MIGRATION",
]

PERIODS: Final = ("month", "quarter", "year")
MEASURES: Final = ("customers", "rate", "amount", "cumulative", "cumulative amount per customer")

AMOUNTS: Final = Argument(
    "amounts",
    "Column of order amounts, refunds negative, as long as the customers. Rows with a blank are left out.",
    "currency",
    kind="numbers",
)
MARGIN: Final = replace(GROSS_MARGIN, kind="single")
AS_OF: Final = Argument(
    "as_of",
    "The day on which everything is measured; later rows are left out. Left out: the newest order.",
    "none",
    None,
    kind="date",
)
_PERIOD: Final = Argument(
    "period", 'Calendar period of a row: "month", "quarter" or "year".', "text", "month", "text", PERIODS
)

_ANN_BO: Final = ("Ann", "Bo", "Ann")
_THEN: Final = (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1))
_SPENT: Final = (100, 40, 60)
_JAN, _FEB, _MAR = (datetime(2024, month, 1) for month in (1, 2, 3))  # noqa: DTZ001 # Excel knows no time zones  # Excel knows no time zones

_SEGMENTS: Final = tuple(segment.name for segment in SEGMENTS)
_MOVES: Final = {("At risk", "Loyal"), ("Potential loyalists", "Hibernating")}

CLV_CUSTOMERS: Final = Metric(
    name="CLV_CUSTOMERS",
    title="Historic CLV of each customer",
    category="Value",
    unit="table",
    number_format="@",
    formula=(
        "a row for each customer with orders, amount, average order value, orders for each year since the first "
        "order, and historic CLV = amount x gross margin"
    ),
    undefined="when there is no order",
    reference="AOV, PURCHASE_FREQUENCY and CLV_HISTORIC for one customer.",
    arguments=(CUSTOMERS, DATES, AMOUNTS, MARGIN, AS_OF),
    cell_function=True,
    example_arguments=(_ANN_BO, _THEN, _SPENT, 0.5),
    example_result=(
        (
            "customer",
            "first order",
            "last order",
            "orders",
            "amount",
            "average order value",
            "orders per year",
            "historic CLV",
        ),
        ("Ann", _JAN, _MAR, 2, 160.0, 80.0, 12.175, 80.0),
        ("Bo", _FEB, _FEB, 1, 40.0, 40.0, 365.25 / 29, 20.0),
    ),
)

CLV_BY: Final = Metric(
    name="CLV_BY",
    title="Historic CLV by group",
    category="Value",
    unit="table",
    number_format="@",
    formula=(
        "CLV_CUSTOMERS added up by channel, plan or whatever the column holds; a customer counts whole in the "
        "group of the first order that has one"
    ),
    undefined="when there is no order",
    reference="CLV_CUSTOMERS, with each customer in one group so that groups add up to all.",
    arguments=(
        Argument(
            "groups",
            "Column with the group of each order, such as its channel, as long as the customers. Customers "
            "without one are shown as (blank).",
            "text",
            kind="ids",
        ),
        CUSTOMERS,
        DATES,
        AMOUNTS,
        MARGIN,
        AS_OF,
    ),
    cell_function=True,
    example_arguments=(("web", "shop", "shop"), _ANN_BO, _THEN, _SPENT, 0.5),
    example_result=(
        (
            "group",
            "customers",
            "first order",
            "last order",
            "orders",
            "amount",
            "average order value",
            "orders per year",
            "historic CLV",
            "historic CLV per customer",
        ),
        ("shop", 1, _FEB, _FEB, 1, 40.0, 40.0, 365.25 / 29, 20.0, 20.0),
        ("web", 1, _JAN, _MAR, 2, 160.0, 80.0, 12.175, 80.0, 80.0),
    ),
)

CLV_TREND: Final = Metric(
    name="CLV_TREND",
    title="CLV over time",
    category="Value",
    unit="table",
    number_format="@",
    formula=(
        "for each period customers who ordered, AOV and orders per customer; CLV and its active window by the "
        "orders up to the period's end: margin per order x orders a year while active x lifespan"
    ),
    undefined="when there is no order",
    reference="The report's CLV before CAC, as of the last day of each period; the last "
    "row as of the newest order.",
    arguments=(CUSTOMERS, DATES, AMOUNTS, _PERIOD, MARGIN),
    cell_function=True,
    example_arguments=(
        ("Ann", "Bo", "Ann", "Ann"),
        (date(2023, 1, 10), date(2023, 6, 1), date(2024, 1, 10), date(2024, 7, 1)),
        (100, 40, 60, 80),
        "year",
    ),
    example_result=(
        ("period", "active customers", "average order value", "orders per customer", "CLV"),
        # 70 an order, and nobody has ordered again
        ("2023", 2, 70.0, 1.0, 70.0),
        # the first order, and 2 more in 903 days spent active; half of them live 365 days, the others 538
        ("2024", 1, 70.0, 2.0, 140.0),
    ),
)

RFM: Final = Metric(
    name="RFM",
    title="RFM scores and segments",
    category="RFM",
    unit="table",
    number_format="@",
    formula=(
        "a row for each customer with days since the last order, orders, amount, their scores R, F and M (equal "
        "values score equally), the three side by side, and the segment"
    ),
    undefined="when there is no order",
    reference="Hughes (1994), Strategic Database Marketing; equal values score equally.",
    arguments=(
        CUSTOMERS,
        DATES,
        AMOUNTS,
        AS_OF,
        Argument("bins", "How many scores there are, a whole number from 2 to 10.", "count", 5.0, "single"),
    ),
    cell_function=True,
    example_arguments=(_ANN_BO, _THEN, _SPENT),
    example_result=(
        ("customer", "days since last order", "orders", "amount", "R", "F", "M", "score", "segment"),
        ("Ann", 0, 2, 160.0, 4, 4, 4, 444, "Loyal"),
        ("Bo", 29, 1, 40.0, 2, 2, 2, 222, "Hibernating"),
    ),
)

RFM_MIGRATION: Final = Metric(
    name="RFM_MIGRATION",
    title="RFM migration",
    category="RFM",
    unit="table",
    number_format="@",
    formula=(
        "how many customers went from which segment (rows) on the first date to which segment (columns) on the "
        "second, scored among the customers of each date"
    ),
    undefined="when nobody had ordered by the first date",
    reference="RFM at two dates, with the default map of 5 scores.",
    arguments=(
        CUSTOMERS,
        DATES,
        AMOUNTS,
        Argument(
            "from_date", "The first date. Left out: a year before the second.", "none", None, kind="date"
        ),
        Argument("to_date", "The second date. Left out: the newest order.", "none", None, kind="date"),
    ),
    cell_function=True,
    example_arguments=(_ANN_BO, _THEN, _SPENT, date(2024, 2, 1)),
    example_result=(
        ("then / now", *_SEGMENTS),
        *(
            (name, *(int((name, now) in _MOVES) for now in _SEGMENTS))
            for name in (*_SEGMENTS, "(no order yet)")
        ),
    ),
)

RETENTION_COHORTS: Final = Metric(
    name="RETENTION_COHORTS",
    title="Cohort table",
    category="Retention",
    unit="table",
    number_format="@",
    formula=(
        "customers by the period of their first order in rows, periods since then in columns; in the cells "
        "those who ordered in that period, as the measure says"
    ),
    undefined="when there is no order",
    reference="The field's standard cohort table; what has not begun is empty.",
    arguments=(
        CUSTOMERS,
        DATES,
        _PERIOD,
        Argument(
            "measure",
            'What the cells hold: "customers", "rate" (their share of the cohort), "amount", or '
            '"cumulative amount per customer" of the cohort, "cumulative" for short.',
            "text",
            "rate",
            "text",
            MEASURES,
        ),
        replace(
            AMOUNTS,
            default=None,
            meaning="Column of order amounts, refunds negative, as long as the customers. Needed for amounts. "
            "Left out: every row is an order.",
        ),
    ),
    cell_function=True,
    example_arguments=(_ANN_BO, _THEN),
    example_result=(
        ("cohort", "customers", 0, 1, 2),
        ("2024-01", 1, 1.0, 0.0, 1.0),
        ("2024-02", 1, 1.0, 0.0, ""),
    ),
)
