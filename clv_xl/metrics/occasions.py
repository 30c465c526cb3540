"""Rows of customers and dates, as the functions over columns read them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import is_blank, objects, quoted, raw_array, refuse, same_length
from clv_xl.metrics.record import Argument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray, IntArray

__all__ = [
    "CUSTOMERS",
    "DATES",
    "EMAIL",
    "NO_CUSTOMER_TEXTS",
    "DayArray",
    "codes",
    "customer_codes",
    "customer_key",
    "customer_keys",
    "day",
    "days",
    "days_before",
    "occasions",
    "order_rows",
]

DayArray: TypeAlias = npt.NDArray[np.datetime64]

CUSTOMERS: Final = Argument(
    "customers",
    "Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.",
    "text",
    kind="ids",
)
NO_CUSTOMER_TEXTS: Final = (
    "NULL",
    "null",
    "#N/A",
    "#NULL!",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NUM!",
)
"""Ids that databases and Excel write for "nobody", in files and cells alike; every other text is a customer."""

EMAIL: Final = r"[^@\t\n\f\r ]+@[^@\t\n\f\r ]+\.[^@\t\n\f\r ]+"
"""What counts as an e-mail address, in words that Python and SQL read alike."""

_EMAIL: Final = re.compile(EMAIL)

DATES: Final = Argument("dates", "Column of order dates, as long as the customers.", "none", kind="dates")


def codes(name: str, values: ArrayLike) -> IntArray:
    """Return a number for each id of a column: equal ids get equal numbers from 0, blanks get -1.

    Ids are text without outer blanks; the number 17850.0 and the text "17850" are the same id.

    Examples
    --------
    >>> codes("customers", ["17850", 17850.0, " b ", None, "b"])
    array([ 0,  0,  1, -1,  1])
    """
    raw = raw_array(name, values).ravel()
    if raw.dtype.kind in "iu":
        return np.unique(raw, return_inverse=True)[1].astype(np.int64)
    return _numbered(_texts(name, values))


def customer_key(text: str) -> str:
    """Return the id of a customer as ids are compared: e-mail addresses in lower case, all else as it stands.

    Examples
    --------
    >>> customer_key("Ann@Example.NO"), customer_key("C-17"), customer_key("@SUM(A1)")
    ('ann@example.no', 'C-17', '@SUM(A1)')
    """
    if "@" not in text or not _EMAIL.fullmatch(text):
        return text
    # letter by letter, as SQL does it: a capital Σ at the end of a word is no other letter
    return text.lower() if text.isascii() else "".join(letter.lower()[0] for letter in text)


def customer_keys(texts: Sequence[str]) -> list[str]:
    """Return :func:`customer_key` of every text, each spelling looked at once.

    Examples
    --------
    >>> customer_keys(["Ann@x.no", "C-17", "ann@x.no"])
    ['ann@x.no', 'C-17', 'ann@x.no']
    """
    folded = {text: customer_key(text) for text in {text for text in texts if "@" in text}}
    return [folded.get(text, text) for text in texts] if folded else list(texts)


def customer_codes(customers: ArrayLike) -> IntArray:
    """Return a number for each customer, as :func:`codes` does for ids: an e-mail address is one in any capitals.

    Examples
    --------
    >>> customer_codes(["Ann@x.no", "bo", "ann@x.no", None, "Bo"])
    array([ 0,  1,  0, -1,  2])
    """
    raw = raw_array("customers", customers).ravel()
    if raw.dtype.kind in "iu":
        return codes("customers", raw)
    return _numbered(customer_keys(_texts("customers", customers)))


def _texts(name: str, values: ArrayLike) -> list[str]:
    items = objects(name, values).ravel().tolist()
    return [item.strip() if isinstance(item, str) else _id_text(item) for item in items]


def _numbered(texts: list[str]) -> IntArray:
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(text, len(seen)) if text else -1 for text in texts], dtype=np.int64)


def _id_text(item: object) -> str:
    if is_blank(item):
        return ""
    if isinstance(item, float | np.floating | Decimal) and item == int(item):
        return str(int(item))
    return str(item).strip()


def days(name: str, values: ArrayLike) -> DayArray:
    """Return dates as days, in one column; a time of day is cut off, a blank is NaT.

    Raises
    ------
    ArgumentError
        For text or a number: reading dates from text is the order reader's work.

    Examples
    --------
    >>> from datetime import date
    >>> days("dates", [date(2024, 1, 31), None])
    array(['2024-01-31', 'NaT'], dtype='datetime64[D]')
    """
    raw = raw_array(name, values)
    if raw.dtype.kind == "M":
        return raw.astype("datetime64[D]").ravel()
    items = objects(name, values)
    found = [_day(name, items.shape, position, item) for position, item in enumerate(items.flat)]
    return np.array(found, dtype="datetime64[D]")


def _day(name: str, shape: tuple[int, ...], position: int, item: object) -> date | None:
    if is_blank(item):
        return None
    if isinstance(item, np.datetime64):
        found: date = item.astype("datetime64[D]").item()
        return found
    if isinstance(item, date):
        return item.date() if isinstance(item, datetime) else item
    raise refuse(name, shape, position, quoted(item), "a date.")


def day(name: str, value: object) -> np.datetime64:
    """Return the one date that the argument holds.

    Examples
    --------
    >>> day("as_of", date(2024, 1, 31))
    np.datetime64('2024-01-31')
    """
    found = days(name, value)  # type: ignore[arg-type]  # anything may arrive; what is no date is refused
    if found.size != 1 or np.isnat(found[0]):
        raise ArgumentError(f"{name} is {quoted(value)}, but it must be a single date.")
    return np.datetime64(found[0], "D")


def days_before(name: str, dates: ArrayLike, as_of: date | np.datetime64) -> FloatArray:
    """Return the days from each date to the as-of date; NaN for a blank, an error for a later date.

    Examples
    --------
    >>> days_before("last_orders", [date(2024, 1, 1), None], date(2024, 1, 31))
    array([30., nan])
    """
    then = days(name, dates)
    elapsed = (day("as_of", as_of) - then) / np.timedelta64(1, "D")
    late = elapsed < 0
    if late.any():
        position = int(np.argmax(late))
        raise refuse(name, then.shape, position, str(then[position]), f"on or before the as-of date {as_of}.")
    return np.asarray(elapsed, dtype=np.float64)


def order_rows(customers: ArrayLike, dates: ArrayLike) -> tuple[IntArray, DayArray]:
    """Return customer numbers and days of the rows that have both.

    Examples
    --------
    >>> order_rows(["Ann", None, "Bo"], [date(2024, 1, 1), date(2024, 1, 2), None])
    (array([0]), array(['2024-01-01'], dtype='datetime64[D]'))
    """
    who, when = customer_codes(customers), days("dates", dates)
    same_length(customers=who, dates=when)
    known = (who >= 0) & ~np.isnat(when)
    return who[known], when[known]


def occasions(customers: ArrayLike, dates: ArrayLike) -> tuple[IntArray, IntArray]:
    """Return one row for each customer and day, sorted so: customer numbers from 0, and day numbers.

    Examples
    --------
    >>> occasions(["Bo", "Ann", "Bo", "Bo"], [date(2024, 1, d) for d in (9, 1, 9, 4)])
    (array([0, 0, 1]), array([3, 8, 0]))
    """
    who, when = order_rows(customers, dates)
    if not who.size:
        return who, who
    since = when.astype(np.int64) - int(when.astype(np.int64).min())
    span = int(since.max()) + 1
    distinct = np.unique(who * span + since)
    return np.unique(distinct // span, return_inverse=True)[1], distinct % span
