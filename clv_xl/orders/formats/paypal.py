"""PayPal: Activity download. Every movement of the account, payments of customers among them."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format

__all__ = ["PAYPAL"]

PAYPAL = Format(
    name="paypal",
    title="PayPal activity download",
    signature=(("Date",), ("TimeZone", "Time Zone"), ("Type",), ("Status",), ("Gross",), ("Transaction ID",)),
    columns={
        "customer_id": ("From Email Address",),
        "order_date": ("Date",),
        "amount": ("Gross",),
        "order_id": ("Transaction ID",),
        "product": ("Item Title",),
        "quantity": ("Quantity",),
        "country": ("Country Code", "Country"),
        "status": ("Status",),
        "currency": ("Currency",),
        "kind": ("Type",),
        "refund_customer": ("To Email Address",),
        "refund_order": ("Reference Txn ID",),
        "shipping": ("Shipping and Handling Amount",),
        "tax": ("Sales Tax",),
    },
    telling=("Time", "Name", "Fee", "Net", "Balance", "Balance Impact", "Invoice Number", "Receipt ID"),
    statuses={
        "completed": "completed",
        "reversed": "completed",
        "refunded": "completed",
        "partially refunded": "completed",
        "held": "not completed",
        "placed": "not completed",
        "uncleared": "not completed",
        "unclaimed": "not completed",
        "removed": "not completed",
        "active": "not completed",
    },
    kinds={
        ".*(withdrawal|transfer|deposit|currency conversion|hold|release|authorization|order|fee|reserve|loan"
        "|correction|shopping cart item|invoice sent|request).*": "none",
        ".*chargeback reversal.*": "signed",
        ".*(refund|payment reversal|chargeback).*": "paid back",
        ".*(payment|checkout|donation|sale).*": "sale",
    },
    lacking={
        "customer_id": 'the file has no column "From Email Address". Choose it under Customize report fields and'
        " download the activity again",
    },
    notes=(
        "Amounts are gross of PayPal's fees. Withdrawals, conversions and payments that you made are no orders.",
    ),
)
