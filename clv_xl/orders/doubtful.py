"""Columns that may mean something else than they are taken for, or more than nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clv_xl.orders.account import Warning_
from clv_xl.orders.discounts import is_discount
from clv_xl.orders.flag_words import RETURN_DATES
from clv_xl.orders.header_words import TIERS, fold
from clv_xl.said import figured, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource
    from clv_xl.said import Said

__all__ = ["one_order_each", "unused_but_telling"]

_ROWS_OF_NO_RETURN: Final = 30
_LOOKED_AT_FIRST: Final = 10_000
_STEMS: Final = {
    "refunds": re.compile(
        r"refund|refus|aterbetal|aterkop|retur|tilbakebetal|tilbagebetal|kredit|credit|palaut|hyvit|rembours|erstatt"
    ),
    "cancellations": re.compile(
        r"makuler|annul|kan[sc]el|cancel|avbestall|avbestil|afbestil|avbok|storn|void"
    ),
}
_PIECES: Final = re.compile(r"antal|quantity|qty|pieces|items|kpl|stk|kappale|lukumaara|styck")
_DISCOUNT: Final = re.compile(r"rabatt|rabat|discount|alennus|remise|nachlass")
_NO_DISCOUNT: Final = re.compile(r"kod|code|kupong|coupon|namn|navn|name|kampanj|kampanje|type|typ$|title")
# cards, limits and terms of payment, and words that only explain
_HARMLESS: Final = re.compile(
    r"card|kort|limit|grans|grense|graense|dagar|dager|dage|days|terms|villkor|vilkar|orsak|arsag|arsak|reason|policy"
    r"|address|adress|url|lank|lenke|rating|note$|avoid"
)


def one_order_each(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> Iterator[Warning_]:
    """Doubt a customer column in which nobody comes back: it may be the number of the order.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``judged`` is.
    columns : Mapping[str, str]
        The canonical columns that some file has.
    """
    # among the first rows most shops have somebody who came back
    returned = connection.execute(f"""
        SELECT 1 FROM (SELECT customer_id FROM judged WHERE reason IS NULL AND amount >= 0 LIMIT {_LOOKED_AT_FIRST})
        GROUP BY customer_id HAVING count(*) > 1 LIMIT 1
    """).fetchone()  # noqa: S608  (a number of ours)
    if returned:
        return
    rows, customers = connection.execute(
        "SELECT count(*), count(DISTINCT customer_id) FROM judged WHERE reason IS NULL AND amount >= 0"
    ).fetchone() or (0, 0)
    if rows == customers >= _ROWS_OF_NO_RETURN:
        text = say(
            'Each of the {number} customers has exactly one order: "{header}" may be the number of the order, not of'
            " the customer. If so, name the column that tells who bought: --column"
            ' customer_id="the header in your file".',
            number=figured(rows, 0),
            header=columns["customer_id"],
        )
        yield Warning_("one_order_each", text, rows)


def unused_but_telling(sources: Sequence[ReadSource]) -> Iterator[Warning_]:
    """Tell of columns that are not used, but look as if they told of refunds or cancellations.

    Parameters
    ----------
    sources : Sequence of ReadSource
        The files; of a known export it is known what its columns are.
    """
    for source in sources:
        if source.meaning.format is not None and not source.meaning.format.general:
            continue
        for header in source.file.unused_columns:
            what = _looks_like(header, of_lines=source.meaning.rows == "product")
            if not what or any(f'"{header}"' in note.text for note in source.notes):
                continue
            text = _told(what, source.where, header)
            yield Warning_("unused_but_telling", text, source.file.rows)


def _looks_like(header: str, *, of_lines: bool) -> str:
    """Return what a header that is not used looks like: what :func:`_told` tells; empty for nothing that counts."""
    word = fold(header)
    if of_lines and _DISCOUNT.search(word) and not _NO_DISCOUNT.search(word):
        return "" if is_discount(header) or "%" in header else "discounts"
    # a known header is unused only where the user, or a note, says so
    if _HARMLESS.search(word) or word in RETURN_DATES or any(word in tier for tier in TIERS["refunded"]):
        return ""
    what = next((what for what, stem in _STEMS.items() if stem.search(word)), "")
    return "pieces" if what == "refunds" and _PIECES.search(word) else what


def _told(what: str, where: str, header: str) -> Said:
    values = {"where": where, "header": header}
    return {
        "refunds": say(
            '{where}: the column "{header}" is not used, but looks like refunds. If it holds the refunded'
            ' amounts: --column refunded="{header}".',
            **values,
        ),
        "cancellations": say(
            '{where}: the column "{header}" is not used, but looks like cancellations. If it says whether an'
            ' order was cancelled: --column status="{header}".',
            **values,
        ),
        "pieces": say(
            '{where}: the column "{header}" is not used, but looks like pieces that came back: they count as sold.'
            " Export the refunded amounts too (--column refunded=HEADER), or write returns as rows with a quantity"
            " below 0.",
            **values,
        ),
        "discounts": say(
            '{where}: the column "{header}" is not used, but looks like a discount, which is not taken off quantity x'
            ' price. If it is money off the whole row: --column discount_amount="{header}"; in percent: --column'
            ' discount_percent="{header}".',
            **values,
        ),
    }[what]
