"""What a run of a command did and how long it took: for ``--json``, and as lines of JSON in a log file.

Nothing of the data gets here: no name of a file or a customer, no cell, no message of an error; numbers, codes and our
own words only.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import clv_xl
from clv_xl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["RunRecord", "begin", "current", "recorded"]

_LINE_BEGINS: Final = b'{"time": "'
_NO_LOG: Final = "is no log of clv_xl"
_OWN_NAMES: Final = {"Writing the pages": "pages"}


class RunRecord:
    """One run of a command.

    Attributes
    ----------
    command : str
        Such as ``report``.
    counts : dict of str to int
        What was counted: rows, customers, warnings.

    Examples
    --------
    >>> record = RunRecord()
    >>> record.command = "check"
    >>> record.step("Reading orders of Anna.csv")
    >>> record.step("Predicting orders")
    >>> list(record.as_data()["steps"])
    ['reading', 'predicting']
    """

    def __init__(self) -> None:
        self.command = ""
        self.counts: dict[str, int] = {}
        self._steps: dict[str, float] = {}
        self._step = ""
        self._began = self._step_began = time.monotonic()
        self._cpu_began = time.process_time()
        self._log: Path | None = None

    def step(self, text: str) -> None:
        """Note that something else is done from now on; of the text only our own first word is kept."""
        self._end_step()
        self._step = _OWN_NAMES.get(text) or text.partition(" ")[0].lower()
        self._write("step", step=self._step)

    def count(self, **numbers: int) -> None:
        """Note how many there are of something."""
        self.counts |= numbers

    def as_data(self) -> dict[str, Any]:
        """Return all of it so far; seconds are of the clock, but for ``cpu_seconds``."""
        self._end_step()
        return {
            "command": self.command,
            "version": clv_xl.__version__,
            "seconds": round(time.monotonic() - self._began, 3),
            "cpu_seconds": round(time.process_time() - self._cpu_began, 3),
            "steps": {name: round(seconds, 3) for name, seconds in self._steps.items()},
            "counts": dict(self.counts),
        }

    def log_to(self, path: Path) -> None:
        """Write each event from now on as a line at the end of a file.

        Raises
        ------
        OutputError
            It cannot be written.
        UsageError
            The file is there, and is no log.
        """
        self._log = path
        try:
            self._append("start", command=self.command, version=clv_xl.__version__)
        except FileExistsError as error:
            self._log = None
            raise UsageError(
                f"{path}: is there already and {_NO_LOG}. Choose another file with --log."
            ) from error
        except OSError as error:
            self._log = None
            raise OutputError(
                f"{path}: the log cannot be written ({error.strerror or error}). Choose another file with --log."
            ) from error

    def end(self, exit_code: int, error: str = "") -> None:
        """Write how it ended; the exit code stays what it is where even that cannot be written."""
        self._write("end", exit_code=exit_code, **({"error": error} if error else {}), **self.as_data())

    def _end_step(self) -> None:
        now = time.monotonic()
        if self._step:
            self._steps[self._step] = self._steps.get(self._step, 0.0) + now - self._step_began
        self._step, self._step_began = "", now

    def _write(self, event: str, **values: Any) -> None:
        try:
            self._append(event, **values)
        except OSError as error:
            sys.stderr.write(f"Note: {self._log}: the log cannot be written ({error.strerror or error}).\n")
            self._log = None

    def _append(self, event: str, **values: Any) -> None:
        if self._log is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        _refuse_other(self._log)
        line = json.dumps({"time": now, "process": os.getpid(), "event": event, **values}) + "\n"
        # in one write at the end of the file: lines of two runs never mix
        with self._log.open("ab", buffering=0) as stream:
            stream.write(line.encode())


def _refuse_other(path: Path) -> None:
    """Refuse a file that does not begin as a log of ours: orders, or the report of this very run."""
    if not path.is_file():
        return
    try:
        with path.open("rb") as stream:
            begins = stream.read(len(_LINE_BEGINS))
    except PermissionError:  # one may be allowed to add lines and not to read them
        return
    if begins and begins != _LINE_BEGINS:
        raise FileExistsError(errno.EEXIST, _NO_LOG)


_CURRENT: ContextVar[RunRecord | None] = ContextVar("clv_xl run", default=None)


def current() -> RunRecord:
    """Return the record of the run that this is part of; outside of one a record that nobody reads.

    Examples
    --------
    >>> current().counts
    {}
    """
    return _CURRENT.get() or RunRecord()


def begin(command: str, log: Path | None) -> None:
    """Note which command it is, and where it is logged; nothing where words are only parsed, and nothing is run.

    Raises
    ------
    OutputError
        The log cannot be written.

    Examples
    --------
    >>> begin("report", None)
    """
    if (record := _CURRENT.get()) is not None:
        record.command = command
        if log is not None:
            record.log_to(log)


@contextmanager
def recorded() -> Iterator[RunRecord]:
    """Record the block as a run, and log how it ended.

    Examples
    --------
    >>> with recorded() as record:
    ...     current() is record
    True
    """
    record = RunRecord()
    token = _CURRENT.set(record)
    try:
        yield record
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
        record.end(code, type(done.__context__).__name__ if code and done.__context__ else "")
        raise
    except BaseException as error:
        record.end(1, type(error).__name__)
        raise
    else:
        record.end(0)
    finally:
        _CURRENT.reset(token)
