"""The rectangle around the cells of a sheet, found by a parser of XML: slow, and not to be misled."""

from __future__ import annotations

from xml.parsers import expat  # document type definitions are refused before

__all__ = ["exact_extent"]

_LONGEST = 12


def exact_extent(sheet: bytes) -> tuple[int, int] | None:
    """Return the last row and the last column of a sheet's XML, or None where it is no sound XML of a sheet.

    Examples
    --------
    >>> exact_extent(b"<sheet><row r = '7'><c/><c r='&#67;9'/><c/></row></sheet>")
    (9, 4)
    >>> exact_extent(b"<sheet><row") is None
    True
    """
    rows = columns = row = column = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal rows, columns, row, column
        kind = name.rpartition(":")[2]
        if kind not in {"row", "c"}:
            return
        place = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "r"), "")
        if kind == "row":
            row = _number(place) if place else row + 1
            column = 0
        else:
            letters = place.rstrip("0123456789")
            column = _column(letters) if letters else column + 1
            if place[len(letters) :]:
                row = _number(place[len(letters) :])
        rows, columns = max(rows, row), max(columns, column)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(sheet, True)
    except (expat.ExpatError, ValueError):
        return None
    return rows, columns


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
