"""Findings in words: each computed, each silent when the data do not carry it."""

from __future__ import annotations

from math import isnan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.summary import year_before
from clv_xl.report.model import Finding, Live
from clv_xl.report.pages.cohorts import retention_matrix
from clv_xl.report.pages.evidence import missed_by
from clv_xl.report.pages.live import live_amount
from clv_xl.report.prediction import YEAR
from clv_xl.report.words import amount, count, day, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.report.material import Material

__all__ = ["find"]

MOST = 5
SMALLEST_GROUP = 30
"""Below this many customers a cohort or segment carries no finding."""
NOTABLE = 0.05
"""A figure has moved when it differs from a year earlier by this share."""
_GOOD = ("Champions", "Loyal", "Can't lose", "At risk")
SURPRISE = 2.6
"""Standard errors by which a cohort must differ from the others: about 1 in 100 by chance."""


def find(material: Material) -> tuple[Finding, ...]:
    """Return up to five findings, the most useful first."""
    searches: tuple[Callable[[Material], Finding | None], ...] = (
        _slipping_away,
        _expected,
        _overdue,
        _concentration,
        _no_new_customers,
        _largest_movement,
        _newer_customers,
        _unusual_cohort,
        _payback,
        _one_order_only,
    )
    found = (search(material) for search in searches)
    return tuple(finding for finding in found if finding is not None)[:MOST]


def _slipping_away(material: Material) -> Finding | None:
    """Count the good customers who are gone by the calendar: some Champions are always left, by rank."""
    frame = material.customers
    quiet = frame[frame["segment"].isin(_GOOD) & (frame["tier"] == "inactive")]
    total = float(frame["amount"].sum())
    if len(quiet) < SMALLEST_GROUP or total <= 0:
        return None
    brought = float(quiet["amount"].sum())
    names = [name for name in _GOOD if (quiet["segment"] == name).any()]
    return Finding(
        f"{count(len(quiet))} good customers have gone quiet: no order within {material.now.active_days} days "
        f"({', '.join(names)}). They have brought {amount(brought, material.currency)}, {percent(brought / total)} of "
        "all: write to them first.",
        "segments",
    )


def _expected(material: Material) -> Finding | None:
    """Set the revenue that is expected of today's customers against that of the last twelve months."""
    prediction = material.prediction
    if not prediction.has_value or len(prediction.year) < YEAR:
        return None
    coming, last = material.figures["coming_amount"].now, material.figures["amount_year"].now
    off = missed_by(material)
    return Finding(
        f"Today's customers are expected to spend {amount(coming, material.currency)} in the next 12 months; all "
        f"together spent {amount(last, material.currency)} in the last 12."
        + (f" On this shop's own past such totals came out {off}." if off else ""),
        "forecast",
    )


def _overdue(material: Material) -> Finding | None:
    """Say how much of what is expected rests on customers whose next order is overdue."""
    if not material.prediction.has_value:
        return None
    frame = material.customers
    late = frame[frame["overdue_days"] > 0]
    whole = float(frame["expected_amount"].sum())
    if len(late) < SMALLEST_GROUP or whole <= 0:
        return None
    held = float(late["expected_amount"].sum()) / whole
    return Finding(
        f"{count(len(late))} customers are overdue with their next order; {percent(held)} of what is expected rests on "
        "them. Remind them: Customer list, Days overdue.",
        "customer_list",
    )


def _concentration(material: Material) -> Finding | None:
    shares = {top.share: top.value for top in material.concentration.shares}
    if len(material.customers) < 100 or isnan(shares[0.1]):
        return None
    return Finding(
        f"The best 10 % of the customers bring {percent(shares[0.1])} of the amount, the best 1 % "
        f"alone {percent(shares[0.01])}.",
        "customers",
    )


def _largest_movement(material: Material) -> Finding | None:
    """Name the key figure that moved most against a year earlier, of those that can be compared with one."""
    changes = []
    for name, title, show in (
        ("active_customers", "The number of active customers", count),
        ("new_customers", "The number of new customers in 12 months", count),
        ("amount_year", "Revenue of 12 months", lambda value: amount(value, material.currency)),
        ("avg_order_value", "Average order value", lambda value: amount(value, material.currency)),
    ):
        item = material.figures[name]
        if not item.reason and item.before is not None and item.before > 0 and not isnan(item.now):
            changes.append((item.now / item.before - 1, title, show(item.now), show(item.before)))
    if not changes:
        return None
    change, title, now, before = max(changes, key=lambda entry: abs(entry[0]))
    if abs(change) < NOTABLE:
        return None
    verb = "rose" if change > 0 else "fell"
    return Finding(f"{title} {verb} by {percent(abs(change))} in a year, from {before} to {now}.", "figures")


def _no_new_customers(material: Material) -> Finding | None:
    """Say that customers have stopped coming: then all that is counted falls, in the shop or in the file."""
    if len(material.customers) < SMALLEST_GROUP or not material.comparison.one_generation:
        return None
    new, earlier = material.now.new_customers, material.before.new_customers if material.before else 0
    if new:
        start = f"Only {count(new)} customers are new in the last 12 months, against {count(earlier)} in the 12 before."
    else:
        start = f"No customer has ordered for the first time since {day(material.now.newest_customer)}."
    return Finding(f"{start} If the file holds one generation only, its figures fall by nature.", "cohorts")


def _newer_customers(material: Material) -> Finding | None:
    """Say whether newer customers bring more than those of a year before did at the same age."""
    item, before = material.figures["first_year_customers"], material.before
    if item.reason or before is None:
        return None
    new, old = material.now.first_years.amounts, before.first_years.amounts
    mean, other = float(new.mean()), float(old.mean())
    error = sqrt(new.var(ddof=1) / new.size + old.var(ddof=1) / old.size)
    if other <= 0 or abs(mean / other - 1) < NOTABLE or abs(mean - other) < SURPRISE * error:
        return None
    won = year_before(material.intake.as_of)
    return Finding(
        f"Customers won in the year to {day(won)} brought {amount(mean, material.currency)} each in their first 12 "
        f"months, {percent(abs(mean / other - 1))} {'more' if mean > other else 'less'} than those of the year before.",
        "figures",
    )


def _unusual_cohort(material: Material) -> Finding | None:
    """Name the cohort whose first return differs most from that of all the others, if beyond chance."""
    cohorts = retention_matrix(material)
    if len(cohorts.ages) < 2:
        return None
    sizes = np.asarray(cohorts.size, dtype=np.float64)
    came = cohorts.customers[:, 1]
    usable = cohorts.mature[:, 1] & ~np.isnan(came) & (sizes >= SMALLEST_GROUP)
    if usable.sum() < 3:
        return None
    best: tuple[float, int, float, float] | None = None
    for index in np.flatnonzero(usable):
        others = usable.copy()
        others[index] = False
        rest = float(came[others].sum() / sizes[others].sum())
        own = float(came[index] / sizes[index])
        pooled = float(came[usable].sum() / sizes[usable].sum())
        error = sqrt(pooled * (1 - pooled) * (1 / sizes[index] + 1 / sizes[others].sum()))
        surprise = abs(own - rest) / error if error else 0.0
        if best is None or surprise > best[0]:
            best = (surprise, int(index), own, rest)
    # the most unusual of several cohorts is expected to differ: ask for more, the more there are
    if best is None or best[0] < SURPRISE + 0.3 * np.log(usable.sum()):
        return None
    _, chosen, own, rest = best
    unit = material.period.unit
    title = material.period.title(int(cohorts.cohorts[chosen]))
    return Finding(
        f"Customers won in {title} differ: {percent(own)} ordered again in the next {unit}, against "
        f"{percent(rest)} of the others.",
        "cohorts",
    )


def _one_order_only(material: Material) -> Finding | None:
    once = 1 - material.figures["repeat_share"].now
    if len(material.customers) < SMALLEST_GROUP or isnan(once):
        return None
    return Finding(f"{percent(once)} of the customers have ordered on one day only.", "segments")


def _payback(material: Material) -> Finding | None:
    """Say when a customer has paid back, whatever acquisition cost the reader enters."""
    months = len(material.curve.ages)
    if not months or len(material.customers) < SMALLEST_GROUP:
        return None
    cost = material.parameters.acquisition_cost
    piece, cost_text = live_amount(material.cac_name, cost or 0.0, material.currency)
    payback = material.figures["payback_months"].now
    start = "An average new customer has "
    unknown = "Enter the acquisition cost on Parameters to see when a new customer has paid it back."
    if not cost:
        text = unknown
    elif isnan(payback):
        text = f"{start}not paid back its acquisition cost of {cost_text} within {months} months."
    elif payback <= 1:
        text = f"{start}paid back its acquisition cost of {cost_text} within the first month."
    else:
        text = f"{start}paid back its acquisition cost of {cost_text} after {number(payback)} months."
    formula = (
        f'=IF({material.cac_name}>0,"{start}"&IF(ISNUMBER(payback_months),'
        f'"paid back its acquisition cost of "&{piece}&'
        'IF(payback_months<=1," within the first month."," after "&FIXED(payback_months,1)&" months."),'
        f'"not paid back its acquisition cost of "&{piece}&" within {months} months."),"{unknown}")'
    )
    return Finding(Live(formula, text), "cohorts")
