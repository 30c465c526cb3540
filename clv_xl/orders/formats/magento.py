"""Magento and Adobe Commerce: Sales, Orders, Export. A row an order, in two currencies."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["MAGENTO"]

MAGENTO = Format(
    name="magento",
    title="Magento / Adobe Commerce orders grid",
    signature=(
        ("Purchase Date",),
        ("Grand Total (Base)", "Grand Total (Purchased)"),
        ("Bill-to Name", "Customer Name", "Ship-to Name"),
    ),
    columns={
        "customer_id": ("Customer Email",),
        "order_date": ("Purchase Date",),
        "amount": ("Grand Total (Base)", "Grand Total (Purchased)"),
        "order_id": ("ID", "Order #", "Increment ID"),
        "status": ("Status",),
        "refunded": ("Total Refunded",),
        "shipping": ("Shipping and Handling",),
        "other_amount": ("Grand Total (Purchased)",),
        "payment": ("Payment Method",),
    },
    telling=(
        "Purchase Point",
        "Ship-to Name",
        "Customer Group",
        "Subtotal",
        "Billing Address",
        "Shipping Information",
    ),
    # an order is closed when its whole amount went back by credit memo
    statuses={
        "closed": "refunded",
        "processing": "completed",
        "new": "not completed",
        "suspected fraud": "not completed",
    },
    lacking={
        "customer_id": 'the grid was exported without the column "Customer Email". Switch it on under Columns above the'
        " grid and export again",
    },
    # the grid takes it from the order, in the currency of the purchase
    refunded_in_other=True,
    notes=(say("Grand Total (Base) counts, which is in the shop's own currency."),),
)
