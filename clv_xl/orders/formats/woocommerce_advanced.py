"""WooCommerce: the plugin Advanced Order Export. The total of an order stands on each of its product rows."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format

__all__ = ["WOOCOMMERCE_ADVANCED"]

WOOCOMMERCE_ADVANCED = Format(
    name="woocommerce-advanced",
    title="WooCommerce Advanced Order Export",
    signature=(
        ("Order Number", "Order ID"),
        ("Order Date",),
        ("Order Total Amount", "Order Total Amount without Tax", "Order Total Amount (- Refund)"),
        ("Order Status", "Email (Billing)", "Customer User ID", "First Name (Billing)"),
    ),
    columns={
        "customer_id": ("Customer User ID", "User ID", "Email (Billing)", "Customer User Email"),
        "order_date": ("Order Date", "Paid Date"),
        "amount": ("Order Total Amount", "Order Total Amount without Tax", "Order Total Amount (- Refund)"),
        "order_id": ("Order Number", "Order ID"),
        "product": ("Item Name", "Product Name", "SKU"),
        "quantity": ("Quantity", "Quantity (- Refund)"),
        "country": ("Country Code (Shipping)", "Country Code (Billing)", "Country Name (Billing)"),
        "status": ("Order Status",),
        "currency": ("Currency", "Order Currency"),
        "refunded": ("Order Refund Amount",),
        "email": ("Email (Billing)", "Customer User Email"),
        "phone": ("Phone (Billing)",),
        "shipping": ("Order Shipping Amount",),
        "tax": ("Order Total Tax Amount", "Order Total Tax Amount (- Refund)"),
        "payment": ("Payment Method Title", "Payment Method"),
    },
    telling=("Item Cost", "SKU", "Cart Discount Amount", "Order Subtotal Amount", "Last Name (Billing)"),
    rows="repeated",
    net_of_refunds=("Order Total Amount (- Refund)", "Order Total Tax Amount (- Refund)"),
    refunded_with_tax=True,
)
