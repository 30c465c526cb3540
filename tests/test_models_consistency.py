"""What must hold whatever the data: probabilities, monotony, gradients, units, repetition, recovery, coverage."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln

from clv_xl.models import (
    BgBb,
    BgNbd,
    Fit,
    GammaGamma,
    Histories,
    MbgCnbd,
    Nbd,
    Opportunities,
    OrderModel,
    ParetoNbd,
    Sbg,
    Spending,
    bgbb,
    gammagamma,
    order_model,
    purchase_occasions,
    sbg,
)
from clv_xl.models.accuracy import accuracy
from clv_xl.models.backtest import backtest
from clv_xl.models.choice import choose
from clv_xl.models.dropout import TABLED, first_orders
from clv_xl.models.intervals import Interval, forecast
from clv_xl.models.order_model import log_likelihood
from clv_xl.models.parameter_draws import parameter_draws, parameter_points
from clv_xl.models.rows import binned, distinct_rows
from tests.simulated_shops import beta_geometric_shop, pareto_shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulated_shops import Shop

# the documented domain: eight decades of parameters, 2,000 orders, 1,000 weeks
decades = st.floats(-4, 4).map(lambda power: 10.0**power)
fours = st.tuples(decades, decades, decades, decades)
FAMILY: tuple[Callable[..., OrderModel], ...] = (
    lambda *v: BgNbd(*v, time_unit="weeks"),
    lambda *v: MbgCnbd(*v, time_unit="weeks"),
    lambda *v: MbgCnbd(*v, k=2, time_unit="weeks"),
    lambda *v: MbgCnbd(*v, k=3, time_unit="weeks"),
    lambda *v: ParetoNbd(*v, time_unit="weeks"),
)
NAMES = ["BG", "MBG", "MBG-2", "MBG-3", "Pareto"]


@st.composite
def customers(draw: st.DrawFn) -> Histories:
    """Up to eight customers, in the extreme too."""
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        age = draw(st.sampled_from([0.0, 1 / 7, 1.0, 38.86, 1000.0]))
        x = draw(st.sampled_from([0, 1, 2, 11, 300, 2000])) if age else 0
        rows.append((x, draw(st.sampled_from([0.001, 0.4, 0.99, 1.0])) * age if x else 0.0, age))
    x, t_x, age = zip(*rows, strict=True)
    return Histories(x, t_x, age, "weeks", log_gaps=0.0)


# --- probabilities and expectations ---------------------------------------------------------------------


@pytest.mark.parametrize("make", FAMILY, ids=NAMES)
@given(values=fours, seen=customers())
@settings(max_examples=30)
def test_probabilities_are_some_and_expectations_grow(
    make: Callable[..., OrderModel], values: tuple[float, ...], seen: Histories
) -> None:
    model = make(*values)
    alive = model.p_alive(seen)
    assert ((alive >= 0) & (alive <= 1)).all()
    before = np.zeros(seen.size)
    for horizon in (0.0, 0.5, 13.0, 1000.0):
        expected = model.expected_orders(seen, horizon)
        assert np.isfinite(expected).all()
        assert (expected >= before * (1 - 2e-6) - 1e-12).all()
        before = expected
    new = model.expected_orders_new([0, 0.5, 13, 1000])
    assert np.isfinite(new).all()
    assert (np.diff(new) >= -1e-9 * new[1:] - 1e-12).all()
    value, gradient = log_likelihood(model.kernel(), np.array(values), distinct_rows(seen))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("make", FAMILY, ids=NAMES)
def test_discounting_makes_less(make: Callable[..., OrderModel]) -> None:
    model = make(0.6, 8.0, 0.7, 5.0)
    seen = Histories([0, 2, 9], [0, 20, 29], [30, 30, 30], "weeks")
    plain, some, more = (model.discounted_orders(seen, months=6, yearly_rate=rate) for rate in (0, 0.1, 0.3))
    assert (more < some).all()
    assert (some < plain).all()
    for_life = [model.discounted_orders(seen, yearly_rate=rate) for rate in (0.05, 0.5)]
    assert (np.diff(for_life, axis=0) < 0).all()


@pytest.mark.long
@pytest.mark.parametrize("make", FAMILY, ids=NAMES)
def test_no_figure_is_without_bound_over_eight_decades(make: Callable[..., OrderModel]) -> None:
    rows = [
        (x, share * age if x else 0.0, age)
        for x, share, age in product((0, 1, 3, 50, 2000), (0.001, 0.5, 1.0), (0.0, 1 / 7, 1.0, 30.0, 1000.0))
        if age or not x
    ]
    seen = Histories(*np.array(rows).T, "weeks", log_gaps=0.0)
    ready = distinct_rows(seen)
    for values in product((1e-4, 1e-2, 1.0, 1e2, 1e4), repeat=4):
        model = make(*values)
        value, gradient = log_likelihood(model.kernel(), np.array(values), ready)
        alive, expected = model.p_alive(seen), model.expected_orders(seen, 52)
        finite = np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(expected).all()
        assert finite, values
        assert ((alive >= 0) & (alive <= 1)).all(), values


def test_one_time_buyers_never_leave_bg_nbd_and_do_leave_the_others() -> None:
    seen = Histories([0], [0], [500], "weeks")
    alive = [make(0.6, 8.0, 0.7, 5.0).p_alive(seen)[0] for make in FAMILY]
    assert alive[0] == 1
    assert max(alive[1:]) < 0.95


# --- gradients ------------------------------------------------------------------------------------------


def _slope(function: Callable[[Any], float], values: tuple[float, ...]) -> np.ndarray:
    """The gradient by differences of fourth order."""
    found = []
    for place, value in enumerate(values):
        step = value * 1e-3
        at = []
        for many in (-2, -1, 1, 2):
            moved = list(values)
            moved[place] = value + many * step
            at.append(function(np.array(moved)))
        found.append((at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step))
    return np.array(found)


moderate = st.floats(-1.5, 1.5).map(lambda power: 10.0**power)


@pytest.mark.parametrize("make", FAMILY, ids=NAMES)
@given(values=st.tuples(moderate, moderate, moderate, moderate))
@settings(max_examples=20)
def test_the_gradient_is_that_of_the_likelihood(
    make: Callable[..., OrderModel], values: tuple[float, ...]
) -> None:
    seen = Histories(
        [0, 0, 1, 1, 4, 30, 250], [0, 0, 0.5, 20, 11, 33, 39], [0, 40, 39, 20, 12, 39, 40], "weeks"
    )
    rows = distinct_rows(seen)
    kernel = make(*values).kernel()
    gradient = log_likelihood(kernel, np.array(values), rows)[1]
    slope = _slope(lambda moved: log_likelihood(kernel, moved, rows)[0], values)
    size = np.abs(log_likelihood(kernel, np.array(values), rows)[0])
    # by the parameters' logarithms, as the search sees them
    assert gradient * values == pytest.approx(slope * values, rel=2e-6, abs=1e-8 * size)


@given(values=st.tuples(moderate, moderate, moderate))
@settings(max_examples=20)
def test_the_gradient_of_spend(values: tuple[float, ...]) -> None:
    rows = gammagamma._rows(Spending([1, 2, 40, 3], [5.0, 22.35, 610.0, 0.4]))
    value, gradient = gammagamma._log_likelihood(np.array(values), rows)
    slope = _slope(lambda moved: gammagamma._log_likelihood(moved, rows)[0], values)
    assert gradient * values == pytest.approx(slope * values, rel=1e-6, abs=1e-8 * abs(value))


@given(values=st.tuples(moderate, moderate))
@settings(max_examples=20)
def test_the_gradient_of_renewals(values: tuple[float, ...]) -> None:
    lost, kept = np.array([131.0, 126, 0, 60]), np.array([0.0, 10, 0, 500])
    value, gradient = sbg._log_likelihood(np.array(values), lost, kept)
    slope = _slope(lambda moved: sbg._log_likelihood(moved, lost, kept)[0], values)
    assert gradient * values == pytest.approx(slope * values, rel=1e-6, abs=1e-8 * abs(value))


@given(values=st.tuples(moderate, moderate, moderate, moderate))
@settings(max_examples=20)
def test_the_gradient_of_opportunities(values: tuple[float, ...]) -> None:
    seen = (np.array([0.0, 1, 3, 6]), np.array([0.0, 2, 3, 6]), np.array([6.0, 9, 3, 6]))
    logs, slopes = bgbb._terms(np.array(values), *seen)
    gradient = np.array([slope.sum() for slope in slopes])
    slope = _slope(lambda moved: float(bgbb._terms(moved, *seen)[0].sum()), values)
    assert gradient * values == pytest.approx(slope * values, rel=1e-6, abs=1e-8 * abs(logs.sum()))


# --- units, repetition, order ---------------------------------------------------------------------------

KINDS: tuple[Callable[[Histories], Fit[Any]], ...] = (
    BgNbd.fit,
    MbgCnbd.fit,
    lambda seen: MbgCnbd.fit(seen, 2),
    ParetoNbd.fit,
    Nbd.fit,
)


@pytest.fixture(scope="module")
def shop() -> Shop:
    rng = np.random.default_rng(11)
    ages = np.round(rng.uniform(20, 40, 1500) * 7) / 7
    return pareto_shop(rng, (0.6, 8.0, 0.7, 10.0), ages, 30.0)


@pytest.mark.parametrize("fit", KINDS, ids=["BG", "MBG", "MBG-2", "Pareto", "NBD"])
def test_another_unit_of_time_changes_no_prediction(fit: Callable[[Histories], Fit[Any]], shop: Shop) -> None:
    weeks, days = fit(shop.known), fit(shop.known.in_unit("days"))
    assert days.model.alpha == pytest.approx(7 * weeks.model.alpha, rel=1e-6)
    assert days.model.r == pytest.approx(weeks.model.r, rel=1e-6)
    expected = weeks.model.expected_orders(shop.known, 26)
    assert days.model.expected_orders(shop.known, 182) == pytest.approx(expected, rel=1e-6)
    # a density of times: each order's is 7 times as small in days
    orders = shop.known.frequency.sum()
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - orders * np.log(7), rel=1e-9)
    assert weeks.log_likelihood == pytest.approx(weeks.model.log_likelihood(shop.known), rel=1e-11)


@pytest.mark.parametrize("fit", KINDS, ids=["BG", "MBG", "MBG-2", "Pareto", "NBD"])
def test_every_customer_twice_changes_no_estimate(fit: Callable[[Histories], Fit[Any]], shop: Shop) -> None:
    known = shop.known
    twice = Histories(
        *(np.tile(column, 2) for column in (known.frequency, known.recency, known.age)),
        "weeks",
        log_gaps=2 * known.log_gaps,
    )
    one, two = fit(known), fit(twice)
    assert two.model == one.model
    assert two.log_likelihood == pytest.approx(2 * one.log_likelihood)
    assert np.array(two.standard_errors) * 2**0.5 == pytest.approx(np.array(one.standard_errors))
    weighted = Histories(
        known.frequency, known.recency, known.age, "weeks", np.full(known.size, 2), 2 * known.log_gaps
    )
    assert fit(weighted).model == one.model


@pytest.mark.parametrize("fit", KINDS, ids=["BG", "MBG", "MBG-2", "Pareto", "NBD"])
def test_the_order_of_rows_changes_nothing(fit: Callable[[Histories], Fit[Any]], shop: Shop) -> None:
    known = shop.known
    mixed = np.random.default_rng(3).permutation(known.size)
    other = Histories(
        known.frequency[mixed],
        known.recency[mixed],
        known.age[mixed],
        "weeks",
        log_gaps=known.log_gaps,
    )
    one, two = fit(known), fit(other)
    assert two.model == one.model
    assert two.covariance == one.covariance
    np.testing.assert_array_equal(two.model.p_alive(other), one.model.p_alive(known)[mixed])


def test_a_large_shop_ends_where_all_its_rows_do(monkeypatch: pytest.MonkeyPatch, shop: Shop) -> None:
    # the search on a binned copy must end at the maximum of all rows
    for fit in (BgNbd.fit, MbgCnbd.fit, ParetoNbd.fit):
        monkeypatch.setattr(order_model, "LARGE", 10**9)
        whole = fit(shop.known)
        monkeypatch.setattr(order_model, "LARGE", 10)
        staged = fit(shop.known)
        assert staged.model.values() == pytest.approx(whole.model.values(), rel=2e-4)
        assert staged.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-4)
        assert staged.standard_errors == pytest.approx(whole.standard_errors, rel=0.1)
    spent = Spending(shop.known.frequency + 1, np.random.default_rng(1).gamma(5, 8, shop.known.size))
    monkeypatch.setattr(gammagamma, "LARGE", 10**9)
    whole_spend = GammaGamma.fit(spent)
    monkeypatch.setattr(gammagamma, "LARGE", 10)
    assert GammaGamma.fit(spent).model.values() == pytest.approx(whole_spend.model.values(), rel=1e-3)


def test_a_binned_copy_keeps_customers_and_orders(shop: Shop) -> None:
    rows = distinct_rows(shop.known)
    small, kind = binned(rows, 10)
    assert small.weight.sum() == rows.weight.sum() == shop.known.size
    assert (small.weight * small.frequency).sum() == pytest.approx(shop.known.frequency.sum())
    assert (small.weight * small.age).sum() == pytest.approx(shop.known.age.sum())
    assert small.frequency.size < rows.frequency.size / 2
    np.testing.assert_allclose(small.frequency[kind], rows.frequency)


@pytest.mark.parametrize(
    "record",
    [
        BgNbd(0.1 + 0.2, 4.414, 0.793, 2.426, time_unit="days"),
        MbgCnbd(1 / 3, 4, 0.7, 1.9, k=3, time_unit="weeks"),
        ParetoNbd(0.553, 10.578, 0.606, 1e-7, time_unit="weeks"),
        Nbd(0.4, 12, time_unit="weeks"),
        GammaGamma(6.25, 3.74, 15.44),
        Sbg(0.668, 3.806),
        BgBb(1.204, 0.75, 0.657, 2.783),
    ],
)
def test_a_record_comes_back_from_json_to_the_last_bit(record: Any) -> None:
    text = record.to_json()
    assert "\n" not in text
    assert type(record).from_json(text) == record
    assert type(record).from_json(text).to_json() == text


# --- recovery -------------------------------------------------------------------------------------------


def _within_errors(fit: Fit[Any], truth: tuple[float, ...]) -> None:
    """Each logarithm within 4 standard errors of the truth."""
    assert fit.covariance is not None
    errors = np.sqrt(np.diag(np.array(fit.covariance)))
    distance = (np.log(fit.model.values()) - np.log(truth)) / errors
    assert np.abs(distance).max() < 4, (fit.model, truth, distance)


def test_known_parameters_come_back_within_their_errors() -> None:
    ages = np.random.default_rng(2).uniform(25, 60, 6000)
    truth = (0.7, 5.0, 0.8, 2.5)
    rng = np.random.default_rng(7)
    _within_errors(BgNbd.fit(beta_geometric_shop(rng, truth, ages, 1, at_first=False).known), truth)
    _within_errors(MbgCnbd.fit(beta_geometric_shop(rng, truth, ages, 1).known), truth)
    _within_errors(MbgCnbd.fit(beta_geometric_shop(rng, truth, ages, 1, k=2).known, 2), truth)
    _within_errors(MbgCnbd.fit(beta_geometric_shop(rng, truth, ages, 1, k=3).known, 3), truth)
    pareto = (0.7, 5.0, 0.6, 8.0)
    _within_errors(ParetoNbd.fit(pareto_shop(rng, pareto, ages, 1).known), pareto)


def test_known_amounts_and_renewals_come_back_within_their_errors() -> None:
    rng = np.random.default_rng(8)
    size = 6000
    count = rng.integers(1, 6, size).astype(float)
    mean = rng.gamma(6.25 * count) / rng.gamma(3.74, 1 / 15.44, size) / count
    _within_errors(GammaGamma.fit(Spending(count, mean)), (6.25, 3.74, 15.44))
    lasted = rng.geometric(rng.beta(0.668, 3.806, size))
    survivors = [(lasted > period).sum() for period in range(9)]
    _within_errors(Sbg.fit(survivors), (0.668, 3.806))
    # the same customers begun at different times, most of them still there on the last day
    renewals = rng.integers(0, 24, size)
    gone = lasted <= renewals
    _within_errors(Sbg.fit_lifetimes(np.where(gone, lasted, renewals), gone), (0.668, 3.806))
    buys, leaves = rng.beta(1.2, 0.75, size), rng.beta(0.66, 2.78, size)
    alive, x, last = np.ones(size, dtype=bool), np.zeros(size), np.zeros(size)
    for number in range(1, 9):
        alive &= rng.random(size) > leaves
        bought = alive & (rng.random(size) < buys)
        x, last = x + bought, np.where(bought, number, last)
    _within_errors(BgBb.fit(Opportunities(x, last, np.full(size, 8))), (1.2, 0.75, 0.66, 2.78))


def test_the_right_model_has_the_highest_likelihood() -> None:
    ages = np.full(3000, 50.0)
    shop = beta_geometric_shop(np.random.default_rng(4), (1.2, 3.0, 0.7, 3.0), ages, 1, k=2)
    choice = choose(shop.known)
    assert (choice.code, choice.fit.model.regularity) == ("regular_buyers", 2)
    shop = pareto_shop(np.random.default_rng(4), (0.7, 5.0, 0.6, 8.0), ages, 1)
    choice = choose(shop.known)
    assert (choice.code, choice.fit.model.model_name) == ("default", "Pareto/NBD")


# --- spend ----------------------------------------------------------------------------------------------


@pytest.mark.long
@given(
    st.sampled_from(["healthy", "all alike", "two prices", "equal", "cents"]),
    st.integers(0, 10_000),
    st.sampled_from([100.0, 0.01, 11.5, 1 / 7, 1e4]),
)
@settings(max_examples=12)
def test_the_currency_changes_nothing_but_v(what: str, seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    count = rng.integers(1, 6, 300).astype(float)
    mean = {
        "healthy": rng.gamma(6 * count) / rng.gamma(4, 1 / 10, 300) / count,
        "all alike": rng.gamma(6 * count) / count,
        "two prices": np.where(rng.random(300) < 0.5, 19.9, 49.0),
        "equal": np.full(300, 9.99),
        "cents": 9.99 + 0.01 * rng.integers(0, 2, 300),
    }[what]
    one, other = GammaGamma.fit(Spending(count, mean)), GammaGamma.fit(Spending(count, mean * rate))
    assert [item.code for item in one.cautions] == [item.code for item in other.cautions]
    p, q, v = one.model.values()
    assert other.model.values() == pytest.approx((p, q, v * rate), rel=1e-3)
    assert one.has("equal_amounts") == (what in {"two prices", "equal", "cents"})


# --- intervals ------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_forecast(shop: Shop) -> None:
    known = shop.known
    spent = Spending(known.frequency + 1, np.random.default_rng(1).gamma(5, 8, known.size))
    orders, spend = ParetoNbd.fit(known), GammaGamma.fit(spent)
    one, two = (forecast(orders, known, 30, spend, spent, seed=5) for _ in range(2))
    other = forecast(orders, known, 30, spend, spent, seed=6)
    assert one.total_orders == two.total_orders
    np.testing.assert_array_equal(one.amount_high, two.amount_high)
    assert one.total_orders != other.total_orders
    assert one.total_orders.low == pytest.approx(other.total_orders.low, rel=0.03)
    assert (one.orders_low <= one.orders_high).all()
    assert one.total_amount is not None
    assert one.total_amount.low < one.total_amount.expected < one.total_amount.high
    wider = forecast(orders, known, 30, level=0.99)
    assert wider.total_orders.high > one.total_orders.high


def test_bounds_of_customers_rest_on_no_draw(shop: Shop) -> None:
    known = Histories(
        *(column[:300] for column in (shop.known.frequency, shop.known.recency, shop.known.age)), "weeks"
    )
    spent = Spending(known.frequency + 1, np.random.default_rng(1).gamma(5, 8, known.size))
    orders, spend = ParetoNbd.fit(known), GammaGamma.fit(spent)

    def bounds(rows: np.ndarray, seed: int) -> np.ndarray:
        some = Histories(known.frequency[rows], known.recency[rows], known.age[rows], "weeks")
        found = forecast(
            orders, some, 30, spend, Spending(spent.occasions[rows], spent.mean[rows]), seed=seed
        )
        columns = (found.orders_low, found.orders_high, found.amount_low, found.amount_high)
        return np.array([column for column in columns if column is not None])

    forth, back = np.arange(300), np.random.default_rng(4).permutation(300)
    whole = bounds(forth, 0)
    np.testing.assert_array_equal(bounds(forth, 7), whole)
    np.testing.assert_array_equal(bounds(back, 0), whole[:, back])
    twice = np.repeat(forth, 2)
    np.testing.assert_array_equal(bounds(twice, 0), whole[:, twice])


@pytest.mark.parametrize("name", NAMES)
def test_bounds_are_those_of_very_many_drawn_futures(name: str) -> None:
    _compare_with_drawn_futures(name, draws=25, futures=80, allowed=0.022)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_bounds_are_those_of_still_more_drawn_futures(name: str) -> None:
    _compare_with_drawn_futures(name, draws=400, futures=300, allowed=0.01)


def _compare_with_drawn_futures(name: str, draws: int, futures: int, allowed: float) -> None:
    """Compare the probability beyond each bound with its share of independent draws, for quiet customers and others."""
    values = (0.7, 5.0, 0.6, 8.0) if name == "Pareto" else (0.7, 5.0, 0.8, 2.5)
    model = dict(zip(NAMES, FAMILY, strict=True))[name](*values)
    spread = tuple(tuple(row) for row in (0.1**2 * np.eye(4)).tolist())
    orders = Fit(model, 0.0, 1000, 500, spread)
    spend = Fit(GammaGamma(2.5, 3.7, 15.0), 0.0, 1000, 500, tuple(row[:3] for row in spread[:3]))
    seen = Histories(
        [0, 0, 1, 2, 2, 5, 9, 40, 300],
        [0, 0, 9, 4, 30, 44, 20, 49, 50],
        [50, 3, 40, 50, 31, 50, 21, 50, 50],
        "weeks",
    )
    spent = Spending(seen.frequency + 1, [5, 20, 9, 30, 30, 2, 90, 10, 4])
    found = forecast(orders, seen, 40, spend, spent, totals=False)
    rng = np.random.default_rng(11)
    pairs = zip(parameter_draws(orders, rng, draws), parameter_draws(spend, rng, draws), strict=True)
    counts, amounts = [], []
    for one, payer in pairs:
        some = one.simulate(rng, seen.frequency, seen.recency, seen.age, 40.0, futures)
        scale = payer.v + seen.frequency * spent.mean + spent.mean
        counts.append(some)
        amounts.append(
            rng.gamma(payer.p * some) / rng.gamma(payer.q + payer.p * spent.occasions, 1, some.shape) * scale
        )
    ordered, paid = np.concatenate(counts), np.concatenate(amounts)
    assert found.amount_low is not None
    assert found.amount_high is not None
    assert (np.mean(paid > found.amount_high, axis=0) < 0.05 + allowed).all()
    assert (np.mean(paid < found.amount_low, axis=0) < 0.05 + allowed).all()
    some = found.amount_high > 0
    assert (np.mean(paid >= found.amount_high, axis=0)[some] > 0.05 - allowed).all()
    some = found.amount_low > 0
    assert (np.mean(paid <= found.amount_low, axis=0)[some] > 0.05 - allowed).all()
    assert (np.mean(ordered > found.orders_high, axis=0) < 0.05 + allowed).all()
    assert (np.mean(ordered < found.orders_low, axis=0) < 0.05 + allowed).all()
    some = found.orders_high > 0
    assert (np.mean(ordered >= found.orders_high, axis=0)[some] > 0.05 - allowed).all()
    assert found.order_variance == pytest.approx(ordered.var(axis=0), rel=0.15 if draws > 100 else 0.5)


_EIGHT_DECADES = """
import resource
import numpy as np
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
from clv_xl.models import BgNbd, Fit, Histories, MbgCnbd, ParetoNbd
from clv_xl.models.intervals import forecast
seen = Histories([0, 3, 2000], [0, 1, 5], [1 / 7, 40, 5], "weeks")
for values in {values}:
    for make in (BgNbd, MbgCnbd, ParetoNbd):
        fit = Fit(make(*values, time_unit="weeks"), 0.0, 1000, 500, None)
        found = forecast(fit, seen, 156.5, totals=False)
        assert np.isfinite(found.orders_high).all(), values
        assert (found.orders_low <= found.orders_high).all(), values
        assert np.isfinite(found.order_variance).all(), values
"""


def _eight_decades(values: list[tuple[float, ...]]) -> None:
    script = _EIGHT_DECADES.replace("{values}", repr(values))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-800:]


def test_very_many_orders_need_no_memory() -> None:
    _eight_decades([(1e4, 1e-4, 1.0, 1.0)])


@pytest.mark.long
def test_a_forecast_needs_little_memory_over_eight_decades() -> None:
    sizes = (1e-4, 1.0, 1e4)
    _eight_decades([tuple(values) for values in product(sizes, sizes, (1e-4, 1.0, 1e4), (1e-4, 1.0, 1e4))])


def test_who_leaves_after_very_many_orders_does_so_as_in_the_table_of_few() -> None:
    share = np.array([0.9, 0.5, 0.1, 0.013, 0.0125])
    orders = np.full((1, 5), 1e5)
    whole = first_orders(0.5, np.array([2.0]), orders, share)
    # from c = 2 + n on, the same chances once the first n are over
    cut = first_orders(0.5, np.array([2.0]), orders[:, :3], share[:3])
    np.testing.assert_array_equal(whole[:, :3], cut)
    after = np.exp(betaln(0.5, 2.0 + np.ceil(whole[0])) - betaln(0.5, 2.0))
    before = np.exp(betaln(0.5, 1.0 + np.ceil(whole[0])) - betaln(0.5, 2.0))
    assert (after <= share * (1 + 1e-9)).all()
    assert (before >= share * (1 - 1e-9)).all()
    assert whole[0, 4] > TABLED > whole[0, 2]


@pytest.mark.parametrize("horizon", [52.18, 156.5])
def test_busy_customers_vary_as_the_textbook_says(horizon: float) -> None:
    # who orders at a rate Gamma(r + x, alpha + T) has orders that are negative binomial: between knots of the net too
    model = Nbd(0.7, 8.0, time_unit="weeks")
    x, age = np.array([0.0, 24, 27, 60, 167, 300, 700, 2000]), 300.0
    shape, along = model.r + x, horizon / (model.alpha + age)
    seen = Histories(x, np.where(x > 0, age - 1, 0), np.full(x.size, age), "weeks")
    found = forecast(Fit(model, 0.0, 1000, 500, None), seen, horizon, totals=False)
    assert found.order_variance == pytest.approx(shape * along + shape * along**2, rel=0.03)
    # what a gamma mean pays that many times: E[N] Var + Var[N] E^2 of amounts, given the customer's own scale
    spend = GammaGamma(6.25, 3.74, 15.44)
    spent = Spending(x + 1, np.full(x.size, 30.0))
    paid = forecast(
        Fit(model, 0.0, 1000, 500, None), seen, horizon, Fit(spend, 0.0, 1000, 500, None), spent, totals=False
    )
    stages = spend.p * (x + 1) + spend.q
    scale = spend.v + 30 * (x + 1)
    mean, variance = shape * along, shape * along + shape * along**2
    square = (spend.p * mean + spend.p**2 * (variance + mean**2)) * scale**2 / (stages - 1) / (stages - 2)
    first = spend.p * mean * scale / (stages - 1)
    assert paid.amount_variance == pytest.approx(square - first**2, rel=0.04)


def test_a_total_of_nothing_has_no_interval() -> None:
    # everybody was gone long ago: all expectations are 0 to the last bit, and no warning is given
    model = ParetoNbd(50.0, 1e-3, 50.0, 1e-3, time_unit="weeks")
    seen = Histories([2000, 1500], [1.0, 2.0], [1000, 1000], "weeks")
    fit = Fit(model, 0.0, 1000, 500, tuple(tuple(row) for row in (0.01 * np.eye(4)).tolist()))
    spent = Spending(seen.frequency + 1, [5, 7])
    spend = Fit(GammaGamma(6.25, 3.74, 15.44), 0.0, 1000, 500, None)
    found = forecast(fit, seen, 10, spend, spent)
    assert found.orders.sum() == 0
    assert found.total_orders == Interval(0.0, 0.0, 0.0)
    assert found.total_amount == Interval(0.0, 0.0, 0.0)
    assert found.mean_orders == Interval(0.0, 0.0, 0.0)


@pytest.mark.parametrize("make", FAMILY, ids=NAMES)
def test_simulated_futures_have_the_expected_mean(make: Callable[..., OrderModel]) -> None:
    model = make(0.8, 4.0, 0.7, 3.0)
    seen = Histories([0, 1, 3, 10], [0, 5, 20, 33], [30, 30, 30, 35], "weeks")
    draws = model.simulate(np.random.default_rng(9), seen.frequency, seen.recency, seen.age, 40.0, 40_000)
    assert draws.shape == (40_000, 4)
    assert (draws == np.floor(draws)).all()
    errors = draws.std(axis=0) / 200
    assert (np.abs(draws.mean(axis=0) - model.expected_orders(seen, 40)) < 4 * errors).all()


def test_customers_fall_into_their_intervals_as_often_as_they_say(shop: Shop) -> None:
    found = forecast(ParetoNbd.fit(shop.known), shop.known, 30)
    inside = (shop.later >= found.orders_low) & (shop.later <= found.orders_high)
    # counts are whole, so that an interval of at least 90 % usually holds more
    assert 0.9 < inside.mean() < 0.99


def test_amounts_fall_into_their_intervals_as_often_as_they_say(shop: Shop) -> None:
    rng = np.random.default_rng(12)
    size = shop.known.size
    scales, count = rng.gamma(3.74, 1 / 15.44, size), shop.known.frequency + 1
    spent = Spending(count, rng.gamma(6.25 * count) / scales / count)
    came = np.where(shop.later > 0, rng.gamma(6.25 * np.maximum(shop.later, 1)) / scales, 0.0)
    found = forecast(ParetoNbd.fit(shop.known), shop.known, 30, GammaGamma.fit(spent), spent)
    assert found.amount_low is not None
    assert found.amount_high is not None
    inside = (came >= found.amount_low) & (came <= found.amount_high)
    assert 0.88 < inside.mean() < 0.97
    assert found.total_amount is not None
    assert found.total_amount.low < came.sum() < found.total_amount.high


def test_few_points_have_the_covariance_of_the_fit(shop: Shop) -> None:
    fit = ParetoNbd.fit(shop.known)
    points = np.log([model.values() for model in parameter_points(fit)]) - np.log(fit.model.values())
    assert points.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-12)
    assert points.T @ points / len(points) == pytest.approx(np.array(fit.covariance), rel=1e-9)


def test_whether_somebody_is_still_a_customer_is_not_known_better_than_the_parameters() -> None:
    # at the maximum P(alive) is below 5 %, so that no order is in the interval; over the parameters it is above
    model = ParetoNbd(0.7, 5.0, 0.6, 8.0, time_unit="weeks")
    seen = Histories([9], [25], [50], "weeks")
    spread = Fit(model, 0.0, 1000, 500, tuple(tuple(row) for row in np.eye(4).tolist()))
    drawn = [item.p_alive(seen)[0] for item in parameter_draws(spread, np.random.default_rng(1), 400)]
    assert model.p_alive(seen)[0] < 0.04
    assert np.mean(drawn) > 0.055
    assert forecast(Fit(model, 0.0, 1000, 500, None), seen, 40, totals=False).orders_high[0] == 0
    assert forecast(spread, seen, 40, totals=False).orders_high[0] > 0


def test_amounts_of_new_customers_hold_what_is_not_known_of_the_scale() -> None:
    orders = Fit(ParetoNbd(0.7, 5.0, 0.6, 8.0, time_unit="weeks"), 0.0, 1000, 500, None)
    seen, spent = Histories([0], [0], [5], "weeks"), Spending([1], [5])
    known, unknown = (
        forecast(
            orders, seen, 40, Fit(GammaGamma(6.25, 3.74, 15.44), 0.0, 1000, 500, spread), spent, totals=False
        )
        for spread in (None, tuple(tuple(row) for row in np.diag([1e-9, 1e-9, 0.8**2]).tolist()))
    )
    assert known.amount_high is not None
    assert unknown.amount_high is not None
    assert unknown.amount_high[0] > 1.1 * known.amount_high[0]
    assert unknown.orders_high[0] == known.orders_high[0]


def test_draws_of_parameters_have_the_covariance_of_the_fit(shop: Shop) -> None:
    fit = BgNbd.fit(shop.known)
    drawn = np.log([model.values() for model in parameter_draws(fit, np.random.default_rng(0), 4000)])
    asked = np.array(fit.covariance)
    # as shares of the standard errors, so that small covariances are not compared with their own noise
    errors = np.sqrt(np.diag(asked))
    np.testing.assert_allclose(
        np.cov(drawn.T) / np.outer(errors, errors), asked / np.outer(errors, errors), atol=0.06
    )
    assert drawn.mean(axis=0) == pytest.approx(np.log(fit.model.values()), abs=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["BG", "MBG", "Pareto"])
def test_total_intervals_cover_in_many_shops(kind: str) -> None:
    # 90 % intervals, in 200 shops of 600 customers each: from 86 % to 94 % are within two errors of such a count
    rng = np.random.default_rng(20)
    hits, shops = 0, 200
    for number in range(shops):
        ages = rng.uniform(25, 50, 600)
        if kind == "Pareto":
            made = pareto_shop(rng, (0.7, 5.0, 0.6, 8.0), ages, 26)
            fit: Fit[Any] = ParetoNbd.fit(made.known)
        else:
            made = beta_geometric_shop(rng, (0.7, 5.0, 0.8, 2.5), ages, 26, at_first=kind == "MBG")
            fit = (MbgCnbd if kind == "MBG" else BgNbd).fit(made.known)
        total = forecast(fit, made.known, 26, seed=number).total_orders
        hits += total.low <= made.later.sum() <= total.high
    assert 0.86 <= hits / shops <= 0.94


def test_where_leaving_cannot_be_told_the_total_is_still_right() -> None:
    # 120 to 130 repeat customers, of whom the likelihood of the parameters of leaving rises for ever
    for seed in (0, 3, 9, 10):
        made, fit, total, right = _small_shop(seed, (0.55, 10.6, 0.6, 11.5))
        assert fit.has("usual_leaving")
        assert fit.usable
        assert fit.covariance is not None
        assert not fit.has("errors_unknown")
        assert total.expected == pytest.approx(right, rel=0.25)
        assert total.low < made.later.sum() < total.high
        assert fit.log_likelihood == pytest.approx(fit.model.log_likelihood(made.known), rel=1e-9)
        assert choose(made.known).fit.model == fit.model
    # where it can be told, it is: the same parameters as ever
    _, fit, _, _ = _small_shop(1, (0.55, 10.6, 0.6, 11.5))
    assert not fit.has("usual_leaving")


def _small_shop(seed: int, values: tuple[float, ...]) -> tuple[Shop, Fit[ParetoNbd], Interval, float]:
    rng = np.random.default_rng(seed)
    made = pareto_shop(rng, values, rng.uniform(12, 39, 350), 39)
    fit = ParetoNbd.fit(made.known)
    right = ParetoNbd(*values, time_unit="weeks").expected_orders(made.known, 39).sum()
    return made, fit, forecast(fit, made.known, 39).total_orders, float(right)


@pytest.mark.long
@pytest.mark.parametrize(("s", "ages"), [(0.3, 0.3), (0.3, 1.0), (0.6, 0.5), (0.8, 3.0), (1.2, 1.0)])
def test_totals_of_small_shops_are_covered_where_leaving_cannot_be_told(s: float, ages: float) -> None:
    # true parameters of leaving up to a factor of six from the usual ones; intervals of 90 %
    hits = shops = 0
    for seed in range(60):
        made, fit, total, _ = _small_shop(seed, (0.55, 10.6, s, ages * 25.5))
        if fit.usable and fit.has("usual_leaving"):
            shops += 1
            hits += total.low <= made.later.sum() <= total.high
    assert shops >= 10
    assert hits / shops >= 0.8


# --- accuracy and backtest ------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=60), st.randoms(use_true_random=False))
def test_a_perfect_prediction_is_perfect(values: list[float], random: Any) -> None:
    found = accuracy(values, values)
    assert found.rmse == 0
    if sum(values) > 0 and len(set(values)) > 1:
        assert found.bias == 0
        assert found.gini == pytest.approx(1) or np.isnan(found.gini)
    mixed = list(zip(values, values[::-1], strict=True))
    random.shuffle(mixed)
    one = accuracy(values, values[::-1])
    two = accuracy(*zip(*mixed, strict=True))
    assert (one.bias, one.rmse, one.mae) == pytest.approx((two.bias, two.rmse, two.mae), nan_ok=True)
    assert one.gini == pytest.approx(two.gini, nan_ok=True)
    assert one.top_capture == pytest.approx(two.top_capture, nan_ok=True)


def test_a_reversed_ranking_is_the_worst() -> None:
    assert accuracy([1, 2, 3, 4], [4, 3, 2, 1]).gini == pytest.approx(-1)
    assert accuracy([1, 1, 1, 1], [4, 3, 2, 1]).gini == 0
    assert accuracy([1, 1, 1, 1], [4, 3, 2, 1]).top_capture == pytest.approx(0.1)
    assert np.isnan(accuracy([1, 2], [0, 0]).bias)


def test_tenths_of_equal_predictions_brought_the_same() -> None:
    # whom nothing sets apart, nothing may rank: least of all what they brought
    found = accuracy(np.ones(100), np.arange(100.0))
    assert [tenth.actual for tenth in found.deciles] == pytest.approx([49.5] * 10)
    assert [tenth.customers for tenth in found.deciles] == [10] * 10
    half = accuracy(np.repeat([2.0, 1.0], 25), np.arange(50.0)).deciles
    assert [tenth.actual for tenth in half] == pytest.approx([12.0] * 5 + [37.0] * 5)


def test_a_backtest_knows_nothing_of_the_days_it_predicts() -> None:
    rng = np.random.default_rng(6)
    rows = 3000
    who, days = rng.integers(0, 400, rows), np.datetime64("2023-01-01") + rng.integers(0, 500, rows)
    spent = rng.gamma(3, 10, rows)
    cut = np.datetime64("2023-12-31")
    whole = backtest(purchase_occasions(who, days, spent), cut, 100)
    # other amounts after the cut: other results, but the same predictions
    changed = np.where(days > cut, spent * 3, spent)
    other = backtest(purchase_occasions(who, days, changed), cut, 100)
    for one, two in zip(whole.scores, other.scores, strict=True):
        assert one.main.predicted == two.main.predicted
        assert two.main.actual == pytest.approx(3 * one.main.actual)
    repeat = whole.score("same as the last period")
    before = (days > cut - np.timedelta64(100, "D")) & (days <= cut)
    assert repeat.main.predicted == pytest.approx(spent[before].sum())
    known = np.unique(who[days <= cut])
    after = (days > cut) & (days <= cut + np.timedelta64(100, "D")) & np.isin(who, known)
    assert repeat.main.actual == pytest.approx(spent[after].sum())
    assert whole.customers == known.size


# --- the house ------------------------------------------------------------------------------------------


def test_importing_the_models_loads_nothing_slow() -> None:
    script = "import sys, clv_xl.models; print(sorted({'scipy', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
