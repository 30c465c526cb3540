"""What a reader must know about a fit or a prediction: one record each, with what is done instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from clv_xl.said import counted, joined, said, say

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ALL_ALIKE",
    "ENOUGH_REPEAT_CUSTOMERS",
    "NEVER_LEAVE",
    "NO_AMOUNTS",
    "NO_LEAVING",
    "ONE_DAY",
    "USUAL_LEAVING",
    "Caution",
    "CautionCode",
    "decisive",
    "few_repeat_customers",
    "short_history",
]

CautionCode: TypeAlias = Literal[
    "few_repeat_customers",
    "short_history",
    "no_dropout_seen",
    "equal_order_rates",
    "equal_amounts",
    "mean_undefined",
    "amounts_left_out",
    "errors_unknown",
    "not_converged",
    "no_data",
    "never_leave",
    "no_leaving",
    "usual_leaving",
]

ENOUGH_REPEAT_CUSTOMERS: Final = 100
"""With fewer customers who came again, a prediction is not given: metrics.md."""

_MISSING: Final = frozenset({"few_repeat_customers", "short_history", "no_data"})

LONGEST_HORIZON: Final = 3.0
"""A horizon may be this many times as long as the history."""


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to know about a fit or a prediction.

    Parameters
    ----------
    code : str
        What it is, for a program; one of :data:`CautionCode`.
    words : str
        What it is, in plain words, with the figures.
    fall_back : str
        What is done instead, or what the reader should do.
    unusable : bool, default False
        True when the fit must not be used for predictions.

    Examples
    --------
    >>> few_repeat_customers(12).words
    'Only 12 customers came again; 100 are needed to tell their habits.'
    """

    code: CautionCode
    words: str
    fall_back: str
    unusable: bool = False

    @property
    def told(self) -> str:
        """What it is and what follows, as one text."""
        return joined(" ", (said(self.words), said(self.fall_back)))


ONE_DAY: Final = Caution(
    "no_data",
    "All first orders are of the as-of day: there is no time in which anybody could have come again.",
    "No prediction is given. Give a later as-of day, or more orders.",
    unusable=True,
)
NEVER_LEAVE: Final = Caution(
    "never_leave",
    "BG/NBD takes every customer who ordered once for a customer for ever: P(alive) is 1.",
    "Take Pareto/NBD or MBG/NBD for a shop's own figures.",
)
NO_LEAVING: Final = Caution(
    "no_leaving",
    "NBD knows no leaving: it takes every customer to go on ordering for ever, so P(alive) is unknown.",
    "As soon as customers leave, the forecast is too high, and its interval does not hold that. Trust the near months "
    "more than the far ones.",
)
USUAL_LEAVING: Final = Caution(
    "usual_leaving",
    "These orders are too few to tell how soon customers leave, and how much they differ in it.",
    "Both are taken near what is usual, and the intervals are wide for it.",
)
ALL_ALIKE: Final = Caution(
    "equal_order_rates",
    "All customers order about equally often, so the models have nothing to tell them apart by, and none can be "
    "fitted.",
    "No prediction is given; the plain formula stands in. Of customers who are all alike it says as much.",
    unusable=True,
)
NO_AMOUNTS: Final = Caution(
    "no_data",
    "There are no amounts above 0.",
    "Orders are predicted, and no value.",
)


def decisive(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Return why nothing is predicted: what is missing in the data where something is, else what the fits say.

    What a model says of too few orders is no reason of its own.

    Examples
    --------
    >>> other = Caution("not_converged", "It did not come to rest.", "", unusable=True)
    >>> [item.code for item in decisive([other, ONE_DAY])]
    ['no_data']
    >>> equal = Caution("equal_order_rates", "They are alike.", "")
    >>> decisive([other, equal]) == (ALL_ALIKE,)
    True
    """
    known = tuple(cautions)
    found = [item for item in known if item.unusable]
    missing = [item for item in found if item.code in _MISSING]
    if missing or not found:
        return tuple(missing)
    # a search has nowhere to come to rest where customers do not differ
    alike = any(item.code == "equal_order_rates" for item in known)
    return (ALL_ALIKE,) if alike else tuple(found)


def few_repeat_customers(found: float) -> Caution | None:
    """Return a caution when too few customers came again, else None.

    Examples
    --------
    >>> few_repeat_customers(100) is None
    True
    """
    if found >= ENOUGH_REPEAT_CUSTOMERS:
        return None
    return Caution(
        "few_repeat_customers",
        counted(
            found,
            "Only {number} customer came again; {enough} are needed to tell their habits.",
            "Only {number} customers came again; {enough} are needed to tell their habits.",
            enough=ENOUGH_REPEAT_CUSTOMERS,
        ),
        "No prediction is given; the plain formula stands in, marked as such.",
        unusable=True,
    )


def short_history(longest_age: float, horizon: float, time_unit: str) -> Caution | None:
    """Return a caution when the horizon is more than three times the history, else None.

    Examples
    --------
    >>> short_history(10, 52, "weeks").words
    'The history is 10 weeks long, and the horizon of 52 weeks is more than 3 times as long.'
    """
    if horizon <= longest_age * LONGEST_HORIZON:
        return None
    return Caution(
        "short_history",
        say(
            "The history is {longest_age} {time_unit} long, and the horizon of {horizon} {time_unit} "
            "is more than {longest_horizon} times as long.",
            longest_age=f"{longest_age:.0f}",
            time_unit=say(time_unit),
            horizon=f"{horizon:.0f}",
            longest_horizon=f"{LONGEST_HORIZON:.0f}",
        ),
        "Choose a shorter horizon, or wait for more orders.",
        unusable=True,
    )
