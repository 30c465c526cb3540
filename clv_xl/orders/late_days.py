"""What is told of the newest days where no as-of day was asked for: a lone late order, and refunds after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.account import Warning_
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

__all__ = ["late_days"]


def late_days(connection: duckdb.DuckDBPyConnection) -> tuple[Warning_, ...]:
    """Look through ``judged`` for what is booked later than the rest.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    return (*_newest(connection), *_late_refunds(connection))


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
