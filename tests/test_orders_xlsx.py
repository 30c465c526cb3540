"""Workbooks: typed cells, sheets, and files that would harm a reader."""

from __future__ import annotations

import datetime as dt
import errno
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest

from clv_xl.errors import InputError, UsageError
from clv_xl.orders import GuardLimits, ReadOptions, load_orders
from clv_xl.orders.guard import check_workbook

HEADER = ["Kundenr", "Dato", "Beløp", "Ordrenr"]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def save(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def load(connection, path, **options):
    return load_orders(connection, [path], options=ReadOptions(**options))


def message(connection, path, **options):
    with pytest.raises(InputError) as error:
        load(connection, path, **options)
    return str(error.value)


def test_typed_cells(connection, tmp_path):
    rows = [
        HEADER,
        [17850.0, dt.datetime(2024, 1, 5, 13, 30), 12.5, "0010"],  # noqa: DTZ001  (Excel has no zones)
        ["0017", dt.date(2024, 1, 6), "1 250,50", 11],
        [123456789012, "07.01.2024", 0.1 + 0.2, 12],
        ["B", 45299, "(5,25)", 13],
        [None, None, None, None],
        ["=NA()", dt.date(2024, 1, 8), 1, 14],
        ["B", "=1/0", 1, 15],
        ["B", dt.date(2024, 1, 8), True, 16],
    ]
    intake = load(connection, save(tmp_path / "orders.xlsx", Orders=rows))
    found = connection.execute(
        "SELECT customer_id, day::VARCHAR, amount, order_id FROM order_rows"
    ).fetchall()
    assert found == [
        ("17850", "2024-01-05", Decimal("12.5000"), "0010"),
        ("0017", "2024-01-06", Decimal("1250.5000"), "11"),
        ("123456789012", "2024-01-07", Decimal("0.3000"), "12"),
    ]
    aside = connection.execute("SELECT file_row, reason FROM set_aside").fetchall()
    assert aside == [(5, "refund_without_order"), (7, "missing_customer"), (8, "bad_date"), (9, "bad_amount")]
    assert (intake.files[0].kind, intake.files[0].sheet) == ("xlsx", "Orders")


def test_text_ids_far_down_are_not_lost(connection, tmp_path):
    """The trap: a reader that guesses types from the first 1,000 rows gives nulls for later text."""
    rows = [HEADER] + [[at if at < 3000 else f"X{at}", dt.date(2024, 1, 5), at, at] for at in range(1, 5001)]
    intake = load(connection, save(tmp_path / "orders.xlsx", Orders=rows))
    assert (intake.rows_of("used"), intake.amount_read) == (5000, 12_502_500)
    count = connection.execute("SELECT count(DISTINCT customer_id) FROM order_rows").fetchone()
    assert count == (5000,)


def test_number_cells_need_no_question_about_the_decimal_mark(connection, tmp_path):
    rows = [HEADER, ["A", dt.date(2024, 1, 5), 1.234, 1], ["A", dt.date(2024, 1, 5), 1234, 2]]
    assert load(connection, save(tmp_path / "a.xlsx", Orders=rows)).amount_read == Decimal("1235.234")
    rows = [HEADER, ["A", dt.date(2024, 1, 5), "1,234", 1]]
    assert "can be read in two ways" in message(connection, save(tmp_path / "b.xlsx", Orders=rows))
    rows = [HEADER, ["A", dt.date(2024, 1, 5), "1,5", 1], ["A", dt.date(2024, 1, 5), 1.234, 2]]
    assert "can be read in two ways" in message(connection, save(tmp_path / "c.xlsx", Orders=rows))


def test_the_sheet_with_the_orders_is_found_and_rows_are_those_of_excel(connection, tmp_path):
    orders = [
        [None],
        ["Report"],
        [None],
        HEADER,
        ["A", dt.date(2024, 1, 5), "x", 1],
        ["A", dt.date(2024, 1, 5), 3, 1],
    ]
    path = save(tmp_path / "orders.xlsx", Notes=[["hello"]], Data=[[None, *row] for row in orders], Empty=[])
    intake = load(connection, path)
    assert intake.files[0].sheet == "Data"
    assert connection.execute("SELECT file_row FROM set_aside").fetchall() == [(5,)]


def test_several_sheets_with_orders_are_a_question(connection, tmp_path):
    row = ["A", dt.date(2024, 1, 5), 3, 1]
    path = save(tmp_path / "orders.xlsx", Year1=[HEADER, row], Year2=[HEADER, row, row])
    assert message(connection, path) == (
        'orders.xlsx: the sheets "Year1" and "Year2" all look like orders. Say which one: --sheet "Year1".'
        ' They have the same headers; to read them all as one: --sheet "Year1" --sheet "Year2", or --sheet all.'
    )
    assert load(connection, path, sheet="Year2").rows_read == 2
    assert message(connection, path, sheet="Year3") == (
        'orders.xlsx: there is no sheet "Year3". Did you mean "Year2"? Sheets found: "Year1", "Year2".'
    )


def test_a_sheet_without_the_columns_or_rows(connection, tmp_path):
    path = save(tmp_path / "orders.xlsx", Orders=[["a", "b"], [1, 2]])
    assert message(connection, path).startswith(
        "orders.xlsx, sheet Orders: No column for customer_id, order_date and amount"
    )
    path = save(tmp_path / "orders.xlsx", Orders=[])
    assert message(connection, path) == "orders.xlsx is empty. Export the orders again, with a header row."
    path = save(tmp_path / "orders.xlsx", Orders=[HEADER])
    assert message(connection, path) == (
        "orders.xlsx, sheet Orders has a header and no rows below it. Export the orders again."
    )


def test_xlsm_and_a_wrong_ending_are_read_as_what_they_are(connection, tmp_path):
    rows = [HEADER, ["A", dt.date(2024, 1, 5), 3, 1]]
    path = save(tmp_path / "orders.xlsx", Orders=rows)
    for name in ("orders.xlsm", "orders.csv"):
        assert load(connection, path.rename(path.with_name(name))).files[0].kind == "xlsx"
        path = path.with_name(name)


def test_not_really_a_workbook(connection, tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_text("customer_id,order_date,amount\n")
    assert message(connection, path) == (
        "orders.xlsx is not an Excel workbook (.xlsx). Open it in Excel and save it as .xlsx,"
        " or give a CSV file the ending .csv."
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert message(connection, path) == (
        "orders.xlsx is a zip file but not an Excel workbook (.xlsx). Save it as .xlsx or CSV."
    )


def test_encrypted_old_and_damaged_workbooks(connection, tmp_path):
    path = tmp_path / "orders.xlsx"
    ole = bytes.fromhex("d0cf11e0a1b11ae1")
    path.write_bytes(ole + b"\x00" * 2000 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 100)
    assert message(connection, path) == (
        "orders.xlsx is protected with a password. Save a copy without the password."
    )
    path.write_bytes(ole + b"\x00" * 2000)
    assert message(connection, path).startswith("orders.xlsx cannot be read (")
    whole = save(path, Orders=[HEADER, ["A", dt.date(2024, 1, 5), 3, 1]]).read_bytes()
    damaged = "orders.xlsx is damaged: it cannot be unpacked. Open it in Excel and save it again."
    path.write_bytes(whole[: len(whole) // 2])
    assert message(connection, path) == damaged
    path.write_bytes(whole[:60] + b"\xff" * 40 + whole[100:])
    assert message(connection, path) == damaged


def repack(path, part, change):
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[part] = change(parts.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def book(tmp_path):
    return save(tmp_path / "orders.xlsx", Orders=[HEADER, ["A", dt.date(2024, 1, 5), 3, 1]])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_definition_is_refused(connection, book, encoding):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'.encode(encoding)
    assert "document type definition" in message(connection, repack(book, SHEET, lambda _: bomb))


@pytest.mark.parametrize("ref", ["XFD1048576", "ZZ1048576"])
def test_a_cell_at_the_end_of_the_sheet_is_refused_before_a_parser_sees_it(connection, book, ref):
    far = f'<row r="1048576"><c r="{ref}"><v>1</v></c></row></sheetData>'.encode()
    assert "has cells spread over 1,048,576 rows" in message(
        connection, repack(book, SHEET, lambda sheet: sheet.replace(b"</sheetData>", far))
    )


def test_a_part_that_unpacks_to_too_much_is_refused(connection, book):
    repack(book, "xl/media/x.xml", lambda _: b" " * (3 << 20))
    assert "unpacks to more than is accepted (xl/media/x.xml is over" in message(connection, book)
    assert load(connection, book, limits=GuardLimits(ratio=2000)).rows_read == 1
    assert "unpacks to more" in message(connection, book, limits=GuardLimits(ratio=2000, total_bytes=1 << 20))


def test_a_workbook_that_the_reader_cannot_follow_is_named(connection, book):
    repack(book, "xl/workbook.xml", lambda _: b"<workbook><sheets><sheet name=</workbook>")
    assert "orders.xlsx cannot be read as a workbook (" in message(connection, book)


def test_nothing_is_left_behind_after_a_question(connection, tmp_path):
    row = ["A", dt.date(2024, 1, 5), 3, 1]
    message(connection, save(tmp_path / "orders.xlsx", Year1=[HEADER, row], Year2=[HEADER, row]))
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)


def test_too_many_parts_are_refused(connection, book):
    assert "parts inside; at most 3 are accepted" in message(connection, book, limits=GuardLimits(parts=3))


def test_a_part_that_stands_in_the_zip_twice_is_refused(tmp_path):
    path = tmp_path / "orders.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        archive.writestr("xl/a.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("xl/a.xml", "<a/>")
    with pytest.raises(InputError, match=r"^orders\.xlsx is damaged: it holds a part twice\."):
        check_workbook(path)


def test_a_part_that_is_encrypted_is_refused(tmp_path):
    path = tmp_path / "orders.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory at the end of the file
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^orders\.xlsx is protected with a password\."):
        check_workbook(path)


def test_a_disk_that_cannot_be_read_is_no_damaged_workbook(tmp_path, monkeypatch):
    path = save(tmp_path / "orders.xlsx", Orders=[HEADER])

    def broken(stream):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(zipfile, "ZipFile", broken)
    with pytest.raises(OSError, match="Input/output error") as error:
        check_workbook(path)
    assert not isinstance(error.value, InputError)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("A1048577", "row 1,048,577 and column 1"),
        ("XFE1", "row 1 and column 16,385"),
        ("A1048576", None),
    ],
)
def test_a_cell_that_no_sheet_has_is_refused_in_a_part_of_any_name(book, cell, found):
    # limits that let the part through: what is looked at here is the place of the cell
    part = f'<worksheet><sheetData><row><c r="{cell}"><v>1</v></c></row></sheetData></worksheet>'.encode()
    repack(book, "xl/other.bin", lambda _: part)
    if found is None:
        assert not check_workbook(book, GuardLimits(cells=1 << 40)).harmless
        return
    with pytest.raises(InputError, match=f"xl/other.bin has a cell in {found}, which no sheet has"):
        check_workbook(book, GuardLimits(cells=1 << 40))


def test_a_filled_template_is_not_read_as_an_order_file_alone(connection):
    """Its parameters, spend and customer data would be left out without a word."""
    template = Path(__file__).parent.parent / "workbook_templates" / "clv_template.xlsm"
    with pytest.raises(
        UsageError, match=r"^clv_template\.xlsm is a filled template: .*Use clv-xl refresh clv_template"
    ):
        load_orders(connection, [template])
    with pytest.raises(InputError, match="has a header and no rows"):
        load_orders(connection, [template], options=ReadOptions(sheet="Orders"))


@pytest.mark.parametrize("change", ["a sheet before the others", "sheets left out", "another order"])
def test_a_template_is_known_whatever_became_of_its_other_sheets(connection, tmp_path, change):
    rows = {"Orders": [HEADER, ["a", dt.date(2024, 1, 5), 12.5, "1"]], "Parameters": [["Name", "Value"]]}
    sheets = {
        "a sheet before the others": {"Mine": [["x"]], **rows, "Segment map": [["R"]]},
        "sheets left out": {"Start": [["x"]], **rows},
        "another order": {"Parameters": rows["Parameters"], "Spend": [["x"]], "Orders": rows["Orders"]},
    }[change]
    path = save(tmp_path / "mine.xlsx", **sheets)
    with pytest.raises(UsageError, match=r"^mine\.xlsx is a filled template: "):
        load(connection, path)
    assert load(connection, path, sheet="Orders").rows_read == 1
    # a workbook of one's own with a sheet of that name is none
    own = save(tmp_path / "own.xlsx", **rows)
    assert load(connection, own).rows_read == 1


def test_a_sheet_of_refunds_beside_the_orders_is_not_passed_over_in_silence(connection, tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["Order", "Customer", "Date", "Amount"],
        [1, "A", "2024-01-05", 125],
        [2, "B", "2024-01-06", 250],
    ):
        book.active.append(row)
    refunds = book.create_sheet("Refunds")
    for row in (["Order", "Customer", "Refund date", "Refunded amount"], [1, "A", "2024-01-15", 50]):
        refunds.append(row)
    summary = book.create_sheet("By customer")
    for row in (["Customer", "Amount"], ["A", 125]):
        summary.append(row)
    book.save(tmp_path / "shop.xlsx")
    intake = load_orders(connection, [tmp_path / "shop.xlsx"])
    (told,) = [note.text for note in intake.warnings if note.code == "sheet_left_out"]
    assert told == (
        'shop.xlsx: the sheet "Refunds", with 1 row, may hold orders or refunds too, and is left out. To have it read,'
        " or told why not: --sheet all."
    )
    every = load_orders(connection, [tmp_path / "shop.xlsx"], options=ReadOptions(sheet=("all",)))
    assert (every.rows_of("used"), every.rows_of("refund")) == (2, 1)
    assert not [note for note in every.warnings if note.code == "sheet_left_out"]


def test_what_the_headers_say_of_vat_is_told_once_for_all_sheets(connection, tmp_path):
    book = openpyxl.Workbook()
    for title in ("January", "February"):
        sheet = book.create_sheet(title)
        for row in (["Customer", "Date", "Amount incl. VAT"], [title, "2024-01-05", 125]):
            sheet.append(row)
    book.save(tmp_path / "shop.xlsx")
    intake = load_orders(connection, [tmp_path / "shop.xlsx"], options=ReadOptions(sheet=("all",)))
    (told,) = [note.text for note in intake.warnings if note.code == "header_includes_vat"]
    assert told.startswith("shop.xlsx, sheet January, shop.xlsx, sheet February: the header")
