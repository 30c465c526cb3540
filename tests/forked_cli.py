"""Many runs of the command line at the price of one start: a process that has imported everything forks for each.

It reads jobs as lines of JSON (``{"arguments": [...], "folder": "...", "seconds": 60}``) and answers each with how the
run ended: exit code, what was said, seconds of computing, megabytes at most. :func:`run_all` drives it.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

UNTYPED = 99  # an error that is none of ours
_PATIENCE = 120  # seconds on the clock, after which a run hangs


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str
    computed: float
    megabytes: float

    @property
    def typed(self) -> bool:
        """Whether it ended as the command line promises: with a code of its list and, if not 0, a sentence."""
        said = self.err.strip().startswith(("Error:", "Usage:", "Stopped"))
        return "Traceback" not in self.err and (self.code == 0 or (self.code in {2, 3, 4} and said))


def unmeasured() -> dict[str, str]:
    """The environment without what has coverage measured: where time and memory are looked at, it would count too."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}


def run_all(jobs: Iterable[tuple[Sequence[str | Path], Path]], seconds: int = 20) -> Iterator[Ended]:
    """Run commands one after the other: arguments, and the folder to start in."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.forked_cli"],
        env=unmeasured(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=Path(__file__).resolve().parent.parent,
    ) as process:
        assert process.stdin
        assert process.stdout
        for arguments, folder in jobs:
            job = {"arguments": [str(one) for one in arguments], "folder": str(folder), "seconds": seconds}
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            yield Ended(**json.loads(process.stdout.readline()))
        process.stdin.close()


def _in_child(arguments: list[str], folder: str, seconds: int, out: int, err: int) -> None:
    """Be the command line, and end."""
    from clv_xl.cli import main

    code = UNTYPED
    try:
        os.chdir(folder)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        sys.stdin = io.StringIO()
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
        sys.argv = ["clv-xl", *arguments]
        try:
            main()
            code = 0
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else UNTYPED
    except BaseException:  # noqa: BLE001 - what the command line lets through is what is looked for
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _run(arguments: list[str], folder: str, seconds: int) -> dict[str, Any]:
    files = [os.memfd_create(name) for name in ("out", "err")]
    child = os.fork()
    if not child:
        _in_child(arguments, folder, seconds, *files)
    deadline = time.monotonic() + _PATIENCE
    while True:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline:
            os.kill(child, 9)
        time.sleep(0.002)
    told = []
    for file in files:
        os.lseek(file, 0, os.SEEK_SET)
        with os.fdopen(file, "rb") as stream:
            told.append(stream.read(1 << 20).decode("utf-8", "replace"))
    return {
        "code": os.waitstatus_to_exitcode(status),
        "out": told[0],
        "err": told[1],
        "computed": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
    }


def _serve() -> None:
    import openpyxl
    import pandas as pd

    import clv_xl.cli
    import clv_xl.jobs
    import clv_xl.orders
    import clv_xl.report.build
    import clv_xl.workbook.layout
    import clv_xl.workbook.openpyxl_writer

    assert all((openpyxl, pd, clv_xl))
    for line in sys.stdin:
        sys.__stdout__.write(json.dumps(_run(**json.loads(line))) + "\n")
        sys.__stdout__.flush()


if __name__ == "__main__":
    _serve()
