"""Columns of money beside quantity x price that no header word tells: asked about, or told, and never passed over."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.header_words import FREIGHTS, TAXES, TIERS, fold
from clv_xl.orders.said import Answer, Question
from clv_xl.orders.sheet_rows import SPACES
from clv_xl.orders.text_file import SEPARATOR
from clv_xl.said import figured, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.options import ReadOptions
    from clv_xl.said import Said

__all__ = ["beside_lines"]

_NEARLY_ALL: Final = 0.9
_MOST: Final = 0.8
_SOME: Final = 0.3
_LEAST, _LARGEST = 0.3, 1.5
_ROUNDED: Final = 0.021
_NUMBER: Final = re.compile(
    r"(?:[A-Z]{3}|kr\.?|[$€£])?\s*([-+\u2212]?\d[\d .,'\xa0\u202f]*)\s*(?:[A-Z]{3}|kr\.?|[$€£]|:-|,-)?",
    re.IGNORECASE,
)
_TOTAL: Final = re.compile(
    r"total|summa|(?<!kon)sum(?!mer)|belopp|belob|belop|beloeb|amount|betal|salg|sales|sald|verdi|varde|vaerdi|ialt"
    r"|revenue|omsat|omset|intakt|inntekt|indtaegt|paid|to_?pay|charged"
)
_PRICE: Final = re.compile(r"pris|price|hinta|preis|prix|rrp|msrp")
_EXPLAINED: Final = re.compile(
    r"moms|mva|vat$|^vat|tax|skatt|alv$|mwst|frakt|fragt|freight|shipp|porto|levering|leverans|delivery|rabat|discount"
    r"|remise|alennus|kost|cost|inkop|innkjop|indkob|cogs|kampanj|refund|retur|aterbetal|tilbakebetal|tilbagebetal"
    r"|kredit|credit|avgift|gebyr|fee$|fees$|tips?$|dricks|forsikr|insur|provision|commission|marg|profit|vinst|bonus|poang|poeng|point"
    r"|antal|quantity|qty|pieces|stk|lager|stock|vikt|vekt|vaegt|weight|ean$|gtin|sku|nummer|number|telefon|phone|mobil"
    r"|post|zip|year|month|week|vecka|manad|kurs|rate|sats|procent|prosent|percent|size|storlek|alder|rating|betyg"
    r"|presentkort|gavekort|gift|cash|vaxel|date|dato|datum|volum|longitude|latitude"
)
_ENDS_AS_ID: Final = re.compile(r"(?:^|[\s_-])(?:id|nr|no|num|kode?|code|#)\.?$", re.IGNORECASE)
_EXPLAINED_WORDS: Final = frozenset(map(fold, TAXES)) | FREIGHTS | frozenset().union(*TIERS["cost"])


class _Beside(NamedTuple):
    resolution: Resolution
    notes: tuple[Warning_, ...] = ()


class _Line(NamedTuple):
    """One of the first rows: its fields, its quantity and price as they stand there, and their product."""

    row: int
    fields: list[str]
    quantity: str
    price: str
    product: float


class _Column(NamedTuple):
    """A column of money that is not used, and the first row on which it is not quantity x price."""

    header: str
    may_be_total: bool
    line: _Line
    text: str


def beside_lines(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    options: ReadOptions,
    *,
    where: str,
    delimiter: str,
) -> _Beside:
    """Ask about a column that may be the total where the amount is quantity x price; tell of other money beside it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``text_rows`` is; the first rows are looked at.
    resolution : Resolution
        The columns.
    options : ReadOptions
        What the user said; with a format there is nothing to ask.
    where : str
        The file, for messages.
    delimiter : str
        What parts the fields of a line that are not quoted; empty for cells.
    """
    general = resolution.match is not None and resolution.match.format.general
    if resolution.rows != "product" or not general or "quantity" not in resolution.positions:
        return _Beside(resolution)
    free = [at for at, header in enumerate(resolution.headers) if header in resolution.unused]
    free = [at for at in free if not _is_explained(resolution.headers[at])]
    if not free:
        return _Beside(resolution)
    lines = _lines(connection, delimiter)
    found = [column for at in free if (column := _column(resolution.headers[at], at, lines))]
    asked = [column for column in found if column.may_be_total and options.format is None]
    told = [column for column in found if not column.may_be_total]
    notes = tuple(Warning_("money_beside", _told(where, column), 0) for column in told)
    if not asked:
        return _Beside(resolution, notes)
    return _Beside(replace(resolution, questions=(*resolution.questions, _question(asked))), notes)


def _is_explained(header: str) -> bool:
    word = fold(header)
    return (
        word in _EXPLAINED_WORDS
        or "%" in header
        or _EXPLAINED.search(word) is not None
        or _ENDS_AS_ID.search(header) is not None
    )


def _lines(connection: duckdb.DuckDBPyConnection, delimiter: str) -> list[_Line]:
    rows = connection.execute(
        "SELECT file_row, line, quantity, amount FROM text_rows WHERE NOT wrong_columns AND line IS NOT NULL"
        " ORDER BY record"
    ).fetchall()
    lines = []
    for row, line, quantity, price in rows:
        pieces, each = _value(quantity or ""), _value(price or "")
        if pieces is not None and each is not None:
            fields = line.split(SEPARATOR if SEPARATOR in line else delimiter or SEPARATOR)
            lines.append(_Line(row, fields, quantity, price, pieces * each))
    return lines


def _column(header: str, at: int, lines: Sequence[_Line]) -> _Column | None:
    """Judge a column: nothing where it is no money, or is quantity x price on every row."""
    texts = [(line, line.fields[at].strip(SPACES)) for line in lines if at < len(line.fields)]
    filled = [(line, text) for line, text in texts if text]
    read = [(line, text, value) for line, text in filled if (value := _value(text)) is not None]
    if not read or len(read) < _NEARLY_ALL * len(filled):
        return None
    off = [(line, text) for line, text, value in read if abs(value - line.product) > _ROUNDED]
    if not off:
        return None
    word = fold(header)
    by_word = _TOTAL.search(word) is not None
    fractions = any(re.search(r"[.,]\d{1,2}$", text) for _, text, _ in read)
    shares = [abs(value / line.product) for line, _, value in read if line.product]
    near = sum(_LEAST <= share <= _LARGEST for share in shares) >= _MOST * len(shares) > 0
    same = len(read) - len(off) >= _SOME * len(read)
    may_be_total = by_word or (near and (fractions or same) and _PRICE.search(word) is None)
    if not may_be_total and not fractions:
        return None
    return _Column(header, may_be_total, *off[0])


def _value(text: str) -> float | None:
    """Return a number as it is mostly written: its last mark is the decimal one, but before three digits.

    Examples
    --------
    >>> _value("1 234,50 kr"), _value("1.234,50"), _value("80"), _value("1.234"), _value("x1")
    (1234.5, 1234.5, 80.0, 1234.0, None)
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    bare = re.sub(r"[\s'\xa0\u202f]", "", found[1]).replace("\u2212", "-").rstrip(".,")
    mark = re.search(r"[.,](?=(?:\d{1,2}|\d{4,})$)", bare)
    whole, fraction = (bare[: mark.start()], bare[mark.end() :]) if mark else (bare, "0")
    return float(f"{re.sub('[.,]', '', whole) or 0}.{fraction}")


def _question(columns: Sequence[_Column]) -> Question:
    first = columns[0]
    ways = " or ".join(f'--column amount="{column.header}"' for column in columns)
    listed = " and ".join(f'"{column.header}"' for column in columns)
    text = (
        f"the amount of a row may be quantity x price, or stand in {listed}: row {first.line.row} has"
        f' {first.line.quantity} x {first.line.price} and "{first.header}" {first.text}. Say whether such a column is'
        f" the amount: {ways}, or quantity x price is: --format order-lines."
    )
    answers = [Answer("column", f"amount={column.header}") for column in columns]
    return Question(text, (*answers, Answer("format", "order-lines")))


def _told(where: str, column: _Column) -> Said:
    return say(
        '{where}: the column "{header}" holds numbers that are not used: the amount of row {row} is {quantity} x'
        ' {price}, and "{header}" is {text}. If that is the amount: --column amount="{header}".',
        where=where,
        header=column.header,
        row=figured(column.line.row, 0),
        quantity=column.line.quantity,
        price=column.line.price,
        text=column.text,
    )
