"""Cohorts: who comes back after how long, as matrices over long-form counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import WHOLE, chosen, column, flags, is_blank, refuse, same_length, whole
from clv_xl.metrics.arithmetic import quotient
from clv_xl.metrics.occasions import days
from clv_xl.metrics.record import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, FloatArray, IntArray

__all__ = ["BASES", "CohortMatrix", "cohort_matrix"]

BASES: Final = ("period", "accumulated")


@dataclass(frozen=True, eq=False)
class CohortMatrix:
    """Cohorts in rows, oldest first; ages in columns, from 0. Arrays cannot be written to.

    Parameters
    ----------
    basis : str
        "period" (active in that age) or "accumulated" (ever came back up to that age).
    cohorts : tuple
        Their labels.
    ages : tuple of int
        Periods since the first order, 0 first.
    size : ndarray of int64, shape (cohorts,)
        Customers of each cohort.
    customers : ndarray of float64, shape (cohorts, ages)
        Customers by the basis. NaN where the age has not begun; so in all matrices.
    rate : ndarray of float64, shape (cohorts, ages)
        ``customers / size``.
    amount : ndarray of float64, shape (cohorts, ages)
        Amount in that age; NaN everywhere when no amounts were given.
    cumulative_amount : ndarray of float64, shape (cohorts, ages)
        Amount up to and including that age for each customer of the cohort: ``sum of amount / size``.
    mature : ndarray of bool, shape (cohorts, ages)
        True where the age is over for the cohort's youngest customer.
    average_rate : ndarray of float64, shape (ages,)
        ``rate`` over mature cells only, weighted by size. NaN where no cell is mature.
    average_cumulative_amount : ndarray of float64, shape (ages,)
        The same of ``cumulative_amount``. It can fall from one age to the next, because fewer cohorts are in
        it.

    Examples
    --------
    >>> matrix = cohort_matrix(cohort=["2024-01"], age=[0], customers=[9], size=[9], mature=[True])
    >>> matrix.cohorts, matrix.size, matrix.average_rate
    (('2024-01',), array([9]), array([1.]))
    """

    basis: str
    cohorts: tuple[Any, ...]
    ages: tuple[int, ...]
    size: IntArray
    customers: FloatArray
    rate: FloatArray
    amount: FloatArray
    cumulative_amount: FloatArray
    mature: BoolArray
    average_rate: FloatArray
    average_cumulative_amount: FloatArray

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


def cohort_matrix(
    *,
    cohort: ArrayLike | Sequence[object],
    age: ArrayLike,
    customers: ArrayLike,
    size: ArrayLike,
    mature: ArrayLike,
    amount: ArrayLike | None = None,
    first_returns: ArrayLike | None = None,
    basis: str = "period",
) -> CohortMatrix:
    """Arrange cohort counts as matrices. The order of the rows does not matter.

    The counts come in long form: one row for each cohort and age that has begun, *also* where nobody ordered.
    Otherwise the averages would leave the zeros out and be too high.

    Parameters
    ----------
    cohort : sequence
        Label of each row's cohort; labels sort by time: dates, numbers, or text such as "2024-03".
    age : array_like of int
        Periods since the cohort's first order, 0 for the period of the first order itself.
    customers : array_like of int
        Customers of the cohort who were active in that age.
    size : array_like of int
        Customers of the cohort, the same in each of its rows.
    mature : array_like of bool
        True where the age is over for the cohort's youngest customer.
    amount : array_like or None, default None
        Their amount in that age, in currency; blanks count as 0. None when it is not wanted.
    first_returns : array_like of int or None, default None
        Customers of the cohort whose *second* purchase occasion fell in that age. Needed for the accumulated
        basis, which cannot be told from those active in each age.
    basis : {"period", "accumulated"}, default "period"
        What ``customers`` and ``rate`` of the result count: those active in an age, or those who have ever
        come back up to an age.

    Returns
    -------
    CohortMatrix
        The matrices, and their averages over mature cells.

    Raises
    ------
    ArgumentError
        For columns of different length, a cell given twice or missing, a size that changes within a cohort,
        more customers than the cohort has, or a mature age after one that is not.

    Examples
    --------
    >>> matrix = cohort_matrix(
    ...     cohort=["2024-01", "2024-01", "2024-02"],
    ...     age=[0, 1, 0],
    ...     customers=[10, 4, 30],
    ...     amount=[500, 200, 900],
    ...     size=[10, 10, 30],
    ...     mature=[True, True, True],
    ... )
    >>> matrix.rate
    array([[1. , 0.4],
           [1. , nan]])
    >>> matrix.cumulative_amount
    array([[50., 70.],
           [30., nan]])
    >>> matrix.average_cumulative_amount
    array([35., 70.])
    """
    kind = chosen("basis", basis, BASES)
    labels, row = _labels(cohort)
    ages = whole("age", age, WHOLE).ravel()
    active = whole("customers", customers, WHOLE).ravel()
    sizes = whole("size", size, WHOLE).ravel()
    over = flags("mature", mature)
    spent = np.full(row.size, np.nan) if amount is None else np.nan_to_num(column("amount", amount), nan=0.0)
    columns = {
        "cohort": row,
        "age": ages,
        "customers": active,
        "amount": spent,
        "size": sizes,
        "mature": over,
    }
    if kind == "accumulated":
        if first_returns is None:
            raise ArgumentError(
                "first_returns is missing: the accumulated basis needs, for each cohort and age, "
                "the customers whose second purchase fell in that age."
            )
        columns["first_returns"] = whole("first_returns", first_returns, WHOLE).ravel()
    same_length(**columns)

    shape = (len(labels), int(ages.max(initial=-1)) + 1)
    begun = _begun(labels, row, ages, shape)
    size_of = _sizes(labels, row, sizes)

    def matrix(values: npt.NDArray[Any]) -> FloatArray:
        table = np.full(shape, np.nan)
        table[row, ages] = values
        return table

    counted = matrix(active) if kind == "period" else np.cumsum(matrix(columns["first_returns"]), axis=1)
    _refuse_more_than_there_are(labels, counted, size_of)
    ripe = matrix(over) == 1
    if (wrong := ripe[:, 1:] & ~ripe[:, :-1]).any():
        where = np.argwhere(wrong)[0]
        raise ArgumentError(
            f"Cohort {labels[where[0]]}: age {where[1] + 1} is mature but age {where[1]} is not. "
            "An age is over only after the one before it."
        )
    amounts = matrix(spent)
    summed = np.cumsum(amounts, axis=1)
    heads = size_of[:, np.newaxis].astype(np.float64)
    weight = np.where(ripe, heads, 0.0).sum(axis=0)
    return CohortMatrix(
        basis=kind,
        cohorts=labels,
        ages=tuple(range(shape[1])),
        size=size_of,
        customers=counted,
        rate=quotient(counted, np.where(begun, heads, np.nan)),
        amount=amounts,
        cumulative_amount=quotient(summed, np.where(begun, heads, np.nan)),
        mature=ripe,
        average_rate=quotient(np.where(ripe, counted, 0.0).sum(axis=0), weight),
        average_cumulative_amount=quotient(np.where(ripe, summed, 0.0).sum(axis=0), weight),
    )


def _labels(cohort: ArrayLike | Sequence[object]) -> tuple[tuple[Any, ...], IntArray]:
    """Sort the distinct labels; number the rows by them."""
    raw = np.asarray(cohort)
    items = list(days("cohort", raw).tolist() if raw.dtype.kind == "M" else np.asarray(cohort, dtype=object))
    if (blank := [is_blank(item) for item in items]) and any(blank):
        raise refuse("cohort", (len(items),), blank.index(True), "blank", "a label.")
    try:
        labels = tuple(sorted(set(items)))
    except TypeError as error:
        raise ArgumentError(
            "cohort mixes labels that cannot be put in order. Give all as text, as dates or as numbers."
        ) from error
    place = {label: index for index, label in enumerate(labels)}
    return labels, np.array([place[item] for item in items], dtype=np.int64)


def _begun(labels: tuple[Any, ...], row: IntArray, ages: IntArray, shape: tuple[int, int]) -> BoolArray:
    """Mark the cells that were given; refuse a cell given twice, and one that is missing."""
    given = np.zeros(shape, dtype=np.int64)
    np.add.at(given, (row, ages), 1)
    if (given > 1).any():
        where = np.argwhere(given > 1)[0]
        raise ArgumentError(f"Cohort {labels[where[0]]} has more than one row for age {where[1]}. Give one.")
    begun: BoolArray = given == 1
    # a cohort is at least as old as any younger one, so it has begun at least as many ages
    due = np.maximum.accumulate(np.maximum.accumulate(begun[::-1, ::-1], axis=0), axis=1)[::-1, ::-1]
    if (missing := due & ~begun).any():
        where = np.argwhere(missing)[0]
        raise ArgumentError(
            f"Cohort {labels[where[0]]} has no row for age {where[1]}. "
            "Give a row for each age that has begun, with 0 customers where nobody ordered."
        )
    return begun


def _sizes(labels: tuple[Any, ...], row: IntArray, sizes: IntArray) -> IntArray:
    size_of = np.zeros(len(labels), dtype=np.int64)
    size_of[row] = sizes
    if (wrong := size_of[row] != sizes).any():
        place = int(np.argmax(wrong))
        raise ArgumentError(
            f"Cohort {labels[row[place]]} has the sizes {sizes[place]} and {size_of[row[place]]}. "
            "Give the same size in each of its rows."
        )
    return size_of


def _refuse_more_than_there_are(labels: tuple[Any, ...], counted: FloatArray, size_of: IntArray) -> None:
    if (wrong := counted > size_of[:, np.newaxis]).any():
        where = tuple(np.argwhere(wrong)[0])
        raise ArgumentError(
            f"Cohort {labels[where[0]]}, age {where[1]}: {counted[where]:.15g} customers, "
            f"but the cohort has {size_of[where[0]]}."
        )


COHORT_RETENTION: Final = Metric(
    name="COHORT_RETENTION",
    title="Cohort retention",
    category="Retention",
    unit="share",
    number_format="0%",
    formula=(
        "customers of the cohort active in that period / customers of the cohort; the average is weighted by "
        "size and leaves out periods that are not over for the cohort's youngest customer"
    ),
    undefined="when the period has not begun",
    reference="The field's standard cohort table.",
    function=cohort_matrix,
)

COHORT_CAME_BACK: Final = Metric(
    name="COHORT_CAME_BACK",
    title="Ever came back",
    category="Retention",
    unit="share",
    number_format="0%",
    formula="customers of the cohort with a second purchase up to that period / customers of the cohort",
    undefined="when the period has not begun",
    reference="Cohort retention on the accumulated basis.",
    function=cohort_matrix,
)

COHORT_VALUE: Final = Metric(
    name="COHORT_VALUE",
    title="Cumulative amount per customer",
    category="Value",
    unit="currency",
    number_format="#,##0",
    formula="amount of the cohort up to and including that period / customers of the cohort",
    undefined="when the period has not begun",
    reference="The field's cumulative LTV curve.",
    function=cohort_matrix,
)
