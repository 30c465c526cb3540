"""Look at a workbook's bytes before any parser does: size, nesting, and what must not be in it."""

from __future__ import annotations

import errno
import lzma
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.limits import MAX_COLUMNS, MAX_ROWS
from clv_xl.orders.kinds.exact_extent import ExtentParser, PlainExtent, exact_extent

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BROKEN_ZIP", "GuardLimits", "Weight", "check_workbook", "is_of_disk"]

BROKEN_ZIP: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, OverflowError,
    RuntimeError, ValueError, OSError,
)  # fmt: skip
"""What a damaged zip makes its reader raise; an OSError may be the disk's, see :func:`is_of_disk`."""

_CHUNK = 1 << 20
_LOCAL_HEADER = 30  # bytes before a part, its name apart
_SMALL = 1 << 20
_CLOSE = 1_000_000
_BOOKS = frozenset(("xl/workbook.xml", "xl/workbook.bin", "content.xml"))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SHEET = b"sheetdata"
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# A reader allocates the rectangle around all cells, so one far cell costs as much as a full sheet.
_ROW = re.compile(rb'row[^>]*? r="(\d+)"')
_FAR_CELL = re.compile(rb' r="([A-Z]{2,3})(\d+)"')


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """How much a workbook may unpack to; raise a limit for an honest large file.

    Attributes
    ----------
    parts : int
        Files inside the zip.
    part_bytes, total_bytes : int
        Unpacked size of one part and of all.
    ratio : int
        Unpacked size / packed size of a part above 1 MB.
    cells : int
        Cells in the rectangle around all cells of a sheet; where every row is looked at, of all sheets together.
    """

    parts: int = 2_000
    part_bytes: int = 256 << 20
    total_bytes: int = 512 << 20
    ratio: int = 200
    cells: int = 64_000_000


@dataclass(frozen=True, slots=True)
class Weight:
    """What a workbook unpacks to.

    Attributes
    ----------
    bytes : int
        Of all parts together.
    harmless : bool
        Whether every cell of every sheet was looked at, and all stand close together.
    """

    bytes: int
    harmless: bool = False


def check_workbook(
    path: Path, limits: GuardLimits | None = None, name: str = "", *, every_row: bool = True
) -> Weight:
    """Refuse a file that is not a sound, unencrypted workbook of sane size.

    Every part is unpacked once in small pieces and thrown away, since the sizes that a zip states about
    itself may be false.

    Parameters
    ----------
    path : pathlib.Path
        An .xlsx, .xlsm, .xlsb, .xls or .ods file.
    limits : GuardLimits, optional
        What is still sane.
    name : str
        As messages call the file; default its name.
    every_row : bool
        Whether every row is looked at, which takes longer, or one of each megabyte: enough where the reader that
        comes next has limits of its own.

    Returns
    -------
    Weight
        What the file unpacks to.

    Raises
    ------
    InputError
        Naming the file, what was found and what to do.
    """
    limits = limits or GuardLimits()
    name = name or path.name
    with path.open("rb") as stream:
        head = stream.read(8)
        if head == _OLE:
            _refuse_encrypted(name, stream)
            return Weight(path.stat().st_size)
        if head[:4] != b"PK\x03\x04":
            raise InputError(
                f"{name} is not an Excel workbook (.xlsx)."
                " Open it in Excel and save it as .xlsx, or give a CSV file the ending .csv."
            )
        try:
            with zipfile.ZipFile(stream) as archive:
                return _check_parts(name, archive, limits, every_row=every_row)
        except BROKEN_ZIP as error:
            if is_of_disk(error):
                raise
            raise InputError(
                f"{name} is damaged: it cannot be unpacked. Open it in Excel and save it again."
            ) from error


def is_of_disk(error: Exception) -> bool:
    """Tell whether it was the disk that failed, and not what a damaged zip says of itself.

    Examples
    --------
    >>> is_of_disk(OSError(errno.EIO, "Input/output error"))
    True

    A part that stands before the file, and one of bzip2 that is no stream of it:

    >>> is_of_disk(OSError(errno.EINVAL, "Invalid argument")), is_of_disk(OSError("Invalid data stream"))
    (False, False)
    """
    return isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}


def _refuse_encrypted(name: str, stream: IO[bytes]) -> None:
    stream.seek(0)
    tail = b""
    while block := stream.read(_CHUNK):
        if _ENCRYPTED in tail + block:
            raise InputError(f"{name} is protected with a password. Save a copy without the password.")
        tail = block[-len(_ENCRYPTED) :]


def _check_parts(name: str, archive: zipfile.ZipFile, limits: GuardLimits, *, every_row: bool) -> Weight:
    parts = archive.infolist()
    if len(parts) > limits.parts:
        raise InputError(f"{name} has {len(parts):,} parts inside; at most {limits.parts:,} are accepted.")
    names = {part.filename for part in parts}
    if not names & _BOOKS:
        raise InputError(f"{name} is a zip file but not an Excel workbook (.xlsx). Save it as .xlsx or CSV.")
    if len(names) < len(parts):
        raise InputError(f"{name} is damaged: it holds a part twice. Open it in Excel and save it again.")
    _refuse_overlap(name, parts)
    total = cells = 0
    for part in parts:
        if part.flag_bits & 0x1:
            raise InputError(f"{name} is protected with a password. Save a copy without the password.")
        room = replace(limits, total_bytes=limits.total_bytes - total, cells=limits.cells - cells)
        size, area = _check_part(name, archive, part, room, every_row=every_row)
        total += size
        cells += area if every_row else 0
    small = total <= _SMALL and "xl/workbook.xml" in names
    return Weight(total, harmless=small and _all_close(name, archive))


def _refuse_overlap(name: str, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse parts that share packed bytes: a few bytes would unpack many times. Some Pythons only warn of it."""
    placed = sorted((part.header_offset, part.compress_size) for part in parts)
    for (start, size), (following, _) in pairwise(placed):
        if start + _LOCAL_HEADER + size > following:
            raise InputError(
                f"{name} is damaged: parts inside it lie over each other. Open it in Excel and save it again."
            )


def _all_close(name: str, archive: zipfile.ZipFile) -> bool:
    """Look at every cell as a parser of XML does, whatever way its place is written in."""
    area = largest = 0
    for part in archive.namelist():
        # whatever its name: the workbook says itself which parts are its sheets
        text = archive.read(part)
        cells = exact_extent(text)
        if cells is None and _SHEET in text.replace(b"\x00", b"").lower():
            return False
        if cells is None:
            continue
        rows, columns = cells
        if rows > MAX_ROWS or columns > MAX_COLUMNS:
            raise InputError(
                f"{name}: {part} has a cell in row {rows:,} and column {columns:,}, which no sheet has. Open it in"
                " Excel and save it again."
            )
        area += rows * columns
        largest = max(largest, rows * columns)
    # several sheets may be one and the same part: each is read anew
    sheets = archive.read("xl/workbook.xml").replace(b"\x00", b"").count(b"sheetId")
    return max(area, largest * sheets) <= _CLOSE


def _check_part(
    name: str,
    archive: zipfile.ZipFile,
    part: zipfile.ZipInfo,
    limits: GuardLimits,
    *,
    every_row: bool,
) -> tuple[int, int]:
    """Unpack a part once; return its size, and the cells that it spreads over."""
    size = 0
    is_xml = part.filename.endswith((".xml", ".rels", ".vml"))
    extent = _extent(part.filename, every_row=every_row)
    sheet = False
    tail = b""
    with archive.open(part) as stream:
        while block := stream.read(_CHUNK):
            size += len(block)
            ratio = size / max(part.compress_size, 1)
            if size > min(limits.part_bytes, limits.total_bytes) or (size > _CHUNK and ratio > limits.ratio):
                raise InputError(
                    f"{name} unpacks to more than is accepted ({part.filename} is over {size >> 20:,} MB)."
                    " Save the sheet as CSV instead."
                )
            text = tail + block
            if is_xml and _holds_dtd(text):
                raise InputError(
                    f"{name} holds a document type definition, which no workbook needs. Not read."
                )
            if extent is not None:
                extent.see(block if every_row else text)
            sheet = sheet or (every_row and _SHEET in text.replace(b"\x00", b"").lower())
            tail = block[-64:]
    seen: PlainExtent | ExtentParser | _Extent | None = extent
    if isinstance(extent, PlainExtent):
        extent.see(b"", last=True)
        seen = extent if extent.sure else _parsed(name, archive, part, is_sheet=sheet)
    area = 0 if seen is None else seen.rows * seen.columns
    if seen is not None and area > limits.cells:
        raise InputError(
            f"{name}: {part.filename} has cells spread over {seen.rows:,} rows and {seen.columns:,} columns."
            " Delete the stray cells far from the orders, or save the sheet as CSV."
        )
    return size, area if sheet else 0


def _parsed(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, is_sheet: bool) -> ExtentParser:
    """Look at a part, whose size was looked at, as a parser of XML does."""
    extent = ExtentParser()
    with archive.open(part) as stream:
        while block := stream.read(_CHUNK):
            extent.see(block)
    extent.see(b"", last=True)
    if is_sheet and not extent.sound:
        raise InputError(
            f"{name} cannot be read as a workbook ({part.filename} is no sound sheet). Open it in Excel and save"
            " it again."
        )
    return extent


def _extent(part: str, *, every_row: bool) -> PlainExtent | _Extent | None:
    """Return what looks at the cells of a part: at all of any part, or at the far ones of a sheet."""
    if every_row:
        return PlainExtent()
    return _Extent() if part.startswith("xl/worksheets/") else None


def _holds_dtd(text: bytes) -> bool:
    if b"\x00" in text:  # UTF-16 spells every letter with a NUL beside it
        text = text.replace(b"\x00", b"")
    return b"<!" in text and _DTD.search(text) is not None


class _Extent:
    """The rectangle around the cells of a sheet, as far as it can be large and one look a megabyte tells."""

    def __init__(self) -> None:
        self.rows = 1
        self.columns = 26

    def see(self, text: bytes) -> None:
        last = _ROW.match(text, text.rfind(b"row "))
        rows = [int(last[1])] if last else []
        for letters, row in set(_FAR_CELL.findall(text)):
            rows.append(int(row))
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            self.columns = max(self.columns, column)
        self.rows = max(self.rows, *rows, 1)
