"""What a cell function answers: plain Python values, rectangular tables, and errors with their reason."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from clv_xl.errors import ArgumentError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clv_xl.errors import ClvXlError

__all__ = [
    "EMPTY",
    "NOT_AVAILABLE",
    "NUMBER",
    "VALUE",
    "CellError",
    "ErrorCode",
    "Outcome",
    "Plain",
    "Table",
    "code_of",
    "first_reason",
    "plain",
    "rendered",
]

ErrorCode: TypeAlias = Literal["#N/A", "#NUM!", "#VALUE!"]
Plain: TypeAlias = str | float | int | bool | datetime

NOT_AVAILABLE: Final[ErrorCode] = "#N/A"
NUMBER: Final[ErrorCode] = "#NUM!"
VALUE: Final[ErrorCode] = "#VALUE!"

_TOO_LARGE: Final = (
    "The result, or a step on the way to it, is beyond 1.8E+308, the largest number that a cell can hold. "
    "Check the arguments."
)

EMPTY: Final = ""
"""What stands in a cell of a table that has no figure because none belongs there."""


class CellError:
    """An error in one cell: what Excel shows, and why.

    Parameters
    ----------
    code : {"#N/A", "#NUM!", "#VALUE!"}
        What Excel shows.
    reason : str or callable
        Why, in complete sentences; or what gives them for a cell when they are asked for. Of a column of errors
        nobody reads more than a few.
    cell : int, default 0
        Which cell, for a ``reason`` that many errors share.

    Examples
    --------
    >>> CellError("#N/A", "There is no order.")
    CellError(code='#N/A', reason='There is no order.')
    >>> CellError("#N/A", lambda cell: f"There is no order in row {cell + 1}.", 6).reason
    'There is no order in row 7.'
    """

    __slots__ = ("_cell", "_reason", "code")

    def __init__(self, code: ErrorCode, reason: str | Callable[[int], str], cell: int = 0) -> None:
        self.code = code
        self._reason = reason
        self._cell = cell

    @property
    def reason(self) -> str:
        """Why there is an error."""
        return str(self._reason if isinstance(self._reason, str) else self._reason(self._cell))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CellError):
            return NotImplemented
        return (self.code, self.reason) == (other.code, other.reason)

    def __hash__(self) -> int:
        return hash((self.code, self.reason))

    def __repr__(self) -> str:
        return f"CellError(code={self.code!r}, reason={self.reason!r})"


_OVERFLOW: Final = CellError(NUMBER, _TOO_LARGE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to, before a route has put it in its own words.

    Parameters
    ----------
    value : str, float, int, bool, datetime, list of lists of these, or CellError
        The result. A :class:`CellError` alone is a failed call; within a table it is one failed cell.
    error : str, default ""
        What Excel shows for the whole call: "#N/A", "#NUM!" or "#VALUE!". "" when there is a result.
    reason : str, default ""
        Why there is an error: of the call, or of the first cell of a table that has one.

    Examples
    --------
    >>> from clv_xl.excel.registry import explain
    >>> explain("CAC", 500, 0)
    Outcome(value=CellError(code='#N/A', reason='CAC is not available when there is no new customer.'),
    error='#N/A', reason='CAC is not available when there is no new customer.')
    >>> explain("CAC", 500, 5)
    Outcome(value=100.0, error='', reason='')
    """

    value: Any
    error: ErrorCode | Literal[""] = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that spills: its header, and its columns of equal length.

    Examples
    --------
    >>> plain(Table(("customer", "orders"), (["Ann", "Bo"], np.array([2, 1]))), "not known")
    [['customer', 'orders'], ['Ann', 2], ['Bo', 1]]
    """

    header: tuple[str | int, ...]
    columns: tuple[Sequence[Any] | np.ndarray[Any, Any], ...]


def code_of(error: ClvXlError) -> ErrorCode:
    """Return what Excel shows for one of our errors.

    Examples
    --------
    >>> from clv_xl.errors import UsageError
    >>> [code_of(kind("...")) for kind in (InputError, ArgumentError, UsageError)]
    ['#N/A', '#NUM!', '#VALUE!']
    """
    if isinstance(error, InputError):
        return NOT_AVAILABLE
    return NUMBER if isinstance(error, ArgumentError) else VALUE


def plain(value: object, undefined: str) -> Any:  # what a cell may hold, or rows of it
    """Return a result as plain Python values: NaN becomes #N/A, and what is infinite has overflowed, #NUM!.

    Parameters
    ----------
    value : float, str, bool, ndarray or Table
        What a metric gave; an array has the shape of the range it came from.
    undefined : str
        The reason where there is no figure.

    Returns
    -------
    str, float, int, bool, datetime, CellError, or list of lists of these
        A scalar, or rows of equal length.

    Examples
    --------
    >>> plain(np.array([[1.0], [np.nan]]), "There is no order.")
    [[1.0], [CellError(code='#N/A', reason='There is no order.')]]
    """
    if isinstance(value, Table):
        columns = [_column(item, undefined) for item in value.columns]
        return [list(value.header), *map(list, zip(*columns, strict=True))]
    if isinstance(value, np.ndarray):
        flat = _column(value.ravel(), undefined)
        if value.ndim == 0:
            return flat[0]
        width = value.shape[1] if value.ndim > 1 else 1
        return [flat[start : start + width] for start in range(0, len(flat), width)]
    return _column([value], undefined)[0]


def _column(values: Sequence[Any] | np.ndarray[Any, Any], undefined: str) -> list[Any]:
    if isinstance(values, np.ndarray):
        if values.dtype.kind == "M":
            return _filled(values.astype("datetime64[s]").tolist(), np.isnat(values), _no_figure(undefined))
        if values.dtype.kind == "f":
            found = _filled(values.tolist(), np.isnan(values), _no_figure(undefined))
            return _filled(found, np.isinf(values), _OVERFLOW)
        if values.dtype.kind in "iubU":
            return list(values.tolist())
        values = values.tolist()
    return [_scalar(item, undefined) for item in values]


def _no_figure(undefined: str) -> CellError:
    return CellError(NOT_AVAILABLE, undefined)


def _filled(values: list[Any], where: np.ndarray[Any, Any], error: CellError) -> list[Any]:
    for place in np.flatnonzero(where).tolist():
        values[place] = error
    return values


def _scalar(item: Any, undefined: str) -> Any:  # anything that a table may hold
    if isinstance(item, np.generic):
        item = item.item()
    if isinstance(item, str):
        # what a sentence was made of is of no use in a cell
        return str(item)
    if item is None or (isinstance(item, float) and math.isnan(item)):
        return _no_figure(undefined)
    return _OVERFLOW if isinstance(item, float) and math.isinf(item) else item


def first_reason(value: object) -> str:
    """Return the reason of the first cell of a table that is an error; "" where there is none.

    Examples
    --------
    >>> first_reason([["a", 1.0], ["b", CellError("#N/A", "no order")]]), first_reason(1.0)
    ('no order', '')
    """
    for row in value if isinstance(value, list) else ():
        if CellError in map(type, row):
            return next(item.reason for item in row if isinstance(item, CellError))
    return ""


def rendered(value: Any, cell: Callable[[CellError], object]) -> Any:  # as plain() gives it
    """Return rows of their own in which each error is written as ``cell`` writes it.

    Examples
    --------
    >>> rendered([["a", 1.0], ["b", CellError("#N/A", "no order")]], lambda error: error.code)
    [['a', 1.0], ['b', '#N/A']]
    """
    if not isinstance(value, list):
        return value
    return [
        [cell(item) if isinstance(item, CellError) else item for item in row]
        if CellError in map(type, row)
        else list(row)
        for row in value
    ]
