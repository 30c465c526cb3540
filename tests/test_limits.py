"""Excel's limits: the last thing that fits passes, the first that does not is refused with a way out.

The figures are those of Microsoft's page "Excel specifications and limits"; the names are examples of its page
"Names in formulas".
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import column_index_from_string, get_column_letter

from clv_xl import limits
from clv_xl.errors import LimitError, OutputError
from clv_xl.workbook.cells import clean_text
from clv_xl.workbook.checks import check_book
from clv_xl.workbook.sheet import Book, Cell, PrintSetup, Sheet, Style

if TYPE_CHECKING:
    from collections.abc import Callable


def _headed(header: str) -> Book:
    cells = (Cell(1, 1, "a", Style()),)
    return Book("b", date(2024, 1, 1), (Sheet("S", cells, print_setup=PrintSetup(header=header)),))


@pytest.mark.parametrize(
    ("check", "fits", "too_much"),
    [
        (lambda row: limits.check_position(row, 1, "sheet A"), 1_048_576, 1_048_577),
        (lambda column: limits.check_position(1, column, "sheet A"), 16_384, 16_385),
        (lambda row: limits.check_position(row, 1, "sheet A"), 1, 0),
        (lambda row: limits.check_area(1, 1, row, 1, "sheet A"), 1_048_576, 1_048_577),
        (lambda first: limits.check_area(first, 1, 5, 1, "sheet A"), 5, 6),
        (lambda n: limits.check_length("x" * n, limits.MAX_CELL_TEXT, "a cell", "A1"), 32_767, 32_768),
        (lambda n: limits.check_formula("=" + "1" * (n - 1), "A1"), 8_192, 8_193),
        (lambda n: limits.check_formula(f'="{"x" * n}"', "A1"), 255, 256),
        (lambda n: limits.check_formula("=" + "ABS(" * n + "1" + ")" * n, "A1"), 64, 65),
        (lambda n: limits.check_formula(f"=SUM({','.join(['1'] * n)})", "A1"), 255, 256),
        (lambda n: clean_text("\n" * n, "A1"), 253, 254),
        (lambda n: check_book(_headed("x" * n)), 215, 216),
        (lambda n: limits.check_sheet_title("x" * n), 31, 32),
        (lambda n: limits.check_name("x" * n), 255, 256),
        (lambda n: limits.check_headers(["x" * n], "T"), 255, 256),
        (lambda n: limits.check_choices(["x" * n], "A1"), 255, 256),
        (lambda value: limits.check_number(value, "A1"), 9.99999999999999e307, 1e308),
        (lambda value: limits.check_number(value, "A1"), -9.99999999999999e307, float("-inf")),
        (lambda value: limits.check_integer(value, "A1"), 2**53, 2**53 + 1),
        (lambda value: limits.check_date(value, "A1"), date(1900, 3, 1), date(1900, 2, 28)),
        (lambda value: limits.check_date(value, "A1"), date(9999, 12, 31), date(1, 1, 1)),
        (lambda width: limits.check_column_width(width, "A"), 255, 255.1),
        (lambda width: limits.check_column_width(width, "A"), 0, -1),
        (lambda height: limits.check_row_height(height, "1"), 409, 409.5),
        (lambda zoom: limits.check_zoom(zoom, "sheet A"), 10, 9),
        (lambda zoom: limits.check_zoom(zoom, "sheet A"), 400, 401),
        (lambda n: limits.check_count(n, limits.MAX_HYPERLINKS, "links", "sheet A"), 65_530, 65_531),
        (lambda n: limits.check_count(n, limits.MAX_CELL_STYLES, "styles", "book"), 65_490, 65_491),
    ],
)
def test_the_last_that_fits_and_the_first_that_does_not(
    check: Callable[[object], None], fits: object, too_much: object
) -> None:
    check(fits)
    with pytest.raises(LimitError):
        check(too_much)


def test_a_limit_is_an_output_error() -> None:
    # so that the command line leaves with 4: nothing could be written
    assert issubclass(LimitError, OutputError)
    assert LimitError.exit_code == 4


@pytest.mark.parametrize(
    "title", ["Summary", "Data quality", "År 2024", "It's", "a" * 31, "😀" * 15, "Historyx"]
)
def test_titles_that_excel_accepts(title: str) -> None:
    limits.check_sheet_title(title)


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("", "needs a title"),
        ("   ", "needs a title"),
        *((f"a{mark}b", f'holds "{mark}"') for mark in "[]:*?/\\"),
        ("'quoted", "apostrophe"),
        ("quoted'", "apostrophe"),
        ("History", "for itself"),
        ("HISTORY", "for itself"),
        ("tab\there", "control character"),
        ("\ud800", "control character"),
        ("😀" * 16, "32 characters"),
    ],
)
def test_titles_that_excel_refuses(title: str, reason: str) -> None:
    with pytest.raises(LimitError, match=r"^sheet ") as caught:
        limits.check_sheet_title(title)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "name", ["gross_margin", "_x", "\\path", "Företag", "A1B", "XFE1", "A1048577", "R1C1x", "as.of", "CLV"]
)
def test_names_that_excel_accepts(name: str) -> None:
    limits.check_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "gross margin", "1st", "a-b", "a!b", "$A$1", ".x", "a\nb", "TRUE", "False", "_xlnm.Print_Area"],
)
def test_names_that_excel_refuses(name: str) -> None:
    with pytest.raises(LimitError, match=r"^name "):
        limits.check_name(name)


@pytest.mark.parametrize("name", ["A1", "xfd1048576", "FY2024", "C7", "r2", "R", "c", "RC", "R1C1", "LOG10"])
def test_names_that_read_as_a_place(name: str) -> None:
    with pytest.raises(LimitError, match="reads"):
        limits.check_name(name)


def test_a_formula_as_a_user_types_it_is_refused() -> None:
    limits.check_formula("=Customers[[#This Row],[amount]]*0.4", "A1")
    limits.check_formula('="[@amount]"', "A1")
    with pytest.raises(LimitError, match="This Row"):
        limits.check_formula("=[@amount]*0.4", "A1")
    with pytest.raises(LimitError, match="not a formula"):
        limits.check_formula("6*7", "A1")


def test_headers_that_differ_in_case_alone_are_alike() -> None:
    limits.check_headers(["Amount", "Amount "], "Orders")
    with pytest.raises(LimitError, match="two columns"):
        limits.check_headers(["Amount", "amount"], "Orders")
    with pytest.raises(LimitError, match="header 2 is empty"):
        limits.check_headers(["Amount", ""], "Orders")


def test_two_things_of_one_name() -> None:
    limits.check_unique(["Orders", "Spend"], "sheet")
    with pytest.raises(LimitError, match='sheet "orders"'):
        limits.check_unique(["Orders", "orders"], "sheet")


def test_choices_that_a_rule_cannot_hold() -> None:
    limits.check_choices(["now", "end"], "A1")
    for choices, reason in ((["a,b"], "comma"), ([], "at least one"), ([" "], "empty")):
        with pytest.raises(LimitError, match=reason):
            limits.check_choices(choices, "A1")


def test_a_message_stays_readable() -> None:
    with pytest.raises(LimitError) as caught:
        limits.check_length("x" * 40_000, limits.MAX_CELL_TEXT, "a cell", "sheet Orders, C17")
    message = str(caught.value)
    assert message.startswith('sheet Orders, C17: "xxx')
    assert "40,000 characters" in message
    assert "32,767" in message
    assert len(message) < 200


@given(st.text())
def test_length_is_counted_as_excel_counts(text: str) -> None:
    assert limits.text_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.integers(1, 16_384))
def test_column_letters_are_those_of_openpyxl(column: int) -> None:
    assert limits.column_letters(column) == get_column_letter(column)
    assert column_index_from_string(limits.column_letters(column)) == column
