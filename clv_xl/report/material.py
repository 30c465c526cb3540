"""Everything that the pages are written from, gathered once from the orders and the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from clv_xl.customers.calendar import Period, choose_period, cohorts, months
from clv_xl.customers.snapshot import take_snapshot
from clv_xl.customers.summary import (
    ASSUMED_ACTIVE_DAYS,
    attributes,
    measured_window,
    prepare,
    year_before,
)
from clv_xl.metrics.activity import activity_tiers
from clv_xl.metrics.concentration import concentration
from clv_xl.metrics.rfm import rfm_scores
from clv_xl.metrics.segments import SegmentMap, rfm_segment
from clv_xl.metrics.value import historic_value
from clv_xl.orders import rows_set_aside
from clv_xl.report.comparison import Comparison
from clv_xl.report.curve import value_curve
from clv_xl.report.figures import compute_figures
from clv_xl.report.rough import caution

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from clv_xl.customers.engine import Connection
    from clv_xl.customers.snapshot import Snapshot
    from clv_xl.metrics.concentration import Concentration
    from clv_xl.orders import Intake, RowSetAside
    from clv_xl.parameters import Parameters
    from clv_xl.report.curve import ValueCurve
    from clv_xl.report.figures import Figures

__all__ = ["LISTED", "Material", "gather"]


LISTED = 500
"""Rows set aside that the report lists one by one."""


@dataclass(frozen=True, slots=True)
class Material:
    """What one report is made from.

    ``customers`` holds a row a customer, best first: the summary, the first channel, country and product,
    R, F, M, ``segment``, ``tier``, ``margin`` (currency, before any cost of customers) and ``historic_clv``.
    """

    intake: Intake
    parameters: Parameters
    now: Snapshot
    before: Snapshot | None
    window_source: Literal["set", "measured", "assumed"]
    window_gaps: int
    comparison: Comparison
    figures: Figures
    customers: pd.DataFrame
    segment_map: SegmentMap
    concentration: Concentration
    months: pd.DataFrame
    period: Period
    cohorts: pd.DataFrame
    curve: ValueCurve
    set_aside: tuple[RowSetAside, ...]

    @property
    def has_costs(self) -> bool:
        """Tell whether any order carries a cost of its own."""
        return "cost" in self.intake.columns

    @property
    def currency(self) -> str:
        """The currency as shown: as set, else that of all orders; possibly empty."""
        return self.intake.currency

    @property
    def unit(self) -> str:
        """The currency for captions: it reads well after "in" and after a comma."""
        return self.currency or "the currency of the file"

    @property
    def caution(self) -> str:
        """How far the figures of a small shop carry; empty where the shop is large enough."""
        return caution(self.figures)


def gather(
    connection: Connection,
    intake: Intake,
    parameters: Parameters,
    step: Callable[[str], None] = lambda _: None,
) -> Material:
    """Compute everything that the pages need from the loaded orders.

    Parameters
    ----------
    connection : Connection
        The connection that :func:`clv_xl.orders.load_orders` filled.
    intake : Intake
        What it returned.
    parameters : Parameters
        The parameters of the report.
    step : callable
        Told what is being done, for a progress display.
    """
    step("Grouping orders by customer")
    prepare(connection)
    as_of = intake.as_of
    window = measured_window(connection, as_of)
    source: Literal["set", "measured", "assumed"]
    if parameters.active_days is not None:
        source, active_days = "set", parameters.active_days
    elif window is not None:
        source, active_days = "measured", window.days
    else:
        source, active_days = "assumed", ASSUMED_ACTIVE_DAYS
    now = take_snapshot(connection, as_of, active_days)
    earlier = take_snapshot(connection, year_before(as_of), active_days)
    before = None if earlier.frame.empty else earlier
    comparison = Comparison(now, before)

    step("Counting cohorts and months")
    period = choose_period(parameters.cohort_period, intake.first_day, as_of)
    curve = value_curve(cohorts(connection, as_of, Period("month")), as_of)

    step("Scoring customers")
    segment_map = parameters.segment_map or SegmentMap.default(parameters.rfm_bins)
    customers = _scored(connection, now, parameters, segment_map)
    return Material(
        intake=intake,
        parameters=parameters,
        now=now,
        before=before,
        window_source=source,
        window_gaps=window.gaps if window else 0,
        comparison=comparison,
        figures=compute_figures(comparison, parameters, curve),
        customers=customers,
        segment_map=segment_map,
        concentration=concentration(customers["amount"].to_numpy()),
        months=months(connection, as_of),
        period=period,
        cohorts=cohorts(connection, as_of, period),
        curve=curve,
        set_aside=rows_set_aside(connection, intake, LISTED),
    )


def _scored(
    connection: Connection, now: Snapshot, parameters: Parameters, segment_map: SegmentMap
) -> pd.DataFrame:
    """Return the customer summary with attributes, scores and historic CLV, best customers first."""
    frame = now.frame.merge(attributes(connection), on="customer_id", how="left", validate="one_to_one")
    r, f, m = rfm_scores(
        frame["days_since_last_order"].to_numpy(),
        frame["orders"].to_numpy(),
        frame["amount"].to_numpy(),
        bins=parameters.rfm_bins,
        nested=parameters.rfm_nested,
    )
    frame["r"], frame["f"], frame["m"] = r, f, m
    frame["segment"] = rfm_segment(r, f, m, segment_map)
    frame["tier"] = activity_tiers(
        frame["days_since_last_order"].to_numpy(),
        frame["orders"].to_numpy(),
        now.active_days,
        parameters.ambassador_share,
    )
    frame["margin"] = frame["own_margin"] + historic_value(
        frame["uncosted_amount"].to_numpy(), parameters.gross_margin
    )
    frame["historic_clv"] = historic_value(
        frame["margin"].to_numpy(),
        acquisition_cost=parameters.acquisition_cost or 0.0,
        service_cost=parameters.service_cost * frame["orders"].to_numpy(dtype=np.float64),
    )
    best_first = np.lexsort((frame["customer_id"].to_numpy(dtype=object), -frame["historic_clv"].to_numpy()))
    return frame.iloc[best_first].reset_index(drop=True)
