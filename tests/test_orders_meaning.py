"""What shop owners' files mean: read right, asked about precisely, or told; never silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from clv_xl.orders import Intake, OrderRules, ReadOptions, load_orders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with duckdb.connect() as made:
        made.execute("SET threads = 1")  # a few rows are not worth sharing out
        yield made


def load(
    connection: Connection,
    folder: Path,
    *texts: str,
    options: ReadOptions | None = None,
    rules: OrderRules | None = None,
) -> Intake:
    """Read each text as a file of its own: a.csv, b.csv ..."""
    paths = [folder / f"{name}.csv" for name in "abcdef"[: len(texts)]]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return load_orders(connection, paths, options=options, parameters=rules)


def told(intake: Intake, code: str) -> str:
    return " ".join(warning.text for warning in intake.warnings if warning.code == code)


def aside(intake: Intake) -> dict[str, int]:
    return {line.reason: line.rows for line in intake.account if line.outcome == "set aside"}


# ------------------------------------------------------------------ copies that differ in capitals


@pytest.mark.parametrize(
    "text",
    [
        "Order ID;Email;Date;Amount\n1;anna@a.se;2025-01-02;100\n1;Anna@a.se;2025-01-02;100\n"
        "2;bo@a.se;2025-01-03;50\n",
        "Order ID;Kundnr;E-post;Datum;Belopp\n1;7;anna@a.se;2025-01-02;100\n1;7;Anna@A.se;2025-01-02;100\n"
        "2;8;bo@a.se;2025-01-03;50\n",
    ],
    ids=["the customer", "beside the customer"],
)
def test_a_copy_with_other_capitals_in_its_address_is_told_as_copies_are(connection, tmp_path, text):
    intake = load(connection, tmp_path, text)
    assert told(intake, "duplicate_rows") == (
        "1 row repeats another row in every column that is read, but for capitals in the e-mail address. It counts;"
        " remove it if it is a copy."
    )


def test_lines_of_an_order_that_differ_otherwise_are_no_copies(connection, tmp_path):
    text = (
        "Order ID;Email;Date;Product;Amount\n1;anna@a.se;2025-01-02;Cap;100\n1;Anna@a.se;2025-01-02;Hat;100\n"
        "2;bo@a.se;2025-01-03;Cap;50\n"
    )
    assert not told(load(connection, tmp_path, text), "duplicate_rows")
