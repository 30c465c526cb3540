"""Times of very many customers are rounded to whole weeks: how little that changes, and that Method says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clv_xl.jobs import make_report
from clv_xl.models import Histories, ParetoNbd, purchase_occasions
from clv_xl.models import rounded_weeks as rounded
from clv_xl.models.histories import histories
from clv_xl.orders import ReadOptions
from clv_xl.parameters import Parameters
from clv_xl.report.pages import method
from clv_xl.sample import write_sample
from tests.reading import Workbook
from tests.shops import cdnow_lines

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def cdnow(cdnow_master: Path) -> Histories:
    lines = cdnow_lines(cdnow_master)
    shop = purchase_occasions([line.customer for line in lines], [line.day for line in lines])
    return histories(shop, date(1998, 6, 30))


def _days(weeks: np.ndarray) -> np.ndarray:
    return np.rint(weeks * 7).astype(np.int64)


def _year(fit: ParetoNbd, ours: Histories) -> float:
    alive = fit.p_alive(ours)
    return float((alive * fit.orders_of_customers(ours.frequency, ours.recency, ours.age, 52.18)).sum())


@pytest.mark.long
def test_rounding_hardly_moves_a_fit_and_cutting_off_does(cdnow: Histories) -> None:
    exact = ParetoNbd.fit(cdnow)
    days = {name: _days(getattr(cdnow, name)) for name in ("recency", "age")}
    near = replace(cdnow, **{name: rounded.whole_weeks(values) for name, values in days.items()})
    cut = replace(
        cdnow,
        **{name: np.where((values > 0) & (values < 7), 2 / 7, values // 7) for name, values in days.items()},
    )
    assert near.kinds[0].size < 0.5 * cdnow.kinds[0].size
    errors = np.array(exact.standard_errors)
    moved = [
        (np.array(ParetoNbd.fit(other).model.values()) - exact.model.values()) / errors
        for other in (near, cut)
    ]
    assert np.abs(moved[0]).max() < 0.25
    assert np.abs(moved[1]).max() > 2
    year = _year(exact.model, cdnow)
    assert _year(ParetoNbd.fit(near).model, near) == pytest.approx(year, rel=0.002)
    assert _year(ParetoNbd.fit(cut).model, cut) != pytest.approx(year, rel=0.01)


def test_whoever_came_again_still_has_and_nobody_ordered_after_the_last_day() -> None:
    days = np.arange(0, 400)
    weeks = rounded.whole_weeks(days)
    assert (np.diff(weeks) >= 0).all()
    assert (weeks[1:] > 0).all()
    # days 4 to 10 are one week, and so on: over whole weeks nothing is gained or lost
    assert (weeks * 7 - days)[4 : 4 + 7 * 56].sum() == 0
    assert np.abs(weeks * 7 - days).max() == 3


@pytest.mark.long
def test_method_says_it_and_the_value_hardly_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    orders = write_sample(tmp_path / "shop", customers=300, years=3, seed=2).orders_file

    def made(name: str) -> tuple[float, str]:
        found = make_report([orders], tmp_path / name, ReadOptions(), Parameters())
        words = " ".join(str(cell.value) for cell in Workbook(found.path).sheets["Method"].values())
        return found.figures["customer_equity"].now, words

    exact, before = made("exact.xlsx")
    for module in (rounded, method):
        monkeypatch.setattr(module, "ROUNDED_ABOVE", 100)
    value, words = made("rounded.xlsx")
    assert "in whole weeks" not in before
    assert "Of more than 100 customers, the model reads recency and age in whole weeks" in words
    assert value != exact
    assert value == pytest.approx(exact, rel=0.02)
