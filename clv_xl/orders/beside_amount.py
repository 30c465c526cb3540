"""The total that stands beside an amount without tax, and the freight between them, by their headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.orders.header_words import FREIGHTS, TOTALS, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clv_xl.orders.said import Question

__all__ = ["total_beside_amount"]


def total_beside_amount(
    names: tuple[str, ...],
    questions: Sequence[Question],
    positions: Mapping[str, int],
    extra: Mapping[str, tuple[int, ...]],
) -> dict[str, tuple[int, ...]]:
    """Return a total beside the amount, and the freight in it: the rows may tell which amount is without tax.

    Parameters
    ----------
    names : tuple[str, ...]
        The headers.
    questions : Sequence[Question]
        What was asked of the columns so far.
    positions, extra
        As in :class:`~clv_xl.orders.columns.Resolution`.
    """
    answers = next((question.answers for question in questions if question.is_amount), ())
    taken = {*positions.values(), *(at for places in extra.values() for at in places)}
    free = [(at, fold(name)) for at, name in enumerate(names) if at not in taken]
    asked = [names.index(answers[1].value.partition("=")[2])] if len(answers) == 2 else []
    totals = asked or [at for at, word in free if word in TOTALS]
    if not totals or "amount" not in positions:
        return {}
    found: dict[str, tuple[int, ...]] = {"total_beside": (totals[0],)}
    freight = [at for at, word in free if word in FREIGHTS and at != totals[0]]
    if freight:
        found["freight_beside"] = (freight[0],)
    return found
