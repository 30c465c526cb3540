"""Findings in words: each computed, each silent when the data do not carry it."""

from __future__ import annotations

from math import isnan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.summary import year_before
from clv_xl.report.at_stake import at_stake, overdue, quiet_customers, slipping_away
from clv_xl.report.compared_groups import standout
from clv_xl.report.dear_channels import dear_channel, near_limit
from clv_xl.report.model import Finding, Live
from clv_xl.report.pages.cohorts import retention_matrix
from clv_xl.report.pages.evidence import missed_by
from clv_xl.report.pages.groups import gains, standout_words
from clv_xl.report.pages.live import as_made, live_amount
from clv_xl.report.prediction import YEAR
from clv_xl.report.rough import is_rough, two_digits, two_digits_formula
from clv_xl.report.words import amount, count, day, more_or_less, number, percent, significant
from clv_xl.said import Piece, counted, frame, live_words, quoted, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.report.material import Material

__all__ = ["find"]

MOST = 5
SMALLEST_GROUP = 30
"""Below this many customers a cohort or segment carries no finding."""
NOTABLE = 0.05
"""A figure has moved when it differs from a year earlier by this share."""
SURPRISE = 2.6
"""Standard errors by which a cohort must differ from the others: about 1 in 100 by chance."""


def find(material: Material) -> tuple[Finding, ...]:
    """Return up to five findings, the most useful first: of customers, those on whom most of what is expected rests."""
    quiet_first = at_stake(material, quiet_customers(material))
    searches: tuple[Callable[[Material], Finding | None], ...] = (
        overdue,
        *((slipping_away,) if quiet_first else ()),
        dear_channel,
        near_limit,
        _expected,
        _group_differs,
        *(() if quiet_first else (slipping_away,)),
        _concentration,
        _no_new_customers,
        _newer_customers,
        _largest_movement,
        _unusual_cohort,
        _payback,
        _one_order_only,
    )
    found = (search(material) for search in searches)
    return tuple(finding for finding in found if finding is not None)[:MOST]


def _expected(material: Material) -> Finding | None:
    """Set the revenue that is expected of today's customers against that of the last twelve months."""
    prediction = material.prediction
    if not prediction.has_value or len(prediction.year) < YEAR:
        return None
    coming, last = material.figures["coming_amount"].now, material.figures["amount_year"].now
    off = missed_by(material)
    return Finding(
        say(
            "Today's customers are expected to spend {coming} in the next 12 months; all together "
            "spent {last} in the last 12.",
            coming=amount(coming, material.currency),
            last=amount(last, material.currency),
        )
        + (say(" On this shop's own past such totals came out {off}.", off=off) if off else ""),
        "forecast",
    )


def _group_differs(material: Material) -> Finding | None:
    """Name the group that brings most against the rest, where that is no chance."""
    best = standout(material.compared) if gains(material) else None
    if best is None:
        return None
    words = standout_words(material, best)
    if best.expected:
        return Finding(Live(frame("={words}", words=words.formula), words.text), "groups")
    later = say(
        "Gross margin or cost to serve was changed: make the report again to see which group differs most."
    )
    return Finding(as_made(material, words.formula, words.text, quoted(later)), "groups")


def _concentration(material: Material) -> Finding | None:
    shares = {top.share: top.value for top in material.concentration.shares}
    if len(material.customers) < 100 or isnan(shares[0.1]):
        return None
    return Finding(
        say(
            "The best 10% of the customers bring {tenth} of the amount, the best 1% alone {hundredth}.",
            tenth=percent(shares[0.1]),
            hundredth=percent(shares[0.01]),
        ),
        "customers",
    )


def _largest_movement(material: Material) -> Finding | None:
    """Name the key figure that moved most against a year earlier, of those that can be compared with one."""
    changes = []
    for name, title, show in (
        ("active_customers", say("The number of active customers"), count),
        ("new_customers", say("The number of new customers in 12 months"), count),
        ("amount_year", say("Revenue of 12 months"), lambda value: amount(value, material.currency)),
        ("avg_order_value", say("Average order value"), lambda value: amount(value, material.currency)),
    ):
        item = material.figures[name]
        if item.reason or item.before is None or item.before <= 0 or isnan(item.now):
            continue
        # of so few, chance alone moves a number of customers by as much
        if show is count and abs(item.now - item.before) < 2 * sqrt(item.now + item.before):
            continue
        few = show is count and min(item.now, item.before) < SMALLEST_GROUP
        changes.append((item.now / item.before - 1, few, title, show(item.now), show(item.before)))
    if not changes:
        return None
    change, few, title, now, before = max(changes, key=lambda entry: abs(entry[0]))
    if abs(change) < NOTABLE:
        return None
    if few:
        moved = say("rose in a year") if change > 0 else say("fell in a year")
    else:
        moved = (
            say("rose by {change} in a year", change=percent(change))
            if change > 0
            else say("fell by {change} in a year", change=percent(-change))
        )
    return Finding(
        say(
            "{title} {moved}, from {before} to {now}.",
            title=title,
            moved=moved,
            before=before,
            now=now,
        ),
        "figures",
    )


def _no_new_customers(material: Material) -> Finding | None:
    """Say that customers have stopped coming: then all that is counted falls, in the shop or in the file."""
    if len(material.customers) < SMALLEST_GROUP or not material.comparison.one_generation:
        return None
    new, earlier = material.now.new_customers, material.before.new_customers if material.before else 0
    if new:
        start = counted(
            new,
            "Only {number} customer is new in the last 12 months, against {earlier} in the 12 before.",
            "Only {number} customers are new in the last 12 months, against {earlier} in the 12 before.",
            earlier=count(earlier),
        )
    else:
        start = say(
            "No customer has ordered for the first time since {newest_customer}.",
            newest_customer=day(material.now.newest_customer),
        )
    return Finding(
        say("{start} If the file holds one generation only, its figures fall by nature.", start=start),
        "cohorts",
    )


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
        say(
            "Customers won in the year to {day} brought {amount} each in their first 12 months, {more} than "
            "those of the year before.",
            day=day(won),
            amount=amount(mean, material.currency),
            more=more_or_less(mean / other - 1),
        ),
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
    unit = say(material.period.unit)
    title = material.period.title(int(cohorts.cohorts[chosen]))
    return Finding(
        say(
            "Customers won in {title} differ: {own} ordered again in the next {unit}, against {rest} "
            "of the others.",
            title=title,
            own=percent(own),
            unit=unit,
            rest=percent(rest),
        ),
        "cohorts",
    )


def _one_order_only(material: Material) -> Finding | None:
    people, back = len(material.customers), int(material.figures["repeat_customers"].now)
    if people < SMALLEST_GROUP:
        return None
    if is_rough(material.figures):
        return Finding(
            say(
                "{once} of {people} customers have ordered on one day only.",
                once=count(people - back),
                people=count(people),
            ),
            "segments",
        )
    once = 1 - material.figures["repeat_share"].now
    return Finding(
        say("{once} of the customers have ordered on one day only.", once=percent(once)), "segments"
    )


def _payback(material: Material) -> Finding | None:
    """Say when a customer has paid back, whatever acquisition cost the reader enters."""
    months = len(material.curve.ages)
    if not months or len(material.customers) < SMALLEST_GROUP:
        return None
    cost = material.parameters.acquisition_cost
    known = {"cost": live_amount(material.cac_name, cost or 0.0, material.currency), "months": months}
    payback = material.figures["payback_months"].now
    rough = is_rough(material.figures)
    if rough:
        payback = two_digits(payback)
    never = live_words(
        "An average new customer has not paid back its acquisition cost of {cost} within {months} months.",
        **known,
    )
    at_once = (
        live_words(
            "A new customer has paid back its acquisition cost of {cost} in about a month or less, as far as so few "
            "customers tell.",
            **known,
        )
        if rough
        else live_words(
            "An average new customer has paid back its acquisition cost of {cost} within the first month.",
            **known,
        )
    )
    shown = Piece(
        two_digits_formula("payback_months") if rough else "FIXED(payback_months,1)",
        "" if isnan(payback) else significant(payback) if rough else number(payback),
    )
    later = (
        live_words(
            "A new customer has paid back its acquisition cost of {cost} after about {payback} months, as far as so "
            "few customers tell.",
            payback=shown,
            **known,
        )
        if rough
        else live_words(
            "An average new customer has paid back its acquisition cost of {cost} after {payback} months.",
            payback=shown,
            **known,
        )
    )
    unknown = say("Enter the acquisition cost on Parameters to see when a new customer has paid it back.")
    told = never if isnan(payback) else at_once if payback <= 1 else later
    formula = frame(
        "=IF({cac}>0,IF(ISNUMBER(payback_months),IF(payback_months<=1,{at_once},{later}),{never}),{unknown})",
        cac=material.cac_name,
        at_once=at_once.formula,
        later=later.formula,
        never=never.formula,
        unknown=quoted(unknown),
    )
    return Finding(Live(formula, told.text if cost else unknown), "cohorts")
