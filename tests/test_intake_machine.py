"""Order files come, change and go in any order: every row is accounted for, or the refusal is a sentence."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clv_xl.errors import ClvXlError
from clv_xl.orders import OrderRules, ReadOptions, load_orders
from tests.test_workbook_cells import nasty_texts

NASTY = nasty_texts(300, seed=77)
VALUES = st.one_of(
    st.integers(-500, 5_000).map(str),
    st.sampled_from(
        ("", "12,50", "1.234,5", "-3", "1e9", "abc", "2024-02-30", "31/12/2024", "2024-01-05", "#N/A", "paid")
    ),
    st.sampled_from(NASTY),
)
HEADERS = (
    "order_id", "customer_id", "order_date", "amount", "status", "currency", "quantity", "refunded", "=1+1", "",
)  # fmt: skip
DELIMITERS = (",", ";", "\t")


class Intake(RuleBasedStateMachine):
    """Files come and go; after each step they are read, twice."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.files: list[Path] = []
        self.options = ReadOptions()
        self.rules = OrderRules()
        self.sound(1, 5)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(seed=st.integers(0, 99), rows=st.integers(1, 30))
    def sound(self, seed: int, rows: int) -> None:
        """A file as shops export it; the same seed gives orders that stand in an earlier file too."""
        dice = random.Random(seed)
        lines = ["order_id,customer_id,order_date,amount"] + [
            f"{seed % 7}{at},c{dice.randrange(9)},2024-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02},"
            f"{dice.randrange(-50, 500)}.{dice.randrange(100):02}"
            for at in range(rows)
        ]
        self._add("\n".join(lines).encode())

    @rule(
        header=st.lists(st.sampled_from(HEADERS), min_size=1, max_size=6),
        rows=st.lists(st.lists(VALUES, min_size=0, max_size=7), max_size=8),
        delimiter=st.sampled_from(DELIMITERS),
        encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252")),
    )
    def wild(self, header: list[str], rows: list[list[str]], delimiter: str, encoding: str) -> None:
        """A file that nobody exported."""
        lines = [delimiter.join(row) for row in (header, *rows)]
        self._add("\r\n".join(lines).encode(encoding, "replace"))

    @rule(content=st.binary(max_size=200))
    def noise(self, content: bytes) -> None:
        """A file that is no text."""
        self._add(content)

    @precondition(lambda self: len(self.files) > 1)
    @rule(at=st.integers(0, 99))
    def remove(self, at: int) -> None:
        """Take a file away."""
        self.files.pop(at % len(self.files)).unlink()

    @rule(
        refunds=st.sampled_from(("subtract", "ignore")),
        skip=st.booleans(),
        strict=st.booleans(),
        decimal=st.sampled_from((None, ",", ".")),
    )
    def change(self, *, refunds: str, skip: bool, strict: bool, decimal: str | None) -> None:
        """Say how to read them."""
        self.rules = OrderRules(refunds=refunds)  # type: ignore[arg-type]
        self.options = ReadOptions(skip_unreadable=skip, strict=strict, decimal=decimal)

    def _add(self, content: bytes) -> None:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.csv"
        path.write_bytes(content)
        self.files.append(path)

    def _read(self) -> object:
        with duckdb.connect(":memory:", config={"threads": "1"}) as connection:
            try:
                intake = load_orders(connection, self.files, options=self.options, parameters=self.rules)
            except ClvXlError as error:
                return f"refused: {error}"
            counted = sum(intake.rows_of(outcome) for outcome in ("used", "refund", "set aside"))
            assert counted == intake.rows_read
            held = connection.execute("select count(*) from order_rows").fetchall()
            return (intake.rows_read, counted, intake.as_of, held, str(intake))

    @invariant()
    def every_row_is_accounted_for_and_again_the_same(self) -> None:
        if hasattr(self, "files") and self.files:
            assert self._read() == self._read()


def _run(examples: int, steps: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Intake,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            phases=(Phase.generate,),
        ),
    )


@pytest.mark.long
def test_any_files_in_any_order_are_accounted_for() -> None:
    _run(examples=6, steps=5)
