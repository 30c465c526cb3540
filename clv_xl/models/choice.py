"""Which model a shop's own data ask for, with the reason in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from clv_xl.models.cautions import few_repeat_customers
from clv_xl.models.mbgcnbd import LARGEST_K, MbgCnbd
from clv_xl.models.nbd import Nbd
from clv_xl.models.paretonbd import ParetoNbd

if TYPE_CHECKING:
    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.fit import Fit
    from clv_xl.models.gammagamma import GammaGamma, Spending
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import OrderModel

__all__ = ["Choice", "ReasonCode", "choose", "expected_amounts"]

ReasonCode: TypeAlias = Literal["default", "regular_buyers", "default_failed", "no_dropout", "too_few"]

GAIN_OF_REGULARITY: Final = 2.0
"""By so much the log-likelihood must rise before gaps between orders count as regular."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The model of order timing that is used, and why.

    Attributes
    ----------
    fit : Fit of OrderModel
        The chosen model, fitted. Its ``usable`` is False when no model can be trusted.
    code : str
        Why, for a program; one of :data:`ReasonCode`.
    reason : str
        Why, in plain words.
    compared : tuple of (str, float)
        The models that were tried, with their log-likelihoods.
    """

    fit: Fit[OrderModel]
    code: ReasonCode
    reason: str
    compared: tuple[tuple[str, float], ...]


def choose(histories: Histories) -> Choice:
    """Choose the model of order timing by evidence.

    Pareto/NBD, unless customers order so regularly that MBG/CNBD-k with k above 1 fits better than k = 1 and
    than Pareto/NBD; MBG/NBD where Pareto/NBD cannot be fitted; NBD where nobody is seen to leave.

    Parameters
    ----------
    histories : Histories
        Without ``log_gaps`` regularity cannot be told, and k stays 1.

    Returns
    -------
    Choice
        The fit and the reason.

    Raises
    ------
    ArgumentError
        When there is no history at all.

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> choose(Histories([0, 1, 2], [0, 3, 5], [9, 9, 9], "weeks")).code
    'too_few'
    """
    default = ParetoNbd.fit(histories)
    simple = MbgCnbd.fit(histories)
    compared: list[tuple[str, Fit[OrderModel]]] = [(_label(item), item) for item in (default, simple)]
    best = simple
    for k in range(2, LARGEST_K + 1) if histories.log_gaps is not None else ():
        regular = MbgCnbd.fit(histories, k)
        compared.append((_label(regular), regular))
        if regular.log_likelihood > best.log_likelihood + GAIN_OF_REGULARITY:
            best = regular
    fit, code, reason = _decide(histories, default, simple, best)
    return Choice(fit, code, reason, tuple((name, item.log_likelihood) for name, item in compared))


def _label(fit: Fit[OrderModel]) -> str:
    model = fit.model
    if not isinstance(model, MbgCnbd):
        return model.model_name
    return "MBG/NBD" if model.k == 1 else f"MBG/CNBD-{model.k}"


def _decide(
    histories: Histories, default: Fit[ParetoNbd], simple: Fit[MbgCnbd], best: Fit[MbgCnbd]
) -> tuple[Fit[OrderModel], ReasonCode, str]:
    if (few := few_repeat_customers(histories.repeat_customers)) is not None:
        return default, "too_few", f"{few.words} {few.fall_back}"
    gain = best.log_likelihood - max(simple.log_likelihood, default.log_likelihood)
    if best.model.k > 1 and best.usable and gain > GAIN_OF_REGULARITY:
        return (
            best,
            "regular_buyers",
            (
                f"Customers come back at regular intervals: {_label(best)}, the model of regular gaps, fits their "
                f"orders better than models of orders at random (log-likelihood higher by {gain:,.0f})."
            ),
        )
    if default.usable:
        return (
            default,
            "default",
            (
                "Pareto/NBD is used: over several shops it ranked customers best, and nothing in these orders asks "
                "for another model."
            ),
        )
    if simple.usable and not default.has("no_dropout_seen"):
        problem = " ".join(item.words for item in default.cautions if item.unusable)
        return simple, "default_failed", f"MBG/NBD is used, because Pareto/NBD could not be fitted. {problem}"
    fit = Nbd.fit(histories)
    return (
        fit,
        "no_dropout",
        (
            "Nobody is seen to leave in these orders: the model without dropout (NBD) is used. Its forecast holds "
            "only while that stays so."
        ),
    )


def expected_amounts(fit: Fit[GammaGamma] | None, spent: Spending) -> tuple[FloatArray, str]:
    """Return each customer's expected amount of an occasion, and in words where it comes from.

    Without a usable model of spend it is the customer's own mean, and the mean of all occasions for customers
    without one.

    Examples
    --------
    >>> from clv_xl.models.gammagamma import Spending
    >>> expected_amounts(None, Spending([2, 0], [10, 0]))[0]
    array([10., 10.])
    """
    if fit is not None and fit.usable:
        found = fit.model.expected_spend(spent)
        if np.isfinite(found).all():
            return found, "Gamma-Gamma: a mean of each customer's own amounts and of all customers'."
    own = spent.counted
    count = np.where(own, spent.occasions, 0.0)
    total = float((count * np.where(own, spent.mean, 0.0)).sum())
    everyone = total / float(count.sum()) if own.any() else float("nan")
    return np.where(own, spent.mean, everyone), "Each customer's own mean amount, without a model of spend."
