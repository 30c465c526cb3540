"""A shop's own past is told as it was known then: refunds, methods and refusals of the backtest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clv_xl.customers.purchases import occasions_until
from clv_xl.excel.answers import CellError
from clv_xl.excel.registry import explain
from clv_xl.models.backtest import backtest
from clv_xl.models.cautions import NO_LEAVING
from clv_xl.models.choice import choose
from clv_xl.models.fit import NOT_CONVERGED
from clv_xl.models.gammagamma import spending
from clv_xl.models.histories import histories
from clv_xl.models.mbgcnbd import MbgCnbd
from clv_xl.models.nbd import Nbd
from clv_xl.models.outlook import predict
from clv_xl.models.own_past import past_of_shop
from clv_xl.models.paretonbd import ParetoNbd
from clv_xl.models.purchases import Occasions, purchase_occasions
from clv_xl.parameter_specs import PARAMETERS
from clv_xl.report.build import build_report
from clv_xl.report.model import Live, LongTable, Paragraph, Table, Tiles
from clv_xl.workbook.openpyxl_writer import write_book
from tests.oracle import Line
from tests.shops import book_of, material_of, write_orders
from tests.simulated_shops import pareto_shop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CUT = date(2023, 12, 31)


def occasions_of(lines: Sequence[Line]) -> Occasions:
    return purchase_occasions(
        [line.customer for line in lines],
        np.array([line.day for line in lines], "M8[D]"),
        [float(line.amount) for line in lines],
    )


def occasions_from_file(folder: Path, lines: Sequence[Line], as_of: date) -> Occasions:
    """Go the way of the report and the command: from a file by way of the database."""
    import duckdb

    from clv_xl.customers.summary import prepare
    from clv_xl.orders import OrderRules, load_orders

    with duckdb.connect(":memory:") as connection:
        load_orders(connection, [write_orders(folder / "orders.csv", lines)], parameters=OrderRules())
        prepare(connection)
        return occasions_until(connection, as_of)


def with_returns(customers: int = 300, seed: int = 4) -> list[Line]:
    """A shop in which three orders of ten come back whole, 90 days later."""
    rng = np.random.default_rng(seed)
    lines = []
    for number in range(customers):
        day = date(2022, 1, 1) + timedelta(days=int(rng.integers(0, 500)))
        pace = float(rng.gamma(3, 20))
        while day < date(2025, 1, 1):
            amount = Decimal(int(rng.integers(1000, 9000))) / 100
            lines.append(Line(f"c{number:03d}", day, amount))
            if rng.random() < 0.3:
                lines.append(Line(f"c{number:03d}", day + timedelta(days=90), -amount))
            if rng.random() < 0.1:
                break
            day += timedelta(days=1 + int(rng.exponential(pace)))
    return [line for line in lines if line.day <= date(2024, 12, 31)]


# --- refunds -----------------------------------------------------------------------------------------------


def test_a_refund_counts_on_the_day_it_was_booked(tmp_path: Path) -> None:
    """What a backtest calls actual is what the books say of the period, and what it knew is what they said then."""
    lines = with_returns()
    days = 366
    known = {line.customer for line in lines if line.day <= CUT and line.amount > 0}
    booked = sum(line.amount for line in lines if line.customer in known and line.day > CUT)
    earlier = sum(
        line.amount
        for line in lines
        if line.customer in known and CUT - timedelta(days=days) < line.day <= CUT
    )
    in_hand = sum(line.amount for line in lines if line.day <= CUT)
    for shop in (occasions_of(lines), occasions_from_file(tmp_path, lines, date(2024, 12, 31))):
        found = backtest(shop, CUT, days)
        for score in found.scores:
            assert score.main.actual == pytest.approx(float(booked), abs=0.005), score.name
        repeat = found.score("same as the last period").main
        assert repeat.predicted == pytest.approx(float(earlier), abs=0.005)
        spent = spending(shop, CUT)
        assert (spent.mean * spent.occasions).sum() == pytest.approx(float(in_hand), abs=0.005)


def test_what_was_known_does_not_change_with_what_came_later() -> None:
    """The same predictions, whether or not the refunds after the cut ever came."""
    lines = with_returns()
    late = [line for line in lines if line.amount < 0 and line.day > CUT]
    whole = backtest(occasions_of(lines), CUT, 180)
    without = backtest(occasions_of([line for line in lines if line not in late]), CUT, 180)
    assert late
    for one, two in zip(whole.scores, without.scores, strict=True):
        assert one.main.predicted == two.main.predicted, one.name
        assert one.main.actual < two.main.actual
        assert one.orders.actual == two.orders.actual


def test_occasions_as_known_at_a_day_are_those_of_the_orders_up_to_it(tmp_path: Path) -> None:
    lines = with_returns(customers=60)
    shop = occasions_from_file(tmp_path, lines, date(2024, 12, 31))
    for cut in (date(2023, 3, 1), CUT, date(2024, 12, 31)):
        seen = [line for line in lines if line.day <= cut]
        fresh = occasions_of(seen)
        until = shop.until(int(np.datetime64(cut, "D").astype(int)))
        assert until.day.tolist() == fresh.day.tolist()
        np.testing.assert_allclose(until.amount, fresh.amount, atol=1e-9)


def test_a_refund_of_everything_leaves_nothing() -> None:
    """10.1 + 20.2 - 30.3 is not 0 in binary numbers, and a mean amount of 0.0000000000000036 is no amount."""
    days = np.array(["2024-01-01", "2024-01-05", "2024-02-01", "2024-01-01"], "M8[D]")
    shop = purchase_occasions(["A", "A", "A", "B"], days, [10.1, 20.2, -30.3, 5.0])
    assert shop.amount.tolist() == [10.1, -10.1, 5.0]
    assert spending(shop, date(2024, 1, 31)).mean == pytest.approx([15.15, 5.0])
    assert spending(shop, date(2024, 2, 1)).mean.tolist() == [0.0, 5.0]


# --- where nobody is seen to leave -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loyal() -> list[Line]:
    """Buyers at random who never leave."""
    rng = np.random.default_rng(8)
    lines = []
    for number in range(160):
        gap = float(rng.gamma(8, 3))
        day = float(rng.exponential(gap))
        while day < 730:
            lines.append(
                Line(f"c{number:03d}", date(2022, 1, 1) + timedelta(days=int(day)), Decimal(20 + number % 9))
            )
            day += float(rng.exponential(gap))
    return lines


def test_the_model_without_dropout_stands_the_same_test(loyal: list[Line]) -> None:
    shop = occasions_of(loyal)
    as_of = max(line.day for line in loyal)
    past = past_of_shop(shop, min(line.day for line in loyal), as_of)
    choice = choose(histories(shop, as_of), past.tests)
    assert (choice.code, choice.name) == ("no_dropout", "NBD")
    assert "NBD" in past.methods
    for test in past.tests:
        fit = Nbd.fit(histories(shop, test.known_until))
        days = (test.until - test.known_until).days
        assert test.score("NBD").orders.predicted == pytest.approx(
            fit.model.expected_orders(histories(shop, test.known_until), days / 7).sum()
        )
    leaving = [line for line in with_returns() if line.amount > 0]
    other = past_of_shop(occasions_of(leaving), date(2022, 1, 1), date(2024, 12, 31))
    assert other.tests
    assert "NBD" not in other.methods


@pytest.mark.long
def test_where_nobody_is_seen_to_leave_p_alive_is_unknown_on_every_page(
    tmp_path: Path, loyal: list[Line]
) -> None:
    material = material_of(tmp_path, loyal)
    report = build_report(material)
    pages = {item.title: item for item in report.pages}
    tiles = {
        tile.title: tile
        for block in pages["Summary"].blocks
        if isinstance(block, Tiles)
        for tile in block.tiles
    }
    still = tiles["Probably still customers"]
    assert isinstance(still.value, Live)
    assert still.value.value == "—"
    assert "unknown" in str(still.caption)
    listed = pages["Customer list"].blocks[0]
    assert isinstance(listed, LongTable)
    place = [item.key for item in listed.columns].index("p_alive")
    assert all(found != found for found in listed.values[place])  # NaN: blank
    assert "Unknown" in listed.columns[place].note
    forecast = pages["Forecast"].blocks
    tested = next(block for block in forecast if isinstance(block, Table) and block.name == "backtest")
    assert [row[0] for row in tested.rows if row[1] == "used"] == ["NBD"]
    said = " ".join(line for block in forecast if isinstance(block, Paragraph) for line in block.lines)
    assert NO_LEAVING.words in said
    assert "P(alive) is the probability" not in said
    write_book(book_of(material), tmp_path / "report.xlsx")


def test_where_nobody_is_seen_to_leave_a_cell_says_why_p_alive_is_unknown(loyal: list[Line]) -> None:
    columns = (
        [[line.customer] for line in loyal],
        [[line.day.isoformat()] for line in loyal],
        [[float(line.amount)] for line in loyal],
    )
    table = explain("CLV_PREDICT", *columns, 6).value
    assert {row[1] for row in table[1:]} == {CellError("#N/A", NO_LEAVING.words)}
    assert all(row[2] > 0 for row in table[1:])
    fitted = explain("CLV_MODEL", *columns).value
    assert ["model", "NBD", ""] in fitted
    assert any(row[0] == "caution" and NO_LEAVING.words in row[1] for row in fitted)
    alone = explain("P_ALIVE", 2, 30, 38, [["r", 1.0], ["alpha", 10.0]], "NBD")
    assert (alone.error, alone.reason) == ("#N/A", NO_LEAVING.words)
    tested = explain("CLV_BACKTEST", *columns).value
    assert "NBD" in [row[0] for row in tested]


# --- the reasons are one story -----------------------------------------------------------------------------


def test_no_reason_contradicts_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way in which a model can be chosen: what is said to be used is what is used, and nothing else is."""
    ages = np.full(1000, 50.0)
    leaving = pareto_shop(np.random.default_rng(4), (0.7, 5.0, 0.6, 8.0), ages, 1).known
    staying = pareto_shop(np.random.default_rng(5), (2.0, 10.0, 0.001, 1000.0), np.full(2000, 40.0), 1).known
    failed, gone = (NOT_CONVERGED,), (*ParetoNbd.fit(staying).cautions,)
    assert "not_converged" not in [item.code for item in gone]
    pareto, simple = ParetoNbd.fit(leaving), MbgCnbd.fit(leaving)
    for default, other, code in (
        ((), (), "default"),
        (failed, (), "default_failed"),
        (failed, failed, "default_failed"),
        (failed, gone, "default_failed"),
        (gone, failed, "no_dropout"),
        (gone, gone, "no_dropout"),
    ):
        with monkeypatch.context() as patched:
            broken = replace(pareto, cautions=default), replace(simple, cautions=other)
            patched.setattr(ParetoNbd, "fit", classmethod(lambda cls, seen, found=broken[0]: found))
            patched.setattr(MbgCnbd, "fit", classmethod(lambda cls, seen, k=1, found=broken[1]: found))
            choice = choose(leaving)
        assert choice.code == code
        assert choice.reason.startswith(
            (f"{choice.name} is used", f"{choice.name}, the model without dropout, is used")
        )
        told = " ".join([choice.reason, *(f"{item.words} {item.fall_back}" for item in choice.fit.cautions)])
        assert told.count(" is used") == 1
        assert ("nobody is seen to leave" in told) is (code == "no_dropout")
        assert ("did not come to rest" in told) is (code == "default_failed")
        assert "simpler model" not in told


def test_a_model_asked_for_says_what_to_do_where_it_sees_nobody_leave(loyal: list[Line]) -> None:
    found = predict(occasions_of(loyal), date(2023, 12, 31), months=6, model="Pareto/NBD")
    assert not found.usable
    said = " ".join(f"{item.words} {item.fall_back}" for item in found.cautions)
    assert "Nobody is seen to leave" in said
    assert "did not come to rest" not in said
    assert "NBD) is used" not in said


# --- the plain formula -------------------------------------------------------------------------------------


def test_where_nobody_ordered_twice_the_plain_formula_is_one_order(tmp_path: Path) -> None:
    """A young shop of 500 who came once: each is worth the order that was made, not the 2 that a pace would make."""
    rng = np.random.default_rng(3)
    lines = [
        Line(f"c{n:03d}", date(2024, 1, 1) + timedelta(days=int(day)), Decimal(499))
        for n, day in enumerate(rng.integers(0, 366, 500))
    ]
    figures = material_of(tmp_path, lines, gross_margin=1.0).figures
    assert figures["purchase_rate"].now * figures["lifespan"].now == pytest.approx(1)
    assert figures["clv_after_cac"].now == pytest.approx(499)
    trend = explain(
        "CLV_TREND",
        [[line.customer] for line in lines],
        [[line.day.isoformat()] for line in lines],
        [[float(line.amount)] for line in lines],
        "year",
    ).value
    assert trend[1][-1] == pytest.approx(499)


# --- the same bounds and words in cells as in parameters ------------------------------------------------------


def test_a_cell_takes_the_discount_rates_that_the_parameter_takes(loyal: list[Line]) -> None:
    spec = next(item for item in PARAMETERS if item.name == "discount_rate")
    columns = (
        [[line.customer] for line in loyal],
        [[line.day.isoformat()] for line in loyal],
        [[float(line.amount)] for line in loyal],
    )
    assert (spec.low, spec.high) == (0, 1)
    for rate, error in ((0, ""), (1, ""), (10, "#NUM!"), (1.01, "#NUM!"), (-0.01, "#NUM!")):
        assert explain("CLV_PREDICT", *columns, 6, 1, rate).error == error, rate
    assert explain("CLV_PREDICT", *columns, 6, 1, 10).reason == (
        "discount_rate is 10, but it must be between 0 and 1. Write 10% as 0.1."
    )


@pytest.mark.parametrize("q", [0.5, 0.9, 1.0])
def test_a_mean_without_a_bound_is_that_of_all_and_not_that_of_a_customer_with_orders(q: float) -> None:
    """The mean of a customer's future amounts is p (v + x m) / (p x + q - 1) wherever p x + q > 1."""
    for frequency in (0, 1, 2, 7):
        found = explain("EXPECTED_SPEND", frequency, 22.35 if frequency else 0, [[6.25], [q], [15.44]])
        if 6.25 * frequency + q > 1:
            wanted = 6.25 * (15.44 + frequency * 22.35) / (6.25 * frequency + q - 1)
            assert found.value == pytest.approx(wanted)
        else:
            assert found.error == "#N/A"
            assert "p x frequency + q is 1 or less" in found.reason


@pytest.mark.long
def test_a_shorter_horizon_is_advised_only_where_it_would_help(tmp_path: Path, loyal: list[Line]) -> None:
    """Five months of a shop, a horizon of 36: enough for 100 repeat customers a prediction of 14 months would do."""
    start = [line for line in loyal if line.day < date(2022, 6, 1)]
    few = [line for line in start if line.customer < "c060"]
    for number, (lines, advised) in enumerate(((start, True), (few, False))):
        folder = tmp_path / str(number)
        folder.mkdir()
        material = material_of(folder, lines)
        page = next(item for item in build_report(material).pages if item.title == "Forecast")
        said = " ".join(line for block in page.blocks if isinstance(block, Paragraph) for line in block.lines)
        assert not material.prediction.usable
        assert ("With a horizon of" in said) is advised
