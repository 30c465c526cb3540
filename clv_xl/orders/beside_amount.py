"""What stands beside an amount, by its header: the total with tax, or the sales before refunds were taken off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clv_xl.orders.discounts import is_discount
from clv_xl.orders.header_units import is_percent
from clv_xl.orders.header_words import FREIGHTS, LAST_AMOUNTS, PAID, TIERS, TOTALS, fold, vat_in_header
from clv_xl.orders.row_currency import header_currency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clv_xl.orders.said import Question

__all__ = ["before_refunds", "paid_beside_amount", "total_beside_amount"]

_BEFORE: Final = frozenset(
    map(
        fold,
        (
            "gross", "gross sales", "gross amount", "gross revenue", "gross total", "brutto", "bruttobelopp",
            "bruttobeløp", "bruttobeløb", "bruttoförsäljning", "bruttosalg", "bruttoomsättning", "bruttoomsetning",
            "bruttoomsætning", "subtotal", "delsumma", "delsum", "original amount", "original total",
            "bruttomyynti", "bruttoumsatz",
        ),
    )
)  # fmt: skip


_OPEN: Final = re.compile(r"rest(?:belop|$)|saldo|utest|udest|oppenst|open|outstanding|balance|avoin")
_SO_FAR: Final = re.compile(r"paid|betalt|betalat|betald")
_OF_OTHERS: Final = ("before_refunds", "exchange_rate", "converted_amount", "discount", "other_amount")


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
    totals = asked or [at for at, word in free if word in PAID]
    if not totals or "amount" not in positions:
        return {}
    found: dict[str, tuple[int, ...]] = {"total_beside": (totals[0],)}
    freight = [at for at, word in free if word in FREIGHTS and at != totals[0]]
    if freight:
        found["freight_beside"] = (freight[0],)
    return found


def paid_beside_amount(
    names: tuple[str, ...],
    questions: Sequence[Question],
    positions: Mapping[str, int],
    extra: Mapping[str, tuple[int, ...]],
    wanted: Mapping[str, str],
) -> dict[str, tuple[int, ...]]:
    """Return what was paid in all, and the freight in it, where another column is read as the amount by its words.

    Parameters
    ----------
    names : tuple[str, ...]
        The headers.
    questions : Sequence[Question]
        What was asked of the columns so far.
    positions, extra
        As in :class:`~clv_xl.orders.columns.Resolution`.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.

    Examples
    --------
    >>> paid_beside_amount(("Summa", "Frakt", "Totalsumma"), (), {"amount": 0}, {}, {})
    {'paid_beside': (2,), 'paid_freight': (1,)}
    """
    said = "amount" in wanted or any(question.is_amount for question in questions)
    # our own name of the column leaves no doubt, and an amount in a currency of its own is no part of another
    if (
        said
        or "amount" not in positions
        or fold(names[positions["amount"]]) == "amount"
        or header_currency(names[positions["amount"]])
    ):
        return {}
    taken = {
        *positions.values(),
        *(at for role, places in extra.items() if role in _OF_OTHERS for at in places),
    }
    free = [(at, fold(name)) for at, name in enumerate(names) if at not in taken and not is_percent(name)]
    # beside what is still open, what is paid is paid so far
    is_open = any(_OPEN.match(fold(name)) for name in names)
    paid = [at for at, word in free if word in PAID and not (is_open and _SO_FAR.search(word))]
    if not paid:
        return {}
    found: dict[str, tuple[int, ...]] = {"paid_beside": (paid[0],)}
    freight = [at for at, word in free if word in FREIGHTS]
    return found | ({"paid_freight": (freight[0],)} if freight else {})


def before_refunds(
    names: tuple[str, ...],
    positions: Mapping[str, int],
    extra: Mapping[str, tuple[int, ...]],
    wanted: Mapping[str, str],
) -> dict[str, tuple[int, ...]]:
    """Return an amount beside that of the orders, with discounts and freight, where refunds have a column.

    Parameters
    ----------
    names : tuple[str, ...]
        The headers.
    positions, extra
        As in :class:`~clv_xl.orders.columns.Resolution`.
    wanted : Mapping[str, str]
        Canonical name -> header, as the user gave it.

    Examples
    --------
    >>> names = ("Gross sales", "Discounts", "Returns", "Net sales")
    >>> before_refunds(names, {"amount": 3, "refunded": 2}, {}, {})
    {'before_refunds': (0,), 'before_discount': (1,)}
    """
    if "refunded" in wanted or not {"amount", "refunded"} <= positions.keys():
        return {}
    taken = {*positions.values(), *extra.get("tax", ())}
    free = [(at, fold(name)) for at, name in enumerate(names) if at not in taken]
    known = TOTALS.union(LAST_AMOUNTS, *TIERS["amount"], _BEFORE)
    found = [at for at, word in free if word in known or vat_in_header(names[at]) == "included"]
    if not found:
        return {}
    found.sort(key=lambda at: fold(names[at]) not in _BEFORE)
    made: dict[str, tuple[int, ...]] = {"before_refunds": (found[0],)}
    for role, fitting in (
        ("before_discount", [at for at, _ in free if is_discount(names[at])]),
        ("before_freight", [at for at, word in free if word in FREIGHTS]),
    ):
        if fitting:
            made[role] = (fitting[0],)
    return made
