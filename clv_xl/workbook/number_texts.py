"""Numbers as the shortest texts that read back as the same numbers, many at a time.

Most figures have a few decimals: amounts as they were booked, predictions rounded to six. Such a number is a whole
number of millionths, and its text is that of three small whole numbers, which are looked up.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fraction_texts", "shortest"]

_FEWEST: Final = 256
"""Numbers from which it is worth while to look them up."""
_TABLE: Final = 10_000
"""Whole numbers below this one are looked up."""
_MILLION: Final = 1_000_000
_EXACT: Final = 1e15
"""Numbers of no more than 15 digits, of which no two are the same float."""
_PLAIN: Final = 1e-4
"""Below, Python writes a number with an exponent."""


def shortest(numbers: NDArray[np.float64]) -> list[str]:
    """Return for each finite number the shortest text that reads back as the same number.

    Examples
    --------
    >>> shortest(np.array([3.0, 0.1, 1e22, -0.0]))
    ['3', '0.1', '1e+22', '0']
    """
    # adding 0.0 turns -0.0 into 0.0
    joined = "".join([f"{number!r}|" for number in (numbers + 0.0).tolist()])
    return joined.replace(".0|", "|").split("|")[:-1]


def fraction_texts(numbers: NDArray[np.float64]) -> list[list[str]]:
    """Return the texts of :func:`shortest` in pieces: put together, row by row, they are those texts.

    Examples
    --------
    >>> pieces = fraction_texts(np.arange(-2, 1022) / 8)
    >>> ["".join(row) for row in zip(*pieces)][-3:]
    ['127.375', '127.5', '127.625']
    """
    if numbers.size < _FEWEST:
        return [shortest(numbers)]
    with np.errstate(over="ignore"):
        millionths = np.rint(numbers * _MILLION)
    is_plain = (millionths / _MILLION == numbers) & (millionths < _EXACT) & (numbers >= _PLAIN) | (
        numbers == 0
    )
    others = np.flatnonzero(~is_plain)
    if others.size * 4 > numbers.size:
        return [shortest(numbers)]
    millionths[others] = 0
    whole, part = np.divmod(millionths.astype(np.int64), _MILLION)
    upper, lower = np.divmod(part, 1000)
    wholes, uppers, lowers = _tables()
    largest = int(whole.max())
    pieces: list[list[str]] = [
        wholes[whole].tolist() if largest < _TABLE else list(map(str, whole.tolist())),
        uppers[np.where(lower > 0, upper + 1000, upper)].tolist(),
        lowers[lower].tolist(),
    ]
    for place, text in zip(others.tolist(), shortest(numbers[others]), strict=True):
        for piece, own in zip(pieces, (text, "", ""), strict=True):
            piece[place] = own
    return pieces


@cache
def _tables() -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the texts of whole numbers, of the first three decimals (the last of all or not), and of the next."""
    three = [f"{number:03}" for number in range(1000)]
    last = [f".{digits}".rstrip("0").rstrip(".") for digits in three]
    columns = (
        map(str, range(_TABLE)),
        [*last, *(f".{digits}" for digits in three)],
        [t.rstrip("0") for t in three],
    )
    wholes, uppers, lowers = (np.array(list(column), dtype=object) for column in columns)
    return wholes, uppers, lowers
