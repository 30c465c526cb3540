"""Sums of the largest amounts that a row may hold: exact, against the oracle, or refused with a reason."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clv_xl.excel import functions as cells
from clv_xl.excel.registry import explain
from tests.oracle import Line, Shop, counted_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 99_999_999_999_999
GROUPS = ("app", "shop", "web")


def ranges(lines: Sequence[Line]) -> tuple[list[list[Any]], ...]:
    """Customers, dates and amounts as columns of cells."""
    return (
        [[one.customer] for one in lines],
        [[one.day.isoformat()] for one in lines],
        [[float(one.amount)] for one in lines],
    )


def rows(table: Any) -> list[dict[str, Any]]:
    assert isinstance(table, list), table
    head, *body = table
    return [dict(zip(head, row, strict=True)) for row in body]


def same(found: float, exact: Decimal | float) -> bool:
    """To the last digits of a float: the sums are exact, and rounded once or twice on their way to a cell."""
    return found == pytest.approx(float(exact), rel=1e-15, abs=1e-12)


@st.composite
def rich_shops(draw: st.DrawFn) -> list[Line]:
    """Many orders and refunds of all sizes up to the largest, by a few customers."""
    amount = st.one_of(
        st.sampled_from([LARGEST, -LARGEST, 99 * 10**12]).map(Decimal),
        st.integers(-LARGEST, LARGEST).map(Decimal),
        st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents) / 100),
    )
    found = draw(
        st.lists(
            st.builds(
                Line,
                customer=st.sampled_from(["a", "b", "c", "d"]),
                day=st.integers(0, 500).map(lambda days: date(2023, 1, 15) + timedelta(days=days)),
                amount=amount,
            ),
            min_size=1,
            max_size=40,
        )
    )
    assume(any(one.amount >= 0 for one in found))
    return found


def check_every_sum(lines: list[Line]) -> None:
    """Hold the amounts of every function that groups orders to exact decimals."""
    counted = counted_lines(lines)
    shop = Shop(counted)
    people = shop.customers(shop.newest)
    for table in (cells.CLV_CUSTOMERS(*ranges(lines)), cells.RFM(*ranges(lines))):
        assert [row["customer"] for row in rows(table)] == sorted(people)
        for row in rows(table):
            assert same(row["amount"], people[row["customer"]].amount)

    home = {name: GROUPS[ord(name) % 2] for name in people}
    by_group: dict[str, Decimal] = defaultdict(Decimal)
    for name, one in people.items():
        by_group[home[name]] += one.amount
    groups = rows(cells.CLV_BY([[home.get(one.customer, "")] for one in lines], *ranges(lines)))
    assert [row["group"] for row in groups] == sorted(by_group)
    for row in groups:
        assert same(row["amount"], by_group[row["group"]])
        assert same(row["average order value"], by_group[row["group"]] / row["orders"])

    monthly: dict[str, Decimal] = defaultdict(Decimal)
    orders: dict[str, int] = defaultdict(int)
    for one in counted:
        monthly[f"{one.day:%Y-%m}"] += one.amount
        orders[f"{one.day:%Y-%m}"] += one.amount >= 0
    for row in rows(cells.CLV_TREND(*ranges(lines))):
        month = row["period"]
        if orders[month]:
            assert same(row["average order value"], monthly[month] / orders[month])
        else:
            assert row["average order value"] == "#N/A"

    wanted = shop.cohorts(shop.newest, 1)
    _, *body = cells.RETENTION_COHORTS(*ranges(lines)[:2], "month", "amount", ranges(lines)[2])
    cohorts = sorted({cohort for cohort, _ in wanted})
    for cohort, row in zip(cohorts, body, strict=True):
        for age, cell in enumerate(row[2:]):
            assert cell == "" or same(cell, wanted.get((cohort, age), {"amount": 0.0})["amount"])


def test_twelve_rows_of_99_trillion() -> None:
    """Together 1.188e15, which is more than 64 bits hold in ten-thousandths."""
    lines = [
        Line("abc"[number % 3], date(2023, 3, 15) + timedelta(days=10 * number), Decimal(99 * 10**12))
        for number in range(12)
    ]
    (group,) = rows(cells.CLV_BY([["web"]] * 12, *ranges(lines)))
    assert (group["amount"], group["average order value"]) == (1.188e15, 9.9e13)
    trend = rows(cells.CLV_TREND(*ranges(lines), "year"))
    shop = Shop(lines)
    lifespan = shop.lifespan(shop.newest, 30)
    frequency = 1 / lifespan + (12 - 3) / shop.active_years(shop.newest, 30)
    assert trend[0]["CLV"] == pytest.approx(9.9e13 * frequency * lifespan)
    check_every_sum(lines)


@pytest.mark.long
@settings(max_examples=6)
@given(rich_shops())
def test_the_largest_amounts_add_up_exactly(lines: list[Line]) -> None:
    check_every_sum(lines)


@pytest.mark.long
@settings(max_examples=100)
@given(rich_shops())
def test_the_largest_amounts_of_many_shops_add_up_exactly(lines: list[Line]) -> None:
    check_every_sum(lines)


def test_cents_survive_beside_the_largest_amounts() -> None:
    """What floats would lose: the large ones go back, and 0.03 is left."""
    day = date(2024, 1, 1)
    lines = [Line("a", day, Decimal(amount)) for amount in (LARGEST, "0.01", "0.02", -LARGEST)]
    lines = [*lines, Line("b", day, Decimal(LARGEST)), Line("b", day, Decimal(-LARGEST))]
    (group,) = rows(cells.CLV_BY([["web"]] * 6, *ranges(lines)))
    assert group["amount"] == 0.03
    assert rows(cells.CLV_TREND(*ranges(lines)))[0]["average order value"] == 0.03 / 4


@pytest.mark.parametrize("amount", [1e14, -1e14, 1e15, 1e300])
@pytest.mark.parametrize(
    "name", ["CLV_CUSTOMERS", "CLV_BY", "CLV_TREND", "RFM", "RFM_MIGRATION", "RETENTION_COHORTS"]
)
def test_an_amount_that_cannot_be_kept_is_refused_with_a_reason(name: str, amount: float) -> None:
    who, when, amounts = [["a"], ["a"]], [["2023-01-01"], ["2024-06-01"]], [[5.0], [amount]]
    calls: dict[str, tuple[Any, ...]] = {
        "CLV_BY": ([["web"], ["web"]], who, when, amounts),
        "RETENTION_COHORTS": (who, when, "month", "amount", amounts),
    }
    found = explain(name, *calls.get(name, (who, when, amounts)))
    assert found.error == "#NUM!"
    assert found.reason == (
        f"amounts holds {amount:.15g}, but an amount is at most 99,999,999,999,999 either way."
    )
