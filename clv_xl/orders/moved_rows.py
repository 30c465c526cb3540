"""Rows of two files that may be the same orders on other days, where no order ids tell whether they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.said import Said

__all__ = ["Undecided", "counts_twice_text", "told_of_other_days"]

_DAYS: Final = 14  # from order to payment
_NO_ACCIDENT: Final = 10
_FEWEST: Final = 3
_ALL_BUT_A_FEW: Final = 0.9


class Undecided(NamedTuple):
    """Two files that cover common days: their numbers from 1, and whether it is the rows with ids of the newer one."""

    older: int
    newer: int
    newer_has_ids: bool
    first: dt.date
    last: dt.date


def counts_twice_text(rows: int) -> Said:
    """Return the words for rows that may be the same orders, and what to do if they are.

    Parameters
    ----------
    rows : int
        How many.
    """
    return counted(
        rows,
        " It counts twice, as there are no order ids in both to tell whether it is the same order. If so, leave those"
        " days out of one file, or export with order ids.",
        " They count twice, as there are no order ids in both to tell whether they are the same orders. If so, leave"
        " those days out of one file, or export with order ids.",
    )


def told_of_other_days(
    connection: duckdb.DuckDBPyConnection, pairs: Sequence[Undecided], names: Sequence[str]
) -> Iterator[Warning_]:
    """Tell of pairs of files in which customers and amounts agree too much for chance, on days of their own.

    What counts as evidence is a customer and an amount that each file has once, no more than two weeks apart: ten of
    them, and half of what the one with fewer such rows has of the days that both cover.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``alike`` is.
    pairs : Sequence of Undecided
        Files whose rows all count.
    names : Sequence of str
        The files, in the order of their numbers.
    """
    if not pairs:
        return
    listed = ", ".join(
        f"({older}, {newer}, {has_ids}, DATE '{first}', DATE '{last}')"
        for older, newer, has_ids, first, last in pairs
    )
    found = connection.execute(f"""
        WITH undecided(older, newer, newer_has_ids, first, last) AS (VALUES {listed}), once AS (
            SELECT file_number, has_ids, habit, min(day) AS day, min(source_amount) AS amount
            FROM alike WHERE NOT is_void GROUP BY ALL HAVING count(*) = 1
        ), all_once AS (
            SELECT older, newer, newer_has_ids, least(count(*) FILTER (file_number = older),
                count(*) FILTER (file_number = newer)) AS rows
            FROM undecided JOIN once ON day BETWEEN first AND last AND (
                (file_number = older AND NOT has_ids) OR (file_number = newer AND has_ids = newer_has_ids))
            GROUP BY ALL
        ), moved AS (
            SELECT older, newer, newer_has_ids, first, last, count(*) AS rows, sum(one.amount) AS amount,
                arg_min([one.day, two.day], (one.day, two.day, one.habit)) AS example
            FROM undecided JOIN once AS one ON one.file_number = older AND NOT one.has_ids
            JOIN once AS two ON two.file_number = newer AND two.has_ids = newer_has_ids AND two.habit = one.habit
            WHERE one.day <> two.day AND abs(one.day - two.day) <= {_DAYS}
                AND one.day BETWEEN first - {_DAYS} AND last + {_DAYS}
                AND two.day BETWEEN first - {_DAYS} AND last + {_DAYS}
            GROUP BY ALL
        )
        SELECT older, newer, first, last, moved.rows, amount, example
        FROM moved LEFT JOIN all_once USING (older, newer, newer_has_ids)
        WHERE moved.rows >= {_NO_ACCIDENT} AND 2 * moved.rows >= coalesce(all_once.rows, 0)
        ORDER BY older, newer, newer_has_ids
    """).fetchall()  # noqa: S608  (numbers and days)
    told = {(older, newer) for older, newer, *_ in found}
    found += [row for row in _by_a_day(connection, listed) if row[:2] not in told]
    for older, newer, first, last, rows, amount, (one, two) in sorted(found, key=lambda row: row[:2]):
        text = counted(
            rows,
            "{older} and {newer} both hold the days from {first} to {last}, and {number} row has the same customer and"
            " amount in both on days near to each other, such as {older_day} and {newer_day}, {amount} in all.",
            "{older} and {newer} both hold the days from {first} to {last}, and {number} rows have the same customer"
            " and amount in both on days near to each other, such as {older_day} and {newer_day}, {amount} in all.",
            older=names[older - 1],
            newer=names[newer - 1],
            first=first,
            last=last,
            older_day=one,
            newer_day=two,
            amount=figured(amount, 2),
        )
        yield Warning_("rows_of_other_days", text + counts_twice_text(rows), rows)


def _by_a_day(connection: duckdb.DuckDBPyConnection, listed: str) -> list[tuple[Any, ...]]:
    """Find the pairs of files of which nearly all rows of the common days stand a day earlier or later in the other.

    So it is where one was exported in another time zone. Rows that stand on the next day of their own file as well, of
    customers who buy the same every day, say nothing.
    """
    return connection.execute(f"""
        WITH undecided(older, newer, newer_has_ids, first, last) AS (VALUES {listed}),
        steps AS (SELECT *, unnest([1, -1]) AS step FROM undecided),
        older_rows AS (
            SELECT older, newer, newer_has_ids, step, count(*) AS rows
            FROM steps JOIN alike ON file_number = older AND NOT has_ids AND NOT is_void
                AND day BETWEEN first AND last AND day + step BETWEEN first AND last GROUP BY ALL
        ), newer_rows AS (
            SELECT older, newer, newer_has_ids, step, count(*) AS rows
            FROM steps JOIN alike ON file_number = newer AND has_ids = newer_has_ids AND NOT is_void
                AND day BETWEEN first AND last AND day - step BETWEEN first AND last GROUP BY ALL
        ), own AS (
            SELECT one.file_number, one.has_ids, count(*) AS rows FROM alike AS one
            JOIN alike AS two ON two.file_number = one.file_number AND two.has_ids = one.has_ids
                AND two.habit = one.habit AND two.day = one.day + 1 GROUP BY ALL
        ), whole AS (
            SELECT file_number, count(*) AS rows FROM alike WHERE NOT has_ids GROUP BY ALL
        ), moved AS (
            SELECT older, newer, newer_has_ids, step, first, last, count(*) AS rows, sum(one.source_amount) AS amount,
                arg_min([one.day, two.day], (one.day, one.habit)) AS example
            FROM steps JOIN alike AS one ON one.file_number = older AND NOT one.has_ids AND NOT one.is_void
            JOIN alike AS two ON two.file_number = newer AND two.has_ids = newer_has_ids AND NOT two.is_void
                AND two.habit = one.habit AND two.nth_bare = one.nth_bare AND two.day = one.day + step
            WHERE one.day BETWEEN first AND last AND two.day BETWEEN first AND last
            GROUP BY ALL
        )
        SELECT older, newer, first, last, moved.rows, amount, example
        FROM moved JOIN older_rows USING (older, newer, newer_has_ids, step)
        JOIN newer_rows USING (older, newer, newer_has_ids, step)
        JOIN whole ON whole.file_number = older
        LEFT JOIN own ON own.file_number = older AND NOT own.has_ids
        WHERE moved.rows >= {_FEWEST} AND 2 * coalesce(own.rows, 0) < whole.rows AND moved.rows >= greatest(
            older_rows.rows, newer_rows.rows) * CASE WHEN moved.rows < {_NO_ACCIDENT} THEN 1 ELSE {_ALL_BUT_A_FEW} END
        QUALIFY row_number() OVER (PARTITION BY older, newer, newer_has_ids ORDER BY moved.rows DESC, step) = 1
        ORDER BY older, newer, newer_has_ids
    """).fetchall()  # noqa: S608  (numbers and days)
