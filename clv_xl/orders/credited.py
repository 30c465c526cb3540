"""Columns that name another order of the file, which the row credits: such rows are credit notes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.header_words import fold
from clv_xl.orders.numbers import value_sql
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from clv_xl.orders.columns import Resolution

__all__ = ["PLAIN_ID", "credited_column", "credited_told", "take_off_credited"]

_STEM: Final = re.compile(
    r"kredit|credit|retur|refund|aterkop|hyvit|palaut|gutschr|original|ursprung|opprinnelig|oprindelig"
)
_NAMES_ORDER: Final = re.compile(
    r"faktur|invoice|order|ordre|nota|note|memo|bilag|verifik|kvitto|receipt|lasku|tilau|rechnung|ref(?!u)|nr$|number$|nummer$|no$|id$"
)
# amounts, limits, terms, days and words that only explain
_NO_ORDER: Final = re.compile(
    r"card|kort|limit|grans|grense|graense|dagar|dager|dage|days|terms|villkor|vilkar|orsak|arsag|arsak|reason|policy"
    r"|datum|dato|date|belop|amount|summa|total|pris|price|adress|address|url|kund|kunde|customer|antal|quantity"
)
_NEARLY_ALL: Final = 0.9
_MOST_ROWS: Final = 0.5
_ROUNDED: Final = 0.02
PLAIN_ID: Final = r"regexp_replace({0}, '^([0-9]+)\.0$', '\1')"
"""SQL for an id that was a float on its way, as it was before."""


class _Credited(NamedTuple):
    notes: tuple[Warning_, ...] = ()
    not_used: frozenset[str] = frozenset()
    may_be_elsewhere: bool = False


def credited_column(names: Sequence[str], taken: frozenset[int]) -> dict[str, tuple[int, ...]]:
    """Return the column that may name the order that a row credits; whether it does, its values tell.

    Parameters
    ----------
    names : Sequence[str]
        Headers as in the file.
    taken : frozenset of int
        Columns that have a role already.

    Examples
    --------
    >>> credited_column(["Fakturanr", "Kreditdagar", "Originalfaktura"], frozenset({0}))
    {'credited_order': (2,)}
    """
    words = [(at, fold(name)) for at, name in enumerate(names) if at not in taken]
    found = (
        at
        for at, word in words
        if _STEM.search(word) and _NAMES_ORDER.search(word) and not _NO_ORDER.search(word)
    )
    first = next(found, None)
    return {} if first is None else {"credited_order": (first,)}


def credited_told(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    marks: Mapping[str, str],
    date_sql: str,
    *,
    where: str,
    number_cells: bool,
) -> _Credited:
    """Look whether the column of ``text_rows`` does name other orders, and say what is taken off by it.

    Nearly all its values must be order ids of other rows, on no more than half of the rows, and the amounts no larger
    than those of the orders that they name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns.
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    date_sql : str
        SQL that reads the column ``order_date``.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    at = resolution.extra["credited_order"][0]
    header = resolution.headers[at]
    # a column of yes or no is not this one where it names orders, and this one is none where it says yes or no
    same = frozenset(role for role, places in resolution.extra.items() if places == (at,)) - {
        "credited_order"
    }
    amount = value_sql("amount_body", marks["amount"], number_cells=number_cells)
    names, orders = PLAIN_ID.format("credited_order"), PLAIN_ID.format("order_id")
    rows, filled, known, row, order, fits, texts, text_row, text = connection.execute(f"""
        WITH found AS (
            SELECT file_row, {orders} AS order_id, {names} AS names, abs({amount}) AS amount, {date_sql} AS day
            FROM text_rows
            WHERE NOT wrong_columns
        ), orders AS (
            SELECT order_id, sum(amount) AS amount, min(day) AS day FROM found WHERE order_id IS NOT NULL GROUP BY 1
        ),
        named AS (
            SELECT file_row, names, found.order_id, found.amount, orders.amount AS of_order,
                coalesce(orders.day > found.day, false) AS is_turned,
                orders.order_id IS NOT NULL AND names IS DISTINCT FROM found.order_id AS is_known
            FROM found LEFT JOIN orders ON orders.order_id = names WHERE names IS NOT NULL
        ), sums AS (
            SELECT names, coalesce(sum(amount) FILTER (NOT is_turned) <= max(of_order) + {_ROUNDED}, true)
                AND coalesce(max(of_order) <= sum(amount) FILTER (is_turned) + {_ROUNDED}, true) AS fits
            FROM named WHERE is_known GROUP BY names
        )
        SELECT (SELECT count(*) FROM found), count(*), count(*) FILTER (is_known),
            min(file_row) FILTER (is_known), min_by(names, file_row) FILTER (is_known),
            coalesce((SELECT avg(CAST(fits AS DOUBLE)) FROM sums), 0),
            count(*) FILTER (TRY_CAST(replace(replace(names, ' ', ''), ',', '.') AS DOUBLE) IS NULL),
            min(file_row), min_by(names, file_row)
        FROM named
    """).fetchone() or (0, 0, 0, 0, "", 0.0, 0, 0, "")  # noqa: S608  (our own names and expressions)
    values = {"where": where, "header": header}
    if filled and known >= _NEARLY_ALL * filled:
        if fits >= _NEARLY_ALL and filled <= _MOST_ROWS * rows:
            told = counted(
                known,
                '{where}: "{header}" names another order of the file on {number} row: row {row} names "{order}". It is'
                " read as a credit note: its amount is taken off, with or without a minus sign. If that is wrong,"
                " rename the column.",
                '{where}: "{header}" names another order of the file on {number} rows, first row {row}, which names'
                ' "{order}". They are read as credit notes: their amounts are taken off, with or without a minus sign.'
                " If that is wrong, rename the column.",
                row=figured(row, 0),
                order=order,
                **values,
            )
            return _Credited((Warning_("credit_notes_by_order", told, known),), same)
        told = counted(
            known,
            '{where}: "{header}" names another order of the file on {number} row: row {row} names "{order}". It is'
            " counted as it stands. If it is a credit note, give its amount a minus sign.",
            '{where}: "{header}" names another order of the file on {number} rows, first row {row}, which names'
            ' "{order}". They are counted as they stand. If they are credit notes, give their amounts a minus sign.',
            row=figured(row, 0),
            order=order,
            **values,
        )
        return _Credited((Warning_("names_other_orders", told, known),), frozenset({"credited_order"}))
    is_number = re.search(r"nr$|number$|nummer$|no$|id$|ref(?!u)", fold(header)) is not None
    notes: tuple[Warning_, ...] = ()
    if filled and not same and (texts > (1 - _NEARLY_ALL) * filled or is_number):
        told = counted(
            filled,
            '{where}: the column "{header}" is not used. On {number} row, row {row}, it has "{text}", which is no'
            " amount and no order of the file. If the row is a return, give its amount a minus sign.",
            '{where}: the column "{header}" is not used. On {number} rows, first row {row}, it has texts such'
            ' as "{text}", which are no amounts and no orders of the file. If these rows are returns, give their'
            " amounts a minus sign.",
            row=figured(text_row, 0),
            text=text,
            **values,
        )
        notes = (Warning_("no_refunded_amounts", told, filled),)
    return _Credited(
        notes, frozenset({"credited_order"}), bool(filled and not same and filled <= _MOST_ROWS * rows)
    )


def take_off_credited(connection: duckdb.DuckDBPyConnection, file_number: int) -> None:
    """Make credit notes of the rows of ``parsed`` that name another order, and let them undo that order.

    Exports may write the number on both: the one with an amount below 0 is the credit note, else the later one.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    file_number : int
        From 1.
    """
    names, orders = PLAIN_ID.format("credited_order"), PLAIN_ID.format("order_id")
    connection.execute(f"""
        UPDATE parsed SET source_amount = -abs(source_amount), order_id = pairs.undone FROM (
            WITH orders AS (
                SELECT order_id, {orders} AS plain, min(day) AS day, min(source_amount) < 0 AS is_minus,
                    min({names}) AS names
                FROM parsed WHERE file_number = {file_number} AND order_id IS NOT NULL AND NOT wrong_columns
                GROUP BY order_id
            ), pairs AS (
                SELECT one.order_id AS one, other.order_id AS other, one.is_minus AS one_is_minus,
                    other.is_minus AS other_is_minus, coalesce(other.day > one.day, false) AS is_earlier,
                    coalesce(other.names = one.plain AND other.day = one.day
                        AND (length(other.plain), other.plain) > (length(one.plain), one.plain), false) AS is_lower
                FROM orders AS one JOIN orders AS other ON one.names = other.plain AND one.plain <> other.plain
            ), settled AS (
                SELECT *, CASE WHEN one_is_minus <> other_is_minus THEN other_is_minus
                    ELSE is_earlier OR is_lower END AS is_turned FROM pairs
            )
            SELECT CASE WHEN is_turned THEN other ELSE one END AS credit,
                min(CASE WHEN is_turned THEN one ELSE other END) AS undone
            FROM settled GROUP BY 1) AS pairs
        WHERE parsed.file_number = {file_number} AND parsed.order_id = pairs.credit
    """)  # noqa: S608  (our own names and a number)
