"""Tables of subscriptions: a row is a contract with a start and an end, not an order."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.orders.header_words import TIERS

__all__ = ["SUBSCRIPTIONS"]

SUBSCRIPTIONS = Format(
    name="subscriptions",
    title="table of subscriptions",
    signature=(
        (
            "Start", "Start Date", "Start Date (UTC)", "started_at", "starts_at", "subscription_start",
            "Subscription start date", "Startdato", "Startdatum", "Startad", "Startet", "Current Period Start (UTC)",
        ),
        (
            "End", "End Date", "Ended At", "Ended At (UTC)", "ends_at", "Canceled At", "Canceled At (UTC)",
            "Cancelled At", "Cancelled", "Cancelled on", "Cancellation date", "subscription_end", "Slut", "Slutt",
            "Slutdatum", "Slutdato", "Sluttdato", "Uppsagd", "Oppsagt", "Opsagt", "Current Period End (UTC)",
        ),
        (
            *sorted(frozenset().union(*TIERS["customer_id"])), "Account", "Account ID", "Subscriber", "Subscriber ID",
            "Abonnent", "Subscription ID",
        ),
    ),
    # a table with a date of its own holds orders, whatever else stands in it
    absent=tuple(sorted(frozenset().union(*TIERS["order_date"][:3]))),
    telling=("Plan", "Plan name", "Interval", "MRR", "Monthly amount", "Abonnement", "Abonnemang"),
    refusal=(
        "this is a table of subscriptions: a row is a contract with a start and an end, not an order. Read it with"
        " clv-xl subscriptions. If the rows are orders after all, read the file by its headers: --format columns."
    ),
)  # fmt: skip
