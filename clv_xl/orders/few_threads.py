"""One thread for little data: the others only wait for each other, and that costs more than the work."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from clv_xl.orders.kinds.given import OrderFile
from clv_xl.orders.sheet_rows import SheetRows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from clv_xl.orders.kinds.given import Found

__all__ = ["FEW_ROWS", "few_threads"]

FEW_ROWS: Final = 100_000
"""Up to here one thread is done first: DuckDB deals out parts of 122,880 rows."""
# a row of orders is rarely shorter, and packed files rarely unfold to more
_LITTLE: Final = 50 * FEW_ROWS
_UNFOLDED: Final = 10
_PLAIN: Final = frozenset({".csv", ".tsv", ".txt"})


@contextlib.contextmanager
def few_threads(connection: duckdb.DuckDBPyConnection, found: Found) -> Iterator[None]:
    """Let a database work with one thread while little is read, and with as many as before afterwards.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where orders are read into.
    found : Found
        What is to be read.
    """
    if not _is_little(found):
        yield
        return
    (before,) = connection.execute("SELECT current_setting('threads')").fetchone() or (1,)
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute(f"SET threads = {before}")


def _is_little(found: Found) -> bool:
    size = 0
    for source in found.sources:
        if isinstance(source, SheetRows):
            size += 50 * max((len(column) for column in source.columns), default=0)
        elif isinstance(source, OrderFile):
            unfolded = 1 if source.path.suffix.lower() in _PLAIN else _UNFOLDED
            with contextlib.suppress(OSError):  # whoever reads it says so
                size += unfolded * source.path.stat().st_size
        else:
            return False
    return size <= _LITTLE
