"""A company's name, colour and logo on a finished workbook, in one pass over everything that shows colour.

What is drawn with the report's own accent is drawn with the company's instead. Its tints keep their steps from
dark to light, so that bars are told apart in grey print; letters and lines are darkened as far as it takes to read
them on white.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from clv_xl.workbook import styles
from clv_xl.workbook.cells import clean_text
from clv_xl.workbook.sheet import PlacedPicture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.workbook.sheet import Book, Bulk, ConditionalFormat, Edge, Picture, Sheet, Style

__all__ = ["Brand", "branded", "contrast", "ink_on"]

_WHITE: Final = "FFFFFF"
_BLACK: Final = "000000"
_LETTERS: Final = 4.5  # WCAG 2.1, 1.4.3: contrast of small letters with what is behind them
_LINES: Final = 3.0  # WCAG 2.1, 1.4.11: contrast of what is drawn
_LOGO: Final = (240.0, 56.0)  # pixels; the two top rows of Summary are 64 high
_GAP: Final = 4.0
_WIDE: Final = 10.0  # characters: narrower columns are gutters
_PIXELS: Final = 7  # in a character of width


@dataclass(frozen=True, slots=True)
class Brand:
    """What of a company stands on its report.

    Attributes
    ----------
    company : str
        Its name; empty leaves it out.
    accent : str
        Its colour as six hexadecimal digits; empty keeps the report's own.
    logo : Picture or None
        Its logo.
    files : tuple of pathlib.Path
        What this was read from: no output may replace it.
    """

    company: str = ""
    accent: str = ""
    logo: Picture | None = None
    files: tuple[Path, ...] = ()


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2.1 defines it.

    Examples
    --------
    >>> contrast("000000", "FFFFFF"), contrast("777777", "777777")
    (21.0, 1.0)
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(fill: str) -> str:
    """Return black or white, whichever reads better on a colour.

    Examples
    --------
    >>> ink_on("FFD700"), ink_on("1D5FA6")
    ('000000', 'FFFFFF')
    """
    return max((_WHITE, _BLACK), key=lambda ink: contrast(ink, fill))


def branded(book: Book, brand: Brand) -> Book:
    """Return a workbook that shows a company's name, colour and logo.

    Name and logo stand at the top of the first sheet, the name also at the top of every printed page.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.workbook.sheet import Book, Cell, Sheet
    >>> book = Book("R", date(2025, 1, 1), (Sheet("Summary", (Cell(1, 2, "Customer value", styles.LINK),)),))
    >>> (cell,) = branded(book, Brand("Nordlys", "7A0019")).sheets[0].cells
    >>> cell.value, cell.style.colour
    ('Nordlys · Customer value', '7A0019')
    """
    sheets = list(book.sheets)
    if brand.accent:
        colours = _Colours(brand.accent)
        sheets = [colours.sheet(sheet) for sheet in sheets]
    company = clean_text(brand.company, "the company's name")
    if company:
        sheets = [replace(sheet, print_setup=replace(sheet.print_setup, header=company)) for sheet in sheets]
        sheets[0] = _named(sheets[0], company)
    if brand.logo is not None:
        sheets[0] = replace(sheets[0], pictures=(_placed(sheets[0], brand.logo, company or "Logo"),))
    return replace(book, sheets=tuple(sheets))


def _named(sheet: Sheet, company: str) -> Sheet:
    """Put the name before the heading of a sheet."""
    first = min(
        (cell for cell in sheet.cells if cell.value is not None), key=lambda cell: (cell.row, cell.column)
    )
    named = replace(first, value=f"{company} · {first.value}")
    return replace(sheet, cells=tuple(named if cell is first else cell for cell in sheet.cells))


def _placed(sheet: Sheet, logo: Picture, words: str) -> PlacedPicture:
    """Lay a logo into the top right corner, as large as it may be, and not larger than it is."""
    column, width = max((column, width) for column, width in sheet.column_widths if width >= _WIDE)
    scale = min(1.0, _LOGO[0] / logo.width, _LOGO[1] / logo.height)
    shown = (logo.width * scale, logo.height * scale)
    return PlacedPicture(
        logo, 1, column, *shown, right=max(0.0, width * _PIXELS - shown[0]), down=_GAP, alt_text=words
    )


class _Colours:
    """The colours that take the place of the report's own."""

    def __init__(self, accent: str) -> None:
        own = [_luminance(colour) for colour in styles.PALETTE[:4]]
        drawn = _darkened(accent, _LINES, _WHITE)
        dark = _luminance(drawn)
        # each tint is as far from the accent to white as the report's own is from its accent
        tints = [_lightened(drawn, dark + (1 - dark) * (light - own[0]) / (1 - own[0])) for light in own[1:]]
        self._drawn = dict(zip(styles.PALETTE, (drawn, *tints), strict=False))
        self._fills = self._drawn | {styles.ACCENT: accent}
        self._letters = {styles.ACCENT: _darkened(accent, _LETTERS, styles.BACKGROUND)}
        # figures stand on the darkest end of a scale
        readable = _LETTERS * (_luminance(styles.INK) + 0.05) - 0.05
        dark_end = drawn if dark >= readable else _lightened(drawn, readable)
        self._scale = {
            styles.HEAT[0]: _lightened(drawn, _luminance(styles.HEAT[0])),
            styles.HEAT[1]: dark_end,
        }
        self._accent = accent
        self.style: Callable[[Style], Style] = cache(self._style)

    def sheet(self, sheet: Sheet) -> Sheet:
        """Return a sheet in these colours."""
        return replace(
            sheet,
            cells=tuple(replace(cell, style=self.style(cell.style)) for cell in sheet.cells),
            bulk=None if sheet.bulk is None else self._bulk(sheet.bulk),
            formats=tuple(self._format(rule) for rule in sheet.formats),
            charts=tuple(
                replace(
                    chart,
                    series=tuple(
                        replace(
                            series,
                            colour=self._drawn.get(series.colour, series.colour),
                            point_colours=tuple(self._drawn.get(one, one) for one in series.point_colours),
                        )
                        for series in chart.series
                    ),
                )
                for chart in sheet.charts
            ),
            tab_colour=self._accent if sheet.tab_colour == styles.ACCENT else sheet.tab_colour,
        )

    def _style(self, style: Style) -> Style:
        fill = None if style.fill is None else self._fills.get(style.fill, style.fill)
        colour = self._letters.get(style.colour, style.colour)
        if fill is not None and fill != style.fill:
            colour = ink_on(fill)
        return replace(
            style,
            colour=colour,
            fill=fill,
            left=self._edge(style.left),
            right=self._edge(style.right),
            top=self._edge(style.top),
            bottom=self._edge(style.bottom),
        )

    def _edge(self, edge: Edge | None) -> Edge | None:
        return edge if edge is None or edge.colour != styles.ACCENT else replace(edge, colour=self._accent)

    def _bulk(self, bulk: Bulk) -> Bulk:
        columns = tuple(
            replace(
                column,
                style=self.style(column.style),
                header_style=None if column.header_style is None else self.style(column.header_style),
            )
            for column in bulk.columns
        )
        return replace(bulk, columns=columns, header_style=self.style(bulk.header_style))

    def _format(self, rule: ConditionalFormat) -> ConditionalFormat:
        scale = self._scale if rule.kind == "scale" else self._drawn
        fill = None if rule.fill is None else self._fills.get(rule.fill, rule.fill)
        colour = None if rule.colour is None else self._letters.get(rule.colour, rule.colour)
        if fill is not None and fill != rule.fill:
            colour = ink_on(fill)
        return replace(
            rule, colours=tuple(scale.get(one, one) for one in rule.colours), colour=colour, fill=fill
        )


def _parts(colour: str) -> tuple[float, float, float]:
    """Return red, green and blue as light, from 0 to 1."""
    shown = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shown)
    return red, green, blue


def _of_parts(parts: tuple[float, ...], whole: Callable[[float], int]) -> str:
    """Return a colour from its parts; ``whole`` says whether they are rounded down or up."""
    shown = (one * 12.92 if one <= 0.0031308 else 1.055 * one ** (1 / 2.4) - 0.055 for one in parts)
    return "".join(f"{min(255, max(0, whole(round(one * 255, 6)))):02X}" for one in shown)


def _luminance(colour: str) -> float:
    red, green, blue = _parts(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lightened(colour: str, luminance: float) -> str:
    """Return a colour mixed with white until it is at least that light."""
    own = _luminance(colour)
    if own >= luminance:
        return colour
    share = (luminance - own) / (1 - own)
    return _of_parts(tuple(one + (1 - one) * share for one in _parts(colour)), ceil)


def _darkened(colour: str, wanted: float, behind: str) -> str:
    """Return a colour mixed with black until it reads on what is behind it."""
    if contrast(colour, behind) >= wanted:
        return colour
    share = ((_luminance(behind) + 0.05) / wanted - 0.05) / _luminance(colour)
    return _of_parts(tuple(one * share for one in _parts(colour)), floor)
