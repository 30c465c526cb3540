"""What shop owners' files mean: read right, asked about precisely, or told; never silent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import duckdb
import openpyxl
import pytest

from clv_xl.errors import InputError
from clv_xl.orders import Intake, OrderRules, ReadOptions, load_orders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection = duckdb.DuckDBPyConnection
START = date(2024, 1, 1)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with duckdb.connect() as made:
        made.execute("SET threads = 1")  # a few rows are not worth sharing out
        yield made


def load(
    connection: Connection,
    folder: Path,
    *texts: str,
    options: ReadOptions | None = None,
    rules: OrderRules | None = None,
) -> Intake:
    """Read each text as a file of its own: a.csv, b.csv ..."""
    paths = [folder / f"{name}.csv" for name in "abcdef"[: len(texts)]]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return load_orders(connection, paths, options=options, parameters=rules)


def told(intake: Intake, code: str) -> str:
    return " ".join(warning.text for warning in intake.warnings if warning.code == code)


def used(intake: Intake) -> Decimal:
    return sum((line.amount for line in intake.account if line.outcome == "used"), Decimal(0))


def aside(intake: Intake) -> dict[str, int]:
    return {line.reason: line.rows for line in intake.account if line.outcome == "set aside"}


# ------------------------------------------------------------------ copies that differ in capitals


BY_ADDRESS = """Order ID;Email;Date;Amount
1;anna@a.se;2025-01-02;100
1;Anna@a.se;2025-01-02;100
2;bo@a.se;2025-01-03;50
"""
BESIDE_A_NUMBER = """Order ID;Kundnr;E-post;Datum;Belopp
1;7;anna@a.se;2025-01-02;100
1;7;Anna@A.se;2025-01-02;100
2;8;bo@a.se;2025-01-03;50
"""


@pytest.mark.parametrize("text", [BY_ADDRESS, BESIDE_A_NUMBER], ids=["the customer", "beside the customer"])
@pytest.mark.long
def test_a_copy_with_other_capitals_in_its_address_is_told_as_copies_are(connection, tmp_path, text):
    intake = load(connection, tmp_path, text)
    assert told(intake, "duplicate_rows") == (
        "1 row repeats another row in every column that is read, but for capitals in the e-mail address. It counts;"
        " remove it if it is a copy."
    )


def test_lines_of_an_order_that_differ_otherwise_are_no_copies(connection, tmp_path):
    text = (
        "Order ID;Email;Date;Product;Amount\n1;anna@a.se;2025-01-02;Cap;100\n1;Anna@a.se;2025-01-02;Hat;100\n"
        "2;bo@a.se;2025-01-03;Cap;50\n"
    )
    assert not told(load(connection, tmp_path, text), "duplicate_rows")


# ------------------------------------------------------------------ rows of totals


@pytest.mark.parametrize(
    ("orders", "total"),
    [
        ("2025-01-02;anna;100", "Total;;100"),
        ("2025-01-02;anna;100", ";Totalt;100"),
        ("2025-01-02;anna;100", "2025-01-31;Summa:;100"),
        ("2025-01-02;anna;100 SEK", "Total;;100"),
        ("2025-01-02;anna;100 SEK", "Total;;100 kr"),
        ("2025-01-02;anna;100 kr\n2025-01-04;bo;100 kr", "Total;;200 SEK"),
        ("2025-01-02;anna;100\n2025-01-04;bo;100", "Total;;200 SEK"),
    ],
)
@pytest.mark.one_in(3)
def test_a_total_below_one_or_two_orders_is_a_total_in_no_currency_of_its_own(
    connection, tmp_path, orders, total
):
    intake = load(connection, tmp_path, f"date;customer;amount\n{orders}\n{total}\n")
    assert aside(intake) == {"total_row": 1}
    assert intake.rows_of("used") == orders.count("\n") + 1
    assert intake.currency == ("SEK" if "SEK" in orders else "kr" if "kr" in orders else "")


def test_a_total_is_no_row_of_the_question_which_currencies_there_are(connection, tmp_path):
    text = "date;customer;amount\n2025-01-02;anna;100 SEK\n2025-01-03;bo;50 EUR\nTotal;;150\n"
    with pytest.raises(InputError, match=r"the amounts are in EUR \(1 row\), SEK \(1 row\)\. Keep") as asked:
        load(connection, tmp_path, text)
    assert "names none" not in str(asked.value)
    intake = load(connection, tmp_path, text, rules=OrderRules(currency="SEK", rates={"EUR": 11.2}))
    assert aside(intake) == {"total_row": 1}
    assert intake.amount_read == 300


def test_a_second_order_of_a_customer_called_as_totals_are_counts(connection, tmp_path):
    text = "date;customer;amount\n2025-01-02;anna;100\n2025-01-03;Sum Ltd;100\n"
    assert not aside(load(connection, tmp_path, text))


# ------------------------------------------------------------------ totals of orders on each line

LINES = """Ordernr;Datum;Kund;Produkt;{}
1;2025-01-02;anna;Mössa;300
1;2025-01-02;anna;Vante;300
2;2025-01-03;bo;Mössa;150
"""


@pytest.mark.parametrize("header", ["Ordersumma", "Ordersumma (SEK)", "Orderbelopp inkl moms", "Order total"])
@pytest.mark.one_in(4)
def test_an_order_total_on_each_line_of_a_single_order_is_asked_about(connection, tmp_path, header):
    text = LINES.format(header)
    with pytest.raises(
        InputError, match=r"1 order of several rows has the same .* once or --order-amounts add\.$"
    ):
        load(connection, tmp_path, text)
    once, add = (
        load(connection, tmp_path, text, options=ReadOptions(order_amounts=how)) for how in ("once", "add")
    )
    assert (used(once), used(add)) == (450, 750)


def test_line_totals_that_are_equal_in_one_order_are_added_up_and_told(connection, tmp_path):
    intake = load(connection, tmp_path, LINES.format("Radsumma"))
    assert used(intake) == 750
    assert "The rows are added up" in told(intake, "same_amounts")


def test_order_totals_of_which_one_was_edited_are_asked_about(connection, tmp_path):
    text = LINES.format("Ordersumma") + "3;2025-01-04;cia;Hatt;250\n3;2025-01-04;cia;Mössa;200\n"
    with pytest.raises(InputError, match='1 of 2 orders of several rows have the same "Ordersumma"'):
        load(connection, tmp_path, text)


def test_a_few_equal_lines_below_the_header_of_a_total_are_added_up_and_told(connection, tmp_path):
    """Most orders have lines with amounts of their own, so the header is not to be believed."""
    lines = "".join(f"{at};2025-01-05;dan;A;1{at}\n{at};2025-01-05;dan;B;2{at}\n" for at in range(3, 6))
    intake = load(connection, tmp_path, LINES.format("Ordersumma") + lines)
    assert '1 order has the same "Ordersumma" on each' in told(intake, "same_amounts")


def test_an_order_total_that_quantity_and_price_add_up_to_counts_once(connection, tmp_path):
    text = """Ordernr;Datum;Kund;Produkt;Antal;Pris;Ordersumma
1;2025-01-02;anna;Mössa;1;100;300
1;2025-01-02;anna;Vante;2;100;300
2;2025-01-03;bo;Mössa;1;150;150
"""
    intake = load(connection, tmp_path, text)
    assert used(intake) == 450
    assert "It counts once" in told(intake, "totals_repeated")


# ------------------------------------------------------------------ a file's own exchange rates

RATED = """Datum;Kund;Belopp;Valuta;Kurs
2025-01-02;anna;100,00;SEK;1
2025-01-03;bo;10,00;EUR;11,2345678
2025-01-04;cia;10,00;EUR;11,5
2025-02-04;cia;-5,00;EUR;11,5
2025-02-04;eva;7;NOK;{}
"""
BY_KURS = ReadOptions(columns={"exchange_rate": "Kurs"})


def test_the_question_on_currencies_names_the_rates_that_the_file_has(connection, tmp_path):
    with pytest.raises(InputError, match=r'Or, if "Kurs" holds .* --column exchange_rate="Kurs" with --set'):
        load(connection, tmp_path, RATED.format("0,98"))


@pytest.mark.parametrize("vat", [0, 0.25])
def test_amounts_are_multiplied_by_the_rate_of_their_row(connection, tmp_path, vat):
    rules = OrderRules(amounts_include_vat=bool(vat), vat_rate=vat)
    intake = load(connection, tmp_path, RATED.format("0,98"), options=BY_KURS, rules=rules)
    assert intake.currency == "SEK"
    parts = [Decimal(text) for text in ("100", "112.345678", "115", "-57.5", "6.86")]
    expected = [(part / (1 + Decimal(str(vat)))).quantize(Decimal("0.0001"), ROUND_HALF_UP) for part in parts]
    rows = connection.execute("SELECT amount FROM order_rows ORDER BY row_number").fetchall()
    assert [amount for (amount,) in rows] == expected
    assert 'a.csv: the amounts of 4 rows were multiplied by their "Kurs"' in told(intake, "rates_of_rows")
    assert "EUR 11.2345678 - 11.5, NOK 0.98." in told(intake, "rates_of_rows")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (RATED.format(""), r"No rate for NOK\."),
        (
            RATED.format("").replace("NOK", "EUR"),
            r'row 6: "Kurs" holds no rate, but the row is in EUR; 1 such row',
        ),
        (
            RATED.format("98"),
            r"one NOK is 98 SEK, where about 0.98 is expected. They look like what 100 NOK are",
        ),
        (RATED.format("1,02").replace("11,", "0,0"), r"one EUR is 0.0\d+ SEK.*write 1 / rate"),
        (RATED.format("0,98").replace("SEK;1", "SEK;11,2"), r'row 2: "Kurs" is not 1, but the row is in SEK'),
    ],
    ids=["none", "some", "of 100", "the other way round", "the report's own"],
)
@pytest.mark.one_in(3)
def test_rates_that_cannot_be_true_are_refused(connection, tmp_path, text, asked):
    with pytest.raises(InputError, match=asked):
        load(connection, tmp_path, text, options=BY_KURS, rules=OrderRules(currency="SEK"))


def test_rates_are_held_against_an_amount_that_is_converted_already(connection, tmp_path):
    text = """Datum;Kund;Belopp;Valuta;Kurs;Belopp SEK
2025-01-02;anna;100,00;SEK;1;100,00
2025-01-03;bo;10,00;EUR;11,2;{}
"""
    named = {"exchange_rate": "Kurs", "amount": "Belopp", "currency": "Valuta"}
    options, rules = ReadOptions(columns=named), OrderRules(currency="SEK")
    intake = load(connection, tmp_path, text.format("112,00"), options=options, rules=rules)
    assert sum(line.counted_amount for line in intake.account) == 212
    with pytest.raises(
        InputError, match=r'does not give "Belopp SEK" in 1 of 1 rows, first in row 3: 112.00, where'
    ):
        load(connection, tmp_path, text.format("122,00"), options=options, rules=rules)


def test_a_refunded_column_is_converted_by_the_rate_of_its_row(connection, tmp_path):
    text = """Order;Datum;Kund;Belopp;Valuta;Kurs;Refunded
1;2025-01-02;anna;100;SEK;1;
2;2025-01-03;bo;10;EUR;11,5;4
"""
    load(connection, tmp_path, text, options=BY_KURS, rules=OrderRules(currency="SEK"))
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchone() == (Decimal("169.0000"),)


# ------------------------------------------------------------------ refunds of the amount of two sales

SALES = """Order;Datum;Kund;Belopp;Status
1;2025-01-02;anna;100;{}
2;2025-01-02;anna;100;{}
{};2025-01-05;anna;-100;completed
"""


def test_a_refund_that_names_its_order_undoes_that_one_of_two_alike(connection, tmp_path):
    intake = load(connection, tmp_path, SALES.format("refunded", "completed", 2))
    assert aside(intake) == {"refunded_by_status": 1}
    assert used(intake) == 100
    assert not told(intake, "refund_of_either")


def test_a_refund_that_may_be_of_either_of_two_sales_is_told(connection, tmp_path):
    intake = load(connection, tmp_path, SALES.format("refunded", "completed", 9))
    assert not aside(intake)
    assert told(intake, "refund_of_either").startswith(
        "1 refund, 100.00, may be of either of two sales of the same customer, day and amount (customer"
        ' "anna": 100.00 on 2025-01-02). It is taken for that of the sale whose status says refunded.'
    )
    both = load(connection, tmp_path, SALES.format("refunded", "refunded", 9))
    assert not told(both, "refund_of_either")


def test_the_refund_of_an_order_that_does_not_count_brings_no_other_back(connection, tmp_path):
    text = SALES.format("refunded", "completed", 2).replace("2;2025-01-02", "2;never")
    intake = load(connection, tmp_path, text + "3;2025-01-05;bo;100;completed\n")
    assert aside(intake) == {"refunded_by_status": 1, "bad_date": 1, "refund_without_order": 1}


# ------------------------------------------------------------------ further exports that are recognised

SQUARESPACE = """Order ID,Email,Financial Status,Paid at,Currency,Subtotal,Taxes,Amount Refunded,Total,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Cancelled at,Channel Type
00001,anna@a.se,PAID,2025-01-03 10:00:00 +0100,SEK,300.00,60.00,0.00,349.00,2025-01-02 09:59:00 +0100,1,Cap,100.00,,web
00001,,,,,,,,,,2,Hat,100.00,,
00002,bo@a.se,PARTIALLY REFUNDED,2025-01-05 10:00:00 +0100,SEK,100.00,20.00,49.00,149.00,2025-01-04 09:59:00 +0100,\
1,Cap,100.00,,web
"""
WIX = """Order number,Date created,Contact email,Item,Qty,Payment status,Total,Currency,Refunded amount,Net amount
10001,"Jan 2, 2025",anna@a.se,Cap,1,Paid,349.00,SEK,0.00,349.00
10001,"Jan 2, 2025",anna@a.se,Hat,2,Paid,{},SEK,0.00,349.00
10002,"Jan 4, 2025",bo@a.se,Cap,1,Partially Refunded,149.00,SEK,49.00,100.00
"""


@pytest.mark.parametrize(
    ("text", "name"),
    [(SQUARESPACE, "squarespace"), (WIX.format("349.00"), "wix"), (WIX.format(""), "wix")],
    ids=["squarespace", "wix, on each row", "wix, on the first row"],
)
@pytest.mark.long
def test_exports_with_rows_of_products_count_each_order_once(connection, tmp_path, text, name):
    intake = load(connection, tmp_path, text)
    assert intake.files[0].read_as.name == name
    assert [
        str(day) for (day,) in connection.execute("SELECT DISTINCT day FROM order_rows ORDER BY 1").fetchall()
    ] == [
        "2025-01-02",
        "2025-01-04",
    ]
    assert connection.execute("SELECT sum(amount), count(DISTINCT order_id) FROM order_rows").fetchone() == (
        449,
        2,
    )
    assert not [warning.text for warning in intake.warnings if warning.code != "format_note"]


def test_the_few_columns_of_a_wix_list_are_enough(connection, tmp_path):
    text = "Date created,Contact email,Total,Net amount\n2025-01-02,ann@shop.se,100,90\n2025-02-02,bo@shop.se,50,40\n"
    intake = load(connection, tmp_path, text)
    assert (intake.files[0].read_as.name, used(intake)) == ("wix", 150)
    assert "Net amount is not used" in told(intake, "format_note")


@pytest.mark.parametrize("header", ["Event Time", "Laskun päivä", "Date created", "Created on"])
def test_further_words_for_the_date_are_known(connection, tmp_path, header):
    text = f"Asiakas;{header};Laskun summa\nA;2025-01-02;10\nB;2025-02-02;20\n"
    assert load(connection, tmp_path, text).columns["order_date"] == header


# ------------------------------------------------------------------ all sheets of a workbook


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


HEADER: list[object] = ["Kund", "Datum", "Belopp"]
MONTHS: dict[str, list[list[object]]] = {
    "Notes": [["Read me"], ["Orders by month"]],
    "January": [HEADER, ["anna", "2025-01-02", 100], ["bo", "2025-01-03", 50]],
    "February": [HEADER, ["anna", "2025-02-02", 30]],
    "March": [HEADER],
    "Prices": [["Produkt", "Pris"], ["Cap", 100]],
}


def test_all_sheets_with_orders_are_read_as_one_and_the_others_are_told(connection, tmp_path):
    path = workbook(tmp_path / "shop.xlsx", **MONTHS)
    with pytest.raises(InputError, match='"January" and "February"'):
        load_orders(connection, [path])
    intake = load_orders(connection, [path], options=ReadOptions(sheet="all"))
    assert (intake.rows_of("used"), used(intake)) == (3, 180)
    assert [file.name for file in intake.files] == ["shop.xlsx, sheet January", "shop.xlsx, sheet February"]
    note = told(intake, "sheets_read")
    assert note.startswith(
        "shop.xlsx: 2 sheets are read as orders: January, February. Passed over: Notes (No column for"
    )
    assert "March (a header and no rows below it)" in note
    assert "Prices (No column for" in note


def test_a_sheet_with_a_question_is_asked_about_and_not_passed_over(connection, tmp_path):
    later = [HEADER, ["anna", "04/07/2025", 100], ["bo", "05/07/2025", 50]]
    path = workbook(tmp_path / "shop.xlsx", January=MONTHS["January"], July=later)
    with pytest.raises(InputError, match=r"shop\.xlsx, sheet July: .*04/07/2025"):
        load_orders(connection, [path], options=ReadOptions(sheet="all"))


def test_all_is_no_sheet_of_a_workbook_without_orders_but_may_be_one_s_name(connection, tmp_path):
    path = workbook(tmp_path / "notes.xlsx", Notes=MONTHS["Notes"], Prices=MONTHS["Prices"])
    with pytest.raises(InputError, match=r"none of its sheets holds orders: Notes \(No column"):
        load_orders(connection, [path], options=ReadOptions(sheet="all"))
    path = workbook(tmp_path / "named.xlsx", January=MONTHS["January"], all=MONTHS["February"])
    assert used(load_orders(connection, [path], options=ReadOptions(sheet="all"))) == 30


# ------------------------------------------------------------------ refunds in part, without a minus


def test_a_later_row_that_is_refunded_by_its_status_is_a_refund_in_part(connection, tmp_path):
    text = """Order;Datum;Kund;Produkt;Belopp;Status
1;2025-01-02;anna;Cap;100;completed
1;2025-01-10;anna;{};30;refunded
2;2025-01-11;bo;Hat;30;completed
"""
    intake = load(connection, tmp_path, text.format(""))
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchone() == (100,)
    assert told(intake, "refunded_in_part_later").startswith(
        "1 row, 30.00, is refunded by its status on a later day than its order and is less than it"
        ' ("1": 30.00 of 100.00). It is taken off as a refund in part.'
    )
    intake = load(connection, tmp_path, text.format("Hat"))  # a line that was sent later, and came back whole
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchone() == (130,)
    assert aside(intake) == {"refunded_by_status": 1}
    intake = load(connection, tmp_path, text.format("Cap").replace("2025-01-10", "2025-01-02"))
    assert aside(intake) == {"refunded_by_status": 1}


# ------------------------------------------------------------------ exports that overlap on moved days


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("overlap", [8, 30])
@pytest.mark.one_in(3)
def test_rows_of_few_customers_a_day_apart_in_two_exports_are_told(connection, tmp_path, step, overlap):
    """Three customers and two prices: no row alone tells that one file is of another time zone."""
    rows = [(f"c{at % 3}", START + timedelta(days=at), 10 * (1 + at % 2)) for at in range(30)]
    moved = [(customer, day + timedelta(days=step), amount) for customer, day, amount in rows[-overlap:]]
    texts = [
        "\n".join(["Kund;Datum;Belopp", *(";".join(map(str, row)) for row in part), ""])
        for part in (rows[: 30 if overlap == 30 else 28], moved)
    ]
    intake = load(connection, tmp_path, *texts, rules=OrderRules(as_of=date(2027, 1, 1)))
    assert not aside(intake)
    text = told(intake, "rows_of_other_days")
    assert "rows have the same customer and amount in both on days near to each other" in text
    assert "They count twice" in text


def test_a_customer_who_buys_the_same_every_day_is_not_told_as_moved(connection, tmp_path):
    """One till has him on even days, the other on odd ones, or both have other customers."""
    every = [f"c;{START + timedelta(days=at)};10" for at in range(30)]
    parts = ["\n".join(["Kund;Datum;Belopp", *rows, ""]) for rows in (every[:20], every[21:] + every[:1])]
    intake = load(connection, tmp_path, *parts, rules=OrderRules(as_of=date(2027, 1, 1)))
    assert not told(intake, "rows_of_other_days")
