"""Shopify: Orders, Export. A row is a line item; the fields of the order stand on its first row only."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["SHOPIFY"]

SHOPIFY = Format(
    name="shopify",
    title="Shopify orders export",
    signature=(("Name",), ("Financial Status",), ("Total",), ("Lineitem name",), ("Lineitem quantity",)),
    columns={
        "customer_id": ("Email",),
        "order_date": ("Created at", "Paid at"),
        "amount": ("Total",),
        "order_id": ("Name", "Id"),
        "product": ("Lineitem name",),
        "quantity": ("Lineitem quantity",),
        "channel": ("Source",),
        "country": ("Shipping Country", "Billing Country"),
        "status": ("Financial Status",),
        "currency": ("Currency",),
        "refunded": ("Refunded Amount",),
        "phone": ("Phone", "Billing Phone", "Shipping Phone"),
        "cancelled_at": ("Cancelled at",),
        "shipping": ("Shipping",),
        "tax": ("Taxes",),
        "payment": ("Payment Method",),
        "mode": ("Payment Method",),
    },
    telling=(
        "Paid at",
        "Fulfillment Status",
        "Accepts Marketing",
        "Subtotal",
        "Discount Code",
        "Lineitem price",
        "Vendor",
    ),
    rows="first",
    statuses={
        "authorized": "completed",
        "partially paid": "completed",
        "expired": "not completed",
        "partially refunded": "partly refunded",
    },
    tests=("bogus", "bogus gateway", "(for testing) bogus gateway"),
    notes=(
        say("The date is that of the order (Created at). Total includes shipping and tax, less discounts."),
    ),
)
