"""Text files (CSV, TSV, TXT, also gzipped) as one DuckDB table of lines with known fields.

DuckDB's own CSV reader drops or joins rows that do not fit (strict mode off) or stops at them, and does not
say where the rows that did fit stood. So it is used for what it provably does: reading lines, in order. The
fields are then split by string functions. Quoted fields are split the same way as long as every line is a
whole, well-formed record; any other file goes through Python's ``csv`` module, which is the yardstick.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import itertools
import re
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import duckdb

from clv_xl.errors import InputError, UsageError
from clv_xl.orders.columns import Resolution, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["SEPARATOR", "Layout", "PlainText", "find_layout", "load_lines", "plain_text"]

SEPARATOR = "\x1f"
_NEVER = "\x1e"  # DuckDB wants a delimiter even for whole lines: one that no line holds
_OURS = re.compile(f"[{SEPARATOR}{_NEVER}]")
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_HEADER_WITHIN = 20
_MAX_UNPACKED = 8 << 30
_DELIMITERS = (";", "\t", ",", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANNOT_DECODE = "{name}: the text cannot be read as {encoding}. Save the file as CSV UTF-8, or name its encoding: --encoding"
_UNCLOSED = "{name}, line {line}: a quotation mark opens a field that never ends. Close or remove it."


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


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header stands and how fields are parted.

    Attributes
    ----------
    delimiter : str
        One character.
    header_record : int
        Record number of the header, from 1, blank records counted.
    hidden_records : int
        1 when the file starts with ``sep=;``, which Excel obeys and does not show.
    resolution : Resolution
        The canonical columns.
    """

    delimiter: str
    header_record: int
    hidden_records: int
    resolution: Resolution


class _Bytes:
    """What the bytes of a UTF-8 text say about its lines."""

    def __init__(self) -> None:
        self.quotes = self.separator = self.nul = False
        self.returns = self.feeds = self.pairs = 0
        self._last = b""

    def see(self, block: bytes) -> None:
        self.quotes = self.quotes or b'"' in block
        self.separator = self.separator or SEPARATOR.encode() in block or _NEVER.encode() in block
        self.nul = self.nul or b"\x00" in block
        self.feeds += block.count(b"\n")
        returns = block.count(b"\r")
        if returns or self._last == b"\r":
            self.returns += returns
            self.pairs += block.count(b"\r\n") + (self._last == b"\r" and block[:1] == b"\n")
        self._last = block[-1:]

    @property
    def lines_are_safe(self) -> bool:
        one_ending = self.returns == 0 or self.returns == self.feeds == self.pairs
        return one_ending and not self.separator


def plain_text(path: Path, folder: Path, encoding: str | None) -> PlainText:
    """Find a text file's encoding and give it as UTF-8.

    The order is: a byte order mark, the pattern of NUL bytes of UTF-16, strict UTF-8, Windows-1252.

    Parameters
    ----------
    path : pathlib.Path
        The input file.
    folder : pathlib.Path
        A private folder for a copy, where one is needed; the caller removes it.
    encoding : str or None
        As the user gave it, or None to find out.

    Raises
    ------
    InputError
        If the file is empty, damaged or not text.
    UsageError
        If Python knows no such encoding.
    """
    name = path.name
    digest = hashlib.sha256()
    size = 0
    seen = _Bytes()
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    head = b""
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            digest.update(block)
            size += len(block)
            head = head or block
    zipped = head[:2] == b"\x1f\x8b"
    # A DuckDB path is a pattern, so a name with such characters could match other files.
    copied = folder / f"{digest.hexdigest()}.bytes" if zipped or set("*?[") & set(str(path)) else None
    head = b""
    for block in _blocks(path, zipped=zipped, copy_to=copied):
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
    if found == "utf-8":
        if utf8 is None:
            raise InputError(_CANNOT_DECODE.format(name=name, encoding="UTF-8") + " windows-1252.")
    else:
        target = folder / f"{digest.hexdigest()}.txt"
        seen = _transcode(name, source, target, found)
        source = target
    if seen.nul:
        raise InputError(f"{name} is not a text file. Give a CSV file or an Excel workbook (.xlsx).")
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
    )


def _blocks(path: Path, *, zipped: bool, copy_to: Path | None) -> Iterator[bytes]:
    size = 0
    with path.open("rb") as raw, (copy_to or path).open("wb" if copy_to else "rb") as copy:
        stream: IO[bytes] = gzip.open(raw) if zipped else raw
        try:
            while block := stream.read(_CHUNK):
                size += len(block)
                if zipped and size > _MAX_UNPACKED:
                    raise InputError(
                        f"{path.name} unpacks to more than {_MAX_UNPACKED >> 30} GB. Split the file."
                    )
                if copy_to:
                    copy.write(block)
                yield block
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{path.name} is damaged: it cannot be unpacked. Pack it again.") from error


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
    if start[1::2].count(0) > len(start) // 5 and not start[0::2].count(0):
        return "utf-16-le"
    if start[0::2].count(0) > len(start) // 5 and not start[1::2].count(0):
        return "utf-16-be"
    return "utf-8" if is_utf8 else "windows-1252"


def _transcode(name: str, source: Path, target: Path, encoding: str) -> _Bytes:
    seen = _Bytes()
    try:
        with source.open(encoding=encoding, newline="") as text, target.open("wb") as copy:
            while part := text.read(_CHUNK):
                block = part.encode()
                seen.see(block)
                copy.write(block)
    except UnicodeError as error:
        raise InputError(_CANNOT_DECODE.format(name=name, encoding=encoding) + " NAME.") from error
    return seen


def find_layout(text: PlainText, wanted: Mapping[str, str], delimiter: str | None) -> Layout:
    """Find the delimiter and the header row from the first 64 KB.

    Parameters
    ----------
    text : PlainText
        From :func:`plain_text`.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.
    delimiter : str or None
        As the user gave it, or None to find out.

    Returns
    -------
    Layout
        The one that finds most required columns, then the one whose rows agree best with their header.

    Raises
    ------
    InputError
        If the file is blank, or a web page.
    """
    with text.path.open(encoding="utf-8-sig", newline="") as stream:
        sample = stream.read(_SAMPLE)
        cut = stream.read(1) != ""
    if not sample.strip():
        raise InputError(f"{text.name} is empty. Export the orders again, with a header row.")
    if re.match(r"\s*<(!doctype|html|table|\?xml)", sample, re.IGNORECASE):
        raise InputError(f"{text.name} is a web page or XML, not a table. Save it as CSV or .xlsx.")
    hidden = 0
    if told := re.match(r'"?sep=(.)"?\r?\n', sample, re.IGNORECASE):
        hidden = 1
        delimiter = delimiter or told[1]
    best: Layout | None = None
    best_key: tuple[int, float, int] = (-1, 0.0, 0)
    for candidate in (delimiter,) if delimiter else _DELIMITERS:
        records = _records(sample, candidate, cut=cut)
        layout = _layout(records, candidate, hidden, wanted)
        width = len(layout.resolution.headers)
        body = [len(record) for record in records[layout.header_record :] if record]
        agreeing = sum(length == width for length in body) / len(body) if body else 1.0
        key = (layout.resolution.fits, agreeing if width > 1 else 0.0, width)
        if key > best_key:
            best, best_key = layout, key
    assert best is not None  # noqa: S101  (the first candidate always beats the empty key)
    return best


def _records(sample: str, delimiter: str, *, cut: bool) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))
    except csv.Error:  # a field without end: what was read so far is enough to tell the layout
        return records
    return records[:-1] if cut and len(records) > 1 else records


def _layout(records: list[list[str]], delimiter: str, hidden: int, wanted: Mapping[str, str]) -> Layout:
    first = next((at for at, record in enumerate(records) if at >= hidden and any(map(str.strip, record))), 0)
    best_at = first
    best = resolve(records[first] if records else [], wanted)
    for at in range(first + 1, min(len(records), _HEADER_WITHIN)):
        found = resolve(records[at], wanted)
        if found.fits > best.fits:
            best_at, best = at, found
    return Layout(delimiter, best_at + 1, hidden, best)


def load_lines(connection: duckdb.DuckDBPyConnection, text: PlainText, delimiter: str, folder: Path) -> str:
    """Fill the table ``text_lines(record, line)`` and return the separator of the fields in ``line``.

    A record is what Python's ``csv`` module calls a row; a line break inside quotes becomes a space.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    text : PlainText
        From :func:`plain_text`.
    delimiter : str
        From :func:`find_layout`.
    folder : pathlib.Path
        A private folder for a copy, where one is needed.

    Raises
    ------
    InputError
        If a quotation mark is never closed, or a line is longer than 2 MB.
    """
    if text.lines_are_safe:
        _read_lines(connection, text.name, text.path)
        if not text.quotes:
            return delimiter
        if _split_quoted(connection, delimiter):
            return SEPARATOR
    copy = folder / f"{text.sha256}.records"
    _rewrite(text, delimiter, copy)
    _read_lines(connection, text.name, copy)
    return SEPARATOR


def _read_lines(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    try:
        connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE text_lines AS
            SELECT row_number() OVER () AS record, line
            FROM read_csv(?, delim = chr(30), quote = '', escape = '', header = false, skip = 0,
                          auto_detect = false, columns = {'line': 'VARCHAR'}, strict_mode = true)
            """,
            [str(path)],
        )
    except duckdb.InvalidInputException as error:
        if "Maximum line size" not in str(error):
            raise
        raise InputError(
            f"{name} has a line of more than 2,000,000 characters. Export the orders again, one row a line."
        ) from error


def _split_quoted(connection: duckdb.DuckDBPyConnection, delimiter: str) -> bool:
    """Mark the fields of quoted lines with our separator, or return False if any line is not well formed.

    Split at the quotation marks, the odd pieces of a well-formed line lie outside quotes: they are empty or
    start and end with a delimiter (the first need not start with one, the last need not end with one). An
    empty piece between two quoted ones is a doubled mark, which stands for itself.
    """
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE quoted_lines AS
        WITH cut AS (
            SELECT record, line, CASE WHEN contains(line, '"') THEN string_split(line, '"') END AS pieces
            FROM text_lines
        )
        SELECT record,
            CASE WHEN pieces IS NULL THEN replace(line, $delimiter, chr(31))
            ELSE array_to_string(list_transform(pieces, lambda piece, nth:
                CASE WHEN nth % 2 = 0 THEN piece
                     WHEN piece = '' AND nth > 1 AND nth < len(pieces) THEN '"'
                     ELSE replace(piece, $delimiter, chr(31)) END), '') END AS line,
            pieces IS NULL OR (len(pieces) % 2 = 1 AND len(list_filter(pieces, lambda piece, nth:
                nth % 2 = 1 AND piece <> '' AND (
                    (nth > 1 AND NOT starts_with(piece, $delimiter))
                    OR (nth < len(pieces) AND NOT ends_with(piece, $delimiter))))) = 0) AS well_formed
        FROM cut
        """,
        {"delimiter": delimiter},
    )
    row = connection.execute("SELECT coalesce(bool_and(well_formed), true) FROM quoted_lines").fetchone()
    connection.execute("DROP TABLE text_lines")
    if not (row and row[0]):
        connection.execute("DROP TABLE quoted_lines")
        return False
    connection.execute("ALTER TABLE quoted_lines RENAME TO text_lines")
    return True


def _rewrite(text: PlainText, delimiter: str, target: Path) -> None:
    """Write one record a line, fields parted by our separator."""
    mark = f"{_NEVER}end{_NEVER}"
    end = [mark, mark]  # two fields: inside an open quotation mark they arrive as one
    began, line_after, closed = 1, 1, False
    breaks = re.compile(r"[\r\n]+")
    with (
        text.path.open(encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="\n") as copy,
    ):
        reader = csv.reader(itertools.chain(source, [delimiter.join(end)]), delimiter=delimiter)
        try:
            for fields in reader:
                closed = fields == end
                if closed:
                    continue
                record = [_OURS.sub(" ", field) for field in fields] if text.has_separator else fields
                line = SEPARATOR.join(record)
                copy.write((breaks.sub(" ", line) if "\n" in line or "\r" in line else line) + "\n")
                began, line_after = line_after, reader.line_num + 1
        except csv.Error as error:
            raise InputError(_UNCLOSED.format(name=text.name, line=line_after)) from error
    if not closed:
        raise InputError(_UNCLOSED.format(name=text.name, line=began))
