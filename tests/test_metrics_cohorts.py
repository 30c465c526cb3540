"""Cohort matrices: rates, cumulative amounts, averages over mature cells, and rows that do not fit."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.errors import ArgumentError
from clv_xl.metrics import cohort_matrix

NAN = np.nan

# Three monthly cohorts seen until the middle of March: the youngest customers' last months are not over.
LONG: dict[str, Any] = {
    "cohort": ["2024-01", "2024-01", "2024-01", "2024-02", "2024-02", "2024-03"],
    "age": [0, 1, 2, 0, 1, 0],
    "customers": [10, 4, 1, 40, 8, 20],
    "amount": [1000, 200, 50, 2000, 400, 600],
    "size": [10, 10, 10, 40, 40, 20],
    "mature": [True, True, False, True, False, False],
    "first_returns": [1, 3, 1, 2, 6, 0],
}
PERIOD = {name: values for name, values in LONG.items() if name != "first_returns"}


def changed(row: int, **values: object) -> dict[str, Any]:
    """The example with some values of one row changed."""
    table = {name: list(column) for name, column in LONG.items()}
    for name, value in values.items():
        table[name][row] = value
    return table


def without(row: int) -> dict[str, Any]:
    """The example with one row less."""
    return {name: [*column[:row], *column[row + 1 :]] for name, column in LONG.items()}


def test_rates_and_amounts_of_three_cohorts_by_hand() -> None:
    found = cohort_matrix(**PERIOD)
    assert found.cohorts == ("2024-01", "2024-02", "2024-03")
    assert found.ages == (0, 1, 2)
    assert found.size.tolist() == [10, 40, 20]
    np.testing.assert_array_equal(found.customers, [[10, 4, 1], [40, 8, NAN], [20, NAN, NAN]])
    np.testing.assert_allclose(found.rate, [[1, 0.4, 0.1], [1, 0.2, NAN], [1, NAN, NAN]])
    np.testing.assert_array_equal(found.amount, [[1000, 200, 50], [2000, 400, NAN], [600, NAN, NAN]])
    np.testing.assert_allclose(found.cumulative_amount, [[100, 120, 125], [50, 60, NAN], [30, NAN, NAN]])
    np.testing.assert_array_equal(found.mature, [[True, True, False], [True, False, False], [False] * 3])


def test_averages_are_weighted_and_leave_immature_cells_out() -> None:
    found = cohort_matrix(**PERIOD)
    # age 1: only January is over; 8 of 40 from February would make it 12 of 50
    np.testing.assert_allclose(found.average_rate, [1, 0.4, NAN])
    np.testing.assert_allclose(found.average_cumulative_amount, [3000 / 50, 120, NAN])
    all_over = cohort_matrix(**{**PERIOD, "mature": [True] * 6})
    np.testing.assert_allclose(all_over.average_rate, [1, 12 / 50, 0.1])


def test_the_accumulated_basis_counts_who_ever_came_back() -> None:
    found = cohort_matrix(**LONG, basis="accumulated")
    np.testing.assert_array_equal(found.customers, [[1, 4, 5], [2, 8, NAN], [0, NAN, NAN]])
    np.testing.assert_allclose(found.rate, [[0.1, 0.4, 0.5], [0.05, 0.2, NAN], [0, NAN, NAN]])
    np.testing.assert_allclose(found.average_rate, [3 / 50, 0.4, NAN])
    assert found.basis == "accumulated"


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    shuffled = {name: [values[place] for place in order] for name, values in LONG.items()}
    one, other = cohort_matrix(**LONG), cohort_matrix(**shuffled)
    for name, value in vars(one).items():
        np.testing.assert_array_equal(getattr(other, name), value)


def test_a_month_without_new_customers_has_no_row() -> None:
    table = {
        name: [value for place, value in enumerate(values) if place not in {3, 4}]
        for name, values in LONG.items()
    }
    assert cohort_matrix(**table).cohorts == ("2024-01", "2024-03")


@pytest.mark.parametrize(
    "labels",
    [
        [date(2024, 1, 1), date(2024, 2, 1)],
        np.array(["2024-01-01", "2024-02-01"], dtype="datetime64[ns]"),
    ],
)
def test_labels_may_be_dates(labels: list[date]) -> None:
    found = cohort_matrix(cohort=labels, age=[0, 0], customers=[1, 1], size=[1, 1], mature=[True, True])
    assert found.cohorts == (date(2024, 1, 1), date(2024, 2, 1))


def test_without_amounts_only_counts_are_given() -> None:
    found = cohort_matrix(**{**PERIOD, "amount": None})
    assert np.isnan(found.cumulative_amount).all()
    np.testing.assert_allclose(found.average_rate, [1, 0.4, NAN])


def test_no_rows_give_empty_matrices() -> None:
    found = cohort_matrix(cohort=[], age=[], customers=[], size=[], mature=[])
    assert found.rate.shape == (0, 0)
    assert found.cohorts == ()


def test_the_result_cannot_be_changed() -> None:
    found = cohort_matrix(**PERIOD)
    with pytest.raises(ValueError, match="read-only"):
        found.rate[0, 0] = 2


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (changed(2, age=1), "Cohort 2024-01 has more than one row for age 1. Give one."),
        (
            without(1),
            (
                "Cohort 2024-01 has no row for age 1. "
                "Give a row for each age that has begun, with 0 customers where nobody ordered."
            ),
        ),
        # the oldest cohort stops before a younger one: its rows without customers were left out
        (
            {name: [values[place] for place in (0, 3, 4)] for name, values in LONG.items()},
            (
                "Cohort 2024-01 has no row for age 1. "
                "Give a row for each age that has begun, with 0 customers where nobody ordered."
            ),
        ),
        (
            changed(1, size=11),
            "Cohort 2024-01 has the sizes 11 and 10. Give the same size in each of its rows.",
        ),
        (changed(1, customers=11), "Cohort 2024-01, age 1: 11 customers, but the cohort has 10."),
        (
            {**LONG, "mature": [True, False, True, True, False, False]},
            "Cohort 2024-01: age 2 is mature but age 1 is not. An age is over only after the one before it.",
        ),
        (changed(0, cohort=None), "cohort (item 1) is blank, but it must be a label."),
        (
            changed(0, cohort=2024),
            "cohort mixes labels that cannot be put in order. Give all as text, as dates or as numbers.",
        ),
        (changed(4, age=-1), "age (item 5) is -1, but it must be a whole number, 0 or more."),
        (changed(4, customers=2.5), "customers (item 5) is 2.5, but it must be a whole number, 0 or more."),
        (
            {**LONG, "age": [0, 1]},
            (
                "The columns differ in length: cohort has 6, age has 2, customers has 6, amount has 6, "
                "size has 6, mature has 6. Give columns of equal length."
            ),
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        cohort_matrix(**table)
    assert str(caught.value) == message


def test_the_accumulated_basis_says_what_it_needs() -> None:
    with pytest.raises(ArgumentError, match="first_returns is missing: the accumulated basis needs"):
        cohort_matrix(**PERIOD, basis="accumulated")
    with pytest.raises(ArgumentError, match="Cohort 2024-01, age 2: 11 customers, but the cohort has 10"):
        cohort_matrix(**changed(2, first_returns=7), basis="accumulated")
    with pytest.raises(ArgumentError, match='basis is the text "rolling", but it must be "period" or'):
        cohort_matrix(**PERIOD, basis="rolling")
