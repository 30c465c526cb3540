"""What a metric has against a value, in words: which argument, where in it, what was found, what it must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clv_xl.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

__all__ = ["ElementsError", "Faults", "contradiction", "quoted", "refuse"]


def quoted(item: object) -> str:
    """Return a value as a message shows it.

    Examples
    --------
    >>> quoted("x"), quoted(3)
    ('the text "x"', '3')
    """
    return f'the text "{item}"' if isinstance(item, str) else repr(item)


@dataclass(frozen=True, slots=True, eq=False)
class Faults:
    """Which values of an argument a metric cannot mean anything with, and why.

    Parameters
    ----------
    name : str
        The argument.
    values : ndarray of float64
        Its values, in the shape of ``wrong`` or one that spreads over it.
    wrong : ndarray of bool
        True for each value at fault.
    expected : callable
        From a value at fault to what completes the sentence "it must be ...", full stop included.

    Examples
    --------
    >>> lost = Faults("lost", np.asarray([9.0, 1.0, 8.0]), np.asarray([True, False, True]), lambda _: "less.")
    >>> lost.reason(2, "lost (row 4)")
    'lost (row 4) is 8, but it must be less.'
    """

    name: str
    values: npt.NDArray[np.float64]
    wrong: npt.NDArray[np.bool_]
    expected: Callable[[float], str]

    def reason(self, position: int, where: str) -> str:
        """Return what is wrong with one value, in the words of a caller who knows where it stands."""
        found = float(np.broadcast_to(self.values, self.wrong.shape).flat[position])
        return f"{where} is {found:.15g}, but it must be {self.expected(found)}"


class ElementsError(ArgumentError):
    """Some values of an array cannot be meant; the text is about the first, and the others can be computed.

    Attributes
    ----------
    faults : Faults
        All of them.

    Examples
    --------
    >>> ElementsError(Faults("lost", np.asarray([1.0, 9.0]), np.asarray([False, True]), lambda _: "at most 5."))
    ElementsError('lost (item 2) is 9, but it must be at most 5.')
    """

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        first = int(np.argmax(faults.wrong))
        super().__init__(faults.reason(first, f"{faults.name}{_place(faults.wrong.shape, first)}"))


def _place(shape: tuple[int, ...], position: int) -> str:
    where = [str(index + 1) for index in np.unravel_index(position, shape)] if shape else []
    labels = {0: "", 1: " (item {})", 2: " (row {}, column {})"}
    return labels.get(len(where), " (position " + ", ".join(where) + ")").format(*where)


def refuse(name: str, shape: tuple[int, ...], position: int, found: str, expected: str) -> ArgumentError:
    """Return the error for one value: which argument, where in it, what was found, what it must be.

    Examples
    --------
    >>> refuse("amounts", (9,), 2, "blank", "a number.")
    ArgumentError('amounts (item 3) is blank, but it must be a number.')
    """
    return ArgumentError(f"{name}{_place(shape, position)} is {found}, but it must be {expected}")


def contradiction(
    name: str, values: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], expected: str
) -> ElementsError:
    """Return the error for the values marked as wrong.

    Examples
    --------
    >>> contradiction("lost", np.asarray([1.0, 9.0]), np.asarray([False, True]), "at most start.")
    ElementsError('lost (item 2) is 9, but it must be at most start.')
    """
    return ElementsError(Faults(name, values, wrong, lambda _: expected))
