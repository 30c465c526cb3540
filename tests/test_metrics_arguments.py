"""What a metric refuses, to the letter: which argument, where in it, what was found, what it must be."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from clv_xl import metrics
from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import (
    ANY,
    MARGIN,
    NOT_NEGATIVE,
    POSITIVE,
    RATE,
    SHARE,
    TOP,
    WHOLE,
    Allowed,
    flags,
    is_blank,
    numbers,
    setting,
    whole,
)
from clv_xl.metrics.arithmetic import overflow_told
from clv_xl.metrics.occasions import codes, customer_codes, customer_key, customer_keys
from clv_xl.metrics.recurring import movement
from clv_xl.metrics.refusals import ElementsError

if TYPE_CHECKING:
    from collections.abc import Callable


class Rule(NamedTuple):
    """A value that is refused, the words that refuse it, and the value at the edge that is not."""

    outside: float
    words: str
    edge: float | None = None


NUMBER = Rule(math.inf, "a finite number.")
AT_LEAST_0 = Rule(-1, "0 or more.", 0)
ABOVE_0 = Rule(0, "more than 0.")
SHARES = Rule(1.5, "between 0 and 1. Write 1.5% as 0.015.", 1)
TOPS = Rule(1.5, "more than 0 and at most 1. Write 1.5% as 0.015.", 1)
RATES = Rule(-1, "more than -1.")
WHOLES = Rule(0.5, "a whole number, 0 or more.", 0)

two = [1.0, 2.0]
EQUAL = " Give columns of equal length, or single values."
ROWS = " Give columns of equal length."

WHOLES_OF_PARTS = {"start", "start_customers", "customers"}
"""What other arguments are parts of, and so may not be 0 here."""

# Each metric with arguments that it takes, what each must be, and whether single values may stand beside columns.
METRICS: list[tuple[Callable[..., Any], dict[str, Any], dict[str, Rule], str]] = [
    (
        metrics.cac,
        {"spend": two, "new_customers": two},
        {"spend": AT_LEAST_0, "new_customers": AT_LEAST_0},
        EQUAL,
    ),
    (metrics.ltv_cac, {"clv": two, "cac": two}, {"clv": NUMBER, "cac": AT_LEAST_0}, EQUAL),
    (metrics.cac_max, {"clv": two, "target_ratio": two}, {"clv": NUMBER, "target_ratio": ABOVE_0}, EQUAL),
    (
        metrics.cac_payback,
        {"cac": two, "cumulative_margin": two},
        {"cac": AT_LEAST_0, "cumulative_margin": NUMBER},
        "",
    ),
    (
        metrics.budget_split,
        {"shares": [0.5, 0.5], "margin_won": two, "verdicts": ["within", "above"]},
        {"shares": AT_LEAST_0, "margin_won": NUMBER},
        "",
    ),
    (metrics.active_window, {"gaps": two}, {"gaps": AT_LEAST_0}, ""),
    (
        metrics.active_windows,
        {"gaps": two, "known_in": [0, 1], "periods": 2},
        {"gaps": AT_LEAST_0, "known_in": WHOLES},
        ROWS,
    ),
    (
        metrics.is_active,
        {"days_since_last_order": two, "active_days": 1},
        {"days_since_last_order": AT_LEAST_0},
        "",
    ),
    (
        metrics.activity_tiers,
        {"days_since_last_order": two, "orders": two, "active_days": 1},
        {"days_since_last_order": AT_LEAST_0, "orders": AT_LEAST_0},
        ROWS,
    ),
    (metrics.order_value, {"amount": two, "orders": two}, {"amount": NUMBER, "orders": AT_LEAST_0}, EQUAL),
    (metrics.aov, {"amounts": two, "order_ids": ["a", "b"]}, {"amounts": NUMBER}, ROWS),
    (
        metrics.purchase_frequency,
        {"orders": two, "customer_years": two},
        {"orders": AT_LEAST_0, "customer_years": AT_LEAST_0},
        EQUAL,
    ),
    (metrics.gini, {"values": two}, {"values": AT_LEAST_0}, ""),
    (metrics.top_share, {"values": two, "share": 0.5}, {"values": NUMBER}, ""),
    (
        metrics.clv_retention,
        {"margin_per_period": two, "retention_rate": [0.5, 0.6], "discount_rate": [0.1, 0.1], "periods": two},
        {"margin_per_period": NUMBER, "retention_rate": SHARES, "discount_rate": RATES, "periods": WHOLES},
        EQUAL,
    ),
    (metrics.customer_lifespan, {"churn_rate": [0.5, 0.6]}, {"churn_rate": SHARES}, ""),
    (
        metrics.survival_lifespan,
        {"durations_years": two, "lost": [0, 1], "customers": two},
        {"durations_years": AT_LEAST_0, "customers": WHOLES},
        ROWS,
    ),
    (metrics.among_best, {"amounts": two}, {"amounts": NUMBER}, ""),
    (
        movement,
        {"before": two, "after": two, "paid_before": [1, 1]},
        {"before": AT_LEAST_0, "after": AT_LEAST_0},
        ROWS,
    ),
    (
        metrics.retention_rate,
        {"start_customers": [9.0, 9.0], "end_customers": two, "new_customers": [0.0, 0.0]},
        {"start_customers": AT_LEAST_0, "end_customers": AT_LEAST_0, "new_customers": AT_LEAST_0},
        EQUAL,
    ),
    (
        metrics.churn_rate,
        {"start_customers": [9.0, 9.0], "lost_customers": two},
        {"start_customers": AT_LEAST_0, "lost_customers": AT_LEAST_0},
        EQUAL,
    ),
    (
        metrics.nrr,
        {"start": [9.0, 9.0], "expansion": two, "contraction": two, "churned": two},
        dict.fromkeys(("start", "expansion", "contraction", "churned"), AT_LEAST_0),
        EQUAL,
    ),
    (
        metrics.grr,
        {"start": [9.0, 9.0], "contraction": two, "churned": two},
        dict.fromkeys(("start", "contraction", "churned"), AT_LEAST_0),
        "",
    ),
    (
        metrics.repeat_share,
        {"repeat_customers": two, "customers": [9.0, 9.0]},
        {"repeat_customers": AT_LEAST_0, "customers": AT_LEAST_0},
        EQUAL,
    ),
    (metrics.mean_gap, {"gap_days": two, "gaps": two}, {"gap_days": AT_LEAST_0, "gaps": AT_LEAST_0}, EQUAL),
    (metrics.scores, {"values": two}, {"values": NUMBER}, ""),
    (
        metrics.rfm_scores,
        {"days_since_last_order": two, "orders": two, "amounts": two},
        {"days_since_last_order": AT_LEAST_0, "orders": AT_LEAST_0, "amounts": NUMBER},
        ROWS,
    ),
    (metrics.fm_score, {"f": two, "m": two}, {}, ""),
    (metrics.often_but_small, {"f": two, "m": two}, {}, EQUAL),
    (metrics.rfm_segment, {"r": two, "f": two, "m": two}, {}, EQUAL),
    (
        metrics.clv,
        {
            "avg_order_value": two,
            "purchases_per_year": two,
            "lifespan_years": two,
            "gross_margin": [0.5, 1],
            "acquisition_cost": two,
            "discount_rate": two,
        },
        {
            "avg_order_value": NUMBER,
            "purchases_per_year": AT_LEAST_0,
            "lifespan_years": AT_LEAST_0,
            "gross_margin": TOPS,
            "acquisition_cost": AT_LEAST_0,
            "discount_rate": RATES,
        },
        EQUAL,
    ),
    (
        metrics.historic_value,
        {"amount": two, "gross_margin": [0.5, 1], "acquisition_cost": two, "service_cost": two},
        {"amount": NUMBER, "gross_margin": TOPS, "acquisition_cost": AT_LEAST_0, "service_cost": AT_LEAST_0},
        EQUAL,
    ),
]


def refusal(metric: Callable[..., Any], arguments: dict[str, Any]) -> str:
    with pytest.raises(ArgumentError) as caught:
        metric(**arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("metric", "arguments", "rules", "lengths"), METRICS, ids=lambda it: getattr(it, "__name__", "")
)
def test_a_metric_says_which_argument_and_which_value_it_refuses(
    metric: Callable[..., Any], arguments: dict[str, Any], rules: dict[str, Rule], lengths: str
) -> None:
    metric(**arguments)
    for name, rule in rules.items():
        first = arguments[name][0]
        assert refusal(metric, {**arguments, name: [first, "x"]}) == (
            f'{name} (item 2) is the text "x", but it must be a number.'
        )
        assert refusal(metric, {**arguments, name: [first, rule.outside]}) == (
            f"{name} (item 2) is {rule.outside:.15g}, but it must be {rule.words}"
        )
        if rule.edge is not None and name not in WHOLES_OF_PARTS:
            metric(**{**arguments, name: [rule.edge, rule.edge]})
    if not lengths:
        return
    columns = {name: value for name, value in arguments.items() if isinstance(value, list)}
    for longer in columns:
        sizes = ", ".join(f"{name} has {3 if name == longer else 2}" for name in columns)
        found = refusal(metric, {**arguments, longer: [*arguments[longer], arguments[longer][0]]})
        assert found == f"The columns differ in length: {sizes}.{lengths}"


@pytest.mark.parametrize(
    ("metric", "arguments", "name", "value", "words"),
    [
        (metrics.active_window, {"gaps": two}, "share", 0, "more than 0 and at most 1."),
        (
            metrics.active_windows,
            {"gaps": two, "known_in": [0, 1], "periods": 2},
            "share",
            0,
            "more than 0 and at most 1.",
        ),
        (
            metrics.active_windows,
            {"gaps": two, "known_in": [0, 1]},
            "periods",
            0.5,
            "a whole number, 0 or more.",
        ),
        (metrics.is_active, {"days_since_last_order": two}, "active_days", -1, "0 or more."),
        (metrics.top_share, {"values": two}, "share", 0, "more than 0 and at most 1."),
        (metrics.among_best, {"amounts": two}, "share", 0, "more than 0 and at most 1."),
        (
            *(metrics.activity_tiers, {"days_since_last_order": two, "orders": two, "active_days": 1}),
            *("ambassador_share", 0, "more than 0 and at most 1."),
        ),
        (
            metrics.activity_tiers,
            {"days_since_last_order": two, "orders": two},
            "active_days",
            -1,
            "0 or more.",
        ),
        (
            *(metrics.clv, {"avg_order_value": 1, "purchases_per_year": 1, "lifespan_years": 1}),
            *("periods_per_year", 0, "more than 0."),
        ),
    ],
)
def test_a_setting_is_named_when_it_is_refused(
    metric: Callable[..., Any], arguments: dict[str, Any], name: str, value: float, words: str
) -> None:
    assert refusal(metric, {**arguments, name: value}) == f"{name} is {value:g}, but it must be {words}"
    assert refusal(metric, {**arguments, name: None}) == f"{name} is blank, but it must be {words}"


def test_shares_of_a_column_are_named_as_they_were_given() -> None:
    assert refusal(metrics.concentration, {"values": two, "shares": (0,)}).startswith("shares is 0, but")
    words = refusal(metrics.budget_split, {"shares": [1.0], "margin_won": [1.0], "verdicts": ["x", "y"]})
    assert words.startswith("verdicts must be 1 of within, as it is, above, but")
    assert words.endswith("but they are x, y.")
    for longer in ("shares", "margin_won"):
        given: dict[str, Any] = {"shares": two, "margin_won": two, longer: [1.0, 2.0, 3.0]}
        words = refusal(metrics.budget_split, {**given, "verdicts": ["within"] * len(given["shares"])})
        assert words.startswith("The columns differ in length: shares has ")


# --- what every argument goes through -------------------------------------------------------------------


def test_a_percentage_written_as_a_whole_number_is_told_how_to_write_it() -> None:
    hints = {1.5: " Write 1.5% as 0.015.", 100: " Write 100% as 1.", 100.5: "", 1: "", -1: ""}
    assert {value: SHARE.hint(value) for value in hints} == hints
    assert WHOLE.hint(40) == ""
    assert MARGIN.expected(math.inf) == "more than 0 and at most 1 and finite."


def test_blanks_of_every_library_are_blank() -> None:
    blank = [None, math.nan, np.float64("nan"), np.datetime64("NaT", "D"), pd.NaT, pd.NA]
    assert all(map(is_blank, blank))
    assert not any(
        map(is_blank, [0, "", 0.0, "NaT", np.datetime64("2024-01-01"), pd.Timestamp("2024-01-01")])
    )
    assert np.isnan(numbers("values", [*blank[:3], *blank[4:]])).all()


def test_the_place_of_a_value_is_told_in_columns_and_tables() -> None:
    for values, where in (
        ([None, True], " (item 2)"),
        ([1, True], " (item 2)"),
        ([0.5, np.True_], " (item 2)"),
        (([1, 2], (3, True)), " (row 2, column 2)"),
        ([[1, 2], [None, True]], " (row 2, column 2)"),
        ([[[None, True]]], " (position 1, 1, 2)"),
        (True, ""),
    ):
        assert refusal(numbers, {"name": "values", "value": values}) == (
            f"values{where} is True, but it must be a number."
        )
    assert refusal(whole, {"name": "age", "value": [1, None, 2], "allowed": WHOLE}) == (
        "age (item 2) is blank, but it must be a whole number, 0 or more."
    )
    assert refusal(setting, {"name": "bins", "value": None, "allowed": WHOLE}) == (
        "bins is blank, but it must be a whole number, 0 or more."
    )


def test_yes_and_no_are_understood_and_nothing_else() -> None:
    assert flags("lost", [True, False]).tolist() == [1.0, 0.0]
    assert flags("lost", np.array([[True], [False]])).tolist() == [1.0, 0.0]
    assert flags("lost", [np.True_, 0]).tolist() == [1.0, 0.0]
    yes_or_no = "but it must be yes or no (True, False, 1 or 0)"
    for value in (0.5, 2, -1):
        assert (
            refusal(flags, {"name": "lost", "values": [1, value]})
            == f"lost (item 2) is {value}, {yes_or_no}."
        )
    assert refusal(flags, {"name": "lost", "values": [[1, 0], [1]]}) == (
        "lost has rows of different length. Give a column or a full table."
    )
    assert refusal(flags, {"name": "lost", "values": [1, "x"]}) == (
        'lost (item 2) is the text "x", but it must be a number.'
    )


def test_tables_of_different_size_are_told_with_both_sides() -> None:
    found = refusal(metrics.cac, {"spend": [[1, 2], [3, 4]], "new_customers": [1, 2, 3]})
    assert found == f"The columns differ in length: spend has 2 x 2, new_customers has 3.{EQUAL}"
    found = refusal(metrics.aov, {"amounts": [1, 2], "order_ids": [["a"], ["b", "c"]]})
    assert found == "order_ids has rows of different length. Give a column or a full table."


def test_a_segment_that_is_none_is_named_with_those_that_there_are() -> None:
    migration = {"then": ["Best", "Rest"], "now": ["Best", "Rest"], "segments": ["Best", "Rest"]}
    assert refusal(metrics.segment_migration, {**migration, "then": ["Best", "?"]}) == (
        'then (item 2) is the text "?", but the segments are Best, Rest, (no order yet).'
    )
    assert refusal(metrics.segment_migration, {**migration, "now": ["?", "Rest"]}) == (
        'now (item 1) is the text "?", but the segments are Best, Rest.'
    )


# --- nothing, and next to nothing -----------------------------------------------------------------------


def test_of_nothing_there_is_nothing() -> None:
    assert metrics.segment_migration([], [], ["Best", "Rest"]).tolist() == [[0, 0], [0, 0], [0, 0]]
    assert metrics.budget_split([], [], []).tolist() == []
    assert math.isnan(metrics.survival_lifespan([], []))


def test_a_row_stands_for_so_many_customers() -> None:
    # one of two leaves after a year, one of the other three after two: half, then a third of that is gone
    spans, lost, each = [1, 2, 3], [True, True, False], [3, 1, 2]
    assert metrics.survival_lifespan(spans, lost, each) == pytest.approx(1 + 0.5 + 0.5 * 2 / 3)
    alone = [1, 1, 1, 2, 3, 3], [True, True, True, True, False, False]
    assert metrics.survival_lifespan(*alone) == metrics.survival_lifespan(spans, lost, each)
    # nobody was observed for nine years
    assert metrics.survival_lifespan([1, 9], [False, False], [1, 0]) == 1


def test_for_life_is_undefined_and_no_overflow_where_no_payment_is_smaller_than_the_one_before() -> None:
    with overflow_told():
        assert math.isnan(metrics.clv_retention(100, 1.0))
        assert math.isnan(metrics.clv_retention(100, 0.99, -0.05))
        assert metrics.clv_retention(100, 1.0, 0.0, 3) == 300


@pytest.mark.long  # only so many periods tell that their numbers are not cut short
def test_windows_of_more_periods_than_a_short_number_holds() -> None:
    found = metrics.active_windows([30, 10], [69_999, 70_000 - 65_536], 70_000)
    assert math.isnan(found[70_000 - 65_536 - 1])
    assert found[[70_000 - 65_536, 69_998, 69_999]].tolist() == [10, 10, 30]


def test_a_payback_is_looked_for_until_a_blank() -> None:
    assert metrics.cac_payback([40, 60, 81], [40, 80, None, 500]).tolist()[:2] == [1, 1.5]
    assert math.isnan(metrics.cac_payback(81, [40, 80, None, 500]))


def test_who_spent_nothing_is_not_among_the_best() -> None:
    assert metrics.among_best([0, 0, 0], 1.0).tolist() == [False, False, False]
    assert metrics.among_best([0.5, 0], 1.0).tolist() == [True, False]
    assert metrics.among_best([]).dtype == bool


# --- ids and dates --------------------------------------------------------------------------------------

RAGGED = [["a"], ["b", "c"]]


@pytest.mark.parametrize(
    "metric", [metrics.repeat_rate, metrics.time_between_orders, metrics.purchase_frequency_of]
)
def test_ids_and_dates_are_named_when_they_are_refused(metric: Callable[..., Any]) -> None:
    good = {"customers": ["a", "b"], "dates": [date(2024, 1, 1), date(2024, 1, 2)]}
    metric(**good)
    ragged = " has rows of different length. Give a column or a full table."
    assert refusal(metric, {**good, "customers": RAGGED}) == f"customers{ragged}"
    assert refusal(metric, {**good, "dates": RAGGED}) == f"dates{ragged}"
    assert refusal(metric, {**good, "dates": [date(2024, 1, 1), 7]}) == (
        "dates (item 2) is 7, but it must be a date."
    )
    assert refusal(metric, {**good, "dates": good["dates"][:1]}) == (
        f"The columns differ in length: customers has 2, dates has 1.{ROWS}"
    )


@pytest.mark.parametrize(
    ("metric", "name"),
    [(metrics.customer_years, "first_orders"), (metrics.days_since_last_order, "last_orders")],
)
def test_a_date_after_the_as_of_date_is_named(metric: Callable[..., Any], name: str) -> None:
    dates = [date(2024, 1, 1), date(2024, 1, 3)]
    assert refusal(metric, {name: dates, "as_of": date(2024, 1, 2)}) == (
        f"{name} (item 2) is 2024-01-03, but it must be on or before the as-of date 2024-01-02."
    )
    assert refusal(metric, {name: ["x"], "as_of": date(2024, 1, 2)}) == (
        f'{name} (item 1) is the text "x", but it must be a date.'
    )
    assert refusal(metric, {name: RAGGED, "as_of": date(2024, 1, 2)}).startswith(
        f"{name} has rows of different"
    )
    assert refusal(metric, {name: dates, "as_of": dates}) == (
        f"as_of is {dates!r}, but it must be a single date."
    )
    assert metric([np.datetime64("2024-01-01T23:00"), None], np.datetime64("2024-01-02T01:00")).tolist() == [
        pytest.approx(metric(dates[0], date(2024, 1, 2))),
        pytest.approx(math.nan, nan_ok=True),
    ]


def test_an_address_is_one_customer_in_any_capitals_of_any_language() -> None:
    for text, key in (
        ("ÅSA@Bokhandel.SE", "åsa@bokhandel.se"),
        ("İPEK@x.tr", "ipek@x.tr"),  # its small letter is two characters: the first counts
        ("ΟΔΟΣ@x.gr", "οδοσ@x.gr"),  # and not the other small sigma, which ends a word
        ("Ann@X.no", "ann@x.no"),
        ("Åsa", "Åsa"),
    ):
        assert customer_key(text) == key
    assert customer_keys(["ÅSA@x.se", "B", "B"]) == ["åsa@x.se", "B", "B"]
    assert customer_codes(["ÅSA@x.se", "åsa@X.SE ", "x"]).tolist() == [0, 0, 1]


def test_ids_are_compared_as_they_are_read() -> None:
    ids = [17850.0, "17850", Decimal(17850), np.float32(17850), 17850.5, "17850.5", Fraction(1, 2), 7, None]
    assert codes("customers", ids).tolist() == [0, 0, 0, 0, 1, 1, 2, 3, -1]
    assert codes("customers", np.array([9, 5, 9])).tolist() == [1, 0, 1]
    assert codes("customers", [" a ", "a"]).tolist() == [0, 0]
    assert refusal(codes, {"name": "ids", "values": RAGGED}).startswith("ids has rows of different length")


# --- cohorts --------------------------------------------------------------------------------------------

COHORTS: dict[str, Any] = {
    "cohort": ["2024-01", "2024-01"],
    "age": [0, 1],
    "customers": [10, 4],
    "size": [10, 10],
    "mature": [True, True],
}


def test_a_column_of_cohorts_is_named_when_it_is_refused() -> None:
    assert metrics.cohort_matrix(**COHORTS).rate.tolist() == [[1.0, 0.4]]
    counts = {"age": [0, 1], "customers": [10, 4], "size": [10, 10], "first_returns": [0, 2]}
    for name, value in counts.items():
        given = {**COHORTS, "first_returns": [0, 2], "basis": "accumulated", name: [value[0], 0.5]}
        assert refusal(metrics.cohort_matrix, given) == (
            f"{name} (item 2) is 0.5, but it must be a whole number, 0 or more."
        )
    assert refusal(metrics.cohort_matrix, {**COHORTS, "amount": [1, "x"]}) == (
        'amount (item 2) is the text "x", but it must be a number.'
    )
    assert refusal(metrics.cohort_matrix, {**COHORTS, "mature": [1, 2]}).startswith(
        "mature (item 2) is 2, but"
    )
    assert refusal(metrics.cohort_matrix, {**COHORTS, "basis": "accumulated"}) == (
        "first_returns is missing: the accumulated basis needs, for each cohort and age, "
        "the customers whose second purchase fell in that age."
    )
    assert refusal(metrics.cohort_matrix, {**COHORTS, "size": [10, 10, 10]}).startswith("The columns differ")


def test_a_blank_amount_of_a_cohort_adds_nothing() -> None:
    found = metrics.cohort_matrix(**COHORTS, amount=[50, None])
    assert found.average_cumulative_amount.tolist() == [5.0, 5.0]
    assert np.isnan(metrics.cohort_matrix(**COHORTS).average_cumulative_amount).all()


# --- parts of a whole -----------------------------------------------------------------------------------


def test_amounts_below_one_are_amounts() -> None:
    # two customers pay half a unit or less: one more, one less; one comes, one leaves, and one pays as before
    found = movement([0.5, 0.5, 0.0, 0.25, 1.0], [0.75, 0.25, 0.5, 0.0, 1.0], [1, 1, 0, 1, 1])
    assert (found.start, found.new, found.expansion) == (2.25, 0.5, 0.25)
    assert (found.contraction, found.churned, found.end) == (0.25, 0.25, 2.5)
    assert (found.start_customers, found.end_customers, found.churned_customers) == (4, 4, 1)
    shares = metrics.concentration([0.5, 0.25, 0.25, 0.0, -1.0], [0.2])
    assert shares.positive_total == 1.0
    assert shares.shares[0].value == 0.5


def test_what_moved_is_named_when_it_is_refused() -> None:
    good = {"known": [1, 1], "was_active": [1, 1], "is_active": [1, 1]}
    for name in good:
        assert refusal(metrics.movement_of, {**good, name: [1, 2]}) == (
            f"{name} (item 2) is 2, but it must be yes or no (True, False, 1 or 0)."
        )
        assert refusal(metrics.movement_of, {**good, name: [1]}).startswith(
            "The columns differ in length: known has "
        )
    assert refusal(movement, {"before": two, "after": two, "paid_before": [1, 2]}).startswith(
        "paid_before (item 2) is 2, but"
    )
    assert refusal(metrics.top_share, {"values": [1, "x"], "share": 0.5}) == (
        'values (item 2) is the text "x", but it must be a number.'
    )


def test_counts_are_described_alike() -> None:
    counts = {
        ("when no order was read", "A count of the customer summary."): {
            *("CUSTOMERS", "NEW_CUSTOMERS", "ORDERS", "COHORT_SIZE"),
        },
        (
            "when there is no active window",
            "Active at the end = active at the start + new + reactivated - lost, exactly.",
        ): {"NEW_ACTIVE", "RETAINED", "REACTIVATED", "LOST"},
    }
    for (undefined, reference), names in counts.items():
        found = [metric for metric in metrics.catalogue() if metric.reference == reference]
        assert {metric.name for metric in found} == names
        for metric in found:
            assert (metric.category, metric.unit, metric.number_format) == ("Customers", "count", "#,##0")
            assert metric.undefined == undefined
            assert metric.title
            assert metric.formula
    assert all(metrics.find(name).function is metrics.movement_of for name in ("RETAINED", "LOST"))


# --- scores and their map -------------------------------------------------------------------------------


def test_scores_within_scores_are_those_of_each_group_alone() -> None:
    rng = np.random.default_rng(4)
    waited, orders, amounts = rng.integers(0, 400, 600), rng.integers(1, 30, 600), rng.random(600)
    for bins in (3, 5):
        r, f, m = metrics.rfm_scores(waited, orders, amounts, bins, nested=True)
        assert r.tolist() == metrics.scores(waited, bins, higher_is_better=False).tolist()
        for one in range(1, bins + 1):
            of_r = r == one
            assert f[of_r].tolist() == metrics.scores(orders[of_r], bins).tolist()
            for two_ in range(1, bins + 1):
                both = of_r & (f == two_)
                assert m[both].tolist() == metrics.scores(amounts[both], bins).tolist()
        assert {scores.dtype for scores in (r, f, m)} == {np.dtype(np.int64)}


def test_the_outer_two_fifths_of_the_scores_are_whole_scores() -> None:
    fives = [(f, m) for f in (1, 2, 3, 4, 5) for m in (1, 2, 3, 4, 5) if metrics.often_but_small(f, m)]
    assert fives == [(4, 1), (4, 2), (5, 1), (5, 2)]
    threes = [(f, m) for f in (1, 2, 3) for m in (1, 2, 3) if metrics.often_but_small(f, m, 3)]
    assert threes == [(3, 1)]
    threes = [(f, m) for f in (1, 2, 3) for m in (1, 2, 3) if metrics.seldom_but_large(f, m, 3)]
    assert threes == [(1, 3)]


@pytest.mark.parametrize("metric", [metrics.often_but_small, metrics.seldom_but_large])
def test_scores_are_named_when_they_are_refused(metric: Callable[..., Any]) -> None:
    score = "but it must be a whole number from 1 to 5."
    assert refusal(metric, {"f": [1, 6], "m": 1}) == f"f (item 2) is 6, {score}"
    assert refusal(metric, {"f": 1, "m": [1, 0]}) == f"m (item 2) is 0, {score}"
    assert refusal(metric, {"f": 1, "m": 1, "bins": 1}).startswith(
        "bins is 1, but it must be a whole number "
    )
    assert refusal(metrics.scores, {"values": two, "bins": 1}).startswith("bins is 1, but it must be ")
    assert (
        refusal(metrics.fm_score, {"f": 1, "m": 11}) == "m is 11, but it must be a whole number from 1 to 10."
    )


def test_scores_are_described_alike() -> None:
    for letter, title, what in (
        ("R", "Recency score", "more days since the last order"),
        ("F", "Frequency score", "fewer orders"),
        ("M", "Money score", "a smaller amount"),
    ):
        record = metrics.find(f"{letter}_SCORE")
        assert (record.title, record.category, record.unit, record.number_format) == (
            title,
            "RFM",
            "score",
            "0",
        )
        assert record.formula == (
            f"1 + floor(number of scores x (share of customers with {what} + half the share with the same))"
        )
        assert record.undefined == "when the customer has no order"
        assert "Hughes" in record.reference
        assert record.function is metrics.rfm_scores


def test_a_cell_of_the_map_is_named_when_it_is_refused() -> None:
    squares = metrics.SegmentMap
    assert refusal(squares.from_rows, {"rows": [["", "b"], ["c", "d"]]}) == (
        "The segment map has no segment for R=1, FM=1. Give each cell one segment."
    )
    assert refusal(squares.from_cells, {"cells": [(1, 1, "a"), (1, 2, "b"), (2, 1, "c")]}) == (
        "The segment map has no segment for R=2, FM=2. Give each cell one segment."
    )
    score = "but it must be a whole number from 1 to 10."
    assert refusal(squares.from_cells, {"cells": [(11, 1, "a")]}) == f"R is 11, {score}"
    assert refusal(squares.from_cells, {"cells": [(1, 11, "a")]}) == f"FM is 11, {score}"
    assert refusal(squares.from_cells, {"cells": [(2, 3, 7)]}) == (
        "The segment map has 7 for R=2, FM=3. Give the segment's name as text."
    )
    chart = squares.default()
    assert refusal(chart.segment, {"r": 1, "fm": 6}) == "fm is 6, but it must be a whole number from 1 to 5."
    assert refusal(chart.segment, {"r": 6, "fm": 1}) == "r is 6, but it must be a whole number from 1 to 5."
    assert type(metrics.rfm_segment(5, 5, 4)) is str
    assert metrics.rfm_segment([5], [5], [4]).tolist() == ["Champions"]


def test_an_annuity_of_next_to_no_rate_is_the_number_of_payments() -> None:
    for rate in (0.0, 1e-300, -1e-300, 1e-150, 1e-17):
        assert metrics.clv(10, 1, 3, discount_rate=rate) == pytest.approx(30, rel=1e-12)
    assert metrics.clv(10, 1, 3, discount_rate=0.1) == pytest.approx(
        10 / 1.1 + 10 / 1.21 + 10 / 1.331, rel=1e-12
    )


def test_historic_value_names_what_it_refuses() -> None:
    assert refusal(metrics.clv_historic, {"amounts": [1, "x"]}) == (
        'amounts (item 2) is the text "x", but it must be a number.'
    )
    for name, words in (
        ("gross_margin", "more than 0 and at most 1. Write 2% as 0.02."),
        ("acquisition_cost", "0 or more."),
        ("service_cost", "0 or more."),
    ):
        assert refusal(metrics.clv_historic, {"amounts": two, name: [0.5, 0.5]}) == (
            f"{name} holds 2 values, but it must be a single number."
        )
        assert refusal(metrics.clv_historic, {"amounts": two, name: "x"}) == (
            f'{name} is the text "x", but it must be a number.'
        )
        wrong = 2 if name == "gross_margin" else -1
        assert refusal(metrics.clv_historic, {"amounts": two, name: wrong}) == (
            f"{name} is {wrong}, but it must be {words}"
        )


def test_an_error_about_values_knows_all_of_them() -> None:
    with pytest.raises(ElementsError) as caught:
        metrics.cac([-1, 2, -3], 1)
    assert caught.value.faults.wrong.tolist() == [True, False, True]
    assert caught.value.faults.reason(2, "C4") == "C4 is -3, but it must be 0 or more."


def test_a_cohort_with_a_hole_is_refused() -> None:
    holed = {
        "cohort": ["2024-01"] * 2,
        "age": [0, 2],
        "customers": [10, 4],
        "size": [10, 10],
        "mature": [1, 1],
    }
    assert refusal(metrics.cohort_matrix, holed).startswith(
        "Cohort 2024-01 has no row for age 1. Give a row for each"
    )


@pytest.mark.parametrize(
    "allowed",
    [
        ANY,
        NOT_NEGATIVE,
        POSITIVE,
        SHARE,
        TOP,
        RATE,
        WHOLE,
        Allowed("6 to 8", low=6, high=8, low_open=True, integer=True),
    ],
)
def test_one_value_is_judged_as_many_are(allowed: Allowed) -> None:
    values = [-math.inf, -2.0, -1.0, -0.5, -0.0, 0.5, 1.0, 1.5, 2.0, 6.0, 6.5, 7.0, 9.0, math.inf, math.nan]
    assert [not allowed.allows(value) for value in values] == allowed.refuses(np.array(values)).tolist()
