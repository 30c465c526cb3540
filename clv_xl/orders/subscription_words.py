"""The words of a table of subscriptions: its headers, what stands for no end, and why a row is set aside."""

from __future__ import annotations

from typing import Final

from clv_xl.orders.columns import tiers
from clv_xl.orders.filled_columns import Words, words

__all__ = ["NEEDED", "NO_END_TEXTS", "SUBSCRIPTION_REASONS", "SUBSCRIPTION_WORDS"]

SUBSCRIPTION_WORDS: Final[dict[str, Words]] = {
    "customer": (
        *tiers("customer_id"),
        *words("account; account id; konto; subscriber; subscriber id; abonnent"),
    ),
    "start": words(
        """
        start; start date; started; started at; start_date; starts at; startdatum; startdato; subscription start;
        subscription start date; startad; startet
        """,
        """
        from; from date; valid from; från; fra; from och med; fra og med; giltig från; gyldig fra; gældende fra;
        current period start
        """,
        "created; created at; created date; activated at; opprettet; oprettet; skapad; date; datum; dato",
    ),
    "end": words(
        """
        end; end date; ended; ended at; end_date; ends at; slut; slutt; slutdatum; sluttdato; slutdato;
        subscription end; subscription end date; avslutad; avslutat; avsluttet; afsluttet
        """,
        """
        to; to date; valid to; valid until; until; till; til; till och med; til og med; giltig till; gyldig til;
        gældende til; cancelled at; canceled at; cancelled; canceled; cancellation date; cancel date; churned at;
        churn date; expires; expires at; expiry date; terminated; uppsagd; oppsagt; opsagt; upphörd; opphørt; ophørt
        """,
    ),
    "amount": words(
        """
        monthly amount; monthly_amount; amount per month; mrr; monthly price; price per month; monthly fee; monthly
        revenue; månadsbelopp; belopp per månad; månadspris; pris per månad; månadsavgift; månedsbeløp; beløp per
        måned; månedspris; pris per måned; månedsavgift; månedlig beløp; månedsbeløb; beløb per måned; månedligt beløb;
        pris pr måned; beløb pr måned
        """,
        "amount; belopp; beløp; beløb; price; pris; fee; avgift; sum; summa",
    ),
    "plan": words(
        """
        plan; plan name; plan_name; subscription plan; plan id; abonnemang; abonnement; abonnementstype;
        abonnemangstyp; prisplan
        """,
        "product; produkt; product name; package; paket; pakke; pakka; tier; tariff; subscription; subscription type",
    ),
    "currency": tiers("currency"),
}
"""The columns of a table of subscriptions and how they are called."""

NEEDED: Final = ("customer", "start", "end", "amount")

NO_END_TEXTS: Final = frozenset(("", "-", "null", "none", "nat", "nan", "n/a", "na"))
"""Folded to lower case: what stands in the column of ends where a subscription still runs."""

SUBSCRIPTION_REASONS: Final[dict[str, str]] = {
    "": "Counted.",
    "missing_customer": "No customer.",
    "missing_start": "No start.",
    "bad_start": "The start is not a date.",
    "start_out_of_range": "The start is before 1950: no subscription is that old, so it is a placeholder.",
    "bad_end": "The end is not a date. Leave it blank where the subscription still runs.",
    "end_before_start": "The end lies before the start.",
    "missing_amount": "No monthly amount.",
    "bad_amount": "The monthly amount is not a number.",
    "negative_amount": "The monthly amount is below 0. A discount belongs into the amount of its subscription.",
    "free": "The monthly amount is 0: it brings no revenue, and alone makes nobody a paying customer.",
    "other_currency": "The amount is in another currency than the report, and no rate is given for it.",
    "unclear_currency": "Amounts are in several currencies, and nothing says which is the report's. Set currency.",
    "copy": "The row repeats an earlier one in every column.",
    "after_as_of": "The subscription starts after the as-of date.",
}
"""Reason code -> one sentence; the order is the order in which the reasons are asked of a row."""
