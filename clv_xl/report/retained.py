"""What retention says of a shop: where its window is longer than a year, nobody needs to order to be retained."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

from clv_xl.report.model import Live
from clv_xl.report.words import count, day, percent
from clv_xl.said import Piece, frame, live_words, say

if TYPE_CHECKING:
    from clv_xl.customers.snapshot import Snapshot
    from clv_xl.report.figures import Figures

__all__ = ["FEW_ACTIVE", "kept_of", "retention_caption", "without_order"]

FEW_ACTIVE: Final = 30
"""Of fewer customers active a year ago, those kept are told as a number and not as a share."""


def without_order(now: Snapshot) -> str:
    """Say that no order within the year is needed, and how many ordered; empty where the window is shorter."""
    if not now.retained_without_order or isnan(now.retention) or now.movement is None:
        return ""
    return say(
        "The active window of {window} days is longer than a year, so a customer counts as retained without an order "
        "within the year: {share} of those active a year ago ordered in it.",
        window=now.active_days,
        share=percent(now.ordered / now.movement.start),
    )


def retention_caption(now: Snapshot) -> str:
    """Say what retention is a share of; or why there is none."""
    moved = now.movement
    if moved is None or not now.has_window_a_year_ago:
        return say("takes orders from {needed} on", needed=day(now.retention_needs))
    if not moved.start:
        return "nobody was active a year ago"
    if moved.start < FEW_ACTIVE:
        return "of those active a year ago"
    if now.retained_without_order:
        return say(
            "of those active a year ago, by a window of {window} days; {share} ordered within the year",
            window=now.active_days,
            share=percent(now.ordered / moved.start),
        )
    return say(
        "of those active a year ago; churn {churn}: {lost} of {start} lost",
        churn=percent(now.churn),
        lost=count(moved.lost),
        start=count(moved.start),
    )


def kept_of(figures: Figures) -> Live:
    """Return how many of so many were retained: a share of a few would be told as more than it is."""
    start, lost = (figures[name] for name in ("start_active", "lost"))
    words = live_words(
        "{kept} of {start}",
        kept=Piece(f"FIXED({start.name}-{lost.name},0)", count(start.now - lost.now)),
        start=Piece(f"FIXED({start.name},0)", count(start.now)),
    )
    return Live(frame("={words}", words=words.formula), words.text)
