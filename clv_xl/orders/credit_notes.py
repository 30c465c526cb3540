"""Credit notes that a status tells: their amounts are taken off, as those that a type tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_, plural
from clv_xl.orders.flags import BARE_CREDITS, SALES_WORDS
from clv_xl.orders.status_words import meaning_of, plain_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb

__all__ = ["count_each_credit_once", "credit_notes_told", "credit_statuses"]

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


def count_each_credit_once(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a sale of ``judged`` count that is credited by its status and by a credit note with a number of its own.

    Invoice lists have both: the invoice is called credited, and its credit note of the same amount stands below it.
    Left aside, the sale would be gone twice. Each credit note lets one sale of its customer count.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    """
    (has_both,) = connection.execute("""
        SELECT bool_or(meaning = 'credit note') AND bool_or(reason = 'refunded_by_status') FROM judged
    """).fetchone() or (False,)
    if not has_both:
        return
    connection.execute("""
        UPDATE judged SET reason = NULL
        FROM (
            WITH sales AS (
                SELECT row_number AS sale_row, customer_id, day, amount, row_number() OVER same AS turn FROM judged
                WHERE reason = 'refunded_by_status' AND order_id IS NOT NULL
                    AND regexp_matches(lower(status), 'kredit|credit|hyvit|gutschr')
                WINDOW same AS (PARTITION BY customer_id, amount ORDER BY day, row_number)
            ), credits AS (
                SELECT customer_id, day, -amount AS amount, row_number() OVER same AS turn FROM judged AS credit
                WHERE reason IS NULL AND amount < 0 AND meaning = 'credit note'
                    AND NOT coalesce(order_id IN (
                        SELECT order_id FROM judged WHERE reason IS NULL AND amount >= 0), false)
                WINDOW same AS (PARTITION BY customer_id, amount ORDER BY day, row_number)
            )
            SELECT sale_row FROM sales JOIN credits USING (customer_id, amount, turn) WHERE credits.day >= sales.day
        ) AS credited
        WHERE judged.row_number = sale_row
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
        words = (
            f"{plural(taken, 'row is a credit note by its', 'rows are credit notes by their')} status. Such amounts are"
            " taken off, with or without a minus sign."
        )
        yield Warning_("credit_notes_by_status", words, taken)
    if left:
        words = (
            f'{plural(left, "row has", "rows have")} the status "{text}", which may mean a credit note or a way of'
            f' paying. Rows with an amount above 0 are set aside. Say what it is: --status "{text}=credit-note" or'
            f' "{text}=sale".'
        )
        yield Warning_("credit_notes", words, left)
