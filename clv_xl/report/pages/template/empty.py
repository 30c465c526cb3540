"""The report's pages before the first report: their question, how to get the answer, and charts without data.

xlwings can point a chart at new data in every Excel, but cannot everywhere give one its colours; so the charts are
there from the start. A chart of the report that is not here is made by the first refresh, in Excel's own look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clv_xl.report.model import Cards, CellRef, Chart, Line, Live, Page, Paragraph, Table, side_by_side
from clv_xl.report.pages.scenarios import SCENARIO_WIDTHS, blank_levers

__all__ = ["EMPTY_PAGES", "empty_pages"]

_CURVE: Final = Chart(
    title="What a customer brings, month by month",
    unit="cumulative margin per customer, by month after the first order",
    kind="line",
    categories=CellRef("value_curve", "month"),
    series=(
        Line("Margin", CellRef("value_curve", "margin")),
        Line("CAC", CellRef("value_curve", "cac"), tone=4, dashed=True),
    ),
    format="money",
    every=3,
    minimum=0,
)
_SEGMENT_BARS: Final = Chart(
    title="Which segments bring it",
    unit="share of the amount so far, by segment",
    kind="bars",
    categories=CellRef("segments", "segment"),
    series=(Line("Share of amount", CellRef("segments", "share"), tone=2, label="values", tones=(0,)),),
    format="share",
    legend=False,
    minimum=0,
)
_MONTHS: Final = Chart(
    title="New and returning customers",
    unit="amount a month: dark returning customers, light customers in their first month",
    kind="stacked columns",
    categories=CellRef("months", "month"),
    series=(
        Line("Returning customers", CellRef("months", "returning_amount"), tone=0),
        Line("New customers", CellRef("months", "new_amount"), tone=2),
    ),
    format="money",
    every=3,
)
_DECILES: Final = Chart(
    title="How much rests on the best",
    unit="share of the amount so far, by tenths of the customers from best to lowest",
    kind="columns",
    categories=CellRef("deciles", "tenth"),
    series=(Line("Share of amount", CellRef("deciles", "share"), tone=2, label="values", tones=(0,)),),
    format="share",
    legend=False,
    minimum=0,
)
_SEGMENTS: Final = Chart(
    title="Customers and amount by segment",
    unit="share of customers and of amount, by segment",
    kind="columns",
    categories=CellRef("segments", "segment"),
    series=(
        Line("Share of customers", CellRef("segments", "customer_share"), tone=5),
        Line("Share of amount", CellRef("segments", "share"), tone=0),
    ),
    format="share",
    minimum=0,
)
_RETENTION: Final = Chart(
    title="Who orders again",
    unit="share of customers with an order, by time after the first",
    kind="columns",
    categories=CellRef("retention", "columns"),
    series=(Line("Share that ordered", CellRef("retention", -1)),),
    format="share",
    legend=False,
    minimum=0,
)
_MOVEMENT: Final = Chart(
    title="Who came and who left",
    unit="customers by month: above the line who is new or came back, below it who was lost",
    kind="stacked columns",
    categories=CellRef("trend_movement", "month"),
    series=(
        Line("New", CellRef("trend_movement", "new"), tone=0),
        Line("Reactivated", CellRef("trend_movement", "reactivated"), tone=2),
        Line("Lost", CellRef("trend_movement", "lost_drawn"), tone=5),
        Line("Event", CellRef("trend_movement", "mark"), tone=4),
    ),
    format="count",
    every=3,
)
_ACTIVE: Final = Chart(
    title="Active customers",
    unit="customers with an order within the active window, at each month's end",
    kind="line",
    categories=CellRef("trend_movement", "month"),
    series=(Line("Active at end", CellRef("trend_movement", "end")),),
    format="count",
    every=6,
    minimum=0,
)
_ORDER: Final = Chart(
    title="Average order and orders per customer",
    unit="average order (left), orders of a customer who ordered in the month (right, dashed)",
    kind="line",
    categories=CellRef("trend_value", "month"),
    series=(
        Line("Average order", CellRef("trend_value", "average"), tone=0),
        Line(
            "Orders per customer",
            CellRef("trend_value", "orders_each"),
            tone=4,
            dashed=True,
            on_second_axis=True,
        ),
    ),
    format="money",
    second_format="decimal",
    every=3,
    minimum=0,
)
_CLV: Final = Chart(
    title="CLV before CAC",
    unit="at each month's end; a longer history alone lifts it",
    kind="line",
    categories=CellRef("trend_value", "month"),
    series=(Line("CLV before CAC", CellRef("trend_value", "clv")),),
    format="money",
    every=6,
    minimum=0,
)
_MIGRATED: Final = Chart(
    title="Customers by segment, then and today",
    unit="customers by segment, then and today",
    kind="columns",
    categories=CellRef("segment_moves", "segment"),
    series=(
        Line("Then", CellRef("segment_moves", "then"), tone=5),
        Line("Today", CellRef("segment_moves", "now"), tone=0),
    ),
    format="count",
    minimum=0,
)
_COMING: Final = Chart(
    title="What today's customers will bring",
    unit="margin by month, not discounted; dashed: 90% interval",
    kind="line",
    categories=CellRef("months_ahead", "month"),
    series=(
        Line("Expected", CellRef("months_ahead", "margin")),
        Line("Low", CellRef("months_ahead", "margin_low"), tone=4, dashed=True),
        Line("High", CellRef("months_ahead", "margin_high"), tone=4, dashed=True),
    ),
    format="money",
    every=3,
    minimum=0,
)
_CALIBRATION: Final = Chart(
    title="Predicted against actual in the last period",
    unit="amount each, by tenths of the customers, highest prediction first",
    kind="columns",
    categories=CellRef("calibration", "tenth"),
    series=(
        Line("Predicted", CellRef("calibration", "predicted"), tone=2),
        Line("Actual", CellRef("calibration", "actual"), tone=0),
    ),
    format="money",
    minimum=0,
)
_CHANNELS: Final = Chart(
    title="What a new customer costs, and may cost",
    unit="for a new customer, by first channel",
    kind="columns",
    categories=CellRef("channel_costs", "channel"),
    series=(
        Line("CAC", CellRef("channel_costs", "cac"), tone=0, label="values"),
        Line("Highest allowable CAC", CellRef("channel_costs", "highest"), tone=5),
        Line("The same by prediction", CellRef("channel_costs", "by_prediction"), tone=2),
    ),
    format="money",
    minimum=0,
)
_GROUPS: Final = Chart(
    title="Which group brings most",
    unit="CLV each, by group",
    kind="columns",
    categories=CellRef("groups_channel_expected", "group"),
    series=(Line("CLV each", CellRef("groups_channel_expected", "clv"), tone=0, label="values"),),
    format="money",
    legend=False,
)
_ALONE: Final = Chart(
    title="What each lever alone brings",
    unit="change of CLV per customer",
    kind="bars",
    categories=CellRef("levers_alone", "lever"),
    series=(Line("Difference", CellRef("levers_alone", "difference"), label="values"),),
    format="cents",
    scale_format="money",
    legend=False,
)
_PAYBACK: Final = Chart(
    title="What a customer brings, month by month",
    unit="cumulative margin per customer, by month",
    kind="line",
    categories=CellRef("scenario_months", "month"),
    series=(
        Line("Today", CellRef("scenario_months", "today"), tone=4),
        Line("Scenario", CellRef("scenario_months", "scenario")),
        Line("CAC today", CellRef("scenario_months", "cac"), tone=5, dashed=True),
        Line("CAC in the scenario", CellRef("scenario_months", "then"), tone=2, dashed=True),
    ),
    format="money",
    every=3,
    minimum=0,
)


@dataclass(frozen=True, slots=True)
class _Empty:
    """One page: its widths are those of the usual report, so that they rarely change.

    ``levers`` are cells for input that keep their places: a refresh writes no rules for what may be typed.
    """

    key: str
    title: str
    question: str
    widths: tuple[float, ...] = ()
    charts: tuple[Cards, ...] = ()
    heading: str = ""
    levers: Table | None = None


_PAGES: Final = (
    _Empty(
        "summary",
        "Summary",
        "How are we doing, and what should I do?",
        charts=(
            *side_by_side(14, (3, _CURVE), (2, _SEGMENT_BARS)),
            *side_by_side(14, (3, _MONTHS), (2, _DECILES)),
        ),
        heading="Customer value",
    ),
    _Empty(
        "customers",
        "Customers",
        "Who are the best, and how much rests on them?",
        (24, 19, 14, *(14.0,) * 9),
        side_by_side(16, (5, _DECILES)),
    ),
    _Empty(
        "customer_list",
        "Customer list",
        "Where is everyone? Filter by any column.",
        (16, 18, *(13.0,) * 22),
    ),
    _Empty(
        "segments",
        "Segments",
        "Whom do I write to, with what?",
        (22, *(12.5,) * 11, 64),
        side_by_side(16, (5, _SEGMENTS)),
    ),
    _Empty(
        "cohorts",
        "Cohorts",
        "Do newer customers come back?",
        (16, 12, *(11.0,) * 8, *(8.5,) * 12),
        side_by_side(16, (3, _CURVE), (2, _RETENTION)),
    ),
    _Empty(
        "trends",
        "Trends",
        "Is it getting better?",
        (24, *(11.5,) * 12),
        (*side_by_side(13, (3, _MOVEMENT), (2, _ACTIVE)), *side_by_side(13, (3, _ORDER), (2, _CLV))),
    ),
    _Empty(
        "migration",
        "Migration",
        "Were the best always the best, or did they become so?",
        (22, 18, 18, *(12.0,) * 11),
        side_by_side(11, (5, _MIGRATED)),
    ),
    _Empty(
        "acquisition",
        "Acquisition",
        "What may a new customer cost?",
        (28, *(15.0,) * 16),
        side_by_side(14, (5, _CHANNELS)),
    ),
    _Empty(
        "groups",
        "Groups",
        "What do our best customers have in common?",
        (28, 24, *(13.0,) * 13),
        side_by_side(13, (5, _GROUPS)),
    ),
    _Empty(
        "forecast",
        "Forecast",
        "What will they bring, and how sure is that?",
        (26, *(13.0,) * 11),
        side_by_side(12, (3, _COMING), (2, _CALIBRATION)),
    ),
    _Empty(
        "scenarios",
        "Scenarios",
        "What if retention rose by 2 points?",
        SCENARIO_WIDTHS,
        side_by_side(13, (3, _ALONE), (2, _PAYBACK)),
        levers=blank_levers(),
    ),
    _Empty("figures", "Figures", "Where does each key figure come from?", (46, 17, 17, 25, 22, 84)),
    _Empty(
        "data_quality",
        "Data quality",
        "Can I trust it? Every row, and what became of it.",
        (30, 58, 15, 34, 19, 19, 66),
    ),
    _Empty("method", "Method", "Where does a number come from?", (32, 24, 25, 70, 32, 60)),
)

EMPTY_PAGES: Final = tuple((page.key, page.title, page.question) for page in _PAGES)
"""Key, title and question of each page of the report, in order."""


def empty_pages() -> tuple[Page, ...]:
    """Build the report's pages as they are before the first refresh."""
    return tuple(
        Page(
            key=page.key,
            title=page.title,
            heading=page.heading or page.title,
            question=page.question,
            blocks=(
                *((page.levers,) if page.levers else ()),
                Paragraph(lines=("Nothing here yet. Click Refresh report on the sheet Start.",)),
                *page.charts,
            ),
            widths=page.widths,
            dashboard=not page.widths,
            one_page=not page.widths,
            # the report's page has a line there, below which the cells for input stand
            notice=Live('=""', "") if page.levers else None,
        )
        for page in _PAGES
    )
