"""Every limit of Excel that a workbook of ours could meet, and the checks that refuse what lies beyond it.

Excel opens a file that breaks one of these with a repair message, drops rows or refuses it altogether, so
each is checked before a byte is written. Sources:

- [S] "Excel specifications and limits", Microsoft Support,
  https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
- [N] "Names in formulas" and "Rename a worksheet", Microsoft Support
- [E] ECMA-376 part 1 (SpreadsheetML), section 18 (the length facets of its schema)
- [V] the dialogs of Excel itself (data validation), as XlsxWriter documents them

A check returns nothing; it raises :class:`~clv_xl.errors.LimitError`, whose message names the place, the
value found, the limit and the way out.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from clv_xl.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DATE_FIRST",
    "DATE_LAST",
    "MAX_BORDERS",
    "MAX_CELL_STYLES",
    "MAX_CELL_TEXT",
    "MAX_CHART_SERIES",
    "MAX_COLUMNS",
    "MAX_COLUMN_WIDTH",
    "MAX_FILLS",
    "MAX_FONTS",
    "MAX_FORMULA",
    "MAX_FORMULA_ARGUMENTS",
    "MAX_FORMULA_DEPTH",
    "MAX_FORMULA_TEXT",
    "MAX_HEADER",
    "MAX_HYPERLINKS",
    "MAX_INTEGER",
    "MAX_LINE_FEEDS",
    "MAX_NAME",
    "MAX_NAME_MEANING",
    "MAX_NUMBER",
    "MAX_NUMBER_FORMATS",
    "MAX_PAGE_BREAKS",
    "MAX_PROPERTY",
    "MAX_ROWS",
    "MAX_ROW_HEIGHT",
    "MAX_SHEET_TITLE",
    "MAX_TABLE_HEADER",
    "MAX_VALIDATION_LIST",
    "MAX_VALIDATION_MESSAGE",
    "MAX_VALIDATION_TITLE",
    "ZOOM",
    "check_area",
    "check_choices",
    "check_column_width",
    "check_count",
    "check_date",
    "check_formula",
    "check_headers",
    "check_integer",
    "check_length",
    "check_name",
    "check_number",
    "check_position",
    "check_row_height",
    "check_sheet_title",
    "check_unique",
    "check_zoom",
    "column_letters",
    "date_error",
    "text_length",
]

MAX_ROWS: Final = 1_048_576  # [S] worksheet size
MAX_COLUMNS: Final = 16_384  # [S] worksheet size, column XFD
MAX_CELL_TEXT: Final = 32_767  # [S] characters a cell can contain; notes share it
MAX_LINE_FEEDS: Final = 253  # [S] line feeds per cell
MAX_FORMULA: Final = 8_192  # [S] length of formula contents
MAX_FORMULA_TEXT: Final = 255  # Microsoft Support, "Fix an error in a formula": text in quotation marks
MAX_FORMULA_DEPTH: Final = 64  # [S] nested levels of functions
MAX_FORMULA_ARGUMENTS: Final = 255  # [S] arguments in a function
MAX_COLUMN_WIDTH: Final = 255.0  # [S] characters
MAX_ROW_HEIGHT: Final = 409.0  # [S] points
MAX_PAGE_BREAKS: Final = 1_026  # [S] horizontal, a sheet
MAX_HYPERLINKS: Final = 65_530  # [S] a sheet
MAX_CELL_STYLES: Final = 65_490  # [S] unique cell formats a workbook (64,000 in Excel 2007)
MAX_FONTS: Final = 512  # [S] fonts a workbook
MAX_FILLS: Final = 256  # [S] fill styles
MAX_BORDERS: Final = 256  # [S] line weight and styles
MAX_HEADER: Final = 255  # [S] characters in a header or footer, its codes included
MAX_NUMBER_FORMATS: Final = 200  # [S] "between 200 and 250, depending on the language"
MAX_CHART_SERIES: Final = 255  # [S] data series in one chart
MAX_SHEET_TITLE: Final = 31  # [N]
MAX_NAME: Final = 255  # [N] defined names; table names follow the same rules
MAX_NAME_MEANING: Final = 255  # [E] definedName comment
MAX_TABLE_HEADER: Final = 255  # [S] a table's column header is cut off there
MAX_VALIDATION_TITLE: Final = 32  # [V]
MAX_VALIDATION_MESSAGE: Final = 255  # [V]
MAX_VALIDATION_LIST: Final = 255  # [V] choices typed into the rule, commas included
MAX_PROPERTY: Final = 255  # title and subject of the document; Excel's own dialog stops there
ZOOM: Final = (10, 400)  # [S] per cent
MAX_NUMBER: Final = 9.99999999999999e307  # [S] largest allowed number
MAX_INTEGER: Final = 2**53  # beyond it a cell, which is a double, cannot tell neighbours apart
DATE_FIRST: Final = date(1900, 3, 1)  # before it Excel counts a 29 February 1900 that never was
DATE_LAST: Final = date(9999, 12, 31)  # [S] latest date

_TITLE_FORBIDDEN: Final = frozenset("[]:*?/\\")
_CELL_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})([0-9]+)\Z")
_R1C1_REFERENCE: Final = re.compile(r"(?:R-?\d*(?:C-?\d*)?|C-?\d*)\Z", re.IGNORECASE)
_NAME_START: Final = re.compile(r"[^\W\d]|\\", re.UNICODE)
_NAME_REST: Final = re.compile(r"[\w.\\?]*\Z", re.UNICODE)
_FORMULA_STRING: Final = re.compile(r'"(?:[^"]|"")*"')


def text_length(value: str) -> int:
    """Return the number of characters as Excel counts them: UTF-16 units, so an emoji is two.

    Examples
    --------
    >>> text_length("æøå"), text_length("😀")
    (3, 2)
    """
    return (
        len(value) + sum(character > "\uffff" for character in value) if not value.isascii() else len(value)
    )


@lru_cache(maxsize=1_024)
def column_letters(column: int) -> str:
    """Return the letters of a column counted from 1.

    Examples
    --------
    >>> column_letters(1), column_letters(28), column_letters(16384)
    ('A', 'AB', 'XFD')
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _shown(value: str) -> str:
    """Quote a value, cut where a message would drown in it."""
    return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'


def check_position(row: int, column: int, where: str) -> None:
    """Refuse a cell outside the grid of 1,048,576 rows and 16,384 columns.

    Raises
    ------
    LimitError
    """
    if not 1 <= row <= MAX_ROWS:
        raise LimitError(
            f"{where}: row {row:,} does not exist; an Excel sheet has {MAX_ROWS:,} rows. "
            "Report fewer customers, or split the orders and make one report for each part."
        )
    if not 1 <= column <= MAX_COLUMNS:
        raise LimitError(
            f"{where}: column {column:,} does not exist; an Excel sheet has {MAX_COLUMNS:,} columns. "
            "Choose a longer period (months or quarters instead of days), or fewer columns."
        )


def check_area(first_row: int, first_column: int, last_row: int, last_column: int, where: str) -> None:
    """Refuse an area that leaves the grid or whose corners are swapped.

    Raises
    ------
    LimitError
    """
    check_position(first_row, first_column, where)
    check_position(last_row, last_column, where)
    if first_row > last_row or first_column > last_column:
        raise LimitError(
            f"{where}: the area from row {first_row}, column {first_column} to row {last_row}, column "
            f"{last_column} is empty; its first corner must be the upper left one."
        )


def check_length(value: str, limit: int, what: str, where: str) -> None:
    """Refuse a text that is longer than ``limit`` characters, as Excel counts them.

    Raises
    ------
    LimitError

    Examples
    --------
    >>> check_length("short", 10, "a note", "sheet Orders, A1")
    >>> check_length("too long", 5, "a note", "sheet Orders, A1")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    clv_xl.errors.LimitError: sheet Orders, A1: "too long" has 8 characters; a note holds at most 5. ...
    """
    length = text_length(value)
    if length > limit:
        raise LimitError(
            f"{where}: {_shown(value)} has {length:,} characters; {what} holds at most {limit:,}. Shorten it."
        )


def check_number(value: float, where: str) -> None:
    """Refuse a number that a cell cannot hold: infinite, or beyond 9.99999999999999E+307.

    NaN is not a matter of this check: it is written as #N/A or left blank.

    Raises
    ------
    LimitError
    """
    if abs(value) > MAX_NUMBER:
        raise LimitError(
            f"{where}: the number {value!r} does not fit into a cell, which holds up to 9.99E+307. "
            "Look for a division by almost nothing, or a wrong unit, in what it is computed from."
        )


def check_integer(value: int, where: str) -> None:
    """Refuse a whole number whose last digits a cell would lose (beyond 2^53).

    Raises
    ------
    LimitError
    """
    if abs(value) > MAX_INTEGER:
        raise LimitError(
            f"{where}: the whole number {value} has more digits than a cell keeps (up to {MAX_INTEGER:,}). "
            "If it is an id, treat it as text."
        )


def check_date(value: date, where: str) -> None:
    """Refuse a date that Excel cannot count: before 1900-03-01 or after 9999-12-31.

    Raises
    ------
    LimitError
    """
    # only the day counts: datetime is a date, but the two do not compare
    day = date(value.year, value.month, value.day)
    if not DATE_FIRST <= day <= DATE_LAST:
        raise date_error(day.isoformat(), where)


def date_error(shown: str, where: str) -> LimitError:
    """Return the error of :func:`check_date`, also for years that Python's own date cannot hold.

    Examples
    --------
    >>> raise date_error("10000-01-01", "sheet Customers, C2")
    Traceback (most recent call last):
    ...
    clv_xl.errors.LimitError: sheet Customers, C2: Excel cannot hold the date 10000-01-01; it counts from
    1900-03-01 to 9999-12-31. Correct it in the orders.
    """
    return LimitError(
        f"{where}: Excel cannot hold the date {shown}; it counts from {DATE_FIRST.isoformat()} to "
        f"{DATE_LAST.isoformat()}. Correct it in the orders."
    )


def check_formula(text: str, where: str) -> None:
    """Refuse a formula that is not one, is too long, or is written as a user types it.

    ``[@Column]`` is what Excel shows; a file must hold ``Table[[#This Row],[Column]]``, and is repaired
    otherwise.

    Raises
    ------
    LimitError
    """
    if not text.startswith("=") or len(text) < 2:
        raise LimitError(f"{where}: {_shown(text)} is not a formula; a formula starts with an equals sign.")
    check_length(text, MAX_FORMULA, "a formula", where)
    for quoted in _FORMULA_STRING.findall(text) if len(text) > MAX_FORMULA_TEXT else ():
        check_length(quoted[1:-1].replace('""', '"'), MAX_FORMULA_TEXT, "a text in a formula", where)
    _check_calls(text, where)
    if "[@" in _FORMULA_STRING.sub("", text):
        raise LimitError(
            f"{where}: {_shown(text)} names a table column as [@...]; in a file it must be written "
            "Table[[#This Row],[Column]]."
        )


def _check_calls(text: str, where: str) -> None:
    """Refuse functions nested more than 64 deep, or with more than 255 arguments."""
    if text.count("(") <= MAX_FORMULA_DEPTH and text.count(",") < MAX_FORMULA_ARGUMENTS:
        return
    arguments = [0]
    for sign in re.findall("[(),]", _FORMULA_STRING.sub("", text)):
        if sign == "(":
            arguments.append(1)
        elif sign == ",":
            arguments[-1] += 1
        elif len(arguments) > 1:
            arguments.pop()
        if len(arguments) - 1 > MAX_FORMULA_DEPTH:
            raise LimitError(
                f"{where}: {_shown(text)} nests functions more than {MAX_FORMULA_DEPTH} deep, which Excel does not"
                " read. Compute a part of it in another cell."
            )
        if arguments[-1] > MAX_FORMULA_ARGUMENTS:
            raise LimitError(
                f"{where}: {_shown(text)} gives a function more than {MAX_FORMULA_ARGUMENTS} arguments, which Excel"
                " does not read. Name a range instead."
            )


def check_sheet_title(title: str) -> None:
    r"""Refuse a sheet title that Excel would not let anyone type.

    Raises
    ------
    LimitError

    Examples
    --------
    >>> check_sheet_title("Data quality")
    >>> check_sheet_title("In/out")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    clv_xl.errors.LimitError: sheet "In/out": the title holds "/"; Excel allows none of ...
    """
    where = f"sheet {_shown(title)}"
    if not title.strip():
        raise LimitError(f"{where}: a sheet needs a title; give it one of 1 to {MAX_SHEET_TITLE} characters.")
    check_length(title, MAX_SHEET_TITLE, "a sheet title", where)
    bad = sorted(_TITLE_FORBIDDEN.intersection(title))
    if bad:
        raise LimitError(
            f'{where}: the title holds "{bad[0]}"; Excel allows none of [ ] : * ? / \\ there. '
            "Leave it out of the title."
        )
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF for character in title):
        raise LimitError(f"{where}: the title holds a control character. Leave it out of the title.")
    if title[0] == "'" or title[-1] == "'":
        raise LimitError(f"{where}: a title may not begin or end with an apostrophe. Leave it out.")
    if title.casefold() == "history":
        raise LimitError(f'{where}: Excel keeps the title "History" for itself. Choose another title.')


def check_name(name: str, what: str = "name") -> None:
    """Refuse a defined name or a table name that Excel would not accept.

    A name begins with a letter, an underscore or a backslash, goes on with letters, digits, full stops and
    underscores, is at most 255 long, and reads neither as a cell (``A1``, ``FY2024``) nor as a row or column
    (``R``, ``C``, ``R1C1``).

    Raises
    ------
    LimitError

    Examples
    --------
    >>> check_name("gross_margin")
    >>> check_name("FY2024")
    Traceback (most recent call last):
    ...
    clv_xl.errors.LimitError: name "FY2024": it reads as the cell FY2024. Put a letter or _ after the digits.
    """
    where = f"{what} {_shown(name)}"
    check_length(name, MAX_NAME, f"a {what}", where)
    if not _NAME_START.match(name) or not _NAME_REST.match(name, 1):
        raise LimitError(
            f"{where}: a {what} begins with a letter or _ and goes on with letters, digits, . and _ only "
            "(no spaces). Choose another."
        )
    cell = _CELL_REFERENCE.match(name)
    if cell and _column_number(cell[1]) <= MAX_COLUMNS and 1 <= int(cell[2]) <= MAX_ROWS:
        raise LimitError(f"{where}: it reads as the cell {name.upper()}. Put a letter or _ after the digits.")
    if _R1C1_REFERENCE.match(name):
        raise LimitError(f"{where}: Excel reads it as a row or a column. Choose a longer word.")
    if name.casefold() in {"true", "false"} or name.casefold().startswith("_xl"):
        raise LimitError(f"{where}: Excel keeps this word for itself. Choose another.")


def check_headers(titles: Iterable[str], table: str) -> None:
    """Refuse table headers that are empty, too long or, whatever their case, alike.

    Raises
    ------
    LimitError
    """
    where = f"table {_shown(table)}"
    seen: set[str] = set()
    for number, title in enumerate(titles, 1):
        if not title:
            raise LimitError(f"{where}: header {number} is empty; every column of a table needs a title.")
        check_length(title, MAX_TABLE_HEADER, "a table header", where)
        if title.casefold() in seen:
            raise LimitError(f"{where}: two columns are called {_shown(title)}. Give them different titles.")
        seen.add(title.casefold())


def check_unique(names: Iterable[str], what: str) -> None:
    """Refuse two sheets, names or tables that differ in nothing but case: to Excel they are the same.

    Raises
    ------
    LimitError
    """
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise LimitError(f"{what} {_shown(name)}: the workbook has it twice. Rename one of the two.")
        seen.add(name.casefold())


def check_count(number: int, limit: int, what: str, where: str) -> None:
    """Refuse more of something than Excel allows.

    Raises
    ------
    LimitError
    """
    if number > limit:
        raise LimitError(f"{where}: {number:,} {what}; Excel allows {limit:,}. Leave some out.")


def check_column_width(width: float, where: str) -> None:
    """Refuse a column wider than 255 characters, or narrower than nothing.

    Raises
    ------
    LimitError
    """
    if not 0 <= width <= MAX_COLUMN_WIDTH:
        raise LimitError(
            f"{where}: a column can be 0 to {MAX_COLUMN_WIDTH:.0f} characters wide, not {width:g}."
        )


def check_row_height(height: float, where: str) -> None:
    """Refuse a row higher than 409 points, or lower than nothing.

    Raises
    ------
    LimitError
    """
    if not 0 <= height <= MAX_ROW_HEIGHT:
        raise LimitError(f"{where}: a row can be 0 to {MAX_ROW_HEIGHT:.0f} points high, not {height:g}.")


def check_zoom(zoom: int, where: str) -> None:
    """Refuse a zoom outside 10 to 400 per cent.

    Raises
    ------
    LimitError
    """
    if not ZOOM[0] <= zoom <= ZOOM[1]:
        raise LimitError(f"{where}: the zoom can be {ZOOM[0]} to {ZOOM[1]} per cent, not {zoom}.")


def check_choices(choices: Iterable[str], where: str) -> None:
    """Refuse a list of choices that does not fit into a validation rule.

    Raises
    ------
    LimitError
    """
    listed = list(choices)
    if not listed:
        raise LimitError(f"{where}: a list of choices needs at least one choice.")
    for choice in listed:
        if "," in choice or not choice.strip():
            raise LimitError(f"{where}: the choice {_shown(choice)} is empty or holds a comma. Reword it.")
    check_length(",".join(listed), MAX_VALIDATION_LIST, "a list of choices", where)
