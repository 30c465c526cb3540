"""Where a sheet turns the page on paper: blocks stay whole where a page can hold them.

Without breaks of its own a sheet is cut wherever a page is full, through the middle of a map or a heading. All
breaks are set here, none is left to the program that prints: one that it added would leave a page almost empty
before the next of ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from clv_xl.limits import ZOOM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = [
    "BOTTOM_MARGIN",
    "COMPACT_ROW",
    "DEFAULT_COLUMN",
    "DEFAULT_ROW",
    "MARGIN",
    "PagePlan",
    "Span",
    "plan_breaks",
    "plan_pages",
]

MARGIN: Final = 0.45
"""Inches, above and on both sides."""
BOTTOM_MARGIN: Final = 0.7
"""Inches, with room for the footer."""
DEFAULT_COLUMN: Final = 9.140625
"""Characters: Excel's own 64 pixels."""
DEFAULT_ROW: Final = 15.0
"""Points."""
COMPACT_ROW: Final = 12.75
"""Points: what Excel gives a row of letters of 10 points."""
_PAPER: Final = (297 / 25.4, 210 / 25.4)  # A4 landscape, in inches
_POINTS_A_CHARACTER: Final = 5.25  # 7 pixels of 3/4 point
_SPARE: Final = 0.97  # printers differ by a little, and a row that no longer fits takes a page of its own
_WORTH_STARTING: Final = 0.4
"""Share of a page that must be free for a block to begin which no page can hold."""

_SHARES: Final = (1.0, 0.95, 0.9, 0.85, 0.8)
"""Shares of the width to fill, to try in turn: a few blocks more on a page, in smaller letters."""
_LEAST_SCALE: Final = 70
"""Per cent: letters of 10 points are printed with 7 at least, where the width alone does not ask for smaller ones."""
_LITTLE: Final = 0.3
"""Share of a page: one that is filled less counts as a page too many."""
_LEAST_LEFT: Final = 6
"""Rows of a broken block that its last page holds at least: one month alone on a page says nothing."""


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of one block, the last of them that holds something, and its table's header if it has one."""

    first: int
    filled: int
    last: int
    header: int | None = None


@dataclass(frozen=True, slots=True)
class PagePlan:
    """The rows before the breaks, the header row to repeat, and the margin on both sides in inches.

    A wider margin makes every program that fits a sheet to the width print it smaller; a scale of its own would not
    be the right one where a program takes columns for wider.
    """

    breaks: tuple[int, ...]
    repeat: int | None
    sides: float


def plan_pages(
    spans: Sequence[Span], height: Callable[[int], float], widths: Mapping[int, float], last_column: int
) -> PagePlan:
    """Choose the scale and the breaks: a table without its head over it first, then pages, then small letters.

    Excel and LibreOffice repeat one header a sheet, so that a broken table above the last goes on without.
    """
    plans: list[tuple[int, int, PagePlan]] = []
    for share in _SHARES:
        sides = round(MARGIN + (_PAPER[0] / 2 - MARGIN) * (1 - share), 2)
        scale = _fitting_scale(widths, last_column, sides)
        if plans and scale < _LEAST_SCALE:
            break
        page = _page_height(scale)
        breaks, repeat = plan_breaks(spans, height, page)
        breaks = _balanced(spans, breaks, height, page)
        told = PagePlan(breaks, repeat, sides)
        plans.append(
            (_headless(spans, breaks), len(breaks) + _nearly_empty(spans, breaks, height, page), told)
        )
    return min(plans, key=lambda plan: plan[:2])[2]


def _headless(spans: Sequence[Span], breaks: Sequence[int]) -> int:
    """Count the pages that begin within a table whose header is not repeated."""
    above = [span for span in spans[:-1] if span.header is not None]
    return sum(
        span.header is not None and span.header < row < span.filled for span in above for row in breaks
    )


def _nearly_empty(
    spans: Sequence[Span], breaks: Sequence[int], height: Callable[[int], float], page: float
) -> int:
    """Count the pages that hold little."""
    ends = (0, *breaks, spans[-1].filled) if breaks else ()
    return sum(
        sum(map(height, range(first + 1, last + 1))) < _LITTLE * page for first, last in pairwise(ends)
    )


def _balanced(
    spans: Sequence[Span], breaks: Sequence[int], height: Callable[[int], float], page: float
) -> tuple[int, ...]:
    """Give a page that holds little the last block of the page before, where that one keeps enough."""

    def held(first: int, last: int) -> float:
        return sum(map(height, range(first, last + 1))) / page

    moved = list(breaks)
    for place, row in enumerate(breaks):
        end = breaks[place + 1] if place + 1 < len(breaks) else spans[-1].filled
        begun = moved[place - 1] + 1 if place else 1
        block = next((span for span in spans if span.last == row and span.first > begun), None)
        if block is None or held(row + 1, end) >= _LITTLE:
            continue
        if held(block.first, end) <= 1 and held(begun, block.first - 1) >= _LITTLE:
            moved[place] = block.first - 1
    return tuple(moved)


def _fitting_scale(widths: Mapping[int, float], last_column: int, sides: float) -> int:
    """Return the scale in per cent at which all columns go on the width of the paper.

    Examples
    --------
    >>> _fitting_scale({1: 100.0}, 1, 0.45), _fitting_scale({1: 296.0}, 1, 0.45), _fitting_scale({}, 16_384, 0.45)
    (100, 50, 10)
    """
    wide = (
        sum(widths.get(column, DEFAULT_COLUMN) for column in range(1, last_column + 1)) * _POINTS_A_CHARACTER
    )
    # programs shrink by whole per cents, no further than to 10, and enlarge nothing
    return min(100, max(ZOOM[0], math.floor(100 * (_PAPER[0] - 2 * sides) * 72 / wide)))


def _page_height(scale: int) -> float:
    """Return the height of a printed page in points of the sheet.

    Examples
    --------
    >>> round(_page_height(100)), round(_page_height(50))
    (497, 994)
    """
    return (_PAPER[1] - MARGIN - BOTTOM_MARGIN) * 72 * _SPARE * 100 / scale


def plan_breaks(
    spans: Sequence[Span], height: Callable[[int], float], page: float
) -> tuple[tuple[int, ...], int | None]:
    """Decide after which rows to turn the page.

    Parameters
    ----------
    spans : sequence of Span
        The blocks from top to bottom, without a gap.
    height : callable
        Height of a row in points.
    page : float
        Height of a page in points.

    Returns
    -------
    tuple
        The rows before the breaks; and the header row to repeat: that of the last block, if it is broken. Excel
        and LibreOffice repeat it only on the pages after its own.
    """
    breaks: list[int] = []
    used, repeat = 0.0, None
    for span in spans:
        rows = range(span.first, span.filled + 1)
        needed = sum(map(height, rows))
        # the room below a block may fall off the page
        below = sum(map(height, range(span.filled + 1, span.last + 1)))
        whole = needed <= page
        if used and ((whole and used + needed > page) or (not whole and used > page * (1 - _WORTH_STARTING))):
            breaks.append(span.first - 1)
            used = 0.0
        if used + needed <= page:
            used += needed + below
            continue
        if span is spans[-1]:
            repeat = span.header
        turns, used = _fill(rows, height, page, used, 0.0 if repeat is None else height(repeat))
        breaks.extend(turns)
        used += below
    return tuple(breaks), repeat


def _fill(
    rows: Iterable[int], height: Callable[[int], float], page: float, used: float, repeated: float
) -> tuple[list[int], float]:
    """Break a long block wherever a page is full; return the breaks and what the last page holds."""
    turns: list[int] = []
    rows = list(rows)
    for row in rows:
        if used + height(row) > page:
            turns.append(row - 1)
            used = repeated
        used += height(row)
    if turns and rows[-1] - turns[-1] < _LEAST_LEFT:
        started = rows[0] if len(turns) < 2 else turns[-2] + 1
        # where the page before would keep too little itself, the last one stays as it is
        if rows[-1] - _LEAST_LEFT - started >= _LEAST_LEFT:
            turns[-1] = rows[-1] - _LEAST_LEFT
            used = repeated + sum(height(row) for row in range(turns[-1] + 1, rows[-1] + 1))
    return turns, used
