"""The one runner of the SQL files: every grouping of orders in this package goes through here."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    import duckdb
    import pandas as pd

    Connection: TypeAlias = duckdb.DuckDBPyConnection

__all__ = ["Connection", "materialise", "query", "statement"]


@cache
def statement(name: str) -> str:
    """Return the text of ``sql/<name>.sql``."""
    return (files("clv_xl.customers") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def query(connection: duckdb.DuckDBPyConnection, name: str, **values: object) -> pd.DataFrame:
    """Run a SQL file with its named values and return the result as a frame."""
    return connection.execute(statement(name), values or None).df()


def materialise(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Keep the result of a SQL file as a temporary table of the same name, replacing an older one."""
    connection.execute(f"create or replace temporary table {name} as {statement(name)}")
