"""The gateway of text, and each kind of value as a cell: written, then read back by two other programs."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from clv_xl.errors import LimitError
from clv_xl.workbook.cells import cell_xml, clean_text, date_serial, escape_xstring, number_text, plain_value
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.sheet import Book, Bulk, BulkColumn, Cell, Formula, Sheet, Style

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAIN = Style()
# formulas, errors, coded characters, markup, blanks, control characters, code points that XML has no place for
PIECES = (
    *(
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\n",
        "\r",
        " ",
        "'",
        '"',
        "#N/A",
        "=1+1",
        "=cmd|' /C calc'!A0",
        "TRUE",
        "1e5",
        "007",
    ),
    *(
        "_x0041_",
        "_x005F_",
        "_x",
        "_",
        "&",
        "<",
        ">",
        "]]>",
        "&amp;",
        "</t>",
        "\x00",
        "\x0b",
        "\x1f",
        "\x7f",
        "\x85",
    ),
    *(
        "\ud800",
        "\udfff",
        "\ufffe",
        "\uffff",
        "\ufffd",
        "\u2028",
        "\xa0",
        "å",
        "Ø",
        "中",
        "😀",
        "a",
        "B",
        "9",
        "|",
    ),
)


def expected(text: str) -> str:
    """What the gateway promises, said in another way than it is done."""
    kept = "".join(
        character
        if character in "\t\n\r" or (ord(character) >= 32 and not (0xD800 <= ord(character) <= 0xDFFF))
        else "\ufffd"
        for character in text
    )
    return (
        kept.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")
    )


def nasty_texts(number: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices(PIECES, k=rng.randint(1, 6))) for _ in range(number)]


def read_openpyxl(path: Path, column: int = 1) -> list[object]:
    sheet = load_workbook(path).worksheets[0]
    return [row[0] for row in sheet.iter_rows(min_col=column, max_col=column, values_only=True)]


def write_texts(path: Path, texts: list[str]) -> None:
    """Each text as a single cell in column A, and again in a long table."""
    cells = tuple(Cell(row, 1, text, PLAIN) for row, text in enumerate(texts, 1))
    bulk = Bulk("T", 1, 1, (BulkColumn("text", "text", texts, PLAIN),), PLAIN)
    write_book(Book("b", date(2024, 1, 1), (Sheet("cells", cells), Sheet("bulk", (), bulk=bulk))), path)


@given(st.text(st.one_of(st.characters(), st.sampled_from("\x00\r\n\ud800\ufffe_x=")), max_size=50))
@example("_x0041_")
@example("a\r\n\rb")
def test_the_gateway_keeps_its_promise(text: str) -> None:
    cleaned = clean_text(text, "A1")
    assert cleaned == expected(text)
    assert clean_text(cleaned, "A1") == cleaned
    assert unescape(escape_xstring(cleaned)) == cleaned


def test_the_gateway_returns_plain_text_of_any_subclass() -> None:
    class Sly(str):
        __slots__ = ()

        def __format__(self, spec: str) -> str:
            return "=1+1"

    assert type(clean_text(Sly("a"), "A1")) is str
    assert "=1+1" not in cell_xml("A1", Sly("a"), 0, "A1")
    assert cell_xml("A1", np.str_("a"), 0, "A1") == cell_xml("A1", "a", 0, "A1")


def test_text_at_the_limit_and_beyond() -> None:
    assert clean_text("x" * 32_767, "A1") == "x" * 32_767
    with pytest.raises(LimitError, match=r"sheet Orders, C17.*32,767"):
        clean_text("x" * 32_768, "sheet Orders, C17")
    # Excel counts an emoji as two
    with pytest.raises(LimitError):
        clean_text("😀" * 16_384, "A1")


def test_ten_thousand_nasty_texts_read_back(tmp_path: Path) -> None:
    texts = nasty_texts(10_000, seed=1)
    write_texts(tmp_path / "nasty.xlsx", texts)
    want = [expected(text) for text in texts]

    calamine = CalamineWorkbook.from_path(tmp_path / "nasty.xlsx")
    cells = [row[0] for row in calamine.get_sheet_by_name("cells").to_python(skip_empty_area=False)]
    bulk = [row[0] for row in calamine.get_sheet_by_name("bulk").to_python(skip_empty_area=False)]
    assert cells == want
    assert bulk == ["text", *want]

    workbook = load_workbook(tmp_path / "nasty.xlsx")
    for title, skipped in (("cells", 0), ("bulk", 1)):
        read = [cell for (cell,) in workbook[title].iter_rows(min_row=1 + skipped)]
        # openpyxl does not decode coded characters in cells; Excel and calamine do
        assert [unescape(cell.value) for cell in read] == want
        assert {cell.data_type for cell in read} == {"s"}


@pytest.mark.office
def test_nasty_texts_survive_libreoffice(tmp_path: Path, soffice: Callable[..., Path]) -> None:
    # code points that are nobody's text are left out: LibreOffice has its own ideas about them
    texts = [text for text in nasty_texts(500, seed=2) if not re.search("[\x00\x0b\x1f\x7f\x85\u2028]", text)]
    write_texts(tmp_path / "nasty.xlsx", texts)
    converted = CalamineWorkbook.from_path(soffice(tmp_path / "nasty.xlsx", "xlsx", tmp_path / "out"))
    for title, skipped in (("cells", 0), ("bulk", 1)):
        read = [row[0] for row in converted.get_sheet_by_name(title).to_python(skip_empty_area=False)]
        assert read[skipped:] == [expected(text) for text in texts]


def test_no_text_ever_becomes_a_formula() -> None:
    for text in nasty_texts(2_000, seed=3):
        assert "<f" not in cell_xml("A1", text, 0, "A1")
        assert '="e"' not in cell_xml("A1", text, 0, "A1")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-9.99e307, max_value=9.99e307))
@example(0.1 + 0.2)
@example(-0.0)
@example(5e-324)
def test_numbers_read_back_to_the_last_bit(value: float) -> None:
    assert float(number_text(value, "A1")) == value
    assert number_text(value, "A1") != "-0"


@given(st.dates(date(1900, 3, 1), date(9999, 12, 31)))
@example(date(1900, 3, 1))
def test_serials_are_those_of_excel(day: date) -> None:
    # openpyxl's own conversion is the independent one
    from openpyxl.utils.datetime import to_excel

    assert date_serial(day, "A1") == to_excel(day)


def test_dates_of_microsoft() -> None:
    # Microsoft Support, "DATEVALUE function": 39448 is 2008-01-01
    assert date_serial(date(2008, 1, 1), "A1") == 39_448
    assert date_serial(datetime.fromisoformat("2008-01-01 06:00"), "A1") == 39_448.25


@pytest.mark.parametrize(
    ("value", "xml"),
    [
        (None, '<c r="B2" s="3"/>'),
        ("", '<c r="B2" s="3"/>'),
        ("a", '<c r="B2" s="3" t="inlineStr"><is><t>a</t></is></c>'),
        (" a", '<c r="B2" s="3" t="inlineStr"><is><t xml:space="preserve"> a</t></is></c>'),
        (3, '<c r="B2" s="3"><v>3</v></c>'),
        (3.0, '<c r="B2" s="3"><v>3</v></c>'),
        (1e300, '<c r="B2" s="3"><v>1e+300</v></c>'),
        (True, '<c r="B2" s="3" t="b"><v>1</v></c>'),
        (float("nan"), '<c r="B2" s="3" t="e"><v>#N/A</v></c>'),
        (date(2024, 1, 1), '<c r="B2" s="3"><v>45292</v></c>'),
        (np.float64("nan"), '<c r="B2" s="3" t="e"><v>#N/A</v></c>'),
        (np.int32(7), '<c r="B2" s="3"><v>7</v></c>'),
        (np.bool_(False), '<c r="B2" s="3" t="b"><v>0</v></c>'),
        (np.datetime64("2024-01-01"), '<c r="B2" s="3"><v>45292</v></c>'),
        (np.datetime64("2024-01-01T12:00", "ns"), '<c r="B2" s="3"><v>45292.5</v></c>'),
        (np.datetime64("NaT", "D"), '<c r="B2" s="3" t="e"><v>#N/A</v></c>'),
        (pd.NaT, '<c r="B2" s="3" t="e"><v>#N/A</v></c>'),
        (pd.Timestamp("2024-01-01"), '<c r="B2" s="3"><v>45292</v></c>'),
        (Formula("=A1*2", 3.5), '<c r="B2" s="3"><f>A1*2</f><v>3.5</v></c>'),
        (Formula("=A1<B1", False), '<c r="B2" s="3" t="b"><f>A1&lt;B1</f><v>0</v></c>'),
        (Formula('="a"&" b "', "a b "), '<c r="B2" s="3" t="str"><f>"a"&amp;" b "</f><v>a b </v></c>'),
        (Formula("=A1/0", float("nan")), '<c r="B2" s="3" t="e"><f>A1/0</f><v>#N/A</v></c>'),
    ],
)
def test_one_cell_of_each_kind(value: object, xml: str) -> None:
    assert cell_xml("B2", value, 3, "sheet A, B2") == xml


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("inf"), "does not fit"),
        (Formula("=A1", float("-inf")), "does not fit"),
        (2**53 + 1, "id"),
        (date(1900, 2, 28), "1900-03-01"),
        (np.datetime64("1800-01-01"), "1900-03-01"),
        ("x" * 40_000, "32,767"),
        (Formula("1+1", 2), "not a formula"),
        (Formula("=[@a]", 2), "This Row"),
        (Formula("=" + "1+" * 5_000 + "1", 2), "8,192"),
        (Formula('="a"', "x" * 40_000), "32,767"),
    ],
)
def test_values_that_a_cell_cannot_hold(value: object, reason: str) -> None:
    with pytest.raises(LimitError, match=r"^sheet A, B2: ") as caught:
        cell_xml("B2", value, 3, "sheet A, B2")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "value", [object(), [1], b"a", 1j, datetime(2024, 1, 1, tzinfo=UTC), np.timedelta64(1, "D")]
)
def test_values_of_no_kind_are_our_mistake(value: object) -> None:
    with pytest.raises(TypeError):
        cell_xml("B2", value, 3, "sheet A, B2")


def test_plain_values_are_left_alone() -> None:
    for value in (None, "a", True, 3, 0.5, date(2024, 1, 1)):
        assert plain_value(value) is value
