"""Cancellations that are rows of their own: by their event, by the kind of the row, or by a later status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.orders.flag_words import TYPE_FLAGS
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["cancel_by_event", "follow_statuses"]

_ORDER_KEY = "hash(file_number, order_id, customer_id)"
_IN_A_LOG = """
    again AND order_id IS NOT NULL AND source_amount > 0 AND event = '' AND apart IS NULL
    AND meaning IN ('cancelled', 'refunded', 'completed')
"""


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


def follow_statuses(connection: duckdb.DuckDBPyConnection, read: Sequence[ReadSource]) -> Iterator[Warning_]:
    """Let the last status of an order count that stands in rows of several days, as in a log of its changes.

    The products of an order have its day: a later row of its whole amount, cancelled or refunded, is what became of it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``parsed`` is.
    read : Sequence of ReadSource
        The files.
    """
    if not any(
        "status" in source.file.columns
        and not source.each_once
        and (source.meaning.format is None or source.meaning.format.general)
        for source in read
    ):
        return
    # most exports name each order once, and to find that takes a fraction of the time that what follows takes
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE told_again AS
        SELECT {_ORDER_KEY} AS key FROM parsed WHERE {_IN_A_LOG} GROUP BY key HAVING count(*) > 1
    """)  # noqa: S608  (our own words)
    if connection.execute("SELECT 1 FROM told_again LIMIT 1").fetchone():
        yield from _follow_logs(connection)
    connection.execute("DROP TABLE told_again")


def _follow_logs(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE status_logs AS
        WITH ended AS (
            SELECT file_number, order_id, customer_id, row_number, day, status, source_amount, meaning,
                meaning IN ('cancelled', 'refunded') AS is_end
            FROM parsed SEMI JOIN told_again ON {_ORDER_KEY} = key WHERE {_IN_A_LOG}
        )
        SELECT file_number, order_id, customer_id, min(meaning) FILTER (is_end) AS meaning,
            min(row_number) AS row_number
        FROM ended GROUP BY file_number, order_id, customer_id
        HAVING CASE WHEN bool_or(is_end)
            THEN min(day) FILTER (is_end) > max(day) FILTER (NOT is_end)
                AND sum(source_amount) FILTER (is_end) = sum(source_amount) FILTER (NOT is_end)
            ELSE count(DISTINCT day) = count(*) AND count(DISTINCT status) = count(*) AND count(*) > 1
                AND count(DISTINCT source_amount) = 1 END
    """)  # noqa: S608  (our own words)
    connection.execute("""
        UPDATE parsed SET meaning = status_logs.meaning FROM status_logs
        WHERE status_logs.meaning IS NOT NULL AND parsed.file_number = status_logs.file_number
            AND parsed.order_id = status_logs.order_id AND parsed.customer_id = status_logs.customer_id
            AND source_amount > 0 AND parsed.meaning = 'completed'
    """)
    yield from _partly_refunded(connection)
    ended, first_ended, added, first_added = connection.execute("""
        SELECT count(meaning), min_by(order_id, row_number) FILTER (meaning IS NOT NULL),
            count(*) FILTER (meaning IS NULL), min_by(order_id, row_number) FILTER (meaning IS NULL) FROM status_logs
    """).fetchone() or (0, "", 0, "")
    connection.execute("DROP TABLE status_logs")
    if ended:
        text = counted(
            ended,
            '{number} order, "{order}", stands again on a later day with the same amount, cancelled or refunded: all'
            " its rows are set aside.",
            '{number} orders, such as "{order}", stand again on a later day with the same amount, cancelled or'
            " refunded: all their rows are set aside.",
            order=first_ended,
        )
        yield Warning_("ended_later", text, ended)
    if added:
        text = counted(
            added,
            '{number} order, "{order}", stands in rows of several days and statuses with the same amount. The rows are'
            " added up. If they are one order as it went on, keep its last row only.",
            '{number} orders, such as "{order}", stand in rows of several days and statuses with the same amount. The'
            " rows are added up. If each is one order as it went on, keep its last row only.",
            order=first_added,
        )
        yield Warning_("statuses_added_up", text, added)


def _partly_refunded(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Take off what a later row of an order says is refunded, where it is less than the order.

    A row of another product is a line of its own that came back whole: it is set aside, as its status says.
    """
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE later_refunds AS
        WITH rows AS (
            SELECT file_number, order_id, customer_id, row_number, day, product, source_amount, meaning
            FROM parsed SEMI JOIN told_again ON {_ORDER_KEY} = key
            WHERE {_IN_A_LOG} AND meaning <> 'cancelled'
        ), orders AS (
            SELECT file_number, order_id, customer_id, max(day) FILTER (meaning = 'completed') AS ordered,
                sum(source_amount) FILTER (meaning = 'completed') AS amount,
                list(product) FILTER (meaning = 'completed') AS products
            FROM rows GROUP BY file_number, order_id, customer_id
            HAVING sum(source_amount) FILTER (meaning = 'refunded') < sum(source_amount) FILTER (meaning = 'completed')
        )
        SELECT rows.row_number, order_id, rows.source_amount, amount
        FROM rows JOIN orders USING (file_number, order_id, customer_id)
        WHERE meaning = 'refunded' AND day > ordered AND (product IS NULL OR list_contains(products, product))
    """)  # noqa: S608  (our own words)
    connection.execute("""
        UPDATE parsed SET source_amount = -parsed.source_amount FROM later_refunds
        WHERE later_refunds.row_number = parsed.row_number
    """)
    rows, refunded, order, one, whole = connection.execute("""
        SELECT count(*), sum(source_amount), min_by(order_id, row_number), min_by(source_amount, row_number),
            min_by(amount, row_number) FROM later_refunds
    """).fetchone() or (0, 0, "", 0, 0)
    connection.execute("DROP TABLE later_refunds")
    if rows:
        text = counted(
            rows,
            "{number} row, {refunded}, is refunded by its status on a later day than its order and is less than it"
            ' ("{order}": {each} of {whole}). It is taken off as a refund in part. If it is a sale of its own, give it'
            " an order id of its own.",
            "{number} rows, {refunded} in all, are refunded by their status on a later day than their order and are"
            ' less than it (such as "{order}": {each} of {whole}). They are taken off as refunds in part. If they are'
            " sales of their own, give them order ids of their own.",
            refunded=figured(refunded, 2),
            order=order,
            each=figured(one, 2),
            whole=figured(whole, 2),
        )
        yield Warning_("refunded_in_part_later", text, rows)
