"""Formulas that several pages share: historic CLV as a calculated column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.model import Column

if TYPE_CHECKING:
    from clv_xl.report.material import Material

__all__ = ["historic_clv_formula", "money_columns"]

HISTORIC_NOTE = (
    "Historic CLV = margin of all orders so far (amount x gross margin, or amount - cost where the orders "
    "carry a cost) - cost to serve x orders - acquisition cost. Recalculates with the Parameters sheet."
)


def money_columns(material: Material) -> tuple[Column, ...]:
    """Return the columns that historic CLV is computed from: the amount, and the costed part if there is one."""
    amount = Column("amount", "Amount", "money", f"Orders less refunds, {material.unit}.")
    if not material.has_costs:
        return (amount,)
    return (
        amount,
        Column("own_margin", "Own margin", "money", "Amount less cost, over the rows that carry a cost."),
        Column("uncosted_amount", "Amount without cost", "money", "What the gross margin is applied to."),
    )


def historic_clv_formula(material: Material, *, per_customer: bool) -> str:
    """Return the calculated column over the columns of :func:`money_columns` and Orders.

    With ``per_customer`` the row is a group and is divided by its column Customers.
    """
    margin = (
        "[@[Own margin]]+[@[Amount without cost]]*gross_margin"
        if material.has_costs
        else "[@Amount]*gross_margin"
    )
    served = f"{margin}-service_cost*[@Orders]"
    return f"=({served})/[@Customers]-acquisition_cost" if per_customer else f"={served}-acquisition_cost"
