"""What customers of a channel or cohort are worth, worked out from their orders: part of the page Acquisition."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from clv_xl.report.model import Column, Live, Table
from clv_xl.report.pages.live import margin_formula, money_columns
from clv_xl.said import say

if TYPE_CHECKING:
    from clv_xl.report.material import Material
    from clv_xl.report.model import Scalar
    from clv_xl.report.won import Won, Worth

__all__ = ["parts", "values_table", "worth_of"]


def parts(material: Material, by: str) -> tuple[Won, ...]:
    """Return the customers of all channels with spend, where there are others too."""
    paid = material.acquisition.paid
    return (paid,) if by == "channel" and paid is not None else ()


def worth_of(material: Material, item: Won, by: str) -> Worth:
    """Return what a customer is worth; a cohort stays as long as all customers do, for a young one cannot tell."""
    parameters = material.parameters
    lifespan = parameters.lifespan_years
    if lifespan is None:
        lifespan = item.lifespan if by == "channel" else material.figures["lifespan"].now
    if _is_young(material, item, by):
        lifespan = nan
    share = material.prediction.margin_share if material.prediction.has_value else nan
    return item.worth(parameters, share, lifespan)


def values_table(material: Material, by: str) -> Table:
    """Show the sums that worth is worked out from; the last row is all customers."""
    found = material.acquisition
    items = (*(found.channels if by == "channel" else found.cohorts), *parts(material, by), found.everyone)
    predicted = material.prediction.has_value
    life = "IF(lifespan_years>0,lifespan_years,[@Lifespan])" if by == "channel" else "lifespan"
    brought = margin_formula(material)
    year = margin_formula(
        material,
        amount="[@[First year amount]]",
        own="[@[First year own margin]]",
        uncosted="[@[First year amount without cost]]",
        orders="[@[First year orders]]",
    )
    year_money = (
        (
            Column("year_own_margin", "First year own margin", "money"),
            Column("year_uncosted_amount", "First year amount without cost", "money"),
        )
        if material.has_costs
        else (Column("year_amount", "First year amount", "money"),)
    )
    first = (
        Column("channel", "Channel", "text", emphasis=True)
        if by == "channel"
        else Column("cohort", "First order", "text", emphasis=True)
    )
    columns = (
        first,
        Column("customers", "Customers", "count"),
        Column("orders", "Orders", "count"),
        *money_columns(material),
        Column(
            "so_far",
            "Margin so far",
            "cents",
            "(Amount x gross margin, or amount - cost where orders carry one - cost to serve x orders) / customers.",
            formula=f"=IF([@Customers]>0,({brought})/[@Customers],NA())",
        ),
        Column(
            "active_years",
            "Active years",
            "decimal",
            "From each first order to the end of the active window after the last one, or to the as-of date.",
        ),
        Column(
            "yearly",
            "Yearly margin",
            "cents",
            "Margin of an order x orders a year while active (1 / lifespan + orders beyond the first / active years).",
            formula=(
                f"=IF(AND([@Orders]>0,[@[Active years]]>0),({brought})/[@Orders]"
                f"*(1/{life}+([@Orders]-[@Customers])/[@[Active years]]),NA())"
            ),
        ),
        *(
            (
                Column(
                    "lifespan",
                    "Lifespan",
                    "years",
                    "Measured as on Figures, of the channel's own customers. The parameter goes before it.",
                ),
            )
            if by == "channel"
            else ()
        ),
        Column(
            "plain",
            "CLV before CAC",
            "cents",
            "Yearly margin x lifespan; with a discount rate, the present value of that margin, paid at the end of each "
            "year."
            if by == "channel"
            else "Yearly margin x lifespan of all customers; with a discount rate, the present value of that margin, "
            "paid at the end of each year.",
            formula=f"=IF(discount_rate>0,-PV(discount_rate,{life},[@[Yearly margin]]),[@[Yearly margin]]*{life})",
            emphasis=True,
        ),
        Column(
            "year_customers",
            "A year or longer",
            "count",
            "Customers whose first order is a year ago or more.",
        ),
        Column(
            "year_orders",
            "First year orders",
            "count",
            "Of these, in the twelve months from the first order on.",
        ),
        *year_money,
        Column(
            "first_year",
            "First year margin",
            "cents",
            "Margin of these orders after cost to serve / these customers.",
            formula=f"=IF([@[A year or longer]]>0,({year})/[@[A year or longer]],NA())",
            emphasis=True,
        ),
        *(
            (
                Column("expected_amount", "Expected amount", "money", "Within the horizon, discounted."),
                Column(
                    "predicted",
                    "Predicted CLV",
                    "cents",
                    "Expected amount x margin share (page Figures) / customers.",
                    formula="=IF([@Customers]>0,[@[Expected amount]]*margin_share/[@Customers],NA())",
                    emphasis=True,
                ),
            )
            if predicted
            else ()
        ),
    )
    return Table(
        name=f"{by}_values",
        title=(
            say("What it is worked out from, by first channel")
            if by == "channel"
            else say("What it is worked out from, by {unit} of the first order", unit=say(found.unit))
        ),
        caption="All orders up to the as-of date, less refunds.",
        columns=columns,
        rows=tuple(_row(material, item, by) for item in items),
        structured=True,
        compact=True,
    )


def _row(material: Material, item: Won, by: str) -> tuple[Scalar | Live, ...]:
    worth = worth_of(material, item, by)
    if material.has_costs:
        money = (item.amount, item.own_margin, item.uncosted_amount)
        year = (item.year_own_margin, item.year_uncosted_amount)
    else:
        money, year = (item.amount,), (item.year_amount,)  # type: ignore[assignment]  # fewer columns
    return (
        item.title,
        item.customers,
        item.orders,
        *money,
        worth.so_far,
        item.active_years,
        Live("=NA()", nan) if _is_young(material, item, by) else worth.yearly,
        *((item.lifespan,) if by == "channel" else ()),
        Live("=NA()", nan) if _is_young(material, item, by) else worth.plain,
        item.year_customers,
        item.year_orders,
        *year,
        worth.first_year,
        *((item.expected_amount, worth.predicted) if material.prediction.has_value else ()),
    )


def _is_young(material: Material, item: Won, by: str) -> bool:
    """Tell whether a cohort is too young for the plain formula: its pace is no yearly pace yet."""
    return (
        by == "cohort" and item is not material.acquisition.everyone and item.year_customers < item.customers
    )
