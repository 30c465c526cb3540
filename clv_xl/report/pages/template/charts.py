"""The charts that the template holds from the start, still without data: their looks are ours in every Excel.

xlwings can point a chart at new data in every Excel, but not everywhere give one its colours. A chart of the report
that is not listed here is made by the first refresh, in Excel's own look.
"""

from __future__ import annotations

from typing import Final

from clv_xl.report.model import CellRef, Chart, Line

__all__ = ["TEMPLATE_CHARTS"]

_CURVE: Final = Chart(
    title="Cumulative margin per customer",
    unit="by month after the first order",
    kind="line",
    categories=CellRef("value_curve", "month"),
    series=(
        Line("Cumulative margin", CellRef("value_curve", "margin")),
        Line("Acquisition cost", CellRef("value_curve", "cac"), tone=4, dashed=True),
    ),
    format="money",
    every=3,
    minimum=0,
)
_DECILES: Final = Chart(
    title="Share of the amount by tenths of the customers",
    unit="from best to lowest",
    kind="columns",
    categories=CellRef("deciles", "tenth"),
    series=(Line("Share of amount", CellRef("deciles", "share"), tone=2, label="values", tones=(0,)),),
    format="share",
    legend=False,
    minimum=0,
)

TEMPLATE_CHARTS: Final[tuple[tuple[str, Chart], ...]] = (
    ("summary", _CURVE),
    (
        "summary",
        Chart(
            title="Share of the amount by segment",
            unit="share of the amount so far",
            kind="bars",
            categories=CellRef("segments", "segment"),
            series=(
                Line("Share of amount", CellRef("segments", "share"), tone=2, label="values", tones=(0,)),
            ),
            format="share",
            legend=False,
            minimum=0,
        ),
    ),
    (
        "summary",
        Chart(
            title="Revenue by month",
            unit="of returning and of new customers",
            kind="stacked columns",
            categories=CellRef("months", "month"),
            series=(
                Line("Returning customers", CellRef("months", "returning_amount"), tone=0),
                Line("New customers", CellRef("months", "new_amount"), tone=2),
            ),
            format="money",
            every=3,
        ),
    ),
    ("summary", _DECILES),
    ("customers", _DECILES),
    (
        "segments",
        Chart(
            title="Customers and amount by segment",
            unit="share of customers and of amount",
            kind="columns",
            categories=CellRef("segments", "segment"),
            series=(
                Line("Share of customers", CellRef("segments", "customer_share"), tone=5),
                Line("Share of amount", CellRef("segments", "share"), tone=0),
            ),
            format="share",
            minimum=0,
        ),
    ),
    ("cohorts", _CURVE),
    (
        "cohorts",
        Chart(
            title="Share of customers that order again",
            unit="by periods after the first order",
            kind="columns",
            categories=CellRef("retention", "columns"),
            series=(Line("Share that ordered", CellRef("retention", -1)),),
            format="share",
            legend=False,
            minimum=0,
        ),
    ),
)
"""Page and chart; a chart has the name that the same chart of a report has."""
