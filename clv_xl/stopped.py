"""A command that is told to end (SIGTERM, SIGHUP) tidies up as after Ctrl-C, and then ends."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["Stopped", "end_stopped", "exit_code_of", "stopping"]

_SIGNALS: Final = ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP
_BY_KEYBOARD: Final = 130


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
def stopping() -> Iterator[None]:
    """Raise :class:`Stopped` in the block when the process is told to end, once.

    Only where the process is ours: in its main thread. A signal that is ignored already, as under ``nohup``, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    mine = [number for number in numbers if before[number] == signal.SIG_DFL]

    def stop(number: int, _: FrameType | None) -> None:
        for one in mine:  # a second one shall not break off the tidying
            signal.signal(one, signal.SIG_IGN)
        raise Stopped(number)

    for number in mine:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, before[number])


def end_stopped(error: BaseException) -> NoReturn:
    """Say that the command was stopped, and leave.

    Parameters
    ----------
    error : BaseException
        What stopped it.
    """
    sys.stderr.write("Stopped. Nothing was written.\n")
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
