"""Sentences that few users ever read, and ways that few files take: a quick look at each."""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import fastexcel
import pytest

from clv_xl.asked import example_result
from clv_xl.errors import InputError, OutputError, UsageError
from clv_xl.excel import build, examples
from clv_xl.excel import server as excel_server
from clv_xl.excel.registry import functions
from clv_xl.excel.template import make_template
from clv_xl.metrics import find
from clv_xl.orders import OrderRules, ReadOptions, filled_files, load_orders, private
from clv_xl.orders.aliases import aliases_of_rows
from clv_xl.orders.column_words import first_taken
from clv_xl.orders.columns_seen import look, look_at
from clv_xl.orders.date_ways import _forms
from clv_xl.orders.kinds import bombs, limited, unpacked
from clv_xl.orders.kinds.given import NotOrders, OrderFile, StandardInput
from clv_xl.orders.kinds.recognise import file_kind
from clv_xl.orders.saved_map import load_map
from clv_xl.orders.sentences import hint
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.orders.workbook_file import WorkbookFile
from clv_xl.outputs import MADE_BY, is_customer_file
from clv_xl.workbook import list_folder
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.ownership import is_untouched_report
from clv_xl.workbook.pictures import picture_of
from tests.filled import rewritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clv_xl.orders import Intake
    from tests.conftest import Run

HEAD = "customer_id;order_date;amount"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


@pytest.fixture
def load(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[..., Intake]:
    def loaded(text: str, currency: str = "", **options: Any) -> Intake:
        path = tmp_path / "orders.csv"
        path.write_text(text, encoding="utf-8")
        rules = OrderRules(as_of=date(2027, 1, 1), currency=currency)
        return load_orders(connection, [path], options=ReadOptions(**options), parameters=rules)

    return loaded


def _said(intake: Intake) -> dict[str, str]:
    return {warning.code: warning.text for warning in intake.warnings}


# --- orders --------------------------------------------------------------------------------------------------

REFUNDED = "customer_id;order_date;amount;order_id;status;Refunded Amount\n"


@pytest.mark.long
def test_refunded_amounts_below_0_in_part_and_without_an_order(load: Callable[..., Intake]) -> None:
    told = _said(load(f"{REFUNDED}A;2024-01-05;100;1;;-30\nA;2024-01-06;10;2;;0\n"))
    assert told["refunded_minus"].startswith('All amounts of "Refunded Amount" are below 0')
    told = _said(load(f"{REFUNDED}A;2024-01-05;100;1;refunded;30\nA;2024-01-06;10;2;;\nA;2024-01-07;;3;;5\n"))
    assert "and 70.00 with it" in told["refunded_in_part"]
    assert told["refunded_without_amount"].startswith('1 row has a "Refunded Amount" but no amount')


@pytest.mark.parametrize(
    ("rows", "currency", "words"),
    [
        ("A;2024-01-05;10;EUR;11\nB;2024-01-06;10;USD;10\n", "", "but not which that is"),
        (
            "A;2024-01-05;10;EUR;11\nB;2024-01-06;10;EUR;\n",
            "SEK",
            'row 3: "Kurs" holds no rate, but the row is in EUR',
        ),
        ("A;2024-01-05;10;EUR;11\nB;2024-01-06;10;SEK;11\n", "SEK", '"Kurs" is not 1, but the row is in SEK'),
        ("A;2024-01-05;10;EUR;0.09\nB;2024-01-06;10;SEK;1\n", "SEK", "They look like what one SEK is in EUR"),
        (
            "A;2024-01-05;10;EUR;1120\nB;2024-01-06;10;SEK;1\n",
            "SEK",
            "They look like what 100 EUR are in SEK",
        ),
        ("A;2024-01-05;10;EUR;77777\nB;2024-01-06;10;SEK;1\n", "SEK", "Is it another column?"),
    ],
)
def test_rates_of_rows_that_cannot_be(
    load: Callable[..., Intake], rows: str, currency: str, words: str
) -> None:
    with pytest.raises(InputError) as error:
        load(f"{HEAD};currency;Kurs\n{rows}", currency, columns={"exchange_rate": "Kurs"})
    assert words in str(error.value)


def test_the_order_of_day_month_and_year_is_guessed_from_the_numbers() -> None:
    assert list(_forms("50 % of 3 4 5")) == []
    assert list(_forms("y2024_1_31")) == ["y%Y_%m_%d", "y%Y_%d_%m"]
    assert list(_forms("31~1~24")) == ["%d~%m~%y", "%y~%m~%d", "%m~%d~%y"]


def test_dates_of_two_readings_and_no_dates_at_all(load: Callable[..., Intake]) -> None:
    with pytest.raises(InputError) as error:
        load(f"{HEAD}\nA;1~2~2024;10\nB;3~4~2024;20\n")
    assert '--date-format "%d~%m~%Y" ("1~2~2024" is then 2024-02-01) or ' in str(error.value)
    with pytest.raises(InputError, match='The column "order_date" has no date in these rows'):
        load(f"{HEAD}\nA;;10\nB;;20\n")


def test_a_zone_for_dates_that_carry_none_changes_nothing(load: Callable[..., Intake]) -> None:
    rows = f"{HEAD}\nA;2024-01-05 23:30;10\n"
    assert load(rows, time_zone="Europe/Oslo").account == load(rows).account


def test_of_columns_alike_the_first_is_taken_and_said_so() -> None:
    assert first_taken("channel", ["Source", "Source"]).startswith('The header "Source" stands 2 times.')
    assert first_taken("channel", ["A", "B"]).startswith('The columns "A" and "B" could both be channel.')
    assert first_taken("channel", ["A", "B", "C"]).startswith(
        'The columns "A" and "B" and "C" could all be channel.'
    )


def test_several_words_that_are_near() -> None:
    assert hint("order", ["order_id", "order_date"]) == ' Did you mean "order_id" or "order_date"?'


def test_aliases_with_a_blank_or_two_meanings() -> None:
    head = ["customer", "same as"]
    with pytest.raises(InputError, match="row 2: both customer and same as must be there"):
        aliases_of_rows(SheetRows.of_values([head, ["a", None]], "Aliases"))
    with pytest.raises(InputError, match='row 3: "a" is the same as "b" further up and as "c" here'):
        aliases_of_rows(SheetRows.of_values([head, ["a", "b"], ["a", "c"]], "Aliases"))


def test_a_map_that_is_no_text_or_has_no_table_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_bytes(b"currency = '\xff'")
    with pytest.raises(InputError, match="cannot be read as text"):
        load_map(path)
    path.write_text("columns = 3\n", encoding="utf-8")
    with pytest.raises(
        UsageError, match=r"line 1: columns is a table\. Write \[columns\] on a line of its own"
    ):
        load_map(path)


def test_a_map_keeps_the_sheets_and_what_is_left_out(cli: Callable[..., Run], tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for title in ("2023", "2024"):
        sheet = book.create_sheet(title)
        for row in (["customer_id", "order_date", "amount", "VAT"], ["A", f"{title}-01-05", 10, 2]):
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "orders.xlsx")
    done = cli(
        "map", "orders.xlsx", "--sheet", "2023", "--sheet", "2024", "--without", "tax", "--save", "m.toml"
    )
    assert done.exit_code == 0, done.stderr
    text = (tmp_path / "m.toml").read_text(encoding="utf-8")
    assert 'sheet = ["2023", "2024"]' in text
    assert 'without = ["tax"]' in text
    again = cli("map", "orders.xlsx", "--sheet", "2023", "--save", "m.toml")
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    nowhere = cli("map", "orders.xlsx", "--sheet", "2023", "--save", "no/m.toml")
    assert (nowhere.exit_code, "there is no folder no" in nowhere.stderr) == (4, True)


@pytest.mark.long
def test_one_map_is_not_saved_for_files_of_different_columns(cli: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD}\nA;2024-01-05;10\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("Kund;Datum;Belopp\nB;2024-01-05;10\n", encoding="utf-8")
    (tmp_path / "alias.csv").write_text("customer;same as\nA;B\n", encoding="utf-8")
    done = cli("map", "a.csv", "b.csv", "--save", "m.toml")
    assert done.exit_code == 3
    assert "a.csv and b.csv have different columns" in done.stderr
    assert cli("map", "a.csv", "--aliases", "alias.csv", "--save", "m.toml").exit_code == 0
    assert 'aliases = "alias.csv"' in (tmp_path / "m.toml").read_text(encoding="utf-8")


def _write(folder: Path, **files: str) -> list[Path]:
    paths = [folder / f"{name}.csv" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_which_currency_a_silent_file_is_in_is_asked(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    paths = _write(tmp_path, silent=f"{HEAD}\nA;2024-01-05;10\n", euro=f"{HEAD}\nA;2024-02-05;10 EUR\n")
    with pytest.raises(InputError) as error:
        load_orders(connection, paths)
    assert "silent.csv does not say which currency it is in; the other amounts are in EUR" in str(error.value)


def test_rates_that_were_given_stand_in_the_example(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = f"{HEAD};currency\nA;2024-01-05;10;EUR\nA;2024-01-06;10;USD\nA;2024-01-06;10;SEK\n"
    paths = _write(tmp_path, three=rows)
    rules = OrderRules(currency="SEK", rates={"EUR": Decimal("11.37")})
    with pytest.raises(InputError, match=r"EUR = 11\.37, USD = "):
        load_orders(connection, paths, parameters=rules)


def test_a_csv_that_the_user_parts_in_another_way_or_that_never_closes_a_quote(
    load: Callable[..., Intake],
) -> None:
    with pytest.raises(InputError, match='with --delimiter "," the header is one column'):
        load(f"{HEAD}\nA;2024-01-05;10\n", delimiter=",")
    with pytest.raises(InputError, match="quot"):
        load(f'{HEAD}\nA;2024-01-05;10\nB;"2024-01-06;{"x" * 200_000}\n')


def test_amounts_whose_decimal_mark_is_asked_beside_returns_and_beside_a_total(
    load: Callable[..., Intake],
) -> None:
    sales = "Day;Order name;Customer email;Gross sales;Returns;Net sales\n2025-01-02;#1;a@x.se;1,000;-1,500;1,250\n"
    with pytest.raises(InputError, match="--decimal"):
        load(sales, columns={"amount": "Net sales"})
    with pytest.raises(InputError, match="--decimal"):
        load("Order ID;Date;Customer ID;Netto;Moms;Total\n1;2025-01-02;1;1,000;1,250;2,250\n")


def test_nothing_from_another_program_is_told_though_sheets_are_named(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    given = StandardInput(io.BytesIO(b""))
    with pytest.raises(
        InputError, match="is empty. Check the program that gives the orders".replace(".", r"\.")
    ):
        load_orders(connection, [given], options=ReadOptions(sheet=("a", "b")))
    with pytest.raises(InputError, match="does not exist"):
        load_orders(connection, [tmp_path / "no.xlsx"], options=ReadOptions(sheet=("a", "b")))


def test_rows_without_any_row(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(InputError, match=r"is empty\. Put the orders there, with a header row"):
        load_orders(connection, [SheetRows("book.xlsx", "Orders", ())])


def test_a_column_of_spend_is_looked_for_in_few_sheets_and_in_text_that_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.create_sheet("Second")
    book.save(tmp_path / "spend.xlsx")
    monkeypatch.setattr(filled_files, "MAX_SHEETS", 1)
    with pytest.raises(
        InputError, match="spend.xlsx has 2 sheets; at most 1 are searched".replace(".", r"\.")
    ):
        filled_files.read_spend(tmp_path / "spend.xlsx")
    (tmp_path / "spend.csv").write_text('month;channel;spend\n2024-01;"' + "x" * 200_000, encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as a table"):
        filled_files.read_spend(tmp_path / "spend.csv")


def test_the_sample_says_what_it_wrote(cli: Callable[..., Run]) -> None:
    done = cli("sample", "shop", "--customers", "20", "--years", "1")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("20 customers, ")
    assert done.stdout.splitlines()[1].endswith("orders.csv")


def test_what_is_looked_at_is_orders_or_it_is_said(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    orders, other = _write(tmp_path, orders=f"{HEAD}\nA;2024-01-05;10\n", other="name;note\nA;hello\n")
    assert [seen.file.name for seen in look_at(connection, [tmp_path], ReadOptions())] == [orders.name]
    with pytest.raises(NotOrders):
        look_at(connection, [other], ReadOptions())
    with pytest.raises(NotOrders):
        look(connection, OrderFile(other, other.name), ReadOptions())
    (tmp_path / "cut.xlsx").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match=r"cut\.xlsx"):
        look_at(connection, [tmp_path], ReadOptions())


def test_a_line_that_no_export_has_is_refused(load: Callable[..., Intake]) -> None:
    with pytest.raises(InputError, match=r"orders\.csv") as error:
        load(f"{HEAD}\nA;2024-01-05;10\n{'x' * 3_000_000}\n")
    assert "line" in str(error.value)


def _book(path: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "First"
    book.create_sheet("Second")
    book["First"]["B2"] = 45296
    book.save(path)
    return path


def test_a_workbook_whose_sheets_are_one(tmp_path: Path) -> None:
    path = _book(tmp_path / "book.xlsx")
    rewritten(
        path,
        lambda name, content: content.replace(b"sheet2.xml", b"sheet1.xml") if "_rels" in name else content,
    )
    with pytest.raises(InputError, match="two of its sheets are one"):
        WorkbookFile(path)


def test_a_day_written_as_text_and_a_workbook_without_styles(tmp_path: Path) -> None:
    path = _book(tmp_path / "book.xlsx")
    cell = re.compile(rb'<c r="B2"[^>]*><v>45296</v></c>')
    rewritten(
        path, lambda name, content: cell.sub(b'<c r="B2" t="d"><v>2024-01-05T00:00:00</v></c>', content)
    )
    assert WorkbookFile(path).values("First") == {(2, 2): datetime(2024, 1, 5)}  # noqa: DTZ001
    plain = _book(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(plain) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    del parts["xl/styles.xml"]
    with zipfile.ZipFile(plain, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert WorkbookFile(plain).values("First") == {(2, 2): 45296}


class PanicException(BaseException):  # as the reader's own is called
    pass


@pytest.mark.parametrize("fault", [fastexcel.FastExcelError("no such part\nmore"), PanicException("here")])
def test_a_reader_that_fails_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def failing(path: Path) -> None:
        raise fault

    book = WorkbookFile(_book(tmp_path / "book.xlsx"))
    monkeypatch.setattr(fastexcel, "read_excel", failing)
    with pytest.raises(InputError) as error:
        book.rows("First")
    assert str(error.value).startswith("book.xlsx cannot be read as a workbook (")
    assert "more" not in str(error.value)


# --- files ---------------------------------------------------------------------------------------------------


def test_what_is_no_file_or_packed_in_another_way(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="is a pipe or a device"):
        file_kind(tmp_path / "pipe.csv")
    (tmp_path / "orders.xz").write_bytes(b"\xfd7zXZ\x00\x00")
    with pytest.raises(InputError, match="which is not read"):
        file_kind(tmp_path / "orders.xz")
    with pytest.raises(InputError, match="cannot be read"):
        file_kind(tmp_path / ("a" * 300))


def test_zips_of_too_many_files_and_too_much_from_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", "x")
    monkeypatch.setattr(unpacked, "_PARTS", 2)
    with pytest.raises(InputError, match="has 3 files in it; at most 2 are accepted"):
        unpacked.unzip(OrderFile(path, path.name), tmp_path)
    monkeypatch.setattr(unpacked, "MAX_UNPACKED", 4)
    with pytest.raises(InputError, match="is more than 0 GB"):
        unpacked.take_input(StandardInput(io.BytesIO(b"12345")), tmp_path)
    monkeypatch.setattr(bombs, "MAX_UNPACKED", 4)
    with pytest.raises(InputError, match="unpacks to more than 0 GB"):
        bombs.Unpacking("orders.gz", 4).see(b"12345")


def test_a_zip_with_a_password_and_one_that_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", f"{HEAD}\n" + "A;2024-01-05;10\n" * 50)
    whole = path.read_bytes()
    central = whole.index(b"PK\x01\x02")
    path.write_bytes(whole[: central + 8] + b"\x01" + whole[central + 9 :])
    with pytest.raises(InputError, match="is protected with a password"):
        unpacked.unzip(OrderFile(path, path.name), tmp_path)
    path.write_bytes(whole[:60] + b"\xff" * 8 + whole[68:])
    with pytest.raises(InputError, match="is damaged: it cannot be unpacked"):
        unpacked.unzip(OrderFile(path, path.name), tmp_path)


@pytest.mark.parametrize(
    ("why", "kind", "words"),
    [
        ("IOException: No space left on device", OutputError, "the disk for temporary files is full"),
        ("InvalidInputException: No magic bytes found", InputError, "is cut off, or no Parquet file"),
        ("ValueError: broken", InputError, r"cannot be read \(broken\)"),
    ],
)
def test_what_the_process_that_opens_files_answers(
    monkeypatch: pytest.MonkeyPatch, why: str, kind: type[Exception], words: str
) -> None:
    monkeypatch.setattr(limited.json, "loads", lambda line: {"failed": "file", "why": why})
    small = limited.Allowance(384 << 20, 20, 60)
    with limited.LimitedReader("a.parquet", small, "Do this.") as reader, pytest.raises(kind, match=words):
        reader.ask("measure", sql="SELECT 1")


def test_without_a_python_no_file_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited.sys, "executable", "")
    with (
        pytest.raises(Exception, match="no Python program is known"),
        limited.LimitedReader("a.parquet", limited.Allowance(1, 1, 1), ""),
    ):
        pass


def test_a_private_folder_that_is_gone_is_not_held(tmp_path: Path) -> None:
    with private._lock(tmp_path / "gone") as held:
        assert held is None


# --- outputs -------------------------------------------------------------------------------------------------


def test_a_parquet_file_of_somebody_else_is_none_of_ours(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "customers.parquet"
    assert not is_customer_file(path)
    connection.execute(f"COPY (SELECT 1 AS a) TO '{path}' (FORMAT parquet)")
    assert not is_customer_file(path)
    connection.execute(
        f"COPY (SELECT 1 AS a) TO '{path}' (FORMAT parquet, KV_METADATA {{made: '{MADE_BY}'}})"
    )
    assert is_customer_file(path)

    def refused(*given: Any, **more: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(OutputError, match="cannot be read to see whose it is"):
        is_customer_file(path)


def _report(path: Path) -> Path:
    write_book(build.addin_book(), path)
    assert is_untouched_report(path)
    return path


@pytest.mark.parametrize(
    "content",
    [b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a>" + b" " * (1 << 20) + b"</a>", b"<a>", b"<a/>"],
)
def test_a_report_with_strange_properties_is_nobodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    path = _report(tmp_path / "report.xlsx")
    with zipfile.ZipFile(path) as archive:
        parts = {info: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for info, held in parts.items():
            archive.writestr(info, content if info.filename == "docProps/core.xml" else held)
    assert not is_untouched_report(path)


def test_pictures_that_are_none() -> None:
    end = b"\xff\xd9"
    frame = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, 20, 30) + b"\x01" * 10
    assert picture_of(b"\xff\xd8\xff\xff\xd0" + frame + end).width == 30
    for broken in (b"\xff\xd8\xff\xd0\x00" + frame + end, b"\xff\xd8\xff\xe0\x00\x10" + b"\x00" * 20 + end):
        with pytest.raises(ValueError, match="is a damaged picture"):
            picture_of(broken)


def test_a_folder_of_lists_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / list_folder.MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match=list_folder.MANIFEST):
        list_folder.ListFolder(tmp_path)
    lists = tmp_path / "lists"
    folder = list_folder.ListFolder(lists)
    with pytest.raises(UsageError, match="is read or written by this command already"):
        folder.write({"a.csv": b"a\n"}, b"a\n", keep=[lists / "a.csv"])
    monkeypatch.setattr(Path, "mkdir", lambda *given, **more: (_ for _ in ()).throw(OSError(30, "Read-only")))
    with pytest.raises(OutputError, match=r"the folder cannot be made \(Read-only\)"):
        list_folder.ListFolder(tmp_path / "other").write({"a.csv": b"a\n"}, b"a\n")


def test_a_template_is_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'let its name end in "\.xlsx"'):
        make_template(tmp_path / "template.docx")


# --- Excel ---------------------------------------------------------------------------------------------------


def test_a_result_that_is_a_table_is_shown_by_rows() -> None:
    table = replace(find("CLV"), example_result=(("customer", "day"), ("A", datetime(2024, 1, 5))))  # noqa: DTZ001
    assert example_result(table) == "\n  customer  day\n  A         2024-01-05"


def test_an_example_that_is_a_day_is_the_number_of_the_day() -> None:
    record = functions()[0].record
    shown = examples._example(replace(record, example_result=datetime(2024, 1, 5)))  # noqa: DTZ001
    assert shown.result == 45296
    rows = (("day",), (datetime(2024, 1, 5),))  # noqa: DTZ001
    assert examples._example(replace(record, example_result=rows)).format == "date"
    with pytest.raises(TypeError, match="has no result that a cell can hold"):
        examples._example(replace(record, example_result=None))


@pytest.mark.long
def test_a_stale_add_in_is_told_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "ADDIN", tmp_path / "clv_xl.xlam")
    monkeypatch.setattr(build, "TEMPLATE", tmp_path / "template.xlsm")
    monkeypatch.setattr(build, "whole_template", build.addin_book)
    assert build.main(["--check"]) == 1
    assert (
        f"{tmp_path / 'clv_xl.xlam'} is not what its text says. Run: make template" in capsys.readouterr().err
    )
    assert build.main([]) == 0
    assert capsys.readouterr().out.count(" written\n") == 2
    assert build.main(["--check"]) == 0


def test_the_server_of_functions_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(excel_server, "find_spec", lambda name: None)
    for arguments, code, words in (
        (["--certificate", str(tmp_path / "no.pem")], 3, "there is no such file"),
        (["--certificate", __file__], 2, "HTTPS needs both"),
        ([], 2, "xlwings"),
    ):
        with pytest.raises(SystemExit) as ended:
            excel_server.main(arguments)
        assert ended.value.code == code
        assert words in capsys.readouterr().err
    monkeypatch.setattr(excel_server, "find_spec", lambda name: True)
    with pytest.raises(UsageError, match="wants a licence key"):
        excel_server.application({})


@pytest.mark.parametrize(
    "given", [[], ["--certificate", __file__, "--key", __file__, "--hostname", "clv.example.com"]]
)
def test_the_server_of_functions_says_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    class Uvicorn:
        started: dict[str, Any]

        @classmethod
        def run(cls, app: object, **settings: Any) -> None:
            cls.started = {"app": app, **settings}

    monkeypatch.setenv("XLWINGS_HOSTNAME", "")
    monkeypatch.setattr(excel_server, "application", lambda: "the server")
    monkeypatch.setattr(excel_server, "import_module", lambda name: Uvicorn)
    excel_server.main(given)
    assert Uvicorn.started["app"] == "the server"
    told = capsys.readouterr().out
    assert (
        "https://clv.example.com/manifest/download" if given else "http://127.0.0.1:8000/manifest"
    ) in told
    assert ("accepts an add-in over HTTPS only" in told) is not bool(given)
