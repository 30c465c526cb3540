"""The same orders in the exports of two systems that number them each in its own way: a shop and its payments."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.people import known_customer_sql
from clv_xl.orders.two_numbers import pair_by_number, pair_net
from clv_xl.orders.two_refunds import refunds_once
from clv_xl.said import counted, figured, joined, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["mark_two_systems"]

_PAYMENTS: Final = frozenset({"paypal", "stripe-payments", "stripe-balance"})
_NO_ACCIDENT: Final = 10
_FEWEST: Final = 3
_MOST: Final = 2 / 3
_HALF: Final = 0.5
_STEPS: Final = (0, 1, -1)  # a payment is booked beside midnight, or in another time zone


class _Shared(NamedTuple):
    """What two systems share, and how many orders the smaller one has of the days that both cover.

    ``telling`` are the orders shared whose customer paid that amount once in each system, ``once`` all such customers
    and amounts, ``prices`` the amounts among the telling ones that differ from each other.
    """

    shared: int
    amount: Decimal
    telling: int
    prices: int
    once: int
    smaller: int
    first: dt.date
    last: dt.date

    @property
    def is_twice(self) -> bool:
        """Whether it is no chance; regular customers who pay the same each time may be those of two shops."""
        if self.shared < _MOST * self.smaller or self.prices < 2 or self.telling < _HALF * self.once:
            return False
        return self.telling >= _NO_ACCIDENT or (self.telling >= _FEWEST and self.shared >= self.smaller)

    @property
    def is_doubtful(self) -> bool:
        """Whether it is too much to be passed over."""
        return self.shared >= _FEWEST and self.shared >= self.smaller * (
            _HALF if self.shared >= _NO_ACCIDENT else _MOST
        )


def mark_two_systems(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]
) -> tuple[Warning_, ...]:
    """Mark in ``parsed`` the orders that another system holds under numbers of its own, and tell of them.

    An order is the same where customer, currency and amount are, on the same day or one beside it. Where two thirds of
    the orders that the smaller system has of the common days are, they count once: as in the shop, not as in the
    payments. Exports of one system that number differently are of two shops.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in the order of their numbers.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE twins(file_number INTEGER, order_id VARCHAR, customer_id VARCHAR,"
        " kept_file INTEGER, kept_order VARCHAR)"
    )
    systems: dict[tuple[str, ...], list[int]] = {}
    for number, source in enumerate(sources, start=1):
        if "order_id" in source.file.columns:
            systems.setdefault(_system(source), []).append(number)
    if len(systems) < 2:
        return ()
    # what is kept stands first: shops before payments, exports that are known, then as they were named
    ranked = sorted(systems.items(), key=lambda item: (item[0][0] in _PAYMENTS, len(item[0]) > 1, item[1]))
    listed = ", ".join(f"({at}, {number})" for at, (_, files) in enumerate(ranked) for number in files)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE system_orders AS
        WITH addresses AS (
            SELECT customer_id, min(lower(email)) AS address FROM parsed WHERE email IS NOT NULL GROUP BY customer_id
        )
        SELECT system, file_number, order_id, customer_id,
            coalesce(lower(email), address, lower(customer_id)) AS person,
            coalesce(currency, '') AS currency, min(day) AS day, coalesce(sum(source_amount), 0) AS amount,
            nullif(regexp_extract(order_id, '([0-9]+)$', 1), '') AS own_number,
            nullif(regexp_extract(min(named_order), '([0-9]+)$', 1), '') AS named_number
        FROM (SELECT *, min(day) OVER (PARTITION BY file_number, order_id, customer_id) AS first_day FROM parsed
            WHERE order_id IS NOT NULL AND day IS NOT NULL AND source_amount IS NOT NULL AND {known_customer_sql()}
                AND apart IS NULL AND NOT wrong_columns)
            LEFT JOIN addresses USING (customer_id)
            JOIN (VALUES {listed}) AS systems(system, number) ON number = file_number
        WHERE source_amount > 0 OR day = first_day
        GROUP BY ALL HAVING sum(source_amount) > 0
    """)  # noqa: S608  (numbers and our own words)
    names = [source.file.name for source in sources]
    notes = [
        note
        for kept, other in combinations(range(len(ranked)), 2)
        for note in _compared(connection, kept, other, names)
    ]
    connection.execute("DROP TABLE system_orders")
    return tuple(notes)


def _system(source: ReadSource) -> tuple[str, ...]:
    if source.file.read_as.known:
        return (source.file.read_as.name,)
    columns = source.file.columns
    return tuple(str(columns.get(name, "")) for name in ("order_id", "customer_id", "order_date", "amount"))


def _compared(
    connection: duckdb.DuckDBPyConnection, kept: int, other: int, names: Sequence[str]
) -> Iterator[Warning_]:
    """Pair the orders of two systems, one with one, and settle what becomes of them."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE paired(file_number INTEGER, order_id VARCHAR, customer_id VARCHAR,
            kept_file INTEGER, kept_order VARCHAR, person VARCHAR, kept_person VARCHAR, amount DECIMAL(38, 4),
            kept_amount DECIMAL(38, 4))
    """)
    for step in _STEPS:
        connection.execute(f"""
            INSERT INTO paired
            WITH numbered AS (
                SELECT *, row_number() OVER (
                    PARTITION BY system, person, currency, amount, day ORDER BY file_number, order_id,
                        customer_id) AS nth
                FROM system_orders ANTI JOIN paired USING (file_number, order_id)
                    ANTI JOIN (SELECT kept_file AS file_number, kept_order AS order_id FROM paired)
                        USING (file_number, order_id)
                WHERE system IN ({kept}, {other})
            )
            SELECT two.file_number, two.order_id, two.customer_id, one.file_number, one.order_id, two.person,
                one.person, two.amount, one.amount
            FROM numbered AS one JOIN numbered AS two ON one.system = {kept} AND two.system = {other}
                AND two.person = one.person AND two.amount = one.amount AND two.nth = one.nth
                AND two.day = one.day + {step} AND (two.currency = one.currency OR '' IN (two.currency, one.currency))
            WHERE two.order_id <> one.order_id
        """)  # noqa: S608  (numbers)
    shared = _shared(connection, kept, other)
    if shared.is_twice:
        _pair_the_rest(connection, kept, other)
        shared = _shared(connection, kept, other)
    if shared.is_twice or shared.is_doubtful:
        yield _told(connection, shared, names)
    is_twice = shared.is_twice
    if not (is_twice or shared.is_doubtful):
        found = pair_by_number(connection, kept, other) or pair_net(connection, kept, other)
        if found is not None:
            yield found.told(connection, names)
            is_twice = found.is_twice
    if is_twice:
        yield from _settled(connection, names)
    connection.execute("DROP TABLE paired")


def _settled(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[Warning_]:
    """Let the orders that are paired count once, and their refunds too."""
    connection.execute(
        "INSERT INTO twins SELECT * EXCLUDE (person, kept_person, amount, kept_amount) FROM paired"
    )
    yield from refunds_once(connection, names)
    connection.execute("""
        UPDATE parsed SET apart = 'copy' FROM paired, system_orders AS orders
        WHERE parsed.apart IS NULL AND parsed.source_amount IS NOT NULL
            AND (parsed.source_amount > 0 OR parsed.day = orders.day)
            AND parsed.file_number = paired.file_number
            AND parsed.order_id = paired.order_id AND parsed.customer_id = paired.customer_id
            AND orders.file_number = paired.file_number AND orders.order_id = paired.order_id
            AND orders.customer_id = paired.customer_id
    """)
    connection.execute("""
        DELETE FROM system_orders USING paired WHERE system_orders.file_number = paired.file_number
            AND system_orders.order_id = paired.order_id
    """)


def _pair_the_rest(connection: duckdb.DuckDBPyConnection, kept: int, other: int) -> None:
    """Pair what one system has under a telephone number or id and the other under an e-mail address.

    Where most orders stand in both, it is the only one left of its amount and day in each.
    """
    connection.execute(f"""
        INSERT INTO paired
        WITH left_over AS (
            SELECT *, count(*) OVER (PARTITION BY system, currency, amount, day) AS alike
            FROM system_orders ANTI JOIN paired USING (file_number, order_id)
                ANTI JOIN (SELECT kept_file AS file_number, kept_order AS order_id FROM paired)
                    USING (file_number, order_id)
            WHERE system IN ({kept}, {other})
        )
        SELECT two.file_number, two.order_id, two.customer_id, one.file_number, one.order_id, two.person,
            one.person, two.amount, one.amount
        FROM left_over AS one JOIN left_over AS two ON one.system = {kept} AND two.system = {other}
            AND two.amount = one.amount AND two.day = one.day AND one.alike = 1 AND two.alike = 1
            AND (two.currency = one.currency OR '' IN (two.currency, one.currency))
        WHERE contains(one.person, '@') <> contains(two.person, '@')
    """)  # noqa: S608  (numbers)


def _shared(connection: duckdb.DuckDBPyConnection, kept: int, other: int) -> _Shared:
    row = connection.execute(f"""
        WITH days AS (
            SELECT max(first) AS first, min(last) AS last FROM (
                SELECT min(day) AS first, max(day) AS last FROM system_orders WHERE system IN ({kept}, {other})
                GROUP BY system)
        ), habits AS (
            SELECT person, amount FROM system_orders WHERE system IN ({kept}, {other}) GROUP BY ALL
            HAVING count(*) FILTER (system = {kept}) = 1 AND count(*) FILTER (system = {other}) = 1
        )
        SELECT (SELECT count(*) FROM paired), (SELECT coalesce(sum(amount), 0) FROM paired),
            (SELECT count(*) FROM paired SEMI JOIN habits USING (person, amount)),
            (SELECT count(DISTINCT amount) FROM paired SEMI JOIN habits USING (person, amount)),
            (SELECT count(*) FROM habits),
            (SELECT least(count(*) FILTER (system = {kept}), count(*) FILTER (system = {other}))
                FROM system_orders, days WHERE day BETWEEN first - 1 AND last + 1),
            first, last
        FROM days
    """).fetchone()  # noqa: S608  (numbers)
    assert row is not None  # noqa: S101  # sums have one row
    return _Shared(*row)


def _told(connection: duckdb.DuckDBPyConnection, shared: _Shared, names: Sequence[str]) -> Warning_:
    files = connection.execute(
        "SELECT list_sort(list(DISTINCT file_number)), list_sort(list(DISTINCT kept_file)) FROM paired"
    ).fetchone() or ([], [])
    other, kept = (joined(", ", [names[number - 1] for number in numbers]) for numbers in files)
    words = {
        "kept": kept,
        "other": other,
        "first": shared.first,
        "last": shared.last,
        "amount": figured(shared.amount, 2),
    }
    text = counted(
        shared.shared,
        "{other} and {kept} both hold the days from {first} to {last}, and {number} order has the same customer and"
        " amount in both on the same day or the day beside it, under another order id, {amount} in all.",
        "{other} and {kept} both hold the days from {first} to {last}, and {number} orders have the same customer and"
        " amount in both on the same day or the day beside it, under other order ids, {amount} in all.",
        **words,
    )
    if shared.is_twice:
        text += say(
            " These are the same orders out of two systems: they count once, as in {kept}, and are set aside in"
            " {other}. If they are different orders, read the files apart, into a report each.",
            kept=kept,
            other=other,
        )
        return Warning_("copies", text, shared.shared)
    text += say(
        " They count twice, as customers who often pay the same may do so in two shops. If they are the same orders,"
        " read {kept} without {other}.",
        kept=kept,
        other=other,
    )
    return Warning_("overlapping_rows", text, shared.shared)
