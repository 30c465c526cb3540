"""Klaviyo: events of the metric Placed Order; refunds and cancellations are events of their own."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["KLAVIYO"]

KLAVIYO = Format(
    name="klaviyo",
    title="Klaviyo order events",
    signature=(
        ("$event_id", "$event_id (event)", "Event Name", "Metric Name", "Metric"),
        ("$value", "value"),
        ("$event_id", "$event_id (event)", "$value"),
    ),
    columns={
        "customer_id": ("Email", "Person Email", "Profile Email", "$email"),
        "order_date": ("Event Date", "Event Time", "Timestamp", "Datetime", "Date", "Time", "$timestamp"),
        "amount": ("$value", "value"),
        "order_id": ("OrderId", "Order ID", "Order Number", "$event_id", "$event_id (event)"),
        "product": ("ItemNames", "Item Names", "Items"),
        "quantity": ("Item Count", "ItemCount"),
        "channel": ("Source Name", "SourceName"),
        "currency": ("$currency_code", "Currency", "$value_currency", "presentment_currency"),
        "phone": ("Phone Number", "Phone", "$phone_number"),
        "kind": ("Event", "Metric", "Event Name", "Metric Name"),
    },
    telling=("Discount Code", "Discount Codes", "Discount Value", "Collections", "$extra"),
    kinds={
        "(placed order|order placed|placed_order)": "sale",
        "(refunded order|order refunded|refunded_order)": "refund",
        "(cancell?ed order|order cancell?ed|cancell?ed_order)": "cancel",
        # what Klaviyo writes of an order, or of a visit, besides: no order of its own
        "(partially )?fulfilled( partial)? order|fulfilled_order|order fulfilled": "none",
        "(ordered product|(started|completed) checkout|checkout started|(viewed|added)( a)? (product|to cart))": "none",
        "((confirmed|delivered) shipment|marked out for delivery|active on site)": "none",
        "((received|opened|clicked|bounced|dropped) (email|sms)|subscribed to list|unsubscribed)": "none",
    },
    notes=(
        say(
            "Refunds and cancellations are events of their own in Klaviyo: export Refunded Order and Cancelled Order"
            " too, and name the files together, else their orders count in full."
        ),
    ),
    notes_unless=("refund", "cancel"),
)
