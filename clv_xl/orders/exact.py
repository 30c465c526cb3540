"""SQL that calculates with amounts exactly, and gives NULL instead of failing where a result is too large."""

from __future__ import annotations

__all__ = ["discounted_sql", "less_part_sql", "product_sql", "share_sql"]

_AMOUNT = "DECIMAL(18, 4)"
# the product of two DECIMAL(18, 4) is a 64 bit number, which overflows above 92,233,720,368; wide ones take 70 times
# as long, and are left to the amounts that need them
_WIDE = "DECIMAL(38, 4)"


def product_sql(amount: str, times: str) -> str:
    """Return SQL for amount x times, rounded half away from zero; NULL where it is too large.

    Parameters
    ----------
    amount, times : str
        SQL of type DECIMAL(18, 4).

    Examples
    --------
    >>> import duckdb
    >>> price, pieces = "CAST(92233720369 AS DECIMAL(18, 4))", "CAST(1 AS DECIMAL(18, 4))"
    >>> str(duckdb.sql("SELECT " + product_sql(price, pieces)).fetchall()[0][0])
    '92233720369.0000'
    """
    small = f"({amount}) BETWEEN -1000000 AND 1000000 AND ({times}) BETWEEN -90000 AND 90000"
    return (
        f"CASE WHEN {small} THEN CAST(({amount}) * ({times}) AS {_AMOUNT})"
        f" ELSE TRY_CAST(CAST({amount} AS {_WIDE}) * ({times}) AS {_AMOUNT}) END"
    )


def discounted_sql(amount: str, percent: str) -> str:
    """Return SQL for an amount less so many percent, rounded half away from zero; NULL where it is too large.

    Parameters
    ----------
    amount, percent : str
        SQL of type DECIMAL(18, 4); no percent is none.
    """
    kept = f"(100 - coalesce({percent}, 0))"
    return f"TRY_CAST(CAST({amount} AS {_WIDE}) * {kept} * 0.01 AS {_AMOUNT})"


def share_sql(amount: str, part: str, whole: str) -> str:
    """Return SQL for amount x part / whole, rounded half away from zero; NULL where it is too large.

    The amount itself comes back where part and whole are the same, or nothing is known of them.

    Parameters
    ----------
    amount, part, whole : str
        SQL of a decimal type with 4 decimals.
    """
    one, two, three = (
        f"CAST(CAST(abs({value}) AS {_WIDE}) * 10000 AS HUGEINT)" for value in (amount, part, whole)
    )
    exact = (
        f"TRY_CAST(TRY_CAST((2 * {one} * {two} + {three}) // (2 * {three}) AS DECIMAL(30, 0)) * 0.0001"
        f" AS {_AMOUNT})"
    )
    minus = f"(({amount}) < 0) <> ((({part}) < 0) <> (({whole}) < 0))"
    return (
        f"CASE WHEN ({whole}) <> 0 AND ({part}) <> ({whole})"
        f" THEN CASE WHEN {minus} THEN -{exact} ELSE {exact} END ELSE {amount} END"
    )


def less_part_sql(amount: str, part: str) -> str:
    """Return SQL for an amount less a part of it, which has the sign of the amount and is no larger than it.

    Refund rows of many exports have a minus before the amount and none before its tax.

    Parameters
    ----------
    amount, part : str
        SQL of type DECIMAL(18, 4); no part is none.

    Examples
    --------
    >>> import duckdb
    >>> rows = "(VALUES (-100.0, 25.0), (-100.0, -25.0), (125.0, 25.0), (30.0, 49.0)) AS rows(amount, tax)"
    >>> [float(left) for (left,) in duckdb.sql(f"SELECT {less_part_sql('amount', 'tax')} FROM {rows}").fetchall()]
    [-75.0, -75.0, 100.0, 0.0]
    """
    size = f"least(abs(coalesce({part}, 0)), abs({amount}))"
    left = f"CASE WHEN ({amount}) < 0 THEN ({amount}) + {size} ELSE ({amount}) - {size} END"
    return f"CASE WHEN ({part}) <> 0 THEN TRY_CAST({left} AS {_AMOUNT}) ELSE {amount} END"
