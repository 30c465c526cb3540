"""What messages quote from cells, hidden where customers stand under pseudonyms: any column may hold names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clv_xl.orders.status_words import meaning_of
from clv_xl.said import reworded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import duckdb

    from clv_xl.orders.account import StatusLine

__all__ = ["cells_told", "masked", "quotes_masked", "statuses_untold", "texts_within", "without_cells"]

_COLUMNS: Final = (
    "order_id", "product", "channel", "country", "status", "currency", "payment", "other_amount", "credited_order",
    "date_text", "amount_text",
)  # fmt: skip
_CODES: Final = frozenset(
    "SEK NOK DKK ISK EUR USD GBP CHF PLN CZK HUF RON BGN CAD AUD NZD JPY CNY INR KR".split()  # noqa: SIM905
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_QUOTED: Final = re.compile(r'"([^"]*)"')
# first cells of columns whose headers nobody knows
_SUGGESTED: Final = re.compile(r" What stands in the columns suggests:[^\n]*")
_NO_HEADER: Final = "the file seems to have no header row"


def masked(text: str) -> str:
    """Return a text with x for each letter.

    Examples
    --------
    >>> masked("A-1001 Åse")
    'x-1001 xxx'
    """
    return _LETTER.sub("x", text)


def quotes_masked(text: str, kept: Collection[str]) -> str:
    """Return a text with x for the letters of what stands in quotation marks, but for what may be kept.

    Examples
    --------
    >>> quotes_masked('"Belopp": "100 Ann", "Valuta": "SEK"', {"Belopp", "Valuta"})
    '"Belopp": "100 xxx", "Valuta": "SEK"'
    """
    return _QUOTED.sub(
        lambda found: found[0] if _may_stand(found[1], kept) else f'"{masked(found[1])}"', text
    )


def texts_within(texts: Iterable[str]) -> set[str]:
    """Return what is set into texts from the data, as far as it holds letters."""
    found: set[str] = set()

    def see(text: str) -> str:
        if _LETTER.search(text):
            found.add(text)
        return text

    for text in texts:
        reworded(text, str, see)
    return found


def cells_told(
    connection: duckdb.DuckDBPyConnection, texts: Collection[str], kept: Collection[str]
) -> dict[str, str]:
    """Return for each text that stands in a cell of ``judged``, or quotes one, what may be told instead.

    Known words for a status and known currencies stay, as do headers.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    texts : Collection of str
        From :func:`texts_within`.
    kept : Collection of str
        Headers, which are no cells.
    """
    if not texts:
        return {}
    instead = {text: quotes_masked(text, kept) for text in texts if '"' in text}
    for column in _COLUMNS:
        found = connection.execute(
            f"SELECT DISTINCT {column} FROM judged WHERE list_contains($texts, {column})",  # noqa: S608  (our own names)
            {"texts": sorted(texts)},
        ).fetchall()
        instead |= {text: masked(text) for (text,) in found if not _may_stand(text, kept)}
    return instead


def _may_stand(text: str, kept: Collection[str]) -> bool:
    parts = text.split(", ")
    return (
        text in kept or text in _CODES or all(part in kept or meaning_of(part) != "unknown" for part in parts)
    )


def statuses_untold(lines: Sequence[StatusLine]) -> tuple[StatusLine, ...]:
    """Return the account of statuses with one line for all texts that are not known, by what they were read as."""
    told: list[StatusLine] = []
    hidden: dict[str, list[StatusLine]] = {}
    for line in lines:
        if not line.status or line.status.startswith("(") or _may_stand(line.status, ()):
            told.append(line)
        else:
            hidden.setdefault(line.read_as, []).append(line)
    told += [
        replace(
            same[0],
            status=f"({len(same):,} not shown)",
            rows=sum(line.rows for line in same),
            amount=sum((line.amount for line in same[1:]), same[0].amount),
            sales=sum(line.sales for line in same),
            refunds=sum(line.refunds for line in same),
            set_aside=sum(line.set_aside for line in same),
        )
        for same in hidden.values()
    ]
    return tuple(told)


def without_cells(text: str, connection: duckdb.DuckDBPyConnection, known: str) -> str:
    """Return the message of an error without what it quotes from cells.

    Parameters
    ----------
    text : str
        The message.
    connection : duckdb.DuckDBPyConnection
        Where the rows are.
    known : str
        Their table; empty where nothing was read.
    """
    text = _SUGGESTED.sub("", text)
    if _NO_HEADER in text:
        return quotes_masked(text, ())
    if not known:
        return text
    for column in _COLUMNS:
        # a currency is told without quotation marks
        mark = "" if column == "currency" else '"'
        found = connection.execute(
            f"SELECT DISTINCT {column} FROM {known} WHERE contains($text, $mark || {column} || $mark)"  # noqa: S608
            " AND length(trim({0})) > 2".replace("{0}", column),
            {"text": text, "mark": mark},
        ).fetchall()
        for (cell,) in sorted(found, key=lambda row: -len(row[0])):
            if not _may_stand(cell, ()):
                text = text.replace(f"{mark}{cell}{mark}", f"{mark}{masked(cell)}{mark}")
    return text
