"""Everyday spellings of headers, dates, amounts and statuses in Nordic shops."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.columns import resolve
from clv_xl.orders.status_words import meaning_of
from clv_xl.orders.told import in_words


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, **options):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(**options))


def rows(connection, what):
    return [
        found
        for (found,) in connection.execute(f"SELECT {what} FROM order_rows ORDER BY row_number").fetchall()
    ]


@pytest.mark.parametrize(
    "header",
    [
        "E-post (faktura)",
        "E-post (fakturering)",
        "Kundens e-post",
        "Faktura e-post",
        "Mailadress",
        "Email (Billing)",
    ],
)
def test_headers_of_customers(header):
    assert resolve([header, "Datum", "Summa"], {}).positions["customer_id"] == 0


AMOUNTS = [
    "Total (SEK)", "Belopp (kr)", "Totalsumma", "Att betala", "Totalpris", "Försäljning", "Nettoförsäljning",
    "Order Total Amount", "Order Total (EUR)",
]  # fmt: skip


@pytest.mark.parametrize("header", AMOUNTS)
def test_headers_of_amounts(header):
    found = resolve(["Kundnr", "Datum", header], {})
    assert (found.problem, found.positions["amount"]) == ("", 2)


def test_what_is_left_to_pay_is_no_amount_beside_a_total():
    found = resolve(["Kundnr", "Datum", "Total", "Att betala"], {})
    assert (found.positions["amount"], found.questions) == (2, ())


@pytest.mark.parametrize(
    ("header", "currency"), [("Total (SEK)", "SEK"), ("Belopp (kr)", "kr"), ("Total (net)", "")]
)
def test_a_currency_in_brackets_is_that_of_the_amounts(connection, tmp_path, header, currency):
    text = f"Kundnr;Datum;{header}\n7;2024-01-05;100\n"
    column = {"columns": {"amount": header}} if not currency else {}
    assert load(connection, tmp_path, text, **column).currency == currency


DATES = [
    "05-maj-24", "5 maj 24", "tisdag 5 maj 2024", "ons 5 maj 2024", "2024-maj-05", "ons. 5 maj 2024 14:30",
    "Tuesday, May 5, 2024", "05/maj/2024", "5. mai 24",
]  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize("date", DATES)
def test_dates_with_names_of_months(connection, tmp_path, date):
    load(connection, tmp_path, f"Kundnr;Datum;Summa\n7;{date};100\n")
    assert [str(day) for day in rows(connection, "day")] == ["2024-05-05"]


def test_a_given_date_format_reads_the_names_of_months_of_any_language(connection, tmp_path):
    text = "Kundnr;Datum;Summa\n7;05-maj-24;100\n7;06-okt-24;100\n7;07-jan-24;100\n7;08-Dec-24;100\n"
    load(connection, tmp_path, text, date_format="%d-%b-%y")
    assert [str(day)[5:] for day in rows(connection, "day")] == ["05-05", "10-06", "01-07", "12-08"]


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234:-", 1234), ("1.234,-", 1234), ("1.234.567:-", 1234567), ("1 234:-", 1234),
        ("1 234,50 kr inkl. moms", 1234.5), ("1 234,50 kr (exkl. moms)", 1234.5), ("US$ 1,234.50", 1234.5),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(connection, tmp_path, text, amount):
    intake = load(connection, tmp_path, f"Kundnr;Datum;Summa\n7;2024-05-05;{text}\n")
    assert rows(connection, "amount") == [amount]
    assert intake.currency == ("USD" if "US" in text else "kr" if "kr" in text else "")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Slutbetald", "completed"), ("Förfallen", "not completed"), ("Bokförd", "completed"),
        ("Kredit", "credit note"), ("Hävd", "cancelled"),
    ],
)  # fmt: skip
def test_statuses_of_every_day(text, meaning):
    assert meaning_of(text) == meaning


def test_the_first_row_without_a_customer_shows_what_stands_there(connection, tmp_path):
    intake = load(connection, tmp_path, "Kundnr;Datum;Summa\n7;2024-01-05;100\n;2024-01-06;55\n")
    assert 'First: row 3, Datum "2024-01-06", Summa "55".' in in_words(intake)


def test_stripe_fees_and_payouts_are_no_news(connection, tmp_path):
    head = (
        "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,customer_id\n"
    )
    kinds = ("charge", "payout", "fee", "something_new")
    text = "".join(f"t{at},2024-01-05,sek,10,0,10,{kind},s{at},c\n" for at, kind in enumerate(kinds))
    told = {note.code: note.text for note in load(connection, tmp_path, head + text).warnings}
    assert '"something_new"' in told["unknown_kind"]
    assert "payout" not in told["unknown_kind"]


def test_klaviyo_event_time():
    found = resolve(["$event_id", "$value", "Email", "Event Time", "Event"], {})
    assert (found.problem, found.positions["order_date"]) == ("", 3)


def test_an_export_that_lacks_a_column_is_named_in_good_english():
    problem = resolve(["Date", "Order #", "Customer", "Customer type", "Product(s)"], {}).problem
    assert "It looks like WooCommerce Analytics orders, but has no column" in problem
