"""The languages of a report: their words, from gettext catalogues, and how they write figures and dates."""

from __future__ import annotations

import gettext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.errors import ArgumentError
from clv_xl.report.spoken import spoken
from clv_xl.said import ENGLISH

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from clv_xl.report.model import Report
    from clv_xl.said import Speaker

__all__ = ["CATALOGUES", "LANGUAGES", "Language", "in_language_of", "speaker_of"]

CATALOGUES: Final = Path(__file__).parent / "catalogues"
"""One text catalogue a language (.po), and what is read at run time (.mo), made from it."""

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_PERCENT: Final = _NO_BREAK + "%"
"""How all of them write the sign after a number."""


def _kept_together(text: str) -> str:
    return text.replace(" %", _PERCENT)


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes figures and dates, and its words.

    Attributes
    ----------
    code : str
        "sv", "nb" or "da".
    name : str
        As its speakers call it.
    thousands, decimal : str
        What stands between groups of three digits, and before decimals.
    day_mark : str
        What stands after the number of a day.
    months : tuple of str
        Short names.
    words : gettext.NullTranslations
        The catalogue.
    """

    code: str
    name: str
    thousands: str
    decimal: str
    day_mark: str
    months: tuple[str, ...]
    words: gettext.NullTranslations = field(default_factory=gettext.NullTranslations, repr=False)

    def text(self, english: str) -> str:
        """Return a text or template in this language, the English one where there is none."""
        return _kept_together(self.words.gettext(english)) if english else ""

    def texts(self, one: str, many: str, number: float) -> str:
        """Return the template for so many."""
        return _kept_together(self.words.ngettext(one, many, 1 if number == 1 else 2))

    def figure(self, value: Decimal) -> str:
        """Return a number as this language writes it."""
        whole, _, rest = f"{value:,f}".partition(".")
        return whole.replace(",", self.thousands) + (self.decimal + rest if rest else "")

    def day(self, value: date, *, with_day: bool) -> str:
        """Return a date, or its month."""
        month = f"{self.months[value.month - 1]} {value.year}"
        return f"{value.day}{self.day_mark} {month}" if with_day else month


LANGUAGES: Final = {
    item.code: item
    for item in (
        Language(
            "sv",
            "svenska",
            _NO_BREAK,
            ",",
            "",
            ("jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"),
        ),
        Language(
            "nb",
            "norsk bokmål",
            _NO_BREAK,
            ",",
            ".",
            ("jan", "feb", "mars", "april", "mai", "juni", "juli", "aug", "sep", "okt", "nov", "des"),
        ),
        Language(
            "da",
            "dansk",
            ".",
            ",",
            ".",
            ("jan", "feb", "marts", "april", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"),
        ),
    )
}
"""All but English, in which everything is written."""


@cache
def speaker_of(code: str) -> Speaker:
    """Return who knows a language.

    Parameters
    ----------
    code : str
        "en", "sv", "nb" or "da".

    Raises
    ------
    ArgumentError
        For another language.

    Examples
    --------
    >>> from decimal import Decimal
    >>> speaker_of("da").figure(Decimal("-1234.5"))
    '-1.234,5'
    """
    if code == "en":
        return ENGLISH
    if code not in LANGUAGES:
        known = ", ".join(("en", *LANGUAGES))
        raise ArgumentError(f'language "{code}" is not known. Give one of {known}.')
    plain = LANGUAGES[code]
    with (CATALOGUES / f"{code}.mo").open("rb") as file:
        words = gettext.GNUTranslations(file)
    return Language(
        plain.code, plain.name, plain.thousands, plain.decimal, plain.day_mark, plain.months, words
    )


def in_language_of(report: Report, code: str) -> Report:
    """Return a finished report in a language; in English it is finished as it was built.

    Raises
    ------
    ArgumentError
        For a language that is not known.
    """
    if code == "en":
        return report
    told = spoken(report, speaker_of(code))
    return replace(told, language=code, words=(*told.words, ("%", _PERCENT)))
