"""Files that cannot be read, and columns that are not clear: what the user is told."""

from __future__ import annotations

import zipfile
from datetime import date

import duckdb
import openpyxl
import pytest

from clv_xl.errors import InputError, UsageError
from clv_xl.orders import CANONICAL, ReadOptions, load_orders
from clv_xl.orders.columns import resolve
from clv_xl.orders.columns_seen import look_at
from clv_xl.orders.kinds.given import StandardInput


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def message(connection, path, **options):
    with pytest.raises(InputError) as error:
        load_orders(connection, [path], options=ReadOptions(**options))
    assert error.value.exit_code == 3
    return str(error.value)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_missing_file_and_folder(connection, tmp_path):
    path = tmp_path / "nothing.csv"
    assert message(connection, path) == f"{path} does not exist. Check the name and the folder."
    assert message(connection, tmp_path) == (
        f"{tmp_path} holds no file of orders. Passed over: nothing, it is empty. Name the order file itself to see what"
        " is wrong with it."
    )
    with pytest.raises(UsageError, match=r"^No order file was named\."):
        load_orders(connection, [])


@pytest.mark.parametrize("text", ["", "\n\n  \n", "\ufeff"])
def test_empty_file(connection, tmp_path, text):
    path = write(tmp_path / "orders.csv", text)
    assert message(connection, path) == "orders.csv is empty. Export the orders again, with a header row."


def test_header_only(connection, tmp_path):
    path = write(tmp_path / "orders.csv", "customer_id,order_date,amount\n\n,,\n")
    assert message(connection, path) == (
        "orders.csv has a header and no rows below it. Export the orders again."
    )


def test_no_recognisable_columns(connection, tmp_path):
    path = write(tmp_path / "orders.csv", "a;b;c\n1;2;3\n")
    assert message(connection, path) == (
        'orders.csv: No column for customer_id, order_date and amount. Columns found: "a", "b", "c".'
        ' Rename these columns, or say which they are: --column customer_id="the header in your file".'
        " If the header stands below row 20, delete rows above it."
    )


def test_a_year_for_a_header_is_no_missing_header(connection, tmp_path):
    path = write(tmp_path / "orders.csv", "Kundnr;2023;2024\n1;3;3\n")
    assert message(connection, path).startswith(
        'orders.csv: No column for order_date and amount. Columns found: "Kundnr", "2023", "2024".'
    )
    path = write(tmp_path / "orders.csv", "ann@example.com\t2024-01-05\t7\n")
    assert message(connection, path) == (
        'orders.csv: the file seems to have no header row: its first row is "ann@example.com", "2024-01-05", "7". Put'
        " a row with the names of the columns above it, such as customer_id, order_date and amount."
    )


def test_one_missing_column_with_a_guess(connection, tmp_path):
    path = write(tmp_path / "orders.csv", "Kundenr;Dato;Pris;Ordrebeløb1\n1;2024-01-05;3;3\n")
    assert message(connection, path) == (
        'orders.csv: No column for amount. Is it "Ordrebeløb1"? Columns found: "Kundenr", "Dato", "Pris",'
        ' "Ordrebeløb1". Rename the column, or say which one it is: --column amount="Ordrebeløb1".'
    )
    load_orders(connection, [path], options=ReadOptions(columns={"amount": "pris"}))
    assert message(connection, path, columns={"amount": "Priss"}) == (
        'orders.csv: There is no column "Priss". Did you mean "Pris"?'
        ' Columns found: "Kundenr", "Dato", "Pris", "Ordrebeløb1".'
    )


def test_two_columns_that_fit_equally(connection, tmp_path):
    path = write(tmp_path / "orders.csv", "Kundenr;Dato;Netto;Total\n1;2024-01-05;3;4\n")
    assert message(connection, path) == (
        'orders.csv: The columns "Netto" and "Total" could both be amount.'
        ' Say which one it is: --column amount="Netto".'
    )
    intake = load_orders(connection, [path], options=ReadOptions(columns={"amount": "Total"}))
    assert intake.amount_read == 4
    assert intake.unused_columns == ("Netto",)


def test_duplicate_header_names(connection, tmp_path):
    path = write(tmp_path / "orders.csv", "customer_id,order_date,amount,amount\n1,2024-01-05,3,4\n")
    assert message(connection, path) == (
        'orders.csv: The header "amount" stands 2 times. Give each column a name of its own.'
    )
    path = write(tmp_path / "orders.csv", "customer_id,order_date,amount,note,note\n1,2024-01-05,3,a,b\n")
    assert load_orders(connection, [path]).unused_columns == ("note",)


def test_text_in_all_amounts(connection, tmp_path):
    path = write(
        tmp_path / "orders.csv", "customer_id,order_date,amount\n1,2024-01-05,much\n2,2024-01-05,more\n,,5\n"
    )
    assert message(connection, path) == (
        "orders.csv: none of the 3 rows is a usable order (1 row: no customer; 2 rows: the amount is not a number)."
        ' Row 2: customer "1", date "2024-01-05", amount "much": the amount is not a number.'
        ' They were read from the columns "customer_id", "order_date" and "amount".'
        " Check that the right columns are read (--column), and their form (--date-format, --decimal)."
    )


def test_only_refunds(connection, tmp_path):
    path = write(tmp_path / "orders.csv", "customer_id,order_date,amount\n1,2024-01-05,-5\n")
    assert "the only row is not a usable order" in message(connection, path)


def test_what_is_not_a_table(connection, tmp_path):
    assert message(connection, write(tmp_path / "a.csv", "<html><table>")) == (
        "a.csv is a web page or XML, not a table. Save it as CSV or .xlsx."
    )
    assert message(connection, write(tmp_path / "a.parquet", "a,b")) == (
        "a.parquet is no .parquet file, whatever its name says. Export the orders again, or give a text file the"
        " ending .csv."
    )
    assert message(connection, write(tmp_path / "a.pdf", "%PDF")) == (
        "a.pdf: .pdf files are not read. Export the orders as .xlsx or CSV from the program that holds them."
    )


@pytest.mark.parametrize(
    ("part", "program"), [("word/document.xml", "Word"), ("ppt/presentation.xml", "PowerPoint")]
)
def test_a_document_of_another_program_is_named_as_such(connection, tmp_path, part, program):
    path = tmp_path / "orders.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<document/>")
    assert message(connection, path) == (
        f"orders.docx is a document of {program}, not a table. Export the orders as .xlsx or CSV from the program that"
        " holds them."
    )


@pytest.mark.parametrize(
    "headers",
    [
        ["Kundnr", "Orderdatum", "Belopp"],
        ["KUND-ID", "Köpdatum", "Summa"],
        ["Kundenr.", "Fakturadato", "Beløp"],
        ["Kundenummer", "Ordredato", "Nettobeløp"],
        ["Kunde nr", "Købsdato", "Beløb"],
        ["Customer ID", "InvoiceDate", "Order Total"],
        ["E-post", "Datum", "Totalt"],
        ["email", "date", "revenue"],
        ["\ufeffcustomer_id", " order date ", "Amount"],
    ],
)
def test_headers_in_four_languages(headers):
    assert resolve([header.strip("\ufeff") for header in headers], {}).positions == {
        "customer_id": 0,
        "order_date": 1,
        "amount": 2,
    }


def test_the_better_column_wins_without_a_question():
    headers = [
        "Ordrenr",
        "Fakturanr",
        "Ordredato",
        "Fakturadato",
        "E-post",
        "Kundenr",
        "Beløp",
        "Antall",
        "Pris",
    ]
    found = resolve(headers, {})
    assert found.problem == ""
    assert {name: headers[at] for name, at in found.positions.items()} == {
        "customer_id": "Kundenr",
        "order_date": "Ordredato",
        "amount": "Beløp",
        "order_id": "Ordrenr",
        "quantity": "Antall",
    }
    assert found.unused == ("Fakturanr", "Fakturadato", "Pris")


@pytest.mark.parametrize("price", ["Price", "Unit price", "Pris", "Pris eks. mva", "Styckpris", "Enhetspris"])
def test_a_unit_price_is_not_an_amount(price):
    assert "amount" not in resolve(["Kundenr", "Dato", price], {}).positions


def test_a_column_can_be_left_out():
    assert "status" not in resolve(["Kundenr", "Dato", "Sum", "Status"], {"status": ""}).positions


def test_every_canonical_name_is_its_own_synonym():
    assert tuple(resolve(list(CANONICAL), {}).positions) == CANONICAL
    assert resolve(list(CANONICAL), {}).problem == ""


SHEETS = ("Jan", "Feb", "Mar")


def months(folder, february):
    """Save a workbook of three sheets, of which the second is given, beside a file of text."""
    header = ["customer", "order id", "date", "amount"]
    book = openpyxl.Workbook()
    book.remove(book.active)
    rows = {
        "Jan": [header, ["A", 1, date(2024, 1, 1), 10]],
        "Feb": february,
        "Mar": [header, ["B", 2, date(2024, 3, 31), 20]],
    }
    for title, lines in rows.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(folder / "w.xlsx")
    write(folder / "x.csv", "customer,order id,date,amount\nZ,9,2024-03-01,80\n")
    return header


def total(connection):
    ((found,),) = connection.execute("SELECT sum(amount) FROM order_rows").fetchall()
    return found


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.one_in(2)
def test_a_sheet_that_cannot_be_read_is_left_out_alone(connection, tmp_path, packed):
    months(tmp_path, [["customer", "order id", "date", "amount"]])
    book = tmp_path / "w.xlsx"
    if packed:
        book = tmp_path / "w.zip"
        with zipfile.ZipFile(book, "w") as archive:
            archive.write(tmp_path / "w.xlsx", "w.xlsx")
    options = ReadOptions(sheet=SHEETS, skip_unreadable=True)
    intake = load_orders(connection, [book, tmp_path / "x.csv"], options=options)
    assert total(connection) == 110
    (note,) = [warning.text for warning in intake.warnings if warning.code == "file_not_read"]
    assert note.startswith(
        f"Not read, and in no figure: {book.name}, sheet Feb has a header and no rows below it."
    )
    seen = look_at(connection, [book, tmp_path / "x.csv"], options)
    assert [file.file.name for file in seen] == [
        f"{book.name}, sheet Jan",
        f"{book.name}, sheet Mar",
        "x.csv",
    ]
    with pytest.raises(InputError, match=r"sheet Feb has a header.*pass --skip-unreadable"):
        load_orders(connection, [book], options=ReadOptions(sheet=SHEETS))


def test_a_sheet_in_standard_input_is_left_out_alone(connection, tmp_path):
    months(tmp_path, [["customer", "order id", "date", "amount"]])
    with (tmp_path / "w.xlsx").open("rb") as stream:
        options = ReadOptions(sheet=SHEETS, skip_unreadable=True)
        intake = load_orders(connection, [StandardInput(stream)], options=options)
    assert total(connection) == 30
    assert [file.sheet for file in intake.files] == ["Jan", "Mar"]


def test_a_sheet_that_holds_no_orders_is_passed_over_in_a_folder(connection, tmp_path):
    months(tmp_path, [["x", "y"], [1, 2]])
    intake = load_orders(connection, [tmp_path], options=ReadOptions(sheet=SHEETS))
    assert total(connection) == 110
    (note,) = [warning.text for warning in intake.warnings if warning.code == "folder_read"]
    assert "2 files read: w.xlsx, x.csv. Passed over: w.xlsx, sheet Feb (No column for" in note
    assert len(look_at(connection, [tmp_path], ReadOptions(sheet=SHEETS))) == 3


def test_a_workbook_after_one_that_cannot_be_read_is_read(connection, tmp_path):
    months(tmp_path, [["customer", "order id", "date", "amount"]])
    (tmp_path / "w.xlsx").rename(tmp_path / "a.xlsx")
    months(tmp_path, [["customer", "order id", "date", "amount"]])
    for sheets, wrong in (
        (("Feb", "Jan"), "sheet Feb has a header"),
        (("Jan", "Feb", "Mar"), "sheet Feb has"),
    ):
        with pytest.raises(InputError, match=wrong):
            load_orders(
                connection, [tmp_path / "a.xlsx", tmp_path / "w.xlsx"], options=ReadOptions(sheet=sheets)
            )


def test_what_is_wrong_with_a_whole_file_is_said_once_whatever_the_sheets(connection, tmp_path):
    bad, broken = (
        write(tmp_path / "bad.csv", "x;y\n1;2\n"),
        write(tmp_path / "broken.xlsx", "PK\x03\x04 no zip"),
    )
    for path in (bad, broken):
        text = message(connection, path, sheet=SHEETS)
        assert text.count(path.name) == 1, text


def test_an_option_that_one_file_does_not_fit_leaves_out_that_file(connection, tmp_path):
    good = write(tmp_path / "a.csv", "customer,date,total,moms\nA,2024-01-31,125,25\n")
    other = write(tmp_path / "b.csv", "customer,date,amount\nB,2024-01-31,50\n")
    options = ReadOptions(without=("tax",), skip_unreadable=True)
    for paths in ([good, other], [other, good]):
        intake = load_orders(connection, paths, options=options)
        assert total(connection) == 100
        (note,) = [warning.text for warning in intake.warnings if warning.code == "file_not_read"]
        assert note.startswith("Not read, and in no figure: b.csv: --without tax: no column is known")
    with pytest.raises(UsageError, match=r"^b.csv: --without tax"):
        load_orders(connection, [other], options=options)
    assert [file.file.name for file in look_at(connection, [good, other], options)] == ["a.csv"]


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir,\n\nHere are the orders that you asked for.\nKind regards\nAnn\n",
        "Notes, 3 March\n\nHere are the orders that you asked for.\nThe next meeting is on Monday, at ten.\n",
        "Hi\nHere are the orders that you asked for.\n",
    ],
)
def test_running_text_is_named_as_such(connection, tmp_path, text):
    assert message(connection, write(tmp_path / "letter.txt", text)) == (
        'letter.txt: this is text without columns, such as "Here are the orders that you asked for.". Export the orders'
        " as CSV or .xlsx from the program that holds them. If a character does part columns in it, name that one:"
        " --delimiter CHARACTER."
    )


@pytest.mark.parametrize(
    "text",
    [
        "Hvem;Naar;Kr\nann;i dag;5\n",
        "Hvem,Naar\nann,i dag\n",
        "Rapport\nHvem;Naar;Kr\nann;i dag;5\n",
        "Rapport\nfor\nmars\n\nHvem\tNaar\tKr\nann\ti dag\t5\n",
    ],
)
def test_a_table_whose_headers_are_not_known_is_asked_about_its_columns(connection, tmp_path, text):
    assert "No column for customer_id" in message(connection, write(tmp_path / "a.csv", text))


def test_the_way_out_of_running_text_ends_in_a_reading(connection, tmp_path):
    path = write(tmp_path / "a.txt", "Kund~Datum~Belopp\nAnn~2024-01-31~5\n")
    assert "name that one: --delimiter CHARACTER" in message(connection, path)
    intake = load_orders(connection, [path], options=ReadOptions(delimiter="~"))
    assert intake.rows_of("used") == 1


@pytest.mark.parametrize("name", ["orders.csv", "orders", "orders.xlsx"])
def test_a_pdf_is_named_as_such_whatever_it_is_called(connection, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"\x00\x01" * 200)
    assert message(connection, path) == (
        f"{name} is a PDF document, not a table. Export the orders as .xlsx or CSV from the program that holds them."
    )


def test_rtf_and_json_are_named_as_such(connection, tmp_path):
    assert "is a document of a word processor (RTF)" in message(
        connection, write(tmp_path / "a.txt", "{\\rtf1\\ansi Orders}")
    )
    assert message(connection, write(tmp_path / "a.csv", '[{"order": 1}]')) == (
        "a.csv is JSON, not a table. Export the orders as CSV or .xlsx instead."
    )
