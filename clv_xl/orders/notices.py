"""What a careful analyst would want to know about the rows that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS
from clv_xl.orders.account import Warning_

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

__all__ = ["notices"]

_PLACEHOLDERS = ("nan", "none", "na", "n/a", "undefined", "unknown", "-", "guest", "0")
_ROUNDING_WORTH_A_WORD = "0.000001"


def notices(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], *, as_of_given: bool
) -> tuple[Warning_, ...]:
    """Look through ``judged`` for what needs a second look.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    columns : Mapping[str, str]
        The canonical columns that some file has.
    as_of_given : bool
        Whether the user named the as-of date, so that a late typo does no harm.
    """
    found = [*_amounts(connection), *_customers(connection), *_orders(connection, columns)]
    if not as_of_given:
        found += _newest(connection)
    found += _details(connection, columns)
    return tuple(found)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return list(connection.execute(sql).fetchall())


def _amounts(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    ((rounded, effect, zero, blank_currency, currencies),) = _rows(
        connection,
        f"""
        SELECT count(*) FILTER (abs(rounding) > {_ROUNDING_WORTH_A_WORD}), sum(rounding),
            count(*) FILTER (reason IS NULL AND amount = 0),
            count(*) FILTER (reason IS NULL AND currency IS NULL), count(DISTINCT currency)
        FROM judged
        """,  # noqa: S608  (a number of our own)
    )
    if rounded:
        text = f"{rounded:,} amounts have more than 4 decimals and were rounded; in total by {effect:f}."
        yield Warning_("rounded_amounts", text, rounded)
    if zero:
        yield Warning_("zero_amounts", f"{zero:,} orders have the amount 0. They count as orders.", zero)
    if currencies and blank_currency:
        text = f"{blank_currency:,} used rows have no currency. They are taken as the report's currency."
        yield Warning_("no_currency", text, blank_currency)


def _customers(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    nothing = ", ".join(f"'{text}'" for text in NO_CUSTOMER_TEXTS)
    placeholders = ", ".join(f"'{text}'" for text in _PLACEHOLDERS)
    for text, rows in _rows(
        connection,
        f"""
        SELECT customer_id, count(*) FROM judged
        WHERE customer_id IN ({nothing}) OR (reason IS NULL AND lower(customer_id) IN ({placeholders}))
        GROUP BY customer_id ORDER BY count(*) DESC, customer_id
        """,  # noqa: S608  (our own words)
    ):
        if text in NO_CUSTOMER_TEXTS:
            words = f'{rows:,} rows have the text "{text}" for a customer. They are set aside as having none.'
            yield Warning_("customer_text_null", words, rows)
        else:
            words = (
                f'{rows:,} rows belong to a customer called "{text}". If that means "none", clear the cells.'
            )
            yield Warning_("customer_placeholder", words, rows)


def _orders(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> Iterator[Warning_]:
    if "order_id" not in columns:
        return
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE repeated_orders AS
        SELECT order_id, min(customer_id) <> max(customer_id) AS shared
        FROM judged WHERE reason IS NULL AND order_id IS NOT NULL
        GROUP BY order_id HAVING count(*) > 1
    """)
    ((extra,),) = _rows(
        connection,
        """
        SELECT coalesce(sum(copies - 1), 0)::BIGINT FROM (
            SELECT count(*) AS copies FROM judged SEMI JOIN repeated_orders USING (order_id)
            WHERE reason IS NULL GROUP BY line HAVING count(*) > 1)
        """,
    )
    ((shared, rows, example),) = _rows(
        connection,
        """
        SELECT count(DISTINCT order_id), count(*), min(order_id)
        FROM judged SEMI JOIN (FROM repeated_orders WHERE shared) AS shared_orders USING (order_id)
        WHERE reason IS NULL
        """,
    )
    ((without,),) = _rows(connection, "SELECT count(*) FROM judged WHERE reason IS NULL AND order_id IS NULL")
    connection.execute("DROP TABLE repeated_orders")
    if extra:
        text = (
            f"{extra:,} rows repeat another row in every column. They count; remove them if they are copies."
        )
        yield Warning_("duplicate_rows", text, extra)
    if shared:
        text = f'{shared:,} order ids belong to more than one customer, such as "{example}".'
        text += " Each customer keeps an order."
        yield Warning_("shared_order_ids", text, rows)
    if without:
        text = f"{without:,} used rows have no order id. Each of them counts as an order of its own."
        yield Warning_("no_order_id", text, without)


def _newest(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    days = _rows(
        connection,
        """
        SELECT day, count(*) FROM judged WHERE reason IS NULL
        GROUP BY day ORDER BY day DESC LIMIT 2
        """,
    )
    if len(days) == 2 and (days[0][0] - days[1][0]).days > 365:
        (newest, rows), (second, _) = days
        text = (
            f"The newest row is of {newest}, the one before of {second}. If {newest} is a typing error,"
            f" correct it or pass --as-of {second}: everything is measured on the newest date."
        )
        yield Warning_("late_date", text, rows)


def _details(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> Iterator[Warning_]:
    ((costs, quantities, unknown, partial),) = _rows(
        connection,
        """
        SELECT count(*) FILTER (has_cost AND cost IS NULL),
            count(*) FILTER (has_quantity AND quantity IS NULL), count(*) FILTER (meaning = 'unknown'),
            count(*) FILTER (starts_with(lower(status), 'partial') AND contains(lower(status), 'refund'))
        FROM judged WHERE reason IS NULL
        """,
    )
    for name, rows in (("cost", costs), ("quantity", quantities)):
        if rows:
            text = f'{rows:,} used rows have a "{columns[name]}" that is not a number. It is left empty.'
            yield Warning_(f"bad_{name}", text, rows)
    if unknown:
        text = f"{unknown:,} used rows have an unknown status. They count as completed; see the statuses."
        yield Warning_("unknown_status", text, unknown)
    if partial:
        text = (
            f"{partial:,} used rows are partly refunded. The file does not say how much; they count in full."
        )
        yield Warning_("partly_refunded", text, partial)
