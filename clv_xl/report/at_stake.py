"""Findings of customers by what is at stake: who is overdue, who has gone quiet, and how much is expected of them."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from clv_xl.report.model import Finding
from clv_xl.report.words import amount, count, percent, share
from clv_xl.said import joined, say

if TYPE_CHECKING:
    import pandas as pd

    from clv_xl.report.material import Material

__all__ = ["at_stake", "expected_share", "overdue", "quiet_customers", "slipping_away"]

SMALLEST_GROUP = 30
_GOOD = ("Champions", "Loyal", "Can't lose", "At risk")


def quiet_customers(material: Material) -> pd.Series:
    """Tell which good customers are gone by the calendar: some Champions are always left, by rank."""
    frame = material.customers
    return frame["segment"].isin(_GOOD) & (frame["tier"] == "inactive")


def expected_share(material: Material, chosen: pd.Series) -> float:
    """Return the share of what is expected of all customers that rests on some; NaN where nothing is predicted."""
    if not material.prediction.has_value:
        return float("nan")
    expected = material.customers["expected_amount"]
    return share(float(expected[chosen].sum()), max(0.0, float(expected.sum())))


def at_stake(material: Material, chosen: pd.Series) -> bool:
    """Tell whether some customers are expected to bring as much each as all do; so too where nothing is predicted."""
    held = expected_share(material, chosen)
    return isnan(held) or held * len(chosen) >= int(chosen.sum())


def slipping_away(material: Material) -> Finding | None:
    """Count the good customers who are gone, say for how long, and what is still expected of them."""
    chosen = quiet_customers(material)
    quiet = material.customers[chosen]
    total = float(material.customers["amount"].sum())
    if len(quiet) < SMALLEST_GROUP or total <= 0:
        return None
    brought, held = float(quiet["amount"].sum()), expected_share(material, chosen)
    names = [name for name in _GOOD if (quiet["segment"] == name).any()]
    known = {
        "quiet": count(len(quiet)),
        "active_days": material.now.active_days,
        "days": count(float(quiet["days_since_last_order"].mean())),
        "names": joined(", ", map(say, names)),
        "amount": amount(brought, material.currency),
        "share": percent(brought / total),
    }
    told = say(
        "{quiet} good customers have gone quiet: no order within {active_days} days, the last one {days} days ago on "
        "average ({names}). They have brought {amount}, {share} of all",
        **known,
    )
    if isnan(held):
        return Finding(told + say(": write to them."), "segments")
    if not at_stake(material, chosen):
        return Finding(
            told + say("; only {held} of what is expected rests on them.", held=percent(held)), "segments"
        )
    return Finding(
        told + say(", and {held} of what is expected rests on them: write to them.", held=percent(held)),
        "segments",
    )


def overdue(material: Material) -> Finding | None:
    """Say how much of what is expected rests on customers whose next order is overdue."""
    if not material.prediction.has_value:
        return None
    late = material.customers["overdue_days"] > 0
    held = expected_share(material, late)
    if late.sum() < SMALLEST_GROUP or isnan(held):
        return None
    return Finding(
        say(
            "{late} customers are overdue with their next order; {held} of what is expected rests on "
            "them. Remind them: Customer list, Days overdue.",
            late=count(int(late.sum())),
            held=percent(held),
        ),
        "customer_list",
    )
