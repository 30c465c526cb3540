"""Formulas that several pages share: historic CLV as a calculated column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.report.model import Column, Live
from clv_xl.report.words import number
from clv_xl.said import Piece, frame, live_words, say

if TYPE_CHECKING:
    from clv_xl.report.figures import Figures
    from clv_xl.report.material import Material

__all__ = [
    "as_made",
    "historic_clv_formula",
    "live_amount",
    "margin_formula",
    "money_columns",
    "share_of_customers",
    "whole_cell",
]

HISTORIC_NOTE = (
    "Historic CLV = margin of all orders so far (amount x gross margin, or amount - cost where the orders "
    "carry a cost) - cost to serve x orders - acquisition cost. Recalculates with the Parameters sheet."
)


def live_amount(cell: str, value: float, currency: str) -> Piece:
    """Return an amount inside a live sentence: as a piece of a formula over ``cell``, and as text.

    Examples
    --------
    >>> live_amount("historic_clv", 812.5, "SEK")
    Piece(formula='IF(ABS(historic_clv)<100,FIXED(historic_clv,2),FIXED(historic_clv,0))&" SEK"', text='813 SEK')
    """
    formula = f"IF(ABS({cell})<100,FIXED({cell},2),FIXED({cell},0))"
    text = number(value, 2 if abs(value) < 100 else 0)
    if not currency:
        return Piece(formula, text)
    # a quotation mark inside a formula's text is written twice
    unit = currency.replace('"', '""')
    return Piece(f'{formula}&" {unit}"', text + f" {currency}")


def money_columns(material: Material) -> tuple[Column, ...]:
    """Return the columns that historic CLV is computed from: the amount, and the costed part if there is one."""
    amount = Column("amount", "Amount", "money", say("Orders less refunds, in {unit}.", unit=material.unit))
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
    served, cost = margin_formula(material), material.cac_name
    return f"=({served})/[@Customers]-{cost}" if per_customer else f"={served}-{cost}"


def whole_cell(words: Piece) -> Live:
    """Return a sentence that is a whole cell."""
    return Live(frame("={words}", words=words.formula), words.text)


def share_of_customers(name: str, figures: Figures) -> Piece:
    """Return a number of customers as a share of all."""
    share = figures[name].now / figures["customers_total"].now
    live = Piece(f"FIXED(100*{name}/customers_total,0)", number(100 * share, 0))
    return live_words("{share}%", share=live)


def margin_formula(
    material: Material,
    *,
    amount: str = "[@Amount]",
    own: str = "[@[Own margin]]",
    uncosted: str = "[@[Amount without cost]]",
    orders: str = "[@Orders]",
) -> str:
    """Return the part of a formula for margin after cost to serve: that of its row's orders."""
    margin = f"{own}+{uncosted}*gross_margin" if material.has_costs else f"{amount}*gross_margin"
    return f"{margin}-service_cost*{orders}"


def as_made(material: Material, formula: str, value: float | str, otherwise: str = "NA()") -> Live:
    """Return a figure that holds only for the gross margin and cost to serve that the report was made with.

    Parameters
    ----------
    material : Material
        For these parameters.
    formula : str
        A part of a formula: the figure.
    value : float or str
        What it is now.
    otherwise : str
        A part of a formula: what stands there under other parameters.
    """
    parameters = material.parameters
    made = f"AND(gross_margin={parameters.gross_margin!r},service_cost={parameters.service_cost!r})"
    return Live(
        frame("=IF({made},{formula},{otherwise})", made=made, formula=formula, otherwise=otherwise), value
    )
