"""The rows of a table of subscriptions: read from their texts, and judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from clv_xl.metrics.occasions import NO_CUSTOMER_TEXTS, customer_key
from clv_xl.orders.row_currency import code_of, header_currency, is_home, named_currencies
from clv_xl.orders.subscription_words import NO_END_TEXTS
from clv_xl.orders.typed_columns import amount_column, date_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clv_xl.orders.filled_columns import FoundColumns
    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["SubscriptionRow", "judge", "typed_rows"]

_FIRST_START: Final = date(1950, 1, 1)


@dataclass(slots=True)
class SubscriptionRow:
    """A row on its way: its texts, what they were read as, and why it is not used."""

    number: int
    texts: tuple[str, ...]
    customer: str
    plan: str
    start_text: str
    end_text: str
    amount_text: str
    start: date | None
    end: date | None
    amount: Decimal | None
    currencies: tuple[str, ...]
    reason: str = ""
    counted: Decimal = Decimal(0)

    @property
    def key(self) -> str:
        """Who the customer is: an e-mail address is one in any capitals."""
        return customer_key(self.customer)


def typed_rows(
    body: Sequence[tuple[int, tuple[str, ...]]],
    table: SheetRows,
    found: FoundColumns,
    date_format: str | None,
    decimal: str | None,
) -> tuple[list[SubscriptionRow], str]:
    """Read the texts of all rows, and say how dates are written.

    Parameters
    ----------
    body : sequence of (int, tuple of str)
        Row number and texts of every row below the header.
    table : SheetRows
        The whole table, for messages and for the kind of its cells.
    found : FoundColumns
        Which column is which.
    date_format, decimal : str or None
        As the user said it.

    Raises
    ------
    InputError
        If dates or numbers can be read in two ways.
    """
    at = found.positions
    columns = {name: [texts[place] for _, texts in body] for name, place in at.items()}
    header = found.headers[at["amount"]]
    ends = ["" if text.casefold() in NO_END_TEXTS else text for text in columns["end"]]
    (starts, ended), label = date_columns(
        [columns["start"], ends], table, found.headers[at["start"]], date_format=date_format
    )
    amounts = amount_column(columns["amount"], table, header, decimal=decimal, options=True)
    blank = [""] * len(body)
    plans, codes, by_header = (
        columns.get("plan", blank),
        columns.get("currency", blank),
        header_currency(header),
    )
    return [
        SubscriptionRow(
            number=number,
            texts=texts,
            customer=texts[at["customer"]],
            plan=plans[place],
            start_text=columns["start"][place],
            end_text=ends[place],
            amount_text=columns["amount"][place],
            start=starts[place],
            end=ended[place],
            amount=amounts[place][0],
            currencies=named_currencies(amounts[place][1] or "", code_of(codes[place]), by_header),
        )
        for place, (number, texts) in enumerate(body)
    ], label


def judge(rows: list[SubscriptionRow], home: str, rates: Mapping[str, float]) -> str:
    """Give every row that cannot be used its reason, and every other what it counts for; return the currency.

    Parameters
    ----------
    rows : list of SubscriptionRow
        They are changed: their ``reason`` and ``counted``.
    home : str
        The report's currency; empty takes the one that all rows name.
    rates : Mapping of str to float
        What one unit of another currency is worth in it.
    """
    seen: set[tuple[str, ...]] = set()
    named = dict.fromkeys(code for row in rows for code in row.currencies)
    known = home or (next(iter(named)) if len(named) == 1 else "")
    worth = {code_of(code): Decimal(repr(rate)) for code, rate in rates.items()}
    for row in rows:
        row.reason = _reason(row) or _currency_reason(row, known, worth, several=len(named) > 1)
        if not row.reason:
            row.reason = "copy" if row.texts in seen else ""
            seen.add(row.texts)
        if not row.reason and row.amount is not None:
            factor = next((worth[code] for code in row.currencies if not is_home(code, known)), Decimal(1))
            row.counted = (row.amount * factor).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return known


def _reason(row: SubscriptionRow) -> str:
    """Return the first reason why a row cannot be used, whatever its currency."""
    checks = (
        (not row.customer or row.customer in NO_CUSTOMER_TEXTS, "missing_customer"),
        (not row.start_text, "missing_start"),
        (row.start is None, "bad_start"),
        (row.start is not None and row.start < _FIRST_START, "start_out_of_range"),
        (bool(row.end_text) and row.end is None, "bad_end"),
        (row.start is not None and row.end is not None and row.end < row.start, "end_before_start"),
        (not row.amount_text, "missing_amount"),
        (row.amount is None, "bad_amount"),
        (row.amount is not None and row.amount < 0, "negative_amount"),
        (row.amount == 0, "free"),
    )
    return next((reason for holds, reason in checks if holds), "")


def _currency_reason(row: SubscriptionRow, home: str, worth: Mapping[str, Decimal], *, several: bool) -> str:
    if not home:
        return "unclear_currency" if several and row.currencies else ""
    away = [code for code in row.currencies if not is_home(code, home)]
    return "other_currency" if any(code not in worth for code in away) or len(away) > 1 else ""
