"""Keeping customers and revenue, from counts and sums of a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, overload

import numpy as np

from clv_xl.metrics.arguments import NOT_NEGATIVE, align, contradiction, numbers
from clv_xl.metrics.arithmetic import answer, quotient
from clv_xl.metrics.record import Argument, Metric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray

__all__ = ["churn_rate", "grr", "nrr", "retention_rate"]

_ROUNDING: Final = 1 + 1e-12
"""Sums and differences carry rounding in their last digits; that alone is no contradiction."""

_LARGE: Final = 1e300
"""From here on a sum could be beyond a float, though the share that it is part of is not."""


@overload
def retention_rate(start_customers: float, end_customers: float, new_customers: float) -> float: ...
@overload
def retention_rate(
    start_customers: ArrayLike, end_customers: ArrayLike, new_customers: ArrayLike
) -> FloatArray: ...
def retention_rate(
    start_customers: ArrayLike, end_customers: ArrayLike, new_customers: ArrayLike
) -> float | FloatArray:
    """Share of the customers at the start who are still there at the end: ``(end - new) / start``.

    Parameters
    ----------
    start_customers : array_like
        Customers at the start of the period, 0 or more.
    end_customers : array_like
        Customers at its end, 0 or more.
    new_customers : array_like
        Those among ``end_customers`` who were not there at the start, 0 or more: the new ones, and those who
        came back after they were lost.

    Returns
    -------
    float or ndarray of float64
        Between 0 and 1. NaN where there was nobody at the start.

    Raises
    ------
    ArgumentError
        For a negative count, more new customers than customers at the end, more customers kept than there
        were at the start (a retention above 100% is always a slip), or columns of different length.

    Examples
    --------
    >>> retention_rate(10, 12, 4)
    0.8
    >>> retention_rate([10, 0], [8, 3], [0, 3])
    array([0.8, nan])
    """
    start = numbers("start_customers", start_customers, NOT_NEGATIVE)
    end = numbers("end_customers", end_customers, NOT_NEGATIVE)
    new = numbers("new_customers", new_customers, NOT_NEGATIVE)
    align(start_customers=start, end_customers=end, new_customers=new)
    if (wrong := np.asarray(new > end + 0 * start)).any():
        raise contradiction("new_customers", new, wrong, "at most end_customers.")
    there, kept = _shrunk(start, end - new)
    if (wrong := np.asarray(kept > there * _ROUNDING)).any():
        raise contradiction(
            "end_customers",
            end,
            wrong,
            "at most start_customers + new_customers. Count those who came back among the new.",
        )
    return answer(quotient(np.minimum(kept, there), there))


RETENTION_RATE: Final = Metric(
    name="RETENTION_RATE",
    title="Retention rate",
    category="Retention",
    unit="share",
    number_format="0.0%",
    formula="(customers at the end - new customers) / customers at the start",
    undefined="when there was nobody at the start",
    reference="The field's standard definition; it cannot exceed 100%.",
    function=retention_rate,
    arguments=(
        Argument("start_customers", "Customers at the start of the period, 0 or more.", "count"),
        Argument("end_customers", "Customers at the end of the period, 0 or more.", "count"),
        Argument(
            "new_customers",
            "Customers at the end who were not there at the start, those who came back included.",
            "count",
        ),
    ),
    cell_function=True,
    example_arguments=(10, 12, 4),
    example_result=0.8,
)


@overload
def churn_rate(start_customers: float, lost_customers: float) -> float: ...
@overload
def churn_rate(start_customers: ArrayLike, lost_customers: ArrayLike) -> FloatArray: ...
def churn_rate(start_customers: ArrayLike, lost_customers: ArrayLike) -> float | FloatArray:
    """Share of the customers at the start who were lost: ``lost / start``, that is 1 - retention rate.

    Parameters
    ----------
    start_customers : array_like
        Customers at the start of the period, 0 or more.
    lost_customers : array_like
        Those among them who are not there at the end, 0 or more.

    Returns
    -------
    float or ndarray of float64
        Between 0 and 1. NaN where there was nobody at the start.

    Raises
    ------
    ArgumentError
        For a negative count, more lost than there were, or columns of different length.

    Examples
    --------
    >>> churn_rate(10, 2)
    0.2
    """
    start = numbers("start_customers", start_customers, NOT_NEGATIVE)
    lost = numbers("lost_customers", lost_customers, NOT_NEGATIVE)
    align(start_customers=start, lost_customers=lost)
    if (wrong := np.asarray(lost > start)).any():
        raise contradiction("lost_customers", lost, wrong, "at most start_customers.")
    return answer(quotient(lost, start))


CHURN_RATE: Final = Metric(
    name="CHURN_RATE",
    title="Churn rate",
    category="Retention",
    unit="share",
    number_format="0.0%",
    formula="customers lost in the period / customers at its start, that is 1 - retention rate",
    undefined="when there was nobody at the start",
    reference="The field's standard definition, on the base of the retention rate.",
    function=churn_rate,
    arguments=(
        Argument("start_customers", "Customers at the start of the period, 0 or more.", "count"),
        Argument("lost_customers", "Those among them who are not there at the end, 0 or more.", "count"),
    ),
    cell_function=True,
    example_arguments=(10, 2),
    example_result=0.2,
)


@overload
def nrr(start: float, expansion: float, contraction: float, churned: float) -> float: ...
@overload
def nrr(start: ArrayLike, expansion: ArrayLike, contraction: ArrayLike, churned: ArrayLike) -> FloatArray: ...
def nrr(
    start: ArrayLike, expansion: ArrayLike, contraction: ArrayLike, churned: ArrayLike
) -> float | FloatArray:
    """Net revenue retention: ``(start + expansion - contraction - churned) / start``.

    All four belong to the same customers: those who were there at the start. New customers and those who came
    back are in none of them.

    Parameters
    ----------
    start : array_like
        Revenue of these customers in the first period, 0 or more.
    expansion, contraction : array_like
        What those who stayed pay more, and less, in the second period; both 0 or more.
    churned : array_like
        What those who left paid in the first period, 0 or more.

    Returns
    -------
    float or ndarray of float64
        0 or more; above 1 when expansion outweighs the losses. NaN where the start is 0.

    Raises
    ------
    ArgumentError
        For a negative number, more contraction and churn than there was revenue, or columns of different
        length.

    Examples
    --------
    >>> nrr(1000, 200, 50, 100)
    1.05
    """
    first, left, growth = _revenue(start, contraction, churned, expansion)
    return answer(quotient(first - left + growth, first))


NRR: Final = Metric(
    name="NRR",
    title="Net revenue retention",
    category="Retention",
    unit="share",
    number_format="0.0%",
    formula="(start + expansion - contraction - churned) / start, all of the customers there at the start",
    undefined="when the revenue at the start is 0",
    reference="The subscription field's standard definition.",
    function=nrr,
    arguments=(
        Argument("start", "Revenue at the start, of the customers there at the start.", "currency"),
        Argument("expansion", "What they pay more at the end, as a positive number.", "currency"),
        Argument("contraction", "What they pay less at the end, as a positive number.", "currency"),
        Argument("churned", "What those who left paid at the start, as a positive number.", "currency"),
    ),
    cell_function=True,
    example_arguments=(1000, 200, 50, 100),
    example_result=1.05,
)


@overload
def grr(start: float, contraction: float, churned: float) -> float: ...
@overload
def grr(start: ArrayLike, contraction: ArrayLike, churned: ArrayLike) -> FloatArray: ...
def grr(start: ArrayLike, contraction: ArrayLike, churned: ArrayLike) -> float | FloatArray:
    """Gross revenue retention: ``(start - contraction - churned) / start``; never above 100%.

    Parameters
    ----------
    start : array_like
        Revenue in the first period of the customers who were there, 0 or more.
    contraction : array_like
        What those who stayed pay less in the second period, 0 or more.
    churned : array_like
        What those who left paid in the first period, 0 or more.

    Returns
    -------
    float or ndarray of float64
        Between 0 and 1. NaN where the start is 0.

    Raises
    ------
    ArgumentError
        For a negative number, more contraction and churn than there was revenue, or columns of different
        length.

    Examples
    --------
    >>> grr(1000, 50, 100)
    0.85
    """
    first, left, _ = _revenue(start, contraction, churned, 0.0)
    return answer(quotient(first - left, first))


GRR: Final = Metric(
    name="GRR",
    title="Gross revenue retention",
    category="Retention",
    unit="share",
    number_format="0.0%",
    formula="(start - contraction - churned) / start, all of the customers there at the start",
    undefined="when the revenue at the start is 0",
    reference="The subscription field's standard definition: NRR without expansion.",
    function=grr,
    arguments=(
        Argument("start", "Revenue at the start, of the customers there at the start.", "currency"),
        Argument("contraction", "What they pay less at the end, as a positive number.", "currency"),
        Argument("churned", "What those who left paid at the start, as a positive number.", "currency"),
    ),
    cell_function=True,
    example_arguments=(1000, 50, 100),
    example_result=0.85,
)


def _revenue(
    start: ArrayLike, contraction: ArrayLike, churned: ArrayLike, expansion: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Check the sums against each other; return the start, what of it was lost, and what was won, on one scale."""
    growth = numbers("expansion", expansion, NOT_NEGATIVE)
    first = numbers("start", start, NOT_NEGATIVE)
    less = numbers("contraction", contraction, NOT_NEGATIVE)
    gone = numbers("churned", churned, NOT_NEGATIVE)
    align(start=first, expansion=growth, contraction=less, churned=gone)
    whole, less, gone, growth = _shrunk(first, less, gone, growth)
    left = less + gone
    if (wrong := np.asarray(left > whole * _ROUNDING)).any():
        raise contradiction("start", first, wrong, "at least contraction + churned.")
    return whole, np.minimum(left, whole), growth


def _shrunk(*sums: FloatArray) -> list[FloatArray]:
    """Return the sums on one scale, row by row, on which any two can be added: their shares stay what they are."""
    scale = np.where(np.fmax.reduce(np.broadcast_arrays(*sums)) > _LARGE, 0.25, 1.0)
    return [item * scale for item in sums]
