"""Credit notes that a status tells: their amounts are taken off, as those that a type tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.orders.flags import BARE_CREDITS, SALES_WORDS
from clv_xl.orders.status_words import meaning_of, plain_status
from clv_xl.said import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb

__all__ = ["credit_notes_told", "credit_statuses", "pair_credit_notes"]

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


def pair_credit_notes(connection: duckdb.DuckDBPyConnection) -> None:
    """Add to ``refund_orders`` the sales that are credited by their status and by a credit note of another number.

    Invoice lists have both: the invoice is called credited, and its credit note of the same amount stands below it.
    Were the invoice set aside, it would be gone twice. Each credit note stands for one sale of its customer.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables are; see :func:`~clv_xl.orders.refund_rows.judge_refund_rows`.
    """
    connection.execute("""
        INSERT INTO refund_orders
        WITH notes AS (
            SELECT row_number, customer_id, day, abs(amount) AS amount, amount > 0 AS is_sale FROM judged
            WHERE (reason IS NULL AND meaning = 'refunded' AND amount > 0 AND order_id IS NOT NULL
                    AND row_number NOT IN (SELECT sale_row FROM refund_orders)
                    AND regexp_matches(lower(status), 'kredit|credit|hyvit|gutschr'))
                OR ((reason IS NULL OR reason = 'refunds_ignored') AND amount < 0 AND meaning = 'credit note'
                    AND row_number NOT IN (SELECT refund_row FROM refund_orders))
        ), counted AS (
            SELECT *, sum(CASE WHEN is_sale THEN 1 ELSE -1 END) OVER same AS open FROM notes
            WINDOW same AS (PARTITION BY customer_id, amount ORDER BY day, is_sale DESC, row_number)
        ), fitting AS (
            -- a note that finds no open sale before it is of an order that is not here
            SELECT * FROM counted QUALIFY is_sale OR open >= least(0, min(open) OVER (
                PARTITION BY customer_id, amount ORDER BY day, is_sale DESC, row_number
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
        ), turns AS (
            SELECT *, row_number() OVER (PARTITION BY customer_id, amount, is_sale ORDER BY day, row_number) AS turn
            FROM fitting
        )
        SELECT credits.row_number, sales.row_number, false
        FROM turns AS sales JOIN turns AS credits USING (customer_id, amount, turn)
        WHERE sales.is_sale AND NOT credits.is_sale
    """)


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
