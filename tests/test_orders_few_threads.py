"""Little is read with one thread; nothing of that stays with the connection."""

from __future__ import annotations

import duckdb
import pytest

from clv_xl.orders.few_threads import few_threads
from clv_xl.orders.kinds.given import find_sources
from clv_xl.orders.sheet_rows import SheetRows


def of_file(tmp_path, name, size):
    path = tmp_path / name
    path.write_bytes(b"x" * size)
    return path


@pytest.mark.parametrize(
    ("name", "size", "threads"),
    [
        ("orders.csv", 4_000_000, 1),
        ("orders.csv", 6_000_000, 3),
        ("orders.csv.gz", 400_000, 1),
        ("orders.csv.gz", 600_000, 3),
        ("missing.csv", None, 1),
    ],
)
def test_threads_by_size(tmp_path, name, size, threads):
    source = tmp_path / name if size is None else of_file(tmp_path, name, size)
    with duckdb.connect(config={"threads": 3}) as connection:
        setting = "SELECT current_setting('threads')"
        with few_threads(connection, find_sources([source])):
            assert connection.execute(setting).fetchone() == (threads,)
        assert connection.execute(setting).fetchone() == (3,)


def test_several_files_are_added_up(tmp_path):
    files = [of_file(tmp_path, f"{month}.csv", 2_000_000) for month in ("may", "june", "july")]
    rows = SheetRows.of_values([["Customer"], ["7"]], "Orders")
    with duckdb.connect(config={"threads": 3}) as connection:
        for sources, threads in ((files, 3), ([*files[:2], rows], 1)):
            with few_threads(connection, find_sources(sources)):
                assert connection.execute("SELECT current_setting('threads')").fetchone() == (threads,)
