"""The looks of cells as numbers: openpyxl registers each distinct look once, a cell then names its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils.indexed_list import IndexedList

from clv_xl.limits import (
    MAX_BORDERS,
    MAX_CELL_STYLES,
    MAX_FILLS,
    MAX_FONTS,
    MAX_NUMBER_FORMATS,
    check_count,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from openpyxl import Workbook

    from clv_xl.workbook.sheet import Edge, Style

__all__ = ["CellStyles", "SchemaFont", "opaque"]


class SchemaFont(Font):
    """openpyxl's font with its parts in the order that the schema, and Microsoft's validator, ask for."""

    __nested__ = Font.__nested__
    __elements__ = (
        "b", "i", "strike", "condense", "extend", "outline", "shadow", "u",
        "vertAlign", "sz", "color", "name", "family", "charset", "scheme",
    )  # fmt: skip


def opaque(rgb: str) -> str:
    """Return a colour as Excel writes it, with full opacity.

    Examples
    --------
    >>> opaque("1F2933")
    'FF1F2933'
    """
    return f"FF{rgb}"


class CellStyles:
    """The styles of one workbook.

    Parameters
    ----------
    workbook : Workbook
        Empty but for its sheets; its default font is put in the schema's order as well.
    """

    def __init__(self, workbook: Workbook) -> None:
        # typed loosely: the lists of styles are openpyxl's own business, and not in its stubs
        self._workbook = cast("Any", workbook)
        default = self._workbook._fonts[0]
        ordered = SchemaFont(
            name=default.name,
            sz=default.sz,
            family=default.family,
            color=default.color,
            scheme=default.scheme,
        )
        self._workbook._fonts = IndexedList([ordered])
        self._numbers: dict[Style, int] = {}
        self._parts: dict[tuple[Hashable, ...], int] = {}
        self._seen: dict[int, tuple[Style, int]] = {}

    def number(self, style: Style) -> int:
        """Return the number of a style, the same for equal ones."""
        # most cells share the object too: to compare all that makes a look takes longer than to write the cell
        seen = self._seen.get(id(style))
        if seen is not None:
            return seen[1]
        known = self._numbers.get(style)
        if known is None:
            known = self._numbers[style] = self._register(style)
        self._seen[id(style)] = (style, known)
        return known

    def check(self) -> None:
        """Refuse more styles, fonts or number formats than Excel has room for.

        Raises
        ------
        LimitError
        """
        book = self._workbook
        check_count(len(book._cell_styles), MAX_CELL_STYLES, "different cell styles", "the workbook")
        check_count(len(book._fonts), MAX_FONTS, "different fonts", "the workbook")
        check_count(len(book._fills), MAX_FILLS, "different fills", "the workbook")
        check_count(len(book._borders), MAX_BORDERS, "different borders", "the workbook")
        check_count(len(book._number_formats), MAX_NUMBER_FORMATS, "different number formats", "the workbook")

    def _register(self, style: Style) -> int:
        # never on a sheet: openpyxl gives numbers to the styles of cells alone
        cell = cast("Any", Cell(self._workbook.worksheets[0], row=1, column=1))
        cell._style = StyleArray()
        font = (style.font, style.size, style.bold, style.italic, style.underline, style.colour)
        self._give(cell, "font", font, lambda: _font(style))
        if style.fill is not None:
            colour = opaque(style.fill)
            self._give(cell, "fill", (colour,), lambda: PatternFill("solid", fgColor=colour))
        if style.left or style.right or style.top or style.bottom:
            edges = (style.left, style.right, style.top, style.bottom)
            self._give(cell, "border", edges, lambda: _border(style))
        position = (style.horizontal, style.vertical, style.wrap, style.indent)
        self._give(cell, "alignment", position, lambda: _alignment(style))
        cell.number_format = style.number_format
        return cast("int", cell.style_id)

    def _give(self, cell: Any, part: str, key: tuple[Hashable, ...], make: Callable[[], object]) -> None:
        """Give a cell a part of its look; openpyxl compares a part with all others, so it is asked once for each."""
        number = f"{part}Id"
        known = self._parts.get((part, *key))
        if known is None:
            setattr(cell, part, make())
            self._parts[(part, *key)] = getattr(cell._style, number)
        else:
            setattr(cell._style, number, known)


def _font(style: Style) -> SchemaFont:
    return SchemaFont(
        name=style.font,
        sz=style.size,
        b=style.bold,
        i=style.italic,
        u="single" if style.underline else None,
        color=opaque(style.colour),
        family=2,
    )


def _border(style: Style) -> Border:
    return Border(
        left=_side(style.left),
        right=_side(style.right),
        top=_side(style.top),
        bottom=_side(style.bottom),
    )


def _alignment(style: Style) -> Alignment:
    return Alignment(
        horizontal=style.horizontal,
        vertical=style.vertical,
        wrap_text=style.wrap or None,
        indent=style.indent,
    )


def _side(edge: Edge | None) -> Side:
    return Side() if edge is None else Side(style=edge.style, color=opaque(edge.colour))
