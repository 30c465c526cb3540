"""The cell functions and Refresh report for xlwings Lite, where Python runs inside Excel.

In the workbook, ``main.py`` holds one line: ``from clv_xl.excel.lite import *``. What else is needed stands in
``docs/lite.md``.
"""

from __future__ import annotations

from typing import Any, Final

from clv_xl.excel.decorated import decorated
from clv_xl.excel.officejs import LITE
from clv_xl.excel.refresh_script import refresh_report

_FUNCTIONS: Final[dict[str, Any]] = decorated(LITE)
globals().update(_FUNCTIONS)

__all__ = ["refresh_report", *_FUNCTIONS]  # noqa: PLE0604 # the names of the catalogue are texts as well
