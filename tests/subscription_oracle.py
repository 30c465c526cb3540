"""Subscriptions in plain Python, day by day and customer by customer, without any of the package's arithmetic."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from clv_xl.orders.subscriptions import UNITS, Subscriptions

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """One subscription; the end is None while it runs."""

    customer: str
    plan: str
    start: date
    end: date | None
    amount: int


def as_read(rows: list[Row], as_of: date) -> Subscriptions:
    """Return rows as the reader would give them."""
    return Subscriptions(
        source="made.csv",
        sha256="",
        rows_read=len(rows),
        columns={"plan": "plan"},
        unused_columns=(),
        date_format="",
        as_of=as_of,
        currency="",
        customer=np.array([row.customer for row in rows], dtype=object),
        plan=np.array([row.plan for row in rows], dtype=object),
        start=np.array([row.start for row in rows], dtype="M8[D]"),
        end=np.array([row.end for row in rows], dtype="M8[D]"),
        amount=np.array([row.amount * UNITS for row in rows], dtype=np.int64),
        account=(),
        set_aside=(),
        warnings=(),
    )


def paid(rows: list[Row], day: date) -> dict[str, int]:
    """What each customer pays on a day; who pays nothing is not in it."""
    found: dict[str, int] = {}
    for row in rows:
        if row.start <= day and (row.end is None or day <= row.end):
            found[row.customer] = found.get(row.customer, 0) + row.amount
    return found


def moved(rows: list[Row], before: date, after: date) -> dict[str, int]:
    """How revenue moved between two days."""
    first, second = paid(rows, before), paid(rows, after)
    known = {row.customer for row in rows if row.start <= before}
    parts = dict.fromkeys(("new", "reactivated", "expansion", "contraction", "churned"), 0)
    for customer in {*first, *second}:
        was, now = first.get(customer, 0), second.get(customer, 0)
        if not was:
            parts["reactivated" if customer in known else "new"] += now
        elif not now:
            parts["churned"] += was
        else:
            parts["expansion"] += max(0, now - was)
            parts["contraction"] += max(0, was - now)
    return parts | {"start": sum(first.values()), "end": sum(second.values())}


def after_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def renewed(start: date, until: date) -> int:
    """How often a month begins again up to a day."""
    count = 0
    while after_months(start, count + 1) <= until:
        count += 1
    return count


def stays(rows: list[Row], as_of: date, *, by_plan: bool) -> list[tuple[str, str, int, bool]]:
    """Customer, plan, months of age and whether the customer left, for each stay."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.customer, row.plan if by_plan else ""), []).append(row)
    found = []
    for (customer, plan), own in sorted(groups.items()):
        own.sort(key=lambda row: row.start)
        spans: list[list[date]] = []
        for row in own:
            end = row.end or date.max
            if spans and (row.start - spans[-1][1]).days - 1 <= 31:
                spans[-1][1] = max(spans[-1][1], end)
            else:
                spans.append([row.start, end])
        for start, end in spans:
            if end >= as_of:
                found.append((customer, plan, renewed(start, as_of), False))
            elif by_plan and any(
                row.customer == customer and row.plan != plan and abs((row.start - end - DAY).days) <= 31
                for row in rows
            ):
                found.append((customer, plan, renewed(start, end), False))
            else:
                # the months that were begun, each on the day after the one before was paid up
                begun = renewed(start, end - DAY) + 1 if end > start else 1
                found.append((customer, plan, begun, True))
    return found
