"""Order ids that stand for several orders: numbers that begin anew, or two shops that number alike.

One order is one order id of one customer. Where an id was used again for the same customer, its later orders get ids of
their own, ``1 (2024-02-15)``, so that all who count orders by their ids count each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.orders.people import known_customer_sql
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["part_reused_ids"]

_NO_ACCIDENT: Final = 2  # so many ids that pass to another customer on a later day
_FAR: Final = 90  # days; the products of one order are seldom sent so far apart

_SALES: Final = f"""
    order_id IS NOT NULL AND day IS NOT NULL AND source_amount >= 0 AND NOT wrong_columns AND {known_customer_sql()}"""
# An id passes on where another customer has it on a later day; half the time that this takes is too long for the rows
# of one order. The number of a contract stays with its customer.
_STEPS: Final = f"""
    CREATE OR REPLACE TEMP TABLE id_steps AS
    WITH several AS (
        SELECT hash(file_number, order_id) AS key FROM parsed
        WHERE again AND {_SALES} AND coalesce(apart, 'copy') = 'copy'
        GROUP BY key HAVING min(day) < max(day)
    ), days AS (
        SELECT file_number, order_id, customer_id, day, min(source_amount) AS amount,
            bool_and(meaning IN ('cancelled', 'refunded')) AS is_end
        FROM parsed SEMI JOIN several ON hash(file_number, order_id) = key
        WHERE again AND {_SALES} AND coalesce(apart, 'copy') = 'copy' GROUP BY ALL
    )
    SELECT *, day - lag(day) OVER ids AS after, lag(customer_id) OVER ids <> customer_id AS is_other,
        day - lag(day) OVER own AS after_own, lag(day) OVER own AS own_day
    FROM days WINDOW ids AS (PARTITION BY file_number, order_id ORDER BY day, customer_id),
        own AS (PARTITION BY file_number, order_id, customer_id ORDER BY day)
"""  # noqa: S608  (our own expressions)
_ANEW: Final = f"""
    CREATE OR REPLACE TEMP TABLE ids_anew AS
    WITH passed AS (
        SELECT file_number, count(DISTINCT order_id) AS ids, quantile_disc(after, 0.5) AS days,
            max_by(order_id, (after, order_id)) AS example
        FROM id_steps WHERE is_other AND after > 0 GROUP BY file_number
    ), stayed AS (
        SELECT file_number, count(DISTINCT order_id) AS ids FROM id_steps JOIN passed USING (file_number)
        WHERE after_own > passed.days // 2 AND NOT is_end GROUP BY file_number
    )
    SELECT file_number, passed.ids AS ids, passed.days AS days, example
    FROM passed LEFT JOIN stayed USING (file_number)
    WHERE passed.ids >= {_NO_ACCIDENT} AND passed.ids >= coalesce(stayed.ids, 0)
"""  # noqa: S608  (a number)
# The rows of one order in several files are its rows in each only where the files were not found to hold two orders.
_USES: Final = f"""
    CREATE OR REPLACE TEMP TABLE id_uses AS
    WITH apart_files AS (
        SELECT DISTINCT order_id, unnest([one, two]) AS file_number FROM own_orders
    ), ids AS (
        SELECT order_id FROM own_orders
        UNION SELECT order_id FROM id_steps JOIN ids_anew USING (file_number) WHERE after_own > days // 2
    ), sales AS (
        SELECT row_number, order_id, customer_id, parsed.file_number, day,
            coalesce(apart_files.file_number, 0) AS of_file, ids_anew.days // 2 AS longest
        FROM parsed LEFT JOIN apart_files USING (order_id, file_number) LEFT JOIN ids_anew USING (file_number)
        WHERE order_id IN (FROM ids) AND {_SALES} AND apart IS NULL
    ), steps AS (
        SELECT *, coalesce(day - lag(day) OVER of_one > longest, false) AS begins
        FROM sales WINDOW of_one AS (PARTITION BY order_id, customer_id, of_file ORDER BY day, row_number)
    ), numbered AS (
        SELECT *, count(*) FILTER (begins) OVER (
            PARTITION BY order_id, customer_id, of_file ORDER BY day, row_number) AS nth
        FROM steps
    ), uses AS (
        SELECT order_id, customer_id, of_file, nth, min(day) AS day, list_sort(list(DISTINCT file_number)) AS files,
            list(row_number) AS rows
        FROM numbered GROUP BY ALL
    )
    SELECT * EXCLUDE (nth), CASE WHEN row_number() OVER (
            PARTITION BY order_id, customer_id ORDER BY day, of_file) = 1 THEN order_id
        ELSE order_id || ' (' || day || CASE WHEN count(*) OVER (PARTITION BY order_id, customer_id, day) > 1
            THEN ', file ' || of_file ELSE '' END || ')' END AS new_id
    FROM uses
"""  # noqa: S608  (our own expressions)
# A refund, a cancellation or a copy is of the nearest order before it, first of its own customer, then of its file. Of
# two orders alike in that, one with the id as it stands and one with a longer id, it is neither's. An id may stand in
# thousands of rows: those of one day are looked at together.
_NEAR: Final = """(
    coalesce(uses.day <= others.day, false) AND list_contains(uses.files, others.file_number),
    coalesce(uses.day <= others.day, false), -abs(coalesce(others.day - uses.day, 0)), -uses.of_file)"""
_PARTED: Final = f"""
    CREATE OR REPLACE TEMP TABLE new_ids AS
    WITH used AS (
        SELECT unnest(rows) AS row_number, new_id FROM id_uses
    ), others AS (
        SELECT row_number, file_number, order_id, customer_id, day FROM parsed SEMI JOIN id_uses USING (order_id)
        WHERE row_number NOT IN (SELECT row_number FROM used)
    ), own AS (
        SELECT others.row_number, max_by(new_id, ({_NEAR}, new_id)) AS new_id
        FROM others JOIN id_uses AS uses USING (order_id, customer_id) GROUP BY others.row_number
    ), strange AS (
        FROM others ANTI JOIN own USING (row_number)
    ), days AS (
        -- the first order of a customer keeps the id, a later one has a longer id
        SELECT order_id, day, of_file, files, min_by(new_id, (length(new_id), new_id)) AS short,
            max_by(new_id, (length(new_id), new_id)) AS long
        FROM id_uses GROUP BY order_id, day, of_file, files
    ), nearest AS (
        SELECT others.order_id, others.file_number, others.day,
            max_by(short, ({_NEAR}, -length(short), short)) AS short,
            max_by(long, ({_NEAR}, length(long), long)) AS long
        FROM (SELECT DISTINCT order_id, file_number, day FROM strange) AS others
            JOIN days AS uses ON uses.order_id = others.order_id
        GROUP BY others.order_id, others.file_number, others.day
    )
    FROM used UNION ALL FROM own
    UNION ALL SELECT row_number, CASE WHEN short = long THEN short ELSE strange.order_id || ' (?)' END
    FROM strange JOIN nearest ON nearest.order_id = strange.order_id AND nearest.file_number = strange.file_number
        AND nearest.day IS NOT DISTINCT FROM strange.day
"""  # noqa: S608  (our own expressions)


def part_reused_ids(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]
) -> tuple[Warning_, ...]:
    """Give the orders of ``parsed`` that share an id and a customer ids of their own; return what to tell of it.

    They are two orders where they stand in two files and ``own_orders`` has them, or where the file shows that its
    numbers begin anew: at least two ids, and no fewer than stay with theirs, pass to another customer on a later day.
    Then rows of one customer further apart than half of the days that this takes are of two orders. What is only far
    apart stays one order, and is told.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    """
    if len(sources) == 1 and (sources[0].each_once or "order_id" not in sources[0].file.columns):
        return ()
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS own_orders (one INTEGER, two INTEGER, order_id VARCHAR)"
    )
    connection.execute(_STEPS)
    connection.execute(_ANEW)
    notes = tuple(_far_apart(connection))
    found = connection.execute("""
        SELECT 1 FROM own_orders UNION ALL
        SELECT 1 FROM id_steps JOIN ids_anew USING (file_number) WHERE after_own > days // 2 LIMIT 1
    """).fetchone()
    if found:
        connection.execute(_USES)
        notes = (*_begun_anew(connection, sources), *notes)
        connection.execute(_PARTED)
        notes = (*_of_either(connection), *notes)
        connection.execute("""
            UPDATE parsed SET order_id = new_id FROM new_ids
            WHERE parsed.row_number = new_ids.row_number AND order_id <> new_id
        """)
        # such an id may be that of another row already
        connection.execute(
            "UPDATE parsed SET again = true WHERE NOT again AND order_id IN (SELECT new_id FROM new_ids)"
        )
    for table in ("own_orders", "id_steps", "ids_anew", "id_uses", "new_ids"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    return notes


def _begun_anew(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> Iterator[Warning_]:
    found = connection.execute("""
        SELECT file_number, min(ids), min(ids_anew.days), min(ids_anew.example),
            count(DISTINCT (order_id, customer_id)), min_by(order_id, (day, order_id)),
            min_by(own_day, (day, order_id, own_day)), min_by(day, (day, order_id))
        FROM id_steps JOIN ids_anew USING (file_number) WHERE after_own > days // 2
        GROUP BY file_number ORDER BY file_number
    """).fetchall()
    for number, ids, days, other, orders, order, first, second in found:
        text = counted(
            orders,
            '{where}: order ids begin anew: {ids} of them, such as "{other}", pass to another customer, after {days}'
            ' days as a rule. {number} id comes again for the same customer too: "{order}" on {first} and {second}.'
            " These are orders of their own. If they are one order, write one date on its rows.",
            '{where}: order ids begin anew: {ids} of them, such as "{other}", pass to another customer, after {days}'
            ' days as a rule. {number} ids come again for the same customer too, such as "{order}" on {first} and'
            " {second}. These are orders of their own. If they are one order, write one date on its rows.",
            where=sources[number - 1].where,
            ids=figured(ids, 0),
            other=other,
            days=figured(days, 0),
            order=order,
            first=first,
            second=second,
        )
        yield Warning_("ids_begin_anew", text, orders)


def _of_either(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    rows, amount, order = connection.execute("""
        SELECT count(*), -sum(source_amount), min_by(order_id, row_number)
        FROM parsed JOIN new_ids USING (row_number) WHERE source_amount < 0 AND new_id = order_id || ' (?)'
    """).fetchone() or (0, 0, "")
    if rows:
        text = counted(
            rows,
            "{number} refund, {amount}, may be of either of two orders with its id, of two customers on one day:"
            ' "{order}". It is taken off neither. Write the customer of its order on it.',
            "{number} refunds, {amount} in all, may each be of either of two orders with their id, of two customers on"
            ' one day, such as "{order}". They are taken off neither. Write the customers of their orders on them.',
            amount=figured(amount, 2),
            order=order,
        )
        yield Warning_("refunds_of_either", text, rows)


def _far_apart(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    orders, order, first, second = connection.execute(f"""
        SELECT count(DISTINCT (file_number, order_id, customer_id)), min_by(order_id, (day, order_id)),
            min_by(own_day, (day, order_id, own_day)), min_by(day, (day, order_id))
        FROM id_steps ANTI JOIN ids_anew USING (file_number) WHERE after_own > {_FAR} AND NOT is_end
    """).fetchone() or (0, "", "", "")  # noqa: S608  (a number)
    if orders:
        text = counted(
            orders,
            '{number} order id stands on days far apart for the same customer: "{order}" on {first} and {second}. It'
            " counts as one order, on its first day. If the numbers begin anew, write the year into them.",
            '{number} order ids stand on days far apart for the same customer, such as "{order}" on {first} and'
            " {second}. Each counts as one order, on its first day. If the numbers begin anew, write the year into"
            " them.",
            order=order,
            first=first,
            second=second,
        )
        yield Warning_("ids_far_apart", text, orders)
