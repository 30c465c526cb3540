"""How wide words are, letter by letter, for cells that must hold them: a mean would cut a line of wide ones."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["broken", "width_of", "words_of"]

# advance widths of Calibri and of Carlito, which has the same, in hundredths of the type size
_ADVANCE: Final = {
    22: "'", 23: " il\xa0", 24: "j", 25: ",.I·", 27: ":;", 29: "`", 30: "()", 31: "-[]f{}", 32: "J", 33: "!t", 35: "r",
    39: "/\\s", 40: '"z', 42: "Lc", 43: "x", 45: "kvy", 46: "?FS|", 47: "Zg", 48: "aåä", 49: "ETY",
    50: "#*+<=>^_e~é•", 52: "KPX", 53: "Cbdhnopquöøü", 54: "BR", 57: "V", 58: "AÅÄ", 62: "DH", 63: "G", 64: "U",
    65: "N", 66: "OÖØ", 67: "Q", 68: "&", 71: "%w", 76: "Æ▲▼", 77: "æ", 80: "m", 86: "M", 89: "@W", 91: "—",
}  # fmt: skip
_BOLD_ADVANCE: Final = {
    23: " '\xa0", 25: "il", 26: "j,", 27: "I.·", 28: ":;", 30: "`", 31: "()-", 32: "f[]", 33: "!J", 34: "{}", 35: "t",
    36: "r", 40: "sz", 42: "Lc", 43: "/\\", 44: '"', 46: "?Fx", 47: "Sgvy", 48: "Zk|", 49: "Eaåä", 50: "eéT#*+<=>^_~•",
    52: "Y", 53: "CP", 54: "bdhnpquüoöø", 55: "KX", 56: "BR", 59: "V", 61: "AÅÄ", 63: "DH", 64: "G", 65: "U", 66: "N",
    68: "OÖØ", 69: "Q", 70: "&", 73: "%", 75: "w", 77: "æ", 78: "Æ▲▼", 81: "m", 87: "M", 90: "@", 91: "W—",
}  # fmt: skip
_WIDTHS: Final = {letter: width for width, letters in _ADVANCE.items() for letter in letters}
_BOLD_WIDTHS: Final = {letter: width for width, letters in _BOLD_ADVANCE.items() for letter in letters}
_OTHER: Final = 51  # a digit
_UNIT: Final = 5.25  # points in a unit of column width
_BLANKS: Final = re.compile(r"[ \t\r\n]+")  # all but the space that does not break


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line of text in units of column width.

    Examples
    --------
    >>> round(width_of("0000000000", 10), 2), round(width_of("illicit", 10), 2)
    (9.71, 3.62)
    """
    return _hundredths(text, bold=bold) / 100 * size / _UNIT


def words_of(text: str) -> list[str]:
    r"""Return the words between which a line may be broken.

    Examples
    --------
    >>> words_of("about 42\xa0% more")
    ['about', '42\xa0%', 'more']
    """
    return [word for word in _BLANKS.split(text) if word]


@lru_cache(maxsize=16_384)  # a page has the same words again and again
def _hundredths(text: str, *, bold: bool) -> int:
    widths = _BOLD_WIDTHS if bold else _WIDTHS
    return sum([widths.get(letter, _OTHER) for letter in text])


def broken(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines of some width at its blanks; a longer word has a line of its own.

    Examples
    --------
    >>> broken("as it is printed on a page", 13, 10)
    ['as it is printed', 'on a page']
    """
    blank = (_BOLD_WIDTHS if bold else _WIDTHS)[" "]
    lines: list[str] = []
    line = 0
    for word in words_of(text):
        own = _hundredths(word, bold=bold)
        longer = line + blank + own
        if lines and longer / 100 * size / _UNIT <= width:
            lines[-1], line = f"{lines[-1]} {word}", longer
        else:
            lines.append(word)
            line = own
    return lines or [""]
