"""Evidence on a shop's own past: fit on what was known, predict what came, and compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clv_xl.errors import ArgumentError
from clv_xl.metrics.arguments import Allowed, setting
from clv_xl.metrics.occasions import day
from clv_xl.models.accuracy import Accuracy, accuracy, gain_over
from clv_xl.models.bgnbd import BgNbd
from clv_xl.models.gammagamma import GammaGamma, expected_amounts, spending_of
from clv_xl.models.histories import histories_of
from clv_xl.models.mbgcnbd import LARGEST_K, MbgCnbd
from clv_xl.models.nbd import Nbd
from clv_xl.models.paretonbd import ParetoNbd
from clv_xl.models.records import DAYS_PER_UNIT
from clv_xl.said import counted, figured, say

if TYPE_CHECKING:
    from datetime import date

    from clv_xl.metrics.arguments import FloatArray
    from clv_xl.models.cautions import Caution
    from clv_xl.models.fit import Fit
    from clv_xl.models.histories import Histories
    from clv_xl.models.order_model import OrderModel
    from clv_xl.models.purchases import Occasions

__all__ = [
    "DEFAULT",
    "NAIVE",
    "OWN_PACE",
    "REPEAT",
    "WITHOUT_MODEL",
    "Backtest",
    "Contest",
    "Score",
    "backtest",
    "rolling_backtest",
    "verdict",
]

DEFAULT: Final = "Pareto/NBD"
OWN_PACE: Final = "order value x repeat rate"
"""A customer's own mean amount, and repeat orders / time since the first."""
NAIVE: Final = "order value x own rate"
"""The same, but all orders / time since the first: what is often typed. Who came yesterday then comes every day."""
REPEAT: Final = "same as the last period"
WITHOUT_MODEL: Final = (OWN_PACE, NAIVE, REPEAT)
"""The methods that are no model, as they stand below the models."""

WORTH_SWITCHING: Final = 0.02
"""Another model must be better by this share before it is preferred to the default."""

_DAYS: Final = Allowed("a whole number of days, 1 or more", low=1, integer=True)


@dataclass(frozen=True, slots=True)
class Score:
    """How right one method was in one period.

    Attributes
    ----------
    name : str
        The method, such as "Pareto/NBD".
    orders : Accuracy
        Of purchase occasions.
    amount : Accuracy or None
        Of amounts; None when there are none.
    cautions : tuple of Caution
        What its fit told.
    """

    name: str
    orders: Accuracy
    amount: Accuracy | None
    cautions: tuple[Caution, ...]

    @property
    def main(self) -> Accuracy:
        """The amounts where there are any, else the orders."""
        return self.amount or self.orders


@dataclass(frozen=True, slots=True)
class Backtest:
    """All methods over one period.

    Attributes
    ----------
    known_until, until : datetime.date
        The last day that was known, and the last day that was predicted.
    customers : int
        Who had come by the first of the two days; customers who came later are in no figure.
    scores : tuple of Score
        One for each method.
    """

    known_until: date
    until: date
    customers: int
    scores: tuple[Score, ...]

    def score(self, name: str) -> Score:
        """Return the score of a method."""
        return next(item for item in self.scores if item.name == name)


def backtest(
    occasions: Occasions,
    known_until: date | np.datetime64,
    horizon_days: int,
    *,
    without_dropout: bool = False,
) -> Backtest:
    """Fit every model on what was known on a day, predict the days after it, and compare with what came.

    The methods: Pareto/NBD, MBG/NBD, BG/NBD, and MBG/CNBD-k where gaps are regular, each with Gamma-Gamma on all
    occasions; each customer's own mean amount x repeat orders a day x days, and x all orders a day x days; and the
    same as in the last period of that length. Refunds count on the day they were booked, in what is known and in what
    came.

    Parameters
    ----------
    occasions : Occasions
        All of them, those after the last predicted day left out.
    known_until : datetime.date
        The last day that is known to the models.
    horizon_days : int
        How many days after it are predicted.
    without_dropout : bool, default False
        True adds NBD, the model without dropout.

    Returns
    -------
    Backtest
        In the order named above.

    Raises
    ------
    ArgumentError
        When nobody had come by then, or a horizon is no number of days.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.purchases import purchase_occasions
    >>> days = np.datetime64("2024-01-01") + np.arange(0, 300, 10)
    >>> shop = purchase_occasions(np.arange(30) % 7, days, np.full(30, 9.0))
    >>> [score.name for score in backtest(shop, date(2024, 8, 1), 60).scores][-2:]
    ['order value x own rate', 'same as the last period']
    """
    length = int(setting("horizon_days", horizon_days, _DAYS))
    last = int(day("known_until", known_until).astype(np.int64))
    then = occasions.known(last)
    seen, spent = histories_of(then, last), spending_of(then)
    # customers keep the numbers of the whole log: those known by then are picked out of it
    count, amount = (column[then.customer] for column in occasions.between(last, last + length))
    before_count, before_amount = (column[then.customer] for column in occasions.between(last - length, last))
    with_amounts = bool(spent.counted.any()) and float(np.abs(amount).sum()) > 0
    payers = GammaGamma.fit(spent) if with_amounts else None
    worth = expected_amounts(payers, spent)[0] if with_amounts else None
    scores = []
    for name, fit in _models(seen, without_dropout=without_dropout):
        orders = fit.model.expected_orders(seen, length / DAYS_PER_UNIT[fit.model.time_unit])
        said = None if worth is None else orders * worth
        cautions = fit.cautions + (payers.cautions if payers else ())
        scores.append(_score(name, orders, count, said, amount, cautions))
    own_mean = np.where(spent.occasions > 0, spent.mean, 0.0)
    for name, rate in ((OWN_PACE, _repeat_rate(seen)), (NAIVE, _own_rate(seen))):
        orders = rate * length
        scores.append(_score(name, orders, count, orders * own_mean if with_amounts else None, amount))
    scores.append(_score(REPEAT, before_count, count, before_amount if with_amounts else None, amount))
    return Backtest(_date(last), _date(last + length), seen.size, tuple(scores))


def _date(number: int) -> date:
    found: date = np.datetime64(number, "D").item()
    return found


def _repeat_rate(seen: Histories) -> FloatArray:
    """Return each customer's repeat occasions a day: 0 for who came once, and on the first day."""
    days = seen.age * DAYS_PER_UNIT[seen.time_unit]
    return np.divide(seen.frequency, days, out=np.zeros_like(days), where=days > 0)


def _own_rate(seen: Histories) -> FloatArray:
    """Return each customer's own occasions a day, the first one included; one day at least has passed."""
    days = seen.age * DAYS_PER_UNIT[seen.time_unit]
    return (seen.frequency + 1) / np.maximum(days, 1)


def _models(seen: Histories, *, without_dropout: bool) -> list[tuple[str, Fit[OrderModel]]]:
    simple = MbgCnbd.fit(seen)
    found: list[tuple[str, Fit[OrderModel]]] = [
        (DEFAULT, ParetoNbd.fit(seen)),
        ("MBG/NBD", simple),
        ("BG/NBD", BgNbd.fit(seen)),
    ]
    regular = max((MbgCnbd.fit(seen, k) for k in range(2, LARGEST_K + 1)), key=lambda fit: fit.log_likelihood)
    if regular.log_likelihood > simple.log_likelihood:
        found.append((f"MBG/CNBD-{regular.model.k}", regular))
    if without_dropout:
        found.append((Nbd.model_name, Nbd.fit(seen)))
    return found


def _score(
    name: str,
    orders: FloatArray,
    count: FloatArray,
    said: FloatArray | None,
    amount: FloatArray,
    cautions: tuple[Caution, ...] = (),
) -> Score:
    money = None if said is None else accuracy(said, amount)
    return Score(name, accuracy(orders, count), money, cautions)


def rolling_backtest(
    occasions: Occasions,
    last_day: date | np.datetime64,
    horizon_days: int,
    origins: int = 3,
    *,
    without_dropout: bool = False,
) -> tuple[Backtest, ...]:
    """Backtest over the last periods of equal length, as many as the history allows, oldest first.

    Before each period at least one more of that length must be known.

    Parameters
    ----------
    occasions : Occasions
        All of them.
    last_day : datetime.date
        The last day of the last period.
    horizon_days : int
        The length of a period.
    origins : int, default 3
        At most so many periods.
    without_dropout : bool, default False
        As for :func:`backtest`.

    Returns
    -------
    tuple of Backtest
        Empty when the history is shorter than two periods.

    Raises
    ------
    ArgumentError
        For what is no number of days or of periods.

    Examples
    --------
    >>> from datetime import date
    >>> from clv_xl.models.purchases import purchase_occasions
    >>> few = purchase_occasions(["A"], np.array(["2024-01-01"], "M8[D]"))
    >>> rolling_backtest(few, date(2024, 2, 1), 90)
    ()
    """
    length = int(setting("horizon_days", horizon_days, _DAYS))
    most = int(setting("origins", origins, Allowed("a whole number, 1 or more", low=1, integer=True)))
    end = int(day("last_day", last_day).astype(np.int64))
    if not occasions.day.size:
        raise ArgumentError("There is no order to test on.")
    first = int(occasions.day.min())
    allowed = min(most, (end - first + 1) // length - 1)
    cuts = [end - length * number for number in range(allowed, 0, -1)]
    # one after the other: two threads take turns at the interpreter so often that both are done later
    return tuple(
        backtest(occasions, np.datetime64(cut, "D"), length, without_dropout=without_dropout) for cut in cuts
    )


@dataclass(frozen=True, slots=True)
class Contest:
    """What the backtests say about the default.

    Attributes
    ----------
    name : str
        The method to use.
    code : str
        "default", or "switched" when another model is better by more than 2%.
    reason : str
        Why, in plain words.
    """

    name: str
    code: str
    reason: str


def verdict(tests: tuple[Backtest, ...]) -> Contest:
    """Say which model the backtests ask for: another than the default only for a gain above 2%.

    A gain is a lower error and no worse ranking, on average over the periods, or a better ranking and no higher error.

    Examples
    --------
    >>> verdict(()).name
    'Pareto/NBD'
    """
    if not tests:
        return Contest(DEFAULT, "default", "The history is too short for a backtest: Pareto/NBD is used.")
    # BG/NBD is there to be compared with papers: its P(alive) of 1 for every one-time buyer misleads. NBD is taken
    # only where nobody is seen to leave.
    others = {*WITHOUT_MODEL, "BG/NBD", Nbd.model_name}
    models = [item.name for item in tests[0].scores if item.name not in others]
    shared = [name for name in models if all(any(s.name == name for s in test.scores) for test in tests)]
    found = {name: [test.score(name).main for test in tests] for name in shared}
    gains = {name: gain_over(found[DEFAULT], found[name]) for name in shared if name != DEFAULT}
    best = max(gains, key=lambda name: gains[name], default=DEFAULT)
    periods = counted(len(tests), "the last period", "the last {number} periods")
    if best == DEFAULT or not gains[best] > WORTH_SWITCHING:
        words = say("No model was better than Pareto/NBD by more than 2% over {periods}.", periods=periods)
        return Contest(DEFAULT, "default", words)
    words = say(
        "{best} was better than Pareto/NBD by {gain}% over {periods}.",
        best=best,
        gain=figured(100 * gains[best], 1),
        periods=periods,
    )
    return Contest(best, "switched", words)
