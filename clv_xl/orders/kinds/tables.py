"""Parquet, DuckDB and SQLite files: the table of orders in them, as texts with what is known of their types.

Each is opened by a process of its own that may reach no other file and no network. A Parquet file that it could read
to its end within its limits needs no copy.
"""

from __future__ import annotations

import re
from shutil import copyfile
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError, UsageError, did_you_mean
from clv_xl.orders.columns import REQUIRED
from clv_xl.orders.kinds.bombs import refuse_bloat
from clv_xl.orders.kinds.given import NotOrders
from clv_xl.orders.kinds.limited import Allowance, LimitedReader
from clv_xl.orders.kinds.typed_text import column_kind, handed_over, quoted
from clv_xl.orders.said import Answer, Question, QuestionError
from clv_xl.orders.saved_columns import resolve_as_saved
from clv_xl.orders.xlsx_cells import SheetCells

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import duckdb

    from clv_xl.orders.options import ReadOptions

__all__ = ["choose_table", "load_table", "table_cells"]

_ADVICE: Final = "Save the orders as CSV, and name that file."
_FEWER: Final = (
    'Read the columns of the orders only: --query "SELECT customer_id, order_date, amount FROM {}", with the names that'
    " they have there."
)
# A column of dates packs to almost nothing, so that the size of the file says little.
_UNPACKED: Final = 8
_PLAIN: Final = re.compile(
    r"VARCHAR|BOOLEAN|DATE|TIMESTAMP( WITH TIME ZONE|_NS|_MS|_S)?|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE"
    r"|DECIMAL\(.*\)"
)
_COLUMNS: Final = """
    SELECT schema_name, table_name, column_name FROM duckdb_columns()
    WHERE NOT internal AND database_name = current_database() ORDER BY schema_name, table_name, column_index
"""


def load_table(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    kind: str,
    options: ReadOptions,
    folder: Path,
) -> tuple[SheetCells, str]:
    """Fill the table ``sheet_cells`` from a file with types, and return it with the name of its table.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    path : pathlib.Path
        The file.
    name : str
        As messages call it.
    kind : {"parquet", "duckdb", "sqlite"}
        Of the file.
    options : ReadOptions
        What the user said.
    folder : pathlib.Path
        A private folder; the caller removes it.

    Raises
    ------
    InputError
        If the file cannot be read, or no table or several hold orders.
    UsageError
        If there is no such table.
    """
    if kind == "sqlite":
        path = _with_log(path, name, folder)
    allowance = Allowance.of(path.stat().st_size * _UNPACKED)
    file = target = str(folder / "table.parquet")
    rows_sql = "SELECT * FROM read_parquet($file)"
    before = _state(path)
    with LimitedReader(name, allowance, _ADVICE) as reader:
        if kind == "sqlite":
            opened = reader.ask("open_sqlite", path=str(path), logged=path.parent == folder)
        elif kind == "parquet":
            reader.ask("open_parquet", path=str(path), literal=_literal(path), folder=str(folder))
        else:
            reader.ask("open_duckdb", path=str(path), folder=str(folder))
        if options.query:
            table, sql = "query", options.query.strip().rstrip(";")
        elif kind == "parquet":
            table, sql = "", "SELECT * FROM given"
        else:
            columns = opened["rows"] if kind == "sqlite" else reader.ask("ask", sql=_COLUMNS)["rows"]
            table, sql = choose_table(name, _tables(columns), options)
        if kind == "sqlite":
            answer = reader.ask("copy_sqlite", of_query=table == "query", sql=sql, target=target)
            headers = [str(header) for header in answer["columns"]]
            kinds = tuple(map(str, answer["kinds"]))
            types: tuple[str, ...] = ()
        else:
            described = reader.ask("ask", of_query=table == "query", sql=f"DESCRIBE {sql}")["rows"]
            headers = [header for header, *_ in described]
            kinds = tuple(column_kind(type_name) for _, type_name, *_ in described)
            zone = options.time_zone or "UTC"
            # by place: two columns of a query may have one name
            given = ", ".join(f"g{at}" for at in range(len(headers)))
            handed = [
                handed_over(f"g{at}", type_name, zone) for at, (_, type_name, *_) in enumerate(described)
            ]
            types = tuple(kept for _, kept in handed)
            listed = ", ".join(f"{column} AS c{at}" for at, (column, _) in enumerate(handed))
            if kind == "parquet" and not options.query and _is_plain(described):
                answer = reader.ask("measure", sql=f"SELECT {listed} FROM ({sql}) AS given({given})")  # noqa: S608
                # by name: a folder may stand for a further column, behind the number of the row
                named = ", ".join(map(quoted, headers))
                rows_sql = (
                    f"SELECT number + 2 AS record, {listed} FROM (SELECT {named}, file_row_number FROM read_parquet("  # noqa: S608
                    f"$file, binary_as_string = true, file_row_number = true)) AS given({given}, number)"
                )
                file = _literal(path)
            else:
                answer = reader.ask(
                    "copy",
                    sql=f"SELECT row_number() OVER () + 1 AS record, {listed} FROM ({sql}) AS given({given})",  # noqa: S608
                    target=target,
                )
        refuse_bloat(
            name,
            answer["size"]["rows"],
            len(headers),
            answer["size"]["texts"],
            path.stat().st_size,
            _FEWER.format(table or "given"),
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE sheet_cells AS {rows_sql}", {"file": file})
    if kind == "parquet" and _state(path) != before:
        raise InputError(
            f"{name}: another program wrote to the file while it was read. Close that program, and try again."
        )
    return table_cells(name, headers, kinds, options, types), table


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _literal(path: Path) -> str:
    """Return the name of a file, and of no other, where signs may stand for any letters."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))


def _is_plain(described: Sequence[Sequence[str]]) -> bool:
    """Tell whether columns hold one value each, of a type that is the same wherever it is read."""
    return all(
        _PLAIN.fullmatch(type_name) and header.lower() != "file_row_number"
        for header, type_name, *_ in described
    )


def _with_log(path: Path, name: str, folder: Path) -> Path:
    """Return the file, or a private copy with the log that belongs to it: SQLite then sees to what it says.

    Rows may be in the write-ahead log only; and a journal beside the file means that a program was broken off in the
    midst of writing, so that rows of the file are to be put back from it.
    """
    given = path.resolve()
    ends = ("-journal", "-wal")
    logs = {end: log for end in ends if (log := given.with_name(f"{given.name}{end}")).exists()}
    if not any(log.stat().st_size for log in logs.values()):
        return path

    def state() -> list[tuple[int, int]]:
        return [(file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.exists()]

    files = (given, *logs.values())
    before = state()
    copy = folder / "logged.sqlite"
    for end, log in logs.items():
        copyfile(log, folder / f"{copy.name}{end}")
    copyfile(given, copy)
    if state() != before or any(
        given.with_name(f"{given.name}{end}").exists() for end in ends if end not in logs
    ):
        raise InputError(
            f"{name}: another program wrote to the database while it was read. Close that program, and try again."
        )
    return copy


def table_cells(
    name: str,
    headers: Sequence[str],
    kinds: tuple[str, ...],
    options: ReadOptions,
    types: tuple[str, ...] = (),
) -> SheetCells:
    """Return what is known of a table that was filled, whose header is no row of it."""
    resolution = resolve_as_saved(headers, options.columns, options.format)
    return SheetCells(name, "", len(headers), 1, resolution, kinds, types=types)


def _tables(columns: Sequence[Sequence[str]]) -> dict[str, tuple[str, list[str]]]:
    """Return name of each table -> SQL of it, and its columns."""
    found: dict[str, tuple[str, list[str]]] = {}
    for schema, table, column in columns:
        name = table if schema == "main" else f"{schema}.{table}"
        found.setdefault(name, (f"{quoted(schema)}.{quoted(table)}", []))[1].append(column)
    return found


def choose_table(
    name: str, tables: dict[str, tuple[str, list[str]]], options: ReadOptions
) -> tuple[str, str]:
    """Return the table that the user named, or else the only one that looks like orders, and SQL for its rows.

    Parameters
    ----------
    name : str
        The database as messages call it.
    tables : dict of str to (str, list of str)
        Name of a table -> SQL of it, and its columns.
    options : ReadOptions
        What the user said.

    Raises
    ------
    InputError
        If no table or several look like orders.
    UsageError
        If there is no such table.
    """
    listed = ", ".join(f'"{table}"' for table in list(tables)[:30]) or "none"
    more = f" and {len(tables) - 30:,} more" if len(tables) > 30 else ""
    if options.table is not None:
        if options.table not in tables:
            raise UsageError(
                f'{name}: there is no table "{options.table}".{did_you_mean(options.table, tables)}'
                f" Tables found: {listed}{more}."
            )
        return options.table, f"SELECT * FROM {tables[options.table][0]}"  # noqa: S608  # a quoted name
    resolved = {
        table: resolve_as_saved(columns, options.columns, options.format)
        for table, (_, columns) in tables.items()
    }
    most = max((found.fits for found in resolved.values()), default=0)
    best = [table for table, found in resolved.items() if found.fits == most]
    if most < len(REQUIRED) and len(tables) != 1:
        raise NotOrders(
            f"{name}: no table looks like orders, with a customer, a date and an amount. Tables found: {listed}{more}."
            " Say which one to read: --table NAME, or --query SQL for columns of several.",
            *([_which_table(tables)] if tables else ()),
        )
    if len(best) > 1:
        fitting = " and ".join(f'"{table}"' for table in best)
        raise QuestionError(
            f'{name}: the tables {fitting} all look like orders. Say which one: --table "{best[0]}".',
            _which_table(best),
        )
    return best[0], f"SELECT * FROM {tables[best[0]][0]}"  # noqa: S608  # a quoted name


def _which_table(names: Iterable[str]) -> Question:
    return Question("Which table holds the orders?", tuple(Answer("table", name) for name in names))
