"""The functions in a cell, in the order of the catalogue; each is named as in Excel.

A function that groups orders loads what that takes (DuckDB, pandas) on its first call: ``=CLV()`` waits for
nothing of it.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.errors import ArgumentError, UsageError
from clv_xl.excel import prediction_records, records
from clv_xl.excel.registry import cell_function
from clv_xl.metrics import acquisition, averages, lifetime, retention, returning, segments, value
from clv_xl.metrics.arguments import Allowed
from clv_xl.metrics.rfm import BINS

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.metrics.arguments import FloatArray

__all__ = [
    "AOV",
    "CAC",
    "CAC_MAX",
    "CAC_PAYBACK",
    "CHURN_RATE",
    "CLV",
    "CLV_BACKTEST",
    "CLV_BY",
    "CLV_CUSTOMERS",
    "CLV_HISTORIC",
    "CLV_MODEL",
    "CLV_PREDICT",
    "CLV_RETENTION",
    "CLV_TREND",
    "CUSTOMER_LIFESPAN",
    "EXPECTED_ORDERS",
    "EXPECTED_SPEND",
    "GRR",
    "LTV_CAC",
    "NRR",
    "PURCHASE_FREQUENCY",
    "P_ALIVE",
    "REPEAT_RATE",
    "RETENTION_COHORTS",
    "RETENTION_PROJECT",
    "RETENTION_RATE",
    "RFM",
    "RFM_MIGRATION",
    "RFM_SEGMENT",
    "TIME_BETWEEN_ORDERS",
]


def _table(name: str, module: str = "tables") -> Callable[..., Any]:
    """Return the function of that module, which is imported when it is first called."""

    def implementation(*values: object) -> Any:  # a Table
        return getattr(import_module(f"clv_xl.excel.{module}"), name)(*values)

    return implementation


def _retention(
    margin: float | FloatArray,
    retained: float | FloatArray,
    discount: float | FloatArray,
    periods: float | FloatArray | None,
    first_payment: str,
) -> float | FloatArray:
    """Take a blank among the periods for life, as a missing argument."""
    if periods is None:
        return lifetime.clv_retention(margin, retained, discount, None, first_payment)
    count = np.asarray(periods)
    for_life = lifetime.clv_retention(margin, retained, discount, None, first_payment)
    limited = lifetime.clv_retention(margin, retained, discount, np.nan_to_num(count), first_payment)
    return np.where(np.isnan(count), for_life, limited)


MONTHS: Final = Allowed("a whole number from 1 to 600", low=1, high=600, integer=True)
PERIODS_AHEAD: Final = Allowed("a whole number from 1 to 1,200", low=1, high=1200, integer=True)
_TITLE: Final = re.compile(r"(?:R|FM)?\s*(\d{1,2})", re.IGNORECASE)


def _map_of(names: tuple[tuple[str, ...], ...]) -> segments.SegmentMap:
    """Read a map as the report and the template show it: the best R on top, with its titles or without."""
    titles = [
        _TITLE.fullmatch(str(name or "").strip()) for name in (*names[0][1:], *(row[0] for row in names[1:]))
    ]
    if not any(titles):
        return segments.SegmentMap.from_rows(names[::-1])
    if not all(titles):
        raise UsageError(
            "segment_map holds some titles such as R 5 or FM 1, but not all. Give the names with all titles or with "
            "none."
        )
    scores = [int(title[1]) for title in titles if title]
    across, down = scores[: len(names[0]) - 1], scores[len(names[0]) - 1 :]
    return segments.SegmentMap.from_cells(
        (r, fm, name)
        for r, row in zip(down, names[1:], strict=True)
        for fm, name in zip(across, row[1:], strict=True)
    )


def _segment(
    r: float | FloatArray,
    f: float | FloatArray,
    m: float | FloatArray,
    names: tuple[tuple[str, ...], ...] | None,
) -> Any:  # names, None where a score is blank
    """Read the map; a blank score has no segment."""
    try:
        chart = segments.SegmentMap.default() if names is None else _map_of(names)
    except ArgumentError as error:
        # a map with a hole is a wrong use, not an impossible number
        raise UsageError(str(error)) from error
    scores = [np.asarray(score, dtype=np.float64) for score in (r, f, m)]
    blank = np.any(np.broadcast_arrays(*map(np.isnan, scores)), axis=0)
    # any score will do where there is none
    r, f, m = (np.where(np.isnan(score), 1.0, score) for score in scores)
    found = np.asarray(segments.rfm_segment(r, f, m, chart), dtype=object)
    return np.where(blank, np.asarray(None), found)


CLV = cell_function(value.CLV)(value.clv)
CLV_HISTORIC = cell_function(value.CLV_HISTORIC)(value.clv_historic)
CLV_RETENTION = cell_function(lifetime.CLV_RETENTION)(_retention)
CLV_CUSTOMERS = cell_function(records.CLV_CUSTOMERS, spills=True, kept=True)(_table("clv_customers"))
CLV_BY = cell_function(records.CLV_BY, spills=True, kept=True)(_table("clv_by"))
CLV_TREND = cell_function(records.CLV_TREND, spills=True, kept=True)(_table("clv_trend"))
AOV = cell_function(averages.AOV)(averages.aov)
PURCHASE_FREQUENCY = cell_function(averages.PURCHASE_FREQUENCY)(averages.purchase_frequency_of)
CUSTOMER_LIFESPAN = cell_function(lifetime.CUSTOMER_LIFESPAN)(lifetime.customer_lifespan)
CLV_PREDICT = cell_function(
    prediction_records.CLV_PREDICT,
    spills=True,
    kept=True,
    months={"kind": "whole", "allowed": MONTHS, "spread": False},
)(_table("clv_predict", "predictions"))
CLV_MODEL = cell_function(prediction_records.CLV_MODEL, spills=True, kept=True)(
    _table("clv_model", "predictions")
)
P_ALIVE = cell_function(prediction_records.P_ALIVE, parameters={"kind": "cells"})(
    _table("p_alive", "given_model")
)
EXPECTED_ORDERS = cell_function(prediction_records.EXPECTED_ORDERS, parameters={"kind": "cells"})(
    _table("expected_orders", "given_model")
)
EXPECTED_SPEND = cell_function(prediction_records.EXPECTED_SPEND, parameters={"kind": "cells"})(
    _table("expected_spend", "given_model")
)
CLV_BACKTEST = cell_function(
    prediction_records.CLV_BACKTEST,
    spills=True,
    kept=True,
    holdout_months={"kind": "whole", "allowed": MONTHS},
)(_table("clv_backtest", "predictions"))
RFM = cell_function(records.RFM, spills=True, kept=True, bins={"kind": "whole", "allowed": BINS})(
    _table("rfm", "rfm_tables")
)
RFM_SEGMENT = cell_function(segments.RFM_SEGMENT)(_segment)
RFM_MIGRATION = cell_function(records.RFM_MIGRATION, spills=True, kept=True)(
    _table("rfm_migration", "rfm_tables")
)
RETENTION_RATE = cell_function(retention.RETENTION_RATE)(retention.retention_rate)
CHURN_RATE = cell_function(retention.CHURN_RATE)(retention.churn_rate)
RETENTION_COHORTS = cell_function(records.RETENTION_COHORTS, spills=True, kept=True)(
    _table("retention_cohorts")
)
RETENTION_PROJECT = cell_function(
    prediction_records.RETENTION_PROJECT, spills=True, periods={"kind": "whole", "allowed": PERIODS_AHEAD}
)(_table("retention_project", "predictions"))
REPEAT_RATE = cell_function(returning.REPEAT_RATE)(returning.repeat_rate)
TIME_BETWEEN_ORDERS = cell_function(returning.TIME_BETWEEN_ORDERS)(returning.time_between_orders)
NRR = cell_function(retention.NRR)(retention.nrr)
GRR = cell_function(retention.GRR)(retention.grr)
CAC = cell_function(acquisition.CAC)(acquisition.cac)
LTV_CAC = cell_function(acquisition.LTV_CAC)(acquisition.ltv_cac)
CAC_PAYBACK = cell_function(acquisition.CAC_PAYBACK, cumulative_margin={"lone_number": True})(
    acquisition.cac_payback
)
CAC_MAX = cell_function(acquisition.CAC_MAX)(acquisition.cac_max)
