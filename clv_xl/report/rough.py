"""How far the estimates of a small shop carry: below which size they are called rough, and why there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clv_xl.metrics.averages import DAYS_PER_YEAR
from clv_xl.report.words import count, day, number, plural, rounded
from clv_xl.said import said, say

if TYPE_CHECKING:
    from clv_xl.customers.snapshot import Snapshot
    from clv_xl.report.figures import Figures

__all__ = [
    "ENOUGH_CUSTOMERS",
    "ENOUGH_REPEAT",
    "HANDFUL",
    "caution",
    "caution_of_history",
    "caution_of_shares",
    "is_rough",
    "two_digits",
    "two_digits_formula",
]

ENOUGH_CUSTOMERS = 100
ENOUGH_REPEAT = 30
"""A shop with fewer customers, or with fewer who came back, gets estimates in two digits and a caution.

Measured by drawing n customers from a large shop, 1,000 times each, with the active window and the lifespan
measured anew from every draw. Nineteen of twenty draws gave a CLV between these multiples of the large shop's:

=========  ======================  =====================
customers  sample shop (3,000)     CDNOW (23,570)
=========  ======================  =====================
9          0.20 to 2.63            0.31 to 2.47
30         0.41 to 1.80            0.50 to 1.98
100        0.63 to 1.38            0.69 to 1.55
300        0.79 to 1.23            0.78 to 1.32
1,000      0.90 to 1.10            0.88 to 1.16
=========  ======================  =====================

So with 100 customers a CLV is right to about a third (half the draws were off by 14% or more), and a smaller shop
cannot tell 1,900 from 1,200. How many came back hardly moves the CLV, but decides the lifespan and the orders a
year, whose errors cancel in the product: of 300 customers, with 10 who came back the lifespan was 0.5 to 2.0 times
the right one, with 30 0.65 to 1.4 times, with 100 0.85 to 1.2 times.
"""

HANDFUL = 10
"""An average over fewer customers is that of single ones: no sentence rests on it where there is another."""

_SPREADS = (
    (20, "from a quarter to two and a half times"),
    (60, "from half to twice"),
    (ENOUGH_CUSTOMERS, "from a third below to a half above"),
)
"""Below so many customers: what chance alone makes of a CLV, from the table above."""


LIFESPANS = 2
"""With a history of fewer lifespans than this, the measured lifespan leaves out much that lies beyond it."""


def is_rough(figures: Figures) -> bool:
    """Tell whether a shop is too small for estimates of more than two digits."""
    return caution(figures) != ""


def caution(figures: Figures) -> str:
    """Say how far the figures carry; empty where there are enough customers, and enough who came back."""
    customers, repeat = int(figures["customers_total"].now), int(figures["repeat_customers"].now)
    if customers < ENOUGH_CUSTOMERS:
        spread = next(words for size, words in _SPREADS if customers < size)
        people, back = plural(customers, "customer", "customers"), count(repeat) if repeat else said("none")
        return say(
            "Only {people}, {back} of them with orders on two days or more: CLV, lifespan, orders a "
            "year, retention and payback are rough. In a shop of this size, chance alone puts a CLV "
            "{spread} the true one.",
            people=people,
            back=back,
            spread=said(spread),
        )
    if repeat < ENOUGH_REPEAT:
        return say(
            "Only {many_customer_has} come back: lifespan, orders a year and what follows from them "
            "are rough. From so few, chance alone puts a lifespan from half to twice the true one.",
            many_customer_has=plural(repeat, "customer has", "customers have"),
        )
    return ""


def caution_of_history(now: Snapshot, lifespan: float, *, lifespan_given: bool) -> str:
    """Say that the orders are too young for a retention or for the lifespan; empty where they are not."""
    if now.has_window_a_year_ago:
        years = (now.as_of - now.first_day).days / DAYS_PER_YEAR
        if lifespan_given or not years < LIFESPANS * lifespan:
            return ""
        return say(
            "The orders span {years} years, less than two lifespans of {lifespan} years. The measured lifespan, and "
            "with it CLV before and after CAC, hold only the time seen: a longer history alone lifts them.",
            years=number(years),
            lifespan=number(lifespan, 2),
        )
    if lifespan_given:  # no CLV rests on the measured one
        return say(
            "The orders begin on {begun}, so a year before {as_of} nobody could be inactive yet: there is no retention "
            "(it takes orders from {needed} on).",
            begun=day(now.first_day),
            as_of=day(now.as_of),
            needed=day(now.retention_needs),
        )
    return say(
        "The orders begin on {begun}, so a year before {as_of} nobody could be inactive yet: there is no retention "
        "(it takes orders from {needed} on). The measured lifespan, and with it CLV before and after CAC, hold only "
        "the time seen: a longer history alone lifts them.",
        begun=day(now.first_day),
        as_of=day(now.as_of),
        needed=day(now.retention_needs),
    )


def caution_of_shares(figures: Figures) -> str:
    """Say on a page of shares and averages that they rest on few customers; empty where there are enough."""
    customers = int(figures["customers_total"].now)
    if customers >= ENOUGH_CUSTOMERS:
        return ""
    return say(
        "Only {people} in all: each share, average and rank here moves with single customers. Go by the numbers of "
        "customers beside them.",
        people=plural(customers, "customer", "customers"),
    )


def two_digits(value: float) -> float:
    """Return a value rounded to two significant digits, halves away from zero as Excel does.

    Examples
    --------
    >>> two_digits(1894.2), two_digits(-0.0745), two_digits(0.0)
    (1900.0, -0.075, 0.0)
    """
    if math.isnan(value) or not value:
        return value
    return rounded(value, 1 - math.floor(math.log10(abs(value))))


def two_digits_formula(cell: str) -> str:
    """Return what Excel computes :func:`two_digits` of a number in a cell by.

    Examples
    --------
    >>> two_digits_formula("lifespan")
    'IF(lifespan=0,0,ROUND(lifespan,1-INT(LOG10(ABS(lifespan)))))'
    """
    return f"IF({cell}=0,0,ROUND({cell},1-INT(LOG10(ABS({cell})))))"
