"""The rows of a long table, from columns straight to bytes.

openpyxl makes one object and several XML elements a cell; for 100,000 customers that is most of a report's
time. Here every column of a chunk of rows becomes a list of ready XML strings, and the lists are joined
into rows. What is written is what :func:`clv_xl.workbook.cells.cell_xml` writes for each cell alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.limits import (
    DATE_FIRST,
    DATE_LAST,
    MAX_CELL_TEXT,
    MAX_INTEGER,
    MAX_NUMBER,
    check_integer,
    check_number,
    check_position,
    column_letters,
    date_error,
)
from clv_xl.workbook.cells import cached_text_xml, clean_text, formula_xml, plain_value, text_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from clv_xl.workbook.sheet import Bulk, BulkColumn, Style

__all__ = ["BulkRows"]

_CHUNK: Final = 4_096  # rows: enough for the joins to be fast, few enough to stay in the processor's cache
_CELL_BYTES: Final = 100  # a generous mean, to foresee a part of more than 2 GiB
_EPOCH_DAYS: Final = 25_569  # Excel's serial of 1970-01-01, where numpy counts from


class BulkRows:
    """The data rows of a :class:`~clv_xl.workbook.sheet.Bulk`; its header is an ordinary row.

    Making one checks every value, so that nothing is left to fail while the file is being written.

    Parameters
    ----------
    bulk : Bulk
    sheet : str
        Title of the sheet, for messages.
    style_id : callable
        Gives the number of a style in the workbook.

    Raises
    ------
    LimitError
        If Excel cannot hold one of the values; the message names its cell.
    TypeError
        If a value is not of its column's kind.
    """

    def __init__(self, bulk: Bulk, sheet: str, style_id: Callable[[Style], int]) -> None:
        check_position(bulk.row + bulk.rows, bulk.column + len(bulk.columns) - 1, f"sheet {sheet}")
        self._first = bulk.row + 1
        self._rows = bulk.rows
        self._columns = [
            _Column(column, column_letters(number), style_id(column.style), f"sheet {sheet}", self._first)
            for number, column in enumerate(bulk.columns, bulk.column)
        ]

    @property
    def bytes_at_most(self) -> int:
        """A guess, on the large side, at how many bytes of XML the rows come to."""
        return self._rows * len(self._columns) * _CELL_BYTES

    def chunks(self) -> Iterator[bytes]:
        """Yield the ``<row>`` elements, some thousands at a time."""
        for start in range(0, self._rows, _CHUNK):
            stop = min(start + _CHUNK, self._rows)
            numbers = [str(self._first + index) for index in range(start, stop)]
            cells = zip(*(column.cells(start, stop, numbers) for column in self._columns), strict=True)
            rows = (
                f'<row r="{row}">{"".join(of_row)}</row>' for row, of_row in zip(numbers, cells, strict=True)
            )
            yield "".join(rows).encode()


class _Column:
    """One column, checked: its values as Python values (blank is None) and the XML around them."""

    def __init__(self, column: BulkColumn, letters: str, style: int, sheet: str, first_row: int) -> None:
        def place(index: int) -> str:
            return f"{sheet}, {letters}{first_row + index}"

        self._values = _READERS[column.kind](column.values, place)
        self._is_text = column.kind == "text"
        if self._is_text and column.formula is None:
            self._values = [value or None for value in self._values]  # a formula alone has "" as its value
        formula = "" if column.formula is None else formula_xml(column.formula, f"{sheet}, {column.title}")
        kind = {"text": ' t="str"' if formula else ' t="inlineStr"', "flag": ' t="b"'}.get(column.kind, "")
        self._render: Callable[[str], str] = cached_text_xml if formula else text_xml
        self._before = f'<c r="{letters}'
        self._middle = f'" s="{style}"{kind}>{formula}'
        self._inner = ("<v>", "</v>") if formula or not self._is_text else ("<is><t>", "</t></is>")
        self._outer = ("", "") if formula or not self._is_text else ("<is>", "</is>")
        looks = column.style
        if formula:
            self._blank = f'" s="{style}" t="e">{formula}<v>#N/A</v></c>'
        elif looks.fill or looks.left or looks.right or looks.top or looks.bottom:
            # a blank cell without its fill and borders would be a hole in the table
            self._blank = f'" s="{style}"/>'
        else:
            self._blank = ""

    def cells(self, start: int, stop: int, numbers: Sequence[str]) -> list[str]:
        """Return the ``<c>`` elements of the rows ``start`` to ``stop``; an empty string for a blank."""
        before, middle, (opening, closing) = self._before, self._middle, self._inner
        values = self._values[start:stop]
        if self._is_text and not _is_harmless(values):
            opening, closing = self._outer
            values = [None if value is None else self._render(clean_text(str(value), "")) for value in values]
        opening, closing = f"{middle}{opening}", f"{closing}</c>"
        if None not in values:
            return [
                f"{before}{row}{opening}{value}{closing}" for row, value in zip(numbers, values, strict=True)
            ]
        return [
            f"{before}{row}{opening}{value}{closing}"
            if value is not None
            else (self._blank and f"{before}{row}{self._blank}")
            for row, value in zip(numbers, values, strict=True)
        ]


def _is_harmless(texts: Sequence[object]) -> bool:
    """Whether none of the texts holds anything that has to be escaped, replaced or preserved."""
    # a text with a bar of its own is at worst treated with care for nothing
    joined = f"|{'|'.join(str(text) for text in texts if text is not None)}|"
    return (
        joined.isprintable()  # no control character, surrogate or white space but the blank
        and not any(mark in joined for mark in ("&", "<", ">", "_x", "| ", " |"))
    )


def _texts(values: Sequence[object], place: Callable[[int], str]) -> list[object]:
    texts = [value if type(value) is str else plain_value(value) for value in _listed(values)]
    blank_or_text: list[object] = []
    for index, text in enumerate(texts):
        if text is None or text != text:  # noqa: PLR0124 (NaN)
            blank_or_text.append(None)
        elif not isinstance(text, str):
            message = f"{place(index)}: the column holds text, not {text!r}"
            raise TypeError(message)
        else:
            if len(text) > MAX_CELL_TEXT // 2:
                clean_text(text, place(index))
            blank_or_text.append(text)
    return blank_or_text


def _numbers(values: Sequence[object], place: Callable[[int], str]) -> list[object]:
    # + 0.0 turns -0.0 into 0.0, and copies what may not be changed
    array = np.asarray(values, dtype=np.float64) + 0.0
    for index in np.flatnonzero(np.abs(array) > MAX_NUMBER)[:1]:
        check_number(float(array[index]), place(int(index)))
    return [None if value != value else repr(value).removesuffix(".0") for value in array.tolist()]  # noqa: PLR0124


def _integers(values: Sequence[object], place: Callable[[int], str]) -> list[object]:
    whole: list[object] = []
    for index, value in enumerate(_listed(values)):
        number = plain_value(value)
        if number is None or number != number:  # noqa: PLR0124 (NaN)
            whole.append(None)
            continue
        if not isinstance(number, (int, float)) or isinstance(number, bool) or number != int(number):
            message = f"{place(index)}: the column holds whole numbers, not {number!r}"
            raise TypeError(message)
        if abs(number) > MAX_INTEGER:
            check_integer(int(number), place(index))
        whole.append(int(number))
    return whole


def _dates(values: Sequence[object], place: Callable[[int], str]) -> list[object]:
    given: object = values  # to mypy an array is no Sequence
    if isinstance(given, np.ndarray) and given.dtype.kind == "M":
        days = given.astype("datetime64[D]")
    else:
        blanked = [None if value is None or value != value else value for value in values]  # noqa: PLR0124
        days = np.array(blanked, dtype="datetime64[D]")
    known = ~np.isnat(days)
    for index in np.flatnonzero(
        known & ((days < np.datetime64(DATE_FIRST)) | (days > np.datetime64(DATE_LAST)))
    )[:1]:
        raise date_error(str(days[index]), place(int(index)))
    serials = days.astype(np.int64) + _EPOCH_DAYS
    return [
        serial if is_known else None
        for serial, is_known in zip(serials.tolist(), known.tolist(), strict=True)
    ]


def _flags(values: Sequence[object], place: Callable[[int], str]) -> list[object]:
    flags: list[object] = []
    for index, value in enumerate(_listed(values)):
        flag = plain_value(value)
        if flag is not None and flag == flag and not isinstance(flag, bool):  # noqa: PLR0124 (NaN)
            message = f"{place(index)}: the column holds true or false, not {flag!r}"
            raise TypeError(message)
        flags.append(int(flag) if isinstance(flag, bool) else None)
    return flags


def _listed(values: Sequence[object]) -> list[object]:
    """Return Python values: what a numpy array gives one by one are slow numpy scalars."""
    given: object = values  # to mypy an array is no Sequence
    return given.tolist() if isinstance(given, np.ndarray) else list(values)


_READERS: Final = {
    "text": _texts,
    "number": _numbers,
    "integer": _integers,
    "date": _dates,
    "flag": _flags,
}
