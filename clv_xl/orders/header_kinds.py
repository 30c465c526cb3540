"""What a header that is no known word may still say: money, a count, a number that names something, people."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from clv_xl.orders.header_words import PRICES, fold

__all__ = ["is_count", "is_customer", "is_key", "is_money", "is_part_of_name", "is_price"]

_MONEY: Final = re.compile(
    r"dollars?|euros?|value|amount|total|price|sum|summa|kr|kronor|kroner|sek|nok|dkk|eur|usd|gbp|spent|spend|revenue"
    r"|sales|paid|cents?|ore|varde|verdi|vaerdi|salg|forsaljning|betalt|betalat|belopp|belop|belob|pris"
    r"|.*(?:belopp|belop|belob|summa|totalt|totalpris|verdi|varde|kronor|kroner)"
)
_COUNT: Final = re.compile(
    r"antal|antall|quantity|qty|stk|pieces|units|items|counts?|frequency|recency|impressions|clicks|conversions?|age"
    r"|alder|days|dagar|dage|dager|weeks?|months?|years?|ar|aar|index|rank|rating|points|poang|cds|visits|weight|vikt"
    r"|vekt|(?:antal|antall).+"
)
_NUMBER_OF: Final = ("number", "of")
_KEY: Final = re.compile(
    r"id|ids|nr|no|num|nummer|number|kod|kode|code|key|ref|sku|ean|gtin|zip|post|phone|telefon|cust|customer|campaign"
    r"|order|ordre|invoice|faktura|product|produkt|vara|vare|artikel|item|.*(?:nr|nummer|kod|kode)"
)
_CUSTOMER: Final = re.compile(
    r"cust|custs|customer|client|buyer|user|member|guest|donor|household|account|person|kund|kunde|kjoper|kober|kopare"
    r"|medlem|bruker|bruger|anvandare|gast|gjest|konto|(?:kund|kunde|medlems|bruker|bruger|kopar|customer|member|user)"
    r"(?:id|nr|nummer|namn|navn|s|ns|ens)"
)
_PART_OF_NAME: Final = re.compile(
    r"fornamn|fornavn|firstname|givenname|efternamn|etternavn|efternavn|lastname|surname|familyname"
    r"|etunimi|sukunimi|prenom|vorname|nachname|.*(?:fornamn|fornavn|efternamn|etternavn|efternavn|firstname|lastname)"
)


def _words(header: str) -> list[str]:
    apart = re.sub(r"(?<=[a-zæøåäö])(?=[A-ZÆØÅÄÖ])", " ", header)
    letters = unicodedata.normalize("NFKD", apart.casefold().replace("ø", "o").replace("æ", "ae"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.findall(r"[a-z]+", plain)


def _any(pattern: re.Pattern[str], header: str) -> bool:
    return any(pattern.fullmatch(word) for word in _words(header))


def is_count(header: str) -> bool:
    """Tell whether a header says that things are counted below it.

    Examples
    --------
    >>> [is_count(text) for text in ("Antal levererat", "number_of_cds", "Impressions", "Ordernummer", "Belopp")]
    [True, True, True, False, False]
    """
    words = _words(header)
    return tuple(words[:2]) == _NUMBER_OF or _any(_COUNT, header)


def is_money(header: str) -> bool:
    """Tell whether a header says that money stands below it.

    Examples
    --------
    >>> [is_money(text) for text in ("dollar_value", "Sum ut", "total_cents", "Kundnr", "Total_Conversion", "Kr")]
    [True, True, True, False, False, True]
    """
    return _any(_MONEY, header) and not is_count(header) and not _any(_KEY, header)


def is_key(header: str) -> bool:
    """Tell whether a header says that what stands below it only names something.

    Examples
    --------
    >>> [is_key(text) for text in ("id", "cust", "xyz_campaign_id", "Varenr", "Kr")]
    [True, True, True, True, False]
    """
    return _any(_KEY, header)


def is_customer(header: str) -> bool:
    """Tell whether a header speaks of people who buy.

    Examples
    --------
    >>> [is_customer(text) for text in ("cust", "Kundens navn", "kund_ref", "interest", "Land")]
    [True, True, True, False, False]
    """
    return _any(_CUSTOMER, header)


def is_part_of_name(header: str) -> bool:
    """Tell whether a header says that only a first or a last name stands below it.

    Examples
    --------
    >>> [is_part_of_name(text) for text in ("Förnamn", "First name", "Kundens fornavn", "Kundnamn")]
    [True, True, True, False]
    """
    return _PART_OF_NAME.fullmatch(fold(header)) is not None


def is_price(header: str) -> bool:
    """Tell whether a header is that of the price of one piece.

    Examples
    --------
    >>> [is_price(text) for text in ("Pris", "à-pris", "Beløp")]
    [True, True, False]
    """
    return fold(header) in _PRICES


_PRICES: Final = frozenset(map(fold, PRICES))
