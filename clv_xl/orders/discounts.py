"""Discounts beside quantity and price: in percent or in money, as header and texts tell, or as the user says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from clv_xl.errors import UsageError
from clv_xl.orders.account import Warning_
from clv_xl.orders.exact import product_sql
from clv_xl.orders.header_words import DISCOUNT_NAMES, fold
from clv_xl.orders.numbers import value_sql
from clv_xl.orders.said import Answer, Question, Saved
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from clv_xl.orders.columns import Resolution
    from clv_xl.orders.options import ReadOptions

__all__ = ["DiscountIn", "Discounts", "discount_column", "discounts", "is_discount", "refuse_discount"]

DiscountIn = Literal["", "percent", "share", "money"]
"""What a discount is written in: nothing is taken off; percent; a share of 1; money off the whole row."""

_BARE: Final = frozenset(
    (
        "rabatt", "rabatter", "rabat", "rabatten", "alennus", "ale", "discount", "discounts", "remise", "nachlass",
        "kundrabatt", "kunderabatt", "artikelrabatt", "varerabatt", "produktrabatt",
    )
)  # fmt: skip
_OF_THE_LINE: Final = re.compile(
    r"^(?:rad|ordrerad|orderrad|linje|ordrelinje|line|lineitem|item|product|zeilen|positions|rivi)(?=.)"
)
_PERCENT: Final = re.compile(
    r"percentage|percent|procentsats|procent|prosentsats|prosent|prozent|prosentti|pourcentage|pct|proc|sats|satz|rate"
)
_MONEY: Final = re.compile(
    r"belopp|beloep|belop|belob|amount|value|summa|sum|total|kronor|kroner|kr|sek|nok|dkk|eur|usd|gbp|betrag|montant"
    r"|maara"
)


class Discounts(NamedTuple):
    """What is taken off quantity x price, what to tell, and what must be asked first."""

    written_in: DiscountIn = ""
    notes: tuple[Warning_, ...] = ()
    question: Question | None = None


def _by_header(header: str) -> Literal["percent", "money", "line", "bare"] | None:
    """Return what a header says of the discount below it; None for a header of something else.

    Examples
    --------
    >>> [_by_header(text) for text in ("Rabatt %", "Rabattbelopp", "Radrabatt", "Discount", "Rabattkod")]
    ['percent', 'money', 'line', 'bare', None]
    """
    word = fold(header)
    rest = _OF_THE_LINE.sub("", word)
    of_line = rest != word
    if rest in _BARE:
        if "%" in header:
            return "percent"
        return "money" if re.search(r"[€$£]", header) else "line" if of_line else "bare"
    joined = re.sub(r"^(?:i|in|av|of)", "", _PERCENT.sub("", rest)), _MONEY.sub("", rest)
    for left, found in zip(joined, ("percent", "money"), strict=True):
        if left in _BARE or re.sub(r"(?:i|in)$", "", left) in _BARE:
            return "percent" if found == "percent" or "%" in header else "money"
    return None


def is_discount(header: str) -> bool:
    """Return whether a header is that of discounts in money, or may be.

    Parameters
    ----------
    header : str
        As it stands in the file.

    Examples
    --------
    >>> is_discount("Discounts"), is_discount("Rabatt %"), is_discount("Rabattkod")
    (True, False, False)
    """
    return _by_header(header) not in {None, "percent"}


def discount_column(
    names: Sequence[str], taken: frozenset[int], wanted: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """Return the column of discounts, as an extra role: the one that the user names, else the surest by its header.

    Parameters
    ----------
    names : Sequence[str]
        Headers as in the file.
    taken : frozenset of int
        Columns that have a role already.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.

    Examples
    --------
    >>> discount_column(["Antal", "Pris", "Rabatt", "Rabatt %"], frozenset({0, 1}), {})
    {'discount': (3,)}
    """
    said = [wanted[name] for name in DISCOUNT_NAMES if name in wanted]
    if said:
        header = next((text for text in said if text.strip()), "")
        found = [at for at, name in enumerate(names) if name and fold(name) == fold(header)]
        exact = [at for at in found if names[at] == header.strip()]
        return {"discount": tuple((exact or found)[:1])} if found else {}
    free = [(at, kind) for at, name in enumerate(names) if at not in taken and (kind := _by_header(name))]
    free.sort(key=lambda place: ("percent", "money", "line", "bare").index(place[1]))
    return {"discount": (free[0][0],)} if free else {}


def refuse_discount(where: str, resolution: Resolution, options: ReadOptions) -> None:
    """Refuse a discount that the user names where amounts are no product of quantity and price.

    Parameters
    ----------
    where : str
        The file, for messages.
    resolution : Resolution
        The columns.
    options : ReadOptions
        What the user said.

    Raises
    ------
    UsageError
        Said on the command line; a saved map may be of more files than this one.
    """
    for name in DISCOUNT_NAMES:
        header, amount = options.columns.get(name, ""), resolution.headers[resolution.positions["amount"]]
        if header and not isinstance(header, Saved) and resolution.rows != "product":
            raise UsageError(
                f'{where}: --column {name}="{header}": the amounts are those of the column'
                f' "{amount}", not quantity x price, and discounts are taken'
                " off quantity x price only. Leave the option out."
            )


def discounts(
    connection: duckdb.DuckDBPyConnection,
    resolution: Resolution,
    options: ReadOptions,
    marks: Mapping[str, str],
    *,
    where: str,
    number_cells: bool,
) -> Discounts:
    """Find out what the discounts of ``text_rows`` are written in.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table is.
    resolution : Resolution
        The columns.
    options : ReadOptions
        What the user said.
    marks : Mapping[str, str]
        Decimal mark of each column of numbers.
    where : str
        The file, for messages.
    number_cells : bool
        Whether the texts come from a workbook.
    """
    if "discount" not in marks or "quantity" not in marks:
        return Discounts()
    special = resolution.match is not None and not resolution.match.format.general
    said = {name: options.columns[name] for name in DISCOUNT_NAMES if name in options.columns}
    if not special and said and not any(text.strip() for text in said.values()):
        return Discounts()
    header = resolution.headers[resolution.extra["discount"][0]]
    value, price, quantity = (
        value_sql(f"{name}_body", marks[name], number_cells=number_cells)
        for name in ("discount", "amount", "quantity")
    )
    seen = _Seen(
        *connection.execute(f"""
            SELECT count(*) FILTER (off <> 0), min(file_row) FILTER (off <> 0),
                min_by(discount, record) FILTER (off <> 0), count(*) FILTER (contains(discount, '%')),
                count(*) FILTER (off > 100), coalesce(bool_and(abs(off) <= 1) AND bool_or(off > 0 AND off < 1), false),
                count(*) FILTER (discount IS NOT NULL AND (off IS NULL OR off < 0 OR off > 100)),
                min(file_row) FILTER (discount IS NOT NULL AND (off IS NULL OR off < 0 OR off > 100)),
                min_by(discount, record) FILTER (discount IS NOT NULL AND (off IS NULL OR off < 0 OR off > 100)),
                count(*) FILTER (discount IS NOT NULL AND (off IS NULL OR abs(off) > abs(whole))),
                min(file_row) FILTER (discount IS NOT NULL AND (off IS NULL OR abs(off) > abs(whole))),
                min_by(discount, record) FILTER (discount IS NOT NULL AND (off IS NULL OR abs(off) > abs(whole)))
            FROM (SELECT record, file_row, discount, {value} AS off, {product_sql(price, quantity)} AS whole
                FROM text_rows)
        """).fetchone()  # noqa: S608  (our own names and expressions)
        or (0,) * 12
    )
    if special:
        # its own note tells that discounts in percent are taken off
        return Discounts("percent", _told(where, header, "percent", seen._replace(rows=0)))
    if not seen.rows and not seen.wrong_percent:
        return Discounts()
    written_in = _written_in(header, said, seen)
    if written_in == "":
        return Discounts(question=_which(header, seen))
    if written_in == "percent" and seen.all_below_1 and not seen.signs:
        written_in = "share"
    return Discounts(written_in, _told(where, header, written_in, seen))


class _Seen(NamedTuple):
    """Rows with a discount, and which of them say what it is written in, or cannot be taken off."""

    rows: int
    row: int
    text: str
    signs: int
    above_100: int
    all_below_1: bool
    wrong_percent: int
    wrong_percent_row: int
    wrong_percent_text: str
    wrong_money: int
    wrong_money_row: int
    wrong_money_text: str


def _written_in(header: str, said: Mapping[str, str], seen: _Seen) -> DiscountIn:
    """Return what the discounts are written in; '' where that is not sure."""
    if said:
        return "money" if said.get("discount_amount", "").strip() else "percent"
    told = _by_header(header)
    if told in {"percent", "money"}:
        return told
    if seen.signs == seen.rows and not seen.above_100:
        return "percent"
    return "money" if told == "line" and seen.above_100 and not seen.signs else ""


def _which(header: str, seen: _Seen) -> Question:
    text = (
        f'"{header}" is a discount beside quantity and price, such as "{seen.text}" in row {seen.row}, but does not say'
        f' what it is written in. Say whether it is in percent: --column discount_percent="{header}", in money off the'
        f' whole row: --column discount_amount="{header}", or not to be taken off: --column discount_percent=-.'
    )
    answers = [Answer("column", f"{name}={header}") for name in DISCOUNT_NAMES]
    return Question(text, (*answers, Answer("column", "discount_percent=-")))


def _told(where: str, header: str, written_in: DiscountIn, seen: _Seen) -> tuple[Warning_, ...]:
    values = {"where": where, "header": header}
    notes = []
    if seen.rows:
        told = counted(
            seen.rows,
            '{where}: "{header}" is taken off quantity x price {how}; {number} row has such a discount: row {row}'
            ' ("{text}").{ways_out}',
            '{where}: "{header}" is taken off quantity x price {how}; {number} rows have such a discount, the first is'
            ' row {row} ("{text}").{ways_out}',
            row=figured(seen.row, 0),
            text=seen.text,
            how=_HOW[written_in],
            ways_out=say(
                ' If it is in percent: --column discount_percent="{header}"; if it is off already: --column'
                " discount_percent=-."
                if written_in == "money"
                else ' If it is money off the row: --column discount_amount="{header}"; if it is off already: --column'
                " discount_percent=-.",
                header=header,
            ),
            **values,
        )
        notes.append(Warning_("discount_taken_off", told, seen.rows))
    if written_in == "money" and seen.wrong_money:
        told = counted(
            seen.wrong_money,
            '{where}: {number} row has a "{header}" that is no number, or is more than the row: row {row} ("{text}").'
            " No more than the row is taken off. Correct it in the file.",
            '{where}: {number} rows have a "{header}" that is no number, or is more than the row, the first is row'
            ' {row} ("{text}"). No more than the row is taken off. Correct them in the file.',
            row=figured(seen.wrong_money_row, 0),
            text=seen.wrong_money_text,
            **values,
        )
        notes.append(Warning_("discount_not_taken_off", told, seen.wrong_money))
    elif written_in != "money" and seen.wrong_percent:
        told = counted(
            seen.wrong_percent,
            '{where}: {number} row has a "{header}" that is no percentage from 0 to 100: row {row} ("{text}"). Nothing'
            " is taken off there. Correct it in the file.",
            '{where}: {number} rows have a "{header}" that is no percentage from 0 to 100, the first is row {row}'
            ' ("{text}"). Nothing is taken off there. Correct them in the file.',
            row=figured(seen.wrong_percent_row, 0),
            text=seen.wrong_percent_text,
            **values,
        )
        notes.append(Warning_("discount_not_taken_off", told, seen.wrong_percent))
    return tuple(notes)


_HOW: Final = {
    "percent": say("in percent"),
    "share": say("as a share, so that 0.1 is 10 percent"),
    "money": say("as money off the whole row"),
}
