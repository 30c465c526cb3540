"""The program clv-xl ends at once when its command is over, and loses nothing by it."""

import subprocess
import sys

import pytest

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
