"""The program that opens files for somebody else: it may use so much memory and time, and no more.

It is run as a script of its own and imports nothing of the package, so that it starts at once. Requests and answers
are lines of JSON; tables travel as Parquet files in a private folder. What it cannot read it names and goes on;
where it is stopped, or falls over, the program that asked is unharmed and tells what became of the file.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    import duckdb
else:
    try:  # the engine by itself starts in a third of the time
        import _duckdb as duckdb
    except ImportError:
        import duckdb

__all__: list[str] = []

_NOTHING_BUT_FILES = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "2",
}
_SQLITE_COLUMNS = """
    SELECT m.name, p.name FROM sqlite_schema AS m, pragma_table_xinfo(m.name) AS p
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, p.cid
"""
_PART = 50_000
_BLOB = "(bytes)"


def _limit(memory: int, seconds: int) -> None:
    """Limit this process itself; a limit that stands already and is lower stays."""
    try:
        import resource  # noqa: PLC0415  # not there on Windows: the parent's clock is then the only limit
    except ImportError:
        return
    wanted = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        # the address space holds what libraries reserve and never use
        (resource.RLIMIT_AS, memory + (2 << 30)),
        # an answer on disk
        (resource.RLIMIT_FSIZE, memory),
    ]
    if sys.platform == "linux":  # elsewhere it counts only a part of what is allocated
        wanted.append((resource.RLIMIT_DATA, memory))
    for kind, value in wanted:
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
    # the limit above counts whole seconds, which for small files is a coarse measure
    signal.setitimer(signal.ITIMER_PROF, seconds - 0.6)


class _Reader:
    """What is open, and one method for each request."""

    def __init__(self) -> None:
        self._made = duckdb.connect(":memory:", config={**_NOTHING_BUT_FILES, "async_threads": "1"})
        self._duckdb: duckdb.DuckDBPyConnection | None = None
        self._sqlite: sqlite3.Connection | None = None

    def workbook(
        self, path: str, sheet: str | None, folder: str, *, as_bytes: bool, most: int
    ) -> dict[str, Any]:
        """Write every visible sheet, or the one that was asked for, as texts."""
        # the first as the engine alone reads no cells of the second; both only for workbooks
        import duckdb  # noqa: F401, PLC0415
        import fastexcel  # noqa: PLC0415

        if as_bytes:
            with open(path, "rb") as stream:  # noqa: PTH123  # pathlib takes time to import
                reader = fastexcel.read_excel(stream.read())
        else:
            reader = fastexcel.read_excel(path)
        names = list(reader.sheet_names)
        sheets: list[dict[str, Any]] = []
        if sheet is None and len(names) > most:
            return {"names": names, "sheets": sheets}
        for at, name in enumerate(names):
            if sheet is not None and name != sheet:
                continue
            cells = reader.load_sheet(
                name,
                header_row=None,
                skip_rows=0,
                schema_sample_rows=None,
                dtypes="string",
                whitespace_as_null=False,
            )
            if not cells.width or not cells.height or not (sheet or cells.visible == "visible"):
                continue
            target = os.path.join(folder, f"sheet_{at}.parquet")  # noqa: PTH118  # pathlib takes time to import
            columns = ", ".join(f"c{number}" for number in range(cells.width))
            self._made.register("sheet_arrow", cells)
            rows, texts = self._copy(
                self._made,
                f"SELECT row_number() OVER () AS record, * FROM sheet_arrow AS cells({columns})",  # noqa: S608
                target,
            )
            self._made.unregister("sheet_arrow")
            size = {"rows": rows, "columns": cells.width, "texts": texts}
            sheets.append({"title": name, "file": target, "size": size})
        return {"names": names, "sheets": sheets}

    def open_duckdb(self, path: str, folder: str) -> dict[str, Any]:
        """Open a database file so that it can reach no other file, but for the folder of the answers."""
        self._duckdb = duckdb.connect(
            path, read_only=True, config={**_NOTHING_BUT_FILES, "async_threads": "1"}
        )
        self._close(folder)
        return {}

    def open_parquet(self, path: str, literal: str, folder: str) -> dict[str, Any]:
        """Make a Parquet file, whose name is also given with no sign that stands for others, the view ``given``."""
        self._duckdb = duckdb.connect(":memory:", config={**_NOTHING_BUT_FILES, "async_threads": "1"})
        quoted = literal.replace("'", "''")
        self._duckdb.execute(
            f"CREATE VIEW given AS SELECT * FROM read_parquet('{quoted}', binary_as_string = true)"  # noqa: S608
        )
        self._close(folder, path, literal)
        return {}

    def _close(self, folder: str, *paths: str) -> None:
        opened = self._opened()
        opened.execute("SET allowed_directories = $folders", {"folders": [folder]})
        opened.execute("SET allowed_paths = $paths", {"paths": list(paths)})
        opened.execute("SET enable_external_access = false")
        opened.execute("SET lock_configuration = true")

    def open_sqlite(self, path: str, *, logged: bool) -> dict[str, Any]:
        """Open a database file for reading only, and list the columns of its tables."""
        import sqlite3  # noqa: PLC0415  # only for SQLite files
        from urllib.parse import quote  # noqa: PLC0415

        # what is in the write-ahead log of a private copy is read only where SQLite may write beside it
        mode = "rw" if logged else "ro&immutable=1"
        self._sqlite = sqlite3.connect(f"file:{quote(path)}?mode={mode}", uri=True)
        self._sqlite.execute("PRAGMA query_only = 1")
        self._sqlite.execute("PRAGMA trusted_schema = 0")
        self._sqlite.text_factory = lambda raw: raw.decode("utf-8", "replace")
        listed = self._sqlite.execute(_SQLITE_COLUMNS).fetchall()
        self._sqlite.set_authorizer(_only_reading)
        return {"rows": [["main", table, column] for table, column in listed]}

    def ask(self, sql: str) -> dict[str, Any]:
        """Return the rows of a query of a DuckDB file as texts."""
        rows = self._opened().execute(sql).fetchmany(_PART)
        return {"rows": [["" if value is None else str(value) for value in row] for row in rows]}

    def copy(self, sql: str, target: str) -> dict[str, Any]:
        """Write what a query of a DuckDB file gives."""
        rows, texts = self._copy(self._opened(), sql, target)
        return {"size": {"rows": rows, "texts": texts}}

    def measure(self, sql: str) -> dict[str, Any]:
        """Read what a query of a Parquet file gives to its end, so that the file is known to be sound."""
        rows, texts = _measured(self._opened(), sql)
        return {"size": {"rows": rows, "texts": texts}}

    def copy_sqlite(self, sql: str, target: str) -> dict[str, Any]:
        """Write what a query of a SQLite file gives as texts, and say which columns hold numbers."""
        import numpy as np  # noqa: PLC0415  # only for SQLite files

        assert self._sqlite is not None  # noqa: S101  # opened by the request before
        cursor = self._sqlite.execute(sql)
        names = [name for name, *_ in cursor.description]
        numbers, texts = [False] * len(names), [False] * len(names)
        listed = ", ".join(f"c{at} VARCHAR" for at in range(len(names)))
        self._made.execute(f"CREATE OR REPLACE TABLE made (record BIGINT, {listed})")
        done = 0
        while rows := cursor.fetchmany(_PART):
            part: dict[str, Any] = {"record": np.arange(done + 2, done + 2 + len(rows))}
            for at, column in enumerate(zip(*rows, strict=True)):
                kinds = set(map(type, column)) - {type(None)}
                numbers[at] = numbers[at] or bool(kinds & {int, float})
                texts[at] = texts[at] or bool(kinds - {int, float})
                part[f"c{at}"] = np.array([_text(value) for value in column], dtype=object)
            self._made.register("part", part)
            self._made.execute("INSERT INTO made SELECT * FROM part")
            self._made.unregister("part")
            done += len(rows)
        count, length = self._copy(self._made, "SELECT * FROM made ORDER BY record", target)
        held = {(True, False): "number", (True, True): "mixed"}
        return {
            "columns": names,
            "kinds": [held.get(both, "text") for both in zip(numbers, texts, strict=True)],
            "size": {"rows": count, "columns": len(names), "texts": length},
        }

    def _opened(self) -> duckdb.DuckDBPyConnection:
        assert self._duckdb is not None  # noqa: S101  # opened by the request before
        return self._duckdb

    def _copy(self, connection: duckdb.DuckDBPyConnection, sql: str, target: str) -> tuple[int, int]:
        """Write rows, and return their number and the bytes of their texts: a packed file tells neither."""
        quoted = target.replace("'", "''")
        connection.execute(f"COPY ({sql}) TO '{quoted}' (FORMAT parquet, COMPRESSION snappy)")
        return _measured(connection, f"SELECT * FROM read_parquet('{quoted}')")  # noqa: S608  # our own file


def _measured(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, int]:
    """Return the number of rows, and the bytes of their texts."""
    columns = connection.execute(f"DESCRIBE {sql}").fetchall()
    lengths = [
        f"coalesce(sum({_length(name, kind)}), 0)::BIGINT" for name, kind, *_ in columns if name != "record"
    ]
    [(rows, texts)] = connection.execute(
        # as a list: of more than 1,000 columns a sum written out is nested too deeply
        f"SELECT count(*), coalesce(list_sum([{', '.join(lengths)}]), 0)::BIGINT FROM ({sql})"  # noqa: S608
    ).fetchall()
    return int(rows), int(texts)


def _length(name: str, kind: str) -> str:
    """Return SQL for the bytes of a column as text; of days and of most broken numbers about so many."""
    if kind == "VARCHAR":
        return f"strlen({name})"
    if kind == "DATE":
        return f"CASE WHEN {name} IS NOT NULL THEN 10 END"
    if kind == "DOUBLE":
        return f"CASE WHEN abs({name}) < 1e6 THEN 8 ELSE strlen(printf('%.0f', {name})) END"
    return f"strlen(CAST({name} AS VARCHAR))"


def _only_reading(action: int, *_: object) -> int:
    """Let a query read and compute; no other file is attached, nothing is written, no setting is changed."""
    import sqlite3  # noqa: PLC0415

    fine = {
        sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
    }  # fmt: skip
    return sqlite3.SQLITE_OK if action in fine else sqlite3.SQLITE_DENY


def _text(value: object) -> str | None:
    """Return a value of SQLite as the text of a cell."""
    if value is None or value != value:  # noqa: PLR0124  # NaN is blank
        return None
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return _BLOB if isinstance(value, bytes) else str(value)


def _answers(requests: Iterable[str], reader: _Reader) -> Iterable[dict[str, Any]]:
    for line in requests:
        request: dict[str, Any] = json.loads(line)
        job: Callable[..., dict[str, Any]] = getattr(reader, request.pop("do"))
        try:
            yield job(**request)
        except (MemoryError, duckdb.OutOfMemoryException):
            yield {"failed": "memory"}
        except Exception as error:  # noqa: BLE001  # whatever a parser says of a file is what the user is told
            yield {"failed": "file", "why": f"{type(error).__name__}: {error}"[:2000]}


def _main() -> None:
    memory, seconds = map(int, sys.argv[1:3])
    _limit(memory, seconds)
    try:
        reader = _Reader()
    except Exception:  # noqa: BLE001  # no room even for starting
        sys.stdout.write(json.dumps({"failed": "memory"}) + "\n")
        return
    for answer in _answers(sys.stdin, reader):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
