"""Spark groups the orders, in temporary views of a session; only what it finds comes to the driver."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from clv_xl.engines.dialects import Shapes, filled, text_in
from clv_xl.engines.place import Place
from clv_xl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import duckdb
    import pandas as pd

__all__ = ["Spark", "quiet"]

_KINDS: Final = {
    "VARCHAR": "string",
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "date",
    "TIMESTAMP_NS": "date",
}


@contextmanager
def quiet() -> Iterator[None]:
    """Have Spark not warn of a pandas that it does not know: it is given rows, and no frame of pandas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


class Spark(Place):
    """The runner: statements to the session, rows back as columns of the types that DuckDB would give.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Of the program, or of Spark Connect.
    here : duckdb.DuckDBPyConnection
        What the orders' account left here.
    shapes : duckdb.DuckDBPyConnection
        An empty database.
    folder : pathlib.Path
        A private folder, for copies.
    """

    name = "Spark"
    dialect = "spark"

    def __init__(
        self,
        session: Any,
        here: duckdb.DuckDBPyConnection,
        shapes: duckdb.DuckDBPyConnection,
        folder: Path,
    ) -> None:
        self.here, self._session, self._shapes = here, session, Shapes(shapes)
        self._folder = folder
        self._kept: dict[str, Any] = {}
        self._shown: set[str] = set()

    def query(self, name: str, values: Mapping[str, object]) -> pd.DataFrame:
        """Run a SQL file, and return the frame that DuckDB would."""
        kinds = self._shapes.of(name, values)
        answer = self._session.sql(filled(text_in("spark", name), values)).toDF(
            *(f"c{at}" for at in range(len(kinds)))
        )
        # where Arrow is there, it brings many rows in a fraction of the time
        found = answer.toArrow() if find_spec("pyarrow") else _in_columns(answer)
        chosen = ", ".join(
            f'cast(c{at} as {kind}) as "{column}"' for at, (column, kind) in enumerate(kinds.items())
        )
        self._shapes.connection.register("answer", found)
        try:
            return self._shapes.connection.execute(f"select {chosen} from answer").df()  # noqa: S608  # our own names
        finally:
            self._shapes.connection.unregister("answer")

    def materialise(self, name: str, values: Mapping[str, object] | None = None) -> None:
        """Keep the result of a SQL file in the cluster's memory, or on its disks, under its name."""
        self.keep(name, self._session.sql(filled(text_in("spark", name), values or {})))
        self._shapes.keep(name, values or {})

    def rename(self, name: str, other: str) -> None:
        """Know a view by another name."""
        self.forget(other)
        self._kept[other] = self._kept.pop(name)
        self._show(other, self._kept[other])

    def columns_of(self, sql: str) -> list[tuple[str, str]]:
        """Return the columns of a query of the user's and their kinds."""
        found = self._session.sql(sql).schema
        return [(field.name, _kind(field.dataType.simpleString())) for field in found]

    def view(self, name: str, sql: str) -> None:
        """Know a query by a name."""
        self._show(name, self._session.sql(sql))

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
        with quiet():
            self.keep(name, self._session.createDataFrame(rows, schema))

    def send(self, source: duckdb.DuckDBPyConnection, name: str) -> None:
        """Bring a table of DuckDB there, through a file that the workers must be able to open."""
        copy = self._folder / f"{name}.parquet"
        source.execute(f"copy {name} to '{copy}' (format parquet)")
        self.keep(name, self._session.read.parquet(copy.as_uri()))

    def keep(self, name: str, frame: Any) -> None:
        """Know a frame of Spark as a table, computed once."""
        self.forget(name)
        self._kept[name] = frame.cache()
        self._show(name, frame)

    def _show(self, name: str, frame: Any) -> None:
        """Give a frame a name, unless the program has a view of that name."""
        if name not in self._shown:
            views = self._session.sql(f"show views like '{name}'").collect()
            if any(view["isTemporary"] for view in views):
                raise UsageError(
                    f'The Spark session has a temporary view "{name}", a name that is needed here. Drop it, or give it'
                    f' another name: spark.catalog.dropTempView("{name}").'
                )
            self._shown.add(name)
        # a view of the frame itself would take what is kept with it, when another gets its name
        frame.select("*").createOrReplaceTempView(name)

    def forget(self, name: str | None = None) -> None:
        """Free what was kept: one table, or all and every name."""
        for key in [name] if name else list(self._kept):
            if key in self._kept:
                self._kept.pop(key).unpersist()
        for view in [] if name else sorted(self._shown):
            self._session.catalog.dropTempView(view)


def _in_columns(answer: Any) -> pd.DataFrame:
    """Bring a frame of Spark here, row by row."""
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    rows, names = answer.collect(), answer.columns
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pd.DataFrame(
        {name: pd.Series(column, dtype=object) for name, column in zip(names, columns, strict=True)}
    )


def _kind(type_name: str) -> str:
    """Return the kind of a type of Spark; what is none of them is read as text."""
    if type_name.startswith("decimal"):
        return "decimal"
    kinds = {
        **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "whole"),
        **dict.fromkeys(("float", "double"), "float"),
        "date": "date",
        "timestamp_ntz": "timestamp",
        "timestamp": "moment",
        "boolean": "boolean",
    }
    return kinds.get(type_name, "text")
