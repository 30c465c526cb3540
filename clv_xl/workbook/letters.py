"""How wide words are, letter by letter, for cells that must hold them: a mean would cut a line of wide ones."""

from __future__ import annotations

from typing import Final

__all__ = ["broken", "width_of"]

# advance widths of Calibri and of Carlito, which has the same, in hundredths of the type size
_ADVANCE: Final = {
    22: "'", 23: " il\xa0", 24: "j", 25: ",.I·", 27: ":;", 29: "`", 30: "()", 31: "-[]f{}", 32: "J", 33: "!t", 35: "r",
    39: "/\\s", 40: '"z', 42: "Lc", 43: "x", 45: "kvy", 46: "?FS|", 47: "Zg", 48: "aåä", 49: "ETY", 50: "#*+<=>^_e~é•",
    52: "KPX", 53: "Cbdhnopquöøü", 54: "BR", 57: "V", 58: "AÅÄ", 62: "DH", 63: "G", 64: "U", 65: "N", 66: "OÖØ",
    67: "Q", 68: "&", 71: "%w", 76: "Æ", 77: "æ", 80: "m", 85: "M", 89: "@W", 91: "—",
}  # fmt: skip
_WIDTHS: Final = {letter: width for width, letters in _ADVANCE.items() for letter in letters}
_OTHER: Final = 51  # a digit
_BOLD: Final = 1.03
_UNIT: Final = 5.25  # points in a unit of column width


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line of text in units of column width.

    Examples
    --------
    >>> round(width_of("0000000000", 10), 2), round(width_of("illicit", 10), 2)
    (9.71, 3.62)
    """
    return _hundredths(text) / 100 * size / _UNIT * (_BOLD if bold else 1.0)


def _hundredths(text: str) -> int:
    return sum([_WIDTHS.get(letter, _OTHER) for letter in text])


def broken(text: str, width: float, size: float) -> list[str]:
    """Break a text into lines of some width at its blanks; a longer word has a line of its own.

    Examples
    --------
    >>> broken("as it is printed on a page", 13, 10)
    ['as it is printed', 'on a page']
    """
    lines: list[str] = []
    line = 0
    for word in text.split():
        own = _hundredths(word)
        longer = line + _WIDTHS[" "] + own
        if lines and longer / 100 * size / _UNIT <= width:
            lines[-1], line = f"{lines[-1]} {word}", longer
        else:
            lines.append(word)
            line = own
    return lines or [""]
