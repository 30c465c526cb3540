"""The models against what papers and their authors' programs print, and against the textbook's formulas."""

from __future__ import annotations

from datetime import date
from itertools import product
from math import log1p
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clv_xl.errors import ArgumentError
from clv_xl.metrics.lifetime import clv_retention
from clv_xl.models import (
    BgBb,
    BgNbd,
    GammaGamma,
    Histories,
    MbgCnbd,
    Nbd,
    Opportunities,
    ParetoNbd,
    Sbg,
    Spending,
    histories,
    predicted_value,
    purchase_occasions,
    spending,
)
from clv_xl.models.backtest import backtest, rolling_backtest
from clv_xl.models.choice import choose
from clv_xl.models.dropout import orders_while_alive
from clv_xl.models.intervals import forecast
from tests import model_oracle as oracle

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.models import Occasions

CUT = date(1997, 9, 30)
END = date(1998, 6, 30)


@pytest.fixture(scope="module")
def sample(cdnow_master: Path) -> Occasions:
    """The 1/10 sample of CDNOW: 2,357 customers."""
    return purchase_occasions(*oracle.cdnow_lines(cdnow_master.with_name("CDNOW_sample.txt")))


@pytest.fixture(scope="module")
def cdnow(sample: Occasions) -> Histories:
    return histories(sample, CUT, "weeks")


@pytest.fixture(scope="module")
def grocery(shared_data: Path) -> Occasions:
    log = np.genfromtxt(
        shared_data / "grocery_btydplus" / "grocery_elog.csv", delimiter=",", dtype=str, skip_header=1
    )
    return purchase_occasions(log[:, 0].astype(int), log[:, 1].astype("datetime64[D]"))


# --- published values: order timing ---------------------------------------------------------------------


def test_the_sample_is_that_of_the_papers(cdnow: Histories) -> None:
    # Fader, Hardie and Lee (2005), section 4: 2,357 customers over 39 weeks
    assert cdnow.size == 2357
    assert cdnow.repeat_customers == 946
    assert cdnow.age.max() == pytest.approx(272 / 7)


def test_bg_nbd_has_the_published_parameters(cdnow: Histories) -> None:
    # Fader, Hardie and Lee (2005), Marketing Science 24 (2), table 2; four digits from CLVTools' tests
    fit = BgNbd.fit(cdnow)
    assert np.round(fit.model.values(), 3).tolist() == [0.243, 4.414, 0.793, 2.426]
    assert round(fit.log_likelihood, 3) == -9582.429
    assert fit.cautions == ()


def test_bg_nbd_expects_what_the_papers_workbook_shows() -> None:
    # Fader, Hardie and Lee (2005), Implementing the BG/NBD Model in Excel; also lifetimes' tests
    values = (0.242593, 4.413532, 0.792886, 2.425752)
    model = BgNbd(*values, time_unit="weeks")
    new = model.expected_orders_new([0.1429, 1, 3, 31.8571, 32, 78])
    assert np.round(new[:5], 4).tolist() == [0.0078, 0.0532, 0.1506, 1.0405, 1.0437]
    # the workbook prints 1.8576 for 78 weeks because its series ends after 150 terms; the whole of it is 1.8580
    assert round(oracle.bg_expected_new(*values, 78, terms=150), 4) == 1.8576
    assert new[5] == pytest.approx(oracle.bg_expected_new(*values, 78), rel=1e-9)
    assert new[5] == pytest.approx(1.8576, abs=5e-4)
    customer = Histories([2], [30.43], [38.86], "weeks")
    assert model.expected_orders(customer, 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_pareto_nbd_has_the_published_parameters_and_standard_errors(cdnow: Histories) -> None:
    # Fader, Hardie and Lee (2005), table 2 (r, alpha, s, beta; log-likelihood); CLVTools' tests (standard errors)
    fit = ParetoNbd.fit(cdnow)
    assert np.round(fit.model.values(), 3).tolist() == [0.553, 10.578, 0.606, 11.669]
    assert round(fit.log_likelihood, 3) == -9594.976
    # CLVTools differences numerically: its last digit for beta is not the maximum's
    assert fit.standard_errors == pytest.approx((0.0476, 0.8427, 0.1873, 6.2105), abs=7e-4)
    assert np.round(fit.standard_errors[:3], 4).tolist() == [0.0476, 0.8427, 0.1873]


def test_mbg_nbd_has_the_published_parameters(cdnow: Histories) -> None:
    # lifetimes' tests; the log-likelihood is that of another implementation on the same data
    fit = MbgCnbd.fit(cdnow)
    assert np.round(fit.model.values(), 3).tolist() == [0.525, 6.183, 0.891, 1.614]
    assert round(fit.log_likelihood, 3) == -9582.136


def test_what_the_models_expect_of_the_holdout(sample: Occasions, cdnow: Histories) -> None:
    # facts of the field on weeks 40 to 78: 1,882 orders came
    later = histories(sample, END, "weeks")
    came = later.frequency - cdnow.frequency
    assert came.sum() == 1882
    expected = {
        kind: kind.fit(cdnow).model.expected_orders(cdnow, 39) for kind in (BgNbd, MbgCnbd, ParetoNbd, Nbd)
    }
    totals = [round(float(values.sum()), 1) for values in expected.values()]
    assert totals == pytest.approx([1653, 1577, 1665.5, 2930], abs=0.5)
    assert np.abs(expected[BgNbd] - came).mean() == pytest.approx(0.7855, abs=5e-5)


def test_the_interval_of_the_holdout_total(cdnow: Histories) -> None:
    # for the mean of BG/NBD: 1541-1786 by another Laplace approximation, 1547-1797 by MCMC
    found = forecast(BgNbd.fit(cdnow), cdnow, 39)
    assert found.mean_orders.expected == pytest.approx(1653.4, abs=0.1)
    assert 1525 < found.mean_orders.low < 1555
    assert 1775 < found.mean_orders.high < 1805
    # what will be counted varies more: the purchases' own noise is as large as that of the parameters
    assert found.total_orders.low < found.mean_orders.low - 30
    assert found.total_orders.high > found.mean_orders.high + 30


def test_regular_buyers_are_told_from_random_ones(grocery: Occasions) -> None:
    # Reutterer, Platzer and Schroeder (2021): the grocery's customers come regularly; k = 2 gains about 800
    known, later = (histories(grocery, day, "weeks") for day in (date(2006, 12, 31), date(2007, 12, 30)))
    came = later.frequency[: known.size] - known.frequency
    fits = {k: MbgCnbd.fit(known, k) for k in (1, 2, 3)}
    assert fits[2].log_likelihood - fits[1].log_likelihood == pytest.approx(800, abs=10)
    errors = [np.abs(fits[k].model.expected_orders(known, 52) - came).mean() for k in (1, 2)]
    assert np.round(errors, 2).tolist() == [1.51, 1.40]
    choice = choose(known)
    assert choice.code == "regular_buyers"
    assert choice.fit.model == fits[2].model
    assert "regular intervals" in choice.reason


# --- published values: money, subscriptions, opportunities ------------------------------------------------


def test_gamma_gamma_has_the_published_parameters(sample: Occasions) -> None:
    # Fader and Hardie (2013), section 4: p, q, gamma; the log-likelihood from CLVTools' tests
    fit = GammaGamma.fit(spending(sample, CUT, repeat_only=True))
    assert np.round(fit.model.values(), 2).tolist() == [6.25, 3.74, 15.44]
    assert round(fit.log_likelihood, 4) == -4055.9177
    assert fit.customers == 946


def test_gamma_gamma_expects_the_published_amounts(shared_data: Path) -> None:
    # the first three customers, as lifetimes prints them: 24.658619, 18.911489, 35.170984
    table = np.genfromtxt(
        shared_data / "cdnow" / "cdnow_customers_summary_with_transactions.csv", delimiter=",", skip_header=1
    )
    spent = Spending(table[:, 1], table[:, 4])
    found = GammaGamma.fit(spent).model.expected_spend(spent)
    assert found[:3] == pytest.approx([24.6586, 18.9115, 35.1710], abs=1e-3)


@pytest.mark.parametrize(("column", "values"), [(2, [0.668, 3.806]), (1, [0.704, 1.182])])
def test_sbg_has_the_published_parameters(shared_data: Path, column: int, values: list[float]) -> None:
    # Fader and Hardie (2007), How to Project Customer Retention: High End and Regular, years 0 to 7
    table = np.genfromtxt(
        shared_data / "sbg_fader_hardie_2007" / "retention_table.csv", delimiter=",", skip_header=1
    )
    fit = Sbg.fit(table[:8, column] * 10)
    assert np.round(fit.model.values(), 3).tolist() == values
    # figure 3 of the paper: the years that were held out are met within two points
    projected = 100 * fit.model.survival(np.arange(8, 13))
    assert np.abs(projected - table[8:, column]).max() < 2


@pytest.mark.parametrize(("cohort", "values"), [("highend", [0.668, 3.806]), ("regular", [0.704, 1.182])])
def test_sbg_of_single_customers_has_the_published_parameters(
    shared_data: Path, cohort: str, values: list[float]
) -> None:
    # the same two cohorts, a row a customer: year of leaving, 8 for those still there after seven renewals
    rows = np.genfromtxt(
        shared_data / "sbg_fader_hardie_2007" / "sbg_cohorts.csv", delimiter=",", skip_header=1, dtype=str
    )
    year = rows[rows[:, 3] == cohort, 1].astype(int)
    fit = Sbg.fit_lifetimes(np.minimum(year, 7), year < 8)
    assert np.round(fit.model.values(), 3).tolist() == values


@pytest.fixture(scope="module")
def donors(shared_data: Path) -> Opportunities:
    table = np.genfromtxt(
        shared_data / "donations_bgbb" / "donations_summary.csv", delimiter=",", skip_header=1
    )
    return Opportunities(*table.T)


def test_bg_bb_has_the_published_parameters(donors: Opportunities) -> None:
    # Fader, Hardie and Shang (2010), table 3
    fit = BgBb.fit(donors)
    assert fit.model.values() == pytest.approx((1.204, 0.750, 0.657, 2.783), abs=6e-4)
    assert round(fit.log_likelihood, 1) == -33225.6
    assert fit.customers == 11_104


def test_bg_bb_tells_who_is_still_a_donor(donors: Opportunities) -> None:
    # Fader, Hardie and Shang (2010), table 6: P(alive in 2002) by frequency and recency
    model = BgBb.fit(donors).model
    seen = Opportunities([0, 2, 6], [0, 4, 6], [6, 6, 6])
    assert np.round(model.p_alive(seen, ahead=1), 2).tolist() == [0.11, 0.59, 0.93]


def test_bg_bb_meets_the_holdout_of_five_years(shared_data: Path, donors: Opportunities) -> None:
    # the repeat donations of 2002 to 2006 in the authors' data; figure 6 of the paper
    table = np.genfromtxt(
        shared_data / "donations_bgbb" / "btyd_donations_rf_with_holdout.csv", delimiter=",", skip_header=1
    )
    seen = Opportunities(*table[:, :4].T)
    expected = BgBb.fit(donors).model.expected_orders(seen, 5) * table[:, 3]
    assert expected.sum() == pytest.approx(table[:, 4].sum(), rel=0.03)


# --- the textbook's formulas ----------------------------------------------------------------------------

CUSTOMERS = [
    (0, 0.0, 38.86),
    (1, 1.71, 38.86),
    (2, 30.43, 38.86),
    (7, 29.43, 38.86),
    (26, 30.86, 31.0),
    (1, 5.0, 5.0),
]
FOURS = [(0.243, 4.414, 0.793, 2.426), (1.7, 0.6, 3.2, 0.4), (0.05, 30.0, 0.2, 9.0), (12.0, 25.0, 0.6, 1.5)]
PARETOS = [
    (0.553, 10.578, 0.606, 11.669),
    (1.7, 0.6, 3.2, 0.4),
    (0.2, 12.0, 0.3, 40.0),
    (6.0, 25.0, 2.5, 25.0),
]


def _one(customer: tuple[float, float, float], log_gaps: float = 0.0) -> Histories:
    x, t_x, age = customer
    return Histories([x], [t_x], [age], "weeks", log_gaps=log_gaps)


@pytest.mark.parametrize("values", FOURS)
@pytest.mark.parametrize("customer", CUSTOMERS)
def test_bg_nbd_against_the_textbook(values: tuple[float, ...], customer: tuple[float, float, float]) -> None:
    model = BgNbd(*values, time_unit="weeks")
    seen = _one(customer)
    assert model.log_likelihood(seen) == pytest.approx(
        oracle.bg_log_likelihood(*values, *customer), rel=1e-11
    )
    assert model.p_alive(seen)[0] == pytest.approx(oracle.bg_alive(*values, *customer), rel=1e-10)
    for horizon in (0.5, 39.0):
        textbook = oracle.bg_expected(*values, *customer, horizon)
        assert model.expected_orders(seen, horizon)[0] == pytest.approx(textbook, rel=1e-7)
        new = oracle.bg_expected_new(*values, horizon)
        assert model.expected_orders_new(horizon) == pytest.approx(new, rel=1e-7)


@pytest.mark.parametrize("values", FOURS)
@pytest.mark.parametrize("customer", CUSTOMERS)
def test_mbg_nbd_against_the_textbook(
    values: tuple[float, ...], customer: tuple[float, float, float]
) -> None:
    model = MbgCnbd(*values, time_unit="weeks")
    seen = _one(customer)
    assert model.p_alive(seen)[0] == pytest.approx(oracle.mbg_alive(*values, *customer), rel=1e-10)
    for horizon in (0.5, 39.0):
        textbook = oracle.mbg_expected(*values, *customer, horizon)
        assert model.expected_orders(seen, horizon)[0] == pytest.approx(textbook, rel=1e-7)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("values", FOURS[:3])
def test_mbg_cnbd_k_against_an_integral_over_the_rate(k: int, values: tuple[float, ...]) -> None:
    model = MbgCnbd(*values, k=k, time_unit="weeks")
    for x, t_x, age in ((0, 0.0, 20.0), (1, 1.71, 20.0), (4, 15.0, 20.0)):
        textbook = oracle.cnbd_log_likelihood(k, values, x, t_x, age, 1.3)
        assert model.log_likelihood(_one((x, t_x, age), 1.3)) == pytest.approx(textbook, rel=1e-8)


@pytest.mark.parametrize("values", PARETOS)
@pytest.mark.parametrize("customer", CUSTOMERS)
def test_pareto_nbd_against_the_textbook(
    values: tuple[float, ...], customer: tuple[float, float, float]
) -> None:
    model = ParetoNbd(*values, time_unit="weeks")
    seen = _one(customer)
    textbook = oracle.pareto_log_likelihood(*values, *customer)
    assert model.log_likelihood(seen) == pytest.approx(textbook, rel=1e-9)
    assert model.p_alive(seen)[0] == pytest.approx(oracle.pareto_alive(*values, *customer), rel=1e-8)
    expected = oracle.pareto_expected(*values, *customer, 39.0)
    assert model.expected_orders(seen, 39)[0] == pytest.approx(expected, rel=1e-8)
    # 15 % a year is 0.0027 a week
    force = log1p(0.15) * 7 / 365.25
    dert = oracle.pareto_dert(*values, *customer, force)
    assert model.discounted_orders(seen, yearly_rate=0.15)[0] == pytest.approx(dert, rel=1e-6)


def test_gamma_gamma_against_the_textbook() -> None:
    spent = Spending([1, 2, 40], [5.0, 22.35, 610.0])
    for values in ((6.25, 3.74, 15.44), (0.4, 1.2, 90.0), (80.0, 12.0, 3.0)):
        model = GammaGamma(*values)
        textbook = [
            oracle.gamma_gamma_log_likelihood(*values, x, m) for x, m in zip(*_pair(spent), strict=True)
        ]
        assert model.log_likelihood(spent) == pytest.approx(sum(textbook), rel=1e-11)
        expected = [oracle.gamma_gamma_expected(*values, x, m) for x, m in zip(*_pair(spent), strict=True)]
        assert model.expected_spend(spent) == pytest.approx(expected, rel=1e-12)


def _pair(spent: Spending) -> tuple[list[float], list[float]]:
    return spent.occasions.tolist(), spent.mean.tolist()


def test_sbg_against_the_recursion_and_its_sums() -> None:
    survivors = [1000.0, 631, 468, 382, 326, 289]
    model = Sbg(0.704, 1.182)
    assert model.log_likelihood(survivors) == pytest.approx(
        oracle.sbg_log_likelihood(0.704, 1.182, survivors)
    )
    years = np.arange(6000)
    paid = (model.survival(years) / 1.1**years).sum()
    assert model.discounted_lifetime(0.1) == pytest.approx(paid, rel=1e-9)
    # Fader and Hardie (2010), equation 6: what is left for those who have renewed three times
    left = (model.survival(years + 4) / model.survival(3) / 1.1**years).sum()
    assert model.discounted_residual_lifetime(3, 0.1) == pytest.approx(left, rel=1e-9)
    assert model.retention([1, 2]) == pytest.approx([1.182 / 1.886, 2.182 / 2.886])


def test_sbg_of_cohorts_of_different_age_is_the_maximum_of_the_textbook() -> None:
    # four cohorts of the published High End survivors, begun a year apart and all seen until the same day
    survivors = [1000, 869, 743, 653, 593]
    cohorts = [survivors[:length] for length in (5, 4, 3, 2)]
    ages: list[int] = []
    left: list[bool] = []
    for row in cohorts:
        for year in range(1, len(row)):
            ages += [year] * (row[year - 1] - row[year])
        left += [True] * (row[0] - row[-1]) + [False] * row[-1]
        ages += [len(row) - 1] * row[-1]
    # who has come to no renewal yet says nothing
    fit = Sbg.fit_lifetimes([*ages, 0, 0], [*left, False, False])
    assert fit.customers == 4000

    def textbook(alpha: float, beta: float) -> float:
        return sum(oracle.sbg_log_likelihood(alpha, beta, [float(item) for item in row]) for row in cohorts)

    alpha, beta = fit.model.values()
    assert fit.log_likelihood == pytest.approx(textbook(alpha, beta), rel=1e-12)
    for one, two in ((1.001, 1), (0.999, 1), (1, 1.001), (1, 0.999)):
        assert textbook(alpha * one, beta * two) < fit.log_likelihood
    assert Sbg.fit(*cohorts).model.values() == pytest.approx((alpha, beta), rel=1e-9)


def test_sbg_adds_up_the_payments_of_a_horizon() -> None:
    model = Sbg(0.668, 3.806)
    months = np.arange(36)
    assert model.payments(36, 0.01) == pytest.approx((model.survival(months) / 1.01**months).sum(), rel=1e-12)
    ahead = np.arange(1, 37)
    for renewed in (0, 5, 400):
        stays = model.survival(renewed + ahead) / model.survival(renewed)
        found = model.residual_payments([renewed], 36, 0.01)[0]
        assert found == pytest.approx((stays / 1.01**ahead).sum(), rel=1e-10)
    # of each customer so many payments as are asked for
    found = model.residual_payments([3, 3, 0, 3], [36, 5, 1, 0], 0.01)
    alone = [float(model.residual_payments(n, count, 0.01)) for n, count in ((3, 36), (3, 5), (0, 1), (3, 0))]
    assert found == pytest.approx(alone, rel=1e-12)
    assert found[-1] == 0
    with pytest.raises(ArgumentError, match="length"):
        model.residual_payments([3, 3, 0], [36, 5], 0.01)
    # who has stayed long is worth more: the hazard falls with age
    assert np.all(np.diff(model.residual_payments([0, 1, 5, 20], 36, 0.01)) > 0)
    # equal churn for all is the plain retention formula, at both of its times of payment
    same = Sbg(0.05e7, 0.95e7)
    assert same.payments(36, 0.01) == pytest.approx(clv_retention(1, 0.95, 0.01, 36, "now"), rel=1e-6)
    assert same.residual_payments(7, 36, 0.01) == pytest.approx(
        clv_retention(1, 0.95, 0.01, 36, "retained"), rel=1e-5
    )


@pytest.mark.parametrize("values", [(1.204, 0.750, 0.657, 2.783), (0.3, 4.0, 2.2, 0.5)])
def test_bg_bb_against_the_textbook(values: tuple[float, ...]) -> None:
    model = BgBb(*values)
    for x, t_x, n in ((0, 0, 6), (1, 6, 6), (3, 4, 9), (6, 6, 6)):
        seen = Opportunities([x], [t_x], [n])
        assert model.log_likelihood(seen) == pytest.approx(oracle.bgbb_log_likelihood(*values, x, t_x, n))
        assert model.expected_orders(seen, 5)[0] == pytest.approx(oracle.bgbb_expected(*values, x, t_x, n, 5))
        # DERT is the sum of all later opportunities, each discounted
        rate = (values[0] + x) / (values[0] + values[1] + n)
        later, alive = 0.0, float(model.p_alive(seen)[0])
        for i in range(1, 400):
            alive *= (values[3] + n + i - 1) / (values[2] + values[3] + n + i - 1)
            later += alive * rate / 1.1**i
        assert model.discounted_orders(seen, 0.1)[0] == pytest.approx(later, rel=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        BgNbd(0.243, 4.414, 0.793, 2.426, time_unit="weeks"),
        MbgCnbd(0.8, 4.0, 0.7, 1.9, k=2, time_unit="weeks"),
        ParetoNbd(0.553, 10.578, 0.606, 11.669, time_unit="weeks"),
    ],
)
def test_a_value_for_life_is_the_sum_of_all_months(model: BgNbd | MbgCnbd | ParetoNbd) -> None:
    seen = Histories([0, 3], [0, 20], [30, 30], "weeks")
    for_life = model.discounted_orders(seen, yearly_rate=0.8)
    months = model.discounted_orders(seen, months=144, yearly_rate=0.8)
    # a month is discounted by its end: half a month later than its middle
    middle = months * (1.8 ** (1 / 24))
    assert for_life == pytest.approx(middle, rel=2e-3)


def test_a_month_is_discounted_by_its_end() -> None:
    model = ParetoNbd(0.553, 10.578, 0.606, 11.669, time_unit="weeks")
    seen = Histories([3], [20], [30], "weeks")
    month = 365.25 / 12 / 7
    upto = [model.expected_orders(seen, month * number)[0] for number in range(4)]
    by_hand = sum((upto[n] - upto[n - 1]) / 1.1 ** (n / 12) for n in (1, 2, 3))
    assert model.discounted_orders(seen, months=3, yearly_rate=0.1)[0] == pytest.approx(by_hand, rel=1e-12)
    assert model.discounted_orders(seen, months=3)[0] == pytest.approx(upto[3])


def test_regular_buyers_are_expected_to_do_what_a_simulation_of_the_whole_process_does() -> None:
    # customers are drawn and live from their first order on; those with a given history are looked at after it
    rng = np.random.default_rng(5)
    model = MbgCnbd(1.5, 4.0, 0.7, 2.5, k=2, time_unit="weeks")
    size, age, horizon = 600_000, 10.0, 10.0
    rate, leaving = rng.gamma(1.5, 1 / 4.0, size), rng.beta(0.7, 2.5, size)
    now, seen, last, later = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size)
    going = np.flatnonzero(rng.random(size) > leaving)
    while going.size:
        now[going] += rng.gamma(2, 1 / rate[going])
        within = now[going] <= age
        seen[going] += within
        last[going] = np.where(within, now[going], last[going])
        later[going] += ~within & (now[going] <= age + horizon)
        going = going[(now[going] <= age + horizon) & (rng.random(going.size) > leaving[going])]
    assert model.expected_orders_new(10.0) == pytest.approx(seen.mean(), rel=0.01)
    for x, low, high in ((0, 0, 0), (1, 4, 5), (2, 6, 8), (3, 7, 9)):
        alike = np.flatnonzero((seen == x) & (last >= low) & (last <= high))
        expected = model.expected_orders(
            Histories(seen[alike], last[alike], np.full(alike.size, age), "weeks"), horizon
        ).mean()
        error = later[alike].std() / alike.size**0.5
        assert abs(later[alike].mean() - expected) < 3.5 * error


def test_pareto_nbd_in_the_extreme() -> None:
    # parameters over eight decades, 2,000 orders, 1,000 weeks: where hypergeometric functions overflow
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = tuple(10 ** rng.uniform(-4, 4, 4))
        x, age = float(rng.choice([0, 1, 3, 50, 300, 2000])), float(rng.choice([1 / 7, 1, 30, 1000]))
        t_x = age * float(rng.choice([0.001, 0.1, 0.5, 0.99])) if x else 0.0
        found = ParetoNbd(*values, time_unit="weeks").p_alive(_one((x, t_x, age)))[0]
        assert found == pytest.approx(oracle.pareto_alive_by_panels(*values, x, t_x, age), abs=5e-7), values


def test_orders_while_alive_in_the_extreme() -> None:
    for a, c in product((1e-4, 0.5, 1.0, 100.0, 1e4), (1e-4, 0.1, 1.0, 1e4)):
        for shape, ahead in (
            (1e-4, 1e-4),
            (1e-4, 1e4),
            (0.3, 1.0),
            (50.0, 30.0),
            (2000.0, 0.1),
            (2000.0, 1e4),
        ):
            found = orders_while_alive(a, np.array([c]), np.array([shape]), np.array([ahead]))[0]
            brute = oracle.orders_while_alive_by_trapezoids(a, c, shape, ahead)
            assert found == pytest.approx(brute, rel=2e-6), (a, c, shape, ahead)


# --- which model is right: the table of rolling origins ---------------------------------------------------

# normalised Gini, RMSE, total bias
CDNOW_13_WEEKS = {
    "order value x own rate": (0.711, 48.2, 1.28),
    "same as the last period": (0.558, 45.2, 0.11),
    "BG/NBD": (0.725, 36.5, -0.06),
    "MBG/NBD": (0.729, 36.5, -0.08),
    "Pareto/NBD": (0.733, 36.7, -0.03),
}
# seven origins, each the last day of a year from 2008 on, and the 365 days after it
PURCHASES_YEAR = {
    "order value x own rate": (0.705, 8678, 17.10),
    "BG/NBD": (0.769, 85.6, -0.06),
    "MBG/NBD": (0.771, 85.5, -0.08),
    "Pareto/NBD": (0.772, 85.3, -0.08),
}
# of the same tables: methods that learn from behaviour alone, and are no part of the package
CDNOW_LEARNED = {"gradient boosting": (0.730, 39.7, 0.17), "Tweedie GLM": (0.737, 36.6, 0.10)}
PURCHASES_LEARNED = {"gradient boosting": (0.786, 86.1, -0.04), "Tweedie GLM": (0.791, 91.8, 0.07)}


@pytest.mark.long
def test_the_backtest_of_cdnow(cdnow_master: Path) -> None:
    # spend in the next 13 weeks at three origins, all 23,570 customers
    shop = purchase_occasions(*oracle.cdnow_lines(cdnow_master))
    tests = rolling_backtest(shop, END, 91, origins=3)
    for name, (gini, rmse, bias) in CDNOW_13_WEEKS.items():
        scores = [test.score(name).main for test in tests]
        assert np.mean([score.gini for score in scores]) == pytest.approx(gini, abs=0.0015), name
        assert np.mean([score.rmse for score in scores]) == pytest.approx(rmse, abs=0.5), name
        assert np.mean([score.bias for score in scores]) == pytest.approx(bias, abs=0.006), name


@pytest.mark.long
def test_the_backtest_of_eleven_years_of_purchases(shared_data: Path) -> None:
    shop = _purchases(shared_data)
    tests = [backtest(shop, date(year, 12, 31), 365) for year in range(2008, 2015)]
    for name, (gini, rmse, bias) in PURCHASES_YEAR.items():
        scores = [test.score(name).main for test in tests]
        assert np.mean([score.gini for score in scores]) == pytest.approx(gini, abs=0.0006), name
        assert np.mean([score.rmse for score in scores]) == pytest.approx(rmse, rel=0.001), name
        assert np.mean([score.bias for score in scores]) == pytest.approx(bias, abs=0.006), name
    # gaps of a year are regular, and the model of regular gaps fits far better, but it predicted worse
    choice = choose(histories(shop, date(2015, 12, 31)), rolling_backtest(shop, date(2015, 12, 31), 365, 7))
    assert (choice.code, choice.fit.model.model_name) == ("regularity_denied", "Pareto/NBD")


def _purchases(shared_data: Path) -> Occasions:
    import gzip

    with gzip.open(shared_data / "purchases_2005_2015" / "purchases.txt.gz", "rt") as lines:
        rows = [line.split() for line in lines]
    return purchase_occasions(
        [int(row[0]) for row in rows],
        np.array([row[2] for row in rows], dtype="datetime64[D]"),
        [float(row[1]) for row in rows],
    )


def test_a_backtest_of_orders_without_amounts(grocery: Occasions) -> None:
    found = backtest(grocery, date(2006, 12, 31), 364)
    assert [score.name for score in found.scores] == [
        "Pareto/NBD",
        "MBG/NBD",
        "BG/NBD",
        "MBG/CNBD-2",
        "order value x repeat rate",
        "order value x own rate",
        "same as the last period",
    ]
    assert all(score.amount is None for score in found.scores)
    regular, random = found.score("MBG/CNBD-2").orders, found.score("MBG/NBD").orders
    assert regular.mae < random.mae
    assert found.customers == 1525
    assert regular.actual == sum(item.customers * item.actual for item in regular.deciles)


def test_predicted_value_is_orders_times_spend_times_margin_month_by_month() -> None:
    values = (0.553, 10.578, 0.606, 11.669)
    customer = (2, 30.43, 38.86)
    month = 365.25 / 12 / 7
    upto = [0.0] + [oracle.pareto_expected(*values, *customer, month * number) for number in range(1, 13)]
    by_hand = sum((upto[n] - upto[n - 1]) * 24.66 * 0.4 / 1.1 ** (n / 12) for n in range(1, 13))
    model = ParetoNbd(*values, time_unit="weeks")
    found = predicted_value(model, _one(customer), [24.66], months=12, gross_margin=0.4)
    assert found.value[0] == pytest.approx(by_hand, rel=1e-8)
    assert found.p_alive[0] == pytest.approx(oracle.pareto_alive(*values, *customer), rel=1e-8)
    for_life = predicted_value(model, _one(customer), [24.66], months=None)
    dert = oracle.pareto_dert(*values, *customer, log1p(0.1) * 7 / 365.25)
    assert for_life.value[0] == pytest.approx(dert * 24.66, rel=1e-6)
    with pytest.raises(ArgumentError, match=r"Write 40% as 0\.4"):
        predicted_value(model, _one(customer), [24.66], gross_margin=40)
    with pytest.raises(ArgumentError, match="differ in length"):
        predicted_value(model, _one(customer), [1, 2])
