"""Files that cannot be read, and columns that are not clear: what the user is told."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.errors import InputError, UsageError
from clv_xl.orders import CANONICAL, ReadOptions, load_orders
from clv_xl.orders.columns import resolve


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
        "a.pdf: .pdf files are not read. Save the orders as .xlsx or CSV."
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
