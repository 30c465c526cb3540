"""The one runner of the SQL files: every grouping of orders in this package goes through here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    import duckdb
    import pandas as pd

    Connection: TypeAlias = "duckdb.DuckDBPyConnection | Elsewhere"

__all__ = [
    "Connection",
    "Elsewhere",
    "engine_name",
    "materialise",
    "query",
    "read_here",
    "registered",
    "statement",
    "unregistered",
]


class Elsewhere(ABC):
    """Orders that are grouped by another engine than DuckDB: only what it finds comes here.

    Attributes
    ----------
    name : str
        The engine, as people call it.
    here : duckdb.DuckDBPyConnection
        What the orders' account left here, such as the rows set aside.
    """

    name: str
    here: duckdb.DuckDBPyConnection

    @abstractmethod
    def query(self, name: str, values: Mapping[str, object]) -> pd.DataFrame:
        """Run a SQL file, and return the frame that DuckDB would."""

    @abstractmethod
    def materialise(self, name: str, values: Mapping[str, object] | None = None) -> None:
        """Keep the result of a SQL file under its name, replacing an older one."""

    @abstractmethod
    def register(self, name: str, frame: pd.DataFrame) -> None:
        """Make a frame known as a table."""


@cache
def statement(name: str) -> str:
    """Return the text of ``sql/<name>.sql``."""
    return (files("clv_xl.customers") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def query(connection: Connection, name: str, **values: object) -> pd.DataFrame:
    """Run a SQL file with its named values and return the result as a frame."""
    if isinstance(connection, Elsewhere):
        return connection.query(name, values)
    return connection.execute(statement(name), values or None).df()


def materialise(connection: Connection, name: str, values: Mapping[str, object] | None = None) -> None:
    """Keep the result of a SQL file as a table of the same name, replacing an older one."""
    if isinstance(connection, Elsewhere):
        connection.materialise(name, values)
    else:
        connection.execute(f"create or replace table {name} as {statement(name)}", values or None)


def registered(connection: Connection, name: str, frame: pd.DataFrame) -> None:
    """Make a frame known to the SQL files as a table."""
    connection.register(name, frame)


def unregistered(connection: Connection, name: str) -> None:
    """Forget a frame; another engine forgets it when it is closed, or given another of that name."""
    if not isinstance(connection, Elsewhere):
        connection.unregister(name)


def read_here(connection: Connection) -> duckdb.DuckDBPyConnection:
    """Return the database that the orders' account is in."""
    return connection.here if isinstance(connection, Elsewhere) else connection


def engine_name(connection: Connection) -> str:
    """Return what people call the engine that groups the orders."""
    return connection.name if isinstance(connection, Elsewhere) else "DuckDB"
