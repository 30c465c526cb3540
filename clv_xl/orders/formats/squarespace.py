"""Squarespace: Orders, Download CSV. A row is a line item; the fields of the order stand on its first row only."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["SQUARESPACE"]

SQUARESPACE = Format(
    name="squarespace",
    title="Squarespace orders export",
    signature=(("Order ID",), ("Financial Status",), ("Total",), ("Lineitem name",), ("Lineitem quantity",)),
    columns={
        "customer_id": ("Email",),
        "order_date": ("Created at", "Paid at"),
        "amount": ("Total",),
        "order_id": ("Order ID",),
        "product": ("Lineitem name",),
        "quantity": ("Lineitem quantity",),
        "channel": ("Channel Type", "Channel Name"),
        "country": ("Shipping Country", "Billing Country"),
        "status": ("Financial Status",),
        "currency": ("Currency",),
        "refunded": ("Amount Refunded",),
        "phone": ("Billing Phone", "Shipping Phone"),
        "cancelled_at": ("Cancelled at",),
        "shipping": ("Shipping",),
        "tax": ("Taxes",),
        "payment": ("Payment Method",),
    },
    # a Shopify export calls the order Name
    absent=("Name",),
    telling=(
        "Paid at",
        "Fulfillment Status",
        "Subtotal",
        "Discount Code",
        "Lineitem price",
        "Channel Order Number",
    ),
    rows="first",
    statuses={"partially refunded": "partly refunded", "partially_refunded": "partly refunded"},
    notes=(
        say("The date is that of the order (Created at). Total includes shipping and tax, less discounts."),
    ),
)
