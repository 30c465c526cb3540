"""What the page Scenarios asks and explains, which depends on whether retention can be moved."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

from clv_xl.report.retained import without_order

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.scenario import Levers

__all__ = ["scenario_question", "scenario_words", "why_retention_is_fixed"]

_LIFESPAN_WORDS: Final = (
    "Retention and lifespan belong together: where half as many leave in a year, customers stay twice as long. The "
    "scenario's lifespan is today's x (1 - retention today) / (1 - retention of the scenario)."
)
_FIRST_ORDER_WORDS: Final = (
    "A first order comes once in a lifespan, those after it come with the years. So where customers stay longer, "
    "orders a year fall a little although nobody orders less often."
)
_MONTHS_WORDS: Final = (
    "The months until payback follow margin and order value; those after the first month follow the orders after "
    "the first too, and after m months (retention of the scenario / retention today) to the power of m / 12."
)
_QUESTION: Final = "What if retention rose by 2 points? Type into a yellow cell, and everything here follows."
_OTHER_QUESTION: Final = (
    "What if customers ordered more often, or for more? Type into a yellow cell, and everything here follows."
)
_NO_RETENTION: Final = "Not known: see the page Figures. Leave it blank."
_NOBODY_LEFT: Final = "Nobody who was active a year ago has left, so it cannot rise. Leave it blank."
_NO_RETENTION_WORDS: Final = (
    "Retention is not known, so no scenario of it can be worked out: a value typed there gives #N/A."
)
_NOBODY_LEFT_WORDS: Final = (
    "Nobody who was active a year ago has left, so no scenario of retention can be worked out: a value typed there "
    "gives #N/A."
)


def scenario_question(now: Levers) -> str:
    """Return the question of the page: about retention only where it can be moved."""
    return _QUESTION if now.retention_moves else _OTHER_QUESTION


def why_retention_is_fixed(now: Levers) -> str:
    """Say why another retention cannot be tried; an empty text where it can."""
    if now.retention_moves:
        return ""
    return _NO_RETENTION if isnan(now.retention) else _NOBODY_LEFT


def scenario_words(material: Material, now: Levers) -> tuple[str, ...]:
    """Say what moves with what, and what the page is not."""
    lines = (
        *_retention_words(now),
        *filter(None, (without_order(material.now) if now.retention_moves else "",)),
        "This is arithmetic and no forecast: nothing here says that a campaign would change retention or orders.",
        "Refresh report in Excel keeps what you typed; a report that is written as a new file begins with blank cells.",
    )
    return (*lines, material.caution) if material.caution else lines


def _retention_words(now: Levers) -> tuple[str, ...]:
    if not now.retention_moves:
        return (_NO_RETENTION_WORDS if isnan(now.retention) else _NOBODY_LEFT_WORDS,)
    return (
        _LIFESPAN_WORDS,
        _FIRST_ORDER_WORDS,
        _MONTHS_WORDS,
        "CLV from a retention rate has no end, where the plain formula stops at the lifespan; so it is mostly higher.",
    )
