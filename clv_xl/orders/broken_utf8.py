"""Text that is UTF-8 but for some bytes: how much of it is broken, where, and what those bytes stand for."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.orders.numbers import DECISIVE
from clv_xl.orders.sentences import listed
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clv_xl.said import Said

__all__ = ["Damage", "broken_note", "repaired", "survey"]

_LINES_KEPT = 3
# Python's "surrogateescape" gives a byte that is not UTF-8 as one of these.
_BROKEN = re.compile("[\udc80-\udcff]")
_MEANT = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


@dataclass(frozen=True, slots=True)
class Damage:
    """What is UTF-8 in a text and what is not.

    Attributes
    ----------
    letters : int
        Letters beyond ASCII that are UTF-8.
    broken_bytes : int
        Bytes that are not.
    lines : int
        Lines with such bytes.
    first_lines : tuple[int, ...]
        The first of them, counted from 1.
    """

    letters: int
    broken_bytes: int
    lines: int
    first_lines: tuple[int, ...]

    @property
    def is_utf8(self) -> bool:
        """Whether the broken bytes are a few among many letters."""
        return self.letters >= DECISIVE * self.broken_bytes

    @property
    def is_other(self) -> bool:
        """Whether hardly anything is UTF-8, so that the text is in another encoding."""
        return self.broken_bytes > DECISIVE * self.letters

    def where(self) -> Said:
        """Return the lines in words."""
        lines = listed([figured(line, 0) for line in self.first_lines], self.lines)
        return counted(self.lines, "in line {lines}", "in lines {lines}", lines=lines)


def survey(blocks: Iterable[bytes]) -> Damage:
    r"""Count what is UTF-8 and what is not.

    Parameters
    ----------
    blocks : Iterable[bytes]
        The text in pieces.

    Examples
    --------
    >>> survey([b"r\xc3\xb8d\n", b"gr\xf8d\n"])
    Damage(letters=1, broken_bytes=1, lines=1, first_lines=(2,))
    """
    letters = broken = lines = feeds = returns = 0
    first: list[int] = []
    last = 0
    for text in _decoded(blocks):
        here = 0
        found = list(_BROKEN.finditer(text))
        for match in found:
            feeds += text.count("\n", here, match.start())
            returns += text.count("\r", here, match.start())
            here = match.start()
            line = 1 + (feeds or returns)
            if line != last:
                lines, last = lines + 1, line
                first += [line] if len(first) < _LINES_KEPT else []
        feeds += text.count("\n", here)
        returns += text.count("\r", here)
        broken += len(found)
        letters += len(text) - len(text.encode("ascii", "ignore")) - len(found) - text.count("\ufeff")
    return Damage(letters, broken, lines, tuple(first))


def _decoded(blocks: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for block in blocks:
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def repaired(text: str) -> str:
    r"""Return a text read with ``surrogateescape`` with its broken bytes read as Windows-1252.

    Parameters
    ----------
    text : str
        Where each byte that is not UTF-8 is a lone surrogate.

    Examples
    --------
    >>> repaired(b"gr\xf8d".decode("utf-8", "surrogateescape"))
    'grød'
    """
    return text.translate(_MEANT) if _BROKEN.search(text) else text


def broken_note(name: str, damage: Damage | None) -> tuple[Warning_, ...]:
    """Tell what of a file is not UTF-8 as the rest is, and how it was read.

    Parameters
    ----------
    name : str
        Of the file.
    damage : Damage or None
        What is broken.
    """
    if damage is None:
        return ()
    text = counted(
        damage.broken_bytes,
        "{name}: {number} byte is not UTF-8 as the rest of the file is, {where}. It is read as Windows-1252.",
        "{name}: {number} bytes are not UTF-8 as the rest of the file is, {where}. They are read as Windows-1252.",
        name=name,
        where=damage.where(),
    )
    text += counted(
        damage.lines,
        " Correct that line and save as CSV UTF-8, or name the encoding of the whole file, such as --encoding"
        " windows-1252.",
        " Correct those lines and save as CSV UTF-8, or name the encoding of the whole file, such as --encoding"
        " windows-1252.",
    )
    return (Warning_("broken_bytes", text, damage.lines),)
