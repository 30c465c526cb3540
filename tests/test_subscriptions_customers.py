"""Subscriptions by customer: the months reconcile, and stays are what a reader of the rows would count."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clv_xl.customers.subscribers import a_year_before, stays, subscribers
from clv_xl.orders.subscriptions import UNITS
from tests import subscription_oracle as oracle
from tests.subscription_oracle import Row, as_read

FIRST = date(2023, 11, 25)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Row], date]:
    rows = []
    for _ in range(draw(st.integers(1, 14))):
        start = FIRST + timedelta(days=draw(st.integers(0, 420)))
        length = draw(st.none() | st.integers(0, 200))
        end = None if length is None else start + timedelta(days=length)
        rows.append(
            Row(
                draw(st.sampled_from("abc")),
                draw(st.sampled_from("PQR")),
                start,
                end,
                draw(st.integers(1, 4)),
            )
        )
    last = max(row.start for row in rows)
    return rows, last + timedelta(days=draw(st.integers(0, 60)))


@given(tables())
def test_every_month_reconciles_and_is_what_plain_python_counts(table: tuple[list[Row], date]) -> None:
    rows, as_of = table
    found = subscribers(as_read(rows, as_of)).months()
    before = min(row.start for row in rows).replace(day=1) - timedelta(days=1)
    end = 0.0
    for month in found:
        expected = oracle.moved(rows, before, month.day)
        assert {name: getattr(month.moved, name) / UNITS for name in expected} == expected
        assert month.moved.start == end
        part = month.moved
        assert (
            part.start + part.new + part.reactivated + part.expansion - part.contraction - part.churned
            == part.end
        )
        end, before = part.end, month.day
    assert found[-1].day == as_of
    assert end / UNITS == sum(oracle.paid(rows, as_of).values())


@given(tables())
def test_a_year_apart_the_same_customers_are_compared(table: tuple[list[Row], date]) -> None:
    rows, as_of = table
    found = subscribers(as_read(rows, as_of)).moved(a_year_before(as_of), as_of)
    expected = oracle.moved(rows, a_year_before(as_of), as_of)
    assert {name: getattr(found, name) / UNITS for name in expected} == expected


@given(tables(), st.booleans())
def test_stays_are_those_that_a_reader_counts(table: tuple[list[Row], date], by_plan: bool) -> None:
    rows, as_of = table
    group = subscribers(as_read(rows, as_of))
    found = stays(group, by_plan=by_plan)
    names = sorted({row.customer for row in rows})
    told = [
        (names[customer], group.plans[plan] if by_plan else "", periods, left)
        for customer, plan, periods, left in zip(
            found.customer.tolist(),
            found.plan.tolist(),
            found.periods.tolist(),
            found.left.tolist(),
            strict=True,
        )
    ]
    assert sorted(told) == sorted(oracle.stays(rows, as_of, by_plan=by_plan))


def test_plans_come_with_the_most_revenue_first_and_customers_have_a_main_plan() -> None:
    day = date(2025, 1, 1)
    rows = [Row("a", "Big", day, None, 9), Row("b", "Small", day, None, 4), Row("b", "Big", day, None, 3)]
    found = subscribers(as_read(rows, date(2025, 3, 31)))
    assert found.plans == ("Big", "Small")
    assert found.main_plan(day).tolist() == [0, 1]
    assert found.main_plan(date(2024, 12, 31)).tolist() == [-1, -1]
    assert (found.paid_by_plan(day) / UNITS).tolist() == [[9, 0], [3, 4]]
