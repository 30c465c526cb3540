"""Which model a shop's own data ask for, with the reason in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from clv_xl.metrics.arguments import chosen
from clv_xl.models.backtest import DEFAULT, verdict
from clv_xl.models.bgnbd import BgNbd
from clv_xl.models.cautions import decisive, few_repeat_customers
from clv_xl.models.mbgcnbd import LARGEST_K, MbgCnbd
from clv_xl.models.nbd import Nbd
from clv_xl.models.paretonbd import ParetoNbd
from clv_xl.said import figured, joined, said, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.models.backtest import Backtest
    from clv_xl.models.fit import Fit
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import OrderModel

__all__ = ["MODELS", "Choice", "ReasonCode", "asked_for", "choose"]

MODELS: Final[dict[str, Callable[[Histories], Fit[OrderModel]]]] = {
    "Pareto/NBD": ParetoNbd.fit,
    "BG/NBD": BgNbd.fit,
    "MBG/NBD": MbgCnbd.fit,
    "MBG/CNBD-2": partial(MbgCnbd.fit, k=2),
    "MBG/CNBD-3": partial(MbgCnbd.fit, k=3),
}
"""The models that can be asked for by name."""

ReasonCode: TypeAlias = Literal[
    "default",
    "regular_buyers",
    "regularity_denied",
    "backtest",
    "default_failed",
    "no_dropout",
    "too_few",
    "asked",
]

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

    @property
    def name(self) -> str:
        """What the model is called among those of a backtest."""
        return _label(self.fit)


def choose(histories: Histories, tests: tuple[Backtest, ...] = ()) -> Choice:
    """Choose the model of order timing by evidence.

    Pareto/NBD, unless customers order so regularly that MBG/CNBD-k with k above 1 fits better than k = 1 and
    than Pareto/NBD; MBG/NBD where Pareto/NBD cannot be fitted; NBD where nobody is seen to leave. Where backtests
    are given, they have the last word: a better fit that predicted worse is not used, and MBG/NBD is used where it
    predicted better by more than 2%.

    Parameters
    ----------
    histories : Histories
        Without ``log_gaps`` regularity cannot be told, and k stays 1.
    tests : tuple of Backtest, default ()
        The shop's own, such as :func:`~clv_xl.models.backtest.rolling_backtest` gives them.

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
    if (few := few_repeat_customers(histories.repeat_customers)) is not None:
        # nothing is predicted, so nothing else is worth its time
        words = few.told
        return Choice(default, "too_few", words, ((_label(default), default.log_likelihood),))
    simple = MbgCnbd.fit(histories)
    compared: list[tuple[str, Fit[OrderModel]]] = [(_label(item), item) for item in (default, simple)]
    best = simple
    for k in range(2, LARGEST_K + 1) if histories.log_gaps is not None else ():
        regular = MbgCnbd.fit(histories, k)
        compared.append((_label(regular), regular))
        if regular.log_likelihood > best.log_likelihood + GAIN_OF_REGULARITY:
            best = regular
    fit, code, reason = _decide(histories, tests, default, simple, best)
    if isinstance(fit.model, Nbd):
        compared.append((_label(fit), fit))
    return Choice(fit, code, reason, tuple((name, item.log_likelihood) for name, item in compared))


def asked_for(name: str, histories: Histories) -> Choice:
    """Return the fit of the model that is asked for by name, whatever the data ask for.

    Raises
    ------
    ArgumentError
        For a name that is not in :data:`MODELS`, or when there is no history at all.

    Examples
    --------
    >>> from clv_xl.models.histories import Histories
    >>> asked_for("BG/NBD", Histories([0, 1, 2], [0, 3, 5], [9, 9, 9], "weeks")).code
    'asked'
    """
    known = chosen("model", name, MODELS)
    fit = MODELS[known](histories)
    return Choice(
        fit, "asked", say("{known} is used, as asked for.", known=known), ((known, fit.log_likelihood),)
    )


def _label(fit: Fit[OrderModel]) -> str:
    model = fit.model
    if not isinstance(model, MbgCnbd):
        return model.model_name
    return "MBG/NBD" if model.k == 1 else f"MBG/CNBD-{model.k}"


def _predicted_worse(tests: tuple[Backtest, ...]) -> bool:
    """Tell whether regular gaps ranked customers worse than the default, and missed the total by more."""
    pairs = [
        (score.main, test.score(DEFAULT).main)
        for test in tests
        for score in test.scores
        if score.name.startswith("MBG/CNBD-")
    ]
    if not pairs:
        return False
    ranking = sum(regular.gini - default.gini for regular, default in pairs)
    bias = sum(abs(regular.bias) - abs(default.bias) for regular, default in pairs)
    return ranking < 0 and bias > 0


def _decide(
    histories: Histories,
    tests: tuple[Backtest, ...],
    default: Fit[ParetoNbd],
    simple: Fit[MbgCnbd],
    best: Fit[MbgCnbd],
) -> tuple[Fit[OrderModel], ReasonCode, str]:
    gain = best.log_likelihood - max(simple.log_likelihood, default.log_likelihood)
    regular = best.model.k > 1 and best.usable and gain > GAIN_OF_REGULARITY
    if regular and default.usable and _predicted_worse(tests):
        return (
            default,
            "regularity_denied",
            (
                say(
                    "{default} is used: customers come back at regular intervals, but on the shop's own past "
                    "it predicted them better than the model of regular gaps.",
                    default=DEFAULT,
                )
            ),
        )
    if regular:
        return (
            best,
            "regular_buyers",
            (
                say(
                    "{best} is used: customers come back at regular intervals, and this model of regular "
                    "gaps fits their orders better than models of orders at random (log-likelihood higher by "
                    "{gain}).",
                    best=_label(best),
                    gain=figured(gain, 0),
                )
            ),
        )
    contest = verdict(tests)
    if default.usable and simple.usable and contest.name == _label(simple):
        return simple, "backtest", say("MBG/NBD is used. {reason}", reason=said(contest.reason))
    if default.usable:
        known = tests and contest.name == DEFAULT
        words = (
            say(
                "Pareto/NBD is used: over several shops it ranked customers best. {reason}",
                reason=said(contest.reason),
            )
            if known
            else say(
                "Pareto/NBD is used: over several shops it ranked customers best, and no test on the own past asks "
                "for another model."
            )
        )
        return default, "default", words
    if simple.usable and not default.has("no_dropout_seen"):
        problem = joined(" ", [said(item.words) for item in default.cautions if item.unusable])
        return (
            simple,
            "default_failed",
            say("MBG/NBD is used, because Pareto/NBD could not be fitted. {problem}", problem=problem),
        )
    return _fallen_back(histories, default)


def _fallen_back(histories: Histories, default: Fit[ParetoNbd]) -> tuple[Fit[OrderModel], ReasonCode, str]:
    fit = Nbd.fit(histories)
    if not fit.usable and default.has("no_dropout_seen"):
        problem = joined(" ", [said(item.words) for item in decisive(fit.cautions)])
        return (
            fit,
            "no_dropout",
            say(
                "No model is used: nobody is seen to leave in these orders, and NBD, the model without dropout, could "
                "not be fitted. {problem}",
                problem=problem,
            ),
        )
    start = say("NBD, the model without dropout, is used")
    if default.has("no_dropout_seen"):
        return fit, "no_dropout", say("{start}: nobody is seen to leave in these orders.", start=start)
    problem = joined(" ", [said(item.words) for item in default.cautions if item.unusable])
    words = say(
        "{start}, because neither Pareto/NBD nor MBG/NBD could be fitted. {problem}",
        start=start,
        problem=problem,
    )
    return fit, "default_failed", words
