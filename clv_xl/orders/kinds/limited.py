"""Files that come from outside are opened by a process of its own, with limits on its memory and its time.

A parser that a file brings to its knees takes that process with it, and no other: the file is then named in an error.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from clv_xl.errors import ClvXlError, InputError, OutputError, UsageError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Allowance", "LimitedReader"]

_CHILD: Final = Path(__file__).with_name("limited_child.py")
_MEGABYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a reader may use: bytes of memory, seconds of computing, and seconds on the clock.

    Examples
    --------
    >>> Allowance.of(1_000_000), Allowance.of(400 << 20).seconds
    (Allowance(memory=402653184, seconds=2, clock=40), 102)
    """

    memory: int
    seconds: int
    clock: int

    @classmethod
    def of(cls, size: int) -> Allowance:
        """Return what a file of this size, unpacked, honestly needs, several times over."""
        seconds = 2 + (size >> 22)
        # a machine with much other work may take many times as long by the clock: that only ends what hangs
        return cls((384 << 20) + 12 * max(size - _MEGABYTE, 0), seconds, 30 + 5 * seconds)


class LimitedReader:
    """A reader of one file in a process of its own; use it in a ``with`` statement.

    Parameters
    ----------
    name : str
        The file as messages call it.
    allowance : Allowance
        What the process may use.
    advice : str
        What the user may do where the file cannot be read: a sentence.
    """

    def __init__(self, name: str, allowance: Allowance, advice: str) -> None:
        self._name = name
        self._allowance = allowance
        self._advice = advice
        self._late = False

    def __enter__(self) -> Self:
        """Start the process."""
        if not sys.executable:
            raise ClvXlError(f"{self._name}: no Python program is known that could open the file.")
        limits = (str(self._allowance.memory), str(self._allowance.seconds))
        self._process = subprocess.Popen(  # noqa: S603  # our own program, and two numbers
            [sys.executable, "-P", "-s", "-X", "utf8", str(_CHILD), *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self._clock = threading.Timer(self._allowance.clock, self._stop)
        self._clock.daemon = True
        self._clock.start()
        self._said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, whatever it is doing."""
        self._clock.cancel()
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # a request that nobody read any more
                    continue

    def _listen(self) -> None:
        """Take what the process says on its way down, so that it never waits for a reader."""
        assert self._process.stderr is not None  # noqa: S101  # a pipe was asked for
        while text := self._process.stderr.read(4096):
            if len(self._said) < 16:
                self._said.append(text)

    def _stop(self) -> None:
        self._late = True
        self._process.kill()

    def ask(self, do: str, *, of_query: bool = False, **details: object) -> dict[str, Any]:
        """Have something done, and return what was answered.

        Parameters
        ----------
        do : str
            A request that the process knows.
        of_query : bool
            Whether what fails is the user's own query.
        **details
            Of the request.

        Raises
        ------
        InputError
            The file cannot be read, or needs more than it may.
        UsageError
            The user's query cannot be run.
        OutputError
            There is no room for the answer.
        """
        assert self._process.stdin is not None  # noqa: S101  # pipes were asked for
        assert self._process.stdout is not None  # noqa: S101
        try:
            self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except (BrokenPipeError, OSError):
            line = ""
        try:
            answer = json.loads(line)
        except ValueError:
            raise InputError(f"{self._name} {self._ending()}. {self._advice}") from None
        if answer.get("failed") == "memory":
            raise InputError(f"{self._name} {self._too_much()}. {self._advice}")
        if "failed" in answer and of_query:
            raise UsageError(f"{self._name}: --query cannot be run ({_first_line(str(answer['why']))}).")
        if "No space left on device" in str(answer.get("why", "")):
            raise OutputError(
                f"{self._name}: the disk for temporary files is full. Free some space, or name another folder in"
                " TMPDIR."
            )
        if "No magic bytes" in str(answer.get("why", "")):
            raise InputError(f"{self._name} is cut off, or no Parquet file. {self._advice}")
        if "failed" in answer:
            raise InputError(
                f"{self._name} cannot be read ({_first_line(str(answer['why']))}). {self._advice}"
            )
        return dict(answer)

    def _ending(self) -> str:
        """Say how the process came to its end."""
        self._process.kill()
        code = self._process.wait()
        self._listener.join()
        said = "".join(self._said)
        if self._late:
            return f"gives no answer within {self._allowance.clock:,} s"
        if code in {-24, -27}:  # SIGXCPU, SIGPROF
            return f"takes more than {self._allowance.seconds} s to open, which a file of its size never does"
        if "memory allocation" in said or "MemoryError" in said or "bad_alloc" in said:
            return self._too_much()
        return "cannot be read: opening it makes the reader fail"

    def _too_much(self) -> str:
        megabytes = self._allowance.memory // _MEGABYTE
        return f"takes more than {megabytes:,} MB of memory to open, which a file of its size never does"


def _first_line(text: str) -> str:
    kind, colon, rest = text.partition(": ")
    told = (rest if colon else kind).strip()
    return told.splitlines()[0][:300] if told else kind
