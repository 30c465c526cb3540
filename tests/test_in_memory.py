"""What is grouped in memory is what the SQL files say, to the last digit and type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from pandas.testing import assert_frame_equal

from clv_xl.customers.calendar import Period
from clv_xl.customers.engine import query
from clv_xl.customers.in_memory import _order, in_memory
from clv_xl.customers.since_first import since_first
from clv_xl.customers.summary import gap_counts, prepare, prepared, summarise
from clv_xl.customers.trend import standings
from tests.shops import EDGE_SHOPS, line
from tests.test_customers import load, small_shops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clv_xl.customers.answers import InMemory
    from clv_xl.customers.engine import Connection
    from tests.oracle import Line

_DAYS = (date(2023, 2, 28), date(2024, 2, 29), date(2025, 12, 31))


def _questions(as_of: date, after: date) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("summary", {"as_of": as_of}),
        *(("gap_counts", {"as_of": as_of, "months": months}) for months in (1, 12)),
        ("came_again", {"day": after}),
        ("recent", {"as_of": as_of, "after": after, "upto": as_of}),
        ("recent", {"as_of": as_of, "after": date(2020, 1, 1), "upto": after}),
        ("totals", {"as_of": as_of, "after": after}),
        ("first_years", {"after": after, "until": as_of}),
        *(("cohorts", {"as_of": as_of, "months": months}) for months in (1, 3, 12)),
        ("months", {"as_of": as_of}),
        ("periods", {"as_of": as_of, "months": 3}),
        *(("purchases", {"as_of": as_of, "step": step}) for step in (1, 2)),
        ("acquired", {"as_of": as_of}),
        ("attributes", {}),
    ]


def _alike(lines: Sequence[Line], *, days: Sequence[date] = _DAYS) -> bool:
    """Ask both; tell whether the shop was grouped in memory."""
    with duckdb.connect(":memory:") as connection:
        load(connection, lines)
        here = in_memory(connection)
        if here is None:
            return False
        for as_of, after in pairwise(days[::-1]):
            for name, values in _questions(as_of, after):
                said = query(connection, name, **values)
                if not said.empty:
                    assert_frame_equal(
                        here.query(name, values), said, check_exact=True, obj=f"{name} {values}"
                    )
            for numbers, kept in (
                ([2024 * 12 + 1, 2024 * 12 + 2], 90),
                (list(range(2022 * 12, 2025 * 12)), 30),
            ):
                _stand_alike(here, connection, as_of, numbers, kept)
            people = summarise(connection, as_of)
            if not people.empty:
                people = people.sort_values("customer_id", ascending=False, ignore_index=True)
                groups = np.arange(len(people)) % 2
                found = [since_first(place, people, groups, as_of) for place in (here, connection)]
                assert_frame_equal(*found, check_exact=True)
    return True


def _stand_alike(here: InMemory, connection: Connection, as_of: date, numbers: list[int], kept: int) -> None:
    month = Period("month")
    for windows in (60, gap_counts(connection, as_of)):
        found, said = (standings(place, as_of, month, numbers, windows, kept) for place in (here, connection))
        for one, other in zip(found, said, strict=True):
            assert (one.active_days, one.movement) == (other.active_days, other.movement)
            for name in ("days", "ended", "customers"):
                assert getattr(one.lives, name).tolist() == getattr(other.lives, name).tolist()


@given(small_shops())
@settings(max_examples=4, deadline=None)
def test_some_small_shops_are_grouped_as_the_sql_files_say(lines: list[Line]) -> None:
    _alike(lines, days=(date(2023, 6, 30), date(2024, 2, 29)))


@pytest.mark.long
@given(small_shops())
@settings(max_examples=60, deadline=None)
def test_any_small_shop_is_grouped_as_the_sql_files_say(lines: list[Line]) -> None:
    _alike(lines, days=(date(2023, 6, 30), date(2024, 2, 29)))


@pytest.mark.one_in(6)
@pytest.mark.parametrize("lines", EDGE_SHOPS.values(), ids=EDGE_SHOPS)
def test_edge_shops_are_grouped_as_the_sql_files_say(lines: list[Line]) -> None:
    _alike(lines)


def test_orders_of_many_rows_costs_and_refunds_are_grouped_in_memory() -> None:
    lines = [
        line("b", "2024-02-29", "10.10", order="1", cost=Decimal("3.01"), channel="Web"),
        line("b", "2024-03-02", "5.5555", order="1", channel="Ads"),
        line("b", "2025-02-28", "-2.2", order="9", cost=Decimal(1)),
        line("a", "2023-01-31", "0.0001", order="1"),
        line("a", "2023-01-31", "7", order="2", channel="Ads"),
        line("a", "2024-01-31", "7", order="2", channel="Web"),
    ]
    assert _alike(lines)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([line("a", "2024-01-01", "99999999999999.1234")], "the amount is no whole number of a float"),
        ([line("a", "2024-01-01", "-1"), line("a", "2024-02-01", "1")], "a refund comes before any order"),
        ([line("a", "2024-01-01", "999999999.99")] * 1000, "the sum is no whole number of a float"),
    ],
    ids=["amount", "refund", "sum"],
)
def test_what_does_not_fit_is_left_to_sql(lines: list[Line], why: str) -> None:
    with duckdb.connect(":memory:") as connection:
        load(connection, lines)
        assert in_memory(connection) is None, why
        assert prepared(connection) is connection


def test_a_shop_that_is_too_large_is_left_to_sql() -> None:
    with duckdb.connect(":memory:") as connection:
        load(connection, [line("a", "2024-01-01", "1")] * 3)
        assert in_memory(connection, most=2) is None
        assert in_memory(connection, most=3) is not None


def test_sums_beyond_a_float_are_exact_by_sql() -> None:
    with duckdb.connect(":memory:") as connection:
        load(connection, [line("a", "2024-01-01", "90000000000000.0001")] * 2)
        prepare(connection)
        row = connection.execute("select amount from customer_days").fetchone()
        assert row == (Decimal("180000000000000.0002"),)


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(range(40), id="as they were read"),
        pytest.param(range(39, -1, -1), id="by another thread first"),
        pytest.param([7 * number % 41 for number in range(40)], id="mixed"),
        pytest.param([number // 2 for number in range(40)], id="of two files"),
        pytest.param([2**40 * number for number in range(40)], id="far apart"),
    ],
)
@pytest.mark.parametrize("largest", [5, 2**62])
def test_rows_are_put_in_order_whatever_their_numbers_are(numbers: Sequence[int], largest: int) -> None:
    number = np.array(numbers)
    key = np.array([largest // (1 + 3 * row % 5) for row in range(40)])
    found = _order(key, number)
    assert found.tolist() == sorted(range(40), key=lambda row: (key[row], number[row], row))
