"""Stripe: Payments, Export. A row a payment; guests have an e-mail address and no customer id."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["STRIPE_PAYMENTS"]

STRIPE_PAYMENTS = Format(
    name="stripe-payments",
    title="Stripe payments export",
    signature=(
        ("id",),
        ("Created (UTC)", "Created date (UTC)"),
        ("Amount",),
        ("Amount Refunded",),
        ("Customer ID", "Customer Email"),
    ),
    columns={
        "customer_id": ("Customer ID", "Customer Email"),
        "order_date": ("Created (UTC)", "Created date (UTC)"),
        "amount": ("Converted Amount", "Amount"),
        "order_id": ("PaymentIntent ID", "id"),
        "status": ("Status",),
        "currency": ("Converted Currency", "Currency"),
        "refunded": ("Converted Amount Refunded", "Amount Refunded"),
        "email": ("Customer Email",),
        "mode": ("Mode",),
        "named_order": ("order_id (metadata)", "Order ID (metadata)", "order_number (metadata)"),
        "tax": ("Tax",),
    },
    telling=(
        "Fee",
        "Captured",
        "Card Last4",
        "Card Brand",
        "Statement Descriptor",
        "Description",
        "Invoice ID",
    ),
    statuses={
        "uncaptured": "not completed",
        "requires payment method": "not completed",
        "requires confirmation": "not completed",
        "requires action": "not completed",
        "requires capture": "not completed",
        "incomplete": "not completed",
        "blocked": "not completed",
        "disputed": "refunded",
        "partial refund": "partly refunded",
    },
    tests=("test",),
    notes=(say("Days are those of UTC, as in the file."),),
)
