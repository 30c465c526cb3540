"""Predictions in cells: published figures, the way from CLV_MODEL to P_ALIVE, and what is said when nothing can be."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from clv_xl.excel import functions as cells
from clv_xl.excel.answers import CellError
from clv_xl.excel.registry import explain
from clv_xl.models import BgNbd, Histories, choose, histories, predict, purchase_occasions
from clv_xl.models.own_past import past_of_shop
from tests import model_oracle as oracle

if TYPE_CHECKING:
    from pathlib import Path

CALIBRATION = date(1997, 9, 30)
BG = [[0.243], [4.414], [0.793], [2.426]]
HIGH_END = [[100], [86.9], [74.3], [65.3], [59.3], [55.1], [51.7], [49.1]]
REGULAR = [[100], [63.1], [46.8], [38.2], [32.6], [28.9], [26.2], [24.1]]

Column = list[list[Any]]


@pytest.fixture(scope="module")
def orders(cdnow_master: Path) -> tuple[Column, Column, Column]:
    """CDNOW's 1/10 sample as columns of a sheet."""
    lines = oracle.cdnow_lines(cdnow_master.with_name("CDNOW_sample.txt"))
    who, when, spent = (np.asarray(column).tolist() for column in lines)
    return (
        [["Customer"], *([f"{number:05}"] for number in who)],
        [["Date"], *([day] for day in when)],
        [["Amount"], *([amount] for amount in spent)],
    )


@pytest.fixture(scope="module")
def model(orders: tuple[Column, Column, Column]) -> list[list[Any]]:
    return list(cells.CLV_MODEL(*orders, CALIBRATION, "BG/NBD"))


def records(table: Any) -> list[dict[str, Any]]:
    assert isinstance(table, list), table
    head, *rows = table
    return [dict(zip(head, row, strict=True)) for row in rows]


# --- published figures ----------------------------------------------------------------------------------


def test_the_model_has_the_published_parameters(model: list[list[Any]]) -> None:
    # Fader, Hardie and Lee (2005)
    found = {row[0]: row[1] for row in model[1:]}
    assert [round(found[name], 3) for name in ("r", "alpha", "a", "b")] == [0.243, 4.414, 0.793, 2.426]
    assert round(found["log-likelihood"], 3) == -9582.429
    assert (found["customers"], found["repeat customers"]) == (2357, 946)
    assert (found["model"], found["time unit"]) == ("BG/NBD", "weeks")


def test_the_models_standard_errors_are_those_published(orders: tuple[Column, Column, Column]) -> None:
    # CLVTools, Pareto/NBD
    table = cells.CLV_MODEL(orders[0], orders[1], None, CALIBRATION)
    assert [row[0] for row in table[1:5]] == ["r", "alpha", "s", "beta"]
    assert [round(row[1], 3) for row in table[1:5]] == [0.553, 10.578, 0.606, 11.669]
    assert [row[2] for row in table[1:5]] == pytest.approx([0.0476, 0.8427, 0.1873, 6.2105], abs=7e-4)


def test_p_alive_and_expected_orders_of_the_papers() -> None:
    # by the formulas of the paper, written out: customer 1 of CDNOW, and a customer who came once
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    x, t_x, age = 2, 30.43, 38.86
    by_hand = 1 / (1 + a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x))
    assert pytest.approx(by_hand, rel=1e-12) == cells.P_ALIVE(x, t_x, age, BG, "BG/NBD")
    assert cells.P_ALIVE(0, 0, age, BG, "BG/NBD") == 1.0
    # Fader and Hardie's note: 1.226 over 39 weeks
    assert round(cells.EXPECTED_ORDERS(39, x, t_x, age, BG, "BG/NBD"), 3) == 1.226
    # lifetimes and CLVTools: 24.65 at their rounded mean
    assert cells.EXPECTED_SPEND(2, 22.35, [[6.25], [3.74], [15.44]]) == pytest.approx(24.66, abs=0.01)


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta"),
    [(HIGH_END, 0.668, 3.806), (REGULAR, 0.704, 1.182)],
    ids=["High End", "Regular"],
)
def test_retention_is_projected_as_published(survivors: Column, alpha: float, beta: float) -> None:
    # Fader and Hardie (2007): S(t) and r(t) by their forward recursions, from the published parameters
    table = records(cells.RETENTION_PROJECT([["Survivors"], *survivors], 12))
    assert [row["period"] for row in table] == list(range(13))
    survival = 1.0
    assert (table[0]["survival"], table[0]["retention"]) == (1.0, "")
    for period in range(1, 13):
        kept = (beta + period - 1) / (alpha + beta + period - 1)
        survival *= kept
        assert table[period]["retention"] == pytest.approx(kept, abs=2e-3)
        assert table[period]["survival"] == pytest.approx(survival, abs=2e-3)


# --- the way of an analyst ------------------------------------------------------------------------------


def test_the_cells_of_the_model_are_parameters(model: list[list[Any]]) -> None:
    x, t_x, age = [[2], [0]], [[30.43], [0]], [[38.86], [38.86]]
    whole = cells.P_ALIVE(x, t_x, age, model)
    exact = BgNbd(*(row[1] for row in model[1:5]), time_unit="weeks").p_alive(
        Histories([2, 0], [30.43, 0], [38.86, 38.86], "weeks")
    )
    assert [row[0] for row in whole] == pytest.approx(exact.tolist(), rel=1e-14)
    four_rows, values = model[1:5], [[row[1]] for row in model[1:5]]
    for part in (four_rows, values, [["value"], *values], [[row[0] for row in values]]):
        assert cells.P_ALIVE(x, t_x, age, part, "BG/NBD") == whole
    # a and b alone are of four models
    assert "those of BG/NBD, MBG/NBD or MBG/CNBD" in explain("P_ALIVE", 2, 30.43, 38.86, four_rows).reason
    assert explain("P_ALIVE", 2, 30.43, 38.86, model, "MBG/NBD").error == "#VALUE!"


def test_values_alone_are_those_of_the_default_model() -> None:
    values = [[0.553], [10.578], [0.606], [11.669]]
    named = [[name, *value] for name, value in zip(("r", "alpha", "s", "beta"), values, strict=True)]
    plain = cells.P_ALIVE(2, 30.43, 38.86, values)
    assert round(plain, 3) == 0.869
    assert cells.P_ALIVE(2, 30.43, 38.86, named) == plain
    assert cells.P_ALIVE(2, 30.43, 38.86, values, "pareto/nbd") == plain


def test_spend_is_read_from_the_cells_of_the_model(orders: tuple[Column, Column, Column]) -> None:
    table = cells.CLV_MODEL(*orders, CALIBRATION)
    p, q, v = (row[1] for row in table[5:8])
    assert [row[0] for row in table[5:8]] == ["p", "q", "v"]
    found = cells.EXPECTED_SPEND([[3], [0]], [[20.0], [0]], table)
    assert [row[0] for row in found] == pytest.approx([p * (v + 60) / (3 * p + q - 1), p * v / (q - 1)])


def test_the_prediction_is_that_of_python(orders: tuple[Column, Column, Column]) -> None:
    table = records(cells.CLV_PREDICT(*orders, 12, 0.4, 0.1, CALIBRATION))
    columns = [[row[0] for row in column[1:]] for column in orders]
    occasions = purchase_occasions(columns[0], np.array(columns[1], "M8[D]"), columns[2])
    outlook = predict(occasions, CALIBRATION, months=12, gross_margin=0.4)
    names = list(dict.fromkeys(columns[0]))
    place = np.argsort(names)
    assert [row["customer"] for row in table] == sorted(names)
    for title, values in {
        "P(alive)": outlook.p_alive,
        "expected orders": outlook.orders,
        "expected order value": outlook.order_value,
        "predicted CLV": outlook.value,
        "low": outlook.low,
        "high": outlook.high,
    }.items():
        assert [row[title] for row in table] == pytest.approx(values[place].tolist(), rel=1e-9, abs=1e-12)
    for row, day in zip(table, outlook.next_order[place].tolist(), strict=True):
        expected = "" if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001 - as Excel
        assert row["next order expected"] == expected
        assert (row["next order expected"] == "") == (row["P(alive)"] < 0.5)


def test_the_order_of_rows_does_not_matter(orders: tuple[Column, Column, Column]) -> None:
    turned = np.random.default_rng(4).permutation(len(orders[0]) - 1) + 1
    other = [[column[0], *(column[place] for place in turned)] for column in orders]
    given = (2, 0.4, 0.1, CALIBRATION)
    assert cells.CLV_PREDICT(*other, *given) == cells.CLV_PREDICT(*orders, *given)


def test_the_backtest_shows_what_the_plain_formula_does(orders: tuple[Column, Column, Column]) -> None:
    table = {row["model"]: row for row in records(cells.CLV_BACKTEST(*orders, 9))}
    assert list(table)[:3] == ["Pareto/NBD", "MBG/NBD", "BG/NBD"]
    # facts of the field on weeks 40 to 78 of the same orders: Pareto/NBD misses 1,882 orders by -11.5 %
    assert table["Pareto/NBD"]["bias of orders"] == pytest.approx(1665.5 / 1882 - 1, abs=0.01)
    assert table["order value x own rate"]["bias of orders"] > 1
    assert table["Pareto/NBD"]["RMSE of amount"] < table["order value x own rate"]["RMSE of amount"]
    assert 0.4 < table["Pareto/NBD"]["top 10% of amount"] < 0.6


# --- when there is no figure ----------------------------------------------------------------------------

FEW = (["Ann", "Bo", "Ann"], ["2024-01-01", "2024-02-01", "2024-03-01"], [10, 20, 30])
ONE = (2, 30.43, 38.86)


@pytest.mark.parametrize(
    ("call", "code", "reason"),
    [
        (("CLV_PREDICT", *FEW, 1), "#N/A", "Only 1 customer came again; 100 are needed"),
        (("CLV_PREDICT", *FEW, 1.5), "#NUM!", "months is 1.5, but it must be a whole number from 1 to 600."),
        (("CLV_PREDICT", *FEW, 1, 40), "#NUM!", "Write 40% as 0.4."),
        (("CLV_PREDICT", *FEW, 1, 0.4, -0.1), "#NUM!", "rate is -0.1"),
        (("CLV_PREDICT", *FEW, 1, 0.4, 0.1, None, "BTYD"), "#VALUE!", 'model is the text "BTYD"'),
        (("CLV_MODEL", FEW[0], FEW[1]), "#N/A", "Only 1 customer came again"),
        (("CLV_MODEL", FEW[0], FEW[1], None, "2023-01-01"), "#N/A", "There is no order"),
        (("CLV_BACKTEST", *FEW, 1), "#N/A", "Before the month that is held back, only 0 customers came again"),
        (("CLV_BACKTEST", *FEW, 12), "#N/A", "too short to hold back 12 months"),
        (("CLV_BACKTEST", *FEW, 0), "#NUM!", "holdout_months is 0"),
        (("P_ALIVE", -1, 0, 9, BG, "BG/NBD"), "#NUM!", "frequency is -1"),
        (("P_ALIVE", 2.5, 1, 9, BG, "BG/NBD"), "#NUM!", "frequency is 2.5, but it must be a whole number"),
        (("P_ALIVE", 2, 10, 9, BG, "BG/NBD"), "#NUM!", "recency is 10, but it must be at most the age."),
        (("P_ALIVE", 0, 1, 9, BG, "BG/NBD"), "#NUM!", "recency is 1, but it must be 0 for a customer who came once."),
        (("P_ALIVE", 2, 0, 9, BG, "BG/NBD"), "#NUM!", "more than 0 for a customer who came again"),
        (("P_ALIVE", *ONE, BG[:3], "BG/NBD"), "#VALUE!", "parameters holds 3 cells, but BG/NBD has 4"),
        (("P_ALIVE", *ONE, [["r", 1], ["alpha", 2], ["s", 1]]), "#VALUE!", "parameters holds no beta"),
        (("P_ALIVE", *ONE, [[0.2], [4], [0], [2]], "BG/NBD"), "#NUM!", "parameters (a) is 0"),
        (("P_ALIVE", *ONE, [[0.2], ["x"], [1], [2]], "BG/NBD"), "#VALUE!", "parameters (alpha) is the text"),
        (("P_ALIVE", *ONE, [[0.2], [4], [True], [2]], "BG/NBD"), "#VALUE!", "parameters (a) is the text"),
        (("P_ALIVE", *ONE, [["#N/A"], [4], [1], [2]], "BG/NBD"), "#N/A", "parameters (row 1, column 1) is the error"),
        (("P_ALIVE", *ONE, [[1, 2], [3, 4]], "BG/NBD"), "#VALUE!", "Give a single row or column of values"),
        (("P_ALIVE", *ONE, None, "BG/NBD"), "#N/A", "parameters is blank, but it must hold r, alpha, a and b of"),
        (("P_ALIVE", *ONE, [["model", "Gamma"], ["r", 1]]), "#VALUE!", 'names the model "Gamma"'),
        (("EXPECTED_ORDERS", -1, *ONE, BG, "BG/NBD"), "#NUM!", "periods is -1"),
        (("EXPECTED_SPEND", 2, -5, [[6], [3], [15]]), "#NUM!", "monetary is -5"),
        (("EXPECTED_SPEND", 0, 0, [[6], [0.5], [15]]), "#N/A", "the mean has no bound"),
        (("RETENTION_PROJECT", [100, 90], 5), "#N/A", "survivors has 2 figures, but the model needs 3"),
        (("RETENTION_PROJECT", [100, 90, 95], 5), "#NUM!", "at most the figure before"),
        (("RETENTION_PROJECT", [100, None, 80], 5), "#N/A", "survivors (row 2) is blank"),
        (("RETENTION_PROJECT", [100, 100, 100], 5), "#N/A", "Nobody has left yet"),
        (("RETENTION_PROJECT", [0, 0, 0], 5), "#NUM!", "survivors holds no customer"),
        (("RETENTION_PROJECT", [100, 90, 80], 0), "#NUM!", "periods is 0"),
        (("RETENTION_PROJECT", [100, "x", 80], 5), "#VALUE!", "survivors (row 2)"),
    ],
)  # fmt: skip
def test_each_bad_input_has_its_error_and_reason(call: tuple[Any, ...], code: str, reason: str) -> None:
    found = explain(*call)
    assert found.error == code
    assert isinstance(found.value, CellError)
    assert reason in found.reason
    assert "internal error" not in found.reason


def test_the_extremes_of_what_is_allowed_give_figures_or_errors() -> None:
    for model in ("Pareto/NBD", "BG/NBD", "MBG/NBD", "MBG/CNBD-2", "MBG/CNBD-3"):
        for parameters in ([1e-9] * 4, [1e9] * 4, [1e-9, 1e9, 1e9, 1e-9], [1e9, 1e-9, 1e-9, 1e9]):
            for x, t_x, age in ((0, 0, 0), (1e6, 1e6, 1e6), (1, 1e-300, 1e6), (1e6, 1e-6, 1e6)):
                given = [[number] for number in parameters]
                for found in (
                    explain("P_ALIVE", x, t_x, age, given, model),
                    explain("EXPECTED_ORDERS", 1e6, x, t_x, age, given, model),
                ):
                    assert "internal error" not in found.reason
                    assert found.error in {"", "#N/A", "#NUM!"}
                    if not found.error:
                        assert found.value >= 0


def test_rows_that_cannot_be_read_are_left_out_as_everywhere(orders: tuple[Column, Column, Column]) -> None:
    odd = (
        [["nobody here"], [None], ["00004"]],
        [["2024-01-01"], ["1997-05-05"], [None]],
        [[None], [5.0], [9.0]],
    )
    more = [[*column, *rows] for column, rows in zip(orders, odd, strict=True)]
    assert cells.CLV_MODEL(*more, CALIBRATION, "BG/NBD") == cells.CLV_MODEL(*orders, CALIBRATION, "BG/NBD")


# --- the same evidence as the report ---------------------------------------------------------------------


@pytest.mark.long
def test_a_cell_and_the_report_choose_the_same_model(shared_data: Path) -> None:
    """By likelihood alone these regular buyers would get a model that predicted them worse."""
    with gzip.open(shared_data / "purchases_2005_2015" / "purchases.txt.gz", "rt") as lines:
        rows = [line.split() for line in lines if line.strip()]
    who, spent, when = ([[row[place]] for row in rows] for place in range(3))
    amounts = [[float(value)] for (value,) in spent]
    days = np.array([value for (value,) in when], "M8[D]")
    shop = purchase_occasions([name for (name,) in who], days, [value for (value,) in amounts])
    as_of = days.max().item()
    choice = choose(histories(shop, as_of), past_of_shop(shop, days.min().item(), as_of).tests)
    assert choice.code == "regularity_denied"
    found = {row[0]: row[1] for row in cells.CLV_MODEL(who, when, amounts)[1:]}
    assert (found["model"], found["reason"]) == (choice.name, choice.reason)
