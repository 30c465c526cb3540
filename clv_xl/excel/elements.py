"""A metric over ranges, value by value: one bad row is one error, and the other rows have their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clv_xl.errors import ClvXlError
from clv_xl.excel.answers import CellError, code_of, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.excel.ranges import Given

__all__ = ["by_element"]


def _single(implementation: Callable[..., Any], given: Given, undefined: str) -> Any:  # plain()
    """Return what a metric gives for single values, or the first error among them."""
    for errors in given.errors.values():
        if isinstance(error := errors.item(), CellError):
            return error
    return plain(implementation(*given.values), undefined)


def by_element(implementation: Callable[..., Any], given: Given, undefined: str) -> Any:  # plain()
    """Return what a metric gives for each cell of its ranges.

    Parameters
    ----------
    implementation : callable
        Takes the values in order, columns of equal length among them, and returns a column; or takes single
        values and returns one.
    given : Given
        The arguments as they were read, with a shape.
    undefined : str
        The reason where there is no figure.

    Returns
    -------
    scalar, CellError, or list of lists of these
        In the shape of the ranges.

    Raises
    ------
    ClvXlError
        For a single value that cannot be meant; a value within a range is an error in its own cell.

    Examples
    --------
    >>> from clv_xl.excel.registry import explain
    >>> explain("CAC", [[100], [-1], [50]], [[4], [5], [0]]).value
    [[25.0],
     [CellError(code='#NUM!', reason='Row 2: spend is -1, but it must be 0 or more.')],
     [CellError(code='#N/A', reason='CAC is not available when there is no new customer.')]]
    """
    if not given.shape:
        return _single(implementation, given, undefined)
    columns = {place: np.broadcast_to(given.values[place], given.shape).ravel() for place in given.ranges}

    def compute(start: int, stop: int) -> list[Any]:
        values = list(given.values)
        for place, column in columns.items():
            values[place] = column[start:stop] if stop - start > 1 else column[start].item()
        if stop - start == 1:
            return [plain(implementation(*values), undefined)]
        result = np.broadcast_to(np.asarray(implementation(*values)), (stop - start,))
        return [row[0] for row in plain(result, undefined)]

    size = given.shape[0] * given.shape[1]
    found: list[Any] = []
    try:
        found.extend(compute(0, size))
    except ClvXlError:
        # where a single value is at fault, the whole call is; blanks in place of the ranges tell
        implementation(*(np.nan if place in columns else value for place, value in enumerate(given.values)))
        _append(compute, 0, size, found)
    for errors in given.errors.values():
        for place, error in enumerate(np.broadcast_to(errors, given.shape).flat):
            if isinstance(error, CellError):
                found[place] = error
    width = given.shape[1]
    return [found[start : start + width] for start in range(0, size, width)]


def _append(compute: Callable[[int, int], list[Any]], start: int, stop: int, found: list[Any]) -> None:
    """Add the results of rows start to stop; where a row is refused, halve until it stands alone."""
    if start == stop:
        return
    try:
        found.extend(compute(start, stop))
    except ClvXlError as error:
        if stop - start == 1:
            found.append(CellError(code_of(error), f"Row {start + 1}: {error}"))
            return
        middle = (start + stop) // 2
        _append(compute, start, middle, found)
        _append(compute, middle, stop, found)
