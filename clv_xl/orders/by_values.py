"""Columns that no header names, found by what stands in them: currencies, and statuses of orders."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.column_words import first_taken
from clv_xl.orders.flag_words import BARE_CREDITS
from clv_xl.orders.header_words import TIERS, fold
from clv_xl.orders.row_currency import code_of, header_currency
from clv_xl.orders.status_words import meaning_of, plain_status
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.said import Said

__all__ = ["with_found"]

_LOOKED_AT: Final = 1000
_MOST_COLUMNS: Final = 100
_FEW: Final = 30
_NEARLY_ALL: Final = 0.9
_COMMON_TEXT: Final = "KR SEK NOK DKK ISK EUR USD GBP CHF PLN CAD AUD JPY CNY INR CZK HUF"
_COMMON: Final = frozenset(_COMMON_TEXT.split())
_SIGNS: Final = frozenset(("ZŁ", "KČ", "₹", "EURO", "KRONOR", "KRONER"))
# ISO 4217, but for codes of funds, of metals, and of no currency
_ISO: Final = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES
    VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
"""
_CODES: Final = frozenset(_ISO.split())
_UNDONE: Final = frozenset(("cancelled", "refunded"))
_TELLING: Final = _UNDONE | {"not completed", "partly refunded", "credit note", "test"}
_LIKE_A_STATUS: Final = re.compile(r"status|til+stan|(?:order|ordre)(?:lage|fase)|^fase$|^lage$")
# what only explains, or is said of something else than the order
_OF_ELSE: Final = re.compile(
    r"orsak|arsag|arsak|reason|kommentar|comment|note|anmark|anmerk|bemark|bemaerk|memo"
)

_OF_SENDING: Final = re.compile(
    r"ful+fil|deliver|shipp|shipment|lever|frakt|fragt|skick|utskick|forsend|toimit"
)


class _Column(NamedTuple):
    """A column that nothing took, its values in the first rows, and SQL for its trimmed texts."""

    at: int
    header: str
    texts: list[str]
    sql: str


def with_found(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    wanted: Mapping[str, str],
    judged: str,
    text_at: Callable[[int], str],
) -> Resolution:
    """Return the columns with a currency and a status that are found by their values, and what to tell of them.

    A column of currencies is taken; of several the one that belongs to the amount. A status is taken where no other is
    there and all its texts are known; where some are not, or another column is the status, it is told.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the rows are.
    resolution : Resolution
        The columns as their headers tell.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it: what is named there is left.
    judged : str
        SQL for the rows, as in :class:`~clv_xl.orders.row_texts.Fields`.
    text_at : Callable
        From the number of a column to SQL for its texts.
    """
    match = resolution.match
    if match is not None and not (match.format.general or match.format.by_words):
        return resolution
    columns = _unused(connection, resolution, judged, text_at)
    if not columns:
        return resolution
    status = columns
    if "currency" not in wanted:
        currencies = [column for column in columns if _are_currencies(column.texts)]
        resolution = _with_currency(connection, resolution, currencies, judged, text_at)
        status = [column for column in columns if column not in currencies]
    if "status" in wanted:
        return resolution
    for column in status:
        resolution = _with_status(connection, resolution, column, judged, text_at)
    return resolution


def _unused(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    judged: str,
    text_at: Callable[[int], str],
) -> list[_Column]:
    """Return the columns that nothing took and that have few values in the first rows."""
    taken = {*resolution.positions.values(), *(at for places in resolution.extra.values() for at in places)}
    free = [at for at, name in enumerate(resolution.headers) if name and at not in taken][:_MOST_COLUMNS]
    if not free:
        return []
    listed = ", ".join(f"{_trimmed(text_at(at))} AS v{at}" for at in free)
    rows = connection.execute(
        f"SELECT {listed} FROM ({judged}) AS rows WHERE record IS NOT NULL LIMIT {_LOOKED_AT}"  # noqa: S608  (our own SQL)
    ).fetchall()
    found = []
    for at, texts in zip(free, zip(*rows, strict=True), strict=False):
        filled = [text for text in texts if text]
        if filled and len(set(filled)) <= _FEW:
            found.append(_Column(at, resolution.headers[at], filled, _trimmed(text_at(at))))
    return found


def _trimmed(sql: str) -> str:
    return f"nullif(trim({sql}), '')"


def _code(text: str) -> str:
    code = code_of(text)
    return code if code in _CODES or code in _COMMON or code in _SIGNS else ""


def _are_currencies(texts: Sequence[str]) -> bool:
    """Tell currencies from other short words: nearly all are codes or signs, and some that shops have are among them.

    Examples
    --------
    >>> _are_currencies(["SEK", "eur", "€"]), _are_currencies(["ALL", "TOP"]), _are_currencies(["SE", "NO"])
    (True, False, False)
    """
    codes = [_code(text) for text in texts]
    return sum(map(bool, codes)) >= _NEARLY_ALL * len(texts) and any(code in _COMMON for code in codes)


def _first_word(header: str) -> str:
    return next(iter(re.findall(r"[^\W_]+", header.casefold())), "")


def _with_currency(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    found: Sequence[_Column],
    judged: str,
    text_at: Callable[[int], str],
) -> Resolution:
    """Take the column of currencies that belongs to the amount, and tell of others that differ from it."""
    if not found or "amount" not in resolution.positions:
        return resolution
    amount_at = resolution.positions["amount"]
    amount = resolution.headers[amount_at]
    left_out = frozenset().union(*TIERS["currency"])
    known = resolution.positions.get("currency")
    if known is None and any(fold(column.header) in left_out for column in found):
        return resolution  # left out on purpose, which is told
    if known is None and (own := header_currency(amount)):
        return _of_other_amount(resolution, found, amount, own)
    beside = [column for column in found if _first_word(column.header) == _first_word(amount)]
    named = known is not None and _first_word(resolution.headers[known]) == _first_word(amount)
    chosen = known
    if known is None or (beside and not named):
        chosen = min(beside or found, key=lambda column: abs(column.at - amount_at)).at
    if chosen is None:
        return resolution
    others = [at for at in (*(column.at for column in found), known) if at is not None and at != chosen]
    texts = _trimmed(text_at(chosen))
    differing = [
        at
        for at in dict.fromkeys(others)
        if _any(connection, judged, f"upper({_trimmed(text_at(at))}) <> upper({texts})")
    ]
    header = resolution.headers[chosen]
    notes: list[Said] = []
    if differing:
        notes.append(first_taken("currency", [header, *(resolution.headers[at] for at in differing)]))
    elif known is None:
        notes.append(_read_as(connection, judged, "currency", header, texts, f"{texts} IS NOT NULL"))
    return replace(
        resolution,
        positions={**resolution.positions, "currency": chosen},
        notes=(*resolution.notes, *notes),
    )


def _of_other_amount(resolution: Resolution, found: Sequence[_Column], amount: str, own: str) -> Resolution:
    """Tell of currencies beside an amount whose header names another one."""
    crowns = {"KR"} if own in {"SEK", "NOK", "DKK", "ISK"} else set()
    notes = tuple(
        say(
            'The amounts of "{amount}" are in {code}, as the header says: "{currency}" is the currency of the amounts'
            ' beside it, and is not used. To use it: --column currency="{currency}".',
            amount=amount,
            code=own,
            currency=column.header,
        )
        for column in found
        if {_code(text) for text in column.texts} - {own, ""} - crowns
    )
    return replace(resolution, notes=(*resolution.notes, *notes))


def _with_status(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    column: _Column,
    judged: str,
    text_at: Callable[[int], str],
) -> Resolution:
    """Take a column of statuses where nothing else is the status and its texts are known; else tell of it."""
    if all(meaning_of(text) == "unknown" for text in set(column.texts)):
        return resolution
    texts = [
        text
        for (text,) in connection.execute(
            f"SELECT DISTINCT {column.sql} AS text FROM ({judged}) AS rows WHERE {column.sql} IS NOT NULL"  # noqa: S608
            f" ORDER BY text LIMIT {_FEW + 1}"
        ).fetchall()
    ]
    means = {text: "unknown" if plain_status(text) in BARE_CREDITS else meaning_of(text) for text in texts}
    undone = [text for text, meaning in means.items() if meaning in _UNDONE]
    telling = [text for text, meaning in means.items() if meaning in _TELLING]
    if len(texts) > _FEW or not telling:
        return resolution
    if "status" not in resolution.positions and _is_status(column.header, means.values()):
        note = _read_as(connection, judged, "status", column.header, column.sql, _among(column.sql, telling))
        return replace(
            resolution,
            positions={**resolution.positions, "status": column.at},
            notes=(*resolution.notes, note),
        )
    if not undone:
        return resolution
    counts = _among(column.sql, undone)
    if "status" in resolution.positions:
        own = _trimmed(text_at(resolution.positions["status"]))
        counts += f" AND ({own} IS NULL OR NOT {_among(own, _not_sold(connection, judged, own))})"
    rows, row, text = _where(connection, judged, column.sql, counts)
    if not rows:
        return resolution
    told = counted(
        rows,
        'The column "{header}" is not used, but says in {number} row that an order was cancelled or refunded: row {row}'
        ' ("{text}"). If it says what became of each order: --column status="{header}".',
        'The column "{header}" is not used, but says in {number} rows that orders were cancelled or refunded, the first'
        ' is row {row} ("{text}"). If it says what became of each order: --column status="{header}".',
        header=column.header,
        row=figured(row, 0),
        text=text,
    )
    return replace(resolution, notes=(*resolution.notes, told))


def _is_status(header: str, meanings: Iterable[str]) -> bool:
    """Tell whether a column says what became of each order: by its header, or as it has nothing but known words."""
    found = {*meanings}
    if _LIKE_A_STATUS.search(fold(header)):
        return True
    if _OF_ELSE.search(fold(header)) or "unknown" in found:
        return False
    # what is not sent yet is sold all the same
    return "completed" in found and (bool(found & _UNDONE) or not _OF_SENDING.search(fold(header)))


def _not_sold(connection: duckdb.DuckDBPyConnection, judged: str, sql: str) -> list[str]:
    """Return the texts of the status that set a row aside, or undo it, already."""
    statement = f"SELECT DISTINCT {sql} FROM ({judged}) AS rows WHERE {sql} IS NOT NULL"  # noqa: S608
    found = connection.execute(statement).fetchall()
    return sorted(text for (text,) in found if meaning_of(text) in _TELLING)


def _among(sql: str, texts: Sequence[str]) -> str:
    listed = ", ".join("'" + text.replace("'", "''") + "'" for text in texts) or "NULL"
    return f"coalesce({sql} IN ({listed}), false)"


def _any(connection: duckdb.DuckDBPyConnection, judged: str, condition: str) -> bool:
    found = connection.execute(f"SELECT 1 FROM ({judged}) AS rows WHERE {condition} LIMIT 1")  # noqa: S608
    return found.fetchone() is not None


def _where(
    connection: duckdb.DuckDBPyConnection, judged: str, sql: str, condition: str
) -> tuple[int, int, str]:
    """Return how many rows there are, and the first of them with its text."""
    return connection.execute(
        f"SELECT count(*), min(file_row), min_by({sql}, record) FROM ({judged}) AS rows WHERE {condition}"  # noqa: S608
    ).fetchone() or (0, 0, "")


def _read_as(
    connection: duckdb.DuckDBPyConnection, judged: str, name: str, header: str, sql: str, condition: str
) -> Said:
    _, row, text = _where(connection, judged, sql, condition)
    return say(
        '"{header}" is read as {column} by what stands in it, such as "{text}" in row {row}. If it is something else:'
        " --column {column}=-.",
        header=header,
        column=name,
        text=text,
        row=figured(row, 0),
    )
