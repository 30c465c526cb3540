"""Parts of sentences about orders: the first of many texts, and what a word may be meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clv_xl.errors import meant
from clv_xl.said import figured, joined, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clv_xl.said import Said

__all__ = ["hint", "listed"]


def listed(parts: Iterable[str], total: int) -> Said:
    """Return the first of several texts, and how many there are beyond them.

    Examples
    --------
    >>> listed(["web", "Bing"], 2), listed(["web", "Bing"], 1_002)
    ('web, Bing', 'web, Bing and 1,000 more')
    """
    told = tuple(parts)
    first = joined(", ", told)
    if total <= len(told):
        return first
    return say("{first} and {number} more", first=first, number=figured(total - len(told), 0))


def hint(word: str, known: Iterable[str]) -> str:
    """Return the question whether another word was meant, or an empty text where none is close.

    Examples
    --------
    >>> hint("Spends", ["Spend", "Orders"]), hint("zebra", ["Spend"])
    (' Did you mean "Spend"?', '')
    """
    *others, last = ("", *meant(word, known))
    if not last:
        return ""
    if len(others) < 2:
        return say(' Did you mean "{word}"?', word=last)
    return say(
        ' Did you mean {words} or "{word}"?', words=", ".join(f'"{name}"' for name in others[1:]), word=last
    )
