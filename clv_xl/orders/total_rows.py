"""Rows of totals that look like orders: they have a date and a customer, and would count everything twice."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

__all__ = ["mark_totals", "row_says_total_sql", "says_total_sql"]

_TOTAL: Final = (
    r"(?:grand total|subtotal|sub-total|delsumma|delsum|totalsumma|totalsum|total|totalt"
    r"|totals|totalt sum|summa|sum|i alt|ialt|yhteensä|välisumma|gesamt|gesamtsumme|zwischensumme|summe)"
)
# at the start of a cell, whatever stands between the cells
_WORDS: Final = rf"(?i)(?:^|[;,|\"\t\x1F]) *{_TOTAL}(?:[^\pL]|$)"
# the first letters of these words, and a space, each a bit: a look at them spares nearly all cells the pattern
_BEGINS: Final = sum(1 << (ord(letter) & 31) for letter in "dgistvyz ")
_FEW_CELLS: Final = 6
_SOME_CELLS: Final = 30
_EVEN: Final = Decimal("0.005")


def says_total_sql(line: str) -> str:
    """Return SQL for whether any cell of a row begins with a word for a total.

    Parameters
    ----------
    line : str
        SQL for the whole row as text.
    """
    return f"coalesce(regexp_matches({line}, '{_WORDS}'), false)"


def row_says_total_sql(cells: Sequence[str], line: str, *, many_whole: bool) -> str:
    """Return SQL for whether any of the cells of a row that may hold words begins with a word for a total.

    Cell by cell is sooner done, but of many cells the statement is so long that to plan it takes the time.

    Parameters
    ----------
    cells : Sequence of str
        SQL for each cell as text.
    line : str
        SQL for all of them as one text.
    many_whole : bool
        Whether there are many rows, and no cell has a sign in it that may part cells.
    """
    if len(cells) <= _FEW_CELLS:
        return _cells_sql(cells)
    return _whole_cells_sql(cells) if many_whole and len(cells) <= _SOME_CELLS else says_total_sql(line)


def _cells_sql(cells: Sequence[str]) -> str:
    return _any_cell_sql(
        cells,
        [
            f"CASE WHEN ({_BEGINS} >> (ascii({cell}) & 31)) & 1 = 1 AND strlen({cell}) > 2"
            f" THEN {_maybe_sql(cell)} ELSE false END"
            for cell in cells
        ],
    )


def _whole_cells_sql(cells: Sequence[str]) -> str:
    """Return SQL for what :func:`says_total_sql` tells of a row of cells that have no sign in them that may part cells.

    A word for a total then begins a cell or stands nowhere, and all of them begin with a letter or a space.
    """
    # where capitals are as small letters, a long s is an s
    begins = _BEGINS | 1 << (0x17F & 31)
    return _any_cell_sql(
        cells,
        [
            f"CASE WHEN ({cell} > '@' OR {cell} < '!') AND strlen({cell}) > 2"
            f" AND ({begins} >> (ascii({cell}) & 31)) & 1 = 1"
            f" THEN {_maybe_sql(cell)} ELSE false END"
            for cell in cells
        ],
    )


def _maybe_sql(cell: str) -> str:
    """Return SQL for whether a cell begins with a word for a total, or with a longer one beyond ASCII."""
    return f"regexp_matches({cell}, '(?i)^ *{_TOTAL}(?:[^a-z]|$)')"


def _any_cell_sql(cells: Sequence[str], maybe: Sequence[str]) -> str:
    """Return SQL for whether any cell says so, where any of ``maybe`` holds.

    A pattern that knows all letters takes a millisecond to make ready, for each question to ``text_rows``: one will do.
    """
    if not cells:
        return "false"
    joined = f"concat_ws(chr(31), {', '.join(cells)})"
    return (
        f"CASE WHEN {' OR '.join(maybe)}"
        f" THEN regexp_matches({joined}, '(?i)(?:^|\\x1F) *{_TOTAL}(?:[^\\pL]|$)') ELSE false END"
    )


def mark_totals(connection: duckdb.DuckDBPyConnection, file_number: int) -> None:
    """Set rows of ``parsed`` apart that are called totals and hold the sum of the rows above them.

    The sum is that of the whole file so far, or since the last such row. A row of that name with any other amount
    is an order, of a product called Total, for example. Below a single order it takes a row without a customer or a
    day of its own. What is written beside the sum names no currency of an order.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    file_number : int
        From 1.
    """
    named = connection.execute(
        f"""
        SELECT row_number, source_amount, above, rows_above, bare FROM (
            SELECT row_number, source_amount, says_total, customer_id IS NULL OR day IS NULL
                    OR regexp_full_match(customer_text, '(?i){_TOTAL}[ :]*') AS bare,
                coalesce(sum(source_amount) FILTER (NOT says_total) OVER upwards, 0) AS above,
                count(source_amount) FILTER (NOT says_total) OVER upwards AS rows_above
            FROM parsed WHERE file_number = $file AND NOT wrong_columns
                AND EXISTS (FROM parsed WHERE file_number = $file AND says_total)
            WINDOW upwards AS (ORDER BY row_number ROWS UNBOUNDED PRECEDING))
        WHERE says_total AND source_amount IS NOT NULL AND rows_above > 0 ORDER BY row_number
        """,  # noqa: S608  (our own words)
        {"file": file_number},
    ).fetchall()
    totals, several = [], False
    orders, order_rows = Decimal(0), 0
    last_sum, last_rows = Decimal(0), 0
    for row, amount, above, rows_above, bare in named:
        whole, rows = above + orders, rows_above + order_rows
        of_part = rows > last_rows and abs(whole - last_sum - amount) < _EVEN
        if amount and (of_part or abs(whole - amount) < _EVEN):
            totals.append(row)
            several = several or bare or rows - (last_rows if of_part else 0) > 1
            last_sum, last_rows = whole, rows
        else:
            orders += amount
            order_rows += 1
    if several:  # an order that equals the one above it proves nothing
        connection.execute(
            """
            UPDATE parsed SET apart = 'total_row', currency = CASE
                WHEN above.several AND list_contains(above.codes, currency) THEN currency
                WHEN NOT above.several THEN above.codes[1] END
            FROM (
                SELECT list(DISTINCT currency) FILTER (currency IS NOT NULL) AS codes,
                    count(DISTINCT currency) > 1 AS several FROM parsed
                WHERE file_number = $file AND source_amount IS NOT NULL
                    AND NOT list_contains($rows::BIGINT[], row_number)) AS above
            WHERE list_contains($rows::BIGINT[], row_number)
            """,
            {"rows": totals, "file": file_number},
        )
