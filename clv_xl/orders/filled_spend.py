"""Spend on winning customers: rows of month, channel and amount, each used or set aside with a reason."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.orders.filled_columns import SPEND_WORDS, find_columns
from clv_xl.orders.months import month_of
from clv_xl.orders.numbers import CURRENCY_WORDS, body_sql, currency_sql, decimal_mark, value_sql
from clv_xl.orders.sheet_words import in_file_words, in_sheet_words

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["SPEND_REASONS", "Spend", "SpendLine", "spend_of_rows"]

SPEND_REASONS: Final[dict[str, str]] = {
    "": "Read.",
    "bad_month": "No month, or a text that is not a month for certain. Write it like 2025-01.",
    "missing_spend": "No spend.",
    "bad_spend": "The spend is not a number.",
    "negative_spend": "The spend is below 0.",
    "other_currency": "The spend is in another currency than the report.",
    "unclear_currency": "Spend is in several currencies, and nothing says which is the report's. Set currency.",
}
"""Reason code -> one sentence; the order is the order in which the reasons are asked of a row."""

_KR: Final = frozenset(("SEK", "NOK", "DKK", "ISK"))
_SIGNS: Final = {"€": "EUR", "$": "USD", "£": "GBP"}
_BY_CURRENCY: Final = frozenset(("other_currency", "unclear_currency"))
_UNIT: Final = re.compile(r"\(([^()]*)\)\s*$")
_IN_HEADER: Final = re.compile(rf"(?i:{CURRENCY_WORDS})|[A-Z]{{3}}")
_NO_CURRENCY: Final = frozenset(("VAT", "NET", "TAX", "INC", "EXC", "SUM"))


@dataclass(frozen=True, slots=True)
class SpendLine:
    """One row of spend as it stands, and what it was read as.

    Attributes
    ----------
    place : str
        Such as ``Spend!C5``: the cell that the reason is about, else the row's spend.
    month_text, channel, spend_text : str
        As they stand there.
    month : datetime.date or None
        The first day of the month.
    spend : decimal.Decimal or None
        As it stands, in whatever currency; None where the text is no number.
    reason : str
        A key of :data:`SPEND_REASONS`; empty for a row that can be used.
    currencies : tuple of str
        What the row says it is in: by its amount and its column of currencies, else by the header. Mostly one
        or none; two contradict each other.
    """

    place: str
    month_text: str
    channel: str
    spend_text: str
    month: date | None
    spend: Decimal | None
    reason: str
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spend:
    """All rows of spend of one file or sheet.

    Attributes
    ----------
    source : str
        As sentences name it: ``the Spend sheet`` or ``spend.csv``.
    lines : tuple of SpendLine
        In the order of the rows; blank rows are left out.
    """

    source: str
    lines: tuple[SpendLine, ...]

    @property
    def notices(self) -> tuple[str, ...]:
        """What a careful reader would want to know of the rows that can be used."""
        repeated = Counter((line.month, line.channel.casefold()) for line in self.usable)
        extra = sum(count - 1 for count in repeated.values())
        if not extra:
            return ()
        return (
            (
                f"{extra:,} rows of {self.source} repeat the month and channel of another row. They are added up;"
                " remove them if they are copies."
            ),
        )

    @property
    def usable(self) -> tuple[SpendLine, ...]:
        """The rows that have a month and an amount."""
        return tuple(line for line in self.lines if not line.reason)

    @property
    def set_aside(self) -> tuple[SpendLine, ...]:
        """The rows that cannot be used."""
        return tuple(line for line in self.lines if line.reason)

    def judged_by(self, currency: str) -> Spend:
        """Return the spend with every row's currency judged anew.

        Parameters
        ----------
        currency : str
            The report's, once the orders are read: rows that name another one are set aside. Where it is not
            known, one currency is as good as another, but no two are added: rows that name one are set aside.
        """
        readable = [line for line in self.lines if not line.reason or line.reason in _BY_CURRENCY]
        home = _code(currency)
        several = len({code for line in readable for code in line.currencies}) > 1
        lines = []
        for line in self.lines:
            reason = line.reason
            if not reason or reason in _BY_CURRENCY:
                if home:
                    fits = all(_is_home(code, home) for code in line.currencies)
                    reason = "" if fits else "other_currency"
                else:
                    reason = "unclear_currency" if several and line.currencies else ""
            lines.append(replace(line, reason=reason))
        return Spend(self.source, tuple(lines))


def spend_of_rows(rows: SheetRows, source: str, currency: str = "") -> Spend | None:
    """Return the spend that stands in a table, None where the table is blank below its header.

    Parameters
    ----------
    rows : SheetRows
        A header with month, spend and perhaps channel and currency, in four languages, and the rows below it.
    source : str
        As sentences shall name it.
    currency : str
        The report's currency, as :meth:`Spend.judged_by` takes it.

    Raises
    ------
    InputError
        If the table has rows but no header for month and spend, or its numbers can be read in two ways.

    Examples
    --------
    >>> from clv_xl.orders.sheet_rows import SheetRows
    >>> table = [["Månad", "Kostnad"], ["Jan 2025", 100.0], ["2025-02", "12,50"], ["Total", 112.5]]
    >>> spend = spend_of_rows(SheetRows.of_values(table, "Spend"), "the Spend sheet")
    >>> [(str(line.month), str(line.spend), line.reason, line.place) for line in spend.lines]
    [('2025-01-01', '100.0000', '', 'Spend!B2'), ('2025-02-01', '12.5000', '', 'Spend!B3'),
    ('None', '112.5000', 'bad_month', 'Spend!A4')]
    """
    body = list(rows.rows())
    if len(body) < 2:
        return None
    found = find_columns(rows, SPEND_WORDS, ("month", "spend"))
    month_at, spend_at = found.positions["month"], found.positions["spend"]
    channel_at = found.positions.get("channel")
    body = [(number, texts) for number, texts in body if number > found.row]
    if not body:
        return None
    currency_at = found.positions.get("currency")
    by_header = _of_header(found.headers[spend_at])
    amounts = _amounts([texts[spend_at] for _, texts in body], rows, found.headers[spend_at])
    lines = []
    for (number, texts), (amount, marked) in zip(body, amounts, strict=True):
        month = month_of(texts[month_at])
        reason = _reason(month, texts[spend_at], amount)
        blamed = month_at if reason == "bad_month" else spend_at
        channel = "" if channel_at is None else texts[channel_at]
        named = _named(marked or "", "" if currency_at is None else _code(texts[currency_at]), by_header)
        place = rows.cell(number, blamed)
        lines.append(
            SpendLine(place, texts[month_at], channel, texts[spend_at], month, amount, reason, named)
        )
    return Spend(source, tuple(lines)).judged_by(currency)


def _amounts(texts: list[str], rows: SheetRows, header: str) -> list[tuple[Decimal | None, str | None]]:
    """Return each text's number and the currency it carries, read as amounts of orders are read."""
    import duckdb  # noqa: PLC0415  # a tenth of a second: only where there is spend
    import pandas as pd  # noqa: PLC0415

    frame = pd.DataFrame({"record": range(len(texts)), "spend": pd.Series(texts, dtype=object)})
    with duckdb.connect(":memory:") as connection:
        connection.register("spend_frame", frame)
        connection.execute(
            "CREATE TEMP TABLE spend_rows AS SELECT record, spend, "  # noqa: S608  (our own expressions)
            f"{body_sql('spend')} AS spend_body FROM (SELECT record, nullif(trim(spend), '') AS spend FROM spend_frame)"
        )
        try:
            mark = decimal_mark(
                connection,
                "spend_rows",
                "spend_body",
                where=rows.where,
                header=header,
                given=None,
                number_cells=rows.typed,
            )
        except InputError as error:
            told = in_sheet_words if rows.typed else in_file_words
            raise InputError(told(str(error))) from error
        value = value_sql("spend_body", mark, number_cells=rows.typed)
        query = f"SELECT {value}, {currency_sql('spend')} FROM spend_rows ORDER BY record"  # noqa: S608
        return [(amount, marked) for amount, marked in connection.execute(query).fetchall()]


def _reason(month: date | None, text: str, amount: Decimal | None) -> str:
    if month is None:
        return "bad_month"
    if not text:
        return "missing_spend"
    if amount is None:
        return "bad_spend"
    return "negative_spend" if amount < 0 else ""


def _code(text: str) -> str:
    """Return a currency as amounts that carry one have it."""
    code = text.strip().upper().rstrip(".")
    return _SIGNS.get(code, code)


def _of_header(header: str) -> str:
    """Return the currency that a header names at its end, as ``Spend (EUR)`` does; empty for none."""
    unit = _UNIT.search(header)
    text = unit[1].strip() if unit else ""
    return _code(text) if _IN_HEADER.fullmatch(text) and text not in _NO_CURRENCY else ""


def _named(marked: str, in_column: str, by_header: str) -> tuple[str, ...]:
    """Return what a row says of its currency: what stands in the row goes before the header."""
    if marked == "KR" and in_column in _KR:
        return (in_column,)
    return tuple(dict.fromkeys(filter(None, (marked, in_column)))) or ((by_header,) if by_header else ())


def _is_home(code: str, home: str) -> bool:
    return code == home or (code == "KR" and home in _KR)
