"""Orders that stand in several files, because exports overlap: each counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS
from clv_xl.orders.account import Warning_
from clv_xl.orders.other_days import align_days
from clv_xl.said import counted, figured, joined, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["mark_copies"]

_KNOWN_CUSTOMER = "CASE WHEN customer_id NOT IN ({}) THEN customer_id END".format(
    ", ".join(f"'{text}'" for text in NO_CUSTOMER_TEXTS)
)
# What an order becomes in time; by it, and by what is refunded, one knows the later of two states.
_STATE = """CASE meaning WHEN 'not completed' THEN 0 WHEN 'unknown' THEN 1 WHEN 'completed' THEN 1
    WHEN 'partly refunded' THEN 2 ELSE 3 END"""
_LATER = f"coalesce(max(abs(source_refunded)), 0) AS refunded, max({_STATE}) AS state"
_NEWEST = "max_by(file_number, (newest, refunded, state, file_number))"


def mark_copies(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> tuple[Warning_, ...]:
    """Mark in ``parsed`` what stands in another file too, and return what to tell of it.

    The newest file knows of later refunds and cancellations. It is the one with the newest order; where that is a tie,
    what is refunded or has a later status counts, then what is named last.

    Of an export with whole orders (one row an order, or all rows of an order together) the newest file counts, and says
    whose the order is. So it does of other files where the rows of an order have the same amounts, and either the same
    products, or other ones while most orders that the two files share have the same; and where the amount of an order
    was edited: one row of the same product in each file, or a row in common. Else a row is a copy where order,
    customer, day, amount and all else that is read are the same in an earlier file, and what may count twice is told.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    """
    if sum("order_id" in source.file.columns for source in sources) < 2:  # a copy takes two
        return ()
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE file_ages AS
        SELECT file_number, coalesce(max(day), DATE '0001-01-01') AS newest, min(row_number) AS first_row,
            max(row_number) AS last_row, count(order_id) > count(DISTINCT order_id) AS has_lines
        FROM parsed WHERE NOT wrong_columns AND apart IS DISTINCT FROM 'copy' GROUP BY file_number
    """)
    kinds: dict[str, list[int]] = {}
    for number, source in enumerate(sources, start=1):
        if source.meaning.one_place:
            kinds.setdefault(source.file.read_as.name, []).append(number)
    names = [source.file.name for source in sources]
    connection.execute("CREATE OR REPLACE TEMP TABLE own_orders (one INTEGER, two INTEGER, order_id VARCHAR)")
    notes = list(align_days(connection, names))
    for numbers in kinds.values():
        if len(numbers) > 1:
            notes += _whole_orders(connection, numbers, names)
            if sources[numbers[0] - 1].meaning.rows == "first":
                _continued(connection, numbers)
    notes += _changed(connection, names)
    notes += _same(connection, names)
    notes += _doubtful(connection, names)
    connection.execute("DROP TABLE file_ages")
    return tuple(notes)


def _continued(connection: duckdb.DuckDBPyConnection, numbers: Sequence[int]) -> None:
    """Let product rows join an order whose first row is the last of another file: long exports come in pieces."""
    listed = ", ".join(map(str, numbers))
    connection.execute(f"""
        UPDATE parsed SET apart = 'order_line'
        WHERE file_number IN ({listed}) AND amount_text IS NULL AND apart IS NULL AND order_id IN (
            SELECT order_id FROM parsed
            WHERE file_number IN ({listed}) AND amount_text IS NOT NULL AND order_id IS NOT NULL)
    """)  # noqa: S608  (numbers)


def _whole_orders(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int], names: Sequence[str]
) -> Iterator[Warning_]:
    """Let an order count in the newest file; another customer with the same amount is a customer corrected."""
    listed = ", ".join(map(str, numbers))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE pairs AS
        WITH orders AS MATERIALIZED (
            SELECT file_number, order_id, min(day) AS day, min({_KNOWN_CUSTOMER}) AS customer,
                sum(source_amount) AS amount, max(source_amount) >= 0 AS is_sale,
                sum(hash(source_amount, source_refunded, meaning)) AS content, {_LATER}
            FROM parsed WHERE file_number IN ({listed}) AND order_id IS NOT NULL AND NOT wrong_columns
                AND apart IS DISTINCT FROM 'copy'
            GROUP BY file_number, order_id HAVING count(source_amount) > 0
        ), several AS (
            SELECT order_id, day, {_NEWEST} AS kept FROM orders JOIN file_ages USING (file_number)
            GROUP BY order_id, day HAVING count(*) > 1
        ), held AS (
            SELECT older.file_number, kept, order_id, older.customer AS customer, newer.customer AS kept_customer,
                older.content <> newer.content OR older.customer IS DISTINCT FROM newer.customer AS changed,
                older.amount AS amount, newer.amount AS kept_amount,
                older.amount = newer.amount AS same_amount, coalesce(older.customer = newer.customer,
                    older.customer IS NULL AND newer.customer IS NULL) AS same_customer,
                older.customer <> newer.customer AS other_customer
            FROM several JOIN orders AS older USING (order_id, day)
            JOIN orders AS newer ON newer.order_id = several.order_id AND newer.day = several.day
                AND newer.file_number = kept
            WHERE older.file_number <> kept AND older.is_sale = newer.is_sale
        )
        SELECT *, same_customer OR (same_amount AND (NOT coalesce(other_customer, false)
            OR count(CASE WHEN other_customer THEN 1 END) OVER files
                <= greatest(2, count(CASE WHEN same_customer THEN 1 END) OVER files))) AS is_copy
        FROM held WINDOW files AS (PARTITION BY file_number, kept)
    """)  # noqa: S608  (numbers and our own expressions)
    connection.execute("CREATE OR REPLACE TEMP TABLE copies AS FROM pairs WHERE is_copy")
    connection.execute("""
        UPDATE parsed SET apart = 'copy' FROM copies
        WHERE parsed.file_number = copies.file_number AND parsed.order_id = copies.order_id
    """)
    connection.execute("""
        UPDATE parsed SET customer_id = known.customer FROM (
            SELECT kept, order_id, max_by(customer, (newest, file_number)) AS customer
            FROM copies JOIN file_ages USING (file_number)
            WHERE kept_customer IS NULL AND customer IS NOT NULL GROUP BY kept, order_id) AS known
        WHERE parsed.file_number = known.kept AND parsed.order_id = known.order_id
    """)
    yield from _told_of_copies(connection, [names[number - 1] for number in numbers], names)
    orders, example = connection.execute(
        "SELECT count(DISTINCT order_id), min(order_id) FROM pairs WHERE NOT is_copy"
    ).fetchone() or (0, "")
    if orders:
        connection.execute(
            "INSERT INTO own_orders SELECT file_number, kept, order_id FROM pairs WHERE NOT is_copy"
        )
        yield _twice(orders, example, [names[number - 1] for number in numbers])
    connection.execute("DROP TABLE copies")
    connection.execute("DROP TABLE pairs")


def _told_of_copies(
    connection: duckdb.DuckDBPyConnection, of: Sequence[str], names: Sequence[str]
) -> Iterator[Warning_]:
    """Tell of the orders in ``copies``, and which files were taken for the newer ones."""
    orders, changed, example = connection.execute(
        "SELECT count(DISTINCT order_id), count(DISTINCT order_id) FILTER (changed), min(order_id) FROM copies"
    ).fetchone() or (0, 0, "")
    if not orders:
        return
    text = counted(
        orders,
        '{number} order stands in several of {files}, such as "{example}". It counts once.',
        '{number} orders stand in several of {files}, such as "{example}". Each counts once.',
        files=joined(", ", of),
        example=example,
    )
    if changed:
        edited, before, after = connection.execute("""
            SELECT count(DISTINCT order_id), coalesce(sum(amount), 0), coalesce(sum(kept_amount), 0) FROM copies
            WHERE changed AND amount <> kept_amount
        """).fetchone() or (0, 0, 0)
        newer = connection.execute("""
            SELECT kept, newer.newest, bool_or(older.newest = newer.newest) FROM copies
            JOIN file_ages AS older USING (file_number) JOIN file_ages AS newer ON newer.file_number = kept
            WHERE changed GROUP BY ALL ORDER BY kept
        """).fetchall()
        files = joined(
            ", ",
            [say("{file} (newest order of {day})", file=names[kept - 1], day=day) for kept, day, _ in newer],
        )
        text += (
            say(" Its content differs: it counts as in the newer file, {files}.", files=files)
            if orders == 1
            else counted(
                changed,
                " {number} of them differs: it counts as in the newer file, {files}.",
                " {number} of them differ: they count as in the newer file, {files}.",
                files=files,
            )
        )
        if edited:
            sums = {"after": figured(after, 2), "before": figured(before, 2)}
            text += (
                say(" Its amount changed: {after} there, {before} in what is set aside.", **sums)
                if orders == 1
                else counted(
                    edited,
                    " {number} of them has another amount: {after} there, {before} in what is set aside.",
                    " {number} of them have another amount: {after} there, {before} in what is set aside.",
                    **sums,
                )
            )
        if any(tie for *_, tie in newer):
            text += say(
                " Where the newest orders of two files are of one day, the one with more refunded, or a later status,"
                " or else the one named last, is taken for newer."
            )
    yield Warning_("copies", text, orders)


def _twice(orders: int, example: str, of: Sequence[str]) -> Warning_:
    text = counted(
        orders,
        '{number} order id stands in several of {files} with different content, such as "{example}". It counts twice.'
        " If that is the same order, changed in between: leave out one of the files, or delete the older rows.",
        '{number} order ids stand in several of {files} with different content, such as "{example}". They count twice.'
        " If those are the same orders, changed in between: leave out one of the files, or delete the older rows.",
        files=joined(", ", of),
        example=example,
    )
    return Warning_("changed_orders", text, orders)


def _changed(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Warning_]:
    """Let an order whose status, refund or product changed count in the newest file; the rest stays in ``pairs``."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE pairs AS
        WITH rows AS (
            SELECT * FROM parsed WHERE order_id IS NOT NULL AND day IS NOT NULL AND {_KNOWN_CUSTOMER} IS NOT NULL
                AND source_amount IS NOT NULL AND apart IS NULL AND NOT wrong_columns
        ), shared AS (
            SELECT order_id FROM rows GROUP BY order_id HAVING min(file_number) <> max(file_number)
        ), orders AS MATERIALIZED (
            SELECT file_number, order_id, customer_id, day, event, count(*) AS rows,
                sum(source_amount) AS total, min(product) AS product,
                list(DISTINCT hash(source_amount, currency, product)) AS line_set,
                sum(hash(source_amount, currency)) AS amounts, sum(hash(source_amount, currency, product)) AS lines,
                count(product) = 0 AS no_product, max(source_amount) >= 0 AS is_sale,
                sum(hash(source_amount, amount_text IS NULL, source_refunded, source_cost, quantity, product, status,
                    currency)) AS content,
                min(row_number) AS first, max(row_number) AS last, {_LATER}
            FROM rows SEMI JOIN shared USING (order_id)
            GROUP BY file_number, order_id, customer_id, day, event
        ), several AS (
            SELECT order_id, customer_id, day, event, {_NEWEST} AS kept
            FROM orders JOIN file_ages USING (file_number) GROUP BY order_id, customer_id, day, event
            HAVING count(*) > 1
        ), held AS (
            SELECT older.file_number, kept, order_id, customer_id, day, event, older.rows AS rows,
                newer.rows AS kept_rows, older.content <> newer.content AS changed,
                older.total AS amount, newer.total AS kept_amount,
                list_has_any(older.line_set, newer.line_set) OR (older.rows = 1 AND newer.rows = 1 AND (
                    older.product = newer.product OR older.no_product OR newer.no_product)) AS is_edited,
                older.amounts = newer.amounts AS same_amounts,
                older.amounts = newer.amounts AND (
                    older.lines = newer.lines OR older.no_product OR newer.no_product) AS same_lines,
                (of_older.has_lines OR of_newer.has_lines) AND (
                    (older.last = of_older.last_row AND newer.first = of_newer.first_row)
                    OR (newer.last = of_newer.last_row AND older.first = of_older.first_row)) AS is_cut
            FROM several JOIN orders AS older USING (order_id, customer_id, day, event)
            JOIN orders AS newer ON newer.file_number = kept AND newer.order_id = several.order_id
                AND newer.customer_id = several.customer_id AND newer.day = several.day
                AND newer.event = several.event
            JOIN file_ages AS of_older ON of_older.file_number = older.file_number
            JOIN file_ages AS of_newer ON of_newer.file_number = kept
            WHERE older.file_number <> kept AND older.is_sale = newer.is_sale
        )
        SELECT *, same_lines OR (NOT same_amounts AND NOT is_cut AND is_edited)
            OR (same_amounts AND count(CASE WHEN same_lines THEN 1 END) OVER files
            >= count(CASE WHEN same_amounts AND NOT same_lines THEN 1 END) OVER files) AS is_copy
        FROM held WINDOW files AS (PARTITION BY file_number, kept)
    """)  # noqa: S608  (our own expressions)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE copies AS FROM pairs WHERE is_copy AND changed
    """)
    connection.execute("""
        UPDATE parsed SET apart = 'copy' FROM copies
        WHERE parsed.apart IS NULL AND parsed.source_amount IS NOT NULL AND NOT parsed.wrong_columns
            AND parsed.file_number = copies.file_number AND parsed.order_id = copies.order_id
            AND parsed.customer_id = copies.customer_id AND parsed.day = copies.day AND parsed.event = copies.event
    """)
    files = connection.execute(
        "SELECT DISTINCT unnest([file_number, kept]) AS number FROM copies ORDER BY number"
    ).fetchall()
    yield from _told_of_copies(connection, [names[number - 1] for (number,) in files], names)
    connection.execute("DROP TABLE copies")


def _doubtful(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Warning_]:
    """Tell of the orders in ``pairs`` that are neither copies nor the two ends of a list that was cut in pieces."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE left_over AS
        WITH found AS (
            SELECT file_number, order_id, customer_id, day, event, count(*) AS copies FROM parsed
            WHERE apart = 'copy' GROUP BY ALL
        ), left_over AS (
            SELECT pairs.*, coalesce(found.copies, 0) AS copies FROM pairs LEFT JOIN found
                ON found.file_number = greatest(pairs.file_number, kept) AND found.order_id = pairs.order_id
                AND found.customer_id = pairs.customer_id AND found.day = pairs.day AND found.event = pairs.event
            WHERE changed AND NOT is_copy AND NOT (is_cut AND found.copies IS NULL)
        )
        SELECT file_number, kept, order_id
        FROM left_over WHERE rows > copies AND (kept_rows > copies OR event = '')
    """)
    orders, example, files = connection.execute("""
        SELECT count(DISTINCT order_id), min(order_id), list_sort(list_distinct(flatten(list([file_number, kept]))))
        FROM left_over
    """).fetchone() or (0, "", [])
    connection.execute("INSERT INTO own_orders FROM left_over")
    connection.execute("DROP TABLE left_over")
    if orders:
        yield _twice(orders, example, [names[number - 1] for number in files])
    connection.execute("DROP TABLE pairs")


def _same(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Warning_]:
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE copies AS
        WITH contents AS (
            SELECT row_number, file_number, order_id,
                hash(customer_id, day, source_amount, amount_text IS NULL, source_refunded, source_cost, quantity,
                    product, status, currency) AS content
            FROM parsed WHERE order_id IS NOT NULL AND day IS NOT NULL AND NOT wrong_columns AND apart IS NULL
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY file_number, order_id, content ORDER BY row_number) AS nth
            FROM contents
        )
        SELECT row_number, order_id, file_number, row_number() OVER (
            PARTITION BY order_id, content, nth ORDER BY row_number) AS place
        FROM numbered
        QUALIFY place > 1
    """)
    row = connection.execute(
        "SELECT count(*), count(DISTINCT order_id), min(order_id), list(DISTINCT file_number) FROM copies"
    ).fetchone()
    rows, orders, example, files = row or (0, 0, "", [])
    if rows:
        connection.execute(
            "UPDATE parsed SET apart = 'copy' FROM copies WHERE parsed.row_number = copies.row_number"
        )
        text = counted(
            rows,
            "{files}: {number} row of {orders} stands in an earlier file with the same content, such as order"
            ' "{example}". It counts once.',
            "{files}: {number} rows of {orders} stand in an earlier file with the same content, such as order"
            ' "{example}". They count once.',
            files=joined(", ", [names[number - 1] for number in sorted(files)]),
            orders=counted(orders, "{number} order", "{number} orders"),
            example=example,
        )
        yield Warning_("copies", text, rows)
    connection.execute("DROP TABLE copies")
