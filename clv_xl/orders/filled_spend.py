"""Spend on winning customers: rows of month, channel and amount, each used or set aside with a reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clv_xl.orders.filled_columns import SPEND_WORDS, find_columns
from clv_xl.orders.months import month_of
from clv_xl.orders.row_currency import code_of, header_currency, is_home, named_currencies
from clv_xl.orders.typed_columns import amount_column
from clv_xl.said import counted, say

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["SPEND_REASONS", "Spend", "SpendLine", "spend_of_rows"]

SPEND_REASONS: Final[dict[str, str]] = {
    "": say("Read."),
    "bad_month": say("No month, or a text that is not a month for certain. Write it like 2025-01."),
    "missing_spend": say("No spend."),
    "bad_spend": say("The spend is not a number."),
    "negative_spend": say("The spend is below 0."),
    "other_currency": say("The spend is in another currency than the report."),
    "unclear_currency": say(
        "Spend is in several currencies, and nothing says which is the report's. Set currency."
    ),
}
"""Reason code -> one sentence; the order is the order in which the reasons are asked of a row."""

_BY_CURRENCY: Final = frozenset(("other_currency", "unclear_currency"))


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
            counted(
                extra,
                "{number} row of {source} repeats the month and channel of another row. They are added up; remove it"
                " if it is a copy.",
                "{number} rows of {source} repeat the month and channel of another row. They are added up; remove them"
                " if they are copies.",
                source=self.source,
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
        home = code_of(currency)
        several = len({code for line in readable for code in line.currencies}) > 1
        lines = []
        for line in self.lines:
            reason = line.reason
            if not reason or reason in _BY_CURRENCY:
                if home:
                    fits = all(is_home(code, home) for code in line.currencies)
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
    by_header = header_currency(found.headers[spend_at])
    amounts = amount_column([texts[spend_at] for _, texts in body], rows, found.headers[spend_at])
    lines = []
    for (number, texts), (amount, marked) in zip(body, amounts, strict=True):
        month = month_of(texts[month_at], from_1904=rows.from_1904)
        reason = _reason(month, texts[spend_at], amount)
        blamed = month_at if reason == "bad_month" else spend_at
        channel = "" if channel_at is None else texts[channel_at]
        named = named_currencies(
            marked or "", "" if currency_at is None else code_of(texts[currency_at]), by_header
        )
        place = rows.cell(number, blamed)
        lines.append(
            SpendLine(place, texts[month_at], channel, texts[spend_at], month, amount, reason, named)
        )
    return Spend(source, tuple(lines)).judged_by(currency)


def _reason(month: date | None, text: str, amount: Decimal | None) -> str:
    if month is None:
        return "bad_month"
    if not text:
        return "missing_spend"
    if amount is None:
        return "bad_spend"
    return "negative_spend" if amount < 0 else ""
