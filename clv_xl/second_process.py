"""A second Python beside this one: Python computes on one core at a time, and a laptop has two at least.

It computes what it is sent, or nothing: whoever asks computes it here where there is no second process, or where it
has died. So an answer never depends on it, only the time that the answer takes.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import signal
import struct
import subprocess
import sys
from importlib import import_module
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, Final, Generic, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

__all__ = ["Begun", "SecondProcess", "attend", "cores", "serve"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_LENGTH: Final = struct.Struct("<Q")
_UNREAD: Final = (
    OSError,
    EOFError,
    MemoryError,
    pickle.UnpicklingError,
    AttributeError,
    ImportError,
    IndexError,
)
"""What reading an answer ends with where the process died in the middle of a word, or is of another version."""
_PYTHON: Final = re.compile(r"pythonw?([0-9](\.[0-9]+)?t?)?(_d)?(\.exe)?")
_FLAGS: Final = {
    "isolated": "-I",
    "ignore_environment": "-E",
    "no_user_site": "-s",
    "no_site": "-S",
    "dont_write_bytecode": "-B",
}
_NO_WINDOW: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_PATIENCE: Final = 20.0  # seconds, for what starts in a tenth of one
_PIPE: Final = 1 << 20
"""Bytes that may wait in a pipe; by default they are 64 KiB, and one side often waits for the other."""


def cores() -> int:
    """Return how many cores this process may use.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Begun(Generic[_T]):
    """What is being computed, there or (where there is no second process) when the answer is asked for.

    Parameters
    ----------
    compute : callable
        Computes it here.
    second : SecondProcess, optional
        Where it has been begun.
    """

    def __init__(self, compute: Callable[[], _T], second: SecondProcess | None = None) -> None:
        self._compute, self._second = compute, second

    def result(self) -> _T:
        """Return the answer, waiting for it."""
        if self._second is not None:
            answered, answer = self._second.answer()
            if answered:
                found: _T = answer
                return found
        return self._compute()


class SecondProcess:
    """Another process of this package, which computes one thing at a time; use it in a ``with`` statement.

    Until it is started, and where it cannot be, everything is computed here.

    Examples
    --------
    >>> with SecondProcess() as second:
    ...     second.start("json")
    ...     second.begin(sum, [1, 2, 3]).result()
    6
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._word = b""
        self._busy = False

    @property
    def is_there(self) -> bool:
        """Tell whether it has been started, and has not ended as far as anybody knows."""
        return self._process is not None

    def start(self, *modules: str) -> None:
        """Start the process where a Python can be started.

        It imports what this one would: it gets this one's path, and this very package.

        Parameters
        ----------
        *modules : str
            Loaded at once, before anything is asked for.
        """
        if self._process is not None or not _is_python(sys.executable):
            return
        flags = [flag for name, flag in _FLAGS.items() if getattr(sys.flags, name)]
        self._word = os.urandom(16)
        # Python too leaves out of its path what is no text
        hello = self._word, [str(folder) for folder in sys.path if isinstance(folder, str)], modules
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-P", *flags, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=_NO_WINDOW,
            )
            assert self._process.stdin is not None  # noqa: S101  # a pipe was asked for
            _widen(self._process.stdin, self._process.stdout)
            _send(self._process.stdin, hello)
        except (OSError, MemoryError):
            self.end()

    def __enter__(self) -> Self:
        """Return it, not started."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, whatever it is doing."""
        self.end()

    def begin(self, function: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> Begun[_T]:
        """Have a function of a module computed; of its arguments it gets copies.

        Nothing else may be begun before the answer is asked for; what is begun all the same is computed here.
        """

        def here() -> _T:
            return function(*arguments, **named)

        if self._busy or not self._attends():
            return Begun(here)
        assert self._process is not None  # noqa: S101  # it attends
        assert self._process.stdin is not None  # noqa: S101  # a pipe was asked for
        try:
            _send(self._process.stdin, (function, arguments, named))
        except (OSError, MemoryError):  # it has died, or there is no room for copies
            self.end()
            return Begun(here)
        self._busy = True
        return Begun(here, self)

    def _attends(self) -> bool:
        """Tell whether it is there, and has said its word: else somebody else speaks, or it could not start."""
        if self._process is not None and self._word:
            pipe, word, said = self._process.stdout, self._word, bytearray()
            self._word = b""
            assert pipe is not None  # noqa: S101  # a pipe was asked for
            ear = Thread(target=_hear, args=(pipe.fileno(), len(word), said), daemon=True)
            ear.start()
            ear.join(_PATIENCE)
            if said != word:
                self.end()
        return self._process is not None

    def answer(self) -> tuple[bool, Any]:
        """Return whether there is an answer to what was begun last, and the answer."""
        if self._process is None:
            return False, None
        assert self._process.stdout is not None  # noqa: S101  # a pipe was asked for
        self._busy = False
        try:
            found: tuple[bool, Any] = _receive(self._process.stdout)
        except _UNREAD:
            self.end()
            return False, None
        return found

    def end(self) -> None:
        """End the process, which may have ended before."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            # what it had no time to read is lost with it
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        process.wait()


def _is_python(program: str | None) -> bool:
    """Tell whether a program is Python itself, and not one that has it inside and would do something else.

    Examples
    --------
    >>> [_is_python(name) for name in ("/usr/bin/python3.11", "C:/Program Files/uwsgi.exe", "", None)]
    [True, False, False, False]
    >>> _is_python("C:/Lib/site-packages/pythonwin/Pythonwin.exe")
    False
    """
    name = os.path.basename(program or "").lower()  # noqa: PTH119  # for the start
    return _PYTHON.fullmatch(name) is not None and not getattr(sys, "frozen", False)


def _widen(*pipes: IO[bytes] | None) -> None:
    """Let more wait in pipes, where the system has a call for it and allows it."""
    try:
        from fcntl import F_SETPIPE_SZ, fcntl  # noqa: PLC0415  # Linux alone has it
    except ImportError:
        return
    for pipe in pipes:
        with contextlib.suppress(OSError):
            if pipe is not None:
                fcntl(pipe, F_SETPIPE_SZ, _PIPE)


def _hear(pipe: int, length: int, said: bytearray) -> None:
    """Add so much of what somebody says, or less where nobody does any more."""
    with contextlib.suppress(OSError):
        while len(said) < length and (more := os.read(pipe, length - len(said))):
            said += more


def _send(stream: IO[bytes], what: object) -> None:
    text = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(text)))
    stream.write(text)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    """Return what the other side sent: it is this package, and nobody else can write into the pipe."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    [length] = _LENGTH.unpack(head)
    text = stream.read(length)
    if len(text) < length:
        raise EOFError
    return pickle.loads(text)  # noqa: S301


def attend(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Take what the one who asks imports from, say its word where this package is the same, and serve.

    Parameters
    ----------
    asked, answers : binary streams
        Of which one is read from and the other written to.
    """
    word, path, modules = _receive(asked)
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # for the start
    root, name = os.path.split(here)
    sys.path[:] = [root, *path]  # whichever package of this name comes first there
    package = import_module(name)
    sys.path[:] = path
    if os.path.samefile(os.path.dirname(package.__file__ or ""), here):  # noqa: PTH120, PTH121
        answers.write(word)
        answers.flush()
        serve(modules, asked, answers)


def serve(modules: Sequence[str], asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more.

    What fails is told so: it is computed once more where it was asked for, and fails there.

    Parameters
    ----------
    modules : sequence of str
        To be loaded first.
    asked, answers : binary streams
        Of which one is read from and the other written to.
    """
    for module in modules:
        import_module(module)
    with contextlib.suppress(EOFError):
        while True:
            function, arguments, named = _receive(asked)
            try:
                answer = True, function(*arguments, **named)
            except Exception:  # noqa: BLE001  # see above
                answer = False, None
            _send(answers, answer)


if __name__ == "__main__":
    # what stops the program that asks stops this one, too
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "wb") as _answers:
        os.dup2(2, 1)  # what somebody prints is no answer
        attend(sys.stdin.buffer, _answers)
