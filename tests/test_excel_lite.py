"""xlwings Lite: what ``docs/lite.md`` says, as far as it can be shown without Excel and without the add-in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

from clv_xl.excel.registry import find_function, functions
from tests.excel_hosts.server import why_not
from tests.office import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = ROOT / "tests" / "excel_hosts"
PYODIDE = ROOT / ".cache" / "node" / "node_modules" / "pyodide"
PAGE = (ROOT / "docs" / "lite.md").read_text(encoding="utf-8")
# Packages of ours that Pyodide has in its own distribution, whose versions cannot be chosen.
ITS_OWN = frozenset(("numpy", "pandas", "scipy", "duckdb", "lxml", "click", "rich"))
# What the page says can be absent, and what no cell function may need.
NEVER_NEEDED = ["openpyxl", "lxml", "fastexcel", "click", "rich", "defusedxml"]

ORDERS = [
    [["Åsa"], ["Bo"], ["Åsa"]],
    [[45292], [45323], [45352]],
    [[100], [40], [60.5]],
]
VALUES: dict[str, Any] = dict(zip(("customers", "dates", "amounts"), ORDERS, strict=True))
VALUES["groups"] = [["web"], ["web"], ["shop"]]


def block(language: str) -> str:
    """The only block of that language on the page."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return "\n".join(line.strip() for line in found[0].splitlines())


def in_lite(*calls: list[Any], absent: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, HOSTS / "lite_worker.py"],
        input=json.dumps({"main": block("python"), "absent": absent, "calls": calls}),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_the_lines_of_the_page_bring_every_function_into_the_workbook() -> None:
    shown = in_lite(["CLV", [[800]], [[3]], [[6]]], absent=NEVER_NEEDED)
    assert shown["functions"] == sorted(function.name for function in functions())
    assert shown["answers"] == [{"result": [[14_400.0]]}]
    # The server's remedy for blank cells would be wrong here, where they can be JavaScript's null.
    assert shown["blank_check"] == "xlwings.utils"


def test_a_table_spills_with_dates_and_letters_of_the_north() -> None:
    shown = in_lite(["CLV_CUSTOMERS", *ORDERS, None, None], absent=NEVER_NEEDED)["answers"][0]["result"]
    assert shown[0][:2] == ["customer", "first order"]
    assert {row[0] for row in shown[1:]} == {"Åsa", "Bo"}
    assert {row[1]["basicValue"] for row in shown[1:]} == {45292.0, 45323.0}


def rows_of_the_page(needs: str) -> set[str]:
    """The functions of the rows of the page's table that end so."""
    rows = re.findall(rf"^\| ((?:[A-Z_]+, )+[A-Z_]+) \| {needs} \|$", PAGE, flags=re.MULTILINE)
    assert rows
    return {name for row in rows for name in row.split(", ")}


def test_the_page_says_which_functions_need_scipy() -> None:
    shop = [
        (f"C{who}", 45000 + who % 40 + number * (5 + who % 9))
        for who in range(104)
        for number in (*range(2 + who % 3), *((45,) if who % 8 == 0 else ()))
    ]
    many = [[[who] for who, _ in shop], [[day] for _, day in shop], [[10 + day % 7] for _, day in shop]]
    values = [[0.5], [10], [0.6], [11]]
    calls = [
        ["CLV_PREDICT", *many, [[1]], None, None, [[45700]], [["MBG/NBD"]]],
        ["CLV_MODEL", *many, [[45700]], [["MBG/NBD"]]],
        ["CLV_BACKTEST", *many, [[2]]],
        ["P_ALIVE", [[2]], [[30]], [[38]], values, None],
        ["EXPECTED_ORDERS", [[52]], [[2]], [[30]], [[38]], values, None],
        ["EXPECTED_SPEND", [[2]], [[22]], [[6], [3], [15]]],
        ["RETENTION_PROJECT", [[100], [87], [74]], [[5]]],
        ["RFM", *many, None, None],
        ["CLV", [[800]], [[3]], [[6]]],
    ]
    answers = in_lite(*calls, absent=[*NEVER_NEEDED, "scipy"])["answers"]
    failed = {call[0]: answer.get("error", "") for call, answer in zip(calls, answers, strict=True)}
    needing = {name for name, reason in failed.items() if 'needs the package "scipy"' in reason}
    assert needing == rows_of_the_page("needed | (?:not )?needed | needed".replace("| ", r"\| "))
    assert not any(reason for name, reason in failed.items() if name not in needing), failed


def test_the_page_says_which_functions_need_duckdb() -> None:
    named = rows_of_the_page("needed | needed | (?:not )?needed".replace("| ", r"\| "))
    calls = [
        [function.name, *(VALUES.get(item.name) for item in function.arguments)]
        for function in functions()
        if any(item.name in VALUES for item in function.arguments)
    ]
    answers = in_lite(*calls, absent=[*NEVER_NEEDED, "duckdb", "pandas"])["answers"]
    failed = {
        call[0]: answer["error"] for call, answer in zip(calls, answers, strict=True) if "error" in answer
    }
    assert set(failed) == named
    assert all("duckdb" in reason or "pandas" in reason for reason in failed.values())
    # What was not called takes no columns of orders.
    assert {"CLV", "CAC", "NRR"}.isdisjoint(call[0] for call in calls)
    assert {"AOV", "REPEAT_RATE", "PURCHASE_FREQUENCY"} <= {call[0] for call in calls}


def test_errors_are_real_and_value_errors_say_why() -> None:
    shown = in_lite(
        ["CAC", [[500]], [[0]]],
        ["CLV", [[800]], [[3]], [[-6]]],
        ["CLV", [[800]], [[3]], [["six"]]],
        absent=[],
    )
    assert shown["answers"] == [
        {"result": [[{"type": "Error", "errorType": "NotAvailable"}]]},
        {"result": [[{"type": "Error", "errorType": "Num"}]]},
        {"error": 'lifespan_years is the text "six", but it must be a number.'},
    ]
    assert find_function("CAC").outcome(500, 0).reason


# --- what is installed ----------------------------------------------------------------------------------


def _asked_for(platform: str) -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    return {
        item.name: item
        for item in wanted
        if item.marker is None or item.marker.evaluate({"sys_platform": platform})
    }


def test_nothing_is_asked_for_that_pyodide_cannot_install() -> None:
    assert set(_asked_for("emscripten")) == {"numpy"}
    assert "numpy" in ITS_OWN
    # Everywhere else nothing is left out.
    assert {"pandas", "numpy", "duckdb", "openpyxl", "xlwings", "fastexcel"} <= set(_asked_for("win32"))


def test_the_requirements_of_the_page_are_bare_names_and_our_wheel() -> None:
    *packages, wheel = block("text").splitlines()
    assert set(packages) <= ITS_OWN
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert wheel.endswith(f"/clv_xl-{version}-py3-none-any.whl")


@pytest.fixture(scope="module")
def pyodide() -> Path:
    if shutil.which("node") is None:
        pytest.skip(why_not() or "Node.js is not installed (Debian: apt install nodejs)")
    if not PYODIDE.is_dir():
        pytest.skip(f"pyodide is not in {PYODIDE.relative_to(ROOT)} (make check installs it)")
    return PYODIDE


@pytest.mark.office
def test_pyodide_has_what_we_say_it_has(pyodide: Path) -> None:
    lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    assert set(lock["packages"]) >= ITS_OWN
    # Whoever asks for these there gets no version at all.
    assert not {"xlwings", "fastexcel"} & set(lock["packages"])


@pytest.mark.office
def test_pyodide_compiles_every_module_and_runs_what_needs_no_package(pyodide: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "clv_xl.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in sorted((ROOT / "clv_xl").rglob("*.py")):
            archive.write(path, path.relative_to(ROOT).as_posix())
    program = tmp_path / "program.py"
    program.write_text(
        """
import json, pathlib, sys
import clv_xl
folder = pathlib.Path(clv_xl.__file__).parent
texts = {str(path): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
for name, text in texts.items():
    compile(text, name, "exec")
from clv_xl.errors import ArgumentError, did_you_mean
from clv_xl.limits import MAX_ROWS
try:
    import clv_xl.excel.registry
except ModuleNotFoundError as error:
    absent = error.name
shown = [sys.platform, len(texts), did_you_mean("CLW", ["CLV"]), issubclass(ArgumentError, ValueError)]
json.dumps([*shown, MAX_ROWS, absent])
""",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["node", HOSTS / "pyodide.mjs", pyodide, wheel, program],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    shown = json.loads(done.stdout.splitlines()[-1])
    assert shown[0] == "emscripten"
    assert shown[1] == len(list((ROOT / "clv_xl").rglob("*.py")))
    # numpy is the only thing that stands between Pyodide and the functions; its build for Pyodide is not on npm.
    assert shown[2:] == [' Did you mean "CLV"?', True, 1_048_576, "numpy"]
