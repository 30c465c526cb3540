"""What is no table at all: the pages of other programs, running text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["no_table", "refuse_other_text"]

_WEB: Final = re.compile(r"\s*<(!doctype|html|table|\?xml)", re.IGNORECASE)
_JSON: Final = re.compile(r'\s*(\[\s*)?\{\s*"[^"]*"\s*:')
_LONGEST: Final = 60
_SENTENCE: Final = 20
_COLUMNS: Final = 3
_LINES: Final = 200
_WORDS: Final = 2.5


def refuse_other_text(name: str, sample: str) -> None:
    """Refuse a text that no delimiter makes a table of.

    Parameters
    ----------
    name : str
        Of the file.
    sample : str
        Its beginning.

    Raises
    ------
    InputError
        If it is a web page, XML or JSON.

    Examples
    --------
    >>> refuse_other_text("a.csv", "Ordernr;Datum;Belopp")
    >>> refuse_other_text("a.csv", '[{"order": 1}]')
    Traceback (most recent call last):
    clv_xl.errors.InputError: a.csv is JSON, not a table. Export the orders as CSV or .xlsx instead.
    """
    if _WEB.match(sample):
        raise InputError(f"{name} is a web page or XML, not a table. Save it as CSV or .xlsx.")
    if _JSON.match(sample):
        raise InputError(f"{name} is JSON, not a table. Export the orders as CSV or .xlsx instead.")


def no_table(sample: str, delimiters: Iterable[str]) -> str:
    r"""Say that a text has no columns; nothing where it may have some.

    Parameters
    ----------
    sample : str
        Its beginning.
    delimiters : iterable of str
        What may part columns.

    Examples
    --------
    >>> no_table("Hvem;Naar;Kr\nann;i dag;5\n", ",;")
    ''
    >>> no_table("Dear Sir,\n\nHere are the orders.\n", ",;")[:60]
    'this is text without columns, such as "Here are the orders."'
    """
    lines = [line.strip() for line in sample.splitlines() if line.strip()][:_LINES]
    if any(_has_columns(lines, delimiter) for delimiter in delimiters):
        return ""
    shown = next((line for line in lines if len(line) >= _SENTENCE), lines[0])
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3].rstrip() + "..."
    return (
        f'this is text without columns, such as "{shown}". Export the orders as CSV or .xlsx from the program that'
        " holds them. If a character does part columns in it, name that one: --delimiter CHARACTER."
    )


def _has_columns(lines: list[str], delimiter: str) -> bool:
    """Tell whether most lines have as many cells, or two one after the other; sentences have commas, but long cells."""
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error:
        return True
    widths = [len(cells) for cells in rows]
    if not widths or (delimiter == "," and sum(len(line.split()) for line in lines) > _WORDS * sum(widths)):
        return not widths
    width, often = Counter(widths).most_common(1)[0]
    if width > 1 and often > len(widths) / 2:
        return True
    return any(one == two >= _COLUMNS for one, two in pairwise(widths))
