"""One gateway for every text: what nasty data say is read back as it was by other programs, whoever wrote it.

``test_workbook_cells.py`` shows the gateway itself; here its texts go through all writers, 10,000 of them in the long
run: cells and long tables of a file, CSV, lists, and an open Excel.
"""

from __future__ import annotations

import csv
import random
import re
import warnings
from datetime import date
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from clv_xl.workbook.cells import clean_text
from clv_xl.workbook.csv_writer import write_csv
from clv_xl.workbook.list_folder import Dialect
from clv_xl.workbook.live_values import live_constant
from tests.excel_hosts.live_excel import LiveExcel
from tests.test_workbook_cells import expected, nasty_texts, write_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Tally

READ_BACK = "texts through the gateway read back as they were, a writer and a reader each"
PIECES = (
    "=", "+", "-", "@", ";", ",", "\n", "\r", "\t", '"', "'", " ", "|", "1+1", "-5", "5", "a", "cmd|' /C calc'!A0",
    "=HYPERLINK(0)",
)  # fmt: skip
# Excel splits a line of CSV at commas or semicolons, by its own settings, and knows quotation marks only at the
# beginning of a field; a tab parts fields of what is pasted.
SPLIT = {",": re.compile("[,\n\r]"), ";": re.compile("[;\n\r]"), "\t": re.compile("[\t\n\r]")}
ACTIVE = re.compile(r"\s*[=+@\uff1d\uff0b\uff20\uff0d-]")
NUMBER = re.compile("[+-]?[0-9][0-9 .,'\u00a0]*\"?")
QUOTED = re.compile(r'"((?:[^"]|"")*)(?:"|\Z)')


def pieces(number: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    return ["".join(dice.choices(PIECES, k=dice.randint(1, 7))) for _ in range(number)]


def as_a_cell(part: str) -> str:
    """Return a field as a spreadsheet takes it: what stands in quotation marks, and what follows them."""
    found = QUOTED.match(part)
    return found[1].replace('""', '"') + part[found.end() :] if found else part


def texts(number: int) -> Iterator[list[str]]:
    """The same texts in portions that other programs read soon."""
    for seed in range(0, number, 2_500):
        yield nasty_texts(min(2_500, number - seed), seed=100 + seed)


@pytest.mark.long
def test_ten_thousand_texts_read_back_by_three_programs(
    tmp_path: Path, soffice: Callable[..., Path], tally: Callable[[str], Tally]
) -> None:
    counted = tally(READ_BACK)
    for number, portion in enumerate(texts(10_000)):
        path = tmp_path / f"{number}.xlsx"
        write_texts(path, portion)
        want = [expected(text) for text in portion]
        calamine, book = CalamineWorkbook.from_path(path), load_workbook(path)
        office = CalamineWorkbook.from_path(soffice(path, "xlsx", tmp_path / "office"))
        for title, skipped in (("cells", 0), ("bulk", 1)):
            for reader in (calamine, office):
                found = [row[0] for row in reader.get_sheet_by_name(title).to_python(skip_empty_area=False)][
                    skipped:
                ]
                _compare(found, want, counted)
            cells = [cell for (cell,) in book[title].iter_rows(min_row=1 + skipped)]
            assert {cell.data_type for cell in cells} == {"s"}
            _compare([unescape(cell.value) for cell in cells], want, counted)


def _compare(found: list[object], want: list[str], counted: Tally) -> None:
    assert len(found) == len(want)
    counted.begin(len(want))
    wrong = [pair for pair in zip(found, want, strict=True) if pair[0] != pair[1]]
    counted.held(len(want) - len(wrong))
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("number", [500, pytest.param(10_000, marks=pytest.mark.long)])
def test_an_open_excel_takes_every_text_as_text(number: int, tally: Callable[[str], Tally]) -> None:
    counted = tally(READ_BACK)
    for portion in texts(number):
        found = [LiveExcel._typed(None, live_constant(text, "A1")) for text in portion]  # type: ignore[arg-type]
        assert not [text for text, (_, formula) in zip(portion, found, strict=True) if formula]
        _compare([value for value, _ in found], [expected(text) for text in portion], counted)


@pytest.mark.parametrize("text", ["sant ", "TRUE  ", "true\u00a0", "sant\u2003"])
def test_a_word_of_the_reader_stays_a_word_whatever_blanks_follow(text: str) -> None:
    assert live_constant(text, "A1") == f"'{text}"


@pytest.mark.parametrize("number", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_text_of_a_csv_starts_a_formula_however_it_is_split(
    tmp_path: Path, tally: Callable[[str], Tally], number: int
) -> None:
    counted = tally("texts in CSV that start no formula, however a program splits the line")
    given = [*pieces(number // 2, 1), *nasty_texts(number // 2, seed=5), "a\n=1+1", "x\r\n@SUM(1)", "\x00=1"]
    write_csv(tmp_path / "a.csv", ("n", "text"), list(enumerate(given)))
    lists = Dialect.named("nordic").lines([(5.0, text) for text in given], (0, None))
    written = [(tmp_path / "a.csv").read_bytes().decode(), "".join(lists)]
    wrong = [
        part
        for content in written
        for split in SPLIT.values()
        for part in split.split(content)
        if ACTIVE.match(as_a_cell(part)) and not NUMBER.fullmatch(as_a_cell(part))
    ]
    counted.begin(len(given))
    counted.held(len(given) - len(wrong))
    assert not wrong, wrong[:5]
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    # nothing is lost: without the apostrophes it is what the gateway makes of it
    bare = [text.replace("'", "") for _, text in rows]
    assert bare == [clean_text(text, "").replace("'", "") for text in given]


def test_a_long_run_of_blanks_costs_its_length(tmp_path: Path) -> None:
    """It cost the cube of it: a thousand tabs three seconds, 30,000 of them a day."""
    text = "a" + "\t" * 30_000 + "=1"
    write_csv(tmp_path / "a.csv", ("n", "text"), [(1, text)])
    assert "\t'=1" in (tmp_path / "a.csv").read_text(encoding="utf-8")


@pytest.mark.long
def test_libreoffice_runs_nothing_of_a_csv(tmp_path: Path, soffice: Callable[..., Path]) -> None:
    given = [*pieces(2_000, 3), *nasty_texts(500, seed=6)]
    write_csv(tmp_path / "a.csv", ("n", "text"), list(enumerate(given)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl on the styles of LibreOffice
        book = load_workbook(soffice(tmp_path / "a.csv", "xlsx", tmp_path / "office"))
    assert not [
        cell.coordinate for row in book.worksheets[0].iter_rows() for cell in row if cell.data_type == "f"
    ]


@pytest.mark.long
def test_a_report_whose_data_are_all_nasty_has_one_kind_of_text(
    tmp_path: Path, cli: Callable[..., object]
) -> None:
    names = [text for text in nasty_texts(60, seed=9) if expected(text).strip(" \t\n\ufffd")][:40]
    with (tmp_path / "orders.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("order_id", "customer_id", "order_date", "amount", "channel"))
        for number, name in enumerate(names * 3):
            text = name.replace("\x00", "\x01")
            rows.writerow((number, f"c{text}", date(2024, 1 + number % 12, 5), 10 + number, text))
    with (tmp_path / "customers.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("customer_id", "=1+1", "two\nlines", "_x0041_", "Total", "total", "#N/A"))
        rows.writerow((f"c{names[0]}", "=2+2", "@a", "_x0042_", "+1", "-1", "#DIV/0!"))
    done = cli("report", "orders.csv", "--customers", "customers.csv", "-o", "report.xlsx")
    assert done.exit_code == 0, done
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl knows no solid bars
        book = load_workbook(tmp_path / "report.xlsx")
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert not re.search(r"1\+1|2\+2|cmd\||HYPERLINK\(0", str(cell.value)), cell.coordinate
        for table in sheet.tables.values():
            header = [str(cell.value) for cell in sheet[table.ref][0]]
            assert [column.name for column in table.tableColumns] == [unescape(one) for one in header]
