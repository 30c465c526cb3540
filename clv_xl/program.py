"""The program ``clv-xl``: the command line in a process of its own, which is over when the command is."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from typing import Final

from clv_xl.cli import main

__all__ = ["run"]

_END_THEMSELVES: Final = (
    "xlwings",
    "pyspark",
)  # hold another program, which has to be let go in their own way


def run() -> None:
    """Run the command line, and end the process.

    An interpreter takes itself and its libraries apart object by object, which took 0.15 s of every run; the system
    takes all of it back at once. What was asked to run at the end does run. The ordinary end is left for whatever
    is still at work, and for what cannot be printed.
    """
    try:
        main()
    except SystemExit as done:
        if done.code is not None and not isinstance(done.code, int):
            raise
        _leave(done.code or 0)
        raise
    _leave(0)


def _leave(code: int) -> None:
    """End the process here and now, unless something still needs the interpreter."""
    if threading.active_count() > 1 or any(name in sys.modules for name in _END_THEMSELVES):
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code)


if __name__ == "__main__":
    run()
