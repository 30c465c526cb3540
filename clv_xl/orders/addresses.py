"""E-mail addresses that orders carry beside the id of their customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.metrics.occasions import EMAIL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["addresses"]


def addresses(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> dict[str, str]:
    """Return each customer's address where their id is none: that of the newest row that counts and has one.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table ``judged`` is.
    sources : sequence of ReadSource
        The files; where none has a column of addresses beside the ids, nothing is looked for.
    """
    if not any("email" in source.resolution.extra for source in sources):
        return {}
    found = connection.execute(f"""
        SELECT customer_id, arg_max(email, (day, row_number)) FROM judged
        WHERE reason IS NULL AND email IS NOT NULL AND email <> customer_id
            AND contains(email, '@') AND regexp_full_match(email, '{EMAIL}')
        GROUP BY customer_id ORDER BY customer_id
    """)  # noqa: S608  (our own pattern)
    return dict(found.fetchall())
