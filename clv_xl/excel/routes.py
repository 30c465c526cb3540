"""How an error leaves: as the text that Excel shows for it, or as what the code of a host looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.excel.answers import CellError

__all__ = ["CLASSIC", "PLAIN", "TOKEN_MARK", "Route"]

TOKEN_MARK: Final = "\ue000"  # noqa: S105 # the mark of an error, no secret
"""First character of an error on the classic route.

It is of Unicode's private use area, and is taken off every text that comes in: no id can begin with it, so
whatever comes out with it is an error. In VBA it is ``ChrW(&HE000)``.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """How a route writes an error.

    Parameters
    ----------
    name : str
        For messages and tests.
    alone : callable
        From a :class:`CellError` to what a failed call returns; a route may raise here what its host expects.
    inside : callable
        From a :class:`CellError` to what stands in the cell of a table.

    Examples
    --------
    >>> from clv_xl.excel.registry import bind
    >>> bind(PLAIN)["CAC"](500, 0)
    '#N/A'
    """

    name: str
    alone: Callable[[CellError], Any]
    inside: Callable[[CellError], Any]


def _code(error: CellError) -> str:
    return error.code


def _token(error: CellError) -> str:
    return TOKEN_MARK + error.code


PLAIN: Final = Route("plain", _code, _code)
"""Errors as the text that Excel shows for them; the Server and Lite hosts turn such text into real errors."""

CLASSIC: Final = Route("classic", _token, _token)
"""Errors as that text behind :data:`TOKEN_MARK`; the VBA wrapper turns them into real errors with CVErr."""
