"""What xlwings Server offers to Excel: it looks for a module of this name in its project folder."""

from __future__ import annotations

from typing import Any, Final

from clv_xl.excel.decorated import decorated
from clv_xl.excel.officejs import SERVER

# The same cells give the same answer, so Excel need not ask the server again for what it holds already.
_FUNCTIONS: Final[dict[str, Any]] = decorated(SERVER, cache=True)
globals().update(_FUNCTIONS)
