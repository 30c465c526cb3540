"""Columns that say yes or no, and the first row of every reason: what `check` tells of a real export."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.columns import resolve
from clv_xl.orders.sheet_rows import SheetRows
from clv_xl.orders.told import as_data, in_words


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, name="orders.csv", **options):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(**options))


def lines(intake):
    return [(line.reason, line.rows, float(line.amount)) for line in intake.account]


FORTNOX = """Fakturanr;Kundnr;Kundnamn;Fakturadatum;Förfallodatum;Totalt;Saldo;Makulerad
1001;17;Berg AB;2024-01-05;2024-02-04;1250,50;0;Nej
1002;18;Ek HB;2024-01-07;2024-02-06;800,00;800,00;Nej
1003;17;Berg AB;2024-01-09;2024-02-08;1250,50;1250,50;Ja
1004;19;Lind & Co;2024-02-01;2024-03-02;99,00;0;
"""


def test_a_cancelled_invoice_is_no_sale(connection, tmp_path):
    intake = load(connection, tmp_path, FORTNOX)
    assert lines(intake) == [("", 3, 2149.5), ("cancelled", 1, 1250.5)]
    told = in_words(intake, detail=True)
    assert 'Statuses in "Makulerad":' in told
    assert "Makulerad: Ja   1  cancelled  set aside" in told
    assert "(no, or blank)  3  completed  sale" in told
    assert "cancelled    Makulerad" in told
    assert "Makulerad" not in intake.unused_columns


HEADERS = (
    "Makulerad", "Cancelled", "Canceled", "Is cancelled", "Annullert", "Kansellert", "Annulleret", "Peruttu",
    "Storniert", "is_void", "Test", "Is test", "is_test", "Testorder", "Testordre", "Testitilaus",
)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_headers_that_say_cancelled_or_test(header):
    role = "test" if "test" in header.casefold() else "cancelled"
    assert resolve(["Kundnr", "Datum", "Belopp", header], {}).extra[role] == (3,)


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("Ja", "Nej"),
        ("yes", "no"),
        ("TRUE", "FALSE"),
        ("x", ""),
        ("1", "0"),
        ("2024-02-01 10:00", ""),
        ("kyllä", "ei"),
    ],
)
@pytest.mark.one_in(4)
def test_words_for_yes_and_no(connection, tmp_path, yes, no):
    rows = f"customer_id\torder_date\tamount\tMakulerad\na\t2024-01-05\t10\t{no}\nb\t2024-01-06\t7\t{yes}\n"
    assert lines(load(connection, tmp_path, rows)) == [("", 1, 10), ("cancelled", 1, 7)]


def test_test_orders_are_no_sales(connection, tmp_path):
    header = "Is test"
    rows = (
        f"customer_id,order_date,amount,status,{header}\na,2024-01-05,10,paid,no\nb,2024-01-06,7,paid,yes\n"
    )
    intake = load(connection, tmp_path, rows)
    assert lines(intake) == [("", 1, 10), ("test_order", 1, 7)]
    assert "paid, Is test: yes" in in_words(intake, detail=True)


def test_a_cancellation_comes_on_top_of_a_status(connection, tmp_path):
    rows = "customer_id,order_date,amount,status,cancelled\na,2024-01-05,10,paid,false\na,2024-01-06,7,paid,true\n"
    intake = load(connection, tmp_path, rows)
    assert [(line.status, line.read_as, line.counted_as) for line in intake.statuses] == [
        ("paid", "completed", "sale"),
        ("paid, cancelled: true", "cancelled", "set aside"),
    ]


def test_flags_of_a_known_export_and_of_a_sheet(connection, tmp_path):
    shopify = (
        "Name,Email,Financial Status,Created at,Total,Lineitem name,Lineitem quantity,Test\n"
        "#1,a@shop.se,paid,2024-01-05,10,Mug,1,false\n#2,b@shop.se,paid,2024-01-06,7,Mug,1,true\n"
    )
    assert lines(load(connection, tmp_path, shopify)) == [("", 1, 10), ("test_order", 1, 7)]
    sheet = [
        ["Kundnr", "Datum", "Belopp", "Makulerad"],
        [1, "2024-01-05", 10, False],
        [2, "2024-01-06", 7, True],
    ]
    assert lines(load_orders(connection, [SheetRows.of_values(sheet, "Orders")])) == [
        ("", 1, 10),
        ("cancelled", 1, 7),
    ]


def test_what_is_neither_yes_nor_no_is_told(connection, tmp_path):
    head = "customer_id,order_date,amount,Cancelled\n"
    clear = "".join(f"a,2024-01-{day:02d},10,no\n" for day in range(1, 11))
    intake = load(connection, tmp_path, f"{head}{clear}b,2024-01-12,7,maybe\nc,2024-01-13,7,yes\n")
    assert lines(intake) == [("", 11, 107), ("cancelled", 1, 7)]
    assert [(note.code, note.rows, note.text) for note in intake.warnings] == [
        (
            "unclear_flag",
            1,
            (
                'orders.csv: "Cancelled": 1 row says neither yes nor no, such as "maybe" in row 12. It counts as not'
                " cancelled. Write yes or no there."
            ),
        )
    ]


def test_a_column_of_experiments_is_no_flag(connection, tmp_path):
    rows = "customer_id,order_date,amount,Test\na,2024-01-05,10,Blue button\nb,2024-01-06,7,Red button\n"
    intake = load(connection, tmp_path, rows)
    assert lines(intake) == [("", 2, 17)]
    [note] = intake.warnings
    assert note.text == (
        'orders.csv: "Test": the column is not read as whether an order is a test: 2 rows say neither yes nor no, such'
        ' as "Blue button" in row 2. If it is meant so, write yes, or leave the cell blank.'
    )


def test_every_reason_names_its_first_row(connection, tmp_path):
    rows = (
        "Kundnr;Datum;Belopp\n1;2024-01-05;10\n;2024-01-06;10\n2;31/02/2024;10\n3;2024-01-07;ten\n;2024-01-08;5\n"
        "4;2024-01-09\n"
    )
    intake = load(connection, tmp_path, rows)
    told = in_words(intake)
    assert "2 set aside, amount 15.00: No customer. First: row 3, " in told
    assert 'No date, or a text that is not a date. First: row 4, Datum "31/02/2024".\n' in told
    assert 'The amount is not a number. First: row 5, Belopp "ten".\n' in told
    assert 'more or fewer columns than the header. First: row 7, "4;2024-01-09".\n' in told
    first = {line["reason"]: line["first_row"] for line in as_data(intake)["account"]}
    assert first[""] is None
    assert first["bad_date"] == {
        "file": "orders.csv", "row": 4, "place": "row 4", "header": "Datum", "value": "31/02/2024",
    }  # fmt: skip


def test_the_first_row_of_several_files_and_of_a_sheet(connection, tmp_path):
    rows = "Kundnr;Datum;Belopp\n1;2024-01-05;10\n{};2024-01-06;10\n"
    for name, customer in (("a.csv", "7"), ("b.csv", "")):
        (tmp_path / name).write_text(rows.format(customer), encoding="utf-8")
    intake = load_orders(connection, [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert "No customer. First: b.csv, row 3, " in in_words(intake)
    sheet = [["Kundnr", "Datum", "Belopp"], [1, "2024-01-05", 10], [2, "2024-01-06", "ten"]]
    told = in_words(load_orders(connection, [SheetRows.of_values(sheet, "Orders")]))
    assert 'The amount is not a number. First: Orders!C3, Belopp "ten".\n' in told


def test_all_broken_rows_can_be_listed_and_a_row_of_amount_0_is_named(connection, tmp_path):
    text = "Kundnr;Datum;Belopp\n1;2024-01-05;10\n2;2024-01-06\n3;2024-01-06\n4;2024-01-07;0\n"
    told = in_words(load(connection, tmp_path, text), detail=True)
    assert 'First: row 3, "2;2024-01-06". To list all: --set-aside FILE.csv.' in told
    assert "Note: 1 row has the amount 0: row 5. It counts as an order." in told


def test_a_header_in_the_midst_is_the_header_again(connection, tmp_path):
    rows = "1;2024-01-05;10\n2;2024-01-06;11\n"
    intake = load(
        connection,
        tmp_path,
        f"Kundnr;Datum;Belopp\n{rows}kundnr; Datum;Belopp\n{rows.replace('-01-', '-02-')}",
    )
    assert [(line.reason, line.rows) for line in intake.account] == [("", 4), ("header_again", 1)]
    assert 'The header again. First: row 4, Datum "Datum".' in in_words(intake)


PAID = """Ordrenr;Dato;Kundenr;Total;Betalt
1;02-01-2025;10;250,00;Ja
2;13-01-2025;11;200,00;Nej
3;14-01-2025;11;70,00;
4;15-01-2025;12;30,00;ja
"""


def test_an_order_that_is_not_paid_by_a_column_of_its_own_is_no_sale(connection, tmp_path):
    intake = load(connection, tmp_path, PAID)
    assert lines(intake) == [("", 3, 350), ("not_completed", 1, 200)]
    told = (
        'orders.csv: "Betalt" says that 1 row is not paid: row 3 ("Nej"). It is set aside. If it counts all the same,'
        " rename the column."
    )
    assert [str(note.text) for note in intake.warnings if note.code == "not_paid"] == [told]


@pytest.mark.parametrize(
    "text",
    [
        PAID.replace("Ja", "250,00").replace("Nej", "0").replace("ja", "30,00"),  # what was paid
        PAID.replace("Ja", "").replace("ja", ""),  # nothing is paid: nobody wrote it down
        PAID.replace("Nej", ""),
    ],
)
def test_a_column_that_does_not_tell_paid_from_unpaid_sets_nothing_aside(connection, tmp_path, text):
    assert lines(load(connection, tmp_path, text)) == [("", 4, 550)]


TWO_TYPES = """Fakturanr;Kundnr;Fakturadatum;Ordertyp;Dokumenttyp;Belopp
1;10;2025-01-02;Webb;Faktura;100
2;11;2025-01-03;Butik;Faktura;200
3;11;2025-01-03;Butik;Kreditnota;50
"""


@pytest.mark.parametrize("text", [TWO_TYPES, TWO_TYPES.replace("Butik;Kredit", "Retur;Kredit")])
def test_the_second_column_of_types_tells_credit_notes_too(connection, tmp_path, text):
    intake = load(connection, tmp_path, text)
    assert [(line.outcome, line.rows, line.amount) for line in intake.account] == [
        ("used", 2, 300),
        ("refund", 1, -50),
    ]
    assert intake.columns["other_type"] == "Dokumenttyp"


EVENTS = """Order ID,Event,Date,Customer,Amount
1,Order,2025-01-02,a,100
2,Order,2025-01-10,b,100
2,Cancelled,2025-01-11,b,100
3,Order,2025-01-12,b,60
4,Order,2025-01-12,b,30
4,Cancelled,2025-01-12,b,12
5,Cancelled,2025-01-12,b,7
"""


@pytest.mark.parametrize(
    "text",
    [
        EVENTS,
        EVENTS.replace("2,Cancelled,2025-01-11,b,100", "2,Cancelled,2025-01-11,b,0"),
        EVENTS.replace("Event", "Typ").replace("Cancelled", "Makulering").replace(",Order,", ",Försäljning,"),
    ],
)
def test_a_row_of_the_kind_cancelled_undoes_its_order_or_is_a_line_that_was_cancelled(
    connection, tmp_path, text
):
    load(connection, tmp_path, text)
    found = connection.execute("SELECT order_id, amount FROM order_rows ORDER BY 1").fetchall()
    assert found == [("1", 100), ("3", 60), ("4", 30)]
    reasons = connection.execute("SELECT file_row, reason FROM set_aside ORDER BY file_row").fetchall()
    assert reasons == [(row, "cancelled") for row in (3, 4, 7, 8)]


def test_a_cancellation_below_0_is_taken_off_once(connection, tmp_path):
    intake = load(connection, tmp_path, EVENTS.replace("b,100\n3", "b,-100\n3"))
    assert [(line.outcome, line.reason, line.amount) for line in intake.account] == [
        ("used", "", 290),
        ("refund", "", -100),
        ("set aside", "cancelled", 19),
    ]
