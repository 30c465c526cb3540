"""The sample shop's life: who arrives, who comes back, what they buy, and what the marketing costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.sample import world
from clv_xl.sample.draws import Draws, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Small = NDArray[np.int8]
    Days = NDArray[np.int32]

__all__ = [
    "Customers",
    "Orders",
    "Refunds",
    "SpendLine",
    "marketing_spend",
    "simulate_customers",
    "simulate_orders",
]

_DAYS_A_YEAR = 365.25
_LATE = 1.0 - 2.0**-40  # keeps a moment drawn late in a day from rounding into the next


@dataclass(frozen=True, slots=True)
class Customers:
    """The customers, in the order of their first order; arrays have one entry for each.

    Attributes
    ----------
    calendar
        The shop's days.
    channel, product, country
        Positions in the tables of :mod:`clv_xl.sample.world`: first channel, first product, country.
    start, end
        First order and loss (or the end of the calendar), in days of the shop's clock.
    orders_per_day
        The rate of repeat orders before any loyalty card, on the same clock.
    joined
        When the customer joined the loyalty programme, on the same clock; infinite for never.
    joined_day
        The day of that, a position in the calendar; -1 for never.
    consent
        Whether the customer may be written to.
    """

    calendar: world.Calendar
    channel: Small
    product: Small
    country: Small
    start: Floats
    end: Floats
    orders_per_day: Floats
    joined: Floats
    joined_day: Days
    consent: Flags


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders in time order, cancelled ones included; arrays have one entry for each.

    ``customer`` counts from 0, ``day`` is a position in the calendar, ``unit_price`` is in hundredths.
    """

    customer: NDArray[np.int32]
    day: Days
    channel: Small
    product: Small
    quantity: NDArray[np.int64]
    unit_price: NDArray[np.int64]
    cancelled: Flags


@dataclass(frozen=True, slots=True)
class Refunds:
    """The refunds; ``order`` is a position in :class:`Orders`, ``units`` how many came back."""

    order: NDArray[np.int64]
    day: Days
    units: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SpendLine:
    """What a channel cost in a month, in hundredths of the currency."""

    month: date
    channel: str
    spend: int


class _Clock:
    """The shop's own clock: it runs fast when people buy, slowly when not, and keeps whole years.

    A process that is even on this clock follows the season on the calendar.
    """

    def __init__(self, calendar: world.Calendar) -> None:
        weights = np.asarray(calendar.season, dtype=np.int64)
        self._ends = np.cumsum(weights)
        self._weights = weights
        self._days = len(weights)
        self.horizon = float(self._days)

    def day_at(self, moment: Floats) -> Days:
        """Return the calendar position of moments on the clock."""
        weight_so_far = moment * (float(self._ends[-1]) / self.horizon)
        day = np.searchsorted(self._ends, weight_so_far, side="right")
        return np.minimum(day, self._days - 1).astype(np.int32)

    def moment(self, day: NDArray[np.intp], share: Floats) -> Floats:
        """Return the moment when the given share of a day has passed."""
        begin = (self._ends - self._weights)[day].astype(np.float64)
        weight = begin + self._weights[day].astype(np.float64) * (share * _LATE)
        return weight * (self.horizon / float(self._ends[-1]))


def simulate_customers(count: int, years: int, seed: int) -> Customers:
    """Return ``count`` customers of a shop that has been open for ``years`` years."""
    calendar = world.Calendar.of_years(years)
    clock = _Clock(calendar)
    start, black_week = _arrivals(calendar, clock, count, seed)

    origin = Draws(seed, Purpose.ORIGIN)
    channel = origin.pick([item.first for item in world.CHANNELS], count).astype(np.int8)
    product = origin.pick([item.first for item in world.PRODUCTS], count).astype(np.int8)
    country = origin.pick([item.weight for item in world.COUNTRIES], count).astype(np.int8)

    pace = _of([item.pace for item in world.CHANNELS], channel)
    pace *= _of([item.pace for item in world.PRODUCTS], product)
    own_pace = Draws(seed, Purpose.RATE).gamma(world.RATE_SHAPE, count) / world.RATE_SHAPE
    orders_per_day = pace * own_pace * (world.ORDERS_PER_YEAR / _DAYS_A_YEAR)

    end = _ends(clock, start, _one_time_chances(channel, product, black_week), seed)

    loyalty = Draws(seed, Purpose.LOYALTY)
    opening = clock.moment(np.array([calendar.loyalty_start]), np.zeros(1))
    joined = _joined(opening, start, end, own_pace * pace, loyalty)
    member = np.isfinite(joined)
    consent = loyalty.happens(np.where(member, world.MEMBER_CONSENT_SHARE, world.CONSENT_SHARE))

    return Customers(
        calendar=calendar,
        channel=channel,
        product=product,
        country=country,
        start=start,
        end=end,
        orders_per_day=orders_per_day,
        joined=joined,
        joined_day=np.where(member, clock.day_at(np.where(member, joined, 0.0)), -1).astype(np.int32),
        consent=consent | (channel == world.NEWSLETTER),
    )


def _arrivals(calendar: world.Calendar, clock: _Clock, count: int, seed: int) -> tuple[Floats, Flags]:
    """Return the moments of the first orders, ascending, and whether each fell in Black Week."""
    draws = Draws(seed, Purpose.ARRIVAL)
    day = np.sort(draws.pick(calendar.arrivals, count))
    start = np.sort(clock.moment(day, draws.uniform(count)))
    return start, np.asarray(calendar.black_week)[clock.day_at(start)]


def _one_time_chances(channel: Small, product: Small, black_week: Flags) -> Floats:
    chances = _of([item.one_time for item in world.CHANNELS], channel)
    chances += _of([item.one_time for item in world.PRODUCTS], product)
    return chances + (world.ONE_TIME_SHARE + world.BLACK_WEEK_ONE_TIME * black_week)


def _ends(clock: _Clock, start: Floats, one_time_chances: Floats, seed: int) -> Floats:
    """Return when each customer is lost: at once, after a lifetime, or not before the calendar ends."""
    draws = Draws(seed, Purpose.LIFETIME)
    loss_rate = draws.exponential(len(start)) / (world.LIFETIME_YEARS * _DAYS_A_YEAR)
    lifetime = draws.exponential(len(start)) / loss_rate
    lifetime[draws.happens(one_time_chances)] = 0.0
    return np.minimum(start + lifetime, clock.horizon)


def _joined(opening: Floats, start: Floats, end: Floats, pace: Floats, draws: Draws) -> Floats:
    """Return when each customer joins the loyalty programme; infinite for never.

    New customers are asked at their first order, older ones in the programme's first months. Whoever is
    lost by then cannot join, so one-time buyers never do.
    """
    invited = opening + draws.uniform(len(start)) * world.LOYALTY_ROLL_OUT_DAYS
    joined = np.where(start >= opening, start, invited)
    member = draws.happens(world.LOYALTY_JOIN_SHARE * (pace / (1.0 + pace))) & (joined < end)
    return np.where(member, joined, np.inf)


def _of(values: Sequence[float], position: Small) -> Floats:
    """Return the table value at each position."""
    return np.asarray(values, dtype=np.float64)[position]


def simulate_orders(customers: Customers, seed: int) -> tuple[Orders, Refunds]:
    """Return the orders of the customers and the refunds of those orders."""
    customer, day, first = _visits(customers, seed)
    channel, product, quantity = _baskets(customers, customer, first, seed)
    list_price = _list_prices(customers, customer, product, quantity, seed)
    unit_price = list_price * (100 - _discounts(customers.calendar, day, seed))
    fate = Draws(seed, Purpose.FATE)
    cancelled = fate.happens(np.where(first, 0.0, world.CANCELLED_SHARE))
    orders = Orders(
        customer=customer,
        day=day,
        channel=channel,
        product=product,
        quantity=quantity,
        unit_price=unit_price,
        cancelled=cancelled,
    )
    return orders, _refunds(orders, len(customers.calendar.days), fate)


def _visits(customers: Customers, seed: int) -> tuple[NDArray[np.int32], Days, Flags]:
    """Return who orders on which day, in time order, and whether it is the customer's first order.

    Each round adds the next order of everybody who has one left. Time since the first order is stretched
    after joining the loyalty programme, so that an even process in stretched time is a faster one.
    """
    draws = Draws(seed, Purpose.VISITS)
    stretch = world.LOYALTY_LIFT - 1.0
    until_joined = customers.joined - customers.start
    limit = customers.end - customers.start
    limit = limit + stretch * np.maximum(limit - until_joined, 0.0)

    who = np.arange(len(customers.start), dtype=np.int32)
    since_first = np.zeros(len(who))
    rounds = [(who, since_first)]
    while who.size:
        since_first = since_first + draws.exponential(who.size) / customers.orders_per_day[who]
        goes_on = since_first < limit[who]
        who, since_first = who[goes_on], since_first[goes_on]
        rounds.append((who, since_first))

    customer = np.concatenate([who for who, _ in rounds])
    since_first = np.concatenate([elapsed for _, elapsed in rounds])
    first = np.zeros(len(customer), dtype=np.bool_)
    first[: len(customers.start)] = True
    beyond = np.maximum(since_first - until_joined[customer], 0.0)
    since_first -= beyond * (stretch / world.LOYALTY_LIFT)
    moment = customers.start[customer] + since_first
    in_time = np.argsort(moment, kind="stable")
    day = _Clock(customers.calendar).day_at(moment[in_time])
    return customer[in_time], day, first[in_time]


def _baskets(
    customers: Customers, customer: NDArray[np.int32], first: Flags, seed: int
) -> tuple[Small, Small, NDArray[np.int64]]:
    """Return the channel, product and quantity of each order."""
    draws = Draws(seed, Purpose.BASKET)
    count = len(customer)
    channel = draws.pick([item.repeat for item in world.CHANNELS], count).astype(np.int8)
    unwanted = (channel == world.NEWSLETTER) & ~customers.consent[customer]
    channel[unwanted] = world.DIRECT
    same = first | draws.happens(np.full(count, world.SAME_CHANNEL_SHARE))
    channel = np.where(same, customers.channel[customer], channel)

    product = draws.pick([item.repeat for item in world.PRODUCTS], count).astype(np.int8)
    same = first | draws.happens(np.full(count, world.SAME_PRODUCT_SHARE))
    product = np.where(same, customers.product[customer], product)
    return channel, product, draws.pick(world.QUANTITY_WEIGHTS, count).astype(np.int64) + 1


def _list_prices(
    customers: Customers,
    customer: NDArray[np.int32],
    product: Small,
    quantity: NDArray[np.int64],
    seed: int,
) -> NDArray[np.int64]:
    """Return the price of one unit of each order before any discount, in whole SEK."""
    shape = world.CUSTOMER_SPEND_SHAPE
    level = (shape - 1) / Draws(seed, Purpose.CUSTOMER_SPEND).gamma(shape, len(customers.start))
    level *= _of([item.spend for item in world.CHANNELS], customers.channel)
    level *= _of([item.spend for item in world.COUNTRIES], customers.country)

    value = Draws(seed, Purpose.ORDER_SPEND).gamma(world.ORDER_SPEND_SHAPE, len(customer))
    value *= level[customer] / world.ORDER_SPEND_SHAPE
    value *= _of([item.price for item in world.PRODUCTS], product)
    return _usual_price(value / quantity.astype(np.float64))


def _usual_price(value: Floats) -> NDArray[np.int64]:
    """Return the usual price nearest to a value, in whole SEK: 59, 149, 1299, 2495 ..."""
    step = np.select([value < 200.0, value < 600.0, value < 2000.0], [10.0, 50.0, 100.0], 500.0)
    below = np.where(value < 2000.0, 1.0, 5.0)
    price: Floats = np.maximum(np.rint(value / step) * step - below, 19.0)
    return price.astype(np.int64)


def _discounts(calendar: world.Calendar, day: Days, seed: int) -> NDArray[np.int64]:
    """Return the per cent taken off each order, mostly 0."""
    draws = Draws(seed, Purpose.DISCOUNT)
    black_week = np.asarray(calendar.black_week)[day]
    chance = np.where(black_week, world.BLACK_WEEK_DISCOUNT_SHARE, world.DISCOUNT_SHARE)
    reduced = draws.happens(chance)
    per_cent = np.asarray(world.DISCOUNTS, dtype=np.int64)
    return np.where(reduced, per_cent[draws.pick(world.DISCOUNT_WEIGHTS, len(day))], 0)


def _refunds(orders: Orders, days: int, fate: Draws) -> Refunds:
    """Return the refunds that were paid before the calendar ended."""
    count = len(orders.day)
    chance = _of([item.refund for item in world.PRODUCTS], orders.product)
    chance *= np.where(orders.channel == world.SOCIAL, world.SOCIAL_REFUND_FACTOR, 1.0)
    wait = fate.gamma(world.REFUND_DELAY_SHAPE, count) * world.REFUND_DELAY_DAYS
    day = orders.day + 1 + wait.astype(np.int32)
    refunded = fate.happens(chance) & ~orders.cancelled & (day < days)
    partial = fate.happens(np.full(count, world.PARTIAL_REFUND_SHARE)) & (orders.quantity > 1)
    units = np.where(partial, 1, orders.quantity)
    order = np.flatnonzero(refunded).astype(np.int64)
    return Refunds(order=order, day=day[order], units=units[order])


def marketing_spend(calendar: world.Calendar, customers: int, seed: int) -> tuple[SpendLine, ...]:
    """Return the monthly spend of each paid channel, planned for the customers expected in the month."""
    planned: dict[date, int] = {}
    for day, weight in zip(calendar.days, calendar.arrivals, strict=True):
        month = day.replace(day=1)
        planned[month] = planned.get(month, 0) + weight
    all_planned = sum(planned.values())
    all_shares = sum(item.first for item in world.CHANNELS)
    paid = sorted((item for item in world.CHANNELS if item.cost > 0), key=lambda item: item.name)
    surprise = iter(Draws(seed, Purpose.MARKETING).uniform(len(planned) * len(paid)).tolist())
    lines: list[SpendLine] = []
    for number, (month, weight) in enumerate(planned.items()):
        for channel in paid:
            cost = channel.cost * (1.0 + channel.cost_rise * number / len(planned))
            cost *= world.NOVEMBER_COST_FACTOR if month.month == 11 else 1.0
            cost *= 0.95 + 0.1 * next(surprise)
            expected = customers * channel.first * weight / (all_shares * all_planned)
            lines.append(SpendLine(month, channel.name, int(cost * expected * 100.0 + 0.5)))
    return tuple(lines)
