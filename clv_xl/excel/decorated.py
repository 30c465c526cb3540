"""Every cell function under xlwings' own decorators, for whichever xlwings is running.

Which one that is, xlwings decides when it is imported, by what its host has set: so this is imported by hosts only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xlwings

from clv_xl.excel.host_cells import HostCells
from clv_xl.excel.registry import CATEGORY, functions

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.excel.registry import Route

__all__ = ["decorated"]


def decorated(route: Route) -> dict[str, Callable[..., Any]]:
    """Return every cell function as xlwings wants it in the module that a host imports.

    Each function is bound anew, so that what one host writes on it is not seen by another. An argument always
    arrives as rows of cells, a blank cell as None, and the error of a cell as its text, on every route.

    Parameters
    ----------
    route : Route
        How errors are written.

    Returns
    -------
    dict of str to callable
        Excel name -> function, in the order of the catalogue.

    Examples
    --------
    >>> from clv_xl.excel.registry import PLAIN
    >>> decorated(PLAIN)["CLV"]([[800.0]], [[3.0]], [[6.0]])
    14400.0
    """
    made = {}
    for function in functions():
        wrapper = function.wrapper(route)
        for item in function.arguments:
            wrapper = xlwings.arg(item.name, convert=HostCells, doc=item.help)(wrapper)
        made[function.name] = xlwings.func(
            category=CATEGORY,
            namespace="",  # gives the bare name =CLV() where the host knows namespaces
            # Else the function wizard computes the whole table anew at each key that is pressed.
            call_in_wizard=not function.spills,
            # Excel's JavaScript need not ask again for what it holds; tables are too large for its store.
            cache=not function.spills,
        )(wrapper)
    return made
