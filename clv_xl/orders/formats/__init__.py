"""The exports that are recognised, one small file each, and how a header row is matched with them."""

from __future__ import annotations

from clv_xl.orders.formats.amazon import AMAZON
from clv_xl.orders.formats.klaviyo import KLAVIYO
from clv_xl.orders.formats.magento import MAGENTO
from clv_xl.orders.formats.nordic_invoices import NORDIC_INVOICES
from clv_xl.orders.formats.order_lines import ORDER_LINES
from clv_xl.orders.formats.paypal import PAYPAL
from clv_xl.orders.formats.record import EXTRA_ROLES, Format
from clv_xl.orders.formats.shopify import SHOPIFY
from clv_xl.orders.formats.squarespace import SQUARESPACE
from clv_xl.orders.formats.stripe_balance import STRIPE_BALANCE
from clv_xl.orders.formats.stripe_payments import STRIPE_PAYMENTS
from clv_xl.orders.formats.subscriptions import SUBSCRIPTIONS
from clv_xl.orders.formats.tripletex import TRIPLETEX
from clv_xl.orders.formats.wix import WIX
from clv_xl.orders.formats.woocommerce_advanced import WOOCOMMERCE_ADVANCED
from clv_xl.orders.formats.woocommerce_analytics import WOOCOMMERCE_ANALYTICS

__all__ = ["EXTRA_ROLES", "FORMATS", "PLAIN", "Format"]

FORMATS: tuple[Format, ...] = (
    SHOPIFY,
    SQUARESPACE,
    WIX,
    WOOCOMMERCE_ANALYTICS,
    WOOCOMMERCE_ADVANCED,
    MAGENTO,
    STRIPE_PAYMENTS,
    STRIPE_BALANCE,
    PAYPAL,
    KLAVIYO,
    TRIPLETEX,
    NORDIC_INVOICES,
    ORDER_LINES,
    AMAZON,
    SUBSCRIPTIONS,
)
"""Every export that is recognised; the special ones first."""

PLAIN = "columns"
"""What ``--format`` calls the reading by header words alone."""
