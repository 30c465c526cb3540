"""A workbook on paper as PDF, printed by LibreOffice from a finished file.

LibreOffice runs alone: with a profile of its own that is removed afterwards, without macros and without following
links. It stamps the PDF with the moment and with a number drawn from it; both are put right afterwards, so that
the same report gives the same bytes from the same LibreOffice with the same fonts.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError
from clv_xl.workbook.atomic import atomic_file
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.ownership import PDF_MARK

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.workbook.sheet import Book

__all__ = ["find_office", "write_pdf"]

_PROGRAMS: Final = (
    "soffice",
    "libreoffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
)
_SECONDS: Final = 600  # a report of a large shop takes about one minute
_COUNTRIES: Final = {"en": "en-GB", "sv": "sv-SE", "nb": "nb-NO", "da": "da-DK"}
# figures as stored, no macros, no links followed, dates and decimal marks as the report's language has them
_SETTINGS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>1</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{country}</value></prop></item>
</oor:items>
"""
_INSTEAD: Final = "or give a name that ends in .xlsx, open it in Excel and save it as PDF there"
_MOMENT: Final = re.compile(rb"/(?:CreationDate|ModDate)\(D:([^)]*)\)")
_ID: Final = re.compile(rb"/ID \[\s*<([0-9A-F]{32})>\s*<([0-9A-F]{32})>\s*\]\s*/DocChecksum /([0-9A-F]{32})")


def find_office() -> Path:
    """Return the LibreOffice program.

    Raises
    ------
    OutputError
        If there is none.
    """
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    raise OutputError(
        "A PDF is printed by LibreOffice, which is not installed (no program soffice was found). Install it (Debian and"
        f" Ubuntu: the package libreoffice-calc; Windows and Mac: from libreoffice.org), {_INSTEAD}."
    )


def write_pdf(book: Book, path: Path, language: str = "en", folder: Path | None = None) -> None:
    """Write a workbook's pages as they are printed, completely or not at all.

    Parameters
    ----------
    book : Book
        As for :func:`~clv_xl.workbook.openpyxl_writer.write_book`.
    path : pathlib.Path
        Where the PDF shall stand.
    language : str
        Of the report: dates and decimal marks are written as there.
    folder : pathlib.Path, optional
        Where the workbook that is printed may stand meanwhile; default the one for temporary files.

    Raises
    ------
    OutputError
        If LibreOffice is not installed, fails or does not end, or the file cannot be written.
    """
    program = find_office()
    # a profile that a stopped LibreOffice is still writing to must not hide what went wrong
    with tempfile.TemporaryDirectory(prefix="clv_xl-", dir=folder, ignore_cleanup_errors=True) as name:
        workbook = Path(name) / "report.xlsx"
        write_book(book, workbook)
        user = Path(name) / "profile" / "user"
        user.mkdir(parents=True)
        settings = _SETTINGS.format(country=_COUNTRIES.get(language, _COUNTRIES["en"]))
        (user / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
        content = _printed(program, workbook, path)
    with atomic_file(path) as handle:
        handle.write(_put_right(content, book.created))


def _printed(program: Path, workbook: Path, path: Path) -> bytes:
    """Have LibreOffice print a workbook, and return the PDF."""
    folder = workbook.parent
    command = [
        str(program),
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *("--headless", "--nologo", "--norestore", "--nolockcheck", "--nodefault"),
        *("--convert-to", "pdf:calc_pdf_Export", "--outdir", str(folder), str(workbook)),
    ]
    try:
        process = subprocess.Popen(  # noqa: S603  # LibreOffice, and names of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            # LibreOffice starts a second program, which has to end with it
            start_new_session=sys.platform != "win32",
        )
    except OSError as error:
        raise OutputError(
            f"{path}: not saved: LibreOffice ({program}) could not be started ({error.strerror or error}). Install it"
            f" anew, {_INSTEAD}."
        ) from error
    try:
        _, said = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise OutputError(
            f"{path}: not saved: LibreOffice did not finish in {_SECONDS} seconds and was stopped. Show fewer customers"
            f" with --customer-rows, {_INSTEAD}."
        ) from None
    finally:
        _end(process)
    made = workbook.with_suffix(".pdf")
    # it ends with 0 even where it could not print: only what it made counts
    content = made.read_bytes() if made.is_file() else b""
    if process.returncode or not content.startswith(b"%PDF-") or b"%%EOF" not in content[-32:]:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        raise OutputError(
            f"{path}: not saved: LibreOffice made no PDF (exit code {process.returncode}"
            f"{': ' + lines[-1][:200] if lines else ''}). Try again, {_INSTEAD}."
        )
    return content


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a LibreOffice that was left waiting, by a timeout or by Ctrl-C, and what it started."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            # it may end by itself in this very moment
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _put_right(content: bytes, day: date) -> bytes:
    """Replace the moment of printing by the report's day, and what was drawn from it by a sum of the rest.

    Every replacement is as long as what stood there: a PDF keeps a list of where its parts begin.
    """
    told = f"{day:%Y%m%d}000000Z'".encode()
    content = _MOMENT.sub(lambda found: _of_length(found, 1, told), content)
    blank = _ID.sub(lambda found: re.sub(rb"[0-9A-F]{32}", b"0" * 32, found[0]), content)
    number = hashlib.sha256(blank).hexdigest()[:32].upper().encode()
    content = _ID.sub(lambda found: re.sub(rb"[0-9A-F]{32}", number, found[0]), content)
    return content.rstrip() + b"\n" + PDF_MARK


def _of_length(found: re.Match[bytes], group: int, told: bytes) -> bytes:
    """Put other bytes in place of a group, where they are as long."""
    length = len(found[group])
    return found[0] if length != len(told) else found[0].replace(found[group], told)
