"""CSV that a spreadsheet opens without running anything: text is defused, numbers are left alone."""

from __future__ import annotations

import csv
import re
import sys
from typing import TYPE_CHECKING

from clv_xl.workbook.atomic import atomic_text
from clv_xl.workbook.cells import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["defused", "write_csv"]

_ACTIVE = re.compile(r"^[\s\x00]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n\x00]")
# what leads to it is taken whole and never given back: a run of blanks costs its length, not the cube of it
_AFTER_SEPARATOR = re.compile(r'([;,|\t\r\n][\s";,|]*+)([=+\-@\uFF1D\uFF0B\uFF0D\uFF20])?')
_PLAIN_NUMBER = re.compile(r"^[+-]?[0-9][0-9 .,'\u00a0\u202f]*$")


def defused(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe goes before what could start one.

    Parameters
    ----------
    text : str
        Any text from data. A plain number keeps its sign.

    References
    ----------
    OWASP, CSV Injection.

    Examples
    --------
    >>> defused("=1+1"), defused("-12,50"), defused("Åsa")
    ("'=1+1", '-12,50', 'Åsa')
    """
    if _PLAIN_NUMBER.match(text):
        return text
    # where the decimal mark is a comma, Excel splits a CSV file at semicolons and line ends, quotation marks or not
    text = _AFTER_SEPARATOR.sub(lambda found: f"{found[1]}'{found[2]}" if found[2] else found[1], text)
    return "'" + text if _ACTIVE.match(text) else text


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file (UTF-8, comma) that appears only when it is whole.

    Parameters
    ----------
    path : pathlib.Path
        The file; an older one is replaced.
    header : sequence of str
        Column titles.
    rows : iterable of sequences
        Text passes the gateway and is defused; None is blank.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with atomic_text(path) as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([_safe(title, path) for title in header])
        for row in rows:
            writer.writerow([_safe(value, path) if isinstance(value, str) else value for value in row])


def _safe(text: str, path: Path) -> str:
    # CSV has no longest cell: what is too long for Excel is cut there, and is whole for every other program
    return defused(clean_text(text, path.name, limit=sys.maxsize))
