"""The words of columns that say yes or no, or what kind of row stands there: headers and texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clv_xl.orders.header_words import fold
from clv_xl.orders.status_words import STATUS_WORDS, plain_status

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BAREST",
    "BARE_CREDITS",
    "BARE_RETURNS",
    "CANCELLED_HEADER",
    "CANCEL_TEXTS",
    "CREDIT_FLAGS",
    "CREDIT_TEXTS",
    "DAY",
    "FLAGS",
    "GENERIC",
    "NO",
    "NOT_PAID",
    "RETURNS",
    "RETURN_DATES",
    "RETURN_WORDS",
    "SALES_BESIDE_RETURNS",
    "SALES_WORDS",
    "TEST_TEXTS",
    "TYPE_FLAGS",
    "YES",
]

_RETURN_DATES: Final = """
    returdatum; returnerad datum; returnerad den; returneringsdatum; datum för retur; datum retur; återbetald datum;
    återbetald den; återbetalad datum; återbetalningsdatum; datum för återbetalning; datum återbetald; återköpsdatum;
    krediterad datum; krediteringsdatum; returdato; returnert dato; dato for retur; refusjonsdato; refundert dato;
    tilbakebetalt dato; tilbakebetalingsdato; kreditert dato; krediteringsdato; returneret dato; refunderet dato;
    refusionsdato; tilbagebetalt dato; tilbagebetalingsdato; krediteret dato; palautuspäivä; palautettu pvm;
    palautus pvm; hyvityspäivä; hyvitetty pvm; return date; returned at; returned on; returned date; date returned;
    date of return; refund date; refunded at; refunded on; refunded date; date refunded; date of refund;
    rückgabedatum; retourendatum; erstattungsdatum; date de retour; date de remboursement
    """
_HEADERS: Final = {
    "cancelled": """
        cancelled; canceled; is cancelled; is canceled; order cancelled; invoice cancelled; void; voided; is void;
        annulled; deleted; is deleted; cancelled at; canceled at; cancelled on; cancelled date; date cancelled;
        cancellation date; voided at; makulerad; makulerat; är makulerad; annullerad; annullerat; är annullerad;
        avbruten; avbeställd; avbokad; raderad; borttagen; makulerad datum; makuleringsdatum; annulleringsdatum;
        kansellert; er kansellert; annullert; er annullert; makulert; avbestilt; slettet; kansellert dato;
        kanselleringsdato; annulleringsdato; annulleret; er annulleret; makuleret; afbestilt; peruttu; peruutettu;
        on peruttu; mitätöity; poistettu; peruutuspäivä; storniert; ist storniert; storno; stornodatum; annulé;
        annulée; date d'annulation; ugyldig; er ugyldig; ogiltig; är ogiltig
        """,
    "test": """
        test; is test; test order; test mode; is test order; testorder; är test; testköp; testbeställning; er test;
        testordre; testbestilling; testkjøp; testkøb; testi; on testi; testitilaus; testbestellung; ist test
        """,
    "unpaid": """
        paid; is paid; order paid; invoice paid; betald; betalad; betalt; är betald; er betalt; fullbetald; slutbetald;
        maksettu; on maksettu; bezahlt; ist bezahlt; payé; payée
        """,
    "returned": """
        retur; returnerad; är returnerad; är retur; återbetald; återbetalad; är återbetald; krediterad; är krediterad;
        returned; is returned; is return; is refunded; is refund; returnert; er retur; er returnert; er refundert;
        returneret; er returneret; er refunderet; palautettu kokonaan; retourniert;
        """
    + _RETURN_DATES,
    "credit": """
        kredit; kreditfaktura; kreditnota; är kredit; är kreditfaktura; är kreditnota; er kreditnota; er kreditfaktura;
        kreditnote; er kreditnote; credit note; is credit note; credit memo; is credit memo; is credit; credit invoice;
        is credit invoice; hyvityslasku; on hyvityslasku; gutschrift
        """,
    "invoice_type": """
        fakturatyp; fakturatype; fakturaslag; typ av faktura; dokumenttyp; dokumenttype; document type; doc type;
        invoice type; bilagstype; bilagstyp; bilagsart; verifikationstyp; verifikattyp; transaktionstyp;
        transaksjonstype; transaktionstype; transaction type; ordertyp; ordretype; order type;
        laskutyyppi; laskun tyyppi;
        rechnungsart; belegart; type de document; typ; type; slag; tyyppi;
        typ av transaktion; typ av order; transaktionsslag; orderslag; kvittotyp; kvittoslag; radtyp; försäljningstyp;
        händelsetyp; händelse; kvitteringstype; bongtype; bontype; linjetype; salgstype; hendelsestype; hendelse;
        hændelsestype; hændelse; transaction kind; order kind; sale type; sales type; receipt type; line type; row type;
        event type; event; event name; metric;
        kind; tapahtumatyyppi; tapahtumalaji; tapahtuma; tilaustyyppi; kuittityyppi; myyntityyppi;
        laji; transaktionsart; auftragsart; vorgangsart; buchungsart; bestellart; vorgang; ereignis; art
        """,
}
FLAGS: Final[Mapping[str, frozenset[str]]] = {
    role: frozenset(fold(text) for text in words.split(";"))
    for role, words in (*_HEADERS.items(), ("other_type", _HEADERS["invoice_type"]))
}
"""Role -> folded headers."""
RETURN_DATES: Final = frozenset(fold(text) for text in _RETURN_DATES.split(";"))
"""Folded headers of the day on which an order came back, or its money was paid back."""
TYPE_FLAGS: Final = ("invoice_type", "other_type")
CREDIT_FLAGS: Final = ("credit", *TYPE_FLAGS)
"""Roles of columns that say which rows are credit notes: their amounts are taken off."""

# the stem of a word for "cancelled" with its endings, and words on when and what: no reason, person or amount
_STEMS: Final = (
    r"(?:makuler|annull?er|annull?|kan[sc]ell?er|cancell?|void|storn(?:ier|o)|avbestall|avbestil|afbestil|avbok"
    r"|avbrut|avbrutt|peruutus|mitatointi)"
)
_ENDINGS: Final = r"(?:ad|at|ed|et|t|d|en|ing|ings|erings|ation|lation|led)?"
CANCELLED_HEADER: Final = re.compile(
    rf"(?:is|ar|er|ist|on)?(?:order|ordren?|ordern|invoice|faktura|fakturan|bilag)?(?:date|datum|dato)?(?:is|ar|er)?"
    rf"{_STEMS}{_ENDINGS}(?:datum|dato|date|den|at|on|dag|dagen|tid|tidspunkt|time|paivamaara)?"
)
GENERIC: Final = frozenset(
    (
        "typ", "type", "slag", "tyyppi", "handelse", "hendelse", "haendelse", "event", "kind", "tapahtuma", "laji",
        "vorgang", "ereignis", "art",
    )
)  # fmt: skip

_CREDIT_NOTES: Final = (*"; ".join(STATUS_WORDS["credit note"].values()).split(";"), "credit")
CREDIT_TEXTS: Final = sorted({" ".join(text.split()).replace("'", "''") for text in _CREDIT_NOTES})
# alone, these may as well be a way of paying: they tell credit notes only beside words for sales
BARE_CREDITS: Final = ("credit", "kredit", "storno", "avoir")
SALES_WORDS: Final = frozenset(
    (
        "debet", "debit", "debetfaktura", "faktura", "fakturor", "kontantfaktura", "kontant", "invoice",
        "sales invoice", "salgsfaktura", "order", "ordre", "sale", "sales", "forsaljning", "salg", "lasku", "myynti",
        "rechnung", "facture", "abonnemangsfaktura", "samlingsfaktura", "samlefaktura", "normal", "vanlig",
    )
)  # fmt: skip

_RETURN_TEXTS: Final = """
    retur; returer; returorder; returköp; returkvitto; returnerad; återköp; återbetalning; återbetald; ångerköp;
    refusjon; refundering; tilbakebetaling; tilbakekjøp; returordre; returkjøp; returnert; refundert; tilbagebetaling;
    tilbagekøb; refusion; retursalg; returneret; refunderet; palautus; palautustilaus; palautettu; hyvitys; hyvitetty;
    return; returns; returned; return order; sales return; customer return; refund; refunds; refunded; refund order;
    refunded order; order refunded; returned order; order returned;
    payment refund; rückgabe; retoure; rücksendung; erstattung; rückerstattung; rückzahlung; remboursement; retour
    """
RETURN_WORDS: Final = sorted({" ".join(text.split()) for text in _RETURN_TEXTS.split(";")})
RETURNS: Final = frozenset(map(plain_status, RETURN_WORDS))
_TESTS: Final = "; ".join(STATUS_WORDS["test"].values()).split(";")
TEST_TEXTS: Final = sorted({" ".join(text.split()) for text in _TESTS})
# "return" may also stand beside "new", of a customer: below the barest headers it needs words for sales beside it
BARE_RETURNS: Final = frozenset(("return", "returns", "returned", "retur", "returer", "returnerad", "retour"))
BAREST: Final = frozenset(("typ", "type", "slag", "tyyppi", "kind", "laji", "art"))
SALES_BESIDE_RETURNS: Final = SALES_WORDS | frozenset(
    (
        "kop", "kjop", "kob", "salgsordre", "forsaljningsorder", "kontantforsaljning", "kontantsalg", "kvitto",
        "forsaljningskvitto", "kvittering", "bestallning", "bestilling", "webborder", "purchase", "buy", "sold",
        "sales order", "cash sale", "charge", "payment", "osto", "tilaus", "kauppa", "kateismyynti", "verkauf", "kauf",
        "bestellung", "auftrag", "vente", "commande", "achat", "standard",
    )
)  # fmt: skip

_CANCELLED: Final = "; ".join(STATUS_WORDS["cancelled"].values()).split(";")
_CANCELLATIONS: Final = """
    cancellation; order cancelled; order canceled; cancelled order; canceled order; makulering; annullering;
    avbeställning; avbokning; kansellering; avbestilling; afbestilling; peruutus; mitätöinti; stornierung; annulation
    """
CANCEL_TEXTS: Final = sorted({" ".join(text.split()) for text in (*_CANCELLED, *_CANCELLATIONS.split(";"))})
YES: Final = (
    "yes", "y", "true", "t", "1", "1.0", "x", "✓", "✔", "on", "ja", "j", "sant", "sann", "sand", "kyllä", "k", "tosi",
    "joo", "wahr", "oui", "vrai", "test", *sorted({" ".join(text.split()) for text in _CANCELLED}),
)  # fmt: skip
NO: Final = (
    "no", "n", "false", "f", "0", "0.0", "-", "off", "nej", "nei", "falskt", "falsk", "usant", "ei", "e", "epätosi",
    "nein", "falsch", "non", "faux", "none", "null", "live", "active", "aktiv", "ok", "0000-00-00",
    "0000-00-00 00:00:00",
)  # fmt: skip
# of what is paid only a plain no speaks: a blank or a mark may as well mean that nobody wrote it down
NOT_PAID: Final = (
    "no",
    "n",
    "false",
    "0",
    "nej",
    "nei",
    "falskt",
    "falsk",
    "usant",
    "ei",
    "nein",
    "falsch",
    "non",
    "faux",
)
# a column with the day of the cancellation says yes by that day
DAY: Final = r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[T ].*)?"
