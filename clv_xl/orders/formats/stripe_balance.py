"""Stripe: Reports, Balance change from activity, itemised. Payments, refunds, fees and payouts in one list."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["STRIPE_BALANCE"]

STRIPE_BALANCE = Format(
    name="stripe-balance",
    title="Stripe balance report",
    signature=(("balance_transaction_id",), ("reporting_category",), ("gross",), ("net",)),
    columns={
        "customer_id": ("customer_id", "customer_email"),
        "order_date": ("created", "created_utc"),
        "amount": ("gross",),
        "order_id": ("charge_id", "payment_intent_id", "source_id"),
        "currency": ("currency",),
        "email": ("customer_email", "shipping_email"),
        "kind": ("reporting_category",),
    },
    telling=("fee", "available_on_utc", "available_on", "source_id", "description", "automatic_payout_id"),
    kinds={
        "charge|payment": "sale",
        "refund|refund_failure|partial_capture_reversal|dispute|dispute_reversal": "signed",
        "fee|network_cost|tax|(payout|transfer|topup)(_reversal)?|(risk|connect)_reserved_funds": "none",
    },
    lacking={
        "customer_id": "the report was downloaded without customers, and without them there is no customer value."
        " Choose the columns customer_id and customer_email when you download it",
    },
    notes=(
        say(
            "Amounts are gross of Stripe's fees. Fees, payouts and transfers are no orders and are set aside."
        ),
    ),
)
