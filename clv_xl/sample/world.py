"""What is true in the sample shop: its calendar, channels, products, countries and programme.

All weights are whole numbers, so that their sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

__all__ = [
    "CHANNELS",
    "COUNTRIES",
    "LAST_DAY",
    "PRODUCTS",
    "Calendar",
    "Channel",
    "Country",
    "Product",
    "black_friday",
]

LAST_DAY = date(2025, 12, 31)

# How often customers come back, and for how long. With a Gamma rate of shape 1, LIFETIME_YEARS is the
# median: the share alive after t years is LIFETIME_YEARS / (LIFETIME_YEARS + t).
ORDERS_PER_YEAR = 6.15
RATE_SHAPE = 2
LIFETIME_YEARS = 2.5
ONE_TIME_SHARE = 0.31
BLACK_WEEK_ONE_TIME = 0.12

# How much an order is worth: Gamma around a customer's mean, which is inverse Gamma.
CUSTOMER_SPEND_SHAPE = 5
ORDER_SPEND_SHAPE = 6
QUANTITY_WEIGHTS = (68, 20, 8, 4)
DISCOUNTS = (10, 15, 20, 25)
DISCOUNT_WEIGHTS = (40, 30, 20, 10)
DISCOUNT_SHARE = 0.15
BLACK_WEEK_DISCOUNT_SHARE = 0.70

# The loyalty programme: JOIN_SHARE is neared by the keenest buyers, ROLL_OUT_DAYS invite the old customers.
LOYALTY_JOIN_SHARE = 0.9
LOYALTY_LIFT = 1.25
LOYALTY_ROLL_OUT_DAYS = 180.0
CONSENT_SHARE = 0.55
MEMBER_CONSENT_SHARE = 0.85

# Repeat orders keep to the first channel or product with these shares, and else follow the weights below.
SAME_CHANNEL_SHARE = 0.35
SAME_PRODUCT_SHARE = 0.40

# What becomes of an order.
CANCELLED_SHARE = 0.015
SOCIAL_REFUND_FACTOR = 1.5
REFUND_DELAY_SHAPE = 2
REFUND_DELAY_DAYS = 6.0
PARTIAL_REFUND_SHARE = 0.5

NOVEMBER_COST_FACTOR = 1.04


@dataclass(frozen=True, slots=True)
class Channel:
    """Where an order came from.

    ``first`` and ``repeat`` weigh first and repeat orders. ``pace`` multiplies the order rate, ``spend``
    the order value and ``one_time`` adds to the share of one-time buyers, all by the *first* channel.
    ``cost`` and ``cost_rise``: SEK per new customer at the start, and the share it rises by the end.
    """

    name: str
    first: int
    repeat: int
    pace: float
    spend: float
    one_time: float
    cost: float = 0.0
    cost_rise: float = 0.0


ORGANIC, SEARCH, SOCIAL, NEWSLETTER, AFFILIATE, DIRECT = range(6)
CHANNELS = (
    Channel("Organic search", 24, 24, 1.10, 1.02, -0.03),
    Channel("Paid search", 20, 12, 1.00, 1.00, 0.00, cost=165.0, cost_rise=0.20),
    Channel("Paid social", 24, 6, 0.78, 0.88, 0.14, cost=235.0, cost_rise=0.35),
    Channel("Newsletter", 8, 30, 1.35, 1.10, -0.10),
    Channel("Affiliate", 10, 4, 0.85, 0.92, 0.07, cost=110.0, cost_rise=0.10),
    Channel("Direct", 14, 24, 1.15, 1.05, -0.05),
)


@dataclass(frozen=True, slots=True)
class Product:
    """A category; ``price`` is its mean order value in SEK, ``refund`` the share of orders refunded.

    ``first`` and ``repeat`` weigh first and repeat orders; ``pace`` and ``one_time`` are as in
    :class:`Channel`, by the *first* product.
    """

    name: str
    first: int
    repeat: int
    price: float
    pace: float
    one_time: float
    refund: float


PRODUCTS = (
    Product("Kaffe & te", 8, 16, 195.0, 1.45, -0.10, 0.01),
    Product("Ljus & doft", 9, 13, 185.0, 1.20, -0.05, 0.01),
    Product("Påslakan & lakan", 10, 9, 445.0, 1.00, 0.00, 0.04),
    Product("Handdukar", 8, 8, 290.0, 1.10, -0.02, 0.03),
    Product("Kök & servis", 11, 11, 360.0, 1.05, -0.02, 0.03),
    Product("Trädgård", 9, 9, 410.0, 1.00, 0.00, 0.03),
    Product("Belysning", 9, 7, 640.0, 0.90, 0.03, 0.05),
    Product("Friluftskläder", 9, 9, 720.0, 1.00, 0.00, 0.11),
    Product("Skidåkning", 6, 6, 610.0, 0.90, 0.03, 0.06),
    Product("Mattor", 8, 5, 940.0, 0.78, 0.07, 0.07),
    Product("Tält & sovsäckar", 6, 3, 1190.0, 0.75, 0.07, 0.05),
    Product("Småmöbler", 7, 4, 1390.0, 0.65, 0.10, 0.06),
)


@dataclass(frozen=True, slots=True)
class Country:
    """A country that the shop sells to; ``spend`` multiplies the order value."""

    code: str
    weight: int
    spend: float


COUNTRIES = (
    Country("SE", 62, 1.00),
    Country("NO", 16, 1.12),
    Country("DK", 13, 1.04),
    Country("FI", 9, 0.92),
)

_MONTH_WEIGHTS = (78, 82, 92, 96, 100, 95, 72, 94, 100, 104, 116, 118)
_WEEKDAY_WEIGHTS = (108, 100, 100, 100, 95, 87, 110)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that the shop has been open, ending on :data:`LAST_DAY`.

    Attributes
    ----------
    days
        Every day in order.
    season
        A whole-number weight for each day: how willing people are to buy on it.
    arrivals
        A whole-number weight for each day: the season times the shop's growth.
    black_week
        For each day, whether it lies in Black Week.
    loyalty_start
        The position in ``days`` on which the loyalty programme opens.
    """

    days: tuple[date, ...]
    season: tuple[int, ...]
    arrivals: tuple[int, ...]
    black_week: tuple[bool, ...]
    loyalty_start: int

    @classmethod
    def of_years(cls, years: int) -> Calendar:
        """Return the calendar of the ``years`` whole years that end on the last day.

        Examples
        --------
        >>> calendar = Calendar.of_years(4)
        >>> calendar.days[0].isoformat(), calendar.days[calendar.loyalty_start].isoformat()
        ('2022-01-01', '2024-01-01')
        """
        start = date(LAST_DAY.year - years + 1, 1, 1)
        days = tuple(start + timedelta(days=n) for n in range((LAST_DAY - start).days + 1))
        season = tuple(_season(day) for day in days)
        half_way = date(start.year + years // 2, 7 if years % 2 else 1, 1)
        return cls(
            days=days,
            season=season,
            arrivals=tuple(weight * (1460 + n) for n, weight in enumerate(season)),
            black_week=tuple(_in_black_week(day) for day in days),
            loyalty_start=(half_way - start).days,
        )


def _season(day: date) -> int:
    weight = _MONTH_WEIGHTS[day.month - 1] * _WEEKDAY_WEIGHTS[day.weekday()]
    return weight * _occasion(day) // 100


def _occasion(day: date) -> int:
    """Return what a special day makes of an ordinary one, in per cent."""
    if day == black_friday(day.year):
        return 420
    if _in_black_week(day):
        return 220
    if day.month == 6 and day.weekday() == 4 and 19 <= day.day <= 25:
        return 40  # Midsummer Eve
    if day.month == 12:
        if day.day <= 19:
            return 140
        return 25 if 24 <= day.day <= 26 else 80
    return 100


def black_friday(year: int) -> date:
    """Return the Friday after the fourth Thursday of November.

    Examples
    --------
    >>> black_friday(2025).isoformat()
    '2025-11-28'
    """
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def _in_black_week(day: date) -> bool:
    """Return whether the day lies between the Monday before Black Friday and the Monday after it."""
    return -4 <= (day - black_friday(day.year)).days <= 3
