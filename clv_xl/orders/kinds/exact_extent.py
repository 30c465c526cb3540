"""The rectangle around the cells of a sheet, found by a parser of XML: slow, and not to be misled."""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat  # document type definitions are refused before

__all__ = ["ExtentParser", "PlainExtent", "exact_extent"]

_LONGEST: Final = 12
_LONGEST_TAG: Final = 1 << 16
_ANY_TAG: Final = re.compile(rb"<(?:[^\s<>/]*:)?(?:row|c)(?![^\s/>])")
_ANY_PLACE: Final = re.compile(rb"\sr\s*=")
_PLAIN_ROW: Final = re.compile(rb'<row r="(\d{1,7})"(?=[\s/>])')
_PLAIN_CELL: Final = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"(?=[\s/>])')


class ExtentParser:
    """Take the XML of a sheet piece by piece.

    Attributes
    ----------
    rows, columns : int
        The last of each so far.
    sound : bool
        Whether what was given until now is XML.
    """

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.sound = True
        self._row = self._column = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start

    def see(self, text: bytes, *, last: bool = False) -> None:
        """Take the next piece."""
        if self.sound:
            try:
                self._parser.Parse(text, last)
            except (expat.ExpatError, ValueError):
                self.sound = False

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind not in {"row", "c"}:
            return
        place = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "r"), "")
        if kind == "row":
            self._row = _number(place) if place else self._row + 1
            self._column = 0
        else:
            letters = place.rstrip("0123456789")
            self._column = _column(letters) if letters else self._column + 1
            if place[len(letters) :]:
                self._row = _number(place[len(letters) :])
        self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)


class PlainExtent:
    """Take the XML of a sheet piece by piece, as long as every place is written the way that Excel writes it.

    Attributes
    ----------
    rows, columns : int
        The last of each so far.
    sure : bool
        Whether every row and every cell was written so; if not, only :class:`ExtentParser` tells.
    """

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.sure = True
        self._rest = b""

    def see(self, text: bytes, *, last: bool = False) -> None:
        """Take the next piece."""
        if not self.sure:
            return
        text = self._rest + text
        whole = len(text) if last else text.rfind(b">") + 1
        self._rest = text[whole:]
        if len(self._rest) > _LONGEST_TAG:
            self.sure = b"<" not in self._rest
            self._rest = b""
        self._look(text[:whole])

    def _look(self, text: bytes) -> None:
        rows, cells = _PLAIN_ROW.findall(text), _PLAIN_CELL.findall(text)
        plain = len(rows) + len(cells)
        counted = (len(_ANY_TAG.findall(text)), len(_ANY_PLACE.findall(text)))
        self.sure = self.sure and counted == (plain, plain) and b"\x00" not in text
        columns = {letters for letters, _ in cells}
        numbers = {*rows, *(row for _, row in cells)}
        self.rows = max(self.rows, 0, *map(int, numbers))
        self.columns = max(self.columns, 0, *(_column(letters.decode()) for letters in columns))


def exact_extent(sheet: bytes) -> tuple[int, int] | None:
    """Return the last row and the last column of a sheet's XML, or None where it is no sound XML of a sheet.

    Examples
    --------
    >>> exact_extent(b"<sheet><row r = '7'><c/><c r='&#67;9'/><c/></row></sheet>")
    (9, 4)
    >>> exact_extent(b"<sheet><row") is None
    True
    """
    parser = ExtentParser()
    parser.see(sheet, last=True)
    return (parser.rows, parser.columns) if parser.sound else None


def _number(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(text)
    return int(digits[:_LONGEST])


def _column(letters: str) -> int:
    number = 0
    for letter in letters.strip().upper()[:_LONGEST]:
        number = number * 26 + ord(letter) - 64
    return abs(number)
