"""Wix Stores: Orders, Export. A row is an order or an item; the total of an order may stand on each of its rows."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["WIX"]

WIX = Format(
    name="wix",
    title="Wix orders export",
    signature=(
        ("Date created",),
        ("Contact email",),
        ("Total",),
        ("Order number", "Order no.", "Order #", "Net amount"),
    ),
    columns={
        "customer_id": ("Contact email",),
        "order_date": ("Date created",),
        "amount": ("Total",),
        "order_id": ("Order number", "Order no.", "Order #"),
        "product": ("Item", "SKU"),
        "quantity": ("Qty",),
        "country": ("Delivery country", "Billing country"),
        "status": ("Payment status",),
        "currency": ("Currency",),
        "refunded": ("Refunded amount",),
        "phone": ("Billing phone", "Recipient phone"),
        "shipping": ("Shipping rate",),
        "tax": ("Total tax",),
        "payment": ("Payment method",),
    },
    telling=(
        "Total order quantity",
        "Variant",
        "Coupon code",
        "Fulfillment status",
        "Gift card amount",
        "Net amount",
    ),
    rows="repeated",
    statuses={
        "partially paid": "completed",
        "partially refunded": "partly refunded",
        "fully refunded": "refunded",
    },
    notes=(
        say(
            "Total counts, with shipping and tax, and refunded amounts are taken off it. Net amount is not used."
        ),
    ),
)
