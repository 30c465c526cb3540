"""The tests on the past may be computed by a second process: the report is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clv_xl.jobs import make_report
from clv_xl.models import remembered
from clv_xl.orders import ReadOptions
from clv_xl.orders.room import Room
from clv_xl.parameters import Parameters
from clv_xl.report import past_ahead
from clv_xl.sample.files import write_sample
from clv_xl.second_process import SecondProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.second_process import Begun


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a second process is asked for, which here is started for the smallest shop, even on one core."""
    found: list[str] = []
    begin = SecondProcess.begin

    def told(self: SecondProcess, function: Callable[..., object], *rest: object) -> Begun[object]:
        found.append(function.__name__)
        return begin(self, function, *rest)

    monkeypatch.setattr(SecondProcess, "begin", told)
    monkeypatch.setattr(past_ahead, "ENOUGH_ROWS", 1)
    monkeypatch.setattr(past_ahead, "cores", lambda: 2)
    return found


@pytest.fixture(scope="module")
def sample_orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop large enough that its past is tried."""
    folder = tmp_path_factory.mktemp("shop")
    write_sample(folder, customers=400, years=4, seed=1)
    return folder / "orders.csv"


def _report(orders: Path, output: Path, room: Room) -> bytes:
    remembered._FITS.clear()
    make_report([orders], output, ReadOptions(room=room), Parameters(), replace=True)
    return output.read_bytes()


def test_the_report_is_the_same_wherever_the_past_is_tried(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, sample_orders: Path, tmp_path: Path
) -> None:
    there = _report(sample_orders, tmp_path / "report.xlsx", Room())
    assert asked == ["answered_with_fits"]
    monkeypatch.setattr(past_ahead, "cores", lambda: 1)
    here = _report(sample_orders, tmp_path / "report.xlsx", Room())
    assert asked == ["answered_with_fits"]
    assert there == here


def test_no_second_process_takes_memory_where_it_is_limited(
    asked: list[str], sample_orders: Path, tmp_path: Path
) -> None:
    _report(sample_orders, tmp_path / "report.xlsx", Room.of("1GB", tmp_path))
    assert asked == []
