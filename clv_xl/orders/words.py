"""Status texts of shops in English, Swedish, Norwegian and Danish, and what they mean for an order."""

from __future__ import annotations

__all__ = ["STATUS_WORDS"]

STATUS_WORDS: dict[str, tuple[str, ...]] = {
    "completed": (
        "completed", "complete", "paid", "fulfilled", "shipped", "delivered", "closed", "done", "processing",
        "ok", "partially refunded", "partially paid", "partially shipped", "invoiced",
        "betald", "betalt", "betalad", "slutförd", "klar", "skickad", "levererad", "levererat", "färdig", "expedierad",
        "fullført", "ferdig", "sendt", "levert", "fakturert", "gjennomført",
        "fuldført", "færdig", "afsendt", "leveret", "faktureret", "gennemført", "afsluttet", "avsluttet", "avslutad",
    ),
    "cancelled": (
        "cancelled", "canceled", "cancel", "voided", "void", "annulled",
        "annullerad", "annulerad", "makulerad", "avbruten", "avbeställd", "avbokad", "inställd",
        "avbestilt", "kansellert", "annullert", "avbrutt", "makulert",
        "annulleret", "afbestilt", "afbrudt", "makuleret", "aflyst",
    ),
    "not completed": (
        "failed", "draft", "expired", "abandoned", "checkout draft", "declined", "rejected", "denied",
        "pending payment", "payment pending", "awaiting payment", "unpaid", "quote", "trash", "incomplete",
        "misslyckad", "misslyckades", "utkast", "övergiven", "utgången", "obetald", "väntar på betalning", "nekad",
        "mislykket", "mislyktes", "kladd", "forlatt", "utløpt", "ubetalt", "venter på betaling", "avvist",
        "fejlet", "fejlede", "kladde", "forladt", "udløbet", "afventer betaling", "afvist",
    ),
    "refunded": (
        "refunded", "refund", "fully refunded", "returned", "chargeback", "charged back",
        "återbetald", "återbetalad", "återbetalning", "retur", "returnerad", "krediterad",
        "refundert", "tilbakebetalt", "returnert", "kreditert",
        "refunderet", "tilbagebetalt", "returneret", "krediteret",
    ),
}  # fmt: skip
"""Meaning -> status texts in lower case, with single spaces instead of ``-`` and ``_``."""
