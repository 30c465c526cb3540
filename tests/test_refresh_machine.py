"""Whatever is done to a template between two refreshes, in any order: the next report is right, or the old one stays.

Two machines, one model of what a person does to the input sheets: ``clv-xl refresh`` on a filled workbook, and the
button in a simulated Excel, where a reader also writes into the report, renames and deletes its pages, and refreshes
break off.
"""

from __future__ import annotations

import copy
import random
import re
import shutil
import tempfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from clv_xl.errors import ClvXlError
from clv_xl.excel.template import make_template
from clv_xl.jobs import refresh_workbook, report_from_inputs
from clv_xl.orders.filled import inputs_from_sheets
from clv_xl.parameters import PARAMETERS
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.openpyxl_writer import write_book
from tests import live
from tests.excel_hosts.live_excel import LiveExcel, Sheet
from tests.excel_hosts.refresh_host import RefreshHost
from tests.filled import DEFAULT_MAP, live_values, template
from tests.test_faults import FAULTS, Broken
from tests.test_workbook_cells import nasty_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

CELL_TEXTS = [  # what a cell can hold at all
    text
    for text in nasty_texts(400, seed=41)
    if not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_x", text) and text.strip() == text != ""
]
VALUES: list[Any] = [
    None, 0.0, -25.5, 12.5, 1e9, 20_240_105.0, "12,50", "1.234,5", "abc", "2024-02-30", "2024-05-06", "31/12/2024", "#N/A",
    "=1+1", "+46 70", "007", "paid", "Summa", True, datetime(2023, 5, 6),  # noqa: DTZ001 - as a cell holds a day
    datetime(1900, 1, 1), "kr 5",  # noqa: DTZ001
]  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "gross_margin": 1.0, "discount_rate": 0.0, "service_cost": 0.0, "target_ratio": 3.0, "amounts_include_vat": False,
    "vat_rate": 0.25, "refunds": "subtract", "rfm_bins": 5.0, "rfm_nested": False, "ambassador_share": 0.2,
    "cohort_period": "auto", "migration_months": 12.0, "horizon": 36.0, "second_stage": "automatic", "language": "en",
}  # fmt: skip
"""As in the template: what is not named is blank."""
SETTINGS: dict[str, tuple[Any, ...]] = {
    "gross_margin": (0.4, 1.0, 0.0, 40.0, None, "45 %", "#N/A"),
    "acquisition_cost": (None, 80.0, -1.0, "n/a"),
    "lifespan_years": (None, 3.0, 0.0),
    "discount_rate": (0.1, 0.0, 2.0),
    "currency": ("SEK", "EUR", None, '"&cmd', "=1+1"),
    "as_of": (None, datetime(2024, 6, 30), datetime(1990, 1, 1), "2024-03-31", "yesterday"),  # noqa: DTZ001
    "language": ("sv", "nb", "da", "en", "Svenska", None, "xx"),
    "refunds": ("ignore", "subtract", "Ignorera", "dra av", None),
    "rfm_bins": (2.0, 3.0, 5.0, 2.5, "fem", None),
    "rfm_nested": (True, False, "ja", "sant", "perhaps"),
    "amounts_include_vat": (True, False, "ja", None),
    "cohort_period": ("auto", "month", "quarter", "year", "kvartal", 7.0),
    "migration_months": (3.0, 24.0, 0.0),
}  # fmt: skip
HEADER = ["customer_id", "order_date", "amount", "order_id", "channel"]
SEEDS = st.integers(0, 2**32 - 1)


class Inputs:
    """What stands on the input sheets, and what people do to it."""

    def __init__(self) -> None:
        self.orders: list[list[Any]] = []
        self.parameters = dict(DEFAULTS)
        self.map = [list(row) for row in DEFAULT_MAP]
        self.spend: list[list[Any]] = []
        self.add(random.Random(5), 12)

    def add(self, dice: random.Random, count: int) -> None:
        for _ in range(count):
            day = datetime(dice.choice((2022, 2023, 2024)), dice.randint(1, 12), dice.randint(1, 28))  # noqa: DTZ001
            amount = float(dice.choice((dice.randint(1, 400), -20, 99.5)))
            order = f"o{dice.randrange(10**6)}"
            self.orders.append([f"c{dice.randrange(9)}", day, amount, order, dice.choice(("web", "shop"))])

    def spoil(self, dice: random.Random, count: int) -> None:
        """Type something else into cells of the orders."""
        for _ in range(min(count, len(self.orders))):
            row = dice.choice(self.orders)
            row[dice.randrange(len(HEADER))] = dice.choice((dice.choice(VALUES), dice.choice(CELL_TEXTS)))

    def delete(self, dice: random.Random, count: int) -> None:
        for _ in range(min(count, len(self.orders))):
            self.orders.pop(dice.randrange(len(self.orders)))

    def set(self, dice: random.Random) -> None:
        name = dice.choice(list(SETTINGS))
        self.parameters[name] = dice.choice(SETTINGS[name])

    def name_segments(self, dice: random.Random) -> None:
        row = dice.choice(self.map)
        row[dice.randrange(len(row))] = dice.choice(("Best", "Champions", None, 5.0, dice.choice(CELL_TEXTS)))

    def spend_on(self, dice: random.Random) -> None:
        month = dice.choice((datetime(2023, dice.randint(1, 12), 1), "2024-02", "no month"))  # noqa: DTZ001
        self.spend.append([month, dice.choice(("web", "Ads")), dice.choice((40.0, 0.0, -3.0, "much"))])
        del self.spend[: dice.choice((0, 0, len(self.spend)))]

    def put_right(self) -> None:
        """Take out whatever can keep a report from being made."""
        self.parameters = dict(DEFAULTS)
        self.map = [list(row) for row in DEFAULT_MAP]
        self.spend = []
        self.orders = []
        self.add(random.Random(6), 15)


class Edits(RuleBasedStateMachine):
    """What is done to the input sheets."""

    inputs: Inputs

    @rule(seed=SEEDS, count=st.integers(1, 8))
    def orders_are_added(self, seed: int, count: int) -> None:
        self.inputs.add(random.Random(seed), count)

    @rule(seed=SEEDS, count=st.integers(1, 4))
    def orders_are_typed_over(self, seed: int, count: int) -> None:
        self.inputs.spoil(random.Random(seed), count)

    @rule(seed=SEEDS, count=st.integers(1, 30))
    def orders_are_deleted(self, seed: int, count: int) -> None:
        self.inputs.delete(random.Random(seed), count)

    @rule(seed=SEEDS)
    def a_parameter_is_set(self, seed: int) -> None:
        self.inputs.set(random.Random(seed))

    @rule(seed=SEEDS)
    def a_segment_is_named(self, seed: int) -> None:
        self.inputs.name_segments(random.Random(seed))

    @rule(seed=SEEDS)
    def spend_is_typed(self, seed: int) -> None:
        self.inputs.spend_on(random.Random(seed))

    @rule()
    def everything_is_put_right(self) -> None:
        self.inputs.put_right()


# --- clv-xl refresh -----------------------------------------------------------------------------------------


class Headless(Edits):
    """``clv-xl refresh`` on a workbook that is edited in between."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.inputs = Inputs()
        self.source, self.report = self.folder / "filled.xlsx", self.folder / "filled report.xlsx"
        self.refreshed()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.inputs.put_right()
            assert self.refreshed()
            shutil.rmtree(self.folder)

    @rule()
    def refreshed(self) -> bool:
        """A new report, the same as the button's; or the old one, and a sentence."""
        held = self._saved()
        wanted = self._by_the_button()
        try:
            refresh_workbook(self.source)
        except ClvXlError as error:
            assert str(error) == wanted
            assert live.is_plain_words(str(error))
            assert self._held() == held
            return False
        assert self._held() == wanted, "the button makes another report of the same cells"
        assert sorted(path.name for path in self.folder.iterdir()) == [self.report.name, self.source.name]
        return True

    @precondition(lambda self: self._held() is not None)
    @rule(at=st.integers(1, 40), fault=st.sampled_from(sorted(FAULTS)))
    def the_save_breaks_off(self, at: int, fault: str) -> None:
        make, expected = FAULTS[fault]
        held = self._saved()
        broken = Broken(at, make)
        with broken.system():
            try:
                refresh_workbook(self.source)
            except ClvXlError as error:
                assert live.is_plain_words(str(error))
            except expected:
                pass
            else:
                return
        # the last step of a save is that of the folder: then the new report stands there whole
        assert broken.calls[-1] == "fsync" or self._held() == held

    @precondition(lambda self: self._held() is not None)
    @rule()
    def the_reader_saves_the_report(self) -> None:
        """A report that somebody has worked in is never written over; put away, it is in nobody's way."""
        content = self.report.read_bytes()
        self.report.write_bytes(content + b"mine")
        self._saved()
        with pytest.raises(ClvXlError):
            refresh_workbook(self.source)
        assert self.report.read_bytes() == content + b"mine"
        self.report.unlink()

    def _held(self) -> bytes | None:
        return self.report.read_bytes() if self.report.exists() else None

    def _saved(self) -> bytes | None:
        template(
            self.source, self.inputs.orders, self.inputs.parameters, spend=self.inputs.spend, segment_map=self.inputs.map,
            order_header=HEADER,
        )  # fmt: skip
        return self._held()

    def _by_the_button(self) -> bytes | str:
        """The report of the same cells as Excel gives them; or why there is none."""
        sheets, names = live_values(self.source)
        try:
            report, _ = report_from_inputs(inputs_from_sheets(sheets, names, self.source.name))
            write_book(lay_out(report), self.folder / "expected.xlsx")
            return (self.folder / "expected.xlsx").read_bytes()
        except ClvXlError as error:
            return str(error)
        finally:
            (self.folder / "expected.xlsx").unlink(missing_ok=True)


def _run(machine: type[RuleBasedStateMachine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_filled_workbook_that_is_edited_and_refreshed() -> None:
    _run(Headless, examples=1, steps=1)


@pytest.mark.long
def test_a_filled_workbook_that_is_edited_and_refreshed_in_any_order() -> None:
    _run(Headless, examples=10, steps=10)
