"""Rows without order ids that stand in several files, or several times in one: a period exported or pasted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.people import known_customer_sql
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["mark_overlaps"]

_ALL_BUT_A_FEW: Final = 0.9
_NO_ACCIDENT: Final = 10


class _Shared(NamedTuple):
    """What two files share, and how many rows each has from the first to the last day that both cover."""

    older: int
    newer: int
    rows: int
    amount: Decimal
    first: dt.date
    last: dt.date
    older_rows: int
    newer_rows: int

    @property
    def is_period(self) -> bool:
        """Whether it is a whole period that was exported twice, and not orders that happen to be alike."""
        return self.rows >= max(_NO_ACCIDENT, _ALL_BUT_A_FEW * max(self.older_rows, self.newer_rows))


def mark_overlaps(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]
) -> tuple[Warning_, ...]:
    """Mark in ``parsed`` what several files without order ids hold of one period, and return what to tell.

    Nearly all rows of the days that two files cover are the same in both only where a period was exported twice: it
    then counts as in the newer file. Fewer may be orders that are alike: they count, and are told. A row that stands
    twice in each file is two orders.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    """
    numbers = [
        number for number, source in enumerate(sources, start=1) if "order_id" not in source.file.columns
    ]
    names = [source.file.name for source in sources]
    notes = list(_pasted(connection, numbers, names)) if numbers else []
    if len(numbers) > 1:
        notes += _overlapping(connection, numbers, names)
    return tuple(notes)


def _overlapping(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int], names: Sequence[str]
) -> Iterator[Warning_]:
    listed = ", ".join(map(str, numbers))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE alike AS
        WITH contents AS (
            SELECT row_number, file_number, day, source_amount,
                hash(customer_id, day, source_amount, source_amount < 0, currency, product, quantity) AS content
            FROM parsed WHERE file_number IN ({listed}) AND day IS NOT NULL AND source_amount IS NOT NULL
                AND {known_customer_sql()} AND apart IS NULL AND NOT wrong_columns
        )
        SELECT *, row_number() OVER (PARTITION BY file_number, content ORDER BY row_number) AS nth,
            max(day) OVER (PARTITION BY file_number) AS newest
        FROM contents
    """)  # noqa: S608  (numbers and our own words)
    found = connection.execute("""
        WITH periods AS (
            SELECT file_number, min(day) AS first, max(day) AS last FROM alike GROUP BY file_number
        ), shared AS (
            SELECT older.file_number AS older, newer.file_number AS newer, count(*) AS rows,
                sum(older.source_amount) AS amount
            FROM alike AS older JOIN alike AS newer ON newer.content = older.content AND newer.nth = older.nth
                AND (older.newest, older.file_number) < (newer.newest, newer.file_number)
            GROUP BY ALL
        ), common AS (
            SELECT shared.*, greatest(one.first, two.first) AS first, least(one.last, two.last) AS last
            FROM shared JOIN periods AS one ON one.file_number = older
            JOIN periods AS two ON two.file_number = newer
        )
        SELECT older, newer, rows, amount, first, last,
            (SELECT count(*) FROM alike WHERE file_number = older AND day BETWEEN first AND last),
            (SELECT count(*) FROM alike WHERE file_number = newer AND day BETWEEN first AND last)
        FROM common ORDER BY older, newer
    """).fetchall()
    for shared in (_Shared(*row) for row in found):
        if shared.is_period:
            connection.execute(f"""
                UPDATE parsed SET apart = 'copy' FROM (
                    SELECT older.row_number FROM alike AS older
                    JOIN alike AS newer ON newer.content = older.content AND newer.nth = older.nth
                    WHERE older.file_number = {shared.older} AND newer.file_number = {shared.newer}) AS copies
                WHERE parsed.row_number = copies.row_number
            """)  # noqa: S608  (numbers)
        yield _told(shared, names)
    connection.execute("DROP TABLE alike")


def _told(shared: _Shared, names: Sequence[str]) -> Warning_:
    older, newer = names[shared.older - 1], names[shared.newer - 1]
    text = counted(
        shared.rows,
        "{older} and {newer} both hold the days from {first} to {last}, and {number} row has the same customer, day and"
        " amount in both, {amount} in all (of {older_rows} and {newer_rows} rows of those days).",
        "{older} and {newer} both hold the days from {first} to {last}, and {number} rows have the same customer, day"
        " and amount in both, {amount} in all (of {older_rows} and {newer_rows} rows of those days).",
        older=older,
        newer=newer,
        first=shared.first,
        last=shared.last,
        amount=figured(shared.amount, 2),
        older_rows=figured(shared.older_rows, 0),
        newer_rows=figured(shared.newer_rows, 0),
    )
    if shared.is_period:
        text += say(
            " The period was exported twice: these rows count once, as in {newer}, and are set aside in {older}. If"
            " they are different orders, give them order ids.",
            newer=newer,
            older=older,
        )
        return Warning_("copies", text, shared.rows)
    text += counted(
        shared.rows,
        " It counts twice, as there are no order ids to tell whether it is the same order. If so, leave those days out"
        " of one file, or export with order ids.",
        " They count twice, as there are no order ids to tell whether they are the same orders. If so, leave those days"
        " out of one file, or export with order ids.",
    )
    return Warning_("overlapping_rows", text, shared.rows)


def _pasted(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int], names: Sequence[str]
) -> Iterator[Warning_]:
    """Tell of a run of rows that stands a second time in a file: an export that was pasted twice.

    Rows alike here and there are orders alike: a real list of 69,659 rows has 234 right below each other.
    """
    listed = ", ".join(map(str, numbers))
    found = connection.execute(f"""
        WITH repeated AS (
            SELECT line_hash FROM parsed WHERE file_number IN ({listed}) AND NOT wrong_columns
            GROUP BY line_hash HAVING count(*) > 1
        ), steps AS (
            SELECT file_number, file_row, source_amount,
                file_row - lag(file_row) OVER (PARTITION BY file_number, line_hash ORDER BY row_number) AS step
            FROM parsed SEMI JOIN repeated USING (line_hash) WHERE file_number IN ({listed}) AND NOT wrong_columns
        )
        SELECT file_number, step, count(*), min(file_row), max(file_row), coalesce(sum(source_amount), 0)
        FROM steps WHERE step IS NOT NULL GROUP BY file_number, step
        HAVING step >= {_NO_ACCIDENT} AND count(*) >= {_NO_ACCIDENT}
            AND count(*) >= {_ALL_BUT_A_FEW} * (max(file_row) - min(file_row) + 1)
        ORDER BY file_number DESC, count(*), step DESC
    """).fetchall()  # noqa: S608  (numbers)
    longest = {row[0]: row for row in found}
    for number, step, rows, first, last, amount in (longest[number] for number in sorted(longest)):
        text = say(
            "{name}: {rows} of the rows {first} to {last} repeat in every column the row {step} rows above, {amount} in"
            " all. They count. If the export was pasted twice, remove them; order ids would tell.",
            name=names[number - 1],
            rows=figured(rows, 0),
            first=figured(first, 0),
            last=figured(last, 0),
            step=figured(step, 0),
            amount=figured(amount, 2),
        )
        yield Warning_("pasted_twice", text, rows)
