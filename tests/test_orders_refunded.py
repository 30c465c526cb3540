"""Refunded amounts in a column of their own: subtracted once, never twice, and reconciled to the last cent."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clv_xl.orders import OrderRules, ReadOptions, load_orders
from clv_xl.orders.columns import resolve
from tests.shops import gather_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from clv_xl.orders import Intake

HEADER = ["customer_id", "order_date", "amount", "order_id", "status", "Refunded Amount"]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def load(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    rows: Sequence[Sequence[str]],
    rules: OrderRules | None = None,
    header: Sequence[str] = HEADER,
    **options: Any,
) -> Intake:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    path = tmp_path / "orders.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    rules = rules or OrderRules(as_of=date(2027, 1, 1))
    return load_orders(connection, [path], options=ReadOptions(**options), parameters=rules)


def refunds(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, Decimal]]:
    return connection.execute(
        "SELECT customer_id, order_id, day::VARCHAR, amount FROM order_rows WHERE is_refund ORDER BY row_number"
    ).fetchall()


def verdicts(intake: Intake) -> dict[str, tuple[int, Decimal]]:
    return {
        line.verdict: (line.rows, sum((part.amount for part in line.amounts), Decimal(0)))
        for line in intake.refunded
    }


def codes(intake: Intake) -> list[str]:
    return [warning.code for warning in intake.warnings]


def test_a_refunded_amount_is_a_sale_and_a_refund_of_the_same_order(connection, tmp_path) -> None:
    rows = [["A", "2024-01-05", "100", "1", "paid", "30"], ["B", "2024-02-05", "50", "2", "paid", "0"]]
    intake = load(connection, tmp_path, rows)
    found = connection.execute("SELECT row_number, order_id, day::VARCHAR, amount, is_refund FROM order_rows")
    assert found.fetchall() == [
        (2, "1", "2024-01-05", Decimal(100), False),
        (2, "1", "2024-01-05", Decimal(-30), True),
        (3, "2", "2024-02-05", Decimal(50), False),
    ]
    lines = [(line.outcome, line.reason, line.rows, line.amount) for line in intake.account]
    assert lines == [("used", "", 2, 150), ("refund", "refunded_column", 0, -30)]
    assert intake.account[1].explanation == (
        'Told by the column "Refunded Amount" of 1 of the rows used; dated like the order, as no other date is known.'
    )
    assert (intake.rows_read, intake.amount_read, codes(intake)) == (2, 120, [])
    assert verdicts(intake) == {"subtracted": (1, 30)}


def test_refunds_can_be_ignored(connection, tmp_path) -> None:
    rows = [["A", "2024-01-05", "100", "1", "paid", "30"]]
    intake = load(connection, tmp_path, rows, OrderRules(refunds="ignore"))
    assert intake.amount_read == sum(line.counted_amount for line in intake.account) == 100
    assert refunds(connection) == []
    assert verdicts(intake) == {"ignored": (1, 30)}


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("rows", "net", "told", "warned"),
    [
        # more than the order came to
        ([["A", "2024-01-05", "100", "1", "", "130"]], 0, {"subtracted": 100, "beyond_amount": 30},
         ["refunded_beyond_amount"]),
        ([["A", "2024-01-05", "0", "1", "", "5"]], 0, {"beyond_amount": 5},
         ["zero_amounts", "refunded_beyond_amount"]),
        # more than its row, but not than its order
        ([["A", "2024-01-05", "40", "1", "", "90"], ["A", "2024-01-05", "60", "1", "", ""]], 10,
         {"subtracted": 90}, []),
        # below 0: all of them, and some of them
        ([["A", "2024-01-05", "100", "1", "", "-30"], ["A", "2024-01-05", "10", "2", "", "0"]], 80,
         {"subtracted": 30}, ["refunded_minus"]),
        ([["A", "2024-01-05", "100", "1", "", "-30"], ["A", "2024-01-05", "10", "2", "", "1"]], 109,
         {"subtracted": 1, "negative": -30}, ["refunded_negative"]),
        # undone by the status already, in whole and in part
        ([["A", "2024-01-05", "100", "1", "refunded", "100"], ["A", "2024-01-05", "10", "2", "", ""]], 10,
         {"row_set_aside": 100}, []),
        ([["A", "2024-01-05", "100", "1", "refunded", "30"], ["A", "2024-01-05", "10", "2", "", ""]], 10,
         {"row_set_aside": 30}, ["refunded_in_part"]),
        ([["A", "2024-01-05", "100", "1", "cancelled", "100"], ["A", "2024-01-05", "10", "2", "", ""]], 10,
         {"row_set_aside": 100}, []),
        # undone by a row of its own already
        ([["A", "2024-01-05", "100", "1", "", "30"], ["A", "2024-01-09", "-30", "1", "", ""]], 70,
         {"refund_row_too": 30}, ["refunded_twice"]),
        ([["A", "2024-01-05", "100", "1", "", ""], ["A", "2024-01-09", "-30", "1", "", "30"]], 70,
         {"refund_row": 30}, []),
        # the order's refund on each of its rows
        ([["A", "2024-01-05", "40", "1", "", "30"], ["A", "2024-01-05", "60", "1", "", "30"]], 70,
         {"subtracted": 30, "repeated": 30}, ["refunded_repeated"]),
        # by line: another value, a 0 or a blank on another row of the order shows it; also on a row set aside
        ([["A", "2024-01-05", "100", "1", "", "100"], ["A", "2024-01-06", "100", "1", "", "100"],
          ["A", "2024-01-05", "40", "1", "", "0"]], 40, {"subtracted": 200}, []),
        ([["A", "2024-01-05", "100", "1", "", "100"], ["A", "2024-01-06", "100", "1", "", "100"],
          ["A", "2024-01-05", "40", "1", "", "40"]], 0, {"subtracted": 240}, []),
        ([["A", "2024-01-05", "100", "1", "", "100"], ["A", "2024-01-06", "100", "1", "", "100"],
          ["A", "2024-01-05", "40", "1", "", ""]], 40, {"subtracted": 200}, []),
        ([["A", "2024-01-05", "100", "1", "", "90"], ["A", "2024-01-06", "100", "1", "", "90"],
          ["A", "2024-01-05", "40", "1", "cancelled", "40"]], 20, {"subtracted": 180, "row_set_aside": 40}, []),
        ([["A", "2024-01-05", "50", "1", "", "80"], ["A", "2024-01-06", "50", "1", "", "80"],
          ["A", "2024-01-05", "40", "1", "", "0"]], 0, {"subtracted": 140, "beyond_amount": 20},
         ["refunded_beyond_amount"]),
        # the order's refund on its first row; on each row, of which one has no amount
        ([["A", "2024-01-05", "100", "1", "", "30"], ["A", "2024-01-05", "", "1", "", ""],
          ["A", "2024-01-05", "", "1", "", ""]], 70, {"subtracted": 30}, []),
        ([["A", "2024-01-05", "100", "1", "", "30"], ["A", "2024-01-05", "60", "1", "", "30"],
          ["A", "2024-01-05", "", "1", "", ""]], 130, {"subtracted": 30, "repeated": 30}, ["refunded_repeated"]),
        # two refunds of one order, two orders without an id
        ([["A", "2024-01-05", "40", "1", "", "30"], ["A", "2024-01-05", "60", "1", "", "35"]], 35,
         {"subtracted": 65}, []),
        ([["A", "2024-01-05", "40", "", "", "30"], ["A", "2024-01-05", "60", "", "", "30"]], 40,
         {"subtracted": 60}, []),
        # no number
        ([["A", "2024-01-05", "100", "1", "", "yes"]], 100, {"bad": 0}, ["refunded_bad"]),
        # no amount
        ([["A", "2024-01-05", "100", "1", "", ""], ["A", "2024-01-05", "", "1", "", "5"]], 100,
         {"row_set_aside": 5}, ["refunded_without_amount"]),
    ],
)  # fmt: skip
def test_what_must_not_be_subtracted_is_told(connection, tmp_path, rows, net, told, warned) -> None:
    intake = load(connection, tmp_path, rows)
    assert sum(line.counted_amount for line in intake.account) == net
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchone() == (net,)
    assert {name: amount for name, (_, amount) in verdicts(intake).items()} == told
    assert codes(intake) == warned


def test_the_same_share_of_vat_and_the_same_rate_as_the_order(connection, tmp_path) -> None:
    header = [*HEADER, "currency"]
    rows = [
        ["A", "2024-01-05", "99.99", "1", "", "33.33", "EUR"],
        ["A", "2024-01-06", "20", "2", "", "20", "SEK"],
    ]
    rules = OrderRules(
        currency="SEK", rates={"EUR": Decimal("11.5")}, amounts_include_vat=True, vat_rate=0.25
    )
    intake = load(connection, tmp_path, rows, rules, header)
    # 99.99 x 11.5 / 1.25 = 919.908; 33.33 x 11.5 / 1.25 = 306.636; 20 / 1.25 = 16
    assert refunds(connection) == [
        ("A", "1", "2024-01-05", Decimal("-306.6360")),
        ("A", "2", "2024-01-06", Decimal(-16)),
    ]
    assert [line.counted_amount for line in intake.account] == [Decimal("935.9080"), Decimal("-322.6360")]
    assert [(part.currency, part.rows, part.amount) for part in intake.account[1].amounts] == [
        ("EUR", 1, Decimal("-33.33")),
        ("SEK", 1, Decimal(-20)),
    ]


def test_a_refund_leaves_the_cost_and_the_count_of_orders(connection, tmp_path) -> None:
    """Margin is amount less cost: 100 - 30 - 40 = 30 with a cost, and (50 - 10) x 0.5 = 20 without."""
    (tmp_path / "orders.csv").write_text(
        "customer_id,order_date,amount,order_id,cost,refunded\nA,2024-01-05,100,1,40,30\nB,2024-01-06,50,2,,10\n"
    )
    from clv_xl.parameters import Parameters

    material = gather_from([tmp_path / "orders.csv"], Parameters(gross_margin=0.5))
    rows = {row.customer_id: row for row in material.customers.itertuples()}
    assert [(rows[name].orders, rows[name].amount, rows[name].margin) for name in "AB"] == [
        (1, 70.0, 30.0),
        (1, 40.0, 20.0),
    ]


@pytest.mark.long
def test_the_column_can_be_named_and_left_out(connection, tmp_path) -> None:
    rows = [["A", "2024-01-05", "100", "1", "", "30"]]
    header = [*HEADER[:-1], "Retur kr"]
    intake = load(connection, tmp_path, rows, header=header)
    # the blank status column is no column
    assert (intake.amount_read, intake.unused_columns) == (100, ("status", "Retur kr"))
    assert load(connection, tmp_path, rows, header=header, columns={"refunded": "Retur kr"}).amount_read == 70
    assert load(connection, tmp_path, rows, columns={"refunded": ""}).amount_read == 100


@pytest.mark.parametrize(
    "header",
    [
        "Refunded Amount", "Amount Refunded", "Total Refunded", "Order Refund Amount", "refunded", "Återbetalt belopp",
        "Återbetalat belopp", "Krediterat belopp", "Refundert beløp", "Tilbakebetalt beløp", "Refunderet beløb",
        "Tilbagebetalt beløb", "Hyvitetty summa", "Palautettu summa", "Montant remboursé", "Erstatteter Betrag",
    ],
)  # fmt: skip
def test_headers_of_refunded_amounts(header: str) -> None:
    found = resolve(["Kundnr", "Datum", "Belopp", header], {})
    assert (found.problem, found.positions["refunded"], found.positions["amount"]) == ("", 3, 2)


def test_a_partly_refunded_status_asks_for_the_amount_only_where_it_is_not_known(
    connection, tmp_path
) -> None:
    partly = "partially_refunded"
    rows = [["A", "2024-01-05", "100", "1", partly, "30"], ["A", "2024-01-06", "50", "2", partly, ""],
            ["A", "2024-01-06", "50", "3", partly, ""], ["A", "2024-01-07", "-5", "3", partly, ""]]  # fmt: skip
    intake = load(connection, tmp_path, rows)
    assert [(one.code, one.rows) for one in intake.warnings] == [("partly_refunded", 1)]
    assert 'the column "Refunded Amount" does not say how much' in intake.warnings[0].text
    intake = load(connection, tmp_path, [row[:5] for row in rows[:2]], header=HEADER[:5])
    assert [(one.code, one.rows) for one in intake.warnings] == [("partly_refunded", 2)]
    assert "no column says how much (--column refunded=HEADER" in intake.warnings[0].text


# The four layouts that shops export, with the same 1,140 orders in each


LAYOUTS = {
    "shopify_orders_export.csv": {
        "customer_id": "Name", "order_date": "Created at", "country": "Billing Country",
    },
    "stripe_payments.csv": {"customer_id": "id", "order_date": "Created (UTC)", "amount": "Amount"},
    "magento_sales_order_grid.csv": {"customer_id": "ID", "amount": "Grand Total (Base)"},
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.long
def test_the_exports_of_three_shops_give_the_same_revenue(connection, shared_data, name: str) -> None:
    """Added up by hand from the Shopify file: what was paid, less what was refunded."""
    folder = shared_data / "order_export_layouts"
    with (folder / "shopify_orders_export.csv").open(encoding="utf-8", newline="") as handle:
        orders = [row for row in csv.DictReader(handle) if row["Total"]]
    kept = [row for row in orders if row["Financial Status"] in {"paid", "partially_refunded"}]
    part = [row for row in kept if Decimal(row["Refunded Amount"])]
    net = sum(Decimal(row["Total"]) - Decimal(row["Refunded Amount"]) for row in kept)
    assert (len(orders), len(part)) == (1140, 29)
    intake = load_orders(connection, [folder / name], options=ReadOptions(columns=LAYOUTS[name]))
    assert sum(line.counted_amount for line in intake.account) == net
    assert verdicts(intake)["subtracted"][0] == len(part)
    with (folder / name).open(encoding="utf-8-sig", newline="") as handle:
        column = [row[intake.columns["refunded"]] or "0" for row in csv.DictReader(handle)]
    assert sum(amount for _, amount in verdicts(intake).values()) == sum(map(Decimal, column))


# Any rows, against the rules once more in plain Python


def of_their_orders(rows: list[list[str]]) -> list[list[str]]:
    """The rows, with a refund under the customer of its order where its own has no order of that number."""
    buyers = defaultdict(set)
    for customer, _, amount, order, *_ in rows:
        if order and Decimal(amount) >= 0:
            buyers[order].add(customer)
    return [
        [*buyers[row[3]], *row[1:]]
        if Decimal(row[2]) < 0 and row[4] != "cancelled" and len(buyers[row[3]]) == 1
        else row
        for row in rows
    ]


def rows_aside(rows: list[list[str]]) -> list[bool]:
    """The rows that count nowhere: cancelled, undone by their status, a refund without a sale; all of one day."""
    amounts = [Decimal(row[2]) for row in rows]
    keys = [(row[0], row[3]) for row in rows]
    aside = [row[4] == "cancelled" for row in rows]
    sales = [
        (key, out) for key, amount, out in zip(keys, amounts, aside, strict=True) if amount >= 0 and key[1]
    ]
    gone = {order for order, out in sales if out} - {order for order, out in sales if not out}
    aside = [out or (amounts[at] < 0 and keys[at] in gone) for at, out in enumerate(aside)]
    before = None
    while before != aside:
        before = list(aside)
        buyers = {row[0] for at, row in enumerate(rows) if not aside[at] and amounts[at] >= 0}
        aside = [out or (amounts[at] < 0 and rows[at][0] not in buyers) for at, out in enumerate(aside)]
        undone = {keys[at] for at, out in enumerate(aside) if amounts[at] < 0 and not out and keys[at][1]}
        for at, row in enumerate(rows):
            if row[4] == "refunded" and amounts[at] > 0 and keys[at] not in undone:
                aside[at] = True
    return aside


def oracle(rows: list[list[str]]) -> tuple[Decimal, dict[str, Decimal]]:
    """What is left of the sales, and what became of the refunded amounts."""
    rows = of_their_orders(rows)
    aside = rows_aside(rows)
    amounts = [Decimal(row[2]) for row in rows]
    keys = [(row[0], row[3] or f"row {at}") for at, row in enumerate(rows)]
    kept = [at for at in range(len(rows)) if not aside[at]]
    own_rows = {keys[at] for at in kept if amounts[at] < 0}
    left = {key: sum(amounts[at] for at in kept if keys[at] == key and amounts[at] >= 0) for key in keys}
    numbers = [Decimal(0) if row[5] in {"", "x"} else Decimal(row[5]) for row in rows]
    sign = 1 if any(number > 0 for number in numbers) else -1
    told: dict[str, Decimal] = defaultdict(Decimal)
    carried: dict[tuple[str, str], set[Decimal | None]] = defaultdict(set)
    for at, key in enumerate(keys):
        if rows[at][5] not in {"", "x"}:
            carried[key].add(numbers[at])
        elif not rows[at][5] and not aside[at]:
            carried[key].add(None)
    seen = set()
    for at, key in enumerate(keys):
        number = sign * numbers[at]
        obstacles = {
            "row_set_aside": aside[at],
            "refund_row": amounts[at] < 0,
            "refund_row_too": key in own_rows,
            "negative": number < 0,
            "repeated": (key, number) in seen and len(carried[key]) == 1,
        }
        obstacle = next((name for name, stands in obstacles.items() if stands), None)
        taken = Decimal(0) if obstacle else min(number, left[key])
        if number and not obstacle:
            seen.add((key, number))
            left[key] -= taken
        told["subtracted"] += taken
        told[obstacle or "beyond_amount"] += number - taken
    net = sum((amounts[at] for at in kept), Decimal(0)) - told["subtracted"]
    return net, {name: amount for name, amount in told.items() if amount}


ROW = st.tuples(
    st.sampled_from("AB"),
    st.just("2024-01-05"),
    st.sampled_from(["100", "55.5", "20", "0", "-20", "-7.25"]),
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(["", "", "", "cancelled", "refunded"]),
    st.sampled_from(["", "0", "10", "10", "20.25", "55.5", "150", "-4", "x"]),
).map(list)


def check_rows(connection, tmp_path, rows) -> None:
    rows = [["A", "2024-01-05", "1", "own", "", ""], *rows]
    intake = load(connection, tmp_path, rows)
    net, told = oracle(rows)
    assert sum(line.counted_amount for line in intake.account) == net
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchone() == (net,)
    assert {name: amount for name, (_, amount) in verdicts(intake).items() if name != "bad"} == told
    assert intake.rows_read == len(rows)
    assert intake.amount_read == sum(Decimal(row[2]) for row in rows) - told.get("subtracted", 0)


@pytest.mark.long
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=12))
def test_any_rows_reconcile_with_a_plain_oracle(connection, tmp_path, rows) -> None:
    check_rows(connection, tmp_path, rows)


@pytest.mark.long
@settings(max_examples=160, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=12))
def test_many_rows_reconcile_with_a_plain_oracle(connection, tmp_path, rows) -> None:
    check_rows(connection, tmp_path, rows)


NOTED = "Kunde;Fakturanr;Dato;Beløp;Status;Refunded Amount\n"


@pytest.mark.parametrize(
    ("rows", "net", "noted"),
    [
        # a credit note with its own number is the refund of the column
        (["A;3;2024-02-01;100;Betalt;100", "A;4;2024-02-05;-100;Kreditnota;0"], 10, 1),
        (["A;3;2024-02-01;100;Betalt;100", "A;4;2024-02-05;-100;Betalt;"], 10, 1),
        # in part, and the note in lines
        (["A;3;2024-02-01;100;Betalt;30", "A;4;2024-02-05;-10;Kreditnota;0", "A;4;2024-02-05;-20;Kreditnota;0"], 80, 1),
        # each note stands for one sale
        (["A;3;2024-02-01;100;Betalt;30", "A;6;2024-02-01;100;Betalt;30", "A;4;2024-02-05;-30;Kreditnota;0"], 150, 1),
        # of another day, amount or customer it is another refund
        (["A;1;2024-01-01;500;Betalt;0", "A;4;2024-01-05;-30;Kreditnota;0", "A;3;2024-02-01;100;Betalt;30"], 550, 0),
        (["A;3;2024-02-01;100;Betalt;30", "A;4;2024-02-05;-20;Kreditnota;0"], 60, 0),
        (["A;3;2024-02-01;100;Betalt;30", "B;4;2024-02-05;-30;Kreditnota;0", "B;2;2024-01-01;50;Betalt;0"], 100, 0),
        # a note of an order that is here is that order's
        (["A;3;2024-02-01;100;Betalt;30", "A;7;2024-02-01;40;Betalt;0", "A;7;2024-02-05;-30;Kreditnota;0"], 90, 0),
        # called credited as well, the sale is undone once
        (["A;1;2024-01-01;500;Betalt;0", "A;3;2024-02-01;100;Kreditert;100", "A;4;2024-02-05;-100;Kreditnota;0"],
         510, 1),
    ],
)  # fmt: skip
@pytest.mark.one_in(4)
def test_a_credit_note_of_its_own_number_is_not_taken_off_beside_the_column(
    connection, tmp_path, rows, net, noted
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([NOTED.strip(), *rows, "B;5;2024-02-06;10;Betalt;0", ""]), encoding="utf-8")
    intake = load_orders(connection, [path])
    ((total,),) = connection.execute("SELECT sum(amount) FROM order_rows").fetchall()
    assert total == net
    assert codes(intake).count("refunded_by_note_too") == noted


SALES_REPORT = [
    "Day",
    "Order name",
    "Customer email",
    "Gross sales",
    "Discounts",
    "Returns",
    "Net sales",
    "Taxes",
    "Total sales",
]
SOLD = [
    ("2025-01-02", "#1", "a@x.se", "1000.00", "-100.00", "0.00", "900.00", "225.00", "1125.00"),
    ("2025-01-05", "#2", "b@x.se", "500.00", "0.00", "0.00", "500.00", "125.00", "625.00"),
    ("2025-02-05", "#2", "b@x.se", "0.00", "0.00", "-200.00", "-200.00", "-50.00", "-250.00"),
    ("2025-03-06", "#3", "d@x.se", "400.00", "-50.00", "-100.00", "250.00", "62.50", "312.50"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "b", "d"), [("Net sales", 300, 250), ("Total sales", 375, Decimal("312.5"))]
)
def test_returns_that_net_sales_have_lost_are_not_taken_off_again(connection, tmp_path, amount, b, d):
    intake = load(connection, tmp_path, SOLD, header=SALES_REPORT, columns={"amount": amount})
    assert dict(
        connection.execute("SELECT customer_id, sum(amount) FROM order_rows GROUP BY ALL").fetchall()
    ) == {"a@x.se": 900 if amount == "Net sales" else 1125, "b@x.se": b, "d@x.se": d}
    told = (
        f'orders.csv: "{amount}" is what is left of "Gross sales" after "Returns" on 2 rows, first row 4. The refunds'
        ' are off already, and nothing more is taken off. If that is wrong: --column refunded="Returns".'
    )
    assert [str(note.text) for note in intake.warnings if note.code == "refunds_off_already"] == [told]


@pytest.mark.parametrize(
    ("header", "rows", "options", "left"),
    [
        # a named column is taken off all the same
        (SALES_REPORT, SOLD, {"columns": {"amount": "Net sales", "refunded": "Returns"}}, [900, 500, -200, 250, -100]),
        # amounts before refunds
        (
            ["Order ID", "Date", "Customer ID", "Subtotal", "Discount", "Tax", "Total", "Refund"],
            [
                ("1", "2025-01-02", "1", "100", "10", "20", "110", "60"),
                ("2", "2025-01-03", "2", "100", "0", "20", "120", ""),
            ],
            {},
            [110, -60, 120],
        ),
        # a refund that just equals the tax, beside a total without it
        (
            ["Order ID", "Date", "Customer ID", "Netto", "Moms", "Total", "Refund"],
            [("1", "2025-01-02", "1", "800", "200", "1000", "200"), ("2", "2025-01-03", "2", "80", "20", "100", "")],
            {"columns": {"amount": "Netto"}},
            [800, -200, 80],
        ),
    ],
)  # fmt: skip
@pytest.mark.long
def test_refunds_that_amounts_still_have_are_taken_off(connection, tmp_path, header, rows, options, left):
    intake = load(connection, tmp_path, rows, header=header, **options)
    amounts = connection.execute(
        "SELECT amount FROM order_rows ORDER BY row_number, is_refund, amount DESC"
    ).fetchall()
    assert [float(amount) for (amount,) in amounts] == left
    assert "refunds_off_already" not in [note.code for note in intake.warnings]
