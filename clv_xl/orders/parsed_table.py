"""The table of typed rows: what nothing in a single file tells is no column that is written, but one that is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

__all__ = ["PARSED", "SET_LATER", "put_rows"]

PARSED: Final = {
    "row_number": "BIGINT",
    "file_number": "INTEGER",
    "file_row": "BIGINT",
    "wrong_columns": "BOOLEAN",
    "line": "VARCHAR",
    "line_hash": "UBIGINT",
    "again": "BOOLEAN",
    "says_total": "BOOLEAN",
    "customer_text": "VARCHAR",
    "date_text": "VARCHAR",
    "amount_text": "VARCHAR",
    "customer_id": "VARCHAR",
    "order_id": "VARCHAR",
    "day": "DATE",
    "source_amount": "DECIMAL(18, 4)",
    "is_number": "BOOLEAN",
    "rounding": "DECIMAL(38, 18)",
    "rate": "DECIMAL(18, 8)",
    "converted_amount": "DECIMAL(18, 4)",
    "source_cost": "DECIMAL(18, 4)",
    "has_cost": "BOOLEAN",
    "quantity": "DOUBLE",
    "has_quantity": "BOOLEAN",
    "source_refunded": "DECIMAL(18, 4)",
    "has_refunded": "BOOLEAN",
    "channel": "VARCHAR",
    "product": "VARCHAR",
    "country": "VARCHAR",
    "status": "VARCHAR",
    "meaning": "VARCHAR",
    "currency": "VARCHAR",
    "differs": "VARCHAR",
    "taken_off": "BOOLEAN",
    "apart": "VARCHAR",
    "event": "VARCHAR",
    "email": "VARCHAR",
    "phone": "VARCHAR",
    "email_written": "UBIGINT",
    "consent": "VARCHAR",
    "payment": "VARCHAR",
    "other_amount": "VARCHAR",
    "credited_order": "VARCHAR",
    "named_order": "VARCHAR",
}
"""Column -> type. Texts are as in the file; ``meaning``, ``event`` and ``apart`` are words of ours. A row of which
``again`` is false has an order id that no other row has, or none.
"""

SET_LATER: Final = frozenset(
    {
        "customer_id",
        "order_id",
        "day",
        "source_amount",
        "rounding",
        "rate",
        "currency",
        "again",
        "apart",
        "email",
        "phone",
    }
)
_KNOWN: Final = re.compile(r"CAST\(NULL AS [A-Z]+(\([0-9, ]+\))?\)|'[a-z]*'|[0-9]+|false")


def put_rows(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, str],
    source: str,
    *,
    first: bool,
    alone: bool,
) -> None:
    """Append rows to ``parsed``; before the first file's, make it.

    Where a file is alone, a column that is the same in all its rows is generated where it is read: of forty columns
    most are, and to write them took half the time. Those that a later step may set are always written.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    columns : Mapping of str to str
        Column of ``PARSED`` -> its SQL over ``source``.
    source : str
        SQL that may stand behind WITH and before SELECT.
    first : bool
        Whether the table is made.
    alone : bool
        Whether no other file follows.
    """
    known = {
        name for name, sql in columns.items() if alone and name not in SET_LATER and _KNOWN.fullmatch(sql)
    }
    if first:
        made = ", ".join(
            f"{name} {type_}{f' GENERATED ALWAYS AS ({columns[name]}) VIRTUAL' if name in known else ''}"
            for name, type_ in PARSED.items()
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE parsed ({made})")
    written = [name for name in PARSED if name not in known]
    read = ", ".join(f"{columns[name]} AS {name}" for name in written)
    connection.execute(f"INSERT INTO parsed ({', '.join(written)}) WITH {source} SELECT {read} FROM valued")  # noqa: S608  (our own names and expressions)
