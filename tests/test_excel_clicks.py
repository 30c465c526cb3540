"""The button of the template and the ribbon of the add-in, run by LibreOffice with a stand-in for xlwings."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import pytest

import clv_xl
from clv_xl.workbook.shipped import TEMPLATE
from tests.excel_hosts.basic import Basic
from tests.excel_hosts.clicks import Office, Python
from tests.office import ROOT, find_libreoffice

if TYPE_CHECKING:
    from pathlib import Path

REFRESH = "from clv_xl.excel.refresh import main; main()"

pytestmark = pytest.mark.office


@pytest.fixture(scope="module")
def basic(tmp_path_factory: pytest.TempPathFactory) -> Basic:
    program = find_libreoffice()
    if program is None:
        pytest.skip("LibreOffice is not installed (Debian: apt install libreoffice-calc)")
    return Basic(program, tmp_path_factory.mktemp("basic"))


@pytest.fixture
def office(basic: Basic, tmp_path: Path) -> Office:
    return Office(basic, tmp_path, ROOT / TEMPLATE)


def test_a_click_on_the_button_starts_the_refresh(office: Office) -> None:
    assert office.click(Python()) == ["clicked: Refresh report", "loaded: clv_xl", f"ran: {REFRESH}", "done"]


def test_a_click_without_the_add_in_says_what_to_do(office: Office) -> None:
    clicked, told, done = office.click(None)
    assert (clicked, done) == ("clicked: Refresh report", "done")
    assert told.startswith("told: The add-in clv_xl is not open in this Excel, and the button needs it.")
    assert "clv-xl install" in told
    assert "clv-xl refresh" in told


@pytest.mark.parametrize(
    ("python", "reason"),
    [
        (Python(interpreter=""), r"clv_xl does not know which Python to use:|C:\clv_xl.conf|is not there"),
        (Python(interpreter=r"C:\gone.exe"), r"The Python of clv_xl is not there any more:|C:\gone.exe"),
        (Python(has_package=False), "Python could not load the package clv_xl:|"),
    ],
    ids=["no settings", "no Python", "no package"],
)
def test_what_is_missing_is_told_before_anything_runs(python: Python, reason: str, office: Office) -> None:
    clicked, told, done = office.click(python)
    assert (clicked, done) == ("clicked: Refresh report", "done")
    assert told.startswith(f"told: {reason}")
    assert told.endswith("Type in a command window: clv-xl install|Then close Excel and open it again.")


def test_a_failed_run_leads_to_the_doctor(office: Office) -> None:
    happened = office.click(Python(answer="-1"))
    assert happened[2] == f"ran: {REFRESH}"
    assert happened[3].startswith("told: That did not work")
    assert "clv-xl doctor" in happened[3]


def test_a_workbook_that_is_no_template_is_left_alone(office: Office) -> None:
    _, told, _ = office.click(Python(), 'book.NamedRanges.removeByName("clv_status")')
    assert told.startswith("told: Refresh report works in a workbook that was made with New template.")


def test_the_ribbon_runs_its_macros(office: Office) -> None:
    assert office.choose("ClvRibbon.OnRefresh", Python()) == ["loaded: clv_xl", f"ran: {REFRESH}", "done"]
    settings, _ = office.choose("ClvRibbon.OnSettings", Python())
    assert settings.startswith(r"told: Python of clv_xl: C:\python.exe|Settings file: C:\clv_xl.conf")
    assert "Python of clv_xl: none" in office.choose("ClvRibbon.OnSettings", Python(interpreter=""))[0]
    about, _ = office.choose("ClvRibbon.OnAbout", Python())
    assert about.startswith(f"told: clv_xl {clv_xl.__version__}")
    assert "xlwings" in about
    assert "Tim Hall" in about
    # no message, and no error
    assert office.choose("ClvRibbon.OnFunctionsHelp", Python()) == ["done"]


@pytest.mark.parametrize(
    "name", [r"C:\shop\orders", 'C:\\Åsa\'s "100 %" & \\x5c \U0001f600', r"\\server\share\ny mall.XLSM"]
)
def test_a_new_template_gets_the_name_that_was_asked_for(name: str, office: Office) -> None:
    loaded, ran, _ = office.choose("ClvRibbon.OnNewTemplate", Python(), name)
    assert loaded == "loaded: clv_xl"
    command = re.fullmatch(r"ran: from clv_xl\.excel\.ribbon import new_template; new_template\((.*)\)", ran)
    assert command
    # letters, digits and escapes only: nothing that a command line or a second string could take for its own
    assert re.fullmatch(r"'(?:[A-Za-z0-9]|\\u[0-9A-F]{4})*'", command[1])
    given: Any = ast.literal_eval(command[1])
    whole = given.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    assert whole == (name if name.endswith("XLSM") else f"{name}.xlsm")


def test_a_new_template_asks_before_it_does_anything(office: Office) -> None:
    assert office.choose("ClvRibbon.OnNewTemplate", Python()) == ["loaded: clv_xl", "done"]
    loaded, told, _ = office.choose("ClvRibbon.OnNewTemplate", Python(), r"C:\taken.xlsm")
    assert loaded == "loaded: clv_xl"
    assert told == r"told: C:\taken.xlsm|is there already. Choose New template again and give another name."
