"""Cancellations that are rows of their own, by their event or by the kind of the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.flag_words import TYPE_FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["cancel_by_event"]


def cancel_by_event(connection: duckdb.DuckDBPyConnection, read: Sequence[ReadSource]) -> None:
    """Let a cancellation that is a row of its own cancel its order, not one of another shop with its number.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``parsed`` is.
    read : Sequence of ReadSource
        The files.
    """
    if any("kind" in source.meaning.roles for source in read):
        connection.execute("""
            UPDATE parsed SET meaning = 'cancelled'
            FROM (SELECT DISTINCT order_id, customer_id FROM parsed WHERE event = 'cancel') AS gone
            WHERE parsed.order_id = gone.order_id
                AND coalesce(parsed.customer_id = gone.customer_id, true)
        """)
    if any(source.meaning.flags.keys() & {*TYPE_FLAGS} for source in read):
        # a row of the whole order's amount, or of none, is its cancellation; another one is a line that was cancelled
        connection.execute("""
            UPDATE parsed SET meaning = 'cancelled'
            FROM (
                SELECT file_number, order_id, customer_id FROM parsed
                WHERE order_id IS NOT NULL AND coalesce(source_amount >= 0, true)
                GROUP BY ALL HAVING bool_or(event = 'cancelled')
                    AND coalesce(sum(source_amount) FILTER (event = 'cancelled'), 0)
                        IN (0, sum(source_amount) FILTER (event <> 'cancelled'))
            ) AS gone
            WHERE parsed.file_number = gone.file_number AND parsed.order_id = gone.order_id
                AND parsed.customer_id = gone.customer_id
        """)
