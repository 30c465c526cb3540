"""Which row counts in the place of one that was set aside as a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__all__ = ["find_counted"]


def find_counted(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``counted_in``: for each copy in ``judged`` the file and the row that hold what counts.

    That is the row of the same order; of several the one that is most like the copy. What another system numbers
    otherwise is the order in ``twins``. Without order ids it is the row of
    the same customer, day and amount, or else of the same customer and day.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE counted_in(row_number BIGINT, file_number INTEGER, file_row BIGINT)"
    )
    if connection.execute("SELECT 1 FROM judged WHERE reason = 'copy' LIMIT 1").fetchone() is None:
        return
    connection.execute("""
        INSERT INTO counted_in
        WITH rows AS (
            SELECT row_number, file_number, file_row, order_id, customer_id, day, source_amount, product, line_hash,
                coalesce(reason = 'copy', false) AS is_copy, row_number() OVER (
                    PARTITION BY file_number, order_id, customer_id, day, source_amount, product
                    ORDER BY row_number) AS nth
            FROM judged WHERE NOT wrong_columns
        ), copies AS (
            SELECT rows.* REPLACE (coalesce(twins.kept_order, rows.order_id) AS order_id), twins.kept_file
            FROM rows LEFT JOIN twins USING (file_number, order_id, customer_id) WHERE is_copy
        ), counted AS (FROM rows WHERE NOT is_copy), by_order AS (
            SELECT copies.row_number, counted.file_number, counted.file_row
            FROM copies JOIN counted ON counted.order_id = copies.order_id
                AND counted.file_number = coalesce(copies.kept_file, counted.file_number)
            QUALIFY row_number() OVER (PARTITION BY copies.row_number ORDER BY
                copies.customer_id IS DISTINCT FROM counted.customer_id,
                (copies.source_amount < 0) IS DISTINCT FROM (counted.source_amount < 0),
                copies.source_amount IS DISTINCT FROM counted.source_amount,
                copies.product IS DISTINCT FROM counted.product,
                copies.line_hash <> counted.line_hash, copies.nth <> counted.nth, counted.row_number) = 1
        ), by_day AS (
            SELECT copies.row_number, counted.file_number, counted.file_row
            FROM copies ANTI JOIN by_order USING (row_number) JOIN counted USING (customer_id, day)
            WHERE copies.file_number <> counted.file_number
            QUALIFY row_number() OVER (PARTITION BY copies.row_number ORDER BY
                copies.source_amount IS DISTINCT FROM counted.source_amount,
                counted.product IS NOT NULL AND copies.product IS DISTINCT FROM counted.product,
                copies.nth <> counted.nth, counted.row_number) = 1
        )
        FROM by_order UNION ALL FROM by_day
    """)
