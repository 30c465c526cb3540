"""Everything that the pages are written from, gathered once from the orders and the parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from clv_xl.customers.calendar import Period, choose_period, cohorts, months
from clv_xl.customers.engine import engine_name, read_here
from clv_xl.customers.purchases import AskedPurchases
from clv_xl.customers.sharing import at_rest, refuse_too_many, share_memory
from clv_xl.customers.snapshot import take_snapshot
from clv_xl.customers.summary import (
    ASSUMED_ACTIVE_DAYS,
    attributes,
    gap_counts,
    measured_window,
    prepared,
    summaries,
    year_before,
)
from clv_xl.metrics.activity import activity_tiers
from clv_xl.metrics.concentration import concentration
from clv_xl.metrics.rfm import rfm_scores
from clv_xl.metrics.segments import SegmentMap, rfm_segment
from clv_xl.metrics.value import historic_value
from clv_xl.orders import rows_set_aside
from clv_xl.report.acquisition import gather_acquisition
from clv_xl.report.attributes import attribute_titles, with_attributes
from clv_xl.report.compared_groups import compare_attributes
from clv_xl.report.comparison import Comparison
from clv_xl.report.correction import gather_covariates
from clv_xl.report.curve import value_curve
from clv_xl.report.figures import compute_figures
from clv_xl.report.listed import ListWanted
from clv_xl.report.measured_cac import measure_cac
from clv_xl.report.migration import find_migration
from clv_xl.report.past_ahead import begin_past
from clv_xl.report.prediction import begin_prediction, with_predicted_columns, with_predicted_figures
from clv_xl.report.rough import caution, caution_of_history, caution_of_shares
from clv_xl.report.trend import make_trend
from clv_xl.said import say
from clv_xl.second_process import SecondProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pandas as pd

    from clv_xl.customers.engine import Connection
    from clv_xl.customers.snapshot import Snapshot
    from clv_xl.customers.summary import Window
    from clv_xl.metrics.concentration import Concentration
    from clv_xl.metrics.rfm import RfmScores
    from clv_xl.orders import Intake, RowSetAside
    from clv_xl.orders.filled_customers import CustomerData
    from clv_xl.orders.filled_spend import Spend
    from clv_xl.parameters import Parameters
    from clv_xl.report.acquisition import Acquisition
    from clv_xl.report.compared_groups import Compared
    from clv_xl.report.curve import ValueCurve
    from clv_xl.report.figures import Figures
    from clv_xl.report.listed import Listed
    from clv_xl.report.measured_cac import MeasuredCac
    from clv_xl.report.migration import Migration
    from clv_xl.report.prediction import Prediction
    from clv_xl.report.trend import Trend

__all__ = ["LISTED", "Beside", "Material", "gather"]


LISTED = 500
"""Rows set aside that the report lists one by one."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What was given beside the orders and the parameters.

    ``notices`` is what a reader should know about it.
    """

    spend: Spend | None = None
    customer_data: CustomerData | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """What one report is made from.

    ``parameters`` are those that the figures were computed with; ``given`` are those that somebody gave: an
    acquisition cost that was left blank is in ``parameters`` the measured one, where there is spend.

    ``customers`` holds a row a customer, best first: the summary, the first channel, country and product,
    R, F, M, ``segment``, ``tier``, ``margin`` (currency, before any cost of customers), ``historic_clv``, what is
    predicted (see :func:`~clv_xl.report.prediction.with_predicted_columns`), ``segment_then`` where there is a
    ``migration``, and the attributes of the customer
    data, each under :func:`~clv_xl.report.attributes.attribute_key`.
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
    given: Parameters
    beside: Beside
    measured_cac: MeasuredCac | None
    prediction: Prediction
    acquisition: Acquisition
    compared: Compared
    trend: Trend
    migration: Migration | None
    listed: Listed
    engine: str

    @property
    def cac_name(self) -> str:
        """What formulas call the acquisition cost: the parameter, or the figure that stands in for it."""
        return (
            "cac_used" if self.measured_cac is not None and self.measured_cac.is_known else "acquisition_cost"
        )

    @property
    def has_own_map(self) -> bool:
        """Tell whether the segments are not those of the default map."""
        return self.segment_map != SegmentMap.default(self.segment_map.bins)

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
        return self.currency or say("the currency of the file")

    @property
    def caution(self) -> str:
        """How far the figures of a small shop carry; empty where the shop is large enough."""
        return caution(self.figures)

    @property
    def page_cautions(self) -> tuple[str, ...]:
        """What stands on a page of shares and averages of a small shop; none where the shop is large enough."""
        return tuple(filter(None, (caution_of_shares(self.figures),)))

    @property
    def value_cautions(self) -> tuple[str, ...]:
        """What stands on a page of retention, lifespan and CLV where the orders are too young for them."""
        given = self.parameters.lifespan_years is not None
        lifespan = self.figures["lifespan_measured"].now
        return tuple(filter(None, (caution_of_history(self.now, lifespan, lifespan_given=given),)))


def gather(
    connection: Connection,
    intake: Intake,
    parameters: Parameters,
    step: Callable[[str], None] = lambda _: None,
    *,
    beside: Beside | None = None,
    wanted: ListWanted | None = None,
    second: SecondProcess | None = None,
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
    beside : Beside, optional
        Spend and customer data.
    wanted : ListWanted, optional
        How many customers are listed one by one.
    second : SecondProcess, optional
        Where a part is computed, if it is started.
    """
    beside = beside or Beside()

    def begin(words: str) -> None:
        share_memory(connection)
        step(words)

    given = parameters
    if beside.spend is not None:
        # only now is it known which currency the orders are in
        beside = replace(beside, spend=beside.spend.judged_by(intake.currency))
    step("Grouping orders by customer")
    connection = _grouped(connection)
    as_of = intake.as_of
    gaps = gap_counts(connection, as_of)
    window = measured_window(gaps)
    source, active_days = _active_window(parameters.active_days, window)
    summary_on = summaries(connection, as_of)
    now = take_snapshot(connection, as_of, active_days, summary_on)
    purchases = AskedPurchases(connection, as_of, now.frame, gaps)
    past = begin_past(purchases, intake.first_day, as_of, second or SecondProcess())
    earlier = take_snapshot(connection, year_before(as_of), active_days, summary_on)
    before = None if earlier.frame.empty else earlier
    comparison = Comparison(now, before)

    begin("Counting cohorts and months")
    period = choose_period(parameters.cohort_period, intake.first_day, as_of)
    by_cohort = monthly = cohorts(connection, as_of, Period("month"))
    if period != Period("month"):
        by_cohort = cohorts(connection, as_of, period)
    curve = value_curve(monthly, as_of)
    by_month = months(connection, as_of)
    measured = measure_cac(beside.spend, by_month, intake.first_day, as_of) if beside.spend else None
    if measured is not None and measured.is_known and given.acquisition_cost is None:
        parameters = replace(given, acquisition_cost=measured.cac)

    step("Following the months")
    trend = make_trend(
        connection, by_month, intake.first_day, as_of, active_days, parameters.active_days or gaps
    )

    step("Predicting orders")
    figures = compute_figures(comparison, parameters, curve, measured)
    covariates = gather_covariates(connection, as_of, parameters, beside.customer_data)
    with at_rest(connection):
        predicting = begin_prediction(purchases, past, parameters, covariates)
    begin("Scoring customers")
    customers, rows, segment_map, migration = _scored(connection, now, summary_on, parameters)
    if beside.customer_data is not None:
        customers = with_attributes(customers, beside.customer_data)
    begin("Comparing channels and groups")
    acquired = gather_acquisition(connection, intake, now, customers, period, beside.spend)
    concentrated, listed_aside = (
        concentration(customers["amount"].to_numpy()),
        rows_set_aside(read_here(connection), intake, LISTED),
    )
    with at_rest(connection):
        prediction = predicting.result(as_of, figures)
    del purchases, past, covariates, predicting  # of every customer: not needed any more
    customers = with_predicted_columns(customers, prediction, rows)
    compared = compare_attributes(customers, attribute_titles(beside.customer_data), parameters.service_cost)
    return Material(
        intake=intake,
        parameters=parameters,
        now=now,
        before=before,
        window_source=source,
        window_gaps=window.gaps if window else 0,
        comparison=comparison,
        figures=with_predicted_figures(figures, prediction, len(customers)),
        customers=customers,
        segment_map=segment_map,
        concentration=concentrated,
        months=by_month,
        period=period,
        cohorts=by_cohort,
        curve=curve,
        set_aside=listed_aside,
        engine=engine_name(connection),
        given=given,
        beside=beside,
        measured_cac=measured,
        prediction=prediction,
        acquisition=acquired.measured(customers.get("expected_amount")),
        compared=compared,
        trend=trend,
        migration=migration,
        listed=(wanted or ListWanted()).of(len(customers)),
    )


def _grouped(connection: Connection) -> Connection:
    """Group the orders by customer and day within the memory that was allowed."""
    refuse_too_many(connection)
    share_memory(connection)
    found = prepared(connection)
    share_memory(found)
    return found


def _active_window(
    asked: int | None, measured: Window | None
) -> tuple[Literal["set", "measured", "assumed"], int]:
    """Return where the active window comes from, and its days."""
    if asked is not None:
        return "set", asked
    return ("assumed", ASSUMED_ACTIVE_DAYS) if measured is None else ("measured", measured.days)


def _scored(
    connection: Connection,
    now: Snapshot,
    summary_on: Callable[[date], pd.DataFrame],
    parameters: Parameters,
) -> tuple[pd.DataFrame, np.ndarray, SegmentMap, Migration | None]:
    """Return the customer summary with attributes, scores and historic CLV, best first, and what else was found.

    That is the number of the customer in each row, in order of customer id; the map of segments; and who moved between
    them.
    """
    segment_map = parameters.segment_map or SegmentMap.default(parameters.rfm_bins)
    migration = find_migration(
        summary_on,
        lambda summary: rfm_segment(*_scores(summary, parameters), segment_map),
        now.as_of,
        parameters.migration_months,
        segment_map,
    )
    frame = _joined(now.frame, attributes(connection))
    r, f, m = _scores(frame, parameters)
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
    if migration is not None:
        # both in order of customer id until the best come first; equal customers stay in that order
        frame["segment_then"] = migration.frame["segment_then"].to_numpy()
    rows = np.argsort(-frame["historic_clv"].to_numpy(), kind="stable")
    return frame.iloc[rows].reset_index(drop=True), rows, segment_map, migration


def _joined(summary: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Put two frames side by side, both in order of customer id; the second may hold more customers."""
    if len(summary) == len(told) and bool((summary["customer_id"] == told["customer_id"]).all()):
        # to look millions of ids up in each other costs more than everything else here
        return summary.assign(**{name: told[name] for name in told.columns.drop("customer_id")})
    return summary.merge(told, on="customer_id", how="left", validate="one_to_one")


def _scores(summary: pd.DataFrame, parameters: Parameters) -> RfmScores:
    return rfm_scores(
        summary["days_since_last_order"].to_numpy(),
        summary["orders"].to_numpy(),
        summary["amount"].to_numpy(),
        bins=parameters.rfm_bins,
        nested=parameters.rfm_nested,
    )
