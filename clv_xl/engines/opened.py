"""Opens the engine that groups the orders, and has it read them where they are, or brings them to it."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clv_xl.engines.dialects import ORDER_COLUMNS
from clv_xl.engines.in_place import Located, read_in_place
from clv_xl.errors import InputError, UsageError
from clv_xl.orders.kinds.given import SparkTable
from clv_xl.orders.kinds.postgres_url import PostgresUrl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.customers.engine import Connection
    from clv_xl.engines.place import Place
    from clv_xl.engines.postgres import Postgres
    from clv_xl.engines.spark import Spark
    from clv_xl.engines.wanted import Engine
    from clv_xl.orders import Intake, OrderRules, ReadOptions
    from clv_xl.orders.kinds.given import Source

__all__ = ["at_engine", "in_place", "is_in_place"]


def is_in_place(engine: Engine | None, sources: Sequence[Source]) -> bool:
    """Tell whether the engine reads the orders itself: a table of its own, and nothing else beside it."""
    if engine is None or len(sources) != 1:
        return False
    if engine.name == "postgres":
        # by the address: another user may be named for the work
        return isinstance(sources[0], PostgresUrl) and sources[0].name == database_of(engine, sources).name
    return engine.name == "spark" and isinstance(sources[0], SparkTable)


@contextmanager
def at_engine(
    engine: Engine | None, here: duckdb.DuckDBPyConnection, sources: Sequence[Source]
) -> Iterator[Connection]:
    """Bring the orders that were read to an engine, and yield what the summaries are asked of.

    Parameters
    ----------
    engine : Engine or None
        None for DuckDB.
    here : duckdb.DuckDBPyConnection
        Holds ``order_rows``.
    sources : sequence of Source
        What was read.

    Raises
    ------
    InputError
        The engine cannot be reached, or refuses.
    UsageError
        Its extra is missing, or nothing says where it is.
    """
    if engine is None or engine.name == "duckdb":
        yield here
    elif engine.name == "spark":
        with _spark(engine, here) as place:
            place.send(here, "order_rows")
            yield place
    else:
        with _postgres(database_of(engine, sources), here) as place:
            place.send(here, "order_rows", "order_rows", ORDER_COLUMNS)
            yield place


@contextmanager
def in_place(
    engine: Engine,
    here: duckdb.DuckDBPyConnection,
    source: Source,
    options: ReadOptions,
    rules: OrderRules,
    *,
    lists_all: bool,
) -> Iterator[tuple[Place, Intake]]:
    """Have an engine read a table of its own, and yield what the summaries are asked of, and the account.

    Parameters
    ----------
    engine : Engine
        PostgreSQL or Spark.
    here : duckdb.DuckDBPyConnection
        Where the rows set aside are listed.
    source : Source
        The database, or the table of Spark.
    options, rules
        As for :func:`~clv_xl.orders.load_orders`.
    lists_all : bool
        Whether all rows set aside are listed.

    Raises
    ------
    InputError, UsageError
        As in :func:`at_engine` and :func:`~clv_xl.engines.in_place.read_in_place`.
    """
    if isinstance(source, SparkTable):
        table = options.table or source.table
        if not (table or options.query):
            raise UsageError("spark: names no table. Write spark:shop.orders, or add --query SQL.")
        located = Located(
            f"spark:{'query' if options.query else table}",
            "spark",
            (options.query or f"select * from {table}").strip().rstrip(";"),  # noqa: S608  # the user's own table
        )
        with _spark(engine, here, options.time_zone or "UTC") as place:
            yield place, read_in_place(place, located, options, rules, lists_all=lists_all)
    elif isinstance(source, PostgresUrl):
        with _postgres(database_of(engine, [source]), here) as place:
            name, sql = place.table_of(source, options)
            located = Located(f"{source.name} {name}", "postgresql", sql)
            yield place, read_in_place(place, located, options, rules, lists_all=lists_all)
    else:
        raise InputError(f"{source} is in no engine.")


@contextmanager
def _postgres(url: PostgresUrl, here: duckdb.DuckDBPyConnection) -> Iterator[Postgres]:
    import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

    from clv_xl.engines.postgres import Postgres  # noqa: PLC0415
    from clv_xl.orders.kinds.postgres import open_session  # noqa: PLC0415
    from clv_xl.orders.private import private_folder  # noqa: PLC0415

    with (
        open_session(url, only_reads=False) as session,
        private_folder() as folder,
        duckdb.connect(":memory:") as shapes,
    ):
        yield Postgres(session, here, shapes, folder)


@contextmanager
def _spark(engine: Engine, here: duckdb.DuckDBPyConnection, zone: str | None = None) -> Iterator[Spark]:
    import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

    from clv_xl.engines.spark import Spark  # noqa: PLC0415
    from clv_xl.orders.private import private_folder  # noqa: PLC0415

    with (
        _spark_session(engine, zone) as session,
        private_folder() as folder,
        duckdb.connect(":memory:") as shapes,
    ):
        place = Spark(session, here, shapes, folder)
        try:
            yield place
        finally:
            place.forget()


@contextmanager
def _spark_session(engine: Engine, zone: str | None) -> Iterator[Any]:
    """Use the session of the program, as in a notebook; else begin one, and end it."""
    try:
        from pyspark.errors import PySparkException  # noqa: PLC0415  # of an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415

        from clv_xl.engines.spark import quiet  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            '--engine spark needs the extra "spark". Install it: pip install "clv-xl[spark]".'
        ) from error
    running = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("clv_xl")
    if engine.connect.startswith("sc://"):
        builder = builder.remote(engine.connect)
    elif engine.connect:
        builder = builder.master(engine.connect)
    if engine.connect.startswith("local"):
        # the 200 parts of a cluster only cost time on one machine, and a moving bar hides what is said
        builder = builder.config("spark.sql.shuffle.partitions", "8")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
    try:
        if running is None:
            # what it says of a refusal is pages long, and its first line is in our message
            logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
        with quiet():
            session = builder.getOrCreate()
        if running is None and engine.connect.startswith("local"):
            session.sparkContext.setLogLevel("ERROR")
        before = str(session.conf.get("spark.sql.session.timeZone"))
        try:
            if zone is not None:
                session.conf.set("spark.sql.session.timeZone", zone)
            yield session
        finally:
            if running is None:
                session.stop()
            else:
                session.conf.set("spark.sql.session.timeZone", before)
    except PySparkException as error:
        told = (str(error.getMessage() or error).strip().splitlines() or [type(error).__name__])[0].rstrip(
            "."
        )
        java = " Spark needs Java 17 or newer, found by PATH or JAVA_HOME." if "JAVA" in told.upper() else ""
        raise InputError(
            f"Spark refuses ({told}). Check the table or the query, and --connect.{java}"
        ) from error


def database_of(engine: Engine, sources: Sequence[Source]) -> PostgresUrl:
    """Return the database that was named, else that of the orders.

    Raises
    ------
    UsageError
        There is neither.
    """
    if engine.connect:
        return PostgresUrl.of(engine.connect)
    for source in sources:
        if isinstance(source, PostgresUrl):
            return source
    raise UsageError(
        "--engine postgres: no database is named. Give the orders as postgresql://USER@HOST/DATABASE, or the database"
        " that shall group them with --connect postgresql://USER@HOST/DATABASE."
    )
