"""What a recognised export is: the one record that every file beside this one fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clv_xl.said import Said

__all__ = ["EXTRA_ROLES", "Format", "Kind", "RowsOf"]

RowsOf = Literal["order", "first", "repeated", "product", "refund"]
"""What a row is: an order; a product, the order's total on its first row only, or on each row; a product with a
quantity and a price and no total; a refund, whatever its sign."""

Kind = Literal["sale", "refund", "paid back", "signed", "cancel", "none"]
"""What an event is: money in; a refund, whatever its sign; a refund where it is below 0; as its sign says; the end of
an order; no order at all."""

EXTRA_ROLES = (
    "credited_order",
    "email", "phone", "cancelled_at", "kind", "mode", "refund_customer", "refund_order", "shipping", "tax", "discount",
    "payment", "other_amount", "unit_price", "cancelled", "test", "returned",
    "credit", "invoice_type", "other_type", "unpaid", "total_beside", "freight_beside", "before_refunds",
    "before_discount", "before_freight", "paid_beside", "paid_freight", "exchange_rate", "converted_amount",
    "consent", "named_order",
)  # fmt: skip
"""What a column can be besides a canonical column; such columns say how others are to be understood."""


@dataclass(frozen=True, slots=True)
class Format:
    """One export that is recognised by its headers.

    Attributes
    ----------
    name : str
        For ``--format``.
    title : str
        For people.
    signature : tuple of tuple of str
        Headers that tell the export: of each group one must be there.
    columns : Mapping of str to tuple of str
        Canonical column or extra role -> its headers; of a canonical column the first that is there is used, of an
        extra role all are, the next where the first is blank.
    absent : tuple of str
        Headers that rule the export out.
    telling : tuple of str
        Further headers of the export: they count for the score, and are not used.
    rows : {"order", "first", "repeated", "product"}
        See :data:`RowsOf`.
    by_words : bool
        Whether canonical columns that ``columns`` does not name are found by their words, as in any table.
    general : bool
        Whether any more special format wins over this one.
    net_of_refunds : tuple of str
        Headers of amounts, and of their tax, that refunds are taken off already.
    refunded_in_other : bool
        Whether refunded amounts are in the currency of ``other_amount``, not of the amount.
    refunded_with_tax : bool
        Whether refunded amounts include tax, also where the amounts do not.
    net_of_tax : bool
        Whether the amounts are always without tax, whatever their header says.
    statuses : Mapping of str to str
        Plain status text -> meaning, where this export means something of its own.
    kinds : Mapping of str to Kind
        Regular expression for the whole ``kind`` of a row in lower case -> what the row is; the first that fits counts,
        and where none does the row is no order.
    tests : tuple of str
        Texts of ``mode`` in lower case that mean a test.
    notes : tuple of Said
        What to tell whoever reads the figures.
    notes_unless : tuple of Kind
        Rows that make the notes needless where all of these kinds are there.
    refusal : str
        Why no customer value can be computed from this export, and what to do; empty for most.
    lacking : Mapping of str to str
        Canonical column -> what to say where an export comes without it.
    """

    name: str
    title: str
    signature: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()
    rows: RowsOf = "order"
    by_words: bool = False
    general: bool = False
    net_of_refunds: tuple[str, ...] = ()
    refunded_in_other: bool = False
    refunded_with_tax: bool = False
    net_of_tax: bool = False
    statuses: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    notes: tuple[Said, ...] = ()
    notes_unless: tuple[Kind, ...] = ()
    refusal: str = ""
    lacking: Mapping[str, str] = field(default_factory=dict)
