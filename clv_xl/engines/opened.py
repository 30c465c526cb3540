"""Opens the engine that groups the orders."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clv_xl.engines.dialects import ORDER_COLUMNS
from clv_xl.errors import UsageError
from clv_xl.orders.kinds.postgres_url import PostgresUrl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.customers.engine import Connection
    from clv_xl.engines.wanted import Engine
    from clv_xl.orders.kinds.given import Source

__all__ = ["at_engine"]


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
            yield place
    else:
        with _postgres(engine, here, sources) as place:
            yield place


@contextmanager
def _postgres(
    engine: Engine, here: duckdb.DuckDBPyConnection, sources: Sequence[Source]
) -> Iterator[Connection]:
    import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

    from clv_xl.engines.postgres import Postgres  # noqa: PLC0415
    from clv_xl.orders.kinds.postgres import open_session  # noqa: PLC0415
    from clv_xl.orders.private import private_folder  # noqa: PLC0415

    url = database_of(engine, sources)
    with (
        open_session(url, only_reads=False) as session,
        private_folder() as folder,
        duckdb.connect(":memory:") as shapes,
    ):
        place = Postgres(session, here, shapes, folder)
        place.send(here, "order_rows", "order_rows", ORDER_COLUMNS)
        yield place


@contextmanager
def _spark(engine: Engine, here: duckdb.DuckDBPyConnection) -> Iterator[Connection]:
    import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

    from clv_xl.engines.spark import Spark  # noqa: PLC0415
    from clv_xl.orders.private import private_folder  # noqa: PLC0415

    with _spark_session(engine) as session, private_folder() as folder, duckdb.connect(":memory:") as shapes:
        place = Spark(session, here, shapes)
        copy = folder / "order_rows.parquet"
        here.execute(f"copy order_rows to '{copy}' (format parquet)")
        try:
            place.keep("order_rows", session.read.parquet(copy.as_uri()))
            yield place
        finally:
            place.forget()


@contextmanager
def _spark_session(engine: Engine) -> Iterator[Any]:
    """Use the session of the program, as in a notebook; else begin one, and end it."""
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415  # of an extra
    except ImportError as error:
        raise UsageError(
            '--engine spark needs the extra "spark". Install it: pip install "clv-xl[spark]".'
        ) from error
    running = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("clv_xl").config("spark.ui.showConsoleProgress", "false")
    if engine.connect.startswith("local"):
        # the 200 of a cluster only cost time on one machine
        builder = builder.config("spark.sql.shuffle.partitions", "8")
    if engine.connect.startswith("sc://"):
        builder = builder.remote(engine.connect)
    elif engine.connect:
        builder = builder.master(engine.connect)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        if running is None:
            session.stop()


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
