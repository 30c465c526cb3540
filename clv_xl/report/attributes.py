"""Attributes of customers: columns of their own, by which customers are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.said import say

if TYPE_CHECKING:
    import pandas as pd

    from clv_xl.orders.filled_customers import CustomerData

__all__ = ["ATTRIBUTE", "attribute_key", "attribute_titles", "with_attributes"]

ATTRIBUTE = "attribute_"
"""How the columns of attributes begin."""


def attribute_key(number: int) -> str:
    """Return the column of the customers that holds an attribute, counted from 0."""
    return f"{ATTRIBUTE}{number}"


def attribute_titles(data: CustomerData | None) -> dict[str, str]:
    """Return what customers are compared by: what their first orders say, and what the customer data say."""
    own = (
        {attribute_key(number): title for number, title in enumerate(data.titles)} if data is not None else {}
    )
    return {
        "channel": say("First channel"),
        "country": say("First country"),
        "product": say("First product"),
    } | own


def with_attributes(customers: pd.DataFrame, data: CustomerData) -> pd.DataFrame:
    """Add the attributes of each customer, None where there is none."""
    import pandas as pd  # noqa: PLC0415  # importing pandas costs half a second: only where it is used

    nothing = ("",) * len(data.titles)
    found = [data.values.get(customer, nothing) for customer in customers["customer_id"].tolist()]
    columns = {
        attribute_key(number): pd.Series([texts[number] or None for texts in found], dtype=object)
        for number in range(len(data.titles))
    }
    return customers.assign(**columns)
