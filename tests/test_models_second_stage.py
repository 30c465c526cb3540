"""The second stage: it learns from attributes that matter, keeps the default otherwise, and looks at no future."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clv_xl.errors import ArgumentError
from clv_xl.models import Occasions, purchase_occasions
from clv_xl.models.learner import Learner
from clv_xl.models.second_stage import judge_second_stage, second_stage

if TYPE_CHECKING:
    from pathlib import Path

LAST = date(2025, 12, 31)
YEAR = 365


def shop(
    customers: int,
    years: int,
    groups: dict[str, float],
    *,
    stay: float = 1.0,
    growth: float = 1.0,
    seed: int = 3,
) -> tuple[Occasions, np.ndarray]:
    """Customers of ever larger years who stay so many years on average; the group says how often they order."""
    rng = np.random.default_rng(seed)
    names = np.array(list(groups))
    group = rng.integers(0, names.size, customers)
    first = (years * YEAR * rng.random(customers) ** (1 / growth)).astype(int)
    stays = rng.exponential(stay * YEAR, customers)
    rate = np.array(list(groups.values()))[group] * rng.gamma(2.0, 0.5, customers)
    who, when = [np.arange(customers)], [first]
    for customer in range(customers):
        until = min(stays[customer], years * YEAR - first[customer])
        repeat = rng.uniform(0, until, rng.poisson(rate[customer] * until / YEAR))
        who.append(np.full(repeat.size, customer))
        when.append(first[customer] + repeat.astype(int))
    days = np.datetime64(LAST) - np.concatenate(when).max() + np.concatenate(when)
    mean = 300 / rng.gamma(4.0, 1.0, customers)
    amounts = rng.gamma(4.0, 0.25, days.size) * mean[np.concatenate(who)]
    return purchase_occasions(np.concatenate(who), days, amounts), names[group]


@pytest.fixture(scope="module")
def clubs() -> tuple[Occasions, np.ndarray]:
    return shop(2500, 4, {"club": 12.0, "fair": 0.5}, stay=3.0, growth=6.0)


def test_an_attribute_that_says_who_will_come_back_is_used(clubs: tuple[Occasions, np.ndarray]) -> None:
    occasions, group = clubs
    found = judge_second_stage(occasions, {"source": group}, LAST, 90)
    assert (found.used, found.code) == (True, "used")
    assert "behaviour and source was better than Pareto/NBD alone by" in found.reason
    assert len(found.tests) == 3
    assert all(test.second.gini > test.default.gini for test in found.tests)
    # who has just come is told apart by nothing else
    stage = second_stage(occasions, {"source": group}, LAST, 90)
    new = np.bincount(occasions.customer) == 1
    ratio = stage.predicted / stage.default
    assert np.median(ratio[new & (group == "club")]) > 1.3 * np.median(ratio[new & (group == "fair")])


def test_an_attribute_without_a_meaning_is_not_used(clubs: tuple[Occasions, np.ndarray]) -> None:
    occasions, group = clubs
    shuffled = np.random.default_rng(1).permutation(group)
    found = judge_second_stage(occasions, {"source": shuffled}, LAST, 90)
    with_it = [test.second for test in found.tests]
    without = [test.second for test in judge_second_stage(occasions, {}, LAST, 90).tests]
    for one, other in zip(with_it, without, strict=True):
        assert one.gini == pytest.approx(other.gini, abs=0.005)


def test_a_shop_that_the_default_describes_keeps_it() -> None:
    occasions, group = shop(800, 3, {"a": 4.0, "b": 4.0})
    found = judge_second_stage(occasions, {"source": group}, LAST, 90, origins=2)
    assert (found.used, found.code) == (False, "no_gain")
    assert "is not used. Over the last 2 periods: ranking (Gini, higher is better) 0." in found.reason
    assert found.reason.endswith("and one of them better by more than 2%.")


def test_nothing_after_the_known_day_is_looked_at(clubs: tuple[Occasions, np.ndarray]) -> None:
    occasions, group = clubs
    cut = date(2025, 3, 31)
    whole = second_stage(occasions, {"source": group}, cut, 180)
    past = occasions.until(int(np.datetime64(cut).astype(int)))
    later = Occasions(
        np.append(past.customer, occasions.customers - 1),
        np.append(past.day, past.day.max() + 200),
        np.append(past.amount, 1e6),
    )
    assert second_stage(later, {"source": group}, cut, 180).predicted.tolist() == whole.predicted.tolist()


def test_the_currency_does_not_matter(clubs: tuple[Occasions, np.ndarray]) -> None:
    occasions, group = clubs
    one = second_stage(occasions, {"source": group}, LAST, 90).predicted
    larger = Occasions(occasions.customer, occasions.day, occasions.amount * 11.5)
    assert second_stage(larger, {"source": group}, LAST, 90).predicted == pytest.approx(one * 11.5, rel=0.01)


def test_a_short_history_gives_the_default_and_says_so(clubs: tuple[Occasions, np.ndarray]) -> None:
    occasions, group = clubs
    found = second_stage(occasions, {"source": group}, LAST, 5 * YEAR)
    assert found.reason.startswith("The history is too short")
    assert found.predicted.tolist() == found.default.tolist()
    assert judge_second_stage(occasions, {"source": group}, LAST, 3 * YEAR).code == "too_short"


def test_a_period_is_learned_from_only_when_nearly_one_was_known_before_it(
    clubs: tuple[Occasions, np.ndarray],
) -> None:
    learner = Learner(clubs[0], {}, 100)
    first = int(clubs[0].day.min())
    assert learner.knows_enough(first + 190)
    assert not learner.knows_enough(first + 189)
    assert learner.lesson(first + 189) is None


def test_orders_without_amounts_are_predicted_as_occasions(clubs: tuple[Occasions, np.ndarray]) -> None:
    occasions, group = clubs
    counted = Occasions(occasions.customer, occasions.day, np.zeros(occasions.day.size))
    found = second_stage(counted, {"source": group}, date(2025, 6, 30), 180)
    after = (occasions.day > np.datetime64("2025-06-30").astype(int)) & (
        occasions.day <= np.datetime64("2025-06-30").astype(int) + 180
    )
    known = np.unique(occasions.until(int(np.datetime64("2025-06-30").astype(int))).customer)
    came = int(np.isin(occasions.customer[after], known).sum())
    assert found.predicted.sum() == pytest.approx(came, rel=0.2)


@pytest.mark.parametrize(
    ("attributes", "horizon", "message"),
    [({"source": ["web"]}, 90, "source has 1 texts"), ({}, 0, "horizon_days is 0")],
)
def test_what_it_cannot_mean_is_refused(
    clubs: tuple[Occasions, np.ndarray], attributes: dict[str, list[str]], horizon: int, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        second_stage(clubs[0], attributes, LAST, horizon)


@pytest.mark.long
def test_no_number_of_threads_changes_a_bit() -> None:
    script = (
        "import numpy as np; from tests.test_models_second_stage import shop, LAST\n"
        "from clv_xl.models.second_stage import second_stage\n"
        "occasions, group = shop(300, 3, {'club': 12.0, 'fair': 0.6})\n"
        "print(second_stage(occasions, {'source': group}, LAST, 90).predicted.tobytes().hex())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    }
    assert len(printed) == 1


@pytest.mark.long
def test_a_long_public_panel_uses_it_and_is_as_the_docstring_states(shared_data: Path) -> None:
    with gzip.open(shared_data / "purchases_2005_2015" / "purchases.txt.gz", "rt") as handle:
        table = np.genfromtxt(handle, dtype=str)
    occasions = purchase_occasions(
        table[:, 0].astype(int), table[:, 2].astype("M8[D]"), table[:, 1].astype(float)
    )
    found = judge_second_stage(occasions, {}, date(2015, 12, 31), 365)
    assert found.used
    for name, ranking, error in (("default", 0.830, 94.8), ("second", 0.841, 91.3)):
        assert np.mean([getattr(test, name).gini for test in found.tests]) == pytest.approx(
            ranking, abs=0.002
        )
        assert np.mean([getattr(test, name).rmse for test in found.tests]) == pytest.approx(error, abs=0.3)


def test_a_short_public_panel_keeps_the_default(shared_data: Path) -> None:
    with gzip.open(shared_data / "cdnow" / "CDNOW_sample.txt.gz", "rt") as handle:
        rows = [line.split() for line in handle]
    days = np.array([f"{row[2][:4]}-{row[2][4:6]}-{row[2][6:]}" for row in rows], "M8[D]")
    occasions = purchase_occasions(
        np.array([int(row[1]) for row in rows]), days, np.array([float(row[4]) for row in rows])
    )
    cds = np.array([int(row[3]) for row in rows])[
        np.unique([int(row[1]) for row in rows], return_index=True)[1]
    ]
    found = judge_second_stage(occasions, {"cds": np.minimum(cds, 5).astype(str)}, date(1998, 6, 30), 91)
    assert (found.used, found.code, len(found.tests)) == (False, "no_gain", 3)
    assert np.mean([test.default.gini for test in found.tests]) == pytest.approx(0.720, abs=0.002)
