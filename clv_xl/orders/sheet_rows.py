"""A table of cells as texts, wherever they come from: a file, or the values of a workbook that is open."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from clv_xl.limits import column_letters
from clv_xl.orders.text_file import SEPARATOR, SPACES
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    TextColumn = NDArray[np.object_]

__all__ = ["ERROR_TEXTS", "SPACES", "SheetRows", "cell_text", "place"]

ERROR_TEXTS = frozenset(
    (
        "#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!",
        "#DATA!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!",
    )
)  # fmt: skip
"""What Excel shows in a cell that holds an error."""

_LAST_MOMENT = dt.datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001  # a cell has no zone
_PLAIN_TITLE = re.compile(r"[^\W\d]\w*")


def place(sheet: str, row: int, column: int) -> str:
    """Return a cell as Excel writes it, so that a person can go there.

    Examples
    --------
    >>> place("Orders", 17, 3), place("Customer data", 2, 1)
    ('Orders!C17', "'Customer data'!A2")
    """
    title = sheet if _PLAIN_TITLE.fullmatch(sheet) else "'" + sheet.replace("'", "''") + "'"
    return f"{title}!{column_letters(column)}{row}"


def cell_text(value: object) -> str:
    """Return the value of a cell as the reader of workbook files gives it: text, exact, the same everywhere.

    Parameters
    ----------
    value : object
        What a cell of an open workbook gives: text, a number, a flag, a date with or without a time, None.

    Returns
    -------
    str
        Numbers with a point and at most 9 decimals, dates as ``yyyy-mm-dd hh:mm:ss``, flags as ``true`` and
        ``false``; "" for a blank cell.

    Examples
    --------
    >>> import datetime as dt
    >>> [cell_text(value) for value in (17850.0, 0.1 + 0.2, dt.date(2025, 1, 31), True, None)]
    ['17850', '0.3', '2025-01-31 00:00:00', 'true', '']
    """
    reading = _READINGS.get(type(value))
    if reading is None:
        kinds = (kind for kind in _READINGS if isinstance(value, kind))
        reading = _READINGS[next(kinds, str)]
    return reading(value)


def _number(value: Any) -> str:
    if value != value:  # noqa: PLR0124  # NaN stands for a blank cell in columns of numbers
        return ""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _flag(value: object) -> str:
    return "true" if value else "false"


def _moment(value: dt.datetime) -> str:
    plain = value.replace(tzinfo=None) if value.tzinfo else value
    if not plain.microsecond:
        return plain.isoformat(" ")
    # a cell holds a fraction of a day: what is shorter than half a millisecond is its rounding
    whole = min(plain, _LAST_MOMENT) + dt.timedelta(microseconds=500)
    return whole.isoformat(" ", "milliseconds").removesuffix(".000")


_READINGS: dict[type, Callable[[Any], str]] = {
    str: str,
    type(None): lambda _: "",
    bool: _flag,
    np.bool_: _flag,
    dt.datetime: _moment,
    dt.date: lambda day: f"{day.isoformat()} 00:00:00",
    float: _number,
    int: _number,
    Decimal: _number,
    np.number: _number,
}
"""Kind of value -> its text; a kind stands before those that it is one of."""


@dataclass(frozen=True, eq=False, slots=True)
class SheetRows:
    """A table of texts with the place of each: the used range of a sheet, or a text file.

    Attributes
    ----------
    book : str
        Name of the file without its folder; may be empty for a workbook that was never saved.
    sheet : str
        Title of the sheet; empty for a text file.
    columns : tuple of ndarray of str
        Cells from row 1 on, "" where blank; without blank rows at the end and blank columns at the right.
    first_column : int
        Number of the first column, 1 for A.
    typed : bool
        Whether number and date cells may stand among the texts: they do not in a text file.
    from_1904 : bool
        Whether the day numbers of the workbook count from 1904.
    """

    book: str
    sheet: str
    columns: tuple[TextColumn, ...]
    first_column: int = 1
    typed: bool = True
    from_1904: bool = False

    @classmethod
    def of_values(cls, rows: Sequence[Sequence[object]], sheet: str, book: str = "") -> SheetRows:
        """Return the values of an open sheet, given from A1 on, as texts.

        Examples
        --------
        >>> rows = SheetRows.of_values([["id", "spend"], ["a", 1.0], [None, None]], "Spend")
        >>> [list(column) for column in rows.columns], rows.cell(2, 1)
        ([['id', 'a'], ['spend', '1']], 'Spend!B2')
        """
        columns = zip_longest(*rows, fillvalue=None)
        return cls.of_columns([[cell_text(value) for value in column] for column in columns], sheet, book)

    @classmethod
    def of_columns(
        cls,
        columns: Sequence[Sequence[str] | TextColumn],
        sheet: str,
        book: str = "",
        *,
        first_column: int = 1,
        typed: bool = True,
        from_1904: bool = False,
    ) -> SheetRows:
        """Return columns of texts, all of one length, without error texts and what is blank at the end."""
        arrays = [_readable(column) for column in columns]
        filled = [np.flatnonzero(array != "") for array in arrays]
        last_row = max((int(rows[-1]) + 1 for rows in filled if rows.size), default=0)
        last_column = max((at + 1 for at, rows in enumerate(filled) if rows.size), default=0)
        texts = tuple(array[:last_row] for array in arrays[:last_column])
        return cls(book, sheet, texts, first_column, typed, from_1904)

    @property
    def name(self) -> str:
        """The file, or the sheet of a workbook that has no name."""
        return self.book or self.sheet

    @property
    def where(self) -> str:
        """The table as messages name it."""
        if not self.sheet:
            return self.book
        return f"{self.book}, sheet {self.sheet}" if self.book else f"sheet {self.sheet}"

    @property
    def height(self) -> int:
        """Number of rows, the blank ones between others included."""
        return len(self.columns[0]) if self.columns else 0

    def cell(self, row: int, at: int) -> str:
        """Return the place of a cell by its row number, from 1, and its column in :attr:`columns`, from 0."""
        if not self.sheet:
            return say("{file}, row {row}, column {column}", file=self.book, row=str(row), column=str(at + 1))
        return place(self.sheet, row, self.first_column + at)

    def is_filled(self, at: int, below: int) -> bool:
        """Return whether a column, counted from 0, holds anything below a row number."""
        return any(text.strip(SPACES) for text in self.columns[at][below:])

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield row number and trimmed texts of every row that is not blank."""
        for number, texts in enumerate(zip(*self.columns, strict=True), start=1):
            trimmed = tuple(text.strip(SPACES) for text in texts)
            if any(trimmed):
                yield number, trimmed

    def digest(self) -> tuple[str, int]:
        """Return the SHA-256 of all texts in hexadecimal, and how many bytes they are as one text.

        Two tables with the same texts in the same places have the same digest, whatever file they stand in.
        """
        made, size = hashlib.sha256(), 0
        for texts in zip(*self.columns, strict=True):
            line = (SEPARATOR.join(texts) + "\n").encode()
            made.update(line)
            size += len(line)
        return made.hexdigest(), size


def _readable(texts: Sequence[str] | TextColumn) -> TextColumn:
    """Return a column without errors, and without half characters, which Excel can hold and no text file can."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        texts = [text.encode("utf-8", "replace").decode() for text in texts]
    if not ERROR_TEXTS.isdisjoint(texts):
        texts = ["" if text in ERROR_TEXTS else text for text in texts]
    return np.array(texts, dtype=object)
