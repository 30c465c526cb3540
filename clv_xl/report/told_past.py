"""What a backtest found, as lines of text and as data for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from clv_xl.report.words import MONTH_DAYS, count, day, number, rounded
from clv_xl.said import counted, joined, say

if TYPE_CHECKING:
    from clv_xl.models.accuracy import Accuracy
    from clv_xl.models.choice import Choice
    from clv_xl.models.own_past import Means, OwnPast

__all__ = [
    "HEADINGS",
    "WITHOUT_A_MODEL",
    "about_periods",
    "how_to_read",
    "mean_of",
    "past_as_data",
    "past_rows",
    "period_misses",
]

WITHOUT_A_MODEL = (
    "Repeat rate: repeat orders / time since the first; own rate: all orders, as is often typed."
)
"""What the methods without a model multiply a customer's own mean amount by."""
HEADINGS = ("bias", "Gini", "top 10%", "RMSE")
"""What is told of each method, of orders and of amounts."""
_MEASURES = ("predicted", "actual", "bias", "gini", "top_capture", "rmse", "mae")


def about_periods(past: OwnPast) -> str:
    """Say what was predicted, and from what."""
    months = counted(
        past.months, "{number} month of {days} days", "{number} months of {days} days", days=MONTH_DAYS
    )
    first, last = past.tests[0], past.tests[-1]
    times = len(past.tests)
    what = (
        say(
            "the {months} to {until} from what was known on {known_until}",
            months=months,
            until=day(last.until),
            known_until=day(last.known_until),
        )
        if times == 1
        else say(
            "{times} times {months}, the first after {known_until}, the last up to {until}",
            times=times,
            months=months,
            known_until=day(first.known_until),
            until=day(last.until),
        )
    )
    part = "" if past.every == 1 else say(" Tried on one customer of {every}.", every=past.every)
    return say(
        "Predicted: {what}; {customers} customers known at the last start.{part}",
        what=what,
        customers=count(last.customers),
        part=part,
    )


def mean_of(past: OwnPast) -> str:
    """Say what a measure is the mean of; empty where there is one period."""
    times = len(past.tests)
    return say("Every measure is the mean of {times} periods.", times=times) if times > 1 else ""


def period_misses(past: OwnPast, name: str) -> str:
    """Say by how much a method missed the total of each period, oldest first; empty where there is only one.

    In a mean, a total that was too high hides one that was too low.
    """
    if len(past.tests) < 2 or name not in past.methods:
        return ""
    scores = [test.score(name) for test in past.tests]
    orders = joined(", ", (signed_percent(score.orders.bias) for score in scores))
    amounts = joined(", ", (signed_percent(score.amount.bias) for score in scores if score.amount))
    if past.has_amounts:
        return say(
            "{name}, total of each period, oldest first: orders {orders}; amounts {amounts}.",
            name=name,
            orders=orders,
            amounts=amounts,
        )
    return say("{name}, total of each period, oldest first: orders {orders}.", name=name, orders=orders)


def how_to_read() -> str:
    """Say what the measures mean."""
    return say(
        "total (bias): predicted / actual - 1. Gini: 1 when customers come in the right order, 0 when the order says "
        "nothing, below 0 when it is the wrong way round (no matter where all bring about the same). top 10%: what "
        "the tenth with the highest predictions brought, as a share of all. RMSE: the usual error for one customer."
    )


def past_rows(past: OwnPast) -> list[tuple[str, ...]]:
    """Return one row a method: its name, then the measures of orders and, where there are any, of amounts."""
    rows = []
    for name in past.methods:
        cells = _cells(past.orders(name), 2)
        if past.has_amounts:
            cells += _cells(past.amounts(name), 1)
        rows.append((name, *cells))
    return rows


def _cells(means: Means, digits: int) -> tuple[str, ...]:
    share = "" if math.isnan(means.top_capture) else say("{share}%", share=number(100 * means.top_capture, 0))
    return (signed_percent(means.bias), _plain(means.gini, 3), share, _plain(means.rmse, digits))


def signed_percent(value: float) -> str:
    """Return a difference in percent with its sign.

    Examples
    --------
    >>> signed_percent(1.28), signed_percent(-0.034), signed_percent(-0.004)
    ('+128%', '-3%', '0%')
    """
    if math.isnan(value):
        return ""
    whole = rounded(100 * value, 0)
    return say("{sign}{share}%", sign="+" if whole > 0 else "", share=number(whole or 0.0, 0))


def _plain(value: float, digits: int) -> str:
    return "" if math.isnan(value) else number(value, digits)


def past_as_data(past: OwnPast, choice: Choice) -> dict[str, Any]:
    """Return the comparison as what ``--json`` prints; what is undefined is null."""
    return {
        "holdout_months": past.months,
        "tested_every": past.every,
        "used": choice.name,
        "usable": choice.fit.usable,
        "reason": choice.reason,
        "methods": [
            {
                "name": name,
                "orders": _means(past.orders(name)),
                "amounts": _means(past.amounts(name)) if past.has_amounts else None,
            }
            for name in past.methods
        ],
        "periods": [
            {
                "known_until": test.known_until.isoformat(),
                "until": test.until.isoformat(),
                "customers": test.customers,
                "methods": [
                    {
                        "name": score.name,
                        "orders": _accuracy(score.orders),
                        "amounts": None if score.amount is None else _accuracy(score.amount),
                        "cautions": [item.told for item in score.cautions],
                    }
                    for score in test.scores
                ],
            }
            for test in past.tests
        ],
    }


def _means(means: Means) -> dict[str, float | None]:
    return {name: _finite(getattr(means, name)) for name in ("bias", "gini", "top_capture", "rmse")}


def _accuracy(found: Accuracy) -> dict[str, float | None]:
    return {name: _finite(getattr(found, name)) for name in _MEASURES}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
