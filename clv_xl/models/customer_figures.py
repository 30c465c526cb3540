"""What a model says of customers whose three figures are known: whole columns, value by value.

What stands in :mod:`clv_xl.models.order_model` takes histories that are checked once for all; here each value that
cannot be meant is told by its place, and blanks stay blank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.metrics.arguments import NOT_NEGATIVE, Allowed, align, contradiction, numbers
from clv_xl.metrics.arithmetic import answer, quiet
from clv_xl.models.gammagamma import Spending

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import BoolArray, FloatArray
    from clv_xl.models.gammagamma import GammaGamma
    from clv_xl.models.order_model import OrderModel

__all__ = ["expected_orders_of", "expected_spend_of", "p_alive_of"]

COUNT: Final = Allowed("a whole number from 0 to 1,000,000", low=0, high=1e6, integer=True)
TIME: Final = Allowed("from 0 to 1,000,000", low=0, high=1e6)
_ROUNDING: Final = 1e-9


def p_alive_of(
    frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, model: OrderModel
) -> float | FloatArray:
    """Return the probability that each customer is still one.

    Parameters
    ----------
    frequency : array_like
        Repeat occasions, 0 or more.
    recency, age : array_like
        Time from the first occasion to the last, and to the as-of day, in the model's unit of time.
    model : OrderModel
        With its parameters.

    Returns
    -------
    float or ndarray of float64
        NaN where a value is blank.

    Raises
    ------
    ArgumentError
        For what cannot be meant, and for a recency that contradicts the frequency or the age.

    Examples
    --------
    >>> from clv_xl.models.bgnbd import BgNbd
    >>> found = p_alive_of([2, 0], [30.43, 0], 38.86, BgNbd(0.243, 4.414, 0.793, 2.426, time_unit="weeks"))
    >>> print(found.round(4))
    [0.7266 1.    ]
    """
    return answer(_by_row(_checked(frequency, recency, age), model.alive_of))


def expected_orders_of(
    periods: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, model: OrderModel
) -> float | FloatArray:
    """Return each customer's expected purchase occasions within so many periods.

    Parameters
    ----------
    periods : array_like
        How far ahead, in the model's unit of time.
    frequency, recency, age, model
        As for :func:`p_alive_of`.

    Returns
    -------
    float or ndarray of float64
        NaN where a value is blank.

    Raises
    ------
    ArgumentError
        As for :func:`p_alive_of`.

    Examples
    --------
    >>> from clv_xl.models.bgnbd import BgNbd
    >>> model = BgNbd(0.2426, 4.4136, 0.793, 2.426, time_unit="weeks")
    >>> print(round(expected_orders_of(39, 2, 30.43, 38.86, model), 3))
    1.226
    """
    ahead = numbers("periods", periods, TIME)
    rows = _checked(frequency, recency, age)
    align(periods=ahead, frequency=rows[0], recency=rows[1], age=rows[2])
    return answer(
        _by_row((*rows, ahead), lambda x, t_x, age, far: next(model.expected_within(x, t_x, age, (far,))))
    )


def expected_spend_of(frequency: ArrayLike, monetary: ArrayLike, model: GammaGamma) -> float | FloatArray:
    """Return each customer's expected amount of an occasion.

    Parameters
    ----------
    frequency : array_like
        On how many occasions the mean was taken, 0 or more.
    monetary : array_like
        The mean amount of an occasion, in currency; 0 where there is none. Without an occasion the
        mean of all customers is expected; with some of them, the less the more there were that brought 0.
    model : GammaGamma
        With its parameters.

    Returns
    -------
    float or ndarray of float64
        NaN where a value is blank, or the expectation has no bound.

    Raises
    ------
    ArgumentError
        For a negative value.

    Examples
    --------
    >>> from clv_xl.models.gammagamma import GammaGamma
    >>> print(round(expected_spend_of(2, 22.35, GammaGamma(6.25, 3.74, 15.44)), 2))
    24.66
    """
    count, mean = numbers("frequency", frequency, COUNT), numbers("monetary", monetary, NOT_NEGATIVE)
    align(frequency=count, monetary=mean)
    return answer(_by_row((count, mean), lambda *row: model.expected_spend(Spending(*row))))


def _checked(
    frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    x, t_x = numbers("frequency", frequency, COUNT), numbers("recency", recency, TIME)
    since = numbers("age", age, TIME)
    align(frequency=x, recency=t_x, age=since)
    # a blank contradicts nothing: comparing with it is False
    known = x + t_x + since
    checks: tuple[tuple[BoolArray, str], ...] = (
        (t_x + 0 * known > since * (1 + _ROUNDING) + _ROUNDING, "at most the age."),
        ((x == 0) & (t_x + 0 * known > 0), "0 for a customer who came once."),
        ((x > 0) & (t_x + 0 * known == 0), "more than 0 for a customer who came again."),
    )
    for wrong, expected in checks:
        if wrong.any():
            raise contradiction("recency", t_x, wrong, expected)
    return x, np.minimum(t_x, since), since


def _by_row(columns: tuple[FloatArray, ...], compute: Callable[..., FloatArray]) -> FloatArray:
    """Compute the rows without a blank; the others stay blank."""
    rows = np.broadcast_arrays(*columns)
    known = ~np.isnan(np.sum(rows, axis=0))
    found = np.full(known.shape, np.nan)
    if known.any():
        with quiet():
            found[known] = compute(*(row[known] for row in rows))
    return found
