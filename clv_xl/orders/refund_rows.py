"""Refunds that are rows of their own: which order each undoes, so that it is subtracted once and never in vain.

An order id alone says little: another shop, another year or another customer may have it too. A refund undoes the
orders of its number and its customer, those of its own file where there are any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.orders.credit_notes import either_sale, pair_credit_notes, partly_credited
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

__all__ = ["judge_refund_rows"]

_SETS_ORDER_ASIDE = "('cancelled', 'not_completed')"


def judge_refund_rows(connection: duckdb.DuckDBPyConnection) -> tuple[Warning_, ...]:
    """Set aside in ``judged`` what must not be subtracted, and the sales that their status undoes; return what to tell.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    notes = tuple(_of_others(connection))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE refund_orders AS
        SELECT refund.row_number AS refund_row, sale.row_number AS sale_row,
            sale.reason IS NOT NULL AS is_aside
        FROM judged AS refund JOIN judged AS sale USING (order_id, customer_id)
        WHERE refund.again AND sale.again
            AND refund.amount < 0 AND (refund.reason IS NULL OR refund.reason = 'refunds_ignored')
            AND sale.amount >= 0 AND (sale.reason IS NULL OR sale.reason IN {_SETS_ORDER_ASIDE})
        QUALIFY sale.file_number = refund.file_number
            OR NOT bool_or(sale.file_number = refund.file_number) OVER (PARTITION BY refund.row_number)
    """)  # noqa: S608  (our own words)
    pair_credit_notes(connection)
    connection.execute("""
        UPDATE judged SET reason = 'refund_of_order_set_aside' FROM (
            SELECT refund_row FROM refund_orders GROUP BY refund_row HAVING bool_and(is_aside)) AS undone
        WHERE row_number = refund_row AND reason IS NULL
    """)
    # a sale set aside may have been the order that a refund needs, and that refund what another sale needs
    while _without_order(connection) + _by_status(connection):
        pass
    notes = (*notes, *partly_credited(connection), *either_sale(connection))
    connection.execute("DROP TABLE refund_orders")
    return notes


def _without_order(connection: duckdb.DuckDBPyConnection) -> int:
    if not connection.execute("SELECT 1 FROM judged WHERE reason IS NULL AND amount < 0 LIMIT 1").fetchall():
        return 0
    return _changed(
        connection,
        """
        UPDATE judged SET reason = 'refund_without_order' WHERE row_number IN (
            -- nearly every refund has its own order before it: all orders of a customer are looked at for the others
            WITH refund AS MATERIALIZED (
                SELECT refunds.row_number, refunds.customer_id, refunds.day
                FROM (SELECT * FROM judged WHERE reason IS NULL AND amount < 0) AS refunds
                ANTI JOIN (SELECT * FROM judged WHERE again AND reason IS NULL AND amount >= 0) AS own
                    ON own.order_id = refunds.order_id AND own.customer_id = refunds.customer_id
                    AND own.day <= refunds.day
            )
            SELECT refund.row_number
            FROM refund
            LEFT JOIN (
                SELECT customer_id, min(day) AS first_day FROM judged SEMI JOIN refund USING (customer_id)
                WHERE reason IS NULL AND amount >= 0 GROUP BY customer_id
            ) AS sale ON sale.customer_id = refund.customer_id
            WHERE sale.first_day IS NULL OR refund.day < sale.first_day)
        """,
    )


def _by_status(connection: duckdb.DuckDBPyConnection) -> int:
    return _changed(
        connection,
        """
        UPDATE judged SET reason = 'refunded_by_status'
        WHERE reason IS NULL AND meaning = 'refunded' AND amount > 0 AND row_number NOT IN (
            SELECT sale_row FROM refund_orders JOIN judged AS refund ON refund.row_number = refund_row
            WHERE refund.reason IS NULL OR refund.reason = 'refunds_ignored')
        """,
    )


def _changed(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((rows,),) = connection.execute(sql).fetchall()
    return int(rows)


def _of_others(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Give a refund to the customer of its order, where it names one who has no order of that number.

    In one file a number is one order. In another file it may have been used again: there
    the refund must be of the whole order.
    """
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE strangers AS
        WITH refunds AS (
            SELECT row_number, file_number, order_id, customer_id, day, amount
            FROM judged WHERE again AND reason IS NULL AND amount < 0 AND order_id IS NOT NULL
        ), strays AS MATERIALIZED (
            -- nearly every refund is of an order of its customer: the few others are all that is looked at further
            SELECT *, sum(CAST(amount AS DECIMAL(38, 4))) OVER (PARTITION BY order_id, customer_id) AS together
            FROM refunds ANTI JOIN (
                SELECT order_id, customer_id FROM judged
                WHERE again AND source_amount >= 0 AND customer_id IS NOT NULL) AS own USING (order_id, customer_id)
        ), sales AS (
            SELECT order_id, customer_id, file_number, min(day) AS day, sum(amount) AS amount
            FROM judged SEMI JOIN strays USING (order_id)
            WHERE again AND amount >= 0 AND (reason IS NULL OR reason IN {_SETS_ORDER_ASIDE}) GROUP BY ALL
        ), others AS (
            SELECT refunds.row_number, refunds.order_id, refunds.customer_id, sales.customer_id AS owner,
                sales.day <= refunds.day
                    AND (sales.file_number = refunds.file_number OR sales.amount + together = 0) AS fits,
                bool_or(sales.file_number = refunds.file_number) OVER (PARTITION BY refunds.row_number) AS is_here,
                sales.file_number = refunds.file_number AS here
            FROM strays AS refunds JOIN sales USING (order_id)
        )
        SELECT row_number, order_id, customer_id, min(owner) AS owner,
            bool_and(fits) AND min(owner) = max(owner) AS fits
        FROM others WHERE here OR NOT is_here GROUP BY row_number, order_id, customer_id
    """)  # noqa: S608  (our own words)
    connection.execute("""
        UPDATE judged SET customer_id = owner FROM strangers
        WHERE strangers.fits AND judged.row_number = strangers.row_number
    """)
    found = connection.execute("""
        SELECT fits, count(*), -sum(amount), arg_min(strangers.order_id, row_number),
            arg_min(strangers.customer_id, row_number), arg_min(owner, row_number)
        FROM strangers JOIN judged USING (row_number) GROUP BY fits ORDER BY fits DESC
    """).fetchall()
    connection.execute("DROP TABLE strangers")
    for fits, rows, amount, order, customer, owner in found:
        values = {"amount": figured(amount, 2), "order": order, "customer": customer, "owner": owner}
        if fits:
            text = counted(
                rows,
                "{number} refund, {amount}, stands under another customer than its order, such as that of order"
                ' "{order}" ("{customer}", the order is of "{owner}"). It is taken off the customer who ordered.',
                "{number} refunds, {amount} in all, stand under another customer than their order, such as that of"
                ' order "{order}" ("{customer}", the order is of "{owner}"). They are taken off the customer who'
                " ordered.",
                **values,
            )
            yield Warning_("refunds_of_others", text, rows)
        else:
            text = counted(
                rows,
                "{number} refund, {amount}, has the number of an order of another customer, and does not fit it, such"
                ' as "{order}". It is not taken off that order. If it is of that order, write the same customer on'
                " both.",
                "{number} refunds, {amount} in all, have the number of an order of another customer, and do not fit it,"
                ' such as "{order}". They are not taken off those orders. If they are of that order, write'
                " the same customer on both.",
                **values,
            )
            yield Warning_("refunds_unlike_order", text, rows)
