"""Credit notes that a status tells: their amounts are taken off, as those that a type tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.orders.flags import BARE_CREDITS, SALES_WORDS
from clv_xl.orders.status_words import meaning_of, plain_status
from clv_xl.said import counted, figured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb

__all__ = [
    "credit_notes_told",
    "credit_statuses",
    "either_sale",
    "pair_credit_notes",
    "pairs_sql",
    "partly_credited",
]

# beside Kredit it is a way of paying
_WAYS_OF_PAYING: Final = frozenset(("kontant", "kontantfaktura"))


def credit_statuses(texts: Iterable[str], told: Mapping[str, str]) -> list[str]:
    """Return the statuses that surely mean a credit note.

    A bare word such as *Kredit* may as well be a way of paying: it is none beside statuses that nobody knows.

    Parameters
    ----------
    texts : Iterable of str
        All statuses, as they stand in the file.
    told : Mapping[str, str]
        Plain status text -> meaning, as the user or the export says.

    Examples
    --------
    >>> credit_statuses(["Betald", "Kreditnota", "Kredit"], {}), credit_statuses(["Kontant", "Kredit"], {})
    (['Kreditnota', 'Kredit'], [])
    """
    found = list(texts)
    means = {text: told.get(plain_status(text)) or meaning_of(text) for text in found}
    unsure = any(
        meaning == "unknown" and plain_status(text) not in SALES_WORDS - _WAYS_OF_PAYING
        for text, meaning in means.items()
    )
    return [
        text
        for text in found
        if means[text] == "credit note"
        and not (unsure and plain_status(text) in BARE_CREDITS and plain_status(text) not in told)
    ]


def pairs_sql(table: str) -> str:
    """Return SQL that pairs sales with the credit notes of other numbers that undo them, each once.

    A note undoes a sale of its customer, of exactly its amount, on its day or before.

    Parameters
    ----------
    table : str
        With customer_id, currency, amount (above 0), day, is_sale, and key: of the sale or of the note.
    """
    return f"""
        WITH counted AS (
            SELECT *, sum(CASE WHEN is_sale THEN 1 ELSE -1 END) OVER same AS open FROM {table}
            WINDOW same AS (
                PARTITION BY customer_id, currency, amount ORDER BY day, is_sale DESC, key ROWS UNBOUNDED PRECEDING)
        ), fitting AS (
            -- a note that finds no open sale before it is of an order that is not here
            SELECT * FROM counted QUALIFY is_sale OR open >= least(0, min(open) OVER (
                PARTITION BY customer_id, currency, amount ORDER BY day, is_sale DESC, key
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
        ), turns AS (
            SELECT *, row_number() OVER (
                PARTITION BY customer_id, currency, amount, is_sale ORDER BY day, key) AS turn
            FROM fitting
        )
        SELECT sales.key AS sale, notes.key AS note
        FROM turns AS sales JOIN turns AS notes USING (customer_id, currency, amount, turn)
        WHERE sales.is_sale AND NOT notes.is_sale
    """  # noqa: S608  (our own name)


def pair_credit_notes(connection: duckdb.DuckDBPyConnection) -> None:
    """Add to ``refund_orders`` the sales that are refunded by their status and by a row of another number.

    Invoice lists have both: the invoice is called credited, and its credit note of the same amount stands below it.
    Were the invoice set aside, it would be gone twice. Each credit note stands for one sale of its customer. In a file
    of which most refunds have the number of the order that they undo, one of another number is of another order. Which
    rows were paired is kept in ``credit_pairs``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are; see :func:`~clv_xl.orders.refund_rows.judge_refund_rows`.
    """
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE credit_rows AS
        WITH sales AS (
            SELECT row_number, file_number, customer_id, order_id, currency, day, amount, true AS is_sale FROM judged
            WHERE reason IS NULL AND meaning = 'refunded' AND amount > 0
                AND row_number NOT IN (SELECT sale_row FROM refund_orders)
        ), named AS (
            SELECT file_number FROM judged LEFT JOIN (SELECT DISTINCT refund_row FROM refund_orders)
                ON refund_row = row_number
            WHERE (reason IS NULL OR reason = 'refunds_ignored') AND amount < 0
            GROUP BY file_number HAVING 2 * count(refund_row) > count(*)
        ), notes AS (
            SELECT row_number, file_number, customer_id, order_id, currency, day, -amount AS amount, false AS is_sale
            FROM judged SEMI JOIN sales USING (customer_id)
            WHERE (reason IS NULL OR reason = 'refunds_ignored') AND amount < 0
                AND row_number NOT IN (SELECT refund_row FROM refund_orders)
                AND (order_id IS NULL OR file_number NOT IN (FROM named))
                -- the number of an order wins, also of one that does not count
                AND (order_id IS NULL OR (file_number, customer_id, order_id) NOT IN (
                    SELECT (file_number, customer_id, order_id) FROM judged
                    WHERE again AND customer_id IS NOT NULL AND order_id IS NOT NULL
                        AND coalesce(source_amount, 0) >= 0))
        )
        -- an invoice or a note may stand in several lines
        SELECT row_number, customer_id, coalesce(currency, '') AS currency, is_sale,
            sum(amount) OVER one AS amount, min(day) OVER one AS day, min(row_number) OVER one AS key
        FROM (FROM sales UNION ALL FROM notes)
        WINDOW one AS (PARTITION BY file_number, customer_id, is_sale, coalesce(order_id, '(row ' || row_number || ')'))
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE credit_orders AS
        SELECT DISTINCT key, customer_id, currency, amount, day, is_sale FROM credit_rows
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE credit_pairs AS
        WITH pairs AS ({pairs_sql("credit_orders")})
        SELECT notes.row_number AS note_row, sales.row_number AS sale_row
        FROM pairs JOIN credit_rows AS sales ON sales.is_sale AND sales.key = pairs.sale
        JOIN credit_rows AS notes ON NOT notes.is_sale AND notes.key = pairs.note
    """)  # noqa: S608  (our own words)
    connection.execute("INSERT INTO refund_orders SELECT note_row, sale_row, false FROM credit_pairs")


def partly_credited(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Tell of sales gone by their status whose customer has a later refund that may be a part of the same.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``judged`` is, with its reasons, and what :func:`pair_credit_notes` made.
    """
    sales, amount, customer, one, other = connection.execute("""
        WITH left_over AS (
            SELECT credit_rows.*, meaning = 'credit note' AS status_says
            FROM credit_rows JOIN judged USING (row_number)
            WHERE CASE WHEN is_sale THEN reason = 'refunded_by_status' ELSE reason IS NULL
                AND row_number NOT IN (SELECT note_row FROM credit_pairs) END
        ), told AS (
            SELECT DISTINCT ON (sale.key) sale.key, sale.customer_id, sale.amount, note.amount AS note_amount
            FROM left_over AS sale JOIN left_over AS note USING (customer_id, currency)
            WHERE sale.is_sale AND NOT note.is_sale AND note.day >= sale.day
                AND (note.amount < sale.amount OR note.status_says)
            ORDER BY sale.key, note.key
        )
        SELECT count(*), sum(amount), arg_min(customer_id, key), arg_min(amount, key), arg_min(note_amount, key)
        FROM told
    """).fetchone() or (0, 0, "", 0, 0)
    if sales:
        text = counted(
            sales,
            "{number} sale, {amount}, is set aside as refunded by its status, and a later refund of the same customer"
            ' has another amount (customer "{customer}": {sold} and {refunded}). If they are the same refund, it is'
            ' subtracted twice: then say that the status is a sale (--status "STATUS=sale").',
            "{number} sales, {amount} in all, are set aside as refunded by their status, and a later refund of the same"
            ' customer has another amount (such as customer "{customer}": {sold} and {refunded}). Where they are the'
            ' same refund, it is subtracted twice: then say that the status is a sale (--status "STATUS=sale").',
            amount=figured(amount, 2),
            customer=customer,
            sold=figured(one, 2),
            refunded=figured(-other, 2),
        )
        yield Warning_("credited_in_part", text, sales)


def either_sale(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Tell of paired notes whose customer has another sale of that amount on the day of the one that was taken.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        As for :func:`partly_credited`.
    """
    notes, amount, customer, one, day = connection.execute("""
        WITH told AS (
            SELECT DISTINCT ON (note_row) note_row, sale.customer_id, sale.amount, sale.day
            FROM credit_pairs JOIN judged AS sale ON sale.row_number = sale_row
            JOIN judged AS other USING (customer_id, day, amount) JOIN judged AS note ON note.row_number = note_row
            -- what is called a credit note is surely of the sale that is called credited
            WHERE note.meaning <> 'credit note' AND sale.reason IS NULL AND other.reason IS NULL
                AND other.meaning <> 'refunded' AND other.row_number NOT IN (SELECT sale_row FROM refund_orders)
            ORDER BY note_row, sale.row_number
        )
        SELECT count(*), sum(amount), arg_min(customer_id, note_row), arg_min(amount, note_row), arg_min(day, note_row)
        FROM told
    """).fetchone() or (0, 0, "", 0, "")
    if notes:
        text = counted(
            notes,
            "{number} refund, {amount}, may be of either of two sales of the same customer, day and amount (customer"
            ' "{customer}": {each} on {day}). It is taken for that of the sale whose status says refunded. If it is of'
            " the other, too little is subtracted: write the number of its order on the refund.",
            "{number} refunds, {amount} in all, may be of either of two sales of the same customer, day and amount"
            ' (such as customer "{customer}": {each} on {day}). Each is taken for that of the sale whose status says'
            " refunded. If they are of the others, too little is subtracted: write the numbers of their orders on the"
            " refunds.",
            amount=figured(amount, 2),
            customer=customer,
            each=figured(one, 2),
            day=day,
        )
        yield Warning_("refund_of_either", text, notes)


def credit_notes_told(connection: duckdb.DuckDBPyConnection) -> Iterator[Warning_]:
    """Tell of the rows of ``judged`` and ``parsed`` that are credit notes by their status.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    taken, left, text = connection.execute("""
        SELECT count(*) FILTER (reason IS NULL AND row_number IN (SELECT row_number FROM parsed WHERE taken_off)),
            count(*) FILTER (reason = 'credit_note'),
            min_by(status, row_number) FILTER (reason = 'credit_note')
        FROM judged WHERE meaning = 'credit note'
    """).fetchone() or (0, 0, "")
    if taken:
        words = counted(
            taken,
            "{number} row is a credit note by its status. Such amounts are taken off, with or without a minus sign.",
            "{number} rows are credit notes by their status. Such amounts are taken off, with or without a minus sign.",
        )
        yield Warning_("credit_notes_by_status", words, taken)
    if left:
        words = counted(
            left,
            '{number} row has the status "{text}", which may mean a credit note or a way of paying. Rows with an amount'
            ' above 0 are set aside. Say what it is: --status "{text}=credit-note" or "{text}=sale".',
            '{number} rows have the status "{text}", which may mean a credit note or a way of paying. Rows with an'
            ' amount above 0 are set aside. Say what it is: --status "{text}=credit-note" or "{text}=sale".',
            text=text,
        )
        yield Warning_("credit_notes", words, left)
