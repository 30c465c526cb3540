"""Tables of subscriptions: a row is a contract with a start and an end, not an order."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format

__all__ = ["SUBSCRIPTIONS"]

SUBSCRIPTIONS = Format(
    name="subscriptions",
    title="table of subscriptions",
    signature=(
        (
            "Subscription ID", "Customer ID", "customer_id", "Customer Email", "Customer", "id", "Kundnr", "Kundenr",
            "Email", "subscription_id",
        ),
        (
            "Start Date (UTC)", "Start Date", "start_date", "Created (UTC)", "Start", "Startdato", "Startdatum",
            "started_at", "subscription_start",
        ),
        (
            "Canceled At (UTC)", "Cancelled At", "canceled_at", "Ended At (UTC)", "End Date", "end_date", "Ended At",
            "Sluttdato", "Slutdato", "Slutdatum", "Current Period End (UTC)", "Cancelled on", "subscription_end",
        ),
        (
            "Plan", "Interval", "Billing interval", "MRR", "Plan name", "plan_name", "Abonnement", "Abonnemang",
            "Monthly amount", "monthly_price", "Amount per month", "mrr_amount",
        ),
    ),
    absent=("Order ID", "order_id", "Order Date", "order_date", "Lineitem name"),
    refusal=(
        "this is a table of subscriptions: a row is a contract with a start and an end, not an order. Read it with"
        " clv-xl subscriptions. If the rows are orders after all, read the file by its headers: --format columns."
    ),
)  # fmt: skip
