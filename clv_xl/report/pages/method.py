"""The page Method: where a number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import clv_xl
from clv_xl.metrics.catalogue import catalogue
from clv_xl.report.model import Column, Page, Paragraph, Table
from clv_xl.report.pages.inputs import window_words

if TYPE_CHECKING:
    from clv_xl.report.material import Material

__all__ = ["method_page"]


def method_page(material: Material) -> Page:
    """Build the page of definitions, choices and provenance."""
    return Page(
        key="method",
        title="Method",
        heading="Method",
        question="Where does a number come from?",
        blocks=(
            Paragraph("How this report was made", _choices(material)),
            Table(
                name="definitions",
                title="Definitions",
                caption="One definition each, the same in cells, reports and on the command line.",
                columns=(
                    Column("title", "Metric", "wrapped", emphasis=True),
                    Column("name", "Function", "text"),
                    Column("unit", "Unit", "wrapped"),
                    Column("formula", "Formula", "wrapped"),
                    Column("undefined", "#N/A", "wrapped"),
                    Column("reference", "Source", "wrapped"),
                ),
                rows=tuple(
                    (
                        metric.title,
                        metric.name if metric.cell_function else "",
                        metric.unit,
                        metric.formula,
                        metric.undefined,
                        metric.reference,
                    )
                    for metric in catalogue()
                ),
            ),
        ),
        widths=(30, 22, 20, 58, 28, 42),
    )


def _choices(material: Material) -> tuple[str, ...]:
    parameters, intake = material.parameters, material.intake
    orders = (
        "An order is one order id of one customer."
        if intake.has("order_id")
        else "The files have no order ids, so every row is an order."
    )
    refunds = (
        "Refunds are taken off the customer's amount on the day of the refund; the order still counts as an order."
        if parameters.refunds == "subtract"
        else "Refunds are set aside: the parameter refunds is ignore."
    )
    margin = (
        "Margin is amount less cost where a row carries a cost, and amount x gross margin elsewhere. The cost of a "
        "refunded row is that of goods that came back, whatever its sign: it reduces the loss."
        if material.has_costs
        else "Margin is amount x gross margin, for every order alike."
    )
    lifespan = (
        f"The lifespan of {parameters.lifespan_years:g} years is the parameter."
        if parameters.lifespan_years is not None
        else "The lifespan is measured: the area under the survival curve of customers' active lives "
        "(Kaplan-Meier), within the years observed. It is cut off at the longest life seen, so it errs low."
    )
    return (
        (
            f"clv_xl {clv_xl.__version__}. Everything is measured at the end of {intake.as_of.isoformat()}; no figure "
            "depends on the day the report is made."
        ),
        orders,
        refunds,
        "Several orders of a customer on one day are one purchase occasion; averages of order value count orders.",
        window_words(material),
        margin,
        lifespan,
        *_acquisition(material),
        (
            "CLV, plain formula, is margin per order x orders a year while active x lifespan, over all orders so far. "
            "It is one figure for all customers, and no forecast for any single one."
        ),
        (
            "RFM scores: a customer's score is set by the share of customers below plus half of those equal, so equal "
            "customers always get equal scores. Segments therefore rank, and activity counts days: where they differ, "
            "go by activity."
        ),
        *_segments(material),
        f"Cohorts are calendar {material.period.unit}s; age 0 is the {material.period.unit} of the first order.",
        "A month earlier or later is a calendar month; a year of days is 365.25.",
    )


def _acquisition(material: Material) -> tuple[str, ...]:
    """Say which acquisition cost holds, where there is spend to measure one from."""
    measured = material.measured_cac
    if measured is None:
        return ()
    words = measured.words(material.currency)
    if material.given.acquisition_cost is not None:
        return (f"The acquisition cost of {material.given.acquisition_cost:g} is the parameter. {words}",)
    if not measured.is_known:
        return (words,)
    return (
        (
            f"The acquisition cost is measured. {words} All channels together: the spend of the months that lie "
            "wholly inside the order history, by the customers whose first order falls in those months."
        ),
    )


def _segments(material: Material) -> tuple[str, ...]:
    if not material.has_own_map:
        return ()
    bins = material.segment_map.bins
    return (
        f"Segments go by your own map of {bins} x {bins} cells, not by the default one: see the page Segments.",
    )
