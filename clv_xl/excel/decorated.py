"""Every cell function under xlwings' own decorators, for whichever xlwings is running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clv_xl.excel.registry import CATEGORY, functions

if TYPE_CHECKING:
    from collections.abc import Callable

    from clv_xl.excel.registry import Route

__all__ = ["decorated"]


def decorated(route: Route, **options: Any) -> dict[str, Callable[..., Any]]:  # noqa: ANN401 # xlwings' options
    """Return every cell function as xlwings wants it in the module that a host imports.

    Each function is bound anew, so that what one host writes on it is not seen by another. An argument always
    arrives as rows of cells, a blank cell as None, and the error of a cell as its text, on every route.

    Parameters
    ----------
    route : Route
        How errors are written.
    **options
        More options of ``xlwings.func``.

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
    import xlwings  # which xlwings this is depends on the environment, and only the host has set it by now

    made = {}
    for function in functions():
        wrapper = function.wrapper(route)
        for item in function.arguments:
            wrapper = xlwings.arg(item.name, ndim=2, empty=None, err_to_str=True, doc=item.help)(wrapper)
        # An empty namespace is what gives the bare name =CLV() where the host knows namespaces.
        made[function.name] = xlwings.func(category=CATEGORY, namespace="", **options)(wrapper)
    return made
