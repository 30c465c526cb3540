"""The words that headers are made of: what each canonical column is called, and what a header says of VAT.

The languages are English, Swedish, Norwegian and Danish, with the columns of French, Finnish and German shop
exports that other words cannot stand for.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

__all__ = [
    "CANONICAL",
    "DISCOUNT_NAMES",
    "EMAILS",
    "FREIGHTS",
    "FURTHER_NAMED",
    "LAST_AMOUNTS",
    "NAMED",
    "PAID",
    "PHONES",
    "PRICES",
    "TAXES",
    "TIERS",
    "TOTALS",
    "UNIT_COSTS",
    "fold",
    "vat_in_header",
    "without_vat_words",
]

# Each name has tiers; a header of an earlier tier wins over one of a later tier, and two headers of the
# same tier are a question for the user. A unit price is never an amount; a name is never a customer key.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "customer_id": (
        """
        customer_id; customer id; customerid; customer no; customer number; customer nr;
        customer key; customer code; client id; buyer id; kundnr; kundnummer; kund-id; kundid;
        kund nr; kundenr; kundenummer; kunde-id; kundeid; kunde nr; debitornr; debitornummer;
        member id; medlemsnr; medlemsnummer; asiakasnumero; asiakasnro; asiakastunnus
        """,
        """
        customer; client; kund; kunde; debitor; user id; userid; id customer; asiakas
        """,
        """
        email; e-mail; customer email; customer e-mail; email address; e-post; epost;
        e-postadress; e-postadresse; epostadresse; mail; mejl; e-mailadresse; kund e-post; kunde
        e-post; sähköposti; sähköpostiosoite; buyer email; billing email;
        email (billing); e-post (faktura); e-post (fakturering); faktura e-post; fakturaepost; kundens e-post;
        mailadress; mejladress; mailadresse; contact email; contact e-mail
        """,
    ),
    "order_date": (
        """
        order_date; order date; orderdate; date of order; orderdatum; ordredato; ordre dato;
        bestillingsdato; bestallningsdatum; kopdatum; kjopsdato; kobsdato; purchase date;
        transaction date; purchased at; tilauspäivä; tilauspäivämäärä; ostopäivä
        """,
        """
        date; datum; dato; invoice date; invoicedate; fakturadatum; fakturadato;
        bokforingsdatum; bilagsdato; salgsdato; forsaljningsdatum; day; dag; päivämäärä; päiväys; pvm; laskupäivä;
        laskun päivämäärä; laskun päiväys; laskutuspäivä; laskun päivä; laskun pvm; laskupvm
        """,
        """
        created at; paid at; created; timestamp; skapad; opprettet; oprettet; date created; created on; event time;
        event date; event timestamp; order time
        """,
    ),
    "amount": (
        """
        amount; order amount; order_amount; orderbelopp; ordrebelop; ordrebeloep; ordersumma;
        ordresum; ordertotal; order total; order total amount; order value; ordervarde; ordreverdi; ordrevaerdi;
        tilauksen summa; tilaussumma; ordretotal; ordrebeløb; total ordre; ordre total; ordre i alt
        """,
        """
        belopp; belop; belob; beloep; beloeb; summa; sum; total; totalt; totalbelopp;
        totalbelop; totalbelob; total amount; net amount; nettobelopp; nettobelop; nettobelob;
        netto; net sales; net revenue; revenue; sales; omsattning; omsetning; omsaetning; line
        total; linjesum; radsumma; fakturabelopp; fakturabelop; fakturabelob; invoice amount;
        invoice total; turnover; grand total; montant; montant total; ventes nettes;
        yhteensä; loppusumma; laskun summa; rivisumma; määrä euroina; row total; row amount; line amount; line sum;
        radtotal; rad belopp; radpris; linjetotal; linjebeløb; linjeverdi; linjeværdi; linje sum; sum linje;
        extended price; extended amount; varesum; varusumma; samlet beløb; samlet sum
        """,
    ),
    "order_id": (
        """
        order_id; order id; orderid; order no; order number; order nr; ordernr; ordernummer;
        order; ordrenr; ordrenummer; ordre nr; ordre-id; ordreid; ordre; bestillingsnr;
        bestallningsnr; bestillingsnummer; tilausnumero; tilausnro; tilauksen numero; tilaustunnus
        """,
        """
        invoice; invoice no; invoice number; invoiceno; invoice id; fakturanr; fakturanummer;
        faktura; bilagsnr; bilagsnummer; verifikationsnr; transaction id; transaction_id;
        transaktionsid; receipt no; kvittonr; commande; commande n°; laskunumero; laskun numero; laskunro;
        lasku
        """,
    ),
    "quantity": (
        """
        quantity; qty; antal; antall; kvantitet; mengde; maengde; items; items sold; units; stk;
        units sold; määrä; kpl; kappaletta; lukumäärä
        """,
    ),
    "channel": (
        """
        channel; kanal; sales channel; salgskanal; forsaljningskanal; saljkanal; marketing
        channel; order channel
        """,
        """
        source; kilde; kalla; traffic source; utm source
        """,
    ),
    "product": (
        """
        product; produkt; product name; produktnamn; produktnavn; vare; varenavn; varunamn;
        vara; artikel; artikkel; item; item name; product category; produktkategori; kategori;
        category; varugrupp; varegruppe; tuote; tuotenimi; tuotteen nimi
        """,
        """
        sku; varenr; varenummer; artikelnr; artikelnummer; artikkelnr; product id; stockcode;
        stock code; tuotenumero; tuotenro; tuotekoodi
        """,
    ),
    "country": (
        """
        country; land; country code; landkod; landkode; shipping country; billing country;
        leveringsland; leveransland
        """,
    ),
    "status": (
        """
        status; order status; orderstatus; ordrestatus; state; tilstand; tilstand ordre;
        état; statut; statut de la commande; tila; tilauksen tila; bestellstatus
        """,
        """
        financial status; payment status; betalningsstatus; betalstatus; betalingsstatus;
        maksun tila; zahlungsstatus
        """,
        """
        leveransstatus; leveringsstatus; behandlingsstatus; orderläge; ordertillstånd; ordretilstand; ordrens status;
        orderns status; beställningsstatus; bestillingsstatus; fakturastatus; invoice status; tillstånd
        """,
    ),
    "cost": (
        """
        cost; cogs; cost of goods; cost of goods sold; order cost; total cost; kostnad;
        kostnader; varukostnad; varekostnad; varekost; omkostning; omkostninger; vareforbrug;
        vareforbruk; inköpskostnad; innkjøpskostnad; indkøbsomkostning; cost of sales
        """,
        """
        inköpspris; innkjøpspris; indkøbspris; kostpris; selvkost; selvkostpris; ostohinta;
        cost price; purchase price; unit cost; cost per item
        """,
    ),
    "currency": (
        """
        currency; currency code; valuta; valutakod; valutakode; valuutta
        """,
        """
        order currency; order currency code; ordervaluta; ordrevaluta; ordrens valuta; valuta order; fakturavaluta;
        invoice currency; faktureringsvaluta; transaktionsvaluta; transaksjonsvaluta; transaction currency; valutaslag;
        valutaenhed; valutaenhet; valutasort; myntenhet; myntslag; møntenhed; møntfod; ccy; currency iso;
        currency iso code; iso currency; valuta iso; shop currency; sales currency
        """,
        """
        payment currency; betalningsvaluta; betalingsvaluta; betalvaluta; presentment currency; checkout currency
        """,
    ),
    "refunded": (
        """
        refunded amount; amount refunded; refund amount; order refund amount; total refunded;
        refunded total; total refund; återbetalt belopp; återbetalat belopp; återbetald summa;
        återbetalningsbelopp; refunderat belopp; krediterat belopp; refundert beløp;
        refusjonsbeløp; tilbakebetalt beløp; kreditert beløp; refunderet beløb; tilbagebetalt
        beløb; krediteret beløb; refusionsbeløb; palautettu summa; palautussumma; palautettu
        määrä; hyvitetty summa; hyvityssumma; montant remboursé; total remboursé; erstatteter
        betrag; erstattungsbetrag; rückerstatteter betrag; returbelopp; returbeløp; returbeløb; retursumma;
        kreditbelopp; kreditbeløp; kreditbeløb; kreditsumma; återbetalning belopp; återbetalt summa; total
        återbetalning; totalt återbetalt; totalt refundert; refund total; refunds total; total refunds; amount
        returned; returned amount; return amount; returnert beløp; returneret beløb; återköpsbelopp
        """,
        """
        refunded; refund; refunds; återbetalt; återbetalat; återbetalning; återbetalningar;
        refunderat; krediterat; refundert; refusjon; refundering; tilbakebetalt; tilbakebetaling;
        kreditert; refunderet; refusion; tilbagebetalt; tilbagebetaling; krediteret; palautus;
        palautukset; palautettu; hyvitys; hyvitykset; hyvitetty; remboursé; remboursement;
        erstattet; rückerstattung; rückerstattet; returns; returer; återköp
        """,
    ),
}

CANONICAL = tuple(_SYNONYMS)

DISCOUNT_NAMES = ("discount_percent", "discount_amount")
"""What ``--column`` calls a discount beside quantity and price: in percent, or in money off the whole row."""

FURTHER_NAMED = ("phone", *DISCOUNT_NAMES, "exchange_rate")
"""What ``--column`` may name besides the canonical columns."""

NAMED = (*CANONICAL, *FURTHER_NAMED)
"""What ``--column`` may name."""


@lru_cache(maxsize=4096)  # a header is asked for by every column that it could be
def fold(text: str) -> str:
    """Return a header without case, accents, spaces and punctuation.

    Parameters
    ----------
    text : str
        A header as it stands in the file.

    Examples
    --------
    >>> fold(" Kund-ID "), fold("Beløp"), fold("Købsdato"), fold("ORDER_DATE")
    ('kundid', 'belop', 'kobsdato', 'orderdate')
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o").replace("æ", "ae"))
    return "".join(letter for letter in plain if letter.isalnum())


TIERS: dict[str, tuple[frozenset[str], ...]] = {
    name: (
        frozenset({fold(name)}),
        *(frozenset(fold(word) for word in tier.split(";")) for tier in tiers),
    )
    for name, tiers in _SYNONYMS.items()
}
"""Canonical name -> tiers of folded headers, the best first."""

LAST_AMOUNTS = frozenset(
    map(
        fold,
        (
            "totalsumma", "totalsum", "totalpris", "att betala", "å betale", "at betale", "til betaling", "försäljning",
            "nettoförsäljning", "nettoforsaljning", "salg", "slutpris", "i alt", "pris i alt", "beløb i alt",
            "sum i alt",
        ),
    )
)  # fmt: skip
"""Folded headers that are the amount where no other column is."""

PRICES = (
    "unit price", "unitprice", "price", "item price", "price per unit", "price each", "pris", "à-pris", "a pris",
    "styckpris", "stykkpris", "stykpris", "enhetspris", "enhedspris", "pris per st", "pris per stk", "pris pr. stk",
    "pris pr stk", "varepris", "radpris per styck", "yksikköhinta", "hinta", "kappalehinta", "à-hinta", "ahinta",
    "lineitem price", "item cost", "prix unitaire", "einzelpreis", "stückpreis",
)  # fmt: skip
"""Headers of the price of one piece: never an amount by itself."""

TAXES = (
    "tax", "taxes", "tax amount", "total tax", "order tax", "order tax amount", "tax total", "sales tax", "vat",
    "vat amount", "total vat", "gst", "moms", "momsbelopp", "moms belopp", "varav moms", "total moms", "moms totalt",
    "momsbeløb", "moms beløb", "heraf moms", "mva", "mva-beløp", "mva beløp", "herav mva", "mva totalt",
    "merverdiavgift", "alv", "alv määrä", "alv:n määrä", "arvonlisävero", "josta alv", "mwst", "mwst betrag", "ust",
    "umsatzsteuer", "mehrwertsteuer", "tva", "montant tva",
)  # fmt: skip
"""Headers of the tax in an amount, as an amount."""

FREIGHTS = frozenset(
    fold(text)
    for text in (
        "frakt", "fraktavgift", "fraktkostnad", "frakt exkl moms", "leverans", "porto", "fragt", "fragtpris",
        "fraktbeløp", "levering", "shipping", "shipping amount", "shipping cost", "freight", "delivery", "postage",
        "toimituskulut", "rahti", "versand", "versandkosten", "frais de port",
    )
)  # fmt: skip
"""Folded headers of freight, as an amount."""

TOTALS = frozenset(
    fold(text)
    for text in (
        "att betala", "totalt att betala", "summa att betala", "belopp att betala", "å betale", "at betale",
        "til betaling", "to pay", "total to pay", "amount due", "total due", "grand total", "ordertotal", "order total",
        "total", "totalt", "totalsumma", "totalbelopp", "slutsumma", "fakturabelopp", "maksettava", "zu zahlen",
    )
)  # fmt: skip
"""Folded headers of what a customer pays in all: beside an amount and its tax they may tell what that amount is."""

PAID = TOTALS | LAST_AMOUNTS | frozenset(
    map(
        fold,
        (
            "total paid", "amount paid", "paid amount", "captured amount", "amount captured", "charged amount",
            "amount charged", "total charged", "total amount", "total price", "total sum", "totalt beløp",
            "samlet beløb", "betalt beløp", "betalt beløb", "betalat belopp", "betald summa", "sum betalt",
            "betalt belopp", "inbetalt belopp", "inbetalat belopp", "innbetalt beløp", "indbetalt beløb",
            "ordertotal", "ordretotal", "total ordre", "total incl shipping", "total incl freight",
            "totalt inkl frakt", "total inkl frakt", "summa inkl frakt", "sum inkl frakt", "i alt inkl fragt",
        ),
    )
)  # fmt: skip
"""Folded headers of what was paid in all, freight with it: another column may be the amount, and these say more."""

EMAILS = TIERS["customer_id"][-1]
"""Folded headers of e-mail addresses."""

_PHONES = """
    phone; phone number; telephone; telephone number; mobile; mobile number; mobile phone; cell phone; billing phone;
    phone (billing); customer phone; shipping phone; telefon; telefonnummer; telefonnr; telefon (faktura); tel; tlf;
    tlf nr; tlfnr; mobil; mobilnummer; mobilnr; mobiltelefon; mobiltelefonnummer; puhelin; puhelinnumero; matkapuhelin;
    téléphone; handy
"""
PHONES = frozenset(map(fold, _PHONES.split(";")))
"""Folded headers of telephone numbers."""

UNIT_COSTS = TIERS["cost"][-1]
"""Folded headers of costs that most shops state for one piece."""

_VAT = r"(?:moms|mva|merverdiavgift|alv|vat|sales tax|tax(?:es)?|gst|mwst|ust|tva)"
_WITH = (
    r"\b(?:after|efter|etter|m|sisältää|(?<!ei )sis|ink|inkl|inkluderat|inkludert|inkluderet|inklusive|incl|inc"
    rf"|including|inclusive|med|mit|with)(?: of)? {_VAT}\b"
)
_WITH_OTHERWISE = r"\bttc\b|\bverollinen\b|\bbrutto|\bgross\b"
_WITHOUT = (
    r"\b(?:before|före|før|u|ei sis|ei sisällä|ilman|exkl|exklusive|excl|ex|excluding|exclusive|eks|ekskl|eksklusive"
    rf"|utan|uten|uden|ohne|hors|without)(?: of)? {_VAT}(?:ia|a)?\b|\balv 0\b|\bexmoms\b|\bpre tax\b|\bht\b"
    r"|\bveroton\b|\bnetto|\bnet\b"
)
_VAT_MARKS = {"included": re.compile(f"{_WITH}|{_WITH_OTHERWISE}"), "excluded": re.compile(_WITHOUT)}


def _spaced(header: str) -> str:
    """Lower case, one space between words, ``inclTax`` as two words."""
    apart = re.sub(r"(?<=[a-zæøåäö])(?=[A-ZÆØÅÄÖ])", " ", unicodedata.normalize("NFC", header))
    return " ".join(re.findall(r"\w+", apart.replace("_", " ").casefold()))


def vat_in_header(header: str) -> Literal["included", "excluded", ""]:
    """Return what a header says of VAT.

    Parameters
    ----------
    header : str
        As it stands in the file.

    Examples
    --------
    >>> vat_in_header("Beløb inkl. moms"), vat_in_header("Brutto"), vat_in_header("Sum eks. mva")
    ('included', 'included', 'excluded')
    >>> vat_in_header("Beløb")
    ''
    """
    words = _spaced(header)
    if _VAT_MARKS["included"].search(words):
        return "included"
    return "excluded" if _VAT_MARKS["excluded"].search(words) else ""


def without_vat_words(header: str) -> str:
    """Return a folded header without its words on VAT.

    Parameters
    ----------
    header : str
        As it stands in the file.

    Examples
    --------
    >>> without_vat_words("Beløb inkl. moms"), without_vat_words("Bruttobelopp"), without_vat_words("Brutto")
    ('belob', 'belopp', '')
    """
    words = _spaced(header)
    for marks in _VAT_MARKS.values():
        words = marks.sub(" ", words)
    return fold(words)
