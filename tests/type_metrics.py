"""How wide text is in the report's typeface, read from the font files themselves: nothing here asks the package."""

from __future__ import annotations

import struct
import subprocess
from functools import cache
from pathlib import Path

POINTS_A_UNIT = 5.25
"""A unit of column width: 7 pixels, the widest digit of Calibri 11 on a screen of 96 dots an inch."""
PADDING = 5 * 0.75
"""What a cell keeps free beside its text: 5 pixels."""
INDENT = 9 * 0.75
"""One step of indent: 9 pixels."""
# a space that does not break is as wide as one that does; triangles come from another font, and are as wide as this
_DRAWN_AS = {0xA0: ord(" "), ord("▲"): ord("Æ"), ord("▼"): ord("Æ")}


class Face:
    """The advance widths of one font file (OpenType: tables head, hhea, hmtx and cmap format 4)."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        tables = {
            data[at : at + 4].decode(): struct.unpack(">II", data[at + 8 : at + 16])
            for at in range(12, 12 + 16 * struct.unpack(">H", data[4:6])[0], 16)
        }
        head, hhea, hmtx, cmap = (tables[name][0] for name in ("head", "hhea", "hmtx", "cmap"))
        self.em = struct.unpack(">H", data[head + 18 : head + 20])[0]
        ascent, descent, gap = struct.unpack(">hhh", data[hhea + 4 : hhea + 10])
        self.line = (ascent - descent + gap) / self.em
        count = struct.unpack(">H", data[hhea + 34 : hhea + 36])[0]
        self.advances = struct.unpack(f">{'Hh' * count}", data[hmtx : hmtx + 4 * count])[::2]
        self.glyphs = _glyphs(data, cmap)

    def width(self, text: str, size: float) -> float:
        """Return the width of a line of text in points."""
        glyphs = [self.glyphs[_DRAWN_AS.get(ord(letter), ord(letter))] for letter in text]
        return sum(self.advances[min(glyph, len(self.advances) - 1)] for glyph in glyphs) * size / self.em

    def lines(self, text: str, size: float, room: float) -> tuple[int, float]:
        """Return how many lines a text takes in some room, and its widest word, in points."""
        lines, widest = 0, 0.0
        for paragraph in text.split("\n"):
            line = ""
            lines += 1
            for word in paragraph.split(" "):
                widest = max(widest, self.width(word, size))
                longer = f"{line} {word}" if line else word
                if line and self.width(longer, size) > room:
                    lines += 1
                    line = word
                else:
                    line = longer
        return lines, widest


def _glyphs(data: bytes, cmap: int) -> dict[int, int]:
    """Return the glyph of each letter of the basic plane."""
    (count,) = struct.unpack(">H", data[cmap + 2 : cmap + 4])
    starts = [
        cmap + struct.unpack(">HHI", data[at : at + 8])[2] for at in range(cmap + 4, cmap + 4 + 8 * count, 8)
    ]
    start = next(at for at in starts if struct.unpack(">H", data[at : at + 2])[0] == 4)
    (twice,) = struct.unpack(">H", data[start + 6 : start + 8])
    places = [start + 14, start + 16 + twice, start + 16 + 2 * twice, start + 16 + 3 * twice]
    ends, firsts, deltas, offsets = (struct.unpack(f">{twice // 2}H", data[at : at + twice]) for at in places)
    found: dict[int, int] = {}
    for part, (end, first, delta, offset) in enumerate(zip(ends, firsts, deltas, offsets, strict=True)):
        for letter in range(first, end + 1):
            glyph = letter
            if offset:
                at = places[3] + 2 * part + offset + 2 * (letter - first)
                (glyph,) = struct.unpack(">H", data[at : at + 2])
                if not glyph:
                    continue
            found[letter] = (glyph + delta) & 0xFFFF
    return found


@cache
def face(*, bold: bool) -> Face:
    """Return the typeface of Calibri's widths that LibreOffice draws the report with."""
    style = "Bold" if bold else "Regular"
    asked = ["fc-match", "-f", "%{family}|%{file}", f"Carlito:style={style}"]
    family, _, path = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.partition("|")
    assert family == "Carlito", f"{family} is no substitute for Calibri: install fonts-crosextra-carlito"
    assert style in path
    return Face(Path(path))
