"""Comparing groups: the bootstrap's own ends, chance that is not taken for a difference, and the budget's rule."""

from __future__ import annotations

import math
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pytest

from clv_xl.errors import ArgumentError
from clv_xl.metrics import budget_split, compare_groups

LOPSIDED = np.random.default_rng(11).lognormal(3, 1.2, 900).round(2)
"""Values as customers have them: a few are worth many times what most are."""


def bootstrap(values: np.ndarray, draws: int = 20_000) -> np.ndarray:
    chance = np.random.default_rng(5)
    return np.concatenate(
        [
            values[chance.integers(values.size, size=(1000, values.size))].mean(axis=1)
            for _ in range(draws // 1000)
        ]
    )


@pytest.mark.parametrize("size", [12, 60, 100, 101, 300])
def test_the_ends_are_those_of_the_bootstrap(size: int) -> None:
    """Within what chance leaves of 2,000 draws: 0.2 of a standard error; the normal approximation is 0.2 off."""
    one, other = LOPSIDED[:size], LOPSIDED[size : size + 200]
    found = compare_groups(np.concatenate([one, other]), [0] * size + [1] * 200, 2, comparisons=2)
    of_one, of_other = bootstrap(one), bootstrap(other)
    ends = np.quantile(of_one, [0.025, 0.975])
    assert [found.low[0], found.high[0]] == pytest.approx(ends, abs=0.2 * one.std() / math.sqrt(size))
    apart = math.hypot(one.std() / math.sqrt(size), other.std() / math.sqrt(200))
    ends = np.quantile(of_one - np.random.default_rng(6).permutation(of_other), [0.025, 0.975])
    assert [found.difference_low[0], found.difference_high[0]] == pytest.approx(ends, abs=0.2 * apart)
    assert found.mean == pytest.approx([one.mean(), other.mean()])
    assert found.difference == pytest.approx([one.mean() - other.mean(), other.mean() - one.mean()])


def test_large_groups_are_closer_to_the_bootstrap_than_the_normal_approximation() -> None:
    values = LOPSIDED[:150]
    found = compare_groups(values, np.zeros(150, dtype=int), 1, comparisons=1)
    ends, error = np.quantile(bootstrap(values), [0.025, 0.975]), values.std() / math.sqrt(150)
    ours = np.abs(np.array([found.low[0], found.high[0]]) - ends).max() / error
    normal = np.abs(values.mean() + np.array([-1.96, 1.96]) * error - ends).max() / error
    assert ours < 0.08 < 0.15 < normal


def test_the_order_of_customers_does_not_matter() -> None:
    group = np.repeat([0, 1, 2], [40, 60, 500])
    order = np.random.default_rng(1).permutation(600)
    one = compare_groups(LOPSIDED[:600], group, 3, comparisons=3)
    other = compare_groups(LOPSIDED[:600][order], group[order], 3, comparisons=3)
    for name in ("mean", "low", "high", "difference", "difference_low", "difference_high"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9)


def test_groups_made_by_chance_seldom_differ() -> None:
    """Among seven groups of customers dealt out by chance, one may differ in 1 of 20 cases at most."""
    chance, group = np.random.default_rng(2), np.repeat(range(7), [400, 200, 120, 80, 40, 30, 30])
    told = sum(
        bool(compare_groups(chance.permutation(LOPSIDED), group, 7, comparisons=7).differs.any())
        for _ in range(60)
    )
    assert told <= 6


def test_a_difference_is_told_and_one_of_a_small_group_is_not() -> None:
    value = np.concatenate([np.arange(60.0), 200 + np.arange(29.0), 100 + np.arange(30.0)])
    found = compare_groups(value, np.repeat([0, 1, 2], [60, 29, 30]), 3, comparisons=3)
    assert found.differs.tolist() == [True, False, False]
    assert found.difference_low[1] > 0
    far = compare_groups(value, np.repeat([0, 1, 1], [60, 29, 30]), 2, comparisons=2)
    assert far.differs.tolist() == [True, True]
    assert compare_groups(np.ones(90), [0] * 40 + [1] * 50, 2, comparisons=2).differs.tolist() == [False] * 2


def test_what_is_too_little_is_not_a_number() -> None:
    found = compare_groups([5.0, 1.0, 2.0], [0, 1, 1], 3, comparisons=1)
    assert (found.mean[:2].tolist(), math.isnan(found.mean[2])) == ([5.0, 1.5], True)
    assert np.isnan([found.low[0], found.high[0], found.low[2], *found.difference_low]).all()
    alone = compare_groups([5.0, 1.0], [0, 0], 1, comparisons=1)
    assert (alone.mean[0], math.isnan(alone.difference[0])) == (3.0, True)
    assert (alone.low[0], alone.high[0]) == (1.0, 5.0)
    none = compare_groups([], [], 1, comparisons=0)
    assert math.isnan(none.mean[0])


@pytest.mark.parametrize(
    ("values", "group", "words"),
    [
        ([1.0, math.nan], [0, 0], "no finite number"),
        ([1.0], [2], "from 0 to 1"),
        ([1.0], [-1], "from 0 to 1"),
        ([1.0, 2.0], [0], "values"),
    ],
)
def test_what_is_impossible_is_refused(values: list[float], group: list[int], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        compare_groups(values, group, 2, comparisons=1)


def test_the_budget_goes_where_it_wins_most_within_the_limits() -> None:
    # what is freed is more than the others may gain in one step
    assert budget_split([0.6, 0.3, 0.1], [2, 6, 3], ["above", "within", "within"]).tolist() == pytest.approx(
        [0, 0.36, 0.12]
    )
    # the sample shop: 58% to 12% and 10% to 45% in one go would rest on averages alone
    plan = budget_split([0.5845, 0.3153, 0.1002], [3.04, 11.35, 11.71], ["within"] * 3)
    assert plan.tolist() == pytest.approx([0.5845 - 0.2 * (0.3153 + 0.1002), 1.2 * 0.3153, 1.2 * 0.1002])
    # nobody within is cut where what is freed feeds those that grow
    assert budget_split([0.4, 0.5, 0.1], [1, 3, 9], ["above", "within", "within"]).tolist() == pytest.approx(
        [0, 0.5, 0.12]
    )
    assert budget_split([0.5, 0.5], [0, 0], ["within", "above"]).tolist() == [0.5, 0]
    # nobody to give it to: it is not spent
    assert budget_split([0.6, 0.4], [2, 9], ["above", "as it is"]).tolist() == [0, 0.4]
    assert budget_split([0.5, 0.5], [math.nan, 4], ["as it is", "within"]).tolist() == [0.5, 0.5]
    for shares, verdicts in (([0.5], ["stop"]), ([0.5, 0.5], ["above"]), ([-0.1], ["above"])):
        with pytest.raises(ArgumentError):
            budget_split(shares, [1.0] * len(shares), verdicts)


def _textbook(values: np.ndarray) -> tuple[float, float, float]:
    """Mean, squared standard error, and third cumulant of the bootstrap distribution of a mean."""
    away = values - values.mean()
    return (
        float(values.mean()),
        float((away**2).mean() / values.size),
        float((away**3).mean() / values.size**2),
    )


def _cornish_fisher(mean: float, error: float, cumulant: float) -> tuple[float, float]:
    z = 1.959963984540054  # the normal distribution's 97.5 %
    moved = cumulant / (6 * error**2) * (z**2 - 1)
    return mean - z * error + moved, mean + z * error + moved


def test_large_groups_have_the_ends_of_the_textbook() -> None:
    rng = np.random.default_rng(3)
    first, others = rng.gamma(0.6, 50.0, 140), rng.gamma(0.9, 40.0, 260)
    found = compare_groups([*first, *others], [0] * 140 + [1] * 260, 2, comparisons=2)
    (m1, v1, k1), (m2, v2, k2) = _textbook(first), _textbook(others)
    assert (found.low[0], found.high[0]) == pytest.approx(_cornish_fisher(m1, v1**0.5, k1), rel=1e-10)
    assert (found.low[1], found.high[1]) == pytest.approx(_cornish_fisher(m2, v2**0.5, k2), rel=1e-10)
    ends = _cornish_fisher(m1 - m2, (v1 + v2) ** 0.5, k1 - k2)
    assert (found.difference_low[0], found.difference_high[0]) == pytest.approx(ends, rel=1e-10)
    assert found.customers.dtype == np.int64


@pytest.mark.parametrize(
    ("groups", "comparisons"), [((40, 300), 2), ((300, 40), 5), ((60, 60), 1), ((30, 31), 0)]
)
def test_a_group_differs_from_the_bound_of_the_textbook_on(groups: tuple[int, int], comparisons: int) -> None:
    rng = np.random.default_rng(groups[0])
    base = rng.gamma(0.7, 30.0, sum(groups))
    which = np.repeat([0, 1], groups)

    def apart(by: float) -> float:
        """By how much the difference is beyond the bound, where the first group's values are higher by so much."""
        values = base + by * (which == 0)
        own, rest = values[which == 0], values[which == 1]
        size, others = own.size, rest.size
        z = NormalDist().inv_cdf(1 - 0.05 / (2 * max(comparisons, 1)))
        sure = math.sqrt(own.var(ddof=1) / size + rest.var(ddof=1) / others)
        # had chance made the groups, both would have the spread of all
        spread = math.sqrt(values.var() * (1 / size + 1 / others))
        third = ((values - values.mean()) ** 3).mean()
        lopsided = abs(third * (1 / size**2 - 1 / others**2)) / spread**3
        return abs(own.mean() - rest.mean()) - max(sure, spread) * (z + lopsided * (z**2 - 1) / 6)

    low, high = 0.0, 200.0
    assert apart(low) < 0 < apart(high)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if apart(middle) < 0 else (low, middle)
    for by, differs in ((low - 1e-6, False), (high + 1e-6, True)):
        found = compare_groups(base + by * (which == 0), which, 2, comparisons=comparisons)
        assert found.differs.tolist() == [differs, differs]


def test_fewer_than_thirty_are_not_said_to_differ() -> None:
    for size, differs in ((29, False), (30, True)):
        values = np.concatenate([np.linspace(0, 1, size), np.linspace(100, 101, 200)])
        found = compare_groups(values, [0] * size + [1] * 200, 2, comparisons=2)
        assert found.differs.tolist() == [differs, differs]


def test_what_no_group_can_hold_is_said_in_full() -> None:
    with pytest.raises(ArgumentError) as caught:
        compare_groups([1.0, math.nan], [0, 0], 1, comparisons=1)
    assert str(caught.value) == "values holds a value that is no finite number. Leave such customers out."
    with pytest.raises(ArgumentError) as caught:
        compare_groups([1.0, 2.0], [0, 2], 2, comparisons=1)
    assert str(caught.value) == "group holds a number that is not from 0 to 1."
    nobody = compare_groups([], [], 1, comparisons=1)
    assert nobody.customers.tolist() == [0]
    assert np.isnan(nobody.mean).all()
    decimals = compare_groups([Decimal("1.5"), Decimal("2.5")], [0, 0], 1, comparisons=1)
    assert decimals.mean.tolist() == [2.0]


def test_one_customer_has_no_interval_and_two_have_one() -> None:
    found = compare_groups([1.0, 3.0, 5.0], [0, 0, 1], 2, comparisons=2)
    assert (found.low[0], found.high[0]) == (1.0, 3.0)
    assert np.isnan([found.low[1], found.high[1], *found.difference_low, *found.difference_high]).all()
    found = compare_groups([1.0, 3.0, 5.0, 9.0], [0, 0, 1, 1], 2, comparisons=2)
    assert (found.difference_low[0], found.difference_high[0]) == (-8.0, -2.0)
    assert (found.difference_low[1], found.difference_high[1]) == (2.0, 8.0)


def test_customers_who_are_all_alike_have_an_interval_without_length() -> None:
    found = compare_groups([5.0] * 150 + [7.0] * 150, [0] * 150 + [1] * 150, 2, comparisons=2)
    assert found.low.tolist() == found.high.tolist() == [5.0, 7.0]
    assert found.difference_low.tolist() == found.difference_high.tolist() == [-2.0, 2.0]


def test_a_large_group_beside_few_others_is_compared_by_drawing_them() -> None:
    few, many = LOPSIDED[:12], LOPSIDED[12:213]
    found = compare_groups([*few, *many], [0] * 12 + [1] * 201, 2, comparisons=2)
    (m1, v1, k1), (m2, v2, k2) = _textbook(many), _textbook(few)
    by_moments = _cornish_fisher(m1 - m2, (v1 + v2) ** 0.5, k1 - k2)
    drawn = found.difference_low[1], found.difference_high[1]
    assert drawn != pytest.approx(by_moments, rel=1e-4)
    assert drawn == pytest.approx(by_moments, abs=0.3 * (v1 + v2) ** 0.5)
    assert (found.low[1], found.high[1]) == pytest.approx(_cornish_fisher(m1, v1**0.5, k1), rel=1e-10)


def _draws(values: np.ndarray, middle: float, chance: np.random.Generator) -> np.ndarray:
    """The means that a group of this many is said to be drawn by: anew up to 100, by its moments above."""
    if values.size <= 100:
        ranked = np.sort(values - middle)
        return ranked[chance.integers(values.size, size=(2000, values.size))].mean(axis=1)
    mean, error2, cumulant = _textbook(values - middle)
    z = chance.standard_normal(2000)
    return mean + z * error2**0.5 + cumulant / (6 * error2) * (z**2 - 1)


@pytest.mark.parametrize("sizes", [(100, 100), (12, 201), (101, 100), (101, 2), (2, 3)])
def test_small_groups_have_the_ends_of_their_draws(sizes: tuple[int, int]) -> None:
    values = LOPSIDED[: sum(sizes)]
    which = np.repeat([0, 1], sizes)
    found = compare_groups(values, which, 2, comparisons=2)
    middle = values.mean()
    for number in (0, 1):
        own, rest = values[which == number], values[which != number]
        chance = np.random.default_rng([values.size, own.size, rest.size])
        of_own = _draws(own, middle, chance)
        if own.size <= 100:
            ends = np.quantile(of_own, [0.025, 0.975]) + middle
            assert [found.low[number], found.high[number]] == pytest.approx(ends, rel=1e-9)
        ends = np.quantile(of_own - _draws(rest, middle, chance), [0.025, 0.975])
        assert [found.difference_low[number], found.difference_high[number]] == pytest.approx(ends, rel=1e-9)


def test_a_large_group_of_equals_beside_few_others_is_drawn_without_a_spread() -> None:
    found = compare_groups([5.0] * 150 + [1.0, 2.0, 3.0], [0] * 150 + [1] * 3, 2, comparisons=2)
    assert (found.difference_low[0], found.difference_high[0]) == pytest.approx((2.0, 4.0), abs=0.01)


def test_a_difference_of_next_to_nothing_is_one_where_the_spread_is_less() -> None:
    values = np.concatenate([np.linspace(0, 1, 200), np.linspace(2, 3, 200)]) * 1e-9
    assert compare_groups(values, [0] * 200 + [1] * 200, 2, comparisons=2).differs.all()


def test_a_large_group_of_zeros_beside_few_others_has_no_spread_at_all() -> None:
    found = compare_groups([0.0] * 150 + [-1.0, 0.0, 1.0], [0] * 150 + [1] * 3, 2, comparisons=2)
    assert (found.difference_low[0], found.difference_high[0]) == pytest.approx((-1.0, 1.0), abs=0.01)
