"""What xlwings Server offers to Excel: it looks for a module of this name in its project folder."""

from __future__ import annotations

from typing import Any, Final

from clv_xl.excel.decorated import decorated
from clv_xl.excel.officejs import SERVER

_FUNCTIONS: Final[dict[str, Any]] = decorated(SERVER)
globals().update(_FUNCTIONS)
