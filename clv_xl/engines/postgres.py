"""PostgreSQL groups the orders, in temporary tables of one transaction that is never committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clv_xl.engines.dialects import Shapes, filled, text_in
from clv_xl.engines.place import Place
from clv_xl.orders.kinds.postgres import of_query, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    import pandas as pd

    from clv_xl.orders import ReadOptions
    from clv_xl.orders.kinds.postgres_url import PostgresUrl

__all__ = ["Postgres"]

_AS_CSV: Final = "with (format csv, force_quote *)"
_LONGEST_ROW: Final = 8 << 20


class Postgres(Place):
    """The runner: statements to the server, results as a copy of text that DuckDB reads with the types it would give.

    Parameters
    ----------
    session : pg8000.native.Connection
        In a transaction that may make temporary tables.
    here : duckdb.DuckDBPyConnection
        What the orders' account left here.
    shapes : duckdb.DuckDBPyConnection
        An empty database.
    folder : pathlib.Path
        A private folder, for copies.
    """

    name = "PostgreSQL"
    dialect = "postgres"

    def __init__(
        self,
        session: Any,
        here: duckdb.DuckDBPyConnection,
        shapes: duckdb.DuckDBPyConnection,
        folder: Path,
    ) -> None:
        self.here, self._session, self._shapes = here, session, Shapes(shapes)
        self._copy = folder / "answer.csv"

    def query(self, name: str, values: Mapping[str, object]) -> pd.DataFrame:
        """Run a SQL file, and return the frame that DuckDB would."""
        sql = filled(text_in("postgres", name), values)
        with self._copy.open("wb") as stream:
            self._session.run(f"copy ({sql}) to stdout {_AS_CSV}", stream=stream)
        given = {"copy": str(self._copy), "columns": self._shapes.of(name, values)}
        return self._shapes.connection.execute(
            "from read_csv($copy, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
            f" allow_quoted_nulls = false, columns = $columns, max_line_size = {_LONGEST_ROW})",
            given,
        ).df()

    def materialise(self, name: str, values: Mapping[str, object] | None = None) -> None:
        """Keep the result of a SQL file as a temporary table, and have the server look at it."""
        # under another name first: it may be made of the older one
        self._session.run(f"create temporary table made as {filled(text_in('postgres', name), values or {})}")
        self.rename("made", name)
        self._session.run(f"analyze {name}")
        self._shapes.keep(name, values or {})

    def rename(self, name: str, other: str) -> None:
        """Know a temporary table by another name, and forget what had that name."""
        self._session.run(f"drop table if exists pg_temp.{other}")
        self._session.run(f"alter table pg_temp.{name} rename to {other}")

    def columns_of(self, sql: str) -> list[tuple[str, str]]:
        """Return the columns of a query of the user's and their kinds; nothing can come after the query."""
        prepared = self._session.prepare(f"select * from (\n{sql}\n) as given limit 0")  # noqa: S608  # as above
        prepared.run()
        return [(str(found["name"]), _OIDS.get(int(found["type_oid"]), "text")) for found in prepared.columns]

    def table_of(self, source: PostgresUrl, options: ReadOptions) -> tuple[str, str]:
        """Return the table that the user means, and SQL for its rows; a wrong query is the user's error."""
        table, sql = rows_of(self._session, source.name, options)
        with of_query(source, options):
            self.columns_of(sql)
        return table, sql

    def view(self, name: str, sql: str) -> None:
        """Know a query by a name."""
        self._session.run(f"create temporary view {name} as {sql}")

    def register(self, name: str, frame: pd.DataFrame) -> None:
        """Send a frame there as a temporary table."""
        shapes = self._shapes.connection
        shapes.register("sent", frame)
        columns = self._shapes.described("from sent limit 0")
        shapes.execute(f"create or replace table {name} as from sent limit 0")
        self.send(shapes, "sent", name, {column: _KINDS.get(kind, kind) for column, kind in columns.items()})
        shapes.unregister("sent")

    def send(
        self, source: duckdb.DuckDBPyConnection, table: str, name: str, columns: Mapping[str, str]
    ) -> None:
        """Copy a table of DuckDB there. Texts are compared by their bytes, whatever the language of the database."""
        collated = {
            column: f'{kind} collate "C"' if kind == "text" else kind for column, kind in columns.items()
        }
        kinds = ", ".join(f"{column} {kind}" for column, kind in collated.items())
        self._session.run(f"drop table if exists pg_temp.{name}")
        self._session.run(f"create temporary table {name} ({kinds})")
        chosen = ", ".join(columns)
        source.execute(
            f"copy (select {chosen} from {table}) to '{self._copy}' (format csv, header false, force_quote *)"  # noqa: S608  # our own names
        )
        with self._copy.open("rb") as stream:
            self._session.run(f"copy {name} from stdin with (format csv)", stream=stream)
        self._session.run(f"analyze {name}")


_OIDS: Final = {
    **dict.fromkeys((20, 21, 23), "whole"),
    **dict.fromkeys((700, 701), "float"),
    1700: "decimal",
    1082: "date",
    1114: "timestamp",
    1184: "moment",
    16: "boolean",
}
"""Kinds of the types that PostgreSQL numbers so; every other is read as text."""

_KINDS: Final = {"VARCHAR": "text", "DOUBLE": "double precision", "TIMESTAMP": "date", "TIMESTAMP_NS": "date"}
