"""Rows of a long table that were made before the rest of the workbook: the same file, or they are not used."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from clv_xl.limits import LimitError
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.rows_ahead import AskedRows, RowsAhead, asked_rows
from clv_xl.workbook.sheet import Book, Bulk, BulkColumn, Cell, Sheet, Style
from clv_xl.workbook.squeezed_rows import squeezed_rows

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.workbook.squeezed import SqueezedRun

LONG, MANY, FEW = 60_000, 30_000, 30  # made in two parts, in blocks, and as a whole
BOLD = Style(bold=True)


def _book(rows: int, *, title: str = "Customers", row: int = 3, look: Style = BOLD) -> Book:
    names = BulkColumn("Customer", "text", [f"customer {number}" for number in range(rows)], Style())
    orders = BulkColumn("Orders", "integer", list(range(rows)), look)
    table = Bulk("customers", row, 1, (names, orders), Style(italic=True))
    summary = Sheet("Summary", (Cell(1, 1, "text", Style(size=20)),))
    return Book(
        "Report", date(2024, 12, 31), (summary, Sheet(title, (Cell(1, 1, "head", BOLD),), bulk=table))
    )


def _asked(book: Book) -> AskedRows:
    found = asked_rows(book.sheets[1:])
    assert found is not None
    return found


def _written(book: Book, folder: Path, ahead: RowsAhead | None = None) -> bytes:
    write_book(book, folder / "report.xlsx", ahead=ahead)
    return (folder / "report.xlsx").read_bytes()


@pytest.mark.parametrize("rows", [LONG, MANY, FEW])
def test_rows_made_ahead_are_those_that_are_made_when_the_book_is_written(rows: int, tmp_path: Path) -> None:
    book, asked = _book(rows), _asked(_book(rows))
    taken: list[int] = []

    def result() -> SqueezedRun:
        taken.append(rows)
        return squeezed_rows(*asked)

    assert _written(book, tmp_path, RowsAhead(asked, result)) == _written(book, tmp_path)
    assert taken == [rows]


@pytest.mark.parametrize(
    "other",
    [
        _book(FEW, title="Others"),
        _book(FEW, row=4),
        _book(FEW + 1),
        _book(FEW, look=Style(underline=True)),
        replace(_book(FEW), sheets=_book(FEW).sheets[:1]),
    ],
)
def test_rows_of_another_table_are_not_used(other: Book, tmp_path: Path) -> None:
    def result() -> SqueezedRun:
        raise AssertionError("these rows were asked for")

    ahead = RowsAhead(_asked(_book(FEW)), result)
    assert _written(other, tmp_path, ahead) == _written(other, tmp_path)


def test_a_table_made_in_two_parts_is_whole(tmp_path: Path) -> None:
    book = _book(LONG)
    _written(book, tmp_path, RowsAhead(_asked(book), lambda: squeezed_rows(*_asked(book))))
    with closing(load_workbook(tmp_path / "report.xlsx", read_only=True)) as read:
        rows = list(read["Customers"].iter_rows(min_row=4, values_only=True))
    assert rows == [(f"customer {number}", number) for number in range(LONG)]


@pytest.mark.parametrize("blank", [range(LONG), range(50_000), range(1, LONG)])
def test_a_long_table_of_little_is_the_same_file_too(tmp_path: Path, blank: range) -> None:
    """So little that it is not compressed in blocks, or its first part is not."""
    names = [None if number in blank else f"customer {number}" for number in range(LONG)]
    table = Bulk("customers", 3, 1, (BulkColumn("Customer", "text", names, Style()),), Style())
    book = _book(FEW)
    book = replace(book, sheets=(book.sheets[0], replace(book.sheets[1], bulk=table)))
    ahead = RowsAhead(_asked(book), lambda: squeezed_rows(*_asked(book)))
    assert _written(book, tmp_path, ahead) == _written(book, tmp_path)


@pytest.mark.parametrize("at", [40, LONG - 1])
def test_what_a_cell_of_either_part_cannot_hold_is_told_with_its_place(tmp_path: Path, at: int) -> None:
    book = _book(LONG)
    bulk = book.sheets[1].bulk
    assert bulk is not None
    numbers = list(range(LONG))
    for place in {at, LONG - 1}:  # of two, the first is told
        numbers[place] = 10**16
    wrong = replace(bulk, columns=(bulk.columns[0], replace(bulk.columns[1], values=numbers)))
    book = replace(book, sheets=(book.sheets[0], replace(book.sheets[1], bulk=wrong)))
    ahead = RowsAhead(_asked(book), lambda: squeezed_rows(*_asked(book)))
    for begun in (ahead, None):
        with pytest.raises(LimitError, match=f"sheet Customers, B{4 + at}:"):
            write_book(book, tmp_path / "report.xlsx", ahead=begun)
    assert not (tmp_path / "report.xlsx").exists()


def test_a_sheet_without_a_long_table_asks_for_no_rows() -> None:
    assert asked_rows(_book(FEW).sheets[:1]) is None


def test_what_a_cell_cannot_hold_leaves_the_older_file(tmp_path: Path) -> None:
    book = _book(FEW)
    long_text = BulkColumn("Customer", "text", ["x" * 40_000], Style())
    sheet = replace(book.sheets[1], bulk=Bulk("customers", 3, 1, (long_text,), Style()))
    wrong = replace(book, sheets=(book.sheets[0], sheet))
    asked = _asked(wrong)
    before = _written(book, tmp_path)
    with pytest.raises(LimitError, match="sheet Customers, A4"):
        write_book(wrong, tmp_path / "report.xlsx", ahead=RowsAhead(asked, lambda: squeezed_rows(*asked)))
    assert (tmp_path / "report.xlsx").read_bytes() == before
