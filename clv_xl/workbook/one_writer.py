"""One run at a time writes a file: a second one, as of a timer that is too fast, waits or is told.

Beside the file stands ``.report.xlsx.clv_xl-lock`` while a run holds it. The system holds the lock for as long as the
process lives: what a dead one left is taken over or removed, and nobody has to tidy up.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clv_xl.errors import OutputError
from clv_xl.workbook.atomic import remove_leftovers

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["ENDING", "only_writer"]

ENDING: Final = ".clv_xl-lock"
_PAUSE: Final = 0.1
_LONGEST_NAME: Final = (
    200  # bytes of the target's name kept in that of the lock; 255 is the file systems' limit
)


@contextlib.contextmanager
def only_writer(targets: Iterable[Path], wait: float = 0.0) -> Iterator[None]:
    """Hold all targets for the block.

    Parameters
    ----------
    targets : iterable of pathlib.Path
        Files or folders that are written; one whose folder is not there is left to whoever writes it.
    wait : float
        Seconds to wait for another run.

    Raises
    ------
    OutputError
        Another run holds one of them for longer than that.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with only_writer([Path(folder) / "report.xlsx"]):
    ...         [path.name for path in Path(folder).iterdir()]
    ...     list(Path(folder).iterdir())
    ['.report.xlsx.clv_xl-lock']
    []
    """
    deadline = time.monotonic() + wait
    with contextlib.ExitStack() as held:
        # always in one order: two runs that want the same two never wait for each other
        for target in sorted({Path(os.path.realpath(target)) for target in targets}):
            if target.parent.is_dir():
                held.enter_context(_held(target, deadline))
        yield


@contextlib.contextmanager
def _held(target: Path, deadline: float) -> Iterator[None]:
    stem = os.fsencode(target.name)[:_LONGEST_NAME].decode("utf-8", "ignore")
    path = target.parent / f".{stem}{ENDING}"
    while (descriptor := _take(path)) is None:
        if time.monotonic() >= deadline:
            raise OutputError(
                f"{target}: another run of clv-xl{_holder(path)} is writing it. Nothing was done. Let that run end, or"
                " let this one wait for it with --wait SECONDS."
            )
        time.sleep(_PAUSE)
    if descriptor < 0:  # a folder that takes no lock: writing will say what is wrong with it, if anything is
        yield
        return
    try:
        # now, and not when it is saved: a run may end before that
        remove_leftovers(target)
        yield
    finally:
        _let_go(path, descriptor)


def _take(path: Path) -> int | None:
    """Return the open lock, None where another process holds it, -1 where there can be none."""
    while True:
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except PermissionError:
            # on Windows also a file that is just being removed
            return None if sys.platform == "win32" and path.exists() else -1
        except OSError:
            return -1
        taken = _lock(descriptor)
        if taken and _still_there(path, descriptor):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            return descriptor
        os.close(descriptor)
        if not taken:
            return None


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _FAR, os.SEEK_SET)  # a locked byte cannot be read, and the number shall be
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # a network file system without locks holds nobody up; on Windows a lock that is held says so in this way
        return sys.platform != "win32"
    return True


_FAR: Final = 1 << 20


def _still_there(path: Path, descriptor: int) -> bool:
    """Tell whether the file that was locked is the one that others find: the one before us may have removed it."""
    try:
        found, held = path.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (found.st_ino, found.st_dev) == (held.st_ino, held.st_dev)


def _let_go(path: Path, descriptor: int) -> None:
    # gone already with its folder, or in use on Windows: whoever comes next takes it over
    if sys.platform == "win32":
        os.close(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        return
    try:
        with contextlib.suppress(OSError):
            path.unlink()
    finally:
        os.close(descriptor)


def _holder(path: Path) -> str:
    """Say which process holds the lock, where that can be read."""
    try:
        number = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return f" (process {number})" if number.isdigit() else ""
