"""The currency that a row of a small table is in: by its amount, by a column of its own, or by the header."""

from __future__ import annotations

import re
from typing import Final

from clv_xl.orders.header_units import header_unit, without_unit
from clv_xl.orders.numbers import CURRENCY_WORDS

__all__ = ["code_of", "header_currency", "is_home", "named_currencies", "without_currency"]

_KR: Final = frozenset(("SEK", "NOK", "DKK", "ISK"))
_SIGNS: Final = {"US$": "USD", "€": "EUR", "$": "USD", "£": "GBP"}
_UNIT: Final = re.compile(r"\(([^()]*)\)\s*$")
_IN_HEADER: Final = re.compile(rf"(?i:{CURRENCY_WORDS})|[A-Z]{{3}}")
# without brackets only what is surely a currency, in capitals
_LAST_WORD: Final = re.compile(r"(?:\s+(?:i|in))?[\s_]+(SEK|NOK|DKK|ISK|EUR|USD|GBP|CHF|PLN)$")
_NO_CURRENCY: Final = frozenset(("VAT", "NET", "TAX", "INC", "EXC", "SUM"))


def code_of(text: str) -> str:
    """Return a currency as amounts that carry one have it.

    Examples
    --------
    >>> code_of(" kr."), code_of("€"), code_of("sek")
    ('KR', 'EUR', 'SEK')
    """
    code = text.strip().upper().rstrip(".")
    return _SIGNS.get(code, code)


def header_currency(header: str) -> str:
    """Return the currency that a header names at its end; empty for none.

    Examples
    --------
    >>> header_currency("Spend (EUR)"), header_currency("Amount (net)"), header_currency("Belopp i SEK")
    ('EUR', '', 'SEK')
    >>> header_currency("Belopp (TSEK)"), header_currency("Belopp (TKR)"), header_currency("Belopp SEK (öre)")
    ('SEK', '', 'SEK')
    """
    if of_unit := header_unit(header):
        return of_unit.currency or header_currency(without_unit(header))
    last = _LAST_WORD.search(header.strip())
    if last:
        return last[1]
    unit = _UNIT.search(header)
    text = unit[1].strip() if unit else ""
    return code_of(text) if _IN_HEADER.fullmatch(text) and text not in _NO_CURRENCY else ""


def without_currency(header: str) -> str:
    """Return a header without the currency at its end.

    Examples
    --------
    >>> without_currency("Total (SEK)"), without_currency("Amount (net)"), without_currency("Belopp i SEK")
    ('Total', 'Amount (net)', 'Belopp')
    """
    header = without_unit(header)
    if not header_currency(header):
        return header
    return _LAST_WORD.sub("", _UNIT.sub("", header.strip()).rstrip())


def named_currencies(marked: str, in_column: str, by_header: str) -> tuple[str, ...]:
    """Return what a row says of its currency: what stands in the row goes before the header.

    Examples
    --------
    >>> named_currencies("KR", "NOK", ""), named_currencies("", "", "EUR"), named_currencies("USD", "EUR", "")
    (('NOK',), ('EUR',), ('USD', 'EUR'))
    """
    if marked == "KR" and in_column in _KR:
        return (in_column,)
    return tuple(dict.fromkeys(filter(None, (marked, in_column)))) or ((by_header,) if by_header else ())


def is_home(code: str, home: str) -> bool:
    """Tell whether a currency is the report's; crowns may be those of any country that has them.

    Examples
    --------
    >>> is_home("KR", "SEK"), is_home("EUR", "SEK")
    (True, False)
    """
    return code == home or (code == "KR" and home in _KR)
