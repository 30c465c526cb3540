"""The catalogue: every figure that clv_xl can show, in one stable order."""

from __future__ import annotations

from typing import Final

from clv_xl.errors import UsageError, did_you_mean
from clv_xl.metrics import (
    acquisition,
    activity,
    averages,
    cohorts,
    concentration,
    flow,
    groups,
    lifetime,
    migration,
    retention,
    returning,
    rfm,
    segments,
    value,
)
from clv_xl.metrics.record import Metric

__all__ = ["catalogue", "find"]


def _count(name: str, title: str, formula: str, *, undefined: str = "when no order was read") -> Metric:
    return Metric(
        name=name,
        title=title,
        category="Customers",
        unit="count",
        number_format="#,##0",
        formula=formula,
        undefined=undefined,
        reference="A count of the customer summary.",
    )


CUSTOMERS: Final = _count("CUSTOMERS", "Customers", "customers with an order up to the as-of date")
NEW_CUSTOMERS: Final = _count(
    "NEW_CUSTOMERS", "New customers", "customers whose first order is in the period"
)
ORDERS: Final = _count(
    "ORDERS", "Orders", "distinct orders up to the as-of date; refunds are no orders of their own"
)
COHORT_SIZE: Final = _count(
    "COHORT_SIZE", "Cohort size", "customers whose first order is in the cohort's period"
)
AMOUNT: Final = Metric(
    name="AMOUNT",
    title="Amount",
    category="Customers",
    unit="currency",
    number_format="#,##0",
    formula="sum of the order amounts up to the as-of date, after the switches for VAT and refunds",
    undefined="when no order was read",
    reference="A sum of the customer summary.",
)

_CELL_FUNCTIONS: Final = (
    value.CLV,
    value.CLV_HISTORIC,
    lifetime.CLV_RETENTION,
    averages.AOV,
    averages.PURCHASE_FREQUENCY,
    lifetime.CUSTOMER_LIFESPAN,
    segments.RFM_SEGMENT,
    retention.RETENTION_RATE,
    retention.CHURN_RATE,
    returning.REPEAT_RATE,
    returning.TIME_BETWEEN_ORDERS,
    retention.NRR,
    retention.GRR,
    acquisition.CAC,
    acquisition.LTV_CAC,
    acquisition.CAC_PAYBACK,
    acquisition.CAC_MAX,
)

_FIGURES: Final = (
    CUSTOMERS,
    NEW_CUSTOMERS,
    activity.ACTIVE_CUSTOMERS,
    activity.ACTIVE_WINDOW,
    activity.ACTIVITY_TIER,
    activity.DAYS_SINCE_LAST_ORDER,
    flow.NEW_ACTIVE,
    flow.RETAINED,
    flow.REACTIVATED,
    flow.LOST,
    flow.ORDERED_SINCE,
    ORDERS,
    AMOUNT,
    averages.CUSTOMER_YEARS,
    averages.ORDERS_PER_ACTIVE_YEAR,
    value.HISTORIC_VALUE,
    lifetime.SURVIVAL_LIFESPAN,
    cohorts.COHORT_VALUE,
    COHORT_SIZE,
    cohorts.COHORT_RETENTION,
    cohorts.COHORT_CAME_BACK,
    rfm.R_SCORE,
    rfm.F_SCORE,
    rfm.M_SCORE,
    rfm.FM_SCORE,
    rfm.OFTEN_BUT_SMALL,
    rfm.SELDOM_BUT_LARGE,
    migration.SEGMENT_MIGRATION,
    concentration.TOP_SHARE,
    concentration.GINI,
    concentration.NEGATIVE_CUSTOMERS,
    acquisition.BUDGET_SPLIT,
    groups.COMPARED,
    migration.BEST_TENTH,
)

_BY_NAME: Final = {metric.name: metric for metric in (*_CELL_FUNCTIONS, *_FIGURES)}


def catalogue() -> tuple[Metric, ...]:
    """Return every record: cell functions first, then the other figures of a report.

    Examples
    --------
    >>> [metric.name for metric in catalogue()][:3]
    ['CLV', 'CLV_HISTORIC', 'CLV_RETENTION']
    """
    return tuple(_BY_NAME.values())


def find(name: str) -> Metric:
    """Return the record of that name; capitals do not matter.

    Parameters
    ----------
    name : str
        The Excel name.

    Returns
    -------
    Metric
        The record.

    Raises
    ------
    UsageError
        For a name that is not in the catalogue.

    Examples
    --------
    >>> find("aov").title
    'Average order value'
    >>> find("RETENTION_RAT")
    Traceback (most recent call last):
    clv_xl.errors.UsageError: There is no function or figure "RETENTION_RAT". Did you mean "RETENTION_RATE"?
    """
    known = _BY_NAME.get(name.strip().upper())
    if known is None:
        raise UsageError(f'There is no function or figure "{name}".{did_you_mean(name, _BY_NAME)}')
    return known
