"""The program clv-xl ends at once when its command is over, and loses nothing by it."""

import atexit
import io
import os
import subprocess
import sys
import threading

import pytest

from clv_xl import program

_START = """
import atexit, sys, threading, time
from clv_xl.program import run

class Piece:
    def __del__(self):
        print("taken apart")

kept = Piece()
atexit.register(print, "asked for the end")
"""
_LATE = "threading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()\n"


def _ended(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    script = f"{_START}{before}sys.argv = ['clv-xl', *sys.argv[1:]]\nrun()\n"
    # no terminal: what is printed waits in a buffer
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--version",), 0, "version"),
        (("functions",), 0, "clv"),
        (("report", "no.csv", "--wrong"), 2, "--wrong"),
        (("check", "nowhere.csv"), 3, "nowhere.csv"),
    ],
)
def test_nothing_is_taken_apart_and_all_is_printed(arguments: tuple[str, ...], code: int, told: str) -> None:
    done = _ended(*arguments)
    assert done.returncode == code
    assert told in done.stdout.lower() + done.stderr
    assert done.stdout.endswith("asked for the end\n")


def test_what_is_still_at_work_is_waited_for() -> None:
    done = _ended("--version", before=_LATE)
    assert (done.returncode, done.stdout.splitlines()[1:]) == (
        0,
        ["late", "asked for the end", "taken apart"],
    )


def test_a_library_with_an_end_of_its_own_has_it() -> None:
    done = _ended("--version", before="sys.modules['xlwings'] = sys\n")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["asked for the end", "taken apart"])


class _Gone(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError


@pytest.fixture
def codes() -> list[int]:
    """The codes that a process was ended at once with."""
    return []


def _run_here(monkeypatch: pytest.MonkeyPatch, codes: list[int], end: SystemExit | None) -> None:
    """Run the program around a command that ends so, in a process that outlives it."""

    def command() -> None:
        if end is not None:
            raise end

    monkeypatch.setattr(program, "main", command)
    monkeypatch.setattr(program, "_END_THEMSELVES", ())
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(atexit, "_run_exitfuncs", lambda: None)
    monkeypatch.setattr(os, "_exit", codes.append)
    program.run()


def test_a_command_that_returns_ends_the_process_well(
    monkeypatch: pytest.MonkeyPatch, codes: list[int]
) -> None:
    _run_here(monkeypatch, codes, None)
    assert codes == [0]


@pytest.mark.parametrize(("code", "ended"), [(None, 0), (0, 0), (3, 3)])
def test_the_code_of_the_command_is_that_of_the_process(
    monkeypatch: pytest.MonkeyPatch, codes: list[int], code: int | None, ended: int
) -> None:
    with pytest.raises(SystemExit):
        _run_here(monkeypatch, codes, SystemExit(code))
    assert codes == [ended]


def test_a_text_to_end_with_is_left_to_the_interpreter(
    monkeypatch: pytest.MonkeyPatch, codes: list[int]
) -> None:
    with pytest.raises(SystemExit, match="in words"):
        _run_here(monkeypatch, codes, SystemExit("in words"))
    assert codes == []


def test_what_cannot_be_printed_is_left_to_the_interpreter(
    monkeypatch: pytest.MonkeyPatch, codes: list[int]
) -> None:
    monkeypatch.setattr(sys, "stdout", _Gone())
    with pytest.raises(SystemExit) as end:
        _run_here(monkeypatch, codes, SystemExit(3))
    assert (end.value.code, codes) == (3, [])
