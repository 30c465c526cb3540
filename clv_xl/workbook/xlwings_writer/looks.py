"""The formats of cells in an open workbook, copied from the hidden sheet of looks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clv_xl.workbook.cells import typed_text
from clv_xl.workbook.looks import LOOKS, SAMPLE_COLUMN, style_of
from clv_xl.workbook.xlwings_writer.open_book import range_of

if TYPE_CHECKING:
    import xlwings as xw

    from clv_xl.workbook.sheet import Area, Style

__all__ = ["LiveLooks"]

_SIDES = {"left": "edge_left", "right": "edge_right", "top": "edge_top", "bottom": "edge_bottom"}
_WEIGHTS: dict[str, Any] = {"hair": "hairline", "thin": "thin", "medium": "medium", "thick": "thick"}


class LiveLooks:
    """The sheet of looks of an open workbook.

    Parameters
    ----------
    book : xlwings.Book
    keys : dict of str to int
        Row of each style that the sheet holds. A style that it does not hold is made there when it is first
        needed, piece by piece, and copied from then on.
    """

    def __init__(self, book: xw.Book, keys: dict[str, int]) -> None:
        self._book = book
        self._keys = dict(keys)
        self._copies = True

    def apply(self, sheet: xw.Sheet, area: Area, key: str) -> None:
        """Give an area the look of a style; values, widths and heights stay."""
        target = range_of(sheet, area)
        sample = self._sample(key)
        if self._copies:
            try:
                target.copy_from(sample, "formats")
            except NotImplementedError:
                # Excel on a desktop is reached over the clipboard
                self._copies = False
        if not self._copies:
            sample.copy()
            target.paste("formats")

    def done(self) -> None:
        """Empty the clipboard where it was used."""
        if not self._copies:
            with suppress(NotImplementedError):
                self._book.app.cut_copy_mode = False

    def _sample(self, key: str) -> xw.Range:
        looks = self._book.sheets[LOOKS]
        if key not in self._keys:
            row = max(self._keys.values(), default=0) + 1
            self._keys[key] = row
            looks.range((row, 1)).value = typed_text(key)
            _dress(looks.range((row, SAMPLE_COLUMN)), style_of(key))
        return looks.range((self._keys[key], SAMPLE_COLUMN))


def _dress(cell: xw.Range, style: Style) -> None:
    """Give one cell a style, property by property; what an Excel does not let us set is left out."""
    cell.number_format = style.number_format
    cell.font.name = style.font
    cell.font.size = style.size
    cell.font.bold = style.bold
    cell.font.italic = style.italic
    cell.font.color = f"#{style.colour}"
    cell.color = None if style.fill is None else f"#{style.fill}"
    cell.wrap_text = style.wrap
    with suppress(NotImplementedError):
        cell.horizontal_alignment = style.horizontal or "general"
        cell.vertical_alignment = style.vertical
    if style.indent:
        cell.adjust_indent(style.indent)
    for name, side in _SIDES.items():
        edge: Any = getattr(style, name)
        if edge is not None:
            cell.borders.set(
                [side], line_style="continuous", weight=_WEIGHTS[edge.style], color=f"#{edge.colour}"
            )
