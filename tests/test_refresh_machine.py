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
from datetime import datetime
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
from clv_xl.orders.filled import inputs_from_sheets, read_filled
from clv_xl.parameters import PARAMETERS
from clv_xl.workbook.layout import lay_out
from clv_xl.workbook.openpyxl_writer import write_book
from tests import live
from tests.excel_hosts.live_excel import LiveExcel, Sheet
from tests.excel_hosts.refresh_host import RefreshHost
from tests.filled import DEFAULT_MAP, live_values, template
from tests.test_faults import FAULTS, Broken
from tests.test_refresh import saved_in_excel
from tests.test_workbook_cells import nasty_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

CELL_TEXTS = [  # what a cell can hold at all
    text
    for text in nasty_texts(400, seed=41)
    if not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_x", text) and text.strip() == text != ""
]
VALUES: list[Any] = [
    None, 0.0, -25.5, 12.5, 1e9, 20_240_105.0, "12,50", "1.234,5", "abc", "2024-02-30", "2024-05-06", "31/12/2024",
    "#N/A", "=1+1", "+46 70", "007", "paid", "Summa", True, datetime(2023, 5, 6),  # noqa: DTZ001 - as a cell holds a day
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


def texts_stay_texts(book: Any) -> None:
    """Have texts that look like formulas be texts: openpyxl, unlike Excel, would save a formula without its value."""
    for cell in (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row):
        if cell.data_type == "f":
            cell.data_type = "s"


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

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.inputs.put_right()
            assert self._refreshed()
            shutil.rmtree(self.folder)

    @rule()
    def refreshed(self) -> None:
        self._refreshed()

    def _refreshed(self) -> bool:
        """A new report, the same as the button's; or the old one, and a sentence."""
        held = self._saved()
        wanted = self._by_the_button()
        refused = self._refused()
        if refused:
            assert (refused, self._held()) == (wanted, held)
            assert live.is_plain_words(refused)
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
                if not self._refused():
                    return
            except expected:
                pass
        # the last step of a save is that of the folder: then the new report stands there whole
        assert broken.calls[-1:] == ["fsync"] or self._held() == held

    @precondition(lambda self: self._held() is not None)
    @rule()
    def the_reader_saves_the_report(self) -> None:
        """A report that somebody has worked in is never written over; put away, it is in nobody's way."""
        saved = saved_in_excel(self.report).read_bytes()
        self._saved()
        with pytest.raises(ClvXlError):
            refresh_workbook(self.source)
        assert self._held() == saved
        self.report.unlink()

    def _refused(self) -> str:
        """Refresh, and return why there is no new report."""
        try:
            refresh_workbook(self.source)
        except ClvXlError as error:
            return str(error)
        return ""

    def _held(self) -> bytes | None:
        return self.report.read_bytes() if self.report.exists() else None

    def _saved(self) -> bytes | None:
        orders, asked, names = self.inputs.orders, self.inputs.parameters, self.inputs.map
        spend = self.inputs.spend
        template(
            self.source,
            orders,
            asked,
            spend=spend,
            segment_map=names,
            order_header=HEADER,
            change=texts_stay_texts,
        )
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


# --- the button in Excel ------------------------------------------------------------------------------------

MINE = "mine:"  # how every text begins that a reader writes into the report
PAGES = ("Summary", "Customer list", "Segments", "Cohorts", "Trends", "Figures", "Method")


def pages(host: LiveExcel) -> dict[str, Any]:
    """What the report's pages hold and look like, and all names."""
    return {
        title: part for title, part in host.snapshot().items() if title not in {*live.INPUTS, *live.HIDDEN}
    }


class Live(Edits):
    """The button *Refresh report*, between whatever a reader does to the sheets and to the report."""

    excel: RefreshHost
    empty: LiveExcel

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.inputs = Inputs()
        self.host = copy.deepcopy(self.empty)
        self.notes: dict[str, str] = {}
        self.disturbed: dict[str, str] = {}
        self.whole = True
        self._refreshed("remote")

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self._repaired()
            shutil.rmtree(self.folder)

    # what a reader adds

    @rule(number=st.integers(1, 4))
    def a_sheet_is_added(self, number: int) -> None:
        if f"My sheet {number}" not in {sheet.name for sheet in self.host.sheets}:
            self.host.sheets.append(Sheet(f"My sheet {number}"))
        self.host.put(f"My sheet {number}", "B2", [f"{MINE}{number}", "=1+1"])

    @rule(page=st.sampled_from(PAGES), below=st.booleans())
    def a_cell_is_written_beside_the_report(self, page: str, *, below: bool) -> None:
        if self._there(page):
            number = sum(self._own_cells().values())
            place = (400 + number, 3) if below else (3, 90 + number)
            self.host.sheet(page).cell(*place).value = f"{MINE}{number}"

    @rule(seed=SEEDS)
    def notes_are_written_beside_customers(self, seed: int) -> None:
        if not self._there("Customer list") or not self.whole:
            return
        sheet = self.host.sheet("Customer list")
        if not any(table.name == "customers" for table in sheet.tables):
            return
        table, dice = sheet.table("customers"), random.Random(seed)
        top, left, bottom, right = table.area
        column = next((at for at in range(left, right + 1) if sheet.cell(top, at).value == f"{MINE}call"), 0)
        if not column:
            column = right + 1
            table.area = (top, left, bottom, column)
            sheet.cell(top, column).value = f"{MINE}call"
        for row in range(top + 1, bottom + 1):
            customer = str(sheet.cells[row, left].value)
            if dice.random() < 0.5:
                self.notes[customer] = f"{MINE}{dice.randrange(10**6)}"
                sheet.cell(row, column).value = self.notes[customer]

    # what a reader breaks

    @rule(page=st.sampled_from(PAGES))
    def a_page_is_deleted(self, page: str) -> None:
        if self._there(page):
            self._delete(page)

    @rule(page=st.sampled_from(PAGES), name=st.sampled_from(("Kunder", "Old", "it's")))
    def a_page_is_renamed(self, page: str, name: str) -> None:
        if self._there(page) and not self._there(name) and page not in self.disturbed:
            self._rename(page, name)
            self.disturbed[page] = name

    @rule(page=st.sampled_from(("Customer list", "Segments", "Cohorts")), plain=st.booleans())
    def a_table_is_renamed_or_made_a_plain_range(self, page: str, *, plain: bool) -> None:
        if self._there(page) and self.host.sheet(page).tables and page not in self.disturbed:
            table = self.host.sheet(page).tables[0]
            if plain:
                self.host.sheet(page).tables.remove(table)
            else:
                table.name = f"{table.name}_old"
            self.disturbed[page] = page

    @rule(page=st.sampled_from(PAGES))
    def a_heading_is_typed_over(self, page: str) -> None:
        if self._there(page) and page not in self.disturbed:
            self.host.sheet(page).cell(1, 2).value = f"{MINE}heading"
            self.disturbed[page] = page

    @rule()
    def the_hidden_sheets_are_deleted(self) -> None:
        self.host.sheets = [sheet for sheet in self.host.sheets if sheet.name not in live.HIDDEN]
        self.disturbed.setdefault("", "")

    @rule()
    def what_was_broken_is_taken_back(self) -> None:
        self._take_back()

    def _take_back(self) -> None:
        """Do what the messages say: give names back, and delete the pages that were changed."""
        for page, name in self.disturbed.items():
            if page and self._there(name):
                self._delete(name)
        # without the hidden sheets nobody knows what is whose: the message names each page to be deleted
        self.disturbed = {"": ""} if "" in self.disturbed else {}

    def _repaired(self) -> None:
        """Do what the messages say, until there is a report of sound orders."""
        self._take_back()
        self.inputs.put_right()
        for _ in range(20):
            if self._refreshed("desktop"):
                return
            told = live.status(self.host)
            (page,) = re.findall(r"^Not refreshed\. ([^:!]+)[:!]", told)
            assert f"delete {page}: the next refresh makes it" in told, told
            self._delete(page)
        raise AssertionError(live.status(self.host))

    # refreshing

    @rule(way=st.sampled_from(("remote", "desktop")))
    def refreshed(self, way: str) -> None:
        self._refreshed(way)

    def _refreshed(self, way: str) -> bool:
        """Every figure is that of a fresh report, and what is a reader's own stays; or all is as it was."""
        self._pour()
        before, own, wanted = pages(self.host), self._own_cells(), self._wanted()
        self.host = self.excel.refresh(self.host, way)
        told = live.status(self.host)
        assert live.is_plain_words(told)
        if told.startswith("Not refreshed. "):
            assert told.endswith(" The report is as it was."), told
            assert pages(self.host) == before
            # the same cause as without Excel; or a page is not as it was left
            assert isinstance(wanted, str) or self.disturbed, told
            if isinstance(wanted, str) and not self.disturbed:
                assert wanted[:400] in told
            return False
        assert told.startswith("Report as of"), told
        assert isinstance(wanted, Path), wanted
        self.whole = True
        assert self._own_cells() == own
        self._assert_notes()
        stripped = copy.deepcopy(self.host)
        for sheet in stripped.sheets:
            sheet.cells = {
                place: cell for place, cell in sheet.cells.items() if not str(cell.value).startswith(MINE)
            }
        found = live.differences(stripped, wanted)
        assert not found, found[:20]
        return True

    @rule(way=st.sampled_from(("remote", "desktop")))
    def refreshed_twice(self, way: str) -> None:
        """The second changes nothing."""
        if self._refreshed(way):
            before = self.host.snapshot()
            self.host = self.excel.refresh(self.host, way)
            assert self.host.snapshot() == before

    @rule(way=st.sampled_from(("remote", "desktop")), at=st.integers(0, 180) | st.integers(0, 1500))
    def a_refresh_breaks_off(self, way: str, at: int) -> None:
        """Excel refuses one action: the sheet Start says so, unless nothing of the report was written."""
        self._pour()
        before, own = pages(self.host), self._own_cells()
        self.host = self.excel.refresh(self.host, way, fail_at=at)
        told = live.status(self.host)
        assert self._own_cells() == own
        if pages(self.host) == before or told.startswith("Report as of"):
            return
        assert told.startswith("Not finished") or "The report is partly new." in told, told
        assert "lick Refresh report again" in told
        self.whole = False

    def _assert_notes(self) -> None:
        """Each note stands beside its customer; those of customers who are gone are kept, and come back."""
        sheet = self.host.sheet("Customer list")
        top, left, bottom, right = sheet.table("customers").area
        there = {str(sheet.cells[row, left].value) for row in range(top + 1, bottom + 1)}
        held = {
            str(sheet.cells[row, left].value): sheet.cells[row, column].value
            for row in range(top + 1, bottom + 1)
            for column in range(left, right + 1)
            if str(sheet.cell(row, column).value).startswith(MINE)
        }
        assert held == {customer: note for customer, note in self.notes.items() if customer in there}

    def _own_cells(self) -> Counter[str]:
        """What a reader wrote outside of tables; where, may change."""
        found: Counter[str] = Counter()
        notes = {*self.notes.values(), f"{MINE}call", f"{MINE}heading"}
        for sheet in self.host.sheets:
            for cell in sheet.cells.values():
                if isinstance(cell.value, str) and cell.value.startswith(MINE) and cell.value not in notes:
                    found[f"{sheet.name}: {cell.value}"] += 1
        return found

    def _pour(self) -> None:
        """Type what the model holds onto the input sheets."""
        live.paste(self.host, [HEADER, *self.inputs.orders])
        for cell in self.host.sheet("Spend").cells.values():
            cell.value = cell.formula = None
        self.host.put("Spend", "A1", ["month", "channel", "spend"], *self.inputs.spend, as_text=True)
        (head,) = (at for at, value in self.host.sheet("Segment map").content().items() if value == "FM 1")
        row, column = live.split(head)
        self.host.put("Segment map", f"{live.letters(column)}{row + 1}", *self.inputs.map, as_text=True)
        for spec in PARAMETERS:
            self.host.named(spec.name).value = self.inputs.parameters.get(spec.name)

    def _wanted(self) -> Path | str:
        try:
            return live.expected_file(self.host, self.folder / "expected.xlsx")
        except ClvXlError as error:
            return str(error)

    def _there(self, title: str) -> bool:
        return any(sheet.name == title for sheet in self.host.sheets)

    def _delete(self, title: str) -> None:
        """As Excel does; a name that leads there goes with it, as somebody would take it out."""
        self.host.sheets = [sheet for sheet in self.host.sheets if sheet.name != title]
        place = "'" + title.replace("'", "''") + "'!"
        self.host.names = {
            name: text
            for name, text in self.host.names.items()
            if not text.startswith((f"={place}", f"={title}!"))
        }
        if title == "Customer list" or self.disturbed.get("Customer list") == title:
            self.notes = {}

    def _rename(self, title: str, name: str) -> None:
        """As Excel does: what leads there follows."""
        self.host.sheet(title).name = name
        quoted = "'" + name.replace("'", "''") + "'!"

        def followed(text: str) -> str:
            return re.sub(rf"'{re.escape(title)}'!|(?<![\w']){re.escape(title)}!", lambda _: quoted, text)

        self.host.names = {key: followed(text) for key, text in self.host.names.items()}
        for sheet in self.host.sheets:
            for cell in sheet.cells.values():
                if cell.formula and title in cell.formula:
                    cell.formula = followed(cell.formula)


@pytest.fixture(scope="module")
def button(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Live]]:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    make_template(path)
    with RefreshHost() as program:

        class OfThisRun(Live):
            excel, empty = program, LiveExcel(path)

        yield OfThisRun


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


def test_a_segment_may_be_a_text_that_begins_like_a_formula(tmp_path: Path) -> None:
    named = [["=A1", *DEFAULT_MAP[0][1:]], *DEFAULT_MAP[1:]]
    book = tmp_path / "filled.xlsx"
    orders = [["c1", datetime(2024, 1, day), 10.0 * day, f"o{day}", "web"] for day in range(1, 9)]  # noqa: DTZ001
    template(book, orders, segment_map=named, order_header=HEADER, change=texts_stay_texts)
    sheets, names = live_values(book)
    for given in (inputs_from_sheets(sheets, names, book.name), read_filled(book)):
        assert given.segment_map is not None
        assert given.segment_map.segment(5, 1) == "=A1"


def test_a_filled_workbook_that_is_edited_and_refreshed() -> None:
    _run(Headless, examples=1, steps=2)


@pytest.mark.long
def test_a_filled_workbook_that_is_edited_and_refreshed_in_any_order() -> None:
    _run(Headless, examples=12, steps=12)


@pytest.mark.long
def test_an_open_workbook_that_is_edited_and_refreshed_in_any_order(button: type[Live]) -> None:
    _run(button, examples=8, steps=10)
