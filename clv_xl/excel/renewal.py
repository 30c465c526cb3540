"""The command line of what is generated: renew it, or only say whether it is stale."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from clv_xl.errors import ClvXlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["renew_or_check"]


def renew_or_check(arguments: Sequence[str], module: str, renew: Callable[[bool], int]) -> int:
    """Call a renewal, and return the exit code.

    Parameters
    ----------
    arguments : sequence of str
        Nothing, or ``--check``.
    module : str
        Whose command line it is.
    renew : callable
        Takes whether only to check, and returns 0 when all is well, 1 when it finds a stale file.

    Returns
    -------
    int
        What ``renew`` returns, else the exit code of the error, which is printed.

    Examples
    --------
    >>> renew_or_check(["--check"], "clv_xl.excel.reference", lambda check: int(check))
    1
    >>> renew_or_check(["--chek"], "clv_xl.excel.reference", int)
    2
    """
    try:
        if list(arguments) not in ([], ["--check"]):
            raise UsageError(f"Usage: python -m {module} [--check]")
        return renew(bool(arguments))
    except ClvXlError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
