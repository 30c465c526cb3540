"""Rows without order ids that stand in several files, or several times in one: a period exported or pasted twice."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.moved_rows import Undecided, counts_twice_text, told_of_other_days
from clv_xl.orders.people import known_customer_sql
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence
    from decimal import Decimal

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["mark_overlaps"]

_ALL_BUT_A_FEW: Final = 0.9
_NO_ACCIDENT: Final = 10
_HALF: Final = 0.5
_ROWS_OF_A_SMALL_SHEET: Final = 3
# Of two files the one with order ids tells more; else the newer one does. One that has products, currencies or
# quantities is compared with one that has none by customer, day and amount alone.
_PAIRS: Final = """
    CREATE OR REPLACE TEMP TABLE pairs AS
    WITH units AS (
        SELECT file_number, has_ids, min(day) AS first, max(day) AS last, hash(count(currency) > 0, count(product) > 0,
            count(quantity) > 0) AS details, max(max(day)) OVER (PARTITION BY file_number) AS newest
        FROM alike GROUP BY file_number, has_ids
    )
    SELECT older.file_number AS older, newer.file_number AS newer, newer.has_ids AS newer_has_ids,
        greatest(older.first, newer.first) AS first, least(older.last, newer.last) AS last,
        newer.has_ids OR older.details <> newer.details AS is_bare
    FROM units AS older JOIN units AS newer ON older.file_number <> newer.file_number AND NOT older.has_ids
        AND (older.has_ids, older.newest, older.file_number) < (newer.has_ids, newer.newest, newer.file_number)
        AND older.first <= newer.last AND newer.first <= older.last
"""
_SAME: Final = {
    "row": """older.bare = newer.bare AND CASE WHEN is_bare THEN older.nth_bare = newer.nth_bare
        ELSE older.detailed = newer.detailed AND older.nth_detailed = newer.nth_detailed END""",
    "day": "older.paid = newer.paid",
}
_JOINED: Final = """
    alike AS older JOIN pairs ON older.file_number = pairs.older AND NOT older.has_ids
    JOIN alike AS newer ON newer.file_number = pairs.newer AND newer.has_ids = newer_has_ids AND"""


class _Shared(NamedTuple):
    """What two files share, and how much each has from the first to the last day that both cover.

    ``way`` is how they were compared: row by row, or the sum of a customer's day, where one file has a row for an order
    and the other one for a product. ``contents`` are the rows shared that differ from each other, ``telling`` those of
    them of which the customer paid that amount on no other day in any file.
    """

    older: int
    newer: int
    newer_has_ids: bool
    way: str
    shared: int
    contents: int
    telling: int
    amount: Decimal
    first: dt.date
    last: dt.date
    older_all: int
    newer_all: int

    def is_alike(self, share: float) -> bool:
        """Whether so large a share of what the two files hold of their common days is the same in both."""
        return self.shared > 0 and self.shared >= share * max(self.older_all, self.newer_all)

    @property
    def is_period(self) -> bool:
        """Whether it is a whole period that was exported twice, and not orders that happen to be alike.

        Equal rows of one customer and day are no evidence for each other: he may have bought the same several times.
        """
        return self.contents >= _NO_ACCIDENT and self.is_alike(_ALL_BUT_A_FEW)


def mark_overlaps(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]
) -> tuple[Warning_, ...]:
    """Mark in ``parsed`` what stands without order ids in one file, and with or without them in another.

    Nearly all rows of the days that two files cover are the same in both only where a period was exported twice: it
    then counts as in the file with order ids, or else the newer one. Fewer may be orders that are alike: they count,
    and are told. A row that stands twice in each file is two orders.

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
    if len(names) > 1:
        notes += _overlapping(connection, sources)
    return tuple(notes)


def _overlapping(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> Iterator[Warning_]:
    rows = f"""
        FROM parsed WHERE day IS NOT NULL AND source_amount IS NOT NULL AND {known_customer_sql()} AND apart IS NULL
            AND NOT wrong_columns"""
    (without,) = connection.execute(f"SELECT count(*) {rows} AND order_id IS NULL").fetchone() or (0,)
    if not without:
        return
    # by row: what both files tell of it; by day: what a customer paid on it, in one row or in several
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE alike AS
        WITH contents AS (
            SELECT row_number, file_number, order_id IS NOT NULL AS has_ids, day, source_amount, currency, product,
                quantity, meaning IN ('cancelled', 'not completed') AS is_void, hash(customer_id, day) AS visit,
                hash(customer_id, day, source_amount) AS bare, hash(customer_id, source_amount) AS habit, customer_id,
                hash(customer_id, day, source_amount, currency, product, quantity) AS detailed
            {rows}
        )
        SELECT * EXCLUDE (customer_id), hash(visit, sum(source_amount) OVER visits) AS paid,
            sum(source_amount) OVER visits AS sum_paid, hash(customer_id, sum(source_amount) OVER visits) AS day_habit,
            row_number() OVER (PARTITION BY file_number, has_ids, visit ORDER BY row_number) AS nth_paid,
            row_number() OVER (PARTITION BY file_number, has_ids, bare ORDER BY row_number) AS nth_bare,
            row_number() OVER (PARTITION BY file_number, has_ids, detailed ORDER BY row_number) AS nth_detailed
        FROM contents WINDOW visits AS (PARTITION BY file_number, has_ids, visit)
    """)  # noqa: S608  (our own words)
    connection.execute(_PAIRS)
    pairs: dict[tuple[int, int, bool], list[_Shared]] = {}
    for way in _SAME:
        for shared in _compared(connection, way):
            pairs.setdefault(shared[:3], []).append(shared)
    best = [
        max(ways, key=lambda one: (one.is_period, one.is_alike(_ALL_BUT_A_FEW), one.amount))
        for _, ways in sorted(pairs.items())
    ]
    names = [source.file.name for source in sources]
    exported_twice = _exported_twice(best)
    counts_twice = []
    for shared in best:
        is_period = exported_twice(shared) or _is_copied_sheet(connection, shared, sources)
        if is_period:
            _set_aside(connection, shared)
        if shared.shared:
            yield _told(shared, names, is_period=is_period)
        if not is_period:
            counts_twice.append(Undecided(*shared[:3], shared.first, shared.last))
    yield from told_of_other_days(connection, counts_twice, names)
    for table in ("alike", "pairs"):
        connection.execute(f"DROP TABLE {table}")


def _exported_twice(pairs: Sequence[_Shared]) -> Callable[[_Shared], bool]:
    """Return what tells periods exported twice: by what a pair of files shares, or all pairs together.

    Twelve exports of a month and a day share one day each, of a few rows. Where nearly all rows of all common days are
    the same, they are evidence for each other; and so are, among files of other shops, pairs alike in ten rows such as
    stand on no other day.
    """

    def together(number: Callable[[_Shared], int], of: Sequence[_Shared]) -> int:
        # what stands in three files is not two pieces of evidence
        days = groupby(sorted(of, key=_common_days), key=_common_days)
        return sum(max(map(number, group)) for _, group in days)

    whole = sum(max(one.older_all, one.newer_all) for one in pairs)
    all_alike = (
        together(lambda one: one.contents, pairs) >= _NO_ACCIDENT
        and sum(one.shared for one in pairs) >= _ALL_BUT_A_FEW * whole
    )
    alike = [one for one in pairs if one.is_alike(_ALL_BUT_A_FEW)]
    some_alike = together(lambda one: one.telling, alike) >= _NO_ACCIDENT
    return lambda one: (
        one.is_period or (all_alike and one.is_alike(_HALF)) or (some_alike and one.is_alike(_ALL_BUT_A_FEW))
    )


def _is_copied_sheet(
    connection: duckdb.DuckDBPyConnection, shared: _Shared, sources: Sequence[ReadSource]
) -> bool:
    """Tell whether all that one sheet of a workbook holds stands in another one too: a sheet that was copied."""
    older, newer = (sources[number - 1].file for number in (shared.older, shared.newer))
    if older.sha256 != newer.sha256 or not older.sheet or shared.contents < _ROWS_OF_A_SMALL_SHEET:
        return False
    each = "nth_paid = 1" if shared.way == "day" else "true"
    (smaller,) = connection.execute(f"""
        SELECT min(rows) FROM (
            SELECT count(*) AS rows FROM alike WHERE {each} AND (
                (file_number = {shared.older} AND NOT has_ids)
                OR (file_number = {shared.newer} AND has_ids = {shared.newer_has_ids}))
            GROUP BY file_number)
    """).fetchone() or (None,)  # noqa: S608  (numbers and our own words)
    return bool(shared.shared == smaller)


def _common_days(pair: _Shared) -> tuple[int, dt.date]:
    return pair.older, pair.first


def _compared(connection: duckdb.DuckDBPyConnection, way: str) -> Iterator[_Shared]:
    """Count what is alike; an order that its status undoes counts only if the other file has it too."""
    each, both, amount, content, habit = "true", "true", "source_amount", "bare", "habit"
    if way == "day":
        each, both, amount = "nth_paid = 1", "older.nth_paid = 1 AND newer.nth_paid = 1", "sum_paid"
        content, habit = "visit", "day_habit"
    found = connection.execute(f"""
        WITH usual AS (
            SELECT {habit} AS habit FROM alike GROUP BY ALL HAVING min(day) <> max(day)
        ), shared AS (
            SELECT older, newer, newer_has_ids, count(*) AS shared, sum(amount) AS amount,
                count(DISTINCT content) AS contents,
                count(DISTINCT content) FILTER (usual.habit IS NULL) AS telling,
                count(*) FILTER (older_is_void) AS older_void, count(*) FILTER (newer_is_void) AS newer_void
            FROM (
                SELECT pairs.older, pairs.newer, newer_has_ids, older.{amount} AS amount, older.{content} AS content,
                    older.{habit} AS habit, older.is_void AS older_is_void, newer.is_void AS newer_is_void
                FROM {_JOINED} {_SAME[way]} AND {both}
            ) AS rows LEFT JOIN usual USING (habit)
            GROUP BY ALL
        ), days AS (
            SELECT file_number, has_ids, day, count(*) AS rows FROM alike WHERE {each} AND NOT is_void GROUP BY ALL
        ), counted AS (
            SELECT older, newer, newer_has_ids, sum(CASE WHEN file_number = older THEN rows END) AS older_rows,
                sum(CASE WHEN file_number = newer THEN rows END) AS newer_rows
            FROM pairs JOIN days ON day BETWEEN first AND last AND (
                (file_number = older AND NOT has_ids) OR (file_number = newer AND has_ids = newer_has_ids))
            GROUP BY ALL
        )
        SELECT older, newer, newer_has_ids, '{way}', coalesce(shared, 0), coalesce(contents, 0), coalesce(telling, 0),
            coalesce(amount, 0), first, last, coalesce(older_void, 0) + coalesce(older_rows, 0),
            coalesce(newer_void, 0) + coalesce(newer_rows, 0)
        FROM pairs LEFT JOIN shared USING (older, newer, newer_has_ids)
            LEFT JOIN counted USING (older, newer, newer_has_ids)
        ORDER BY older, newer, newer_has_ids
    """).fetchall()  # noqa: S608  (our own words)
    return (_Shared(*row) for row in found)


def _set_aside(connection: duckdb.DuckDBPyConnection, shared: _Shared) -> None:
    connection.execute(f"""
        UPDATE parsed SET apart = 'copy' WHERE row_number IN (
            SELECT older.row_number FROM {_JOINED} {_SAME[shared.way]}
            WHERE pairs.older = {shared.older} AND pairs.newer = {shared.newer}
                AND newer_has_ids = {shared.newer_has_ids})
    """)  # noqa: S608  (numbers and our own words)


def _told(shared: _Shared, names: Sequence[str], *, is_period: bool) -> Warning_:
    older, newer = names[shared.older - 1], names[shared.newer - 1]
    amount = {
        "older": older,
        "newer": newer,
        "first": shared.first,
        "last": shared.last,
        "amount": figured(shared.amount, 2),
        "older_all": figured(shared.older_all, 0),
        "newer_all": figured(shared.newer_all, 0),
    }
    if shared.way == "row":
        text = counted(
            shared.shared,
            "{older} and {newer} both hold the days from {first} to {last}, and {number} row has the same customer, day"
            " and amount in both, {amount} in all (of {older_all} and {newer_all} rows of those days).",
            "{older} and {newer} both hold the days from {first} to {last}, and {number} rows have the same customer,"
            " day and amount in both, {amount} in all (of {older_all} and {newer_all} rows of those days).",
            **amount,
        )
    else:
        text = counted(
            shared.shared,
            "{older} and {newer} both hold the days from {first} to {last}, and {number} sum of what a customer paid on"
            " a day adds up to the same in both, {amount} in all (of {older_all} and {newer_all} such sums).",
            "{older} and {newer} both hold the days from {first} to {last}, and {number} sums of what a customer paid"
            " on a day add up to the same in both, {amount} in all (of {older_all} and {newer_all} such sums).",
            **amount,
        )
    if is_period:
        text += say(
            " The period was exported twice: these rows count once, as in {newer}, and are set aside in {older}. If"
            " they are different orders, give them order ids.",
            newer=newer,
            older=older,
        )
        return Warning_("copies", text, shared.shared)
    text += counts_twice_text(shared.shared)
    return Warning_("overlapping_rows", text, shared.shared)


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
