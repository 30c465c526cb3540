"""Returns as tills and shops write them: by a quantity below 0, or by the kind of the row."""

from __future__ import annotations

import duckdb
import openpyxl
import pytest

from clv_xl.errors import InputError, UsageError
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


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "header", ["Returdatum", "Återbetald datum", "Refunded at", "Returdato", "Palautuspäivä"]
)
def test_the_day_of_a_return_says_that_the_order_came_back(connection, tmp_path, header):
    """As a day in Cancelled at says that it was cancelled; the advice to read it as an amount ended in nothing."""
    rows = "1;2024-01-02;a;100,00;2024-01-09\n2;2024-01-03;b;50,00;\n3;2024-01-04;a;25,00;\n"
    text = f"Ordrenr;Dato;Kunde;Beløp;{header}\n{rows}"
    intake = load(connection, tmp_path, text)
    assert lines(intake) == [("used", "", 2, 75.0), ("set aside", "refunded_by_status", 1, 100.0)]
    assert told(intake, "returned_by_date") == [
        (
            1,
            (
                f'orders.csv: "{header}" has a date on 1 row, "2024-01-09" in row 2. The order is read as returned'
                " whole, and does not count. If only a part came back, write the amounts in a column Refunded amount;"
                " if that is no return, rename the column."
            ),
        )
    ]
    assert not told(intake, "unused_but_telling")


def test_the_day_of_a_return_says_nothing_beside_its_amount(connection, tmp_path):
    rows = "1,2024-01-02,a,100,30,2024-01-09\n2,2024-01-03,b,50,,\n"
    intake = load(connection, tmp_path, "order_id,date,customer,amount,Refunded amount,Refunded at\n" + rows)
    assert lines(intake) == [("used", "", 2, 150.0), ("refund", "refunded_column", 0, -30.0)]
    assert not told(intake, "returned_by_date") + told(intake, "unused_but_telling")


def test_a_last_day_for_returns_on_most_rows_takes_nothing_off(connection, tmp_path):
    rows = "1,2024-01-02,a,100,2024-02-02\n2,2024-01-03,b,50,2024-02-03\n3,2024-01-04,b,5,\n"
    intake = load(connection, tmp_path, "order_id,date,customer,amount,Return date\n" + rows)
    assert lines(intake) == [("used", "", 3, 155.0)]
    assert told(intake, "unclear_flag") == [
        (
            2,
            (
                'orders.csv: "Return date" has a date on 2 of 3 rows, such as "2024-02-02" in row 2: too many for'
                " returns. Nothing is taken off. If these orders came back, write yes instead of the date."
            ),
        )
    ]


ORDERS = "Order-ID;Orderdatum;Kund-ID;Belopp\n1;2024-01-02;k1;1000,00\n2;2024-01-03;k2;250,00\n3;2024-01-25;k3;80,00\n"
RETURNS = "Order-ID;Returdatum;Kund-ID;Återbetalt belopp\n1;2024-01-08;k1;{}300,00\n3;2024-01-26;k3;{}80,00\n"


def put(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_file_of_refunds_in_the_folder_is_taken_off_with_or_without_a_minus(connection, tmp_path):
    put(tmp_path, ord=ORDERS)
    for minus in ("", "-"):
        put(tmp_path, ret=RETURNS.format(minus, minus))
        intake = load_orders(connection, [tmp_path])
        assert lines(intake) == [("used", "", 3, 1330.0), ("refund", "", 2, -380.0)]
        assert told(intake, "column_chosen") == [
            (
                0,
                (
                    'ret.csv: Its rows are read as refunds: "Återbetalt belopp" is taken off, with or without a minus'
                    ' sign, on the day in "Returdatum". If they are orders, rename "Återbetalt belopp".'
                ),
            )
        ]


@pytest.mark.long
def test_refunds_that_cannot_be_read_as_such_are_passed_over_with_the_way_out(connection, tmp_path):
    """A day that does not say what it is may be that of an order, whose amount has an unknown header."""
    put(tmp_path, ord=ORDERS, ret=RETURNS.format("", "").replace("Returdatum", "Datum"))
    intake = load_orders(connection, [tmp_path])
    assert lines(intake) == [("used", "", 3, 1330.0)]
    assert told(intake, "folder_read")[0][1].endswith(
        'Passed over: ret.csv (The amounts are refunds ("Återbetalt belopp"), and read as such in a file with the'
        ' number of the order, the customer and the day of the refund in a column "Refund date", and no other day).'
    )


@pytest.mark.long
def test_of_a_workbook_the_sheet_of_orders_comes_before_that_of_refunds(connection, tmp_path):
    book = openpyxl.Workbook()
    for sheet, text in ((book.active, ORDERS), (book.create_sheet("Returer"), RETURNS.format("-", "-"))):
        for line in text.splitlines():
            sheet.append([float(cell.replace(",", ".")) if "," in cell else cell for cell in line.split(";")])
    book.active.title = "Order"
    book.save(tmp_path / "w.xlsx")
    intake = load_orders(connection, [tmp_path / "w.xlsx"])
    assert lines(intake) == [("used", "", 3, 1330.0)]
    intake = load_orders(connection, [tmp_path / "w.xlsx"], options=ReadOptions(sheet=("all",)))
    assert lines(intake) == [("used", "", 3, 1330.0), ("refund", "", 2, -380.0)]


def test_a_file_of_nothing_but_refunds_says_that_there_is_no_order(connection, tmp_path):
    """With order ids this ended in an error of the database."""
    for name, text in (
        ("minus", "order_id,date,customer,amount\n1,2024-01-02,a,-5\n2,2024-01-03,b,-6\n"),
        ("ret", RETURNS.format("", "")),
    ):
        put(tmp_path, **{name: text})
        with pytest.raises(InputError, match="none of the 2 rows is a usable order"):
            load_orders(connection, [tmp_path / f"{name}.csv"])


def test_a_column_named_for_one_file_leaves_the_others_with_their_own(connection, tmp_path):
    """The refunds' columns may be named too: that they are refunds still stands."""
    put(
        tmp_path,
        ord=ORDERS,
        ret=RETURNS.format("", ""),
        b="Ordrenr;Dag;Kundenr;Penger\n7;2024-01-30;k9;5,00\n",
    )
    both = [tmp_path / "ord.csv", tmp_path / "b.csv"]
    named = {"order_date": "Dag", "amount": "Penger"}
    intake = load_orders(connection, both, options=ReadOptions(columns=named))
    assert lines(intake) == [("used", "", 4, 1335.0)]
    assert told(intake, "column_of_others") == [
        (
            0,
            (
                f'ord.csv: there is no column "{header}", which --column {name} names. "{own}" is read as {name} here.'
                " If that is wrong, rename it."
            ),
        )
        for name, header, own in (("order_date", "Dag", "Orderdatum"), ("amount", "Penger", "Belopp"))
    ]
    named = {"order_date": "Returdatum", "amount": "Återbetalt belopp"}
    both = [tmp_path / "ord.csv", tmp_path / "ret.csv"]
    intake = load_orders(connection, both, options=ReadOptions(columns=named))
    assert lines(intake) == [("used", "", 3, 1330.0), ("refund", "", 2, -380.0)]


def test_a_column_that_no_file_has_is_refused(connection, tmp_path):
    put(tmp_path, a=ORDERS, b=ORDERS.replace("k1", "k7"))
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for some, kind, said in (
        (paths, UsageError, 'none of the files has a column "Belop"'),
        (paths[:1], InputError, 'There is no column "Belop"'),
    ):
        with pytest.raises(kind, match=said):
            load_orders(connection, some, options=ReadOptions(columns={"amount": "Belop"}))


def test_a_refund_needs_an_order_of_its_customer_that_is_no_later(connection, tmp_path):
    text = """Order ID,Date,Customer,Amount
1,2025-01-05,a,10.00
1,2025-01-03,a,-10.00
2,2025-01-02,b,20.00
3,2025-01-05,b,30.00
3,2025-01-04,b,-30.00
4,2025-01-02,c,40.00
4,2025-01-02,c,-40.00
,2025-01-01,d,50.00
,2025-01-02,d,-50.00
"""
    intake = load(connection, tmp_path, text)
    # a's refund is before all that a bought; b's is before its own order, but after another
    assert lines(intake) == [
        ("used", "", 5, 150.0),
        ("refund", "", 3, -120.0),
        ("set aside", "refund_without_order", 1, -10.0),
    ]
