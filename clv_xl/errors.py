"""Every error that clv_xl raises on purpose.

A message says where, what was found, what was expected and what to do. The exit code of the command line
is the ``exit_code`` of the error's class; anything that is not a :class:`ClvXlError` is our fault: exit 1.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ArgumentError",
    "ClvXlError",
    "InputError",
    "LimitError",
    "OutputError",
    "UsageError",
    "did_you_mean",
]


class ClvXlError(Exception):
    """The common base, so that a caller can catch all of ours and nothing else."""

    exit_code: ClassVar[int] = 1


class UsageError(ClvXlError):
    """An option, a parameter or a name that does not exist or does not fit."""

    exit_code: ClassVar[int] = 2


class ArgumentError(UsageError, ValueError):
    """A number that a metric cannot mean anything with, such as a margin of -3."""


class InputError(ClvXlError):
    """A file that cannot be read, or that holds no usable order."""

    exit_code: ClassVar[int] = 3


class OutputError(ClvXlError):
    """A file that cannot be written; what stood there before is intact."""

    exit_code: ClassVar[int] = 4


class LimitError(OutputError):
    """A value that Excel itself cannot hold; found before anything is written."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean "x"?`` for the closest known word, or an empty string.

    Where several known words hold the word as one of their parts, all of them are named.

    Examples
    --------
    >>> did_you_mean("gros_margin", ["gross_margin", "lifespan_years"])
    ' Did you mean "gross_margin"?'
    >>> did_you_mean("zebra", ["gross_margin"])
    ''
    >>> did_you_mean("retention", ["CLV_RETENTION", "RETENTION_RATE", "NRR"])
    ' Did you mean "CLV_RETENTION" or "RETENTION_RATE"?'
    """
    *others, last = (f'"{name}"' for name in meant(word, known) or ("",))
    if last == '""':
        return ""
    return f" Did you mean {', '.join(others)} or {last}?" if others else f" Did you mean {last}?"


def meant(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known words that a word may be meant for: the closest one, or all that hold it as a part.

    Examples
    --------
    >>> meant("gros_margin", ["gross_margin", "lifespan_years"]), meant("zebra", ["gross_margin"])
    (('gross_margin',), ())
    """
    original = {name.lower(): name for name in known}
    sharing = tuple(name for lower, name in original.items() if word.lower() in lower.split("_"))
    if len(sharing) > 1:
        return sharing
    return tuple(original[close] for close in get_close_matches(word.lower(), original, n=1))
