"""Tripletex: orders and invoices with a row a line: quantity and price, no total."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["TRIPLETEX"]

TRIPLETEX = Format(
    name="tripletex",
    title="Tripletex order lines",
    signature=(
        ("CUSTOMER NO", "CUSTOMER NAME", "CUSTOMER EMAIL"),
        ("ORDER LINE - UNIT PRICE",),
        ("ORDER LINE - COUNT",),
    ),
    columns={
        "customer_id": ("CUSTOMER NO", "CUSTOMER EMAIL", "CUSTOMER NAME"),
        "order_date": ("INVOICE DATE", "ORDER DATE"),
        "amount": ("ORDER LINE - UNIT PRICE",),
        "order_id": ("ORDER NO", "INVOICE NO"),
        "product": ("ORDER LINE - DESCRIPTION", "ORDER LINE - PROD NAME", "ORDER LINE - PROD NO"),
        "quantity": ("ORDER LINE - COUNT",),
        "currency": ("CURRENCY",),
        "email": ("CUSTOMER EMAIL",),
        "phone": ("CUSTOMER PHONE", "PHONE"),
        "discount": ("ORDER LINE - DISCOUNT",),
    },
    telling=("INVOICE NO", "DUE DATE", "VAT CODE", "CUSTOMER NAME", "PAID AMOUNT"),
    rows="product",
    notes=(
        say(
            "The amount of a line is count x unit price, less the discount in percent where the file has one."
        ),
    ),
)
