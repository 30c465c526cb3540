"""Retention, churn, NRR and GRR; repeat rate, time between orders, order value, frequency; being active."""

from __future__ import annotations

import math
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clv_xl.errors import ArgumentError
from clv_xl.metrics import (
    active_window,
    active_windows,
    activity_tiers,
    aov,
    churn_rate,
    customer_years,
    days_since_last_order,
    grr,
    is_active,
    mean_gap,
    nrr,
    order_value,
    purchase_frequency,
    purchase_frequency_of,
    repeat_rate,
    repeat_share,
    retention_rate,
    time_between_orders,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

DAY = date(2024, 1, 1)
ROWS = st.lists(
    st.tuples(st.sampled_from(["Ann", "Bo", "Cy", "Di"]), st.dates(date(2020, 1, 1), date(2023, 12, 31))),
    min_size=1,
    max_size=40,
)


# --- of counts and sums ---------------------------------------------------------------------------------


def test_worked_examples_of_the_definitions() -> None:
    assert retention_rate(10, 12, 4) == 0.8
    assert retention_rate(10, 8, 0) == 0.8
    assert churn_rate(10, 2) == pytest.approx(1 - retention_rate(10, 12, 4))


def test_nobody_at_the_start_is_unknown_and_not_zero() -> None:
    assert math.isnan(retention_rate(0, 3, 3))
    assert math.isnan(churn_rate(0, 0))
    assert math.isnan(nrr(0, 10, 0, 0))
    assert math.isnan(grr(0, 0, 0))


def test_yearly_retention_of_published_survivors(shared_data: Path) -> None:
    # Fader & Hardie (2007), How to Project Customer Retention, table 1: Regular keeps 63.1 % in year 1, and
    # 46.8 of 63.1 in year 2; those who stay are ever more likely to stay on.
    table = pd.read_csv(shared_data / "sbg_fader_hardie_2007" / "retention_table.csv")
    for column in ("regular_pct_survived", "high_end_pct_survived"):
        survivors = table[column].to_numpy()
        rates = retention_rate(survivors[:-1], survivors[1:], 0)
        np.testing.assert_allclose(np.cumprod(rates), survivors[1:] / 100)
    regular = table["regular_pct_survived"]
    assert retention_rate(regular[0], regular[1], 0) == pytest.approx(0.631)
    assert retention_rate(regular[1], regular[2], 0) == pytest.approx(0.742, abs=0.0005)
    assert (np.diff(retention_rate(regular[:8], regular[1:9], 0)) > 0).all()


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_retention_and_churn_are_parts_of_one_whole(start: int, lost: int, new: int) -> None:
    lost = min(lost, start)
    kept = retention_rate(start, start - lost + new, new)
    assert 0 <= kept <= 1
    assert kept + churn_rate(start, lost) == pytest.approx(1)


@given(st.floats(1, 1e6), st.floats(0, 1e6), st.floats(0, 1), st.floats(0, 1))
def test_gross_retention_is_net_without_expansion(
    start: float, more: float, less: float, gone: float
) -> None:
    contraction, churned = start * less / 2, start * gone / 2
    gross = grr(start, contraction, churned)
    assert 0 <= gross <= 1
    assert nrr(start, 0, contraction, churned) == pytest.approx(gross)
    assert nrr(start, more, contraction, churned) == pytest.approx(gross + more / start)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: retention_rate(10, 4, 5), "new_customers is 5, but it must be at most end_customers."),
        (
            lambda: retention_rate([10, 10], [8, 15], 2),
            (
                "end_customers (item 2) is 15, but it must be at most start_customers + new_customers. "
                "Count those who came back among the new."
            ),
        ),
        (lambda: retention_rate(-1, 0, 0), "start_customers is -1, but it must be 0 or more."),
        (lambda: churn_rate(10, 11), "lost_customers is 11, but it must be at most start_customers."),
        (lambda: nrr(100, 0, 60, 60), "start is 100, but it must be at least contraction + churned."),
        (lambda: grr(100, -5, 0), "contraction is -5, but it must be 0 or more."),
        (lambda: repeat_share(5, 4), "repeat_customers is 5, but it must be at most customers."),
    ],
)
def test_counts_that_contradict_each_other_are_refused(call: Callable[[], float], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


def test_rounding_in_the_last_digit_is_no_contradiction() -> None:
    assert 0.7 + 0.1 + 0.1 < 0.9  # as floats
    assert grr(0.7 + 0.1 + 0.1, 0.45, 0.45) == 0
    assert 0.8 - 0.1 > 0.7
    assert retention_rate(0.7, 0.8, 0.1) == 1


# --- of rows of orders ----------------------------------------------------------------------------------


def test_cdnow_gives_what_pandas_gives(cdnow_master: Path) -> None:
    rows = pd.read_csv(cdnow_master, sep=r"\s+", header=0, names=["customer", "day", "discs", "amount"])
    rows["day"] = pd.to_datetime(rows["day"].astype(str), format="%Y%m%d")
    occasions = rows.drop_duplicates(["customer", "day"]).sort_values(["customer", "day"])
    visits = occasions.groupby("customer")["day"].count()
    assert len(visits) == 23_570
    assert repeat_rate(rows["customer"], rows["day"]) == (visits >= 2).mean()
    gaps = occasions.groupby("customer")["day"].diff().dt.days.dropna()
    assert time_between_orders(rows["customer"], rows["day"]) == pytest.approx(gaps.mean(), rel=1e-12)
    assert active_window(gaps) == gaps.quantile(0.9, interpolation="higher")
    assert aov(rows["amount"]) == pytest.approx(rows["amount"].mean(), rel=1e-12)
    assert aov(rows["amount"], rows["customer"]) == pytest.approx(
        rows.groupby("customer")["amount"].sum().mean(), rel=1e-12
    )
    end = pd.Timestamp("1998-06-30")
    observed = (end - rows.groupby("customer")["day"].min()).dt.days.clip(lower=1).sum() / 365.25
    found = purchase_frequency_of(rows["customer"], rows["day"])
    assert rows["day"].max() == end
    assert found == pytest.approx(len(rows) / observed, rel=1e-12)


def test_orders_of_one_day_are_one_occasion_but_two_orders() -> None:
    who, when = ["Ann", "Ann"], [DAY, DAY]
    assert repeat_rate(who, when) == 0
    assert math.isnan(time_between_orders(who, when))
    assert purchase_frequency_of(who, when, DAY + timedelta(days=1461)) == 0.5


def test_a_customer_of_yesterday_is_not_a_whole_year() -> None:
    old, new = DAY - timedelta(days=1461), DAY
    assert customer_years([old, new], DAY).tolist() == [4, 1 / 365.25]
    assert purchase_frequency_of(["Ann", "Bo"], [old, new], DAY) == pytest.approx(2 / (4 + 1 / 365.25))


def test_rows_after_the_as_of_date_are_left_out() -> None:
    who, when = ["Ann", "Ann", "Bo"], [DAY, DAY + timedelta(days=900), DAY + timedelta(days=900)]
    until = DAY + timedelta(days=487)
    assert purchase_frequency_of(who, when, until) == purchase_frequency_of(["Ann"], [DAY], until)
    assert math.isnan(purchase_frequency_of(who, when, DAY - timedelta(days=1)))


@pytest.mark.parametrize("function", [repeat_rate, time_between_orders, purchase_frequency_of])
@given(rows=ROWS, random=st.randoms())
def test_the_order_of_rows_does_not_matter(
    function: Callable[..., float], rows: list[tuple[str, date]], random: Random
) -> None:
    found = function(*zip(*rows, strict=True))
    random.shuffle(rows)
    np.testing.assert_equal(function(*zip(*rows, strict=True)), found)


@given(ROWS)
def test_rows_agree_with_counting_by_hand(rows: list[tuple[str, date]]) -> None:
    days: dict[str, set[date]] = {}
    for who, when in rows:
        days.setdefault(who, set()).add(when)
    columns = list(zip(*rows, strict=True))
    again = [sorted(dates) for dates in days.values() if len(dates) > 1]
    assert repeat_rate(*columns) == repeat_share(len(again), len(days)) == len(again) / len(days)
    gaps = [(b - a).days for dates in again for a, b in pairwise(dates)]
    np.testing.assert_equal(time_between_orders(*columns), mean_gap(sum(gaps), len(gaps)))
    last = max(when for _, when in rows)
    exposure = sum(max((last - min(dates)).days, 1) for dates in days.values()) / 365.25
    assert purchase_frequency_of(*columns) == pytest.approx(purchase_frequency(len(rows), exposure))


def test_ids_are_text_and_blanks_are_left_out() -> None:
    # 17850 in a number cell and "17850" in a text cell are one customer; so Excel columns often mix them
    who = ["17850", 17850.0, 17850, " 17850 ", "", None, math.nan, "0017850"]
    when = [DAY + timedelta(days=number) for number in range(8)]
    assert repeat_rate(who, when) == 0.5
    assert repeat_rate(["Ann", "Ann"], [DAY, None]) == 0


@pytest.mark.parametrize(
    "dates",
    [
        [datetime(2024, 1, 1, 23, 59), datetime(2024, 1, 2, 0, 1)],  # noqa: DTZ001 - cells hold no zone
        np.array(["2024-01-01T23:59", "2024-01-02T00:01"], dtype="datetime64[s]"),
        pd.to_datetime(pd.Series(["2024-01-01 23:59", "2024-01-02 00:01"])),
        pd.to_datetime(pd.Series(["2024-01-01 23:59", "2024-01-02 00:01"])).dt.tz_localize("Europe/Oslo"),
        np.array([np.datetime64("2024-01-01", "ns"), np.datetime64("2024-01-02", "s")], dtype=object),
    ],
)
def test_dates_of_any_kind_are_days(dates: list[date]) -> None:
    assert time_between_orders(["Ann", "Ann"], dates) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: repeat_rate(["Ann"], ["2024-01-01"]),
            'dates (item 1) is the text "2024-01-01", but it must be a date.',
        ),
        (lambda: repeat_rate(["Ann"], [45292]), "dates (item 1) is 45292, but it must be a date."),
        (
            lambda: repeat_rate(["Ann", "Bo"], [DAY]),
            "The columns differ in length: customers has 2, dates has 1. Give columns of equal length.",
        ),
        (
            lambda: purchase_frequency_of(["Ann"], [DAY], "now"),  # type: ignore[arg-type]
            'as_of is the text "now", but it must be a date.',
        ),
        (
            lambda: days_since_last_order([DAY], DAY - timedelta(days=1)),
            "last_orders (item 1) is 2024-01-01, but it must be on or before the as-of date 2023-12-31.",
        ),
        (
            lambda: days_since_last_order([DAY], None),  # type: ignore[arg-type]
            "as_of is None, but it must be a single date.",
        ),
        (lambda: is_active([-1], 90), "days_since_last_order (item 1) is -1, but it must be 0 or more."),
        (lambda: is_active([1], math.nan), "active_days is blank, but it must be 0 or more."),
        (
            lambda: activity_tiers([1, 2], [3, None], 90),
            "orders (item 2) is blank, but it must be 0 or more. Leave out rows without a figure.",
        ),
    ],
)
def test_rows_that_cannot_be_meant_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize("function", [repeat_rate, time_between_orders, purchase_frequency_of, aov])
def test_no_rows_are_unknown(function: Callable[..., float]) -> None:
    assert math.isnan(function([], []))


# --- order value ----------------------------------------------------------------------------------------


def test_order_value_counts_orders_and_not_rows() -> None:
    # an export with a row for each line: order A1 has two lines
    assert aov([100, 250, 250], ["A1", "A2", "A2"]) == 300
    # a row without an id is an order of its own
    assert aov([100, 250, 250], ["A1", None, ""]) == 200


def test_a_refund_lowers_the_value_and_is_no_order() -> None:
    assert aov([100, 100, -50]) == 75
    assert aov([100, 100, -50], ["A1", "A2", "A1"]) == 75
    assert aov([0, 100]) == 50
    assert math.isnan(aov([-50]))


def test_a_blank_amount_is_no_order() -> None:
    assert aov([100, None, 200], ["A1", "A2", "A3"]) == 150


def test_totals_and_rows_have_one_definition() -> None:
    assert aov([100, 250, 250]) == order_value(600, 3)
    np.testing.assert_array_equal(order_value([600, 0], [3, 0]), [200, np.nan])
    np.testing.assert_array_equal(purchase_frequency([6, 0], [3, 0]), [2, np.nan])


# --- being active ---------------------------------------------------------------------------------------


def test_the_last_day_of_the_window_is_within_it() -> None:
    assert is_active([89, 90, 91, math.nan], 90).tolist() == [True, True, False, False]


def test_the_active_window_is_a_gap_that_occurred() -> None:
    assert active_window([30, 10, 20, 40]) == 40
    assert active_window([30, 10, 20, 40], 0.5) == 20
    # 0.07 x 100 is a hair above 7 as a float, and would give the eighth
    assert active_window(range(1, 101), 0.07) == 7
    assert math.isnan(active_window([]))


MOST = sys.float_info.max
LEAST = 5e-324  # the smallest number above 0


@pytest.mark.parametrize("at_overflow", ["raise", "warn"])
def test_figures_close_to_the_largest_float(at_overflow: Literal["raise", "warn"]) -> None:
    """A sum or product of two such numbers is beyond a float; their quotient is not."""
    with np.errstate(all=at_overflow):
        assert retention_rate(MOST, MOST, 0) == 1
        assert retention_rate(MOST, MOST, MOST) == 0
        assert retention_rate(MOST / 2, MOST, MOST / 2) == 1
        assert retention_rate([MOST, 10], [MOST / 4, 12], [0, 4]).tolist() == [0.25, 0.8]
        assert grr(MOST, 0, 0) == 1
        assert grr(MOST, MOST, 0) == grr(MOST, MOST / 2, MOST / 2) == 0
        assert grr([MOST, 1000], [MOST / 4, 50], [MOST / 4, 100]).tolist() == [0.5, 0.85]
        assert nrr(MOST, MOST, 0, 0) == 2
        assert nrr(MOST, MOST, MOST / 2, MOST / 2) == 1
        assert nrr(MOST / 4, MOST, 0, 0) == 5
        assert churn_rate(MOST, MOST) == 1
        with pytest.raises(
            ArgumentError, match=r"end_customers is 1\.797\d+e\+308, but it must be at most start"
        ):
            retention_rate(MOST / 2, MOST, 0)
        with pytest.raises(
            ArgumentError, match=r"start is 1\.797\d+e\+308, but it must be at least contraction"
        ):
            grr(MOST, MOST, MOST)


def test_figures_close_to_nothing() -> None:
    assert retention_rate(LEAST, LEAST, 0) == grr(LEAST, 0, 0) == nrr(LEAST, 0, 0, 0) == 1
    assert nrr(LEAST, LEAST, 0, 0) == 2
    assert grr(LEAST, LEAST, 0) == 0
    with pytest.raises(ArgumentError, match="at most start_customers"):
        retention_rate(LEAST, 3 * LEAST, 0)
    # what is beyond a float is not available
    assert math.isnan(nrr(1e-10, MOST, 0, 0))


@given(*[st.floats(0, MOST)] * 4)
def test_revenue_of_any_size_by_fractions(start: float, more: float, less: float, gone: float) -> None:
    lost = Fraction(less) + Fraction(gone)
    assume(start > 0 and lost <= Fraction(start))
    assert grr(start, less, gone) == pytest.approx(float(1 - lost / Fraction(start)), abs=1e-12)
    wanted = 1 + (Fraction(more) - lost) / Fraction(start)
    if wanted < Fraction(MOST) * Fraction(999, 1000):
        assert nrr(start, more, less, gone) == pytest.approx(float(wanted), rel=1e-12, abs=1e-12)
    kept = Fraction(less) / Fraction(start)
    assert retention_rate(start, less, 0) == pytest.approx(float(kept), rel=1e-12)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=40),
    st.integers(0, 6),
    st.sampled_from([0.07, 0.5, 0.9, 1.0]),
)
def test_the_active_window_at_each_periods_end_knows_no_later_gap(
    gaps: list[tuple[int, int]], periods: int, share: float
) -> None:
    found = active_windows([gap for gap, _ in gaps], [period for _, period in gaps], periods, share)
    assert len(found) == periods
    for number, window in enumerate(found):
        known = sorted(gap for gap, period in gaps if period <= number)
        need = math.ceil(Fraction(str(share)) * len(known))
        assert window == known[need - 1] if known else math.isnan(window)
    counts = Counter(gaps)
    lengths, when = ([pair[at] for pair in counts] for at in (0, 1))
    counted = active_windows(lengths, when, periods, share, list(counts.values()))
    assert counted.tolist() == pytest.approx(found.tolist(), abs=0, nan_ok=True)


def test_a_gap_without_a_period_is_refused() -> None:
    with pytest.raises(ArgumentError, match="gaps has 2, known_in has 1"):
        active_windows([1, 2], [0], 1)
    with pytest.raises(ArgumentError, match="known_in"):
        active_windows([1], [-1], 1)
    assert active_windows([math.nan, 4], [0, 1], 2)[1] == 4


def test_ambassadors_are_never_more_than_their_share() -> None:
    days, orders = [10] * 10, [9, 8, 7, 1, 1, 1, 1, 1, 1, 1]
    assert activity_tiers(days, orders, 90).tolist().count("ambassadors") == 2
    # three customers with 9 orders would be 30 % of the active: all stay out
    assert "ambassadors" not in activity_tiers(days, [9, 9, 9, 1, 1, 1, 1, 1, 1, 1], 90)
    assert activity_tiers(days, [9, 9, 9, 1, 1, 1, 1, 1, 1, 1], 90, 0.3).tolist().count("ambassadors") == 3


def test_the_inactive_are_no_ambassadors_and_do_not_count_among_them() -> None:
    found = activity_tiers([10, 10, 10, 10, 10, 400, math.nan], [9, 1, 1, 1, 1, 99, 99], 90)
    assert found.tolist() == ["ambassadors", "active", "active", "active", "active", "inactive", "inactive"]


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 6)), min_size=1, max_size=40),
    st.sampled_from([0.1, 0.2, 0.5, 1]),
)
def test_equal_customers_are_in_one_tier(customers: list[tuple[int, int]], share: float) -> None:
    days, orders = zip(*customers, strict=True)
    found = activity_tiers(days, orders, 90, share)
    tiers: dict[tuple[bool, int], set[str]] = {}
    for day, count, tier in zip(days, orders, found, strict=True):
        assert (tier == "inactive") == (day > 90)
        tiers.setdefault((day <= 90, count), set()).add(tier)
    assert all(len(group) == 1 for group in tiers.values())
    active = sum(day <= 90 for day in days)
    assert found.tolist().count("ambassadors") <= share * active
