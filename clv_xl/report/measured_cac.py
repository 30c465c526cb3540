"""The acquisition cost that follows from spend: what was spent, by how many customers it won."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING

from clv_xl.customers.calendar import Period
from clv_xl.metrics.acquisition import cac
from clv_xl.report.words import count, day, number, plural
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pandas as pd

    from clv_xl.orders.filled_spend import Spend

__all__ = ["MeasuredCac", "counted_spend", "is_whole", "measure_cac"]


@dataclass(frozen=True, slots=True)
class MeasuredCac:
    """Spend by new customers, over the months of spend that lie wholly inside the order history.

    Attributes
    ----------
    source : str
        Where the spend stands: ``the Spend sheet`` or ``spend.csv``.
    months : int
        Months that count: those with spend whose every day lies between the first order and the as-of date.
    spend : decimal.Decimal
        All spend of these months, exact.
    new_customers : int
        Customers whose first order falls in these months.
    cac : float
        Spend / new customers; NaN where no month counts or nobody was won.
    first_day, as_of : datetime.date
        The order history.
    left_out : frozenset of datetime.date
        Months that lie wholly inside the order history and do not count, because a row of their spend is set aside:
        their customers would be divided into part of what they cost.
    """

    source: str
    months: int
    spend: Decimal
    new_customers: int
    cac: float
    first_day: date
    as_of: date
    left_out: frozenset[date] = frozenset()

    @property
    def is_known(self) -> bool:
        """Whether there is a cost to use."""
        return not isnan(self.cac)

    def words(self, currency: str) -> str:
        """Say where the cost comes from, or why there is none."""
        out = len(self.left_out)
        if not self.months and out:
            return say(
                "In every month of {source} that lies wholly inside the order history ({out}) some spend "
                "is set aside, so it gives no acquisition cost.",
                source=self.source,
                out=count(out),
            )
        if not self.months:
            return say(
                "No month of {source} lies wholly inside the order history, {first_day} to {as_of}, so "
                "it gives no acquisition cost.",
                source=self.source,
                first_day=day(self.first_day),
                as_of=day(self.as_of),
            )
        months = plural(self.months, "month", "months")
        if not self.is_known:
            spent = count(float(self.spend))
            return say(
                "From {source}: {months}, {spent}, but no new customer in them.{without}",
                source=self.source,
                months=months,
                spent=spent,
                without=self._without(),
            )
        return (
            say(
                "From {source}: {months}, {spend} / {new_customers} new customers = {cac}{currency}",
                source=self.source,
                months=months,
                spend=count(float(self.spend)),
                new_customers=count(self.new_customers),
                cac=number(self.cac, 2),
                currency=f" {currency}" if currency else "",
            )
            + "."
            + self._without()
        )

    def _without(self) -> str:
        if not self.left_out:
            return ""
        which = (
            say("1 month does")
            if len(self.left_out) == 1
            else say("{left_out} months do", left_out=count(len(self.left_out)))
        )
        return say(
            " {which} not count, customers and all, because some spend is set aside there.", which=which
        )


def is_whole(month: date, first_day: date, as_of: date) -> bool:
    """Tell whether every day of a month lies between the first order and the as-of date.

    Examples
    --------
    >>> from datetime import date
    >>> is_whole(date(2025, 1, 1), date(2025, 1, 1), date(2025, 1, 31))
    True
    >>> is_whole(date(2025, 1, 1), date(2025, 1, 2), date(2025, 12, 31))
    False
    """
    period = Period("month")
    number_of = period.number(month)
    return first_day <= period.first_day(number_of) and period.last_day(number_of) <= as_of


def measure_cac(spend: Spend, months: pd.DataFrame, first_day: date, as_of: date) -> MeasuredCac:
    """Divide the spend of whole months by the customers won in them.

    Parameters
    ----------
    spend : Spend
        Rows of spend. A month with a row set aside counts nowhere; a row without a month belongs to none.
    months : pandas.DataFrame
        As :func:`clv_xl.customers.calendar.months` returns them: month and new_customers.
    first_day, as_of : datetime.date
        The order history.
    """
    left_out = _left_out(spend, first_day, as_of)
    sums: dict[date, Decimal] = {}
    for month, _, spent in counted_spend(spend, first_day, as_of):
        sums[month] = sums.get(month, Decimal(0)) + spent
    total = sum(sums.values(), start=Decimal(0))
    inside = months["month"].dt.date.isin(list(sums))
    won = int(months.loc[inside, "new_customers"].sum())
    cost = cac(float(total), won)
    return MeasuredCac(spend.source, len(sums), total, won, cost, first_day, as_of, left_out)


def counted_spend(spend: Spend, first_day: date, as_of: date) -> Iterator[tuple[date, str, Decimal]]:
    """Yield month, channel and amount of the rows of spend that count: see :func:`measure_cac`."""
    left_out = _left_out(spend, first_day, as_of)
    for line in spend.usable:
        if line.month is None or line.spend is None or line.month in left_out:
            continue
        if is_whole(line.month, first_day, as_of):
            yield line.month, line.channel, line.spend


def _left_out(spend: Spend, first_day: date, as_of: date) -> frozenset[date]:
    return frozenset(
        line.month
        for line in spend.set_aside
        if line.month is not None and is_whole(line.month, first_day, as_of)
    )
