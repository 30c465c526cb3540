"""The memory that was allowed, divided between the database and what Python holds beside it."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.customers.engine import Elsewhere, read_here
from clv_xl.errors import OutputError
from clv_xl.models.own_past import MOST_TESTED
from clv_xl.orders.room import ALLOWED, LEAST_MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from clv_xl.customers.engine import Connection

__all__ = ["at_rest", "awake", "is_limited", "needed", "refuse_too_many", "share_memory"]

_A_CUSTOMER: Final = 1000
_A_TESTED_ROW: Final = 50
"""Bytes beside the database and the program itself, measured: see benchmarks/README.md. Rows come here only of the
customers whom models are tested on."""

_PAGES: Final = Path("/proc/self/statm")


def refuse_too_many(connection: Connection) -> None:
    """Refuse orders of more customers than fit into the memory that was allowed, before they are grouped.

    Parameters
    ----------
    connection : Connection
        As for :func:`share_memory`; where another engine holds the orders, they are not counted.

    Raises
    ------
    OutputError
        With what they need.
    """
    if isinstance(connection, Elsewhere) or not (allowed := _allowed(connection)):
        return
    [(rows, customers)] = connection.execute(
        "select count(*), approx_count_distinct(customer_id) from order_rows"
    ).fetchall()
    need = needed(rows, customers)
    if need > allowed:
        raise OutputError(
            f"{rows:,} rows of about {customers:,} customers need about {need / 1000**3:.1f} GB, and --memory allows"
            f" {allowed / 1000**3:.1f} GB: predictions and lists hold every customer. Allow --memory"
            f" {math.ceil(need / 1000**3)}GB, or give a part of the customers, such as those of one country."
        )


def needed(rows: int, customers: int) -> int:
    """Return about how many bytes of memory the customers of a report take at most.

    Examples
    --------
    >>> round(needed(100_000_000, 1_250_000) / 1000**3, 4)
    1.3306
    """
    tested = rows // max(customers // MOST_TESTED, 1)
    return _A_TESTED_ROW * tested + _A_CUSTOMER * customers


def is_limited(connection: Connection) -> bool:
    """Tell whether the memory was limited by :class:`~clv_xl.orders.room.Room`."""
    return bool(_allowed(read_here(connection)))


def share_memory(connection: Connection) -> None:
    """Leave the database what Python does not hold of the memory that was allowed; what is beyond, it lays down.

    Nothing happens where nothing was asked for, and where the system does not tell what a process holds (all but
    Linux).

    Parameters
    ----------
    connection : Connection
        Whose database here was limited by :class:`~clv_xl.orders.room.Room`.
    """
    here = read_here(connection)
    allowed, held = _allowed(here), _held()
    if allowed and held:
        [(own,)] = here.execute(
            "select cast(sum(memory_usage_bytes) as bigint) from duckdb_memory()"
        ).fetchall()
        _limit(here, max(LEAST_MEMORY, allowed - max(held - own, 0)))


@contextlib.contextmanager
def at_rest(connection: Connection) -> Iterator[None]:
    """Have the database lay down what it holds, as far as it can, while it is not asked.

    Parameters
    ----------
    connection : Connection
        As for :func:`share_memory`, which is done afterwards.
    """
    here = read_here(connection)
    if _allowed(here):
        _limit(here, LEAST_MEMORY)
    try:
        yield
    finally:
        share_memory(connection)


@contextlib.contextmanager
def awake(connection: Connection) -> Iterator[None]:
    """Give the database its share of the memory for a question in between, and have it lay down again what it holds.

    Parameters
    ----------
    connection : Connection
        As for :func:`share_memory`, within :func:`at_rest`.
    """
    share_memory(connection)
    try:
        yield
    finally:
        if _allowed(here := read_here(connection)):
            _limit(here, LEAST_MEMORY)


def _allowed(here: duckdb.DuckDBPyConnection) -> int:
    [(allowed,)] = here.execute(f"select getvariable('{ALLOWED}')").fetchall()
    return int(allowed or 0)


def _held() -> int:
    """Return the bytes that this process holds; 0 where the system does not tell."""
    if not _PAGES.is_file():
        return 0
    return int(_PAGES.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _limit(here: duckdb.DuckDBPyConnection, size: int) -> None:
    import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

    # a disk too full for what is held is no reason to stop: then it stays where it is
    with contextlib.suppress(duckdb.OutOfMemoryException):
        here.execute(f"SET memory_limit = '{size}B'")
