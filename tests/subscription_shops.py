"""Invented subscribers: three plans, churn that falls with age, changes of plan, and some who come back."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from tests.subscription_oracle import Row, after_months

if TYPE_CHECKING:
    from pathlib import Path

PLANS = {"Basic": (99, 1.0, 9.0), "Plus": (199, 1.0, 19.0), "Pro": (499, 1.0, 39.0)}
"""Plan -> monthly amount, and alpha and beta of the chance to leave at a renewal."""

AS_OF = date(2025, 12, 31)
HEADERS = ("customer", "plan", "start", "end", "monthly_amount")


def subscribers(customers: int = 700, months: int = 40, seed: int = 1) -> list[Row]:
    """Simulate customers who start at any time in so many months before the last day."""
    rng = np.random.default_rng(seed)
    names = list(PLANS)
    rows: list[Row] = []
    for number in range(customers):
        start = AS_OF - timedelta(days=int(rng.integers(0, months * 30)))
        plan = names[rng.choice(3, p=(0.55, 0.3, 0.15))]
        rows += _life(f"K{number:05d}", plan, start, rng)
    return sorted(rows, key=lambda row: (row.start, row.customer))


def _life(customer: str, plan: str, start: date, rng: np.random.Generator) -> list[Row]:
    rows = []
    begun = start
    while True:
        amount, alpha, beta = PLANS[plan]
        lasted = int(rng.geometric(rng.beta(alpha, beta)))
        change = int(rng.integers(3, 25)) if plan != "Pro" and rng.random() < 0.2 else 10**6
        last = after_months(begun, min(lasted, change, 500)) - timedelta(days=1)
        if last >= AS_OF:
            return [*rows, Row(customer, plan, begun, None, amount)]
        rows.append(Row(customer, plan, begun, last, amount))
        if change < lasted:
            plan = "Plus" if plan == "Basic" else "Pro"
            begun = last + timedelta(days=1)
        elif rng.random() < 0.08 and (back := last + timedelta(days=int(rng.integers(60, 200)))) <= AS_OF:
            begun = back
        else:
            return rows


def write_subscriptions(path: Path, rows: list[Row], headers: tuple[str, ...] = HEADERS) -> Path:
    """Write rows as CSV; a blank end is one that is not there."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(headers)
        for row in rows:
            writer.writerow((row.customer, row.plan, row.start, row.end or "", row.amount))
    return path
