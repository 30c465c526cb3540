"""What is told of days far from all others: a lone old order, a lone late one, and refunds after the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["early_day", "late_days"]

_FAR_OFF: Final = 730


def late_days(connection: duckdb.DuckDBPyConnection) -> tuple[Warning_, ...]:
    """Look through ``judged`` for what is booked later than the rest.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    return (*_newest(connection), *_late_refunds(connection))


def early_day(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> Iterator[Warning_]:
    """Look through ``judged`` for an oldest day that is years before the next: often a typing error.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    """
    days = connection.execute(
        """
        SELECT day, count(*), arg_min(file_number, row_number), arg_min(file_row, row_number) FROM judged
        WHERE reason IS NULL AND amount >= 0 GROUP BY day ORDER BY day LIMIT 3
        """
    ).fetchall()
    if len(days) == 3 and (days[1][0] - days[0][0]).days > _FAR_OFF:
        (oldest, rows, number, row), (second, *_) = days[:2]
        text = say(
            "{where}, row {row}: the oldest order is of {oldest}, the next of {second}. If {oldest} is a typing error,"
            " correct it: the customer and all months are counted from there.",
            where=sources[number - 1].where,
            row=figured(row, 0),
            oldest=oldest,
            second=second,
        )
        yield Warning_("early_date", text, rows)


def _newest(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    days = connection.execute(
        """
        SELECT day, count(*) FROM judged WHERE reason IS NULL AND amount >= 0
        GROUP BY day ORDER BY day DESC LIMIT 2
        """
    ).fetchall()
    if len(days) == 2 and (days[0][0] - days[1][0]).days > 365:
        (newest, rows), (second, _) = days
        text = say(
            "The newest order is of {newest}, the one before of {second}. If {newest} is a typing error, correct it or"
            " pass --as-of {second}: everything is measured on the newest date.",
            newest=newest,
            second=second,
        )
        yield Warning_("late_date", text, rows)


def _late_refunds(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Tell of refunds that are booked after the newest order, the day on which everything is measured."""
    ((rows, amount, first, last, newest),) = connection.execute(
        """
        SELECT count(*), sum(amount), min(day), max(day), min(newest)
        FROM judged CROSS JOIN (
            SELECT max(day) AS newest FROM judged WHERE reason IS NULL AND amount >= 0) AS sales
        WHERE reason IS NULL AND day > newest
        """
    ).fetchall()
    if rows:
        text = counted(
            rows,
            "{number} refund, {amount}, is booked after the newest order ({newest}): {days}. It counts on {newest}, the"
            " as-of day: a refund is no order and says nothing of who still is a customer. If orders are known to the"
            " end of a later day, pass --as-of with that day.",
            "{number} refunds, {amount} in all, are booked after the newest order ({newest}): {days}. They count on"
            " {newest}, the as-of day: a refund is no order and says nothing of who still is a customer. If orders are"
            " known to the end of a later day, pass --as-of with that day.",
            amount=figured(amount, 2),
            newest=newest,
            days=say("on {day}", day=first)
            if first == last
            else say("from {first} to {last}", first=first, last=last),
        )
        yield Warning_("refunds_brought_forward", text, rows)
