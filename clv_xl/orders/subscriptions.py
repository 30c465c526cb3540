"""A table of subscriptions in, typed columns out, and the account that proves that no row was lost."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clv_xl.errors import InputError
from clv_xl.orders.account import Warning_
from clv_xl.orders.filled_columns import find_columns
from clv_xl.orders.filled_files import read_table
from clv_xl.orders.row_currency import code_of, is_home
from clv_xl.orders.subscription_rows import judge, typed_rows
from clv_xl.orders.subscription_words import (
    NEEDED,
    SUBSCRIPTION_REASONS,
    SUBSCRIPTION_WORDS,
)
from clv_xl.said import counted, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from clv_xl.orders.subscription_rows import SubscriptionRow

__all__ = ["UNITS", "SetAsideSubscription", "SubscriptionLine", "Subscriptions", "read_subscriptions"]

UNITS: Final = 10_000
"""Amounts are counted in ten-thousandths, so that sums of them are exact."""

_NO_END: Final = date(2100, 1, 1)
_NO_PLAN: Final = "(no plan)"


class SubscriptionLine(NamedTuple):
    """How many rows ended in one way, and their monthly amounts: as they stand there, and as counted."""

    outcome: str
    reason: str
    explanation: str
    currency: str
    rows: int
    amount: Decimal
    counted_amount: Decimal


class SetAsideSubscription(NamedTuple):
    """A row that is not used, as it stands in the file."""

    row: int
    reason: str
    explanation: str
    customer: str
    start: str
    end: str
    amount: str


@dataclass(frozen=True, slots=True, eq=False)
class Subscriptions:
    """The usable rows of a table of subscriptions, and what became of all others.

    Attributes
    ----------
    source, sha256 : str
        Name of the file, and the hash of its bytes.
    rows_read : int
        Rows below the header that are not blank.
    columns : Mapping of str to str
        Canonical name -> header in the file.
    unused_columns : tuple of str
        Headers that nothing was read from.
    date_format : str
        How the dates were read.
    as_of : datetime.date
        As asked for, else the newest start.
    currency : str
        The report's; empty where nothing says it.
    customer, plan : ndarray of str
        A row for each usable subscription, e-mail addresses in lower case; a blank plan is ``(no plan)``.
    start, end : ndarray of datetime64[D]
        First day, and the last day that is paid for; the end is NaT where the subscription still runs.
    amount : ndarray of int64
        A month's amount in ten-thousandths of the currency, more than 0.
    account : tuple of SubscriptionLine
        What became of every row; rows and amounts add up to the file.
    set_aside : tuple of SetAsideSubscription
        Every row that is not used, in the order of the file.
    warnings : tuple of Warning_
        What a careful reader would want to know.
    """

    source: str
    sha256: str
    rows_read: int
    columns: Mapping[str, str]
    unused_columns: tuple[str, ...]
    date_format: str
    as_of: date
    currency: str
    customer: NDArray[np.object_]
    plan: NDArray[np.object_]
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    amount: NDArray[np.int64]
    account: tuple[SubscriptionLine, ...]
    set_aside: tuple[SetAsideSubscription, ...]
    warnings: tuple[Warning_, ...]


def read_subscriptions(
    path: Path,
    *,
    as_of: date | None = None,
    currency: str = "",
    rates: Mapping[str, float] | None = None,
    date_format: str | None = None,
    decimal: str | None = None,
) -> Subscriptions:
    r"""Read a table of subscriptions: customer, start, end (blank while it runs), monthly amount, perhaps plan.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file or an Excel workbook, with headers in English, Swedish, Norwegian or Danish.
    as_of : datetime.date, optional
        The day that everything is measured on; default the newest start. Ends may lie ahead, starts hardly ever do.
    currency : str
        The report's; default the one that all rows name.
    rates : Mapping of str to float, optional
        What one unit of another currency is worth in the report's.
    date_format, decimal : str, optional
        How dates and numbers are written, where the file does not tell.

    Raises
    ------
    InputError
        If the file cannot be read, has no such columns, leaves a question that only the user can answer, or holds
        no usable row.

    Notes
    -----
    An end is the last day that is paid for. Where another row of the customer starts on that very day, the day
    belongs to the new one: some systems write the end of a plan so.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "subscriptions.csv")
    >>> _ = path.write_text("Kundenr;Start;Slutt;Beløp\n7;31.01.2026;;199,50\n8;01.02.2026;01.01.2026;99\n")
    >>> read = read_subscriptions(path)
    >>> [(line.outcome, line.reason, line.rows, str(line.amount)) for line in read.account]
    [('used', '', 1, '199.5000'), ('set aside', 'end_before_start', 1, '99.0000')]
    >>> folder.cleanup()
    """
    table = read_table(path, SUBSCRIPTION_WORDS, "Subscriptions")
    body = list(table.rows())
    if not body:
        raise InputError(f"{path.name} is empty. Export the subscriptions again, with a header row.")
    found = find_columns(table, SUBSCRIPTION_WORDS, NEEDED)
    body = [(number, texts) for number, texts in body if number > found.row]
    if not body:
        raise InputError(f"{path.name} has a header and no rows below it. Export the subscriptions again.")
    rows, label = typed_rows(body, table, found, date_format, decimal)
    home = judge(rows, code_of(currency), rates or {})
    starts = [row.start for row in rows if not row.reason and row.start]
    day = as_of or max(starts, default=None)
    for row in rows:
        if not row.reason and day and row.start and row.start > day:
            row.reason = "after_as_of"
    used = [row for row in rows if not row.reason]
    account = _account(rows, home)
    if not used or day is None:
        raise InputError(_nothing_usable(path.name, account, rows, day))
    end = np.array([row.end for row in used], dtype="datetime64[D]")
    start = np.array([row.start for row in used], dtype="datetime64[D]")
    customer = np.array([row.key for row in used], dtype=object)
    return Subscriptions(
        source=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        rows_read=len(rows),
        columns={name: found.headers[at] for name, at in found.positions.items()},
        unused_columns=tuple(
            header for at, header in enumerate(found.headers) if header and at not in found.positions.values()
        ),
        date_format=label,
        as_of=day,
        currency=home,
        customer=customer,
        plan=np.array([row.plan or _NO_PLAN for row in used], dtype=object),
        start=start,
        end=_handed_over(customer, start, end),
        amount=np.array([int(row.counted * UNITS) for row in used], dtype=np.int64),
        account=account,
        set_aside=tuple(_as_it_stands(row) for row in rows if row.reason),
        warnings=_warnings(used, day, asked=as_of is not None, headers=found.headers),
    )


def _handed_over(
    customer: NDArray[np.object_], start: NDArray[np.datetime64], end: NDArray[np.datetime64]
) -> NDArray[np.datetime64]:
    """End a row the day before where another row of the customer starts on its last day."""
    begun = set(zip(customer.tolist(), start.tolist(), strict=True))
    met = np.array(
        [pair in begun for pair in zip(customer.tolist(), end.tolist(), strict=True)], dtype=bool
    ) & (end > start)
    return np.where(met, end - np.timedelta64(1, "D"), end)


def _account(rows: Sequence[SubscriptionRow], home: str) -> tuple[SubscriptionLine, ...]:
    """Add up rows and amounts by what became of them; amounts of different currencies are kept apart."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for row in rows:
        code = "/".join(home if is_home(code, home) else code for code in row.currencies) or home
        line = sums[row.reason, code]
        line[0] += 1
        line[1] += Decimal(0) if row.amount is None else row.amount
        line[2] += row.counted if not row.reason else 0
    return tuple(
        SubscriptionLine(
            "set aside" if reason else "used",
            reason,
            explanation,
            code,
            int(sums[reason, code][0]),
            sums[reason, code][1],
            sums[reason, code][2],
        )
        for reason, explanation in SUBSCRIPTION_REASONS.items()
        for code in sorted(
            {code for found, code in sums if found == reason}, key=lambda code: (code != home, code)
        )
    )


def _as_it_stands(row: SubscriptionRow) -> SetAsideSubscription:
    return SetAsideSubscription(
        row.number,
        row.reason,
        SUBSCRIPTION_REASONS[row.reason],
        row.customer,
        row.start_text,
        row.end_text,
        row.amount_text,
    )


def _warnings(
    used: Sequence[SubscriptionRow], day: date, *, asked: bool, headers: Sequence[str]
) -> tuple[Warning_, ...]:
    """Tell what the figures may be wrong by, if a row does not mean what it seems to."""
    found = []
    # an end such as 9999-12-31 is another way to write none
    ahead = sum(1 for row in used if row.end and day < row.end < _NO_END)
    if ahead:
        text = counted(
            ahead,
            "{number} end lies after {day}, {known}: that subscription counts as running on that day, and customer"
            " equity counts its payments until its end only. If it ends a period which renews itself, leave the end"
            " blank.",
            "{number} ends lie after {day}, {known}: those subscriptions count as running on that day, and customer"
            " equity counts their payments until their ends only. Where it ends a period which renews itself, leave"
            " the end blank.",
            day=day,
            known=say("the day that was asked for")
            if asked
            else say("the newest start, which is the day of this report"),
        )
        if not asked:
            text += say(" If subscriptions are known to a later day, pass --as-of with that day.")
        found.append(Warning_("ends_after_as_of", text, ahead))
    spellings: dict[str, list[str]] = defaultdict(list)
    for row in used:
        spellings[row.key].append(row.customer)
    mixed = {key: texts for key, texts in spellings.items() if len(set(texts)) > 1}
    if mixed:
        text = counted(
            len(mixed),
            '{number} e-mail address is spelled with capitals here and without there, such as "{example}". Each is one'
            " customer.",
            '{number} e-mail addresses are spelled with capitals here and without there, such as "{example}". Each is'
            " one customer.",
            example=min(mixed),
        )
        found.append(Warning_("email_spellings", text, sum(map(len, mixed.values()))))
    spans: dict[tuple[str, str], list[tuple[date, date]]] = defaultdict(list)
    for row in used:
        if row.start:
            spans[row.key, row.plan].append((row.start, row.end or date.max))
    twice = sum(
        later[0] < earlier[1]
        for periods in spans.values()
        for earlier, later in zip(sorted(periods), sorted(periods)[1:], strict=False)
    )
    if twice:
        text = counted(
            twice,
            "{number} row overlaps another row of the same customer and plan. Both count, as two subscriptions at the"
            " same time; if one is a correction of the other, remove the wrong one.",
            "{number} rows overlap another row of the same customer and plan. Both count, as two subscriptions at the"
            " same time; if one is a correction of the other, remove the wrong one.",
        )
        found.append(Warning_("overlapping", text, twice))
    yearly = [
        header for header in headers if any(word in header.casefold() for word in ("year", "annual", "årlig"))
    ]
    if yearly:
        text = say(
            'There is a column "{header}". Amounts are taken as amounts of a month; divide yearly ones by 12.',
            header=yearly[0],
        )
        found.append(Warning_("yearly_amounts", text, len(used)))
    return tuple(found)


def _nothing_usable(
    name: str, account: Sequence[SubscriptionLine], rows: Sequence[SubscriptionRow], day: date | None
) -> str:
    most = max(account, key=lambda line: line.rows)
    first = next(row for row in rows if row.reason == most.reason)
    if most.reason == "after_as_of":
        return (
            f"{name}: no subscription has started by the as-of date {day}; the first of them starts on"
            f" {min(row.start for row in rows if row.start)}. Choose a later as-of date, or leave it out."
        )
    none = "the only row is not" if len(rows) == 1 else f"none of the {len(rows):,} rows is"
    texts = f'customer "{first.customer}", start "{first.start_text}", end "{first.end_text}"'
    return (
        f"{name}: {none} a usable subscription. Row {first.number}: {texts}, amount"
        f' "{first.amount_text}": {most.explanation[0].lower()}{most.explanation[1:]} Check the headers of the columns'
        " and how dates and amounts are written (--date-format, --decimal)."
    )
