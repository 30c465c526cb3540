"""Findings in words: each computed, each silent when the data do not carry it."""

from __future__ import annotations

from math import isnan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.customers.summary import year_before
from clv_xl.report.compared_groups import standout
from clv_xl.report.model import Finding, Live
from clv_xl.report.pages.acquired_values import worth_of
from clv_xl.report.pages.acquisition import dearest_above
from clv_xl.report.pages.cohorts import retention_matrix
from clv_xl.report.pages.evidence import missed_by
from clv_xl.report.pages.groups import gains, standout_words
from clv_xl.report.pages.live import as_made, live_amount
from clv_xl.report.prediction import YEAR
from clv_xl.report.won import ABOVE
from clv_xl.report.words import amount, count, day, more_or_less, number, percent
from clv_xl.said import Piece, counted, frame, joined, live_words, quoted, say

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
        _dear_channel,
        _expected,
        _overdue,
        _group_differs,
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
        say(
            "{quiet} good customers have gone quiet: no order within {active_days} days ({names}). "
            "They have brought {amount}, {share} of all: write to them first.",
            quiet=count(len(quiet)),
            active_days=material.now.active_days,
            names=joined(", ", map(say, names)),
            amount=amount(brought, material.currency),
            share=percent(brought / total),
        ),
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
        say(
            "Today's customers are expected to spend {coming} in the next 12 months; all together "
            "spent {last} in the last 12.",
            coming=amount(coming, material.currency),
            last=amount(last, material.currency),
        )
        + (say(" On this shop's own past such totals came out {off}.", off=off) if off else ""),
        "forecast",
    )


def _dear_channel(material: Material) -> Finding | None:
    """Name the channel that takes the most spend of those whose new customers cost more than they may."""
    at = dearest_above(material)
    if at is None:
        return None
    item = material.acquisition.channels[at]
    worth = worth_of(material, item, "channel")
    predicted = material.prediction.has_value

    def cell(column: str) -> str:
        return f"INDEX(channel_costs[{column}],{at + 1})"

    limits = [cell("Highest allowable CAC"), *([cell("The same by prediction")] if predicted else [])]
    # at a loss a limit is undefined: then no cost pays
    limit = f"MAX(0,{','.join(f'IF(ISNUMBER({name}),{name},0)' for name in limits)})"
    highest = np.nanmax([0.0, worth.highest, worth.by_prediction])
    known = {
        "channel": Piece(cell("Channel"), item.title),
        "cost": live_amount(cell("CAC"), item.cac, material.currency),
    }
    above = live_words(
        "A new customer by {channel} costs {cost}, and may cost {limit} at most: spend less there.",
        limit=live_amount(limit, float(highest), material.currency),
        **known,
    )
    no_longer = live_words(
        "A new customer by {channel} costs {cost}: not clearly above what one may cost.", **known
    )
    formula = frame(
        '=IF({verdict}="{word}",{above},{no_longer})',
        verdict=cell("Verdict"),
        word=say(ABOVE),
        above=above.formula,
        no_longer=no_longer.formula,
    )
    return Finding(Live(formula, above.text), "acquisition")


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
        say(
            "{late} customers are overdue with their next order; {held} of what is expected rests on "
            "them. Remind them: Customer list, Days overdue.",
            late=count(len(late)),
            held=percent(held),
        ),
        "customer_list",
    )


def _concentration(material: Material) -> Finding | None:
    shares = {top.share: top.value for top in material.concentration.shares}
    if len(material.customers) < 100 or isnan(shares[0.1]):
        return None
    return Finding(
        say(
            "The best 10 % of the customers bring {tenth} of the amount, the best 1 % alone {hundredth}.",
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
        if not item.reason and item.before is not None and item.before > 0 and not isnan(item.now):
            changes.append((item.now / item.before - 1, title, show(item.now), show(item.before)))
    if not changes:
        return None
    change, title, now, before = max(changes, key=lambda entry: abs(entry[0]))
    if abs(change) < NOTABLE:
        return None
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
    once = 1 - material.figures["repeat_share"].now
    if len(material.customers) < SMALLEST_GROUP or isnan(once):
        return None
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
    never = live_words(
        "An average new customer has not paid back its acquisition cost of {cost} within {months} months.",
        **known,
    )
    at_once = live_words(
        "An average new customer has paid back its acquisition cost of {cost} within the first month.",
        **known,
    )
    later = live_words(
        "An average new customer has paid back its acquisition cost of {cost} after {payback} months.",
        payback=Piece("FIXED(payback_months,1)", "" if isnan(payback) else number(payback)),
        **known,
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
