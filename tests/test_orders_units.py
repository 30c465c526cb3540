"""Amounts in öre, cents and thousands, and refunds in percent, as the headers say."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from clv_xl.orders import ReadOptions, load_orders
from clv_xl.orders.header_units import header_unit


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


def load(connection, tmp_path, text, **columns):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    return load_orders(connection, [path], options=ReadOptions(columns=columns))


def total(intake):
    return sum(line.amount for line in intake.account if line.reason == "")


def refunded(intake):
    return {line.verdict: sum(one.amount for one in line.amounts) for line in intake.refunded}


def orders(header, *values):
    rows = (f"{n};2024-01-0{n};c{n}@ex.se;{value}" for n, value in enumerate(values, start=1))
    return "\n".join([f"order_id;order_date;customer_email;{header}", *rows, ""])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("amount_cents", "300.5"),
        ("total_cents", "300.5"),
        ("Belopp (öre)", "300.5"),
        ("Beløp i øre", "300.5"),
        ("Belopp (tkr)", "30050000"),
        ("Belopp (TKR)", "30050000"),
        ("Beløp (1000 kr)", "30050000"),
        ("Belopp kSEK", "30050000"),
        ("Belopp (TSEK)", "30050000"),
        ("Belopp (SEK)", "30050"),
    ],
)
@pytest.mark.one_in(4)
def test_the_unit_of_the_header_counts_and_is_told(connection, tmp_path, header, expected):
    text = orders(header, "10000", "20050")
    for columns in ({}, {"amount": header}):
        intake = load(connection, tmp_path, text, **columns)
        assert total(intake) == Decimal(expected)
        told = [str(note.text) for note in intake.warnings if note.code == "unit_of_header"]
        assert bool(told) is (expected != "30050")
        assert all(f'"{header}"' in note and '"10000" in row 2' in note for note in told)


@pytest.mark.parametrize(
    "header", ["Score", "Store", "Recent", "Percent", "Total", "Amount (net)", "Per cent", "Before"]
)
def test_other_headers_name_no_unit(header):
    assert header_unit(header) is None


def test_refunds_in_percent_are_a_share_of_the_amount(connection, tmp_path):
    intake = load(connection, tmp_path, orders("Belopp;Återbetalt %", "1000;50", "1000;", "100;10 %"))
    assert refunded(intake) == {"subtracted": 510}
    (note,) = [str(note.text) for note in intake.warnings if note.code == "refunded_in_percent"]
    assert '"Återbetalt %" is taken off the amount in percent' in note
    assert 'row 2 ("50")' in note


def test_refunds_as_a_share_and_beside_money(connection, tmp_path):
    intake = load(connection, tmp_path, orders("Belopp;Refund percent", "1000;0.5", "1000;1"))
    assert refunded(intake) == {"subtracted": 1500}
    intake = load(connection, tmp_path, orders("Belopp;Återbetalt %;Återbetalt", "1000;50;500", "1000;;"))
    assert refunded(intake) == {"subtracted": 500}


def test_a_percentage_is_no_amount(connection, tmp_path):
    intake = load(connection, tmp_path, orders("Total %;Total", "40;100", "60;150"))
    assert total(intake) == 250


def test_tax_in_cents_and_a_percentage_of_nothing_are_not_told(connection, tmp_path):
    intake = load(connection, tmp_path, orders("Belopp;Återbetalt %;moms_ore", "1000;0;2500", "1000;;100"))
    assert refunded(intake) == {}
    assert not [note for note in intake.warnings if note.code in {"unit_of_header", "refunded_in_percent"}]
