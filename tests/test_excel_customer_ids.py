"""Who is a customer: every function that takes customers leaves out the same rows, as the order reader does."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from clv_xl.customers.summary import summarise
from clv_xl.customers.vectors import vector_shop
from clv_xl.excel.registry import CellFunction, explain, find_function, functions
from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS, customer_key
from clv_xl.metrics.returning import repeat_rate
from clv_xl.models.purchases import purchase_occasions
from clv_xl.orders.people import customer_key_sql
from clv_xl.parameters import Parameters
from tests.oracle import Line
from tests.shops import gather_from, write_orders

if TYPE_CHECKING:
    from pathlib import Path

WITH_CUSTOMERS = [function for function in functions() if "customers" in {a.name for a in function.arguments}]
FUNCTIONS = pytest.mark.parametrize("function", WITH_CUSTOMERS, ids=lambda function: function.name)

START = dt.date(2023, 1, 15)
ORDERS = [(f"c{n % 7}", START + dt.timedelta(days=19 * n), 10.0 + n % 5 * (-1) ** n) for n in range(40)]
ORDERS[20] = ("once", ORDERS[20][1], 12.5)
NEWEST = ORDERS[-1][1]
# predictions take 100 customers who came again
MANY = [
    (f"p{n % 130}", START + dt.timedelta(days=n % 130 + (7 + n % 9) * 9 * (n // 130)), 10.0 + n % 11)
    for n in range(390)
]
# rows that would change every figure if they counted: older, newer and dearer than all others, and often
STRAY = [START - dt.timedelta(days=400), START, START, NEWEST, NEWEST + dt.timedelta(days=400)]


def call(function: CellFunction, extra: list[tuple[object, dt.date, float]]) -> list[Any]:
    """The orders, with further rows in between, as the ranges of a call with what is required and amounts."""
    orders = MANY if function.record.category == "Prediction" else ORDERS
    half = len(orders) // 2
    rows = [*orders[:half], *extra, *orders[half:]]
    columns = {
        "groups": [["web" if number % 3 else "shop"] for number, _ in enumerate(rows)],
        "customers": [[who] for who, _, _ in rows],
        "dates": [[day.isoformat()] for _, day, _ in rows],
        "amounts": [[amount] for _, _, amount in rows],
    }
    return [columns.get(argument.name) for argument in function.arguments]


def stray(who: object) -> list[tuple[object, dt.date, float]]:
    return [(who, day, 1e6) for day in STRAY]


def test_every_function_of_customers_is_held_to_this() -> None:
    names = {function.name for function in WITH_CUSTOMERS}
    assert {"RFM", "CLV_CUSTOMERS", "CLV_BY", "CLV_TREND", "RETENTION_COHORTS", "RFM_MIGRATION"} <= names
    assert {"REPEAT_RATE", "TIME_BETWEEN_ORDERS", "PURCHASE_FREQUENCY"} <= names
    # each reads its column of ids by the same record, so that a new function cannot differ
    record = find_function("REPEAT_RATE").record.arguments[0]
    for function in WITH_CUSTOMERS:
        assert record in function.record.arguments, function.name


@pytest.mark.one_in(14)
@pytest.mark.parametrize("who", [None, "", "  ", *NO_CUSTOMER_TEXTS, " NULL ", "null\u00a0", "#n/a"])
@FUNCTIONS
@pytest.mark.one_in(4)
def test_a_row_of_nobody_is_left_out(function: CellFunction, who: object) -> None:
    wanted = explain(function.name, *call(function, []))
    found = explain(function.name, *call(function, stray(who)))
    assert (wanted.error, wanted.reason) == (found.error, found.reason)
    assert wanted.error == ""
    if function.name == "CLV_BY":
        # the groups of the other rows stand elsewhere then: only the customers can be compared
        assert sum(row[1] for row in found.value[1:]) == sum(row[1] for row in wanted.value[1:]) == 8
        assert sum(row[5] for row in found.value[1:]) == sum(row[5] for row in wanted.value[1:])
    else:
        assert found.value == wanted.value


def cells_of(table: Any, who: object) -> list[Any]:
    """Every cell, the rows in order, and the stray customer by the name of somebody."""
    if not isinstance(table, list):
        return [table]
    rows = [["somebody" if cell == str(who) else cell for cell in row] for row in table]
    return [cell for row in sorted(rows, key=lambda row: str(row[0])) for cell in row]


def same(found: list[Any], wanted: list[Any]) -> bool:
    return all(
        one == (pytest.approx(other, rel=1e-12) if isinstance(other, float) else other)
        for one, other in zip(found, wanted, strict=True)
    )


@pytest.mark.one_in(8)
@pytest.mark.parametrize(
    "who",
    [
        "n/a",
        *(
            pytest.param(who, marks=pytest.mark.long)
            for who in ("NULLA", 0, "N/A", "Null", "none", "-", "unknown")
        ),
    ],
)
@FUNCTIONS
@pytest.mark.one_in(3)
def test_any_other_text_is_a_customer(function: CellFunction, who: object) -> None:
    """The report warns of such names and counts them; so do the cells, all of them."""
    found = explain(function.name, *call(function, stray(who))).value
    assert found != explain(function.name, *call(function, [])).value
    somebody = explain(function.name, *call(function, stray("somebody"))).value
    assert same(cells_of(found, who), cells_of(somebody, who))


@FUNCTIONS
def test_nobody_at_all_is_not_available(function: CellFunction) -> None:
    arguments = call(function, [])
    place = [argument.name for argument in function.arguments].index("customers")
    arguments[place] = [[NO_CUSTOMER_TEXTS[number % 3]] for number, _ in enumerate(arguments[place])]
    found = explain(function.name, *arguments)
    assert found.error == "#N/A"
    assert "no order" in found.reason or "nobody" in found.reason


def test_a_group_or_an_order_may_be_called_null() -> None:
    """The rule is about customers: a channel or an order id of that name is one, as in a file."""
    by = explain("CLV_BY", [["NULL"], ["web"]], [["a"], ["b"]], [[45000], [45001]], [[5], [7]]).value
    assert [row[0] for row in by[1:]] == ["NULL", "web"]
    assert explain("AOV", [[10], [20], [30]], [["NULL"], ["NULL"], ["x"]]).value == 30.0


@pytest.mark.parametrize("who", ["NULL", "null", "#N/A", "#REF!", "n/a", "Null", "none"])
@pytest.mark.one_in(4)
def test_the_cells_and_the_report_have_the_same_customers(tmp_path: Path, who: str) -> None:
    lines = [Line(name, day, amount) for name, day, amount in [*ORDERS, *stray(who)]]  # type: ignore[arg-type]
    customers = gather_from([write_orders(tmp_path / "orders.csv", lines)], Parameters()).customers
    frame = customers.sort_values("customer_id")
    rfm = find_function("RFM")
    table = explain("RFM", *call(rfm, stray(who))).value
    assert [row[0] for row in table[1:]] == frame["customer_id"].tolist()
    assert [row[2] for row in table[1:]] == frame["orders"].tolist()
    repeat = explain("REPEAT_RATE", *call(find_function("REPEAT_RATE"), stray(who))).value
    assert repeat == (frame["occasions"] > 1).mean()


# one address in several spellings, a name that is none, and letters that have no capital of their own
SPELLINGS = ("Ann@Example.NO", "ann@example.no", "ANN@EXAMPLE.NO")


def spelled(rows: list[tuple[Any, dt.date, float]], *, mixed: bool) -> list[tuple[Any, dt.date, float]]:
    """The ids as e-mail addresses, in lower case or each row in a spelling of its own."""
    ways = (str.lower, str.upper, str.title)
    return [
        (ways[n % 3 if mixed else 0](f"{who}@shop.no") if who != "c0" else "C0", day, amount)
        for n, (who, day, amount) in enumerate(rows)
    ]


@FUNCTIONS
@pytest.mark.one_in(3)
def test_an_email_address_is_one_customer_in_any_capitals(
    function: CellFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    orders = {"MANY": MANY, "ORDERS": ORDERS}
    for mixed in (False, True):
        for name, rows in orders.items():
            monkeypatch.setitem(globals(), name, spelled(rows, mixed=mixed))
        found[mixed] = explain(function.name, *call(function, []))
    assert found[True].error == ""
    assert found[True].value == found[False].value


def test_the_cells_and_the_report_name_a_spelled_customer_alike(tmp_path: Path) -> None:
    rows = [*spelled(ORDERS, mixed=True), *((who, NEWEST, 5.0) for who in (*SPELLINGS, "Bo", "bo", "@Home"))]
    lines = [Line(*row) for row in rows]  # type: ignore[arg-type]
    read = gather_from([write_orders(tmp_path / "orders.csv", lines)], Parameters()).customers
    wanted = read.sort_values("customer_id")["customer_id"].tolist()
    columns = [[[row[place]] for row in rows] for place in range(3)]
    columns[1] = [[day.isoformat()] for [day] in columns[1]]
    table = explain("RFM", *columns).value
    assert [row[0] for row in table[1:]] == wanted
    assert {"Bo", "bo", "@Home", "C0", "ann@example.no"} <= set(wanted)
    assert not {"Ann@Example.NO", "ANN@EXAMPLE.NO"} & set(wanted)


def test_python_functions_count_a_spelled_customer_once() -> None:
    days = [NEWEST, START, NEWEST]
    assert purchase_occasions(list(SPELLINGS), days).customer.tolist() == [0, 0]
    assert repeat_rate(list(SPELLINGS), days) == 1.0
    ids, when = np.array(SPELLINGS, dtype=object), np.array(days, dtype="M8[D]")
    with vector_shop(ids, when, np.ones(3)) as shop:
        assert summarise(shop.connection, shop.as_of)["customer_id"].tolist() == ["ann@example.no"]


def test_sql_and_python_have_the_same_customers() -> None:
    # the newest letters have capitals in some Pythons only
    newest = range(0x1C89, 0x1C8B)
    letters = [chr(code) for code in range(1, 0x3000) if code not in newest]
    texts = [
        *SPELLINGS, "@SUM(A1)", "A@b", "A@b.C", "A @b.c", "A@b.c ", "A@@b.c", "ÅSA@ÖL.SE", "ΣΑΣ@X.GR", "C-17", "",
        *(f"{letter}A@x.{letter}" for letter in letters),
    ]  # fmt: skip
    with duckdb.connect(":memory:") as connection:
        connection.register("ids", pd.DataFrame({"place": range(len(texts)), "text": texts}))
        sql = f"SELECT {customer_key_sql('text')} FROM ids ORDER BY place"  # our own words
        assert [key for (key,) in connection.execute(sql).fetchall()] == [
            customer_key(text) for text in texts
        ]
