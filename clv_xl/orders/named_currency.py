"""Which currency a row is in by its own cells, and rows whose cells name two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.orders.numbers import CURRENCY_WORDS
from clv_xl.orders.row_currency import header_currency
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from clv_xl.orders.read import ReadSource

__all__ = ["RowCurrency", "currencies_told", "row_currency"]

_CELLS: Final = ("amount", "refunded", "cost", "tax", "shipping")
_IN_ITS_CURRENCY: Final = ("amount", "other_amount")
_SIGNS: Final = {"KR.": "KR", "US$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "ZŁ": "PLN", "KČ": "CZK"}
_WORDS: Final = {
    "KRONOR": "KR", "KRONER": "KR", "KRONA": "KR", "KRONE": "KR", "SVENSKA KRONOR": "SEK", "NORSKE KRONER": "NOK",
    "DANSKE KRONER": "DKK", "EURO": "EUR", "EUROS": "EUR", "POUND": "GBP", "POUNDS": "GBP", "$": "USD",
}  # fmt: skip
_MAY_BE: Final = {
    "KR": ("KR", "SEK", "NOK", "DKK", "ISK"),
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "CLP", "ARS", "COP"),
}
"""Signs of several currencies -> which these are; alone, a dollar is that of the United States."""


class RowCurrency(NamedTuple):
    """SQL over ``text_rows``: columns with the signs that cells have, and what is made of them.

    ``code`` is the currency of a row, and ``differs`` the cell that contradicts it, in words; NULL where none does.
    """

    signs: str
    code: str
    differs: str


def row_currency(connection: duckdb.DuckDBPyConnection, source: ReadSource) -> RowCurrency:
    """Give SQL for the currency that each row of ``text_rows`` is in.

    A column of currencies goes first, then what the amount itself names, its header, and the other cells with money.
    A cell that names another currency than that contradicts it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    source : ReadSource
        How its texts are to be understood.
    """
    found = _signs(connection, source)
    signs = {name: f"{name}_sign" for name in found}
    own = _code_sql(signs["amount"]) if "amount" in signs else ""
    by_header = header_currency(source.header("amount"))
    told = [
        _column_sql(connection) if "currency" in source.resolution.positions else "",
        own,
        f"'{by_header}'" if by_header else "",
        *(_code_sql(sign) for name, sign in signs.items() if name not in {"amount", "other_amount"}),
    ]
    parts = [part for part in told if part]
    code = f"coalesce({', '.join(parts)}, NULL)" if parts else "CAST(NULL AS VARCHAR)"
    if told[0] and own:
        # the crowns of a cell may name their country, where the column does not
        crowns = ", ".join(f"'{word}'" for word in _MAY_BE["KR"])
        code = f"CASE WHEN {told[0]} = 'KR' AND {own} IN ({crowns}) THEN {own} ELSE {code} END"
    column = source.file.columns.get("currency", "").replace("'", "''")
    beside = f"(' || {code} || ')'"
    if told[0]:
        by_column = f"'\"{column}\": \"' || currency || '\"'"
        beside = f"' || coalesce({by_column}, '(' || {code} || ')')"
    differing = [
        f"WHEN NOT coalesce({_agrees_sql(sign, _of_refund(signs, code) if name == 'refunded' else code)}, true)"
        f" THEN {_shown(source, name)} || ', {beside}"
        for name, sign in signs.items()
        if name != "other_amount" and (name != "amount" or told[0])
    ]
    if told[0] and by_header:
        total = source.header("amount").replace("'", "''")
        or_crowns = ", 'KR'" if by_header in _MAY_BE["KR"] else ""
        differing.append(
            f"WHEN {code} NOT IN ('{by_header}'{or_crowns}) THEN '\"{total}\": {by_header}' || ', {beside}"
        )
    cases = " ".join(differing)
    return RowCurrency(
        "".join(f", {sign} AS {name}_sign" for name, sign in found.items()),
        code,
        f"CASE {cases} END" if cases else "CAST(NULL AS VARCHAR)",
    )


def _signs(connection: duckdb.DuckDBPyConnection, source: ReadSource) -> dict[str, str]:
    """Return SQL for the currency words of the cells that have some: most tables have none, and need no pattern."""
    counted = {*source.resolution.positions, *source.meaning.without}
    cells: list[str] = [
        name for name in _CELLS if name in source.marks and name in counted and name not in source.exact
    ]
    if _in_other(source):
        cells.append("other_amount")
    # a text without a currency is its own number text
    word = "upper(regexp_extract({0}, '(?i)" + CURRENCY_WORDS + "'))"
    # nothing, refunded or of costs, is of no currency
    worth = {name: f" AND regexp_matches({name}, '[1-9]')" for name in cells if name not in _IN_ITS_CURRENCY}
    found = {
        name: f"CASE WHEN {name} <> {name}_body{worth.get(name, '')} THEN nullif({word.format(name)}, '') END"
        for name in cells
    }
    if not found:
        return {}
    has = ", ".join(f"bool_or(({sign}) IS NOT NULL)" for sign in found.values())
    row = connection.execute(f"SELECT {has} FROM text_rows").fetchone() or ()  # noqa: S608  (our own names)
    return {name: sign for (name, sign), seen in zip(found.items(), row, strict=True) if seen}


def _in_other(source: ReadSource) -> bool:
    format_ = source.meaning.format
    return format_ is not None and format_.refunded_in_other and "other_amount" in source.marks


def _of_refund(signs: dict[str, str], code: str) -> str:
    """Return SQL for the currency that a refunded amount must be in."""
    return f"coalesce({_code_sql(signs['other_amount'])}, {code})" if "other_amount" in signs else code


def _code_sql(sign: str) -> str:
    cases = " ".join(f"WHEN '{text}' THEN '{code}'" for text, code in {**_SIGNS, "$": "USD"}.items())
    return f"(CASE {sign} {cases} ELSE {sign} END)"


def _column_sql(connection: duckdb.DuckDBPyConnection) -> str:
    """Return SQL for the code that a column of currencies names, also by its sign or its word."""
    plain = "rtrim(upper(currency), '.')"
    named = _SIGNS | _WORDS
    texts = connection.execute(
        "SELECT DISTINCT currency FROM text_rows WHERE currency IS NOT NULL"
    ).fetchall()
    codes = sorted({text.upper().rstrip(".") for (text,) in texts})
    cases = " ".join(f"WHEN '{text}' THEN '{named[text]}'" for text in codes if text in named)
    return f"(CASE {plain} {cases} ELSE {plain} END)" if cases else plain


def _agrees_sql(sign: str, code: str) -> str:
    cases = " ".join(
        f"WHEN {sign} IN ('{word}', '{word}.') THEN {code} IN ({', '.join(repr(one) for one in codes)})"
        for word, codes in _MAY_BE.items()
    )
    crowns = ", ".join(f"'{word}'" for word in _MAY_BE["KR"])
    exact = f"{_code_sql(sign)} = {code} OR ({code} = 'KR' AND {sign} IN ({crowns}))"
    return f"CASE WHEN {sign} IS NULL THEN true {cases} ELSE {exact} END"


def _shown(source: ReadSource, name: str) -> str:
    places = {role: at[0] for role, at in source.resolution.extra.items()} | source.resolution.positions
    header = source.resolution.headers[places[name]].replace("'", "''")
    return f"'\"{header}\": \"' || {name} || '\"'"


def currencies_told(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[ReadSource]
) -> Iterator[Warning_]:
    """Tell of the rows of ``parsed`` that name two currencies.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    sources : Sequence[ReadSource]
        The files, in order.
    """
    for number, source in enumerate(sources, start=1):
        rows, row, text = connection.execute(
            "SELECT count(*), min(file_row), min_by(differs, file_row) FROM parsed"
            " WHERE apart = 'currency_differs' AND file_number = $number",
            {"number": number},
        ).fetchone() or (0, 0, "")
        if not rows:
            continue
        column = source.file.columns.get("currency")
        words = counted(
            rows,
            "{where}: {number} row names two currencies, row {row}: {text}. It is set aside. Correct the cells.",
            "{where}: {number} rows name two currencies, first row {row}: {text}. They are set aside. Correct the"
            " cells.",
            where=source.where,
            row=figured(row, 0),
            text=text,
        )
        if column:
            words += say(" If the column is of something else: --column currency=-.")
        yield Warning_("currency_differs", words, rows)
