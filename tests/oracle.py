"""The figures of a report a second time, from their definitions: plain Python, exact decimals and fractions.

It shares nothing with the package, neither code nor tables. Everything is slow and obvious on purpose: days
are dates, money is Decimal, customers are grouped with dictionaries, and a float is made once, at the end.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

NAN = float("nan")
CENTS = Decimal("0.0001")
YEAR_OF_DAYS = Decimal("365.25")


@dataclass(frozen=True)
class Line:
    """One row of an order file, as its owner means it; an amount below 0 is a refund."""

    customer: str
    day: date
    amount: Decimal
    order: str | None = None
    cost: Decimal | None = None
    status: str = ""
    channel: str | None = None


@dataclass(frozen=True)
class Wish:
    """The parameters that figures depend on."""

    gross_margin: float = 1.0
    lifespan_years: float | None = None
    discount_rate: float = 0.0
    acquisition_cost: float | None = None
    service_cost: float = 0.0
    target_ratio: float = 3.0


def year_before(day: date) -> date:
    """The same day a year earlier; the day before 1 March where there is no 29 February."""
    try:
        return date(day.year - 1, day.month, day.day)
    except ValueError:
        return date(day.year - 1, 3, 1) - timedelta(days=1)


def year_after(day: date) -> date:
    """The same day a year later; the day before 1 March where there is no 29 February."""
    try:
        return date(day.year + 1, day.month, day.day)
    except ValueError:
        return date(day.year + 1, 3, 1) - timedelta(days=1)


def counted_lines(
    lines: list[Line],
    *,
    as_of: date | None = None,
    refunds: str = "subtract",
    vat_rate: str | None = None,
) -> list[Line]:
    """The rows that count, with the amounts that count."""
    known = lines if as_of is None else [line for line in lines if line.day <= as_of]
    kept = [_of_whose_order(line, lines, known) for line in known if line.status != "cancelled"]
    if refunds == "ignore":
        kept = [line for line in kept if line.amount >= 0]
    first: dict[str, date] = {}
    for line in kept:
        if line.amount >= 0:
            first[line.customer] = min(line.day, first.get(line.customer, line.day))
    kept = [line for line in kept if line.amount >= 0 or first.get(line.customer, date.max) <= line.day]
    if as_of is None and (sales := [line.day for line in kept if line.amount >= 0]):
        # a refund booked after the newest order counts on that order's day
        newest = max(sales)
        kept = [replace(line, day=newest) if line.day > newest else line for line in kept]
    if vat_rate is None:
        return kept
    return [replace(line, amount=_without_vat(line.amount, vat_rate)) for line in kept]


def _of_whose_order(refund: Line, lines: list[Line], known: list[Line]) -> Line:
    """A refund of an order that is no order of its customer, but of one other who had it by then, is that one's."""
    same = [
        line for line in lines if line.order is not None and line.order == refund.order and line.amount >= 0
    ]
    if refund.amount >= 0 or any(line.customer == refund.customer for line in same):
        return refund
    owners = {
        line.customer: line.day
        for line in sorted(known, key=lambda one: one.day, reverse=True)
        if line in same
    }
    if len(owners) != 1 or min(owners.values()) > refund.day:
        return refund
    return replace(refund, customer=next(iter(owners)))


def _without_vat(amount: Decimal, rate: str) -> Decimal:
    return (amount / (1 + Decimal(rate))).quantize(CENTS, rounding=ROUND_HALF_UP)


@dataclass
class Customer:
    """One customer at the end of a day."""

    orders: int = 0
    days: set[date] = field(default_factory=set)
    amount: Decimal = Decimal(0)
    sales: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)
    own_margin: Decimal = Decimal(0)
    uncosted_amount: Decimal = Decimal(0)

    @property
    def first(self) -> date:
        return min(self.days)

    @property
    def last(self) -> date:
        return max(self.days)


@dataclass(frozen=True)
class Event:
    """What the money of one row, or the placing of one order, adds to a customer's day."""

    customer: str
    day: date
    orders: int
    amount: Decimal
    own_margin: Decimal
    uncosted: Decimal


class Shop:
    """A shop's rows that count, and every figure that follows from them."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self._customers: dict[date, dict[str, Customer]] = {}
        zero = Decimal(0)
        placed: dict[tuple[str, object], date] = {}
        self.events: list[Event] = []
        for number, line in enumerate(lines):
            # goods that come back give their cost back, whatever its sign in the file
            back = line.cost is not None and line.amount < 0
            cost = -abs(line.cost) if back and line.cost is not None else line.cost
            margin = None if cost is None else line.amount - cost
            money = (zero, line.amount) if margin is None else (margin, zero)
            self.events.append(Event(line.customer, line.day, 0, line.amount, *money))
            if line.amount >= 0:
                key = (line.customer, ("row", number) if line.order is None else line.order)
                placed[key] = min(line.day, placed.get(key, line.day))
        for (customer, _), day in placed.items():
            self.events.append(Event(customer, day, 1, zero, zero, zero))

    @property
    def newest(self) -> date:
        return max(line.day for line in self.lines if line.amount >= 0)

    @property
    def oldest(self) -> date:
        return min(line.day for line in self.lines if line.amount >= 0)

    def customers(self, as_of: date) -> dict[str, Customer]:
        """Everyone who had ordered by the end of the day, by id."""
        if as_of in self._customers:
            return self._customers[as_of]
        found: dict[str, Customer] = defaultdict(Customer)
        for event in self.events:
            if event.day > as_of:
                continue
            one = found[event.customer]
            one.orders += event.orders
            if event.orders:
                one.days.add(event.day)
            one.amount += event.amount
            one.sales += max(event.amount, Decimal(0))
            one.refunds += min(event.amount, Decimal(0))
            one.own_margin += event.own_margin
            one.uncosted_amount += event.uncosted
        self._customers[as_of] = {name: found[name] for name in sorted(found) if found[name].orders}
        return self._customers[as_of]

    def gaps(self, as_of: date) -> list[int]:
        """Days between each purchase occasion and the same customer's next."""
        spans: list[int] = []
        for one in self.customers(as_of).values():
            days = sorted(one.days)
            spans += [(later - earlier).days for earlier, later in pairwise(days)]
        return sorted(spans)

    def window(self, as_of: date) -> int | None:
        """The smallest gap that at least nine tenths of all gaps do not exceed; None without a gap."""
        times, covered = Counter(self.gaps(as_of)), 0
        for span in sorted(times):
            covered += times[span]
            if 10 * covered >= 9 * times.total():
                return span
        return None

    def active(self, as_of: date, window: int) -> set[str]:
        """Whoever ordered within the window before the end of the day."""
        earliest = as_of - timedelta(days=window)
        return {name for name, one in self.customers(as_of).items() if one.last >= earliest}

    def movement(self, as_of: date, window: int) -> dict[str, int] | None:
        """How the active of a year ago became those of today; None without any customer then."""
        start_day = year_before(as_of)
        old = set(self.customers(start_day))
        if not old:
            return None
        start, end = self.active(start_day, window), self.active(as_of, window)
        return {
            "start": len(start),
            "new": len(end - old),
            "reactivated": len((end & old) - start),
            "lost": len(start - end),
            "ordered": len(
                start & {name for name, one in self.customers(as_of).items() if one.last > start_day}
            ),
            "end": len(end),
        }

    def active_years(self, as_of: date, window: int) -> float:
        """Customer-years from first orders to the ends of the windows, or to the day; a day at least each."""
        days = 0
        for one in self.customers(as_of).values():
            end = min(as_of, one.last + timedelta(days=window))
            days += max(1, (end - one.first).days)
        return float(days / YEAR_OF_DAYS)

    def lifespan(self, as_of: date, window: int) -> float:
        """Area under the Kaplan-Meier curve of active lives, in years; NaN when nobody lived a day."""
        lives: list[tuple[int, bool]] = []
        for one in self.customers(as_of).values():
            over = (as_of - one.last).days > window
            end = one.last + timedelta(days=window) if over else as_of
            lives.append(((end - one.first).days, over))
        ended = Counter(days for days, over in lives if over)
        leaving = Counter(days for days, _ in lives)
        at_risk, survival, area, before = len(lives), Fraction(1), Fraction(0), 0
        for days in sorted(leaving):
            area += survival * (days - before)
            survival *= 1 - Fraction(ended[days], at_risk)
            at_risk -= leaving[days]
            before = days
        return float(area / Fraction(str(YEAR_OF_DAYS))) if area else NAN

    def totals(self, after: date | None, as_of: date) -> dict[str, float]:
        """Orders and money after one day and up to another."""
        inside = [
            event for event in self.events if (after is None or event.day > after) and event.day <= as_of
        ]
        zero = Decimal(0)
        return {
            "orders": sum(event.orders for event in inside),
            "amount": float(sum((event.amount for event in inside), zero)),
            "own_margin": float(sum((event.own_margin for event in inside), zero)),
            "uncosted": float(sum((event.uncosted for event in inside), zero)),
        }

    def won(self, after: date, until: date) -> set[str]:
        """Whoever ordered for the first time after one day and up to another."""
        return {name for name, one in self.customers(date.max).items() if after < one.first <= until}

    def first_years(self, as_of: date) -> dict[str, dict[str, float]]:
        """Whoever came more than a year and at most two years ago, with the twelve months from the first order."""
        until = year_before(as_of)
        people = self.customers(date.max)
        events: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            events[event.customer].append(event)
        found: dict[str, dict[str, float]] = {}
        for name in self.won(year_before(until), until):
            end = year_after(people[name].first)
            inside = [event for event in events[name] if event.day < end]
            found[name] = {
                "orders": sum(event.orders for event in inside),
                "amount": _money(event.amount for event in inside),
                "own_margin": _money(event.own_margin for event in inside),
                "uncosted": _money(event.uncosted for event in inside),
            }
        return found

    def comparable(self, as_of: date, window: int) -> dict[str, bool]:
        """What may be set against a year earlier: like with like, from the definition of each."""
        ago = year_before(as_of)
        twice = year_before(ago)
        reach = timedelta(days=window)
        known = [name for name, one in self.customers(ago).items()]
        fresh, earlier = len(self.won(ago, as_of)), len(self.won(twice, ago))
        burst = 2 * earlier > len(known) and 20 * fresh < earlier
        enough = min(len(self.first_years(as_of)), len(self.first_years(ago))) >= 30
        return {
            "average": self.oldest <= twice,
            "sum": self.oldest <= twice and not burst,
            "stock": self.oldest <= min(twice, ago - reach) and not burst,
            "movement": self.oldest <= twice - reach and not burst,
            "first year": self.oldest <= year_before(twice) - reach and enough,
        }

    def months(self, as_of: date) -> dict[date, dict[str, float]]:
        """Per calendar month from the first order to the day: who ordered, who was new, and the money."""
        first = {name: one.first.replace(day=1) for name, one in self.customers(as_of).items()}
        events: dict[date, list[Event]] = defaultdict(list)
        for event in self.events:
            if event.day <= as_of:
                events[event.day.replace(day=1)].append(event)
        rows: dict[date, dict[str, float]] = {}
        month, so_far = min(events), list[Event]()
        while month <= as_of:
            inside = events[month]
            so_far += inside
            bought = {e.customer for e in inside if e.orders}
            fresh = [e for e in inside if first[e.customer] == month]
            rows[month] = {
                "customers": len(bought),
                "new_customers": len({name for name in bought if first[name] == month}),
                "orders": sum(e.orders for e in inside),
                "amount": _money(e.amount for e in inside),
                "new_amount": _money(e.amount for e in fresh),
                "own_margin": _money(e.own_margin for e in inside),
                "uncosted_amount": _money(e.uncosted for e in inside),
                "orders_so_far": sum(e.orders for e in so_far),
                "amount_so_far": _money(e.amount for e in so_far),
                "own_margin_so_far": _money(e.own_margin for e in so_far),
                "uncosted_so_far": _money(e.uncosted for e in so_far),
            }
            month = (month + timedelta(days=31)).replace(day=1)
        return rows

    def cohorts(self, as_of: date, months: int) -> dict[tuple[int, int], dict[str, float]]:
        """Per cohort and age in periods of some months: who ordered, and the money; only where there is a row."""
        first = {name: _period(one.first, months) for name, one in self.customers(as_of).items()}
        cells: dict[tuple[int, int], list[Event]] = defaultdict(list)
        for event in self.events:
            if event.day <= as_of:
                cohort = first[event.customer]
                cells[cohort, _period(event.day, months) - cohort].append(event)
        return {
            key: {
                "customers": len({e.customer for e in cells[key] if e.orders}),
                "orders": sum(e.orders for e in cells[key]),
                "amount": _money(e.amount for e in cells[key]),
                "own_margin": _money(e.own_margin for e in cells[key]),
                "uncosted_amount": _money(e.uncosted for e in cells[key]),
            }
            for key in sorted(cells)
        }

    def retention(self, as_of: date, months: int) -> dict[str, object]:
        """The retention matrix with its maturity and its average over mature cells."""
        cells = self.cohorts(as_of, months)
        last = _period(as_of, months)
        sizes = {cohort: int(cells[cohort, 0]["customers"]) for cohort, age in cells if age == 0}
        rate: dict[tuple[int, int], float] = {}
        mature: dict[tuple[int, int], bool] = {}
        for cohort, size in sizes.items():
            for age in range(last - cohort + 1):
                rate[cohort, age] = cells.get((cohort, age), {"customers": 0})["customers"] / size
                mature[cohort, age] = _last_day(cohort + age, months) <= as_of
        average: list[float] = []
        for age in range(last - min(sizes) + 1):
            ripe = [cohort for cohort in sizes if mature.get((cohort, age))]
            came = sum(cells.get((cohort, age), {"customers": 0})["customers"] for cohort in ripe)
            people = sum(sizes[cohort] for cohort in ripe)
            average.append(came / people if people else NAN)
        return {"sizes": sizes, "rate": rate, "mature": mature, "average": average}

    def value_curve(self, as_of: date, longest: int = 36) -> list[dict[str, float]]:
        """Cumulative averages per acquired customer by month; each month over those who lived through it."""
        cells = self.cohorts(as_of, 1)
        sizes = {cohort: int(cells[cohort, 0]["customers"]) for cohort, age in cells if age == 0}
        rows: list[dict[str, float]] = []
        running = dict.fromkeys(("orders", "amount", "own_margin", "uncosted_amount"), 0.0)
        for age in range(longest):
            ripe = [cohort for cohort in sizes if _last_day(cohort + age, 1) <= as_of]
            people = sum(sizes[cohort] for cohort in ripe)
            if not people:
                break
            there = [cells[cohort, age] for cohort in ripe if (cohort, age) in cells]
            for name in running:
                running[name] += sum(cell[name] for cell in there) / people
            rows.append(
                {
                    "age": age,
                    "customers": people,
                    "active": sum(cell["customers"] for cell in there) / people,
                    **running,
                }
            )
        return rows

    def key_figures(self, as_of: date, window: int, wish: Wish) -> dict[str, float]:
        """Every key figure at the end of one day, by its name in the workbook."""
        people = self.customers(as_of)
        life, year = self.totals(None, as_of), self.totals(year_before(as_of), as_of)
        move = self.movement(as_of, window)
        cac = wish.acquisition_cost
        years = self.active_years(as_of, window)
        measured = self.lifespan(as_of, window)
        margin_life = life["own_margin"] + life["uncosted"] * wish.gross_margin
        per_order = _ratio(margin_life, life["orders"]) - wish.service_cost
        lifespan = measured if wish.lifespan_years is None else wish.lifespan_years
        # the first order comes once in a lifespan, the others with the years
        frequency = _ratio(1, lifespan) + _ratio(life["orders"] - len(people), years)
        yearly, rate = per_order * frequency, wish.discount_rate
        gross = yearly * ((1 - (1 + rate) ** -lifespan) / rate if rate else lifespan)
        repeat = sum(len(one.days) > 1 for one in people.values())
        young = self.first_years(as_of)
        first = {key: sum(one[key] for one in young.values()) for key in ("orders", "own_margin", "uncosted")}
        first_margin = first["own_margin"] + first["uncosted"] * wish.gross_margin
        first_margin -= wish.service_cost * first["orders"]
        historic = (margin_life - wish.service_cost * life["orders"]) / len(people) - (cac or 0.0)
        found = {
            "customers_total": len(people),
            "active_customers": len(self.active(as_of, window)),
            "repeat_customers": repeat,
            "new_customers": len(self.won(year_before(as_of), as_of)),
            "first_year_customers": len(young),
            "first_year_orders": first["orders"],
            "first_year_own_margin": first["own_margin"],
            "first_year_uncosted": first["uncosted"],
            "first_year_margin": _ratio(first_margin, len(young)),
            "start_active": move["start"] if move else NAN,
            "new_active": move["new"] if move else NAN,
            "reactivated": move["reactivated"] if move else NAN,
            "lost": move["lost"] if move else NAN,
            "ordered_since": move["ordered"] if move else NAN,
            "ordered_share": _ratio(move["ordered"], move["start"]) if move else NAN,
            "orders_total": life["orders"],
            "amount_total": life["amount"],
            "own_margin_total": life["own_margin"],
            "uncosted_total": life["uncosted"],
            "orders_year": year["orders"],
            "amount_year": year["amount"],
            "active_years": years,
            "avg_order_value": _ratio(year["amount"], year["orders"]),
            "purchase_rate": frequency,
            "churn_share": _ratio(move["lost"], move["start"])
            if move and self.oldest <= year_before(as_of) - timedelta(days=window)
            else NAN,
            # within a window of the first order nobody can be inactive, so nobody is retained either
            "retention": _ratio(move["start"] - move["lost"], move["start"])
            if move and self.oldest <= year_before(as_of) - timedelta(days=window)
            else NAN,
            "repeat_share": repeat / len(people),
            "margin_per_order": per_order,
            "lifespan_measured": measured,
            "lifespan": lifespan,
            "historic_clv": historic,
            "clv_before_cac": gross,
            "clv_after_cac": gross - (cac or 0.0),
            "ltv_to_cac": gross / cac if cac else NAN,
            "highest_cac": gross / wish.target_ratio if gross >= 0 else NAN,
        }
        return {name: float(value) for name, value in found.items()}

    def payback(self, as_of: date, wish: Wish) -> tuple[float, float]:
        """The month whose cumulative margin first covers CAC, and the months to that point within it."""
        cac = wish.acquisition_cost
        if not cac:
            return NAN, NAN
        earlier = 0.0
        for month, row in enumerate(self.value_curve(as_of), start=1):
            margin = cumulative_margin(row, wish)
            if margin >= cac:
                return float(month), month - 1 + (cac - earlier) / (margin - earlier)
            earlier = margin
        return NAN, NAN


def cumulative_margin(row: dict[str, float], wish: Wish) -> float:
    """Margin per customer up to a month of the value curve, after cost to serve."""
    return row["own_margin"] + row["uncosted_amount"] * wish.gross_margin - row["orders"] * wish.service_cost


def historic_clv(one: Customer, wish: Wish) -> float:
    """Margin of all orders - cost to serve them - acquisition cost."""
    margin = float(one.own_margin) + float(one.uncosted_amount) * wish.gross_margin
    return margin - wish.service_cost * one.orders - (wish.acquisition_cost or 0.0)


def scores(values: dict[str, Any], bins: int, *, large_is_good: bool = True) -> dict[str, int]:
    """Score by the share of values strictly worse plus half of those equal; 1 to ``bins``."""
    size = len(values)
    times = Counter(values.values())
    ordered = sorted(times, reverse=not large_is_good)
    by_value, worse = {}, 0
    for value in ordered:
        share = Fraction(worse, size) + Fraction(times[value], 2 * size)
        by_value[value] = min(bins, 1 + math.floor(share * bins))
        worse += times[value]
    return {name: by_value[value] for name, value in values.items()}


def rfm(
    people: dict[str, Customer], as_of: date, bins: int = 5, *, nested: bool = False
) -> dict[str, tuple[int, int, int]]:
    """R, F and M of each customer; nested: F among those of the same R, M among those of the same R and F."""
    r = scores({name: (as_of - one.last).days for name, one in people.items()}, bins, large_is_good=False)

    def among(groups: dict[str, Any], values: dict[str, Any]) -> dict[str, int]:
        members: dict[object, list[str]] = defaultdict(list)
        for name, group in groups.items():
            members[group].append(name)
        found: dict[str, int] = {}
        for names in members.values():
            found |= scores({name: values[name] for name in names}, bins)
        return found

    everyone: dict[str, object] = dict.fromkeys(people, "all")
    f = among(dict(r) if nested else everyone, {name: one.orders for name, one in people.items()})
    pairs: dict[str, object] = {name: (r[name], f[name]) for name in people}
    m = among(pairs if nested else everyone, {name: one.amount for name, one in people.items()})
    return {name: (r[name], f[name], m[name]) for name in people}


def frequency_and_money(f: int, m: int) -> int:
    """The mean of F and M, rounded half up."""
    return math.floor(Fraction(f + m, 2) + Fraction(1, 2))


def tiers(people: dict[str, Customer], active: set[str], share: str) -> dict[str, str]:
    """Ambassadors: the active with the most orders, at most a share of the active, equals all in or all out."""
    room = math.floor(Fraction(share) * len(active))
    orders = Counter(people[name].orders for name in active)
    found = {}
    for name, one in people.items():
        as_good = sum(times for count, times in orders.items() if count >= one.orders)
        if name not in active:
            found[name] = "inactive"
        else:
            found[name] = "ambassadors" if as_good <= room else "active"
    return found


def tenths(amounts: list[Decimal]) -> list[tuple[int, float]]:
    """Customers and positive amount of each tenth, best first; a fraction of a customer goes to the better."""
    best = sorted((max(amount, Decimal(0)) for amount in amounts), reverse=True)
    cuts = [math.ceil(Fraction(len(best) * tenth, 10)) for tenth in range(11)]
    parts = [best[low:high] for low, high in pairwise(cuts)]
    return [(len(part), float(sum(part, Decimal(0)))) for part in parts]


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom else NAN


def _money(parts: Iterable[Decimal]) -> float:
    return float(sum(parts, Decimal(0)))


def _period(day: date, months: int) -> int:
    """Number of the period of some months that holds a day, counted from January of year 0."""
    return (day.year * 12 + day.month - 1) // months


def _last_day(period: int, months: int) -> date:
    year, month = divmod((period + 1) * months, 12)
    return date(year, month + 1, 1) - timedelta(days=1)
