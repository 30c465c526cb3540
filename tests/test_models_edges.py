"""The models where their formulas have an edge: one step, nothing left, rows that are hard to tell apart."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import poisson

from clv_xl.models import Histories, Nbd, Sbg, Spending, fit, gammagamma, renewals, sbg
from clv_xl.models.bgbb import BgBb
from clv_xl.models.even_points import poisson_quantile
from clv_xl.models.fit import BOUND, Fit, Optimum, lead_over, maximise, maximise_by_stages, refine
from clv_xl.models.gammagamma import GammaGamma, expected_amounts
from clv_xl.models.rows import _MIXERS, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clv_xl.metrics.arguments import FloatArray


def test_bg_bb_expects_of_a_new_donor_what_the_paper_says() -> None:
    # Fader, Hardie and Shang (2010): the parameters of table 3, and E[X(n)], equation 8
    a, b, c, d = values = (1.204, 0.750, 0.657, 2.783)
    for n in (1, 6, 17):
        left = math.exp(gammaln(c + d) - gammaln(c + d + n) + gammaln(1 + d + n) - gammaln(1 + d))
        assert BgBb(*values).expected_orders_new(n) == pytest.approx(a / (a + b) * d / (c - 1) * (1 - left))


def test_nbd_draws_what_it_expects() -> None:
    model = Nbd(0.9, 4.0, time_unit="weeks")
    seen = Histories([0, 3, 20], [0, 8, 30], [30, 30, 31], "weeks")
    drawn = model.simulate(
        np.random.default_rng(1), seen.frequency, seen.recency, seen.age, 12.0, draws=40_000
    )
    expected = model.expected_orders(seen, 12)
    assert drawn.mean(axis=0) == pytest.approx(expected, rel=0.03)
    # a Poisson variable whose rate is gamma distributed: the mean, and the spread of the rates
    assert drawn.var(axis=0) == pytest.approx(expected * (1 + 12 / (4 + seen.age)), rel=0.05)


def test_a_mean_that_overflows_falls_back_on_each_customers_own() -> None:
    # q = 1: without a payment nothing bounds the mean
    fit = Fit(GammaGamma(2.0, 1.0, 10.0), -1.0, 2.0, 1.0, None)
    spent = Spending([2, 0], [30.0, 0.0])
    assert not math.isfinite(fit.model.expected_spend(spent)[1])
    amounts, words = expected_amounts(fit, spent)
    assert amounts.tolist() == [30.0, 30.0]
    assert "own mean amount" in words


def test_subscriptions_of_a_single_customer_have_no_standard_errors() -> None:
    fit = Sbg.fit([3, 1])
    assert fit.has("errors_unknown")
    assert fit.covariance is None
    assert fit.model.retention(1) == pytest.approx(1 / 3, abs=1e-3)


def test_rows_whose_mixed_numbers_clash_are_told_apart() -> None:
    first = [1.0, 2.0]
    words = np.array(first).view(np.uint64).tolist()

    def mixed(word: int) -> int:
        found = (word ^ (word >> 29)) * _MIXERS[0] % 2**64
        return found ^ (found >> 32)

    def before(folded: int) -> int:
        """The number whose own bits, shifted by 29 and laid over it, give this one."""
        return folded ^ (folded >> 29) ^ (folded >> 58)

    # the first columns differ; the second ones are chosen so that what is mixed of both is the same
    word = np.float64(3.0).view(np.uint64).item()
    folded = word ^ (word >> 29) ^ mixed(words[0]) ^ mixed(words[1])
    other = np.uint64(before(folded)).view(np.float64).item()
    assert math.isfinite(other)
    rows = np.array([1.0, 2.0, 1.0]), np.array([3.0, other, 3.0])
    again = [mixed(one) ^ (two ^ (two >> 29)) for one, two in zip(words, [word, before(folded)], strict=True)]
    assert again[0] == again[1]
    place, kind = distinct(*rows)
    assert [column[place].tolist() for column in rows] == [[1.0, 2.0], [3.0, other]]
    assert kind.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "columns",
    [
        ([3.0, 0.0, 3.0, 1.0, 0.0], [2.0, 9.0, 2.0, 0.0, 7.0]),
        ([3.5, 0.0, 3.5, 1.0, 0.0], [2.0, 9.0, 2.0, 0.0, 7.0]),
        ([3.0, 0.0, 3.0, 1.0, 0.0], [-2.0, 9.0, -2.0, 0.0, 7.0]),
        ([2.0**52, 0.0, 2.0**52, 1.0, 0.0], [2.0**40, 9.0, 2.0**40, 0.0, 7.0]),
        ([2.0**53 + 2, 0.0, 2.0**53 + 2, 1.0, 0.0], [2.0, 9.0, 2.0, 0.0, 7.0]),
    ],
    ids=["whole", "fractions", "negative", "too large together", "too large"],
)
def test_kinds_of_rows_stand_in_the_order_of_their_values(columns: tuple[list[float], ...]) -> None:
    place, kind = distinct(*map(np.array, columns))
    rows = list(zip(*columns, strict=True))
    kinds = sorted(set(rows))
    assert [rows.index(one) for one in kinds] == place.tolist()
    assert [kinds.index(row) for row in rows] == kind.tolist()


def test_of_no_rows_there_is_no_kind_and_zeros_of_both_signs_are_two() -> None:
    assert [found.tolist() for found in distinct(np.empty(0), np.empty(0))] == [[], []]
    assert len(distinct(np.array([0.0, -0.0]), np.ones(2))[0]) == 2


@pytest.mark.parametrize("lead", [0.5, 19.0, 21.0, 5000.0])
def test_a_lead_is_exact_where_it_decides_and_nearly_so_beyond(lead: float) -> None:
    def simpler(values: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = _bell(0.0, 100.0)(np.log(values))
        return value, gradient / values

    near = Optimum(np.array([1.2, -0.7, 3.0]), 0.0, np.diag([0.5, 3.0, 1.0]), converged=True)
    found = lead_over(lead, simpler, near, 100.0, 2.0)
    assert found == pytest.approx(lead, abs=1e-12 if lead < 20 else 1e-2)


def test_a_poisson_quantile_is_counted_to_its_last_step_and_no_further() -> None:
    # the rounded probabilities of these add up to a little less, and to a little more, than the whole
    means = np.linspace(20, 29.999, 50)
    found, reached = poisson_quantile(means, 1, np.ones(50), np.zeros(50))
    assert found.max() == 121
    assert found.min() < 121
    assert reached == pytest.approx(1.0, abs=1e-8)
    found, _ = poisson_quantile(np.array([29.9]), 1, np.array([0.9]), np.zeros(1))
    assert math.ceil(found[0]) == poisson.ppf(0.9, 29.9)


def _bell(top: float, width: float = 1.0):
    return lambda logs: (-float(((logs - top) ** 2).sum()) * width, -2 * width * (logs - top))


def test_a_search_goes_on_from_where_the_curvature_says_nothing() -> None:
    # a curvature that points downhill is not followed
    found = maximise(_bell(1.0), np.zeros(2), -np.eye(2))
    assert found.logs == pytest.approx([1.0, 1.0])
    assert found.converged
    # beyond the range that is searched, the end of it is the answer
    found = maximise(_bell(2 * BOUND), np.zeros(1))
    assert found.logs.tolist() == [BOUND]
    assert found.converged


def test_a_coarser_copy_that_says_nothing_is_not_started_from() -> None:
    flat = maximise_by_stages(_bell(1.0), lambda logs: (0.0, np.zeros(2)), np.zeros(2))
    assert flat.logs == pytest.approx([1.0, 1.0])


def test_refining_ends_at_the_maximum_whatever_the_copy_said() -> None:
    # too flat a copy: a step leads beyond the top
    found = refine(_bell(1.0), Optimum(np.zeros(1), -1.0, np.array([[0.2]]), True))
    assert found.logs == pytest.approx([1.0], abs=1e-8)

    def plateau(logs: np.ndarray) -> tuple[float, np.ndarray]:
        return -float(((logs - 1) ** 4).sum()), -4 * (logs - 1) ** 3

    # a top so flat that each step covers a part of the way only: more steps are taken than a refinement has
    found = refine(plateau, Optimum(np.zeros(1), -1.0, np.array([[12.0]]), True))
    assert found.logs == pytest.approx([1.0], abs=0.02)
    assert found.converged


def test_nobody_who_left_and_one_who_renewed() -> None:
    assert (
        renewals([0, 0], [False, False], 12).reason
        == "Nobody has renewed yet; 100 are needed for a projection."
    )
    kept = renewals([12] * 200, [False] * 200, 12)
    assert kept.reason == "Nobody has left yet; 10 are needed to project how others will."


def _small_tables(starts: Iterable[int], periods: Iterable[int]) -> list[list[int]]:
    """Every table of so many customers at the start."""
    return [
        [start, *left]
        for start in starts
        for length in periods
        for left in itertools.combinations_with_replacement(range(start, -1, -1), length)
    ]


def _assert_best(table: list[int]) -> None:
    fit = Sbg.fit(table)
    assert not fit.has("not_converged"), table
    # no other pair of parameters says more of the table
    others = [
        Sbg(a, b).log_likelihood(table) for a in (1e-5, 0.02, 0.5, 3, 900) for b in (1e-5, 0.02, 0.5, 3, 900)
    ]
    assert fit.log_likelihood >= max(others) - 1e-4, table


def test_subscriptions_are_fitted_where_nobody_leaves_after_the_first_renewal() -> None:
    for table in [[10, 4, 4], [749, 374, 374, 374, 374, 374], [3, 1, 1], *_small_tables((5,), (1, 2))]:
        _assert_best(table)


def test_subscriptions_of_whom_one_in_ten_left_are_fitted() -> None:
    # leaving is so rare that alpha and beta have no end: the search stops on a ridge, at its top
    stay = [27, 137, 357, 277, 250, 257, 103, 318, 132]
    fit = Sbg.fit_lifetimes([*stay, 143], [False] * len(stay) + [True])
    assert not fit.has("not_converged")
    assert fit.model.alpha / (fit.model.alpha + fit.model.beta) == pytest.approx(
        1 / (sum(stay) + 143), rel=1e-2
    )


@pytest.mark.long
def test_every_small_table_of_subscriptions_is_fitted() -> None:
    for table in _small_tables((3, 4, 6, 10), (1, 2, 3)):
        _assert_best(table)


@pytest.mark.long
def test_retention_of_three_to_twelve_years_is_fitted() -> None:
    rng = np.random.default_rng(2)
    for _ in range(1000):
        chances = rng.beta(*np.exp(rng.uniform(-3, 3, 2)), int(rng.choice([20, 300, 20_000])))
        renewed = rng.geometric(np.maximum(chances, 1e-9))
        _assert_best([int((renewed > year).sum()) for year in range(int(rng.integers(4, 14)))])


def test_a_search_that_does_not_come_to_rest_is_not_projected_with(monkeypatch: pytest.MonkeyPatch) -> None:
    # no table is known that does this
    monkeypatch.setattr(sbg, "maximise", lambda *given: replace(maximise(*given), converged=False))
    fit = Sbg.fit([749, 374, 374, 374, 374, 374])
    assert fit.has("not_converged")
    assert not fit.usable
    found = renewals([1] * 375 + [5] * 374, [True] * 375 + [False] * 374, 5)
    assert found.reason == "The search for the best parameters did not come to rest."
    assert found.model is None


def test_amounts_whose_search_does_not_come_to_rest_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # no amounts are known that do this
    still = Spending([2, 3, 4, 5], [20.0, 90.0, 44.0, 150.0])
    assert not GammaGamma.fit(still).has("not_converged")
    monkeypatch.setattr(gammagamma, "maximise", lambda *given: replace(maximise(*given), converged=False))
    monkeypatch.setattr(gammagamma, "_at_the_end", lambda _, best, __: best)
    assert GammaGamma.fit(still).has("not_converged")


def test_a_search_that_is_out_of_steps_has_not_come_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def far(logs: FloatArray) -> tuple[float, FloatArray]:
        return -float(((logs - 20) ** 4).sum()), -4 * (logs - 20) ** 3

    assert maximise(far, np.zeros(1)).converged
    monkeypatch.setattr(fit, "_ITERATIONS", 1)
    assert not maximise(far, np.zeros(1)).converged
