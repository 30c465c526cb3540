"""The built add-in and template: what they hold is what their text says, and what no validator checks holds too."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import replace
from difflib import ndiff
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xlwings

import clv_xl
from clv_xl.errors import UsageError
from clv_xl.excel import build
from clv_xl.excel.registry import functions
from clv_xl.excel.template import whole_template
from clv_xl.workbook.openpyxl_writer import write_book
from clv_xl.workbook.shipped import ADDIN, TEMPLATE
from tests import workbook_lint
from tests.excel_hosts.classic import ClassicExcel
from tests.formula_lint import Known, formula_fault
from tests.office import ROOT
from tests.vba_reader import modules_of
from tests.workbook_lint import Workbook, faults, procedures_of

if TYPE_CHECKING:
    from collections.abc import Callable


BUILT = {"add-in": ROOT / ADDIN, "template": ROOT / TEMPLATE}
OURS = {"ClvCells", "ClvFunctions", "ClvHelp", "ClvMain", "ClvPython", "ClvRibbon", "ThisWorkbook", "Sheet1"}
# What a cell can call besides the functions: each only turns one value into another, or an object into #VALUE!.
HARMLESS = {"ClvAnswer", "ClvFailure", "ClvReason", "XLPy"}
REFRESH = "from clv_xl.excel.refresh import main; main()"


@pytest.fixture(scope="module", params=BUILT)
def built(request: pytest.FixtureRequest) -> Path:
    return BUILT[request.param]


@pytest.fixture(scope="module")
def addin() -> Workbook:
    return Workbook.read(BUILT["add-in"])


def theirs() -> str:
    spec = find_spec("xlwings")
    assert spec
    assert spec.origin
    return Path(spec.origin).with_name("xlwings_custom_addin.bas").read_text(encoding="ascii")


# --- built from text ------------------------------------------------------------------------------------


def test_the_built_files_are_what_their_text_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert build.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.long
def test_a_changed_text_is_noticed_and_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("install", "workbook_templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    text = tmp_path / "install" / "vba" / "ClvMain.bas"
    text.write_text(text.read_text().replace("Free under", "Free  under"))
    assert build.main(["--check"]) == 1
    assert capsys.readouterr() == ("", f"{ADDIN} is not what its text says. Run: make template\n")
    (tmp_path / TEMPLATE).unlink()
    assert build.main([]) == 0
    assert capsys.readouterr().out == f"{ADDIN} written\n{TEMPLATE} written\n"
    assert "Free  under" in modules_of(tmp_path / ADDIN)["ClvMain.bas"]
    assert (tmp_path / TEMPLATE).read_bytes() == BUILT["template"].read_bytes()
    assert build.main(["--check"]) == 0


def test_building_elsewhere_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert build.main([]) == 2
    assert "Run this in the folder of the project" in capsys.readouterr().err


def test_another_reader_finds_exactly_the_modules_of_the_add_in() -> None:
    found = modules_of(BUILT["add-in"])
    for path in sorted((ROOT / "install" / "vba").glob("*.bas")):
        assert found.pop(path.name) == path.read_text(encoding="ascii")
    opened = (ROOT / "install" / "vba" / "ThisWorkbook.cls").read_text(encoding="ascii")
    assert found.pop("ThisWorkbook.cls").endswith(opened.partition("VB_Exposed = True\n")[2])
    dictionary = Path(xlwings.__file__).parent / "addin" / "Dictionary.cls"
    body = dictionary.read_text(encoding="ascii").partition("Attribute VB_Description")[2]
    assert found.pop("Dictionary.cls").endswith(body)
    assert found.pop("xlwings.cls").endswith(
        build.xlwings_class(theirs()).text.partition("VB_Exposed = False\n")[2]
    )
    assert found.pop("Sheet1.cls").splitlines()[-1] == "Attribute VB_Customizable = True"
    assert not found


def test_another_reader_finds_exactly_the_module_of_the_template() -> None:
    found = modules_of(BUILT["template"])
    text = (ROOT / "workbook_templates" / "vba" / "ClvTemplate.bas").read_text(encoding="ascii")
    assert found.pop("ClvTemplate.bas") == text
    assert found.pop("ThisWorkbook.cls").splitlines()[-1] == "Attribute VB_Customizable = True"
    sheets = len(Workbook.read(BUILT["template"]).sheets)
    assert sorted(found) == sorted(f"Sheet{number}.cls" for number in range(1, sheets + 1))
    assert {code.splitlines()[-1] for code in found.values()} == {"Attribute VB_Customizable = True"}


# --- the code of others ---------------------------------------------------------------------------------


def test_only_the_lines_that_have_to_be_are_changed_in_xlwings() -> None:
    changed = [
        line
        for line in ndiff(theirs().splitlines(), build.xlwings_class(theirs()).text.splitlines())
        if line[0] in "+-"
    ]
    # two constants, five declarations, CleanUp and GetConfig; eight that keep names and folders of a workbook from
    # Python; and eleven lines that make it a class and say so
    assert Counter(line[0] for line in changed) == {"-": 9 + 8, "+": 9 + 8 + 11}
    assert '+ Private Const PROJECT_NAME As String = "clv_xl"' in changed
    get_config = [line for line in changed if "Function GetConfig(" in line]
    assert [line.count('source As String = "user"') for line in get_config] == [0, 1]
    declared = [line[2:].strip() for line in changed if " Declare " in line]
    assert sorted(line.removeprefix("Private ") for line in declared if line.startswith("Private")) == sorted(
        line for line in declared if line.startswith("Declare")
    )
    # the licence asks that its notice stays
    notice = theirs()[
        theirs().index("'xlwings is distributed") : theirs().index("'SOFTWARE, EVEN IF ADVISED")
    ]
    assert notice in build.xlwings_class(theirs()).text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('PROJECT_NAME As String = "myaddin"', 'PROJECT_NAME As String = "yours"'),
        ('source As String = ""', 'source As String = "sheet"'),
        ("Private Sub CleanUp", "Sub CleanUp"),
    ],
)
def test_another_xlwings_is_refused_instead_of_half_changed(old: str, new: str) -> None:
    assert old in theirs()
    with pytest.raises(UsageError, match=r"xlwings has changed: adapt clv_xl/excel/build\.py"):
        build.xlwings_class(theirs().replace(old, new))


def test_a_class_of_vba_shows_no_constant_and_no_declaration(addin: Workbook) -> None:
    """The rule of VBA for classes; to break it would keep the whole add-in from compiling."""
    for line in addin.modules["xlwings"].splitlines():
        assert not re.match(r"\s*(?:Public\s+)(?:Const|Declare|Type|Enum)\b", line), line
        assert not re.match(r"\s*Declare\b", line), line


def test_the_notices_of_others_are_shipped(addin: Workbook) -> None:
    notices = (ROOT / "install" / "NOTICES.md").read_text(encoding="utf-8")
    assert "Zoomer Analytics" in notices
    assert "BSD 3-clause license" in addin.modules["xlwings"]
    assert "Copyright (c) 2017 Tim Hall" in notices
    assert "MIT" in addin.modules["Dictionary"]


# --- what a workbook can reach --------------------------------------------------------------------------


def test_no_cell_can_call_more_than_the_functions(addin: Workbook) -> None:
    """A formula of a mailed workbook may call any public function of an add-in, with any text in it."""
    classes = {"xlwings", "Dictionary", "ThisWorkbook", "Sheet1"}
    callable_ = {
        item.name
        for name, source in addin.modules.items()
        if name not in classes
        for item in procedures_of(source)
        if item.public and item.kind == "Function"
    }
    assert callable_ == {function.name for function in functions()} | HARMLESS
    declared = re.findall(r"^(\w+)=(\w+)", addin.project, re.MULTILINE)
    assert {name for kind, name in declared if kind in {"Class", "Document"}} == classes


def test_no_button_of_a_workbook_can_hand_python_a_command(addin: Workbook) -> None:
    """A shape may run any procedure of a module, private ones too, with texts as arguments."""
    for name in sorted(OURS):
        assert not re.search(r"RunPython\((?!\")", addin.modules[name]), name
        assert not re.search(r"\.Exec\b|\.Eval\b|Shell\b|CreateObject", addin.modules[name]), name
    for item in procedures_of(addin.modules["ClvMain"]):
        assert not (item.public and item.parameters), item.name


def test_settings_come_from_the_users_own_file_only(addin: Workbook) -> None:
    text = addin.modules["xlwings"]
    (start,) = (found.start() for found in re.finditer(r"^Function GetConfig\(", text, re.MULTILINE))
    body = text[start : text.index("End Function", start)]
    assert 'Optional source As String = "user"' in body
    assert re.findall(r'source = "(\w+)" Then', body) == ["sheet", "directory", "user"]
    for module, source in addin.modules.items():
        # nobody asks for another source than the default
        calls = re.findall(r"GetConfig\(([^()]*)\)", source)
        assert not [call for call in calls if call.count(",") > 1 and "As String" not in call], module


# --- VBA ------------------------------------------------------------------------------------------------


def test_every_module_of_ours_declares_its_names_in_letters_that_every_excel_knows(built: Path) -> None:
    for name, source in Workbook.read(built).modules.items():
        code = [line for line in source.splitlines() if line and not line.startswith("Attribute ")]
        if name in {"xlwings", "Dictionary"} or not code:
            continue
        assert re.search(r"^Option Explicit\r$", source, re.MULTILINE), name
        assert source.isascii(), name
        assert max(map(len, source.splitlines())) < 1023, name


def test_no_two_modules_offer_the_same_name(addin: Workbook) -> None:
    offered = Counter(
        item.name.lower()
        for name, source in addin.modules.items()
        if name not in {"xlwings", "Dictionary", "ThisWorkbook"}
        for item in procedures_of(source)
        if item.public
    )
    assert [name for name, times in offered.items() if times > 1] == []


@pytest.mark.long
def test_the_linter_finds_no_undeclared_name_and_no_unknown_call(built: Path) -> None:
    only = [item for name in [*OURS, "ClvTemplate"] for item in ("--only", name)]
    command = [sys.executable, "-m", "pyvbaanalysis", "--whole-project", "--fail-level", "information", *only]
    done = subprocess.run([*command, built], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1].strip()) == (0, "(no diagnostics)"), done.stdout


@pytest.mark.long
def test_the_linter_sees_what_another_class_does_not_offer(tmp_path: Path) -> None:
    macros = build.addin_macros()
    modules = [
        replace(
            module,
            text=module.text.replace("xlwings.FileExists", "xlwings.FileExist").replace(
                "Dim path", "Dim pat"
            ),
        )
        for module in macros.modules
    ]
    path = tmp_path / "planted.xlam"
    write_book(build.addin_book(), path, replace(macros, modules=tuple(modules)))
    command = [sys.executable, "-m", "pyvbaanalysis", "--whole-project", "--only", "ClvMain", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FileExist" in done.stdout
    assert "undeclared-variable" in done.stdout


def test_the_versions_are_those_of_the_package(addin: Workbook) -> None:
    main = addin.modules["ClvMain"]
    assert f'CLV_VERSION As String = "{clv_xl.__version__}"' in main
    assert f'XLWINGS_VERSION As String = "{xlwings.__version__}"' in main
    pinned = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert [item for item in pinned if item.startswith(f"xlwings=={xlwings.__version__};")]


@pytest.mark.parametrize(
    "command",
    [
        REFRESH,
        "from clv_xl.excel.ribbon import new_template; new_template(",
    ],
)
def test_what_the_add_in_asks_of_python_is_there(command: str, addin: Workbook) -> None:
    assert f'xlwings.RunPython("{command}' in addin.modules["ClvMain"]
    module, name = re.match(r"from (\S+) import (\w+); ", command).groups()  # type: ignore[union-attr]
    assert callable(getattr(importlib.import_module(module), name))
    assert addin.modules["ClvMain"].count("RunPython(") == 2


def test_xlwings_own_server_loads_the_package_and_runs_what_the_ribbon_asks(tmp_path: Path) -> None:
    taken = tmp_path / "it's taken.xlsm"
    taken.write_bytes(b"orders")
    escaped = "".join(letter if letter.isalnum() else f"\\u{ord(letter):04X}" for letter in str(taken))
    with ClassicExcel() as excel:
        assert excel.do("Module", "clv_xl") == ""
        assert excel.do("Module", "clv_xl_of_another").startswith("ModuleNotFoundError")
        told = excel.do("Exec", f"from clv_xl.excel.ribbon import new_template; new_template('{escaped}')")
    assert told.startswith(f"UsageError: {taken}: is there already, and may hold your orders.")
    assert taken.read_bytes() == b"orders"


# --- lints ----------------------------------------------------------------------------------------------


def test_the_built_files_have_no_fault_that_a_validator_overlooks(built: Path) -> None:
    assert faults(built) == []


def test_the_template_has_its_button_and_the_names_that_refresh_needs() -> None:
    book = Workbook.read(BUILT["template"])
    (drawing,) = book.related(book.sheets["Start"], "drawing")
    macros = [shape.attrib["macro"] for shape in book.tree(drawing).iter(f"{workbook_lint.DRAWING}sp")]
    assert macros == ["[0]!ClvTemplate.RefreshReport"]
    assert {"clv_status", "clv_progress"} <= set(book.names())


def test_the_ribbon_has_the_five_buttons(addin: Workbook) -> None:
    tree = addin.tree("customUI/customUI.xml")
    tab = next(tree.iter(f"{workbook_lint.RIBBON}tab"))
    labels = [button.attrib["label"] for button in tab.iter(f"{workbook_lint.RIBBON}button")]
    assert tab.attrib["label"] == "Customer value"
    assert labels == ["Refresh report", "New template", "Functions help", "Settings", "About"]


def planted(built: Path, part: str, old: bytes, new: bytes) -> Workbook:
    book = Workbook.read(built)
    assert old in book.parts[part]
    book.parts[part] = book.parts[part].replace(old, new)
    return book


@pytest.mark.parametrize(
    ("kind", "part", "old", "new", "check", "fault"),
    [
        ("template", "xl/drawings/drawing1.xml", b"ClvTemplate.Ref", b"ClvTemplat.Ref", "buttons", "no macro"),
        ("template", "xl/drawings/drawing1.xml", b"RefreshReport", b"AddinIsOpen", "buttons", "no macro"),
        ("add-in", "customUI/customUI.xml", b"OnAbout", b"OnAbuot", "ribbon", "no callback ClvRibbon.OnAbuot"),
        ("add-in", "customUI/customUI.xml", b"ClvRibbon.OnAbout", b"ClvMain.About", "ribbon", "no callback"),
        ("add-in", "customUI/customUI.xml", b'id="clvAbout"', b'id="clvSettings"', "ribbon", "two controls"),
        ("add-in", "xl/tables/table1.xml", b'name="Example"', b'name="Sample"', "headers", "table Functions"),
        ("template", "xl/worksheets/sheet2.xml", b"Sheet2", b"Sheet9", "code_names", "code names"),
        ("template", "xl/workbook.xml", b"ThisWorkbook", b"DieseArbeitsmappe", "code_names", "code names"),
        ("template", "xl/workbook.xml", b"'Start'!$D$14", b"'Begin'!$B$13", "defined_names", "no sheet Begin"),
        ("template", "xl/workbook.xml", b"'Start'!$D$14", b"#REF!", "defined_names", "name clv_status"),
        ("template", "docProps/core.xml", b">Customer value<", b">C:\\Users\\ann\\x<", "machine_texts", "ann"),
        ("template", "docProps/core.xml", b">clv_xl</dc:creator>", b">Ann</dc:creator>", "machine_texts", "Ann"),
        ("template", "xl/styles.xml", b"</styleSheet>", b"<!-- /home/ann --></styleSheet>", "machine_texts", "/home"),
        ("template", "xl/vbaProject.bin", b"ThisWorkbook=38", b"C:\\Data\\book=38", "machine_texts", "Data"),
    ],
)  # fmt: skip
def test_each_lint_finds_what_it_is_for(
    kind: str, part: str, old: bytes, new: bytes, check: str, fault: str
) -> None:
    book = planted(BUILT[kind], part, old, new)
    found = getattr(workbook_lint, check)(book)
    assert found
    assert fault in " ".join(found)


def test_the_developer_in_a_comment_of_vba_would_be_found(tmp_path: Path) -> None:
    macros = build.template_macros()
    (module,) = macros.modules
    path = tmp_path / "planted.xlsm"
    write_book(
        whole_template(),
        path,
        replace(macros, modules=(replace(module, text=module.text + "'See D:\\ann\\notes.txt\n"),)),
    )
    assert [fault for fault in faults(path) if "ann" in fault]


FORMULAS = {
    "SUM(A1:B2)": "",
    "-Parameters!$B$3*(1+10%)": "",
    "'It''s'!A1&\"x\"": "",
    "Orders[amount]+SUM(Orders[[#This Row],[cost]])": "",
    "IF(margin>0,,1)": "",
    "_xlfn._xlws.SORT(A:A)": "",
    "ROW()": "",
    "{1,2;3,4}": "",
    "SUM(A1:B2": "a bracket is open",
    "SUM(A1,)B2": "nothing joins B2",
    "1+": "it ends too early",
    "*2": "* has nothing before it",
    "A1 A2,": "nothing joins",
    "SUMM(A1)": "no function SUMM",
    "marign*2": "no name marign",
    "Begin!A1": "no sheet Begin",
    "Orders[amuont]": "has no column amuont",
    "Order[amount]": "no table Order",
    "(1+2))": "brackets or quotes do not close",
    'IF(A1="x,1,2)': "brackets or quotes do not close",
}


@pytest.mark.parametrize(("formula", "fault"), FORMULAS.items())
def test_a_formula_that_is_none_is_found(formula: str, fault: str) -> None:
    known = Known({"Parameters", "It's"}, {"margin"}, {"Orders": {"amount", "cost"}})
    found = formula_fault(formula, known)
    assert fault in found if fault else not found, found


# --- the pages that say how it is installed -------------------------------------------------------------


def test_the_page_for_installers_says_what_the_vba_does(addin: Workbook) -> None:
    page = (ROOT / "docs" / "excel-routes.md").read_text(encoding="utf-8")
    text = addin.modules["xlwings"]
    for key in ("INTERPRETER_WIN", "INTERPRETER_MAC", "USE UDF SERVER", "ADD_WORKBOOK_TO_PYTHONPATH"):
        assert f'"{key}"' in page
        assert f'GetConfig("{key}"' in text
    libraries = set(re.findall(r"xlwings\d\d-[\d.]+\.dll", text))
    assert libraries == set(re.findall(r"xlwings\d\d-[\d.]+\.dll", page))
    assert libraries == {f"xlwings{bits}-{xlwings.__version__}.dll" for bits in (32, 64)}
    script = f"xlwings-{xlwings.__version__}.applescript"
    assert script in page
    assert (Path(xlwings.__file__).parent / script).is_file()
    assert 'PROJECT_NAME As String = "clv_xl"' in text
    assert r"%USERPROFILE%\.clv_xl\clv_xl.conf" in page


# --- what a mailed workbook cannot do -------------------------------------------------------------------


def test_no_path_of_a_workbook_is_on_the_command_line_that_starts_python(addin: Workbook) -> None:
    text = addin.modules["xlwings"]
    excel_only = [line for line in text.splitlines() if re.match(r" +PYTHONPATH = (?!FName|Replace)", line)]
    assert len(excel_only) == 3
    assert {line.strip() for line in excel_only} == {
        'PYTHONPATH = "false;;;;;" & IIf(GetConfig("PYTHONPATH") = "", "", ";" & GetConfig("PYTHONPATH"))'
    }
    assert {line.strip() for line in text.splitlines() if "uses_embedded_code =" in line} == {
        "uses_embedded_code = False",
        "If uses_embedded_code = True Then",
    }


@pytest.mark.parametrize("how", [["-P"], []], ids=["as it is", "without -P the folder would count"])
def test_a_module_in_the_folder_of_excel_is_not_run(addin: Workbook, tmp_path: Path, how: list[str]) -> None:
    text = addin.modules["xlwings"]
    assert re.findall(r'" (.*?)-B -c ""', text) == ["-P ", "-P "]
    assert '"|" + PythonInterpreter + " -P"' in text
    assert "    ParameterString = PYTHONPATH" in text.splitlines()
    (tmp_path / "planted.py").write_text("print('it ran')", encoding="ascii")
    call = "import xlwings.utils;xlwings.utils.prepare_sys_path('false;;;;;');import planted"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        [sys.executable, *how, "-B", "-c", call],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("it ran" in run.stdout) == (not how)
    assert ("No module named 'planted'" in run.stderr) == bool(how)


@pytest.mark.parametrize("letter", list('$`"\\|'))
def test_a_mac_never_hands_a_name_to_the_shell_that_it_would_obey(addin: Workbook, letter: str) -> None:
    text = addin.modules["ClvMain"]
    (checked,) = re.findall(r'InStr\("((?:[^"]|"")*)", Mid\$\(ActiveWorkbook\.Name', text)
    assert letter in checked.replace('""', '"')
    for macro in ("RefreshReport", "NewTemplate"):
        (body,) = re.findall(rf"Public Sub {macro}\(\)(.*?)End Sub", text, flags=re.DOTALL)
        assert body.index("NameIsSafe()") < body.index("RunPython")


# --- outside judges -------------------------------------------------------------------------------------


@pytest.mark.office
def test_the_open_xml_sdk_accepts_the_built_files(
    built: Path, ooxml_validator: Callable[[Path], list[str]]
) -> None:
    assert ooxml_validator(built) == []
