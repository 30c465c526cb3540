"""RFM scores, the segment map, and the two views between frequency and money."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_xl.errors import ArgumentError
from clv_xl.metrics import (
    SEGMENTS,
    SegmentMap,
    fm_score,
    often_but_small,
    rfm_scores,
    rfm_segment,
    scores,
    segment_named,
    seldom_but_large,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

values = st.lists(st.one_of(st.integers(0, 9), st.floats(-1e9, 1e9)), min_size=1, max_size=60)
bins_ = st.integers(2, 10)

# The default map as the definitions print it: rows R = 5 to 1, columns FM = 1 to 5.
PRINTED = """\
5: New, New, Potential loyalists, Champions, Champions
4: Promising, Promising, Potential loyalists, Loyal, Champions
3: About to sleep, About to sleep, Need attention, Loyal, Loyal
2: Hibernating, Hibernating, At risk, At risk, Can't lose
1: Lost, Lost, At risk, Can't lose, Can't lose
"""
CELLS = [
    (int(line[0]), fm, name)
    for line in PRINTED.splitlines()
    for fm, name in enumerate(line[3:].split(", "), start=1)
]


# --- scores ---------------------------------------------------------------------------------------------


@given(values, bins_, st.booleans())
def test_scores_are_in_range_keep_the_order_and_treat_equals_alike(
    numbers: list[float], bins: int, higher: bool
) -> None:
    found = scores(numbers, bins, higher_is_better=higher)
    assert found.dtype == np.int64
    assert found.min() >= 1
    assert found.max() <= bins
    order = np.argsort(numbers, kind="stable")
    steps = np.diff(found[order]) * (1 if higher else -1)
    assert (steps >= 0).all()
    assert (steps[np.diff(np.asarray(numbers, dtype=float)[order]) == 0] == 0).all()


@given(values, bins_, st.randoms())
def test_a_score_does_not_depend_on_the_row(numbers: list[float], bins: int, random: Random) -> None:
    found = dict(zip(numbers, scores(numbers, bins).tolist(), strict=True))
    random.shuffle(numbers)
    assert scores(numbers, bins).tolist() == [found[number] for number in numbers]


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=60), bins_)
def test_a_small_value_is_as_good_as_a_large_one_is_when_turned_round(numbers: list[int], bins: int) -> None:
    turned = scores([-number for number in numbers], bins)
    assert scores(numbers, bins, higher_is_better=False).tolist() == turned.tolist()


@given(st.integers(1, 30), bins_)
def test_customers_who_all_differ_fill_equal_piles(size: int, bins: int) -> None:
    found = scores(range(size * bins), bins)
    assert np.bincount(found)[1:].tolist() == [size] * bins


def test_the_formula_by_hand() -> None:
    # six of ten with one order: nobody below, half of 60 % is 30 %, 1 + floor(5 x 0.3) = 2
    assert scores([1, 1, 1, 1, 1, 1, 2, 2, 3, 9]).tolist() == [2, 2, 2, 2, 2, 2, 4, 4, 5, 5]
    assert scores([7]).tolist() == [3]
    assert scores([]).tolist() == []


def test_one_time_buyers_of_cdnow_all_score_the_same(cdnow_master: Path) -> None:
    # Piles of equal size would give the one-time buyers of CDNOW, half of all customers, three scores.
    rows = pd.read_csv(cdnow_master, sep=r"\s+", header=0, names=["customer", "day", "discs", "amount"])
    rows["day"] = pd.to_datetime(rows["day"].astype(str), format="%Y%m%d")
    customers = rows.groupby("customer").agg(
        last=("day", "max"), orders=("day", "nunique"), amount=("amount", "sum")
    )
    waited = (rows["day"].max() - customers["last"]).dt.days
    r, f, m = rfm_scores(waited, customers["orders"], customers["amount"])
    assert (
        pd.qcut(customers["orders"].rank(method="first"), 5, labels=False)[customers["orders"] == 1].nunique()
        == 3
    )
    assert set(f[customers["orders"] == 1]) == {2}
    for column, score in ((waited, r), (customers["orders"], f), (customers["amount"], m)):
        assert pd.Series(score).groupby(column.to_numpy()).nunique().max() == 1
    # an independent reading of the formula: average rank less a half is those below and half the equals
    place = (customers["amount"].rank(method="average") - 0.5) / len(customers)
    assert (m == 1 + np.floor(5 * place)).all()
    assert set(rfm_segment(r, f, m)) <= {segment.name for segment in SEGMENTS}


def test_nested_scores_compare_within_the_group() -> None:
    days = [1, 1, 1, 1, 300, 300, 300, 300]
    orders = [9, 8, 7, 6, 4, 3, 2, 1]
    amounts = [10, 20, 30, 40, 50, 60, 70, 80]
    r, f, m = rfm_scores(days, orders, amounts, bins=4, nested=True)
    assert r.tolist() == [4] * 4 + [2] * 4
    assert f.tolist() == [4, 3, 2, 1, 4, 3, 2, 1]
    assert m.tolist() == [3] * 8  # alone in its group, each customer is in the middle
    assert rfm_scores(days, orders, amounts, bins=4).f.tolist() == [4, 4, 3, 3, 2, 2, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_nested_scores_treat_equals_alike(customers: list[tuple[int, int, int]]) -> None:
    found = list(zip(*rfm_scores(*zip(*customers, strict=True), nested=True), strict=True))
    assert len(set(zip(customers, found, strict=True))) == len(set(customers))


def test_f_and_m_are_one_score_rounded_half_up() -> None:
    assert [fm_score(f, m) for f, m in ((1, 1), (1, 2), (2, 3), (5, 4), (1, 5), (1, 4))] == [1, 2, 3, 5, 3, 3]
    assert rfm_scores([1, 2], [1, 2], [1, 2], bins=2).fm.tolist() == [1, 2]


# --- the map --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("once", [0.3, 0.45, 0.6, 0.7])
def test_every_segment_of_low_value_has_customers_however_many_ordered_once(once: float) -> None:
    days, orders, amounts = [], [], []
    for number in range(2000):
        count = 1 if number < once * 2000 else 2 + number % 7
        days.append((number * 37) % 700)
        orders.append(count)
        amounts.append(count * (20 + (number * 53) % 180))
    found = rfm_scores(days, orders, amounts)
    segments = set(rfm_segment(*found))
    assert {"New", "Promising", "About to sleep", "Hibernating", "Lost", "Champions"} <= segments


def test_the_default_map_is_the_printed_one_and_covers_every_cell_once() -> None:
    default = SegmentMap.default()
    assert [(r, fm, default.segment(r, fm)) for r, fm, _ in CELLS] == CELLS
    assert len({(r, fm) for r, fm, _ in CELLS}) == 25
    assert SegmentMap.from_cells(CELLS) == default
    assert SegmentMap.from_rows(default.names) == default


def test_every_triple_has_a_segment_and_every_segment_a_triple() -> None:
    r, f, m = np.array(list(product(range(1, 6), repeat=3))).T
    found = rfm_segment(r, f, m)
    assert set(found) == {segment.name for segment in SEGMENTS}
    assert found.tolist() == [
        rfm_segment(*triple) for triple in zip(r.tolist(), f.tolist(), m.tolist(), strict=True)
    ]


def test_every_segment_is_reached_by_customers() -> None:
    # 25 groups of customers, each with its own pair of recency and frequency with money
    pairs = np.array(list(product(range(1, 6), repeat=2)))
    found = rfm_scores(600 - 100 * pairs[:, 0], pairs[:, 1], 100 * pairs[:, 1])
    assert set(rfm_segment(*found)) == {segment.name for segment in SEGMENTS}


@given(st.integers(5, 10))
def test_with_more_scores_every_segment_keeps_a_cell(bins: int) -> None:
    chart = SegmentMap.default(bins)
    assert chart.bins == bins
    assert all(len(row) == bins for row in chart.names)
    assert chart.segments == tuple(segment.name for segment in SEGMENTS)


def test_a_map_of_ten_doubles_each_cell() -> None:
    five, ten = SegmentMap.default(), SegmentMap.default(10)
    for r, fm in product(range(1, 11), repeat=2):
        assert ten.segment(r, fm) == five.segment((r + 1) // 2, (fm + 1) // 2)


@pytest.mark.parametrize("bins", [2, 3, 4])
def test_corners_keep_their_side_with_fewer_scores(bins: int) -> None:
    chart = SegmentMap.default(bins)
    assert chart.segment(bins, bins) in {"Champions", "Loyal"}
    assert chart.segment(1, 1) in {"Lost", "Hibernating"}


def test_the_users_own_names_are_kept_and_known_ones_are_spelled_as_usual() -> None:
    chart = SegmentMap.from_rows(
        [[" can\N{RIGHT SINGLE QUOTATION MARK}t LOSE ", "Our VIPs"], ["lost", "Our VIPs"]]
    )
    assert chart.names == (("Can't lose", "Our VIPs"), ("Lost", "Our VIPs"))
    assert chart.segments == ("Can't lose", "Lost", "Our VIPs")
    assert rfm_segment(1, 2, 1, chart) == "Our VIPs"
    assert segment_named("Our VIPs") is None


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: SegmentMap.from_cells([cell for cell in CELLS if cell[:2] != (2, 4)]),
            "The segment map has no segment for R=2, FM=4. Give each cell one segment.",
        ),
        (
            lambda: SegmentMap.from_cells([*CELLS, (2, 4, "Lost")]),
            'The segment map has R=2, FM=4 twice: "At risk" and "Lost". Give each cell one segment.',
        ),
        (
            lambda: SegmentMap.from_rows([["A", "B", "C"], ["D", " ", "F"], ["G", "H", "I"]]),
            "The segment map has no segment for R=2, FM=2. Give each cell one segment.",
        ),
        (
            lambda: SegmentMap.from_rows([["A", "B"], ["C"]]),
            "The segment map has no segment for R=2, FM=2. Give each cell one segment.",
        ),
        (
            lambda: SegmentMap.from_rows([["A", "B"], ["C", float("nan")]]),
            "The segment map has no segment for R=2, FM=2. Give each cell one segment.",
        ),
        (
            lambda: SegmentMap.from_rows([["A", "B"], ["C", "D", "E"]]),
            "The segment map has 2 rows, so R=2, FM=3 is one cell too many. Give as many columns as rows.",
        ),
        (
            lambda: SegmentMap.from_rows([["A", "B"], ["C", 4]]),
            "The segment map has 4 for R=2, FM=2. Give the segment's name as text.",
        ),
        (
            lambda: SegmentMap.from_rows([["A"]]),
            "The number of rows of the segment map is 1, but it must be a whole number from 2 to 10.",
        ),
        (
            lambda: SegmentMap.from_cells([]),
            "The number of rows of the segment map is 0, but it must be a whole number from 2 to 10.",
        ),
        (
            lambda: SegmentMap.from_cells([(0, 1, "A")]),
            "R is 0, but it must be a whole number from 1 to 10.",
        ),
        (
            lambda: SegmentMap.from_rows([["VIP", "B"], ["Vip", "VIP"]]),
            (
                'The segment map has "VIP" and "Vip", which Excel takes for one name. '
                "Write them alike, or give one of them another name."
            ),
        ),
        (lambda: SegmentMap.default(11), "bins is 11, but it must be a whole number from 2 to 10."),
        (lambda: SegmentMap.default().segment(6, 1), "r is 6, but it must be a whole number from 1 to 5."),
    ],
)
def test_a_map_that_does_not_cover_each_cell_once_is_refused(
    build: Callable[[], object], message: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        build()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rfm_segment([5, 6], 1, 1), "r (item 2) is 6, but it must be a whole number from 1 to 5."),
        (lambda: rfm_segment(5, 1.5, 1), "f is 1.5, but it must be a whole number from 1 to 5."),
        (lambda: rfm_segment(5, 1, None), "m is blank, but it must be a whole number from 1 to 5."),
        (
            lambda: rfm_segment([5, 4], [1, 1, 1], 1),
            "The columns differ in length: r has 2, f has 3. Give columns of equal length, or single values.",
        ),
        (
            lambda: scores([1, None]),
            "values (item 2) is blank, but it must be a finite number. Leave out rows without a figure.",
        ),
        (lambda: scores([1], bins=1), "bins is 1, but it must be a whole number from 2 to 10."),
        (lambda: scores([1], bins=None), "bins is blank, but it must be a whole number from 2 to 10."),
        (
            lambda: rfm_scores([1], [1, 2], [1]),
            (
                "The columns differ in length: days_since_last_order has 1, orders has 2, amounts has 1. "
                "Give columns of equal length."
            ),
        ),
        (lambda: often_but_small(4, 2, 3), "f is 4, but it must be a whole number from 1 to 3."),
    ],
)
def test_scores_that_cannot_be_meant_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


def test_each_segment_has_a_meaning_and_an_action_in_one_sentence() -> None:
    assert len({segment.name for segment in SEGMENTS}) == 11
    for segment in SEGMENTS:
        for text in (segment.meaning, segment.action):
            assert text[0].isupper()
            assert text.endswith(".")
            assert text.count(".") == 1


# --- views ----------------------------------------------------------------------------------------------


def test_high_is_four_or_five_and_low_is_one_or_two_of_five() -> None:
    f, m = np.array(list(product(range(1, 6), repeat=2))).T
    assert often_but_small(f, m).tolist() == ((f >= 4) & (m <= 2)).tolist()
    assert seldom_but_large(f, m).tolist() == ((f <= 2) & (m >= 4)).tolist()
    assert often_but_small(5, 1) is True
    assert seldom_but_large(5, 1) is False


@pytest.mark.parametrize(("bins", "low"), [(2, 1), (3, 1), (4, 1), (5, 2), (7, 2), (8, 3), (10, 4)])
def test_high_and_low_are_the_outer_two_fifths_and_never_overlap(bins: int, low: int) -> None:
    ranks = range(1, bins + 1)
    assert [f for f in ranks if seldom_but_large(f, bins, bins)] == list(range(1, low + 1))
    assert [f for f in ranks if often_but_small(f, 1, bins)] == list(range(bins - low + 1, bins + 1))
    assert not any(often_but_small(f, m, bins) and seldom_but_large(f, m, bins) for f in ranks for m in ranks)
