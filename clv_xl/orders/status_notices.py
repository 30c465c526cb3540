"""What is told of orders by their status: unknown ones, tests, credit notes, those refunded in part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.errors import UsageError, did_you_mean
from clv_xl.orders.account import Warning_
from clv_xl.orders.credit_notes import credit_notes_told
from clv_xl.orders.said import Saved
from clv_xl.orders.sentences import listed
from clv_xl.orders.status_words import meaning_of, plain_status
from clv_xl.said import counted, figured, frame, joined, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from clv_xl.orders.options import OrderRules, ReadOptions

__all__ = ["refuse_statuses_not_there", "status_notices", "unknown_statuses"]

_STATUSES_TOLD = 10
_OPTIONS_SHOWN = 5


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return list(connection.execute(sql).fetchall())


def status_notices(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], rules: OrderRules
) -> Iterator[Warning_]:
    """Tell what the statuses of the rows of ``judged`` leave unsure.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    columns : Mapping[str, str]
        The canonical columns that some file has.
    rules : OrderRules
        What counts.
    """
    unknown = _rows(
        connection,
        """
        SELECT status, count(*) FROM judged WHERE reason IS NULL AND meaning = 'unknown'
        GROUP BY status ORDER BY count(*) DESC, status
        """,
    )
    yield from unknown_statuses(unknown)
    yield from _tests(connection)
    yield from credit_notes_told(connection)
    partly = _partly_refunded(connection, told_by_column="refunded" in columns)
    if partly and rules.refunds != "ignore":
        text = (
            counted(
                partly,
                '{number} used row is partly refunded by its status, but the column "{header}" does not say how much.'
                " It counts in full.",
                '{number} used rows are partly refunded by their status, but the column "{header}" does not say how'
                " much. They count in full.",
                header=columns["refunded"],
            )
            if "refunded" in columns
            else counted(
                partly,
                "{number} used row is partly refunded by its status, but no column says how much (--column"
                " refunded=HEADER, if the file has one). It counts in full.",
                "{number} used rows are partly refunded by their status, but no column says how much (--column"
                " refunded=HEADER, if the file has one). They count in full.",
            )
        )
        yield Warning_("partly_refunded", text, partly)


def refuse_statuses_not_there(connection: duckdb.DuckDBPyConnection, options: ReadOptions) -> None:
    """Refuse a meaning that the user gives to a status which no row has.

    Under pseudonyms only statuses are listed that are known as such: another text may be a name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``parsed`` is.
    options : ReadOptions
        What the user said.

    Raises
    ------
    UsageError
        With the statuses that there are.
    """
    if not options.statuses:
        return
    found = _rows(connection, "SELECT DISTINCT status FROM parsed WHERE status IS NOT NULL ORDER BY status")
    texts = [text for (text,) in found]
    known = {plain_status(text) for text in texts}
    shown = [text for text in texts if not options.pseudonyms or meaning_of(text) != "unknown"]
    hidden = f", and {len(texts) - len(shown):,} not shown" if len(shown) < len(texts) else ""
    for asked, meaning in options.statuses.items():
        # a saved map may know more statuses than one month's export has
        if plain_status(asked) not in known and not isinstance(asked, Saved):
            quoted = ", ".join(f'"{text}"' for text in shown[:30]) or "none"
            raise UsageError(
                f'--status "{asked}={meaning}": no row has the status "{asked}".{did_you_mean(asked, shown)}'
                f" Statuses found: {quoted}{hidden}."
            )


def unknown_statuses(unknown: Sequence[tuple[str, int]]) -> Iterator[Warning_]:
    """Tell of statuses that nobody knows.

    Parameters
    ----------
    unknown : Sequence of (str, int)
        Each text and its used rows, most rows first.
    """
    if unknown:
        rows = sum(count for _, count in unknown)
        told = [
            frame('"{status}" ({count})', status=status, count=figured(count, 0))
            for status, count in unknown[:_STATUSES_TOLD]
        ]
        statuses = listed(told, len(unknown))
        if len(unknown) == 1:
            text = counted(
                rows,
                "{number} used row has a status that is not known: {statuses}. It counts as a completed order."
                ' Say what it means: --status "{status}=sale", or --status "{status}=cancelled",'
                ' --status "{status}=unpaid", --status "{status}=refunded" or --status "{status}=test".',
                "{number} used rows have a status that is not known: {statuses}. They count as completed orders."
                ' Say what each means: --status "{status}=sale", or --status "{status}=cancelled",'
                ' --status "{status}=unpaid", --status "{status}=refunded" or --status "{status}=test".',
                statuses=statuses,
                status=unknown[0][0],
            )
        else:
            text = say(
                "{number} used rows have a status that is not known: {statuses}. They count as completed orders. Say"
                " what each means, with sale, cancelled, unpaid, refunded or test behind the equals sign: {options}.",
                number=figured(rows, 0),
                statuses=statuses,
                options=joined(
                    " ",
                    [
                        frame('--status "{status}=sale"', status=status)
                        for status, _ in unknown[:_OPTIONS_SHOWN]
                    ],
                ),
            )
        yield Warning_("unknown_status", text, rows)


def _tests(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    ((rows, status),) = _rows(
        connection,
        "SELECT count(*), min_by(status, row_number) FROM judged WHERE meaning = 'test' AND reason = 'test_order'",
    )
    if rows:
        text = counted(
            rows,
            '{number} row is a test order by its status ("{status}"). It is set aside. If it is a sale:'
            ' --status "{status}=sale".',
            '{number} rows are test orders by their status, such as "{status}". They are set aside. If they are sales:'
            ' --status "{status}=sale".',
            status=status,
        )
        yield Warning_("test_orders", text, rows)


def _partly_refunded(connection: duckdb.DuckDBPyConnection, *, told_by_column: bool) -> int:
    """Count the partly refunded rows that nothing is taken off."""
    told = (
        "UNION ALL SELECT order_key, customer_id FROM refunded_cells WHERE subtracted > 0"
        if told_by_column
        else ""
    )
    ((rows,),) = _rows(
        connection,
        f"""
        SELECT count(*) FROM judged ANTI JOIN (
            SELECT order_id AS order_key, customer_id FROM judged
            WHERE reason IS NULL AND amount < 0 AND order_id IS NOT NULL {told}
        ) AS undone ON order_key = coalesce(order_id, '(row ' || row_number || ')')
            AND undone.customer_id = judged.customer_id
        WHERE reason IS NULL AND meaning = 'partly refunded' AND amount >= 0
        """,  # noqa: S608  (our own words)
    )
    return int(rows)
