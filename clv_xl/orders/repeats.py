"""Whether the amounts on the rows of one order are its total, repeated, or amounts of their own, to be added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.exact import product_sql
from clv_xl.orders.header_words import fold, without_vat_words
from clv_xl.orders.kinds.typed_text import WHOLE_KEPT
from clv_xl.orders.numbers import value_sql
from clv_xl.orders.row_currency import without_currency
from clv_xl.orders.said import Answer, Question
from clv_xl.said import counted, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.formats.record import RowsOf

__all__ = ["OrderRows", "again_sql", "has_order_numbers", "order_rows"]

_WORTH_A_QUESTION = 3
_FIRST_ROWS = 20_000
_ALMOST_ALL = 0.9
_HALF = 0.5
# Headers that say "of the order", not "of the row".
_OF_THE_ORDER = frozenset(
    map(
        fold,
        (
            "order total", "order amount", "order value", "order total amount", "order sum", "total order amount",
            "total order value", "orderbelopp", "ordersumma", "ordertotal", "orderns summa", "ordervarde", "ordresum",
            "ordrebelop", "ordrebeloep", "ordreverdi", "ordrevaerdi", "ordretotal",
            "grand total", "invoice total", "invoice amount", "fakturabelopp", "fakturabelop", "fakturabelob",
            "tilauksen summa", "tilaussumma", "laskun summa", "total ordre", "ordre i alt", "att betala",
            "totalt att betala", "belopp att betala", "å betale", "at betale", "til betaling",
        ),
    )
)  # fmt: skip

_POSITIVE = (
    "amount IS NOT NULL AND NOT starts_with(amount, '-') AND NOT regexp_full_match(amount, '0*[.,]?0*')"
)
_ONE_ORDER = "count(*) > 1 AND min(customer_id) = max(customer_id) AND min(order_date) = max(order_date)"


class OrderRows(NamedTuple):
    """What the rows of an order are: their kind, what to tell, what must be asked first; whether each is one row."""

    rows: RowsOf
    note: Warning_ | None = None
    question: Question | None = None
    each_once: bool = False


def has_order_numbers(resolution: Resolution, types: tuple[str, ...]) -> bool:
    """Tell whether the order ids came as whole numbers: ``text_rows`` has them as ``order_number`` too.

    Parameters
    ----------
    resolution : Resolution
        The columns.
    types : tuple of str
        See :func:`~clv_xl.orders.kinds.typed_text.handed_over`; empty where all are texts.
    """
    at = resolution.positions.get("order_id")
    return at is not None and bool(types) and types[at] in WHOLE_KEPT


def order_rows(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    marks: Mapping[str, str],
    types: tuple[str, ...],
    *,
    where: str,
    said: str | None,
    number_cells: bool,
) -> OrderRows:
    """Decide whether repeated amounts of ``text_rows`` are totals.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns; those of a special export say themselves what a row is.
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    types : tuple of str
        Of columns that are no texts, see :func:`~clv_xl.orders.kinds.typed_text.handed_over`.
    where : str
        The file, for messages.
    said : {"once", "add"} or None
        What the user said.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    connection.execute("DROP TABLE IF EXISTS several_rows")  # of a file before
    special = resolution.match is not None and not resolution.match.format.general
    one_row = resolution.rows in {"product", "refund"}
    if "order_id" not in resolution.positions or one_row or (special and said is None):
        return OrderRows(resolution.rows)
    if said is not None:
        return OrderRows("repeated" if said == "once" else "order")
    priced = {"unit_price", "quantity"} <= marks.keys()
    line = "NULL"
    if priced:
        price, quantity = (
            value_sql(f"{name}_body", marks[name], number_cells=number_cells)
            for name in ("unit_price", "quantity")
        )
        line = product_sql(price, quantity)
    total = value_sql("amount_body", marks["amount"], number_cells=number_cells)
    each_once = _in_sequence(connection, numbered=has_order_numbers(resolution, types))
    if each_once or not _several_rows(connection):
        blank = "SELECT 1 FROM text_rows WHERE order_id IS NULL LIMIT 1"
        return OrderRows("order", each_once=each_once or connection.execute(blank).fetchone() is None)
    counts = None
    if _may_repeat(connection):
        counts = connection.execute(f"""
            WITH of_orders AS (
                SELECT order_id, count(*) AS copies, min(amount) = max(amount) AS same, min(record) AS record,
                    {f"abs(sum({line}) - min({total})) <= 0.01 * count(*)" if priced else "false"} AS adds_up
                FROM text_rows SEMI JOIN several_rows ON hash(order_id) = key
                WHERE {_POSITIVE} GROUP BY order_id HAVING {_ONE_ORDER} AND min(line_hash) <> max(line_hash)
            )
            SELECT count(*), count(*) FILTER (same), min_by(order_id, record) FILTER (same),
                coalesce(sum(copies) FILTER (same), 0)::BIGINT, count(*) FILTER (same AND adds_up)
            FROM of_orders
        """).fetchone()  # noqa: S608  (our own names and expressions)
    several, same, example, rows, by_price = counts or (0, 0, "", 0, 0)
    header = resolution.headers[resolution.positions["amount"]]
    plain = without_currency(header)
    names_order = bool(
        {fold(header), fold(plain), without_vat_words(header), without_vat_words(plain)} & _OF_THE_ORDER
    )
    # among lines with amounts of their own some orders have equal ones; an order has one total
    if not same or same < (_HALF if names_order else _ALMOST_ALL) * several:
        return OrderRows(
            "order", _added_up(where, header, same, example, rows) if same and names_order else None
        )
    if by_price == same or (names_order and same == several and same >= _WORTH_A_QUESTION):
        text = counted(
            same,
            '{where}: "{header}" is the total of the order, repeated on each of its rows ({why}). It counts once, for'
            ' {number} order, "{example}". If the rows have amounts of their own: --order-amounts add.',
            '{where}: "{header}" is the total of the order, repeated on each of its rows ({why}). It counts once for'
            ' each of {number} orders, such as "{example}". If the rows have amounts of their own:'
            " --order-amounts add.",
            where=where,
            header=header,
            why=say("quantity x price of its rows adds up to it")
            if by_price == same
            else say("its header says so"),
            example=example,
        )
        return OrderRows("repeated", Warning_("totals_repeated", text, rows))
    return _undecided(where, header, several, same, example, rows, names_order=names_order)


def _added_up(where: str, header: str, same: int, example: str, rows: int) -> Warning_:
    text = counted(
        same,
        '{where}: {number} order has the same "{header}" on each of several rows, such as order "{example}". The'
        " rows are added up. If that is the total of the order, repeated: --order-amounts once.",
        '{where}: {number} orders have the same "{header}" on each of several rows, such as order "{example}". The'
        " rows are added up. If that is the total of the order, repeated: --order-amounts once.",
        where=where,
        header=header,
        example=example,
    )
    return Warning_("same_amounts", text, rows)


def _undecided(
    where: str, header: str, several: int, same: int, example: str, rows: int, *, names_order: bool
) -> OrderRows:
    """Ask what the amounts are, or tell it of one or two orders whose header says nothing."""
    if several < _WORTH_A_QUESTION and not names_order:
        return OrderRows("order", _added_up(where, header, same, example, rows))
    of = (
        f"{same:,} of {several:,} orders"
        if same < several
        else "1 order"
        if same == 1
        else f"{same:,} orders"
    )
    question = (
        f'{of} of several rows {"has" if of == "1 order" else "have"} the same "{header}" on each of them, such as'
        f' order "{example}". Say whether that is the total of the order, to be counted once, or an amount of each'
        " row: --order-amounts once or --order-amounts add."
    )
    answers = Answer("order-amounts", "once"), Answer("order-amounts", "add")
    return OrderRows("order", None, Question(question, answers))


def again_sql(connection: duckdb.DuckDBPyConnection, *, each_once: bool) -> str:
    """Return SQL for whether another row of ``text_rows`` may have the order id of a row: what is false is so.

    Few orders have several rows, and what is asked of those need not be asked of all.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is, after :func:`order_rows` has looked at it.
    each_once : bool
        What that found.
    """
    if each_once:
        return "false"
    found = "SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = 'several_rows'"
    known = connection.execute(found).fetchone() is not None
    return "hash(order_id) IN (SELECT key FROM several_rows)" if known else "true"


def _several_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    """Make ``several_rows``, the orders that have several; tell whether there are any."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE several_rows AS
        SELECT hash(order_id) AS key FROM text_rows WHERE order_id IS NOT NULL GROUP BY key HAVING count(*) > 1
    """)
    return connection.execute("SELECT 1 FROM several_rows LIMIT 1").fetchone() is not None


def _in_sequence(connection: duckdb.DuckDBPyConnection, *, numbered: bool) -> bool:
    """Tell whether every row has an order id, and these only rise or only fall: then each stands once.

    Most exports are so, and to look at neighbours takes a fraction of the time that grouping takes.
    """
    if numbered:
        name, rises, falls = "order_number", "order_number > before", "order_number < before"
    else:
        name = "order_id"
        rises, falls = (
            f"CASE WHEN strlen(order_id) = strlen(before) THEN order_id {sign} before"
            f" ELSE strlen(order_id) {sign} strlen(before) END"
            for sign in "><"
        )
    # what is out of sequence is so early in most files, and to look at all rows takes one core alone
    for rows in (f"(SELECT {name} FROM text_rows LIMIT {_FIRST_ROWS})", "text_rows"):  # noqa: S608  (our own names)
        some, rising, falling = connection.execute(f"""
            SELECT bool_or({name} IS NULL), bool_and({rises}), bool_and({falls})
            FROM (SELECT {name}, lag({name}) OVER () AS before FROM {rows})
        """).fetchone() or (True, False, False)  # noqa: S608  (our own names)
        if some or (rising is False and falling is False):
            return False
    return True


def _may_repeat(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether any order has rows that could repeat its total; to compare whole rows takes far longer."""
    # as a filter of the sums the pattern is tried on these few rows, as one of the rows on all
    of_positive = _ONE_ORDER.replace(")", f") FILTER ({_POSITIVE})")
    found = connection.execute(f"""
        SELECT 1 FROM text_rows SEMI JOIN several_rows ON hash(order_id) = key
        GROUP BY order_id HAVING {of_positive} LIMIT 1
    """).fetchone()  # noqa: S608  (our own expressions)
    return found is not None
