"""PayPal: Activity download. Every movement of the account, payments of customers among them."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["PAYPAL"]

# English, German, Swedish, Danish, Norwegian.
_DATE = ("Date", "Datum", "Dato")
_KIND = ("Type", "Typ", "Beschreibung")
_GROSS = ("Gross", "Brutto")
_IDS = ("Transaction ID", "Transaktionscode", "Transaktions-id", "Transaksjons-ID")
_PAYERS = (
    "From Email Address", "Absender E-Mail-Adresse", "Från e-postadress", "Avsändarens e-postadress",
    "Fra mailadresse", "Fra e-mailadresse", "Fra e-postadresse", "Avsenders e-postadresse",
)  # fmt: skip
_PAID = (
    "To Email Address", "Empfänger E-Mail-Adresse", "Till e-postadress", "Mottagarens e-postadress",
    "Til mailadresse", "Til e-mailadresse", "Til e-postadresse", "Mottakers e-postadresse",
)  # fmt: skip
_UNDONE = (
    "Reference Txn ID", "Zugehöriger Transaktionscode", "Referens-id för transaktion", "Referenstransaktions-id",
    "Referencetransaktions-id", "Referanse-ID for transaksjon", "Referansetransaksjons-ID",
)  # fmt: skip
_SHIPPING = (
    "Shipping and Handling Amount", "Versand- und Bearbeitungsgebühr", "Frakt- och hanteringsavgift",
    "Forsendelses- og ekspeditionsgebyr", "Frakt- og ekspedisjonsgebyr",
)  # fmt: skip
# A refunded payment still came in: its refund is a movement of its own.
_CAME_IN = (
    "completed", "reversed", "refunded", "partially refunded", "abgeschlossen", "zuruckgezahlt",
    "teilweise zuruckgezahlt", "ruckerstattet", "storniert", "slutford", "genomford", "aterbetald",
    "delvis aterbetald", "aterford", "fuldfort", "gennemfort", "refunderet", "delvist refunderet", "fullfort",
    "refundert", "delvis refundert", "tilbakebetalt",
)  # fmt: skip
_OPEN = (
    "held", "placed", "uncleared", "unclaimed", "removed", "active", "ausstehend", "einbehalten", "nicht eingezogen",
    "entfernt", "aktiv", "vantande", "pagaende", "afventer", "afventende", "venter", "ventende", "under behandling",
)  # fmt: skip

PAYPAL = Format(
    name="paypal",
    title="PayPal activity download",
    signature=(
        _DATE,
        ("TimeZone", "Time Zone", "Zeitzone", "Tidszon", "Tidszone", "Tidssone"),
        _KIND,
        ("Status",),
        _GROSS,
        _IDS,
    ),
    columns={
        "customer_id": _PAYERS,
        "order_date": _DATE,
        "amount": _GROSS,
        "order_id": _IDS,
        "product": ("Item Title", "Artikelbezeichnung", "Artikelnamn", "Varenavn", "Varens navn"),
        "quantity": ("Quantity", "Anzahl", "Antal", "Antall"),
        "country": ("Country Code", "Ländervorwahl", "Landskod", "Landekode", "Landskode", "Country", "Land"),
        "status": ("Status",),
        "currency": ("Currency", "Währung", "Valuta"),
        "kind": _KIND,
        "refund_customer": _PAID,
        "refund_order": _UNDONE,
        "shipping": _SHIPPING,
        "named_order": ("Invoice Number", "Rechnungsnummer", "Fakturanummer"),
        "tax": ("Sales Tax", "Umsatzsteuer", "Moms", "Mva"),
    },
    telling=("Time", "Name", "Fee", "Net", "Balance", "Balance Impact", "Receipt ID"),
    statuses=dict.fromkeys(_CAME_IN, "completed") | dict.fromkeys(_OPEN, "not completed"),
    kinds={
        ".*(abbuchung|bankgutschrift|auszahlung|währungsumrechnung|einbehaltung|gebühr|bestellung|autorisierung|uttag"
        "|valutaomräkning|valutaväxling|överföring|insättning|avgift|auktorisering|reservering).*": "none",
        ".*(udbetaling|hævning|valutaomregning|overførsel|indbetaling|gebyr|godkendelse|tilbageholdelse|uttak"
        "|valutakonvertering|overføring|innskudd|autorisasjon|tilbakehold).*": "none",
        ".*(rückzahlung|rückerstattung|rückbuchung|återbetalning|återföring|refusion|refundering|tilbagebetaling"
        "|tilbageførsel|refusjon|tilbakebetaling|tilbakeføring).*": "paid back",
        ".*(zahlung|kaufabwicklung|betalning|kassa|betaling).*": "sale",
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
        say(
            "Amounts are gross of PayPal's fees. Withdrawals, conversions and payments that you made are no orders."
        ),
    ),
)
