"""Files that hold nothing but refunds: an order, the day on which it came back, and what was paid back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.orders.flag_words import RETURN_DATES
from clv_xl.orders.header_words import TIERS, fold
from clv_xl.orders.row_currency import without_currency
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clv_xl.said import Said

__all__ = ["as_refunds", "refunds_only"]

_REFUNDED: Final = frozenset[str]().union(*TIERS["refunded"])


def as_refunds(
    names: tuple[str, ...], positions: dict[str, int], wanted: Mapping[str, str]
) -> tuple[dict[str, int], Said | None]:
    """Return the columns of a file of refunds, and what to tell; those of any other file as they are.

    It has an order, a refunded amount and the day of a return, and no other amount or day that is known.

    Parameters
    ----------
    names : tuple of str
        Headers as in the file.
    positions : dict of str to int
        Canonical name -> field number.
    wanted : Mapping of str to str
        Canonical name -> header, as the user gave it: who names the refunded amounts has orders beside them.

    Examples
    --------
    >>> found = {"order_id": 0, "customer_id": 2, "refunded": 3}
    >>> as_refunds(("Order-ID", "Returdatum", "Kund-ID", "Återbetalt belopp"), found, {})[0]
    {'order_id': 0, 'customer_id': 2, 'amount': 3, 'order_date': 1}
    """
    amount = positions.get("amount", positions.get("refunded"))
    day = positions.get("order_date")
    free = set(range(len(names))) - set(positions.values())
    days = [at for at, name in enumerate(names) if fold(name) in RETURN_DATES and at in {day, *free}]
    if (
        not {"order_id", "customer_id"} <= positions.keys()
        or amount is None
        or fold(without_currency(names[amount])) not in _REFUNDED
        or len(days) != 1
        or day not in {None, *days}
        or "refunded" in wanted
    ):
        return positions, None
    others = {name: at for name, at in positions.items() if name not in {"refunded", "amount", "order_date"}}
    told = say(
        'Its rows are read as refunds: "{header}" is taken off, with or without a minus sign, on the day in "{date}".'
        ' If they are orders, rename "{header}".',
        header=names[amount],
        date=names[days[0]],
    )
    return {**others, "amount": amount, "order_date": days[0]}, told


def refunds_only(names: tuple[str, ...], positions: Mapping[str, int]) -> str:
    """Return a sentence on a file that lacks the amounts of its orders, and has those of refunds; empty for another.

    Parameters
    ----------
    names : tuple of str
        Headers as in the file.
    positions : Mapping of str to int
        Canonical name -> field number.

    Examples
    --------
    >>> refunds_only(("Order-ID", "Datum", "Kund-ID", "Återbetalt belopp"), {"refunded": 3})[:47]
    'The amounts are refunds ("Återbetalt belopp"), '
    >>> refunds_only(("Order-ID", "Belopp"), {"amount": 1})
    ''
    """
    if "amount" in positions or "refunded" not in positions:
        return ""
    return (
        f'The amounts are refunds ("{names[positions["refunded"]]}"), and read as such in a file with the number of the'
        ' order, the customer and the day of the refund in a column "Refund date", and no other day. '
    )
