"""The models where their formulas have an edge: one step, nothing left, rows that are hard to tell apart."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import poisson

from clv_xl.models import Histories, Nbd, Sbg, Spending, renewals, sbg
from clv_xl.models.bgbb import BgBb
from clv_xl.models.even_points import poisson_quantile
from clv_xl.models.fit import BOUND, Fit, Optimum, maximise, maximise_by_stages, refine
from clv_xl.models.gammagamma import GammaGamma, expected_amounts
from clv_xl.models.rows import _MIXERS, distinct


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


def test_a_search_that_does_not_come_to_rest_is_not_projected_with(monkeypatch: pytest.MonkeyPatch) -> None:
    # as for some shops of whom half leave at the first renewal, and nobody later; which ones is a matter of rounding
    monkeypatch.setattr(sbg, "maximise", lambda *given: replace(maximise(*given), converged=False))
    fit = Sbg.fit([749, 374, 374, 374, 374, 374])
    assert fit.has("not_converged")
    assert not fit.usable
    found = renewals([1] * 375 + [5] * 374, [True] * 375 + [False] * 374, 5)
    assert found.reason == "The search for the best parameters did not come to rest."
    assert found.model is None
