"""What winning a customer costs and when it pays; how value concentrates on few customers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.errors import ArgumentError
from clv_xl.metrics import cac, cac_max, cac_payback, concentration, gini, ltv_cac, top_share

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

gains = st.lists(st.integers(0, 1000), min_size=1, max_size=36)
worths = st.lists(st.integers(-1000, 10**6), min_size=1, max_size=60)


# --- acquisition ----------------------------------------------------------------------------------------


def test_without_a_new_customer_the_cost_is_unknown_and_not_zero() -> None:
    assert math.isnan(cac(5000, 0))
    assert math.isnan(cac(0, 0))
    assert cac(0, 5) == 0
    np.testing.assert_array_equal(cac([5000, 800], [50, 0]), [100, np.nan])


def test_real_campaigns_without_a_customer_stay_unknown(shared_data: Path) -> None:
    # Facebook ads of 2017: 58,705.23 spent on 1,079 customers; most single ads brought nobody.
    ads = pd.read_csv(shared_data / "facebook_ad_spend_kag" / "KAG_conversion_data.csv")
    per_ad = cac(ads["Spent"], ads["Approved_Conversion"])
    nobody = ads["Approved_Conversion"].to_numpy() == 0
    assert np.isnan(per_ad[nobody]).all()
    assert np.isfinite(per_ad[~nobody]).all()
    blended = cac(ads["Spent"].sum(), ads["Approved_Conversion"].sum())
    assert blended == pytest.approx(58_705.23 / 1_079, rel=1e-6)
    # what the ads with customers seem to cost hides the spend on those without
    assert np.nanmean(per_ad) < blended


def test_value_by_cost_and_the_highest_allowable_cost() -> None:
    assert ltv_cac(3000, 1000) == 3
    assert math.isnan(ltv_cac(3000, 0))
    assert cac_max(3000) == 1000
    assert cac_max(3000, 4) == 750


@given(st.floats(1, 1e6), st.floats(0.1, 10))
def test_spending_the_allowable_cost_gives_the_target(worth: float, target: float) -> None:
    assert ltv_cac(worth, cac_max(worth, target)) == pytest.approx(target)


def test_payback_is_interpolated_within_the_month() -> None:
    assert cac_payback(100, [40, 80, 120]) == 2.5
    assert cac_payback(80, [40, 80, 120]) == 2
    assert cac_payback(10, [40, 80, 120]) == 0.25
    assert cac_payback(100, 40) == 2.5


def test_a_cost_that_is_not_reached_has_no_payback() -> None:
    assert math.isnan(cac_payback(121, [40, 80, 120]))
    assert math.isnan(cac_payback(1, []))
    assert math.isnan(cac_payback(1, 0))
    assert math.isnan(cac_payback(1, -5))


def test_no_cost_is_paid_back_at_once() -> None:
    assert cac_payback(0, [40, 80]) == 0
    assert cac_payback(0, 0) == 0


def test_payback_is_the_first_time_and_a_later_refund_does_not_undo_it() -> None:
    assert cac_payback(90, [50, 100, 80, 120]) == 1.8
    assert cac_payback(45, [90, 10, 10, 10, 10, 10, 100]) == 0.5
    # a dip before: from 30 after month 3 to 120 after month 4
    assert cac_payback(60, [0, 50, 30, 120]) == pytest.approx(3 + 30 / 90)


def test_months_that_are_not_over_can_be_left_blank() -> None:
    assert cac_payback(60, [40, 80, None, None]) == 1.5
    assert math.isnan(cac_payback(100, [40, 80, None, 160]))
    assert math.isnan(cac_payback(100, math.nan))
    assert math.isnan(cac_payback(math.nan, [40, 80]))


@given(st.integers(1, 2000), gains)
def test_payback_agrees_with_walking_through_the_months(cost: int, monthly: list[int]) -> None:
    held, expected = 0, math.nan
    for month, gain in enumerate(monthly):
        if held + gain >= cost:
            expected = month + (cost - held) / gain
            break
        held += gain
    found = cac_payback(cost, np.cumsum(monthly))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(
        cac_payback([cost, cost], np.cumsum(monthly)), [expected, expected], rtol=1e-12
    )


@given(st.integers(1, 500), st.integers(1, 100))
def test_the_same_margin_every_month_is_a_straight_curve(cost: int, margin: int) -> None:
    curve = margin * np.arange(1, 501)
    assert cac_payback(cost, margin) == pytest.approx(cac_payback(cost, curve))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cac(-1, 5), "spend is -1, but it must be 0 or more."),
        (lambda: cac(1, [5, -2]), "new_customers (item 2) is -2, but it must be 0 or more."),
        (lambda: ltv_cac(10, -1), "cac is -1, but it must be 0 or more."),
        (lambda: cac_max(10, 0), "target_ratio is 0, but it must be more than 0."),
        (
            lambda: cac_payback(10, [1, "x"]),
            'cumulative_margin (item 2) is the text "x", but it must be a number.',
        ),
        (
            lambda: top_share([1], 20),
            "share is 20, but it must be more than 0 and at most 1. Write 20% as 0.2.",
        ),
        (lambda: top_share([1], None), "share is blank, but it must be more than 0 and at most 1."),  # type: ignore[arg-type]
        (lambda: concentration([1], [0]), "shares is 0, but it must be more than 0 and at most 1."),
        (lambda: gini([1, -1]), "values (item 2) is -1, but it must be 0 or more."),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


# --- concentration --------------------------------------------------------------------------------------


def test_top_shares_by_hand() -> None:
    worth = [500, 300, 100, 50, 50, 0, 0, 0, 0, 0]
    assert [top_share(worth, share) for share in (0.1, 0.2, 0.5, 1)] == [0.5, 0.8, 1, 1]
    # a fraction of a customer is a whole one: 1 % of ten customers is one customer
    assert top_share(worth, 0.01) == 0.5
    assert top_share(worth, 0.11) == 0.8


def test_seven_percent_of_a_hundred_are_seven() -> None:
    # 0.07 x 100 is 7.000000000000001 as a float, and would round up to eight
    assert top_share([1] * 100, 0.07) == 0.07


def test_negative_customers_are_counted_apart() -> None:
    found = concentration([60, 20, 10, 10, 0, -30, -20, None])
    assert (found.customers, found.positive_total) == (7, 100)
    assert (found.negative_customers, found.negative_total) == (2, -50)
    assert [(top.share, top.customers, top.value) for top in found.shares] == [
        (0.01, 1, 0.6),
        (0.05, 1, 0.6),
        (0.1, 1, 0.6),
        (0.2, 2, 0.8),
    ]
    assert found.gini == gini([60, 20, 10, 10, 0])


def test_without_positive_value_nothing_is_held() -> None:
    for values in ([], [0, 0], [-5]):
        assert math.isnan(top_share(values, 0.2))
        assert math.isnan(concentration(values).gini)


@given(worths, st.floats(0.01, 1))
def test_shares_lie_between_fairness_and_everything(worth: list[int], share: float) -> None:
    held = top_share(worth, share)
    if not any(value > 0 for value in worth):
        assert math.isnan(held)
    else:
        assert share - 1e-9 <= held <= 1


@given(worths, st.randoms())
def test_the_order_of_customers_does_not_matter(worth: list[int], random: Random) -> None:
    shuffled = list(worth)
    random.shuffle(shuffled)
    # as texts: where nothing is positive the shares are NaN, which equals nothing
    assert repr(concentration(shuffled)) == repr(concentration(worth))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_gini_is_half_the_relative_mean_difference(worth: list[int]) -> None:
    # Sen (1973): the mean absolute difference of all pairs, by twice the mean.
    found = gini(worth)
    if not any(worth):
        assert math.isnan(found)
        return
    pairs = math.fsum(abs(a - b) for a in worth for b in worth) / len(worth) ** 2
    assert found == pytest.approx(pairs / (2 * np.mean(worth)), abs=1e-12)


def test_gini_at_its_ends() -> None:
    assert gini([5] * 20) == 0
    assert gini([0] * 19 + [5]) == pytest.approx(0.95)
    assert gini([1e308, 1e308, 0]) == pytest.approx(1 / 3)
    assert gini([1, 2, 3, 4, 5]) == pytest.approx(4 / 15)
