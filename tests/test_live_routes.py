"""The ways to Refresh report: the add-in's call, xlwings Server as a user starts it, and xlwings Lite.

All of them end in the same function; here it is shown that each way reaches it with the workbook, in simulated hosts.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from clv_xl.excel.template import make_template
from clv_xl.report.pages.template.start import BUTTON_CELL
from tests import live, shops
from tests.excel_hosts.live_excel import LiveExcel
from tests.excel_hosts.server import RunningServer, why_not
from tests.office import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# What xlwings Lite does not have, and the refresh must do without.
NOT_IN_LITE = ["openpyxl", "lxml", "fastexcel", "defusedxml", "click", "rich"]

CLASSIC = """
import json, sys
import xlwings as xw
book = xw.Book(json=json.load(sys.stdin))
xw.Book.caller = classmethod(lambda _: book)
from clv_xl.excel.refresh import main; main()
json.dump(book.json(), sys.stdout)
"""

LITE = """
import asyncio, json, sys, types
request = json.load(sys.stdin)
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in request["absent"]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
workbook = types.ModuleType("main")
exec("from clv_xl.excel.lite import *", workbook.__dict__)
import xlwings, xlwings.server
meta = xlwings.server.custom_scripts_meta(workbook)
book = xlwings.Book(json=request["book"])
called = xlwings.server.custom_scripts_call(
    workbook, "refresh_report", None, typehint_to_value={xlwings.Book: book}, args=[]
)
json.dump({"meta": meta, "actions": asyncio.run(called).json()["actions"]}, sys.stdout)
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> LiveExcel:
    folder = tmp_path_factory.mktemp("routes")
    make_template(folder / "template.xlsx")
    return live.fill(LiveExcel(folder / "template.xlsx"), shops.EDGE_SHOPS["ordinary"], gross_margin=0.4)


def run(script: str, request: Any, **environment: str) -> Any:
    """Run a few lines in a process of its own, where alone the licence is said to be noncommercial."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XLWINGS")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(request),
        env=inherited | {"XLWINGS_LICENSE_KEY": "noncommercial"} | environment,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def applied(host: LiveExcel, answer: dict[str, Any], folder: Path) -> None:
    """Apply an answer, and hold the pages to the report."""
    host = copy.deepcopy(host)
    host.apply(answer)
    assert live.status(host).startswith("Report as of"), live.status(host)
    assert live.differences(host, live.expected_file(host, folder / "report.xlsx")) == []


@pytest.mark.long
def test_the_call_of_the_add_in(filled: LiveExcel, tmp_path: Path) -> None:
    applied(filled, run(CLASSIC, filled.payload()), tmp_path)


@pytest.mark.long
def test_lite_without_the_packages_that_it_lacks(filled: LiveExcel, tmp_path: Path) -> None:
    request = {"book": filled.payload(), "absent": NOT_IN_LITE}
    shown = run(LITE, request, XLWINGS_ON_SERVER="true")
    (script,) = shown["meta"]
    assert (script["function_name"], script["button"]) == ("refresh_report", BUTTON_CELL)
    applied(filled, shown, tmp_path)


@pytest.mark.long
def test_server(filled: LiveExcel, tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with RunningServer() as server:
        (script,) = json.loads(server.get("/xlwings/custom-scripts-meta.json"))
        page = server.get("/taskpane.html")
        request = urllib.request.Request(
            f"{server.address}/xlwings/custom-scripts-call/refresh_report",
            data=json.dumps(filled.payload()).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            actions = json.load(answer)
    assert (script["function_name"], script["button"]) == ("refresh_report", BUTTON_CELL)
    assert re.search(r'<button[^>]* xw-click="refresh_report"[^>]*>Refresh report</button>', page)
    applied(filled, actions, tmp_path)


@pytest.mark.long
def test_xlwings_own_javascript_knows_every_action(filled: LiveExcel) -> None:
    """What is asked for is looked up by name in a list of xlwings' client."""
    found = [path for path in map(str, _scripts()) if path.endswith("index.js")]
    if not found:
        pytest.skip("xlwings Server is not installed (pip install '.[server]')")
    with open(found[0], encoding="utf-8") as handle:  # noqa: PTH123
        listed = re.search(r"let funcs = \{(.*?)\n\};", handle.read(), flags=re.DOTALL)
    assert listed
    known = set(re.findall(r"^\s+(\w+):", listed[1], flags=re.MULTILINE))
    asked = {action["func"] for action in run(CLASSIC, filled.payload())["actions"]}
    assert asked
    assert asked - known == set()


def _scripts() -> list[Path]:
    import importlib.util
    from pathlib import Path

    spec = importlib.util.find_spec("xlwings_server")
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(spec.submodule_search_locations[0]) / "static" / "js" / "custom-scripts"
    return sorted(folder.glob("*.js"))
