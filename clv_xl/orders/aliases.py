"""Customers who are the same: an old id and a new one, two e-mail addresses of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clv_xl.errors import InputError
from clv_xl.metrics.occasions import customer_key
from clv_xl.orders.columns import tiers
from clv_xl.orders.filled_columns import find_columns, words

if TYPE_CHECKING:
    from clv_xl.orders.filled_columns import Words
    from clv_xl.orders.sheet_rows import SheetRows

__all__ = ["ALIAS_WORDS", "aliases_of_rows"]

ALIAS_WORDS: Final[dict[str, Words]] = {
    "customer": (frozenset({"alias", "oldid"}), *tiers("customer_id")),
    "same as": words("same as; same_as; is; main customer; samma som; samme som; sama kuin; new id"),
}
"""The two columns of the table and how they are called."""
_SHOWN: Final = 12  # of the customers in a circle


def aliases_of_rows(rows: SheetRows) -> dict[str, str]:
    """Return customer -> whose id counts instead, chains followed to their end.

    Parameters
    ----------
    rows : SheetRows
        A table with the columns customer and same as.

    Raises
    ------
    InputError
        If a cell is blank, a customer stands twice with different meanings, or a chain runs in a circle.

    Examples
    --------
    >>> from clv_xl.orders.sheet_rows import SheetRows
    >>> table = [["customer", "same as"], ["A@x.no", "b@x.no"], ["b@x.no", 7.0]]
    >>> aliases_of_rows(SheetRows.of_values(table, "Aliases"))
    {'a@x.no': '7', 'b@x.no': '7'}
    """
    found = find_columns(rows, ALIAS_WORDS, ("customer", "same as"))
    said: dict[str, str] = {}
    for number, texts in rows.rows():
        if number <= found.row:
            continue
        customer, same_as = (customer_key(texts[found.positions[name]]) for name in ("customer", "same as"))
        if not customer or not same_as:
            raise InputError(
                f"{rows.where}, row {number}: both customer and same as must be there. Fill the blank one."
            )
        if said.get(customer, same_as) != same_as:
            raise InputError(
                f'{rows.where}, row {number}: "{customer}" is the same as "{said[customer]}" further up and as'
                f' "{same_as}" here. Keep one of the two rows.'
            )
        said[customer] = same_as
    ends = _ends(said, rows.where)
    return {customer: ends[customer] for customer, same_as in said.items() if same_as != customer}


def _ends(said: dict[str, str], where: str) -> dict[str, str]:
    """Return where each chain ends; every step is taken once, however long the chains are."""
    ends: dict[str, str] = {}
    for customer in said:
        chain: dict[str, None] = {customer: None}  # a set that keeps its order
        last = customer
        while last not in ends and (following := said.get(last)) is not None and following != last:
            if following in chain:
                shown = [*chain, following]
                cut = [*shown[:_SHOWN], "..."] if len(shown) > _SHOWN + 1 else shown
                raise InputError(
                    f"{where}: the aliases run in a circle: {' -> '.join(cut)}. Remove one of these rows."
                )
            chain[following] = None
            last = following
        ends |= dict.fromkeys(chain, ends.get(last, last))
    return ends
