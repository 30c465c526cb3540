"""A metric over ranges, value by value: one bad row is one error, and the other rows have their figures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from clv_xl.excel.answers import NOT_AVAILABLE, NUMBER, CellError, plain
from clv_xl.metrics.refusals import ElementsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clv_xl.excel.arguments import Parameter
    from clv_xl.excel.ranges import Given
    from clv_xl.metrics.arguments import BoolArray, FloatArray
    from clv_xl.metrics.refusals import Faults

__all__ = ["by_element"]


def by_element(
    implementation: Callable[..., Any], parameters: Sequence[Parameter], given: Given, undefined: str
) -> Any:  # plain()
    """Return what a metric gives for each cell of its ranges.

    Parameters
    ----------
    implementation : callable
        Takes the values in order, columns of equal length among them, and returns a column; or takes single
        values and returns one. Values that cannot be meant are an
        :class:`~clv_xl.metrics.refusals.ElementsError`.
    parameters : sequence of Parameter
        How the arguments were read.
    given : Given
        The arguments as they were read, with a shape.
    undefined : str
        The reason where there is no figure though no argument is blank.

    Returns
    -------
    scalar, CellError, or list of lists of these
        In the shape of the ranges; a CellError alone where a single value cannot be read.

    Raises
    ------
    ClvXlError
        For a single value that cannot be meant; a value within a range is an error in its own cell.

    Examples
    --------
    >>> from clv_xl.excel.registry import explain
    >>> explain("CAC", [[100], [-1], [50]], [[4], [5], [0]]).value
    [[25.0],
     [CellError(code='#NUM!', reason='spend (row 2 of the range) is -1, but it must be 0 or more.')],
     [CellError(code='#N/A', reason='CAC is not available when there is no new customer.')]]
    """
    for place in sorted(set(given.errors) - set(given.spans)):
        return given.errors[place].item()
    names = _Names(parameters, given)
    needed = [place for place, item in enumerate(parameters) if item.spread and item.required]
    if not given.shape:
        found = plain(implementation(*given.values), undefined)
        blank = [place for place in needed if np.isnan(given.values[place])]
        if blank and isinstance(found, CellError):
            return CellError(NOT_AVAILABLE, names.blank(blank[0], 0))
        return found
    rows, width = given.shape
    columns = {place: np.broadcast_to(given.values[place], given.shape).ravel() for place in given.spans}
    failed = _Failed(rows * width)
    for place in sorted(given.errors):
        failed.take(np.broadcast_to(given.errors[place], given.shape).ravel())
    result = _computed(implementation, given.values, columns, names, failed)
    found = plain(np.broadcast_to(np.ravel(result), rows * width).reshape(given.shape), undefined)
    for place in needed:
        blanks = np.broadcast_to(np.isnan(columns.get(place, given.values[place])), failed.where.shape)
        failed.add(blanks, NOT_AVAILABLE, partial(names.blank, place))
    for cell in failed.cells:
        found[cell // width][cell % width] = failed.errors[cell]
    return found


def _computed(
    implementation: Callable[..., Any],
    single: Sequence[Any],
    columns: dict[int, FloatArray],
    names: _Names,
    failed: _Failed,
) -> Any:  # a column
    """Return what the metric gives for all that it can compute; the others become errors."""
    numbers = {
        place: columns.get(place, single[place])
        for place in names.places.values()
        if single[place] is not None  # left out
    }
    while True:
        values = list(single)
        # A failed cell has no value left in any argument, single ones included: they could contradict each other
        # without the ranges, and the metric would refuse the same cell turn after turn.
        for place, column in (numbers if failed.where.any() else columns).items():
            values[place] = np.where(failed.where, np.nan, column)
        try:
            return implementation(*values)
        except ElementsError as error:
            faults = error.faults
            argument = names.places.get(faults.name)
            # Each turn leaves out all that one check of the metric refuses, so there are as many turns as checks.
            new = faults.wrong & ~failed.where if faults.wrong.shape == failed.where.shape else None
            if argument is None or new is None or not new.any():
                raise
            failed.add(faults.wrong, NUMBER, partial(names.refused, faults, argument))


class _Failed:
    """The cells of a result that hold an error; a cell that has one keeps it."""

    def __init__(self, size: int) -> None:
        self.errors: np.ndarray[Any, Any] = np.full(size, None, dtype=object)
        self.where: BoolArray = np.zeros(size, dtype=bool)

    @property
    def cells(self) -> list[int]:
        """The places of the errors."""
        return _places(self.where)

    def take(self, errors: np.ndarray[Any, Any]) -> None:
        """Take over the errors of an argument, None where there is none."""
        fresh = (
            np.fromiter((item is not None for item in errors), dtype=bool, count=errors.size) & ~self.where
        )
        self.errors[fresh] = errors[fresh]
        self.where |= fresh

    def add(self, where: BoolArray, code: Any, reason: Callable[[int], str]) -> None:
        """Note errors whose reason is told when somebody asks."""
        fresh = where & ~self.where
        for cell in _places(fresh):
            self.errors[cell] = CellError(code, reason, cell)
        self.where |= fresh


def _places(where: BoolArray) -> list[int]:
    found: list[int] = np.flatnonzero(where).tolist()
    return found


class _Names:
    """What the values of a result are called in a reason.

    A reason holds on to this object, so this must lead to no error: Python does not see through NumPy's arrays of
    objects, and would never free the two.
    """

    def __init__(self, parameters: Sequence[Parameter], given: Given) -> None:
        self._parameters = parameters
        self._spans = given.spans
        self._width = given.shape[1] if given.shape else 1
        self.places = {item.name: place for place, item in enumerate(parameters) if item.spread}

    def blank(self, place: int, cell: int) -> str:
        """Say that a value is blank."""
        return f"{self._where(place, cell)} is blank, but it is needed."

    def refused(self, faults: Faults, place: int, cell: int) -> str:
        """Say what a metric has against a value."""
        reason = faults.reason(cell, self._where(place, cell))
        if place in self._spans:
            return reason
        # a single value that does not fit one of a range: the range tells which
        other = min(self._spans)
        row = self._position(other, cell)
        return f"{row[:1].upper()}{row[1:]} of the range of {self._parameters[other].name}: {reason}"

    def _where(self, place: int, cell: int) -> str:
        name = self._parameters[place].name
        return f"{name} ({self._position(place, cell)} of the range)" if place in self._spans else name

    def _position(self, place: int, cell: int) -> str:
        return self._spans[place].place(*divmod(cell, self._width))
