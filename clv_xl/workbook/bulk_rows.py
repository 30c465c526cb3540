"""The rows of a long table, from columns straight to bytes.

openpyxl makes one object and several XML elements a cell; for 100,000 customers that is most of a report's
time. Here every column of a chunk of rows becomes a list of texts, and one join weaves these and the XML between
them into rows. What is written is what :func:`clv_xl.workbook.cells.cell_xml` writes for each cell alone.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final, cast

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
from clv_xl.workbook.number_texts import fraction_texts, shortest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from clv_xl.workbook.sheet import Bulk, BulkColumn, Style

    _Part = str | Sequence[str]

__all__ = ["BulkRows", "bytes_at_most"]

_CHUNK: Final = 2_048  # rows: enough for the joins to be fast, few enough to stay in the processor's cache
_SAMPLE: Final = 64  # values that tell whether a column of fractions repeats itself
_FEW: Final = 4  # rows to a value from which it is worth while to make its cell once
_MOST_READY: Final = 4_096  # texts whose cells are kept for the rows to come
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

    Examples
    --------
    >>> from clv_xl.workbook.sheet import Bulk, BulkColumn, Style
    >>> orders = BulkColumn("orders", "integer", [3, None], Style())
    >>> rows = BulkRows(Bulk("Customers", 1, 1, (orders,), Style()), "Customers", lambda style: 7)
    >>> b"".join(rows.chunks()).decode()
    '<row r="2"><c r="A2" s="7"><v>3</v></c></row><row r="3"></row>'
    """

    def __init__(self, bulk: Bulk, sheet: str, style_id: Callable[[Style], int]) -> None:
        check_position(bulk.row + bulk.rows, bulk.column + len(bulk.columns) - 1, f"sheet {sheet}")
        self._first = bulk.row + 1
        self._rows = bulk.rows
        self._columns = [
            _Column(column, column_letters(number), style_id(column.style), f"sheet {sheet}", self._first)
            for number, column in enumerate(bulk.columns, bulk.column)
        ]

    def chunks(self) -> Iterator[bytes]:
        """Yield the ``<row>`` elements, some thousands at a time."""
        for start in range(0, self._rows, _CHUNK):
            stop = min(start + _CHUNK, self._rows)
            numbers = [str(self._first + index) for index in range(start, stop)]
            parts: list[_Part] = ['<row r="', numbers, '">']
            known: dict[bytes, list[list[str]]] = {}
            for column in self._columns:
                parts += column.parts(start, stop, numbers, known)
            yield _woven([*parts, "</row>"], stop - start).encode("latin-1")


def bytes_at_most(bulk: Bulk) -> int:
    """Return a guess, on the large side, at how many bytes of XML the rows of a table come to.

    Examples
    --------
    >>> from clv_xl.workbook.sheet import Bulk, BulkColumn, Style
    >>> orders = BulkColumn("orders", "integer", [3, None], Style())
    >>> bytes_at_most(Bulk("Customers", 1, 1, (orders,), Style()))
    200
    """
    return bulk.rows * len(bulk.columns) * _CELL_BYTES


def _woven(parts: Iterable[_Part], rows: int) -> str:
    """Return the parts row after row: texts that are the same on every row, and lists with one for each."""
    # fewer pieces make a quicker join: neighbours that are the same on every row become one
    merged: list[_Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    each = (repeat(part, rows) if isinstance(part, str) else part for part in merged)
    return "".join(chain.from_iterable(zip(*each, strict=True)))


class _Column:
    """One column, checked: texts (blank is None) or numbers (blank is NaN), and the XML around them."""

    def __init__(self, column: BulkColumn, letters: str, style: int, sheet: str, first_row: int) -> None:
        def place(index: int) -> str:
            return f"{sheet}, {letters}{first_row + index}"

        formula = "" if column.formula is None else formula_xml(column.formula, f"{sheet}, {column.title}")
        formula = _bytewise(formula)
        self._texts: list[str | None] = []
        self._numbers = np.empty(0)
        if column.kind == "text":
            self._texts = _texts(column.values, place, keep_empty=bool(formula))
        else:
            self._numbers = _READERS[column.kind](column.values, place)
        self._is_fraction = column.kind == "number"
        self._is_formula = bool(formula)
        self._before = f'<c r="{letters}'
        kind = {"text": ' t="str"' if formula else ' t="inlineStr"', "flag": ' t="b"'}.get(column.kind, "")
        self._middle = f'" s="{style}"{kind}>{formula}'
        look = column.style
        if formula:
            self._blank = f'" s="{style}" t="e">{formula}<v>#N/A</v></c>'
        elif look.fill or look.left or look.right or look.top or look.bottom:
            # a blank cell without its fill and borders would be a hole in the table
            self._blank = f'" s="{style}"/>'
        else:
            self._blank = ""
        self._ends: dict[str | None, str | None] = {}
        self._least = 0
        self._ready = None if self._texts or self._is_fraction else self._made_ready()

    def _made_ready(self) -> NDArray[Any] | None:
        """Return the ends of the cells of all whole numbers from the least on, and of a blank; None where many."""
        present = self._numbers[~np.isnan(self._numbers)]
        if not present.size:
            return None
        self._least, highest = int(present.min()), int(present.max())
        if (highest - self._least) * _FEW > present.size:
            return None
        texts = (f"{self._middle}<v>{number}</v></c>" for number in range(self._least, highest + 1))
        return np.array([*texts, self._blank or None], dtype=object)

    def parts(
        self, start: int, stop: int, rows: Sequence[str], known: dict[bytes, list[list[str]]]
    ) -> list[_Part]:
        """Return what makes up the ``<c>`` elements of the rows ``start`` to ``stop``, for :func:`_woven`.

        ``known`` holds the texts of fractions in these rows: what two columns show is worked out once.
        """
        if self._texts:
            return self._text_parts(self._texts[start:stop], rows)
        return self._number_parts(self._numbers[start:stop], rows, known)

    def _number_parts(
        self, numbers: NDArray[np.float64], rows: Sequence[str], known: dict[bytes, list[list[str]]]
    ) -> list[_Part]:
        opening, closing = f"{self._middle}<v>", "</v></c>"
        blank = bool(np.isnan(numbers).any())
        if self._is_fraction and not blank and _are_many(numbers[:_SAMPLE].tolist()):
            key = numbers.tobytes()
            if key not in known:
                known[key] = fraction_texts(numbers)
            return [self._before, rows, opening, *known[key], closing]
        if self._ready is not None:
            place = np.where(np.isnan(numbers), self._ready.size - 1, numbers - self._least).astype(np.int64)
            ready = self._ready[place].tolist()
            return self._present(ready, rows) if blank and not self._blank else [self._before, rows, ready]
        # what stands on several rows is made ready once
        different, place = np.unique(numbers, return_inverse=True)
        filled = different[:-1] if blank else different
        texts = shortest(filled) if self._is_fraction else list(map(str, filled.astype(np.int64).tolist()))
        if not blank and different.size * _FEW > numbers.size:
            return [self._before, rows, opening, np.array(texts, dtype=object)[place].tolist(), closing]
        ends = [f"{opening}{text}{closing}" for text in texts]
        if blank and not self._blank:
            return self._present(np.array([*ends, None], dtype=object)[place].tolist(), rows)
        return [self._before, rows, np.array([*ends, self._blank], dtype=object)[place].tolist()]

    def _text_parts(self, values: Sequence[str | None], rows: Sequence[str]) -> list[_Part]:
        try:
            made = list(map(self._ends.__getitem__, values))
        except KeyError:
            pass
        else:
            return (
                self._present(made, rows) if None in made else [self._before, rows, cast("list[str]", made)]
            )
        different = set(values)
        opening, closing, ready = self._around(different)
        if ready is str and None not in different and _are_many(values, different):
            texts = [_bytewise(text) for text in cast("Sequence[str]", values)]
            return [self._before, rows, opening, texts, closing]
        # what stands on several rows, or has to be escaped, is made ready once
        if len(self._ends) > _MOST_READY:
            self._ends.clear()
        for value in different:
            self._ends[value] = (
                self._blank or None if value is None else f"{opening}{_bytewise(ready(value))}{closing}"
            )
        made = [self._ends[value] for value in values]
        return self._present(made, rows) if None in made else [self._before, rows, cast("list[str]", made)]

    def _present(self, ends: Iterable[str | None], rows: Sequence[str]) -> list[_Part]:
        """Return the cells that there are: one that is blank and has no look is not written at all."""
        pairs = zip(rows, ends, strict=True)
        return [["" if end is None else f"{self._before}{row}{end}" for row, end in pairs]]

    def _around(self, values: set[str | None]) -> tuple[str, str, Callable[[Any], str]]:
        """Return what stands before and after each of these texts, and what makes a text ready to stand there."""
        if not _is_harmless(values):
            xml = cached_text_xml if self._is_formula else text_xml
            opening, closing = ("", "") if self._is_formula else ("<is>", "</is>")
            return f"{self._middle}{opening}", f"{closing}</c>", lambda text: xml(clean_text(text, ""))
        opening, closing = ("<v>", "</v>") if self._is_formula else ("<is><t>", "</t></is>")
        return f"{self._middle}{opening}", f"{closing}</c>", str


def _bytewise(text: str) -> str:
    """Return a character for each byte that a text has as UTF-8.

    A single letter beyond Latin-1 would make every character of some thousand rows twice as large.

    Examples
    --------
    >>> _bytewise("Skidåkning").encode("latin-1").decode()
    'Skidåkning'
    """
    return text if text.isascii() else text.encode().decode("latin-1")


def _are_many(values: Sequence[object], different: Collection[object] | None = None) -> bool:
    """Whether so few rows share a value that making each cell ready once would not pay."""
    return len(set(values) if different is None else different) * _FEW > len(values)


def _is_harmless(texts: Iterable[object]) -> bool:
    """Whether none of the texts holds anything that has to be escaped, replaced or preserved."""
    # a text with a bar of its own is at worst treated with care for nothing
    joined = f"|{'|'.join([text for text in texts if isinstance(text, str)])}|"
    return (
        joined.isprintable()  # no control character, surrogate or white space but the blank
        and not any(mark in joined for mark in ("&", "<", ">", "_x", "| ", " |"))
    )


def _texts(values: Sequence[object], place: Callable[[int], str], *, keep_empty: bool) -> list[str | None]:
    listed = _listed(values)
    kinds = set(map(type, listed))
    if kinds <= {str, type(None)}:
        # the usual case, without a look at each text
        known: list[str | None] = cast("list[str | None]", listed)
        if "" in known and not keep_empty:
            known = [text or None for text in known]
        if max(map(len, filter(None, known)), default=0) <= MAX_CELL_TEXT // 2:
            return known
    texts: list[str | None] = []
    for index, value in enumerate(listed):
        text = value if type(value) is str else plain_value(value)
        if text is None or text != text or (text == "" and not keep_empty):  # noqa: PLR0124 (NaN)
            texts.append(None)
        elif not isinstance(text, str):
            message = f"{place(index)}: the column holds text, not {text!r}"
            raise TypeError(message)
        else:
            if len(text) > MAX_CELL_TEXT // 2:
                clean_text(text, place(index))
            texts.append(str(text))
    return texts


def _numbers(values: Sequence[object], place: Callable[[int], str]) -> NDArray[np.float64]:
    # + 0.0 turns -0.0 into 0.0, and copies what belongs to the caller
    numbers = np.asarray(values, dtype=np.float64) + 0.0
    for index in np.flatnonzero(np.abs(numbers) > MAX_NUMBER)[:1]:
        check_number(float(numbers[index]), place(int(index)))
    return numbers


def _integers(values: Sequence[object], place: Callable[[int], str]) -> NDArray[np.float64]:
    given: object = values  # to mypy an array is no Sequence
    if isinstance(given, np.ndarray) and given.dtype.kind in "iu":
        for index in np.flatnonzero((given > MAX_INTEGER) | (given < -MAX_INTEGER))[:1]:
            check_integer(int(given[index]), place(int(index)))
        return given.astype(np.float64)
    if isinstance(given, np.ndarray) and given.dtype.kind == "f":
        numbers = given.astype(np.float64)
        if not ((numbers % 1 > 0) | (np.abs(numbers) > MAX_INTEGER)).any():
            return numbers + 0.0
    whole = np.full(len(values), np.nan)
    for index, value in enumerate(_listed(values)):
        number = plain_value(value)
        if number is None or number != number:  # noqa: PLR0124 (NaN)
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number % 1:
            message = f"{place(index)}: the column holds whole numbers, not {number!r}"
            raise TypeError(message)
        if abs(number) > MAX_INTEGER:
            check_integer(int(number), place(index))
        whole[index] = number
    return whole + 0.0


def _dates(values: Sequence[object], place: Callable[[int], str]) -> NDArray[np.float64]:
    given: object = values  # to mypy an array is no Sequence
    if isinstance(given, np.ndarray) and given.dtype.kind == "M":
        days = given.astype("datetime64[D]")
    else:
        blanked = [None if value is None or value != value else value for value in values]  # noqa: PLR0124
        days = np.array(blanked, dtype="datetime64[D]")
    # NaT is neither before nor after anything
    outside = (days < np.datetime64(DATE_FIRST)) | (days > np.datetime64(DATE_LAST))
    for index in np.flatnonzero(outside)[:1]:
        raise date_error(str(days[index]), place(int(index)))
    serials = days.astype(np.int64) + _EPOCH_DAYS
    return np.where(np.isnat(days), np.nan, serials)


def _flags(values: Sequence[object], place: Callable[[int], str]) -> NDArray[np.float64]:
    flags = np.full(len(values), np.nan)
    for index, value in enumerate(_listed(values)):
        flag = plain_value(value)
        if isinstance(flag, bool):
            flags[index] = flag
        elif flag is not None and flag == flag:  # noqa: PLR0124 (NaN)
            message = f"{place(index)}: the column holds true or false, not {flag!r}"
            raise TypeError(message)
    return flags


def _listed(values: Sequence[object]) -> list[object]:
    """Return Python values: what a numpy array gives one by one are slow numpy scalars."""
    given: object = values
    return given.tolist() if isinstance(given, np.ndarray) else list(values)


_READERS: Final = {"number": _numbers, "integer": _integers, "date": _dates, "flag": _flags}
