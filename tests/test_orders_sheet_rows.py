"""Cells as texts: the values of an open workbook read as the reader of files reads them."""

from __future__ import annotations

import datetime as dt
import math
import random
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.orders.sheet_rows import SheetRows, cell_text, place
from clv_xl.orders.workbook_file import WorkbookFile
from tests.filled import live_values

if TYPE_CHECKING:
    from pathlib import Path


def save(
    path: Path, rows: list[list[object]], *, corner: tuple[int, int] = (1, 1), title: str = "Orders"
) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row, values in enumerate(rows, start=corner[0]):
        for column, value in enumerate(values, start=corner[1]):
            sheet.cell(row, column).value = value  # type: ignore[assignment]
    book.save(path)
    return path


def texts(rows: SheetRows) -> list[list[str]]:
    return [list(column) for column in rows.columns]


def values_of_all_kinds() -> list[object]:
    dice = random.Random(4)
    numbers: list[object] = [round(dice.uniform(-1e5, 1e5), dice.randrange(12)) for _ in range(400)]
    numbers += [round(dice.uniform(-1e12, 1e12), dice.randrange(4)) for _ in range(200)]
    numbers += [dice.randrange(10 ** dice.randrange(1, 16)) for _ in range(200)]
    numbers += [0, 0.1 + 0.2, 1 / 3, 1e-7, 2e-10, 1e21, 10.0**15, -5, 0.5, 1234567.891]
    start = dt.datetime(1900, 3, 1)  # noqa: DTZ001
    moments: list[object] = [start + dt.timedelta(seconds=dice.randrange(4 * 10**9)) for _ in range(300)]
    moments += [start + dt.timedelta(days=dice.randrange(60_000)) for _ in range(100)]
    moments += [dt.datetime(2024, 1, 5, 13, 30, 0, 123_000), dt.datetime(2024, 1, 5, 23, 59, 59, 999_900)]  # noqa: DTZ001
    others: list[object] = [
        True,
        False,
        "x",
        "  pad ",
        "0017",
        "1.0",
        "1,5",
        "Ærø",
        "\u00a0",
        "2024-01-05",
        None,
    ]
    return [*numbers, *moments, *others]


def test_live_values_read_as_the_reader_of_files_reads_them(tmp_path: Path) -> None:
    """The one thing on which the agreement of both refreshes rests, value by value."""
    values = values_of_all_kinds()
    path = save(tmp_path / "v.xlsx", [[value, 1] for value in values])
    from_file = WorkbookFile(path).rows("Orders")
    sheets, _ = live_values(path)
    live = SheetRows.of_values(sheets["Orders"], "Orders", "v.xlsx")
    wrong = [
        (value, one, other)
        for value, one, other in zip(values, from_file.columns[0], live.columns[0], strict=True)
        if one != other
    ]
    assert not wrong
    assert from_file.digest() == live.digest()


def test_numbers_of_every_interface() -> None:
    """Excel on Windows gives exact decimals for cells in a currency format, numpy brings its own numbers."""
    given = [Decimal("12.50"), np.float64(3), np.int64(7), np.True_, math.nan, 17850, 1e15]
    assert [cell_text(value) for value in given] == [
        "12.5",
        "3",
        "7",
        "true",
        "",
        "17850",
        "1000000000000000",
    ]


def test_the_last_moment_of_excel_is_no_overflow() -> None:
    assert cell_text(dt.datetime(9999, 12, 31, 23, 59, 59, 999_999)) == "9999-12-31 23:59:59"  # noqa: DTZ001
    zone = dt.timezone(dt.timedelta(hours=2))
    assert cell_text(dt.datetime(2024, 1, 5, 1, 0, tzinfo=zone)) == "2024-01-05 01:00:00"


def test_error_texts_are_blank_cells() -> None:
    """A file gives nothing for an error cell; an open workbook gives its text, if it is asked to."""
    rows = SheetRows.of_values([["id", "amount"], ["a", "#N/A"], ["#REF!", 1.0]], "Orders")
    assert texts(rows) == [["id", "a", ""], ["amount", "", "1"]]


def test_what_is_blank_at_the_ends_does_not_count() -> None:
    """The used range of a sheet often reaches further than its contents."""
    plain = SheetRows.of_values([["id", "amount"], ["a", 1.0]], "Orders")
    wide = SheetRows.of_values([["id", "amount", None], ["a", 1.0, ""], [None, None, None]], "Orders")
    assert texts(plain) == texts(wide)
    assert plain.digest() == wide.digest()
    assert SheetRows.of_values([[None, ""], [None, None]], "Orders").columns == ()
    assert SheetRows.of_values([], "Orders").height == 0


def test_rows_of_unequal_length() -> None:
    assert texts(SheetRows.of_values([["id"], ["a", 1.0]], "Orders")) == [["id", "a"], ["", "1"]]


def test_a_table_elsewhere_on_the_sheet_keeps_its_places(tmp_path: Path) -> None:
    path = save(tmp_path / "t.xlsx", [["", "amount"], ["a", 1.5]], corner=(3, 4), title="My orders")
    rows = WorkbookFile(path).rows("My orders")
    assert [number for number, _ in rows.rows()] == [3, 4]
    found = {
        text: rows.cell(number, at) for number, row in rows.rows() for at, text in enumerate(row) if text
    }
    assert found == {"amount": "'My orders'!E3", "a": "'My orders'!D4", "1.5": "'My orders'!E4"}


def test_half_a_character_is_no_crash() -> None:
    rows = SheetRows.of_values([["id"], ["a\ud83d"]], "Orders")
    assert texts(rows) == [["id", "a?"]]
    assert len(rows.digest()[0]) == 64


@given(st.lists(st.lists(st.text(max_size=3), min_size=2, max_size=2), max_size=4))
def test_two_different_tables_have_two_digests(table: list[list[str]]) -> None:
    rows = SheetRows.of_values(table, "Orders")
    longer = SheetRows.of_values([*table, ["", "x"]], "Orders")
    assert rows.digest() != longer.digest()


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Orders", "Orders!B3"), ("My orders", "'My orders'!B3"), ("Bo's", "'Bo''s'!B3"), ("2025", "'2025'!B3")],
)
def test_places_are_written_as_excel_writes_them(title: str, shown: str) -> None:
    assert place(title, 3, 2) == shown
