"""The exports that are recognised: each read as its vendor documents it, by what a merchant would add up by hand."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from clv_xl.errors import InputError, UsageError
from clv_xl.jobs import BesideFiles, make_report
from clv_xl.orders import Intake, OrderRules, ReadOptions, load_orders
from clv_xl.orders.formats import FORMATS, PLAIN
from clv_xl.orders.formats.recognise import Headers, known_names, matches
from clv_xl.orders.said import QuestionError
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.parameters import Parameters
from tests.office import ROOT
from tests.reading import Workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Connection = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(
    connection: Connection, folder: Path, *texts: str, rules: OrderRules | None = None, **options
) -> Intake:
    """Read each text as a file of its own: a.csv, b.csv ..."""
    paths = [folder / f"{name}.csv" for name in "abc"[: len(texts)]]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    # later than every row, so that refunds keep their own day
    rules = rules or OrderRules(as_of=date(2027, 1, 1))
    intake = load_orders(connection, paths, options=ReadOptions(**options), parameters=rules)
    reconciles(intake)
    return intake


def reconciles(intake: Intake) -> None:
    """Rows in = used + refunds + rows of orders + set aside, in all and file by file; sums likewise."""
    outcomes = ("used", "refund", "order line", "set aside")
    assert sum(intake.rows_of(outcome) for outcome in outcomes) == sum(file.rows for file in intake.files)
    for number, file in enumerate(intake.files, start=1):
        assert sum(line.rows for line in intake.by_file if line.file == number) == file.rows
    in_files = sum(line.amount for line in intake.account if line.reason != "refunded_column")
    assert sum(line.amount for line in intake.by_file) == in_files


def used(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Customer, order, day and amount of every row that counts."""
    found = connection.execute(
        "SELECT customer_id, order_id, day::VARCHAR, amount::DOUBLE FROM order_rows ORDER BY row_number, is_refund"
    ).fetchall()
    return [(customer, order, day, f"{amount:g}") for customer, order, day, amount in found]


def aside(intake: Intake) -> dict[str, int]:
    return {line.reason: line.rows for line in intake.account if line.outcome in {"set aside", "order line"}}


def codes(intake: Intake) -> set[str]:
    return {warning.code for warning in intake.warnings}


def told(intake: Intake, code: str) -> str:
    return next(warning.text for warning in intake.warnings if warning.code == code)


def refused(connection: Connection, folder: Path, *texts: str, **options) -> str:
    with pytest.raises(InputError) as error:
        load(connection, folder, *texts, **options)
    return str(error.value)


# --- the same orders in four layouts --------------------------------------------------------------------

LAYOUTS = {
    "shopify_orders_export.csv": "shopify",
    "magento_sales_order_grid.csv": "magento",
    "stripe_payments.csv": "stripe-payments",
    "woocommerce_analytics_orders_fr.csv": "woocommerce-analytics",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_one_shop_in_four_layouts(connection, shared_data, name):
    """Sums by the csv module from the Shopify file: the others hold the same orders.

    Forced by the layout: WooCommerce Analytics gives net sales, without tax and shipping, and no refunds in part.
    """
    folder = shared_data / "order_export_layouts"
    with (folder / "shopify_orders_export.csv").open(encoding="utf-8", newline="") as handle:
        orders = [row for row in csv.DictReader(handle) if row["Total"]]
    kept = [row for row in orders if row["Financial Status"] in {"paid", "partially_refunded"}]
    people = {row["Billing Name"] for row in kept}
    total = sum(Decimal(row["Total"]) for row in kept)
    refunds = sum(Decimal(row["Refunded Amount"]) for row in kept)
    intake = load_orders(connection, [folder / name])
    reconciles(intake)
    customers, number, sales, back = connection.execute("""
        SELECT count(DISTINCT customer_id), count(DISTINCT order_id), sum(amount) FILTER (NOT is_refund),
            -coalesce(sum(amount) FILTER (is_refund), 0) FROM order_rows
    """).fetchone()
    assert intake.files[0].read_as.name == LAYOUTS[name]
    assert (customers, number) == (len(people), len(kept)) == (len(people), 1068)
    if name.startswith("woocommerce"):
        with (folder / name).open(encoding="utf-8-sig", newline="") as handle:
            net = [row["Ventes nettes"] for row in csv.DictReader(handle) if row["État"] == "Completed"]
        assert (sales, back) == (sum(map(Decimal, net)), 0)
    else:
        assert (sales, back) == (total, refunds)
    if name.startswith("shopify"):
        assert aside(intake)["order_line"] == 511


# --- one by one -----------------------------------------------------------------------------------------

SHOPIFY = """Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,\
Lineitem name,Lineitem price,Billing Country,Shipping Country,Cancelled at,Payment Method,Refunded Amount,Phone,Source
#1,Ann@x.no,paid,2025-01-05 10:00:00 +0100,NOK,200,50,40,290,2025-01-05 09:00:00 +0100,1,Mug,100,NO,NO,,card,0,,web
#1,Ann@x.no,,,,,,,,2025-01-05 09:00:00 +0100,1,Gift card,100,,,,,,,
#2,ann@X.no,partially_refunded,2025-02-05 10:00:00 +0100,NOK,100,0,20,120,2025-02-05 09:00:00 +0100,1,Mug,100,NO,SE,,\
gift_card,30,,web
#3,,paid,2025-02-06 10:00:00 +0100,NOK,100,0,20,120,2025-02-06 09:00:00 +0100,1,Mug,100,NO,,,card,0,+47 400 00 001,pos
#4,bo@x.no,refunded,2025-02-07 10:00:00 +0100,NOK,100,0,20,120,2025-02-07 09:00:00 +0100,1,Mug,100,NO,,\
2025-02-08 09:00:00 +0100,card,120,,web
#5,bo@x.no,pending,,NOK,100,0,20,120,2025-02-09 09:00:00 +0100,1,Mug,100,NO,,,card,0,,web
#6,bo@x.no,paid,2025-02-09 10:00:00 +0100,NOK,100,0,20,120,2025-02-09 09:00:00 +0100,1,Mug,100,NO,,,bogus,0,,web
"""


def test_shopify(connection, tmp_path):
    intake = load(connection, tmp_path, SHOPIFY)
    assert intake.files[0].read_as.words.startswith("Shopify orders export (")
    assert used(connection) == [
        ("ann@x.no", "#1", "2025-01-05", "290"),
        ("ann@x.no", "#2", "2025-02-05", "120"),
        ("ann@x.no", "#2", "2025-02-05", "-30"),
        ("+4740000001", "#3", "2025-02-06", "120"),
    ]
    assert aside(intake) == {"order_line": 1, "cancelled": 1, "not_completed": 1, "test_order": 1}
    assert [(line.verdict, line.amounts[0].amount) for line in intake.refunded] == [
        ("subtracted", 30),
        ("row_set_aside", 120),
    ]
    assert {"email_spellings", "guests", "gift_cards", "format_note"} <= codes(intake)
    assert told(intake, "guests") == "1 row has no customer id. Its telephone number stands for it."
    country = connection.execute(
        "SELECT country FROM order_rows WHERE order_id = '#2' AND NOT is_refund"
    ).fetchone()
    assert country == ("SE",)


@pytest.mark.long
def test_shipping_and_tax_can_be_taken_out(connection, tmp_path):
    intake = load(connection, tmp_path, SHOPIFY, without=("shipping", "tax"))
    assert [row[3] for row in used(connection)] == ["200", "100", "-25", "100"]
    assert intake.columns["amount"] == "Total less Shipping less Taxes"
    with pytest.raises(UsageError, match=r"--without tax: no column is known"):
        load(connection, tmp_path, "customer_id,order_date,amount\n1,2024-01-05,5\n", without=("tax",))
    with pytest.raises(UsageError, match='--without "freight" is neither'):
        ReadOptions(without=("freight",))


WOO = """Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue
2025-01-05 10:00:00,101,"$1,200.00",completed,Ann Smith,new,1x Mug,1,,1200
2025-01-09 10:00:00,101,-$200.00,completed,Ann Smith,new,1x Mug,-1,,-200
2025-01-10 10:00:00,102,$50.00,cancelled,Ann Smith,returning,1x Mug,1,,50
2025-01-11 10:00:00,102,-$50.00,completed,Ann Smith,returning,1x Mug,-1,,-50
"""


def test_woocommerce_analytics(connection, tmp_path):
    intake = load(connection, tmp_path, WOO)
    assert intake.files[0].read_as.name == "woocommerce-analytics"
    assert intake.columns["amount"] == "N. Revenue"
    assert used(connection) == [
        ("Ann Smith", "101", "2025-01-05", "1200"),
        ("Ann Smith", "101", "2025-01-09", "-200"),
    ]
    # a refund of a cancelled order takes nothing off: the order itself does not count
    assert aside(intake) == {"cancelled": 1, "refund_of_order_set_aside": 1}
    assert any("by name only" in warning.text for warning in intake.warnings)
    taxed = load(connection, tmp_path, WOO, rules=OrderRules(amounts_include_vat=True))
    assert "header_excludes_vat" in codes(taxed)


WOO_ADVANCED = """Order Number,Order Status,Order Date,First Name (Billing),Email (Billing),Currency,\
Order Total Amount,Order Refund Amount,Order Total Tax Amount,Order Shipping Amount,SKU,Item Name,\
Quantity (- Refund),Item Cost
11,Completed,2025-01-05 10:00,Ann,ann@x.no,NOK,300,60,60,0,A,Mug,1,100
11,Completed,2025-01-05 10:00,Ann,ann@x.no,NOK,300,60,60,0,B,Cup,2,70
12,Processing,2025-01-06 10:00,Bo,bo@x.no,NOK,100,0,20,0,A,Mug,1,80
13,Failed,2025-01-06 11:00,Bo,bo@x.no,NOK,100,0,20,0,A,Mug,1,80
"""


@pytest.mark.long
def test_woocommerce_advanced_order_export(connection, tmp_path):
    intake = load(connection, tmp_path, WOO_ADVANCED)
    assert used(connection) == [
        ("ann@x.no", "11", "2025-01-05", "300"),
        ("ann@x.no", "11", "2025-01-05", "-60"),
        ("bo@x.no", "12", "2025-01-06", "100"),
    ]
    assert aside(intake) == {"repeated_total": 1, "not_completed": 1}
    assert [line.amount for line in intake.account if line.outcome == "order line"] == [300]
    load(connection, tmp_path, WOO_ADVANCED, without=("tax",))
    assert [row[3] for row in used(connection)] == ["240", "-48", "80"]


@pytest.mark.long
def test_a_total_less_refunds_is_not_refunded_once_more(connection, tmp_path):
    text = WOO_ADVANCED.replace("Order Total Amount,", "Order Total Amount (- Refund),").replace(
        ",300,60,", ",240,60,"
    )
    load(connection, tmp_path, text)
    assert used(connection) == [
        ("ann@x.no", "11", "2025-01-05", "240"),
        ("bo@x.no", "12", "2025-01-06", "100"),
    ]


def test_tax_is_not_taken_out_twice(connection, tmp_path):
    text = WOO_ADVANCED.replace("Order Total Amount,", "Order Total Amount without Tax,")
    with pytest.raises(UsageError, match='"Order Total Amount without Tax" is without tax already'):
        load(connection, tmp_path, text, without=("tax",))
    with pytest.raises(UsageError, match="would both take the tax out"):
        load(connection, tmp_path, WOO_ADVANCED, without=("tax",), rules=OrderRules(amounts_include_vat=True))


MAGENTO = """ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Grand Total (Purchased),\
Status,Customer Email,Subtotal,Shipping and Handling,Total Refunded
000000001,Main,"Jan 3, 2025 4:15:41 PM",Ann,Ann,"1,010.3000",95.0000,complete,ann@x.no,900,100,
000000002,Main,"Jan 4, 2025 4:15:41 PM",Bo,Bo,10.3000,10.3000,closed,bo@x.no,5,5,10.3000
000000003,Main,"Jan 5, 2025 4:15:41 PM",Bo,Bo,20.0000,20.0000,processing,bo@x.no,15,5,
"""


def test_magento(connection, tmp_path):
    intake = load(connection, tmp_path, MAGENTO)
    assert used(connection) == [
        ("ann@x.no", "000000001", "2025-01-03", "1010.3"),
        ("bo@x.no", "000000003", "2025-01-05", "20"),
    ]
    assert aside(intake) == {"refunded_by_status": 1}
    assert told(intake, "purchase_currency").startswith("1 used row was paid in another currency")
    lacking = MAGENTO.replace("Customer Email", "Customer Mood")
    assert 'without the column "Customer Email". Switch it on under Columns' in refused(
        connection, tmp_path, lacking
    )


def test_magento_refunds_of_a_purchase_in_another_currency(connection, tmp_path):
    """19 of 95 EUR went back, a fifth of the order: a fifth of its 1,010.30 in the shop's currency."""
    load(connection, tmp_path, MAGENTO.replace(",900,100,\n", ",900,100,19.0000\n"))
    assert used(connection)[:2] == [
        ("ann@x.no", "000000001", "2025-01-03", "1010.3"),
        ("ann@x.no", "000000001", "2025-01-03", "-202.06"),
    ]
    load(connection, tmp_path, MAGENTO.replace(",900,100,\n", ",900,100,95.0000\n"))
    assert used(connection)[1] == ("ann@x.no", "000000001", "2025-01-03", "-1010.3")


STRIPE = """id,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Amount Refunded,Fee,\
Converted Currency,Mode,Status,Customer ID,Customer Email,Captured
ch_1,2025-01-05 10:00,100.00,0.00,eur,1100.00,0.00,30,sek,Live,Paid,cus_1,ann@x.se,true
ch_2,2025-01-06 10:00,50.00,10.00,sek,50.00,10.00,2,sek,Live,Paid,,Ann@x.se,true
ch_3,2025-01-07 10:00,70.00,0.00,sek,70.00,0.00,2,sek,Live,Paid,,gina@x.se,true
ch_4,2025-01-08 10:00,70.00,0.00,sek,70.00,0.00,2,sek,Test,Paid,cus_9,test@x.se,true
ch_5,2025-01-09 10:00,70.00,0.00,sek,70.00,0.00,0,sek,Live,Failed,cus_1,ann@x.se,false
ch_6,2025-01-10 10:00,70.00,0.00,sek,70.00,0.00,0,sek,Live,Uncaptured,cus_1,ann@x.se,false
"""


def test_stripe_payments(connection, tmp_path):
    intake = load(connection, tmp_path, STRIPE)
    assert used(connection) == [
        ("cus_1", "ch_1", "2025-01-05", "1100"),
        ("cus_1", "ch_2", "2025-01-06", "50"),
        ("cus_1", "ch_2", "2025-01-06", "-10"),
        ("gina@x.se", "ch_3", "2025-01-07", "70"),
    ]
    assert aside(intake) == {"test_order": 1, "not_completed": 2}
    assert intake.currency == "SEK"
    assert told(intake, "guests") == (
        "2 rows have no customer id. Their e-mail address stands for it. 1 of them belongs to a customer whose id is"
        " known from other rows."
    )


def test_the_tax_of_stripe_on_its_own_fee_is_no_tax_of_the_order(connection, tmp_path):
    text = (
        STRIPE.replace("Captured\n", "Captured,Taxes On Fee\n")
        .replace("true\n", "true,6\n")
        .replace("false\n", "false,6\n")
    )
    with pytest.raises(UsageError, match="no column is known that says how much of an amount is tax"):
        load(connection, tmp_path, text, without=("tax",))


def test_a_cancellation_leaves_the_order_of_another_shop_with_its_number(connection, tmp_path):
    (tmp_path / "events.csv").write_text(
        "Event,Email,Event Date,$value,$event_id,OrderId\n"
        "Placed Order,ann@x.com,2026-01-05,100,e1,1001\nPlaced Order,bo@x.com,2026-01-05,60,e2,1002\n"
        "Cancelled Order,ann@x.com,2026-01-06,100,e3,1001\n",
        encoding="utf-8",
    )
    (tmp_path / "shop.csv").write_text(
        "order id,customer,date,amount\n1001,zed@y.com,2026-01-02,80\n", encoding="utf-8"
    )
    load_orders(connection, [tmp_path / "events.csv", tmp_path / "shop.csv"])
    assert [row[:2] for row in used(connection)] == [("bo@x.com", "1002"), ("zed@y.com", "1001")]


STRIPE_BALANCE = """balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,\
source_id,charge_id,customer_id,description
txn_1,2025-01-05 10:02:11,2025-01-07 00:00:00,eur,600.00,8.70,591.30,charge,ch_1,ch_1,cus_1,Order 1
txn_2,2025-01-06 10:02:11,2025-01-07 00:00:00,eur,-20.00,0.00,-20.00,refund,re_1,ch_1,cus_1,Refund
txn_3,2025-01-07 10:02:11,2025-01-07 00:00:00,eur,-571.30,0.00,-571.30,payout,po_1,,,STRIPE PAYOUT
txn_4,2025-01-07 10:02:11,2025-01-07 00:00:00,eur,-2.00,0.00,-2.00,fee,fee_1,,,Billing
"""


def test_stripe_balance(connection, tmp_path):
    intake = load(connection, tmp_path, STRIPE_BALANCE)
    assert used(connection) == [
        ("cus_1", "ch_1", "2025-01-05", "600"),
        ("cus_1", "ch_1", "2025-01-06", "-20"),
    ]
    assert aside(intake) == {"not_an_order": 2}
    bare = STRIPE_BALANCE.replace(",customer_id,", ",note,")
    assert "without customers" in refused(connection, tmp_path, bare)


PAYPAL = """"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address",\
"To Email Address","Transaction ID","Item Title","Reference Txn ID","Balance Impact"
"13/01/2025","10:00:00","CET","Ann","Express Checkout Payment","Completed","EUR","1,250.00","-3.00","1,247.00",\
"ann@x.fi","shop@x.fi","T1","Mug","","Credit"
"15/01/2025","10:00:00","CET","Ann","Payment Refund","Completed","EUR","-50.00","0.00","-50.00","shop@x.fi",\
"ann@x.fi","T2","","T1","Debit"
"16/01/2025","10:00:00","CET","","General Withdrawal","Completed","EUR","-900.00","0.00","-900.00","shop@x.fi","",\
"T3","","","Debit"
"17/01/2025","10:00:00","CET","Host","PreApproved Payment Bill User Payment","Completed","EUR","-9.00","0.00",\
"-9.00","shop@x.fi","host@x.fi","T4","","","Debit"
"18/01/2025","10:00:00","CET","Bo","Website Payment","Pending","EUR","10.00","0.00","10.00","bo@x.fi","shop@x.fi",\
"T5","","","Credit"
"19/01/2025","10:00:00","CET","Host","Payment Refund","Completed","EUR","9.00","0.00","9.00","host@x.fi",\
"shop@x.fi","T6","","T4","Credit"
"""


def test_paypal(connection, tmp_path):
    intake = load(connection, tmp_path, PAYPAL)
    assert used(connection) == [
        ("ann@x.fi", "T1", "2025-01-13", "1250"),
        ("ann@x.fi", "T1", "2025-01-15", "-50"),
    ]
    assert aside(intake) == {"not_an_order": 3, "not_completed": 1}


PAYPAL_DE = """"Datum";"Uhrzeit";"Zeitzone";"Name";"Typ";"Status";"Währung";"Brutto";"Gebühr";"Netto";\
"Absender E-Mail-Adresse";"Empfänger E-Mail-Adresse";"Transaktionscode";"Artikelbezeichnung";\
"Zugehöriger Transaktionscode"
"13.01.2025";"10:00:00";"Europe/Berlin";"Ann";"PayPal Express-Zahlung";"Abgeschlossen";"EUR";"1.250,00";"-3,00";\
"1.247,00";"ann@x.fi";"shop@x.fi";"T1";"Becher";""
"15.01.2025";"10:00:00";"Europe/Berlin";"Ann";"Rückzahlung";"Abgeschlossen";"EUR";"-50,00";"0,00";"-50,00";\
"shop@x.fi";"ann@x.fi";"T2";"";"T1"
"16.01.2025";"10:00:00";"Europe/Berlin";"";"Allgemeine Abbuchung";"Abgeschlossen";"EUR";"-900,00";"0,00";"-900,00";\
"shop@x.fi";"";"T3";"";""
"18.01.2025";"10:00:00";"Europe/Berlin";"Bo";"Website-Zahlung";"Ausstehend";"EUR";"10,00";"0,00";"10,00";"bo@x.fi";\
"shop@x.fi";"T5";"";""
"19.01.2025";"10:00:00";"Europe/Berlin";"Bo";"Sonstiges";"Abgeschlossen";"EUR";"11,00";"0,00";"11,00";"bo@x.fi";\
"shop@x.fi";"T6";"";""
"""
PAYPAL_WORDS = {
    "sv": "Datum;Tid;Tidszon;Typ;Status;Valuta;Brutto;Från e-postadress;Till e-postadress;Transaktions-id;"
    "Referens-id för transaktion;Webbplatsbetalning;Återbetalning;Slutförd",
    "da": "Dato;Tid;Tidszone;Type;Status;Valuta;Brutto;Fra mailadresse;Til mailadresse;Transaktions-id;"
    "Referencetransaktions-id;Webstedsbetaling;Refundering af betaling;Gennemført",
    "no": "Dato;Tid;Tidssone;Type;Status;Valuta;Brutto;Fra e-postadresse;Til e-postadresse;Transaksjons-ID;"
    "Referanse-ID for transaksjon;Betaling via nettsted;Refusjon av betaling;Fullført",
}


def test_paypal_in_german(connection, tmp_path):
    intake = load(connection, tmp_path, PAYPAL_DE)
    assert intake.files[0].read_as.name == "paypal"
    assert used(connection) == [
        ("ann@x.fi", "T1", "2025-01-13", "1250"),
        ("ann@x.fi", "T1", "2025-01-15", "-50"),
    ]
    assert aside(intake) == {"not_an_order": 2, "not_completed": 1}
    assert (
        '1 row is of a kind that is not known in a PayPal activity download: "Sonstiges" (1, first in row 6)'
        in told(intake, "unknown_kind")
    )


@pytest.mark.parametrize("language", PAYPAL_WORDS)
def test_paypal_in_nordic_languages(connection, tmp_path, language):
    *headers, paid, back, done = PAYPAL_WORDS[language].split(";")
    text = (
        ";".join(headers)
        + f"\n13.01.2025;10:00;CET;{paid};{done};SEK;250,00;a@x.se;s@x.se;T1;"
        + f"\n14.01.2025;10:00;CET;{back};{done};SEK;-50,00;s@x.se;a@x.se;T2;T1\n"
    )
    assert load(connection, tmp_path, text).files[0].read_as.name == "paypal"
    assert used(connection) == [("a@x.se", "T1", "2025-01-13", "250"), ("a@x.se", "T1", "2025-01-14", "-50")]


KLAVIYO = """Event,Email,Event Date,$event_id,$value,ItemNames,Discount Code
Placed Order,ann@x.no,2025-01-05 10:00:00,1001,100,Mug,
Placed Order,ann@x.no,2025-01-06 10:00:00,1002,60,Mug,
Refunded Order,ann@x.no,2025-01-07 10:00:00,1001,25,Mug,
Cancelled Order,ann@x.no,2025-01-08 10:00:00,1002,60,Mug,
Refunded Order,ann@x.no,2025-01-08 10:00:01,1002,60,Mug,
Ordered Product,ann@x.no,2025-01-08 10:00:00,77,10,Mug,
"""


def test_klaviyo_events(connection, tmp_path):
    intake = load(connection, tmp_path, KLAVIYO)
    assert used(connection) == [
        ("ann@x.no", "1001", "2025-01-05", "100"),
        ("ann@x.no", "1001", "2025-01-07", "-25"),
    ]
    # cancelled and refunded: nothing is taken off for an order that does not count
    assert aside(intake) == {"not_an_order": 1, "cancelled": 3}


def test_klaviyo_asks_for_no_events_that_are_there(connection, tmp_path):
    fulfilled = "Fulfilled Order,ann@x.no,2025-01-06 10:00:00,1001,100,Mug,\n"
    whole = load(connection, tmp_path, KLAVIYO + fulfilled)
    assert [note.code for note in whole.warnings if note.code in {"format_note", "unknown_kind"}] == []
    assert aside(whole) == {"not_an_order": 2, "cancelled": 3}
    sales = "".join(
        line for line in KLAVIYO.splitlines(keepends=True) if not line.startswith(("Refund", "Cancel"))
    )
    assert [note.code for note in load(connection, tmp_path, sales).warnings] == ["format_note"]


TRIPLETEX = """INVOICE NO;INVOICE DATE;ORDER NO;CUSTOMER NO;CUSTOMER NAME;CUSTOMER EMAIL;CURRENCY;\
ORDER LINE - UNIT PRICE;ORDER LINE - COUNT;ORDER LINE - DISCOUNT;VAT CODE
1;2026-01-15;11;10001;Ann AS;ann@x.no;NOK;1 250,50;2;10;3
1;2026-01-15;11;10001;Ann AS;ann@x.no;NOK;100,00;1,5;;3
2;2026-01-16;12;;Bo;bo@x.no;NOK;100,00;-1;0;3
3;2026-01-17;13;;Bo;bo@x.no;NOK;100,00;1;0;3
"""


def test_tripletex(connection, tmp_path):
    intake = load(connection, tmp_path, TRIPLETEX)
    assert used(connection) == [
        ("10001", "11", "2026-01-15", "2250.9"),
        ("10001", "11", "2026-01-15", "150"),
        ("bo@x.no", "13", "2026-01-17", "100"),
    ]
    assert aside(intake) == {"refund_without_order": 1}
    assert intake.columns["amount"] == (
        "ORDER LINE - COUNT x ORDER LINE - UNIT PRICE, less ORDER LINE - DISCOUNT in percent"
    )


INVOICES = {
    "no": "Kundenr;Navn;Fakturanr;Fakturadato;Forfallsdato;Beløp;Restbeløp;KID\n",
    "sv": "Kundnr;Namn;Fakturanr;Fakturadatum;Förfallodatum;Belopp;Restbelopp;OCR\n",
    "da": "Kundenr.;Navn;Fakturanr.;Fakturadato;Forfaldsdato;Beløb;Saldo;Note\n",
    "fi": "Asiakasnumero;Nimi;Laskun numero;Laskupäivä;Eräpäivä;Summa;Avoinna;Viitenumero\n",
}


@pytest.mark.parametrize("language", INVOICES)
@pytest.mark.one_in(3)
def test_nordic_invoices(connection, tmp_path, language):
    rows = "10001;Ann;1;15.01.2026;30.01.2026;12 500,00;0,00;1\n10001;Ann;2;16.01.2026;30.01.2026;-500,00;0,00;2\n"
    intake = load(connection, tmp_path, INVOICES[language] + rows)
    assert intake.files[0].read_as.name == "nordic-invoices"
    assert used(connection) == [("10001", "1", "2026-01-15", "12500"), ("10001", "2", "2026-01-16", "-500")]


LINES = {
    "no": "Ordrenr;Ordredato;Kundenr;Kundenavn;Varenr;Antall;Pris eks. mva\n",
    "sv": "Ordernr;Orderdatum;Kundnr;Kundnamn;Artikelnr;Antal;À-pris\n",
    "da": "Ordrenr;Ordredato;Kundenr;Kundenavn;Varenr;Antal;Stykpris\n",
    "fi": "Tilausnumero;Tilauspäivä;Asiakasnumero;Nimi;Tuotenumero;Määrä;Yksikköhinta\n",
    "en": "InvoiceNo;InvoiceDate;CustomerID;Customer name;StockCode;Quantity;UnitPrice\n",
}


@pytest.mark.parametrize("language", LINES)
@pytest.mark.one_in(3)
def test_order_lines_without_totals(connection, tmp_path, language):
    rows = (
        "1;15.01.2026;7;Ann;A;2;1 250,50\n1;15.01.2026;7;Ann;B;1,5;10,00\n2;17.01.2026;7;Ann;A;-1;1 250,50\n"
    )
    rows += "3;17.01.2026;7;Ann;A;;1 250,50\n3;17.01.2026;7;Ann;A;x;1 250,50\n"
    intake = load(connection, tmp_path, LINES[language] + rows)
    assert intake.files[0].read_as.name == "order-lines"
    assert [row[1:] for row in used(connection)] == [
        ("1", "2026-01-15", "2501"),
        ("1", "2026-01-15", "15"),
        ("2", "2026-01-17", "-1250.5"),
    ]
    assert aside(intake) == {"missing_amount": 1, "bad_amount": 1}


def test_a_total_is_never_computed_where_there_is_one(connection, tmp_path):
    text = "Kundenr;Dato;Antall;Pris;Beløp\n7;15.01.2026;2;100;180\n"
    assert load(connection, tmp_path, text).amount_read == 180
    other = "Kundenr;Dato;Antall;Pris;Verdi\n7;15.01.2026;2;100;180\n"
    with pytest.raises(QuestionError, match='row 2 has 2 x 100 and "Verdi" 180'):
        load(connection, tmp_path, other)
    assert load(connection, tmp_path, other, format="order-lines").amount_read == 200
    assert load(connection, tmp_path, other, columns={"amount": "Verdi"}).amount_read == 180


def test_lines_with_invoice_dates_are_still_lines(connection, tmp_path):
    text = "Fakturanr;Fakturadato;Forfallsdato;Kundenr;Antall;Pris\n1;15.01.2026;30.01.2026;7;2;50,00\n"
    assert load(connection, tmp_path, text).amount_read == 100


def test_lines_pasted_over_the_headers_of_a_template(connection):
    table = [
        ["Ordrenr", "Ordredato", "Kundenr", "Antall", "Pris", "amount", "status"],
        ["1", "15.01.2026", "7", "2", "1 250,50", None, None],
    ]
    intake = load_orders(connection, [SheetRows.of_values(table, "Orders")])
    assert (intake.amount_read, intake.files[0].read_as.name) == (2501, "order-lines")


def test_a_sheet_with_amounts_comes_before_one_with_prices(connection, tmp_path):
    path = tmp_path / "shop.xlsx"
    lines = pd.DataFrame(
        {"order_id": [1], "customer_id": ["a"], "order_date": ["2025-01-05"], "quantity": [2], "price": [5.0]}
    )
    orders = pd.DataFrame({"customer_id": ["a"], "order_date": ["2025-01-05"], "amount": [11.5]})
    contracts = pd.DataFrame(
        {"Customer ID": ["a"], "Start Date": ["2025-01-05"], "End Date": [None], "Plan": ["p"]}
    )
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        contracts.to_excel(writer, sheet_name="Contracts", index=False)
        lines.to_excel(writer, sheet_name="Lines", index=False)
        orders.to_excel(writer, sheet_name="Orders", index=False)
    assert load_orders(connection, [path]).amount_read == Decimal("11.5")
    assert load_orders(connection, [path], options=ReadOptions(sheet="Lines")).amount_read == 10


def test_amazon_is_refused_with_the_reason(connection, tmp_path):
    text = "amazon-order-id\tpurchase-date\torder-status\tsku\titem-price\n"
    text += "1-2\t2025-01-05T10:00:00+00:00\tShipped\tA\t5\n"
    message = refused(connection, tmp_path, text)
    assert message.startswith("a.csv: this is an Amazon order report. Amazon does not say who the buyer is")
    assert "no customer value can be computed" in message


@pytest.mark.parametrize(
    "header",
    [
        "id,Customer ID,Plan,Status,Start Date (UTC),Canceled At (UTC),Amount",
        "customer,plan,start,end,monthly amount,note,currency",
        "Kundenr,Abonnement,Startdato,Sluttdato,Månedsbeløp,Merknad,Valuta",
    ],
)
def test_subscriptions_name_their_own_command(connection, tmp_path, header):
    text = f"{header}\na,b,2025-01-05,2025-02-05,9,,\n"
    assert "Read it with clv-xl subscriptions." in refused(connection, tmp_path, text)


def test_orders_may_have_a_start_and_an_end(connection, tmp_path):
    text = "customer_id,order_date,amount,start date,end date\na,2025-01-05,9,2025-01-05,2025-02-05\n"
    assert load(connection, tmp_path, text).amount_read == 9


@pytest.mark.long
def test_a_workbook_is_read_like_the_text_file(connection, tmp_path):
    text = load(connection, tmp_path, SHOPIFY)
    rows = used(connection)
    table = list(csv.reader(SHOPIFY.splitlines()))
    pd.DataFrame(table[1:], columns=table[0]).to_excel(tmp_path / "a.xlsx", index=False, engine="openpyxl")
    for source in (tmp_path / "a.xlsx", SheetRows.of_values(table, "Orders")):
        intake = load_orders(connection, [source])
        assert (used(connection), aside(intake)) == (rows, aside(text))
        assert intake.files[0].read_as == text.files[0].read_as


# --- recognition, shown and overruled -------------------------------------------------------------------


def test_every_format_has_a_name_of_its_own_and_can_be_asked_for():
    assert (
        len({format_.name for format_ in FORMATS})
        == len({format_.title for format_ in FORMATS})
        == len(FORMATS)
    )
    assert known_names()[-1] == PLAIN
    for name in known_names():
        ReadOptions(format=name)
    with pytest.raises(UsageError, match=r'there is no such format\. Did you mean "shopify"'):
        ReadOptions(format="shopfy")


def test_the_documentation_names_every_format():
    page = (ROOT / "docs" / "inputs.md").read_text(encoding="utf-8")
    assert [name for name in known_names() if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_the_columns_of_a_format_are_read_as_that_format_alone(format_):
    groups = [*format_.signature, *format_.columns.values()]
    headers = list(dict.fromkeys(group[0] for group in groups))
    found = matches(Headers(headers))
    assert [match.format.name for match in found] == [format_.name]
    assert found[0].found <= found[0].known


def test_a_format_can_be_overruled(connection, tmp_path):
    columns = {"order_date": "Paid at"}
    intake = load(connection, tmp_path, SHOPIFY, format="columns", columns=columns)
    assert (intake.files[0].read_as.name, intake.files[0].overruled) == ("columns", True)
    assert "order_line" not in aside(intake)
    intake = load(connection, tmp_path, SHOPIFY, columns=columns)
    assert (intake.files[0].read_as.name, intake.columns["order_date"]) == ("shopify", "Paid at")
    message = refused(connection, tmp_path, SHOPIFY, format="magento")
    assert message.startswith(
        'a.csv: This is no Magento / Adobe Commerce orders grid: there is no column "Purchase Date"'
    )


def test_two_readings_are_a_question(connection, tmp_path):
    both = "Name,Financial Status,Total,Lineitem name,Lineitem quantity,Email,Created at,Purchase Date,"
    both += "Grand Total (Base),Bill-to Name\n1,paid,5,a,1,ann,2025-01-05,2025-01-05,5,Ann\n"
    assert refused(connection, tmp_path, both) == (
        "a.csv: The columns can be read as Shopify orders export (--format shopify) or Magento / Adobe Commerce orders"
        " grid (--format magento). Say which."
    )
    assert load(connection, tmp_path, both, format="shopify").amount_read == 5


def test_all_questions_come_in_one_message(connection, tmp_path):
    text = "Kundenr;Dato;Netto;Total\n1;01/02/2024;1.234;1.300\n"
    message = refused(connection, tmp_path, text)
    assert message.splitlines()[0] == "a.csv leaves 3 questions:"
    for option in ('--column amount="Netto"', '--decimal ","', "--date-format dd/mm/yyyy"):
        assert option in message
    load(
        connection, tmp_path, text, columns={"amount": "Netto"}, decimal=",", date_format="dd/mm/yyyy",
    )  # fmt: skip
    assert used(connection) == [("1", "(row 2)", "2024-02-01", "1234")]


def test_an_optional_column_never_stops_the_reading(connection, tmp_path):
    text = "Kundenr;Dato;Beløp;Shipping country;Billing country\n1;2024-02-01;5;NO;SE\n"
    intake = load(connection, tmp_path, text)
    assert connection.execute("SELECT country FROM order_rows").fetchone() == ("NO",)
    assert told(intake, "column_chosen") == (
        'a.csv: The columns "Shipping country" and "Billing country" could both be country. "Shipping country" is used;'
        ' to use another, or none: --column country="Billing country" or --column country=-.'
    )


# --- totals on the rows of unknown tables ---------------------------------------------------------------


def repeated(header: str = "Total", *, several: int = 3, extra: str = "") -> str:
    lines = [f"order_id,customer_id,order_date,{header},product{extra and ',quantity,price'}"]
    for order in range(1, several + 1):
        for product, piece in (("Mug", 60 + order), ("Cup", 40)):
            lines.append(
                f"{order},c{order},2025-01-0{order},{100 + order},{product}{extra and f',1,{piece}'}"
            )
    lines.append(f"99,c1,2025-02-01,7,Pin{extra and ',1,7'}")
    return "\n".join(lines) + "\n"


@pytest.mark.long
def test_the_same_amount_on_all_rows_is_a_question(connection, tmp_path):
    message = refused(connection, tmp_path, repeated())
    assert message.endswith("an amount of each row: --order-amounts once or --order-amounts add.")
    once = load(connection, tmp_path, repeated(), order_amounts="once")
    assert sum(line.counted_amount for line in once.account) == 101 + 102 + 103 + 7
    assert aside(once) == {"repeated_total": 3}
    added = load(connection, tmp_path, repeated(), order_amounts="add")
    assert sum(line.counted_amount for line in added.account) == 2 * (101 + 102 + 103) + 7
    with pytest.raises(UsageError, match='--order-amounts "twice" is neither'):
        ReadOptions(order_amounts="twice")


@pytest.mark.parametrize(("header", "extra"), [("Order total", ""), ("Total", "priced")])
def test_repeated_totals_are_seen_beyond_doubt(connection, tmp_path, header, extra):
    intake = load(connection, tmp_path, repeated(header, extra=extra))
    assert aside(intake) == {"repeated_total": 3}
    assert "repeated on each of its rows" in told(intake, "totals_repeated")


def test_lines_that_differ_are_added_up_without_a_word(connection, tmp_path):
    text = repeated().replace(",101,Cup", ",41,Cup").replace(",102,Cup", ",42,Cup")
    intake = load(connection, tmp_path, text)
    assert aside(intake) == {}
    assert not {"totals_repeated", "same_amounts"} & codes(intake)


def test_one_such_order_is_told(connection, tmp_path):
    intake = load(connection, tmp_path, repeated(several=1))
    assert "1 order has the same" in told(intake, "same_amounts")
    assert aside(intake) == {}


# --- files that overlap, and people with two names ------------------------------------------------------

ORDERS = """order_id,customer_id,order_date,amount,product
1,a,2025-01-05,10,Mug
1,a,2025-01-05,10,Mug
2,b,2025-02-05,20,Cup
"""


def test_overlapping_exports_count_once(connection, tmp_path):
    later = (
        "product,order_id,customer_id,order_date,amount\nCup,2,b,2025-02-05,20.00\nCup,3,b,2025-03-05,30\n"
    )
    intake = load(connection, tmp_path, ORDERS, later)
    assert aside(intake) == {"copy": 1}
    assert [row[1] for row in used(connection)] == ["1", "1", "2", "3"]
    assert [(line.file, line.outcome, line.rows, line.amount) for line in intake.by_file] == [
        (1, "used", 3, 40),
        (2, "used", 1, 30),
        (2, "set aside", 1, 20),
    ]
    assert told(intake, "copies") == (
        'b.csv: 1 row of 1 order stands in an earlier file with the same content, such as order "2". It counts once.'
    )


@pytest.mark.long
def test_the_same_file_twice_counts_once(connection, tmp_path):
    intake = load(connection, tmp_path, ORDERS, ORDERS)
    assert sum(line.counted_amount for line in intake.account) == 40
    assert aside(intake) == {"copy": 3}


def test_of_two_exports_of_a_shop_the_newer_counts(connection, tmp_path):
    """An order that was refunded after the first export is in both, and differs."""
    header, *rows = SHOPIFY.splitlines()
    early = "\n".join([header, *rows[:2]]) + "\n"
    later = SHOPIFY.replace(",card,0,,web\n#1,", ",card,90,,web\n#1,")
    for texts in ((early, later), (later, early)):
        intake = load(connection, tmp_path, *texts)
        assert ("ann@x.no", "#1", "2025-01-05", "-90") in used(connection)
        assert sum(line.counted_amount for line in intake.account) == 290 - 90 + 120 - 30 + 120
        assert aside(intake)["copy"] == 2
        assert "Its content differs: it counts as in the newer file, " in told(intake, "copies")


def test_an_order_that_two_pieces_of_an_export_share_is_one(connection, tmp_path):
    header, first, second, *_ = SHOPIFY.splitlines()
    later = (
        second.replace("#1", "#7")
        .replace("2025-01-05", "2025-06-05")
        .replace(",,,,,,,,", ",paid,,NOK,9,0,0,9,", 1)
    )
    intake = load(connection, tmp_path, f"{header}\n{first}\n", f"{header}\n{second}\n{later}\n")
    assert [row[1:] for row in used(connection)] == [("#1", "2025-01-05", "290"), ("#7", "2025-06-05", "9")]
    assert aside(intake) == {"order_line": 1}


def test_a_refund_row_in_two_exports_counts_once(connection, tmp_path):
    header, sale, refund, *_ = WOO.splitlines()
    late = "2025-03-09 10:00:00,150,$5.00,completed,Bo,new,1x Mug,1,,5"
    intake = load(connection, tmp_path, f"{header}\n{sale}\n{refund}\n", f"{header}\n{refund}\n{late}\n")
    assert [row[3] for row in used(connection)] == ["1200", "-200", "5"]
    assert aside(intake) == {"copy": 1}


CHANGES = [
    ("processing", "0", "Mug", "completed", "0", "Mug", ["100"]),
    ("completed", "0", "Mug", "refunded", "0", "Mug", []),
    ("completed", "0", "Mug", "cancelled", "0", "Mug", []),
    ("completed", "0", "Mug", "completed", "30", "Mug", ["-30", "100"]),
    ("completed", "0", "Mug", "completed", "0", "Big mug", ["100"]),
]


@pytest.mark.long
@pytest.mark.parametrize(
    ("status", "refunded", "product", "then", "refunded_then", "product_then", "counts"), CHANGES
)
def test_an_order_that_changed_between_two_plain_exports_counts_once(
    connection, tmp_path, status, refunded, product, then, refunded_then, product_then, counts
):
    head = "order_id,customer_id,order_date,amount,status,refunded,product\n"
    same = "2,b,2024-01-02,50,completed,0,Cup\n"
    early = f"{head}1,a,2024-01-01,100,{status},{refunded},{product}\n{same}"
    late = f"{head}1,a,2024-01-01,100,{then},{refunded_then},{product_then}\n{same}3,b,2024-02-02,5,completed,0,Cup\n"
    for texts in ((early, late), (late, early)):
        intake = load(connection, tmp_path, *texts)
        newer = "a.csv" if texts[0] == late else "b.csv"
        assert sorted(row[3] for row in used(connection) if row[0] == "a") == counts
        assert sorted(row[3] for row in used(connection) if row[0] == "b") == ["5", "50"]
        assert f"it counts as in the newer file, {newer} " in told(intake, "copies")


def test_a_payment_that_was_refunded_after_the_first_activity_download_counts_once(connection, tmp_path):
    head = PAYPAL.splitlines()[0]
    early = f"{head}\n{paid('2024-01-20', 'Completed', '100.00')}\n"
    late = f"{head}\n{paid('2024-01-20', 'Partially Refunded', '100.00')}\n"
    late += f"{paid('2024-02-13', 'Completed', '-30.00', 'Payment Refund', 'shop@x.no', 'ann@x.no', 'R1', 'T1')}\n"
    load(connection, tmp_path, early, late)
    assert [row[3] for row in used(connection)] == ["100", "-30"]


def test_a_chargeback_that_is_reversed_leaves_the_payment(connection, tmp_path):
    rows = [
        PAYPAL.splitlines()[0],
        paid("2024-01-20", "Completed", "100.00"),
        paid("2024-02-13", "Completed", "-100.00", "Chargeback", "shop@x.no", "ann@x.no", "R1", "T1"),
        paid("2024-03-13", "Completed", "100.00", "Chargeback Reversal", "ann@x.no", "shop@x.no", "R2", "T1"),
    ]
    load(connection, tmp_path, "\n".join(rows) + "\n")
    assert [row[:2] + row[3:] for row in used(connection)] == [
        ("ann@x.no", "T1", "100"),
        ("ann@x.no", "T1", "-100"),
        ("ann@x.no", "T1", "100"),
    ]


@pytest.mark.long
def test_an_order_whose_amount_was_edited_counts_as_in_the_newer_file(connection, tmp_path):
    head = "order_id,customer_id,order_date,amount,product\n"
    early = f"{head}1,a,2024-01-01,100,Mug\n2,b,2024-01-02,50,Cup\n"
    late = f"{head}1,a,2024-01-01,80,Mug\n2,b,2024-01-02,50,Cup\n3,b,2024-02-02,5,Cup\n"
    for texts in ((early, late), (late, early)):
        intake = load(connection, tmp_path, *texts)
        assert sorted(row[3] for row in used(connection)) == ["5", "50", "80"]
        assert aside(intake) == {"copy": 2}
        assert "Its amount changed: 80.00 there, 100.00 in what is set aside." in told(intake, "copies")
        assert "changed_orders" not in codes(intake)
    intake = load(connection, tmp_path, early, late.replace("80,Mug", "80,Plate"))
    assert sorted(row[3] for row in used(connection)) == ["100", "5", "50", "80"]
    assert told(intake, "changed_orders").startswith(
        '1 order id stands in several of a.csv, b.csv with different content, such as "1". It counts'
    )


@pytest.mark.long
def test_a_product_row_that_was_edited_counts_as_in_the_newer_file(connection, tmp_path):
    head = "order_id,customer_id,order_date,amount,product\n"
    early = f"{head}1,a,2024-01-01,10,Mug\n1,a,2024-01-01,20,Cup\n9,b,2024-01-01,3,Cup\n"
    late = f"{head}1,a,2024-01-01,10,Mug\n1,a,2024-01-01,25,Cup\n1,a,2024-01-01,7,Pin\n2,b,2024-02-02,5,Cup\n"
    for texts in ((early, late), (late, early)):
        intake = load(connection, tmp_path, *texts)
        assert sorted(row[3] for row in used(connection)) == ["10", "25", "3", "5", "7"]
        assert aside(intake) == {"copy": 2}


def plain(first: int, last: int, *, without: int = 0) -> str:
    rows = [f"c{n % 17},2024-{n // 28 + 1:02d}-{n % 28 + 1:02d},{10 + n % 50}" for n in range(first, last)]
    return (
        "customer_id,order_date,amount\n"
        + "\n".join(row for at, row in enumerate(rows, 1) if at > without)
        + "\n"
    )


def test_a_period_that_was_exported_twice_without_order_ids_counts_once(connection, tmp_path):
    """March, days 56 to 83, stands in both files."""
    for texts in ((plain(0, 84), plain(56, 140)), (plain(56, 140), plain(0, 84))):
        intake = load(connection, tmp_path, *texts)
        assert len(used(connection)) == 140
        assert aside(intake) == {"copy": 28}
        assert (
            "both hold the days from 2024-03-01 to 2024-03-28, and 28 rows have the same customer, day and amount in"
            " both," in told(intake, "copies")
        )


@pytest.mark.long
def test_real_repeat_orders_are_never_lost_in_an_overlap(connection, tmp_path):
    """Two orders alike on one day of one file are two; a handful alike among others in two files is told and counts."""
    twice = plain(56, 84).replace("c5,2024-03-01", "c5,2024-03-01,16\nc5,2024-03-01")
    load(connection, tmp_path, twice, twice + "c1,2024-04-02,9\n")
    assert len(used(connection)) == 30
    other = "customer_id,order_date,amount\n" + "".join(f"d{n},2024-03-{n + 1:02d},9\n" for n in range(28))
    intake = load(connection, tmp_path, plain(56, 84), other + "c5,2024-03-01,16\n")
    assert (len(used(connection)), aside(intake)) == (57, {})
    assert (
        "1 row has the same customer, day and amount in both, 16.00 in all (of 28 and 29 rows of those days). It"
        in (told(intake, "overlapping_rows"))
    )


def test_an_export_that_was_pasted_twice_is_told(connection, tmp_path):
    text = plain(0, 20)
    intake = load(connection, tmp_path, text + text.partition("\n")[2])
    assert len(used(connection)) == 40
    assert told(intake, "pasted_twice").startswith(
        "a.csv: 20 of the rows 22 to 41 repeat in every column the row 20 rows above, 390.00 in all. They count."
    )
    assert "pasted_twice" not in codes(load(connection, tmp_path, text))


@pytest.mark.long
def test_product_rows_of_one_order_in_one_file_all_count(connection, tmp_path):
    head = "order_id,customer_id,order_date,amount,product,status\n"
    rows = "1,a,2024-01-01,10,Mug,{0}\n1,a,2024-01-01,10,Mug,{0}\n1,a,2024-01-01,20,Cup,{0}\n"
    late = f"{head}{rows.format('completed')}2,b,2024-02-02,5,Cup,completed\n"
    intake = load(connection, tmp_path, head + rows.format("processing"), late)
    assert sorted(row[3] for row in used(connection)) == ["10", "10", "20", "5"]
    assert aside(intake) == {"copy": 3}


def test_of_three_exports_the_newest_counts(connection, tmp_path):
    head = "order_id,customer_id,order_date,amount,status\n"
    texts = [
        f"{head}1,a,2024-01-01,100,{status}\n2,b,2024-01-02,5,completed\n{day[-1]}0,b,{day},7,completed\n"
        for status, day in (
            ("processing", "2024-02-01"),
            ("completed", "2024-02-02"),
            ("refunded", "2024-02-03"),
        )
    ]
    intake = load(connection, tmp_path, *texts)
    assert sorted(row[3] for row in used(connection)) == ["5", "7", "7", "7"]
    assert aside(intake) == {"copy": 4, "refunded_by_status": 1}


@pytest.mark.long
def test_a_product_row_that_was_added_counts_and_one_that_was_removed_does_not(connection, tmp_path):
    head = "order_id,customer_id,order_date,amount,product\n"
    less, more = "1,a,2024-01-01,10,Mug\n", "1,a,2024-01-01,10,Mug\n1,a,2024-01-01,20,Cup\n"
    last = "2,b,2024-02-02,5,Cup\n"
    for early, late, counts in ((less, more, ["10", "20", "3", "5"]), (more, less, ["10", "3", "5"])):
        intake = load(connection, tmp_path, head + early + "9,b,2024-01-01,3,Cup\n", head + late + last)
        assert sorted(row[3] for row in used(connection)) == counts
        assert "changed_orders" not in codes(intake)


def test_an_order_at_the_cut_of_two_pieces_is_not_taken_for_an_edited_one(connection, tmp_path):
    head = "order_id,customer_id,order_date,amount,product\n"
    more = "1,a,2024-01-01,10,Mug\n1,a,2024-01-01,20,Cup\n"
    intake = load(connection, tmp_path, head + more, f"{head}1,a,2024-01-01,10,Mug\n2,b,2024-02-02,5,Cup\n")
    assert sorted(row[3] for row in used(connection)) == ["10", "20", "5"]
    assert "changed_orders" in codes(intake)


@pytest.mark.long
def test_product_rows_of_an_order_that_two_pieces_share_all_count(connection, tmp_path):
    head = "order_id,customer_id,order_date,amount,product\n"
    early = f"{head}1,a,2024-01-01,10,Mug\n1,a,2024-01-01,20,Cup\n2,b,2024-01-02,10,Mug\n"
    late = f"{head}2,b,2024-01-02,30,Cup\n3,b,2024-01-03,10,Mug\n"
    for texts in ((early, late), (late, early)):
        intake = load(connection, tmp_path, *texts)
        assert aside(intake) == {}
        assert "changed_orders" not in codes(intake)


def test_files_of_one_product_each_share_orders_and_all_count(connection, tmp_path):
    head = "order_id,customer_id,order_date,amount,product\n"
    mugs = head + "".join(f"{n},a,2024-01-0{n},10,Mug\n" for n in range(1, 6))
    intake = load(connection, tmp_path, mugs, mugs.replace("Mug", "Cup"))
    assert aside(intake) == {}
    assert told(intake, "changed_orders").startswith("5 order ids stand in several of")


def shop(number: str, customer: str, status: str, total: str, day: str, refunded: str = "0") -> str:
    at = f"{day} 10:00:00 +0100"
    return f"{number},{customer},{status},{at},NOK,{total},0,0,{total},{at},1,Mug,{total},{refunded},V,9,\n"


SHOP = """Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,\
Lineitem name,Lineitem price,Refunded Amount,Vendor,Id,Phone
"""


@pytest.mark.long
def test_where_no_file_is_newer_the_refunded_order_is_the_later_one(connection, tmp_path):
    before = SHOP + shop("#1", "ann@x.no", "paid", "100", "2024-01-01")
    after = SHOP + shop("#1", "ann@x.no", "partially_refunded", "100", "2024-01-01", "40")
    for texts in ((before, after), (after, before)):
        intake = load(connection, tmp_path, *texts)
        assert sorted(row[3] for row in used(connection)) == ["-40", "100"]
        assert ("a.csv" if texts[0] == after else "b.csv") in told(intake, "copies").partition(
            "newer file, "
        )[2]


@pytest.mark.long
@pytest.mark.parametrize(("customer", "kept"), [("ann.new@x.no", "ann.new@x.no"), ("", "ann@x.no")])
def test_an_order_whose_customer_was_corrected_counts_once(connection, tmp_path, customer, kept):
    early = (
        SHOP
        + shop("#1", "ann@x.no", "paid", "100", "2024-01-01")
        + shop("#2", "bo@x.no", "paid", "5", "2024-01-05")
    )
    late = (
        SHOP
        + shop("#1", customer, "paid", "100", "2024-01-01")
        + shop("#3", "bo@x.no", "paid", "6", "2024-02-05")
    )
    for texts in ((early, late), (late, early)):
        intake = load(connection, tmp_path, *texts)
        assert sorted(row[0] + row[3] for row in used(connection)) == [f"{kept}100", "bo@x.no5", "bo@x.no6"]
        assert aside(intake) == {"copy": 1}


def test_two_shops_with_the_same_order_numbers_keep_both_orders(connection, tmp_path):
    one, other = (
        SHOP + shop("#1", who, "paid", total, "2024-01-01")
        for who, total in (("a@x.no", "7"), ("b@x.no", "8"))
    )
    intake = load(connection, tmp_path, one, other)
    assert aside(intake) == {}
    assert "changed_orders" in codes(intake)


def paid(
    day: str, status: str, gross: str, kind: str = "Express Checkout Payment", payer: str = "ann@x.no",
    receiver: str = "shop@x.no", number: str = "T1", reference: str = "",
) -> str:  # fmt: skip
    """Return a row of PAYPAL."""
    told_of = {
        "Date": day, "Time": "10:00:00", "TimeZone": "CET", "Name": "Ann", "Type": kind, "Status": status,
        "Currency": "NOK", "Gross": gross, "From Email Address": payer, "To Email Address": receiver,
        "Transaction ID": number, "Reference Txn ID": reference,
    }  # fmt: skip
    return ",".join(f'"{told_of.get(header, "")}"' for header in next(csv.reader([PAYPAL.splitlines()[0]])))


def test_totals_of_orders_that_share_an_id_all_count(connection, tmp_path):
    """Ids that start anew, for another customer or on another day, are other orders."""
    head = "order_id,customer_id,order_date,order total,product\n"
    first = "".join(f"{n},a,2024-01-0{n},100,X\n{n},a,2024-01-0{n},100,Y\n" for n in range(1, 5))
    again = "1,z,2024-03-01,100,X\n1,z,2024-03-01,100,Y\n1,a,2024-04-01,100,X\n1,a,2024-04-01,100,Y\n"
    for options in ({}, {"order_amounts": "once"}):
        load(connection, tmp_path, head + first + again, **options)
        assert sum(float(row[3]) for row in used(connection)) == 600


def test_guests_of_any_table(connection, tmp_path):
    text = "customer_id,email,order_date,amount\n"
    text += "7,Ann@x.no,2025-01-05,10\n,ann@x.no,2025-01-06,20\n0,bo@x.no,2025-01-07,5\n"
    text += ",,2025-01-08,5\n"
    intake = load(connection, tmp_path, text)
    assert [row[0] for row in used(connection)] == ["7", "7", "bo@x.no"]
    assert aside(intake) == {"missing_customer": 1}


def test_an_address_with_several_ids_is_told(connection, tmp_path):
    text = "customer_id,email,order_date,amount\n"
    text += "7,ann@x.no,2025-01-05,10\n8,ann@x.no,2025-01-06,20\n,ann@x.no,2025-01-07,5\n"
    intake = load(connection, tmp_path, text)
    assert [row[0] for row in used(connection)] == ["7", "8", "ann@x.no"]
    assert told(intake, "several_ids").startswith(
        '1 e-mail address has several customer ids, such as "ann@x.no".'
    )


def test_aliases(connection, tmp_path):
    text = "customer,order_date,amount\nold,2025-01-05,10\nnew@x.no,2025-01-06,20\nNEW@x.no,2025-01-07,5\n"
    aliases = {"old": "new@x.no", "nobody": "x"}
    intake = load(connection, tmp_path, text, aliases=aliases)
    assert {row[0] for row in used(connection)} == {"new@x.no"}
    assert told(intake, "aliases") == (
        "1 row of 1 customer counts as that of the customers whom the aliases name. 1 alias names nobody in the"
        " files."
    )


# --- from a shell ---------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_shell_user_sees_what_the_file_was_read_as(cli: Callable[..., object], tmp_path):
    (tmp_path / "orders.csv").write_text(SHOPIFY, encoding="utf-8")
    done = cli("check", "orders.csv")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith("read as: Shopify orders export (")
    assert "    of these orders" not in done.stdout
    assert "1 of these orders, amount 0.00" in done.stdout
    said = json.loads(cli("check", "orders.csv", "--format", "shopify", "--json").stdout)
    assert said["files"][0]["format"]["name"] == "shopify"
    assert said["files"][0]["format"]["overruled"] is True
    assert sum(line["rows"] for line in said["files"][0]["account"]) == said["rows"]["read"] == 7


@pytest.mark.long
def test_strict_refuses_any_row_set_aside(cli: Callable[..., object], tmp_path):
    (tmp_path / "orders.csv").write_text(SHOPIFY, encoding="utf-8")
    done = cli("check", "orders.csv", "--strict")
    assert done.exit_code == 3
    assert "orders.csv: 3 rows are set aside, and --strict allows none." in done.stderr
    assert "1 set aside, amount 120.00 NOK: The status says that the order was cancelled." in done.stderr
    rows = SHOPIFY.splitlines()
    (tmp_path / "clean.csv").write_text("\n".join(rows[:4]) + "\n", encoding="utf-8")
    assert cli("check", "clean.csv", "--strict").exit_code == 0


def test_aliases_from_a_file(cli: Callable[..., object], tmp_path):
    (tmp_path / "orders.csv").write_text(
        "customer,order_date,amount\na,2025-01-05,10\nb,2025-01-06,20\n", encoding="utf-8"
    )
    aliases = tmp_path / "same.csv"
    aliases.write_text("customer;same as\nb;c\nc;a\n", encoding="utf-8")
    done = cli("check", "orders.csv", "--aliases", "same.csv")
    assert "Note: 1 row of 1 customer counts as that of the customers whom the aliases name." in done.stdout
    aliases.write_text("customer;same as\nb;a\na;b\n", encoding="utf-8")
    done = cli("check", "orders.csv", "--aliases", "same.csv")
    assert (done.exit_code, done.stderr) == (
        3,
        "Error: same.csv: the aliases run in a circle: b -> a -> b. Remove one of these rows.\n",
    )


def test_an_export_that_lacks_one_column_is_named(connection, tmp_path):
    message = refused(connection, tmp_path, SHOPIFY.replace(",Total,", ",Totally,"))
    assert message.endswith(' It looks like a Shopify orders export, but has no column "Total".')


@pytest.mark.parametrize(
    ("rows", "advice"),
    [
        (repeated(), "keep it on the first row of each order only"),
        (repeated(several=1), "keep it on the first of them only."),
        ("amazon-order-id,purchase-date,sku\n1,2025-01-05,A\n", "Use an export of your own shop."),
        (
            "customer_id,email,order_date,amount\n7,a@x.no,2025-01-05,1\n8,a@x.no,2025-01-06,2\n",
            "clear the header of the ids.",
        ),
    ],
)
@pytest.mark.one_in(3)
def test_in_a_workbook_no_option_is_advised(connection, rows, advice):
    table = [line.split(",") for line in rows.splitlines()]
    try:
        intake = load_orders(connection, [SheetRows.of_values(table, "Orders")])
        words = " ".join(warning.text for warning in intake.warnings)
    except InputError as error:
        words = str(error)
    assert words.endswith(advice) or advice in words
    assert "--" not in words


@pytest.mark.long
def test_the_data_quality_page_says_what_was_read(tmp_path):
    paths = [tmp_path / "shop.csv", tmp_path / "till.csv"]
    paths[0].write_text(SHOPIFY, encoding="utf-8")
    paths[1].write_text(
        "customer_id,order_date,amount,currency\nann@x.no,2025-03-01,7,NOK\n", encoding="utf-8"
    )
    make_report(paths, tmp_path / "report.xlsx", ReadOptions(), Parameters())
    book = Workbook(tmp_path / "report.xlsx")
    texts = [cell.value for cell in book.sheets["Data quality"].values() if isinstance(cell.value, str)]
    assert any(
        text.startswith("Shopify orders export (20 of 24 known columns), csv, utf-8") for text in texts
    )
    by_file = book.table_rows("account_by_file")
    assert [(row["File"], row["Rows"]) for row in by_file if row["Outcome"] == "Used"] == [
        ("shop.csv", 3),
        ("till.csv", 1),
    ]


def test_attributes_are_joined_whatever_the_capitals_of_an_address(tmp_path):
    orders, people = tmp_path / "orders.csv", tmp_path / "people.csv"
    orders.write_text("email,order_date,amount\nAnn@x.no,2025-01-05,10\n", encoding="utf-8")
    people.write_text("email,town\nANN@x.no,Oslo\n", encoding="utf-8")
    beside = BesideFiles(customers=people)
    make_report([orders], tmp_path / "report.xlsx", ReadOptions(), Parameters(), beside=beside)
    (row,) = Workbook(tmp_path / "report.xlsx").table_rows("customers")
    assert (row["Customer"], row["town"]) == ("ann@x.no", "Oslo")


@pytest.mark.parametrize("customer", ["@SUM(A1)", "a@b", "Ann @ home.no", "A@@x.no"])
@pytest.mark.one_in(3)
def test_only_an_address_loses_its_capitals(connection, tmp_path, customer):
    load(connection, tmp_path, f"customer_id,order_date,amount\n{customer},2025-01-05,10\n")
    assert used(connection)[0][0] == customer


NAMED_EVENTS = """Email,Event Name,Event Time,$value,OrderId,Currency
a@x.se,Placed Order,2025-01-02T10:00:00+00:00,100,1,SEK
a@x.se,Ordered Product,2025-01-02T10:00:00+00:00,100,1,SEK
b@x.se,Placed Order,2025-01-03T10:00:00+00:00,200,2,SEK
b@x.se,Refunded Order,2025-01-09T10:00:00+00:00,50,2,SEK
c@x.se,Placed Order,2025-01-04T10:00:00+00:00,300,3,SEK
c@x.se,Cancelled Order,2025-01-05T10:00:00+00:00,300,3,SEK
"""


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (NAMED_EVENTS, {}),
        (
            NAMED_EVENTS.replace("$value", "Amount").replace("Ordered Product,2025-01-02", "Cancelled Order,2025-01-02")
            + "a@x.se,Placed Order,2025-01-03T10:00:00+00:00,100,9,SEK\n",
            {"columns": {"order_date": "Event Time"}},
        ),
    ],
)  # fmt: skip
@pytest.mark.long
def test_events_that_only_their_name_tells_are_no_sales_all_of_them(connection, tmp_path, text, options):
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    load_orders(connection, [path], options=ReadOptions(**options))
    found = connection.execute(
        "SELECT customer_id, sum(amount) FROM order_rows GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert found == [("a@x.se", 100), ("b@x.se", 150)]


def test_a_table_with_an_event_name_and_a_value_is_no_export_of_klaviyo():
    assert not matches(Headers(["Event name", "Value", "Customer", "Date", "Amount"]))
