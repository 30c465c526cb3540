"""What the models take and refuse, and what they say of data that cannot carry them."""

from __future__ import annotations

import ast
import json
import math
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from clv_xl.errors import ArgumentError, UsageError
from clv_xl.models import (
    BgBb,
    BgNbd,
    Caution,
    GammaGamma,
    Histories,
    MbgCnbd,
    Nbd,
    Opportunities,
    ParetoNbd,
    Sbg,
    Spending,
    histories,
    purchase_occasions,
    spending,
)
from clv_xl.models.accuracy import accuracy
from clv_xl.models.backtest import (
    DEFAULT,
    NAIVE,
    REPEAT,
    Backtest,
    Score,
    backtest,
    rolling_backtest,
    verdict,
)
from clv_xl.models.cautions import few_repeat_customers, short_history
from clv_xl.models.choice import choose
from clv_xl.models.gammagamma import expected_amounts
from clv_xl.models.intervals import forecast
from clv_xl.models.purchases import Occasions
from tests.office import ROOT
from tests.simulated_shops import beta_geometric_shop, pareto_shop

if TYPE_CHECKING:
    from collections.abc import Callable


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


MODEL = ParetoNbd(0.553, 10.578, 0.606, 11.669, time_unit="weeks")

# --- from orders to histories ---------------------------------------------------------------------------


def test_orders_of_a_day_are_one_occasion() -> None:
    merged = purchase_occasions(
        ["A", "A", "A", "B"], days("2024-01-01", "2024-01-01", "2024-01-15", "2024-01-08"), [5, 7, 9, 1]
    )
    assert merged.amount.tolist() == [12, 9, 1]
    found = histories(merged, date(2024, 1, 29), "days")
    assert found.frequency.tolist() == [1, 0]
    assert found.recency.tolist() == [14, 0]
    assert found.age.tolist() == [28, 21]
    assert found.log_gaps is not None
    assert found.log_gaps == pytest.approx(math.log(14))


def test_a_time_of_day_and_another_order_of_rows_change_nothing() -> None:
    late = pd.to_datetime(["2024-01-01 23:59", "2024-01-01 00:01", "2024-01-15 12:00"]).to_numpy()
    found = purchase_occasions([2, 2, 1], late, [0.1, 0.2, 5])
    other = purchase_occasions([1, 2, 2], late[::-1], [5, 0.2, 0.1])
    assert found.amount.tolist() == other.amount.tolist()
    assert found.day.tolist() == other.day.tolist()


def test_rows_without_a_customer_or_a_date_are_left_out() -> None:
    found = purchase_occasions(["A", None, "B"], days("2024-01-01", "2024-01-02", "NaT"), [1, 2, 3])
    assert found.amount.tolist() == [1]
    assert found.customers == 1


def test_a_refund_is_no_occasion_but_lowers_what_was_spent() -> None:
    shop = purchase_occasions(
        ["A", "A", "B"], days("2024-01-01", "2024-01-20", "2024-01-08"), [100, -100, 50]
    )
    found = histories(shop, date(2024, 1, 29), "days")
    assert found.frequency.tolist() == [0, 0]
    assert found.recency.tolist() == [0, 0]
    assert shop.amount.tolist() == [0, 50]


def test_a_refund_belongs_to_the_latest_order_before_it() -> None:
    """A: 100, then 80 - 30 - 5; B: a refund before the first order is left out; C has refunds only."""
    who = ["A", "C", "A", "B", "A", "B", "A"]
    when = days(
        "2024-02-09", "2024-01-03", "2024-02-01", "2024-01-01", "2024-01-01", "2024-01-05", "2024-02-01"
    )
    shop = purchase_occasions(who, when, [-30, -9, -5, -7, 100, 60, 80])
    assert shop.customer.tolist() == [0, 0, 1]
    assert shop.day.astype("datetime64[D]").astype(str).tolist() == ["2024-01-01", "2024-02-01", "2024-01-05"]
    assert shop.amount.tolist() == [100, 45, 60]


def test_nothing_but_refunds_is_no_occasion() -> None:
    assert purchase_occasions(["A"], days("2024-01-01"), [-5]).customers == 0


def test_what_comes_after_the_day_is_not_known() -> None:
    shop = purchase_occasions(["A", "A", "B"], days("2024-01-01", "2024-02-01", "2024-03-01"), [4, 8, 9])
    found = histories(shop, date(2024, 1, 31), "days")
    assert (found.size, found.frequency[0], found.age[0]) == (1, 0, 30)
    assert spending(shop, date(2024, 2, 1)).mean.tolist() == [6]
    assert spending(shop, date(2024, 2, 1), repeat_only=True).mean.tolist() == [8]
    with pytest.raises(ArgumentError, match="there is no order up to then"):
        histories(shop, date(2023, 12, 31))


def test_weeks_are_seven_days_and_months_are_not_thirty_units() -> None:
    known = Histories([2], [14], [28], "days")
    assert known.in_unit("weeks").age[0] == 4
    assert known.in_unit("days") is known
    # a model in weeks reads histories in days by itself
    assert MODEL.p_alive(known) == pytest.approx(MODEL.p_alive(known.in_unit("weeks")))
    month = MODEL.discounted_orders(known, months=1)
    assert month == pytest.approx(MODEL.expected_orders(known, 365.25 / 12 / 7))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Histories([1], [5], [4], "weeks"), "recency .item 1. is 5, but it must be at most the age"),
        (lambda: Histories([0], [2], [4], "weeks"), "0 for a customer who came once"),
        (lambda: Histories([1], [0], [4], "weeks"), "more than 0 for a customer who came again"),
        (lambda: Histories([-1], [0], [4], "weeks"), "frequency .item 1. is -1"),
        (lambda: Histories([1, 2], [1], [4], "weeks"), "differ in length"),
        (lambda: Histories([1], [1], [math.nan], "weeks"), "age .item 1. is blank"),
        (lambda: Histories([1], [1], [math.inf], "weeks"), "age"),
        (lambda: Histories([1], [1], [2], "months"), 'must be "days" or "weeks"'),  # type: ignore[arg-type]
        (lambda: Histories([1], [1], [2], "weeks", log_gaps=[1, 2]), "log_gaps holds 2 values"),
        (lambda: purchase_occasions(["A"], ["2024-01-01"]), "must be a date"),
        (lambda: purchase_occasions(["A", "B"], days("2024-01-01")), "differ in length"),
        (lambda: Opportunities([2], [1], [6]), "at least the frequency"),
        (lambda: Opportunities([1], [7], [6]), "at most the opportunities"),
        (lambda: Opportunities([0], [3], [6]), "never ordered"),
        (lambda: Opportunities([0.5], [1], [6]), "whole number"),
        (lambda: Spending([1], ["much"]), 'mean .item 1. is the text "much"'),
        (lambda: Spending([1, 2], [3]), "differ in length"),
        (lambda: MODEL.expected_orders(Histories([0], [0], [1], "weeks"), -1), "horizon is -1"),
        (lambda: MODEL.expected_orders(Histories([0], [0], [1], "weeks"), math.inf), "0 or more and finite"),
        (lambda: MODEL.discounted_orders(Histories([0], [0], [1], "weeks")), "yearly_rate is 0"),
        (lambda: MODEL.discounted_orders(Histories([0], [0], [1], "weeks"), months=1.5), "whole number"),
        (lambda: MODEL.discounted_orders(Histories([0], [0], [1], "weeks"), 3, -0.1), "yearly_rate is -0.1"),
        (lambda: Sbg.fit([100]), "two figures or more"),
        (Sbg.fit, "two figures or more"),
        (lambda: Sbg.fit([100, 110]), "at most the figure before"),
        (lambda: Sbg.fit([0, 0]), "no customer"),
        (lambda: Sbg(1, 2).discounted_lifetime(0), "rate is 0"),
        (lambda: Sbg.fit_lifetimes([0, 0], [0, 0]), "no customer who has come to a renewal"),
        (lambda: Sbg.fit_lifetimes([0, 3], [1, 0]), "1 or more for a customer who left"),
        (lambda: Sbg.fit_lifetimes([1.5], [1]), "whole number"),
        (lambda: Sbg.fit_lifetimes([1], [1, 0]), "left"),
        (lambda: Sbg(1, 2).payments(-1), "0 or more"),
        (lambda: Sbg(1, 2).retention(0), "1 or more"),
        (lambda: BgBb.fit(Opportunities([0], [0], [0])), "no customer had an opportunity"),
        (lambda: GammaGamma.fit(Spending([2, 3], [0, -5])), "no customer has a mean amount above 0"),
        (lambda: ParetoNbd.fit(Histories([0], [0], [0], "weeks")), "no customer has an age above 0"),
        (lambda: MbgCnbd.fit(Histories([1], [1], [2], "weeks"), 2), "log_gaps is missing"),
        (
            lambda: MbgCnbd(1, 1, 1, 1, k=4, time_unit="weeks"),
            "k is 4, but it must be a whole number from 1 to 3",
        ),
        (lambda: BgNbd(0, 1, 1, 1, time_unit="weeks"), "r is 0, but it must be more than 0"),
        (lambda: BgNbd(1, 1, 1, math.inf, time_unit="weeks"), "b is inf"),
        (lambda: accuracy([1], [1, 2]), "differ in length"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


# --- records --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2, but 'Pareto/NBD', version 1, was expected"),
        ({"model": "BG/NBD"}, "is of 'BG/NBD'"),
        ({"extra": 1}, "do not fit Pareto/NBD: extra"),
        ({"r": "0.5"}, 'r is the text "0.5"'),
        ({"r": -1}, "r is -1"),
        ({"r": None}, "r is blank"),
        ({"time_unit": "months"}, 'time_unit is the text "months"'),
    ],
)
def test_a_record_that_was_changed_is_refused(change: dict[str, object], message: str) -> None:
    content = json.loads(MODEL.to_json()) | change
    with pytest.raises(UsageError, match=message):
        ParetoNbd.from_json(json.dumps(content))


def test_a_record_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="not JSON"):
        ParetoNbd.from_json("{")
    with pytest.raises(UsageError, match="not a JSON object"):
        ParetoNbd.from_json("[]")
    with pytest.raises(UsageError, match="do not fit Pareto/NBD: s"):
        ParetoNbd.from_json(MODEL.to_json().replace('"s": 0.606, ', ""))


def test_records_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        MODEL.r = 2.0  # type: ignore[misc]


# --- data that cannot carry a model ---------------------------------------------------------------------


def _codes(cautions: tuple[Caution, ...]) -> set[str]:
    return {item.code for item in cautions}


def test_too_few_repeat_customers_are_told() -> None:
    rng = np.random.default_rng(1)
    shop = pareto_shop(rng, (0.6, 8.0, 0.7, 10.0), np.full(60, 30.0), 1).known
    for kind in (BgNbd, MbgCnbd, ParetoNbd):
        fit = kind.fit(shop)
        assert not fit.usable
        assert "few_repeat_customers" in _codes(fit.cautions)
        assert "plain formula" in fit.cautions[0].fall_back
    choice = choose(shop)
    assert choice.code == "too_few"
    assert not choice.fit.usable
    assert few_repeat_customers(99) is not None
    assert few_repeat_customers(1).words.startswith("Only 1 customer came again")  # type: ignore[union-attr]


def test_one_order_each_is_no_failure() -> None:
    shop = Histories(np.zeros(500), np.zeros(500), np.linspace(1, 50, 500), "weeks", log_gaps=0.0)
    choice = choose(shop)
    assert choice.code == "too_few"
    for kind in (BgNbd, MbgCnbd, ParetoNbd, Nbd):
        fit = kind.fit(shop)
        assert not fit.usable
        assert np.isfinite(fit.model.expected_orders(shop, 52)).all()


def test_a_shop_without_dropout_is_told_and_gets_the_model_without() -> None:
    rng = np.random.default_rng(5)
    ages = np.full(2000, 40.0)
    # nobody leaves within any time that could be seen
    shop = pareto_shop(rng, (2.0, 8.0, 1.0, 1e9), ages, 20)
    for kind in (BgNbd, ParetoNbd):
        fit = kind.fit(shop.known)
        assert "no_dropout_seen" in _codes(fit.cautions)
        assert "Nobody is seen to leave" in " ".join(item.words for item in fit.cautions)
    choice = choose(shop.known)
    assert choice.code == "no_dropout"
    assert isinstance(choice.fit.model, Nbd)
    assert choice.fit.usable
    expected = choice.fit.model.expected_orders(shop.known, 20).sum()
    assert expected == pytest.approx(shop.later.sum(), rel=0.05)
    assert (choice.fit.model.p_alive(shop.known) == 1).all()
    assert np.diff(choice.fit.model.expected_orders_new([10.0, 20.0, 30.0])) == pytest.approx(
        [2.5, 2.5], rel=0.1
    )
    total = forecast(choice.fit, shop.known, 20).total_orders
    assert total.low < shop.later.sum() < total.high


def test_a_shop_with_dropout_is_not_told_to_be_without() -> None:
    shop = beta_geometric_shop(np.random.default_rng(3), (0.7, 5.0, 0.8, 2.5), np.full(1500, 40.0), 1).known
    for kind in (BgNbd, MbgCnbd, ParetoNbd):
        assert kind.fit(shop).cautions == ()


def test_customers_who_order_equally_often_are_told() -> None:
    shop = beta_geometric_shop(np.random.default_rng(3), (1e6, 4e6, 0.8, 2.5), np.full(1500, 40.0), 1).known
    fit = MbgCnbd.fit(shop)
    assert "equal_order_rates" in _codes(fit.cautions)
    assert fit.usable
    assert fit.model.r / fit.model.alpha == pytest.approx(0.25, rel=0.05)


def test_a_blank_amount_of_an_occasion_is_refused_and_of_an_order_counts_as_0() -> None:
    days = np.array([19_000, 19_007])
    with pytest.raises(ArgumentError, match=r"amount \(item 2\) is blank, but it must be a number: 0 where"):
        Occasions(np.zeros(2, dtype=np.int64), days, np.array([5.0, math.nan]))
    with pytest.raises(ArgumentError, match="differ in length"):
        Occasions(np.zeros(2, dtype=np.int64), days, np.array([5.0]))
    found = purchase_occasions(["A", "A"], days.astype("M8[D]"), [5, None])
    assert found.amount.tolist() == [5.0, 0.0]


def test_equal_amounts_are_told_and_predicted_as_they_are() -> None:
    spent = Spending(np.arange(1, 301) % 5 + 1, np.full(300, 19.9))
    fit = GammaGamma.fit(spent)
    assert "equal_amounts" in _codes(fit.cautions)
    assert fit.usable
    assert fit.model.expected_spend(spent) == pytest.approx(19.9, rel=1e-3)
    assert fit.model.population_mean == pytest.approx(19.9, rel=1e-3)


def test_a_mean_without_bound_falls_back_on_each_customers_own() -> None:
    rng = np.random.default_rng(2)
    count = np.full(800, 2.0)
    # scales with q below 1: a few customers spend a thousand times as much as the others
    spent = Spending(count, rng.gamma(6 * count) / rng.gamma(0.5, 1 / 10, 800) / count)
    fit = GammaGamma.fit(spent)
    assert fit.model.q < 1
    assert "mean_undefined" in _codes(fit.cautions)
    assert not fit.usable
    assert math.isnan(fit.model.population_mean)
    amounts, words = expected_amounts(fit, spent)
    np.testing.assert_array_equal(amounts, spent.mean)
    assert "own mean amount" in words


def test_customers_without_a_positive_amount_are_left_out_and_told() -> None:
    rng = np.random.default_rng(2)
    count = np.full(500, 3.0)
    mean = rng.gamma(6 * count) / rng.gamma(4, 1 / 10, 500) / count
    mean[:7] = [0, -5, 0, 0, -1, -1, 0]
    fit = GammaGamma.fit(Spending(count, mean))
    (caution,) = fit.cautions
    assert (caution.code, caution.unusable) == ("amounts_left_out", False)
    assert caution.words.startswith("7 customers with a mean amount of 0 or less were left out")
    assert GammaGamma.fit(Spending(count[6:], mean[6:])).cautions[0].words.startswith("1 customer with ")
    assert fit.model == GammaGamma.fit(Spending(count[7:], mean[7:])).model
    p, q, v = fit.model.values()
    # equation 5 at a mean of 0: who sent back everything is expected to pay little, and the less the more often
    amounts, words = expected_amounts(fit, Spending(count, mean))
    assert amounts[:7] == pytest.approx(p * v / (3 * p + q - 1), rel=1e-12)
    assert "Gamma-Gamma" in words
    assert np.isfinite(amounts).all()
    often = fit.model.expected_spend(Spending([0, 3, 60, 3], [0, 0, 0, math.nan]))
    assert often[0] == often[3] == pytest.approx(fit.model.population_mean)
    assert often[2] < often[1] / 10 < often[0] / 10


def test_without_a_model_of_spend_who_returned_everything_is_expected_to_pay_nothing() -> None:
    amounts, _ = expected_amounts(None, Spending([2, 0, 3, 1], [10, 0, 0, -5]))
    assert amounts.tolist() == [10, 10, 0, 0]


def test_a_flat_likelihood_has_no_standard_errors_and_fixed_parameters() -> None:
    # three customers cannot tell four parameters
    shop = Histories([1, 2, 5], [3, 9, 12], [20, 20, 20], "weeks")
    fit = ParetoNbd.fit(shop)
    assert fit.covariance is None
    assert "errors_unknown" in _codes(fit.cautions)
    assert all(math.isnan(error) for error in fit.standard_errors)
    found = forecast(fit, shop, 10)
    assert found.mean_orders.low == pytest.approx(found.mean_orders.high)
    assert found.total_orders.low < found.total_orders.high


def test_subscriptions_that_nobody_left_are_told() -> None:
    fit = Sbg.fit([100, 100, 100])
    assert not fit.usable
    assert fit.has("no_dropout_seen")
    same = Sbg.fit(1e6 * 0.9 ** np.arange(8))
    assert same.has("equal_order_rates")
    assert same.model.retention([1, 5]) == pytest.approx([0.9, 0.9], abs=1e-3)
    # cohorts of different length are fitted together
    both = Sbg.fit([1000, 869, 743, 653], [500, 434])
    assert both.customers == 1500
    assert both.model.retention(1) == pytest.approx((869 + 434) / 1500, abs=0.01)


def test_a_horizon_beyond_the_history_is_told() -> None:
    assert short_history(52, 156, "weeks") is None
    caution = short_history(52, 157, "weeks")
    assert caution is not None
    assert caution.unusable
    shop = pareto_shop(np.random.default_rng(4), (0.7, 5.0, 0.6, 8.0), np.full(400, 52.0), 1).known
    fit = Nbd.fit(shop)
    assert caution in forecast(fit, shop, 157).cautions
    assert forecast(fit, shop, 156).cautions == fit.cautions
    with pytest.raises(ArgumentError, match="differ in length"):
        forecast(fit, shop, 10, GammaGamma.fit(Spending([1], [5])), Spending([1], [5]))
    middle = forecast(fit, shop, 10, level=0)
    assert (middle.orders_low == middle.orders_high).mean() > 0.9


# --- choice and backtest --------------------------------------------------------------------------------


def test_a_failed_default_is_replaced_by_the_simpler_model(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from clv_xl.models.fit import NOT_CONVERGED

    shop = pareto_shop(np.random.default_rng(4), (0.7, 5.0, 0.6, 8.0), np.full(1000, 50.0), 1).known
    whole = ParetoNbd.fit(shop)
    broken = replace(whole, cautions=(NOT_CONVERGED,))
    monkeypatch.setattr(ParetoNbd, "fit", classmethod(lambda cls, seen: broken))
    choice = choose(shop)
    assert choice.code == "default_failed"
    assert isinstance(choice.fit.model, MbgCnbd)
    assert "did not come to rest" in choice.reason
    assert [name for name, _ in choice.compared] == ["Pareto/NBD", "MBG/NBD", "MBG/CNBD-2", "MBG/CNBD-3"]


def _score(name: str, gini: float, rmse: float) -> Score:
    from dataclasses import replace

    found = replace(accuracy([1, 2], [1, 2]), gini=gini, rmse=rmse)
    return Score(name, found, found, ())


def _test(*scores: Score) -> Backtest:
    return Backtest(date(2024, 1, 1), date(2024, 4, 1), 2, scores)


@pytest.mark.parametrize(
    ("gini", "rmse", "name"),
    [
        (0.73, 36.0, DEFAULT),  # better by 1.4%
        (0.73, 35.0, "MBG/NBD"),  # better by 4%
        (0.76, 36.5, "MBG/NBD"),  # ranks better by 4%
        (0.70, 30.0, DEFAULT),  # a lower error, but a worse ranking
        (0.80, 40.0, DEFAULT),  # the other way round
    ],
)
def test_another_model_is_taken_only_for_a_clear_gain(gini: float, rmse: float, name: str) -> None:
    tests = (_test(_score(DEFAULT, 0.73, 36.5), _score("MBG/NBD", gini, rmse), _score(NAIVE, 0.99, 1.0)),)
    found = verdict(tests)
    assert found.name == name
    assert found.code == ("default" if name == DEFAULT else "switched")
    assert "2%" in found.reason or "better than Pareto/NBD" in found.reason


def test_backtests_have_the_last_word() -> None:
    ages = np.full(3000, 50.0)
    regular = beta_geometric_shop(np.random.default_rng(4), (1.2, 3.0, 0.7, 3.0), ages, 1, k=2).known

    def tested(gini: float, bias: float) -> Backtest:
        from dataclasses import replace

        plain, other = _score(DEFAULT, 0.7, 10.0), _score("MBG/CNBD-2", gini, 10.0)
        return _test(plain, replace(other, amount=replace(other.main, bias=bias)))

    assert choose(regular).code == "regular_buyers"
    assert choose(regular, (tested(0.65, -0.2),)).code == "regularity_denied"
    assert isinstance(choose(regular, (tested(0.65, -0.2),)).fit.model, ParetoNbd)
    assert choose(regular, (tested(0.75, -0.2),)).code == "regular_buyers"
    assert choose(regular, (tested(0.65, 0.0), tested(0.8, 0.2))).code == "regular_buyers"
    random = pareto_shop(np.random.default_rng(4), (0.7, 5.0, 0.6, 8.0), ages, 1).known
    better = _test(_score(DEFAULT, 0.7, 10.0), _score("MBG/NBD", 0.7, 9.0))
    choice = choose(random, (better,))
    assert (choice.code, choice.fit.model.model_name) == ("backtest", "MBG/CNBD-k")
    assert "better than Pareto/NBD by 10.0%" in choice.reason
    # BG/NBD is never chosen, however well it did
    bg = _test(_score(DEFAULT, 0.7, 10.0), _score("MBG/NBD", 0.7, 10.0), _score("BG/NBD", 0.9, 5.0))
    kept = choose(random, (bg,))
    assert kept.code == "default"
    assert "better than Pareto/NBD by more than 2% over the last period" in kept.reason


def test_a_short_history_has_no_backtest() -> None:
    shop = purchase_occasions(np.arange(50), np.full(50, "2024-01-01", dtype="datetime64[D]"))
    assert rolling_backtest(shop, date(2024, 6, 1), 100) == ()
    assert "too short" in verdict(()).reason
    with pytest.raises(ArgumentError, match="no order to test on"):
        rolling_backtest(purchase_occasions([], days()), date(2024, 6, 1), 100)
    with pytest.raises(ArgumentError, match="whole number of days"):
        backtest(shop, date(2024, 6, 1), 0)


def test_as_many_origins_as_the_history_allows() -> None:
    rng = np.random.default_rng(6)
    when = np.datetime64("2024-01-01") + np.append(rng.integers(0, 360, 2000), [0, 359])
    shop = purchase_occasions(np.append(rng.integers(0, 300, 2000), [0, 1]), when, np.full(2002, 9.0))
    found = rolling_backtest(shop, date(2024, 12, 25), 90, origins=9)
    assert [test.until for test in found] == [date(2024, 6, 28), date(2024, 9, 26), date(2024, 12, 25)]
    assert found[0].known_until == date(2024, 3, 30)
    assert found[0].score(REPEAT).main.predicted > 0


# --- the house ------------------------------------------------------------------------------------------


def test_long_vectors_never_meet_blas() -> None:
    # sums by BLAS depend on its threads, and were five times as slow; 4 x 4 matrices are no vectors
    allowed = {("fit.py", "covariance_of")}
    found = []
    for path in sorted((ROOT / "clv_xl" / "models").glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                matrix = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
                product = isinstance(node, ast.Attribute) and node.attr in {"dot", "matmul", "vdot", "inner"}
                if (matrix or product) and (path.name, function.name) not in allowed:
                    found.append(f"{path.name}: {function.name}")
    assert found == []
