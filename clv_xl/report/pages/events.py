"""Before and after an event, such as a campaign: what differs, and no more than that."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, NamedTuple

from clv_xl.report.model import Column, Live, Paragraph, Table
from clv_xl.report.trend import SPANS
from clv_xl.report.words import count, day, signed
from clv_xl.said import joined, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from clv_xl.events import Event
    from clv_xl.report.material import Material
    from clv_xl.report.model import Format, Scalar
    from clv_xl.report.trend import TrendMonth, Window

__all__ = ["event_blocks", "names_in_month"]

_TOLD = ("new", "average", "orders_each")
"""The figures that the sentence of an event names."""


class _Figure(NamedTuple):
    """A figure of a month: its title, the column of the tables of the page that holds it, and how it is read."""

    key: str
    title: str
    format: Format
    source: str
    of: Callable[[TrendMonth], float]


def names_in_month(material: Material, first: date) -> tuple[str, ...]:
    """Return the names of the events in the month that begins on a day, in order of their days."""
    return tuple(event.name for event in material.parameters.events if event.day.replace(day=1) == first)


def event_blocks(material: Material) -> tuple[Paragraph | Table, ...]:
    """Return a table of before and after for each event, or how to mark one."""
    events = material.parameters.events
    if not events:
        return (
            Paragraph(
                "Before and after an event",
                (
                    (
                        "No event is marked. Give a campaign or the start of a loyalty programme with its date, and "
                        "the months before and after stand here side by side:"
                    ),
                    (
                        "in a parameter file under [[events]], with the lines date = 2025-05-01 and "
                        'name = "Spring sale"; in the template in the table of events on the page Parameters.'
                    ),
                ),
            ),
        )
    blocks: list[Paragraph | Table] = [
        Paragraph(
            "Before and after an event",
            (
                (
                    "This page says what differs, not what caused it: seasons, prices and other campaigns differ too, "
                    "and customers who would have come anyway come after an event as well."
                ),
                "3 and 6 months before and after lie in different seasons; only 12 months hold every season once.",
            ),
        )
    ]
    blocks.extend(_event(material, number, event) for number, event in enumerate(events, start=1))
    return tuple(blocks)


def _figures(material: Material) -> tuple[_Figure, ...]:
    return (
        _Figure("new", say("New customers"), "decimal", "trend_movement[New]", lambda one: one.movement.new),
        _Figure(
            "reactivated",
            say("Reactivated"),
            "decimal",
            "trend_movement[Reactivated]",
            lambda one: one.movement.reactivated,
        ),
        _Figure("lost", say("Lost"), "decimal", "trend_movement[Lost]", lambda one: one.movement.lost),
        _Figure(
            "end",
            say("Active at month's end"),
            "decimal",
            "trend_movement[Active at end]",
            lambda one: one.movement.end,
        ),
        _Figure(
            "retention", say("Retention"), "percent", "trend_movement[Retention]", lambda one: one.retention
        ),
        _Figure("orders", say("Orders"), "decimal", "trend_value[Orders]", lambda one: one.orders),
        _Figure(
            "amount",
            say("Amount, {unit}", unit=material.unit),
            "money",
            "trend_value[Amount]",
            lambda one: one.amount,
        ),
        _Figure(
            "average",
            say("Average order"),
            "cents",
            "trend_value[Average order]",
            lambda one: one.average_order,
        ),
        _Figure(
            "orders_each",
            say("Orders per customer"),
            "decimal",
            "trend_value[Orders per customer]",
            lambda one: one.orders_each,
        ),
        _Figure(
            "clv",
            say("CLV before CAC, of all orders so far"),
            "cents",
            "trend_value[CLV before CAC]",
            lambda one: one.clv(material.parameters),
        ),
    )


def _event(material: Material, number: int, event: Event) -> Table:
    """Return the means of the months before and after, live, so that CLV follows the parameters."""
    trend, name = material.trend, f"event_{number}"
    windows = {window.months: window for window in trend.windows(event)}
    rows: list[tuple[Scalar | Live, ...]] = []
    for figure in _figures(material):
        cells: list[Scalar | Live] = [figure.title]
        for span in SPANS:
            cells.extend(_cells(material, figure, windows.get(span)))
        rows.append(tuple(cells))
    columns = [Column("figure", "Mean of the months", "text", emphasis=True, words=True)]
    for span in SPANS:
        columns += [
            Column(f"before_{span}", say("{span} months before", span=span), "decimal", _note(span)),
            Column(f"after_{span}", say("{span} months after", span=span), "decimal", _note(span)),
            Column(
                f"difference_{span}",
                say("Difference, {span} months", span=span),
                "decimal",
                "After - before.",
            ),
        ]
    return Table(
        name=name,
        title=say("{name}, {day}", name=event.name, day=day(event.day)),
        caption=_finding(material, event, tuple(windows.values())),
        columns=tuple(columns),
        rows=tuple(rows) if windows else (),
        row_formats=tuple((row, figure.format) for row, figure in enumerate(_figures(material))),
        empty="There are not yet 3 whole months before and after it among the months of this page.",
    )


def _note(span: int) -> str:
    return say(
        "The mean of the {span} whole months next to the event. Its own month counts as after if it begins with the "
        "event, and else not at all. Blank where there are not so many whole months on both sides, or one of them has "
        "no such figure.",
        span=span,
    )


def _cells(material: Material, figure: _Figure, window: Window | None) -> tuple[Scalar | Live, ...]:
    if window is None:
        return (None, None, None)
    parts: list[str] = []
    values: list[float] = []
    for first, last in (window.before, window.after):
        value = material.trend.mean((first, last), figure.of)
        if isnan(value):
            return (None, None, None)
        source = figure.source
        parts.append(f"AVERAGE(INDEX({source},{first + 1}):INDEX({source},{last + 1}))")
        values.append(value)
    before, after = parts
    return (
        Live(f"={before}", values[0]),
        Live(f"={after}", values[1]),
        Live(f"={after}-{before}", values[1] - values[0]),
    )


def _finding(material: Material, event: Event, windows: tuple[Window, ...]) -> str:
    """Say what differs over the longest months that can be compared, or what is missing."""
    if not windows:
        return ""
    window = windows[-1]
    told = []
    for figure in _figures(material):
        before, after = (material.trend.mean(rows, figure.of) for rows in (window.before, window.after))
        if figure.key in _TOLD and before > 0 and not isnan(after):
            told.append(say("{figure} {change}", figure=figure.title, change=signed(after / before - 1)))
    others = [
        other.name
        for other in material.parameters.events
        if other != event and _inside(material, other, window)
    ]
    text = say(
        "The {months} months after against the {months} before: {figures}. It differs; that is no proof that the event "
        "caused it.",
        months=count(window.months),
        figures=joined(", ", told) if told else say("nothing to compare"),
    )
    if others:
        text += say(" Other events lie in these months: {names}.", names=", ".join(others))
    return text


def _inside(material: Material, other: Event, window: Window) -> bool:
    months = material.trend.months
    first, last = months[window.before[0]].month, months[window.after[1]].month
    return first <= other.day.replace(day=1) <= last
