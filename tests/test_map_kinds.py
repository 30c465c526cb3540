"""``clv-xl map`` and ``--map`` where the orders come from a folder, a database or another program."""

from __future__ import annotations

import datetime as dt
import sqlite3
import tomllib
from typing import TYPE_CHECKING

import duckdb
import openpyxl
import pytest

from tests.test_map import type_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

    Cli = Callable[..., Run]

CSV = "customer,date,amount\nA,2025-01-31,10\nB,2025-02-01,11.5\n"


def _database(path: Path) -> None:
    with sqlite3.connect(path) as made:
        for table, amount in (("orders", 10), ("orders_2019", 99)):
            made.execute(f"CREATE TABLE {table} (customer TEXT, date TEXT, amount REAL)")
            made.execute(f"INSERT INTO {table} VALUES ('A', '2025-01-31', {amount})")
    made.close()


def test_a_table_that_was_named_is_kept(cli: Cli, tmp_path: Path) -> None:
    _database(tmp_path / "shop.db")
    assert cli("map", "shop.db", "--table", "orders", "--save", "shop.toml").exit_code == 0
    saved = tomllib.loads((tmp_path / "shop.toml").read_text(encoding="utf-8"))
    assert saved["table"] == "orders"
    # the point of a number that came as one does not tell how texts are written
    assert "decimal" not in saved
    assert "amount 10.00" in cli("check", "shop.db", "--map", "shop.toml").stdout


@pytest.mark.long
def test_a_table_or_a_query_of_the_command_line_wins_over_that_of_the_map(cli: Cli, tmp_path: Path) -> None:
    _database(tmp_path / "shop.db")
    refused = cli("map", "shop.db")
    assert (refused.exit_code, refused.stderr) == (
        3,
        (
            'Error: shop.db: the tables "orders" and "orders_2019" all look like orders. Say which one:'
            ' --table "orders".\n'
        ),
    )
    (tmp_path / "shop.toml").write_text('table = "orders"\n', encoding="utf-8")
    assert "amount 99.00" in cli("check", "shop.db", "--map", "shop.toml", "--table", "orders_2019").stdout
    query = "SELECT customer, date, 7 AS amount FROM orders"
    assert "amount 7.00" in cli("check", "shop.db", "--map", "shop.toml", "--query", query).stdout


def test_tables_are_asked_for_on_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _database(tmp_path / "shop.db")
    code, shown, left = type_keys(monkeypatch, tmp_path, "2\n", "shop.db", "--save", "shop.toml")
    assert (code, left) == (0, ""), shown
    assert 'Which table holds the orders?\n  1  --table "orders"\n  2  --table "orders_2019"\n' in shown
    assert tomllib.loads((tmp_path / "shop.toml").read_text(encoding="utf-8"))["table"] == "orders_2019"


def test_a_query_and_a_time_zone_are_kept(cli: Cli, tmp_path: Path) -> None:
    moment = "TIMESTAMPTZ '2024-01-31 23:30:00+00'"
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as made:
        made.execute(f"CREATE TABLE o AS SELECT 'a' AS customer_id, {moment} AS order_date, 5 AS amount")
    query = "SELECT * FROM o\nWHERE amount > 1"
    told = ("--query", query, "--time-zone", "Europe/Oslo")
    assert cli("map", "shop.duckdb", *told, "--save", "shop.toml").exit_code == 0
    saved = tomllib.loads((tmp_path / "shop.toml").read_text(encoding="utf-8"))
    assert (saved["query"], saved["time_zone"]) == (query, "Europe/Oslo")
    assert '"as_of": "2024-02-01"' in cli("check", "shop.duckdb", "--map", "shop.toml", "--json").stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'table = "a"\nquery = "SELECT 1"\n',
            "shop.toml, line 2: table and query both say which rows are read. Keep one.",
        ),
        (
            'time_zone = "Oslo!"\n',
            'shop.toml, line 1: time_zone "Oslo!" is no time zone. Write one such as Europe/Oslo or UTC.',
        ),
        (
            'time_zone = "Europe/Olso"\n',
            (
                'shop.toml: time_zone = "Europe/Olso" is no time zone. Did you mean "Europe/Oslo"? Write one such as'
                " Europe/Oslo or UTC."
            ),
        ),
    ],
)
def test_a_map_that_cannot_mean_anything(cli: Cli, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "orders.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "shop.toml").write_text(text, encoding="utf-8")
    done = cli("check", "orders.csv", "--map", "shop.toml")
    assert (done.exit_code, done.stderr) == (2, f"Error: {message}\n")


def test_a_folder_is_shown_file_by_file_and_saved_as_one(cli: Cli, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "a.csv").write_text(CSV, encoding="utf-8")
    (shop / "notes.csv").write_text("nothing;of;interest\n1;2;3\n", encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append(["customer", "date", "amount"])
    book.active.append(["C", "2025-03-01", 12])
    book.save(shop / "b.xlsx")
    done = cli("map", "shop", "--save", "shop/shop.toml")
    assert done.exit_code == 0, done.stderr
    assert "a.csv: 2 rows" in done.stdout
    assert "b.xlsx, sheet Sheet: 1 row" in done.stdout
    assert "notes.csv (No column for" in done.stdout
    assert "3 used, amount 33.50" in cli("check", "shop", "--map", "shop/shop.toml").stdout
    # no file of the folder is written over
    assert cli("map", "shop", "--save", "shop/a.csv", "--replace").exit_code == 2
    assert cli("check", "shop", "--set-aside", "shop/a.csv").exit_code == 2
    assert (shop / "a.csv").read_text(encoding="utf-8") == CSV
    for _ in range(2):
        assert cli("check", "shop", "--set-aside", "shop/aside.csv").exit_code == 0


def test_what_another_program_gives_is_read_once_and_shown(cli_process: Callable[..., Run]) -> None:
    done = cli_process("map", "-", stdin=CSV)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("standard input: 2 rows, read as: columns by their headers\n")


def test_a_map_of_half_converted_dates_can_be_settled(cli: Cli, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["customer", "date", "amount"])
    for day in range(1, 6):
        book.active.append(["A", dt.date(2025, day, day), day])
        book.active.append(["B", f"{day + 12}/03/2025", day])
    book.save(tmp_path / "orders.xlsx")
    assert cli("map", "orders.xlsx", "--date-format", "dd/mm/yyyy", "--save", "shop.toml").exit_code == 0
    done = cli("check", "orders.xlsx", "--map", "shop.toml")
    assert done.exit_code == 3
    way = '--date-format dd/mm/yyyy, or date_format = "%d/%m/%Y" in shop.toml.'
    assert f"If the date cells are right, say so: {way}" in done.stderr
    saved = tmp_path / "shop.toml"
    saved.write_text(saved.read_text(encoding="utf-8").replace("dd/mm/yyyy", "%d/%m/%Y"), encoding="utf-8")
    assert "10 used" in cli("check", "orders.xlsx", "--map", "shop.toml").stdout
