"""Amazon: order reports name no buyer, so that nobody can tell who came back."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format

__all__ = ["AMAZON"]

AMAZON = Format(
    name="amazon",
    title="Amazon order report",
    signature=(
        ("amazon-order-id", "order-id"),
        ("purchase-date",),
        ("order-status", "order-item-id", "sales-channel", "sku"),
    ),
    telling=(
        "merchant-order-id",
        "last-updated-date",
        "fulfillment-channel",
        "item-price",
        "asin",
        "quantity",
    ),
    refusal=(
        "this is an Amazon order report. Amazon does not say who the buyer is: there is no customer id, and the e-mail"
        " address, where one is given, is made anew. So nobody can tell which orders are of one customer, and no"
        " customer value can be computed. Use an export of your own shop. If a column of yours does name the customer,"
        ' read the file by its headers: --format columns --column customer_id="the header in your file".'
    ),
)
