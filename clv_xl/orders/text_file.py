"""Text files as they come: which encoding, whether zipped, how lines end; given on as plain UTF-8."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, cast

from clv_xl.errors import InputError, UsageError
from clv_xl.orders.broken_utf8 import Damage, repaired, survey
from clv_xl.orders.eight_bits import Guessed, guessed
from clv_xl.orders.kinds.bombs import Unpacking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LINE_MARK", "LONGEST_LINE", "LONG_LINE", "SEPARATOR", "SPACES", "PlainText", "plain_text"]

SEPARATOR = "\x1f"
"""Parts fields once quotes are gone."""
LINE_MARK = "\x1e"
"""A delimiter for whole lines: one that no line may hold."""

SPACES = " \t\r\n\f\x1a\u00a0\u202f\u2007\u2009\ufeff\u200b"
"""What is trimmed from both ends of every text."""

LONGEST_LINE = 2_000_000
"""Bytes of a line that DuckDB reads: it may leave out a longer one without a word."""
LONG_LINE = "{name} has a line of more than 2,000,000 characters. Export the orders again, one row a line."
"""What is told of a longer one."""

_CHUNK = 1 << 20
_LONGEST_SPACE = 3  # bytes
_MARKS = ";,|\t"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANNOT_DECODE = (
    "{name}: the text cannot be read as {encoding}."
    " Save the file as CSV UTF-8, or name its encoding: --encoding {other}."
)
_NO_TEXT = "{name} is not a text file. Give a CSV file or an Excel workbook (.xlsx)."
# any bytes can be read as these: whoever has come so far sees by the letters which it is
_ANY_BYTES = "cp850 (DOS) or --encoding mac_roman (an older Mac)"
_LOOKED_AT = 4  # blocks


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text file made readable: UTF-8, unpacked.

    Attributes
    ----------
    name : str
        Of the file as given.
    path : pathlib.Path
        The file itself, or a private copy in UTF-8.
    sha256, bytes : str, int
        Of the file as given.
    encoding : str
        Of the file as given.
    zipped : bool
        Whether it was gzipped.
    quotes : bool
        Whether any quotation mark occurs.
    lines_are_safe : bool
        Whether lines end in one way only and hold no separator of ours, so that DuckDB may split them.
    has_separator : bool
        Whether the data hold a character that we part fields or lines with.
    lines : int
        How many lines there are, the blank ones too.
    spaces : str
        Which of ``SPACES`` occur in the lines.
    marks : str
        Which of the signs that may part fields occur.
    damage : Damage or None
        What is not UTF-8 in a text that is UTF-8 otherwise, and was read as Windows-1252.
    guessed : Guessed or None
        The encoding where its letters told it, and a word that shows it.
    """

    name: str
    path: Path
    sha256: str
    bytes: int
    encoding: str
    zipped: bool
    quotes: bool
    lines_are_safe: bool
    has_separator: bool
    lines: int
    spaces: str
    marks: str = _MARKS
    damage: Damage | None = None
    guessed: Guessed | None = None


class _Bytes:
    """What the bytes of a UTF-8 text say about its lines."""

    def __init__(self) -> None:
        self.quotes = self.separator = self.nul = self.padded = False
        self.returns = self.feeds = self.pairs = self.longest = self._open = 0
        self._last = b""
        self.spaces = self.marks = ""
        self._unseen = {space: space.encode() for space in SPACES}

    def see(self, block: bytes) -> None:
        self.quotes = self.quotes or b'"' in block
        self.separator = self.separator or SEPARATOR.encode() in block or LINE_MARK.encode() in block
        filled = block.rstrip(b"\x00")
        self.nul = self.nul or b"\x00" in filled or (self.padded and bool(filled))
        self.padded = len(filled) < len(block) or (self.padded and not filled)
        self.feeds += block.count(b"\n")
        returns = block.count(b"\r")
        if returns or self._last.endswith(b"\r"):
            self.returns += returns
            self.pairs += block.count(b"\r\n") + (self._last.endswith(b"\r") and block[:1] == b"\n")
        self.marks += "".join(mark for mark in _MARKS if mark not in self.marks and mark.encode() in block)
        self._look_for_spaces(self._last + block)
        self._last = block[-_LONGEST_SPACE:]
        self._measure(block)

    def _look_for_spaces(self, text: bytes) -> None:
        """Note the spaces that occur; a block may end within one."""
        ascii_only = text.isascii()
        for space, encoded in list(self._unseen.items()):
            if ascii_only and len(encoded) > 1:
                continue
            # one byte is looked for many times faster than several
            if encoded[:1] in text and encoded in text:
                self.spaces += space
                del self._unseen[space]

    def _measure(self, block: bytes) -> None:
        """Measure lines that are longer than a block; the others are short enough."""
        ends = [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]
        if ends:
            self.longest = max(self.longest, self._open + min(ends))
            self._open = len(block) - 1 - max(block.rfind(b"\n"), block.rfind(b"\r"))
        else:
            self._open += len(block)
        self.longest = max(self.longest, self._open)

    @property
    def lines(self) -> int:
        return self.feeds + (self._open > 0)

    @property
    def lines_are_safe(self) -> bool:
        one_ending = self.returns == 0 or self.returns == self.feeds == self.pairs
        return one_ending and not self.separator


def plain_text(path: Path, folder: Path, encoding: str | None, name: str = "") -> PlainText:
    """Find a text file's encoding and give it as UTF-8.

    The order is: a byte order mark, the pattern of NUL bytes of UTF-16, strict UTF-8, UTF-8 with a few broken
    bytes, and Windows-1252, or what older Macs and DOS wrote where only their letters make words.

    Parameters
    ----------
    path : pathlib.Path
        The input file.
    folder : pathlib.Path
        A private folder for a copy, where one is needed; the caller removes it.
    encoding : str or None
        As the user gave it, or None to find out.
    name : str
        As messages call the file; default its name.

    Raises
    ------
    InputError
        If the file is empty, damaged, not text, or in two encodings at once.
    UsageError
        If Python knows no such encoding.
    """
    name = name or path.name
    digest = hashlib.sha256()
    size = 0
    seen = _Bytes()
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    head = b""
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            if not head and len(block) == _CHUNK and not block.strip(b"\x00"):
                raise InputError(_NO_TEXT.format(name=name))  # a gigabyte of nothing would be read four times
            digest.update(block)
            size += len(block)
            head = head or block
    zipped = head[:2] == b"\x1f\x8b"
    copied = folder / f"{digest.hexdigest()}.bytes" if zipped or not _is_plain(path) else None
    head = b""
    for block in _blocks(path, name, zipped=zipped, copy_to=copied):
        head = head or block
        seen.see(block)
        if utf8 is not None:
            try:
                utf8.decode(block)
            except UnicodeDecodeError:
                utf8 = None
    if not head:
        raise InputError(f"{name} is empty. Export the orders again, with a header row.")
    if utf8 is not None and not _ends_cleanly(utf8):
        utf8 = None
    found = _known_encoding(encoding) if encoding else _encoding_of(head, is_utf8=utf8 is not None)
    source = copied or path
    damage: Damage | None = None
    if utf8 is None and not seen.nul and (found == "utf-8" or (not encoding and found == "windows-1252")):
        damage = _survey(name, source, asked=bool(encoding) or head.startswith(codecs.BOM_UTF8))
        found = "utf-8" if damage else "windows-1252"
    guess = _guessed(source) if found == "windows-1252" and not encoding else None
    found = guess.encoding if guess else found
    if found != "utf-8" or damage or seen.padded:
        target = folder / f"{digest.hexdigest()}.txt"
        seen = _transcode(name, source, target, found, repair=damage is not None)
        source = target
    _refuse_no_text(name, seen)
    return PlainText(
        name=name,
        path=source,
        sha256=digest.hexdigest(),
        bytes=size,
        encoding=found,
        zipped=zipped,
        quotes=seen.quotes,
        lines_are_safe=seen.lines_are_safe,
        has_separator=seen.separator,
        lines=seen.lines,
        spaces=seen.spaces,
        marks=seen.marks,
        damage=damage,
        guessed=guess,
    )


def _guessed(source: Path) -> Guessed | None:
    with source.open("rb") as stream:
        return guessed(islice(iter(lambda: stream.read(_CHUNK), b""), _LOOKED_AT))


def _is_plain(path: Path) -> bool:
    """Tell whether DuckDB opens just this file: to it a path is a pattern, and text in UTF-8."""
    text = str(path)
    return not set("*?[") & set(text) and text == text.encode("utf-8", "replace").decode()


def _refuse_no_text(name: str, seen: _Bytes) -> None:
    if seen.nul:
        raise InputError(_NO_TEXT.format(name=name))
    if seen.longest > LONGEST_LINE:
        raise InputError(LONG_LINE.format(name=name))


def _survey(name: str, source: Path, *, asked: bool) -> Damage | None:
    """Return what is broken in a text that is UTF-8 otherwise; None where it is in another encoding."""
    with source.open("rb") as stream:
        damage = survey(iter(lambda: stream.read(_CHUNK), b""))
    if asked and not damage.letters:
        raise InputError(_CANNOT_DECODE.format(name=name, encoding="UTF-8", other="windows-1252"))
    if asked or damage.is_utf8:
        return damage
    if damage.is_other:
        return None
    letters = "1 letter is" if damage.letters == 1 else f"{damage.letters:,} letters are"
    rest = "1 byte is" if damage.broken_bytes == 1 else f"{damage.broken_bytes:,} bytes are"
    raise InputError(
        f"{name} is in two encodings: {letters} UTF-8, and {rest} not, the first in line {damage.first_lines[0]:,}."
        " Export the orders again as CSV UTF-8, or say how to read the file: --encoding utf-8 (what is not UTF-8 is"
        " then read as Windows-1252) or --encoding windows-1252."
    )


def _blocks(path: Path, name: str, *, zipped: bool, copy_to: Path | None) -> Iterator[bytes]:
    """Give the unpacked bytes in pieces, writing them to the copy on the way."""
    watched = Unpacking(name, path.stat().st_size)
    with ExitStack() as open_files:
        stream: IO[bytes] = open_files.enter_context(path.open("rb"))
        if zipped:
            stream = cast("IO[bytes]", open_files.enter_context(gzip.open(stream)))
        copy = open_files.enter_context(copy_to.open("wb")) if copy_to else None
        try:
            while block := stream.read(_CHUNK):
                if zipped:
                    watched.see(block)
                if copy:
                    copy.write(block)
                yield block
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{name} is damaged: it cannot be unpacked. Pack it again.") from error


def _ends_cleanly(decoder: codecs.IncrementalDecoder) -> bool:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _known_encoding(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise UsageError(
            f'--encoding: there is no encoding "{encoding}". Use utf-8, utf-16 or windows-1252, for example.'
        ) from error
    return {"utf-8-sig": "utf-8", "ascii": "utf-8", "cp1252": "windows-1252"}.get(name, name)


def _encoding_of(head: bytes, *, is_utf8: bool) -> str:
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    start = head[:4096]
    # rare letters of UTF-16, such as emoji, have a NUL on the other side
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > len(start) // 5 and odd > 10 * even:
        return "utf-16-le"
    if even > len(start) // 5 and even > 10 * odd:
        return "utf-16-be"
    return "utf-8" if is_utf8 else "windows-1252"


def _transcode(name: str, source: Path, target: Path, encoding: str, *, repair: bool) -> _Bytes:
    seen = _Bytes()
    errors = "surrogateescape" if repair else "strict"
    try:
        with source.open(encoding=encoding, errors=errors, newline="") as text, target.open("wb") as copy:
            while part := text.read(_CHUNK):
                block = (repaired(part) if repair else part).encode()
                seen.see(block)
                # a copy that was broken off may be filled up to its size with NUL
                block = block.rstrip(b"\x00")
                copy.write(block)
    except UnicodeError as error:
        other = _ANY_BYTES if encoding == "windows-1252" else "utf-8"
        raise InputError(_CANNOT_DECODE.format(name=name, encoding=encoding, other=other)) from error
    return seen
