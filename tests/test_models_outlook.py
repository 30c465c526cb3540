"""The prediction that cells, report and command line share: published figures, sums, order of rows, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clv_xl.errors import ArgumentError
from clv_xl.models import (
    Fit,
    Histories,
    MbgCnbd,
    Nbd,
    Occasions,
    ParetoNbd,
    Spending,
    expected_amounts,
    histories,
    predict,
    predicted_value,
    purchase_occasions,
    spending,
)
from clv_xl.models import outlook as outlook_module
from clv_xl.models.fit import NOT_CONVERGED
from clv_xl.models.gammagamma import GammaGamma
from clv_xl.models.intervals import forecast
from clv_xl.models.months_ahead import Monthly, months_ahead
from clv_xl.models.special import beta_prime_median
from tests import model_oracle as oracle

if TYPE_CHECKING:
    from pathlib import Path

    from clv_xl.models import Outlook

CALIBRATION = date(1997, 9, 30)
COLUMNS = ("p_alive", "orders", "order_value", "value", "low", "high")


@pytest.fixture(scope="module")
def lines(cdnow_master: Path) -> tuple[list[str], list[date], list[float]]:
    return oracle.cdnow_lines(cdnow_master.with_name("CDNOW_sample.txt"))


@pytest.fixture(scope="module")
def sample(lines: tuple[list[str], list[date], list[float]]) -> Occasions:
    return purchase_occasions(*lines)


@pytest.fixture(scope="module")
def outlook(sample: Occasions) -> Outlook:
    return predict(sample, CALIBRATION, months=12, gross_margin=0.4)


def test_one_definition_of_the_value(sample: Occasions, outlook: Outlook) -> None:
    seen, spent = histories(sample, CALIBRATION), spending(sample, CALIBRATION)
    assert outlook.choice is not None
    model = outlook.choice.fit.model
    by_hand = predicted_value(
        model, seen, expected_amounts(outlook.spend, spent)[0], months=12, gross_margin=0.4
    )
    assert outlook.value == pytest.approx(by_hand.value, rel=1e-9)
    assert outlook.p_alive.tolist() == by_hand.p_alive.tolist()
    assert outlook.order_value.tolist() == by_hand.spend.tolist()
    assert outlook.orders == pytest.approx(model.expected_orders(seen, 365.25 / 7), rel=1e-12)


def test_without_totals_the_customers_are_the_same(sample: Occasions, outlook: Outlook) -> None:
    found = predict(sample, CALIBRATION, months=12, gross_margin=0.4, totals=False)
    for name in COLUMNS:
        assert np.array_equal(getattr(found, name), getattr(outlook, name))
    assert found.ahead == ()
    assert found.total_value.expected == pytest.approx(outlook.total_value.expected, rel=1e-14)
    assert np.isnan([found.total_value.low, found.total_orders.high]).all()


def test_the_published_figures_of_a_customer(sample: Occasions, outlook: Outlook) -> None:
    # Fader & Hardie's customer 1516, as the vignette of BTYD prints it: x 26, t_x 30.86, T 31
    seen = histories(sample, CALIBRATION)
    at = np.flatnonzero((seen.frequency == 26) & (abs(seen.recency - 30.86) < 0.01))
    assert outlook.choice is not None
    assert outlook.choice.fit.model.model_name == "Pareto/NBD"
    assert outlook.p_alive[at].round(4).tolist() == [0.9979]
    # twelve months are 52.18 weeks
    assert outlook.choice.fit.model.expected_orders(seen, 52)[at].round(2).tolist() == [25.46]
    assert 25.46 < outlook.orders[at][0] < 25.46 * 52.18 / 52


def test_months_add_up_to_the_horizon_and_customers_to_the_total(outlook: Outlook) -> None:
    assert [item.number for item in outlook.ahead] == list(range(1, 13))
    assert outlook.ahead[0].last_day == date(1997, 10, 30)
    assert outlook.ahead[-1].last_day == date(1998, 9, 30)
    assert sum(item.discounted_margin for item in outlook.ahead) == pytest.approx(
        outlook.total_value.expected, rel=1e-14
    )
    assert outlook.value.sum() == pytest.approx(outlook.total_value.expected, rel=1e-12)
    assert sum(item.orders.expected for item in outlook.ahead) == pytest.approx(
        outlook.total_orders.expected, rel=1e-12
    )
    for item in outlook.ahead:
        assert item.margin.high == pytest.approx(item.amount.high * 0.4)
        assert item.orders.low < item.orders.expected < item.orders.high
        assert item.amount.low < item.amount.expected < item.amount.high
        assert item.discounted_margin == pytest.approx(item.margin.expected / 1.1 ** (item.number / 12))
    year = outlook.total_orders
    assert year.low > sum(item.orders.low for item in outlook.ahead)
    assert year.high < sum(item.orders.high for item in outlook.ahead)
    assert (outlook.low <= outlook.value).mean() > 0.99
    assert (outlook.high >= outlook.low).all()


def test_an_interval_of_a_month_is_that_of_simulated_shops(sample: Occasions) -> None:
    # with parameters that are known exactly, only chance is left: draw what customers do in months 1 and 6
    seen = histories(sample, CALIBRATION)
    found = predict(sample, CALIBRATION, months=12, model="Pareto/NBD")
    assert found.choice is not None
    model = found.choice.fit.model
    assert isinstance(model, ParetoNbd)
    rng = np.random.default_rng(5)
    month = 30.4375 / 7
    draws = np.empty((400, 12))
    for number in range(400):
        alive = rng.random(seen.size) < model.p_alive(seen)
        rate = rng.gamma(model.r + seen.frequency) / (model.alpha + seen.age)
        left = (model.beta + seen.age) * np.expm1(np.minimum(rng.exponential(size=seen.size) / model.s, 99))
        time = np.clip(left[:, None] - np.arange(12) * month, 0, month) * alive[:, None]
        draws[number] = rng.poisson(rate[:, None] * time).sum(axis=0)
    for number in (0, 5, 11):
        item = found.ahead[number]
        assert item.orders.expected == pytest.approx(draws[:, number].mean(), rel=0.02)
        chance = np.quantile(draws[:, number], 0.95) - np.quantile(draws[:, number], 0.05)
        # wider than chance alone, by what the parameters add
        assert chance * 0.95 < item.orders.high - item.orders.low < chance * 2


def test_the_order_of_rows_changes_nothing(lines: tuple[list[str], list[date], list[float]]) -> None:
    # as texts, customers are numbered as they come
    who, when, spent = np.array(lines[0]).astype(str), np.array(lines[1]), np.array(lines[2])
    forth = predict(purchase_occasions(who, when, spent), CALIBRATION, months=3)
    turned = np.random.default_rng(3).permutation(who.size)
    back = predict(purchase_occasions(who[turned], when[turned], spent[turned]), CALIBRATION, months=3)
    first = {name: place for place, name in enumerate(dict.fromkeys(who.tolist()))}
    place = np.array([first[name] for name in dict.fromkeys(who[turned].tolist())])
    for name in COLUMNS:
        assert np.array_equal(getattr(back, name), getattr(forth, name)[place])
    assert np.array_equal(back.next_order.astype(str), forth.next_order[place].astype(str))
    assert back.total_orders == forth.total_orders
    assert back.total_value == forth.total_value
    assert back.ahead == forth.ahead


def test_the_next_order_is_one_gap_after_the_last(sample: Occasions, outlook: Outlook) -> None:
    seen = histories(sample, CALIBRATION)
    assert outlook.choice is not None
    model = outlook.choice.fit.model
    assert isinstance(model, ParetoNbd)
    gap = (model.alpha + seen.age) * (2 ** (1 / (model.r + seen.frequency)) - 1) * 7
    last = np.datetime64(CALIBRATION) - np.round((seen.age - seen.recency) * 7).astype(int)
    likely = outlook.p_alive >= 0.5
    assert likely.any()
    assert (outlook.next_order[likely] == (last + np.round(gap).astype(int))[likely]).all()
    assert np.isnat(outlook.next_order[~likely]).all()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_median_gap_is_that_of_simulated_customers(k: int) -> None:
    # customers who are alive at 30 weeks with 4 repeat orders, the last of them in week 26
    model = MbgCnbd(2.0, 8.0, 1.0, 9.0, k=k, time_unit="weeks")
    rng = np.random.default_rng(11)
    size = 400_000
    rate = rng.gamma(2.0 + 4 * k, 1 / (8.0 + 26), size)
    # given the order times, the rate is this gamma; those stay whose next gap is not over after 4 weeks
    gap = rng.gamma(k, 1, size) / rate
    fresh = rng.gamma(k, 1, size) / rate[gap > 4].repeat(1)[rng.integers(0, (gap > 4).sum(), size)]
    found = model.median_gap(Histories([4], [26], [30], "weeks"))
    assert found == pytest.approx([np.median(fresh)], rel=0.01)


def test_the_median_of_a_ratio_of_gammas() -> None:
    rng = np.random.default_rng(0)
    for k in (1, 2, 3):
        ratio = rng.gamma(k, 1, 200_000) / rng.gamma(5.5, 1, 200_000)
        assert beta_prime_median(k, np.array([5.5])) == pytest.approx([np.median(ratio)], rel=0.01)


def _blank(found: Outlook) -> bool:
    return (
        all(np.isnan(getattr(found, name)).all() for name in COLUMNS)
        and bool(np.isnat(found.next_order).all())
        and np.isnan(found.total_orders.expected)
        and np.isnan(found.total_value.high)
        and found.ahead == ()
        and not found.usable
    )


def test_too_few_repeat_customers_give_no_prediction(sample: Occasions) -> None:
    few = sample.customer < 100
    small = Occasions(sample.customer[few], sample.day[few], sample.amount[few])
    found = predict(small, CALIBRATION)
    assert _blank(found)
    assert found.p_alive.shape == (100,)
    assert found.choice is not None
    assert found.choice.code == "too_few"
    assert any("came again; 100 are needed" in item.words for item in found.cautions)


def test_a_horizon_beyond_three_times_the_history_gives_no_prediction(sample: Occasions) -> None:
    found = predict(sample, CALIBRATION, months=28, model="MBG/NBD")
    assert _blank(found)
    assert [item.code for item in found.cautions if item.unusable] == ["short_history"]


def test_orders_of_one_day_give_no_prediction() -> None:
    day = np.full(3, np.datetime64("2024-01-01"))
    found = predict(purchase_occasions(["A", "B", "C"], day, [1, 2, 3]), date(2024, 1, 1))
    assert _blank(found)
    assert found.choice is None
    assert "All first orders are of the as-of day" in found.cautions[-1].words
    with pytest.raises(ArgumentError, match="there is no order up to then"):
        predict(purchase_occasions(["A"], day[:1], [1]), date(2023, 1, 1))


def test_customers_of_later_days_have_no_figures(sample: Occasions) -> None:
    early = date(1997, 3, 10)
    found = predict(sample, early, months=2)
    known = sample.customer[sample.day <= np.datetime64(early).astype(int)]
    late = np.isin(np.arange(sample.customers), known, invert=True)
    assert found.usable
    assert late.any()
    assert np.isnan(found.value[late]).all()
    assert not np.isnan(found.value[~late]).any()


def test_orders_without_amounts_are_predicted_without_value(sample: Occasions) -> None:
    free = Occasions(sample.customer, sample.day, np.zeros(sample.day.size))
    found = predict(free, CALIBRATION, months=3, model="MBG/NBD")
    assert found.usable
    assert found.spend is None
    assert np.isfinite(found.orders).all()
    assert np.isnan(found.value).all()
    assert np.isnan(found.total_value.expected)
    assert np.isfinite(found.ahead[0].orders.low)
    assert np.isnan(found.ahead[0].margin.expected)


def test_amounts_without_a_mean_are_the_customers_own(sample: Occasions) -> None:
    # a few amounts of a hundred millions: q <= 1, and a mean of all customers means nothing
    rng = np.random.default_rng(2)
    wild = np.exp(rng.standard_cauchy(sample.customers).clip(-20, 20))[sample.customer]
    shop = Occasions(sample.customer, sample.day, wild)
    found = predict(shop, CALIBRATION, months=3, model="MBG/NBD")
    assert found.usable
    assert found.spend is not None
    assert not found.spend.usable
    assert any(item.code == "mean_undefined" for item in found.cautions)
    assert found.order_value == pytest.approx(spending(shop, CALIBRATION).mean)
    assert np.isfinite([found.total_value.low, found.total_value.high, found.ahead[2].amount.high]).all()
    # amounts vary still more than orders do: totals and customers show it
    for orders, value in (
        (found.total_orders, found.total_value),
        (found.ahead[2].orders, found.ahead[2].amount),
    ):
        assert (value.high - value.low) / value.expected > 1.5 * (orders.high - orders.low) / orders.expected


def test_bounds_are_those_of_discounted_draws() -> None:
    # 24 months at 50 %: what comes is discounted by the end of its month, and so are the bounds of busy customers
    model, spend = ParetoNbd(2.0, 10.0, 0.3, 300.0, time_unit="weeks"), GammaGamma(6.25, 3.74, 15.44)
    seen = Histories([12, 30, 60, 100], [37, 38, 60, 90], [38.9, 38.9, 61, 91], "weeks")
    spent = Spending(seen.frequency + 1, np.full(4, 30.0))
    months, rate, draws, month = 24, 0.5, 3000, 30.4375 / 7
    found = forecast(
        Fit(model, 0.0, 1000, 500, None),
        seen,
        months * month,
        Fit(spend, 0.0, 1000, 500, None),
        spent,
        totals=False,
    )
    worth = spend.expected_spend(spent)
    monthly = Monthly.of(model, seen, worth, months, rate, found)
    low, high = outlook_module._bounds(found, monthly, worth, 1.0)
    rng = np.random.default_rng(3)
    many = (draws, 4)
    rates = rng.standard_gamma(model.r + seen.frequency, many) / (model.alpha + seen.age)
    stay = (model.beta + seen.age) * np.expm1(np.minimum(rng.standard_exponential(many) / model.s, 600.0))
    stay = np.where(rng.random(many) < model.p_alive(seen), stay, 0.0)
    scale = (spend.v + spent.occasions * spent.mean) / rng.gamma(spend.q + spend.p * spent.occasions, 1, many)
    values = np.zeros(many)
    for number in range(months):
        orders = rng.poisson(rates * np.clip(stay - number * month, 0, month))
        values += rng.gamma(spend.p * orders) * scale / (1 + rate) ** ((number + 1) / 12)
    assert values.mean(axis=0) == pytest.approx(monthly.discounted_orders * worth, rel=0.03)
    assert np.mean(values < low, axis=0) == pytest.approx([0.04] * 4, abs=0.02)
    assert np.mean(values > high, axis=0) == pytest.approx([0.045] * 4, abs=0.02)


def test_a_month_varies_as_the_textbook_says() -> None:
    # without dropout and with known parameters a month of a customer is negative binomial
    model = Nbd(0.7, 8.0, time_unit="weeks")
    x, age = np.array([0.0, 3, 20]), np.full(3, 50.0)
    seen = Histories(x, np.where(x > 0, 49.0, 0.0), age, "weeks")
    month = 30.4375 / 7
    found = forecast(Fit(model, 0.0, 1000, 500, None), seen, 36 * month, totals=False)
    monthly = Monthly.of(model, seen, np.ones(3), 36, 0.1, found)
    along, shape = month / (model.alpha + age), model.r + x
    assert monthly.order_variance == pytest.approx(np.full(36, (shape * (along + along**2)).sum()), rel=0.03)


def test_months_hold_what_is_not_known_of_the_amounts() -> None:
    model, spend = Nbd(0.7, 8.0, time_unit="weeks"), GammaGamma(6.25, 3.74, 15.44)
    x = np.repeat([0.0, 3, 20], 300)
    seen = Histories(x, np.where(x > 0, 49.0, 0.0), np.full(x.size, 50.0), "weeks")
    spent = Spending(x + 1, np.full(x.size, 30.0))
    orders = Fit(model, 0.0, 1000, 500, None)
    widths = []
    for covariance in (None, tuple(tuple(row) for row in np.diag([0.3**2] * 3).tolist())):
        payers = Fit(spend, 0.0, 1000, 500, covariance)
        found = forecast(orders, seen, 12 * 30.4375 / 7, payers, spent)
        monthly = Monthly.of(model, seen, spend.expected_spend(spent), 12, 0.1, found)
        ahead = months_ahead(
            monthly, orders, payers, seen, spent, as_of=CALIBRATION, gross_margin=1.0, level=0.9
        )
        widths.append([(item.amount.high - item.amount.low) / item.amount.expected for item in ahead])
    assert (np.array(widths[1]) > 1.1 * np.array(widths[0])).all()


def test_who_sends_everything_back_is_not_worth_much(sample: Occasions) -> None:
    # customer 0 comes every four days, and is refunded in full every time
    days = np.arange(9862, 10134, 4)
    others = sample.customer > 0
    shop = Occasions(
        np.append(np.zeros(days.size, dtype=np.int64), sample.customer[others]),
        np.append(days, sample.day[others]),
        np.append(np.zeros(days.size), sample.amount[others]),
    )
    found = predict(shop, CALIBRATION, months=12, model="MBG/NBD")
    assert found.orders[0] == found.orders.max()
    assert 0 < found.order_value[0] < 1
    assert found.value[0] < np.median(found.value[found.orders > 3])
    assert found.low[0] <= found.value[0] <= found.high[0] < 100


def test_a_failed_model_of_spend_does_not_excuse_a_failed_model_of_orders(
    sample: Occasions, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = predict(sample, CALIBRATION, months=3, model="MBG/NBD", totals=False).choice
    assert choice is not None
    spend = GammaGamma.fit(spending(sample, CALIBRATION))
    failed = replace(choice, fit=replace(choice.fit, cautions=(NOT_CONVERGED,)))
    monkeypatch.setattr(outlook_module, "asked_for", lambda *_: failed)
    monkeypatch.setattr(GammaGamma, "fit", lambda _: replace(spend, cautions=(NOT_CONVERGED,)))
    found = predict(sample, CALIBRATION, months=3, model="MBG/NBD")
    assert _blank(found)
    assert found.cautions == (NOT_CONVERGED,)


def test_where_nobody_leaves_the_model_without_dropout_predicts() -> None:
    days, who = [], []
    rng = np.random.default_rng(8)
    for customer in range(150):
        times = np.cumsum(rng.exponential(rng.gamma(8, 2), 400))
        times = times[times < 700]
        days.extend(np.floor(times))
        who.extend([customer] * times.size)
    shop = purchase_occasions(who, np.datetime64("2022-01-01") + np.array(days, int), np.full(len(who), 10.0))
    found = predict(shop, date(2023, 12, 1), months=6)
    assert found.usable
    assert found.choice is not None
    assert isinstance(found.choice.fit.model, Nbd)
    assert np.isnan(found.p_alive).all()
    assert any(item.code == "no_leaving" for item in found.cautions)
    assert found.ahead[0].orders.expected == pytest.approx(found.ahead[5].orders.expected)


@pytest.mark.filterwarnings("error")
def test_a_customer_who_is_gone_for_good_does_not_blur_the_months(sample: Occasions) -> None:
    """Every day for eight months, then nothing: 1e-170 orders are expected, whose square no float can hold."""
    days = np.arange(240) + int(sample.day.min())
    gone = Occasions(
        np.append(sample.customer, np.full(240, sample.customers)),
        np.append(sample.day, days),
        np.append(sample.sold, np.full(240, 9.0)),
    )
    found = predict(gone, CALIBRATION + timedelta(days=3000), months=2, model="Pareto/NBD")
    assert 0 < found.orders[-1] < 1e-165
    for month in found.ahead:
        assert 0 <= month.orders.low < month.orders.expected < month.orders.high
        assert 0 <= month.amount.low < month.amount.expected < month.amount.high


def test_a_model_can_be_asked_for_and_bg_nbd_says_what_is_wrong_with_it(sample: Occasions) -> None:
    found = predict(sample, CALIBRATION, months=3, model="bg/nbd")
    assert found.choice is not None
    assert (found.choice.code, found.choice.fit.model.model_name) == ("asked", "BG/NBD")
    assert found.choice.reason == "BG/NBD is used, as asked for."
    assert any(item.code == "never_leave" for item in found.cautions)
    once = histories(sample, CALIBRATION).frequency == 0
    assert (found.p_alive[once] == 1).all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"months": 0}, "from 1 to 600"),
        ({"months": 1.5}, "from 1 to 600"),
        ({"gross_margin": 40}, "Write 40% as 0.4"),
        ({"yearly_rate": -0.1}, "yearly_rate is -0.1"),
        ({"level": 2}, "level is 2"),
        ({"model": "BTYD"}, 'model is the text "BTYD"'),
    ],
)
def test_impossible_settings_are_refused(sample: Occasions, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        predict(sample, CALIBRATION, **wrong)  # type: ignore[arg-type]
