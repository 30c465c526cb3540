"""A part of the report may be computed by a second process: the report is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clv_xl import report_file
from clv_xl.jobs import make_report
from clv_xl.models import remembered
from clv_xl.orders import ReadOptions
from clv_xl.orders.room import Room
from clv_xl.parameters import Parameters
from clv_xl.report import past_ahead
from clv_xl.sample.files import write_sample
from clv_xl.second_process import SecondProcess
from clv_xl.workbook import pdf
from clv_xl.workbook.brand import Brand
from clv_xl.workbook.rows_ahead import RowsAhead

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clv_xl.second_process import Begun
    from clv_xl.workbook.sheet import Sheet


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
    monkeypatch.setattr(report_file, "_ENOUGH_CUSTOMERS", 1)
    return found


@pytest.fixture(scope="module")
def sample_orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop large enough that its past is tried, and its list of customers compressed in blocks."""
    folder = tmp_path_factory.mktemp("shop")
    write_sample(folder, customers=1000, years=3, seed=1)
    return folder / "orders.csv"


def _report(
    orders: Path, output: Path, room: Room, parameters: Parameters | None = None, brand: Brand | None = None
) -> bytes:
    remembered._FITS.clear()
    make_report(
        [orders], output, ReadOptions(room=room), parameters or Parameters(), brand=brand, replace=True
    )
    return output.read_bytes()


ALL = ["answered_with_fits", "_predicted", "squeezed_rows"]


@pytest.mark.parametrize("parameters", [Parameters(), Parameters(language="sv", second_stage="off")])
def test_the_report_is_the_same_wherever_it_is_computed(
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    sample_orders: Path,
    tmp_path: Path,
    parameters: Parameters,
) -> None:
    there = _report(sample_orders, tmp_path / "report.xlsx", Room(), parameters)
    assert asked == ALL
    monkeypatch.setattr(past_ahead, "cores", lambda: 1)
    here = _report(sample_orders, tmp_path / "report.xlsx", Room(), parameters)
    assert asked == ALL
    assert there == here


def test_more_customers_than_can_be_sent_are_predicted_here(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, sample_orders: Path, tmp_path: Path
) -> None:
    there = _report(sample_orders, tmp_path / "report.xlsx", Room())
    monkeypatch.setattr(past_ahead, "_MOST_SENT", 999)
    assert _report(sample_orders, tmp_path / "report.xlsx", Room()) == there
    assert asked == [*ALL, ALL[0], ALL[2]]


def test_the_company_s_colours_are_those_of_rows_made_ahead(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, sample_orders: Path, tmp_path: Path
) -> None:
    fitted: list[bool] = []
    fits = RowsAhead.fits

    def told(self: RowsAhead, sheet: Sheet, numbers: tuple[int, ...]) -> bool:
        fitted.append(fits(self, sheet, numbers))
        return fitted[-1]

    monkeypatch.setattr(RowsAhead, "fits", told)
    brand = Brand("Nordlys", "7A0019")
    there = _report(sample_orders, tmp_path / "report.xlsx", Room(), brand=brand)
    assert asked == ALL
    assert fitted == [True]
    monkeypatch.setattr(past_ahead, "cores", lambda: 1)
    assert _report(sample_orders, tmp_path / "report.xlsx", Room(), brand=brand) == there


def test_a_pdf_asks_for_no_rows_ahead(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, sample_orders: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(pdf, "write_pdf", lambda *_: None)
    make_report([sample_orders], tmp_path / "report.pdf", ReadOptions(), Parameters())
    assert asked == ALL[:2]


def test_no_second_process_takes_memory_where_it_is_limited(
    asked: list[str], sample_orders: Path, tmp_path: Path
) -> None:
    _report(sample_orders, tmp_path / "report.xlsx", Room.of("1GB", tmp_path))
    assert asked == []
