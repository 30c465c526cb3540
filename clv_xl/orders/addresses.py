"""E-mail addresses that orders carry beside the id of their customer, and whether one may write there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.metrics.occasions import EMAIL
from clv_xl.orders.yes_no import said_yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from clv_xl.orders.pseudonyms import Pseudonyms
    from clv_xl.orders.read import ReadSource

__all__ = ["addresses", "consent"]


def addresses(connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]) -> dict[str, str]:
    """Return each customer's address where their id is none: that of the newest row that counts and has one.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table ``judged`` is.
    sources : sequence of ReadSource
        The files; where none has a column of addresses beside the ids, nothing is looked for.
    """
    if not any("email" in source.resolution.extra for source in sources):
        return {}
    found = connection.execute(f"""
        SELECT customer_id, arg_max(email, (day, row_number)) FROM judged
        WHERE reason IS NULL AND email IS NOT NULL AND email <> customer_id
            AND contains(email, '@') AND regexp_full_match(email, '{EMAIL}')
        GROUP BY customer_id ORDER BY customer_id
    """)  # noqa: S608  (our own pattern)
    return dict(found.fetchall())


def consent(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource], made: Pseudonyms | None
) -> dict[str, bool | None]:
    """Return whether each customer may be written to: what their newest row with an answer says.

    A row that is set aside, such as an order that was cancelled, may take consent back. A customer without an answer is
    left out; None is an answer that says neither yes nor no, or two on one day that
    differ.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table ``judged`` is.
    sources : sequence of ReadSource
        The files; where none has a column of consent that is used, nothing is looked for.
    made : Pseudonyms or None
        What makes pseudonyms of the customers.
    """
    if not any("consent" in source.meaning.roles for source in sources):
        return {}
    found = connection.execute("""
        WITH answers AS (
            SELECT customer_id, day, consent FROM judged
            WHERE consent IS NOT NULL AND customer_id IS NOT NULL AND day IS NOT NULL AND NOT wrong_columns
            QUALIFY day = max(day) OVER (PARTITION BY customer_id)
        )
        SELECT customer_id, list(DISTINCT lower(consent)) FROM answers GROUP BY customer_id ORDER BY customer_id
    """).fetchall()
    answers: dict[str, bool | None] = {}
    for customer, texts in found:
        said = {said_yes(text) for text in texts}
        answers[made.of(customer) if made else customer] = said.pop() if len(said) == 1 else None
    return answers
