"""How an error reaches a cell where Excel runs JavaScript: xlwings Server and xlwings Lite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clv_xl.excel.answers import VALUE
from clv_xl.excel.registry import PLAIN, Route

if TYPE_CHECKING:
    from clv_xl.excel.answers import CellError

__all__ = ["LITE", "SERVER"]


def _shown_with_reason(error: CellError) -> Any:
    """Raise the error with its reason; ``main.js`` reads the code off the text and shows the rest in the cell."""
    from xlwings import XlwingsError  # noqa: PLC0415 # the host has set which xlwings this is

    raise XlwingsError(f"{error.code} {error.reason}")


def _reason_of_value_errors(error: CellError) -> str:
    """Raise a #VALUE! with its reason, and return any other error as the text that becomes one."""
    if error.code != VALUE:
        return error.code
    from xlwings import XlwingsError  # noqa: PLC0415 # as above

    raise XlwingsError(error.reason)


SERVER: Final = Route("server", _shown_with_reason, PLAIN.inside)
"""Every failed call carries its reason; our own page in Excel makes the right error of it."""

LITE: Final = Route("lite", _reason_of_value_errors, PLAIN.inside)
"""xlwings Lite shows whatever is raised as #VALUE!, so only that error can carry its reason."""
