"""Whose workbook stands where a report shall be written: one of ours is replaced, another is not unasked."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError

from clv_xl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PDF_MARK", "is_untouched_report", "refuse_strangers"]

PDF_MARK: Final = b"%clv_xl report\n"
"""The last line of a PDF by us: who saves the file anew drops it, or writes on after it."""

_CORE: Final = "docProps/core.xml"
_WORKBOOK: Final = "xl/workbook.xml"
_CREATOR: Final = "{http://purl.org/dc/elements/1.1/}creator"
_SAVED_BY: Final = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}lastModifiedBy"
_OF_A_TEMPLATE: Final = re.compile(rb'name="(?:Orders|clv_status)"')
_MOST_BYTES: Final = 1 << 16  # of a part; those of a report are below 16 KB
_MOST_DIRECTORY: Final = 1 << 18  # bytes of a zip's directory; that of a report is below 10 KB
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x07"
_LONGEST_END: Final = 22 + 65_535 + 20


def refuse_strangers(path: Path) -> None:
    """Refuse to write over a file that is not a report as we left it.

    Parameters
    ----------
    path : pathlib.Path
        Where the report shall stand; nothing there, an empty file or a folder passes.

    Raises
    ------
    UsageError
        If another file is there: somebody's own, a report that somebody has saved since, or a broken one.
    OutputError
        If the file may not be read.
    """
    try:
        if not path.is_file() or not path.stat().st_size or is_untouched_report(path):
            return
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be read to see whose it is ({error.strerror or error}). Give another name with -o, or pass"
            " --replace to write over it."
        ) from error
    raise UsageError(
        f"{path}: is there already, and is no report as clv_xl left it: it may hold your own work. Give another name"
        " with -o, or pass --replace to write over it."
    )


def is_untouched_report(path: Path) -> bool:
    """Tell whether a workbook is a report that nobody has saved since.

    Excel leaves the name of who saves a workbook in it; other programs keep ours, but lay the file out in their
    own way. A template is no report: it has a sheet Orders and a status line. Only the zip's directory and two
    small parts are read, and none if it is larger than a report's. A PDF is known by its last line.

    Parameters
    ----------
    path : pathlib.Path
        Any file.

    Raises
    ------
    OSError
        If it cannot be opened.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415  # only where a file is there already
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    from clv_xl.workbook.furnish import AUTHOR  # noqa: PLC0415  # openpyxl
    from clv_xl.workbook.package import has_own_layout  # noqa: PLC0415

    with path.open("rb") as stream:
        if path.suffix.lower() == ".pdf":
            size = stream.seek(0, 2)
            stream.seek(max(0, size - len(PDF_MARK)))
            return stream.read() == PDF_MARK
        if not _has_small_directory(stream):
            return False
        try:
            with zipfile.ZipFile(stream) as archive:
                if not has_own_layout(archive):
                    return False
                properties = fromstring(_part(archive, _CORE), forbid_dtd=True)
                is_template = _OF_A_TEMPLATE.search(_part(archive, _WORKBOOK))
        # what a broken zip or broken XML makes these libraries raise: whatever it is, it is not ours
        except (KeyError, RuntimeError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, ParseError):
            return False
        except DefusedXmlException:
            return False
    return not is_template and all(properties.findtext(name) == AUTHOR for name in (_CREATOR, _SAVED_BY))


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read a part, refusing one that is larger or packed otherwise than a report's."""
    part = archive.getinfo(name)
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError(name)
    with archive.open(part) as stream:
        text = stream.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ValueError(name)
    return text


def _has_small_directory(stream: IO[bytes]) -> bool:
    """Look at the end of a zip, which says how long its directory is, before anything reads that."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _LONGEST_END))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22 or _END_64 in tail:
        return False
    return int.from_bytes(tail[at + 12 : at + 16], "little") <= _MOST_DIRECTORY
