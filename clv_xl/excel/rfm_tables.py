"""RFM tables that spill: orders in columns, grouped and scored as in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.customers.summary import summarise, year_before
from clv_xl.customers.vectors import vector_shop
from clv_xl.errors import ArgumentError, InputError
from clv_xl.excel.answers import Table
from clv_xl.metrics.migration import NOT_YET, segment_migration
from clv_xl.metrics.rfm import rfm_scores
from clv_xl.metrics.segments import SEGMENTS, SegmentMap, rfm_segment

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from clv_xl.metrics.arguments import FloatArray, IntArray, ObjectArray
    from clv_xl.metrics.occasions import DayArray

__all__ = ["rfm", "rfm_migration"]


def rfm(
    customers: ObjectArray,
    dates: DayArray,
    amounts: FloatArray,
    as_of: date | None = None,
    bins: float = 5,
) -> Table:
    """RFM scores and segment of each customer, in order of customer id.

    Parameters
    ----------
    customers, dates, amounts, as_of
        As for :func:`clv_xl.excel.tables.clv_customers`.
    bins : float, default 5
        How many scores there are, a whole number from 2 to 10.

    Returns
    -------
    Table
        customer, days since last order, orders, amount, R, F, M, score, segment. The score is the three side by
        side: 5, 4, 4 is 544, and with 10 scores 10, 9, 8 is 100908.

    Raises
    ------
    InputError
        When there is no order.
    ArgumentError
        For an impossible amount or number of scores.

    Examples
    --------
    >>> from clv_xl.excel.functions import RFM
    >>> RFM(["Ann", "Bo"], ["2024-01-01", "2025-01-01"], [100, 60])[1]
    ['Ann', 366, 1, 100.0, 2, 3, 4, 234, 'At risk']
    """
    segment_map = SegmentMap.default(bins)  # type: ignore[arg-type] # it refuses what is no whole number
    with vector_shop(customers, dates, amounts, as_of=as_of) as shop:
        frame = summarise(shop.connection, shop.as_of)
    r, f, m, names = _scored(frame, segment_map)
    step = 100 if segment_map.bins > 9 else 10
    return Table(
        ("customer", "days since last order", "orders", "amount", "R", "F", "M", "score", "segment"),
        (
            frame["customer_id"].tolist(),
            frame["days_since_last_order"].to_numpy(),
            frame["orders"].to_numpy(),
            frame["amount"].to_numpy(),
            r,
            f,
            m,
            (r * step + f) * step + m,
            names,
        ),
    )


def _scored(frame: pd.DataFrame, segment_map: SegmentMap) -> tuple[IntArray, IntArray, IntArray, list[str]]:
    r, f, m = rfm_scores(
        frame["days_since_last_order"].to_numpy(),
        frame["orders"].to_numpy(),
        frame["amount"].to_numpy(),
        bins=segment_map.bins,
    )
    return r, f, m, rfm_segment(r, f, m, segment_map).tolist()


def rfm_migration(
    customers: ObjectArray,
    dates: DayArray,
    amounts: FloatArray,
    from_date: date | None = None,
    to_date: date | None = None,
) -> Table:
    """Count who went from which segment to which.

    Parameters
    ----------
    customers, dates, amounts
        As for :func:`clv_xl.excel.tables.clv_customers`.
    from_date : datetime.date or None, default None
        The first date; None is a year before the second.
    to_date : datetime.date or None, default None
        The second date; None is the newest order.

    Returns
    -------
    Table
        A row for each segment at the first date, and one for customers who came after it; a column for each
        segment at the second date.

    Raises
    ------
    InputError
        When nobody had ordered by the first date.
    ArgumentError
        For dates in the wrong order, or an impossible amount.

    Examples
    --------
    >>> from clv_xl.excel.functions import RFM_MIGRATION
    >>> table = RFM_MIGRATION(["Ann", "Bo"], ["2024-01-01", "2025-01-01"], [100, 60])
    >>> len(table), table[-1][0], sum(table[-1][1:])
    (13, '(no order yet)', 1)
    """
    segment_map = SegmentMap.default()
    with vector_shop(customers, dates, amounts, as_of=to_date) as shop:
        start = year_before(shop.as_of) if from_date is None else from_date
        if start >= shop.as_of:
            raise ArgumentError(f"from_date is {start}, but it must be before to_date, {shop.as_of}.")
        before, now = summarise(shop.connection, start), summarise(shop.connection, shop.as_of)
    if before.empty:
        raise InputError(f"Nobody had ordered by {start}. Give a later from_date.")
    names = [segment.name for segment in SEGMENTS]
    known = dict(zip(before["customer_id"].tolist(), _scored(before, segment_map)[3], strict=True))
    then = [known.get(customer, NOT_YET) for customer in now["customer_id"].tolist()]
    counts = segment_migration(then, _scored(now, segment_map)[3], names)
    return Table(("then / now", *names), ([*names, NOT_YET], *counts.T))
