"""Tables of order lines without totals, in any of the known languages: the amount is quantity x price."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.orders.header_words import LAST_AMOUNTS, PRICES, TIERS
from clv_xl.said import say

__all__ = ["ORDER_LINES"]


def _words(canonical: str) -> tuple[str, ...]:
    return tuple(sorted(frozenset().union(*TIERS[canonical])))


ORDER_LINES = Format(
    name="order-lines",
    title="order lines (quantity x price)",
    signature=(_words("quantity"), PRICES),
    columns={"amount": PRICES},
    absent=(*_words("amount"), *sorted(LAST_AMOUNTS)),
    rows="product",
    by_words=True,
    general=True,
    notes=(
        say(
            "No column is read as the total: the amount of a row is quantity x price. A quantity below 0 is a return."
        ),
    ),
)
