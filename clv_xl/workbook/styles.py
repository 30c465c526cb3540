"""The look of the report: one accent colour and greys, one font, and a number format per kind of figure."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from clv_xl.workbook.sheet import Edge, Style

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from clv_xl.report.model import Format

__all__ = [
    "ACCENT",
    "BACKGROUND",
    "BAD",
    "CARD",
    "GREY",
    "IMMATURE",
    "INK",
    "LINE",
    "NUMBER_FORMATS",
    "PALE",
    "PALETTE",
    "as_text",
    "figure",
    "plain",
    "worded",
]

INK = "1F2933"
GREY = "616E7C"
PALE = "9AA5B1"
LINE = "DDE2E8"
BACKGROUND = "F3F5F8"
CARD = "FFFFFF"
ACCENT = "1D5FA6"
BAD = "B3541E"
IMMATURE = "F0F1F3"
INPUT_INK = "0B3FD1"
INPUT_FILL = "FFF9DB"
INPUT_TAB = "F2C94C"
HEAD_FILL = "EAEFF5"

# dark to light: told apart in grey print and by colour-blind readers
PALETTE = ("1D5FA6", "5C93CC", "9DC1E4", "CFE1F2", "7B8794", "C4CCD6")
# dark letters stand on both ends
HEAT = ("F5F9FD", "8DB8E2")

NUMBER_FORMATS: dict[str, str] = {
    "text": "General",
    "wrapped": "General",
    "count": "#,##0",
    "money": "#,##0",
    "cents": "#,##0.00",
    "percent": "0.0%",
    "share": "0%",
    "decimal": "#,##0.00",
    "ratio": '0.0"x"',
    "years": "0.00",
    "days": "#,##0",
    "months": "0.0",
    # number format 14: Excel shows it as the reader's own short date
    "date": "mm-dd-yy",
    "change": '"▲ "0.0%" on a year ago";"▼ "0.0%" on a year ago";"as a year ago"',
    "points": '"▲ "0.0" points on a year ago";"▼ "0.0" points on a year ago";"as a year ago"',
    "same age": '"▲ "0.0%" first year margin on a year ago";"▼ "0.0%" first year margin on a year ago";'
    '"first year margin as a year ago"',
    # the names of months are those of the reader's Excel
    "month": "mmm yyyy",
    "least money": '"at least "#,##0',
    "least cents": '"at least "#,##0.00',
    "least ratio": '"at least "0.0"x"',
    "rough money": '"about "#,##0',
    "rough number": '"about "General',
    "rough ratio": '"about "General"x"',
    "rough share": '"about "0%',
    "signed share": "+0%;-0%;0%",
}

MONTHS = "mmm yy"
"""Number format of months along an axis."""

_QUOTED = re.compile(r'"([^"]*)"')
_SIGN = re.compile(r'("[^"]*")|%')
_TEXT_LIKE = {"text", "wrapped"}


def plain(**changes: object) -> Style:
    """Return the base style with changes."""
    return replace(Style(colour=INK), **changes)  # type: ignore[arg-type]  # keywords of Style


def figure(kind: Format, **changes: Hashable) -> Style:
    """Return the style of a value of one kind: its number format, text left and figures right."""
    return _figure(kind, **changes)


@cache  # a report asks for the same few dozen thousands of times
def _figure(kind: Format, **changes: Hashable) -> Style:
    horizontal = "left" if kind in _TEXT_LIKE else "right"
    base = Style(
        number_format=NUMBER_FORMATS[kind],
        colour=INK,
        horizontal=horizontal,  # type: ignore[arg-type]  # one of the three words
        wrap=kind == "wrapped",
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # keywords of Style


def worded(number_format: str, words: Mapping[str, str]) -> str:
    """Return a number format with its words replaced, and what stands before a percent sign.

    Examples
    --------
    >>> worded('"about "0%', {"about ": "cirka ", "%": " %"})
    '"cirka "0" "%'
    """
    told = _QUOTED.sub(lambda found: f'"{words.get(found[1], found[1])}"', number_format)
    before = words.get("%", "%").removesuffix("%")
    return _SIGN.sub(lambda found: found[1] or f'"{before}"%', told) if before else told


def as_text(kind: Format) -> bool:
    """Tell whether values of this kind are words."""
    return kind in _TEXT_LIKE


TITLE = plain(size=18, bold=True)
QUESTION = plain(size=11, colour=GREY)
HEADING = plain(size=13, bold=True)
CAPTION = plain(size=9, colour=GREY)
BODY = plain(size=10)
LINK = plain(size=9, colour=ACCENT)
HEADER = plain(size=9, bold=True, colour=GREY, fill=HEAD_FILL, bottom=Edge("thin", PALE), wrap=True)
HEADER_RIGHT = replace(HEADER, horizontal="right")
TOTAL = Edge("thin", PALE)
HAIR = Edge("hair", LINE)
INPUT = plain(colour=INPUT_INK, fill=INPUT_FILL, bottom=Edge("thin", LINE), top=Edge("thin", LINE))
