"""What the template calls its sheets, headers and segments in each language, so that any of them is read.

The words are those of the report's catalogues, in Swedish, Norwegian and Danish; a test holds them against these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TEMPLATE_WORDS", "in_english", "sheet_called"]

TEMPLATE_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "Start": ("Start", "Start", "Start"),
    "Orders": ("Ordrar", "Ordrer", "Ordrer"),
    "Spend": ("Utgifter", "Markedskostnad", "Markedsføring"),
    "Customer data": ("Kunddata", "Kundedata", "Kundedata"),
    "Parameters": ("Parametrar", "Parametere", "Parametre"),
    "Segment map": ("Segmentkarta", "Segmentkart", "Segmentkort"),
    "Functions": ("Funktioner", "Funksjoner", "Funktioner"),
    "Summary": ("Sammanfattning", "Oversikt", "Overblik"),
    "Data quality": ("Datakvalitet", "Datakvalitet", "Datakvalitet"),
    "Method": ("Metod", "Metode", "Metode"),
    "Customer list": ("Kundlista", "Kundeliste", "Kundeliste"),
    "Name": ("Namn", "Navn", "Navn"),
    "Value": ("Värde", "Verdi", "Værdi"),
    "Event": ("Händelse", "Hendelse", "Begivenhed"),
    "Date": ("Datum", "Dato", "Dato"),
    "Currency": ("Valuta", "Valuta", "Valuta"),
    "Rate": ("Kurs", "Kurs", "Kurs"),
    "Champions": ("Toppkunder", "Toppkunder", "Topkunder"),
    "Loyal": ("Lojala", "Lojale", "Loyale"),
    "Potential loyalists": ("Blivande lojala", "Potensielt lojale", "Potentielt loyale"),
    "New": ("Nya", "Nye", "Nye"),
    "Promising": ("Lovande", "Lovende", "Lovende"),
    "Need attention": ("Följ upp", "Følg opp", "Følg op"),
    "About to sleep": ("På väg att somna", "På vei i dvale", "På vej i dvale"),
    "At risk": ("I riskzonen", "I faresonen", "I farezonen"),
    "Can't lose": ("Får inte tappas", "Må ikke mistes", "Må ikke mistes"),
    "Hibernating": ("I dvala", "I dvale", "I dvale"),
    "Lost": ("Förlorade", "Tapte", "Tabte"),
}
"""English -> Swedish, Norwegian, Danish; no word stands for two."""

_ENGLISH: Final = {
    word.casefold(): english for english, others in TEMPLATE_WORDS.items() for word in (english, *others)
}


def in_english(word: str) -> str:
    """Return what a word of the template is in English; another word as it stands.

    Examples
    --------
    >>> in_english("ordrar"), in_english("Ordrer"), in_english("My notes")
    ('Orders', 'Orders', 'My notes')
    """
    return _ENGLISH.get(word.casefold(), word)


def sheet_called(wanted: str, titles: Iterable[str]) -> str | None:
    """Return the sheet that is called so, in whatever language and capitals; None where there is none.

    The English title wins over others.

    Examples
    --------
    >>> sheet_called("Orders", ["Start", "Ordrar"]), sheet_called("Orders", ["ordrer", "ORDERS"])
    ('Ordrar', 'ORDERS')
    """
    found = [title for title in titles if in_english(title) == wanted]
    return min(found, key=lambda title: title.casefold() != wanted.casefold(), default=None)
