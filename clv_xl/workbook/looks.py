"""The hidden sheet of looks: one cell for every style, from which a running Excel copies formats.

Excel's own interface knows no style of ours, and setting fonts, fills and borders one by one would take a dozen
calls for each cell; copying the format of a cell that already looks right takes one.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from clv_xl.workbook import styles
from clv_xl.workbook.sheet import Cell, Edge, Sheet, Style

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LOOKS", "look_key", "looks_sheet", "style_of", "usual_styles"]

LOOKS: Final = "Looks"
"""Title of the hidden sheet. Column A names a style by its key, column B shows it."""

SAMPLE_COLUMN: Final = 2
_DEFAULT: Final = asdict(Style())
_EDGES: Final = ("left", "right", "top", "bottom")


@lru_cache(maxsize=4_096)
def look_key(style: Style) -> str:
    """Return the text by which a style is found again: what differs from the plain style.

    Examples
    --------
    >>> look_key(Style(bold=True, size=12)), look_key(Style())
    ('{"bold":true,"size":12}', '{}')
    """
    told = {name: value for name, value in asdict(style).items() if value != _DEFAULT[name]}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def style_of(key: str) -> Style:
    """Return the style that a key stands for.

    Examples
    --------
    >>> style_of('{"bold":true,"size":12}') == Style(bold=True, size=12)
    True
    """
    told: dict[str, Any] = json.loads(key)
    for name in _EDGES:
        if name in told:
            told[name] = Edge(**told[name])
    return Style(**told)


def looks_sheet(wanted: Iterable[Style]) -> Sheet:
    """Return the hidden sheet with one row for every style, in the order of their keys."""
    known = {look_key(style): style for style in wanted}
    cells: list[Cell] = []
    for row, key in enumerate(sorted(known), start=1):
        cells.append(Cell(row, 1, key, styles.plain(size=8, colour=styles.GREY)))
        cells.append(Cell(row, SAMPLE_COLUMN, None, known[key]))
    return Sheet(LOOKS, tuple(cells), column_widths=((1, 60.0), (SAMPLE_COLUMN, 20.0)), hidden=True)


def usual_styles(sheets: Iterable[Sheet]) -> list[Style]:
    """Return every style that some sheets show."""
    found: dict[Style, None] = {}
    for sheet in sheets:
        found |= dict.fromkeys(cell.style for cell in sheet.cells)
        if sheet.bulk is not None:
            headers = (column.header_style or sheet.bulk.header_style for column in sheet.bulk.columns)
            found |= dict.fromkeys(headers)
            found |= dict.fromkeys(column.style for column in sheet.bulk.columns)
    return list(found)
