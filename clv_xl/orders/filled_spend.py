"""Spend on winning customers: rows of month, channel and amount, each used or set aside with a reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.orders.filled_columns import SPEND_WORDS, find_columns
from clv_xl.orders.months import month_of
from clv_xl.orders.numbers import body_sql, currency_sql, decimal_mark, value_sql
from clv_xl.orders.sheet_words import in_file_words, in_sheet_words

if TYPE_CHECKING:
    from collections.abc import Sequence
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
}
"""Reason code -> one sentence; the order is the order in which the reasons are asked of a row."""

_KR: Final = frozenset(("SEK", "NOK", "DKK", "ISK"))


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
        In the report's currency; None where the text is no number.
    reason : str
        A key of :data:`SPEND_REASONS`; empty for a row that can be used.
    """

    place: str
    month_text: str
    channel: str
    spend_text: str
    month: date | None
    spend: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class Spend:
    """All rows of spend of one file or sheet.

    Attributes
    ----------
    source : str
        As sentences name it: ``the Spend sheet`` or ``spend.csv``.
    lines : tuple of SpendLine
        In the order of the rows; blank rows are left out.
    notices : tuple of str
        What a careful reader would want to know.
    """

    source: str
    lines: tuple[SpendLine, ...]
    notices: tuple[str, ...] = ()

    @property
    def usable(self) -> tuple[SpendLine, ...]:
        """The rows that have a month and an amount."""
        return tuple(line for line in self.lines if not line.reason)

    @property
    def set_aside(self) -> tuple[SpendLine, ...]:
        """The rows that cannot be used."""
        return tuple(line for line in self.lines if line.reason)


def spend_of_rows(rows: SheetRows, source: str, currency: str = "") -> Spend | None:
    """Return the spend that stands in a table, None where the table is blank below its header.

    Parameters
    ----------
    rows : SheetRows
        A header with month, spend and perhaps channel, in four languages, and the rows below it.
    source : str
        As sentences shall name it.
    currency : str
        The report's currency: a spend that names another one is set aside.

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
    amounts = _amounts([texts[spend_at] for _, texts in body], rows, found.headers[spend_at])
    lines = []
    for (number, texts), (amount, marked) in zip(body, amounts, strict=True):
        month = month_of(texts[month_at])
        reason = _reason(month, texts[spend_at], amount, marked, currency)
        blamed = month_at if reason == "bad_month" else spend_at
        channel = "" if channel_at is None else texts[channel_at]
        lines.append(
            SpendLine(
                rows.cell(number, blamed), texts[month_at], channel, texts[spend_at], month, amount, reason
            )
        )
    return Spend(source, tuple(lines), _notices(source, lines))


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


def _reason(month: date | None, text: str, amount: Decimal | None, marked: str | None, currency: str) -> str:
    if month is None:
        return "bad_month"
    if not text:
        return "missing_spend"
    if amount is None:
        return "bad_spend"
    if amount < 0:
        return "negative_spend"
    return "" if _is_home(marked, currency) else "other_currency"


def _is_home(marked: str | None, currency: str) -> bool:
    home = currency.strip().upper().rstrip(".")
    signs = {"€": "EUR", "$": "USD", "£": "GBP"}
    home = signs.get(home, home)
    return marked is None or not home or marked == home or (marked == "KR" and home in _KR)


def _notices(source: str, lines: Sequence[SpendLine]) -> tuple[str, ...]:
    usable = [line for line in lines if not line.reason]
    repeated = Counter((line.month, line.channel.casefold()) for line in usable)
    extra = sum(count - 1 for count in repeated.values())
    if not extra:
        return ()
    return (
        (
            f"{extra:,} rows of {source} repeat the month and channel of another row. They are added up;"
            " remove them if they are copies."
        ),
    )
