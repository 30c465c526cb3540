"""Returns as tills and shops write them: by a quantity below 0, or by the kind of the row."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.orders import ReadOptions, load_orders


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, **options):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(**options))


def lines(intake):
    return [(line.outcome, line.reason, line.rows, float(line.amount)) for line in intake.account]


def told(intake, code):
    return [(note.rows, str(note.text)) for note in intake.warnings if note.code == code]


QUANTITIES = """Ordernr;Orderdatum;Kund;Artikel;Antal;Belopp
A1;2025-01-02;a@x.se;P;1;1 035,47
A2;2025-01-03;b@x.se;P;2;100,00
A3;2025-01-09;a@x.se;P;-1;1 035,47
A4;2025-01-10;b@x.se;P;-1;-50,00
A5;2025-01-11;b@x.se;P;-1;10,00
"""
ENGLISH = """Order ID,Date,Customer,Quantity,Amount
A1,2025-01-02,a,1,1035.47
A2,2025-01-03,b,2,100
A3,2025-01-09,a,-1,1035.47
A4,2025-01-10,b,-1,-50
A5,2025-01-11,b,-1,10
"""


@pytest.mark.parametrize("text", [QUANTITIES, ENGLISH])
def test_a_quantity_below_0_beside_an_amount_above_0_is_a_refund(connection, tmp_path, text):
    more = text + "".join(
        text.splitlines(keepends=True)[1].replace("A1", f"B{at}").replace("1 035,47", "1,00").replace(
            "1035.47", "1.00"
        )
        for at in range(3)
    )  # fmt: skip
    intake = load(connection, tmp_path, more)
    assert lines(intake) == [("used", "", 5, 1138.47), ("refund", "", 3, -1095.47)]
    header = "Antal" if ";" in text else "Quantity"
    assert told(intake, "refunds_by_quantity") == [
        (
            2,
            (
                f'orders.csv: 2 rows have a "{header}" below 0 and an amount above 0, the first is row 4 ("-1"). They'
                " are taken for refunds, and their amounts are taken off. If they are sales: --column quantity=-."
            ),
        )
    ]
    intake = load(connection, tmp_path, more, columns={"quantity": ""})
    assert lines(intake) == [("used", "", 7, 2183.94), ("refund", "", 1, -50.0)]


def test_a_list_of_stock_has_no_returns_and_is_told(connection, tmp_path):
    rows = "".join(f"A{day},2025-01-{day:02d},a,{-1 if day > 1 else 1},10\n" for day in range(1, 6))
    intake = load(connection, tmp_path, f"Order ID,Date,Customer,Quantity,Amount\n{rows}")
    assert lines(intake) == [("used", "", 5, 50.0)]
    assert [rows for rows, _ in told(intake, "negative_quantity")] == [4]


def test_a_total_on_each_row_of_an_order_is_no_return(connection, tmp_path):
    text = """Ordernr;Datum;Kund;Artikel;Antal;Ordersumma
A1;2025-01-02;a;P;2;90
A1;2025-01-02;a;Q;-1;90
A2;2025-01-03;b;P;1;50
A2;2025-01-03;b;Q;1;50
"""
    intake = load(connection, tmp_path, text, order_amounts="once")
    assert lines(intake)[0] == ("used", "", 2, 140.0)
    assert [rows for rows, _ in told(intake, "negative_quantity")] == [1]


KINDS = [
    ("Transaktionstyp", "Köp", "Retur"),
    ("Ordertyp", "Order", "Retur"),
    ("Ordertyp", "Webb", "Retur"),
    ("Händelse", "Försäljning", "Återköp"),
    ("Hendelse", "Salg", "Refusjon"),
    ("Hændelse", "Salg", "Tilbagebetaling"),
    ("Tapahtuma", "Myynti", "Palautus"),
    ("Type", "Sale", "Return"),
    ("Transaction type", "Charge", "REFUND"),
    ("Vorgangsart", "Verkauf", "Rückgabe"),
]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("minus", ["", "-"])
@pytest.mark.parametrize(("header", "sale", "back"), KINDS)
def test_a_kind_of_row_tells_returns(connection, tmp_path, header, sale, back, minus):
    text = (
        f"Kvittonr;Datum;Kundnr;{header};Belopp\n1;2025-01-02;7;{sale};100,00\n2;2025-01-03;8;{sale};50,00\n"
        f"3;2025-01-04;7;{back};{minus}30,00\n"
    )
    intake = load(connection, tmp_path, text)
    assert lines(intake) == [("used", "", 2, 150.0), ("refund", "", 1, -30.0)]
    assert header not in intake.unused_columns
    assert told(intake, "returns_by_type") == [
        (
            1,
            (
                f'orders.csv: "{header}" says that 1 row is a return: row 4 ("{back}"). Such amounts are taken off,'
                " with or without a minus sign. If that is wrong, rename the column."
            ),
        )
    ]
    assert (f"{header}: {back}", "refunded", "refund") in [
        (line.status, line.read_as, line.counted_as) for line in intake.statuses
    ]


def test_a_kind_of_customer_is_no_return_and_is_told(connection, tmp_path):
    text = "customer_id,order_date,amount,Type\na,2024-01-05,10,New\na,2024-01-06,7,Return\n"
    intake = load(connection, tmp_path, text)
    assert lines(intake) == [("used", "", 2, 17.0)]
    assert [rows for rows, _ in told(intake, "unclear_flag")] == [1]


@pytest.mark.parametrize(
    ("header", "test"), [("Orderstatus", "Test"), ("Status", "TESTORDER"), ("Typ", "Testköp")]
)
def test_test_orders_by_their_status_or_kind_are_no_sales(connection, tmp_path, header, test):
    text = f"Ordernr;Datum;Kundnr;{header};Belopp\n1;2025-01-02;7;Levererad;100,00\n2;2025-01-03;8;{test};50,00\n"
    intake = load(connection, tmp_path, text)
    assert lines(intake) == [("used", "", 1, 100.0), ("set aside", "test_order", 1, 50.0)]
    assert [rows for rows, _ in told(intake, "test_orders")] == [1]
