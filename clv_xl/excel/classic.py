"""The cell functions for classic xlwings: Excel on Windows with Python beside it.

Name this module in xlwings' setting ``UDF MODULES``. Excel calls each function through the VBA wrapper that
:mod:`clv_xl.excel.vba` makes; an error leaves here as a text that the wrapper turns into a real error of Excel,
so that IFERROR, charts and sums see it, and whose reason the macro ``ClvExplain`` shows.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Final

from clv_xl.excel.decorated import decorated
from clv_xl.excel.registry import CLASSIC, TOKEN_MARK, Route

if TYPE_CHECKING:
    from clv_xl.excel.answers import CellError

_LONGEST_TEXT: Final = 32_767  # what Excel takes in a cell


def _with_reason(error: CellError) -> str:
    """Return the error of a whole call: mark, code, mark, reason."""
    return f"{TOKEN_MARK}{error.code}{TOKEN_MARK}{error.reason}"[:_LONGEST_TEXT]


ROUTE: Final = Route("classic", _with_reason, CLASSIC.inside)
"""A failed call carries its reason; a failed cell of a table is only marked."""

_FUNCTIONS: Final[dict[str, Any]] = decorated(ROUTE)
globals().update(_FUNCTIONS)

if hasattr(_FUNCTIONS["CLV"], "__xlfunc__"):
    # This Python serves cells only. A long column arrives as one list for each row, and by default Python looks
    # through all of them again and again for cycles.
    gc.set_threshold(100_000, 50, 100)

__all__ = [*_FUNCTIONS]  # noqa: PLE0604 # the names of the catalogue are texts, which the check cannot see
