"""Whether a file is a report as the writer left it, so that it may be replaced without asking."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from clv_xl.workbook.furnish import AUTHOR

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_untouched_report"]

_SAVED_BY: Final = re.compile(rb"<(?:\w+:)?lastModifiedBy>([^<]*)</")
_OF_A_TEMPLATE: Final = re.compile(rb'name="(?:Orders|clv_status)"')
_MOST_BYTES: Final = 1 << 20


def is_untouched_report(path: Path) -> bool:
    """Return whether a file is a report that this program wrote and nobody has saved since.

    Whoever saves a workbook leaves their name in it. A template is no report: it has a sheet Orders and a
    status line, and may hold somebody's orders.

    Parameters
    ----------
    path : pathlib.Path
        A file that exists.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            saved_by = _SAVED_BY.search(_start(archive, "docProps/core.xml"))
            is_template = _OF_A_TEMPLATE.search(_start(archive, "xl/workbook.xml"))
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError):
        # no workbook, or one that this program has not written: either way somebody's own
        return False
    return saved_by is not None and saved_by[1] == AUTHOR.encode() and not is_template


def _start(archive: zipfile.ZipFile, part: str) -> bytes:
    with archive.open(part) as stream:
        return stream.read(_MOST_BYTES)
