"""Spark groups the orders, in temporary views of a session; only what it finds comes to the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clv_xl.customers.engine import Elsewhere
from clv_xl.engines.dialects import Shapes, filled, text_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import pandas as pd

__all__ = ["Spark"]

_KINDS: Final = {
    "VARCHAR": "string",
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "date",
    "TIMESTAMP_NS": "date",
}


class Spark(Elsewhere):
    """The runner: statements to the session, rows back as columns of the types that DuckDB would give.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Of the program, or of Spark Connect.
    here : duckdb.DuckDBPyConnection
        What the orders' account left here.
    shapes : duckdb.DuckDBPyConnection
        An empty database.
    """

    name = "Spark"

    def __init__(
        self, session: Any, here: duckdb.DuckDBPyConnection, shapes: duckdb.DuckDBPyConnection
    ) -> None:
        self.here, self._session, self._shapes = here, session, Shapes(shapes)
        self._kept: dict[str, Any] = {}

    def query(self, name: str, values: Mapping[str, object]) -> pd.DataFrame:
        """Run a SQL file, and return the frame that DuckDB would."""
        import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

        rows = self._session.sql(filled(text_in("spark", name), values)).collect()
        kinds = self._shapes.of(name, values)
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
        frame = pd.DataFrame({f"c{at}": pd.Series(column, dtype=object) for at, column in enumerate(columns)})
        chosen = ", ".join(
            f'cast(c{at} as {kind}) as "{column}"' for at, (column, kind) in enumerate(kinds.items())
        )
        self._shapes.connection.register("answer", frame)
        try:
            return self._shapes.connection.execute(f"select {chosen} from answer").df()  # noqa: S608  # our own names
        finally:
            self._shapes.connection.unregister("answer")

    def materialise(self, name: str) -> None:
        """Keep the result of a SQL file in the cluster's memory, or on its disks, under its name."""
        self.keep(name, self._session.sql(filled(text_in("spark", name), {})))
        self._shapes.keep(name)

    def register(self, name: str, frame: pd.DataFrame) -> None:
        """Send a frame there as a view."""
        shapes = self._shapes.connection
        shapes.register("sent", frame)
        columns = self._shapes.described("from sent limit 0")
        shapes.execute(f"create or replace table {name} as from sent limit 0")
        chosen = ", ".join(
            f"cast({column} as date) as {column}" if _KINDS.get(kind) == "date" else column
            for column, kind in columns.items()
        )
        rows = shapes.execute(f"select {chosen} from sent").fetchall()  # noqa: S608  # our own names
        shapes.unregister("sent")
        schema = ", ".join(f"{column} {_KINDS[kind]}" for column, kind in columns.items())
        self.keep(name, self._session.createDataFrame(rows, schema))

    def keep(self, name: str, frame: Any) -> None:
        """Know a frame of Spark as a table, computed once."""
        self.forget(name)
        self._kept[name] = frame.cache()
        frame.createOrReplaceTempView(name)

    def forget(self, name: str | None = None) -> None:
        """Free what was kept: one table, or all."""
        for key in [name] if name else list(self._kept):
            if key in self._kept:
                self._session.catalog.dropTempView(key)
                self._kept.pop(key).unpersist()
