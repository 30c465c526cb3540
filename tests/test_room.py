"""--memory and --spill: what is allowed, what is refused, and that no figure changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pytest
from click.testing import CliRunner

from clv_xl.cli import cli
from clv_xl.customers import in_memory, sharing
from clv_xl.errors import OutputError, UsageError
from clv_xl.orders.private import private_connection
from clv_xl.orders.room import LEAST_FREE, LEAST_MEMORY, Room

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
    with private_connection({}, Room.of("400 MB", tmp_path)) as connection:
        [(memory, folder)] = connection.execute(
            "select current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()
        assert memory == "286.1 MiB"  # three quarters: the rest is for what the engine does not count
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
            "create temporary table many as select hash(i)::varchar as text from range(20000000) as r(i)"
        )
    assert isinstance(caught.value.__cause__, duckdb.OutOfMemoryException)
    assert caught.value.exit_code == 4
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_before_its_time_says_what_to_do_too(tmp_path: Path) -> None:
    told = 'Could not write file "orders.duckdb": No space left on device'
    with (
        pytest.raises(OutputError, match=r"nor, with .* left, into .*--spill DIR"),
        private_connection({}, Room.of("1GB", tmp_path)),
    ):
        raise duckdb.IOException(told)
    with (
        pytest.raises(duckdb.IOException, match="Permission denied"),
        private_connection({}, Room.of("1GB", tmp_path)),
    ):
        raise duckdb.IOException("Permission denied")


def test_tables_that_stay_are_in_a_file_where_memory_is_short(tmp_path: Path) -> None:
    for room, files in ((Room.of("1GB", tmp_path), ["orders.duckdb"]), (Room(None, tmp_path), [])):
        with private_connection({}, room) as connection:
            _orders(connection, 1000, 10)
            assert sorted(path.name for path in tmp_path.rglob("*.duckdb")) == files
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


def _orders(connection: duckdb.DuckDBPyConnection, rows: int, customers: int) -> None:
    connection.execute(
        f"create table order_rows as select 'c' || i % {customers} as customer_id, i as row_number,"
        f" sha256(i::varchar) as order_id from range({rows}) as r(i)"
    )


def test_the_database_steps_aside_while_models_run_and_takes_what_python_leaves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def limit() -> int:
        return in_memory._memory(connection)

    with private_connection({}, Room.of("1GB", tmp_path)) as connection:
        _orders(connection, 1000, 10)
        monkeypatch.setattr(sharing, "_held", lambda: 300 * 10**6)
        sharing.share_memory(connection)
        assert limit() == pytest.approx(700 * 10**6, rel=0.02)
        with sharing.at_rest(connection):
            assert limit() == pytest.approx(LEAST_MEMORY, rel=0.02)
            with sharing.awake(connection):
                assert limit() == pytest.approx(700 * 10**6, rel=0.02)
            assert limit() == pytest.approx(LEAST_MEMORY, rel=0.02)
        assert limit() == pytest.approx(700 * 10**6, rel=0.02)
        # and after what was refused as well
        with pytest.raises(ZeroDivisionError), sharing.at_rest(connection), sharing.awake(connection):
            raise ZeroDivisionError
        assert limit() == pytest.approx(700 * 10**6, rel=0.02)
        monkeypatch.setattr(sharing, "_held", lambda: 3 * 10**9)
        sharing.share_memory(connection)
        assert limit() == pytest.approx(LEAST_MEMORY, rel=0.02)
    with private_connection({}, Room()) as connection:  # nothing was asked for
        before = limit()
        with sharing.at_rest(connection), sharing.awake(connection):
            assert limit() == before


def test_where_the_system_does_not_tell_what_is_held_no_limit_is_moved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sharing, "_PAGES", tmp_path / "statm")
    with private_connection({}, Room.of("1GB", tmp_path)) as connection:
        before = in_memory._memory(connection)
        sharing.share_memory(connection)
        assert in_memory._memory(connection) == before


def test_what_a_database_holds_is_laid_down_at_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sharing, "LEAST_MEMORY", _LITTLE // 2)
    with private_connection({}, Room(3 * _LITTLE, tmp_path)) as connection:
        connection.execute(f"create table many as {_MANY}")
        said = "select cast(sum(memory_usage_bytes) as bigint) from duckdb_memory()"
        [(before,)] = connection.execute(said).fetchall()
        with sharing.at_rest(connection):
            [(at_rest,)] = connection.execute(said).fetchall()
            assert at_rest <= _LITTLE // 2 < before
        assert connection.execute("select count(*), max(strlen(text)) from many").fetchall() == [
            (600_000, 50)
        ]


def test_more_customers_than_fit_are_refused_before_they_are_grouped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with private_connection({}, Room.of("600MB", tmp_path)) as connection:
        _orders(connection, 1000, 10)
        sharing.refuse_too_many(connection)
        monkeypatch.setattr(sharing, "_A_CUSTOMER", 10**8)
        with pytest.raises(
            OutputError, match=r"1,000 rows of about 1\d customers need about 1\.\d GB.*--memory 2GB"
        ):
            sharing.refuse_too_many(connection)
    with private_connection({}, Room()) as connection:
        _orders(connection, 1000, 10)
        sharing.refuse_too_many(connection)


# what is told of a child by its end holds the size of the process that started it
_WITH_PEAK = """
import atexit, pathlib, re, sys
peak = pathlib.Path(sys.argv.pop(1))
held = pathlib.Path("/proc/self/status")
atexit.register(lambda: peak.write_text(re.search(r"VmHWM:\\s*(\\d+)", held.read_text())[1]))
from clv_xl.cli import main
main()
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is told by Linux")
def test_a_report_with_little_memory_is_the_same_and_takes_much_less(tmp_path: Path) -> None:
    orders = tmp_path / "orders.parquet"
    duckdb.execute(
        f"""
        copy (
            select i as order_id, 'C' || hash(i) % 50000 as customer_id, cast(5 + hash(i, 2) % 90 as double) as amount,
                date '2022-01-01' + cast(hash(i, 3) % 1096 as integer) as order_date
            from range(500000) as r(i)
        ) to '{orders}' (format parquet)
        """
    )
    peaks, books = [], []
    for name, more in (("all", []), ("little", ["--memory", "256MB", "--spill", tmp_path])):
        book = tmp_path / name / "report.xlsx"
        book.parent.mkdir()
        command = [sys.executable, "-c", _WITH_PEAK, book.parent / "peak", "report", orders, "-o", book]
        subprocess.run([*command, *more], check=True)
        peaks.append(int((book.parent / "peak").read_text()))
        books.append(book.read_bytes())
    assert books[0] == books[1]
    assert peaks[1] < 0.8 * peaks[0], peaks
