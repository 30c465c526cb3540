"""The pages Parameters and Segment map of the template: everything that a reader may set, with its default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.metrics.segments import SEGMENTS, SegmentMap
from clv_xl.parameters import PARAMETERS, Parameters
from clv_xl.report.model import Column, Input, InputMap, Page, Paragraph, Table
from clv_xl.report.words import significant
from clv_xl.said import frame, said, say

if TYPE_CHECKING:
    from clv_xl.parameters import ParameterSpec
    from clv_xl.report.model import Format, Scalar

__all__ = ["SEGMENT_MAP_NAME", "parameters_page", "segment_map_page"]

SEGMENT_MAP_NAME: Final = "segment_map_names"
"""Defined name of the square of segment names."""

_MOST = 1e12
_EVENT_ROWS: Final = 6
_FIRST_DAY, _LAST_DAY = 61.0, 2_958_465.0  # Excel's numbers of 1900-03-01 and 9999-12-31
_FORMATS: Final[dict[str, Format]] = {
    "0.0%": "percent",
    "0%": "share",
    "0.00": "years",
    "#,##0.00": "cents",
    "0.0": "decimal",
    "0": "count",
    "yyyy-mm-dd": "date",
}
_COLUMNS: Final = (
    Column("title", "Parameter", "text", emphasis=True, words=True),
    Column("value", "Value", "cents"),
    Column("unit", "Unit", "text", words=True),
    Column("default", "If left as it is", "text", words=True),
    Column("allowed", "Allowed", "text", words=True),
    Column("name", "Name", "text", "The name in formulas, in parameter files and after --set."),
    Column("meaning", "What it means", "wrapped", words=True),
)


def parameters_page(language: str = "en") -> Page:
    """Build the page of all parameters, each an input at its default; the report's language is that of the page."""
    defaults = Parameters(language=language)
    return Page(
        key="parameters",
        title="Parameters",
        heading="Parameters",
        question="What are the figures based on? Change the yellow cells.",
        blocks=(
            _table(
                "live_parameters",
                "The report recalculates at once",
                "Every CLV, margin, LTV:CAC and payback follows as soon as you change one of these; the discounting of "
                "predictions with the next refresh.",
                defaults,
                live=True,
            ),
            _table(
                "fixed_parameters",
                "The next refresh takes these up",
                "They decide which orders count and how customers are grouped. Change them, then click Refresh report "
                "on Start.",
                defaults,
                live=False,
            ),
            _events(),
        ),
        widths=(24, 18, 26, 30, 34, 22, 84),
        inputs=True,
    )


def _events() -> Table:
    """Return the table of events: rows for a few, and more may be added below."""
    day = Input(
        None, "date", low=_FIRST_DAY, high=_LAST_DAY, message="The day of the event, such as 2025-05-01."
    )
    return Table(
        name="event_inputs",
        title="Events to mark on the page Trends",
        caption="Such as a campaign or the start of a loyalty programme: the page sets the months before and after "
        "side by side. May stay empty; the next refresh takes them up.",
        columns=(Column("event", "Event", "text"), Column("date", "Date", "date")),
        rows=((Input(None, "text"), day),) * _EVENT_ROWS,
    )


def _table(name: str, title: str, caption: str, defaults: Parameters, *, live: bool) -> Table:
    specs = [spec for spec in PARAMETERS if spec.live is live]
    return Table(
        name=name,
        title=title,
        caption=caption,
        columns=_COLUMNS,
        rows=tuple(_row(spec, getattr(defaults, spec.name)) for spec in specs),
        named=tuple((row, "value", spec.name) for row, spec in enumerate(specs)),
    )


def _row(spec: ParameterSpec, default: Scalar) -> tuple[Scalar | Input, ...]:
    return (
        spec.title,
        _input(spec, default),
        spec.unit,
        _words(spec, default),
        "yes or no" if spec.kind == "flag" else spec.allowed,
        spec.name,
        spec.meaning,
    )


def _input(spec: ParameterSpec, default: Scalar) -> Input:
    allowed = say("yes or no") if spec.kind == "flag" else said(spec.allowed)
    message = frame("{title}: {allowed}", title=said(spec.title), allowed=allowed)
    message += say(", or blank.") if spec.optional else "."
    form = _FORMATS.get(spec.number_format, "text")
    if spec.kind == "flag":
        yes, no = say("yes"), say("no")
        return Input(yes if default else no, form, choices=(yes, no), message=message)
    if spec.kind == "choice":
        return Input(default, form, choices=spec.choices, message=message)
    if spec.kind == "date":
        return Input(default, form, low=_FIRST_DAY, high=_LAST_DAY, message=message)
    if spec.kind == "text":
        return Input(default or None, form, message=message)
    low = spec.low
    if spec.above_low and low is not None:
        low += 1e-9
    high = spec.high if spec.high is not None else _MOST
    return Input(default, form, low=low, high=high, whole=spec.kind == "whole", message=message)


def _words(spec: ParameterSpec, default: Scalar) -> str:
    """Say what holds while nobody has changed the cell."""
    if spec.kind == "flag":
        return "yes" if default else "no"
    if default is None or default == "":
        return _BLANK.get(spec.name, "blank")
    if isinstance(default, float) and spec.number_format.endswith("%"):
        return say("{share}%", share=significant(100 * default))
    return significant(default, 6) if isinstance(default, float) else str(default)


_BLANK: Final = {
    "lifespan_years": "blank: measured",
    "acquisition_cost": "blank: from Spend, or unknown",
    "as_of": "blank: the newest day",
    "active_days": "blank: measured",
    "currency": "blank: not shown",
}


def segment_map_page() -> Page:
    """Build the page on which the reader may give segments other names or places."""
    default = SegmentMap.default()
    scores = range(1, default.bins + 1)
    names = tuple(said(segment.name) for segment in SEGMENTS)

    def cell(r: int, fm: int) -> Input:
        return Input(
            said(default.segment(r, fm)),
            "text",
            choices=names,
            message="Choose a segment, or type a name of your own.",
            strict=False,
        )

    return Page(
        key="segment_map",
        title="Segment map",
        heading="Segment map",
        question="Which customers belong together? Every pair of scores has one name.",
        blocks=(
            InputMap(
                name=SEGMENT_MAP_NAME,
                title="Segment of each pair of scores",
                caption="R: how lately, FM: how often and how much; the highest score is the best.",
                corner="R down, FM across",
                row_titles=tuple(f"R {score}" for score in reversed(scores)),
                column_titles=tuple(say("FM {score}", score=score) for score in scores),
                inputs=tuple(tuple(cell(r, fm) for fm in scores) for r in reversed(scores)),
            ),
            Paragraph(
                "How to change it",
                (
                    "Choose another segment in a cell, or type a name of your own; the next refresh takes it up.",
                    "With another number of RFM scores, give the map as many rows and columns, titles included.",
                    "FM is the mean of the scores for frequency and for money, halves rounded up.",
                ),
            ),
            Table(
                name="segment_meanings",
                title="What the segments mean",
                caption="",
                columns=(
                    Column("name", "Segment", "text", emphasis=True, words=True),
                    Column("meaning", "Who they are", "text", words=True),
                ),
                rows=tuple((segment.name, segment.meaning) for segment in SEGMENTS),
            ),
        ),
        widths=(22, 20, 20, 20, 20, 20),
        one_page=True,
        inputs=True,
    )
