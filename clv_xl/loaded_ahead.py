"""Libraries that take long to load, loaded while the orders are read: DuckDB leaves the interpreter free meanwhile."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["loaded_ahead"]


@contextmanager
def loaded_ahead(*names: str) -> Iterator[None]:
    """Load modules one after the other in a thread, while the body of the ``with`` statement runs.

    What is not begun when the body ends, or fails, is left to whoever needs it. What has begun is waited for: the
    program may end next, and a library cannot be loaded while Python is closing down.

    Parameters
    ----------
    *names : str
        Of the modules, the one that is needed first in front.

    Examples
    --------
    >>> with loaded_ahead("json"):
    ...     pass
    >>> "json" in sys.modules
    True
    """
    missing = [name for name in names if name not in sys.modules]
    if not missing:
        yield
        return
    over = Event()

    def load() -> None:
        for name in missing:
            if not over.is_set():
                import_module(name)

    loading = Thread(target=load, name="loading ahead")
    loading.start()
    try:
        yield
    finally:
        over.set()
        loading.join()
