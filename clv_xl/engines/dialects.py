"""The SQL files in the words of another engine, with their values; and what types DuckDB would answer with."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from clv_xl.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

__all__ = ["GIVEN_COLUMNS", "ORDER_COLUMNS", "Shapes", "filled", "text_in"]

ORDER_COLUMNS: Final = {
    "row_number": "bigint",
    "file_number": "integer",
    "customer_id": "text",
    "order_id": "text",
    "day": "date",
    "amount": "decimal(18, 4)",
    "source_amount": "decimal(18, 4)",
    "cost": "decimal(18, 4)",
    "quantity": "double precision",
    "channel": "text",
    "product": "text",
    "country": "text",
    "is_refund": "boolean",
}
"""The canonical orders, in the words of PostgreSQL and DuckDB."""

GIVEN_COLUMNS: Final = {
    "customer_text": "text",
    "customer_id": "text",
    "order_text": "text",
    "date_text": "text",
    "day": "date",
    "amount_text": "text",
    "amount": "decimal(18, 4)",
    "amount_fault": "text",
    "cost": "decimal(18, 4)",
    "quantity": "double precision",
    "channel": "text",
    "product": "text",
    "country": "text",
    "status": "text",
    "currency": "text",
}
"""The rows of a table as they are asked, before any is judged."""

_PLACE: Final = re.compile(r"(?<![:\w]):([a-z_]+)\b")
_FOLDERS: Final = ("clv_xl.customers", "clv_xl.engines")


@cache
def text_in(dialect: str, name: str) -> str:
    """Return a statement as an engine understands it: ``name.postgres.sql``, or for DuckDB ``name.sql``.

    Examples
    --------
    >>> "as_of" in text_in("spark", "summary")
    True
    """
    file = f"{name}.sql" if dialect == "duckdb" else f"{name}.{dialect}.sql"
    for package in _FOLDERS:
        found = files(package) / "sql" / file
        if found.is_file():
            return found.read_text(encoding="utf-8")
    raise ArgumentError(f"There is no statement {file}.")


def filled(text: str, values: Mapping[str, object]) -> str:
    """Put values in their places, which ``:name`` marks: what copies a result takes no parameters.

    Examples
    --------
    >>> filled("day <= :as_of and x > :least", {"as_of": date(2024, 2, 29), "least": 3})
    "day <= cast('2024-02-29' as date) and x > 3"
    """
    lines = (line for line in text.splitlines() if not line.startswith("--"))
    return _PLACE.sub(lambda place: _literal(values[place[1]]), "\n".join(lines))


def _literal(value: object) -> str:
    if isinstance(value, date):
        return f"cast('{value.isoformat()}' as date)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if "e" in repr(value) else f"{value!r}e0"  # in Spark a plain 0.9 is a decimal
    if isinstance(value, str) and "\\" not in value and "\0" not in value:
        return "'" + value.replace("'", "''") + "'"
    raise ArgumentError(f"{value!r} cannot stand in a statement.")


class Shapes:
    """The tables of DuckDB without their rows, which tell the types of every answer."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        for table, kinds in (("order_rows", ORDER_COLUMNS), ("given_rows", GIVEN_COLUMNS)):
            columns = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
            connection.execute(f"create or replace table {table} ({columns})")

    def of(self, name: str, values: Mapping[str, object]) -> dict[str, str]:
        """Return the columns of an answer and their types."""
        return self.described(text_in("duckdb", name), values)

    def described(self, sql: str, values: Mapping[str, object] | None = None) -> dict[str, str]:
        """Return the columns of what a statement gives, and their types."""
        answer = self.connection.execute(sql, dict(values or {}) or None)
        found = {str(column[0]): str(column[1]) for column in answer.description}
        answer.fetchall()
        return found

    def keep(self, name: str, values: Mapping[str, object]) -> None:
        """Know a statement's result as a table."""
        self.connection.execute(
            f"create or replace table {name} as {text_in('duckdb', name)}", dict(values) or None
        )
