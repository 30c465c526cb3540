"""Status texts of shops, what they mean for an order, and the language that each stems from."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["MEANINGS", "STATUS_WORDS", "meaning_of", "plain_status"]

# Meaning -> language -> status texts. Accents, case, marks and WooCommerce's "wc-" make no difference.
STATUS_WORDS: dict[str, dict[str, str]] = {
    "completed": {
        "en": """completed; complete; paid; fulfilled; shipped; delivered; closed; done; processing; ok;
            partially paid; partially shipped; partially fulfilled; invoiced; captured; succeeded;
            payment accepted; remote payment accepted; processing in progress""",
        "sv": """betald; betalt; betalad; slutförd; klar; skickad; levererad; levererat; färdig; expedierad;
            avslutad; fakturerad; behandlas; under behandling; färdigbehandlad; genomförd; slutbetald;
            slutbetalt; bokförd; bokfört; debet; delbetald; delbetalt; delvis betald; delvis betalt;
            avsluttad; betalning accepterad; betalning godkänd""",
        "no": """betalt; fullført; ferdig; sendt; levert; fakturert; gjennomført; avsluttet; behandles; utlevert;
            delvis betalt; delbetalt;
            betaling akseptert; betaling godkjent; betaling godtatt""",
        "da": """betalt; fuldført; færdig; afsendt; leveret; faktureret; gennemført; afsluttet; færdigbehandlet;
            i gang; bliver behandlet; delvist betalt; delbetalt;
            betaling accepteret; betaling godkendt""",
        "fi": """maksettu; valmis; toimitettu; lähetetty; käsitelty; käsittelyssä; suoritettu; laskutettu;
            osittain maksettu""",
        "fr": """payé; payée; réglé; réglée; terminé; terminée; expédié; expédiée; livré; livrée; complété;
            complétée; en cours; en préparation; traité; traitée""",
        "de": """bezahlt; abgeschlossen; versandt; versendet; geliefert; ausgeliefert; erledigt; fertig;
            fertiggestellt; in bearbeitung""",
    },
    "partly refunded": {
        "en": """partially refunded; partly refunded; partial refund; partial refunded; partially returned""",
        "sv": """delvis återbetald; delvis återbetalad; delvis återbetalt; delvis återbetalat; delvis krediterad;
            delvis krediterat; delvis refunderad; delvis refunderat; delvis returnerad""",
        "no": """delvis refundert; delvis tilbakebetalt; delvis kreditert; delvis returnert""",
        "da": """delvist refunderet; delvis refunderet; delvist tilbagebetalt; delvis tilbagebetalt;
            delvist krediteret; delvis krediteret; delvist returneret""",
        "fi": """osittain hyvitetty; osittain palautettu""",
        "fr": """partiellement remboursé; partiellement remboursée; remboursé partiellement;
            remboursée partiellement; remboursement partiel""",
        "de": """teilweise erstattet; teilweise rückerstattet; teilerstattet""",
    },
    "cancelled": {
        "en": """cancelled; canceled; cancel; voided; void; annulled; fraud""",
        "sv": """annullerad; annullerat; annulerad; makulerad; makulerat; avbruten; avbrutet; avbeställd;
            avbeställt; avbokad; inställd; hävd; hävt;
            borttagen; borttaget; bedrägeri""",
        "no": """kansellert; annullert; avbestilt; avbrutt; makulert;
            svindel; slettet""",
        "da": """annulleret; afbestilt; afbrudt; makuleret; aflyst;
            svindel; slettet""",
        "fi": """peruttu; peruutettu; mitätöity; keskeytetty""",
        "fr": """annulé; annulée""",
        "de": """storniert; abgebrochen; annulliert""",
    },
    "not completed": {
        "en": """pending; on hold; failed; draft; expired; abandoned; checkout draft; declined; rejected; denied;
            pending payment; payment pending; awaiting payment; unpaid; not paid; quote; trash; incomplete;
            holded; payment review;
            payment error; payment failed; awaiting check payment; awaiting bank wire payment;
            awaiting cod validation; not collected; not picked up""",
        "sv": """väntar; väntande; avvaktar; väntar på betalning; väntande betalning; obetald; obetalt; ej betald;
            ej betalt; inte betald; misslyckad; misslyckat; misslyckades; utkast; övergiven; utgången; nekad;
            parkerad; offert; förfallen; förfallet;
            ej uthämtad; ej uthämtat; inte uthämtad; betalningsfel; ej bokförd; ej bokfört; fel vid betalning""",
        "no": """venter; på vent; venter på betaling; avventer; avventer betaling; ubetalt; ikke betalt; mislykket;
            mislyktes; kladd; forlatt; utløpt; avvist; tilbud;
            ikke hentet; ikke avhentet; betalingsfeil; ikke bokført; venter på bankoverføring""",
        "da": """afventer; afventende; afventer betaling; på hold; ubetalt; ikke betalt; fejlet; fejlede; mislykket;
            kladde; forladt; udløbet; afvist; tilbud;
            ikke hentet; ikke afhentet; betalingsfejl; ikke bogført; afventer bankoverførsel""",
        "fi": """odottaa; odottaa maksua; maksamatta; maksamaton; pidossa; epäonnistui; epäonnistunut; luonnos;
            vanhentunut; hylätty""",
        "fr": """en attente; en attente de paiement; en attente paiement; attente paiement; impayé; impayée;
            non payé; non payée; échoué; échouée; échec; brouillon; expiré; expirée; refusé; refusée; abandonné;
            abandonnée""",
        "de": """offen; unbezahlt; nicht bezahlt; ausstehend; zahlung ausstehend; wartend; in wartestellung;
            fehlgeschlagen; abgelehnt; entwurf; abgelaufen""",
    },
    "refunded": {
        "en": """refunded; refund; fully refunded; returned; reversed; chargeback; charged back""",
        "sv": """återbetald; återbetalad; återbetalt; återbetalat; återbetalning; retur; returnerad; returnerat;
            krediterad; krediterat; refunderad; refunderat; ångrad; ångrat; ångerköp""",
        "no": """refundert; tilbakebetalt; returnert; kreditert; angret""",
        "da": """refunderet; tilbagebetalt; returneret; krediteret; fortrudt""",
        "fi": """hyvitetty; palautettu; palautus""",
        "fr": """remboursé; remboursée; remboursement; retourné; retournée""",
        "de": """erstattet; rückerstattet; zurückerstattet; rückerstattung; retourniert; retoure""",
    },
    "credit note": {
        "en": """credit note; credit memo; credit invoice""",
        "sv": """kreditnota; kreditfaktura; kredit""",
        "no": """kreditnota; kreditfaktura""",
        "da": """kreditnota; kreditnote; kreditfaktura""",
        "fi": """hyvityslasku""",
        "fr": """avoir; facture d'avoir""",
        "de": """gutschrift; storno; stornorechnung""",
    },
    "test": {
        "en": """test; test order; test purchase; test sale""",
        "sv": """testorder; testköp; testbeställning; testförsäljning""",
        "no": """testordre; testbestilling; testkjøp; testsalg""",
        "da": """testordre; testbestilling; testkøb; testsalg""",
        "fi": """testi; testitilaus; testiosto""",
        "fr": """commande test; commande de test""",
        "de": """testbestellung; testauftrag; testkauf""",
    },
}

MEANINGS = {
    "sale": "completed",
    "cancelled": "cancelled",
    "unpaid": "not completed",
    "refunded": "refunded",
    "credit-note": "credit note",
    "test": "test",
}
"""What a user may say that a status means (``--status TEXT=MEANING``) -> the meaning."""


def plain_status(text: str) -> str:
    """Return a status without case, accents and marks.

    Parameters
    ----------
    text : str
        As it stands in the file.

    Examples
    --------
    >>> plain_status("wc-on-hold"), plain_status("Återbetald"), plain_status("PARTIALLY_REFUNDED")
    ('on hold', 'aterbetald', 'partially refunded')
    """
    folded = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o").replace("æ", "ae"))
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", letters)).removeprefix("wc ")


_MEANING_OF = {
    plain_status(word): meaning
    for meaning, languages in STATUS_WORDS.items()
    for words in languages.values()
    for word in words.split(";")
}


def meaning_of(text: str) -> str:
    """Return what a status text means: a key of :data:`STATUS_WORDS`, or ``unknown``.

    Parameters
    ----------
    text : str
        As it stands in the file.

    Examples
    --------
    >>> meaning_of("Peruttu"), meaning_of("en attente"), meaning_of("on the moon")
    ('cancelled', 'not completed', 'unknown')
    """
    return _MEANING_OF.get(plain_status(text), "unknown")
