"""Closed-form metrics: one definition each, with its record in the catalogue.

Every function takes numbers or columns of numbers. A single number in gives a float out, a column gives an
array of float64. What is undefined (a zero denominator, a blank, a result too large for a float) is NaN
without a warning; what is impossible raises :class:`~clv_xl.errors.ArgumentError`.
"""

from __future__ import annotations

from clv_xl.metrics.acquisition import (
    BUDGET_VERDICTS,
    budget_split,
    budget_steps,
    cac,
    cac_max,
    cac_payback,
    ltv_cac,
)
from clv_xl.metrics.activity import (
    TIERS,
    active_window,
    active_windows,
    activity_tiers,
    days_since_last_order,
    is_active,
)
from clv_xl.metrics.averages import (
    aov,
    customer_years,
    order_value,
    orders_while_active,
    purchase_frequency,
    purchase_frequency_of,
)
from clv_xl.metrics.catalogue import catalogue, find
from clv_xl.metrics.cohorts import BASES, CohortMatrix, cohort_matrix
from clv_xl.metrics.concentration import Concentration, TopShare, concentration, gini, top_share
from clv_xl.metrics.flow import Movement, movement_of, ordered_since
from clv_xl.metrics.groups import SMALLEST_COMPARED, GroupComparison, compare_groups
from clv_xl.metrics.lifetime import FIRST_PAYMENTS, clv_retention, customer_lifespan, survival_lifespan
from clv_xl.metrics.migration import NOT_YET, among_best, segment_migration
from clv_xl.metrics.record import REQUIRED, Argument, Metric
from clv_xl.metrics.retention import churn_rate, grr, nrr, retention_rate
from clv_xl.metrics.returning import mean_gap, repeat_rate, repeat_share, time_between_orders
from clv_xl.metrics.rfm import RfmScores, fm_score, often_but_small, rfm_scores, scores, seldom_but_large
from clv_xl.metrics.segments import SEGMENTS, Segment, SegmentMap, rfm_segment, segment_named
from clv_xl.metrics.value import clv, clv_historic, historic_value

__all__ = [
    "BASES",
    "BUDGET_VERDICTS",
    "FIRST_PAYMENTS",
    "NOT_YET",
    "REQUIRED",
    "SEGMENTS",
    "SMALLEST_COMPARED",
    "TIERS",
    "Argument",
    "CohortMatrix",
    "Concentration",
    "GroupComparison",
    "Metric",
    "Movement",
    "RfmScores",
    "Segment",
    "SegmentMap",
    "TopShare",
    "active_window",
    "active_windows",
    "activity_tiers",
    "among_best",
    "aov",
    "budget_split",
    "budget_steps",
    "cac",
    "cac_max",
    "cac_payback",
    "catalogue",
    "churn_rate",
    "clv",
    "clv_historic",
    "clv_retention",
    "cohort_matrix",
    "compare_groups",
    "concentration",
    "customer_lifespan",
    "customer_years",
    "days_since_last_order",
    "find",
    "fm_score",
    "gini",
    "grr",
    "historic_value",
    "is_active",
    "ltv_cac",
    "mean_gap",
    "movement_of",
    "nrr",
    "often_but_small",
    "order_value",
    "ordered_since",
    "orders_while_active",
    "purchase_frequency",
    "purchase_frequency_of",
    "repeat_rate",
    "repeat_share",
    "retention_rate",
    "rfm_scores",
    "rfm_segment",
    "scores",
    "segment_migration",
    "segment_named",
    "seldom_but_large",
    "survival_lifespan",
    "time_between_orders",
    "top_share",
]
