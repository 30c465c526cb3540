"""--memory and --spill: what is allowed, what is refused, and that no figure changes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pytest
from click.testing import CliRunner

from clv_xl.cli import cli
from clv_xl.customers import in_memory
from clv_xl.errors import OutputError, UsageError
from clv_xl.orders.private import private_connection
from clv_xl.orders.room import LEAST_FREE, Room

if TYPE_CHECKING:
    from pathlib import Path


class _Disk(NamedTuple):
    total: int
    used: int
    free: int


_LITTLE = 30 * 10**6
_MANY = "select sha256(i::varchar)[:50] as text from range(600000) as rows(i)"
ORDERS = "customer,date,amount\nann,2024-01-05,10\nann,2024-03-05,12.50\nbo,2024-02-01,7\n"


def _free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Disk(10**12, 0, free))


@pytest.mark.parametrize("text", ["lots", "2", "-2GB", "2 gigabyte", "1e9", ""])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="Write one such as 2GB"):
        Room.of(text, None)


def test_too_little_memory_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Allow at least 256 MB"):
        Room.of("100MB", None)
    with pytest.raises(UsageError, match="there is no such folder"):
        Room.of(None, tmp_path / "nowhere")


def test_the_limits_reach_the_engine_and_its_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with private_connection({}, Room.of("300 MB", tmp_path)) as connection:
        [(memory, folder)] = connection.execute(
            "select current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()
        assert memory == "286.1 MiB"
        assert [str(path) for path in tmp_path.iterdir()] == [folder]
        assert in_memory._memory(connection) == int(286.1 * 1024**2)
    assert not list(tmp_path.iterdir())


def test_rows_that_do_not_fit_into_memory_are_laid_down(tmp_path: Path) -> None:
    with private_connection({}, Room(_LITTLE, tmp_path)) as connection:
        connection.execute(f"create table many as {_MANY}")
        assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) > 10**6
        assert connection.execute("select count(*), max(strlen(text)) from many").fetchall() == [
            (600_000, 50)
        ]


def test_a_full_disk_is_found_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _free(monkeypatch, LEAST_FREE)
    with (
        pytest.raises(OutputError, match=r"has 500 MB left.*--spill DIR"),
        private_connection({}, Room.of("1GB", tmp_path)),
    ):
        pass
    assert not list(tmp_path.iterdir())
    with private_connection({}, Room()) as connection:  # nothing was asked for, so nothing is looked at
        assert connection.execute("select 1").fetchall() == [(1,)]


def test_what_fits_neither_into_memory_nor_onto_the_disk_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _free(monkeypatch, LEAST_FREE + 20 * 10**6)
    with (
        pytest.raises(OutputError, match=r"memory of 30 MB nor, with 520 MB left.*--memory 4GB") as caught,
        private_connection({}, Room(_LITTLE, tmp_path)) as connection,
    ):
        connection.execute(
            "create table many as select hash(i)::varchar as text from range(20000000) as r(i)"
        )
    assert isinstance(caught.value.__cause__, duckdb.OutOfMemoryException)
    assert caught.value.exit_code == 4
    assert not list(tmp_path.iterdir())


def test_check_and_its_answer_are_the_same_with_little_memory(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(ORDERS)
    runs = [
        CliRunner().invoke(cli, ["check", str(orders), "--json", *more])
        for more in ([], ["--memory", "256MB", "--spill", str(tmp_path)])
    ]
    assert [run.exit_code for run in runs] == [0, 0]
    assert runs[0].output == runs[1].output
    wrong = CliRunner().invoke(cli, ["check", str(orders), "--memory", "a lot"], standalone_mode=False)
    assert isinstance(wrong.exception, UsageError)
