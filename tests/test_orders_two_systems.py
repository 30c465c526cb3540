"""A shop's orders and the payments for them, under numbers of their own, count once; two shops keep all orders."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from clv_xl.orders import Intake, OrderRules, load_orders, rows_set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection = duckdb.DuckDBPyConnection
Order = tuple[str, str, date, int]  # number, customer, day, amount in hundredths
START = date(2024, 1, 1)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with duckdb.connect() as made:
        made.execute("SET threads = 1")
        yield made


def shop(orders: list[Order]) -> str:
    rows = (f"{n};{d};{c}@ex.se;{a // 100},{a % 100:02}" for n, c, d, a in orders)
    return "\n".join(["Ordernr;Datum;E-post;Belopp", *rows]) + "\n"


def paypal(orders: list[Order]) -> str:
    header = (
        "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,"
        "Transaction ID"
    )
    rows = (
        f"{d:%d/%m/%Y},10:00:00,CET,A,Express Checkout Payment,Completed,SEK,{a / 100:.2f},-9.00,{a / 100 - 9:.2f},"
        f"{c}@ex.se,b@shop.se,T{n}"
        for n, c, d, a in orders
    )
    return "\n".join([header, *rows]) + "\n"


def load(connection: Connection, folder: Path, **texts: str) -> Intake:
    paths = [folder / f"{name}.csv" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return load_orders(connection, paths, parameters=OrderRules(as_of=date(2027, 1, 1), currency="SEK"))


def total(intake: Intake) -> Decimal:
    return sum((line.counted_amount for line in intake.account), Decimal(0))


def said(intake: Intake, code: str) -> str:
    return " ".join(warning.text for warning in intake.warnings if warning.code == code)


THREE: list[Order] = [
    ("1001", "a", date(2024, 1, 2), 100000),
    ("1002", "b", date(2024, 1, 3), 25000),
    ("1003", "c", date(2024, 1, 14), 73150),
]


@pytest.mark.parametrize("first", ["shp", "pay"])
def test_orders_of_the_shop_and_their_payments_count_once_as_in_the_shop(connection, tmp_path, first):
    texts = {"shp": shop(THREE), "pay": paypal(THREE)}
    intake = load(connection, tmp_path, **{name: texts[name] for name in sorted(texts, key=first.__ne__)})
    assert total(intake) == Decimal("1981.50")
    assert [(row.file, row.counted_in) for row in rows_set_aside(connection, intake)] == [
        ("pay.csv", f"shp.csv, row {at}") for at in (2, 3, 4)
    ]
    assert "pay.csv and shp.csv both hold the days" in said(intake, "copies")
    assert "they count once, as in shp.csv" in said(intake, "copies")


def with_refunds(
    orders: str, payments: str, of_shop: dict[str, int], of_payments: dict[str, int]
) -> tuple[str, str]:
    """Refunds of both systems, in hundredths by order, on one day."""
    day = date(2024, 1, 14)
    for number, amount in of_shop.items():
        customer = next(c for n, c, _, _ in THREE if n == number)
        orders += f"{number};{day};{customer}@ex.se;-{amount // 100},{amount % 100:02}\n"
    header, *rows = payments.splitlines()
    lines = [header + ",Reference Txn ID", *(row + "," for row in rows)]
    for number, amount in of_payments.items():
        customer = next(c for n, c, _, _ in THREE if n == number)
        lines.append(
            f"{day:%d/%m/%Y},11:00:00,CET,A,Payment Refund,Completed,SEK,-{amount / 100:.2f},9.00,0.00,"
            f"b@shop.se,{customer}@ex.se,R{number},T{number}"
        )
    return orders, "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("of_shop", "of_payments", "once"),
    [
        ({"1001": 40000}, {"1001": 40000}, 40000),  # told by both
        ({}, {"1001": 40000}, 40000),  # by the payments alone
        ({"1001": 40000}, {}, 40000),  # by the shop alone
        ({"1001": 40000}, {"1002": 5000}, 45000),  # two refunds
        ({"1001": 40000}, {"1001": 10000}, 50000),  # two of one order
        ({"1001": 40000, "1002": 25000}, {"1001": 40000, "1002": 25000}, 65000),
    ],
)
def test_a_refund_that_both_systems_tell_comes_off_once(connection, tmp_path, of_shop, of_payments, once):
    orders, payments = with_refunds(shop(THREE), paypal(THREE), of_shop, of_payments)
    intake = load(connection, tmp_path, shp=orders, pay=payments)
    assert total(intake) == Decimal("1981.50") - Decimal(once) / 100
    # a refund that only the payments tell is of the shop's order
    refunded = connection.execute(
        "SELECT order_id, -sum(amount) FROM order_rows WHERE is_refund GROUP BY 1"
    ).fetchall()
    assert {number for number, _ in refunded} == {*of_shop, *of_payments}


def test_a_column_of_refunds_in_the_shop_covers_the_refunds_of_the_payments(connection, tmp_path):
    rows = (f"{n};{d};{c}@ex.se;{a // 100},{a % 100:02};{400 * (n == '1001')}" for n, c, d, a in THREE)
    orders = "\n".join(["Ordernr;Datum;E-post;Belopp;Återbetalt", *rows]) + "\n"
    _, payments = with_refunds("", paypal(THREE), {}, {"1001": 40000, "1002": 5000})
    intake = load(connection, tmp_path, shp=orders, pay=payments)
    assert total(intake) == Decimal("1981.50") - 400 - 50


def test_the_public_layouts_of_a_shop_and_of_its_card_payments_count_once(connection, shared_data):
    """1,068 orders of 55,214.60: some of the shop's have a telephone number where the payment has an address."""
    folder = shared_data / "order_export_layouts"
    intake = load_orders(connection, [folder / "shopify_orders_export.csv", folder / "stripe_payments.csv"])
    used = [line for line in intake.account if line.outcome == "used"]
    assert [(line.rows, line.amount) for line in used] == [(1068, Decimal("55214.60"))]


def regulars(seed: int) -> list[Order]:
    """Ten customers who pay one of two prices every other day."""
    dice = random.Random(seed)
    return [
        (f"{seed}{n}", f"c{n % 10}", START + timedelta(days=n % 60), dice.choice((9500, 12000)))
        for n in range(300)
    ]


def test_regular_customers_of_one_price_in_two_shops_count_and_are_told(connection, tmp_path):
    one, two = regulars(1), regulars(2)
    intake = load(connection, tmp_path, shp=shop(one), pay=paypal(two))
    assert total(intake) == Decimal(sum(a for *_, a in one + two)) / 100
    assert "They count twice" in said(intake, "overlapping_rows")


def test_two_exports_of_one_system_that_number_differently_are_two_shops(connection, tmp_path):
    other = [(f"9{n}", c, d, a) for n, c, d, a in THREE]
    intake = load(connection, tmp_path, one=shop(THREE), two=shop(other))
    assert total(intake) == 2 * Decimal("1981.50")


def random_shop(dice: random.Random, numbers: str) -> list[Order]:
    customers = dice.randint(3, 60)
    prices = [dice.randrange(1000, 200000) for _ in range(dice.choice((1, 4, 40)))]
    return [
        (
            f"{numbers}{n}",
            f"c{dice.randrange(customers)}",
            START + timedelta(days=dice.randrange(90)),
            dice.choice(prices) + dice.choice((0, 0, dice.randrange(5000))),
        )
        for n in range(dice.randint(3, 80))
    ]


def any_pair(seed: int) -> tuple[list[Order], list[Order], int]:
    """A shop and what the payment service holds: of it, some missing and some a day later; or of another shop."""
    dice = random.Random(seed)
    orders = random_shop(dice, "1")
    if seed % 2:
        other = random_shop(dice, "2")
        return orders, other, sum(a for *_, a in orders + other)
    missing, later = dice.choice((0, 0.1, 0.25)), dice.choice((0, 0.1))
    payments = [
        (n, c, d + timedelta(days=dice.random() < later), a)
        for n, c, d, a in orders
        if dice.random() >= missing
    ]
    return orders, payments, sum(a for *_, a in orders)


def holds_the_truth(connection: Connection, folder: Path, seed: int) -> None:
    """What counts is the truth; or it is more, and the note says so. Never is an order lost."""
    orders, payments, true = any_pair(seed)
    if not payments:
        return
    intake = load(connection, folder, shp=shop(orders), pay=paypal(payments))
    beyond = total(intake) - Decimal(true) / 100
    assert beyond >= 0, seed
    if seed % 2:
        assert beyond == 0, seed
    # one or two orders alike are no evidence
    if beyond and len(payments) > 2:
        assert "They count twice" in said(intake, "overlapping_rows"), seed


@pytest.mark.long
def test_many_pairs_of_exports_hold_the_truth_or_say_what_counts_twice(connection, tmp_path):
    for seed in range(80):
        holds_the_truth(connection, tmp_path, seed)


def fees(orders: list[Order], share: float = 0.029, fixed: int = 180) -> list[Order]:
    return [(n, c, d, a - round(a * share) - fixed) for n, c, d, a in orders]


@pytest.mark.parametrize("first", ["shp", "pay"])
def test_payments_net_of_fees_count_once_as_in_the_shop(connection, tmp_path, first):
    """1,981.50 less 2.9 % and 1.80 each: 1,000 - 30.80, 250 - 9.05, 731.50 - 23.01 (half to even) = 1,918.64."""
    texts = {"shp": shop(THREE), "pay": paypal(fees(THREE))}
    intake = load(connection, tmp_path, **{name: texts[name] for name in sorted(texts, key=first.__ne__)})
    assert total(intake) == Decimal("1981.50")
    assert (
        "amounts a few percent lower in pay.csv, as after fees: 1,918.64 in all instead of 1,981.50"
        in said(intake, "copies")
    )
    assert "read the files apart" in said(intake, "copies")


def test_net_amounts_of_two_plain_tables_count_once_as_in_the_one_with_more(connection, tmp_path):
    net = shop(fees([(f"9{n}", *rest) for n, *rest in THREE])).replace("Belopp", "Total")
    intake = load(connection, tmp_path, net=net, gross=shop(THREE))
    assert total(intake) == Decimal("1981.50")
    assert "they count once, as in gross.csv" in said(intake, "copies")


def test_amounts_that_are_lower_by_no_rule_count_and_are_told(connection, tmp_path):
    less = [0.14, 0.01, 0.12, 0.02, 0.13, 0.03]
    orders = [(f"{n}", f"c{n}", START + timedelta(days=3 * n), 10000 + 100 * n) for n in range(6)]
    other = [(n, c, d, round(a * (1 - by))) for (n, c, d, a), by in zip(orders, less, strict=True)]
    intake = load(connection, tmp_path, shp=shop(orders), pay=paypal(other))
    assert total(intake) == Decimal(sum(a for *_, a in orders + other)) / 100
    assert "They count twice, as it is not sure" in said(intake, "overlapping_rows")
    assert "read shp.csv without pay.csv" in said(intake, "overlapping_rows")


def with_invoices(text: str, numbers: list[str]) -> str:
    lines = [
        line + f",{at}" for line, at in zip(text.splitlines(), ["Invoice Number", *numbers], strict=True)
    ]
    return "\n".join(lines) + "\n"


def test_an_invoice_number_that_names_the_order_is_proof_whoever_paid(connection, tmp_path):
    payers = [(n, f"wife-of-{c}", d + timedelta(days=3), a) for n, c, d, a in THREE]
    pay = with_invoices(paypal(payers), [f"WC-{n}" for n, *_ in THREE])
    intake = load(connection, tmp_path, shp=shop(THREE), pay=pay)
    assert total(intake) == Decimal("1981.50")
    assert "3 orders of pay.csv name an order of shp.csv as their invoice number" in said(intake, "copies")


def test_invoice_numbers_with_other_amounts_are_no_proof(connection, tmp_path):
    payers = [(n, f"wife-of-{c}", d, a + 100) for n, c, d, a in THREE]
    pay = with_invoices(paypal(payers), [f"WC-{n}" for n, *_ in THREE])
    intake = load(connection, tmp_path, shp=shop(THREE), pay=pay)
    assert total(intake) == 2 * Decimal("1981.50") + 3


COLUMN = "Ordernr;Datum;E-post;Belopp;Återbetalt\n" + "".join(
    f"{n};{d};{c}@ex.se;{a / 100:.2f};{300 if c == 'a' else ''}\n" for n, c, d, a in THREE
)
STRIPE = "id,Created (UTC),Amount,Amount Refunded,Currency,Customer Email,Status,Fee,Captured\n" + "".join(
    f"ch{n},{d} 10:00,{a / 100:.2f},{300 if c == 'a' else 0},sek,{c}@ex.se,Paid,1,true\n"
    for n, c, d, a in THREE
)


def paid_back(*amounts: str) -> str:
    return paypal(THREE) + "".join(
        f"20/01/2024,10:00:00,CET,A,Payment Refund,Completed,SEK,-{amount},0,-{amount},b@shop.se,a@ex.se,R{amount}\n"
        for amount in amounts
    )


SHOPS = {
    "row": shop(THREE) + "1001;2024-01-19;a@ex.se;-300,00\n",
    "column": COLUMN,
    "none": shop(THREE),
}
PAYMENTS = {"rows": paid_back("300.00"), "two": paid_back("100.00", "200.00"), "column": STRIPE}


@pytest.mark.parametrize("payments", PAYMENTS)
@pytest.mark.parametrize("told", SHOPS)
def test_a_refund_that_both_systems_tell_or_only_the_payments_comes_off_once(
    connection, tmp_path, told, payments
):
    """1,981.50 less 300."""
    intake = load(connection, tmp_path, shp=SHOPS[told], pay=PAYMENTS[payments])
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchone() == (Decimal("1681.50"),)
    assert "they count once, as in shp.csv" in said(intake, "copies")
    assert len(rows_set_aside(connection, intake)) >= 3


def test_refunds_of_one_customer_that_differ_both_come_off_and_are_told(connection, tmp_path):
    intake = load(connection, tmp_path, shp=SHOPS["row"], pay=paid_back("299.00"))
    assert connection.execute("SELECT sum(amount) FROM order_rows").fetchone() == (Decimal("1382.50"),)
    assert "pay.csv tells of 1 refund, 299.00 in all" in said(intake, "overlapping_rows")


def net_pair(seed: int) -> tuple[list[Order], list[Order]]:
    """A shop, and payments of it less fees: of one card, of two kinds of card, or a fixed part alone."""
    dice = random.Random(seed)
    orders, payments, _ = any_pair(2 * seed)
    shares, fixed = dice.choice((((0.029,), 180), ((0.014, 0.029), 180), ((0.0,), 500)))
    return orders, [(n, c, d, max(a - round(a * dice.choice(shares)) - fixed, 1)) for n, c, d, a in payments]


def net_payments_hold_the_truth(connection: Connection, folder: Path, seed: int) -> None:
    """No order is lost; what counts beyond the truth is told, but for some orders that no rule pairs."""
    orders, payments = net_pair(seed)
    if len(payments) <= 3:
        return
    intake = load(connection, folder, shp=shop(orders), pay=paypal(payments))
    beyond = total(intake) - Decimal(sum(a for *_, a in orders)) / 100
    assert beyond >= 0, seed
    told = said(intake, "copies") + said(intake, "overlapping_rows")
    assert not beyond or "as after fees" in told, seed


@pytest.mark.parametrize("seed", [4, 11, 42])
def test_payments_net_of_fees_of_a_whole_shop_count_once(connection, tmp_path, seed):
    """Missing payments, payments a day later, a fixed part that is much of a small amount."""
    orders, payments = net_pair(seed)
    intake = load(connection, tmp_path, shp=shop(orders), pay=paypal(payments))
    assert total(intake) == Decimal(sum(a for *_, a in orders)) / 100
    assert "as after fees" in said(intake, "copies")


@pytest.mark.long
def test_many_payments_net_of_fees_hold_the_truth_or_say_what_counts_twice(connection, tmp_path):
    for seed in range(60):
        net_payments_hold_the_truth(connection, tmp_path, seed)
