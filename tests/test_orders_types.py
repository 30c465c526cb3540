"""Columns that tell credit notes, returns, totals and cancellations apart from sales."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from clv_xl.orders import OrderRules, ReadOptions, load_orders
from clv_xl.orders.columns import resolve


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, **options):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    # later than every row, so that refunds keep their own day
    rules = OrderRules(as_of=date(2027, 1, 1))
    return load_orders(connection, [path], options=ReadOptions(**options), parameters=rules)


def lines(intake):
    return [(line.outcome, line.reason, line.rows, float(line.amount)) for line in intake.account]


def codes(intake):
    return [warning.code for warning in intake.warnings]


def invoices(header, special, plain):
    return (
        f"Fakturanr;Kundnr;Fakturadatum;Belopp;{header}\n"
        f"1;a;2024-01-05;100;{plain}\n2;a;2024-01-06;50;{plain}\n3;a;2024-02-01;30;{special}\n"
    )


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("header", "credit", "sale"),
    [
        ("Typ", "Kreditfaktura", "Faktura"),
        ("Fakturatyp", "Kredit", "Debet"),
        ("Type", "Kreditnota", "Faktura"),
        ("Document type", "Credit Memo", "Invoice"),
        ("Bilagstype", "Kreditnota", "Faktura"),
        ("Dokumenttyp", "Kreditnote", "Kontantfaktura"),
        ("Kreditfaktura", "Ja", "Nej"),
        ("Kredit", "Ja", "Nej"),
    ],
)
def test_a_credit_note_by_its_type_is_taken_off(connection, tmp_path, header, credit, sale):
    for text in (invoices(header, credit, sale), invoices(header, credit, sale).replace(";30;", ";-30;")):
        intake = load(connection, tmp_path, text)
        assert lines(intake) == [("used", "", 2, 150), ("refund", "", 1, -30)]
        assert codes(intake) == ["credit_notes_by_type"]
        assert header not in intake.unused_columns


@pytest.mark.parametrize(("header", "yes"), [("Retur", "Ja"), ("Återbetald", "Ja"), ("Returned", "yes")])
def test_an_order_that_came_back_is_no_sale(connection, tmp_path, header, yes):
    intake = load(connection, tmp_path, invoices(header, yes, ""))
    assert lines(intake) == [("used", "", 2, 150), ("set aside", "refunded_by_status", 1, 30)]


def test_a_type_that_tells_no_credit_notes_is_left_alone(connection, tmp_path):
    intake = load(connection, tmp_path, invoices("Typ", "B2C", "B2B"))
    assert lines(intake) == [("used", "", 3, 180)]
    assert intake.unused_columns == ("Typ",)
    assert codes(intake) == []


def test_credit_beside_ways_of_paying_is_no_credit_note(connection, tmp_path):
    intake = load(connection, tmp_path, invoices("Type", "Credit", "Card"))
    assert lines(intake) == [("used", "", 3, 180)]
    (note,) = intake.warnings
    assert note.code == "unclear_flag"
    assert '"Type": the column is not read as a kind of invoice: 1 row says "Credit"' in note.text


def test_credit_as_a_status_is_known(connection, tmp_path):
    intake = load(connection, tmp_path, invoices("Status", "Kredit", "Debet"))
    assert lines(intake) == [("used", "", 2, 150), ("refund", "", 1, -30)]
    assert codes(intake) == ["credit_notes_by_status"]


@pytest.mark.parametrize(
    "header",
    [
        "Annullert dato", "Annulleret dato", "Kancelleret", "Kanselleringsdato", "Makulerad den", "Makuleringsdag",
        "Order makulerad", "Är avbokad", "Voided date", "Date canceled", "Afbestilt", "Avbeställd datum",
    ],
)  # fmt: skip
def test_cancelled_columns_by_their_stem(header):
    assert resolve(["Kundnr", "Datum", "Belopp", header], {}).extra["cancelled"] == (3,)


@pytest.mark.parametrize(
    "header",
    ["Cancellation reason", "Makulerad av", "Annullert beløp", "Cancelled items", "Kansellert av kunde"],
)
def test_what_only_tells_of_a_cancellation_is_no_such_column(header):
    assert "cancelled" not in resolve(["Kundnr", "Datum", "Belopp", header], {}).extra


def test_no_column_is_suggested_that_is_something_else_already():
    names = ["Ordernummer", "Datum", "Kontakt", "Belopp"]
    problem = resolve(names, {}).problem
    assert problem.startswith("No column for customer_id. Columns found:")
    assert '--column customer_id="the header in your file"' in problem


def test_customers_who_each_order_once_may_be_order_numbers(connection, tmp_path):
    rows = [f"{number + 1};2024-01-{number % 28 + 1:02d};10" for number in range(30)]
    told = codes(load(connection, tmp_path, "Kundnr;Datum;Belopp\n" + "\n".join(rows)))
    assert told == ["one_order_each"]
    for fewer in (rows[:29], [*rows, rows[0].replace(";10", ";11")]):
        assert codes(load(connection, tmp_path, "Kundnr;Datum;Belopp\n" + "\n".join(fewer))) == []


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "header",
    [
        "Returbelopp", "Kreditbelopp", "Återbetalning belopp", "Total återbetalning", "Returns", "Återköp",
        "Returbeløp", "Kreditbeløb",
    ],
)  # fmt: skip
def test_refund_columns_by_more_names(connection, tmp_path, header):
    intake = load(connection, tmp_path, invoices(header, "10", "0"))
    assert intake.columns["refunded"] == header
    assert sum(line.counted_amount for line in intake.account) == 170


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("Krediterat hittills", "refunds"),
        ("Refund of goods", "refunds"),
        ("Annulleringskod", "cancellations"),
    ],
)
def test_unused_columns_that_look_telling_are_told(connection, tmp_path, header, what):
    intake = load(connection, tmp_path, invoices(header, "1", ""))
    text = f'the column "{header}" is not used, but looks like {what}.'
    assert [text in warning.text for warning in intake.warnings] == [True] * bool(what)


@pytest.mark.parametrize("header", ["Kreditkort", "Cancellation reason", "Kreditdagar"])
def test_unused_columns_that_tell_nothing_are_not(connection, tmp_path, header):
    assert codes(load(connection, tmp_path, invoices(header, "1", ""))) == []


ORDERS = [("a", "2024-01-05", 100), ("a", "2024-02-06", 50), ("b", "2024-02-10", 30)]


def rows_of(*rows):
    return "Kund;Datum;Belopp;Text\n" + "\n".join(";".join(map(str, (*row, "x")[:4])) for row in rows)


@pytest.mark.parametrize("word", ["Totalt", "Summa 2024", "Sum", "Subtotal", "I alt", "Yhteensä", "Gesamt"])
@pytest.mark.one_in(4)
def test_a_total_with_a_date_is_no_order(connection, tmp_path, word):
    intake = load(connection, tmp_path, rows_of(*ORDERS, (word, "2024-02-10", 180)))
    assert lines(intake) == [("used", "", 3, 180), ("set aside", "total_row", 1, 180)]


def test_totals_of_each_customer_and_of_all(connection, tmp_path):
    rows = [
        *ORDERS[:2], ("a", "2024-02-06", 150, "Summa kund"), ORDERS[2], ("b", "2024-02-10", 30, "Summa kund"),
        ("alla", "2024-02-10", 180, "Totalsumma"),
    ]  # fmt: skip
    intake = load(connection, tmp_path, rows_of(*rows))
    assert lines(intake) == [("used", "", 3, 180), ("set aside", "total_row", 3, 360)]


def test_what_is_called_total_and_is_no_sum_is_an_order(connection, tmp_path):
    rows = [
        ("a", "2024-01-05", 100),
        ("a", "2024-02-06", 100, "Total Repair"),
        ("b", "2024-02-10", 100, "Total Repair"),
    ]
    for text in (rows_of(*rows), rows_of(*ORDERS, ("Summa Design AB", "2024-02-10", 179))):
        assert [line.outcome for line in load(connection, tmp_path, text).account] == ["used"]
