"""Orders that stand in several files on different days: another time zone, the day of order and that of payment."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.orders.people import known_customer_sql
from clv_xl.said import counted, figured, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

__all__ = ["align_days"]

_NEAR: Final = 14  # days from order to payment, where the files cover no common time
_OF_EVERYBODY: Final = 3  # so many ids that are all used again the next day are no orders around midnight

_DATED = f"""
    CREATE OR REPLACE TEMP TABLE dated AS
    WITH rows AS (
        SELECT * FROM parsed WHERE order_id IS NOT NULL AND day IS NOT NULL AND {known_customer_sql()}
            AND source_amount IS NOT NULL AND apart IS NULL AND NOT wrong_columns
    ), shared AS (
        SELECT order_id FROM rows GROUP BY order_id HAVING min(file_number) <> max(file_number)
    ), several AS (
        SELECT order_id FROM rows SEMI JOIN shared USING (order_id)
        GROUP BY order_id HAVING min(day) <> max(day)
    )
    SELECT file_number, order_id, customer_id, event, source_amount >= 0 AS is_sale, min(day) AS day, max(day) AS last,
        sum(source_amount) AS amount, sum(hash(source_amount)) AS amounts, count(product) = 0 AS no_product,
        sum(hash(source_amount, product)) AS lines, order_id IN (FROM several) AS is_moved,
        bool_and(meaning = 'not completed') AS is_open
    FROM rows SEMI JOIN shared USING (order_id)
    GROUP BY ALL
"""  # noqa: S608  (our own expressions)
# An id that stands for other customers or amounts in most of what two files share is used again in each of them. So it
# may be where every customer has one id, as a contract has, or all are moved by the same weeks or a month. Products of
# an order that were sent some days later stand in the file of the next month.
_PAIRS = f"""
    CREATE OR REPLACE TEMP TABLE other_days AS
    WITH periods AS (
        SELECT file_number, min(day) AS first, max(day) AS last FROM parsed
        WHERE day IS NOT NULL AND NOT wrong_columns GROUP BY file_number
    ), pairs AS (
        SELECT one.file_number AS one, two.file_number AS two, one.order_id AS order_id,
            one.customer_id AS customer_id, one.event AS event, one.is_sale AS is_sale,
            one.day AS one_day, two.day AS two_day, one.amount AS one_amount, two.amount AS two_amount,
            one.customer_id = two.customer_id AND one.amounts = two.amounts AND (
                one.lines = two.lines OR one.no_product OR two.no_product) AS is_same,
            one.customer_id = two.customer_id AND (one.last < two.day OR two.last < one.day) AS is_apart,
            one.day = one.last AND two.day = two.last AS is_of_one_day, abs(one.day - two.day) AS gap,
            CASE WHEN one.day < two.day THEN one.is_open AND NOT two.is_open
                ELSE two.is_open AND NOT one.is_open END AS is_settled
        FROM dated AS one JOIN dated AS two ON one.order_id = two.order_id AND one.file_number < two.file_number
            AND one.event = two.event AND one.is_sale = two.is_sale
    ), orders AS (
        SELECT *, bool_or(is_same) OVER (PARTITION BY one, two, order_id) AS agrees FROM pairs
    ), judged_files AS (
        SELECT one, two, count(DISTINCT order_id) FILTER (agrees) >= count(DISTINCT order_id) FILTER (NOT agrees)
            AS is_one_shop, count(DISTINCT order_id) > count(DISTINCT customer_id) AS is_of_orders,
            count(DISTINCT order_id) >= {_OF_EVERYBODY} AND bool_and(is_apart) AS is_everybody,
            min(gap) FILTER (is_same AND is_apart) = max(gap) FILTER (is_same AND is_apart)
                AND (max(gap) % 7 = 0 OR max(gap) BETWEEN 28 AND 31) AS is_step
        FROM orders GROUP BY one, two
    )
    SELECT orders.*, is_one_shop AND is_same AND is_of_one_day AND (gap <= {_NEAR}
        OR one_day BETWEEN of_two.first AND of_two.last OR two_day BETWEEN of_one.first AND of_one.last)
        AND CASE WHEN gap > 1 THEN is_settled OR (is_of_orders AND NOT is_step)
            ELSE is_of_orders OR NOT is_everybody OR (of_one.first <= of_two.last AND of_two.first <= of_one.last) END
        AS is_one,
        NOT is_same AND gap <= {_NEAR} AND (of_one.last <= of_two.first OR of_two.last <= of_one.first)
            AND (ages_of_one.has_lines OR ages_of_two.has_lines) AS is_continued
    FROM orders JOIN judged_files USING (one, two)
        JOIN periods AS of_one ON of_one.file_number = one JOIN periods AS of_two ON of_two.file_number = two
        JOIN file_ages AS ages_of_one ON ages_of_one.file_number = one
        JOIN file_ages AS ages_of_two ON ages_of_two.file_number = two
    WHERE is_apart
"""  # noqa: S608  (a number)


def align_days(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> tuple[Warning_, ...]:
    """Give an order that stands in several files of ``parsed`` on different days the earliest, and tell of it.

    It is one order where the id, the customer, the amounts and the products are the same, the files agree on most ids
    that they share, and the days are near or in a time that both files cover. Then it is found as a copy. What has the
    same id and customer on another day, but is not one order, counts, is told, and stands in ``own_orders``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    names : Sequence[str]
        The files, in the order of their numbers.
    """
    notes: list[Warning_] = []
    for attempt in range(len(names) - 1):
        connection.execute(_DATED)
        (moved,) = connection.execute("SELECT coalesce(bool_or(is_moved), false) FROM dated").fetchone() or (
            False,
        )
        if not moved:
            break
        connection.execute(_PAIRS)
        if attempt == 0:
            notes += [*_aligned(connection, names), *_used_again(connection, names)]
        ((changed,),) = connection.execute("""
            UPDATE parsed SET day = earlier.day FROM (
                SELECT file_number, order_id, customer_id, event, is_sale, min(day) AS day FROM (
                    SELECT one AS file_number, *, least(one_day, two_day) AS day FROM other_days WHERE is_one
                    UNION ALL
                    SELECT two, *, least(one_day, two_day) FROM other_days WHERE is_one)
                GROUP BY ALL) AS earlier
            WHERE parsed.file_number = earlier.file_number AND parsed.order_id = earlier.order_id
                AND parsed.customer_id = earlier.customer_id AND parsed.event = earlier.event
                AND (parsed.source_amount >= 0) = earlier.is_sale AND parsed.day > earlier.day
                AND parsed.apart IS NULL AND NOT parsed.wrong_columns
        """).fetchall()
        if not changed:
            break
    for table in ("dated", "other_days"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    return tuple(notes)


def _aligned(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Warning_]:
    orders, files, example, first, second = connection.execute("""
        SELECT count(DISTINCT order_id), list_sort(list_distinct(flatten(list([one, two])))), min(order_id),
            arg_min(one_day, (order_id, one, two, one_day, two_day)),
            arg_min(two_day, (order_id, one, two, one_day, two_day))
        FROM other_days WHERE is_one
    """).fetchone() or (0, [], "", "", "")
    if orders:
        *most, last = [names[number - 1] for number in files]
        text = counted(
            orders,
            "{number} order stands in {most} and {last} with the same customer and amount on different days, such as"
            ' "{example}" ({first} and {second}). It counts once, on the earlier day.',
            "{number} orders stand in {most} and {last} with the same customer and amount on different days, such as"
            ' "{example}" ({first} and {second}). Each counts once, on the earlier day.',
            most=joined(", ", most),
            last=last,
            example=example,
            first=first,
            second=second,
        )
        yield Warning_("other_days", text, orders)


def _used_again(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Warning_]:
    orders, example = connection.execute("""
        SELECT count(DISTINCT order_id),
            arg_min([order_id, one::VARCHAR, two::VARCHAR, one_day::VARCHAR, two_day::VARCHAR,
                one_amount::VARCHAR, two_amount::VARCHAR], (order_id, one, two, customer_id, event, one_day, two_day))
        FROM other_days WHERE NOT is_one AND NOT is_continued AND is_sale
    """).fetchone() or (0, [])
    if orders:
        connection.execute(
            "INSERT INTO own_orders SELECT DISTINCT one, two, order_id FROM other_days"
            " WHERE NOT is_one AND NOT is_continued AND is_sale"
        )
        order, one, two, one_day, two_day, one_amount, two_amount = example
        text = counted(
            orders,
            "{number} order id stands in several files for the same customer on different days, such as"
            ' "{order}": {older_amount} on {older_day} in {older}, {newer_amount} on {newer_day} in {newer}. It counts'
            " as an order of its own in each file. If they are the same, leave one of the files out.",
            "{number} order ids stand in several files for the same customer on different days, such as"
            ' "{order}": {older_amount} on {older_day} in {older}, {newer_amount} on {newer_day} in {newer}. They count'
            " as orders of their own in each file. If they are the same, leave one of the files out.",
            order=order,
            older=names[int(one) - 1],
            newer=names[int(two) - 1],
            older_day=one_day,
            newer_day=two_day,
            older_amount=figured(Decimal(one_amount), 2),
            newer_amount=figured(Decimal(two_amount), 2),
        )
        yield Warning_("ids_of_several_days", text, orders)
