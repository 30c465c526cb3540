"""Refunded amounts that stand in a column beside the order: what is subtracted, and what must not be.

A row with amount 100 and refunded 30 is a sale of 100 and a refund of 30 of the same order. No refund is
taken off twice: not where the status or a row of its own undoes the order already, nor where an export
repeats the order's refund on each of its rows; and no order is refunded below 0. Rows of an order that differ,
or of which only some carry a refund, show that the column tells it line by line: such refunds are added up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.orders.credit_notes import pairs_sql

if TYPE_CHECKING:
    import duckdb

    from clv_xl.orders.options import OrderRules

__all__ = ["REFUND_ROWS", "judge_refunded", "refunded_sums"]

REFUND_ROWS = """
    SELECT row_number, file_number, customer_id, order_key AS order_id, day, -counted AS amount,
        -subtracted AS source_amount,
        CASE WHEN cost IS NOT NULL THEN CAST(0 AS DECIMAL(18, 4)) END AS cost, CAST(NULL AS DOUBLE) AS quantity,
        channel, product, country, true AS is_refund
    FROM refunded_cells WHERE subtracted > 0
"""
"""The refunds of the column as rows of ``order_rows``. The cost stays with the sale: what came back is unknown."""


def judge_refunded(connection: duckdb.DuckDBPyConnection, rules: OrderRules, counted: str) -> None:
    """Make ``refunded_cells`` from ``judged``: what each refunded amount does.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are.
    rules : OrderRules
        Whether refunds count.
    counted : str
        SQL for what the column ``subtracted`` counts for, as for the amounts.
    """
    ignored = "WHEN true THEN 'ignored'" if rules.refunds == "ignore" else ""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE refunded_settled AS
        WITH signs AS (
            SELECT file_number, count(*) FILTER (source_refunded > 0) = 0 AS minus
            FROM judged WHERE source_refunded <> 0 GROUP BY file_number
        ), told AS (
            SELECT judged.*, coalesce(order_id, '(row ' || row_number || ')') AS order_key,
                coalesce(minus, false) AS minus,
                CASE WHEN minus THEN -source_refunded ELSE source_refunded END AS refunded
            FROM judged LEFT JOIN signs USING (file_number)
            WHERE has_refunded AND source_refunded IS DISTINCT FROM 0
        ), keys AS (
            SELECT DISTINCT customer_id, order_key FROM told WHERE reason IS NULL
        ), orders AS (
            SELECT customer_id, order_key, sum(source_amount) FILTER (reason IS NULL AND amount >= 0) AS order_amount,
                coalesce(bool_or(amount < 0) FILTER (reason IS NULL), false) AS has_refund_row,
                count(DISTINCT CASE WHEN minus THEN -source_refunded ELSE source_refunded END) > 1
                    OR bool_or(reason IS NULL AND NOT has_refunded) AS by_line
            FROM (SELECT *, coalesce(order_id, '(row ' || row_number || ')') AS order_key FROM judged) AS keyed
            SEMI JOIN keys USING (customer_id, order_key)
            LEFT JOIN signs USING (file_number)
            GROUP BY customer_id, order_key
        ), looked_at AS (
            SELECT told.*, order_amount, by_line, CASE
                WHEN refunded IS NULL THEN 'bad'
                WHEN reason = 'repeated_total' THEN 'repeated'
                WHEN reason IS NOT NULL THEN 'row_set_aside'
                {ignored}
                WHEN amount < 0 THEN 'refund_row'
                WHEN has_refund_row THEN 'refund_row_too'
                WHEN refunded < 0 THEN 'negative' END AS obstacle
            FROM told LEFT JOIN orders USING (customer_id, order_key)
        ), numbered AS (
            SELECT *, row_number() OVER (
                PARTITION BY customer_id, order_key, refunded, obstacle ORDER BY row_number) AS copy
            FROM looked_at
        ), settled AS (
            SELECT * EXCLUDE (obstacle, copy, by_line),
                CASE WHEN obstacle IS NULL AND copy > 1 AND NOT by_line THEN 'repeated' ELSE obstacle END AS obstacle
            FROM numbered
        )
        FROM settled
    """)  # noqa: S608  (our own words and numbers)
    _find_notes(connection)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE refunded_cells AS
        WITH noted AS (
            SELECT * REPLACE (CASE WHEN has_note THEN 'refund_row_too' ELSE obstacle END AS obstacle)
            FROM (SELECT *, obstacle IS NULL AND row_number IN (SELECT row_number FROM refunded_notes) AS has_note
                FROM refunded_settled)
        ), roomy AS (
            SELECT *, order_amount - coalesce(sum(refunded) FILTER (obstacle IS NULL) OVER (
                PARTITION BY customer_id, order_key ORDER BY row_number
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS room
            FROM noted
        ), taken AS (
            SELECT *, coalesce(obstacle, 'subtracted') AS verdict, CAST(CASE WHEN obstacle IS NULL
                THEN greatest(0, least(refunded, room)) ELSE 0 END AS DECIMAL(18, 4)) AS subtracted
            FROM roomy
        )
        SELECT *, {counted} AS counted FROM taken
    """)  # noqa: S608  (our own words and numbers)


def _find_notes(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``refunded_notes``: rows of ``refunded_settled`` whose refund is a credit note of another number as well.

    That note is of the same customer and amount, on the day of the sale or later, and of no order that is here. Each
    stands for one sale; one that a sale's status has found already stands for that sale.
    """
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE refunded_orders AS
        WITH sales AS (
            SELECT customer_id, order_key, coalesce(min(currency), '') AS currency, sum(refunded) AS amount,
                min(day) AS day, min(row_number) AS key, true AS is_sale
            FROM refunded_settled WHERE obstacle IS NULL GROUP BY customer_id, order_key
        ), notes AS (
            SELECT customer_id, coalesce(order_id, '(row ' || row_number || ')') AS order_key,
                coalesce(min(currency), '') AS currency, -sum(source_amount) AS amount,
                min(day) AS day, min(row_number) AS key, false AS is_sale
            FROM judged SEMI JOIN sales USING (customer_id)
            WHERE reason IS NULL AND row_number NOT IN (SELECT note_row FROM credit_pairs)
            GROUP BY ALL HAVING max(amount) < 0
        )
        FROM sales WHERE key NOT IN (SELECT sale_row FROM credit_pairs) UNION ALL FROM notes
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE refunded_notes AS
        WITH pairs AS ({pairs_sql("refunded_orders")}), found AS (
            SELECT customer_id, order_key FROM refunded_orders JOIN pairs ON key = sale
        )
        SELECT row_number FROM refunded_settled SEMI JOIN found USING (customer_id, order_key)
        UNION SELECT sale_row FROM credit_pairs
    """)  # noqa: S608  (our own words)


def refunded_sums(connection: duckdb.DuckDBPyConnection, name_sql: str) -> list[tuple[Any, ...]]:
    """Return (verdict, currency, rows, amount, counted) of every refunded amount that is not 0.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``refunded_cells`` is.
    name_sql : str
        SQL for the name of a row's currency.
    """
    return connection.execute(f"""
        WITH parts AS (
            SELECT verdict, {name_sql} AS name, CASE WHEN verdict = 'subtracted' THEN subtracted ELSE refunded END
                AS part, counted FROM refunded_cells WHERE verdict <> 'subtracted' OR subtracted > 0
            UNION ALL
            SELECT 'beyond_amount', {name_sql}, refunded - subtracted, 0 FROM refunded_cells
            WHERE verdict = 'subtracted' AND refunded > subtracted
        )
        SELECT verdict, name, count(*), coalesce(sum(part), 0), sum(counted) FROM parts
        GROUP BY verdict, name ORDER BY verdict, count(*) DESC, name
    """).fetchall()  # noqa: S608  (our own words)
