"""One cell as a host sends it, read as a number, a date, a text or a yes/no."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.errors import ArgumentError, ClvXlError, InputError, UsageError
from clv_xl.excel.answers import NOT_AVAILABLE, NUMBER, VALUE, CellError
from clv_xl.metrics.arguments import is_blank as is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clv_xl.excel.answers import ErrorCode
    from clv_xl.metrics.arguments import FloatArray

__all__ = [
    "FIRST_SERIAL",
    "LAST_SERIAL",
    "SERIAL_ZERO",
    "as_cells",
    "error_cell",
    "is_blank",
    "mark_of",
    "plain_numbers",
    "raised",
    "read_date",
    "read_flag",
    "read_number",
    "read_text",
    "shown",
]

_TRIMMED: Final = " \t\r\n\v\f\x00\u00a0\u2007\u2009\u202f\u200b\ufeff\ue000"
"""Taken off both ends of a text; the last one is the mark of our own errors, see the registry."""

_SPACES: Final = re.compile("[ \u00a0\u2007\u2009\u202f'\u2019]")
_NUMBER: Final = re.compile(r"([+-]?)([0-9][0-9., ]*|[.,][0-9]+)(?:[eE]([+-]?[0-9]{1,3}))?")
_BEGINNINGS: Final = (*"0123456789+-.,", "\u2212")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([ .,])[0-9]{3})(?:\1[0-9]{3})*")
_EITHER: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_TIME: Final = (
    r"(?:[T ,]+[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_YEAR_FIRST: Final = re.compile(rf"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_TIME}")
_DAY_FIRST: Final = re.compile(rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}}){_TIME}")
_PLAIN_NUMBERS: Final = frozenset((float, int, type(None)))
_YES_NO: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

SERIAL_ZERO: Final = date(1899, 12, 30)
FIRST_SERIAL: Final = 61
LAST_SERIAL: Final = 2_958_465
_FIRST_DAY: Final = SERIAL_ZERO + timedelta(days=FIRST_SERIAL)

_ERRORS: Final[dict[str, ErrorCode]] = {
    "#N/A": NOT_AVAILABLE,
    "#NUM!": NUMBER,
    "#DIV/0!": NUMBER,
    **dict.fromkeys(("#VALUE!", "#REF!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!"), VALUE),
    **dict.fromkeys(("#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#GETTING_DATA", "#PYTHON!"), VALUE),
}
"""The error cells of Excel, and which of our three answers each gives."""


def is_blank(item: object) -> bool:
    """Tell whether a cell is blank: nothing, a text without a visible character, or NaN.

    Examples
    --------
    >>> [is_blank(item) for item in (None, "  ", 0, "#N/A")]
    [True, True, False, False]
    """
    if isinstance(item, str):
        return not item.strip(_TRIMMED)
    return is_missing(item)


def error_cell(item: object, where: str) -> CellError | None:
    """Return the error that an error cell hands on, or None for any other cell.

    Examples
    --------
    >>> error_cell("#DIV/0!", "spend")
    CellError(code='#NUM!', reason='spend is the error #DIV/0!. Correct that cell first.')
    >>> error_cell("#1 shop", "customers") is None
    True
    """
    if not isinstance(item, str) or "#" not in item:
        return None
    text = item.strip(_TRIMMED)
    code = _ERRORS.get(text.upper())
    return CellError(code, f"{where} is the error {text}. Correct that cell first.") if code else None


def raised(error: CellError) -> ClvXlError:
    """Return the exception that comes back as this error.

    Examples
    --------
    >>> raised(CellError("#NUM!", "spend is -1."))
    ArgumentError('spend is -1.')
    """
    kinds: dict[str, type[ClvXlError]] = {NOT_AVAILABLE: InputError, NUMBER: ArgumentError, VALUE: UsageError}
    return kinds[error.code](error.reason)


def shown(item: object) -> str:
    """Return a cell as a message shows it, cut when it is long.

    Examples
    --------
    >>> shown("abc"), shown(True), shown(4.0)
    ('the text "abc"', 'TRUE', '4')
    """
    if isinstance(item, bool | np.bool_):
        return "TRUE" if item else "FALSE"
    if isinstance(item, str):
        return f'the text "{item if len(item) <= 40 else item[:37] + "..."}"'
    if isinstance(item, float):
        return f"{item:.15g}"
    if isinstance(item, datetime | date):
        return f"the date {item.isoformat()[:10]}"
    return f"a {type(item).__name__}"


def plain_numbers(cells: list[Any]) -> FloatArray | None:
    """Return cells at once when all of them are numbers or blank (NaN); None when they must be read one by one.

    Examples
    --------
    >>> plain_numbers([1.0, None, 3]), plain_numbers([1.0, "2"])
    (array([ 1., nan,  3.]), None)
    """
    if not set(map(type, cells)) <= _PLAIN_NUMBERS:
        return None
    try:
        return np.array(cells, dtype=np.float64)
    except OverflowError:  # a whole number beyond 1e308
        return None


def _wrong(where: str, item: object, expected: str) -> CellError:
    return CellError(VALUE, lambda _: f"{where} is {shown(item)}, but it must be {expected}.")


def mark_of(texts: Iterable[object]) -> str | None:
    """Return the decimal mark that the number texts of a column agree on, or None.

    Examples
    --------
    >>> mark_of(["1,234", "12,50"]), mark_of(["1,234", 5]), mark_of(["1,5", "1.5"])
    (',', None, None)
    """
    found = set()
    for item in texts:
        if isinstance(item, str) and ("," in item or "." in item):
            body = _SPACES.sub("", item.strip(_TRIMMED)).lstrip("+-\u2212").rstrip("%")
            last = max(body.rfind(","), body.rfind("."))
            if not _EITHER.fullmatch(body) and _NUMBER.fullmatch(body) and last >= 0:
                mark = body[last]
                both = "," in body and "." in body
                found.add(
                    "."
                    if mark == "," and body.count(",") > 1 and not both
                    else ","
                    if mark == "." and body.count(".") > 1 and not both
                    else mark
                )
    return found.pop() if len(found) == 1 else None


def read_number(
    item: object, where: str, *, mark: str | None = None, percent: bool = False
) -> float | CellError:
    """Read a cell that must hold a number; a text counts when it is written as one.

    Parameters
    ----------
    item : object
        The cell, not blank.
    where : str
        Which argument and row, for the message.
    mark : {".", ","} or None, default None
        The decimal mark of the column's texts, where they tell.
    percent : bool, default False
        True when "40%" is understood as 0.4.

    Returns
    -------
    float or CellError
        The number; infinite where it is beyond what a float can hold.

    Examples
    --------
    >>> read_number("1 234,50", "spend"), read_number("40%", "gross_margin", percent=True)
    (1234.5, 0.4)
    >>> read_number("1,234", "spend").reason
    'spend is the text "1,234", which can be 1234 or 1.234. Write it as a number.'
    """
    if isinstance(item, float):
        return item
    if isinstance(item, str):
        return error_cell(item, where) or _number_text(item, where, mark, percent=percent)
    if isinstance(item, bool | np.bool_) or not isinstance(item, Real | Decimal):
        return _wrong(where, item, "a number")
    try:
        return float(item)
    except (OverflowError, ValueError):  # an integer beyond 1e308, or a signalling decimal
        return math.inf


def _number_text(item: str, where: str, mark: str | None, *, percent: bool) -> float | CellError:
    text = item.strip(_TRIMMED)
    if not text.startswith(_BEGINNINGS):  # most texts are words
        return _wrong(where, item, "a number")
    text = _SPACES.sub(" ", text).replace("\u2212", "-")
    scale = 1.0
    if percent and text.endswith("%"):
        text, scale = text[:-1].rstrip(), 100.0
    parts = _NUMBER.fullmatch(text)
    if not parts:
        return _wrong(where, item, "a number")
    sign, body, power = parts.groups()
    if _EITHER.fullmatch(body) and not power:
        if mark is None:
            either = f"{body.replace('.', '').replace(',', '')} or {body.replace(',', '.')}"
            return CellError(VALUE, f"{where} is {shown(item)}, which can be {either}. Write it as a number.")
        plain = body.replace(mark, "#").replace("." if mark == "," else ",", "").replace("#", ".")
    else:
        plain = _ungrouped(body.rstrip())
    if plain is None:
        return _wrong(where, item, "a number")
    return float(f"{sign}{plain}{'e' + power if power else ''}") / scale


def _ungrouped(body: str) -> str | None:
    """Take out thousands separators and make the decimal mark a point; None when it is no number."""
    last = max(body.rfind(","), body.rfind("."))
    # a mark that occurs twice, or before the other mark, separates thousands
    is_decimal = last >= 0 and body.count(body[last]) == 1
    head, tail = (body[:last], body[last + 1 :]) if is_decimal else (body, "")
    if not head.isdecimal() and head:
        if not _GROUPED.fullmatch(head):
            return None
        head = re.sub("[ .,]", "", head)
    if tail and not tail.isdecimal():
        return None
    return f"{head or '0'}.{tail or '0'}" if head or tail else None


def read_date(item: object, where: str) -> date | CellError:
    """Read a cell that must hold a date: a date, Excel's day number, or a text such as 2024-01-31.

    A time of day is cut off.

    Examples
    --------
    >>> read_date(45322.75, "as_of"), read_date("31.01.2024", "as_of")
    (datetime.date(2024, 1, 31), datetime.date(2024, 1, 31))
    >>> read_date("31/01/2024", "as_of").reason
    'as_of is the text "31/01/2024", but it must be a date. Write a text as 2024-01-31 or 31.01.2024.'
    """
    if isinstance(item, np.datetime64):
        item = item.astype("datetime64[D]").item()  # a date, an integer beyond its calendar
    if isinstance(item, date):
        return _in_range(item.date() if isinstance(item, datetime) else item, item, where)
    if isinstance(item, str):
        return _date_text(item, where)
    if isinstance(item, bool | np.bool_) or not isinstance(item, Real | Decimal):
        return _wrong(where, item, "a date")
    serial = read_number(item, where)
    if isinstance(serial, CellError) or not FIRST_SERIAL <= serial < LAST_SERIAL + 1:
        found = shown(serial)
        return CellError(NUMBER, f"{where} is {found}, but a date is a day number from 61 to 2958465.")
    return SERIAL_ZERO + timedelta(days=math.floor(serial))


def _in_range(day: date, item: object, where: str) -> date | CellError:
    if day < _FIRST_DAY:
        return CellError(NUMBER, f"{where} is {shown(item)}, but it must be on or after 1 March 1900.")
    return day


def _date_text(item: str, where: str) -> date | CellError:
    if error := error_cell(item, where):
        return error
    text = item.strip(_TRIMMED)
    found = None
    if parts := _YEAR_FIRST.fullmatch(text):
        found = (parts[1], parts[2], parts[3])
    elif parts := _DAY_FIRST.fullmatch(text):
        found = (parts[3], parts[2], parts[1])
    if found:
        try:
            return _in_range(date(*map(int, found)), item, where)
        except ValueError:  # a 31 February
            return _wrong(where, item, "a date that exists")
    if re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", text):
        return read_date(float(text), where)
    return CellError(
        VALUE,
        f"{where} is {shown(item)}, but it must be a date. Write a text as 2024-01-31 or 31.01.2024.",
    )


def read_text(item: object) -> str:
    r"""Return a cell as text without outer blanks; ids that are whole numbers lose their ".0".

    Examples
    --------
    >>> read_text(17850.0), read_text(" 17850\u00a0"), read_text(True)
    ('17850', '17850', 'TRUE')
    """
    if isinstance(item, str):
        text = item.strip(_TRIMMED)
        if "\0" in text:
            text = text.replace("\0", "")
        return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    if is_missing(item):
        return ""
    if isinstance(item, float | np.floating):
        return str(int(item)) if math.isfinite(item) and item == int(item) else f"{item:.15g}"
    if isinstance(item, bool | np.bool_):
        return "TRUE" if item else "FALSE"
    if isinstance(item, datetime):
        return item.isoformat(" ").removesuffix(" 00:00:00")
    return str(item).strip(_TRIMMED)


def read_flag(item: object, where: str) -> bool | CellError:
    """Read a cell that must say yes or no.

    Examples
    --------
    >>> read_flag(1.0, "nested"), read_flag("No", "nested")
    (True, False)
    >>> read_flag("perhaps", "nested").code
    '#VALUE!'
    """
    if error := error_cell(item, where):
        return error
    word = read_text(item).casefold() if not isinstance(item, bool) else str(item).casefold()
    found = _YES_NO.get(word)
    return _wrong(where, item, "TRUE or FALSE") if found is None else found


def as_cells(value: Any) -> Any:  # whatever a caller may hand over
    """Return arrays and series as lists, all else as it is.

    Examples
    --------
    >>> as_cells(np.array([1.0, 2.0])), as_cells(5)
    ([1.0, 2.0], 5)
    """
    return value.tolist() if hasattr(value, "tolist") else value
