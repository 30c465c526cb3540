"""What predictions ask of a shop: the same whether every occasion is here, or only what was asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest
from hypothesis import assume, given, settings

from clv_xl.customers.calendar import Period
from clv_xl.customers.engine import Elsewhere, materialise, query
from clv_xl.customers.purchases import AskedPurchases, occasions_until
from clv_xl.customers.summary import gap_counts, prepare, prepared, summarise
from clv_xl.customers.trend import standings
from clv_xl.errors import ArgumentError
from clv_xl.metrics.flow import Movement
from clv_xl.models import own_past
from clv_xl.orders import load_orders
from clv_xl.parameters import Parameters
from clv_xl.report.material import gather
from tests.oracle import Line, counted_lines
from tests.shops import EDGE_SHOPS, line, write_orders
from tests.test_customers import load, small_shops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from clv_xl.customers.engine import Connection


def _asked(place: Connection, as_of: date) -> AskedPurchases:
    return AskedPurchases(place, as_of, summarise(place, as_of), gap_counts(place, as_of))


def _alike(lines: Sequence[Line]) -> None:
    as_of = max(one.day for one in lines)
    last = int(np.datetime64(as_of, "D").astype(np.int64))
    with duckdb.connect(":memory:") as connection:
        load(connection, lines)
        every = occasions_until(connection, as_of)
        for place in (connection, prepared(connection)):
            asked = _asked(place, as_of)
            assert (asked.customers, asked.first_day, asked.has_amounts) == (
                every.customers,
                every.first_day,
                every.has_amounts,
            )
            for one, other in zip(asked.known(last), every.known(last), strict=True):
                assert np.asarray(one).tolist() == np.asarray(other).tolist()
            for back in (0, 1, 40, 400):
                assert asked.came_again(last - back) == every.came_again(last - back)
                recent = asked.between(last - 2 * back - 1, last - back)
                for one, other in zip(recent, every.between(last - 2 * back - 1, last - back), strict=True):
                    assert one.tolist() == pytest.approx(other.tolist(), abs=1e-9)
                day = as_of - timedelta(days=back)
                assert asked.occasions_after(day) == int((every.day > last - back).sum())
            for step in (1, 2, 3):
                one, other = asked.every(step), every.every(step)
                assert (one.customer.tolist(), one.day.tolist()) == (
                    other.customer.tolist(),
                    other.day.tolist(),
                )
                assert one.amount.tolist() == pytest.approx(other.amount.tolist(), abs=1e-9)


@pytest.mark.one_in(6)
@pytest.mark.parametrize("lines", EDGE_SHOPS.values(), ids=EDGE_SHOPS)
def test_edge_shops_answer_alike(lines: list[Line]) -> None:
    _alike(counted_lines(lines))


@given(small_shops())
@settings(max_examples=10, deadline=None)
def test_small_shops_answer_alike(lines: list[Line]) -> None:
    counted = counted_lines(lines)
    assume(counted)
    _alike(counted)


def test_only_the_last_day_is_known_of_every_customer() -> None:
    with duckdb.connect(":memory:") as connection:
        load(connection, [line("a", "2024-01-01", "1")])
        with pytest.raises(ArgumentError, match="than 2024-01-01 only a sample"):
            _asked(connection, date(2024, 1, 1)).known(0)


# --- how customers stood, by hand ---------------------------------------------------------------------


def test_customers_stand_as_counted_by_hand() -> None:
    """The window of 60 days; Ann stays, Bo leaves in April and is back in May, Cy came in May."""
    lines = [
        line("Ann", "2024-01-10", "1"),
        line("Ann", "2024-03-20", "1"),
        line("Ann", "2024-05-02", "1"),
        line("Bo", "2024-02-20", "1"),
        line("Bo", "2024-05-30", "1"),
        line("Cy", "2024-05-31", "1"),
    ]
    april = 2024 * 12 + 3
    with duckdb.connect(":memory:") as connection:
        load(connection, lines)
        for place in (connection, prepared(connection)):
            in_april, in_may = standings(
                place, date(2024, 5, 31), Period("month"), [april, april + 1], 90, 60
            )
            # the windows differ: lives by 90 days, coming and leaving by 60
            assert in_april.movement == Movement(start=2, new=0, reactivated=0, lost=1, end=1)
            assert in_may.movement == Movement(start=1, new=1, reactivated=1, lost=0, end=3)
            # 10 January to 30 April; 20 February to 30 April
            assert in_april.lives.size == 2
            assert sorted(np.repeat(in_april.lives.days, in_april.lives.customers).tolist()) == [70, 111]
            assert not in_april.lives.ended.any()
            [short] = standings(place, date(2024, 5, 31), Period("month"), [april], 60, 60)
            # 20 February and 60 days more: it is over
            told = zip(short.lives.days.tolist(), short.lives.ended.tolist(), strict=True)
            assert sorted(told) == [(60, True), (111, False)]


# --- what comes here ----------------------------------------------------------------------------------


class _Counting(Elsewhere):
    """DuckDB as an engine elsewhere, that notes how many rows each answer has."""

    name = "DuckDB"

    def __init__(self, here: duckdb.DuckDBPyConnection) -> None:
        self.here = here
        self.rows: dict[str, int] = {}

    def query(self, name: str, values: Mapping[str, object]) -> pd.DataFrame:
        found = query(self.here, name, **values)
        self.rows[name] = max(len(found), self.rows.get(name, 0))
        return found

    def materialise(self, name: str, values: Mapping[str, object] | None = None) -> None:
        materialise(self.here, name, values)

    def register(self, name: str, frame: pd.DataFrame) -> None:
        self.here.register(name, frame)


def test_no_row_of_an_order_comes_from_an_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of 300 customers with 30 days each a row a customer comes, and the days of those that models are tested on."""
    monkeypatch.setattr(own_past, "MOST_TESTED", 10)
    start = date(2022, 1, 1)
    lines = [
        Line(f"c{who:03}", start + timedelta(days=(7 * who + 29 * number + number * number) % 1000), 5 + who)
        for who in range(300)
        for number in range(30)
    ]
    orders = write_orders(tmp_path / "orders.csv", lines)
    with duckdb.connect(":memory:") as here:
        intake = load_orders(here, [orders])
        place = _Counting(here)
        found = gather(place, intake, Parameters())
        assert found.prediction.past.every == 30
        assert 10 * 25 < place.rows.pop("purchases") <= 10 * 30
        assert {"summary", "standings", "gap_counts"} <= place.rows.keys()
        small = {name: rows for name, rows in place.rows.items() if name in {"standings", "gap_counts"}}
        others = {name: rows for name, rows in place.rows.items() if name not in small}
        assert max(others.values()) <= 300
        # of these the days of lives, and of gaps, in each month
        assert max(small.values()) < 48 * 300
        prepare(here)
        assert len(occasions_until(here, intake.as_of).day) > 8000
