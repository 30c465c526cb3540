"""A command that cannot go on: told to end (SIGTERM, SIGHUP, Ctrl-C), or without memory or disk left."""

from __future__ import annotations

import errno
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn

from clv_xl.printed import echo
from clv_xl.workbook.atomic import saves_noted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import FrameType

__all__ = ["Stopped", "end_stopped", "exit_code_of", "out_of_room", "stopping"]

_SIGNALS: Final = ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP
_BY_KEYBOARD: Final = 130
_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT))
_REFUSED: Final = frozenset(
    (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EROFS, errno.EIO)
)
_NO_ACCESS: Final = "{name}: {why}. Check the name and your rights on its folder, or choose another."
_FULL_TOLD: Final = ("No space left on device", "Disk quota exceeded", "failed to offload")
_NOT_LOADED: Final = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")
_UNTOUCHED: Final = "Stopped. Nothing was written."
_NO_MEMORY: Final = (
    "the memory of this computer does not suffice. Close other programs, or give the orders in parts. What stood there"
    " before is intact."
)
_NO_DISK: Final = (
    "the disk for temporary files, or for what is printed, is full. Free some space, or name another folder in TMPDIR."
    " What stood there before is intact."
)


class Stopped(KeyboardInterrupt):
    """The process was told to end.

    Attributes
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def stopping(saved: list[Path] | None = None) -> Iterator[list[KeyboardInterrupt]]:
    """Raise :class:`Stopped` in the block when the process is told to end, once.

    In ``saved`` stands then what the block has put in place before. Yield what was raised: a library may end its work
    with an error of its own instead, as DuckDB does.

    Only where the process is ours: in its main thread. A signal that is ignored already, as under ``nohup``, stays so.
    """
    raised: list[KeyboardInterrupt] = []
    with saves_noted([] if saved is None else saved), _raised_when_told(raised):
        yield raised


@contextmanager
def _raised_when_told(raised: list[KeyboardInterrupt]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    mine = [number for number in numbers if before[number] == signal.SIG_DFL]

    def stop(number: int, _: FrameType | None) -> None:
        for one in mine:  # a second one shall not break off the tidying
            signal.signal(one, signal.SIG_IGN)
        raised.append(Stopped(number))
        raise raised[-1]

    def stop_by_keyboard(_: int, __: FrameType | None) -> None:
        raised.append(KeyboardInterrupt())
        raise raised[-1]

    for number in mine:
        signal.signal(number, stop)
    before[signal.SIGINT] = signal.getsignal(signal.SIGINT)
    if before[signal.SIGINT] is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop_by_keyboard)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_stopped(error: BaseException, saved: Sequence[Path] = ()) -> NoReturn:
    """Say that the command was stopped, and what it had written by then; then leave.

    Parameters
    ----------
    error : BaseException
        What stopped it.
    saved : sequence of pathlib.Path
        The files that stand complete in their places.
    """
    told = ", ".join(dict.fromkeys(map(str, saved)))
    echo(f"Stopped. Complete by then: {told}. Nothing else was written." if told else _UNTOUCHED, err=True)
    sys.exit(exit_code_of(error))


def exit_code_of(error: BaseException) -> int:
    """Return 128 and the number of the signal that ended the process, as a shell does; 130 after Ctrl-C.

    Examples
    --------
    >>> exit_code_of(Stopped(15)), exit_code_of(KeyboardInterrupt())
    (143, 130)
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, Stopped):
        cause = cause.__cause__ or cause.__context__
    return _BY_KEYBOARD if cause is None else 128 + cause.number


def out_of_room(error: BaseException) -> str:
    """Return what to tell of a computer without memory or disk left, or that refuses a file; else nothing.

    Examples
    --------
    >>> out_of_room(OSError(errno.ENOSPC, "No space left on device")).partition(".")[0]
    'the disk for temporary files, or for what is printed, is full'
    >>> out_of_room(MemoryError()).partition(".")[0]
    'the memory of this computer does not suffice'
    >>> out_of_room(ValueError())
    ''
    """
    cause: BaseException | None = error
    while cause is not None:
        of_database = type(cause).__module__ in {"duckdb", "_duckdb"}
        told = str(cause) if of_database else ""
        if getattr(cause, "errno", None) in _FULL or any(words in told for words in _FULL_TOLD):
            return _NO_DISK
        no_memory = isinstance(cause, MemoryError) or (
            of_database and type(cause).__name__ == "OutOfMemoryException"
        )
        if no_memory or (
            isinstance(cause, ImportError) and any(words in str(cause) for words in _NOT_LOADED)
        ):
            return _NO_MEMORY
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, OSError) and error.errno in _REFUSED and error.filename is not None:
        return _NO_ACCESS.format(name=error.filename, why=error.strerror)
    return ""
