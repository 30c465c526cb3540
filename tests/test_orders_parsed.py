"""The table of typed rows: columns that a single file does not have are known, all others are as they were told."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from clv_xl.orders.parsed_table import PARSED, SET_LATER, put_rows

ORDERS = Path(__file__).parents[1] / "clv_xl" / "orders"
# judged rows get these three when all else is known; a status means something only where a file tells one
ADDED, TOLD = {"amount", "cost", "reason"}, {"meaning"}
# an order takes over a refund from another file: where a file is alone there is none
OF_SEVERAL = {"source_refunded", "has_refunded"}


def columns(**told: str) -> dict[str, str]:
    return {name: f"CAST(NULL AS {type_})" for name, type_ in PARSED.items()} | told


def test_a_column_that_is_not_there_is_not_written_where_a_file_is_alone() -> None:
    source = "valued AS (SELECT 7 AS record, 'Ann' AS who)"
    told = columns(
        row_number="record", customer_id="who", event="''", meaning="'completed'", has_cost="false"
    )
    written = {}
    for alone in (True, False):
        with duckdb.connect() as connection:
            put_rows(connection, told, source, first=True, alone=alone)
            row = dict(zip(PARSED, connection.execute("FROM parsed").fetchall()[0], strict=True))
            assert {name: value for name, value in row.items() if value is not None} == {
                "row_number": 7,
                "customer_id": "Ann",
                "event": "",
                "meaning": "completed",
                "has_cost": False,
            }
            ((made,),) = connection.execute("SELECT sql FROM duckdb_tables()").fetchall()
            written[alone] = {
                name for name in PARSED if not re.search(rf'\b{name}"? [A-Z]+(\([0-9, ]+\))? GENERATED', made)
            }
    assert written[False] == set(PARSED)
    assert written[True] == SET_LATER | {"row_number"}


def test_what_is_the_same_by_chance_is_written_for_every_file() -> None:
    with duckdb.connect() as connection:
        for number, country in ((1, "'no'"), (2, "'se'")):
            told = columns(file_number=str(number), country=country)
            put_rows(connection, told, "valued AS (SELECT 1)", first=number == 1, alone=False)
        assert connection.execute("SELECT file_number, country FROM parsed").fetchall() == [
            (1, "no"),
            (2, "se"),
        ]


def test_no_step_sets_a_column_that_may_be_known() -> None:
    set_by = {
        name: path.name
        for path in sorted(ORDERS.rglob("*.py"))
        for statement in re.findall(
            r"UPDATE parsed SET (.*?)(?:\bFROM\b|\bWHERE\b|$)", path.read_text(encoding="utf-8"), re.DOTALL
        )
        for name in re.findall(
            r"(?:^|,)\s*([a-z_]+) = ", re.sub(r"CASE.*?END", "", statement, flags=re.DOTALL)
        )
    }
    assert {"apart", "customer_id", "email", "rounding", "amount"} <= set_by.keys()
    assert set_by.keys() <= SET_LATER | ADDED | TOLD | OF_SEVERAL, set_by


def test_a_known_column_cannot_be_set() -> None:
    with duckdb.connect() as connection:
        put_rows(connection, columns(), "valued AS (SELECT 1)", first=True, alone=True)
        with pytest.raises(duckdb.Error, match="generated"):
            connection.execute("UPDATE parsed SET product = 'tea'")
