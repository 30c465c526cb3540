"""A skipped test fails the run on the machine that has to run everything, and only there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NO_SHARED_DATA, NO_SKIP_VARIABLE

HERE = Path(__file__).parent

SUITE = f'''
"""
>>> 1 + 1  # doctest: +SKIP
3
"""
import pytest

def test_passes(): pass

def test_skips_in_the_middle(): pytest.skip("a tool is missing")

@pytest.mark.skipif(True, reason="a reason at the door")
def test_skips_at_the_door(): pass

@pytest.fixture
def tool(): pytest.skip("a fixture's tool is missing")

def test_skips_in_a_fixture(tool): pass

@pytest.mark.xfail(raises=ZeroDivisionError)
def test_is_known_to_fail(): 1 / 0

def test_has_no_shared_data(): pytest.skip({NO_SHARED_DATA!r})
'''

MODULE = 'import pytest\npytest.importorskip("a_package_that_does_not_exist")\n'


REASONS = [
    "a tool is missing",
    "a reason at the door",
    "a fixture's tool is missing",
    "all tests skipped by +SKIP option",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with this conftest.py and nothing else."""
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in ("conftest.py", "office.py"):
        shutil.copy(HERE / name, tests)
    return tmp_path


def _run(project: Path, source: str, *, no_skip: str) -> tuple[int, str]:
    """Run pytest on one test module in the project; return the exit code and what it printed."""
    (project / "tests" / "test_module.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "tests", "-ra", "--import-mode=importlib", "--doctest-modules"),
            *("-p", "no:cacheprovider", "--rootdir", "."),
        ],
        cwd=project,
        env={
            **os.environ,
            NO_SKIP_VARIABLE: no_skip,
            "COLUMNS": "200",
            "PYTEST_ADDOPTS": "",
            "NO_COLOR": "1",
        },
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_on_a_users_machine_skipping_is_fine(project: Path) -> None:
    code, output = _run(project, SUITE, no_skip="0")
    assert code == 0, output
    assert "1 passed, 5 skipped, 1 xfailed" in output


def test_where_everything_must_run_each_skip_fails_and_says_why(project: Path) -> None:
    code, output = _run(project, SUITE, no_skip="1")
    assert code == 1, output
    for reason in REASONS:
        assert f"This machine has to run it ({NO_SKIP_VARIABLE}=1), but: Skipped: {reason}" in output
    # A test that skips before its body ends as an error; only the data folder beside the clone may be missed.
    assert "2 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors" in output


@pytest.mark.parametrize(("no_skip", "expected"), [("0", 5), ("1", 2)])
def test_a_module_that_skips_itself_counts(project: Path, no_skip: str, expected: int) -> None:
    code, output = _run(project, MODULE, no_skip=no_skip)
    assert code == expected, output
    assert "a_package_that_does_not_exist" in output
    assert ("This machine has to run it" in output) == (no_skip == "1")
