"""The account in figures: rows and sums by outcome, by status and of refunded columns, and their proof."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from clv_xl.errors import ClvXlError
from clv_xl.orders.account import (
    FROM_COLUMN,
    ORDER_LINES,
    REASONS,
    REFUNDED,
    AccountLine,
    CurrencyAmount,
    FileLine,
    RefundedLine,
    StatusLine,
)
from clv_xl.orders.refunded import refunded_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from clv_xl.orders.account import Outcome
    from clv_xl.orders.money import Money

__all__ = ["account_lines", "file_lines", "prove", "refunded_lines", "status_lines"]

_STATUSES_LISTED = 50
_OUTCOME = f"""
    CASE WHEN reason IN ({", ".join(f"'{reason}'" for reason in ORDER_LINES)}) THEN 'order line'
        WHEN reason IS NOT NULL THEN 'set aside' WHEN amount < 0 THEN 'refund' ELSE 'used' END
"""


def account_lines(
    connection: duckdb.DuckDBPyConnection, found: Money, refunded_header: str | None
) -> tuple[AccountLine, ...]:
    """Add up ``judged``: used, refund, then every reason that occurred.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    found : Money
        The currencies.
    refunded_header : str or None
        The column of refunded amounts, whose sum is a line of its own after the refunds.
    """
    parts: dict[tuple[Outcome, str], list[_Part]] = {}
    for outcome, reason, *part in connection.execute(f"""
        SELECT {_OUTCOME} AS outcome, coalesce(reason, '') AS reason,
            CASE WHEN source_amount IS NOT NULL THEN {_name_sql(found)} END AS name,
            count(*), coalesce(sum(source_amount), 0), coalesce(sum(amount) FILTER (reason IS NULL), 0)
        FROM judged GROUP BY ALL ORDER BY count(*) DESC, name
    """).fetchall():  # noqa: S608  (our own words)
        parts.setdefault((outcome, reason), []).append(_Part(*part))
    order: list[tuple[Outcome, str]] = [("used", ""), ("refund", "")]
    order += [("order line", reason) for reason in ORDER_LINES]
    order += [("set aside", reason) for reason in REASONS if reason]
    lines = [_line(*key, REASONS[key[1]], parts[key]) for key in order if key in parts]
    if refunded_header is not None:
        taken = [
            _Part(name, rows, -amount, -counted)
            for verdict, name, rows, amount, counted in refunded_sums(connection, _name_sql(found))
            if verdict == "subtracted"
        ]
        if taken:
            words = (
                f'Told by the column "{refunded_header}" of {sum(part.rows for part in taken):,} of the rows used;'
                " dated like the order, as no other date is known."
            )
            at = sum(line.outcome in {"used", "refund"} for line in lines)
            lines.insert(at, replace(_line("refund", FROM_COLUMN, words, taken), rows=0))
    return tuple(lines)


def file_lines(connection: duckdb.DuckDBPyConnection) -> tuple[FileLine, ...]:
    """Add up ``judged`` file by file, in the order of the account.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    found = {
        (file, outcome, reason): FileLine(file, outcome, reason, rows, _exact(amount))
        for file, outcome, reason, rows, amount in connection.execute(f"""
            SELECT file_number, {_OUTCOME} AS outcome, coalesce(reason, ''), count(*), coalesce(sum(source_amount), 0)
            FROM judged GROUP BY ALL
        """).fetchall()  # noqa: S608  (our own words)
    }
    outcomes = ("used", "refund", "order line", "set aside")
    reasons = tuple(REASONS)
    return tuple(
        found[key]
        for key in sorted(found, key=lambda key: (key[0], outcomes.index(key[1]), reasons.index(key[2])))
    )


class _Part(NamedTuple):
    """Rows of one outcome in one currency; None where the rows have no readable amount."""

    currency: str | None
    rows: int
    amount: Decimal | int
    counted: Decimal | int


def _line(outcome: Outcome, reason: str, explanation: str, parts: Sequence[_Part]) -> AccountLine:
    return AccountLine(
        outcome,
        reason,
        explanation,
        sum(part.rows for part in parts),
        sum((_exact(part.amount) for part in parts), start=Decimal(0)),
        sum((_exact(part.counted) for part in parts), start=Decimal(0)),
        tuple(
            CurrencyAmount(part.currency, part.rows, _exact(part.amount))
            for part in parts
            if part.currency is not None
        ),
    )


def _name_sql(found: Money) -> str:
    cases = " ".join(
        f"WHEN '{code.replace(chr(39), chr(39) * 2)}' THEN '{name.replace(chr(39), chr(39) * 2)}'"
        for code, name in found.names.items()
    )
    return f"CASE coalesce(currency, '') {cases} END"


def _exact(value: Decimal | int) -> Decimal:
    return Decimal(value).quantize(Decimal("0.0001"))


def refunded_lines(connection: duckdb.DuckDBPyConnection, found: Money) -> tuple[RefundedLine, ...]:
    """Add up what became of the refunded amounts of a column.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``refunded_cells`` is.
    found : Money
        The currencies.
    """
    parts: dict[str, list[CurrencyAmount]] = {}
    for verdict, name, rows, amount, _ in refunded_sums(connection, _name_sql(found)):
        parts.setdefault(verdict, []).append(CurrencyAmount(name, rows, _exact(amount)))
    return tuple(
        RefundedLine(verdict, words, sum(part.rows for part in parts[verdict]), tuple(parts[verdict]))
        for verdict, words in REFUNDED.items()
        if verdict in parts
    )


def status_lines(connection: duckdb.DuckDBPyConnection) -> tuple[StatusLine, ...]:
    """Add up ``judged`` by status: what each was read as, and what became of its rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    rows = connection.execute("""
        WITH meanings AS (
            SELECT status, meaning, count(*) AS rows, sum(source_amount) AS amount,
                count(*) FILTER (reason IS NULL AND amount >= 0) AS sales,
                count(*) FILTER (reason IS NULL AND amount < 0) AS refunds,
                count(*) FILTER (reason IS NOT NULL) AS set_aside
            FROM judged
            WHERE NOT wrong_columns AND coalesce(reason, '') NOT IN ('order_line', 'repeated_total')
            GROUP BY status, meaning
        )
        -- what a later row or another column tells makes of a completed row another one, and not of its status
        SELECT coalesce(status, ''), max_by(meaning, (meaning = 'completed', rows, meaning)), sum(rows)::BIGINT,
            coalesce(sum(amount), 0), sum(sales)::BIGINT, sum(refunds)::BIGINT, sum(set_aside)::BIGINT
        FROM meanings GROUP BY status ORDER BY sum(rows) DESC, status NULLS FIRST
    """).fetchall()
    words = {"unknown": "unknown, counted as completed"}
    lines = [
        StatusLine(status, count, _exact(amount), words.get(meaning, meaning), *outcomes)
        for status, meaning, count, amount, *outcomes in rows[:_STATUSES_LISTED]
    ]
    if rest := rows[_STATUSES_LISTED:]:
        count, amount, *outcomes = (sum(column) for column in list(zip(*rest, strict=True))[2:])
        lines.append(StatusLine(f"({len(rest):,} more)", count, _exact(amount), "see the file", *outcomes))
    return tuple(lines)


def prove(
    connection: duckdb.DuckDBPyConnection,
    account: tuple[AccountLine, ...],
    refunded: tuple[RefundedLine, ...],
    rows_read: int,
    by_file: tuple[FileLine, ...] = (),
) -> None:
    """Hold the account against figures that were not made from the verdicts.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``parsed`` and ``order_rows`` are.
    account, refunded : tuple
        What the user will be told.
    rows_read : int
        Rows of all files.
    by_file : tuple of FileLine
        The account of each file.

    Raises
    ------
    ClvXlError
        If anything is missing or counted twice.
    """
    (total,) = _row(connection, "SELECT coalesce(sum(source_amount), 0) FROM parsed")
    rows = sum(line.rows for line in account)
    amount = sum((line.amount for line in account if line.reason != FROM_COLUMN), start=Decimal(0))
    if rows != rows_read or amount != total:
        _refuse(f"{rows:,} of {rows_read:,} rows, {amount:,} of {total:,}")
    files = [
        (
            file,
            sum(line.rows for line in by_file if line.file == file),
            sum(line.amount for line in by_file if line.file == file),
        )
        for file in sorted({line.file for line in by_file})
    ]
    read = connection.execute(
        "SELECT file_number, count(*), coalesce(sum(source_amount), 0) FROM parsed GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if by_file and files != read:
        _refuse(f"{files} of {read} by file")
    (counted,) = _row(connection, "SELECT coalesce(sum(amount), 0) FROM order_rows")
    said = sum((line.counted_amount for line in account), start=Decimal(0))
    if said != counted:
        _refuse(f"{said:,} of {counted:,} counted")
    if refunded:
        (told,) = _row(
            connection,
            """
            SELECT coalesce(sum(CASE WHEN minus THEN -part ELSE part END), 0) FROM (
                SELECT sum(source_refunded) AS part, count(*) FILTER (source_refunded > 0) = 0 AS minus
                FROM parsed WHERE source_refunded IS NOT NULL GROUP BY file_number)
        """,
        )
        shown = sum((part.amount for line in refunded for part in line.amounts), start=Decimal(0))
        if shown != told:
            _refuse(f"{shown:,} of {told:,} refunded")


def _row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(sql).fetchone()
    if row is None:
        raise ClvXlError(f"A query gave no row: {sql}")
    return row


def _refuse(what: str) -> None:
    raise ClvXlError(
        f"The account does not add up: {what}. This is a fault of the program; please report it with the file."
    )
