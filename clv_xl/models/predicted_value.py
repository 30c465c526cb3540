"""Predicted CLV: what each customer will still bring, discounted, in margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clv_xl.metrics.arguments import MARGIN, column, same_length, setting

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import OrderModel

__all__ = ["PredictedValue", "predicted_value"]


@dataclass(frozen=True, slots=True, eq=False)
class PredictedValue:
    """What each customer will still bring.

    Attributes
    ----------
    p_alive : ndarray of float64
        The probability that the customer is still one.
    orders : ndarray of float64
        Discounted expected purchase occasions.
    spend : ndarray of float64
        Expected amount of an occasion, in currency.
    value : ndarray of float64
        orders x spend x gross margin, in currency; their sum is the customer equity.
    """

    p_alive: FloatArray
    orders: FloatArray
    spend: FloatArray
    value: FloatArray


def predicted_value(
    model: OrderModel,
    histories: Histories,
    spend: ArrayLike,
    *,
    months: float | None = 36,
    yearly_rate: float = 0.1,
    gross_margin: float = 1.0,
) -> PredictedValue:
    """Predict what each customer will still bring.

    ``sum over the months of expected orders x expected spend x gross margin / (1 + yearly rate)^(month / 12)``

    Parameters
    ----------
    model : OrderModel
        The fitted model of order timing.
    histories : Histories
        The customers.
    spend : array_like
        Each customer's expected amount of an occasion, such as Gamma-Gamma expects it.
    months : float or None, default 36
        The horizon; None is for life, which needs a rate above 0.
    yearly_rate : float, default 0.1
        The yearly discount rate, 0 or more.
    gross_margin : float, default 1
        Share of an amount that is margin, more than 0 and at most 1.

    Returns
    -------
    PredictedValue
        One figure for each row of the histories.

    Raises
    ------
    ArgumentError
        For an impossible rate, margin or horizon, or amounts of other customers than the histories.

    Examples
    --------
    >>> from clv_xl.models import Histories, ParetoNbd
    >>> model = ParetoNbd(0.5534, 10.578, 0.6061, 11.669, time_unit="weeks")
    >>> found = predicted_value(model, Histories([2], [30.43], [38.86], "weeks"), [24.66], months=12)
    >>> print(found.value.round(2))
    [43.63]
    """
    amounts = column("spend", spend)
    same_length(histories=histories.frequency, spend=amounts)
    margin = setting("gross_margin", gross_margin, MARGIN)
    orders = model.discounted_orders(histories, months, yearly_rate)
    return PredictedValue(model.p_alive(histories), orders, amounts, orders * amounts * margin)
