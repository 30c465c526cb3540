"""PostgreSQL groups the orders, in temporary tables of one transaction that is never committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clv_xl.customers.engine import Elsewhere
from clv_xl.engines.dialects import Shapes, filled, text_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    import pandas as pd

__all__ = ["Postgres"]

_AS_CSV: Final = "with (format csv, force_quote *)"
_LONGEST_ROW: Final = 8 << 20


class Postgres(Elsewhere):
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

    def materialise(self, name: str) -> None:
        """Keep the result of a SQL file as a temporary table, and have the server look at it."""
        self._run(f"drop table if exists pg_temp.{name}")
        self._run(f"create temporary table {name} as {text_in('postgres', name)}")
        self._run(f"analyze {name}")
        self._shapes.keep(name)

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
        self._run(f"drop table if exists pg_temp.{name}")
        self._run(f"create temporary table {name} ({kinds})")
        chosen = ", ".join(columns)
        source.execute(
            f"copy (select {chosen} from {table}) to '{self._copy}' (format csv, header false, force_quote *)"  # noqa: S608  # our own names
        )
        with self._copy.open("rb") as stream:
            self._session.run(f"copy {name} from stdin with (format csv)", stream=stream)
        self._run(f"analyze {name}")

    def _run(self, sql: str) -> None:
        self._session.run(sql)


_KINDS: Final = {"VARCHAR": "text", "DOUBLE": "double precision", "TIMESTAMP": "date", "TIMESTAMP_NS": "date"}
