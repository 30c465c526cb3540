"""The value curve: what an average customer has brought by each month after the first order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from clv_xl.customers.calendar import Period
from clv_xl.report.rough import HANDFUL

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.parameters import Parameters

__all__ = ["ValueCurve", "value_curve"]

LONGEST = 36


@dataclass(frozen=True, slots=True)
class ValueCurve:
    """Averages per acquired customer, by calendar month after the month of the first order.

    Each month's average is over the cohorts that have lived through it, and the months are then added up;
    so a young cohort tells what it can and distorts nothing later.

    Attributes
    ----------
    ages : tuple of int
        0 for the month of the first order, then 1, 2, ...
    customers : tuple of int
        Customers behind each month's average.
    active : tuple of float
        Share of them with an order in that month.
    orders, amount, own_margin, uncosted_amount : tuple of float
        Cumulative per customer.
    """

    ages: tuple[int, ...]
    customers: tuple[int, ...]
    active: tuple[float, ...]
    orders: tuple[float, ...]
    amount: tuple[float, ...]
    own_margin: tuple[float, ...]
    uncosted_amount: tuple[float, ...]

    MARGIN_COLUMN: ClassVar[str] = "value_curve[Cumulative margin]"

    @property
    def drawn(self) -> int:
        """How many months a chart shows: those that rest on more than a handful, or all in a tiny shop."""
        enough = sum(behind >= HANDFUL for behind in self.customers)
        return enough if enough > 1 else len(self.ages)

    def cumulative_margin(self, parameters: Parameters) -> np.ndarray:
        """Return the cumulative margin per customer after cost to serve, by month."""
        return (
            np.array(self.own_margin)
            + np.array(self.uncosted_amount) * parameters.gross_margin
            - np.array(self.orders) * parameters.service_cost
        )

    def month_reached(self, parameters: Parameters) -> float:
        """Return the number (from 1) of the first month whose cumulative margin covers the acquisition cost."""
        covered = self.cumulative_margin(parameters) >= (parameters.acquisition_cost or 0.0)
        return float(covered.argmax() + 1) if covered.any() else float("nan")


def value_curve(monthly_cohorts: pd.DataFrame, as_of: date) -> ValueCurve:
    """Compute the curve from monthly cohorts, leaving out months that are not over.

    Parameters
    ----------
    monthly_cohorts : pandas.DataFrame
        As :func:`clv_xl.customers.calendar.cohorts` returns them for months.
    as_of : date
        The day on which everything is measured.
    """
    period = Period("month")
    newest = period.number(as_of)
    if period.last_day(newest) != as_of:
        newest -= 1
    cohort, age = (monthly_cohorts[name].to_numpy(dtype=np.int64) for name in ("cohort", "age"))
    begun = age == 0
    longest_seen = newest - cohort[begun]
    sizes = monthly_cohorts["customers"].to_numpy()[begun]
    over = (cohort + age <= newest) & (age < LONGEST)
    behind = [int(sizes[longest_seen >= month].sum()) for month in range(LONGEST)]
    reached = behind.index(0) if 0 in behind else LONGEST
    ages, customers = list(range(reached)), behind[:reached]
    sums: dict[str, list[float]] = {}
    for name in ("customers", "orders", "amount", "own_margin", "uncosted_amount"):
        weights = monthly_cohorts[name].to_numpy(dtype=np.float64)[over]
        added = np.bincount(age[over], weights, minlength=LONGEST)[:reached]
        sums[name] = (added / np.asarray(customers, dtype=np.float64)).tolist()
    return ValueCurve(
        ages=tuple(ages),
        customers=tuple(customers),
        active=tuple(sums["customers"]),
        orders=_added_up(sums["orders"]),
        amount=_added_up(sums["amount"]),
        own_margin=_added_up(sums["own_margin"]),
        uncosted_amount=_added_up(sums["uncosted_amount"]),
    )


def _added_up(values: list[float]) -> tuple[float, ...]:
    return tuple(np.cumsum(values).tolist())
