"""Texts of one byte a letter: Windows-1252 as a rule, and what older Macs and DOS wrote, told by their letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from clv_xl.orders.account import Warning_
from clv_xl.said import say

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OTHERS", "Guessed", "guessed", "guessed_note"]

OTHERS: Final = ("cp850", "mac_roman")
"""Encodings as Python calls them: DOS, as a command window and old accounting programs write, and older Macs."""

_LETTERS: Final = frozenset("åäöæøéèêëüáàâãíìîïóòôõúùûýñçðþßÅÄÖÆØÉÈÊËÜÁÀÂÃÍÌÎÏÓÒÔÕÚÙÛÝÑÇÐÞ")
# Where the letters of both others make words, those of the north and the commonest of the west decide.
_NORTHERN: Final = frozenset("åäöæøéüÅÄÖÆØÉÜ")
# Letters of Windows-1252 that few words of western languages have; they alone say nothing for or against it.
_RARE: Final = frozenset("šžœŸƒ")
# What may stand between two letters: an apostrophe, a dash, a middle dot.
_BETWEEN: Final = frozenset("’‘´`–—·-/&+")  # noqa: RUF001
# A letter beyond ASCII with a letter before it, or one behind it, or both.
_IN_WORD: Final = re.compile(rb"(?<![A-Za-z\x80-\xff])[A-Za-z]*[\x80-\xff](?:[A-Za-z\x80-\xff]*)")
_DOUBTFUL: Final = 0.3
_MOST_WORDS: Final = 20_000


class Guessed(NamedTuple):
    """An encoding other than Windows-1252, and a word as it is then, and as it would be in that one."""

    encoding: str
    word: str
    otherwise: str


def guessed(blocks: Iterable[bytes]) -> Guessed | None:
    """Tell whether a text is in one of the other encodings, beyond doubt.

    Windows-1252 must make signs of its letters, or capitals within words, and the other one only letters that stand
    where they may.

    Parameters
    ----------
    blocks : iterable of bytes
        The text, or its beginning.

    Examples
    --------
    >>> guessed(["Björn;Beløp".encode("latin-1")]) is None
    True
    >>> guessed(["Kund;Åsa Mård".encode("mac_roman"), b";5"]).encoding
    'mac_roman'
    >>> guessed(["Kunde;Beløp".encode("cp850")]).word
    'Beløp'
    """
    words: dict[bytes, None] = {}
    for block in blocks:
        for found in _IN_WORD.findall(block):
            words[found] = None
            if len(words) >= _MOST_WORDS:
                break
    usual, letters = _doubts(words, "cp1252")
    if not letters or usual < _DOUBTFUL * letters:
        return None
    fitting = [name for name in OTHERS if not _doubts(words, name)[0]]
    northern = {
        name: sum(sign in _NORTHERN for word in words for sign in word.decode(name)) for name in fitting
    }
    best = [name for name in fitting if northern[name] == max(northern.values())]
    if len(best) != 1:
        return None
    # the word that shows it best: the one that Windows-1252 spoils
    shown = max(words, key=lambda word: (_doubts([word], "cp1252")[0], -len(word), word))
    return Guessed(best[0], shown.decode(best[0]), shown.decode("cp1252", "replace"))


def _doubts(words: Iterable[bytes], encoding: str) -> tuple[int, int]:
    """Return how many letters beyond ASCII can hardly stand where they do, and how many there are."""
    doubts = letters = 0
    for word in words:
        text = word.decode(encoding, "replace")
        for at, sign in enumerate(text):
            if sign.isascii():
                continue
            before, behind = text[at - 1 : at], text[at + 1 : at + 2]
            letters += 1
            if sign in _LETTERS:
                doubts += sign.isupper() and before.isalpha() and (before.islower() or behind.islower())
            elif sign in _BETWEEN or sign in _RARE:
                doubts += encoding != "cp1252"
            elif sign.isalpha():
                doubts += encoding != "cp1252" or (bool(before) and behind.islower())
            else:
                doubts += encoding != "cp1252" or (before.isalpha() and behind.isalpha()) or sign == "\ufffd"
    return doubts, letters


def guessed_note(name: str, found: Guessed | None) -> tuple[Warning_, ...]:
    """Tell that a file is read in another encoding than most.

    Parameters
    ----------
    name : str
        Of the file.
    found : Guessed or None
        From :func:`guessed`.
    """
    if found is None:
        return ()
    text = say(
        '{name}: the letters are read as {encoding}: "{word}" would be "{otherwise}" as Windows-1252. If that is wrong:'
        " --encoding windows-1252.",
        name=name,
        encoding={"cp850": "DOS (cp850)", "mac_roman": "Mac Roman"}[found.encoding],
        word=found.word,
        otherwise=found.otherwise,
    )
    return (Warning_("encoding_guessed", text, 0),)
