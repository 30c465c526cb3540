"""A shop's own past is told as it was known then: refunds, methods and refusals of the backtest."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clv_xl.customers.purchases import occasions_until
from clv_xl.models.backtest import backtest
from clv_xl.models.gammagamma import spending
from clv_xl.models.histories import Occasions, purchase_occasions
from tests.oracle import Line
from tests.shops import write_orders

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
