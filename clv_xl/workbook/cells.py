"""One cell's value, made safe: the only way that text, numbers and dates from data enter a workbook.

Every writer passes every text through :func:`clean_text`. What it lets through is text for good: the
openpyxl writer stores it as an inline string (a formula is written for
:class:`~clv_xl.workbook.sheet.Formula` alone), the xlwings writer passes it through :func:`typed_text`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.limits import (
    MAX_CELL_TEXT,
    MAX_LINE_FEEDS,
    check_count,
    check_date,
    check_formula,
    check_integer,
    check_length,
    check_number,
)
from clv_xl.workbook.sheet import Formula

if TYPE_CHECKING:
    from clv_xl.workbook.sheet import Scalar

__all__ = [
    "attribute_xml",
    "cell_xml",
    "clean_text",
    "date_serial",
    "escape_markup",
    "escape_xstring",
    "formula_xml",
    "plain_value",
    "text_xml",
    "typed_text",
]

_REPLACED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_END: Final = re.compile("\r\n?")
# the standard says four digits; LibreOffice takes a single one for a code as well
_HEX_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{1,4}_)")
_EPOCH_ORDINAL: Final = date(1899, 12, 30).toordinal()  # day 0 of the serials from 1900-03-01 on
_LINE_MARKS: Final = {ord(mark): f"&#{ord(mark)};" for mark in "\t\n\r"}
_NOT_AVAILABLE: Final = "#N/A"


def clean_text(value: str, where: str, limit: int = MAX_CELL_TEXT) -> str:
    r"""Make a text from data fit for a workbook: the gateway of every writer.

    Control characters, lone surrogates, U+FFFE and U+FFFF, which XML cannot hold, become U+FFFD; the line
    ends ``\r\n`` and ``\r`` become ``\n``, Excel's own. Nothing else changes: what looks like a formula or
    an error stays as it is, and stays text.

    Parameters
    ----------
    value : str
        The text as the data has it.
    where : str
        Sheet and cell, for the message.
    limit : int, default 32,767
        How many characters the place holds.

    Returns
    -------
    str

    Raises
    ------
    LimitError
        If the text is longer, or of more lines, than the place holds.

    Examples
    --------
    >>> clean_text("=1+1", "sheet Customers, A2")
    '=1+1'
    >>> clean_text("a\x00b\r\nc", "sheet Customers, A2")
    'a\ufffdb\nc'
    """
    # an exact str: a subclass may answer to replace() and format() as it likes
    text = _LINE_END.sub("\n", _REPLACED.sub("\ufffd", str(value)))
    if len(text) > limit // 2:
        check_length(text, limit, "the place", where)
    if len(text) > MAX_LINE_FEEDS and limit == MAX_CELL_TEXT:
        check_count(text.count("\n"), MAX_LINE_FEEDS, "line feeds in a text", where)
    return text


def escape_xstring(text: str) -> str:
    """Escape what an Office file would read as a coded character: ``_x0041_`` means A there.

    Source: ECMA-376 part 1, 22.9.2.19, ST_Xstring.

    Examples
    --------
    >>> escape_xstring("_x0041_ and x_1")
    '_x005F_x0041_ and x_1'
    """
    return _HEX_ESCAPE.sub("_x005F_", text) if "_x" in text else text


def typed_text(text: str) -> str:
    """Return a cleaned text as a running Excel must be given it, so that it stays text.

    What is set through COM, AppleScript or JavaScript is read as if it were typed: ``=`` begins a formula, and
    ``1-2``, ``007`` or a word that means "true" in the reader's language become something else. An apostrophe in
    front makes it text in every language, and is no part of it. Two words or more without any digit need none.

    Examples
    --------
    >>> typed_text("=1+1"), typed_text("007"), typed_text("sant"), typed_text("'quoted'")
    ("'=1+1", "'007", "'sant", "''quoted'")
    >>> typed_text("Data quality"), typed_text("sant ")
    ('Data quality', "'sant ")
    """
    plain = text[:1].isalpha() and len(text.split()) > 1 and not any(map(str.isnumeric, text))
    return text if plain or not text else f"'{text}"


def escape_markup(text: str) -> str:
    """Escape what XML would take for markup, between tags.

    xml.sax.saxutils does the same, and loads what speaks HTTP for it: a twentieth of a second.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute_xml(text: str) -> str:
    r"""Return the value of an attribute in its quotation marks; a reader would turn a bare line end into a blank.

    Examples
    --------
    >>> attribute_xml('R&D "2"\n')
    '"R&amp;D &quot;2&quot;&#10;"'
    """
    quoted = escape_markup(text).replace('"', "&quot;")
    return f'"{quoted.translate(_LINE_MARKS)}"'


def text_xml(text: str) -> str:
    """Return the ``<t>`` element of a cleaned text.

    Examples
    --------
    >>> text_xml("R&D "), text_xml("_x0041_")
    ('<t xml:space="preserve">R&amp;D </t>', '<t>_x005F_x0041_</t>')
    """
    body = escape_markup(escape_xstring(text))
    # without the attribute readers may trim the ends
    return f'<t xml:space="preserve">{body}</t>' if text != text.strip() else f"<t>{body}</t>"


def cached_text_xml(text: str) -> str:
    """Return the ``<v>`` element of a cleaned text that is a formula's result."""
    return f"<v>{escape_markup(escape_xstring(text))}</v>"


def date_serial(value: date, where: str) -> float | int:
    """Return Excel's day number of a date (or of a date and time without a zone).

    Raises
    ------
    LimitError
        If Excel cannot count the date.

    Examples
    --------
    >>> date_serial(date(1900, 3, 1), "A1"), date_serial(datetime(2024, 1, 1, 12), "A1")
    (61, 45292.5)
    """
    check_date(value, where)
    serial = value.toordinal() - _EPOCH_ORDINAL
    if not isinstance(value, datetime):
        return serial
    if value.tzinfo is not None:
        message = f"{where}: {value.isoformat()} has a time zone; the layout must hand over local times"
        raise TypeError(message)
    midnight = value.replace(hour=0, minute=0, second=0, microsecond=0)
    return serial + (value - midnight).total_seconds() / 86_400 if value != midnight else serial


def plain_value(value: object) -> Scalar:
    """Turn a numpy scalar into the Python value that it stands for; NaT becomes NaN.

    Raises
    ------
    TypeError
        If a cell cannot hold the kind of value: a mistake of ours, not of the data.

    Examples
    --------
    >>> import numpy as np
    >>> plain_value(np.int64(3)), plain_value(np.bool_(True)), plain_value(np.datetime64("2024-02-29"))
    (3, True, datetime.date(2024, 2, 29))
    """
    if isinstance(value, np.datetime64):
        if np.isnat(value):
            return float("nan")
        days = value.astype("datetime64[D]")
        # microseconds are what datetime counts; .item() of nanoseconds would be a bare integer
        value = days.item() if days == value else value.astype("datetime64[us]").item()
    elif isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, date):
        # pandas' NaT calls itself a datetime, and is the only one that differs from itself
        return value if value == value else float("nan")  # noqa: PLR0124
    message = f"a cell cannot hold {type(value).__name__}: {value!r}"
    raise TypeError(message)


def number_text(value: float, where: str) -> str:
    """Return the shortest text that reads back as the same number.

    Raises
    ------
    LimitError
        If a cell cannot hold the number.

    Examples
    --------
    >>> number_text(0.1, "A1"), number_text(3.0, "A1"), number_text(-0.0, "A1")
    ('0.1', '3', '0')
    """
    if isinstance(value, int):
        check_integer(value, where)
        return str(int(value))
    check_number(value, where)
    # adding 0.0 turns -0.0, which some programs show as "-0", into 0.0
    return repr(float(value) + 0.0).removesuffix(".0")


def _value_xml(value: Scalar, where: str) -> tuple[str, str]:
    """Return the type attribute and the text of ``<v>`` for a value that is not blank and not plain text."""
    if isinstance(value, bool):
        return ' t="b"', "1" if value else "0"
    if isinstance(value, str):
        return ' t="str"', escape_markup(escape_xstring(clean_text(value, where)))
    if isinstance(value, date):
        return "", number_text(date_serial(value, where), where)
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return ' t="e"', _NOT_AVAILABLE
    return "", number_text(value, where)


def formula_xml(text: str, where: str) -> str:
    """Return the ``<f>`` element of one of our own formulas.

    Raises
    ------
    LimitError
        If it is not a formula that a file may hold.

    Examples
    --------
    >>> formula_xml("=A1&B1", "sheet Summary, C1")
    '<f>A1&amp;B1</f>'
    """
    check_formula(text, where)
    return f"<f>{escape_markup(escape_xstring(clean_text(text[1:], where)))}</f>"


def cell_xml(reference: str, value: object, style: int, where: str) -> str:
    """Return the ``<c>`` element of one cell.

    Parameters
    ----------
    reference : str
        Such as ``B4``.
    value : Scalar, numpy scalar or Formula
        None gives a blank cell with its style; NaN gives the error value #N/A.
    style : int
        Number of the style in the workbook.
    where : str
        Sheet and cell, for messages.

    Returns
    -------
    str

    Raises
    ------
    LimitError
        If Excel cannot hold the value.

    Examples
    --------
    >>> cell_xml("B4", "=1+1", 2, "sheet Orders, B4")
    '<c r="B4" s="2" t="inlineStr"><is><t>=1+1</t></is></c>'
    >>> cell_xml("B4", Formula("=1+1", 2), 2, "sheet Orders, B4")
    '<c r="B4" s="2"><f>1+1</f><v>2</v></c>'
    >>> cell_xml("B4", float("nan"), 2, "sheet Orders, B4")
    '<c r="B4" s="2" t="e"><v>#N/A</v></c>'
    """
    head = f'<c r="{reference}" s="{style}"'
    if isinstance(value, Formula):
        kind, content = _value_xml(plain_value(value.cached), where)
        return f"{head}{kind}>{formula_xml(value.text, where)}<v>{content}</v></c>"
    plain = plain_value(value)
    if plain is None or plain == "":
        return f"{head}/>"
    if isinstance(plain, str):
        return f'{head} t="inlineStr"><is>{text_xml(clean_text(plain, where))}</is></c>'
    kind, content = _value_xml(plain, where)
    return f"{head}{kind}><v>{content}</v></c>"
