"""CLV, historic CLV and CLV by retention: published figures, identities, and what is refused."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.errors import ArgumentError
from clv_xl.metrics import (
    clv,
    clv_historic,
    clv_retention,
    customer_lifespan,
    historic_value,
    survival_lifespan,
)
from clv_xl.metrics.arithmetic import overflow_told, total

money = st.floats(0, 1e6)
rates = st.floats(-0.5, 2)
shares = st.floats(0, 1)
margins = st.floats(0.001, 1)
years = st.integers(0, 60)


# --- CLV ------------------------------------------------------------------------------------------------


def test_worked_examples_of_the_definitions() -> None:
    assert clv(800, 3, 6) == 14_400
    assert clv(250, 4, 3) == 3_000


def test_discounting_gives_the_figure_of_excels_help_for_pv() -> None:
    # Microsoft's help page of PV: 500 a month for 20 years at 8 % a year, PV(0.08/12, 12*20, 500) = -59,777.15.
    assert clv(500, 1, 12 * 20, discount_rate=0.08 / 12) == pytest.approx(59_777.15, abs=0.005)


def test_acquisition_cost_is_paid_now_and_not_discounted() -> None:
    assert clv(500, 1, 10, 0.4, 150, 0.08) == pytest.approx(clv(500, 1, 10, 0.4, 0, 0.08) - 150)


@given(money, st.floats(0, 50), years, margins, rates)
def test_discounted_value_is_the_sum_of_discounted_years(
    order: float, often: float, span: int, margin: float, rate: float
) -> None:
    flows = math.fsum(order * often * margin / (1 + rate) ** year for year in range(1, span + 1))
    assert clv(order, often, span, margin, 0, rate) == pytest.approx(flows, rel=1e-9, abs=1e-9)


def test_a_fractional_lifespan_is_valued_as_excel_does() -> None:
    # -PV(0.1, 2.5, 100) in Excel: 100 * (1 - 1.1^-2.5) / 0.1
    assert clv(100, 1, 2.5, discount_rate=0.1) == pytest.approx(100 * (1 - 1.1**-2.5) / 0.1, rel=1e-14)


@pytest.mark.parametrize("rate", [1e-6, 1e-9, 1e-12, 1e-15, 1e-300, 5e-324, -1e-12])
def test_a_vanishing_discount_rate_meets_the_plain_formula(rate: float) -> None:
    # to second order: yearly margin x (n - n (n + 1) / 2 x rate); the naive formula loses 4 digits at 1e-12
    expected = 100 * (6.5 - 6.5 * 7.5 / 2 * rate)
    assert clv(100, 1, 6.5, discount_rate=rate) == pytest.approx(
        expected, rel=1e-10 if rate == 1e-6 else 1e-14
    )


@given(money, st.floats(0, 50), st.floats(0, 60), margins, money)
def test_the_monthly_form_equals_the_yearly_one(
    order: float, often: float, span: float, margin: float, cost: float
) -> None:
    monthly = clv(order, often / 12, span * 12, margin, cost, periods_per_year=12)
    assert monthly == pytest.approx(clv(order, often, span, margin, cost), rel=1e-12, abs=1e-6)


def test_a_monthly_discount_compounds_to_the_yearly_one() -> None:
    flows = math.fsum(100 / 1.1 ** (month / 12) for month in range(1, 25))
    assert clv(100, 1, 24, discount_rate=0.1, periods_per_year=12) == pytest.approx(flows, rel=1e-12)


@given(money, st.floats(0, 50), st.floats(0, 60), margins, margins, st.floats(0, 2))
def test_more_margin_is_never_worth_less(
    order: float, often: float, span: float, one: float, other: float, rate: float
) -> None:
    low, high = sorted((one, other))
    assert clv(order, often, span, low, 0, rate) <= clv(order, often, span, high, 0, rate)


@given(money, st.floats(0, 50), years, money, st.floats(0.1, 100))
def test_amounts_in_another_currency_give_the_value_in_it(
    order: float, often: float, span: int, cost: float, factor: float
) -> None:
    once = clv(order, often, span, 0.4, cost, 0.1)
    again = clv(order * factor, often, span, 0.4, cost * factor, 0.1)
    assert again == pytest.approx(once * factor, rel=1e-9, abs=1e-6 * factor)


# --- numbers and columns --------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [800, 800.0, Decimal(800), np.int32(800), np.float32(800), np.asarray(800)])
def test_a_single_number_of_any_kind_gives_a_plain_float(order: float) -> None:
    result = clv(order, 3, 6)
    assert type(result) is float
    assert result == 14_400


@pytest.mark.parametrize(
    "orders",
    [
        [800, None],
        (800.0, math.nan),
        np.array([800, np.nan], dtype=np.float32),
        np.array([Decimal(800), None], dtype=object),
        pd.Series([800, None]),
        pd.Series([800, None], dtype="Int64"),
        pd.Series([800, pd.NA], dtype=object),
    ],
)
def test_a_column_of_any_kind_gives_an_array_and_a_blank_gives_nan(orders: list[float]) -> None:
    result = clv(orders, 3, 6)
    assert isinstance(result, np.ndarray)
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, [14_400, np.nan])


def test_columns_and_single_values_go_together() -> None:
    table = clv([[100], [200]], [1, 2, 3], 1)
    np.testing.assert_array_equal(table, [[100, 200, 300], [200, 400, 600]])


def test_the_input_is_left_as_it_was() -> None:
    orders = np.array([800.0, 250.0])
    clv(orders, 3, 6)
    np.testing.assert_array_equal(orders, [800, 250])


def test_a_value_too_large_for_a_float_is_nan() -> None:
    assert math.isnan(clv(1e200, 1e200, 1))
    assert math.isnan(clv_historic([1e308, 1e308]))


def test_a_caller_may_ask_to_be_told_what_is_too_large_and_what_is_undefined() -> None:
    with overflow_told():
        assert clv(-1e200, 1e200, 1) == -math.inf
        assert clv_historic([1e308, 1e308]) == math.inf
        assert math.isnan(clv(None, 1e200, 1e200))
        assert math.isnan(clv_historic([None]))
        np.testing.assert_array_equal(clv([1e200, 1], 1e200, 1), [math.inf, 1e200])
    assert math.isnan(clv(1e200, 1e200, 1))


def test_a_blank_retention_has_no_value_even_of_no_payment() -> None:
    assert clv_retention(100, 0.5, 0, 0) == 0
    assert math.isnan(clv_retention(100, None, 0, 0))
    assert math.isnan(clv_retention(100, 0.5, None, 0))


def test_zero_times_what_is_too_large_is_zero() -> None:
    assert clv(1e200, 1e200, 0) == 0
    assert clv(0, 1, 1e6, acquisition_cost=50, discount_rate=-0.999) == -50
    assert math.isnan(clv(0, None, 1e6, discount_rate=-0.999))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("800", 3, 6), 'avg_order_value is the text "800", but it must be a number.'),
        ((True, 3, 6), "avg_order_value is True, but it must be a number."),
        ((math.inf, 3, 6), "avg_order_value is inf, but it must be a finite number."),
        ((10**400, 3, 6), "avg_order_value is inf, but it must be a finite number."),
        ((800, -3, 6), "purchases_per_year is -3, but it must be 0 or more."),
        ((800, 3, [6, 1, -6]), "lifespan_years (item 3) is -6, but it must be 0 or more."),
        ((800, 3, math.inf), "lifespan_years is inf, but it must be 0 or more and finite."),
        ((800, 3, 6, 40), "gross_margin is 40, but it must be more than 0 and at most 1. Write 40% as 0.4."),
        (
            (800, 3, 6, [[0.4, 0]]),
            "gross_margin (row 1, column 2) is 0, but it must be more than 0 and at most 1.",
        ),
        ((800, 3, 6, 1, -50), "acquisition_cost is -50, but it must be 0 or more."),
        ((800, 3, 6, 1, 0, -1), "discount_rate is -1, but it must be more than -1."),
        (
            ([1, 2], [1, 2, 3], 6),
            (
                "The columns differ in length: avg_order_value has 2, purchases_per_year has 3. "
                "Give columns of equal length, or single values."
            ),
        ),
        (
            ([[1], [1, 2]], 3, 6),
            "avg_order_value has rows of different length. Give a column or a full table.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[float, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        clv(*arguments)
    assert str(caught.value) == message
    assert isinstance(caught.value, ValueError)
    assert caught.value.exit_code == 2


# --- historic CLV ---------------------------------------------------------------------------------------


def test_historic_clv_is_revenue_less_costs_at_full_margin() -> None:
    assert clv_historic([250, 300, 450], 1, 120, 30) == 850


def test_historic_clv_of_no_amount_is_unknown() -> None:
    assert math.isnan(clv_historic([]))
    assert math.isnan(clv_historic([None, math.nan]))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.randoms())
def test_historic_clv_does_not_depend_on_the_order_of_rows(
    amounts: list[float], random: np.random.RandomState
) -> None:
    shuffled = list(amounts)
    random.shuffle(shuffled)
    assert clv_historic(shuffled, 0.37) == clv_historic(amounts, 0.37)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1), st.lists(st.integers(-(10**6), 10**6), min_size=1))
def test_historic_clv_adds_up_over_customers(one: list[int], other: list[int]) -> None:
    assert clv_historic(one + other, 0.5) == clv_historic(one, 0.5) + clv_historic(other, 0.5)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1), margins)
def test_the_sum_over_customers_is_the_shops_historic_clv(amounts: list[int], margin: float) -> None:
    assert historic_value(amounts, margin).sum() == pytest.approx(
        clv_historic(amounts, margin), rel=1e-9, abs=1e-4
    )


def test_a_column_of_margins_is_refused_where_one_is_needed() -> None:
    with pytest.raises(ArgumentError, match="gross_margin holds 2 values, but it must be a single number"):
        clv_historic([1, 2], [0.4, 0.5])  # type: ignore[arg-type]


# --- CLV by retention -----------------------------------------------------------------------------------


def test_the_three_published_forms() -> None:
    # Fader & Hardie (2012), Reconciling and Clarifying CLV Formulas, brucehardie.com/notes/024.
    found = [clv_retention(100, 0.8, 0.1, None, first) for first in ("now", "retained", "end")]
    assert found == pytest.approx([366.67, 266.67, 333.33], abs=0.005)
    assert clv_retention(100, 0.8) == pytest.approx(500)


def test_margin_multiples_as_published() -> None:
    # Gupta & Lehmann (2003), Customers as Assets, Journal of Interactive Marketing 17(1): r / (1 + d - r).
    retention = np.array([[0.6], [0.7], [0.8], [0.9]])
    found = clv_retention(1, retention, [0.10, 0.12, 0.14, 0.16], None, "retained")
    printed = [
        [1.20, 1.15, 1.11, 1.07],
        [1.75, 1.67, 1.59, 1.52],
        [2.67, 2.50, 2.35, 2.22],
        [4.50, 4.09, 3.75, 3.46],
    ]
    np.testing.assert_allclose(found, printed, atol=0.00501)


@given(shares, rates, st.integers(0, 40), st.sampled_from(["now", "retained", "end"]))
def test_a_finite_horizon_is_the_sum_of_its_payments(
    retention: float, rate: float, count: int, first: str
) -> None:
    steps = range(count)
    flows = {
        "now": [(retention / (1 + rate)) ** t for t in steps],
        "retained": [(retention / (1 + rate)) ** (t + 1) for t in steps],
        "end": [retention**t / (1 + rate) ** (t + 1) for t in steps],
    }
    found = clv_retention(100, retention, rate, count, first)
    assert found == pytest.approx(100 * math.fsum(flows[first]), rel=1e-9, abs=1e-9)


def test_a_long_horizon_reaches_the_value_for_life() -> None:
    assert clv_retention(100, 0.9, 0.1, 500) == pytest.approx(clv_retention(100, 0.9, 0.1))


def test_a_retention_a_hair_below_one_keeps_its_digits() -> None:
    # gap 2^-50 and exact in binary: the sum of 1000 payments is 1000 to 12 digits
    assert clv_retention(1, 1 - 2**-50, 0, 1000) == pytest.approx(1000, rel=1e-11)
    assert clv_retention(1, 1 - 2**-50) == 2**50
    # 1 - r / (1 + d) would lose four digits of this discount rate
    assert clv_retention(1, 1, 1e-12, None, "end") == pytest.approx(1e12, rel=1e-14)


def test_a_sum_without_an_end_is_unknown() -> None:
    assert math.isnan(clv_retention(100, 1))
    assert math.isnan(clv_retention(100, 0.95, -0.1))
    assert clv_retention(100, 1, 0.1) == pytest.approx(1100)
    assert clv_retention(100, 1, 0, 12) == 1200


def test_someone_who_never_stays_pays_once_or_never() -> None:
    found = [clv_retention(100, 0, 0.25, None, first) for first in ("now", "retained", "end")]
    assert found == [100, 0, 80]
    assert clv_retention(100, 0, 0, 0) == 0


def test_the_first_payment_is_read_as_people_type_it() -> None:
    assert clv_retention(100, 0.8, 0.1, None, " End ") == clv_retention(100, 0.8, 0.1, None, "end")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((100, 80), "retention_rate is 80, but it must be between 0 and 1. Write 80% as 0.8."),
        ((100, 0.8, -1), "discount_rate is -1, but it must be more than -1."),
        ((100, 0.8, 0, 2.5), "periods is 2.5, but it must be a whole number, 0 or more."),
        (
            (100, 0.8, 0, None, "retaind"),
            (
                'first_payment is the text "retaind", but it must be "now", "retained" or "end". '
                'Did you mean "retained"?'
            ),
        ),
        ((100, 0.8, 0, None, 3), 'first_payment is 3, but it must be "now", "retained" or "end".'),
    ],
)
def test_what_cannot_be_meant_by_retention_is_refused(arguments: tuple[float, ...], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        clv_retention(*arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message


# --- lifespans ------------------------------------------------------------------------------------------


def test_lifespan_by_churn() -> None:
    assert customer_lifespan(0.2) == pytest.approx(5)
    assert math.isnan(customer_lifespan(0))
    with pytest.raises(ArgumentError, match=r"churn_rate is 20, .* Write 20% as 0.2"):
        customer_lifespan(20)


# Freireich et al. (1963): weeks in remission, the textbook example of the Kaplan-Meier curve.
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
TREATED_ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_lifespan_of_the_textbook_survival_curve() -> None:
    # Survival as printed in Kleinbaum & Klein, Survival Analysis, chapter 2: steps at weeks 6 to 23.
    printed = [1, 0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    weeks = [0, 6, 7, 10, 13, 16, 22, 23, 35]
    area = sum(height * (end - start) for height, start, end in zip(printed, weeks, weeks[1:], strict=False))
    found = survival_lifespan(TREATED, TREATED_ENDED)
    assert found == pytest.approx(area, abs=0.002)
    # R, survival package: print(survfit(...), rmean = 35) gives 23.29
    assert found == pytest.approx(23.29, abs=0.005)


def test_without_anyone_left_the_lifespan_is_the_mean() -> None:
    assert survival_lifespan(PLACEBO, [True] * len(PLACEBO)) == pytest.approx(np.mean(PLACEBO))


def test_averaging_those_still_there_would_be_too_low() -> None:
    assert survival_lifespan(TREATED, TREATED_ENDED) > np.mean(TREATED)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30), st.randoms())
def test_the_lifespan_does_not_depend_on_the_order_of_customers(
    rows: list[tuple[int, bool]], random: np.random.RandomState
) -> None:
    found = survival_lifespan(*zip(*rows, strict=True))
    assert np.mean([span for span, _ in rows]) - 1e-9 <= found <= max(span for span, _ in rows)
    random.shuffle(rows)
    assert survival_lifespan(*zip(*rows, strict=True)) == found


def test_a_blank_row_is_left_out_of_the_lifespan() -> None:
    assert survival_lifespan([2, None, 4, 9], [True, True, 1, None]) == survival_lifespan(
        [2, 4], [True, True]
    )
    assert math.isnan(survival_lifespan([], []))
    with pytest.raises(ArgumentError, match=r"lost \(item 2\) is 2, but it must be yes or no"):
        survival_lifespan([1, 2], [1, 2])


@pytest.mark.parametrize("endless", [math.inf, -math.inf, math.nan])
def test_a_sum_that_overflows_beside_what_is_no_number_is_undefined(endless: float) -> None:
    assert math.isnan(total(np.array([1e308, 1e308, endless])))
    assert math.isnan(total(np.array([endless, 1e308, 1e308])))


def test_a_sum_beyond_a_float_is_told_with_its_sign() -> None:
    with overflow_told():
        assert total(np.array([1e308, 1e308])) == math.inf
        assert total(np.array([-1e308, -1e308])) == -math.inf
        assert total(np.array([1e308, 1e308, -1e308])) == 1e308
