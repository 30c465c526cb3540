"""How a cell says yes or no, in English, Swedish, Norwegian and Danish."""

from __future__ import annotations

from typing import Final

__all__ = ["said_yes"]

_YES: Final = frozenset(("true", "yes", "1", "ja", "sant", "sand"))
_NO: Final = frozenset(("false", "no", "0", "nej", "nei", "falskt", "falsk", "usann"))


def said_yes(text: str) -> bool | None:
    """Return whether a text says yes, None where it says neither yes nor no.

    Examples
    --------
    >>> said_yes("Ja"), said_yes("nei"), said_yes("perhaps")
    (True, False, None)
    """
    word = text.strip().casefold()
    if word in _YES:
        return True
    return False if word in _NO else None
