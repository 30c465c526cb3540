"""Orders of two systems that are the same although amount or customer differ: named by number, or net of fees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.said import counted, figured, joined, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    import duckdb

    from clv_xl.said import Said

__all__ = ["ByNumber", "Net", "pair_by_number", "pair_net"]

_NO_ACCIDENT: Final = 10
_FEWEST: Final = 3
_MOST: Final = 2 / 3
_HALF: Final = 0.5
_NEARLY_ALL: Final = 0.8
_LOWEST: Final = "0.85"  # a fee of some percent and a fixed part, which weighs more on small amounts
_ONE_RULE: Final = 0.99  # squared correlation of net with gross: a fee is a share and a fixed part
_NEAR, _NEARER = 0.03, 0.015  # cards of several kinds cost a percent more or less
_LATER: Final = 7  # days from an order to its payment
_STEPS: Final = (0, 1, -1)


class _Common(NamedTuple):
    """What is paired, of how many orders of the smaller system, on which days."""

    shared: int
    amount: Decimal
    kept_amount: Decimal
    prices: int
    smaller: int
    first: dt.date
    last: dt.date


class ByNumber(NamedTuple):
    """Orders that another system names by their number: what :func:`pair_by_number` found."""

    common: _Common

    @property
    def is_twice(self) -> bool:
        """Number and amount together are proof."""
        return True

    def told(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Warning_:
        """Tell what counts once."""
        words = _words(connection, self.common, names)
        text = counted(
            self.common.shared,
            "{other} and {kept} both hold the days from {first} to {last}, and {number} order of {other} names an"
            " order of {kept} as its invoice number, with the same amount, {amount} in all.",
            "{other} and {kept} both hold the days from {first} to {last}, and {number} orders of {other} name an"
            " order of {kept} as their invoice number, with the same amount, {amount} in all.",
            **words,
        )
        return Warning_("copies", text + _once(words), self.common.shared)


class Net(NamedTuple):
    """Orders whose amount is a few percent lower in one system: what :func:`pair_net` found."""

    common: _Common
    one_rule: bool

    @property
    def is_twice(self) -> bool:
        """Whether it is no chance: nearly all orders, and what is missing follows one rule."""
        shared, smaller = self.common.shared, self.common.smaller
        return self.one_rule and shared >= _MOST * smaller and (shared >= _NO_ACCIDENT or shared >= smaller)

    def told(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Warning_:
        """Tell what counts once, or twice, and the way out."""
        words = _words(connection, self.common, names)
        text = counted(
            self.common.shared,
            "{other} and {kept} both hold the days from {first} to {last}, and {number} order has the same customer in"
            " both on the same day or the day beside it, under another order id, with an amount a few percent lower in"
            " {other}, as after fees: {amount} instead of {kept_amount}.",
            "{other} and {kept} both hold the days from {first} to {last}, and {number} orders have the same customer"
            " in both on the same day or the day beside it, under other order ids, with amounts a few percent lower in"
            " {other}, as after fees: {amount} in all instead of {kept_amount}.",
            **words,
            kept_amount=figured(self.common.kept_amount, 2),
        )
        if self.is_twice:
            return Warning_("copies", text + _once(words), self.common.shared)
        text += say(
            " They count twice, as it is not sure that they are the same orders. If they are, read {kept} without"
            " {other}.",
            kept=words["kept"],
            other=words["other"],
        )
        return Warning_("overlapping_rows", text, self.common.shared)


def _once(words: dict[str, object]) -> Said:
    return say(
        " These are the same orders out of two systems: they count once, as in {kept}, and are set aside in"
        " {other}. If they are different orders, read the files apart, into a report each.",
        kept=words["kept"],
        other=words["other"],
    )


def _words(connection: duckdb.DuckDBPyConnection, common: _Common, names: Sequence[str]) -> dict[str, object]:
    files = connection.execute(
        "SELECT list_sort(list(DISTINCT file_number)), list_sort(list(DISTINCT kept_file)) FROM paired"
    ).fetchone() or ([], [])
    other, kept = (joined(", ", [names[number - 1] for number in numbers]) for numbers in files)
    return {
        "kept": kept,
        "other": other,
        "first": common.first,
        "last": common.last,
        "amount": figured(common.amount, 2),
    }


def pair_by_number(connection: duckdb.DuckDBPyConnection, kept: int, other: int) -> ByNumber | None:
    """Pair the orders that one system names by the number that they have in the other one, whoever the customer is.

    They are in ``paired`` then. A number alone is none: amount and days must go with it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``system_orders`` and ``paired`` are.
    kept, other : int
        The systems.
    """
    connection.execute("DELETE FROM paired")
    connection.execute(f"""
        INSERT INTO paired
        WITH numbered AS (
            SELECT *, count(*) OVER (PARTITION BY system, own_number) AS own_alike,
                count(*) OVER (PARTITION BY system, named_number) AS named_alike
            FROM system_orders WHERE system IN ({kept}, {other})
        )
        SELECT two.file_number, two.order_id, two.customer_id, one.file_number, one.order_id, two.person, one.person,
            two.amount, one.amount
        FROM numbered AS one JOIN numbered AS two ON one.system = {kept} AND two.system = {other}
            AND two.named_number = one.own_number AND two.named_alike = 1 AND one.own_alike = 1
            AND two.amount = one.amount AND two.day BETWEEN one.day - 1 AND one.day + {_LATER}
            AND (two.currency = one.currency OR '' IN (two.currency, one.currency))
        WHERE two.order_id <> one.order_id
    """)  # noqa: S608  (numbers)
    common = _common(connection, kept, other)
    is_proof = (
        common.shared >= _FEWEST
        and common.prices >= 2  # where all cost the same, an amount tells nothing
        and common.shared >= _MOST * common.smaller
    )
    return ByNumber(common) if is_proof else None


def pair_net(connection: duckdb.DuckDBPyConnection, kept: int, other: int) -> Net | None:
    """Pair orders of one customer and day of which one system has a little less: whichever has less is the other one.

    They are in ``paired`` then.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``system_orders`` and ``paired`` are.
    kept, other : int
        The systems.
    """
    for high, low in ((kept, other), (other, kept)):
        connection.execute("DELETE FROM paired")
        for step in _STEPS:
            _pair_days(connection, high, low, step)
        (candidates,) = connection.execute("SELECT count(*) FROM paired").fetchone() or (0,)
        connection.execute(
            f"DELETE FROM paired WHERE NOT (amount < kept_amount AND amount >= {_LOWEST} * kept_amount)"  # noqa: S608
        )
        common = _common(connection, high, low)
        if common.shared < max(_HALF * common.smaller, _FEWEST):
            continue
        connection.execute("CREATE OR REPLACE TEMP TABLE doubtful_pairs AS FROM paired")
        by_rule = _by_one_rule(connection, high, low)
        if by_rule is not None and Net(by_rule, one_rule=True).is_twice:
            return Net(by_rule, one_rule=True)
        if common.shared >= max(_MOST * common.smaller, _NEARLY_ALL * candidates):
            connection.execute("CREATE OR REPLACE TEMP TABLE paired AS FROM doubtful_pairs")
            return Net(common, one_rule=False)
    return None


def _by_one_rule(connection: duckdb.DuckDBPyConnection, high: int, low: int) -> _Common | None:
    """Keep the pairs whose difference is a share and a fixed part, add what else that fits; None where none is."""
    for tolerance in (_NEAR, _NEARER):
        rule = _rule(connection)
        if rule is None:
            return None
        connection.execute(f"DELETE FROM paired WHERE {_off(rule, 'kept_amount', 'amount')} > {tolerance}")  # noqa: S608
    rule, common = _rule(connection), _common(connection, high, low)
    if rule is None or rule.fit < _ONE_RULE or common.prices < _FEWEST:
        return None
    if common.shared < max(_HALF * common.smaller, _FEWEST):
        return None
    off = _off(rule, "one.amount", "two.amount")
    connection.execute(f"""
        INSERT INTO paired
        WITH left_over AS (
            FROM system_orders ANTI JOIN paired USING (file_number, order_id)
                ANTI JOIN (SELECT kept_file AS file_number, kept_order AS order_id FROM paired)
                    USING (file_number, order_id)
            WHERE system IN ({high}, {low})
        )
        SELECT two.file_number, two.order_id, two.customer_id, one.file_number, one.order_id, two.person, one.person,
            two.amount, one.amount
        FROM left_over AS one JOIN left_over AS two ON one.system = {high} AND two.system = {low}
            AND two.person = one.person AND two.day BETWEEN one.day - 1 AND one.day + 1 AND {off} <= {_NEARER}
            AND (two.currency = one.currency OR '' IN (two.currency, one.currency))
        WHERE two.order_id <> one.order_id
        QUALIFY row_number() OVER (
                PARTITION BY one.file_number, one.order_id ORDER BY {off}, two.file_number, two.order_id,
                two.customer_id) = 1
            AND row_number() OVER (
                PARTITION BY two.file_number, two.order_id ORDER BY {off}, one.file_number, one.order_id,
                one.customer_id) = 1
    """)  # noqa: S608  (numbers)
    return _common(connection, high, low)


class _Rule(NamedTuple):
    """What is missing of an amount: a share of it and a fixed part; how well net goes with gross."""

    share: float
    fixed: float
    fit: float


def _rule(connection: duckdb.DuckDBPyConnection) -> _Rule | None:
    row = connection.execute("""
        SELECT regr_slope(kept_amount - amount, kept_amount), regr_intercept(kept_amount - amount, kept_amount),
            regr_r2(amount, kept_amount) FROM paired HAVING count(DISTINCT kept_amount) > 1
    """).fetchone()
    # the last digits of sums of binary fractions change with the order of the rows, the first nine do not
    return None if row is None or None in row else _Rule(*(float(f"{figure:.9g}") for figure in row))


def _off(rule: _Rule, high: str, low: str) -> str:
    """Return SQL for how far a pair is from the rule, as a share of the amount."""
    return f"abs({high} - {low} - ({rule.share!r} * {high} + {rule.fixed!r})) / {high}"


def _pair_days(connection: duckdb.DuckDBPyConnection, high: int, low: int, step: int) -> None:
    """Pair the orders of a customer and a day where both systems have as many, the smallest with the smallest."""
    connection.execute(f"""
        INSERT INTO paired
        WITH numbered AS (
            SELECT *, row_number() OVER (
                    PARTITION BY system, person, currency, day ORDER BY amount, file_number, order_id,
                        customer_id) AS nth,
                count(*) OVER (PARTITION BY system, person, currency, day) AS many
            FROM system_orders ANTI JOIN paired USING (file_number, order_id)
                ANTI JOIN (SELECT kept_file AS file_number, kept_order AS order_id FROM paired)
                    USING (file_number, order_id)
            WHERE system IN ({high}, {low})
        )
        SELECT two.file_number, two.order_id, two.customer_id, one.file_number, one.order_id, two.person, one.person,
            two.amount, one.amount
        FROM numbered AS one JOIN numbered AS two ON one.system = {high} AND two.system = {low}
            AND two.person = one.person AND two.nth = one.nth AND two.many = one.many
            AND two.day = one.day + {step} AND (two.currency = one.currency OR '' IN (two.currency, one.currency))
        WHERE two.order_id <> one.order_id
    """)  # noqa: S608  (numbers)


def _common(connection: duckdb.DuckDBPyConnection, kept: int, other: int) -> _Common:
    row = connection.execute(f"""
        WITH days AS (
            SELECT max(first) AS first, min(last) AS last FROM (
                SELECT min(day) AS first, max(day) AS last FROM system_orders WHERE system IN ({kept}, {other})
                GROUP BY system)
        )
        SELECT (SELECT count(*) FROM paired), (SELECT coalesce(sum(amount), 0) FROM paired),
            (SELECT coalesce(sum(kept_amount), 0) FROM paired), (SELECT count(DISTINCT kept_amount) FROM paired),
            (SELECT least(count(*) FILTER (system = {kept}), count(*) FILTER (system = {other}))
                FROM system_orders, days WHERE day BETWEEN first - 1 AND last + 1),
            first, last
        FROM days
    """).fetchone()  # noqa: S608  (numbers)
    assert row is not None  # noqa: S101  # sums have one row
    return _Common(*row)
