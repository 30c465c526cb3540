"""Comparing groups: the bootstrap's own ends, chance that is not taken for a difference, and the budget's rule."""

from __future__ import annotations

import math

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
    assert budget_split([0.6, 0.3, 0.1], [2, 6, 3], ["above", "within", "within"]).tolist() == pytest.approx(
        [0, 2 / 3, 1 / 3]
    )
    # nobody to give it to: it is not spent
    assert budget_split([0.6, 0.4], [2, 9], ["above", "as it is"]).tolist() == [0, 0.4]
    assert budget_split([0.5, 0.5], [math.nan, 4], ["as it is", "within"]).tolist() == [0.5, 0.5]
    for shares, verdicts in (([0.5], ["stop"]), ([0.5, 0.5], ["above"]), ([-0.1], ["above"])):
        with pytest.raises(ArgumentError):
            budget_split(shares, [1.0] * len(shares), verdicts)
