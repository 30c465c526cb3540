"""The cell functions for xlwings Lite, where Python runs inside Excel.

In the workbook, ``main.py`` holds one line: ``from clv_xl.excel.lite import *``. What else is needed stands in
``docs/lite.md``.
"""

from __future__ import annotations

from typing import Any, Final

from clv_xl.excel.decorated import decorated
from clv_xl.excel.officejs import LITE

_FUNCTIONS: Final[dict[str, Any]] = decorated(LITE)
globals().update(_FUNCTIONS)

__all__ = [*_FUNCTIONS]  # noqa: PLE0604 # the names of the catalogue are texts, which the check cannot see
