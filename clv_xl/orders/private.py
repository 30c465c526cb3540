"""Folders for copies of what is read: for their owner alone, and gone with the process that made them.

A process that is killed cannot tidy up. Each holds a lock on its folders, and the lock dies with it: so the next one
that starts removes the folders that nobody holds.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from clv_xl.orders.room import Room

__all__ = ["private_connection", "private_folder", "remove_leftovers"]

_PREFIX: Final = "clv-xl.private."
_NAME: Final = re.compile(re.escape(_PREFIX) + "[a-z0-9_]{8}")  # what tempfile.mkdtemp makes of it
_HELD: Final = "in-use"


@contextlib.contextmanager
def private_folder(parent: Path | None = None) -> Iterator[Path]:
    """Make a folder below the one for temporary files (``TMPDIR``), or another, and remove it with all that is in it.

    Parameters
    ----------
    parent : pathlib.Path, optional
        The other one.

    Examples
    --------
    >>> with private_folder() as folder:
    ...     _ = (folder / "copy.csv").write_text("customer")
    ...     folder.is_dir()
    True
    >>> folder.exists()
    False
    """
    within = str(parent or tempfile.gettempdir())
    _remove_once(within)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=within))
        with _lock(folder) as held:
            if held is None:  # taken for a leftover in the moment before it was locked
                continue
            try:
                yield folder
            finally:
                if sys.platform == "win32":
                    os.close(held)
                # what cannot be removed now is no reason to lose what was done: the next run removes it
                shutil.rmtree(folder, ignore_errors=True)
            return


@contextlib.contextmanager
def private_connection(config: Mapping[str, Any], room: Room) -> Iterator[duckdb.DuckDBPyConnection]:
    """Connect to a database of our own; what does not fit into memory is laid down in a private folder.

    Where memory is short the tables that stay are in a file there from the start: of a table in memory some is never
    laid down, half a gigabyte of a hundred million orders.

    Parameters
    ----------
    config : Mapping of str to anything
        Settings of DuckDB.
    room : Room
        The memory that it may take, and the folder for the private one.

    Raises
    ------
    OutputError
        If neither the memory nor the disk is enough.
    """
    import duckdb  # noqa: PLC0415  # a tenth of a second: loaded when there is work to do

    with private_folder(room.spill) as folder, room.watched():
        settings = {**config, "temp_directory": str(folder)}
        place = ":memory:" if room.memory is None else str(folder / "orders.duckdb")
        with duckdb.connect(place, config=settings) as connection:
            room.limit(connection)
            # nobody opens the file again
            connection.execute("PRAGMA disable_checkpoint_on_shutdown")
            yield connection


@cache
def _remove_once(parent: str) -> None:
    remove_leftovers(Path(parent))


def remove_leftovers(parent: Path) -> None:
    """Remove the folders of processes that are no more; those of a living one are never touched.

    Parameters
    ----------
    parent : pathlib.Path
        Where they are.
    """
    # a folder that may not be listed keeps what is in it: a leftover is a nuisance, never a reason not to read
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # of one that another process removes meanwhile
                if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False) and _is_ours(entry):
                    _remove_if_dead(Path(entry.path))


def _is_ours(entry: os.DirEntry[str]) -> bool:
    return sys.platform == "win32" or entry.stat(follow_symlinks=False).st_uid == os.geteuid()


def _remove_if_dead(folder: Path) -> None:
    # gone meanwhile, or held on a system without locks: not ours to remove
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            (folder / _HELD).unlink()  # refused while its process has it open
            shutil.rmtree(folder)
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[int | None]:
    """Hold a new folder for as long as this process lives; None where it is gone already."""
    if sys.platform == "win32":
        yield os.open(folder / _HELD, os.O_CREAT | os.O_RDWR)
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield None
        return
    try:
        with contextlib.suppress(OSError):  # a file system without locks: then nobody else can lock it either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor if folder.is_dir() else None
    finally:
        os.close(descriptor)
