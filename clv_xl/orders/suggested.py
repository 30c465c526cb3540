"""Which columns look like orders by what stands in them, where no header says it."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from clv_xl.orders.column_words import closest
from clv_xl.orders.formats.recognise import Headers, almost
from clv_xl.orders.header_kinds import (
    is_count,
    is_customer,
    is_key,
    is_money,
    is_part_of_name,
    is_price,
)
from clv_xl.orders.kinds.given import NotOrders
from clv_xl.orders.kinds.typed_text import texts_sql
from clv_xl.orders.month_words import MONTHS
from clv_xl.orders.said import Answer, Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from clv_xl.orders.columns import Resolution

__all__ = ["first_cells", "not_orders", "suggested"]

_LOOKED_AT: Final = 200
_MOST: Final = 0.9
_SAMPLES: Final = 2
_LONGEST: Final = 40
_DATE: Final = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.] ?\d{1,2}[-/.] ?(?:\d{4}|\d{2}))(?:[ T,].*)?"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
)
_NAMED_DATE: Final = re.compile(rf"(?=.*\d).*\b(?:{'|'.join(map(re.escape, MONTHS))})\b.*", re.IGNORECASE)
_MONEY: Final = r"[A-Z]{3}|kr\.?|[$\u20ac\u00a3]"
_NUMBER: Final = re.compile(
    rf"[-+(\u2212]?\s*(?:{_MONEY})?\s*[-+\u2212]?(?:0|[1-9]\d*|[1-9]\d{{0,2}}(?:[ .,'\xa0\u202f]\d{{3}})+)"
    rf"(?:[.,]\d{{1,9}})?\s*(?:{_MONEY}|:-)?\)?"
)
_FRACTION: Final = re.compile(r"\d[.,]\d{1,2}\b(?![.,\d])")
_CODE: Final = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[\w.-]+")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def first_cells(
    connection: duckdb.DuckDBPyConnection, header_record: int, types: Sequence[str] = ()
) -> list[tuple[str | None, ...]]:
    """Return the first rows of the table ``sheet_cells`` below its header, no more than 1,000 columns of them.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    header_record : int
        Of the header.
    types : Sequence of str
        Of columns that are no texts, see :func:`~clv_xl.orders.kinds.typed_text.handed_over`.
    """
    # sorted here: in DuckDB that takes seconds where a sheet has thousands of columns
    found = connection.execute(
        f"SELECT record, COLUMNS('^c[0-9]{{1,3}}$') FROM {texts_sql('sheet_cells', types)} WHERE record IN"  # noqa: S608
        f" (SELECT record FROM sheet_cells WHERE record > {header_record} ORDER BY record LIMIT {_LOOKED_AT})"
    ).fetchall()
    return [tuple(texts) for _, *texts in sorted(found, key=itemgetter(0))]


def not_orders(
    where: str, problem: str, resolution: Resolution, rows: Sequence[Sequence[str | None]]
) -> NotOrders:
    """Return the error of a file whose columns cannot be used, with what stands in them as a way out.

    Parameters
    ----------
    where, problem : str
        The file, and what is wrong.
    resolution : Resolution
        Of its headers.
    rows : sequence of sequence of str or None
        The first rows below.
    """
    # an export that lacks one column is to be exported anew: what is left of it would give wrong amounts
    hint, ways_out = "", resolution.ways_out
    if rows and not almost(Headers(resolution.headers)):
        hint, ways_out = suggested(resolution.ways_out, resolution.headers, rows[:_LOOKED_AT])
    error = NotOrders(f"{where}: {problem}{hint}", *ways_out)
    error.headers = resolution.headers
    return error


def suggested(
    ways_out: Sequence[Question], headers: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> tuple[str, tuple[Question, ...]]:
    """Return a sentence with options to paste, and the questions with what fits first; blank where nothing fits.

    Parameters
    ----------
    ways_out : sequence of Question
        Which column each missing one may be.
    headers : sequence of str
        Of the file.
    rows : sequence of sequence of str or None
        The first rows below.

    Examples
    --------
    >>> asked = [Question("Which?", (Answer("column", "amount=Hva"), Answer("column", "amount=Kr")))]
    >>> suggested(asked, ["Hva", "Kr"], [["ost", "12,50"], ["brod", "7,00"]])[0]
    ' What stands in the columns suggests: --column amount="Kr" ("Kr": 12,50 and 7,00).'
    """
    open_to: dict[str, list[str]] = {}
    for question in ways_out:
        for answer in question.answers:
            if answer.option == "column" and not answer.more:
                name, _, header = answer.value.partition("=")
                open_to.setdefault(name, []).append(header)
    columns = {
        header: [text for row in rows if at < len(row) and (text := (row[at] or "").strip())]
        for at, header in enumerate(headers)
    }
    chosen = _chosen(open_to, columns)
    pieces = _of_pieces(headers) if "amount" in open_to and "amount" not in chosen else ""
    # any text may be a customer: alone it says nothing
    if not chosen or (set(chosen) == {"customer_id"} and len(open_to) > 1):
        return pieces, tuple(ways_out)
    options = " ".join(Answer("column", f"{name}={header}").words for name, header in chosen.items())
    shown = "; ".join(f'"{header}": {_shown(columns[header])}' for header in chosen.values())
    first = {f"{name}={header}" for name, header in chosen.items()}
    sorted_ways = tuple(
        Question(question.text, tuple(sorted(question.answers, key=lambda one: one.value not in first)))
        for question in ways_out
    )
    return f" What stands in the columns suggests: {options} ({shown}).{pieces}", sorted_ways


def _of_pieces(headers: Sequence[str]) -> str:
    """Say how the price of one piece becomes an amount, where several columns may count the pieces."""
    price = next(filter(is_price, headers), "")
    counts = [header for header in headers if is_count(header)]
    if not price or not counts:
        return ""
    ways = " or ".join(Answer("column", f"quantity={header}").words for header in counts)
    return f' "{price}" may be the price of one piece. To read quantity x price, say which the quantity is: {ways}.'


def _chosen(open_to: Mapping[str, Sequence[str]], columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the best column for each role, no column for two: what is told apart best is chosen first.

    A header that is nearly a word for the role is asked about beside: another one is never suggested then.
    """
    chosen: dict[str, str] = {}
    told = {header for header, texts in columns.items() if len(texts) > 1}  # one value is no evidence
    counted = any(map(is_count, columns))
    for name, score in (("order_date", _as_date), ("amount", _as_amount), ("customer_id", _as_customer)):
        close = closest(name, open_to.get(name, ()))
        fitting = [close] if close else open_to.get(name, ())
        free = [header for header in fitting if header in told - {*chosen.values()}]
        if name == "amount" and counted:  # the price of one piece: to add it up would be wrong
            free = [header for header in free if not is_price(header)]
        scores = {header: score(header, columns.get(header, ())) for header in free}
        best = max(scores.values(), default=0)
        if best > 0:
            chosen[name] = next(header for header in free if scores[header] == best)
    # without a day there are no orders, whatever else a table has
    if "order_date" in open_to and "order_date" not in chosen:
        return {}
    return {name: chosen[name] for name in open_to if name in chosen}


def _share(texts: Sequence[str], *patterns: re.Pattern[str]) -> float:
    fitting = sum(any(pattern.fullmatch(text) for pattern in patterns) for text in texts)
    return fitting / len(texts) if texts else 0.0


def _as_date(header: str, texts: Sequence[str]) -> float:
    return float(not is_count(header) and _share(texts, _DATE, _NAMED_DATE) >= _MOST)


def _as_amount(header: str, texts: Sequence[str]) -> float:
    """Tell amounts: numbers whose header says money, or with fractions; never what counts or numbers things."""
    if _share(texts, _NUMBER) < _MOST or _share(texts, _DATE, _NAMED_DATE) >= _MOST:
        return 0.0
    by_word = is_money(header)
    fractions = sum(_FRACTION.search(text) is not None for text in texts) / len(texts)
    # whole numbers below a header that says nothing may be ids, counts or years
    if not by_word and (not fractions or is_key(header) or is_count(header)):
        return 0.0
    return 1 + 2 * by_word + fractions + len(set(texts)) / (100 * len(texts))


def _as_customer(header: str, texts: Sequence[str]) -> float:
    """Tell customers: addresses, or what comes again below a header for people, or is written as their ids are."""
    several = len(set(texts))
    if not texts or _share(texts, _DATE, _NAMED_DATE) >= _MOST:
        return 0.0
    if _share(texts, _EMAIL) >= _MOST:
        return 2.0
    if is_part_of_name(header) or is_count(header) or is_money(header) or not 1 < several < len(texts):
        return 0.0
    if _share(texts, re.compile(rf".{{1,{_LONGEST}}}")) < _MOST or any(map(_FRACTION.search, texts)):
        return 0.0
    by_word = is_customer(header)
    if not by_word and (is_key(header) or _share(texts, _CODE) < _MOST):
        return 0.0
    return by_word + several / len(texts)


def _shown(texts: Sequence[str]) -> str:
    kept = list(dict.fromkeys(texts))[:_SAMPLES]
    return " and ".join(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..." for text in kept)
