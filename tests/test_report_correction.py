"""The correction by behaviour and attributes: used where it pays, one set of figures everywhere, and said why not."""

from __future__ import annotations

import csv
import json
import math
import sys
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest

from clv_xl.cli import main
from clv_xl.customers.acquired import acquired
from clv_xl.customers.summary import prepare
from clv_xl.models import predict, purchase_occasions
from clv_xl.models.backtest import DEFAULT
from clv_xl.models.corrected import CORRECTED, corrected, try_correction
from clv_xl.models.own_past import try_on_own_past
from clv_xl.orders import OrderRules, load_orders
from clv_xl.parameters import Parameters
from clv_xl.report.build import build_report
from clv_xl.report.model import Live, LongTable, Paragraph, Table
from clv_xl.report.pages.input_quality import input_notices
from tests.shops import cdnow_lines, gather_from, material_of, purchases_lines
from tests.test_models_second_stage import LAST, shop

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from clv_xl.models.own_past import OwnPast
    from clv_xl.models.purchases import Occasions
    from clv_xl.report.material import Material
    from clv_xl.report.model import Report

MONTHS = 12


@pytest.fixture(scope="module")
def clubs() -> tuple[Occasions, np.ndarray]:
    """A shop that grows, with orders far apart: the channel tells who will come back before the orders can."""
    return shop(1500, 6, {"club": 3.0, "fair": 0.125}, stay=6.0, growth=3.0)


@pytest.fixture(scope="module")
def past(clubs: tuple[Occasions, np.ndarray]) -> OwnPast:
    return try_on_own_past(clubs[0], LAST, MONTHS)


def rows_of(occasions: Occasions, channel: Iterable[str] = ()) -> list[dict[str, str]]:
    """Write occasions as orders; the channel stands on a customer's first order only."""
    firsts = set(occasions.starts().tolist())
    names = list(channel)
    return [
        {
            "order_id": str(number),
            "customer_id": f"C{customer:05d}",
            "order_date": str(np.datetime64(day, "D")),
            "amount": f"{amount:.2f}",
            "channel": names[customer] if names and number in firsts else "",
        }
        for number, (customer, day, amount) in enumerate(
            zip(occasions.customer.tolist(), occasions.day.tolist(), occasions.amount.tolist(), strict=True)
        )
    ]


def file_of(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def material_from(path: Path, **parameters: Any) -> Material:
    return gather_from([path], Parameters(discount_rate=0.1, **parameters))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, clubs: tuple[Occasions, np.ndarray]) -> Path:
    made = tmp_path_factory.mktemp("clubs")
    occasions, group = clubs
    file_of(made / "orders.csv", rows_of(occasions, group.tolist()))
    file_of(made / "plain.csv", rows_of(occasions))
    people = [
        {"customer_id": f"C{number:05d}", "Club": name, "City": "Oslo"}
        for number, name in enumerate(group.tolist())
    ]
    file_of(made / "customers.csv", people)
    return made


@pytest.fixture(scope="module")
def used(folder: Path) -> Material:
    return material_from(folder / "orders.csv")


@pytest.fixture(scope="module")
def off(folder: Path) -> Material:
    return material_from(folder / "orders.csv", second_stage="off")


def block(report: Report, page: str, name: str) -> Any:
    found = next(item for item in report.pages if item.title == page)
    return next(item for item in found.blocks if getattr(item, "name", "") == name)


def words(report: Report, page: str) -> str:
    found = next(item for item in report.pages if item.title == page)
    lines = [
        line for item in found.blocks if isinstance(item, Paragraph) for line in (item.title, *item.lines)
    ]
    return " ".join(lines)


def values(table: Table | LongTable, key: str) -> list[Any]:
    place = [item.key for item in table.columns].index(key)
    cells = table.values[place] if isinstance(table, LongTable) else [row[place] for row in table.rows]
    return [cell.value if isinstance(cell, Live) else cell for cell in cells]


# --- used where it pays -----------------------------------------------------------------------------------


@pytest.mark.long
def test_a_channel_that_tells_who_comes_back_is_used_and_all_pages_agree(
    used: Material, off: Material
) -> None:
    trial = used.prediction.trial
    assert trial is not None
    assert (trial.used, trial.code, trial.names) == (True, "used", ("first channel",))
    assert used.prediction.used == CORRECTED
    report = build_report(used)
    equity = used.figures["customer_equity"].now
    everyone = next(item for item in report.pages if item.title == "Customer list").blocks[0]
    assert isinstance(everyone, LongTable)
    listed = values(everyone, "predicted_clv")
    for added in (
        math.fsum(listed),
        math.fsum(values(block(report, "Segments", "segments"), "predicted_clv")),
        math.fsum(values(block(report, "Forecast", "months_ahead"), "discounted")),
    ):
        assert round(added, 2) == round(equity, 2)
    # the sums are the model's, and the customers' shares of them are not
    assert equity == off.figures["customer_equity"].now
    assert used.prediction.outlook.ahead == off.prediction.outlook.ahead
    assert used.prediction.outlook.total_value == off.prediction.outlook.total_value
    frame, without = (item.customers.set_index("customer_id").sort_index() for item in (used, off))
    ratio = frame["predicted_clv"] / without["predicted_clv"]
    new = frame["orders"] == 1
    assert ratio[new & (frame["channel"] == "club")].median() > 1.05
    assert ratio[new & (frame["channel"] == "fair")].median() < 1.0
    assert (frame["predicted_low"] <= frame["predicted_clv"]).all()
    assert (frame["predicted_clv"] <= frame["predicted_high"]).mean() == pytest.approx(
        (without["predicted_clv"] <= without["predicted_high"]).mean()
    )
    assert (frame["expected_orders"] == without["expected_orders"]).all()
    assert (frame["p_alive"] == without["p_alive"]).all()


def test_the_comparison_has_its_row_and_says_why(used: Material) -> None:
    report = build_report(used)
    table = block(report, "Forecast", "backtest")
    marked = dict(zip(values(table, "method"), values(table, "used"), strict=True))
    assert marked[CORRECTED] == "used"
    assert [name for name, mark in marked.items() if mark] == [CORRECTED]
    gini = dict(zip(values(table, "method"), values(table, "amounts_gini"), strict=True))
    assert gini[CORRECTED] > gini[DEFAULT]
    said = words(report, "Forecast")
    assert "Pareto/NBD corrected by behaviour and first channel was better than Pareto/NBD alone by " in said
    assert "It moves value between customers within the coming 12 months" in said
    method = str(next(item for item in report.pages if item.title == "Method").blocks)
    assert "CLV_PREDICT in cells is not corrected" in method
    listed = next(item for item in report.pages if item.title == "Customer list").blocks[0]
    notes = {column.key: column.note for column in listed.columns}
    assert (
        "so it is not expected orders x order value; the correction ends with the tested 12 months."
        in (notes["predicted_clv"])
    )
    assert (
        "Not corrected by behaviour and attributes, as predicted CLV is within the first 12 months"
        in (notes["expected_orders"])
    )
    assert "0 to 0: more than 9 of 10 such customers bring nothing" in notes["predicted_low"]
    assert "more than 9 of 10 such customers bring nothing; the value is the mean" in method


def test_notes_of_an_uncorrected_prediction_name_no_correction(off: Material) -> None:
    listed = next(item for item in build_report(off).pages if item.title == "Customer list").blocks[0]
    notes = {column.key: column.note for column in listed.columns}
    assert "corrected" not in notes["predicted_clv"] + notes["expected_orders"]


@pytest.mark.long
def test_customer_data_that_are_asked_for_and_not_given_are_missed(folder: Path) -> None:
    material = material_from(folder / "plain.csv", second_stage="customer data")
    assert [text for text in input_notices(material) if "no customer data were given" in text]
    assert "no customer data were given" in words(build_report(material), "Method")


def test_its_row_stands_on_the_same_periods_and_the_same_default(clubs: tuple[Occasions, np.ndarray]) -> None:
    """A change of what is predicted from, or of what came, must not touch the one and not the other."""
    occasions, group = clubs
    past = try_on_own_past(occasions, LAST, 18)
    trial = try_correction(occasions, {"channel": group}, past, DEFAULT)
    assert trial is not None
    judged = {test.known_until: test for test in trial.tests}
    assert judged
    for test in trial.past.tests:
        row, default = test.score(CORRECTED), test.score(DEFAULT)
        assert row.orders == default.orders
        if test.known_until in judged:
            assert row.amount == judged[test.known_until].second
            assert default.amount is not None
            assert judged[test.known_until].default.rmse == pytest.approx(default.amount.rmse, rel=1e-9)
            assert judged[test.known_until].default.actual == pytest.approx(default.amount.actual, rel=1e-9)
        else:
            assert row.amount == default.amount


def test_a_sampled_shop_is_judged_on_the_customers_that_the_methods_were(
    clubs: tuple[Occasions, np.ndarray],
) -> None:
    occasions, group = clubs
    past = try_on_own_past(occasions, LAST, MONTHS)
    half = occasions.customer % 2 == 0
    part = purchase_occasions(
        occasions.customer[half], occasions.day[half].astype("M8[D]"), occasions.amount[half]
    )
    sampled = replace(try_on_own_past(part, LAST, MONTHS), every=2)
    trial = try_correction(occasions, {"channel": group}, sampled, DEFAULT)
    assert trial is not None
    for test, judged in zip(sampled.tests[-len(trial.tests) :], trial.tests, strict=True):
        assert judged.customers == test.customers
    # every customer is corrected, with the numbers that the texts have in the whole shop
    outlook = predict(occasions, LAST, months=12, tests=past.tests, totals=False)
    found = corrected(outlook, replace(trial, used=True), occasions)
    assert found.value.sum() == pytest.approx(outlook.value.sum(), rel=1e-12)
    ratio = found.value / outlook.value
    new = np.bincount(occasions.customer) == 1
    assert np.median(ratio[new & (group == "club")]) > np.median(ratio[new & (group == "fair")])


def test_later_months_are_those_of_the_model(clubs: tuple[Occasions, np.ndarray], past: OwnPast) -> None:
    """Nothing was tested beyond the months of a period, so a longer horizon moves less of its value."""
    occasions, group = clubs
    trial = try_correction(occasions, {"channel": group}, past, DEFAULT)
    assert trial is not None
    trial = replace(trial, used=True)
    spread = []
    for months in (MONTHS, 60):
        outlook = predict(occasions, LAST, months=months, tests=past.tests, totals=False)
        moved = np.abs(corrected(outlook, trial, occasions).value - outlook.value).sum()
        spread.append(moved / outlook.value.sum())
    assert 0 < spread[1] < 0.5 * spread[0]


@pytest.mark.long
def test_without_amounts_the_orders_are_corrected(clubs: tuple[Occasions, np.ndarray], past: OwnPast) -> None:
    occasions, group = clubs
    trial = try_correction(occasions, {"channel": group}, past, DEFAULT)
    assert trial is not None
    counted = purchase_occasions(
        occasions.customer, occasions.day.astype("M8[D]"), np.zeros(occasions.customer.size)
    )
    outlook = predict(counted, LAST, months=MONTHS, tests=past.tests, totals=False)
    found = corrected(outlook, replace(trial, used=True), counted)
    assert found.orders.sum() == pytest.approx(outlook.orders.sum(), rel=1e-12)
    ratio = found.orders / outlook.orders
    new = np.bincount(occasions.customer) == 1
    assert np.median(ratio[new & (group == "club")]) > np.median(ratio[new & (group == "fair")])


# --- not used, and why ------------------------------------------------------------------------------------


def test_cdnow_keeps_the_default(cdnow_master: Path) -> None:
    lines = cdnow_lines(cdnow_master)
    tenth = set(sorted({line.customer for line in lines})[::10])
    rows = [line for line in lines if line.customer in tenth]
    occasions = purchase_occasions(
        [line.customer for line in rows],
        np.array([line.day for line in rows], "M8[D]"),
        [float(line.amount) for line in rows],
    )
    trial = try_correction(occasions, {}, try_on_own_past(occasions, date(1998, 6, 30), 3), DEFAULT)
    assert trial is not None
    assert (trial.used, trial.code) == (False, "no_gain")
    assert "is not used. Over the last 3 periods: ranking (Gini, higher is better) 0." in trial.reason
    assert CORRECTED in trial.past.methods


def test_a_switched_off_correction_is_not_tried(off: Material) -> None:
    assert off.prediction.trial is None
    assert CORRECTED not in off.prediction.past.methods
    assert "switched off: the parameter second_stage" in words(build_report(off), "Forecast")


def test_another_model_is_not_corrected(clubs: tuple[Occasions, np.ndarray], past: OwnPast) -> None:
    occasions, group = clubs
    trial = try_correction(occasions, {"channel": group}, past, "MBG/CNBD-2")
    assert trial is not None
    assert (trial.used, trial.code) == (False, "other_model")
    assert trial.reason.endswith("because MBG/CNBD-2 predicts here and not Pareto/NBD.")
    outlook = predict(occasions, LAST, months=12, totals=False)
    assert corrected(outlook, trial, occasions) is outlook


@pytest.mark.parametrize("same", ["web", ""])
def test_what_all_customers_share_changes_nothing(
    clubs: tuple[Occasions, np.ndarray], past: OwnPast, same: str
) -> None:
    occasions, _ = clubs
    without, constant = (
        try_correction(occasions, texts, past, DEFAULT)
        for texts in (
            {},
            {"channel": [same] * occasions.customers, "id": list(map(str, range(occasions.customers)))},
        )
    )
    assert without is not None
    assert constant is not None
    assert (constant.names, constant.reason) == ((), without.reason)
    assert constant.tests == without.tests


def test_a_blank_is_a_group_of_its_own(clubs: tuple[Occasions, np.ndarray], past: OwnPast) -> None:
    occasions, group = clubs
    named, blank, unknown = (
        try_correction(occasions, {"channel": np.where(group == "fair", name, group)}, past, DEFAULT)
        for name in ("aaa", "", "unknown")
    )
    assert named is not None
    assert blank is not None
    assert unknown is not None
    assert blank.used
    for one, other, third in zip(named.tests, blank.tests, unknown.tests, strict=True):
        assert other.second.rmse == pytest.approx(one.second.rmse, rel=1e-9)
        assert third.second.rmse == pytest.approx(one.second.rmse, rel=1e-9)


@pytest.mark.long
def test_the_order_of_the_rows_changes_nothing(
    tmp_path: Path, clubs: tuple[Occasions, np.ndarray], used: Material
) -> None:
    occasions, group = clubs
    rows = rows_of(occasions, group.tolist())
    order = np.random.default_rng(5).permutation(len(rows))
    shuffled = material_from(file_of(tmp_path / "orders.csv", [rows[place] for place in order]))
    assert shuffled.customers["predicted_clv"].tolist() == used.customers["predicted_clv"].tolist()
    assert shuffled.prediction.trial is not None
    assert used.prediction.trial is not None
    assert shuffled.prediction.trial.reason == used.prediction.trial.reason


def first_day(path: Path) -> dict[str, tuple[Any, ...]]:
    with duckdb.connect(":memory:") as connection:
        intake = load_orders(connection, [path], parameters=OrderRules())
        prepare(connection)
        frame = acquired(connection, intake.as_of)
    return {
        row[0]: tuple(None if isinstance(cell, float) else cell for cell in row[1:]) for row in frame.values
    }


def test_only_the_first_day_tells_where_a_customer_came_from(tmp_path: Path) -> None:
    """A channel of a later order was not known when the customer came, though it is the first one known."""
    rows = [
        ("1", "ann", "2024-01-01", "10.00", "", "Mug", "NO"),
        ("2", "ann", "2024-01-01", "20.00", "", "Cup", "NO"),
        ("3", "ann", "2024-02-01", "10.00", "web", "Ale", "SE"),
        ("4", "bob", "2024-03-01", "10.00", "fair", "", ""),
        ("5", "bob", "2024-04-01", "10.00", "web", "Mug", "DK"),
    ]
    titles = ("order_id", "customer_id", "order_date", "amount", "channel", "product", "country")
    expected = {"ann": (None, "NO", "Cup"), "bob": ("fair", None, None)}
    for number, chosen in enumerate((rows, rows[::-1])):
        table = [dict(zip(titles, row, strict=True)) for row in chosen]
        assert first_day(file_of(tmp_path / f"{number}.csv", table)) == expected


# --- customer data ----------------------------------------------------------------------------------------


@pytest.mark.long
def test_customer_data_are_read_only_where_they_were_known_at_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They hold no dates: a loyalty level may be what later orders made of it."""

    def run(*more: str) -> str:
        given = [str(folder / "plain.csv"), "--customers", str(folder / "customers.csv"), *more]
        monkeypatch.setattr(sys, "argv", ["clv-xl", "backtest", *given])
        main()
        return capsys.readouterr().out

    plain = json.loads(run("--json"))["backtest"]
    assert plain["used"] == DEFAULT
    assert CORRECTED in [item["name"] for item in plain["methods"]]
    assert (plain["second_stage"]["code"], plain["second_stage"]["attributes"]) == ("no_gain", [])
    said = " ".join(plain["second_stage"]["told"])
    assert "Not read for it: Club, City of customers.csv. They have no dates" in said
    known = run("--set", "second_stage=customer data")
    assert "Pareto/NBD corrected by behaviour and Club was better than" in known
    assert f"{CORRECTED} *" in known
    assert "The correction takes it that Club of customers.csv were known when a customer came." in known


@pytest.mark.long
def test_a_long_panel_is_corrected_and_ranks_better(shared_data: Path, tmp_path: Path) -> None:
    lines = purchases_lines(shared_data / "purchases_2005_2015" / "purchases.txt.gz")
    material = material_of(tmp_path, lines)
    trial = material.prediction.trial
    assert trial is not None
    assert trial.used
    past = material.prediction.past
    assert past.amounts(CORRECTED).gini == pytest.approx(0.841, abs=0.002)
    assert past.amounts(DEFAULT).gini == pytest.approx(0.830, abs=0.002)
    assert past.amounts(CORRECTED).rmse == pytest.approx(91.3, abs=0.3)
    assert past.amounts(CORRECTED).bias == pytest.approx(past.amounts(DEFAULT).bias, abs=1e-9)
    assert math.fsum(material.customers["predicted_clv"]) == pytest.approx(
        material.figures["customer_equity"].now, abs=0.005
    )
