"""The unit that a header names: hundredths such as öre and cents, thousands such as tkr, percent."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

__all__ = ["HeaderUnit", "header_unit", "is_percent", "without_percent", "without_unit"]

_CODES: Final = "sek|nok|dkk|isk|eur|usd|gbp|chf"
_HUNDREDTHS: Final = "öre|øre|ore|cents?|pence|minor units?"
_THOUSANDS: Final = (
    rf"tkr|kkr|[tk](?:{_CODES})|(?:tusen|tusind|1[ .]?000|'?000)(?:[ ]?(?:kr\.?|kronor|kroner|euro|{_CODES}))?"
    rf"|(?:kr|{_CODES}|€) ?'000|tusental|tusinder|thousands?|in thousands"
)
_MILLIONS: Final = (
    r"mkr|mnkr|m(?:sek|nok|dkk|eur|usd)|miljoner(?: kr| kronor)?|mill\.? ?kr"
    rf"|(?:mio|mill)\.?(?: ?(?:kr|{_CODES}))?"
)
_TIMES: Final = {"0.01": _HUNDREDTHS, "1000": _THOUSANDS, "1000000": _MILLIONS}
# in brackets, or behind a space or an underscore
_AT_END: Final = {
    times: re.compile(
        rf"\s*[(\[]\s*(?:i |in |kr,? )?({words})\s*[)\]]\s*$|(?:[\s_,-]+(?:i|in|of))?[\s_,-]+({words})\s*$",
        re.IGNORECASE,
    )
    for times, words in _TIMES.items()
}
_CAMEL: Final = re.compile(r"(?<=[a-z])(?:In)?(?=(?:Cents?|Ore|Öre|Øre|Pence|MinorUnits?)$)")
_PERCENT: Final = re.compile(r"%|per[ _]?cent|pro[cs]ent|prosentti|pct\b|\bproc\b", re.IGNORECASE)
_PERCENT_WORDS: Final = re.compile(
    r"\W*(?:%|\b(?:i |in )?(?:per[ _]?cent(?:age)?|pro[cs]ent(?:sats)?|pct|proc)\b)\W*", re.IGNORECASE
)


class HeaderUnit(NamedTuple):
    """What amounts below a header are multiplied by, the word that says so, and the currency in it, if any."""

    times: str
    word: str
    currency: str


def header_unit(header: str) -> HeaderUnit | None:
    """Return the unit that a header of money names at its end; None where it names none.

    Parameters
    ----------
    header : str
        As it stands in the file.

    Examples
    --------
    >>> header_unit("Belopp (öre)").times, header_unit("amount_cents").times, header_unit("Beløp (1000 kr)").times
    ('0.01', '0.01', '1000')
    >>> header_unit("Omsättning TSEK"), header_unit("Total"), header_unit("Score")
    (HeaderUnit(times='1000', word='TSEK', currency='SEK'), None, None)
    """
    text = _spaced(header)
    for times, pattern in _AT_END.items():
        found = pattern.search(text)
        if found and not re.search(r"per[ _]cents?$", text, re.IGNORECASE):
            word = next(group for group in found.groups() if group)
            code = re.search(_CODES, word, re.IGNORECASE)
            return HeaderUnit(times, word, code[0].upper() if code else "")
    return None


def _spaced(header: str) -> str:
    """Return a header with a space before the unit of ``amountCents``."""
    return _CAMEL.sub(" ", unicodedata.normalize("NFC", header.strip()))


def without_unit(header: str) -> str:
    """Return a header without the unit at its end.

    Examples
    --------
    >>> without_unit("Belopp (öre)"), without_unit("amount_in_cents"), without_unit("totalCents"), without_unit("Total")
    ('Belopp', 'amount', 'total', 'Total')
    """
    text = _spaced(header)
    unit = header_unit(text)
    return _AT_END[unit.times].sub("", text) if unit else header


def is_percent(header: str) -> bool:
    """Tell whether a header is that of percentages.

    Examples
    --------
    >>> is_percent("Återbetalt %"), is_percent("Refund percent"), is_percent("Recent amount")
    (True, True, False)
    """
    return _PERCENT.search(header) is not None


def without_percent(header: str) -> str:
    """Return a header without its words for percent.

    Examples
    --------
    >>> without_percent("Återbetalt %"), without_percent("Refund percent")
    ('Återbetalt', 'Refund')
    """
    return _PERCENT_WORDS.sub(" ", header).strip()
