"""Orders out of a PostgreSQL database: read in one read-only transaction, copied as text that loses nothing."""

from __future__ import annotations

import getpass
import os
import socket
import ssl
import struct
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import duckdb

from clv_xl.errors import InputError, UsageError
from clv_xl.orders.kinds.tables import choose_table, table_cells
from clv_xl.orders.kinds.typed_text import quoted, text_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.kinds.postgres_url import PostgresUrl
    from clv_xl.orders.options import ReadOptions
    from clv_xl.orders.xlsx_cells import SheetCells

__all__ = ["load_query", "of_query", "open_session", "rows_of"]

_WAIT_SECONDS: Final = 15
_LONGEST_TEXT: Final = 32_767  # what a cell of Excel holds
_LONGEST_ROW: Final = 8 << 20
_SHOWN_ROWS: Final = 1_000
_SHOWN_TEXT: Final = 200
_CLEAR_TEXT: Final = 3
_FLOATS: Final = (700, 701)
_MOMENT: Final = 1184
# The types that PostgreSQL numbers so: smallint, integer, bigint, real, double, numeric; date, timestamp.
_KINDS: Final = {
    **dict.fromkeys((20, 21, 23, *_FLOATS, 1700), "number"),
    **dict.fromkeys((1082, 1114), "date"),
    _MOMENT: "moment",
}
_COLUMNS: Final = """
    SELECT n.nspname, c.relname, a.attname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname NOT LIKE 'pg\\_%' AND has_table_privilege(c.oid, 'SELECT') AND NOT c.relispartition
    ORDER BY n.nspname, c.relname, a.attnum
"""


def load_query(
    connection: duckdb.DuckDBPyConnection, source: PostgresUrl, options: ReadOptions, folder: Path
) -> tuple[SheetCells, str, Path]:
    """Fill the table ``sheet_cells`` from a table or a query of a database.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is made.
    source : PostgresUrl
        The database.
    options : ReadOptions
        What the user said.
    folder : pathlib.Path
        A private folder; the caller removes it.

    Returns
    -------
    SheetCells
        What is known of the rows.
    str
        The table, or ``query``.
    pathlib.Path
        All that was read, in the private folder.

    Raises
    ------
    InputError
        If the database cannot be reached, or no table or several hold orders.
    UsageError
        If there is no such table, the query cannot be run, or the extra is missing.
    """
    copy = folder / "query.csv"
    with open_session(source) as session:
        table, sql = rows_of(session, source.name, options)
        with of_query(source, options):
            # prepared, as only one statement can be: nothing comes after the query, such as the end of the transaction
            prepared = session.prepare(f"SELECT * FROM (\n{sql}\n) AS given LIMIT 0")  # noqa: S608
            prepared.run()
            headers = [str(column["name"]) for column in prepared.columns]
            types = [int(column["type_oid"]) for column in prepared.columns]
            cells = table_cells(
                source.name, headers, tuple(_KINDS.get(kind, "text") for kind in types), options
            )
            places = ", ".join(f"g{at}" for at in range(len(headers)))
            texts = ", ".join(_copied(cells.resolution, types, options))
            few = f" LIMIT {_SHOWN_ROWS}" if cells.resolution.problem else ""
            with copy.open("wb") as stream:
                session.run(
                    f"COPY (SELECT {texts} FROM (SELECT *, row_number() OVER () FROM (\n{sql}\n) AS given)"  # noqa: S608
                    f" AS counted({places}, nth){few}) TO STDOUT"
                    " WITH (FORMAT csv, FORCE_QUOTE *)",
                    stream=stream,
                )
    width = len(headers) + 1
    read = ", ".join(_cell(f"g{at}", kind) + f" AS c{at}" for at, kind in enumerate((*types, 0)))
    read_copy = f"""
        CREATE OR REPLACE TEMP TABLE sheet_cells AS
        SELECT row_number() OVER () + 1 AS record, {read}
        FROM read_csv($copy, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
            columns = $columns, max_line_size = {_LONGEST_ROW})
        """  # noqa: S608  (our own names)
    given = {"copy": str(copy), "columns": {f"g{at}": "VARCHAR" for at in range(width)}}
    try:
        connection.execute(read_copy, given)
    except duckdb.Error:  # what it says holds the row
        raise InputError(
            f"{source.name}: {table} has a row of over {_LONGEST_ROW >> 20} MB. Name only the columns of the orders:"
            " --query SQL."
        ) from None
    return replace(cells, width=width), table, copy


def rows_of(session: Any, name: str, options: ReadOptions) -> tuple[str, str]:
    """Return the table that holds the orders, or ``query``, and SQL for its rows.

    Parameters
    ----------
    session : pg8000.native.Connection
        The database.
    name : str
        As messages call it.
    options : ReadOptions
        What the user said.

    Raises
    ------
    InputError
        If no table or several look like orders.
    UsageError
        If there is no such table.
    """
    if options.query:
        return "query", options.query.strip().rstrip(";")
    tables: dict[str, tuple[str, list[str]]] = {}
    for schema, relation, column in session.run(_COLUMNS):
        table = relation if schema == "public" else f"{schema}.{relation}"
        tables.setdefault(table, (f"{quoted(schema)}.{quoted(relation)}", []))[1].append(column)
    return choose_table(name, tables, options)


def _copied(resolution: Resolution, types: Sequence[int], options: ReadOptions) -> Iterator[str]:
    """Give SQL for what is copied: the columns that are needed, the beginning of the others, and what tells rows apart.

    Of columns that nothing takes the first rows are shown to people; whether two rows are the same is told by all.
    """
    needed = {*resolution.positions.values(), *(at for places in resolution.extra.values() for at in places)}
    for at, kind in enumerate(types):
        text = _text(f"g{at}", kind, options)
        yield text if at in needed else f"CASE WHEN nth <= {_SHOWN_ROWS} THEN left({text}, {_SHOWN_TEXT}) END"
    others = ", ".join(f"g{at}" for at in range(len(types)) if at not in needed)
    yield f"md5(CAST(ROW({others}) AS text))" if others else "NULL"


def _text(column: str, kind: int, options: ReadOptions) -> str:
    """Return SQL of PostgreSQL for a column as text."""
    if kind == _MOMENT:
        return f"CAST({column} AT TIME ZONE '{options.time_zone or 'UTC'}' AS text)"
    return f"left(CAST({column} AS text), {_LONGEST_TEXT})"


def _cell(column: str, kind: int) -> str:
    """Return SQL of DuckDB for such a text as that of a cell."""
    if kind in _FLOATS:
        return text_sql(f"CAST({column} AS DOUBLE)", "DOUBLE", "UTC")
    return f"nullif({column}, 'NaN')" if _KINDS.get(kind) == "number" else column


@contextmanager
def open_session(source: PostgresUrl, *, only_reads: bool = True) -> Iterator[Any]:
    """Open the database for one transaction that is never committed.

    Parameters
    ----------
    source : PostgresUrl
        The database.
    only_reads : bool
        Whether not even temporary tables are made.

    Raises
    ------
    InputError
        If the database cannot be reached, or what is asked of it fails.
    UsageError
        If the extra is missing.
    """
    try:
        import pg8000.native as driver  # noqa: PLC0415  # of an extra
        from pg8000.exceptions import InterfaceError  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            f'{source.name}: reading PostgreSQL needs the extra "postgres". Install it: pip install "clv-xl[postgres]".'
        ) from error
    try:
        session = _connected(driver, InterfaceError, source)
    except (struct.error, LookupError, ValueError, AttributeError):
        raise InputError(
            f"{source.name} cannot be reached (what answers is no PostgreSQL server). Check the host and the port."
        ) from None
    except (driver.DatabaseError, InterfaceError, OSError) as error:
        raise InputError(
            f"{source.name} cannot be reached ({_reason(error, source)}). Check the host, the user and the password: a"
            " password that stands in no URL may stand in the variable PGPASSWORD."
        ) from None
    try:
        # all statements see the same rows, whatever others write meanwhile
        session.run("START TRANSACTION " + ("READ ONLY" if only_reads else "ISOLATION LEVEL REPEATABLE READ"))
        session.run("SET LOCAL DateStyle = 'ISO'")
        session.run("SET LOCAL extra_float_digits = 1")
        yield session
        session.run("ROLLBACK")
    except (driver.DatabaseError, InterfaceError, OSError) as error:
        raise InputError(f"{source.name} cannot be read ({_reason(error, source)}).") from None
    finally:
        session.close()


@contextmanager
def of_query(source: PostgresUrl, options: ReadOptions) -> Iterator[None]:
    """Have what the database says of the user's own query be the user's error."""
    from pg8000.exceptions import DatabaseError  # noqa: PLC0415  # of an extra

    try:
        yield
    except DatabaseError as error:
        if not options.query:
            raise
        raise UsageError(f"{source.name}: --query cannot be run ({_reason(error, source)}).") from None


def _connected(driver: Any, refusal: type[Exception], source: PostgresUrl) -> Any:
    details: dict[str, Any] = {
        "user": source.user or os.environ.get("PGUSER") or getpass.getuser(),
        "password": source.password or os.environ.get("PGPASSWORD"),
        "database": source.database,
        "application_name": "clv-xl",
    }
    if source.host.startswith("/"):
        made = driver.Connection(
            **details, unix_sock=f"{source.host}/.s.PGSQL.{source.port}", timeout=_WAIT_SECONDS
        )
    else:
        made = _by_network(driver, refusal, source, details)
    # a query may take its time, but a server that is not there or is silent shall not keep anybody waiting
    made._usock.settimeout(None)  # the driver has no other way
    return made


def _by_network(driver: Any, refusal: type[Exception], source: PostgresUrl, details: dict[str, Any]) -> Any:
    class Connection(driver.Connection):  # type: ignore[misc]  # of an extra
        def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: Any) -> None:  # noqa: N802  # the driver's name
            asked = struct.unpack_from("!i", data)[0]
            plain = not isinstance(self._usock, ssl.SSLSocket)
            if asked == _CLEAR_TEXT and plain and source.sslmode != "disable":
                raise refusal(
                    "it asks for the password in clear text over a line that is not encrypted; where the line is safe,"
                    " add ?sslmode=disable to the URL"
                )
            super().handle_AUTHENTICATION_REQUEST(data, context)

    def opened(encryption: ssl.SSLContext | bool) -> Any:
        # our own socket: the driver leaves its own open where the server says nothing
        line = socket.create_connection((source.host or "localhost", source.port), timeout=_WAIT_SECONDS)
        try:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return Connection(**details, host=source.host or "localhost", sock=line, ssl_context=encryption)
        except BaseException:
            # the driver's files hold the socket open beyond its close
            if (number := line.detach()) >= 0:
                socket.close(number)
            raise

    try:
        return opened(_encryption(source.sslmode))
    except refusal as error:
        if source.sslmode != "prefer" or "refuses SSL" not in str(error):
            raise
    return opened(False)


def _encryption(mode: str) -> ssl.SSLContext | bool:
    if mode == "disable":
        return False
    context = ssl.create_default_context()
    if mode != "verify-full":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception, source: PostgresUrl) -> str:
    """Return what the database or the machine says, in one line and without a password."""
    told = error.args[0] if error.args else str(error)
    text = str(told.get("M", told)) if isinstance(told, dict) else str(error)
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    for secret in filter(None, (source.password, os.environ.get("PGPASSWORD"))):
        first = first.replace(secret, "***")
    return first.rstrip(".")
