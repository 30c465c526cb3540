"""How much memory grouping orders may take, and where it lays down what does not fit."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

__all__ = ["ALLOWED", "LEAST_FREE", "LEAST_MEMORY", "Room"]

LEAST_MEMORY: Final = 256 * 1000**2
"""Bytes that any job needs; with fewer it could not even lay rows down."""
ALLOWED: Final = "memory_allowed"
"""The variable of a database that holds the bytes that were asked for."""
LEAST_FREE: Final = 500 * 1000**2
"""Bytes of the disk that must be free at the start, and that are left to others by rows that are laid down."""

_FULL: Final = "No space left"
_SIZE: Final = re.compile(r"\s*([0-9]+(?:[.][0-9]+)?)\s*([KMGT])(i?)B?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Room:
    """What the reading and grouping of orders may take.

    Parameters
    ----------
    memory : int, optional
        Bytes; by default four fifths of the machine's.
    spill : pathlib.Path, optional
        The folder for what does not fit; by default that for temporary files.
    """

    memory: int | None = None
    spill: Path | None = None

    @classmethod
    def of(cls, memory: str | None, spill: Path | None) -> Room:
        """Read what was asked for.

        Raises
        ------
        UsageError
            If the size is none, or too small, or the folder is not there.

        Examples
        --------
        >>> Room.of("2GB", None).memory, Room.of("1.5 GiB", None).memory
        (2000000000, 1610612736)
        """
        if spill is not None and not spill.is_dir():
            raise UsageError(f"--spill {spill}: there is no such folder. Make it, or name another.")
        return cls(None if memory is None else _bytes(memory), spill)

    @property
    def folder(self) -> Path:
        """Where a private folder is made for what does not fit."""
        return self.spill or Path(tempfile.gettempdir())

    def limit(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Tell a database what it may take; nothing where nothing was asked for.

        Raises
        ------
        OutputError
            If the disk has too little left to lay anything down.
        """
        if self.memory is None and self.spill is None:
            return
        free = shutil.disk_usage(self.folder).free
        if free <= LEAST_FREE:
            raise OutputError(
                f"{self.folder} has {_told(free)} left, and rows that do not fit into memory need more than"
                f" {_told(LEAST_FREE)}. Make room, or name a folder on another disk: --spill DIR."
            )
        # as a setting of the connection it would not hold
        connection.execute(f"SET max_temp_directory_size = '{free - LEAST_FREE}B'")
        if self.memory is not None:
            # what it takes beside the memory that it counts grew to a third of it, measured with 100 million orders
            counted = max(LEAST_MEMORY, self.memory * 3 // 4) if self.memory > LEAST_MEMORY else self.memory
            connection.execute(f"SET memory_limit = '{counted}B'")
            # what was asked for, which customers.sharing divides between the database and Python
            connection.execute(f"SET VARIABLE {ALLOWED} = {self.memory}")

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Say what to do where neither memory nor disk is enough.

        Raises
        ------
        OutputError
            Instead of what DuckDB says.
        """
        import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

        try:
            yield
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            if isinstance(error, duckdb.IOException) and _FULL not in str(error):
                raise
            free = _told(shutil.disk_usage(self.folder).free)
            limit = "" if self.memory is None else f" of {_told(self.memory)}"
            raise OutputError(
                f"The orders do not fit: neither into the memory{limit} nor, with {free} left, into {self.folder}."
                " Allow more memory (--memory 4GB), or name a folder on a larger disk (--spill DIR)."
            ) from error


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise UsageError(f'--memory "{text}" is no size. Write one such as 2GB or 512MB.')
    number, unit, binary = found.groups()
    size = int(float(number) * (1024 if binary else 1000) ** ("KMGT".index(unit.upper()) + 1))
    if size < LEAST_MEMORY:
        raise UsageError(f"--memory {text} is too little to work in. Allow at least {_told(LEAST_MEMORY)}.")
    return size


def _told(size: int) -> str:
    return f"{size / 1000**3:.1f} GB" if size >= 1000**3 else f"{size // 1000**2} MB"
