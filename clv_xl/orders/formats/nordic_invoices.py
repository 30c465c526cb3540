"""Invoice lists of Nordic accounting programs: number, date, due date, amount, and what is still open."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.orders.header_words import TIERS

__all__ = ["NORDIC_INVOICES"]

_NUMBERS = (
    "Fakturanr", "Fakturanummer", "Faktura nr", "Faktura", "Fakturanr.", "Laskunumero", "Laskun numero", "Laskunro",
)  # fmt: skip
_DATES = (
    "Fakturadato", "Fakturadatum", "Laskupäivä", "Laskun päiväys", "Laskun päivämäärä", "Laskutuspäivä", "Laskun päivä",
    "Laskun pvm", "Laskupvm",
)  # fmt: skip
_OPEN = (
    "Restbeløp", "Restbelopp", "Saldo", "Rest", "Avoinna", "Avoin summa", "Forfallsdato", "Forfaldsdato",
    "Förfallodatum",
    "Förfallodag", "Eräpäivä", "KID", "OCR", "OCR-nummer", "Viitenumero", "Utestående",
)  # fmt: skip
_CUSTOMERS = (
    "Kundenr",
    "Kundnr",
    "Kundenummer",
    "Kundnummer",
    "Asiakasnumero",
    "Asiakasnro",
    "Debitornr",
    "Kund nr",
    "Kunde nr",
)

NORDIC_INVOICES = Format(
    name="nordic-invoices",
    title="Nordic invoice list",
    signature=(_NUMBERS, _DATES, _OPEN, _CUSTOMERS, tuple(sorted(frozenset().union(*TIERS["amount"])))),
    columns={"customer_id": _CUSTOMERS, "order_date": _DATES, "order_id": _NUMBERS},
    telling=("Navn", "Namn", "Nimi", "Kundenavn", "Kundnamn", "Asiakkaan nimi", "Valuta", "Valuutta"),
    by_words=True,
    general=True,
)
