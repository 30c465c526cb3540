"""Renewals as they were seen, and recurring revenue between two days, against counting by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.errors import ArgumentError
from clv_xl.metrics.recurring import monthly_rate, movement
from clv_xl.models.renewals import renewals

amounts = st.integers(min_value=0, max_value=3).map(lambda step: step * 2500)


@given(st.lists(st.tuples(amounts, amounts, st.booleans()), max_size=30))
def test_every_customer_is_in_exactly_one_part_of_a_movement(rows: list[tuple[int, int, bool]]) -> None:
    expected = dict.fromkeys(("new", "reactivated", "expansion", "contraction", "churned"), 0)
    for before, after, paid_before in rows:
        if not before and after:
            expected["reactivated" if paid_before else "new"] += after
        elif before and not after:
            expected["churned"] += before
        elif after > before:
            expected["expansion"] += after - before
        else:
            expected["contraction"] += before - after
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    found = movement(*columns)
    assert {name: getattr(found, name) for name in expected} == expected
    gained = found.new + found.reactivated + found.expansion
    assert found.start + gained - found.contraction - found.churned == found.end == sum(columns[1])
    assert (
        found.start_customers + found.new_customers + found.reactivated_customers - found.churned_customers
        == (found.end_customers)
    )
    if found.start:
        assert found.nrr == pytest.approx(
            (found.start + found.expansion - found.contraction - found.churned) / found.start
        )
        assert found.grr <= 1
        assert found.grr <= found.nrr
    else:
        assert np.isnan(found.nrr)


def test_a_movement_refuses_what_it_cannot_mean() -> None:
    with pytest.raises(ArgumentError, match="before"):
        movement([-1], [0], [True])
    with pytest.raises(ArgumentError, match="differ in length"):
        movement([1, 2], [0], [True])


def test_twelve_months_of_the_monthly_rate_are_the_yearly_one() -> None:
    assert (1 + monthly_rate(0.1)) ** 12 == pytest.approx(1.1, rel=1e-14)
    assert monthly_rate(0) == 0


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40))
def test_renewals_are_counted_as_by_hand(rows: list[tuple[int, bool]]) -> None:
    periods = [max(period, 1) if left else period for period, left in rows]
    left = [left for _, left in rows]
    found = renewals(periods, left, 36)
    survival = 1.0
    for age in range(1, max(periods) + 1):
        lost = sum(1 for period, gone in zip(periods, left, strict=True) if gone and period == age)
        there = sum(1 for period in periods if period >= age)
        assert (found.at_risk[age - 1], found.lost[age - 1]) == (there, lost)
        survival *= 1 - lost / there
        assert found.observed_survival[age] == pytest.approx(survival)


@pytest.mark.parametrize(
    ("periods", "left", "reason"),
    [
        ([2] * 99, [False] * 99, "Only 99 customers have renewed yet; 100 are needed"),
        ([12] * 300, [True] * 9 + [False] * 291, "Only 9 customers have left yet; 10 are needed"),
        ([11] * 300, [True] * 30 + [False] * 270, "The oldest subscription is 11 months old; 12 are needed"),
    ],
)
def test_too_little_is_said_in_words(periods: list[int], left: list[bool], reason: str) -> None:
    found = renewals(periods, left, 36)
    assert found.reason.startswith(reason)
    assert found.model is None


def test_enough_gives_the_model_that_the_customers_came_from() -> None:
    rng = np.random.default_rng(11)
    lasted = rng.geometric(rng.beta(1.2, 14.0, 4000))
    seen = rng.integers(0, 40, 4000)
    found = renewals(np.where(lasted <= seen, lasted, seen), lasted <= seen, 36)
    assert found.model is not None
    assert found.model.retention(1) == pytest.approx(14 / 15.2, abs=0.01)
    assert np.abs(found.model.survival(np.arange(25)) - found.observed_survival[:25]).max() < 0.03


def test_a_year_before_and_complete_months_follow_the_calendar() -> None:
    from clv_xl.customers.subscribers import a_year_before, complete_months

    assert a_year_before(date(2025, 12, 31)) == date(2024, 12, 31)
    cases = [("2024-01-15", "2024-02-14", 0, False), ("2024-01-15", "2024-02-15", 1, True),
             ("2024-01-31", "2024-04-30", 3, True), ("2023-11-30", "2024-02-29", 3, True),
             ("1969-12-31", "1970-01-30", 0, False), ("2024-03-01", "2024-03-01", 0, True)]  # fmt: skip
    start, day = (np.array([row[at] for row in cases], "M8[D]").astype(np.int64) for at in (0, 1))
    months, on_the_day = complete_months(start, day)
    assert months.tolist() == [row[2] for row in cases]
    assert on_the_day.tolist() == [row[3] for row in cases]
