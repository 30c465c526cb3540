"""Refunds of orders that two systems hold: told by both, they come off once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

__all__ = ["count_refunds_once"]

_BESIDE: Final = 7  # days; a refund is booked in the one system when the other one has paid it
# Refunds of one order and one amount are numbered, so that each is matched with one of the other system's.
_NUMBERED: Final = "row_number() OVER (PARTITION BY {of}, source_amount ORDER BY day, row_number) AS nth"


def count_refunds_once(connection: duckdb.DuckDBPyConnection) -> None:
    """Set refunds in ``parsed`` apart that the kept system tells too, and let the others be of the kept order.

    A refund is told where the order has one of the same amount there, or a column of refunded amounts that covers it,
    or, of a refund that names no order, where the customer has one of that amount within a week.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``parsed`` and ``twins`` are.
    """
    of_order = _NUMBERED.format(of="kept_file, kept_order")
    of_customer = _NUMBERED.format(of="customer_id")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE other_refunds AS
        WITH pairs AS (SELECT DISTINCT file_number, order_id, kept_file, kept_order FROM twins), found AS (
            SELECT row_number, source_amount, day, kept_file, kept_order, {of_order}, -sum(source_amount) OVER (
                PARTITION BY kept_file, kept_order ORDER BY day, row_number ROWS UNBOUNDED PRECEDING) AS so_far
            FROM parsed JOIN pairs USING (file_number, order_id)
            WHERE source_amount < 0 AND apart IS NULL AND NOT wrong_columns
        ), kept AS (
            SELECT *, {of_order} FROM (
                SELECT file_number AS kept_file, order_id AS kept_order, source_amount, day, row_number
                FROM parsed WHERE source_amount < 0 AND apart IS NULL AND NOT wrong_columns)
        ), covered AS (
            SELECT file_number AS kept_file, order_id AS kept_order, any_value(customer_id) AS kept_customer,
                coalesce(sum(abs(source_refunded)), 0) AS amount
            FROM parsed WHERE source_amount >= 0 AND apart IS NULL AND order_id IS NOT NULL GROUP BY ALL
        )
        SELECT found.row_number, kept_order, kept_customer,
            kept.nth IS NOT NULL OR so_far <= coalesce(covered.amount, 0) AS is_told
        FROM found LEFT JOIN kept USING (kept_file, kept_order, source_amount, nth)
            LEFT JOIN covered USING (kept_file, kept_order)
    """)  # noqa: S608  (our own expressions)
    connection.execute(
        "UPDATE parsed SET apart = 'copy' FROM other_refunds AS other"
        " WHERE parsed.row_number = other.row_number AND is_told"
    )
    connection.execute(f"""
        UPDATE parsed SET apart = 'copy' FROM (
            WITH files AS (SELECT DISTINCT file_number, kept_file FROM twins), refunds AS (
                SELECT row_number, file_number, customer_id, order_id, source_amount, day
                FROM parsed WHERE source_amount < 0 AND apart IS NULL AND NOT wrong_columns
            ), found AS (
                SELECT *, {of_customer} FROM refunds SEMI JOIN files USING (file_number)
                WHERE row_number NOT IN (SELECT row_number FROM other_refunds)
            ), kept AS (
                SELECT *, {of_customer} FROM refunds WHERE file_number IN (SELECT kept_file FROM files)
            )
            SELECT found.row_number FROM found JOIN kept USING (customer_id, source_amount, nth)
            WHERE abs(found.day - kept.day) <= {_BESIDE}
        ) AS told WHERE parsed.row_number = told.row_number
    """)  # noqa: S608  (our own expressions)
    connection.execute("""
        UPDATE parsed SET order_id = kept_order, customer_id = coalesce(kept_customer, customer_id)
        FROM other_refunds AS other WHERE parsed.row_number = other.row_number AND NOT is_told
    """)
    connection.execute("DROP TABLE other_refunds")
